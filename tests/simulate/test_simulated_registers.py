"""Simulated practice returns, registers, tasks and sales: what was published is met exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from zhiheng.framework.base import Model
from zhiheng.framework.city import City, load
from zhiheng.framework.yamlfile import load as load_yaml
from zhiheng.simulate import flagships, officers, practice, programme, registers
from zhiheng.simulate.goals import goals

Printed = Callable[..., tuple[Decimal, str]]
AT_END = dt.date(2017, 12, 31)


@pytest.fixture(scope="module")
def practices(simulated: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return simulated["simulated_practice_returns"]


@pytest.fixture(scope="module")
def of_2017(practices: pl.DataFrame) -> pl.DataFrame:
    return practices.filter(pl.col("period_end") == AT_END)


# ---- the four results of practice ----------------------------------------------------------------


def test_digital_standards_are_as_published(of_2017: pl.DataFrame, printed: Printed) -> None:
    assert (
        100 * of_2017["digital_standards"].sum()
        == of_2017.height * printed("digital_standards_share", "2017")[0]
    )


def test_process_control_is_above_the_published_bound(of_2017: pl.DataFrame, printed: Printed) -> None:
    of_process = of_2017.filter("process_firm")
    value, bound = printed("process_control_adoption", "2017")
    assert bound == ">="
    assert value <= 100 * of_process["process_control"].sum() / of_process.height <= value + 3


def test_the_cycle_is_shortened_as_published(of_2017: pl.DataFrame, printed: Printed) -> None:
    saved = 100 * of_2017["rd_cycle_saved"].sum() / of_2017["rd_cycle_start"].sum()
    assert round(saved, 2) == printed("rd_cycle_improvement", "2012/2017")[0]


def test_first_pass_rates_gain_as_published(of_2017: pl.DataFrame, printed: Printed) -> None:
    hundredths = (100 * of_2017["first_pass_gain"]).round().sum()
    assert hundredths == 100 * of_2017.height * printed("first_pass_inspection_gain", "2012/2017")[0]


def test_practice_spreads_and_is_never_given_up(practices: pl.DataFrame) -> None:
    for name in ("digital_standards", "process_control"):
        adopted = practices.sort("firm_id", "period_end").select(
            pl.col(name).cast(pl.Int8).diff().over("firm_id").alias("step")
        )
        assert adopted["step"].min() == 0


# ---- registers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "levels"),
    [
        ("standards_international", ["international"]),
        ("standards_national_industry", ["national", "industry"]),
    ],
)
def test_as_many_standards_as_published(
    indicator: str, levels: list[str], simulated: dict[str, pl.DataFrame], printed: Printed
) -> None:
    rows = simulated["simulated_standards"].filter(pl.col("level").is_in(levels))
    assert rows.height == printed(indicator, "2017")[0]


@pytest.mark.parametrize(
    ("level", "year"), [("regional", 2017), ("regional", 2022), ("national", 2022), ("city", 2022)]
)
def test_as_many_centres_as_published(
    level: str, year: int, simulated: dict[str, pl.DataFrame], printed: Printed
) -> None:
    rows = simulated["simulated_laboratories"].filter(
        pl.col("level") == level, pl.col("established_on").dt.year() <= year
    )
    assert rows.height == printed(f"quality_inspection_centres_{level}", str(year))[0]


def test_a_firm_has_an_officer_in_its_return_from_the_day_of_filing(
    simulated: dict[str, pl.DataFrame],
) -> None:
    for year in range(2012, 2018):
        day = dt.date(year, 12, 31)
        filed = simulated["simulated_officers"].filter(pl.lit(day).is_between("appointed_on", "term_to"))
        returned = simulated["simulated_enterprises"].filter(
            pl.col("period_end") == day, pl.col("quality_officer")
        )
        assert set(returned["firm_id"]) == set(filed["firm_id"])


def test_persons_are_dropped_at_freeze(city: City) -> None:
    personal = {f.name for f in city.contracts["simulated_officers"].fields if f.personal}
    assert personal == {"person_name"}


# ---- tasks and sales -------------------------------------------------------------------------------


def test_ten_categories_fifty_tasks_all_done(simulated: dict[str, pl.DataFrame], printed: Printed) -> None:
    tasks = simulated["simulated_programme_tasks"]
    done = tasks.filter(pl.col("year_end") == AT_END, pl.col("status") == "done")
    assert done.height == done["task_name"].n_unique() == printed("programme_tasks_completed", "2012/2017")[0]
    assert done["category"].n_unique() == printed("programme_categories", "2012/2017")[0]
    assert tasks["completed"].sum() == done.height


def test_units_of_the_tasks_are_in_the_city(simulated: dict[str, pl.DataFrame], city: City) -> None:
    tasks = simulated["simulated_programme_tasks"]
    named = set(tasks["unit"]) | {unit for units in tasks["cooperating"] for unit in units.split("、")}
    assert named <= set(city.organisations)


def test_a_task_never_goes_back(simulated: dict[str, pl.DataFrame]) -> None:
    order = {"not_started": 0, "in_progress": 1, "done": 2}
    for task in simulated["simulated_programme_tasks"].sort("year_end").partition_by("task_id"):
        steps = [order[status] for status in task["status"]]
        assert steps == sorted(steps)


def test_sales_are_above_the_published_bounds(simulated: dict[str, pl.DataFrame], printed: Printed) -> None:
    of_year = simulated["simulated_flagship_sales"].filter(pl.col("month_end").dt.year() == 2017)
    sold = dict(of_year.group_by("product").agg(pl.col("quantity").sum()).rows())
    vehicles = sold["mini_vehicles"] + sold["other_vehicles"]
    share = 100 * sold["mini_vehicles"] / (sold["mini_vehicles"] + sold["mini_vehicles_of_others"])
    for value, indicator in (
        (sold["packaged_luosifen"] / 10_000, "shipments_luosifen"),
        (vehicles / 10_000, "sales_vehicles_sgmw"),
        (share, "market_share_mini_vehicles_sgmw"),
    ):
        bound, sign = printed(indicator, "2017")
        assert sign == ">"
        assert bound < value < bound * Decimal("1.1")


# ---- figures ---------------------------------------------------------------------------------------


def test_simulated_figures_stand_beside_the_published_ones(demo: Path) -> None:
    """Each goal that is a figure: the simulated one rounds to what was printed, or meets its bound."""
    figures = pl.read_parquet(demo / "4_computed" / "figures.parquet").filter(
        pl.col("ref_area") == "450200", pl.col("series") == "simulated"
    )
    for goal in goals().values():
        if goal.indicator == "programme_categories":  # counts no records
            continue
        wanted = {"indicator": goal.indicator, "time_period": goal.time_period}
        wanted |= {name: goal.breakdown.get(name, "_T") for name in load(demo).dimensions}
        (value,) = figures.filter(**wanted)["obs_value"]
        places = -goal.value.as_tuple().exponent
        if goal.bound is None:
            assert Decimal(repr(round(value, places))) == goal.value, goal.goal
        else:
            assert value > goal.value, goal.goal


@pytest.mark.parametrize(
    ("file", "model"),
    [
        (practice.FILE, practice.PracticeSettings),
        (officers.FILE, officers.OfficerSettings),
        (registers.FILE, registers.RegisterSettings),
        (flagships.FILE, flagships.FlagshipSettings),
        (programme.FILE, programme.ProgrammeSettings),
    ],
    ids=["practice", "officers", "registers", "flagships", "programme"],
)
def test_every_assumption_gives_its_reason(file: Path, model: type[Model]) -> None:
    assumed = load_yaml(file, model, name=file.name)
    for name in model.model_fields:
        section = getattr(assumed, name)
        assert section.status == "assumed"
        assert section.reason
