"""From normalised indicators up the tree to the index, for many variants at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.aggregate import AGGREGATORS, Missing
from zhiheng.index.tree import Tree, UndefinedError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a node is made: a key of `AGGREGATORS`, its arguments, and what a missing child does."""

    method: str
    arguments: tuple[tuple[str, object], ...] = ()
    missing: Missing = "fail"


def climb(
    x: Floats, tree: Tree, rules: Mapping[int, Rule], weights: Sequence[Floats], upto: int | None = None
) -> list[Floats]:
    """Return the values of every indicator and node.

    Parameters
    ----------
    x : ndarray, shape (n, k) or (V, n, k)
        Normalised indicators.
    tree : Tree
    rules : mapping of int to Rule
        By the place of the node.
    weights : sequence of ndarray, shape (1 or V, c)
        Of each node's children, summing to one, in the order of `Tree.nodes`.
    upto : int, optional
        Stop at this node: only what is under it is computed (the rest is an empty array).

    Returns
    -------
    list of ndarray, shape (1 or V, n), length m
        In the order of the tree's codes.

    Raises
    ------
    UndefinedError
        With the place of the node or indicator, where a method has no answer.
    """
    values = leaves(x, tree)
    wanted = _under(tree, upto)
    for node in tree.nodes:
        if node not in wanted:
            values.append(np.empty((0, 0)))
            continue
        values.append(one_node(values, tree, node, rules[node], weights[node - tree.n_indicators]))
    return values


def leaves(x: Floats, tree: Tree) -> list[Floats]:
    """Return the indicators one by one, shape (1 or V, n) each."""
    table = x if x.ndim == 3 else x[None]
    return [table[..., j] for j in range(tree.n_indicators)]


def one_node(values: Sequence[Floats], tree: Tree, node: int, rule: Rule, weights: Floats) -> Floats:
    """Return a node's values from those of its children, shape (V, n)."""
    places = tree.below(node)
    children = [values[place] for place in places]
    if rule.missing == "fail":
        for place, child in zip(places, children, strict=True):
            if np.isnan(child).any():
                row = int(np.argwhere(np.isnan(child))[0][-1])
                raise UndefinedError("index_value_missing", rule.method, column=int(place), row=row)
    try:
        return AGGREGATORS[rule.method](children, weights, **dict(rule.arguments))
    except UndefinedError as error:
        column = int(places[error.column]) if error.column >= 0 else node
        raise error.at(column) from None


def _under(tree: Tree, top: int | None) -> set[int]:
    if top is None:
        return set(tree.nodes)
    found, waiting = set(), [top]
    while waiting:
        place = waiting.pop()
        if place >= tree.n_indicators:
            found.add(place)
            waiting += [int(child) for child in tree.below(place)]
    return found
