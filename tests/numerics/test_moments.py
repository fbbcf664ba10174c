"""Moments: parts merged in any way are the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.numerics import moments

VALUES = st.lists(st.floats(-1000, 1000, allow_nan=False), max_size=60)


def of(values: np.ndarray) -> tuple[float, float, float]:
    """Return n, mean and centred sum of squares in two passes."""
    if not values.size:
        return 0.0, math.nan, 0.0
    mean = values.mean()
    return float(values.size), float(mean), float(((values - mean) ** 2).sum())


def merged(parts: list[np.ndarray]) -> tuple[float, float, float]:
    n, mean, m2 = np.array([of(part) for part in parts], dtype=np.float64).reshape(-1, 3).T
    return moments.merge(n, mean, m2)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(values=VALUES, data=st.data())
def test_split_and_merged_is_the_whole(values: list[float], data: st.DataObject) -> None:
    whole = np.array(values)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=6)))
    n, mean, m2 = merged(np.split(whole, cuts))
    expected = of(whole)
    assert n == expected[0]
    scale = max(1.0, float((whole**2).sum()))
    assert mean == pytest.approx(expected[1], rel=1e-12, abs=1e-12 * scale, nan_ok=True)
    assert m2 == pytest.approx(expected[2], rel=1e-12, abs=1e-12 * scale)


@settings(deadline=None, derandomize=True)
@given(values=VALUES)
def test_merged_value_by_value_is_numpys_variance(values: list[float]) -> None:
    n, mean, m2 = merged([np.array([v]) for v in values])
    if len(values) > 1:
        scale = max(1.0, float((np.array(values) ** 2).sum()))
        assert mean == pytest.approx(np.mean(values), rel=1e-12, abs=1e-12 * scale)
        assert m2 / (n - 1) == pytest.approx(np.var(values, ddof=1), rel=1e-12, abs=1e-12 * scale)


def test_far_from_zero_the_squares_do_not_drown() -> None:
    values = np.random.default_rng(1).normal(1e9, 1.0, 10_000)
    n, _, m2 = merged(np.array_split(values, 97))
    assert m2 / (n - 1) == pytest.approx(np.var(values, ddof=1), rel=1e-6)
    naive = (values**2).sum() - values.sum() ** 2 / n
    assert abs(naive / (n - 1) - 1) > 1  # what adding up squares would have given


def test_parts_without_values_take_no_part() -> None:
    n, mean, m2 = np.array([[0.0, math.nan, 0.0], [2.0, 5.0, 8.0], [0.0, 123.0, 0.0], [1.0, 8.0, 0.0]]).T
    assert moments.merge(n, mean, m2) == (3.0, 6.0, 14.0)


@pytest.mark.parametrize("parts", [0, 1, 3])
def test_no_values_have_no_mean(parts: int) -> None:
    n, mean, m2 = moments.merge(np.zeros(parts), np.full(parts, math.nan), np.zeros(parts))
    assert (n, m2) == (0.0, 0.0)
    assert math.isnan(mean)


def test_the_same_order_gives_the_same_bits() -> None:
    values = np.random.default_rng(2).normal(80, 5, 5000)
    parts = np.array_split(values, 31)
    assert merged(parts) == merged([p.copy() for p in parts])
