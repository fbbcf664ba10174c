"""Normalising: bounds, directions, policies, and bounds of one table used for another."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError
from zhiheng.index.normalise import NORMALISERS, simple_columns

VALUES = hnp.arrays(np.float64, (6, 2), elements=st.integers(-1000, 1000).map(lambda i: i / 8))
FREE = [
    "min_max",
    "z_score",
    "rank",
    "percentile_rank",
    "borda",
    "distance_to_max",
    "mazziotta_pareto_adjusted",
]


def varied(x: np.ndarray) -> bool:
    return bool((np.ptp(x, axis=0) > 0).all())


@given(x=VALUES.filter(varied))
@pytest.mark.parametrize("method", FREE)
def test_more_is_better_in_the_direction(method: str, x: np.ndarray) -> None:
    for direction in (1.0, -1.0):
        columns = simple_columns(2, direction=direction)
        y = NORMALISERS[method](x, columns).apply(x, outside="fail", degenerate="fail")
        for j in range(2):
            order = np.argsort(direction * x[:, j], kind="stable")
            assert (np.diff(y[order, j]) >= -1e-12).all()


@given(x=VALUES.filter(varied), scale=st.sampled_from([0.5, 4.0, 1024.0]), shift=st.integers(-100, 100))
@pytest.mark.parametrize("method", FREE)
def test_the_unit_of_measurement_does_not_matter(
    method: str, x: np.ndarray, scale: float, shift: int
) -> None:
    columns = simple_columns(2)
    moved = x * scale + shift
    a = NORMALISERS[method](x, columns).apply(x, outside="fail", degenerate="fail")
    b = NORMALISERS[method](moved, columns).apply(moved, outside="fail", degenerate="fail")
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@given(x=VALUES.filter(varied), order=st.permutations(range(6)))
@pytest.mark.parametrize("method", FREE)
def test_the_order_of_units_does_not_matter(method: str, x: np.ndarray, order: list[int]) -> None:
    columns = simple_columns(2)
    a = NORMALISERS[method](x, columns).apply(x, outside="fail", degenerate="fail")
    b = NORMALISERS[method](x[order], columns).apply(x[order], outside="fail", degenerate="fail")
    np.testing.assert_allclose(a[order], b, rtol=1e-12, atol=1e-12)


@given(x=VALUES.filter(varied))
def test_min_max_reaches_its_ends_exactly(x: np.ndarray) -> None:
    y = NORMALISERS["min_max"](x, simple_columns(2), range=(1, 7)).apply(x, outside="fail", degenerate="fail")
    assert (y.min(axis=0) == 1).all()
    assert (y.max(axis=0) == 7).all()


@given(x=VALUES.filter(varied))
def test_z_scores_by_scipy(x: np.ndarray) -> None:
    from scipy import stats

    y = NORMALISERS["z_score"](x, simple_columns(2)).apply(x, outside="fail", degenerate="fail")
    np.testing.assert_allclose(y, stats.zscore(x, ddof=1), rtol=1e-9, atol=1e-9)


@given(x=VALUES)
@pytest.mark.parametrize("ties", ["min", "average"])
def test_ranks_by_scipy(x: np.ndarray, ties: str) -> None:
    from scipy import stats

    y = NORMALISERS["rank"](x, simple_columns(2), ties=ties).apply(x, outside="fail", degenerate="fail")
    np.testing.assert_array_equal(y, stats.rankdata(x, method=ties, axis=0))


def test_missing_values_stay_missing_and_take_no_rank() -> None:
    x = np.array([[3.0], [np.nan], [5.0], [4.0]])
    for method in FREE:
        y = NORMALISERS[method](x, simple_columns(1)).apply(x, outside="fail", degenerate="fail")
        assert np.isnan(y).ravel().tolist() == [False, True, False, False]
    y = NORMALISERS["borda"](x, simple_columns(1)).apply(x, outside="fail", degenerate="fail")
    assert y[[0, 2, 3], 0].tolist() == [0, 100, 50]


def normalised(options: dict[str, Any], data: pl.DataFrame | None = None, **node: Any) -> pl.DataFrame:
    tree = {"code": "all", "parts": [{"code": "a", **node}]}
    spec = small(
        [{"normalise": options}, {"aggregate": {"method": "arithmetic"}}],
        tree=tree,
        levels=["indicator", "index"],
    )
    return index.compute(spec, small_data() if data is None else data).values


def test_goalposts_outside_is_a_policy() -> None:
    posts = {"lower": 2, "upper": 4}
    with pytest.raises(ZhihengError) as caught:
        normalised({"method": "goalposts"}, goalposts=posts)
    assert caught.value.problems[0].rule == "index_outside"
    assert caught.value.problems[0].where == "small.steps[1].normalise a u1"
    clipped = normalised({"method": "goalposts", "outside": "clip"}, goalposts=posts)
    assert clipped["a"].to_list() == [0, 0, 50, 100, 100]
    beyond = normalised({"method": "goalposts", "outside": "extrapolate"}, goalposts=posts)
    assert beyond["a"].to_list() == [-50, 0, 50, 100, 200]


def test_efficacy_scores_sixty_to_a_hundred_also_where_less_is_better() -> None:
    posts = {"lower": 1, "upper": 6}
    up = normalised({"method": "efficacy"}, goalposts=posts)["a"].to_list()
    assert up == [60, 68, 76, 84, 100]
    down = normalised({"method": "efficacy"}, goalposts=posts, direction=-1)["a"].to_list()
    assert down == [100, 92, 84, 76, 60]


def test_without_goalposts_they_are_asked_for() -> None:
    with pytest.raises(ZhihengError) as caught:
        normalised({"method": "efficacy"})
    assert caught.value.problems[0].rule == "index_metadata_missing"


def test_targets_may_cap() -> None:
    far = normalised({"method": "distance_to_target"}, target=4)["a"].to_list()
    assert far == pytest.approx([0, 1 / 3, 2 / 3, 1, 5 / 3])
    assert normalised({"method": "distance_to_target", "cap": True}, target=4)["a"].to_list()[-1] == 1
    down = normalised({"method": "distance_to_target"}, target=2, direction=-1)["a"].to_list()
    assert down == [1.25, 1, 0.75, 0.5, 0]


def test_distance_to_a_unit() -> None:
    assert normalised({"method": "distance_to_reference", "reference": "u4"})["a"].to_list() == pytest.approx(
        [0, 1 / 3, 2 / 3, 1, 5 / 3]
    )
    with pytest.raises(ZhihengError) as caught:
        normalised({"method": "distance_to_reference", "reference": "u9"})
    assert caught.value.problems[0].rule == "index_name_unknown"


def test_a_column_without_range_is_a_policy() -> None:
    data = small_data().with_columns(a=pl.lit(3.0))
    with pytest.raises(ZhihengError) as caught:
        normalised({"method": "min_max"}, data)
    assert caught.value.problems[0].rule == "index_degenerate"
    assert normalised({"method": "min_max", "degenerate": "middle"}, data)["a"].to_list() == [50.0] * 5


def panel() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unit": ["x", "y", "x", "y"],
            "time_period": ["2014", "2014", "2015", "2015"],
            "a": [10.0, 20.0, 15.0, 30.0],
        }
    )


@pytest.mark.parametrize(
    ("fit", "expected"),
    [("2014", [0, 100, 50, 200]), ("each_period", [0, 100, 0, 100]), ("pooled", [0, 50, 25, 100])],
)
def test_bounds_of_a_base_period_of_each_and_of_all(fit: str, expected: list[float]) -> None:
    options = {"method": "min_max", "fit": fit, "outside": "extrapolate"}
    assert normalised(options, panel())["a"].to_list() == expected


def test_a_later_year_outside_the_base_years_bounds_is_said() -> None:
    with pytest.raises(ZhihengError) as caught:
        normalised({"method": "min_max", "fit": "2014"}, panel())
    assert caught.value.problems[0].where.endswith("a y 2015")


def test_ranks_do_not_go_to_other_years() -> None:
    with pytest.raises(ZhihengError) as caught:
        normalised({"method": "borda", "fit": "2014"}, panel())
    assert caught.value.problems[0].rule == "index_method_relative"


def test_ranks_in_a_panel_are_within_the_period() -> None:
    spec = small(
        [{"normalise": {"method": "min_max", "fit": "pooled"}}, {"aggregate": {"method": "arithmetic"}}],
        tree={"code": "all", "parts": [{"code": "a"}]},
        levels=["indicator", "index"],
    )
    assert index.compute(spec, panel()).ranks["all"].to_list() == [2, 1, 2, 1]


def test_overrides_hold_for_their_indicator_only() -> None:
    spec = small(
        [
            {
                "normalise": {
                    "method": "min_max",
                    "range": [0, 1],
                    "overrides": {"b": {"range": [0, 10]}, "c": {"method": "rank"}},
                }
            },
            {"aggregate": {"method": "arithmetic"}},
        ]
    )
    values = index.compute(spec, small_data()).values
    assert values["a"].max() == 1
    assert values["b"].max() == 10
    assert sorted(values["c"]) == [1, 2, 3, 4, 5]
