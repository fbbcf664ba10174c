"""Frames to arrays: the data of an index, read with every mistake at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.errors import Problem, capped, raise_if
from zhiheng.index.spec import Index
from zhiheng.index.steps import Inputs

UNIT = ("unit", "uCode")
PERIOD = ("time_period", "Time")
_SHOWN = 3


def read(spec: Index, data: Any) -> Inputs:
    """Return the data of an index as arrays.

    Parameters
    ----------
    spec : Index
    data : frame
        Anything with the Arrow PyCapsule interface: a column of unit codes (`unit` or `uCode`), if
        there are several periods `time_period` (or `Time`), the indicators, and the denominators
        and groups that the specification names.  Null or NaN is missing.

    Raises
    ------
    ZhihengError
        With every column that is missing, is no number, or holds an infinity; and units that stand twice.
    """
    frame = data if isinstance(data, pl.DataFrame) else pl.DataFrame(data)
    unit = _first(frame, UNIT)
    period = _first(frame, PERIOD)
    numeric = [node.code for node in spec.indicators]
    denominators = sorted(_denominators(spec))
    groups = sorted(_groups(spec))
    problems = [] if unit else [_missing("unit")]
    problems += [_missing(name) for name in [*numeric, *denominators, *groups] if name not in frame.columns]
    for name in dict.fromkeys([*numeric, *denominators]):
        if name in frame.columns:
            problems += _not_numbers(frame, name)
    raise_if(capped(problems))
    raise_if(capped(_not_finite(frame, [*numeric, *denominators])))
    if not frame.height:
        raise_if([Problem(where="data", rule="index_no_units", found="0")])
    raise_if(_rows_twice(frame, unit or "", period) + _no_unit(frame, unit or "", period))
    raise_if(_gaps(frame, [*groups]))
    return Inputs(
        units=tuple(frame[unit or ""].cast(pl.String).to_list()),
        periods=tuple(frame[period].cast(pl.String).to_list()) if period else None,
        x=_floats(frame, numeric),
        numbers={name: _floats(frame, [name])[:, 0] for name in denominators},
        groups={name: frame[name].cast(pl.String).to_numpy().astype(str) for name in groups},
    )


def _first(frame: pl.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in frame.columns), None)


def _denominators(spec: Index) -> set[str]:
    found: set[str] = set()
    for step in spec.steps:
        if step.denominate is not None:
            for node in spec.indicators:
                column = step.denominate.chosen(node.code).get("denominator", node.denominator)
                found |= {str(column)} if column not in (None, "none") else set()
    return found


def _groups(spec: Index) -> set[str]:
    steps = [step.impute for step in spec.steps if step.impute is not None]
    found = {step.by for step in steps} | {o.by for step in steps for o in step.overrides.values()}
    return {name for name in found if name is not None}


def _missing(name: str) -> Problem:
    return Problem(where=f"data.{name}", rule="index_column_missing", found=name)


def _not_numbers(frame: pl.DataFrame, name: str) -> list[Problem]:
    column = frame[name]
    if column.dtype == pl.Null:
        return []
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return [Problem(where=f"data.{name}", rule="index_not_numeric", found=str(column.dtype))]
    return []


def _not_finite(frame: pl.DataFrame, names: list[str]) -> list[Problem]:
    table = _floats(frame, names)
    rows, columns = np.nonzero(np.isinf(table))
    return [
        Problem(where=f"data.{names[j]}[{i + 1}]", rule="index_not_finite", found=str(table[i, j]))
        for i, j in zip(rows, columns, strict=True)
    ]


def _rows_twice(frame: pl.DataFrame, unit: str, period: str | None) -> list[Problem]:
    keys = [unit] if period is None else [unit, period]
    twice = frame.select(keys).filter(frame.select(keys).is_duplicated()).unique(maintain_order=True)
    found = [", ".join(str(value) for value in row) for row in twice.iter_rows()]
    return [
        Problem(where="data", rule="index_unit_twice", found=text, args={"keys": ", ".join(keys)})
        for text in found
    ]


def _no_unit(frame: pl.DataFrame, unit: str, period: str | None) -> list[Problem]:
    return _gaps(frame, [unit] if period is None else [unit, period])


def _gaps(frame: pl.DataFrame, names: list[str]) -> list[Problem]:
    return [
        Problem(where=f"data.{name}", rule="index_code_missing", found=str(frame[name].null_count()))
        for name in names
        if frame[name].null_count()
    ]


def _floats(frame: pl.DataFrame, names: list[str]) -> NDArray[np.float64]:
    """Return columns as numbers, shape (n, columns); missing is NaN."""
    table = np.empty((frame.height, len(names)))
    for j, name in enumerate(names):
        table[:, j] = frame[name].cast(pl.Float64).to_numpy()
    return table
