"""Ranks of an index put to the test: the same every time, complete areas only, two intervals apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import zhiheng
from zhiheng import index
from zhiheng.compute.indices import read_indices
from zhiheng.compute.robustness import robustness_figures, variations
from zhiheng.framework.city import City, load
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import IndexMeasure

CODE = "city_quality"
PERIOD = "2012/2017"


@pytest.fixture(scope="module")
def city() -> City:
    return load(Path(zhiheng.__file__).parent / "cities/liuzhou")


@pytest.fixture(scope="module")
def spec(city: City) -> index.Index:
    return read_indices(city)[CODE]


@pytest.fixture(scope="module")
def measure(city: City) -> IndexMeasure:
    [found] = [m for m in city.indicators[CODE].measures if isinstance(m, IndexMeasure)]
    assert found.robustness is not None
    fewer = found.robustness.model_copy(update={"runs": 200, "draws": 32, "resamples": 50})
    return found.model_copy(update={"robustness": fewer})


@pytest.fixture(scope="module")
def figures(city: City, spec: index.Index) -> pl.DataFrame:
    """Made-up inputs of the ten counties, and the index that they give."""
    rng = np.random.default_rng(7)
    counties = city.areas.children("450200")
    values = {
        node.code: rng.uniform(posts.lower, posts.upper, len(counties))
        for node in spec.indicators
        if (posts := node.goalposts)
    }
    frame = pl.DataFrame({"unit": counties} | values)
    made = index.compute(spec, frame).values.select("unit", CODE)
    rows = frame.join(made, on="unit").unpivot(
        index="unit", variable_name="indicator", value_name="obs_value"
    )
    return rows.rename({"unit": "ref_area"}).with_columns(
        *(pl.lit(TOTAL).alias(name) for name in city.dimensions),
        time_period=pl.lit(PERIOD), series=pl.lit("simulated"), obs_status=pl.lit("normal"),
        std_error=pl.when(indicator="city_quality_supervision_pass_rate").then(0.8),
    )  # fmt: skip


def made(city, measure, spec, figures):
    frame, problems = robustness_figures(city, CODE, measure, spec, figures)
    assert not problems
    return frame


def test_the_seed_decides_the_numbers(city, measure, spec, figures):
    first = made(city, measure, spec, figures)
    assert first.equals(made(city, measure, spec, figures.sample(fraction=1, shuffle=True, seed=3)))
    other = measure.robustness.model_copy(update={"seed": 2})
    again = made(city, measure.model_copy(update={"robustness": other}), spec, figures)
    assert not first.equals(again)


def test_nominal_ranks_are_those_of_the_index_and_lie_inside(city, measure, spec, figures):
    frame = made(city, measure, spec, figures).filter(kind="rank")
    values = figures.filter(indicator=CODE).with_columns(
        rank=pl.col("obs_value").rank("min", descending=True)
    )
    both = frame.join(values.select("ref_area", "rank"), on="ref_area")
    assert both.height == 10
    assert (both["nominal"] == both["rank"]).all()
    assert (frame["low"] <= frame["median"]).all()
    assert (frame["median"] <= frame["high"]).all()


def test_sampling_error_is_a_kind_of_its_own(city, measure, spec, figures):
    sets = made(city, measure, spec, figures).filter(kind="rank_set")
    assert sets.height == 10
    assert (sets["all_low"] <= sets["low"]).all()
    assert (sets["low"] <= sets["nominal"]).all()
    assert set(sets["level"]) == {95.0}, "the city's confidence level, not the interval of the simulation"
    census = figures.with_columns(std_error=pl.lit(None, dtype=pl.Float64))
    assert made(city, measure, spec, census).filter(kind="rank_set").is_empty()


def test_every_choice_has_its_share(city, measure, spec, figures):
    frame = made(city, measure, spec, figures)
    addresses = [one.address for one in variations(measure.robustness)]
    for kind in ("first_order", "total"):
        assert frame.filter(kind=kind)["parameter"].to_list() == addresses


def test_an_area_that_lacks_an_input_is_not_ranked(city, measure, spec, figures):
    gap = (pl.col("ref_area") == "450226") & (pl.col("indicator") == "city_quality_rework_rate")
    short = figures.with_columns(obs_value=pl.when(gap).then(None).otherwise("obs_value"))
    frame = made(city, measure, spec, short)
    assert frame.filter(kind="rank").height == 9
    assert "450226" not in frame["ref_area"].to_list()
    assert made(city, measure, spec, figures.filter(pl.col("ref_area") <= "450203")).is_empty()


def test_an_address_that_does_not_exist_is_named(city, measure, spec, figures):
    wrong = measure.robustness.vary[0].model_copy(update={"address": "wieghts"})
    said = measure.robustness.model_copy(update={"vary": [wrong]})
    frame, problems = robustness_figures(
        city, CODE, measure.model_copy(update={"robustness": said}), spec, figures
    )  # fmt: skip
    assert frame.is_empty()
    assert ("index_address_unknown", "wieghts") in {(p.rule, p.found) for p in problems}
    assert all(p.where.startswith("city_quality.simulated.robustness") for p in problems)


def test_an_index_with_bounds_from_the_data_is_refused(city, measure, spec, figures):
    """The bounds of the counties alone are others than those of all units together."""
    moved = figures.with_columns(
        obs_value=pl.when(indicator=CODE).then(pl.col("obs_value") + 1).otherwise("obs_value")
    )
    _, [problem] = robustness_figures(city, CODE, measure, spec, moved)
    assert problem.rule == "robustness_differs"
    assert problem.found.startswith("450202")
