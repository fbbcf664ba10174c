"""How the nodes of a specification are made: one rule a node, and the weights of its children."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhiheng.index import options
from zhiheng.index.aggregate import AGGREGATORS
from zhiheng.index.climb import Rule
from zhiheng.index.spec import Index
from zhiheng.index.tree import Tree

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


def weights_of(tree: Tree, shares: Floats | None = None) -> list[Floats]:
    """Return each node's weights of its children, shape (1 or V, c)."""
    share = np.atleast_2d(tree.shares() if shares is None else shares)
    return [share[:, children] for children in tree.children]
