"""Simulated brand products: which firm holds which, from when to when.

267 products were published as fostered from 2012 to 2017; as many are drawn for those years, with
made-up firms, and some from before that were still valid then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import Field

from zhiheng.framework.base import Assumable, Model
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import Days, Flags, Ints, apportion, days_of_years, generator, highest, pick
from zhiheng.simulate.goals import published
from zhiheng.simulate.register import USUAL_FIRMS, Firms, code_of_the_day, product_names, register
from zhiheng.simulate.settings import Settings, load_settings

FILE = Path(__file__).with_name("brands.yaml")
TABLE = "simulated_brand_products"
PerMille = Annotated[int, Field(ge=0, le=1000)]


class Validity(Assumable):
    """How long a recognition holds."""

    years: int = Field(ge=1)


class RecognisedIn(Model):
    """A year and its part of all recognitions."""

    year: int
    share: int = Field(ge=1)


class Years(Assumable):
    """How recognitions spread over the years."""

    items: list[RecognisedIn] = Field(min_length=1)


class EarlierYear(Model):
    """A year before those that were published about."""

    year: int
    number: int = Field(ge=0)


class Earlier(Assumable):
    """What was recognised before."""

    items: list[EarlierYear]


class Renewals(Assumable):
    """How many products are renewed when they run out."""

    share: PerMille


class Holder(Model):
    """How often a firm of a size holds a brand product."""

    firm_size: DimensionCode
    draw: int = Field(ge=0)


class Sizes(Assumable):
    """Who holds brand products."""

    items: list[Holder] = Field(min_length=1)


class BrandSettings(Model):
    """`simulate/brands.yaml`."""

    validity: Validity
    years: Years
    earlier: Earlier
    renewals: Renewals
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class Brands:
    """The brand products in order of their recognition, each array of shape (products,).

    Attributes
    ----------
    firm : ndarray of int
        Position in the register.
    recognised, valid_to : ndarray of datetime64[D]
    renewed : ndarray of bool
    """

    firm: Ints
    recognised: Days
    valid_to: Days
    renewed: Flags

    def holders(self, day: dt.date, firms: int) -> Flags:
        """Say which of `firms` firms have a product that is valid on a day, shape (firms,)."""
        on = np.datetime64(day, "D")
        valid = (self.recognised <= on) & (on <= self.valid_to)
        held: Flags = np.bincount(self.firm[valid], minlength=firms) > 0
        return held


def draw_brands(seed: int, firms: Firms, settings: Settings) -> Brands:
    """Draw the brand products of a register of firms; a register twice as large has twice as many."""
    times = max(1, settings.firms.number // USUAL_FIRMS)
    assumed = load(FILE, BrandSettings, name=FILE.name)
    rng = generator(seed, "brands")
    years = [e.year for e in assumed.earlier.items] + [y.year for y in assumed.years.items]
    before = np.array([item.number for item in assumed.earlier.items], dtype=np.int64)
    shares = np.array([item.share for item in assumed.years.items], dtype=np.int64)
    counts = np.concatenate([before, apportion(published("brand_products"), shares)]) * times
    year = np.repeat(np.arange(len(years)), counts).astype(np.int64)
    number = year.size
    often = {item.firm_size: item.draw for item in assumed.sizes.items}
    draw = np.array([often[s.firm_size] for s in settings.sizes.items], dtype=np.int64)[firms.size]
    firm = pick(rng, draw.tolist(), number)
    recognised = np.sort(days_of_years(rng, years, year))
    due = _years_after(recognised, assumed.validity.years)
    latent = rng.permutation(number).astype(np.int64)
    renewed = highest(latent, number * assumed.renewals.share // 1000)
    renewed &= due <= np.datetime64(f"{years[-1]}-12-31", "D")  # what runs out later is not known yet
    return Brands(
        firm=firm,
        recognised=recognised,
        valid_to=np.where(renewed, _years_after(due + 1, assumed.validity.years), due),
        renewed=renewed,
    )


def _years_after(days: Days, years: int) -> Days:
    """Return the last day of a time of so many years, the first day counted."""
    months = days.astype("datetime64[M]")
    day_of_month = days - months.astype("datetime64[D]")
    after: Days = (months + np.timedelta64(12 * years, "M")).astype("datetime64[D]") + day_of_month
    return after - np.timedelta64(1, "D")


def brand_products(seed: int, settings: Settings | None = None) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_brand_products`."""
    settings = settings or load_settings()
    firms, rows = register(seed, settings)
    brands = draw_brands(seed, firms, settings)
    area = code_of_the_day(settings, pl.col("ref_area"), pl.col("recognised_on"))
    number = pl.Series("product_id", np.arange(1, brands.firm.size + 1)).cast(pl.String).str.zfill(4)
    frame = rows.select("firm_id", "ref_area", "industry", "firm_size")[brands.firm].with_columns(
        ("SIMP-" + number).alias("product_id"),
        ("模拟名牌" + number).alias("product_name"),
        product_names(settings, firms.industry[brands.firm], firms.product[brands.firm]).alias(
            "product_category"
        ),
        pl.Series("recognised_on", brands.recognised).cast(pl.Date),
        pl.Series("renewed", brands.renewed),
        pl.Series("valid_to", brands.valid_to).cast(pl.Date),
    )
    return {
        TABLE: frame.with_columns(ref_area=area).select(
            "product_id", "product_name", "product_category", "firm_id", "ref_area", "industry", "firm_size",
            "recognised_on", "renewed", "valid_to",
        )
    }  # fmt: skip
