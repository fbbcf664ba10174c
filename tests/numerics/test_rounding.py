"""Rounding: GB/T 8170-2008, half to even, on the decimal text of the number."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.numerics.rounding import round_half_even

# GB/T 8170-2008, the examples of 3.2.1 to 3.2.5 and 3.3.1
STANDARD = [
    (12.1498, 0, "12"),
    (12.1498, 1, "12.1"),
    (10.5002, 0, "11"),
    (1.050, 1, "1.0"),
    (0.35, 1, "0.4"),
    (-0.0365, 3, "-0.036"),
    (97.46, 0, "97"),  # not 97.46 -> 97.5 -> 98
    (15.4546, 0, "15"),  # not 15.455 -> 15.46 -> 15.5 -> 16
]
MORE = [
    (2.675, 2, "2.68"),  # the binary fraction lies below the five
    (2.665, 2, "2.66"),
    (0.5, 0, "0"),
    (1.5, 0, "2"),
    (2.5, 0, "2"),
    (-2.5, 0, "-2"),
    (-3.5, 0, "-4"),
    (84.22, 2, "84.22"),
    (80.4, 2, "80.40"),
    (89.95, 1, "90.0"),
    (99.95, 1, "100.0"),
    (100, 0, "100"),
    (0, 2, "0.00"),
    (-0.0, 1, "0.0"),
    (-0.004, 2, "0.00"),
    (1e22, 6, "10000000000000000000000.000000"),
    (1.7976931348623157e308, 1, f"17976931348623157{'0' * 292}.0"),
    (5e-324, 2, "0.00"),
    (1e-7, 6, "0.000000"),
    (5e-7, 6, "0.000000"),
    (1.5e-6, 6, "0.000002"),
    (0.1 + 0.2, 17, "0.30000000000000004"),
]


@pytest.mark.parametrize(("value", "decimals", "printed"), STANDARD + MORE)
def test_rounding(value: float, decimals: int, printed: str) -> None:
    assert str(round_half_even(value, decimals)) == printed


def test_numpys_numbers_are_numbers() -> None:
    assert str(round_half_even(np.float64(2.675), 2)) == "2.68"
    assert str(round_half_even(np.int64(7), 1)) == "7.0"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_has_no_digits_cannot_be_rounded(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be rounded"):
        round_half_even(value, 2)


@settings(deadline=None, derandomize=True, max_examples=500)
@given(value=st.floats(allow_nan=False, allow_infinity=False), decimals=st.integers(0, 12))
def test_every_number_is_rounded_as_its_decimal_text(value: float, decimals: int) -> None:
    rounded = round_half_even(value, decimals)
    exact = Decimal(repr(value))
    step = Decimal(1).scaleb(-decimals)
    wide = Context(prec=800)
    assert rounded == exact.quantize(step, rounding=ROUND_HALF_EVEN, context=wide)
    assert rounded.as_tuple().exponent == -decimals
    assert abs(wide.subtract(rounded, exact)) * 2 <= step
    assert not (rounded.is_zero() and rounded.is_signed())
    if abs(wide.subtract(rounded, exact)) * 2 == step:
        assert rounded.as_tuple().digits[-1] % 2 == 0


@settings(deadline=None, derandomize=True)
@given(st.decimals(-1000, 1000, places=2), st.integers(2, 6))
def test_what_is_printed_already_stays(printed: Decimal, decimals: int) -> None:
    assert round_half_even(float(printed), decimals) == printed
