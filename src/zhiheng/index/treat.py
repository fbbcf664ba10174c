"""Treat: outliers and skew that would let single units rule an indicator.

Each method is fitted on columns and gives a `Treatment`, which says what was done and can be
applied to the same or to other rows.  `TREATMENTS` is the list.  Taking in outlying points one by
one is the same as clipping at two caps, so every treatment is caps and then one curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.normalise import observed
from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
When = Literal["always", "failing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    r"""Caps, then :math:`y = s\,[(p x + q)^\lambda - 1]/\lambda` (the logarithm for :math:`\lambda = 0`).

    Attributes
    ----------
    low, high : ndarray, shape (..., 1, k)
        Caps in raw units; infinite where nothing was taken in.
    points_low, points_high : ndarray of int, shape (..., 1, k)
        How many points were taken in at either end.
    curved : ndarray of bool, shape (..., 1, k)
        Whether the curve applies; elsewhere y = x.
    p, q, s, power : ndarray, shape (..., 1, k)
    """

    low: Floats
    high: Floats
    points_low: NDArray[np.intp]
    points_high: NDArray[np.intp]
    curved: Bools
    p: Floats
    q: Floats
    s: Floats
    power: Floats

    def apply(self, x: Floats) -> Floats:
        """Return the treated values, shape of `x`.

        Raises
        ------
        UndefinedError
            Where the logarithm or power of a number that is not positive would be needed.
        """
        y = np.clip(x, self.low, self.high)
        if not self.curved.any():
            return y
        inside = self.p * y + self.q
        bad = self.curved & (inside <= 0)
        if bad.any():
            *_, row, column = (int(i) for i in np.argwhere(bad)[0])
            raise UndefinedError(
                "index_not_positive", f"{np.broadcast_to(y, bad.shape)[bad][0]:g}", column=column, row=row
            )
        logs = np.log(np.where(self.curved, inside, 1.0))
        flat = self.power == 0
        power = np.where(flat, 1.0, self.power)
        curve = self.s * np.where(flat, logs, np.expm1(power * logs) / power)
        return np.where(self.curved, curve, y)


def skew_kurtosis(x: Floats) -> tuple[Floats, Floats]:
    r"""Return bias-corrected skewness :math:`G_1` and excess kurtosis :math:`G_2` of each column.

    .. math::
        G_1 = \frac{\sqrt{n(n-1)}}{n-2} \frac{m_3}{m_2^{3/2}}, \quad
        G_2 = \frac{n-1}{(n-2)(n-3)} \left[(n+1)\left(\frac{m_4}{m_2^2} - 3\right) + 6\right]

    Parameters
    ----------
    x : ndarray, shape (..., n, k)

    Returns
    -------
    skewness, kurtosis : ndarray, shape (..., 1, k)
        NaN where all values are equal or there are fewer than 3 (4).

    References
    ----------
    Joanes and Gill (1998), The Statistician 47, 183-189.

    Examples
    --------
    >>> skew, kurtosis = skew_kurtosis(np.array([[1.0], [2.0], [3.0], [4.0], [10.0]]))
    >>> round(skew.item(), 6), round(kurtosis.item(), 6)
    (1.697056, 3.152)
    """
    known = ~np.isnan(x)
    n = known.sum(axis=-2, keepdims=True).astype(np.float64)
    if known.all():
        d = x - x.mean(axis=-2, keepdims=True)
    else:
        filled = np.where(known, x, 0.0)
        d = np.where(known, filled - filled.sum(axis=-2, keepdims=True) / np.maximum(n, 1), 0.0)
    d2 = d * d
    with np.errstate(divide="ignore", invalid="ignore"):
        m2 = d2.sum(axis=-2, keepdims=True) / n
        m3 = (d2 * d).sum(axis=-2, keepdims=True) / n
        m4 = (d2 * d2).sum(axis=-2, keepdims=True) / n
        g1 = np.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5
        g2 = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / (m2 * m2) - 3) + 6)
    return g1, g2


def passes(x: Floats, skew: float, kurtosis: float) -> Bools:
    """Return which columns need no treatment: skewness or kurtosis is inside, or there is no spread.

    References
    ----------
    OECD/JRC (2008), Handbook, step 4 on outliers; the JRC's rule flags a column when |skewness|
    is 2 or more and the kurtosis 3.5 or more, both at once.
    """
    g1, g2 = skew_kurtosis(x)
    return (np.abs(g1) < skew) | (g2 < kurtosis) | ~np.isfinite(g1) | ~np.isfinite(g2)


def nothing(x: Floats) -> Treatment:
    """Return the treatment that leaves every value as it is."""
    shape = (*x.shape[:-2], 1, x.shape[-1])
    zeros = np.zeros(shape, dtype=np.intp)
    one = np.ones(shape)
    return Treatment(
        low=-np.inf * one, high=np.inf * one, points_low=zeros, points_high=zeros,
        curved=zeros.astype(bool), p=one, q=0.0 * one, s=one, power=0.0 * one,
    )  # fmt: skip


def winsorise(
    x: Floats,
    *,
    max_points: int = 5,
    skew: float = 2.0,
    kurtosis: float = 3.5,
    otherwise: Literal["fail", "keep", "log", "log_ct", "log_shifted", "log_gii", "box_cox"] = "fail",
    offset: float = 0.01,
) -> Treatment:
    """Take in the outermost point on the skewed side until the column passes.

    A point is taken in by giving it the next value of the column (points that are equal go
    together).  A column that still fails after `max_points` keeps its raw values and gets the
    treatment `otherwise`.

    Parameters
    ----------
    x : ndarray, shape (..., n, k)
    max_points : int
        How many steps at most.
    skew, kurtosis : float
        See `passes`.
    otherwise : str
        'keep' keeps the points taken in so far, 'fail' raises, the rest is a key of `TREATMENTS`.
    offset : float
        For 'log_ct'.

    References
    ----------
    OECD/JRC (2008), Handbook, step 4; Becker et al. (2022), Journal of Open Source Software 7, 4567.

    Examples
    --------
    >>> column = np.array([[1.0], [2.0], [3.0], [4.0], [1000.0]])
    >>> winsorise(column).apply(column).ravel().tolist()
    [1.0, 2.0, 3.0, 4.0, 4.0]
    """
    fitted = nothing(x)
    failing = ~passes(x, skew, kurtosis)
    if not failing.any():
        return fitted
    places = np.flatnonzero(failing.any(axis=tuple(range(failing.ndim - 1))))
    part, done = _take_in(x[..., places], max_points, skew, kurtosis)
    if not done.all():
        part = _after(x[..., places], part, ~done, places, otherwise, offset)
    return _put(fitted, places, part)


def _take_in(x: Floats, max_points: int, skew: float, kurtosis: float) -> tuple[Treatment, Bools]:
    part = nothing(x)
    low, high, n_low, n_high = part.low, part.high, part.points_low.copy(), part.points_high.copy()
    y = x
    for taken in range(max_points + 1):
        failing = ~passes(y, skew, kurtosis)
        if taken == max_points or not failing.any():
            break
        up = skew_kurtosis(y)[0] >= 0
        bottom, top = observed(y)
        next_top = observed(np.where(y < top, y, np.nan))[1]
        next_bottom = observed(np.where(y > bottom, y, np.nan))[0]
        high = np.where(failing & up, next_top, high)
        low = np.where(failing & ~up, next_bottom, low)
        n_high = n_high + (failing & up)
        n_low = n_low + (failing & ~up)
        y = np.clip(x, low, high)
    return replace(part, low=low, high=high, points_low=n_low, points_high=n_high), ~failing


def _after(
    x: Floats, part: Treatment, failing: Bools, places: NDArray[np.intp], otherwise: str, offset: float
) -> Treatment:
    if otherwise == "keep":
        return part
    if otherwise == "fail":
        column = int(places[np.argwhere(failing)[0][-1]])
        raise UndefinedError("index_still_skewed", f"{int(failing.sum())}", column=column)
    options = {"offset": offset} if otherwise == "log_ct" else {}
    curve = TREATMENTS[otherwise](np.where(failing, x, 1.0 + np.arange(x.shape[-2])[:, None]), **options)
    chosen = {
        name: np.where(failing, getattr(curve, name), getattr(part, name)) for name in Treatment.__slots__
    }
    return Treatment(**chosen)


def _put(whole: Treatment, places: NDArray[np.intp], part: Treatment) -> Treatment:
    new = {}
    for name in Treatment.__slots__:
        values = np.array(getattr(whole, name))
        values[..., places] = getattr(part, name)
        new[name] = values
    return Treatment(**new)


def _curve(
    x: Floats, *, p: Floats, q: Floats, s: Floats, when: When, skew: float, kurtosis: float
) -> Treatment:
    base = nothing(x)
    curved = np.ones(base.p.shape, dtype=bool) if when == "always" else ~passes(x, skew, kurtosis)
    spread = np.broadcast_to
    return replace(
        base, curved=curved, p=spread(p, base.p.shape), q=spread(q, base.p.shape), s=spread(s, base.p.shape)
    )


_ONE = np.ones(1)


def log(x: Floats, *, when: When = "always", skew: float = 2.0, kurtosis: float = 3.5) -> Treatment:
    r"""Return :math:`\ln x`; all values must be positive.

    Examples
    --------
    >>> column = np.array([[1.0], [np.e]])
    >>> log(column).apply(column).ravel().tolist()
    [0.0, 1.0]
    """
    return _curve(x, p=_ONE, q=0 * _ONE, s=_ONE, when=when, skew=skew, kurtosis=kurtosis)


def log_ct(
    x: Floats, *, offset: float = 0.01, when: When = "always", skew: float = 2.0, kurtosis: float = 3.5
) -> Treatment:
    r"""Return :math:`\ln(x - x_{min} + c (x_{max} - x_{min}))`, as the JRC COIN Tool does.

    Examples
    --------
    >>> column = np.array([[0.0], [100.0]])
    >>> np.round(np.exp(log_ct(column).apply(column)), 9).ravel().tolist()
    [1.0, 101.0]
    """
    low, high = observed(x)
    return _curve(x, p=_ONE, q=offset * (high - low) - low, s=_ONE, when=when, skew=skew, kurtosis=kurtosis)


def log_shifted(x: Floats, *, when: When = "always", skew: float = 2.0, kurtosis: float = 3.5) -> Treatment:
    r"""Return :math:`\ln(x - x_{min} + 1)`.

    Examples
    --------
    >>> column = np.array([[5.0], [5.0 + np.e - 1]])
    >>> np.round(log_shifted(column).apply(column), 12).ravel().tolist()
    [0.0, 1.0]
    """
    low, _ = observed(x)
    return _curve(x, p=_ONE, q=1 - low, s=_ONE, when=when, skew=skew, kurtosis=kurtosis)


def log_gii(x: Floats, *, when: When = "always", skew: float = 2.0, kurtosis: float = 3.5) -> Treatment:
    r"""Return :math:`\ln[(x_{max} - 1)(x - x_{min})/(x_{max} - x_{min}) + 1]`; mirrored for a tail below.

    The mirrored form is :math:`-\ln[(x_{max} - 1)(x_{max} - x)/(x_{max} - x_{min}) + 1]`, so that
    order is kept.

    References
    ----------
    Global Innovation Index, appendix on sources and definitions (technical notes).

    Examples
    --------
    >>> column = np.array([[1.0], [2.0], [100.0]])
    >>> np.round(np.exp(log_gii(column).apply(column)), 9).ravel().tolist()
    [1.0, 2.0, 100.0]
    """
    low, high = observed(x)
    span = np.where(high > low, high - low, 1.0)
    up = ~(skew_kurtosis(x)[0] < 0)
    p = (high - 1) / span
    return _curve(
        x, p=np.where(up, p, -p), q=1 + p * np.where(up, -low, high), s=np.where(up, 1.0, -1.0),
        when=when, skew=skew, kurtosis=kurtosis,
    )  # fmt: skip


def box_cox(
    x: Floats,
    *,
    power: float | None = None,
    when: When = "always",
    skew: float = 2.0,
    kurtosis: float = 3.5,
) -> Treatment:
    r"""Return :math:`(x^\lambda - 1)/\lambda`; without a power, the one of highest likelihood.

    The profile log-likelihood is :math:`(\lambda - 1)\sum\ln x - \frac n2 \ln \hat\sigma^2(\lambda)`,
    searched between -5 and 5.  All values must be positive.

    References
    ----------
    Box and Cox (1964), Journal of the Royal Statistical Society B 26, 211-252.

    Examples
    --------
    >>> column = np.array([[1.0], [4.0]])
    >>> box_cox(column, power=0.5).apply(column).ravel().tolist()
    [0.0, 2.0]
    """
    base = _curve(x, p=_ONE, q=0 * _ONE, s=_ONE, when=when, skew=skew, kurtosis=kurtosis)
    if power is not None:
        return replace(base, power=np.full(base.p.shape, power))
    bad = base.curved & (x <= 0)
    if bad.any():
        *_, row, column = (int(i) for i in np.argwhere(bad)[0])
        raise UndefinedError(
            "index_not_positive", f"{x[..., row, column].ravel()[0]:g}", column=column, row=row
        )
    logs = np.log(np.where(base.curved, x, 1.0))
    return replace(base, power=np.where(base.curved, _best_power(logs), 0.0))


def _best_power(logs: Floats) -> Floats:
    """Return the power of highest likelihood per column by golden-section search."""
    known = ~np.isnan(logs)
    n = known.sum(axis=-2, keepdims=True)
    total = np.nansum(logs, axis=-2, keepdims=True)

    def likelihood(power: Floats) -> Floats:
        safe = np.where(np.abs(power) < 1e-12, 1e-12, power)
        y = np.where(known, np.expm1(safe * logs) / safe, 0.0)
        d = np.where(known, y - y.sum(axis=-2, keepdims=True) / n, 0.0)
        with np.errstate(divide="ignore"):
            spread = np.log((d * d).sum(axis=-2, keepdims=True) / n)
        return np.asarray((safe - 1) * total - n / 2 * spread)

    ratio = (np.sqrt(5.0) - 1) / 2
    a, b = np.full(total.shape, -5.0), np.full(total.shape, 5.0)
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    fc, fd = likelihood(c), likelihood(d)
    for _ in range(60):
        left = fc > fd
        a, b = np.where(left, a, c), np.where(left, d, b)
        c, d = b - ratio * (b - a), a + ratio * (b - a)
        fc, fd = likelihood(c), likelihood(d)
    return np.asarray((a + b) / 2)


TREATMENTS: dict[str, Callable[..., Treatment]] = {
    "winsorise": winsorise,
    "log": log,
    "log_ct": log_ct,
    "log_shifted": log_shifted,
    "log_gii": log_gii,
    "box_cox": box_cox,
    "none": nothing,
}
"""Every method of treating, by the key that YAML uses."""
