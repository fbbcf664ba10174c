"""Statistics of an index: how its parts behave and go together, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]


def correlations(x: Floats) -> Floats:
    """Return Pearson correlations of columns over the rows that both have, shape (k, k).

    NaN where fewer than three rows are shared or a column does not vary.

    Examples
    --------
    >>> correlations(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan], [4.0, 8.0]])).round(9).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    known = ~np.isnan(x)
    w = known.astype(np.float64)
    n = w.T @ w
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(known, x, 0.0).sum(axis=0) / known.sum(axis=0)
        d = np.where(known, x - centre, 0.0)  # a common shift keeps digits; means are per pair below
        mean = (d.T @ w) / n
        cross = (d.T @ d) / n - mean * mean.T
        spread = ((d * d).T @ w) / n - mean**2
        r = cross / np.sqrt(spread * spread.T)
    scale = np.nanmax(np.abs(d), axis=0) ** 2 if len(x) else np.zeros(x.shape[1])
    flat = (spread <= 1e-14 * scale[:, None]) | (1e-14 * scale[None, :] >= spread.T)
    return np.where((n < 3) | flat, np.nan, np.clip(r, -1.0, 1.0))


def cronbach_alpha(x: Floats) -> float:
    r"""Return Cronbach's alpha :math:`\frac{k}{k-1}(1 - \sum_j s_j^2 / s_{sum}^2)` of the complete rows.

    NaN for fewer than two columns or three rows.

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297-334; OECD/JRC (2008), Handbook, step 2.

    Examples
    --------
    >>> round(cronbach_alpha(np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]])), 9)
    1.0
    """
    rows = x[~np.isnan(x).any(axis=1)]
    k = x.shape[1]
    if k < 2 or len(rows) < 3 or (whole := rows.sum(axis=1).var(ddof=1)) == 0:
        return float("nan")
    return float(k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / whole))


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of correlations.

    Attributes
    ----------
    eigenvalues : ndarray, shape (k,)
        From the largest; they sum to k.
    loadings : ndarray, shape (k, k)
        Correlation of each column (row) with each component; the largest of each is positive.
    """

    eigenvalues: Floats
    loadings: Floats


def principal_components(x: Floats) -> Components:
    """Return the principal components of the correlations of the complete rows.

    Raises
    ------
    UndefinedError
        When a column does not vary or fewer than three rows are complete.

    References
    ----------
    OECD/JRC (2008), Handbook, step 2, "Principal components analysis".

    Examples
    --------
    >>> principal_components(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])).eigenvalues.round(9).tolist()
    [2.0, 0.0]
    """
    rows = x[~np.isnan(x).any(axis=1)]
    if len(rows) < 3:
        raise UndefinedError("index_too_few_rows")
    spread = rows.std(axis=0, ddof=1)
    if not (spread > 0).all():
        raise UndefinedError("index_degenerate", column=int(np.argmin(spread)))
    values, vectors = np.linalg.eigh(np.atleast_2d(np.corrcoef(rows, rowvar=False)))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    loadings = vectors * np.sqrt(values)
    largest = loadings[np.argmax(np.abs(loadings), axis=0), np.arange(loadings.shape[1])]
    return Components(values, loadings * np.where(largest < 0, -1.0, 1.0))


def nearest(
    x: Floats, row: int, count: int, weights: Floats | None = None
) -> tuple[NDArray[np.intp], Floats]:
    r"""Return the rows whose profile is nearest, and their distances.

    The distance is :math:`\sqrt{\sum_j w_j (x_{uj} - x_{vj})^2 / \sum_j w_j}` over the columns that
    both have.

    Examples
    --------
    >>> rows, far = nearest(np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]]), 0, 2)
    >>> rows.tolist(), far.round(6).tolist()
    ([2, 1], [1.0, 3.535534])
    """
    w = np.ones(x.shape[1]) if weights is None else weights
    shared = ~np.isnan(x) & ~np.isnan(x[row])
    square = np.where(shared, x - x[row], 0.0) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.sqrt((square * w).sum(axis=1) / (shared * w).sum(axis=1))
    far[row] = np.inf
    order = np.argsort(np.where(np.isnan(far), np.inf, far), kind="stable")[: min(count, len(x) - 1)]
    return order, far[order]


def effective_weights(children: Floats, node: Floats, shares: Floats) -> Floats:
    r"""Return how much each part really counts, :math:`w_j \mathrm{cov}(x_j, v)/\mathrm{var}(v)`.

    For an arithmetic mean they sum to one; a part that goes against the rest counts negatively.

    Parameters
    ----------
    children : ndarray, shape (n, c)
    node : ndarray, shape (n,)
    shares : ndarray, shape (c,)

    References
    ----------
    Becker, Saisana, Paruolo and Vandecasteele (2017), Ecological Indicators 80, 12-22, on the
    difference between nominal weights and importance.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 3.0]])
    >>> effective_weights(x, x.mean(axis=1), np.array([0.5, 0.5])).round(6).tolist()
    [0.357143, 0.642857]
    """
    rows = ~(np.isnan(children).any(axis=1) | np.isnan(node))
    x, v = children[rows], node[rows]
    d, e = x - x.mean(axis=0), v - v.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(shares * (d.T @ e) / (e @ e))
