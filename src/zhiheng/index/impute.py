"""Impute: missing values estimated, observed ones never touched.

Every function returns the table with its gaps filled; what it could not fill is still NaN.
`IMPUTERS` is the list.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is known of the rows besides their values.

    Attributes
    ----------
    unit, period : ndarray of int, shape (n,)
        Which unit, and which period in order of time, each row is of.
    time : ndarray, shape (n,)
        The period as a number, for interpolation in time.
    group : ndarray of int, shape (n,)
        The unit's group, -1 without one.
    """

    unit: Ints
    period: Ints
    time: Floats
    group: Ints


def _filled(x: Floats, values: Floats) -> Floats:
    return np.where(np.isnan(x), values, x)


def _mean(x: Floats) -> Floats:
    known = ~np.isnan(x)
    n = known.sum(axis=-2, keepdims=True)
    return np.where(n > 0, np.where(known, x, 0.0).sum(axis=-2, keepdims=True) / np.maximum(n, 1), np.nan)


def _median(x: Floats) -> Floats:
    n = (~np.isnan(x)).sum(axis=-2, keepdims=True)
    ordered = np.sort(x, axis=-2)  # NaN last
    low = np.take_along_axis(ordered, np.maximum((n - 1) // 2, 0), axis=-2)
    high = np.take_along_axis(ordered, np.minimum(n // 2, x.shape[-2] - 1), axis=-2)
    return np.where(n > 0, (low + high) / 2, np.nan)


def mean(x: Floats, rows: Rows) -> Floats:
    """Fill with the mean of the column.

    Parameters
    ----------
    x : ndarray, shape (..., n, k)
    rows : Rows

    References
    ----------
    OECD/JRC (2008), Handbook, step 4, "Unconditional mean/median/mode imputation".

    Examples
    --------
    >>> mean(np.array([[1.0], [np.nan], [4.0]]), no_rows(3)).ravel().tolist()
    [1.0, 2.5, 4.0]
    """
    del rows
    return _filled(x, _mean(x))


def median(x: Floats, rows: Rows) -> Floats:
    """Fill with the median of the column.

    Examples
    --------
    >>> median(np.array([[1.0], [np.nan], [2.0], [9.0]]), no_rows(4)).ravel().tolist()
    [1.0, 2.0, 2.0, 9.0]
    """
    del rows
    return _filled(x, _median(x))


Empty = Literal["fail", "overall", "missing"]


def group_mean(x: Floats, rows: Rows, *, empty_group: Empty = "fail") -> Floats:
    """Fill with the mean of the unit's group.

    A group without any value is a policy: 'fail', 'overall' (the mean of all units), 'missing'.

    Examples
    --------
    >>> group_mean(np.array([[1.0], [np.nan], [8.0]]), no_rows(3, group=[0, 0, 1])).ravel().tolist()
    [1.0, 1.0, 8.0]
    """
    return _by_group(x, rows, _mean, empty_group)


def group_median(x: Floats, rows: Rows, *, empty_group: Empty = "fail") -> Floats:
    """Fill with the median of the unit's group; see `group_mean`."""
    return _by_group(x, rows, _median, empty_group)


def _by_group(x: Floats, rows: Rows, centre: Callable[[Floats], Floats], empty_group: Empty) -> Floats:
    filled = x.copy()
    for group in np.unique(rows.group):
        members = rows.group == group
        filled[..., members, :] = _filled(x[..., members, :], centre(x[..., members, :]))
    if (gaps := np.isnan(filled)).any() and empty_group != "missing":
        *_, row, column = (int(i) for i in np.argwhere(gaps)[0])
        if empty_group == "fail":
            raise UndefinedError("index_group_empty", column=column, row=row)
        return _filled(filled, centre(x))
    return filled


def regression(x: Floats, rows: Rows, *, max_iter: int = 100, tol: float = 1e-10) -> Floats:
    """Fill each column by least squares on all others, repeated until the fills settle.

    Each round regresses every column with gaps on the other columns (as filled so far), with an
    intercept, over the rows where it is observed.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    rows : Rows
    max_iter : int
    tol : float
        Largest change of a fill, in standard deviations of its column, that counts as settled.

    Raises
    ------
    UndefinedError
        When it does not settle, or a column has fewer observed rows than coefficients.

    References
    ----------
    OECD/JRC (2008), Handbook, step 4, "Regression imputation"; Buck (1960), JRSS B 22, 302-306.
    """
    del rows
    gaps = np.isnan(x)
    filled = _filled(x, _mean(x))
    columns = np.flatnonzero(gaps.any(axis=0))
    short = (~gaps[:, columns]).sum(axis=0) < x.shape[1]
    if short.any():
        raise UndefinedError("index_too_few_rows", column=int(columns[np.argmax(short)]))
    spread = np.maximum(np.nanstd(x, axis=0), np.finfo(float).tiny)
    for _ in range(max_iter):
        largest = 0.0
        for j in columns:
            others = np.column_stack([np.ones(len(x)), np.delete(filled, j, axis=1)])
            seen = ~gaps[:, j]
            slope, *_ = np.linalg.lstsq(others[seen], x[seen, j], rcond=None)
            new = others[~seen] @ slope
            largest = max(largest, float(np.abs(new - filled[~seen, j]).max() / spread[j]))
            filled[~seen, j] = new
        if largest <= tol:
            return filled
    raise UndefinedError("index_not_settled", f"{largest:.3g}", n=max_iter)


def em(x: Floats, rows: Rows, *, max_iter: int = 5000, tol: float = 1e-10) -> Floats:
    r"""Fill with conditional expectations under a normal distribution fitted by EM.

    E-step: :math:`E[x_m | x_o] = \mu_m + \Sigma_{mo}\Sigma_{oo}^{-1}(x_o - \mu_o)`, with the
    conditional covariance added to the cross-products; M-step: mean and covariance (divisor n).

    Parameters
    ----------
    x : ndarray, shape (n, k)
    rows : Rows
    max_iter : int
    tol : float
        Largest change of the mean or covariance, on standardised columns, that counts as settled.

    Raises
    ------
    UndefinedError
        When it does not settle.

    References
    ----------
    OECD/JRC (2008), Handbook, step 4, "Expected maximisation imputation"; Little and Rubin (2002),
    Statistical Analysis with Missing Data, section 11.2.
    """
    del rows
    short = (~np.isnan(x)).sum(axis=0) < 2
    if short.any():
        raise UndefinedError("index_too_few_rows", column=int(np.argmax(short)))
    centre, spread = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    if not (spread > 0).all():
        raise UndefinedError("index_degenerate", column=int(np.argmin(spread)))
    z = (x - centre) / spread
    patterns, which = np.unique(np.isnan(z), axis=0, return_inverse=True)
    mu, sigma = np.zeros(z.shape[1]), np.eye(z.shape[1])
    for _ in range(max_iter):
        filled, extra = _expected(z, patterns, which.ravel(), mu, sigma)
        new_mu = filled.mean(axis=0)
        d = filled - new_mu
        new_sigma = (d.T @ d + extra) / len(z)
        change = max(np.abs(new_mu - mu).max(), np.abs(new_sigma - sigma).max())
        mu, sigma = new_mu, new_sigma
        if change <= tol:
            return _filled(x, _expected(z, patterns, which.ravel(), mu, sigma)[0] * spread + centre)
    raise UndefinedError("index_not_settled", f"{change:.3g}", n=max_iter)


def _expected(
    z: Floats, patterns: NDArray[np.bool_], which: Ints, mu: Floats, sigma: Floats
) -> tuple[Floats, Floats]:
    filled, extra = z.copy(), np.zeros_like(sigma)
    for p, gap in enumerate(patterns):
        members = np.flatnonzero(which == p)
        if not gap.any():
            continue
        seen = ~gap
        slope = np.linalg.lstsq(sigma[np.ix_(seen, seen)], sigma[np.ix_(seen, gap)], rcond=None)[0]
        filled[np.ix_(members, gap)] = mu[gap] + (z[np.ix_(members, seen)] - mu[seen]) @ slope
        left = sigma[np.ix_(gap, gap)] - sigma[np.ix_(gap, seen)] @ slope
        extra[np.ix_(gap, gap)] += len(members) * left
    return filled, extra


def interpolate(x: Floats, rows: Rows, *, ends: Literal["missing", "nearest"] = "missing") -> Floats:
    """Fill each unit's gaps on the straight line in time between its neighbouring observations.

    Before the first and after the last observation: 'missing' leaves the gap, 'nearest' carries on.

    Examples
    --------
    >>> interpolate(np.array([[1.0], [np.nan], [4.0]]), no_rows(3, one_unit=True)).ravel().tolist()
    [1.0, 2.5, 4.0]
    """
    filled = x.copy()
    for series, t in _series(rows):
        for place in np.ndindex(x.shape[:-2]):
            for j in range(x.shape[-1]):
                at = (*place, series, j)
                y = x[at]
                seen = ~np.isnan(y)
                if seen.any():
                    beyond = None if ends == "nearest" else np.nan
                    filled[at] = np.where(seen, y, np.interp(t, t[seen], y[seen], left=beyond, right=beyond))
    return filled


def last_value(x: Floats, rows: Rows) -> Floats:
    """Fill with the unit's latest earlier observation.

    Examples
    --------
    >>> last_value(np.array([[np.nan], [2.0], [np.nan]]), no_rows(3, one_unit=True)).ravel().tolist()
    [nan, 2.0, 2.0]
    """
    filled = x.copy()
    for series, _ in _series(rows):
        for before, row in itertools.pairwise(series):
            filled[..., row, :] = _filled(filled[..., row, :], filled[..., before, :])
    return filled


def _series(rows: Rows) -> list[tuple[Ints, Floats]]:
    """Return each unit's rows in order of time, and their times."""
    found = []
    for unit in np.unique(rows.unit):
        members = np.flatnonzero(rows.unit == unit)
        members = members[np.argsort(rows.period[members], kind="stable")]
        found.append((members, rows.time[members]))
    return found


def no_rows(n: int, *, group: list[int] | None = None, one_unit: bool = False) -> Rows:
    """Return rows of n units in one period, or of one unit in n periods, for use on bare arrays."""
    count = np.arange(n)
    zero = np.zeros(n, dtype=np.intp)
    return Rows(
        unit=zero if one_unit else count,
        period=count if one_unit else zero,
        time=(count if one_unit else zero).astype(np.float64),
        group=np.array(group, dtype=np.intp) if group else zero,
    )


IMPUTERS: dict[str, Callable[..., Floats]] = {
    "mean": mean,
    "median": median,
    "group_mean": group_mean,
    "group_median": group_median,
    "regression": regression,
    "em": em,
    "interpolate": interpolate,
    "last_value": last_value,
}
"""Every method of imputing, by the key that YAML uses."""
IN_TIME = frozenset({"interpolate", "last_value"})
"""Methods that look along a unit's periods."""
ACROSS = frozenset({"regression", "em"})
"""Methods that look across indicators: all columns of the table take part."""
