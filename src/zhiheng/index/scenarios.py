"""Variants side by side, the index without each element, and what-if questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from zhiheng.errors import Problem, ZhihengError
from zhiheng.index import analysis, frames
from zhiheng.index.compute import compute_arrays
from zhiheng.index.result import Result
from zhiheng.index.spec import Index, Node, unknown
from zhiheng.index.steps import Inputs
from zhiheng.index.vary import changed, place


def compare(
    variants: Mapping[str, Result] | Sequence[tuple[str, Result]], *, node: str | None = None
) -> pl.DataFrame:
    """Return the ranks of any number of variants side by side.

    Parameters
    ----------
    variants : mapping of str to Result
        The first is what the others are compared with.
    node : str, optional
        The index itself by default.

    Returns
    -------
    DataFrame
        unit[, time_period], rank by variant, then the change from the first (`<name>_change`;
        positive means up).
    """
    named = list(variants.items() if isinstance(variants, Mapping) else variants)
    first = named[0][0]
    tables = []
    for name, result in named:
        column = node or result.root
        if column not in result.spec.arrays.codes:
            raise unknown(name, column, list(result.spec.arrays.codes))
        tables.append(result.ranks.select(*_keys(result), pl.col(column).alias(name)))
    frame = tables[0]
    for table in tables[1:]:
        frame = frame.join(
            table, on=_keys(named[0][1]), how="full", coalesce=True, maintain_order="left_right"
        )
    return frame.with_columns((pl.col(first) - pl.col(name)).alias(f"{name}_change") for name, _ in named[1:])


def _keys(result: Result) -> list[str]:
    return ["unit"] if result.inputs.periods is None else ["unit", "time_period"]


def without_each(spec: Index, data: Any, *, level: str | None = None) -> pl.DataFrame:
    """Return what leaving out each indicator or node does to the ranks of the index.

    Parameters
    ----------
    spec : Index
    data : frame
    level : str, optional
        The level whose elements are left out one by one; the indicators by default.

    Returns
    -------
    DataFrame
        removed, mean_change (mean absolute change of rank), largest_change, rank_correlation
        (Spearman) with the whole index; from the largest mean change down.

    Raises
    ------
    ZhihengError
        When there is no such level.
    """
    wanted = level or spec.levels[0]
    if wanted not in spec.levels[:-1]:
        raise unknown("level", wanted, list(spec.levels[:-1]))
    inputs = frames.read(spec, data)
    whole = compute_arrays(spec, inputs)
    rows = []
    tree = spec.arrays
    for at in np.flatnonzero(tree.levels == spec.levels.index(wanted) + 1):
        code = tree.codes[at]
        smaller = _without(spec, code)
        kept = [tree.codes.index(node.code) for node in smaller.indicators]
        result = compute_arrays(smaller, replace(inputs, x=inputs.x[:, kept]))
        shared, mine, other = np.intersect1d(whole.rows, result.rows, return_indices=True)
        a, b = whole.node_ranks[mine, -1], result.node_ranks[other, -1]
        change = np.abs(a - b)
        r = analysis.correlations(np.column_stack([a, b]))[0, 1] if len(shared) else np.nan
        rows.append((code, float(change.mean()), float(change.max()), r))
    names = ["removed", "mean_change", "largest_change", "rank_correlation"]
    frame = pl.DataFrame(rows, schema=names, orient="row").fill_nan(None)
    return frame.sort("mean_change", descending=True, maintain_order=True)


def _without(spec: Index, code: str) -> Index:
    """Return the index without an indicator or node; a node left without parts goes with it."""

    def pruned(words: dict[str, Any]) -> dict[str, Any] | None:
        if words["code"] == code:
            return None
        if "parts" not in words:
            return words
        parts = [part for part in map(pruned, words["parts"]) if part is not None]
        return words | {"parts": parts} if parts else None

    words = spec.model_dump(exclude_none=True, exclude_unset=True)
    tree = pruned(words["tree"])
    if tree is None:
        raise unknown("tree", code, [spec.tree.code])
    words["tree"] = tree
    left = _codes(tree)
    for step in words["steps"]:
        body = next(iter(step.values()))
        if "overrides" in body:
            body["overrides"] = {name: value for name, value in body["overrides"].items() if name in left}
    return Index.build(**words)


def _codes(words: Mapping[str, Any]) -> set[str]:
    return {words["code"], *(code for part in words.get("parts", ()) for code in _codes(part))}


def what_if(
    spec: Index,
    data: Any,
    *,
    inputs: Mapping[tuple[str, ...], float] | None = None,
    weights: Mapping[str, float] | None = None,
    steps: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return the index as it is beside what it would be.

    Parameters
    ----------
    spec : Index
    data : frame
    inputs : mapping, optional
        ``{(unit, indicator): value}``, or ``{(unit, time_period, indicator): value}``.
    weights : mapping, optional
        ``{code: weight}`` among its siblings; the others keep theirs.
    steps : mapping, optional
        ``{address: option}``, with addresses as in `Vary`.

    Returns
    -------
    DataFrame
        unit[, time_period], value, rank, value_then, rank_then.

    Raises
    ------
    ZhihengError
        For names that do not exist, and when nothing changes.
    """
    before = compute_arrays(spec, frames.read(spec, data))
    then, known = spec, list(spec.arrays.codes)
    if weights:
        if strange := sorted(set(weights) - set(known[:-1])):
            raise unknown("weights", ", ".join(strange), known)
        then = then.model_copy(update={"tree": _weighted(then.tree, weights)})
        then = Index.build(**then.model_dump(exclude_none=True, exclude_unset=True))
    try:
        changes = {place(spec, address): option for address, option in (steps or {}).items()}
    except LookupError as error:
        raise unknown("steps", str(error.args[0]), [step.kind for step in spec.steps]) from None
    then = changed(then, changes) if changes else then
    table = frames.read(then, data)
    x = table.x.copy()
    for key, value in (inputs or {}).items():
        x[_place_of(table, key[:-1]), _indicator(spec, key[-1])] = value
    after = compute_arrays(then, replace(table, x=x))
    keys = _keys(before)
    parts = [
        r.values.select(*keys, pl.col(r.root).alias(f"value{end}")).join(
            r.ranks.select(*keys, pl.col(r.root).alias(f"rank{end}")), on=keys, maintain_order="left"
        )
        for r, end in ((before, ""), (after, "_then"))
    ]
    made = parts[0].join(parts[1], on=keys, how="full", coalesce=True, maintain_order="left_right")
    if made["value"].equals(made["value_then"].alias("value")):
        raise ZhihengError([Problem(where="what_if", rule="index_changes_nothing", found="what_if")])
    return made


def _weighted(node: Node, weights: Mapping[str, float]) -> Node:
    """Return a node whose parts have other weights; siblings keep theirs, 1 where none was given."""
    parts = [_weighted(part, weights) for part in node.parts]
    if any(part.code in weights for part in parts):
        parts = [
            part.model_copy(
                update={"importance_weight": float(weights.get(part.code, part.importance_weight or 1.0))}
            )
            for part in parts
        ]
    return node.model_copy(update={"parts": parts}) if parts else node


def _place_of(inputs: Inputs, key: tuple[str, ...]) -> int:
    found = [
        i
        for i, unit in enumerate(inputs.units)
        if (unit, *((inputs.periods[i],) if len(key) > 1 and inputs.periods is not None else ())) == key
    ]
    if len(found) != 1:
        raise unknown("inputs", ", ".join(key), list(inputs.units[:20]))
    return found[0]


def _indicator(spec: Index, code: str) -> int:
    names = [node.code for node in spec.indicators]
    if code not in names:
        raise unknown("inputs", code, names)
    return names.index(code)
