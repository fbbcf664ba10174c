"""Digits, bounds, limits and changes as they are printed."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.publish import numbers

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(numbers).failed == 0


@pytest.mark.parametrize(
    ("value", "decimals", "bound", "text"),
    [
        (2000, 0, ">", "> 2,000"),
        (90, 0, ">=", "≥ 90"),
        (80.4, 2, None, "80.40"),
        (1234567, 0, None, "1,234,567"),
        (-1.5, 1, None, "−1.5"),
        (-0.04, 1, None, "0.0"),
        (2.675, 2, None, "2.68"),
        (0.5, 0, None, "0"),
        (87.7, None, None, "87.7"),
        (1e-7, None, None, "0.0000001"),
    ],
)
def test_a_number_is_printed_with_its_digits_its_bound_and_grouped_thousands(value, decimals, bound, text):
    assert numbers.printed(value, decimals, bound) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(0.45, 2, "+0.45"), (-0.3, 1, "−0.3"), (0, 0, "0"), (0.004, 2, "0.00")]
)
def test_a_change_has_a_sign_and_no_change_has_none(value, decimals, text):
    assert numbers.change(value, decimals) == text


def test_limits_that_are_not_there_are_not_printed():
    assert numbers.interval(None, 3.0, 1) is None
    assert numbers.interval(92.2, 93.66, 1) == "92.2–93.7"


@given(FINITE, st.integers(min_value=0, max_value=6))
def test_printing_loses_nothing_but_what_rounding_takes(value, decimals):
    assert abs(Decimal(numbers.plain(value, decimals)) - Decimal(repr(value))) <= Decimal(5).scaleb(
        -decimals - 1
    )


@given(FINITE)
def test_without_decimals_a_number_comes_back_at_twelve_digits(value):
    assert float(numbers.plain(value, None)) == numbers.exported(value)


@given(FINITE, st.integers(min_value=0, max_value=6))
def test_grouping_changes_no_digit(value, decimals):
    printed = numbers.printed(value, decimals)
    assert printed.replace(",", "").replace(numbers.MINUS, "-") == numbers.plain(value, decimals)
