"""Thousands of variants of an index at once.

Variants that share their options up to a step share its table: every distinct table is made once,
and only aggregation runs for each variant, in chunks.  Draws of the data go through all steps with
an axis of variants in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhiheng.index import steps
from zhiheng.index.climb import Rule
from zhiheng.index.compute import aggregate, compute_arrays, in_words
from zhiheng.index.ranking import ranks_of
from zhiheng.index.result import Result
from zhiheng.index.rules import rules_of, settle
from zhiheng.index.spec import Index
from zhiheng.index.steps import Inputs, State
from zhiheng.index.tree import UndefinedError
from zhiheng.index.vary import Vary, changed, place

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
_CHUNK = 400_000
"""Numbers in one table of a chunk: small enough for the processor's cache, large enough for NumPy."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A specification under some options: the names of its steps so far, and how nodes are made."""

    spec: Index
    key: tuple[str, ...]
    rules: dict[int, Rule]


@dataclass(kw_only=True)
class Evaluator:
    """The variants of one index on one set of data.

    Attributes
    ----------
    spec : Index
    inputs : Inputs
    vary : sequence of Vary
    node : int
        Place of the node whose values are wanted.
    refit : bool
        Whether bounds and treatments are fitted again on every draw of the data.
    nominal : Result
        The index as specified.
    """

    spec: Index
    inputs: Inputs
    vary: Sequence[Vary]
    node: int
    refit: bool = True
    nominal: Result = field(init=False)
    _states: dict[tuple[str, ...], State] = field(default_factory=dict, repr=False)
    _shares: dict[tuple[str, ...], Floats] = field(default_factory=dict, repr=False)
    _plans: dict[tuple[float, ...], _Plan] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.nominal = compute_arrays(self.spec, self.inputs)
        at = 0
        self._columns: list[slice] = []
        for one in self.vary:
            self._columns.append(slice(at, at + self._size(one)))
            at += self._size(one)
        self.dimensions = at

    def columns(self, number: int) -> slice:
        """Return which of the numbers that make a draw belong to a variation."""
        return self._columns[number]

    def _size(self, one: Vary) -> int:
        if one.kind == "data":
            return len(self.inputs.units) * len(self.moved_indicators(one))
        return len(self.moved_weights(one)) if one.kind == "weights" and one.noise is not None else 1

    def moved_indicators(self, one: Vary) -> Ints:
        """Return the places of the indicators whose values a variation moves."""
        tree = self.spec.arrays
        return np.arange(tree.n_indicators) if one.code is None else np.array([tree.place(one.code)])

    def moved_weights(self, one: Vary) -> Ints:
        """Return the places of the indicators and nodes whose weights a variation moves."""
        tree = self.spec.arrays
        if one.code is not None:
            return np.array([tree.place(one.code)])
        wanted = [
            i + 1 for i, level in enumerate(self.spec.levels) if level in (one.levels or self.spec.levels)
        ]
        siblings = np.array([len(tree.below(int(p))) if p >= 0 else 0 for p in tree.parents])
        return np.flatnonzero(np.isin(tree.levels, wanted) & (siblings > 1))

    def choice(self, number: int, u: Floats) -> Floats:
        """Return what a variation's first number means: the place of an option, or a value itself."""
        one = self.vary[number]
        first = u[:, self._columns[number].start]
        if one.values is not None:
            return np.minimum(np.floor(first * len(one.values)), len(one.values) - 1)
        low, high = one.between or (0.0, 1.0)
        return low + (high - low) * first

    def values(self, u: Floats) -> Floats:
        """Return the node's value of every row of the data in every draw.

        Parameters
        ----------
        u : ndarray, shape (V, dimensions)
            Numbers between 0 and 1 that make the draws.

        Returns
        -------
        ndarray, shape (V, rows of the data)
            NaN where a unit is screened out.
        """
        out = np.full((len(u), len(self.inputs.units)), np.nan)
        stepped = [i for i, one in enumerate(self.vary) if one.kind == "step"]
        chosen = np.column_stack([self.choice(i, u) for i in stepped]) if stepped else np.zeros((len(u), 0))
        kinds, which = np.unique(chosen, axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(which.ravel(), minlength=len(kinds)))
        for kind, members in zip(kinds, np.split(order, ends[:-1]), strict=True):
            plan = self._plan(kind, stepped)
            size = max(1, _CHUNK // self._width())
            for part in np.split(members, range(size, len(members), size)):
                self._fill(out, part, plan, u[part])
        return out

    def values_of(self, x: Floats) -> Floats:
        """Return the node's value of every row for other tables of raw data.

        Parameters
        ----------
        x : ndarray, shape (V, rows of the data, k)

        Returns
        -------
        ndarray, shape (V, rows of the data)
        """
        plan = self._plan(np.zeros(0), [])
        fixed = self._state(plan.spec, plan.key[:-1])
        state = self._run(plan.spec, x, fixed)
        out = np.full(x.shape[:2], np.nan)
        weights = self._weights(settle(plan.spec, fixed.x)[0], np.zeros((1, 0)))
        try:
            made = aggregate(state.x, state, self.inputs, self.spec.arrays, plan.rules, weights, self.node)[
                self.node
            ]
        except UndefinedError as error:
            where = f"{plan.spec.index}.aggregate"
            raise in_words(error, plan.spec, self.inputs, state, where) from None
        out[:, state.rows] = made
        return out

    def _width(self) -> int:
        moved = any(one.kind == "data" for one in self.vary)
        rows, columns = self.inputs.x.shape
        return int(rows * (columns if moved else 4))

    def _plan(self, kind: Floats, stepped: list[int]) -> _Plan:
        key = tuple(kind.tolist())
        if key not in self._plans:
            changes = {}
            for number, value in zip(stepped, kind, strict=True):
                one = self.vary[number]
                option = one.options[int(value)] if one.values is not None else float(value)
                changes[place(self.spec, one.address)] = option
            spec = changed(self.spec, changes) if changes else self.spec
            self._plans[key] = _Plan(spec, tuple(repr(step) for step in spec.steps), rules_of(spec))
        return self._plans[key]

    def _fill(self, out: Floats, part: Ints, plan: _Plan, u: Floats) -> None:
        moved = [i for i, one in enumerate(self.vary) if one.kind == "data"]
        spec = plan.spec
        fixed = self._state(spec, plan.key[:-1])
        state = self._run(spec, self.moved_data(u, moved), fixed) if moved else fixed
        try:
            if plan.key not in self._shares:
                self._shares[plan.key] = settle(spec, fixed.x)[0]
            weights = self._weights(self._shares[plan.key], u)
            tree = self.spec.arrays
            made = aggregate(state.x, state, self.inputs, tree, plan.rules, weights, self.node)[self.node]
        except UndefinedError as error:
            raise in_words(error, spec, self.inputs, state, f"{spec.index}.aggregate") from None
        out[np.ix_(part, state.rows)] = np.broadcast_to(made, (len(part), len(state.rows)))

    def _state(self, spec: Index, key: tuple[str, ...]) -> State:
        """Return the table before aggregation for the data as they are, each distinct one made once."""
        known = max((n for n in range(len(key) + 1) if key[:n] in self._states), default=0)
        state = self._states[key[:known]] if known else steps.start(self.inputs)
        for at in range(known, len(key)):
            state = self._one_step(spec, at, state)
            self._states[key[: at + 1]] = state
        return state

    def _run(self, spec: Index, x: Floats, fixed: State) -> State:
        state = steps.start(self.inputs, x)
        for at in range(len(spec.steps) - 1):
            state = self._one_step(spec, at, state, None if self.refit else fixed)
        return state

    def _one_step(self, spec: Index, at: int, state: State, fitted: State | None = None) -> State:
        try:
            return steps.run(spec, spec.steps[at], at, state, self.inputs, fitted)
        except UndefinedError as error:
            where = f"{spec.index}.steps[{at + 1}].{spec.steps[at].kind}"
            raise in_words(error, spec, self.inputs, state, where) from None

    def _weights(self, shares: Floats, u: Floats) -> list[Floats]:
        tree = self.spec.arrays
        found = any(step.kind == "weight" for step in self.spec.steps)
        base = shares if found else tree.weights
        table = np.broadcast_to(base, (len(u), len(base)))
        touched: set[int] = set()
        for number, one in enumerate(self.vary):
            if one.kind != "weights":
                continue
            moved = self.moved_weights(one)
            table = table.copy()
            if one.noise is not None:
                table[:, moved] *= 1 + one.noise * (2 * u[:, self._columns[number]] - 1)
            elif one.code is not None:
                picked = self.choice(number, u)
                table[:, moved[0]] = (
                    np.array(one.options, dtype=float)[picked.astype(int)] if one.values else picked
                )
            else:
                moved = self._sets(table, one, self.choice(number, u).astype(int))
            touched |= {int(tree.parents[m]) for m in moved}
        weights = []
        for node in tree.nodes:
            part = table[:, tree.below(node)] if node in touched else shares[None, tree.below(node)]
            weights.append(part / part.sum(axis=1, keepdims=True) if node in touched else part)
        return weights

    def _sets(self, table: Floats, one: Vary, picked: Ints) -> Ints:
        """Put sets of weights in place; codes that a set does not name keep theirs."""
        tree, moved = self.spec.arrays, set()
        for i, option in enumerate(one.options):
            for code, weight in option.items():
                moved.add(tree.place(code))
                table[picked == i, tree.place(code)] = float(weight)
        return np.array(sorted(moved), dtype=np.intp)

    def moved_data(self, u: Floats, numbers: Sequence[int]) -> Floats:
        """Return draws of the raw data, shape (V, n, k)."""
        from scipy.special import expit, logit, ndtri

        x = np.repeat(self.inputs.x[None], len(u), axis=0)
        for number in numbers:
            one = self.vary[number]
            columns = self.moved_indicators(one)
            part = x[..., columns]
            draw = u[:, self._columns[number]].reshape(part.shape)
            if one.sd is not None:
                shift = one.sd * ndtri(np.clip(draw, 1e-15, 1 - 1e-15))
            else:
                shift = (one.noise or 0.0) * (2 * draw - 1) * part
            if one.limits is None:
                x[..., columns] = part + shift
                continue
            low, high = one.limits
            share = (part - low) / (high - low)
            if ((share <= 0) | (share >= 1)).any():
                row, column = (int(i) for i in np.argwhere((share[0] <= 0) | (share[0] >= 1))[0])
                error = UndefinedError(
                    "index_at_limit", f"{part[0, row, column]:g}", column=int(columns[column]), row=row
                )
                raise in_words(error, self.spec, self.inputs, steps.start(self.inputs), one.address)
            slope = (high - low) * share * (1 - share)
            x[..., columns] = low + (high - low) * expit(logit(share) + shift / slope)
        return x

    def ranks(self, values: Floats) -> Floats:
        """Return ranks within each period, shape of `values`."""
        codes = self.inputs.period_codes(np.arange(values.shape[1]))
        ranks = np.empty(values.shape)
        for code in np.unique(codes):
            members = np.flatnonzero(codes == code)
            part = values if len(members) == values.shape[1] else values[:, members]
            ranks[:, members] = ranks_of(part)
        return ranks

    def nominal_values(self) -> Floats:
        """Return the node's values as specified, shape (rows of the data,)."""
        out = np.full(len(self.inputs.units), np.nan)
        out[self.nominal.rows] = self.nominal.node_values[:, self.node]
        return out
