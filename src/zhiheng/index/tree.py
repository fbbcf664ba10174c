"""The tree of an index as arrays: who is whose parent, at which level, with which weight."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class UndefinedError(ValueError):
    """A method has no answer for the numbers it was given; the façade says it in words.

    Parameters
    ----------
    rule : str
        The rule of the message catalogue.
    found : str
        What stands there.
    column : int
        The indicator's or node's place in the tree, or -1.
    row : int
        The row of the table, or -1.
    **facts
        What the rule's words name.
    """

    def __init__(
        self, rule: str, found: str = "", *, column: int = -1, row: int = -1, **facts: object
    ) -> None:
        self.rule, self.found, self.column, self.row, self.facts = rule, found, column, row, facts
        super().__init__(f"{rule}: {found} (column {column}, row {row})")

    def at(self, column: int, row: int | None = None) -> UndefinedError:
        """Return the same complaint with its place in a larger table."""
        moved = copy.copy(self)
        moved.column, moved.row = column, self.row if row is None else row
        return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Indicators first, in the order of the specification, then the nodes from the bottom up.

    Attributes
    ----------
    codes : tuple of str, length m
        Every indicator and node; the last one is the root.
    n_indicators : int
        k, how many of them are indicators.
    levels : ndarray of int, shape (m,)
        1 for an indicator; the root has the highest.
    parents : ndarray of int, shape (m,)
        Place of the parent; -1 for the root.
    weights : ndarray, shape (m,)
        Weight among the siblings, as given.
    """

    codes: tuple[str, ...]
    n_indicators: int
    levels: Ints
    parents: Ints
    weights: Floats
    children: tuple[Ints, ...] = field(init=False)
    """Of each node, in the order of the codes after the indicators."""

    def __post_init__(self) -> None:
        nodes = range(self.n_indicators, len(self.codes))
        children = tuple(np.flatnonzero(self.parents == node) for node in nodes)
        object.__setattr__(self, "children", children)

    def place(self, code: str) -> int:
        """Return where an indicator or node stands.

        Raises
        ------
        KeyError
            When there is none of that name.
        """
        try:
            return self.codes.index(code)
        except ValueError:
            raise KeyError(code) from None

    @property
    def nodes(self) -> range:
        """The places of the nodes, children before parents."""
        return range(self.n_indicators, len(self.codes))

    def below(self, place: int) -> Ints:
        """Return the places of a node's children."""
        return self.children[place - self.n_indicators]

    def leaves(self, place: int) -> Ints:
        """Return the places of the indicators under a node (an indicator is under itself)."""
        if place < self.n_indicators:
            return np.array([place], dtype=np.intp)
        return np.sort(np.concatenate([self.leaves(int(child)) for child in self.below(place)]))

    def path(self, place: int, top: int) -> list[int]:
        """Return the places from an indicator or node up to `top`, both included."""
        steps = [place]
        while steps[-1] != top:
            steps.append(int(self.parents[steps[-1]]))
        return steps

    def shares(self, weights: Floats | None = None) -> Floats:
        """Return weights that sum to one among siblings; the root has 1.

        Parameters
        ----------
        weights : ndarray, shape (..., m), optional
            The tree's own by default.
        """
        given = self.weights if weights is None else weights
        shares = np.ones_like(given)
        for children in self.children:
            part = given[..., children]
            shares[..., children] = part / part.sum(axis=-1, keepdims=True)
        return shares

    def effective(self, place: int, shares: Floats | None = None) -> Floats:
        """Return each indicator's weight in a node: the product of the shares on the way up.

        Returns
        -------
        ndarray, shape (k,)
            0 for indicators that are not under the node.
        """
        share = self.shares() if shares is None else shares
        total = np.zeros(self.n_indicators)
        for leaf in self.leaves(place):
            total[leaf] = np.prod([share[step] for step in self.path(int(leaf), place)[:-1]])
        return total
