"""Weight: how much each part of a node counts, given by judgement or drawn from the data.

A function takes the parts of one node as a table and the weights of the tree, and returns weights
that sum to one with the facts a reader must see (such as a consistency ratio).  `WEIGHTERS` is the
list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random comparisons of 0 to 10 things: Saaty (1980), The Analytic
Hierarchy Process, table of random indices."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights of a node's parts.

    Attributes
    ----------
    weights : ndarray, shape (c,)
        They sum to one.
    facts : mapping of str to float
        What the method found, by name.
    """

    weights: Floats
    facts: Mapping[str, float] = field(default_factory=dict)


def _shares(weights: Floats) -> Floats:
    if not np.isfinite(weights).all() or not weights.sum() > 0:
        raise UndefinedError("index_weights_undefined", f"{weights.sum():g}")
    return np.asarray(weights / weights.sum())


def given(x: Floats, weights: Floats) -> Weighting:
    """Return the tree's own weights.

    Parameters
    ----------
    x : ndarray, shape (n, c)
        Normalised values of the parts.
    weights : ndarray, shape (c,)

    Examples
    --------
    >>> given(np.zeros((1, 2)), np.array([1.0, 3.0])).weights.tolist()
    [0.25, 0.75]
    """
    del x
    return Weighting(_shares(weights))


def equal(x: Floats, weights: Floats) -> Weighting:
    """Return equal weights.

    References
    ----------
    OECD/JRC (2008), Handbook, step 6, "Equal weighting".

    Examples
    --------
    >>> equal(np.zeros((1, 2)), np.array([1.0, 3.0])).weights.tolist()
    [0.5, 0.5]
    """
    del x
    return Weighting(np.full(len(weights), 1 / len(weights)))


def ahp(
    x: Floats,
    weights: Floats,
    *,
    comparisons: tuple[tuple[float, ...], ...] = (),
    max_consistency_ratio: float = 0.1,
) -> Weighting:
    r"""Return the principal eigenvector of pairwise comparisons (analytic hierarchy process).

    `comparisons` is the upper triangle, row by row: how many times more each part matters than
    every later one.  :math:`CR = (\lambda_{max} - c)/(c - 1)/RI_c`; a ratio above
    `max_consistency_ratio` is refused.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process; OECD/JRC (2008), Handbook, step 6, "Analytic
    hierarchy process".

    Examples
    --------
    >>> made = ahp(np.zeros((1, 3)), np.ones(3), comparisons=((2, 4), (2,)))
    >>> (made.weights * 7).round(9).tolist(), round(abs(made.facts["consistency_ratio"]), 9)
    ([4.0, 2.0, 1.0], 0.0)
    """
    del x
    c = len(weights)
    if [len(row) for row in comparisons] != list(range(c - 1, 0, -1)):
        raise UndefinedError("index_comparisons", f"{sum(map(len, comparisons))}", n=c * (c - 1) // 2)
    if min((value for row in comparisons for value in row), default=1.0) <= 0:
        raise UndefinedError("index_not_positive", "comparisons")
    if c >= len(RANDOM_INDEX):
        raise UndefinedError("index_comparisons_many", f"{c}", n=len(RANDOM_INDEX) - 1)
    matrix = np.eye(c)
    for i, row in enumerate(comparisons):
        for j, value in enumerate(row, start=i + 1):
            matrix[i, j], matrix[j, i] = value, 1 / value
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    index = (float(values[first].real) - c) / max(c - 1, 1)
    ratio = index / RANDOM_INDEX[c] if c > 2 else 0.0
    if ratio > max_consistency_ratio:
        raise UndefinedError("index_inconsistent", f"{ratio:.3f}", limit=max_consistency_ratio)
    return Weighting(_shares(np.abs(vectors[:, first].real)), {"consistency_ratio": ratio})


def _complete(x: Floats) -> Floats:
    """Return the rows without gaps; the methods below need at least three."""
    rows = x[~np.isnan(x).any(axis=1)]
    if len(rows) < 3:
        raise UndefinedError("index_too_few_rows")
    return rows


def entropy(x: Floats, weights: Floats) -> Weighting:
    r"""Return weights in proportion to :math:`1 - e_j`, :math:`e_j = -\sum_u p_{uj}\ln p_{uj}/\ln n`.

    :math:`p_{uj} = x_{uj}/\sum_u x_{uj}`; values may not be negative.

    References
    ----------
    Shannon's entropy as a weight: Zeleny (1982), Multiple Criteria Decision Making, chapter 7.

    Examples
    --------
    >>> entropy(np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0]]), np.ones(2)).weights.round(12).tolist()
    [0.0, 1.0]
    """
    del weights
    x = _complete(x)
    if (x < 0).any():
        raise UndefinedError("index_not_positive", f"{x.min():g}")
    p = x / x.sum(axis=0)
    logs = np.log(np.where(p > 0, p, 1.0))
    return Weighting(_shares(1 + (p * logs).sum(axis=0) / np.log(len(x))))


def _correlations(x: Floats) -> Floats:
    spread = x.std(axis=0, ddof=1)
    if not (spread > 0).all():
        raise UndefinedError("index_degenerate", column=int(np.argmin(spread)))
    return np.atleast_2d(np.corrcoef(x, rowvar=False))


def critic(x: Floats, weights: Floats) -> Weighting:
    r"""Return CRITIC weights, in proportion to :math:`\sigma_j \sum_k (1 - r_{jk})`.

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis (1995), Computers & Operations Research 22, 763-770.

    Examples
    --------
    >>> critic(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]]), np.ones(2)).weights.round(6).tolist()
    [0.464102, 0.535898]
    """
    del weights
    x = _complete(x)
    return Weighting(_shares(x.std(axis=0, ddof=1) * (1 - _correlations(x)).sum(axis=0)))


def standard_deviation(x: Floats, weights: Floats) -> Weighting:
    r"""Return weights in proportion to the standard deviation.

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis (1995), Computers & Operations Research 22, 763-770.

    Examples
    --------
    >>> standard_deviation(np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 6.0]]), np.ones(2)).weights.tolist()
    [0.25, 0.75]
    """
    del weights
    return Weighting(_shares(_complete(x).std(axis=0, ddof=1)))


def principal_component(x: Floats, weights: Floats) -> Weighting:
    """Return the squared loadings of the first principal component of the correlations.

    The share of variance that it explains is among the facts.

    References
    ----------
    OECD/JRC (2008), Handbook, step 6, "Principal components analysis or factor analysis".

    Examples
    --------
    >>> x = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.5]])
    >>> principal_component(x, np.ones(2)).weights.round(9).tolist()
    [0.5, 0.5]
    """
    del weights
    values, vectors = np.linalg.eigh(_correlations(_complete(x)))
    return Weighting(_shares(vectors[:, -1] ** 2), {"explained": float(values[-1] / values.sum())})


def factor(x: Floats, weights: Floats, *, min_eigenvalue: float = 1.0) -> Weighting:
    """Return weights from rotated factors.

    Components of the correlations with an eigenvalue of at least `min_eigenvalue` are rotated
    (varimax).  Each part goes to the factor on which its squared loading is highest; its weight is
    that squared loading as a share of the factor's, times the factor's share of the variance
    explained.

    References
    ----------
    Nicoletti, Scarpetta and Boylaud (2000), OECD Economics Department Working Paper 226; OECD/JRC
    (2008), Handbook, step 6, table of weights based on factor analysis.
    """
    del weights
    values, vectors = np.linalg.eigh(_correlations(_complete(x)))
    kept = values >= min(min_eigenvalue, values[-1])
    loadings = varimax(vectors[:, kept] * np.sqrt(values[kept]))
    squared = loadings**2
    explained = squared.sum(axis=0)
    own = np.argmax(squared, axis=1)
    best = squared[np.arange(len(own)), own] / explained[own]
    facts = {"factors": float(kept.sum()), "explained": float(explained.sum() / len(values))}
    return Weighting(_shares(best * explained[own] / explained.sum()), facts)


def varimax(loadings: Floats, *, max_iter: int = 500, tol: float = 1e-12) -> Floats:
    """Return loadings rotated so that the squared loadings of each factor vary most.

    References
    ----------
    Kaiser (1958), Psychometrika 23, 187-200.
    """
    p, k = loadings.shape
    rotation = np.eye(k)
    for _ in range(max_iter):
        turned = loadings @ rotation
        u, _, v = np.linalg.svd(loadings.T @ (turned**3 - turned * (turned**2).sum(axis=0) / p))
        before, rotation = rotation, u @ v
        if np.abs(rotation - before).max() <= tol:
            break
    return np.asarray(loadings @ rotation)


def correlation_optimised(
    x: Floats,
    weights: Floats,
    *,
    importance: tuple[float, ...] = (),
    unreachable: Literal["fail", "nearest"] = "fail",
) -> Weighting:
    r"""Return weights under which each part's correlation with the node has its target share.

    The correlation of part j with :math:`\sum_k w_k x_k` is :math:`r_j \propto (S w)_j / s_j`, with S
    the covariance matrix, so that a target t is met by :math:`w \propto S^{-1} (s \circ t)` where
    these are positive.  Where they are not, `unreachable` decides: 'nearest' takes the positive
    weights of least squares.  The target is the tree's weights by default.

    References
    ----------
    Becker, Saisana, Paruolo and Vandecasteele (2017), Ecological Indicators 80, 12-22.

    Examples
    --------
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 3.0], [3.0, 1.0]])
    >>> correlation_optimised(x, np.ones(2)).facts["largest_gap"] < 1e-6
    True
    """
    from scipy.optimize import least_squares

    x = _complete(x)
    target = np.array(importance or weights, dtype=np.float64)
    if len(target) != x.shape[1] or (target <= 0).any():
        raise UndefinedError("index_importance", f"{len(target)}", n=x.shape[1])
    target = target / target.sum()
    spread = x.std(axis=0, ddof=1)
    together = _correlations(x) * np.outer(spread, spread)

    exact = np.linalg.lstsq(together, spread * target, rcond=None)[0]
    if (exact > 0).all():
        return Weighting(_shares(exact), {"largest_gap": 0.0})
    if unreachable == "fail":
        raise UndefinedError("index_importance_unreachable", f"{exact.min() / np.abs(exact).max():.4f}")

    def share(logs: Floats) -> Floats:
        r = together @ np.exp(logs - logs.max()) / spread  # the node's own deviation cancels
        return np.asarray(r / np.abs(r).sum())

    found = least_squares(lambda logs: share(logs) - target, np.log(target / spread), bounds=(-30, 30))
    gap = float(np.abs(share(found.x) - target).max())
    return Weighting(_shares(np.exp(found.x - found.x.max())), {"largest_gap": gap})


WEIGHTERS: dict[str, Callable[..., Weighting]] = {
    "given": given,
    "equal": equal,
    "ahp": ahp,
    "entropy": entropy,
    "critic": critic,
    "standard_deviation": standard_deviation,
    "principal_component": principal_component,
    "factor": factor,
    "correlation_optimised": correlation_optimised,
}
"""Every method of weighting the parts of a node, by the key that YAML uses."""
