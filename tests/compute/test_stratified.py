"""Weighted rates on numbers small enough for paper, against an enumeration, and what must not change them."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.compute.stratified import Stratified, stratified_rate
from zhiheng.numerics import intervals

LEVEL = 0.95


def rate(events, trials, weights, group=None) -> Stratified:
    x, n, w = (np.asarray(a, dtype=float) for a in (events, trials, weights))
    return stratified_rate(x, n, w, np.asarray(group or [0] * len(x), dtype=np.int64), LEVEL)


def test_two_strata_on_paper():
    # 0.75 x 0.9 + 0.25 x 0.8; var = 0.5625 x 0.09/100 + 0.0625 x 0.16/50 = 0.00070625
    made = rate([90, 40], [100, 50], [3, 1])
    assert made.value == pytest.approx(87.5, rel=1e-14)
    assert made.std_error == pytest.approx(100 * math.sqrt(0.00070625), rel=1e-12)
    assert made.effective_n == pytest.approx(0.875 * 0.125 / 0.00070625, rel=1e-12)
    assert (made.coverage, made.range_low, made.range_high) == pytest.approx((100, 87.5, 87.5))


def test_a_stratum_without_a_sample_is_dropped_and_bounded():
    # Weights 3, 1, 1: the third has no sample. Value as above; of all weight 70 of 100 conform if it is 0.
    made = rate([90, 40, 0], [100, 50, 0], [3, 1, 1])
    assert made.value == pytest.approx(87.5, rel=1e-14)
    assert (made.coverage, made.range_low, made.range_high) == pytest.approx((80, 70, 90))
    assert made.shares.tolist() == [0.75, 0.25, 0]


def test_areas_are_combined_by_their_own_weight():
    # County A: 9 of 10 in a stratum of weight 2, none in another of weight 2. County B: 5 of 10, weight 4.
    # Pooled over all: (2 x 0.9 + 4 x 0.5) / 6. Combined: each county weighs 4, so (0.9 + 0.5) / 2.
    strata = [9, 0, 5], [10, 0, 10], [2, 2, 4]
    assert rate(*strata).value == pytest.approx(100 * 3.8 / 6, rel=1e-14)
    made = rate(*strata, [0, 0, 1])
    assert made.value == pytest.approx(70, rel=1e-14)
    assert (made.coverage, made.range_low, made.range_high) == pytest.approx((75, 47.5, 72.5))


def test_no_variation_is_no_certainty():
    made = rate([10, 5], [10, 5], [1, 1])
    assert made.value == 100
    assert np.isnan([made.std_error, made.ci_low, made.ci_high, made.effective_n]).all()


def test_without_any_sample_there_is_no_value():
    made = rate([0, 0], [0, 0], [1, 2])
    assert math.isnan(made.value)
    assert (made.coverage, made.range_low, made.range_high) == (0, 0, 100)


@pytest.mark.parametrize("weights", [[1, -1], [0, 0], [math.nan, 1]])
def test_weights_that_say_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        rate([1, 1], [2, 2], weights)


def test_the_variance_is_that_of_every_possible_sample():
    """Enumerate all outcomes of 4 and 3 trials: the formula at the true rates is the estimator's variance."""
    p, n, share = (Fraction(3, 4), Fraction(1, 3)), (4, 3), (Fraction(2, 5), Fraction(3, 5))

    def probability(outcome):
        return math.prod(
            math.comb(m, k) * q**k * (1 - q) ** (m - k) for q, m, k in zip(p, n, outcome, strict=True)
        )

    def estimate(outcome):
        return sum(a * Fraction(k, m) for a, k, m in zip(share, outcome, n, strict=True))

    outcomes = list(itertools.product(range(5), range(4)))
    mean = sum(probability(o) * estimate(o) for o in outcomes)
    variance = sum(probability(o) * (estimate(o) - mean) ** 2 for o in outcomes)
    made = rate([3, 1], [4, 3], [2, 3])  # these very outcomes have the true rates
    assert made.value == pytest.approx(100 * float(mean), rel=1e-13)
    assert made.std_error == pytest.approx(100 * math.sqrt(variance), rel=1e-13)


STRATA = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.floats(0.001, 1000)).map(
        lambda t: (min(t[0], t[1]), t[1], t[2])
    ),
    min_size=1,
    max_size=8,
)


@given(STRATA)
def test_one_loop_says_the_same(strata):
    made = rate(*zip(*strata, strict=True))
    sampled = [(Fraction(x, n), Fraction(w), n) for x, n, w in strata if n]
    if not sampled:
        assert math.isnan(made.value)
        return
    total = sum(w for _, w, _ in sampled)
    value = sum(w / total * p for p, w, _ in sampled)
    variance = sum((w / total) ** 2 * p * (1 - p) / n for p, w, n in sampled)
    assert made.value == pytest.approx(100 * float(value), rel=1e-12, abs=1e-12)
    if variance:
        assert made.std_error == pytest.approx(100 * math.sqrt(variance), rel=1e-9)
    else:
        assert math.isnan(made.std_error)


@given(STRATA, st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_neither_the_scale_of_weights_nor_the_order_of_strata_matters(strata, scale, random):
    made = rate(*zip(*strata, strict=True))
    shuffled = random.sample(strata, len(strata))
    again = rate(*zip(*[(x, n, w * scale) for x, n, w in shuffled], strict=True))
    for name in ("value", "std_error", "ci_low", "ci_high", "coverage", "range_low", "range_high"):
        assert getattr(again, name) == pytest.approx(getattr(made, name), rel=1e-9, abs=1e-9, nan_ok=True)


@given(STRATA)
def test_the_value_lies_within_its_range_and_the_range_is_as_wide_as_what_was_dropped(strata):
    made = rate(*zip(*strata, strict=True))
    assert made.range_high - made.range_low == pytest.approx(100 - made.coverage, abs=1e-9)
    if not math.isnan(made.value):
        assert made.range_low - 1e-9 <= made.value <= made.range_high + 1e-9


@given(st.integers(1, 60), st.integers(2, 60))
def test_one_stratum_is_a_plain_rate(x, n):
    x = min(x, n - 1)
    made = rate([x], [n], [7.5])
    low, high = intervals.wilson(x, n, LEVEL)
    if x:
        assert (made.ci_low, made.ci_high) == pytest.approx((100 * low, 100 * high), rel=1e-9)
