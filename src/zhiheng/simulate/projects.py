"""Simulated projects: emission reduction by pollutant, and investment in upgrading by plan period."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from zhiheng.framework.base import Assumable, Code, Model
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import Days, Ints, apportion, days_of_years, generator, numbered, pick, take
from zhiheng.simulate.goals import published
from zhiheng.simulate.register import code_of_the_day, register
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("projects.yaml")
REDUCTION, UPGRADING = "simulated_reduction_projects", "simulated_upgrading_projects"
PLANS = {"upgrading_investment_11": range(2006, 2011), "upgrading_investment_12": range(2011, 2016)}
"""Goals that are sums over a plan period, and its years."""
Positive = Annotated[int, Field(ge=1)]
Range = Annotated[list[Positive], Field(min_length=2, max_length=2)]


class YearShare(Model):
    """A year and its part of the projects."""

    year: int
    share: Positive


class Years(Assumable):
    """When reduction projects are completed."""

    items: list[YearShare] = Field(min_length=1)


class WaterPollutant(Model):
    """Ranges of a pollutant in sewage."""

    pollutant: DimensionCode
    flow: Range
    inflow: Range
    outflow: Range


class Water(Assumable):
    """Projects that treat sewage."""

    items: list[WaterPollutant] = Field(min_length=1)


class AirPollutant(Model):
    """Ranges of a pollutant in flue gas."""

    pollutant: DimensionCode
    emission: Range
    efficiency: Range


class Air(Assumable):
    """Projects that treat flue gas."""

    items: list[AirPollutant] = Field(min_length=1)


class Outcome(Model):
    """What verification says."""

    reason: Code
    share: Positive
    kept: int = Field(ge=0, le=100)


class Verification(Assumable):
    """What verification takes off."""

    items: list[Outcome] = Field(min_length=1)


class Invested(Model):
    """A year of upgrading."""

    year: int
    share: Positive | None = None
    total: Positive | None = Field(default=None, description="100 million yuan.")


class Upgrading(Assumable):
    """How investment spreads over the years."""

    projects: Positive
    items: list[Invested] = Field(min_length=1)


class ProjectSettings(Model):
    """`simulate/projects.yaml`."""

    years: Years
    water: Water
    air: Air
    verification: Verification
    upgrading: Upgrading


def reduction_projects(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_reduction_projects`, in order of completion.

    Tonnes are whole hundredths throughout, so that the formulas hold to the last digit.
    """
    assumed = load(FILE, ProjectSettings, name=FILE.name)
    rng = generator(seed, REDUCTION)
    frames = [
        _reductions(rng, assumed, water.pollutant, {
            "flow": water.flow, "concentration_in": water.inflow, "concentration_out": water.outflow,
        }) for water in assumed.water.items
    ]  # fmt: skip
    frames += [
        _reductions(rng, assumed, air.pollutant, {
            "emission_before": air.emission, "efficiency": air.efficiency,
        }) for air in assumed.air.items
    ]  # fmt: skip
    rows = pl.concat(frames, how="diagonal").sort("completed_on", maintain_order=True)
    n = rows.height
    return {
        REDUCTION: rows.with_columns(
            numbered("SIMR-", n).alias("project_id"),
            numbered("模拟减排项目", n).alias("project_name"),
            _counties(rng, settings, n),
        )
        .with_columns(ref_area=code_of_the_day(settings, pl.col("ref_area"), pl.col("completed_on")))
        .select(
            "project_id", "project_name", "pollutant", "ref_area", "completed_on", "flow", "concentration_in",
            "concentration_out", "emission_before", "efficiency", "claimed", "verified", "verification",
        )
    }  # fmt: skip


def _reductions(
    rng: np.random.Generator, assumed: ProjectSettings, pollutant: str, ranges: dict[str, list[int]]
) -> pl.DataFrame:
    """Return one pollutant's projects: as many as were published."""
    shares = np.array([y.share for y in assumed.years.items], dtype=np.int64)
    counts = apportion(published(f"reduction_projects_{pollutant.lower()}"), shares)
    n = int(counts.sum())
    day = _days(rng, [y.year for y in assumed.years.items], counts)
    drawn: dict[str, NDArray[Any]] = {
        name: rng.integers(low, high + 1, size=n) for name, (low, high) in ranges.items()
    }
    if "flow" in drawn:
        claimed = drawn["flow"] * (drawn["concentration_in"] - drawn["concentration_out"])
    else:
        claimed = drawn["emission_before"] * drawn["efficiency"]
    outcome = pick(rng, [o.share for o in assumed.verification.items], n)
    kept = np.array([o.kept for o in assumed.verification.items], dtype=np.int64)[outcome]
    return pl.DataFrame(
        {
            "pollutant": [pollutant] * n,
            "completed_on": pl.Series(day).cast(pl.Date),
            **drawn,
            "claimed": claimed / 100,
            "verified": (claimed * kept // 100) / 100,
            "verification": take([o.reason for o in assumed.verification.items], outcome),
        }
    )


def _days(rng: np.random.Generator, years: Sequence[int], counts: Ints) -> Days:
    return days_of_years(rng, years, np.repeat(np.arange(len(years)), counts).astype(np.int64))


def _counties(rng: np.random.Generator, settings: Settings, n: int) -> pl.Series:
    county = pick(rng, [c.share for c in settings.counties.items], n)
    return take([c.ref_area for c in settings.counties.items], county).alias("ref_area")


def upgrading_projects(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_upgrading_projects`, in order of completion; money in ten thousand yuan."""
    assumed = load(FILE, ProjectSettings, name=FILE.name).upgrading
    rng = generator(seed, UPGRADING)
    firms, rows = register(seed, settings)
    years = [item.year for item in assumed.items]
    counts = np.full(len(years), assumed.projects, dtype=np.int64)
    size_factor = np.array([s.value_factor for s in settings.sizes.items], dtype=np.int64)
    firm = pick(rng, size_factor[firms.size].tolist(), int(counts.sum()))
    day = np.sort(_days(rng, years, counts))
    weight = (
        size_factor[firms.size[firm]]
        * rng.integers(20, 101, size=firm.size)
        * rng.integers(20, 101, size=firm.size)
    )
    invested = np.concatenate(
        [
            apportion(10_000 * total, part)
            for total, part in zip(_yearly(assumed), np.split(weight, len(years)), strict=True)
        ]
    )
    n = firm.size
    frame = rows.select("firm_id", "ref_area", "industry", "firm_size")[firm].with_columns(
        numbered("SIMU-", n).alias("project_id"),
        numbered("模拟技改项目", n).alias("project_name"),
        pl.Series("completed_on", day).cast(pl.Date),
        pl.Series("investment", invested),
    )
    area = code_of_the_day(settings, pl.col("ref_area"), pl.col("completed_on"))
    return {
        UPGRADING: frame.with_columns(ref_area=area).select(
            "project_id", "project_name", "firm_id", "ref_area", "industry", "firm_size", "completed_on",
            "investment",
        )
    }  # fmt: skip


def _yearly(assumed: Upgrading) -> list[int]:
    """Return what each year takes, in 100 million yuan: plan periods come to what was published."""
    totals = {item.year: item.total for item in assumed.items if item.total is not None}
    shares = {item.year: item.share for item in assumed.items if item.share is not None}
    for goal, years in PLANS.items():
        parts = np.array([shares[year] for year in years], dtype=np.int64)
        totals |= zip(years, apportion(published(goal), parts).tolist(), strict=True)
    return [totals[item.year] for item in assumed.items]
