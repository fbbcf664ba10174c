r"""Benefit of the doubt: every unit judged by the weights that suit it best.

.. math::
    I_u = \max_w \sum_j w_j x_{uj} \quad\text{subject to}\quad \sum_j w_j x_{vj} \le 1\ \forall v,\ w \ge 0

and, where asked, bounds on each part's share :math:`w_j x_{uj} / \sum_k w_k x_{uk}` of the unit's
own value.  All units are solved at once by the dual simplex method with generated constraints: each
unit starts from its own constraint and takes in the one that it breaks most, until it breaks none.
A step costs one product of the table with the current weights, so that thousands of units take as
many steps as the slowest of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
_TOLERANCE = 1e-10
"""How far a constraint may be broken, as a share of 1: far below what a printed value shows."""
_NUDGE = 1e-9
"""The objective is moved by this share so that no multiplier is exactly zero, which would let the
steps go round in circles; a value is right to about this."""
_CHUNK = 4_000_000
"""Numbers in the largest table of one step."""


def benefit_of_the_doubt(
    x: Floats, min_share: Floats | float = 0.0, max_share: Floats | float = 1.0
) -> tuple[Floats, Floats]:
    """Return each unit's value and the weights that give it.

    Parameters
    ----------
    x : ndarray, shape (n, c)
        Normalised parts, not negative; every unit has at least one that is positive.
    min_share, max_share : float or ndarray, shape (c,)
        Bounds of each part's share of the unit's own value, 0-1; with a lower bound all values must
        be positive.

    Returns
    -------
    values : ndarray, shape (n,)
        At most 1.
    weights : ndarray, shape (n, c)
        Not unique where a unit has several best sets; the value is.

    Raises
    ------
    UndefinedError
        Where bounds leave no weights, or values are not positive enough.

    References
    ----------
    Melyn and Moesen (1991); Cherchye, Moesen, Rogge and Van Puyenbroeck (2007), Social Indicators
    Research 82, 111-145; OECD/JRC (2008), Handbook, step 6, "Benefit of the doubt approach".

    Examples
    --------
    >>> values, _ = benefit_of_the_doubt(np.array([[4.0, 1.0], [1.0, 4.0], [2.0, 2.0]]))
    >>> values.round(12).tolist()
    [1.0, 1.0, 0.8]
    """
    n, c = x.shape
    low, high = (np.broadcast_to(np.asarray(b, dtype=np.float64), (c,)) for b in (min_share, max_share))
    if low.sum() > 1 + 1e-12 or high.sum() < 1 - 1e-12 or (low > high).any() or (low < 0).any():
        raise UndefinedError("index_shares", f"{low.sum():g}, {high.sum():g}")
    bounded = bool((low > 0).any() or (high < 1).any())
    bad = np.isnan(x) | (x < 0) | ((x <= 0) & bounded)
    bad[:, 0] |= (x <= 0).all(axis=1)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        raise UndefinedError("index_not_positive", f"{x[row, column]:g}", column=column, row=row)
    scale = x.max(axis=0)  # weights of parts on very different scales would lose their digits
    scale = np.where(scale > 0, scale, 1.0)
    z = x / scale
    values, weights = np.empty(n), np.empty((n, c))
    pool = np.unique(np.argmax(z, axis=0))
    for part in np.array_split(np.arange(n), max(1, n * n // _CHUNK)):
        w, pool = _solve(z, part, low, high, pool)
        values[part], weights[part] = (w * z[part]).sum(axis=1), w / scale
    return values, weights


def _own_rows(z: Floats, low: Floats, high: Floats) -> Floats:
    """Return each unit's own constraints `row . w <= 0`, shape (units, rows, c)."""
    units, c = z.shape
    rows = [np.broadcast_to(-np.eye(c), (units, c, c))]
    diagonal = z[:, :, None] * np.eye(c)
    if (low > 0).any():
        rows.append(low[None, :, None] * z[:, None, :] - diagonal)
    if (high < 1).any():
        rows.append(diagonal - high[None, :, None] * z[:, None, :])
    return np.concatenate(rows, axis=1)


def _solve(
    z: Floats, units: NDArray[np.intp], low: Floats, high: Floats, pool: NDArray[np.intp]
) -> tuple[Floats, NDArray[np.intp]]:
    """Return the best weights of some units, shape (units, c), and the pool of binding constraints.

    Constraints that were once binding for any unit are tried first; only units that break none of
    them are held against the whole table.
    """
    mine = z[units]
    c = z.shape[1]
    own = _own_rows(mine, low, high)
    sizes = np.linalg.norm(own, axis=2)
    own_sizes = np.where(sizes > 0, sizes, 1.0)
    lengths = np.sqrt((z * z).sum(axis=1))
    all_sizes = np.where(lengths > 0, lengths, 1.0)
    basis = np.array(own[:, :c])  # -e_j for every part but the best, whose place the own row takes
    best = np.argmax(mine, axis=1)
    basis[np.arange(len(units)), best] = mine
    limit = np.zeros((len(units), c))
    limit[np.arange(len(units)), best] = 1.0
    nudge = _NUDGE * (1 + (np.arange(1, c + 1) * 0.6180339887498949) % 1)
    objective = mine - nudge * (np.arange(c) != best[:, None])
    weights = np.empty((len(units), c))
    active = np.arange(len(units))
    for _ in range(200 * c):
        w = np.asarray(np.linalg.solve(basis[active], limit[active][..., None])[..., 0], dtype=np.float64)
        worst, much = _most_broken(w, z, all_sizes, pool)
        mine_broken = np.einsum("urc,uc->ur", own[active], w) / own_sizes[active]
        at = np.argmax(mine_broken, axis=1)
        first = mine_broken[np.arange(len(active)), at]
        worst, much = np.where(first > much, len(z) + at, worst), np.maximum(first, much)
        rest = np.flatnonzero(much <= _TOLERANCE)
        if len(rest):
            worst[rest], much[rest] = _most_broken(w[rest], z, all_sizes, np.arange(len(z)))
            pool = np.union1d(pool, worst[rest][much[rest] > _TOLERANCE])
        open_ = much > _TOLERANCE
        weights[active[~open_]] = w[~open_]
        active, worst = active[open_], worst[open_]
        if not len(active):
            return np.maximum(weights, 0.0), pool
        _exchange(basis, limit, active, worst, z, own, objective)
    raise UndefinedError("index_not_settled", f"{len(active)}", n=200 * c)


def _most_broken(
    w: Floats, z: Floats, sizes: Floats, among: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Floats]:
    """Return which of some shared constraints each set of weights breaks most, and by how much."""
    room = 1 / sizes[among]
    broken = w @ (z[among] * room[:, None]).T
    broken -= room
    at = np.argmax(broken, axis=1)
    return among[at], broken[np.arange(len(w)), at]


def _exchange(
    basis: Floats,
    limit: Floats,
    active: NDArray[np.intp],
    worst: NDArray[np.intp],
    z: Floats,
    own: Floats,
    objective: Floats,
) -> None:
    """Take the broken constraint into each unit's basis in place of the one that must leave."""
    shared = worst < len(z)
    entering = np.where(
        shared[:, None], z[np.where(shared, worst, 0)], own[active, np.where(shared, 0, worst - len(z))]
    )
    transposed = np.swapaxes(basis[active], 1, 2)
    sides = np.stack([objective[active], entering], axis=2)
    duals, change = np.moveaxis(np.linalg.solve(transposed, sides), 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(change > 1e-12, np.maximum(duals, 0.0) / change, np.inf)
    # among those that could leave the one with the largest pivot, which keeps the basis well conditioned
    least = ratio.min(axis=1, keepdims=True)
    leaving = np.argmax(np.where(ratio <= least + 1e-12, change, -np.inf), axis=1)
    basis[active, leaving] = entering
    limit[active, leaving] = shared.astype(np.float64)
