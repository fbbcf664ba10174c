"""One function a step: from one state of the table to the next, for one variant or many.

A state's table has the shape (..., n, k): in front of units and indicators there may be one axis
of variants.  What a step learned is kept (`fitted`) and can be handed to a later run, so that a
draw of the data may be scored between the bounds of the data as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.index import options
from zhiheng.index.denominate import denominate
from zhiheng.index.impute import ACROSS, IMPUTERS, IN_TIME, Rows
from zhiheng.index.normalise import NORMALISERS, Columns, Fitted
from zhiheng.index.screen import keep
from zhiheng.index.spec import Index, Step
from zhiheng.index.treat import TREATMENTS, Treatment
from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Place = Ints | slice
_ALL = slice(None)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The data as arrays.

    Attributes
    ----------
    units : tuple of str, length n
        The unit of each row.
    periods : tuple of str or None
        The period of each row; None when the data has no periods.
    x : ndarray, shape (n, k)
        Raw indicators, NaN where missing.
    numbers : mapping of str to ndarray, shape (n,)
        Denominators.
    groups : mapping of str to ndarray of str, shape (n,)
        Groupings.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...] | None
    x: Floats
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)

    def period_codes(self, rows: Ints) -> Ints:
        """Return which period, in order, each of some rows is of."""
        if self.periods is None:
            return np.zeros(len(rows), dtype=np.intp)
        order = {period: i for i, period in enumerate(self.period_names)}
        return np.array([order[self.periods[row]] for row in rows], dtype=np.intp)

    @property
    def period_names(self) -> list[str]:
        """The periods in order; none where the data has none."""
        return sorted(set(self.periods or ()))


@dataclass(frozen=True, kw_only=True)
class State:
    """The table after some steps.

    Attributes
    ----------
    x : ndarray, shape (..., n, k)
    rows : ndarray of int, shape (n,)
        Which rows of the inputs are left.
    imputed : ndarray of bool, shape (n of the inputs, k)
        Which values were filled in.
    fitted : mapping
        What each step learned, by its place among the steps: a list of (rows, columns, what).
    """

    x: Floats
    rows: Ints
    imputed: Bools
    fitted: Mapping[int, list[tuple[Place, Place, Any]]] = field(default_factory=dict)


def start(inputs: Inputs, x: Floats | None = None) -> State:
    """Return the state before any step; `x` stands in for the inputs' table where given."""
    n, k = inputs.x.shape
    return State(x=inputs.x if x is None else x, rows=np.arange(n), imputed=np.zeros((n, k), dtype=bool))


def run(spec: Index, step: Step, at: int, state: State, inputs: Inputs, fitted: State | None = None) -> State:
    """Return the state after a step.

    Parameters
    ----------
    spec : Index
    step : Step
    at : int
        Its place among the steps.
    state : State
    inputs : Inputs
    fitted : State, optional
        A finished run whose bounds and treatments are used instead of fitting again.
    """
    known = fitted.fitted.get(at) if fitted is not None else None
    return STEPS[step.kind](spec, step.body, at, state, inputs, known)


def _groups_of_columns(spec: Index, step: options.Step) -> Iterator[tuple[dict[str, Any], Place]]:
    """Give each distinct choice of options and the columns that it holds for."""
    overrides = getattr(step, "overrides", {})
    if not overrides:
        yield step.chosen(""), _ALL
        return
    found: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for j, node in enumerate(spec.indicators):
        chosen = step.chosen(node.code)
        found.setdefault(repr(sorted(chosen.items())), (chosen, []))[1].append(j)
    for chosen, places in found.values():
        yield chosen, np.array(places, dtype=np.intp)


def _blocks(fit: str | None, state: State, inputs: Inputs, step: str) -> Iterator[tuple[Place, Place]]:
    """Give the rows to fit on and the rows to apply to."""
    names = inputs.period_names
    if len(names) <= 1 and fit in (None, "pooled", "each_period", *names):
        yield _ALL, _ALL
        return
    if fit is None:
        raise UndefinedError("index_fit_needed", step, known=", ".join(["each_period", "pooled", *names]))
    if fit == "pooled":
        yield _ALL, _ALL
        return
    codes = inputs.period_codes(state.rows)
    if fit == "each_period":
        for code in np.unique(codes):
            rows = np.flatnonzero(codes == code)
            yield rows, rows
        return
    if fit not in names:
        raise UndefinedError("index_name_unknown", fit, known=", ".join(["each_period", "pooled", *names]))
    yield np.flatnonzero(codes == names.index(fit)), _ALL


def _cut(x: Floats, rows: Place, columns: Place) -> Floats:
    if isinstance(rows, slice):
        return x[..., columns]
    return x[..., rows, :][..., columns]


def _paste(x: Floats, rows: Place, columns: Place, values: Floats) -> None:
    if isinstance(rows, slice) or isinstance(columns, slice):
        x[..., rows, columns] = values
    else:
        x[..., rows[:, None], columns] = values


def _in_table(error: UndefinedError, rows: Place, columns: Place) -> UndefinedError:
    """Return the error with its place in the whole table instead of the part."""
    row = error.row if isinstance(rows, slice) or error.row < 0 else int(rows[error.row])
    column = error.column if isinstance(columns, slice) or error.column < 0 else int(columns[error.column])
    return error.at(column, row)


def _denominate(spec: Index, step: Any, at: int, state: State, inputs: Inputs, known: object) -> State:
    del at, known
    x = state.x.copy()
    for j, node in enumerate(spec.indicators):
        chosen = step.chosen(node.code)
        column = chosen.get("denominator", node.denominator)
        if column in (None, "none"):
            continue
        divisor = inputs.numbers[column][state.rows]
        if (divisor == 0).any():
            if chosen.get("zero", "fail") == "fail":
                raise UndefinedError(
                    "index_zero_denominator", column, column=j, row=int(np.argmax(divisor == 0))
                )
            divisor = np.where(divisor == 0, np.nan, divisor)
        x[..., j] = denominate(x[..., j], divisor, per=chosen.get("per", 1.0))
    return replace(state, x=x)


def _screen(spec: Index, step: options.Screen, at: int, state: State, inputs: Inputs, known: object) -> State:
    del at, known
    counts = np.array([step.chosen(node.code).get("counts", True) for node in spec.indicators])
    stays = keep(
        state.x[..., counts], rule=step.rule, min_available=step.min_available, min_nonzero=step.min_nonzero
    )
    if stays.ndim > 1:
        if (stays != stays[:1]).any():
            raise UndefinedError("index_screen_differs", "screen")
        stays = stays[0]
    units = [inputs.units[row] for row in state.rows]
    if strange := sorted({*step.force_in, *step.force_out} - set(units)):
        raise UndefinedError(
            "index_name_unknown", ", ".join(strange), known=", ".join(sorted(set(units))[:20])
        )
    stays = (stays | np.isin(units, step.force_in)) & ~np.isin(units, step.force_out)
    if not stays.any():
        raise UndefinedError("index_no_units", "screen")
    return replace(state, x=state.x[..., stays, :], rows=state.rows[stays])


def _impute(spec: Index, step: options.Impute, at: int, state: State, inputs: Inputs, known: object) -> State:
    del at, known
    x = state.x.copy()
    for chosen, columns in _groups_of_columns(spec, step):
        method, own = options.method_of(chosen, step.common)
        if method in ACROSS and x.ndim > 2:
            raise UndefinedError("index_one_table_only", method)
        fit = "pooled" if method in IN_TIME else chosen.get("fit")
        for rows, _ in _blocks(fit, state, inputs, "impute"):
            about = _rows(state, inputs, chosen.get("by"), rows)
            try:
                if method in ACROSS:  # the other columns explain, only the chosen ones are filled
                    full = IMPUTERS[method](_cut(state.x, rows, _ALL), about, **dict(own))
                    _paste(x, rows, columns, full[..., columns])
                else:
                    _paste(
                        x, rows, columns, IMPUTERS[method](_cut(state.x, rows, columns), about, **dict(own))
                    )
            except UndefinedError as error:
                raise _in_table(error, rows, columns) from None
    filled = np.isnan(state.x) & ~np.isnan(x)
    imputed = state.imputed.copy()
    imputed[state.rows] |= filled.any(axis=tuple(range(filled.ndim - 2))) if filled.ndim > 2 else filled
    return replace(state, x=x, imputed=imputed)


def _rows(state: State, inputs: Inputs, by: str | None, part: Place) -> Rows:
    rows = state.rows[part]
    units = np.unique([inputs.units[row] for row in rows], return_inverse=True)[1].astype(np.intp)
    periods = inputs.period_codes(rows)
    names = inputs.period_names
    times = np.array([_time(name, i) for i, name in enumerate(names)] or [0.0])
    group = np.zeros(len(rows), dtype=np.intp)
    if by is not None:
        group = np.unique(inputs.groups[by][rows], return_inverse=True)[1].astype(np.intp)
    return Rows(unit=units, period=periods, time=times[periods], group=group)


def _time(name: str, place: int) -> float:
    """Return a period as a number: its year where it is one, else its place in order."""
    return float(name) if name.isdecimal() else float(place)


def _treat(
    spec: Index, step: options.Treat, at: int, state: State, inputs: Inputs,
    known: list[tuple[Place, Place, Any]] | None,
) -> State:  # fmt: skip
    x = state.x.copy()
    learned: list[tuple[Place, Place, Any]] = []
    for chosen, columns in _groups_of_columns(spec, step):
        method, own = options.method_of(chosen, step.common)
        for fit_rows, rows in _blocks(chosen.get("fit"), state, inputs, "treat"):
            try:
                made: Treatment = (
                    known[len(learned)][2]
                    if known
                    else TREATMENTS[method](_cut(state.x, fit_rows, columns), **dict(own))
                )
                _paste(x, rows, columns, made.apply(_cut(state.x, rows, columns)))
            except UndefinedError as error:
                raise _in_table(error, rows, columns) from None
            learned.append((rows, columns, made))
    return replace(state, x=x, fitted={**state.fitted, at: learned})


def _normalise(
    spec: Index, step: options.Normalise, at: int, state: State, inputs: Inputs,
    known: list[tuple[Place, Place, Any]] | None,
) -> State:  # fmt: skip
    x = np.empty(state.x.shape)
    learned: list[tuple[Place, Place, Any]] = []
    for chosen, columns in _groups_of_columns(spec, step):
        method, own = options.method_of(chosen, step.common)
        outside, degenerate = chosen.get("outside", "fail"), chosen.get("degenerate", "fail")
        about = _columns(spec, state, inputs, chosen).only(columns)
        for fit_rows, rows in _blocks(chosen.get("fit"), state, inputs, "normalise"):
            raw = _cut(state.x, rows, columns)
            try:
                line: Fitted = (
                    known[len(learned)][2]
                    if known
                    else NORMALISERS[method](_cut(state.x, fit_rows, columns), about, **dict(own))
                )
                _check(line, raw, outside, degenerate, method, refitted=fit_rows is rows)
            except UndefinedError as error:
                raise _in_table(error, rows, columns) from None
            _paste(x, rows, columns, line.apply(raw, outside=outside, degenerate=degenerate))
            learned.append((rows, columns, line))
    return replace(state, x=x, fitted={**state.fitted, at: learned})


def _check(line: Fitted, raw: Floats, outside: str, degenerate: str, method: str, *, refitted: bool) -> None:
    if line.relative and not refitted:
        raise UndefinedError("index_method_relative", method)
    if degenerate == "fail" and (flat := line.degenerate()).any():
        raise UndefinedError(
            "index_degenerate",
            column=int(np.argwhere(np.broadcast_to(flat, (*raw.shape[:-2], 1, raw.shape[-1])))[0][-1]),
        )
    if outside == "fail" and (beyond := line.outside(raw)).any():
        *_, row, column = (int(i) for i in np.argwhere(beyond)[0])
        raise UndefinedError("index_outside", f"{raw[beyond][0]:g}", column=column, row=row)


def _columns(spec: Index, state: State, inputs: Inputs, chosen: Mapping[str, Any]) -> Columns:
    nodes = spec.indicators
    nan = float("nan")
    reference = np.full((1, len(nodes)), nan)
    if "reference" in chosen:
        units = [inputs.units[row] for row in state.rows]
        found = [i for i, unit in enumerate(units) if unit == chosen["reference"]]
        if not found:
            raise UndefinedError("index_name_unknown", chosen["reference"], known=", ".join(units[:20]))
        if len(found) > 1:
            raise UndefinedError("index_reference_panel", chosen["reference"])
        reference = state.x[..., found, :]
    return Columns(
        direction=np.array([float(node.direction or 1) for node in nodes]),
        target=np.array([nan if node.target is None else node.target for node in nodes]),
        lower=np.array([nan if node.goalposts is None else node.goalposts.lower for node in nodes]),
        upper=np.array([nan if node.goalposts is None else node.goalposts.upper for node in nodes]),
        reference=reference,
    )


def _weight(spec: Index, step: options.Weight, at: int, state: State, inputs: Inputs, known: object) -> State:
    """Weights leave the table as it is; `rules.settle` finds them on the way up."""
    del spec, step, at, inputs, known
    return state


STEPS: dict[str, Callable[..., State]] = {
    "denominate": _denominate,
    "screen": _screen,
    "impute": _impute,
    "treat": _treat,
    "normalise": _normalise,
    "weight": _weight,
}
"""Every step before aggregation, by the key that YAML uses."""
