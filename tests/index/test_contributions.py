"""Contributions: exact, and they add up, whatever the method."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError

METHODS: dict[str, dict[str, Any]] = {
    "arithmetic": {},
    "geometric": {},
    "harmonic": {},
    "generalised_mean": {"power": 0.5},
    "median": {},
    "minimum_mean": {"minimum_share": 0.3},
    "mazziotta_pareto": {},
}


def of(method: Any, **options: Any) -> index.Index:
    return small([
        {"normalise": {"method": "min_max", "range": [1, 100]}},
        {"aggregate": {"method": method, **options}},
    ])  # fmt: skip


def test_an_arithmetic_index_is_the_sum_of_weight_times_value() -> None:
    result = index.compute(of("arithmetic"), small_data())
    parts = result.contributions("all").filter(pl.col("unit") == "u1")
    # a is the lowest (1), b the highest (100); pillar first weighs 1/4
    assert dict(zip(parts["indicator"], parts["contribution"], strict=True))["a"] == pytest.approx(1 / 8)
    assert dict(zip(parts["indicator"], parts["contribution"], strict=True))["b"] == pytest.approx(100 / 8)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("node", ["all", "second"])
def test_contributions_add_up_to_the_value(method: str, node: str) -> None:
    result = index.compute(of(method, **METHODS[method]), small_data())
    sums = result.contributions(node).group_by("unit", maintain_order=True).agg(pl.col("contribution").sum())
    np.testing.assert_allclose(sums["contribution"], result.values[node], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_contributions_to_a_lead_add_up(method: str) -> None:
    result = index.compute(of(method, **METHODS[method]), small_data())
    lead = index.of_difference(result, "u4", "u3")["contribution"].sum()
    values = dict(zip(result.values["unit"], result.values["all"], strict=True))
    assert lead == pytest.approx(values["u4"] - values["u3"], rel=1e-12)


def test_methods_may_differ_by_level_and_node() -> None:
    spec = of(["geometric", "median"], overrides={"second": {"method": "arithmetic"}})
    result = index.compute(spec, small_data())
    lead = index.of_difference(result, "u5", "u1")["contribution"].sum()
    assert lead == pytest.approx(result.values["all"][4] - result.values["all"][0], rel=1e-12)


def test_the_owen_value_by_brute_force() -> None:
    """All orders in which the parts of every node stay together, each indicator's step averaged."""
    result = index.compute(of("harmonic"), small_data())
    normal = result.values.select("a", "b", "c", "d").to_numpy()
    new, old = normal[3], normal[2]

    def value(x: np.ndarray) -> float:
        first, second = 2 / (1 / x[0] + 1 / x[1]), 2 / (1 / x[2] + 1 / x[3])
        return float(1 / (0.25 / first + 0.75 / second))

    orders = [
        [*left, *right]
        for pair in itertools.permutations([[0, 1], [2, 3]])
        for left in itertools.permutations(pair[0])
        for right in itertools.permutations(pair[1])
    ]
    mean = np.zeros(4)
    for order in orders:
        x = old.copy()
        for j in order:
            before = value(x)
            x[j] = new[j]
            mean[j] += (value(x) - before) / len(orders)
    ours = index.of_difference(result, "u4", "u3")
    np.testing.assert_allclose(ours["contribution"], mean, rtol=1e-12, atol=1e-12)


def test_a_change_between_periods_by_the_logarithmic_mean() -> None:
    """One geometric node of two indicators: L(v1, v0) w ln(x1/x0), from Ang (2004)."""
    spec = index.Index.build(
        index="g", levels=["indicator", "index"], tree={"code": "g", "parts": [{"code": "x"}, {"code": "y"}]},
        steps=[{"aggregate": {"method": "geometric"}}],
    )  # fmt: skip
    data = pl.DataFrame(
        {"unit": ["u", "u"], "time_period": ["2014", "2015"], "x": [2.0, 4.0], "y": [8.0, 9.0]}
    )
    parts = index.of_change(index.compute(spec, data), "u", "2014", "2015")
    v0, v1 = 4.0, 6.0
    mean = (v1 - v0) / np.log(v1 / v0)
    expected = [mean * 0.5 * np.log(2.0), mean * 0.5 * np.log(9 / 8)]
    np.testing.assert_allclose(parts["contribution"], expected, rtol=1e-12)
    assert parts["time_period"].to_list() == ["2015", "2015"]


@settings(max_examples=60)
@given(
    new=st.lists(st.floats(0.01, 1000), min_size=4, max_size=4),
    old=st.lists(st.floats(0.01, 1000), min_size=4, max_size=4),
    same=st.integers(0, 3),
)
def test_geometric_contributions_add_up_even_where_nothing_moved(
    new: list[float], old: list[float], same: int
) -> None:
    new[same] = old[same]
    spec = small(
        [
            {"normalise": {"method": "scaled", "outside": "extrapolate"}},
            {"aggregate": {"method": "geometric"}},
        ]
    )
    spec = spec.model_copy(update={"tree": spec.tree})
    data = pl.DataFrame({"unit": ["n", "o"]} | {c: [n, o] for c, n, o in zip("abc", new, old, strict=False)})
    data = data.with_columns(d=pl.Series([100 - new[3] / 100, 100 - old[3] / 100]))
    result = index.compute(spec, data)
    parts = index.of_difference(result, "n", "o")["contribution"]
    difference = result.values["all"][0] - result.values["all"][1]
    assert parts.sum() == pytest.approx(difference, rel=1e-9, abs=1e-9)
    assert parts[same] == pytest.approx(0.0, abs=1e-9)


def test_a_method_that_compares_units_is_not_taken_apart() -> None:
    result = index.compute(of("copeland"), small_data())
    with pytest.raises(ZhihengError) as caught:
        result.contributions("all")
    assert caught.value.problems[0].rule == "index_not_decomposed"


def test_a_node_that_is_not_there() -> None:
    with pytest.raises(ZhihengError) as caught:
        index.compute(of("arithmetic"), small_data()).contributions("al")
    assert caught.value.problems[0].rule == "index_name_unknown"
