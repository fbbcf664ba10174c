"""Every kind of measure on numbers small enough to check by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.compute import measures

LEVEL = 0.95


def amounts(**columns):
    return {name: np.asarray(values, dtype=float) for name, values in columns.items()}


def test_a_count_is_what_was_counted():
    made = measures.count(amounts(count=[7, 0], n=[7, 3]), None, LEVEL)
    assert made.value.tolist() == [7, 0]
    assert np.isnan(made.ci_low).all(), "a count of records has no sampling margin"


def test_a_total_is_the_sum_and_knows_its_records():
    made = measures.total(amounts(total=[12.5], n=[4]), SimpleNamespace(per=1), LEVEL)
    assert (made.value[0], made.n_obs[0]) == (12.5, 4)
    in_hundreds = measures.total(amounts(total=[1250], n=[4]), SimpleNamespace(per=0.01), LEVEL)
    assert in_hundreds.value[0] == 12.5


def test_a_mean_without_margin():
    measure = SimpleNamespace(margin="none")
    columns = amounts(moments_n=[4], moments_mean=[2.5], moments_m2=[5.0], n=[4])
    made = measures.mean(columns, measure, LEVEL)
    assert made.value[0] == 2.5
    assert np.isnan(made.std_error[0])


def test_a_mean_with_a_t_interval():
    # 1, 2, 3, 4: mean 2.5, s2 = 5/3, se = sqrt(5/12), t(3, .975) = 3.182446
    measure = SimpleNamespace(margin="design_based")
    columns = amounts(moments_n=[4], moments_mean=[2.5], moments_m2=[5.0], n=[4])
    made = measures.mean(columns, measure, LEVEL)
    assert made.std_error[0] == pytest.approx(np.sqrt(5 / 12), rel=1e-12)
    assert made.ci_low[0] == pytest.approx(2.5 - 3.182446305284263 * np.sqrt(5 / 12), rel=1e-9)
    assert (made.df[0], made.interval) == (3, "t")


def test_a_mean_of_one_value_has_no_standard_error():
    measure = SimpleNamespace(margin="model_based")
    columns = amounts(moments_n=[1], moments_mean=[2.5], moments_m2=[0.0], n=[1])
    made = measures.mean(columns, measure, LEVEL)
    assert made.value[0] == 2.5
    assert np.isnan([made.std_error[0], made.ci_low[0], made.ci_high[0]]).all()


def test_a_rate_of_the_national_spot_check_of_2023():
    # 28,265 batches, 3,476 of them nonconforming: 12.3 per cent, as the bulletin prints it
    measure = SimpleNamespace(margin="model_based", interval="wilson")
    made = measures.rate(amounts(numerator=[3476], denominator=[28265], n=[28265]), measure, LEVEL)
    assert round(made.value[0], 1) == 12.3
    assert made.ci_low[0] < made.value[0] < made.ci_high[0]
    assert made.std_error[0] == pytest.approx(100 * np.sqrt(0.12298 * 0.87702 / 28265), rel=1e-4)


def test_a_perfect_rate_still_has_a_margin():
    measure = SimpleNamespace(margin="model_based", interval="clopper_pearson")
    made = measures.rate(amounts(numerator=[20], denominator=[20], n=[20]), measure, LEVEL)
    assert (made.value[0], made.ci_high[0]) == (100, 100)
    assert made.ci_low[0] == pytest.approx(100 * 0.025 ** (1 / 20), rel=1e-12), "(alpha/2)^(1/n)"


def test_a_rate_of_nothing_is_not_defined():
    measure = SimpleNamespace(margin="none", interval=None)
    made = measures.rate(amounts(numerator=[0], denominator=[0], n=[5]), measure, LEVEL)
    assert np.isnan(made.value[0])


def test_a_ratio_is_multiplied_and_undefined_over_zero():
    measure = SimpleNamespace(per=100)
    made = measures.ratio(amounts(numerator=[3, 1], denominator=[40, 0], n=[9, 9]), measure, LEVEL)
    assert made.value[0] == 7.5
    assert np.isnan(made.value[1])


def test_a_share_is_in_per_cent():
    made = measures.share(amounts(numerator=[28.97], denominator=[100], n=[50]), None, LEVEL)
    assert made.value[0] == pytest.approx(28.97)


@pytest.mark.parametrize(
    ("value", "earlier", "form", "expected"),
    [
        (86.05, 85.60, "points", 0.45),
        (4067, 968, "percent", 320.14),  # 4.2 times as much
        (-2, -4, "percent", 50),  # less negative is a rise
    ],
)
def test_changes(value, earlier, form, expected):
    assert measures.change(value, earlier, form) == pytest.approx(expected, abs=0.005)


def test_a_change_from_zero_in_per_cent_is_not_defined():
    assert np.isnan(measures.change(5, 0, "percent"))


def test_a_change_of_rates_has_newcombes_limits():
    # Newcombe (1998), table II, method 10: 56/70 less 48/80 is .20, from .0524 to .3339
    first = measures.rate(
        amounts(numerator=[48], denominator=[80], n=[80]),
        SimpleNamespace(margin="m", interval="wilson"),
        LEVEL,
    )
    second = measures.rate(
        amounts(numerator=[56], denominator=[70], n=[70]),
        SimpleNamespace(margin="m", interval="wilson"),
        LEVEL,
    )
    low, high = measures.change_limits(
        (second.value[0], second.ci_low[0], second.ci_high[0]),
        (first.value[0], first.ci_low[0], first.ci_high[0]),
        "points",
    )
    assert (low, high) == (pytest.approx(5.24, abs=0.005), pytest.approx(33.39, abs=0.005))


@pytest.mark.parametrize(
    ("value", "target", "direction", "baseline", "expected"),
    [
        (86.05, 86, "higher", None, 100.058),
        (43, 86, "higher", None, 50),
        (12, 6, "lower", None, 50),  # twice the emission allowed is half the way
        (4, 6, "lower", None, 150),
        (93, 95, "higher", 90, 60),  # three of the five points from the baseline
        (8, 6, "lower", 10, 50),
        (88, 95, "higher", 90, -40),  # fell below where it started
    ],
)
def test_attainment(value, target, direction, baseline, expected):
    made = measures.attainment(value, target, direction, baseline, zero_target_met=None)
    assert made == pytest.approx(expected, abs=0.001)


def test_a_zero_target_is_met_or_not_or_undefined():
    assert measures.attainment(0, 0, "lower", None, zero_target_met=True) == 100
    assert measures.attainment(2, 0, "lower", None, zero_target_met=False) == 0
    assert np.isnan(measures.attainment(2, 0, "lower", None, zero_target_met=None))


def test_a_target_equal_to_its_baseline_has_no_attainment():
    assert np.isnan(measures.attainment(5, 90, "higher", 90, zero_target_met=None))


@given(
    x=st.integers(0, 500), extra=st.integers(0, 500), interval=st.sampled_from(["wilson", "clopper_pearson"])
)
def test_limits_hold_the_rate_and_stay_within_0_and_100(x, extra, interval):
    measure = SimpleNamespace(margin="model_based", interval=interval)
    n = x + extra
    made = measures.rate(amounts(numerator=[x], denominator=[n], n=[n]), measure, LEVEL)
    if n == 0:
        assert np.isnan(made.value[0])
    else:
        assert 0 <= made.ci_low[0] <= made.value[0] <= made.ci_high[0] <= 100
