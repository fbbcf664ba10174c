"""Simulated batches of supervision sampling: what a city's register of inspections looks like.

No inspection records are public, so these are drawn from a seed and named simulated everywhere.
One published figure is reproduced, the city's pass rate of 2017; every other assumption stands,
with its reason, in `inspections.yaml`, and is to be changed there.

A batch conforms when a latent value is high enough:

    latent = effects of year, county, firm size, industry, channel, sample size
             + the firm's own effect + batch noise

The effects are whole numbers, and both random parts are sums of twelve uniform whole numbers, so
near normal.  No float takes part in any choice: one seed gives the same bytes on any machine.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng import store
from zhiheng.numerics.rounding import round_half_even
from zhiheng.simulate.settings import Settings, load_settings

Ints = NDArray[np.int64]
ORGANISATION = "simulation"
FIRMS, BATCHES = "simulated_firms", "simulated_inspections"
_FINE = 1000
"""Latent units in one unit of `effect`: fine enough that two batches hardly ever tie."""
_NOISE = 1000 * _FINE
"""Standard deviation of the batch noise, in latent units."""


@dataclass(frozen=True, slots=True)
class _Firms:
    """The firms as positions in the settings' lists, each array of shape (firms,)."""

    county: Ints
    size: Ints
    industry: Ints
    product: Ints
    effect: Ints


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
    firms = _draw_firms(rng, settings)
    batches = _draw_batches(rng, settings, firms)
    conforming = _conforming(rng, settings, firms, batches)
    nonconforming = _nonconforming_items(rng, settings, batches, conforming)
    return _firms_frame(settings, firms), _batches_frame(settings, firms, batches, nonconforming)


def write(folder: Path, seed: int, settings: Settings | None = None) -> list[Path]:
    """Write the simulated tables into a city folder, as a department would deliver them.

    Parameters
    ----------
    folder : Path
        The city folder; files go to `1_collected/simulation`.
    seed : int
        The same seed gives the same bytes.
    settings : Settings, optional
        Those of `inspections.yaml` by default.

    Returns
    -------
    list of Path
        The files written.
    """
    frames = simulate_inspections(np.random.Generator(np.random.PCG64(seed)), settings)
    paths = [folder / store.COLLECTED / ORGANISATION / f"{name}.csv" for name in (FIRMS, BATCHES)]
    for path, frame in zip(paths, frames, strict=True):
        store.write_text(path, frame.write_csv())
    return paths


def _pick(rng: np.random.Generator, shares: list[int], size: int) -> Ints:
    """Draw positions in a list in proportion to whole-number shares."""
    edges = np.cumsum(np.asarray(shares, dtype=np.int64))
    drawn = rng.integers(0, int(edges[-1]), size=size, dtype=np.int64)
    return np.searchsorted(edges, drawn, side="right").astype(np.int64)


def _near_normal(rng: np.random.Generator, size: int) -> Ints:
    """Draw sums of twelve uniform whole numbers: mean 0 and standard deviation `_NOISE`, nearly."""
    total = np.zeros(size, dtype=np.int64)
    for _ in range(12):
        total += rng.integers(0, _NOISE, size=size, dtype=np.int64)
    return total - 6 * (_NOISE - 1)


def _draw_firms(rng: np.random.Generator, settings: Settings) -> _Firms:
    n = settings.firms.number
    industry = _pick(rng, [i.share for i in settings.industries.items], n)
    return _Firms(
        county=_pick(rng, [c.share for c in settings.counties.items], n),
        size=_pick(rng, [s.share for s in settings.sizes.items], n),
        industry=industry,
        product=_product(rng, settings, industry),
        effect=_near_normal(rng, n) * settings.firms.spread // 1000,
    )


def _product(rng: np.random.Generator, settings: Settings, industry: Ints) -> Ints:
    """Draw one of each industry's products."""
    choices = np.array([len(i.products) for i in settings.industries.items], dtype=np.int64)
    return rng.integers(0, choices[industry], dtype=np.int64)


def _draw_batches(rng: np.random.Generator, settings: Settings, firms: _Firms) -> _Batches:
    """Draw which firm is sampled when and where; each firm at least once while batches last."""
    years = settings.years.items
    year = np.repeat(np.arange(len(years)), [y.batches for y in years]).astype(np.int64)
    n, known = year.size, settings.firms.number
    draw = np.array([s.draw for s in settings.sizes.items], dtype=np.int64)[firms.size]
    often = _pick(rng, draw.tolist(), max(n - known, 0))
    firm = rng.permutation(np.concatenate([np.arange(known, dtype=np.int64), often])[:n])
    day = _days(rng, settings, year)
    names = [c.channel for c in settings.channels.items]
    channel = np.concatenate([_pick(rng, [y.channels[name] for name in names], y.batches) for y in years])
    tested = _pick(rng, [t.share for t in settings.tested.items], n)
    factor = np.array([s.value_factor for s in settings.sizes.items], dtype=np.int64)[firms.size[firm]]
    value = factor * rng.integers(1, 101, size=n) * rng.integers(1, 101, size=n)
    product = _product(rng, settings, firms.industry[firm])
    inspector = rng.integers(1, settings.inspectors.number + 1, size=n, dtype=np.int64)
    order = np.argsort(day, kind="stable")
    return _Batches(
        firm=firm[order], year=year[order], day=day[order], channel=channel[order], product=product[order],
        tested=tested[order], value=value[order], inspector=inspector[order],
    )  # fmt: skip


def _days(rng: np.random.Generator, settings: Settings, year: Ints) -> NDArray[np.datetime64]:
    """Draw a day of each batch's year."""
    first = np.array([dt.date(y.year, 1, 1) for y in settings.years.items], dtype="datetime64[D]")
    after = np.array([dt.date(y.year + 1, 1, 1) for y in settings.years.items], dtype="datetime64[D]")
    length = (after - first).astype(np.int64)
    offset: Ints = rng.integers(0, length[year], dtype=np.int64)
    days: NDArray[np.datetime64] = first[year] + offset.astype("timedelta64[D]")
    return days


def _conforming(
    rng: np.random.Generator, settings: Settings, firms: _Firms, batches: _Batches
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
    latent = _FINE * effect + firms.effect[firm] + _near_normal(rng, firm.size)
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
        _pick(rng, [i.share for i in items], conforming.size)
    ]
    tested = np.array([t.n_tested for t in settings.tested.items], dtype=np.int64)[batches.tested]
    return np.where(conforming, 0, np.minimum(1 + more, tested))


def _firms_frame(settings: Settings, firms: _Firms) -> pl.DataFrame:
    number = pl.Series("number", np.arange(1, settings.firms.number + 1)).cast(pl.String)
    padded = number.str.zfill(max(4, len(str(settings.firms.number))))
    return pl.DataFrame(
        {
            "firm_id": "SIM-" + padded,
            "firm_name": "模拟企业" + padded,
            "ref_area": _take([c.ref_area for c in settings.counties.items], firms.county),
            "industry": _take([i.industry for i in settings.industries.items], firms.industry),
            "firm_size": _take([s.firm_size for s in settings.sizes.items], firms.size),
            "product_category": _product_names(settings, firms.industry, firms.product),
        }
    )


def _batches_frame(settings: Settings, firms: _Firms, batches: _Batches, nonconforming: Ints) -> pl.DataFrame:
    firm = batches.firm
    of_firm = _firms_frame(settings, firms).select("firm_id", "ref_area", "industry", "firm_size")[firm]
    change = settings.area_change
    old = (pl.col("ref_area") == change.after) & (pl.col("sampled_on") < change.first_day)
    frame = of_firm.with_columns(
        pl.Series("sampled_on", batches.day).cast(pl.Date),
        _product_names(settings, firms.industry[firm], batches.product).alias("product_category"),
        _take([c.channel for c in settings.channels.items], batches.channel).alias("channel"),
        pl.Series("batch_value", batches.value),
        pl.Series("n_tested", [t.n_tested for t in settings.tested.items])[batches.tested],
        pl.Series("n_nonconforming", nonconforming),
        pl.Series("verdict", np.where(nonconforming == 0, "conforming", "nonconforming")),
        pl.Series("inspector", "模拟抽样员" + pl.Series(batches.inspector).cast(pl.String).str.zfill(2)),
    )
    width = max(5, len(str(max(y.batches for y in settings.years.items))))
    number = pl.int_range(1, pl.len() + 1).over(pl.col("sampled_on").dt.year()).cast(pl.String)
    return frame.with_columns(
        ref_area=pl.when(old).then(pl.lit(change.before)).otherwise(pl.col("ref_area")),
        batch_id="SIMB-" + pl.col("sampled_on").dt.year().cast(pl.String) + "-" + number.str.zfill(width),
    ).select(
        "batch_id", "firm_id", "ref_area", "industry", "firm_size", "product_category", "channel",
        "sampled_on", "batch_value", "n_tested", "n_nonconforming", "verdict", "inspector",
    )  # fmt: skip


def _take(names: list[str], positions: Ints) -> pl.Series:
    return pl.Series(names, dtype=pl.String)[positions]


def _product_names(settings: Settings, industry: Ints, product: Ints) -> pl.Series:
    """Return products by name, from the industry and the position in its list."""
    items = settings.industries.items
    names = [name for item in items for name in item.products]
    first = np.cumsum([0, *(len(item.products) for item in items)])[:-1].astype(np.int64)
    return _take(names, first[industry] + product)
