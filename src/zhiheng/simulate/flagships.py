"""Simulated monthly sales of flagship products, above the bounds that were published."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import Field

from zhiheng.framework.base import Assumable, Code, Model
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import CITY, apportion, generator, numbered
from zhiheng.simulate.goals import published
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("flagships.yaml")
TABLE = "simulated_flagship_sales"
TEN_THOUSAND = 10_000
OWN, MARKET = "mini_vehicles", "mini_vehicles_of_others"
Positive = Annotated[int, Field(ge=1)]


class Product(Model):
    """A flagship product."""

    product: Code
    goal: Code
    above: Positive
    growth: int = Field(ge=0, le=1000)
    share: Positive = Field(description="Of the published number, per mille.")


class Products(Assumable):
    """How much is sold."""

    items: list[Product] = Field(min_length=1)


class Market(Assumable):
    """How large the rest of the market is."""

    above: Positive


class SaleYears(Assumable):
    """When it is sold."""

    items: list[int] = Field(min_length=1)
    months: Annotated[list[Positive], Field(min_length=12, max_length=12)]


class FlagshipSettings(Model):
    """`simulate/flagships.yaml`."""

    products: Products
    market: Market
    years: SaleYears


def flagship_sales(seed: int, _settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_flagship_sales`, by month and product; all of it is of the whole city."""
    assumed = load(FILE, FlagshipSettings, name=FILE.name)
    rng = generator(seed, TABLE)
    months = np.array(assumed.years.months, dtype=np.int64)
    rows: list[tuple[dt.date, str, int]] = []
    for year in assumed.years.items:
        for product, total in _totals(assumed, assumed.years.items[-1] - year).items():
            weight = months * rng.integers(90, 111, size=12)
            for month, sold in enumerate(apportion(total, weight).tolist(), start=1):
                day = dt.date(year, month, calendar.monthrange(year, month)[1])
                rows.append((day, product, sold))
    frame = pl.DataFrame(rows, schema=["month_end", "product", "quantity"], orient="row")
    frame = frame.sort("month_end", maintain_order=True)
    return {
        TABLE: frame.with_columns(
            numbered("SIMS-", frame.height).alias("sale_id"), pl.lit(CITY).alias("ref_area")
        ).select("sale_id", "month_end", "ref_area", "product", "quantity")
    }


def _totals(assumed: FlagshipSettings, back: int) -> dict[str, int]:
    """Return what is sold in a year so many years before the last, in bags or vehicles."""
    found: dict[str, int] = {}
    for item in assumed.products.items:
        total = published(item.goal) * TEN_THOUSAND * item.share // 1000 * (1000 + item.above) // 1000
        for _ in range(back):
            total = total * 1000 // (1000 + item.growth)
        found[item.product] = total
    share = 10 * published("market_share_mini_vehicles_sgmw") + assumed.market.above
    found[MARKET] = found[OWN] * (1000 - share) // share
    return found
