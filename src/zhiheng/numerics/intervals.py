"""Confidence limits of proportions, means and differences.

All functions take and return NumPy arrays (or scalars) of one shape; proportions are 0-1.
SciPy is imported inside the functions, as importing it costs most of a second.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def normal_quantile(confidence_level: float) -> float:
    """Return the two-sided standard normal quantile z, such as 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence_level / 2))


def wilson(events: ArrayLike, trials: ArrayLike, confidence_level: float) -> tuple[Floats, Floats]:
    r"""Return Wilson's score limits of a binomial proportion.

    .. math::
        \frac{p + z^2/2n \pm z\sqrt{p(1-p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    events, trials : array_like, shape (...)
        Numbers of events and of trials; `0 <= events <= trials`.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray, shape (...)
        In 0-1; NaN where there are no trials or more events than trials. No events give 0 below,
        only events 1 above, exactly.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    JASA 22, 209-212. Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133.
    """
    x, n = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z2 = normal_quantile(confidence_level) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (x + z2 / 2) / (n + z2)
        half = np.sqrt(z2) / (n + z2) * np.sqrt(x * (n - x) / n + z2 / 4)
    low = np.where(x == 0, 0.0, centre - half)
    high = np.where(x == n, 1.0, centre + half)
    undefined = ~((n > 0) & (x >= 0) & (x <= n))
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def clopper_pearson(events: ArrayLike, trials: ArrayLike, confidence_level: float) -> tuple[Floats, Floats]:
    r"""Return the exact (Clopper-Pearson) limits of a binomial proportion.

    The lower limit is the :math:`\alpha/2` quantile of Beta(x, n-x+1), the upper one the
    :math:`1-\alpha/2` quantile of Beta(x+1, n-x): coverage is never below the stated level.

    Parameters
    ----------
    events, trials : array_like, shape (...)
        Numbers of events and of trials; `0 <= events <= trials`.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray, shape (...)
        In 0-1; NaN where there are no trials or more events than trials.

    References
    ----------
    Clopper and Pearson (1934). Biometrika 26, 404-413.
    """
    from scipy.special import betaincinv

    x, n = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    tail = (1 - confidence_level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(x > 0, betaincinv(np.maximum(x, 1), n - x + 1, tail), 0.0)
        high = np.where(x < n, betaincinv(x + 1, np.maximum(n - x, 1), 1 - tail), 1.0)
    undefined = ~((n > 0) & (x >= 0) & (x <= n))
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def student_t(
    value: ArrayLike, std_error: ArrayLike, df: ArrayLike, confidence_level: float
) -> tuple[Floats, Floats]:
    """Return limits `value -/+ t(df) * std_error`; NaN where there are no degrees of freedom."""
    from scipy.special import stdtrit

    freedom = np.asarray(df, dtype=np.float64)
    enough = freedom > 0
    t = np.where(enough, stdtrit(np.where(enough, freedom, 1.0), 0.5 + confidence_level / 2), np.nan)
    centre, half = np.asarray(value, dtype=np.float64), t * np.asarray(std_error, dtype=np.float64)
    return centre - half, centre + half


def difference(
    first: tuple[ArrayLike, ArrayLike, ArrayLike], second: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> tuple[Floats, Floats]:
    r"""Return limits of `second - first` from each one's own limits (MOVER).

    For independent estimates, with :math:`d = \hat\theta_2 - \hat\theta_1`:
    :math:`d - \sqrt{(\hat\theta_2-l_2)^2 + (u_1-\hat\theta_1)^2}` and
    :math:`d + \sqrt{(u_2-\hat\theta_2)^2 + (\hat\theta_1-l_1)^2}`; with Wilson limits this is
    Newcombe's interval for a difference of proportions.

    Parameters
    ----------
    first, second : tuple of array_like
        Value, lower limit, upper limit, of one shape and unit.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    v1, l1, u1 = (np.asarray(a, dtype=np.float64) for a in first)
    v2, l2, u2 = (np.asarray(a, dtype=np.float64) for a in second)
    d = v2 - v1
    return d - np.hypot(v2 - l2, u1 - v1), d + np.hypot(u2 - v2, v1 - l1)


def quotient(
    numerator: tuple[float, float, float], denominator: tuple[float, float, float]
) -> tuple[float, float]:
    r"""Return limits of `numerator / denominator` from each one's own limits (MOVER-R).

    For independent positive estimates (Donner and Zou 2012, Statistical Methods in Medical
    Research 21, 347-359), with :math:`A(x) = x (2a - x)` and :math:`B(x) = x (2b - x)`:

    .. math::
        L = \frac{ab - \sqrt{(ab)^2 - A(l_a) B(u_b)}}{B(u_b)}
          = \frac{A(l_a)}{ab + \sqrt{(ab)^2 - A(l_a) B(u_b)}}, \quad
        U = \frac{ab + \sqrt{(ab)^2 - A(u_a) B(l_b)}}{B(l_b)}

    The second form of L also holds where the denominator's upper limit is twice its value or more.

    Parameters
    ----------
    numerator, denominator : tuple of float
        Value, lower limit, upper limit; not negative, the denominator's value above 0.

    Returns
    -------
    low, high : float
        The upper limit is NaN, as there is none, when the denominator's lower limit is 0.
    """
    a, la, ua = numerator
    b, lb, ub = denominator

    def root(edge_a: float, edge_b: float) -> float:
        inside = (a * b) ** 2 - edge_a * (2 * a - edge_a) * edge_b * (2 * b - edge_b)
        return a * b + math.sqrt(max(inside, 0.0))  # not below 0 but for the last digit

    low = 0.0 if la == 0 else la * (2 * a - la) / root(la, ub)
    return low, root(ua, lb) / (lb * (2 * b - lb)) if lb > 0 else math.nan
