"""How the nodes of a specification are made: one rule a node, and the weights of its children."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zhiheng.index import options
from zhiheng.index.aggregate import AGGREGATORS
from zhiheng.index.climb import Rule, leaves, one_node
from zhiheng.index.spec import Index
from zhiheng.index.tree import Tree, UndefinedError
from zhiheng.index.weight import WEIGHTERS

Floats = NDArray[np.float64]


def rules_of(spec: Index) -> dict[int, Rule]:
    """Return how each node is made, by its place."""
    step = spec.steps[-1].body
    if not isinstance(step, options.Aggregate):  # the specification holds that it is
        raise TypeError(step)
    tree, found = spec.arrays, {}
    for node in tree.nodes:
        chosen = step.chosen(tree.codes[node])
        if isinstance(methods := chosen["method"], tuple):
            method = methods[int(tree.levels[node]) - 2]
            taken = options.arguments(AGGREGATORS[method]) | step.common
            chosen = {name: value for name, value in chosen.items() if name in taken} | {"method": method}
        method, own = options.method_of(chosen, step.common)
        found[node] = Rule(method, own, chosen.get("missing", "fail"))
    return found


def settle(spec: Index, x: Floats) -> tuple[Floats, dict[str, Mapping[str, float]]]:
    """Return the weights that the step `weight` finds, and what else it found.

    Weights are found from the bottom up, as those of a node may depend on the values of its parts.

    Parameters
    ----------
    spec : Index
    x : ndarray, shape (n, k)
        Normalised indicators, all periods together.

    Returns
    -------
    shares : ndarray, shape (m,)
        Weight among the siblings, summing to one; the tree's own without such a step.
    facts : dict
        By node, such as a consistency ratio.
    """
    tree = spec.arrays
    step = next((s.weight for s in spec.steps if s.weight is not None), None)
    shares = tree.shares()
    if step is None:
        return shares, {}
    rules, values = rules_of(spec), leaves(x, tree)
    facts: dict[str, Mapping[str, float]] = {}
    for node in tree.nodes:
        below = tree.below(node)
        method, own = options.method_of(step.chosen(tree.codes[node]), step.common)
        try:
            table = np.column_stack([values[place][0] for place in below])
            made = WEIGHTERS[method](table, shares[below], **dict(own))
        except UndefinedError as error:
            column = int(below[error.column]) if error.column >= 0 else node
            raise error.at(column) from None
        shares[below] = made.weights
        facts[tree.codes[node]] = made.facts
        values.append(one_node(values, tree, node, rules[node], made.weights[None]))
    return shares, facts


def weights_of(tree: Tree, shares: Floats | None = None) -> list[Floats]:
    """Return each node's weights of its children, shape (1 or V, c)."""
    share = np.atleast_2d(tree.shares() if shares is None else shares)
    return [share[:, children] for children in tree.children]
