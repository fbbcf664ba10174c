"""An index computed from a frame: every step in order, then up the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import Problem, ZhihengError
from zhiheng.index import frames, steps
from zhiheng.index.aggregate import RELATIVE
from zhiheng.index.climb import Rule, climb
from zhiheng.index.result import Result
from zhiheng.index.rules import rules_of, settle, weights_of
from zhiheng.index.spec import Index
from zhiheng.index.steps import Inputs, State
from zhiheng.index.tree import Tree, UndefinedError

Floats = NDArray[np.float64]


def compute(spec: Index, data: Any) -> Result:
    """Return an index with all its stages.

    Parameters
    ----------
    spec : Index
    data : frame
        Unit codes (`unit` or `uCode`), if wished `time_period`, indicators, denominators, groups.

    Returns
    -------
    Result

    Raises
    ------
    ZhihengError
        With what is wrong with the data, or the first unit, indicator or node for which a method
        has no answer under the policies chosen.
    """
    return compute_arrays(spec, frames.read(spec, data))


def compute_arrays(spec: Index, inputs: Inputs) -> Result:
    """Return an index from data already read; see `compute`."""
    tree = spec.arrays
    states = [steps.start(inputs)]
    for at, step in enumerate(spec.steps[:-1]):
        try:
            states.append(steps.run(spec, step, at, states[-1], inputs))
        except UndefinedError as error:
            raise in_words(
                error, spec, inputs, states[-1], f"{spec.index}.steps[{at + 1}].{step.kind}"
            ) from None
    try:
        shares, facts = settle(spec, states[-1].x)
        values = aggregate(states[-1].x, states[-1], inputs, tree, rules_of(spec), weights_of(tree, shares))
    except UndefinedError as error:
        raise in_words(error, spec, inputs, states[-1], f"{spec.index}.aggregate") from None
    table = np.stack([value[0] for value in values], axis=-1)
    return Result(
        spec=spec, inputs=inputs, states=tuple(states), node_values=table, shares=shares, weight_facts=facts
    )


def aggregate(
    x: Floats,
    state: State,
    inputs: Inputs,
    tree: Tree,
    rules: Mapping[int, Rule],
    weights: list[Floats],
    upto: int | None = None,
) -> list[Floats]:
    """Return `climb`, period by period where a method compares units with one another."""
    periods = inputs.period_codes(state.rows)
    relative = any(rule.method in RELATIVE for rule in rules.values())
    if not relative or len(np.unique(periods)) <= 1:
        return climb(x, tree, rules, weights, upto)
    parts = [np.flatnonzero(periods == period) for period in np.unique(periods)]
    done = []
    for rows in parts:
        try:
            done.append(climb(x[..., rows, :], tree, rules, weights, upto))
        except UndefinedError as error:
            raise error.at(error.column, int(rows[error.row]) if error.row >= 0 else -1) from None
    order = np.argsort(np.concatenate(parts))
    joined = (np.concatenate(values, axis=-1) for values in zip(*done, strict=True))
    return [values[..., order] if values.size else values for values in joined]


def in_words(error: UndefinedError, spec: Index, inputs: Inputs, state: State, where: str) -> ZhihengError:
    """Return a kernel's complaint with the names of the indicator and unit."""
    place = where
    if error.column >= 0:
        place += f" {spec.arrays.codes[error.column]}"
    if error.row >= 0:
        row = int(state.rows[error.row])
        place += f" {inputs.units[row]}" + (f" {inputs.periods[row]}" if inputs.periods is not None else "")
    return ZhihengError([Problem(where=place, rule=error.rule, found=error.found, args=dict(error.facts))])
