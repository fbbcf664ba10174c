"""Confidence limits: printed examples, SciPy's own, exact coverage, and the ends of the scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhiheng.numerics import intervals

LEVELS = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]
GRID = np.linspace(0, 1, 2001)


# ---- one proportion -----------------------------------------------------------------------------

# Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion: comparison of
# seven methods. Statistics in Medicine 17, 857-872, table I: methods 3 (score) and 5 (exact).
PRINTED = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("events", "trials", "score", "exact"), PRINTED)
def test_printed_limits_of_a_proportion(
    events: int, trials: int, score: tuple[float, float], exact: tuple[float, float]
) -> None:
    for limits, printed in ((intervals.wilson, score), (intervals.clopper_pearson, exact)):
        for ours, theirs in zip(limits(events, trials, 0.95), printed, strict=True):
            assert abs(ours - theirs) <= 0.00005


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("ours", "name"), [(intervals.wilson, "wilson"), (intervals.clopper_pearson, "exact")]
)
def test_limits_are_scipys(ours: object, name: str, level: float) -> None:
    cases = [(k, n) for n in (1, 2, 7, 30, 400) for k in {0, 1, n // 3, n - 1, n}]
    cases += [(93, 100), (3476, 28265), (1, 10**6)]
    low, high = ours(*np.array(cases).T, level)  # type: ignore[operator]
    for i, (events, trials) in enumerate(cases):
        theirs = stats.binomtest(events, trials).proportion_ci(level, method=name)
        assert low[i] == pytest.approx(theirs.low, rel=1e-8, abs=1e-12)
        assert high[i] == pytest.approx(theirs.high, rel=1e-8, abs=1e-12)


def coverage(limits: object, trials: int, level: float) -> np.ndarray:
    """Return the exact probability, at each proportion of the grid, that the limits hold it."""
    events = np.arange(trials + 1)
    low, high = limits(events, np.full(trials + 1, trials), level)  # type: ignore[operator]
    probability = stats.binom.pmf(events[:, None], trials, GRID)
    return (probability * ((low[:, None] <= GRID) & (high[:, None] >= GRID))).sum(axis=0)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_exact_limits_never_cover_less_than_they_say(level: float) -> None:
    for trials in range(1, 61):
        assert coverage(intervals.clopper_pearson, trials, level).min() >= level - 1e-12


def test_score_limits_cover_what_they_say_on_average() -> None:
    # At single proportions Wilson's limits cover less: 79.35 per cent at worst on this grid (one
    # trial, p near 0.2), and about 83 to 84 for more trials near p = 0 and p = 1.
    worst = min(coverage(intervals.wilson, trials, 0.95).min() for trials in range(1, 61))
    assert 0.79 < worst < 0.80
    for trials in range(1, 61):
        assert coverage(intervals.wilson, trials, 0.95).mean() >= 0.95


@pytest.mark.parametrize("limits", [intervals.wilson, intervals.clopper_pearson])
@pytest.mark.parametrize("trials", [1, 5, 10**9])
def test_no_events_reach_down_to_zero_and_only_events_up_to_one(limits: object, trials: int) -> None:
    low, high = limits([0, trials], [trials, trials], 0.95)  # type: ignore[operator]
    assert low[0] == 0.0
    assert high[1] == 1.0
    assert 0 < high[0] <= 1
    assert 0 <= low[1] < 1


@pytest.mark.parametrize("limits", [intervals.wilson, intervals.clopper_pearson])
def test_what_has_no_trials_or_cannot_be_has_no_limits(limits: object) -> None:
    low, high = limits([0, 3, -1, math.nan], [0, 2, 2, 2], 0.95)  # type: ignore[operator]
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@settings(deadline=None, derandomize=True)
@given(data=st.data(), trials=st.integers(1, 10**7), level=st.floats(0.5, 0.999))
def test_limits_hold_the_proportion_and_mirror(data: st.DataObject, trials: int, level: float) -> None:
    events = data.draw(st.integers(0, trials))
    for limits in (intervals.wilson, intervals.clopper_pearson):
        low, high = (float(v) for v in limits(events, trials, level))
        assert 0 <= low <= events / trials + 1e-12
        assert events / trials - 1e-12 <= high <= 1
        mirrored = [float(v) for v in limits(trials - events, trials, level)]
        assert mirrored == pytest.approx([1 - high, 1 - low], rel=1e-7, abs=1e-12)


# ---- means --------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("df", [1, 2, 4, 29.5, 1000, math.inf])
def test_t_limits_are_scipys(level: float, df: float) -> None:
    theirs = (
        stats.t.interval(level, df, loc=80.5, scale=1.25)
        if df < math.inf
        else stats.norm.interval(level, 80.5, 1.25)
    )
    assert intervals.student_t(80.5, 1.25, df, level) == pytest.approx(theirs, rel=1e-9)


def test_a_mean_in_a_textbook() -> None:
    # Student, "The probable error of a mean", Biometrika 6 (1908) 1-25: the additional hours of sleep
    # of ten patients (the sleep data of R, group 2 less group 1: mean 1.58); R prints 0.7001142, 2.4598858.
    more = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
    low, high = intervals.student_t(more.mean(), more.std(ddof=1) / math.sqrt(10), 9, 0.95)
    assert (float(low), float(high)) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)


def test_without_degrees_of_freedom_there_are_no_limits() -> None:
    low, high = intervals.student_t(5.0, 1.0, [0, -1, math.nan, 1], 0.95)
    assert np.isnan(low).tolist() == [True, True, True, False]
    assert np.isnan(high).tolist() == [True, True, True, False]


def test_the_normal_quantile() -> None:
    assert intervals.normal_quantile(0.95) == pytest.approx(1.959963984540054, rel=1e-12)
    assert intervals.normal_quantile(0.99) == pytest.approx(2.5758293035489004, rel=1e-12)


# ---- differences --------------------------------------------------------------------------------

# Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
# comparison of eleven methods. Statistics in Medicine 17, 873-890, table II, method 10.
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


def estimate(events: int, trials: int) -> tuple[float, float, float]:
    low, high = intervals.wilson(events, trials, 0.95)
    return events / trials, float(low), float(high)


@pytest.mark.parametrize(("later", "earlier", "low", "high"), NEWCOMBE)
def test_printed_limits_of_a_difference(
    later: tuple[int, int], earlier: tuple[int, int], low: float, high: float
) -> None:
    ours = intervals.difference(estimate(*earlier), estimate(*later))
    assert abs(ours[0] - low) <= 0.00005
    assert abs(ours[1] - high) <= 0.00005


def test_a_difference_turned_round_is_its_mirror() -> None:
    one, two = estimate(56, 70), estimate(48, 80)
    low, high = intervals.difference(one, two)
    assert intervals.difference(two, one) == pytest.approx((-high, -low))


def test_symmetric_limits_of_a_difference_add_as_squares() -> None:
    low, high = intervals.difference((10.0, 7.0, 13.0), (20.0, 16.0, 24.0))
    assert (float(low), float(high)) == (5.0, 15.0)


# ---- quotients ----------------------------------------------------------------------------------


@st.composite
def with_limits(draw: st.DrawFn, *, above_zero: bool = False) -> tuple[float, float, float]:
    value = draw(st.floats(0.01, 1000))
    below = draw(st.floats(0, 0.99 if above_zero else 1))
    return value, value * (1 - below), value * (1 + draw(st.floats(0, 3)))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(with_limits(), with_limits(above_zero=True))
def test_limits_of_a_quotient_are_where_the_difference_touches_zero(
    numerator: tuple[float, float, float], denominator: tuple[float, float, float]
) -> None:
    """MOVER-R inverts MOVER: L and U are the ratios R at which a limit of `a - R b` is zero."""
    (a, la, ua), (b, lb, ub) = numerator, denominator
    low, high = intervals.quotient(numerator, denominator)
    assert 0 <= low <= a / b * (1 + 1e-12)
    assert high >= a / b * (1 - 1e-12)
    # squared, as the last digits of a root near zero say nothing
    assert (a - low * b) ** 2 == pytest.approx(
        (a - la) ** 2 + low**2 * (ub - b) ** 2, rel=1e-7, abs=1e-9 * a**2
    )
    scale = (a + high * b) ** 2
    assert (high * b - a) ** 2 == pytest.approx(
        (ua - a) ** 2 + high**2 * (b - lb) ** 2, rel=1e-7, abs=1e-9 * scale
    )


def test_a_quotient_by_a_known_number_is_only_scaled() -> None:
    assert intervals.quotient((10.0, 8.0, 13.0), (2.0, 2.0, 2.0)) == pytest.approx((4.0, 6.5))


def test_a_known_number_by_a_quotient_turns_the_limits_round() -> None:
    assert intervals.quotient((10.0, 10.0, 10.0), (2.0, 1.6, 2.5)) == pytest.approx((4.0, 6.25))


def test_a_denominator_that_may_be_zero_leaves_the_quotient_open_above() -> None:
    low, high = intervals.quotient((10.0, 8.0, 12.0), (2.0, 0.0, 4.5))
    assert 0 < low < 5
    assert math.isnan(high)


def test_a_wide_denominator_still_has_a_lower_limit() -> None:
    # ub >= 2b: the denominator of the printed form is not positive there, the limit exists all the same
    limits = [intervals.quotient((10.0, 8.0, 12.0), (2.0, 1.0, ub))[0] for ub in (3.9, 4.0, 4.1, 8.0, 100.0)]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] > 0
    assert limits[0] - limits[2] < 0.2


def test_a_numerator_of_zero_is_a_quotient_of_zero() -> None:
    low, high = intervals.quotient((0.0, 0.0, 1.0), (2.0, 1.6, 2.5))
    assert low == 0.0
    assert high > 0


def test_without_limits_there_are_none_of_the_quotient() -> None:
    assert all(map(math.isnan, intervals.quotient((5.0, math.nan, math.nan), (2.0, 1.0, 3.0))))
    assert all(map(math.isnan, intervals.quotient((5.0, 4.0, 6.0), (2.0, math.nan, math.nan))))
