"""The simulated firms: drawn first, because inspections and every return speak of the same ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhiheng.framework.credit_codes import internal
from zhiheng.simulate.draws import Ints, near_normal, numbered, pick, take
from zhiheng.simulate.settings import Settings, load_settings

USUAL_FIRMS = 2000
"""The number of firms that totals in the settings are stated for; for more firms they grow."""


@dataclass(frozen=True, slots=True)
class Firms:
    """The firms as positions in the settings' lists, each array of shape (firms,).

    Attributes
    ----------
    county, size, industry : ndarray of int
        Positions in the lists of the settings.
    product : ndarray of int
        Position in the industry's list of products.
    effect : ndarray of int
        The firm's own effect on its batches.
    """

    county: Ints
    size: Ints
    industry: Ints
    product: Ints
    effect: Ints


def register(seed: int, settings: Settings | None = None) -> tuple[Firms, pl.DataFrame]:
    """Return the firms of a seed, and their rows in the register `simulated_firms`."""
    settings = settings or load_settings()
    firms = draw_firms(np.random.Generator(np.random.PCG64(seed)), settings)
    return firms, firms_frame(settings, firms)


def draw_firms(rng: np.random.Generator, settings: Settings) -> Firms:
    """Draw where the firms are, how large they are and what they make."""
    n = settings.firms.number
    industry = pick(rng, [i.share for i in settings.industries.items], n)
    return Firms(
        county=pick(rng, [c.share for c in settings.counties.items], n),
        size=pick(rng, [s.share for s in settings.sizes.items], n),
        industry=industry,
        product=draw_products(rng, settings, industry),
        effect=near_normal(rng, n) * settings.firms.spread // 1000,
    )


def draw_products(rng: np.random.Generator, settings: Settings, industry: Ints) -> Ints:
    """Draw one of each industry's products."""
    choices = np.array([len(i.products) for i in settings.industries.items], dtype=np.int64)
    return rng.integers(0, choices[industry], dtype=np.int64)


def firms_frame(settings: Settings, firms: Firms) -> pl.DataFrame:
    """Return the table `simulated_firms`, in order of the firms' codes."""
    padded = numbered("", settings.firms.number)
    return pl.DataFrame(
        {
            "firm_id": "SIM-" + padded,
            "firm_name": "模拟企业" + padded,
            "credit_code": [credit_code(i) for i in range(settings.firms.number)],
            "ref_area": take([c.ref_area for c in settings.counties.items], firms.county),
            "industry": take([i.industry for i in settings.industries.items], firms.industry),
            "firm_size": take([s.firm_size for s in settings.sizes.items], firms.size),
            "product_category": product_names(settings, firms.industry, firms.product),
        }
    )


_INTERNAL = 99_999


def credit_code(position: int) -> str:
    """Return a firm's credit code: its check characters are sound, and nobody can have it.

    Organisation codes PDY00001 to PDY99999 are for internal use and given to nobody
    (`framework.credit_codes.internal`).  A register beyond their number goes on under the next
    area, 450201 and so on.
    """
    area, number = divmod(position, _INTERNAL)
    return internal(f"{450200 + area}", number + 1)


def product_names(settings: Settings, industry: Ints, product: Ints) -> pl.Series:
    """Return products by name, from the industry and the position in its list."""
    items = settings.industries.items
    names = [name for item in items for name in item.products]
    first = np.cumsum([0, *(len(item.products) for item in items)])[:-1].astype(np.int64)
    return take(names, first[industry] + product)


def code_of_the_day(settings: Settings, area: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return a county's code on a day: the county that changed its code had the old one before."""
    change = settings.area_change
    old = (area == change.after) & (day < change.first_day)
    return pl.when(old).then(pl.lit(change.before)).otherwise(area)
