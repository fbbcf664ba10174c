"""Treating, imputing, screening, denominating: against SciPy, brute force, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError
from zhiheng.index.impute import IMPUTERS, no_rows
from zhiheng.index.treat import TREATMENTS, box_cox, passes, skew_kurtosis, winsorise
from zhiheng.index.tree import UndefinedError

RNG = np.random.default_rng(4)


def test_skewness_and_kurtosis_by_scipy() -> None:
    from scipy import stats

    x = RNG.lognormal(size=(30, 4))
    x[3, 1] = x[7, 2] = np.nan
    skew, kurtosis = skew_kurtosis(x)
    np.testing.assert_allclose(skew[0], stats.skew(x, bias=False, nan_policy="omit"), rtol=1e-10)
    np.testing.assert_allclose(kurtosis[0], stats.kurtosis(x, bias=False, nan_policy="omit"), rtol=1e-10)


def by_hand(column: np.ndarray, points: int) -> np.ndarray:
    """Winsorise one column point by point, plainly."""
    x = column.copy()
    for _ in range(points):
        if passes(x[:, None], 2, 3.5).all():
            break
        if skew_kurtosis(x[:, None])[0].item() >= 0:
            x[x == x.max()] = np.max(x[x < x.max()])
        else:
            x[x == x.min()] = np.min(x[x > x.min()])
    return x


@pytest.mark.parametrize("seed", range(8))
def test_winsorising_many_columns_at_once_is_winsorising_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.standard_t(2, size=(25, 12)) ** 3, 1)
    ours = winsorise(x, max_points=4, otherwise="keep")
    theirs = np.column_stack([by_hand(column, 4) for column in x.T])
    np.testing.assert_array_equal(ours.apply(x), theirs)
    assert (ours.points_high + ours.points_low).max() > 1


def test_winsorising_variants_at_once_is_winsorising_each() -> None:
    x = RNG.standard_t(2, size=(5, 20, 3)) ** 3
    together = winsorise(x, otherwise="log_ct").apply(x)
    for v in range(5):
        np.testing.assert_array_equal(together[v], winsorise(x[v], otherwise="log_ct").apply(x[v]))


def test_still_skewed_is_said() -> None:
    x = np.concatenate([np.arange(1.0, 21.0), 10.0 ** np.arange(3, 10)])[:, None]
    with pytest.raises(UndefinedError) as caught:
        winsorise(x, max_points=1)
    assert caught.value.rule == "index_still_skewed"


def test_box_cox_by_scipy() -> None:
    from scipy import stats

    x = RNG.gamma(2.0, size=(40, 3)) + 0.1
    ours = box_cox(x)
    for j in range(3):
        expected, power = stats.boxcox(x[:, j])
        assert ours.power[0, j] == pytest.approx(power, rel=1e-6)  # both are searched for
        np.testing.assert_allclose(ours.apply(x)[:, j], expected, rtol=1e-6)


@pytest.mark.parametrize("method", ["log", "log_ct", "log_shifted", "log_gii", "box_cox"])
def test_a_treatment_keeps_the_order(method: str) -> None:
    x = np.sort(RNG.lognormal(size=(15, 3)), axis=0)
    x[:, 2] = 20 - x[::-1, 2]  # a tail below
    assert (np.diff(TREATMENTS[method](x).apply(x), axis=0) > 0).all()


def test_only_columns_that_fail_are_curved_if_so_asked() -> None:
    x = np.column_stack([np.arange(1.0, 31.0), 2.0 ** np.arange(30)])
    assert TREATMENTS["log"](x, when="failing").curved.tolist() == [[False, True]]


def test_the_logarithm_of_zero_names_unit_and_indicator() -> None:
    data = small_data().with_columns(c=pl.lit(0.0))
    with pytest.raises(ZhihengError) as caught:
        run({"treat": {"method": "none", "overrides": {"c": {"method": "log"}}}}, data)
    assert caught.value.problems[0].where == "small.steps[1].treat c u1"
    assert caught.value.problems[0].rule == "index_not_positive"


def run(step: dict[str, Any], data: pl.DataFrame, **words: Any) -> index.Result:
    steps = [
        step,
        {"normalise": {"method": "min_max", "fit": "pooled"}},
        {"aggregate": {"method": "arithmetic"}},
    ]
    return index.compute(small(steps, **words), data)


def gappy(n: int = 60, k: int = 4, share: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    common = rng.normal(size=(n, 1))
    full = common + 0.3 * rng.normal(size=(n, k))
    x = full.copy()
    x[rng.random((n, k)) < share] = np.nan
    return full, x


@pytest.mark.parametrize("method", IMPUTERS)
def test_observed_values_are_never_touched(method: str) -> None:
    _, x = gappy()
    filled = IMPUTERS[method](x, no_rows(len(x), one_unit=method in ("interpolate", "last_value")))
    known = ~np.isnan(x)
    assert (filled[known] == x[known]).all()


@pytest.mark.parametrize("method", ["em", "regression"])
def test_methods_across_indicators_beat_the_mean(method: str) -> None:
    full, x = gappy()
    gaps = np.isnan(x)
    rows = no_rows(len(x))
    error = np.abs(IMPUTERS[method](x, rows) - full)[gaps].mean()
    assert error < 0.6 * np.abs(IMPUTERS["mean"](x, rows) - full)[gaps].mean()


def test_em_reaches_the_highest_likelihood() -> None:
    """Two columns, gaps in the second only: the maximum is known in closed form (Anderson 1957)."""
    full, x = gappy(k=2, share=0.0)
    x[::4, 1] = np.nan
    seen = ~np.isnan(x[:, 1])
    slope, intercept = np.polyfit(full[seen, 0], full[seen, 1], 1)
    filled = IMPUTERS["em"](x, no_rows(len(x)))
    np.testing.assert_allclose(filled[~seen, 1], intercept + slope * x[~seen, 0], rtol=1e-6)
    again = IMPUTERS["regression"](x, no_rows(len(x)))
    np.testing.assert_allclose(again[~seen, 1], intercept + slope * x[~seen, 0], rtol=1e-8)


@given(st.permutations(range(12)))
def test_the_order_of_units_does_not_matter(order: list[int]) -> None:
    _, x = gappy(12, 3)
    for method in ("mean", "median", "regression"):
        a, b = IMPUTERS[method](x, no_rows(12))[order], IMPUTERS[method](x[order], no_rows(12))
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-7)


def test_medians_by_numpy() -> None:
    _, x = gappy()
    filled = IMPUTERS["median"](x, no_rows(len(x)))
    np.testing.assert_allclose(
        filled[np.isnan(x)], np.broadcast_to(np.nanmedian(x, axis=0), x.shape)[np.isnan(x)]
    )


def test_a_group_without_values_is_a_policy() -> None:
    data = small_data().with_columns(
        g=pl.Series(["k", "k", "k", "l", "l"]), a=pl.Series([1.0, 2.0, 3.0, None, None])
    )
    step: dict[str, Any] = {"method": "group_mean", "by": "g"}
    with pytest.raises(ZhihengError) as caught:
        run({"impute": step}, data)
    assert caught.value.problems[0].rule == "index_group_empty"
    overall = run({"impute": step | {"empty_group": "overall"}}, data)
    assert overall.stage("impute")["a"].to_list() == [1, 2, 3, 2, 2]
    assert overall.imputed["unit"].to_list() == ["u4", "u5"]


def test_in_a_panel_gaps_are_filled_along_the_units_years() -> None:
    data = pl.DataFrame(
        {
            "unit": ["x"] * 4 + ["y"] * 4,
            "time_period": ["2011", "2012", "2014", "2015"] * 2,
            "a": [1.0, None, 7.0, None, 0.0, 1.0, 2.0, 3.0],
        }
    )
    words = {"tree": {"code": "all", "parts": [{"code": "a"}]}, "levels": ["indicator", "index"]}
    step: dict[str, Any] = {"method": "interpolate", "ends": "nearest"}
    assert run({"impute": step}, data, **words).stage("impute")["a"].to_list() == [1, 3, 7, 7, 0, 1, 2, 3]
    last = run({"impute": {"method": "last_value"}}, data, **words)
    assert last.stage("impute")["a"].to_list() == [1, 1, 7, 7, 0, 1, 2, 3]


def test_means_in_a_panel_are_of_the_period_or_of_all() -> None:
    data = pl.DataFrame(
        {"unit": ["x", "y", "x", "y"], "time_period": ["1", "1", "2", "2"], "a": [1.0, None, 3.0, 8.0]}
    )
    words = {"tree": {"code": "all", "parts": [{"code": "a"}]}, "levels": ["indicator", "index"]}
    each = run({"impute": {"method": "mean", "fit": "each_period"}}, data, **words)
    assert each.stage("impute")["a"].to_list() == [1, 1, 3, 8]
    pooled = run({"impute": {"method": "mean", "fit": "pooled"}}, data, **words)
    assert pooled.stage("impute")["a"].to_list() == [1, 4, 3, 8]


def holes() -> pl.DataFrame:
    return small_data().with_columns(
        a=pl.Series([None, 2.0, 3.0, 4.0, 6.0]),
        b=pl.Series([None, 10.0, 0.0, 20.0, 40.0]),
        c=pl.Series([0.5, 0.9, 0.0, 0.7, 0.3]),
    )


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"rule": "missing", "min_available": 0.75}, ["u2", "u3", "u4", "u5"]),
        ({"rule": "missing", "min_available": 0.5}, ["u1", "u2", "u3", "u4", "u5"]),
        ({"rule": "zeros", "min_nonzero": 0.75}, ["u1", "u2", "u4", "u5"]),
        ({"rule": "both", "min_available": 0.75, "min_nonzero": 0.75}, ["u2", "u4", "u5"]),
        (
            {"rule": "missing", "min_available": 0.75, "force_in": ["u1"], "force_out": ["u4"]},
            ["u1", "u2", "u3", "u5"],
        ),
        (
            {
                "rule": "zeros",
                "min_nonzero": 1,
                "overrides": {"c": {"counts": False}, "b": {"counts": False}},
            },
            ["u1", "u2", "u3", "u4", "u5"],
        ),
    ],
)
def test_who_is_left(options: dict[str, Any], left: list[str]) -> None:
    steps = [
        {"screen": options},
        {"impute": {"method": "mean"}},
        {"normalise": {"method": "min_max"}},
        {"aggregate": {"method": "arithmetic"}},
    ]
    assert index.compute(small(steps), holes()).stage("screen")["unit"].to_list() == left


def test_denominators_by_indicator() -> None:
    data = small_data().with_columns(people=pl.Series([1.0, 2.0, 3.0, 4.0, 5.0]), area=pl.lit(10.0))
    tree = {
        "code": "all",
        "parts": [
            {"code": "a", "denominator": "people"},
            {"code": "b"},
            {"code": "c", "denominator": "area"},
        ],
    }
    step = {"denominate": {"overrides": {"c": {"denominator": "none"}, "a": {"per": 100}}}}
    result = run(step, data, tree=tree, levels=["indicator", "index"])
    assert result.stage("denominate")["a"].to_list() == pytest.approx([100, 100, 100, 100, 120])
    assert result.stage("denominate")["c"].to_list() == small_data()["c"].to_list()


def test_a_denominator_of_zero_is_a_policy() -> None:
    data = small_data().with_columns(people=pl.Series([1.0, 0.0, 3.0, 4.0, 5.0]))
    tree = {"code": "all", "parts": [{"code": "a", "denominator": "people"}]}
    with pytest.raises(ZhihengError) as caught:
        run({"denominate": {}}, data, tree=tree, levels=["indicator", "index"])
    assert caught.value.problems[0].where == "small.steps[1].denominate a u2"
