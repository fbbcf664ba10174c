"""One function for each kind of measure, on arrays of reduced amounts.

A measure made from records takes the columns that `reduce` added up (float64, shape (k,), one
element a figure) and gives an `Estimate`; one made from other figures takes values and limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.numerics import intervals

Floats = NDArray[np.float64]
INTERVALS: dict[str, Callable[[Floats, Floats, float], tuple[Floats, Floats]]] = {
    "wilson": intervals.wilson,
    "clopper_pearson": intervals.clopper_pearson,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Figures of one measure.

    Attributes
    ----------
    value : ndarray, shape (k,)
        In the figure's unit (rates and shares in per cent); NaN where it is not defined.
    std_error, ci_low, ci_high : ndarray, shape (k,)
        In the figure's unit; NaN where there is no margin.
    df : ndarray, shape (k,)
        Degrees of freedom of a t interval; NaN elsewhere.
    n_obs : ndarray, shape (k,)
        Number of records behind the figure.
    numerator, denominator : ndarray, shape (k,)
        What was divided; NaN where nothing was.
    interval : str or None
        The interval's method.
    status : ndarray of str, shape (k,), or None
        The status of each figure that has a value and is shown; None: all are normal.
    coverage, range_low, range_high : ndarray, shape (k,), or None
        Per cent of all weight that has a sample, and the value if the rest were 0 or 100.
    """

    value: Floats
    n_obs: Floats
    std_error: Floats
    ci_low: Floats
    ci_high: Floats
    df: Floats
    numerator: Floats
    denominator: Floats
    interval: str | None = None
    status: NDArray[np.str_] | None = None
    coverage: Floats | None = None
    range_low: Floats | None = None
    range_high: Floats | None = None


def count(amounts: Mapping[str, Floats], _measure: Any, _confidence_level: float) -> Estimate:
    """Count records; a count of what was recorded has no sampling margin here."""
    return _plain(amounts["count"], amounts["n"])


def total(amounts: Mapping[str, Floats], measure: Any, _confidence_level: float) -> Estimate:
    """Add up a field over records, in the indicator's unit."""
    return _plain(measure.per * amounts["total"], amounts["n"])


def mean(amounts: Mapping[str, Floats], measure: Any, confidence_level: float) -> Estimate:
    r"""Average a field over records.

    :math:`\bar y`, standard error :math:`\sqrt{M_2/(n-1)/n}`, limits from t with n - 1 degrees of
    freedom (Lohr 2022, Sampling, 3rd ed., section 2.5, without finite population correction).
    """
    n, centre, m2 = (amounts[f"moments_{part}"] for part in ("n", "mean", "m2"))
    blank = np.full(n.shape, np.nan)
    value = np.where(n > 0, centre, np.nan)
    if measure.margin == "none":
        return _plain(value, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.where(n > 1, np.sqrt(m2 / (n - 1) / n), np.nan)
    df = np.where(n > 1, n - 1, np.nan)
    low, high = intervals.student_t(value, std_error, df, confidence_level)
    return Estimate(value=value, n_obs=n, std_error=std_error, ci_low=low, ci_high=high, df=df,
                    numerator=blank, denominator=blank, interval="t")  # fmt: skip


def rate(amounts: Mapping[str, Floats], measure: Any, confidence_level: float) -> Estimate:
    r"""Share of trials in which the event happened, in per cent.

    :math:`100\,x/n`; where there is a margin, standard error :math:`100\sqrt{p(1-p)/n}` and limits
    by the method the measure names (`numerics.intervals`).
    """
    x, n = amounts["numerator"], amounts["denominator"]
    value, blank = _per_cent(x, n), np.full(x.shape, np.nan)
    if measure.margin == "none":
        return _divided(value, amounts, np.full(x.shape, np.nan), (blank, blank), None)
    p = value / 100
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.where(n > 0, 100 * np.sqrt(p * (1 - p) / n), np.nan)
    low, high = INTERVALS[measure.interval](x, n, confidence_level)
    return _divided(value, amounts, std_error, (100 * low, 100 * high), measure.interval)


def ratio(amounts: Mapping[str, Floats], measure: Any, _confidence_level: float) -> Estimate:
    """Divide one amount by another and multiply by `per`; not defined where the divisor is zero."""
    x, n = amounts["numerator"], amounts["denominator"]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n != 0, measure.per * x / n, np.nan)
    blank = np.full(x.shape, np.nan)
    return _divided(value, amounts, blank, (blank, blank), None)


def share(amounts: Mapping[str, Floats], _measure: Any, _confidence_level: float) -> Estimate:
    """Part of a whole quantity, in per cent; not defined where the whole is zero."""
    value = _per_cent(amounts["numerator"], amounts["denominator"])
    blank = np.full(value.shape, np.nan)
    return _divided(value, amounts, blank, (blank, blank), None)


FROM_RECORDS: dict[str, Callable[[Mapping[str, Floats], Any, float], Estimate]] = {
    "count": count,
    "total": total,
    "mean": mean,
    "rate": rate,
    "ratio": ratio,
    "share": share,
}
PART_OF_WHOLE = ("rate", "share")
"""Kinds whose numerator can never exceed the denominator."""
NEEDS_CASES = ("mean", "rate", "ratio", "share", "weighted_rate")
"""Kinds that say nothing reliable on a handful of records."""


def change(value: float, earlier: float, form: str) -> float:
    """Return the change in points, or in per cent of the earlier value (NaN when that is zero)."""
    if form == "points":
        return value - earlier
    return 100 * (value - earlier) / abs(earlier) if earlier != 0 else float("nan")


def change_limits(
    value: tuple[float, float, float], earlier: tuple[float, float, float], form: str
) -> tuple[float, float]:
    """Return limits of a change between two independent estimates, each given with its limits.

    Points by `intervals.difference`; per cent by `intervals.quotient`, for positive values.
    """
    if form == "points":
        low, high = intervals.difference(earlier, value)
        return float(low), float(high)
    if earlier[0] <= 0 or value[0] <= 0:
        return float("nan"), float("nan")
    low_q, high_q = intervals.quotient(value, earlier)
    return 100 * (low_q - 1), 100 * (high_q - 1)


def attainment(
    value: float, target: float, direction: str, baseline: float | None, *, zero_target_met: bool | None
) -> float:
    r"""Return how much of a target is reached, in per cent.

    With a baseline b: :math:`100\,(v-b)/(t-b)` whichever way is better.  Without: :math:`100\,v/t`
    where more is better and :math:`100\,t/v` where less is better.

    Parameters
    ----------
    value, target : float
        In the indicator's unit.
    direction : {'higher', 'lower'}
    baseline : float or None
    zero_target_met : bool or None
        What to say of a zero target without a baseline: met (100) or not (0); None: undefined.

    Returns
    -------
    float
        NaN where it is not defined.
    """
    if baseline is not None:
        return 100 * (value - baseline) / (target - baseline) if target != baseline else float("nan")
    if target == 0:
        return float("nan") if zero_target_met is None else 100.0 * zero_target_met
    if direction == "higher":
        return 100 * value / target
    return 100 * target / value if value != 0 else float("nan")


def _per_cent(x: Floats, n: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, 100 * x / n, np.nan)


def _plain(value: Floats, n: Floats) -> Estimate:
    blank = np.full(value.shape, np.nan)
    return Estimate(value=value, n_obs=n, std_error=blank, ci_low=blank, ci_high=blank, df=blank,
                    numerator=blank, denominator=blank)  # fmt: skip


def _divided(
    value: Floats,
    amounts: Mapping[str, Floats],
    std_error: Floats,
    limits: tuple[Floats, Floats],
    interval: str | None,
) -> Estimate:
    return Estimate(
        value=value,
        n_obs=amounts["n"],
        std_error=std_error,
        ci_low=limits[0],
        ci_high=limits[1],
        df=np.full(value.shape, np.nan),
        numerator=amounts["numerator"],
        denominator=amounts["denominator"],
        interval=interval,
    )
