"""Rank confidence sets: brute force, coverage by simulation, and errors carried through the index."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError


def true_ranks(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest rank that each unit has (ties make it a range)."""
    best = 1 + (theta[None, :] > theta[:, None]).sum(axis=1)
    worst = (theta[None, :] >= theta[:, None]).sum(axis=1)
    return best, worst


def test_far_apart_ranks_are_sure_and_alike_ranks_are_not() -> None:
    sure = index.rank_confidence([30.0, 20.0, 10.0], [0.1, 0.1, 0.1])
    assert (sure.low == sure.high).all()
    assert sure.low.tolist() == [1, 2, 3]
    alike = index.rank_confidence([10.1, 10.0, 9.9], [1.0, 1.0, 1.0])
    assert alike.low.tolist() == [1, 1, 1]
    assert alike.simultaneous_high.tolist() == [3, 3, 3]


def test_two_units_by_the_normal_quantile() -> None:
    """With two units the largest studentised difference is |z|: 1.645 at 90 per cent."""
    near = index.rank_confidence([1.6, 0.0], [0.5, 0.5], n=200_000)
    far = index.rank_confidence([1.69, 0.0], [0.5, 0.5], n=200_000)
    assert (near.low.tolist(), near.high.tolist()) == ([1, 1], [2, 2])
    assert (far.low.tolist(), far.high.tolist()) == ([1, 2], [1, 2])


def test_a_common_error_does_not_blur_ranks() -> None:
    cov = np.full((3, 3), 100.0) + np.eye(3) * 0.01
    sets = index.rank_confidence([3.0, 2.0, 1.0], cov)
    assert sets.low.tolist() == sets.high.tolist() == [1, 2, 3]
    assert index.rank_confidence([3.0, 2.0, 1.0], np.diag(np.diag(cov))).low.tolist() == [1, 1, 1]


def test_the_simultaneous_sets_hold_the_marginal_ones() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(0, 3, 12)
    sets = index.rank_confidence(values, np.full(12, 0.5))
    assert (sets.simultaneous_low <= sets.low).all()
    assert (sets.high <= sets.simultaneous_high).all()
    assert ((sets.low <= sets.rank) & (sets.rank <= sets.high)).all()


def test_normal_draws_and_replicates_agree() -> None:
    rng = np.random.default_rng(6)
    theta, sd = np.array([5.0, 4.0, 2.0, 1.5]), 0.4
    drawn = index.rank_confidence(theta, np.full(4, sd**2))
    again = index.rank_confidence(theta, replicates=theta + sd * rng.standard_normal((20_000, 4)))
    assert drawn.low.tolist() == again.low.tolist()
    assert drawn.high.tolist() == again.high.tolist()


def test_the_order_of_units_does_not_matter() -> None:
    rng = np.random.default_rng(7)
    values, order = rng.normal(0, 2, 8), rng.permutation(8)
    a = index.rank_confidence(values, np.full(8, 0.2), n=40_000)
    b = index.rank_confidence(values[order], np.full(8, 0.2), n=40_000)
    np.testing.assert_array_equal(a.low[order], b.low)
    np.testing.assert_array_equal(a.high[order], b.high)


TRUTHS = {
    "ties": np.zeros(6),
    "steps": np.array([0.0, 0.0, 1.0, 1.0, 2.0, 6.0]),
    "even": np.linspace(0, 3, 6),
}
TRIALS = 300
SLACK = 2.33 * np.sqrt(0.9 * 0.1 / TRIALS)  # one-sided 99 per cent of a binomial share


@pytest.mark.parametrize("truth", TRUTHS)
def test_coverage_is_at_least_what_is_promised(truth: str) -> None:
    theta = TRUTHS[truth]
    rng = np.random.default_rng(11)
    sd = np.array([0.5, 1.0, 0.7, 0.6, 0.9, 0.8])
    best, worst = true_ranks(theta)
    every, one = 0, np.zeros(6)
    for _ in range(TRIALS):
        sets = index.rank_confidence(theta + sd * rng.standard_normal(6), sd**2, n=1000, rng=rng)
        inside = (sets.simultaneous_low <= best) & (worst <= sets.simultaneous_high)
        every += inside.all()
        one += (sets.low <= best) & (worst <= sets.high)
    assert every / TRIALS >= 0.9 - SLACK
    assert (one / TRIALS >= 0.9 - SLACK).all()


@pytest.mark.parametrize(
    ("values", "cov"),
    [
        ([1.0], [1.0]),
        ([1.0, np.nan], [1.0, 1.0]),
        ([1.0, 2.0], [1.0]),
        ([1.0, 2.0], [[1.0, 3.0], [3.0, 1.0]]),
    ],
)
def test_what_is_no_estimate_is_refused(values: Any, cov: Any) -> None:
    with pytest.raises(ValueError, match=r"must|covariance"):
        index.rank_confidence(values, cov)


GOALPOSTS = {
    "code": "all",
    "parts": [
        {"code": "a", "importance_weight": 1, "goalposts": {"lower": 0, "upper": 10}},
        {"code": "c", "importance_weight": 3, "goalposts": {"lower": 0, "upper": 2}},
    ],
}


def linear(method: str = "arithmetic") -> index.Index:
    steps = [{"normalise": {"method": "goalposts", "range": [0, 100]}}, {"aggregate": {"method": method}}]
    return small(steps, tree=GOALPOSTS, levels=["indicator", "index"])


def test_a_linear_index_by_hand() -> None:
    """Variance: (1/4 * 10)^2 se_a^2 + (3/4 * 50)^2 se_c^2, independent between units."""
    errors = pl.DataFrame(
        {"unit": ["u5", "u4", "u3", "u2", "u1"], "a": [0.1, 0.2, 0.3, 0.4, 0.5], "c": [0.02] * 5}
    )
    made = index.sampling_error(linear(), small_data(), std_errors=errors)
    se_a = np.array([0.5, 0.4, 0.3, 0.2, 0.1])
    expected = np.sqrt((2.5 * se_a) ** 2 + (37.5 * 0.02) ** 2)
    np.testing.assert_allclose(made.values["std_error"], expected, rtol=1e-6)
    assert np.abs(made.cov - np.diag(np.diag(made.cov))).max() < 1e-9


def test_a_geometric_index_by_hand() -> None:
    """Relative variance: (w_a se_a / a)^2 + (w_c se_c / c)^2."""
    errors = pl.DataFrame({"unit": small_data()["unit"], "a": [0.1] * 5, "c": [0.02] * 5})
    made = index.sampling_error(linear("geometric"), small_data(), std_errors=errors)
    data = small_data()
    expected = np.sqrt((0.25 * 0.1 / data["a"].to_numpy()) ** 2 + (0.75 * 0.02 / data["c"].to_numpy()) ** 2)
    np.testing.assert_allclose(made.values["std_error"] / made.values["value"], expected, rtol=1e-6)


def test_covariance_between_indicators_counts() -> None:
    one = np.array([[0.04, 0.006], [0.006, 0.0025]])
    cov = np.kron(np.eye(5), one)
    made = index.sampling_error(linear(), small_data(), cov=cov)
    g = np.array([2.5, 37.5])
    np.testing.assert_allclose(made.values["std_error"], np.sqrt(g @ one @ g), rtol=1e-6)


def test_replicates_give_what_the_delta_method_gives() -> None:
    rng = np.random.default_rng(2)
    x = small_data().select("a", "c").to_numpy()
    replicates = x + rng.normal(0, [0.1, 0.02], (4000, 5, 2))
    by_draws = index.sampling_error(linear("geometric"), small_data(), replicates=replicates)
    errors = pl.DataFrame({"unit": small_data()["unit"], "a": [0.1] * 5, "c": [0.02] * 5})
    by_slope = index.sampling_error(linear("geometric"), small_data(), std_errors=errors)
    np.testing.assert_allclose(
        by_draws.values["std_error"], by_slope.values["std_error"], rtol=0.06
    )  # 4,000 draws


def test_bounds_that_move_with_the_figures_tie_units_together() -> None:
    errors = pl.DataFrame({"unit": small_data()["unit"], "a": [0.1] * 5})
    spec = small(tree={"code": "all", "parts": [{"code": "a"}]}, levels=["indicator", "index"])
    moving = index.sampling_error(spec, small_data(), std_errors=errors)
    assert moving.values["std_error"][0] == pytest.approx(0, abs=1e-6)  # the lowest is 0 whatever it is
    assert abs(moving.cov[1, 2]) > 0
    steps = [
        {"normalise": {"method": "min_max", "outside": "extrapolate"}},
        {"aggregate": {"method": "arithmetic"}},
    ]
    fixed = small(steps, tree={"code": "all", "parts": [{"code": "a"}]}, levels=["indicator", "index"])
    kept = index.sampling_error(fixed, small_data(), std_errors=errors, refit=False)
    np.testing.assert_allclose(kept.values["std_error"], 100 * 0.1 / 5, rtol=1e-6)


def test_from_standard_errors_to_ranks() -> None:
    errors = pl.DataFrame({"unit": small_data()["unit"], "a": [0.01] * 5, "c": [0.06] * 5})
    sets = index.sampling_error(linear(), small_data(), std_errors=errors).rank_confidence()
    assert sets.columns == ["unit", "rank", "low", "high", "simultaneous_low", "simultaneous_high"]
    assert ((sets["low"] <= sets["rank"]) & (sets["rank"] <= sets["high"])).all()
    assert (sets["high"] > sets["low"]).any()


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"cov": np.eye(3)},
        {"replicates": np.zeros((4, 5, 3))},
        {"std_errors": pl.DataFrame({"unit": ["u1"], "a": [1.0]})},
        {"std_errors": pl.DataFrame({"unit": ["u1", "u2", "u3", "u4", "u5"], "z": [1.0] * 5})},
        {"std_errors": pl.DataFrame({"unit": ["u1", "u2", "u3", "u4", "u5"], "a": [-1.0] * 5})},
    ],
)
def test_errors_that_do_not_fit_are_said(words: dict[str, Any]) -> None:
    with pytest.raises(ZhihengError) as caught:
        index.sampling_error(linear(), small_data(), **words)
    assert caught.value.problems[0].rule in ("index_errors_shape", "index_name_unknown")


def test_noise_upon_noise_does_not_cover() -> None:
    """Why the sets are made as they are: ranks drawn anew around the estimates miss what they promise."""
    rng = np.random.default_rng(13)
    theta = np.linspace(0, 1, 6)
    missed = 0
    for _ in range(TRIALS):
        estimate = theta + rng.standard_normal(6)
        again = estimate + rng.standard_normal((400, 6))
        ranks = 1 + (again[:, None, :] > again[:, :, None]).sum(axis=2)
        low = np.quantile(ranks[:, 0], 0.05, method="lower")
        high = np.quantile(ranks[:, 0], 0.95, method="higher")
        missed += not low <= 6 <= high
    assert missed / TRIALS > 0.1 + SLACK  # the unit that is last in truth
