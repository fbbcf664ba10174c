"""Simulated batches of supervision sampling: what a city's register of inspections looks like.

No inspection records are public, so these are drawn from a seed and named simulated everywhere.
One published figure is reproduced, the city's pass rate of 2017; every other assumption stands,
with its reason, in `inspections.yaml`, and is to be changed there.

A batch conforms when a latent value is high enough:

    latent = effects of year, county, firm size, industry, channel, sample size
             + the firm's own effect + batch noise

The effects are whole numbers, and both random parts are near normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.numerics.rounding import round_half_even
from zhiheng.simulate.draws import NOISE, Ints, days_of_years, near_normal, pick, take
from zhiheng.simulate.register import (
    Firms,
    code_of_the_day,
    draw_firms,
    draw_products,
    firms_frame,
    product_names,
)
from zhiheng.simulate.settings import Settings, load_settings

_FINE = NOISE // 1000
"""Latent units in one unit of `effect`."""


@dataclass(frozen=True, slots=True)
class _Batches:
    """The batches in order of date, each array of shape (batches,)."""

    firm: Ints
    year: Ints
    day: NDArray[np.datetime64]
    channel: Ints
    product: Ints
    tested: Ints
    value: Ints
    inspector: Ints


def simulate_inspections(
    rng: np.random.Generator, settings: Settings | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw a register of firms and the batches that were sampled of them.

    The pass rate of the calibration year is met by construction.  It is a step function of one
    intercept, so nothing has to be searched: of the n batches of that year the k with the highest
    latent values conform, where k is n times the published rate, rounded; the k-th highest value
    is the limit for the batches of every year.

    Parameters
    ----------
    rng : numpy.random.Generator
        PCG64 (`numpy.random.default_rng`) for bytes that can be had again.
    settings : Settings, optional
        Those of `inspections.yaml` by default.

    Returns
    -------
    firms, batches : DataFrame
        The tables `simulated_firms` and `simulated_inspections`, each with its contract's columns;
        firms in order of their codes, batches of their dates.
    """
    settings = settings or load_settings()
    firms = draw_firms(rng, settings)
    batches = _draw_batches(rng, settings, firms)
    conforming = _conforming(rng, settings, firms, batches)
    nonconforming = _nonconforming_items(rng, settings, batches, conforming)
    return firms_frame(settings, firms), _batches_frame(settings, firms, batches, nonconforming)


def _draw_batches(rng: np.random.Generator, settings: Settings, firms: Firms) -> _Batches:
    """Draw which firm is sampled when and where; each firm at least once while batches last."""
    years = settings.years.items
    year = np.repeat(np.arange(len(years)), [y.batches for y in years]).astype(np.int64)
    n, known = year.size, settings.firms.number
    draw = np.array([s.draw for s in settings.sizes.items], dtype=np.int64)[firms.size]
    often = pick(rng, draw.tolist(), max(n - known, 0))
    firm = rng.permutation(np.concatenate([np.arange(known, dtype=np.int64), often])[:n])
    day = days_of_years(rng, [y.year for y in years], year)
    names = [c.channel for c in settings.channels.items]
    channel = np.concatenate([pick(rng, [y.channels[name] for name in names], y.batches) for y in years])
    tested = pick(rng, [t.share for t in settings.tested.items], n)
    factor = np.array([s.value_factor for s in settings.sizes.items], dtype=np.int64)[firms.size[firm]]
    value = factor * rng.integers(1, 101, size=n) * rng.integers(1, 101, size=n)
    product = draw_products(rng, settings, firms.industry[firm])
    inspector = rng.integers(1, settings.inspectors.number + 1, size=n, dtype=np.int64)
    order = np.argsort(day, kind="stable")
    return _Batches(
        firm=firm[order], year=year[order], day=day[order], channel=channel[order], product=product[order],
        tested=tested[order], value=value[order], inspector=inspector[order],
    )  # fmt: skip


def _conforming(
    rng: np.random.Generator, settings: Settings, firms: Firms, batches: _Batches
) -> NDArray[np.bool_]:
    """Say which batches conform, so that the calibration year has its published rate."""
    firm = batches.firm
    effect = (
        _effects(settings.years.items)[batches.year]
        + _effects(settings.counties.items)[firms.county[firm]]
        + _effects(settings.sizes.items)[firms.size[firm]]
        + _effects(settings.industries.items)[firms.industry[firm]]
        + _effects(settings.channels.items)[batches.channel]
        + _effects(settings.tested.items)[batches.tested]
    )
    latent = _FINE * effect + firms.effect[firm] + near_normal(rng, firm.size)
    goal = settings.calibration
    position = [year.year for year in settings.years.items].index(goal.year)
    mine = np.sort(latent[batches.year == position])[::-1]
    passing = int(round_half_even(mine.size * goal.pass_rate / 100, 0))
    limit = mine[passing - 1] if passing else mine[0] + 1
    conforming: NDArray[np.bool_] = latent >= limit
    return conforming


def _effects(items: list[Any]) -> Ints:
    return np.array([item.effect for item in items], dtype=np.int64)


def _nonconforming_items(
    rng: np.random.Generator, settings: Settings, batches: _Batches, conforming: NDArray[np.bool_]
) -> Ints:
    """Draw how many items did not conform: none where the batch does, else one to all of those tested."""
    items = settings.nonconforming.items
    more = np.array([i.more for i in items], dtype=np.int64)[
        pick(rng, [i.share for i in items], conforming.size)
    ]
    tested = np.array([t.n_tested for t in settings.tested.items], dtype=np.int64)[batches.tested]
    return np.where(conforming, 0, np.minimum(1 + more, tested))


def _batches_frame(settings: Settings, firms: Firms, batches: _Batches, nonconforming: Ints) -> pl.DataFrame:
    firm = batches.firm
    of_firm = firms_frame(settings, firms).select("firm_id", "ref_area", "industry", "firm_size")[firm]
    frame = of_firm.with_columns(
        pl.Series("sampled_on", batches.day).cast(pl.Date),
        product_names(settings, firms.industry[firm], batches.product).alias("product_category"),
        take([c.channel for c in settings.channels.items], batches.channel).alias("channel"),
        pl.Series("batch_value", batches.value),
        pl.Series("n_tested", [t.n_tested for t in settings.tested.items])[batches.tested],
        pl.Series("n_nonconforming", nonconforming),
        pl.Series("verdict", np.where(nonconforming == 0, "conforming", "nonconforming")),
        pl.Series("inspector", "模拟抽样员" + pl.Series(batches.inspector).cast(pl.String).str.zfill(2)),
    )
    width = max(5, len(str(max(y.batches for y in settings.years.items))))
    number = pl.int_range(1, pl.len() + 1).over(pl.col("sampled_on").dt.year()).cast(pl.String)
    return frame.with_columns(
        ref_area=code_of_the_day(settings, pl.col("ref_area"), pl.col("sampled_on")),
        batch_id="SIMB-" + pl.col("sampled_on").dt.year().cast(pl.String) + "-" + number.str.zfill(width),
    ).select(
        "batch_id", "firm_id", "ref_area", "industry", "firm_size", "product_category", "channel",
        "sampled_on", "batch_value", "n_tested", "n_nonconforming", "verdict", "inspector",
    )  # fmt: skip
