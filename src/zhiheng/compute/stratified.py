"""A rate put together of strata by weights that do not depend on the sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.numerics import intervals

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """A weighted rate with what is known and not known about it.

    Attributes
    ----------
    value : float
        Per cent; NaN where no stratum has a sample.
    std_error : float
        Percentage points.
    ci_low, ci_high : float
        Per cent; NaN where the variance is zero (no limits can be said) or there is no value.
    effective_n : float
        The simple random sample of equal variance; NaN where the variance is zero.
    coverage : float
        Per cent of all weight that lies in strata with a sample.
    range_low, range_high : float
        Per cent: what the rate would be if everything without a sample were 0, or 100.
    shares : ndarray, shape (h,)
        The weight each stratum has in the value, adding up to 1; 0 without a sample.
    """

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    effective_n: float
    coverage: float
    range_low: float
    range_high: float
    shares: Floats


def stratified_rate(
    events: Floats, trials: Floats, weights: Floats, group: NDArray[np.int64], confidence_level: float
) -> Stratified:
    r"""Weight the rates of strata together.

    With :math:`p_i = x_i/n_i` and weights :math:`w_i` of the strata i of group g (all strata form one
    group, or each area is one), :math:`W_g = \sum_{i \in g} w_i`,
    :math:`S_g = \sum_{i \in g,\, n_i > 0} w_i`, over the groups with a sample:

    .. math::
        a_i = \frac{W_g}{\sum_{g': S_{g'} > 0} W_{g'}} \frac{w_i}{S_g}, \qquad
        p = \sum_{n_i > 0} a_i p_i, \qquad
        \operatorname{var}(p) = \sum_{n_i > 0} a_i^2 \, \frac{p_i (1 - p_i)}{n_i}

    The weights are taken as fixed, and trials within a stratum as independent (Lohr 2022, Sampling,
    3rd ed., section 3.2, without finite population correction).  Limits are Wilson's score limits with
    :math:`n^* = p(1-p)/\operatorname{var}(p)` trials and :math:`p\,n^*` events (Korn and Graubard 1998,
    Survey Methodology 24, 193-201, use this effective size with another interval).  Where every
    stratum's rate is 0 or 1 the variance is estimated as zero; that is not certainty, and no limits
    are given.  What has no sample is bounded, not guessed:
    :math:`\sum_{n_i>0} w_i p_i / \sum_i w_i` when all of it were 0, and that plus the dropped share
    when all of it were 1.

    Parameters
    ----------
    events, trials : ndarray, shape (h,)
        Of each stratum; no trials: no sample.
    weights : ndarray, shape (h,)
        Not negative, with a sum above 0.
    group : ndarray of int, shape (h,)
        Strata of one group are renormalised within it before groups are put together.
    confidence_level : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        When a weight is negative or all are zero.

    Examples
    --------
    Two strata, 90 of 100 and 40 of 50, weighing 3 to 1: 0.75 x 90% + 0.25 x 80% = 87.5%.

    >>> one = np.zeros(2, dtype=np.int64)
    >>> x, n, w = np.array([90.0, 40.0]), np.array([100.0, 50.0]), np.array([3.0, 1.0])
    >>> made = stratified_rate(x, n, w, one, 0.95)
    >>> round(made.value, 10), round(made.std_error, 4)
    (87.5, 2.658)
    """
    if (weights < 0).any() or not weights.sum() > 0:
        raise ValueError("weights must not be negative, and their sum must be above zero")
    sampled = (trials > 0) & (weights > 0)
    everything = math.fsum(weights)
    coverage = math.fsum(weights[sampled]) / everything
    shares = _shares(weights, sampled, group)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(sampled, events / trials, 0.0)
        variances = np.where(sampled, rates * (1 - rates) / trials, 0.0)
    low = math.fsum(weights * rates) / everything
    dropped = math.fsum(weights[~sampled]) / everything
    value = math.fsum(shares * rates) if sampled.any() else math.nan
    variance = math.fsum(shares**2 * variances) if sampled.any() else math.nan
    effective = value * (1 - value) / variance if variance > 0 else math.nan
    limits = intervals.wilson(value * effective, effective, confidence_level)
    return Stratified(
        value=100 * value,
        std_error=100 * math.sqrt(variance) if variance > 0 else math.nan,
        ci_low=100 * float(limits[0]),
        ci_high=100 * float(limits[1]),
        effective_n=effective,
        coverage=100 * coverage,
        range_low=100 * low,
        range_high=100 * (low + dropped),
        shares=shares,
    )


def _shares(weights: Floats, sampled: NDArray[np.bool_], group: NDArray[np.int64]) -> Floats:
    """Return each sampled stratum's weight in the value, renormalised within and then over groups."""
    shares = np.zeros(weights.shape)
    known = math.fsum(math.fsum(weights[group == g]) for g in np.unique(group[sampled]).tolist())
    for g in np.unique(group[sampled]).tolist():
        mine = group == g
        inside = mine & sampled
        shares[inside] = math.fsum(weights[mine]) / known * (weights[inside] / math.fsum(weights[inside]))
    return shares
