"""Contributions as frames: to a value, to a difference between units, to a change between periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.errors import Problem, ZhihengError
from zhiheng.index.climb import climb
from zhiheng.index.contributions import decompose, linear
from zhiheng.index.rules import rules_of, weights_of
from zhiheng.index.spec import unknown
from zhiheng.index.tree import UndefinedError

if TYPE_CHECKING:
    from zhiheng.index.result import Result

Floats = NDArray[np.float64]
BASELINE = "_baseline"
"""The indicator of rows that hold the value of the profile contributions are counted from."""


def of_values(result: Result, node: str) -> pl.DataFrame:
    """Return contributions to the values of a node; see `Result.contributions`."""
    top = _place(result, node)
    tree = result.spec.arrays
    rules = rules_of(result.spec)
    inside = {place for leaf in tree.leaves(top) for place in tree.path(int(leaf), top)[1:]}
    new = list(result.node_values.T)
    if all(rules[place].method == "arithmetic" for place in inside):
        parts = linear(new, tree, top, result.shares)
        return _long(result, np.arange(len(result.rows)), node, parts, None)
    old = _mean_profile(result)
    parts = _decompose(result, new, old, top)
    return _long(result, np.arange(len(result.rows)), node, parts, old[top])


def of_difference(
    result: Result, unit: str, than: str, node: str | None = None, period: str | None = None
) -> pl.DataFrame:
    """Return what each indicator contributed to a unit's lead over another.

    Parameters
    ----------
    result : Result
    unit, than : str
        Two units.
    node : str, optional
        The index itself by default.
    period : str, optional
        Needed when there are several periods.

    Returns
    -------
    DataFrame
        unit[, time_period], node, indicator, contribution; they add up to the difference.
    """
    return _between(result, (unit, period), (than, period), node or result.root)


def of_change(result: Result, unit: str, start: str, end: str, node: str | None = None) -> pl.DataFrame:
    """Return what each indicator contributed to a unit's change between two periods; see `of_difference`."""
    return _between(result, (unit, end), (unit, start), node or result.root)


def _between(
    result: Result, new: tuple[str, str | None], old: tuple[str, str | None], node: str
) -> pl.DataFrame:
    top = _place(result, node)
    first, second = row_of(result, *new), row_of(result, *old)
    parts = _decompose(result, list(result.node_values[[first]].T), list(result.node_values[[second]].T), top)
    return _long(result, np.array([first]), node, parts, None)


def _decompose(result: Result, new: list[Floats], old: list[Floats], top: int) -> Floats:
    try:
        return decompose(new, old, result.spec.arrays, top, rules_of(result.spec), result.shares)
    except UndefinedError as error:
        raise ZhihengError(
            [
                Problem(
                    where=f"{result.spec.index}.contributions {result.spec.arrays.codes[error.column]}",
                    rule=error.rule,
                    found=error.found,
                    args=dict(error.facts),
                )
            ]
        ) from None


def _mean_profile(result: Result) -> list[Floats]:
    """Return every indicator's mean among the period's units, and the nodes made of them."""
    tree = result.spec.arrays
    leaves = result.node_values[:, : tree.n_indicators]
    periods = result.inputs.period_codes(result.rows)
    profile = np.empty(leaves.shape)
    for period in np.unique(periods):
        profile[periods == period] = np.nanmean(leaves[periods == period], axis=0)
    made = climb(profile, tree, rules_of(result.spec), weights_of(tree, result.shares))
    return [value[0] for value in made]


def _place(result: Result, node: str) -> int:
    codes = result.spec.arrays.codes
    if node not in codes:
        raise unknown("node", node, list(codes))
    return codes.index(node)


def row_of(result: Result, unit: str, period: str | None) -> int:
    """Return the ranked row of a unit (and period).

    Raises
    ------
    ZhihengError
        When there is none, or several periods and none named.
    """
    keys = result.keys()
    found = [
        i
        for i, row in enumerate(keys.iter_rows(named=True))
        if row["unit"] == unit and period in (None, row.get("time_period"))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise unknown("period", "-", sorted(set(keys["time_period"].to_list())))
    raise unknown("unit", unit if period is None else f"{unit} {period}", sorted(set(result.units))[:20])


def _long(
    result: Result, rows: NDArray[np.intp], node: str, parts: Floats, baseline: Floats | None
) -> pl.DataFrame:
    tree = result.spec.arrays
    leaves = tree.leaves(tree.place(node))
    names = [tree.codes[leaf] for leaf in leaves]
    table = parts[:, leaves]
    if baseline is not None:
        names = [BASELINE, *names]
        table = np.column_stack([baseline, table])
    repeated = result.keys(result.rows[np.repeat(rows, len(names))])
    return repeated.with_columns(
        node=pl.lit(node),
        indicator=pl.Series(names * len(rows), dtype=pl.String),
        contribution=pl.Series(table.ravel()).fill_nan(None),
    )
