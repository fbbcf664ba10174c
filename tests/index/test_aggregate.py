"""Aggregating: every method against a plain loop, for one variant and many, and its invariants."""

from __future__ import annotations

import math
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
from zhiheng.index.aggregate import AGGREGATORS, RELATIVE

OPTIONS: dict[str, dict[str, Any]] = {
    "generalised_mean": {"power": 3.0},
    "minimum_mean": {"minimum_share": 0.25},
    "owa": {"order_weights": (3.0, 2.0, 1.0)},
}
UNWEIGHTED = {"owa", "benefit_of_the_doubt"}
TABLES = hnp.arrays(np.float64, (5, 3), elements=st.integers(1, 800).map(lambda i: i / 8))
WEIGHTS = np.array([0.5, 0.3, 0.2])


def of(method: str, x: np.ndarray, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    if method in UNWEIGHTED:
        weights = np.full(3, 1 / 3)
    return AGGREGATORS[method]([c[None] for c in x.T], weights[None], **OPTIONS.get(method, {}))[0]


def plain(method: str, table: np.ndarray, w: np.ndarray) -> list[float]:
    """Return the same by loops over units."""
    out = []
    for x in table:
        mean = sum(a * b for a, b in zip(w, x, strict=True))
        if method == "arithmetic":
            out.append(mean)
        elif method == "geometric":
            out.append(math.prod(b**a for a, b in zip(w, x, strict=True)))
        elif method == "harmonic":
            out.append(1 / sum(a / b for a, b in zip(w, x, strict=True)))
        elif method == "generalised_mean":
            out.append(sum(a * b**3 for a, b in zip(w, x, strict=True)) ** (1 / 3))
        elif method == "median":
            out.append(weighted_median(x, w))
        elif method == "minimum_mean":
            out.append(0.25 * min(x) + 0.75 * mean)
        elif method == "owa":
            out.append(sum(v * b for v, b in zip((3, 2, 1), sorted(x, reverse=True), strict=True)) / 6)
        elif method == "mazziotta_pareto":
            spread = sum(a * (b - mean) ** 2 for a, b in zip(w, x, strict=True))
            out.append(mean - spread / mean)
        elif method == "copeland":
            wins = [sum(a * np.sign(b - c) for a, b, c in zip(w, x, other, strict=True)) for other in table]
            out.append(sum(np.sign(round(win, 9)) for win in wins))
    return out


def weighted_median(x: np.ndarray, w: np.ndarray) -> float:
    order = np.argsort(x, kind="stable")
    reached = 0.0
    for place, j in enumerate(order):
        reached += w[j]
        if abs(reached - 0.5) < 1e-9:
            return float(x[j] + x[order[place + 1]]) / 2
        if reached > 0.5:
            return float(x[j])
    raise AssertionError


@given(x=TABLES)
@pytest.mark.parametrize("method", [m for m in AGGREGATORS if m not in ("topsis", "benefit_of_the_doubt")])
def test_each_method_by_a_plain_loop(method: str, x: np.ndarray) -> None:
    np.testing.assert_allclose(of(method, x), plain(method, x, WEIGHTS), rtol=1e-10, atol=1e-10)


@given(x=TABLES)
def test_topsis_by_a_plain_loop(x: np.ndarray) -> None:
    v = WEIGHTS * x / np.sqrt((x**2).sum(axis=0))
    plus = [math.dist(row, v.max(axis=0)) for row in v]
    minus = [math.dist(row, v.min(axis=0)) for row in v]
    expected = [m / (p + m) if p + m else math.nan for p, m in zip(plus, minus, strict=True)]
    np.testing.assert_allclose(of("topsis", x), expected, rtol=1e-9)


@given(x=TABLES, better=st.integers(0, 2), much=st.integers(1, 100))
@pytest.mark.parametrize(
    "method", [m for m in AGGREGATORS if m not in ("topsis", "mazziotta_pareto", "benefit_of_the_doubt")]
)
def test_doing_better_is_never_worse(method: str, x: np.ndarray, better: int, much: int) -> None:
    more = x.copy()
    more[0, better] += much
    assert of(method, more)[0] >= of(method, x)[0] - 1e-9


@given(x=TABLES, order=st.permutations(range(5)))
@pytest.mark.parametrize("method", AGGREGATORS)
def test_the_order_of_units_does_not_matter(method: str, x: np.ndarray, order: list[int]) -> None:
    loose = 1e-8 if method == "benefit_of_the_doubt" else 1e-12  # an iteration that stops within 1e-9
    np.testing.assert_allclose(of(method, x)[order], of(method, x[order]), rtol=loose, atol=1e-12)


@given(x=TABLES)
@pytest.mark.parametrize("method", [m for m in AGGREGATORS if m not in RELATIVE | {"mazziotta_pareto"}])
def test_the_result_is_between_the_parts(method: str, x: np.ndarray) -> None:
    y = of(method, x)
    assert (y >= x.min(axis=1) - 1e-9).all()
    assert (y <= x.max(axis=1) + 1e-9).all()


@pytest.mark.parametrize("method", AGGREGATORS)
def test_many_variants_at_once_are_each_alone(method: str) -> None:
    rng = np.random.default_rng(6)
    x = rng.uniform(1, 100, size=(4, 7, 3))
    weights = np.full((4, 3), 1 / 3) if method in UNWEIGHTED else rng.dirichlet(np.ones(3), size=4)
    options = OPTIONS.get(method, {})
    together = AGGREGATORS[method]([x[:, :, j] for j in range(3)], weights, **options)
    for v in range(4):
        alone = AGGREGATORS[method]([x[v : v + 1, :, j] for j in range(3)], weights[v : v + 1], **options)
        np.testing.assert_array_equal(together[v], alone[0])


def test_a_missing_part_is_a_policy() -> None:
    data = small_data().with_columns(b=pl.when(pl.col("unit") == "u2").then(None).otherwise("b"))
    for method in ("arithmetic", "harmonic", "median", "mazziotta_pareto"):
        steps = [
            {"normalise": {"method": "min_max", "range": [1, 100]}},
            {"aggregate": {"method": method, "missing": "available"}},
        ]
        values = index.compute(small(steps), data).values
        assert values["first"][1] == pytest.approx(values["a"][1])


def test_a_zero_is_a_policy_of_the_geometric_mean() -> None:
    steps: list[dict[str, Any]] = [
        {"normalise": {"method": "min_max"}},
        {"aggregate": {"method": "geometric"}},
    ]
    with pytest.raises(ZhihengError) as caught:
        index.compute(small(steps), small_data())
    assert caught.value.problems[0].rule == "index_not_positive"
    steps[1]["aggregate"]["zeros"] = "zero"
    values = index.compute(small(steps), small_data()).values
    assert values["first"][0] == 0
    assert values["first"][2] > 0


def test_unequal_weights_that_would_be_ignored_are_refused() -> None:
    steps = [
        {"normalise": {"method": "min_max"}},
        {"aggregate": {"method": "owa", "order_weights": [1, 2]}},
    ]
    with pytest.raises(ZhihengError) as caught:
        index.compute(small(steps), small_data())
    assert caught.value.problems[0].rule == "index_weights_unused"


def test_in_a_panel_units_are_compared_within_their_period() -> None:
    data = pl.concat([small_data().with_columns(time_period=pl.lit(y)) for y in ("2015", "2014")])
    steps = [
        {"normalise": {"method": "min_max", "fit": "pooled"}},
        {"aggregate": {"method": "copeland"}},
    ]
    both = index.compute(small(steps), data).values
    once = index.compute(small(steps), small_data()).values
    assert both["all"].to_list() == once["all"].to_list() * 2
