"""Weights against SciPy and closed forms; benefit of the doubt against linear programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError
from zhiheng.index.bod import benefit_of_the_doubt
from zhiheng.index.tree import UndefinedError
from zhiheng.index.weight import WEIGHTERS, varimax

RNG = np.random.default_rng(12)
X = RNG.normal(50, 10, (40, 1)) + RNG.normal(0, [9, 10, 11, 12], (40, 4))
FREE = [
    "equal",
    "entropy",
    "critic",
    "standard_deviation",
    "principal_component",
    "factor",
    "correlation_optimised",
]


@pytest.mark.parametrize("method", FREE)
def test_weights_sum_to_one_and_do_not_care_about_the_order_of_units(method: str) -> None:
    weights = WEIGHTERS[method](X, np.ones(4)).weights
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()
    again = WEIGHTERS[method](X[RNG.permutation(40)], np.ones(4)).weights
    np.testing.assert_allclose(again, weights, rtol=1e-6)


def test_entropy_by_scipy() -> None:
    from scipy import stats

    diversity = 1 - stats.entropy(X / X.sum(axis=0), axis=0) / np.log(40)
    np.testing.assert_allclose(
        WEIGHTERS["entropy"](X, np.ones(4)).weights, diversity / diversity.sum(), rtol=1e-10
    )


def test_critic_by_a_plain_loop() -> None:
    contents = []
    for j in range(4):
        conflict = sum(1 - np.corrcoef(X[:, j], X[:, k])[0, 1] for k in range(4))
        contents.append(np.std(X[:, j], ddof=1) * conflict)
    expected = np.array(contents) / sum(contents)
    np.testing.assert_allclose(WEIGHTERS["critic"](X, np.ones(4)).weights, expected, rtol=1e-10)


def test_ahp_finds_the_weights_behind_consistent_comparisons() -> None:
    true = np.array([0.4, 0.3, 0.2, 0.1])
    upper = tuple(tuple(true[i] / true[i + 1 :]) for i in range(3))
    made = WEIGHTERS["ahp"](X, np.ones(4), comparisons=upper)
    np.testing.assert_allclose(made.weights, true, rtol=1e-12)
    assert made.facts["consistency_ratio"] == pytest.approx(0, abs=1e-12)


def test_ahp_refuses_contradictions_by_saatys_ratio() -> None:
    """a > b > c > a; the ratio from NumPy's eigenvalues."""
    a = np.array([[1, 3, 1 / 3], [1 / 3, 1, 3], [3, 1 / 3, 1]])
    expected = (np.linalg.eigvals(a).real.max() - 3) / 2 / 0.58
    with pytest.raises(UndefinedError) as caught:
        WEIGHTERS["ahp"](X, np.ones(3), comparisons=((3, 1 / 3), (3,)))
    assert caught.value.found == f"{expected:.3f}"


def test_the_first_component_explains_most() -> None:
    made = WEIGHTERS["principal_component"](X, np.ones(4))
    _, singular, axes = np.linalg.svd((X - X.mean(axis=0)) / X.std(axis=0))
    np.testing.assert_allclose(made.weights, axes[0] ** 2, rtol=1e-9)
    assert made.facts["explained"] == pytest.approx(singular[0] ** 2 / (singular**2).sum())


def test_varimax_finds_simple_structure_that_was_turned_away() -> None:
    simple = np.array([[0.9, 0.0], [0.8, 0.0], [0.0, 0.9], [0.0, 0.8]])
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = np.abs(varimax(simple @ turn))
    found = found[:, np.argsort(-found[0])]
    np.testing.assert_allclose(found, simple, atol=1e-6)  # an iteration near a flat top


def test_factor_weights_of_two_separate_pairs_are_by_hand() -> None:
    """Two uncorrelated pairs: each factor has two equal loadings, so all four weigh the same."""
    u, v = np.array([1.0, -1, 1, -1, 1, -1, 1, -1]), np.array([1.0, 1, -1, -1, 1, 1, -1, -1])
    e = np.array([1.0, 1, 1, 1, -1, -1, -1, -1]) / 2
    x = np.column_stack([u + e, u - e, v + e * u, v - e * u])
    made = WEIGHTERS["factor"](x, np.ones(4))
    assert made.facts["factors"] == 2
    np.testing.assert_allclose(made.weights, 0.25, rtol=1e-9)


def test_optimised_weights_give_the_correlations_their_shares() -> None:
    true = np.array([0.1, 0.2, 0.3, 0.4])
    r = np.array([np.corrcoef(X[:, j], X @ true)[0, 1] for j in range(4)])
    made = WEIGHTERS["correlation_optimised"](X, np.ones(4), importance=tuple(r / r.sum()))
    np.testing.assert_allclose(made.weights, true, rtol=1e-9)


def test_an_importance_that_cannot_be_reached_is_said() -> None:
    alike = X[:, :1] + np.array([[0.0, 1e-3]]) * RNG.normal(size=(40, 1))
    with pytest.raises(UndefinedError) as caught:
        WEIGHTERS["correlation_optimised"](alike, np.ones(2), importance=(0.9, 0.1))
    assert caught.value.rule == "index_importance_unreachable"
    WEIGHTERS["correlation_optimised"](alike, np.ones(2), importance=(0.9, 0.1), unreachable="nearest")


def run(**options: Any) -> index.Result:
    steps = [
        {"normalise": {"method": "min_max"}},
        {"weight": options},
        {"aggregate": {"method": "arithmetic"}},
    ]
    return index.compute(small(steps), small_data())


def test_weights_are_found_from_the_bottom_up_and_by_node() -> None:
    result = run(
        method="standard_deviation", overrides={"all": {"method": "given"}, "first": {"method": "equal"}}
    )
    tree = dict(zip(result.tree["code"], result.tree["importance_weight"], strict=True))
    assert (tree["first"], tree["second"], tree["a"], tree["b"]) == (0.25, 0.75, 0.5, 0.5)
    c, d = result.values["c"].std(), result.values["d"].std()
    assert tree["c"] == pytest.approx(c / (c + d))
    expected = 0.25 * result.values["first"] + 0.75 * result.values["second"]
    assert result.values["all"].to_list() == pytest.approx(expected.to_list())


def test_what_the_method_found_is_kept() -> None:
    result = run(method="equal", overrides={"first": {"method": "ahp", "comparisons": [[3]]}})
    assert result.weight_facts["first"]["consistency_ratio"] == 0
    assert result.tree.filter(code="a")["importance_weight"].item() == pytest.approx(0.75)


def test_comparisons_of_the_wrong_shape_name_the_node() -> None:
    with pytest.raises(ZhihengError) as caught:
        run(method="equal", overrides={"first": {"method": "ahp", "comparisons": [[3, 2]]}})
    assert caught.value.problems[0].where == "small.aggregate first"
    assert caught.value.problems[0].rule == "index_comparisons"


def by_linear_program(x: np.ndarray, unit: int, low: float, high: float) -> float:
    from scipy.optimize import linprog

    n, c = x.shape
    rows, limits = [x], [np.ones(n)]
    for j in range(c):
        own = np.eye(c)[j] * x[unit]
        rows += [(low * x[unit] - own)[None], (own - high * x[unit])[None]]
        limits += [np.zeros(1), np.zeros(1)]
    return -float(linprog(-x[unit], A_ub=np.vstack(rows), b_ub=np.concatenate(limits), bounds=(0, None)).fun)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.1, 1.0), (0.0, 0.5), (0.1, 0.4)])
@pytest.mark.parametrize("seed", [0, 1])
def test_benefit_of_the_doubt_by_one_full_linear_program_a_unit(seed: int, low: float, high: float) -> None:
    x = np.random.default_rng(seed).uniform(1, 100, (30, 4))
    values, weights = benefit_of_the_doubt(x, low, high)
    expected = [by_linear_program(x, unit, low, high) for unit in range(30)]
    np.testing.assert_allclose(values, expected, rtol=1e-8)
    assert (x @ weights.T <= 1 + 1e-9).all()
    shares = weights * x / values[:, None]
    assert (shares >= low - 1e-9).all()
    assert (shares <= high + 1e-9).all()


@given(scale=st.lists(st.floats(0.01, 1000), min_size=3, max_size=3))
def test_benefit_of_the_doubt_does_not_care_about_units_of_measurement(scale: list[float]) -> None:
    x = np.random.default_rng(3).uniform(1, 100, (12, 3))
    np.testing.assert_allclose(
        benefit_of_the_doubt(x * np.array(scale))[0], benefit_of_the_doubt(x)[0], rtol=1e-7
    )


def test_benefit_of_the_doubt_with_ties_and_zeros() -> None:
    x = np.array([[0.0, 2.0], [2.0, 0.0], [2.0, 0.0], [1.0, 1.0], [0.5, 0.5], [0.0, 1.0]])
    np.testing.assert_allclose(benefit_of_the_doubt(x)[0], [1, 1, 1, 1, 0.5, 0.5], rtol=1e-8)


def test_bounds_of_shares_that_contradict() -> None:
    with pytest.raises(UndefinedError) as caught:
        benefit_of_the_doubt(np.ones((3, 2)), min_share=0.6)
    assert caught.value.rule == "index_shares"
