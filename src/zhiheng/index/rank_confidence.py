r"""Rank confidence sets: which ranks the sampling error of the values leaves possible.

Ranks of noisy estimates are not made honest by adding more noise and ranking again: that covers far
less than it promises where units are close.  These sets invert tests of all differences instead.
For units j and k, :math:`T_{jk} = (\hat\theta_j - \hat\theta_k)/\hat\sigma_{jk}` with
:math:`\hat\sigma_{jk}^2 = \Sigma_{jj} + \Sigma_{kk} - 2\Sigma_{jk}`.  The critical value c is the
quantile of the largest studentised difference when all are equal; units surely above and below j
are those with :math:`T_{jk} < -c` and :math:`T_{jk} > c`, and the rank of j is between 1 plus the
number surely above and the number of units less those surely below.  Step by step the rejected
differences are left out of the largest, which lowers c, until nothing more is rejected.

References
----------
Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies 91, 476-518; the stepdown:
Romano and Wolf (2005), Econometrica 73, 1237-1282.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.index.ranking import ranks_of

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
_CHUNK = 8_000_000
"""Studentised differences held at once."""


@dataclass(frozen=True, kw_only=True)
class RankConfidence:
    """Confidence sets of ranks; every set is all ranks from low to high.

    Attributes
    ----------
    rank : ndarray of int, shape (p,)
        Rank of the estimates, 1 for the highest.
    low, high : ndarray of int, shape (p,)
        Marginal: each unit's own rank is inside with the confidence level.
    simultaneous_low, simultaneous_high : ndarray of int, shape (p,)
        All units' ranks are inside at once with the confidence level.
    confidence_level : float
    """

    rank: Ints
    low: Ints
    high: Ints
    simultaneous_low: Ints
    simultaneous_high: Ints
    confidence_level: float


def rank_confidence(
    values: ArrayLike,
    cov: ArrayLike | None = None,
    *,
    confidence_level: float = 0.90,
    replicates: ArrayLike | None = None,
    n: int = 10_000,
    rng: np.random.Generator | None = None,
) -> RankConfidence:
    """Return marginal and simultaneous confidence sets of ranks.

    Parameters
    ----------
    values : array_like, shape (p,)
        Estimates, more is better.
    cov : array_like, shape (p, p) or (p,)
        Their covariance matrix; or their variances, where they are independent.
    confidence_level : float
        0-1.
    replicates : array_like, shape (n, p), optional
        Bootstrap replicates of the estimates, used in place of normal draws (and of `cov`).
    n : int
        Normal draws.
    rng : Generator, optional
        For the normal draws; by default a fixed stream, so that the same call gives the same sets.

    Raises
    ------
    ValueError
        For shapes that do not fit, a covariance that is none, or values that are not finite.

    Examples
    --------
    >>> sets = rank_confidence([9.0, 5.0, 4.9], [0.01, 0.01, 0.01])
    >>> sets.low.tolist(), sets.high.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    theta = np.asarray(values, dtype=np.float64)
    draws, covariance = _draws(theta, cov, replicates, n, rng)
    variances = np.diag(covariance)
    square = variances[:, None] + variances[None, :] - 2 * covariance
    scale = np.maximum(variances[:, None] + variances[None, :], np.finfo(float).tiny)
    sigma = np.sqrt(np.where(square > 1e-14 * scale, square, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (theta[:, None] - theta[None, :]) / sigma
    t[np.isnan(t)] = 0.0  # the same figure twice: never apart
    low, high = np.empty(len(theta), dtype=np.intp), np.empty(len(theta), dtype=np.intp)
    for j in range(len(theta)):
        above, below = _marginal(t[j], draws, sigma[j], j, confidence_level)
        low[j], high[j] = 1 + above, len(theta) - below
    ahead = _simultaneous(t, draws, sigma, confidence_level)
    return RankConfidence(
        rank=ranks_of(theta).astype(np.intp), low=low, high=high,
        simultaneous_low=1 + ahead.sum(axis=0), simultaneous_high=len(theta) - ahead.sum(axis=1),
        confidence_level=confidence_level,
    )  # fmt: skip


def _draws(
    theta: Floats,
    cov: ArrayLike | None,
    replicates: ArrayLike | None,
    n: int,
    rng: np.random.Generator | None,
) -> tuple[Floats, Floats]:
    """Return centred draws of the estimation error, shape (n, p), and its covariance."""
    p = len(theta)
    if theta.ndim != 1 or p < 2 or not np.isfinite(theta).all():
        raise ValueError("values must be at least two finite numbers")
    if replicates is not None:
        made = np.asarray(replicates, dtype=np.float64)
        if made.ndim != 2 or made.shape[1] != p or len(made) < 2 or not np.isfinite(made).all():
            raise ValueError(f"replicates must have the shape (n, {p})")
        return made - made.mean(axis=0), np.cov(made, rowvar=False)
    covariance = np.asarray(cov, dtype=np.float64)
    stream = rng if rng is not None else np.random.default_rng(1)
    if covariance.shape == (p,):
        if not (np.isfinite(covariance) & (covariance >= 0)).all():
            raise ValueError("variances must be finite and not negative")
        return stream.standard_normal((n, p)) * np.sqrt(covariance), np.diag(covariance)
    if covariance.shape != (p, p) or not np.allclose(covariance, covariance.T, rtol=1e-8, atol=0):
        raise ValueError(f"cov must have the shape ({p}, {p}) and be symmetric, or ({p},)")
    roots, axes = np.linalg.eigh(covariance)
    if roots[0] < -1e-8 * max(float(roots[-1]), 0.0) or roots[-1] < 0:
        raise ValueError("cov has a negative eigenvalue: it is no covariance matrix")
    noise = stream.standard_normal((n, p))
    # summed in one order, not by BLAS, so that the draws do not depend on the number of cores
    return np.einsum("ni,ji->nj", noise * np.sqrt(np.maximum(roots, 0.0)), axes), covariance


def _studentised(lead: Floats, sigma: Floats) -> Floats:
    """Return differences in standard errors; 0 where a difference has none."""
    return np.asarray(
        np.divide(lead, sigma, out=np.zeros(lead.shape), where=np.broadcast_to(sigma > 0, lead.shape))
    )


def _marginal(t: Floats, draws: Floats, sigma: Floats, j: int, confidence_level: float) -> tuple[int, int]:
    """Return how many units are surely above and surely below unit j."""
    others = np.arange(len(t)) != j
    apart = _studentised(draws[:, j, None] - draws, sigma)
    above, below = np.zeros(len(t), dtype=bool), np.zeros(len(t), dtype=bool)
    while True:
        open_up, open_down = others & ~above, others & ~below
        largest = np.maximum(
            (-apart[:, open_up]).max(axis=1, initial=0.0), apart[:, open_down].max(axis=1, initial=0.0)
        )
        c = np.quantile(largest, confidence_level, method="higher")
        new_above, new_below = open_up & (-t > c), open_down & (t > c)
        if not (new_above.any() or new_below.any()):
            return int(above.sum()), int(below.sum())
        above |= new_above
        below |= new_below


def _simultaneous(t: Floats, draws: Floats, sigma: Floats, confidence_level: float) -> Bools:
    """Return which unit (row) is surely ahead of which (column)."""
    p = len(t)
    ahead = np.zeros((p, p), dtype=bool)
    off = ~np.eye(p, dtype=bool)
    while True:
        open_ = off & ~ahead
        largest = np.zeros(len(draws))
        for part in np.array_split(np.arange(len(draws)), max(1, len(draws) * p // _CHUNK + 1)):
            for j in range(p):
                rows = np.flatnonzero(open_[j])
                if len(rows):
                    lead = _studentised(draws[part, j, None] - draws[np.ix_(part, rows)], sigma[j, rows])
                    largest[part] = np.maximum(largest[part], lead.max(axis=1))
        c = np.quantile(largest, confidence_level, method="higher")
        new = open_ & (t > c)
        if not new.any():
            return ahead
        ahead |= new
