"""Aggregate: the children of a node into the node, for many variants at once.

A function takes the children as arrays that broadcast to (V, n), V variants by n units, and their
weights, (V, c) or (1, c), which sum to one.  A child or a weight that does not vary has V = 1 and
is computed once.  Nothing here uses BLAS: sums run child by child, so the numbers do not depend
on the number of cores.  `AGGREGATORS` is the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhiheng.index import bod
from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
Children = Sequence[Floats]
Missing = Literal["fail", "available"]
Zeros = Literal["fail", "zero"]


def _weighted(children: Children, weights: Floats) -> Floats:
    """Return the weighted sum, over what is there where something is missing."""
    total = children[0] * weights[:, 0, None]
    for j, child in enumerate(children[1:], start=1):
        if total.shape[0] >= max(child.shape[0], weights.shape[0]):
            total += child * weights[:, j, None]
        else:
            total = total + child * weights[:, j, None]
    if not np.isnan(total).any():
        return total
    known = [~np.isnan(child) for child in children]
    share = sum((k * weights[:, j, None] for j, k in enumerate(known)), np.zeros((1, 1)))
    filled = [np.where(k, child, 0.0) for k, child in zip(known, children, strict=True)]
    total = sum((f * weights[:, j, None] for j, f in enumerate(filled)), np.zeros((1, 1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(share > 0, total / share, np.nan))


def arithmetic(children: Children, weights: Floats) -> Floats:
    r"""Return :math:`\sum_j w_j x_j`.

    Parameters
    ----------
    children : sequence of ndarray, shape (V or 1, n)
    weights : ndarray, shape (V or 1, c)

    Returns
    -------
    ndarray, shape (V, n)

    References
    ----------
    OECD/JRC (2008), Handbook, step 6, "Additive aggregation methods".

    Examples
    --------
    >>> arithmetic([np.array([[2.0]]), np.array([[6.0]])], np.array([[0.75, 0.25]])).tolist()
    [[3.0]]
    """
    return _weighted(children, weights)


def geometric(children: Children, weights: Floats, *, zeros: Zeros = "fail") -> Floats:
    r"""Return :math:`\prod_j x_j^{w_j}`; values must be positive.

    `zeros` says what a zero does: 'fail', or 'zero', which makes the node zero.

    References
    ----------
    OECD/JRC (2008), Handbook, step 6, "Geometric aggregation".

    Examples
    --------
    >>> geometric([np.array([[2.0]]), np.array([[8.0]])], np.array([[0.5, 0.5]])).round(12).tolist()
    [[4.0]]
    """
    _positive(children, allow_zero=zeros == "zero")
    with np.errstate(divide="ignore"):
        logs = [np.log(child) for child in children]
    if zeros == "zero" and any(np.isneginf(log).any() for log in logs):
        _weighted_zeros = [np.where(np.isneginf(log), 0.0, log) for log in logs]
        some = np.zeros((1, 1), dtype=bool)
        for j, log in enumerate(logs):
            some = some | (np.isneginf(log) & (weights[:, j, None] > 0))
        return np.where(some, 0.0, np.exp(_weighted(_weighted_zeros, weights)))
    return np.exp(_weighted(logs, weights))


def harmonic(children: Children, weights: Floats) -> Floats:
    r"""Return :math:`1 / \sum_j w_j / x_j`; values must be positive.

    Examples
    --------
    >>> harmonic([np.array([[2.0]]), np.array([[6.0]])], np.array([[0.5, 0.5]])).round(12).tolist()
    [[3.0]]
    """
    _positive(children)
    return 1 / _weighted([1 / child for child in children], weights)


def generalised_mean(children: Children, weights: Floats, *, power: float = 1.0) -> Floats:
    r"""Return :math:`(\sum_j w_j x_j^p)^{1/p}`, the geometric mean for p = 0; values must be positive.

    Examples
    --------
    >>> generalised_mean([np.array([[1.0]]), np.array([[7.0]])], np.array([[0.5, 0.5]]), power=2).tolist()
    [[5.0]]
    """
    if power == 0:
        return geometric(children, weights)
    _positive(children, allow_zero=power > 0)
    return np.asarray(_weighted([child**power for child in children], weights) ** (1 / power))


def _positive(children: Children, *, allow_zero: bool = False) -> None:
    for j, child in enumerate(children):
        bad = child < 0 if allow_zero else child <= 0
        if bad.any():
            row = int(np.argwhere(bad)[0][-1])
            raise UndefinedError("index_not_positive", f"{child[bad][0]:g}", column=j, row=row)


def _table(children: Children, weights: Floats) -> tuple[Floats, Floats]:
    """Return values and weights of one shape (V, n, c); a missing child has weight 0."""
    v = max(weights.shape[0], *(child.shape[0] for child in children))
    n = children[0].shape[-1]
    x = np.stack([np.broadcast_to(child, (v, n)) for child in children], axis=-1)
    w = np.where(np.isnan(x), 0.0, weights[:, None, :])
    with np.errstate(invalid="ignore"):
        return x, w / w.sum(axis=-1, keepdims=True)


def median(children: Children, weights: Floats) -> Floats:
    """Return the weighted median: the value at which half of the weight is reached.

    Where exactly half is reached between two values, their mean.

    Examples
    --------
    >>> parts = [np.array([[1.0]]), np.array([[9.0]]), np.array([[4.0]])]
    >>> median(parts, np.full((1, 3), 1 / 3)).tolist()
    [[4.0]]
    """
    x, w = _table(children, weights)
    order = np.argsort(x, axis=-1, kind="stable")
    x, w = np.take_along_axis(x, order, -1), np.take_along_axis(w, order, -1)
    reached = np.cumsum(w, axis=-1)
    half = 0.5 - 1e-12  # a sum of shares that is half but for the last digit is half
    first = np.argmax(reached >= half, axis=-1)[..., None]
    low = np.take_along_axis(x, first, -1)[..., 0]
    later = np.where((np.arange(x.shape[-1]) > first) & (w > 0), x, np.inf).min(axis=-1)
    exact = np.take_along_axis(reached, first, -1)[..., 0] <= 0.5 + 1e-12
    result = np.where(exact & np.isfinite(later), (low + later) / 2, low)
    return np.where(np.isnan(w).all(axis=-1), np.nan, result)


def minimum_mean(children: Children, weights: Floats, *, minimum_share: float = 0.5) -> Floats:
    r"""Return :math:`\alpha \min_j x_j + (1 - \alpha) \sum_j w_j x_j`, punishing the weakest child.

    Examples
    --------
    >>> minimum_mean([np.array([[2.0]]), np.array([[6.0]])], np.array([[0.5, 0.5]])).tolist()
    [[3.0]]
    """
    lowest = children[0]
    for child in children[1:]:
        lowest = np.fmin(lowest, child)
    return minimum_share * lowest + (1 - minimum_share) * _weighted(children, weights)


def owa(children: Children, weights: Floats, *, order_weights: tuple[float, ...] = ()) -> Floats:
    r"""Return Yager's ordered weighted average :math:`\sum_j v_j x_{(j)}`, the best child first.

    `order_weights` has one number for each place; the importance weights must be equal, as they
    take no part.

    References
    ----------
    Yager (1988), IEEE Transactions on Systems, Man and Cybernetics 18, 183-190.

    Examples
    --------
    >>> owa([np.array([[2.0]]), np.array([[6.0]])], np.array([[0.5, 0.5]]), order_weights=(0, 1)).tolist()
    [[2.0]]
    """
    x, w = _table(children, weights)
    if len(order_weights) != x.shape[-1] or sum(order_weights) <= 0:
        raise UndefinedError("index_order_weights", f"{len(order_weights)}", n=x.shape[-1])
    if np.ptp(weights) > 1e-12:
        raise UndefinedError("index_weights_unused", "owa")
    places = np.array(order_weights) / sum(order_weights)
    if np.isnan(x).any():
        raise UndefinedError("index_value_missing", "owa", row=int(np.argwhere(np.isnan(x))[0][-2]))
    del w
    return np.asarray((-np.sort(-x, axis=-1) * places).sum(axis=-1))


def mazziotta_pareto(
    children: Children, weights: Floats, *, penalty: Literal["minus", "plus"] = "minus"
) -> Floats:
    r"""Return the Mazziotta-Pareto index :math:`M \mp S \cdot S/M`, the mean corrected for imbalance.

    M is the (weighted) mean and S the standard deviation (divisor: the weights' sum) of the
    children: 'minus' where more is better, 'plus' where the index measures something bad.  Use it
    on z-scores with mean 100 and deviation 10 (MPI) or on `mazziotta_pareto_adjusted` (AMPI).

    References
    ----------
    De Muro, Mazziotta and Pareto (2011), Social Indicators Research 104, 1-18; Mazziotta and Pareto
    (2016), Social Indicators Research 127, 983-1003.

    Examples
    --------
    >>> mazziotta_pareto([np.array([[90.0]]), np.array([[110.0]])], np.array([[0.5, 0.5]])).tolist()
    [[99.0]]
    """
    mean = _weighted(children, weights)
    squares = _weighted([(child - mean) ** 2 for child in children], weights)
    sign = -1.0 if penalty == "minus" else 1.0
    if (mean <= 0).any():
        raise UndefinedError("index_not_positive", f"{mean.min():g}", row=int(np.argwhere(mean <= 0)[0][-1]))
    return mean + sign * squares / mean


def copeland(children: Children, weights: Floats) -> Floats:
    r"""Return Copeland scores: units outranked less units outranked by.

    Unit a outranks b when the weights of the children in which a is ahead, plus half of those in
    which they are level, exceed one half.

    References
    ----------
    OECD/JRC (2008), Handbook, step 6, "Non-compensatory multi-criteria approach"; Munda and Nardo
    (2009), Applied Economics 41, 1513-1523.

    Examples
    --------
    >>> copeland([np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 3.0, 2.0]])], np.array([[0.6, 0.4]])).tolist()
    [[-2.0, 0.0, 2.0]]
    """
    x, w = _table(children, weights)
    if np.isnan(x).any():
        raise UndefinedError("index_value_missing", "copeland", row=int(np.argwhere(np.isnan(x))[0][-2]))
    scores = np.empty(x.shape[:-1])
    for v, (table, share) in enumerate(zip(x, w, strict=True)):
        ahead = np.zeros((table.shape[0], table.shape[0]))
        for j in range(table.shape[1]):
            ahead += share[0, j] * np.sign(table[:, None, j] - table[None, :, j])
        scores[v] = np.sign(np.where(np.abs(ahead) < 1e-12, 0.0, ahead)).sum(axis=1)
    return scores


def benefit_of_the_doubt(
    children: Children, weights: Floats, *, min_share: float = 0.0, max_share: float = 1.0
) -> Floats:
    """Return each unit's value under the weights that suit it best; see `bod.benefit_of_the_doubt`.

    The importance weights must be equal, as they take no part.

    Examples
    --------
    >>> parts = [np.array([[4.0, 1.0, 2.0]]), np.array([[1.0, 4.0, 2.0]])]
    >>> benefit_of_the_doubt(parts, np.array([[0.5, 0.5]])).round(12).tolist()
    [[1.0, 1.0, 0.8]]
    """
    x, _ = _table(children, weights)
    if np.ptp(weights) > 1e-12:
        raise UndefinedError("index_weights_unused", "benefit_of_the_doubt")
    return np.stack([bod.benefit_of_the_doubt(table, min_share, max_share)[0] for table in x])


def topsis(children: Children, weights: Floats) -> Floats:
    r"""Return closeness to the ideal, :math:`D^-/(D^+ + D^-)`.

    With :math:`v_{uj} = w_j x_{uj} / \sqrt{\sum_u x_{uj}^2}`, the distances are Euclidean to the
    best and to the worst value of every child among the units.

    References
    ----------
    Hwang and Yoon (1981), Multiple Attribute Decision Making, chapter 3.

    Examples
    --------
    >>> topsis([np.array([[3.0, 0.0, 4.0]])], np.array([[1.0]])).round(12).tolist()
    [[0.75, 0.0, 1.0]]
    """
    x, w = _table(children, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        v = w * x / np.sqrt((x * x).sum(axis=-2, keepdims=True))
        best, worst = v.max(axis=-2, keepdims=True), v.min(axis=-2, keepdims=True)
        plus = np.sqrt(((v - best) ** 2).sum(axis=-1))
        minus = np.sqrt(((v - worst) ** 2).sum(axis=-1))
        return np.asarray(minus / (plus + minus))


AGGREGATORS: dict[str, Callable[..., Floats]] = {
    "arithmetic": arithmetic,
    "geometric": geometric,
    "harmonic": harmonic,
    "generalised_mean": generalised_mean,
    "median": median,
    "minimum_mean": minimum_mean,
    "owa": owa,
    "mazziotta_pareto": mazziotta_pareto,
    "copeland": copeland,
    "benefit_of_the_doubt": benefit_of_the_doubt,
    "topsis": topsis,
}
"""Every method of aggregating, by the key that YAML uses."""
RELATIVE = frozenset({"copeland", "benefit_of_the_doubt", "topsis"})
"""Methods whose value for a unit depends on which other units are in the table."""
