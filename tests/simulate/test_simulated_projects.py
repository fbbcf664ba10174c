"""Simulated acceptances and projects: published numbers met exactly, attempts kept, formulas held."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from zhiheng.compute.scorecard import lines_of
from zhiheng.framework.city import load
from zhiheng.framework.yamlfile import load as load_yaml
from zhiheng.simulate.projects import FILE as PROJECTS
from zhiheng.simulate.projects import ProjectSettings
from zhiheng.simulate.works import FILE as WORKS
from zhiheng.simulate.works import WorksSettings

Printed = Callable[..., tuple[Decimal, str]]
KINDS = {
    "large_medium": "acceptance_rate_large_works",
    "municipal": "acceptance_rate_municipal_works",
}


@pytest.fixture(scope="module")
def attempts(simulated: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return simulated["simulated_acceptances"].with_columns(year=pl.col("examined_on").dt.year())


@pytest.fixture(scope="module")
def reductions(simulated: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return simulated["simulated_reduction_projects"]


# ---- acceptances -------------------------------------------------------------------------------


def first_time_rate(attempts: pl.DataFrame, kind: str, year: int) -> float:
    first = attempts.filter(pl.col("kind") == kind, pl.col("year") == year, pl.col("attempt") == 1)
    return 100 * first["passed"].sum() / first.height


@pytest.mark.parametrize("kind", KINDS)
def test_first_time_acceptance_is_as_published(kind: str, attempts: pl.DataFrame, printed: Printed) -> None:
    assert first_time_rate(attempts, kind, 2017) == printed(KINDS[kind], "2017")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_in_earlier_years_some_works_fail_at_first(kind: str, attempts: pl.DataFrame) -> None:
    rates = [first_time_rate(attempts, kind, year) for year in range(2012, 2018)]
    assert rates == sorted(rates)
    assert all(90 < rate < 100 for rate in rates[:-1])


def test_a_work_is_examined_until_it_passes(attempts: pl.DataFrame) -> None:
    for work in attempts.sort("work_id", "attempt").partition_by("work_id"):
        assert work["attempt"].to_list() == list(range(1, work.height + 1))
        assert work["passed"].to_list() == [False] * (work.height - 1) + [True]
        assert work["examined_on"].is_sorted()
    assert attempts["attempt"].max() == 3


def test_counting_every_attempt_would_give_another_rate(attempts: pl.DataFrame) -> None:
    of_2013 = attempts.filter(pl.col("year") == 2013)
    every = 100 * of_2013["passed"].sum() / of_2013.height
    first = of_2013.filter(pl.col("attempt") == 1)
    assert every != 100 * first["passed"].sum() / first.height


# ---- reduction projects ------------------------------------------------------------------------


@pytest.mark.parametrize("pollutant", ["COD", "NH3N", "SO2", "NOX"])
def test_as_many_projects_as_published(pollutant: str, reductions: pl.DataFrame, printed: Printed) -> None:
    mine = reductions.filter(pl.col("pollutant") == pollutant)
    assert mine.height == printed("reduction_projects", "2012/2017", pollutant=pollutant)[0]
    assert mine["completed_on"].dt.year().unique().sort().to_list() == list(range(2012, 2018))


def test_tonnes_follow_from_the_parameters(reductions: pl.DataFrame) -> None:
    for row in reductions.iter_rows(named=True):
        if row["pollutant"] in ("COD", "NH3N"):
            hundredths = row["flow"] * (row["concentration_in"] - row["concentration_out"])
        else:
            hundredths = row["emission_before"] * row["efficiency"]
        assert row["claimed"] == hundredths / 100
        assert (row["verified"] == row["claimed"]) == (row["verification"] == "accepted")


def test_the_scorecard_shows_the_published_numbers_and_no_simulated_total(demo: Path) -> None:
    city, figures = load(demo), pl.read_parquet(demo / "4_computed" / "figures.parquet")
    lines = lines_of(city, city.indicators["reduction_projects"], figures)
    shown = {line.figures[0]["pollutant"]: line for line in lines}
    assert set(shown) == {"COD", "NH3N", "SO2", "NOX"}
    for line in lines:
        ((published,), (beside,)) = line.figures, line.others
        assert (published["series"], beside["series"]) == ("published", "simulated")
        assert published["obs_value"] == beside["obs_value"]


# ---- upgrading ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "last"), [(2006, 2010), (2011, 2015)])
def test_investment_of_a_plan_period_is_as_published(
    first: int, last: int, simulated: dict[str, pl.DataFrame], printed: Printed
) -> None:
    rows = simulated["simulated_upgrading_projects"]
    of_plan = rows.filter(pl.col("completed_on").dt.year().is_between(first, last))
    assert of_plan["investment"].sum() == 10_000 * printed("upgrading_investment", f"{first}/{last}")[0]


def test_the_second_plan_is_the_published_multiple_of_the_first(printed: Printed) -> None:
    """The text says 4.2 times, to one decimal."""
    times = printed("upgrading_investment", "2011/2015")[0] / printed("upgrading_investment", "2006/2010")[0]
    assert round(times, 1) == Decimal("4.2")


def test_the_figure_is_made_from_the_records(demo: Path) -> None:
    figures = pl.read_parquet(demo / "4_computed" / "figures.parquet").filter(
        pl.col("indicator") == "upgrading_investment",
        pl.col("series") == "simulated",
        pl.col("ref_area") == "450200",
    )
    assert dict(figures.select("time_period", "obs_value").rows()) == pytest.approx(
        {"2006/2010": 968, "2011/2015": 4067}
    )


def test_every_assumption_gives_its_reason() -> None:
    for file, model in ((PROJECTS, ProjectSettings), (WORKS, WorksSettings)):
        assumed = load_yaml(file, model, name=file.name)
        for name in model.model_fields:
            section = getattr(assumed, name)
            assert section.status == "assumed"
            assert section.reason
