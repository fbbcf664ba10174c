r"""What each indicator contributed to a difference of a node, exactly.

Where every node on the way is an arithmetic or geometric mean, a difference goes down the tree by
exact coefficients: :math:`\Delta v = \sum_j c_j \Delta x_j`, with :math:`c_j = w_j` for the
arithmetic mean and :math:`c_j = w_j L(v_1, v_0) / L(x_{1j}, x_{0j})` for the geometric one, where
:math:`L(a, b) = (a - b)/(\ln a - \ln b)` is the logarithmic mean (Divisia; Ang 2004, Energy Policy
32, 1131-1139).  Any other method is taken apart by the Owen value with the tree as the structure of
coalitions (Owen 1977; Winter 1989): the mean effect of moving an indicator from its old to its new
value over all orders in which the parts of every node stay together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.aggregate import AGGREGATORS, RELATIVE
from zhiheng.index.climb import Rule
from zhiheng.index.tree import Tree, UndefinedError

Floats = NDArray[np.float64]
EXACT = frozenset({"arithmetic", "geometric"})
"""Methods with exact coefficients; the others take the Owen value."""
LARGEST = 2**20
"""Evaluations of one path that the Owen value may take; more is refused."""


def log_mean(a: Floats, b: Floats) -> Floats:
    r"""Return :math:`(a - b)/(\ln a - \ln b)`, which is a where a = b.

    Examples
    --------
    >>> round(float(log_mean(np.array(np.e), np.array(1.0))), 6)
    1.718282
    """
    near = np.abs(a - b) <= 1e-6 * np.maximum(a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = (a - b) / (np.log(a) - np.log(b))
    # where a and b nearly agree the quotient loses its digits: the series to second order keeps them
    middle = (a + b) / 2
    return np.where(near, middle * (1 - ((a - b) / middle) ** 2 / 12), exact)


def decompose(
    new: Sequence[Floats],
    old: Sequence[Floats],
    tree: Tree,
    top: int,
    rules: Mapping[int, Rule],
    shares: Floats,
) -> Floats:
    """Return each indicator's part in `new[top] - old[top]`.

    Parameters
    ----------
    new, old : sequence of ndarray, shape (n,), length m
        Values of every indicator and node.
    tree : Tree
    top : int
        Place of the node.
    rules : mapping of int to Rule
    shares : ndarray, shape (m,)

    Returns
    -------
    ndarray, shape (n, k)
        0 for indicators that are not under the node; the rows add up to the difference.

    Raises
    ------
    UndefinedError
        For a method that compares units with one another, a missing value, or a node with too many parts.
    """
    on_the_way = {place for leaf in tree.leaves(top) for place in tree.path(int(leaf), top)[1:]}
    methods = {rules[place].method for place in on_the_way}
    if compared := methods & RELATIVE:
        raise UndefinedError("index_not_decomposed", ", ".join(sorted(compared)), column=top)
    for place in tree.leaves(top):
        if np.isnan(new[place]).any() or np.isnan(old[place]).any():
            row = int(np.argmax(np.isnan(new[place]) | np.isnan(old[place])))
            raise UndefinedError("index_value_missing", "contributions", column=int(place), row=row)
    if methods <= EXACT:
        return _by_coefficients(new, old, tree, top, rules, shares)
    return _owen(new, old, tree, top, rules, shares)


def linear(values: Sequence[Floats], tree: Tree, top: int, shares: Floats) -> Floats:
    """Return each indicator's part in a node made of arithmetic means: effective weight times value.

    Where a child is missing the weights of the others are stretched, as the mean does.

    Parameters
    ----------
    values : sequence of ndarray, shape (n,), length m
    tree : Tree
    top : int
    shares : ndarray, shape (m,)

    Returns
    -------
    ndarray, shape (n, k)
        NaN for a missing indicator; the others add up to the node's value.
    """
    n = len(values[top])
    parts = np.zeros((n, tree.n_indicators))
    waiting = [(top, np.ones(n))]
    while waiting:
        node, factor = waiting.pop()
        if node < tree.n_indicators:
            parts[:, node] = factor * values[node]
            continue
        below = [int(child) for child in tree.below(node)]
        there = np.column_stack([~np.isnan(values[child]) for child in below]) * shares[below]
        whole = there.sum(axis=1)
        for j, child in enumerate(below):
            waiting.append((child, factor * np.divide(there[:, j], whole, out=np.zeros(n), where=whole > 0)))
    return parts


def _by_coefficients(
    new: Sequence[Floats],
    old: Sequence[Floats],
    tree: Tree,
    top: int,
    rules: Mapping[int, Rule],
    shares: Floats,
) -> Floats:
    n = len(new[top])
    factor = {top: np.ones(n)}
    parts = np.zeros((n, tree.n_indicators))
    waiting = [top]
    while waiting:
        node = waiting.pop()
        for child in (int(c) for c in tree.below(node)) if node >= tree.n_indicators else ():
            coefficient = np.full(n, shares[child])
            if rules[node].method == "geometric":
                upper, lower = log_mean(new[node], old[node]), log_mean(new[child], old[child])
                if not (np.isfinite(upper) & np.isfinite(lower) & (lower > 0)).all():
                    raise UndefinedError("index_not_positive", "0", column=child)
                coefficient = coefficient * upper / lower
            factor[child] = factor[node] * coefficient
            waiting.append(child)
        if node < tree.n_indicators:
            parts[:, node] = factor[node] * (new[node] - old[node])
    return parts


def _owen(
    new: Sequence[Floats],
    old: Sequence[Floats],
    tree: Tree,
    top: int,
    rules: Mapping[int, Rule],
    shares: Floats,
) -> Floats:
    parts = np.zeros((len(new[top]), tree.n_indicators))
    for leaf in tree.leaves(top):
        path = tree.path(int(leaf), top)
        if 2 ** sum(len(tree.below(node)) - 1 for node in path[1:]) > LARGEST:
            raise UndefinedError("index_too_many_parts", tree.codes[top], column=int(leaf))
        with_it, without = new[leaf][None], old[leaf][None]
        weight = np.ones(1)
        for below, node in itertools.pairwise(path):
            with_it, without, weight = _one_level(
                (with_it, without), weight, below, node, (new, old), tree, rules[node], shares
            )
        parts[:, leaf] = (weight[:, None] * (with_it - without)).sum(axis=0)
    return parts


def _one_level(
    moved: tuple[Floats, Floats],
    weight: Floats,
    below: int,
    node: int,
    ends: tuple[Sequence[Floats], Sequence[Floats]],
    tree: Tree,
    rule: Rule,
    shares: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the node's values with and without the move, for every set of siblings that moved before."""
    children = [int(c) for c in tree.below(node)]
    siblings = [c for c in children if c != below]
    share = shares[children][None, :] / shares[children].sum()
    out: tuple[list[Floats], list[Floats]] = ([], [])
    weights = []
    for moves in itertools.product((False, True), repeat=len(siblings)):
        placed = {c: ends[0 if m else 1][c][None] for c, m in zip(siblings, moves, strict=True)}
        for value, made in zip(moved, out, strict=True):
            parts = [value if c == below else placed[c] for c in children]
            made.append(AGGREGATORS[rule.method](parts, share, **dict(rule.arguments)))
        c, s = len(children), sum(moves)
        weights.append(weight * math.factorial(s) * math.factorial(c - s - 1) / math.factorial(c))
    shape = moved[0].shape
    first, second = (np.concatenate([np.broadcast_to(v, shape) for v in made]) for made in out)
    return first, second, np.concatenate(weights)
