"""Uncertainty: where units end up when choices, weights and inputs are varied.

What comes out are *simulation intervals*: they say how far the result hangs on choices that could
have been made otherwise.  They are no confidence intervals; for the sampling error of the figures
there is `rank_confidence`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.errors import Problem, ZhihengError
from zhiheng.index import frames
from zhiheng.index.evaluate import Evaluator
from zhiheng.index.spec import Index, unknown
from zhiheng.index.vary import Vary, check

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
_BLOCK = 4096
"""Draws made from one random stream: fixed, so that the numbers do not depend on the memory at hand."""
_MEMORY = 200_000_000
"""Bytes of values and ranks kept at once; more units are done in several passes."""


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """Simulation intervals of values and ranks.

    Attributes
    ----------
    values, ranks : DataFrame
        unit[, time_period], nominal, mean, median, and the quantiles (`q05`, `q95` for 0.90).
    top : DataFrame
        unit[, time_period], share: of the runs in which the rank is at most `top_k`.
    parameters : DataFrame
        draw, and one column for each number drawn: the option or value by address; for the noise of
        weights the factor of each, before they are renormalised.  Draws of the data are made again
        by `data`.
    spec, vary, n, node, refit, top_k
        What was asked for.
    """

    values: pl.DataFrame
    ranks: pl.DataFrame
    top: pl.DataFrame
    parameters: pl.DataFrame
    spec: Index
    vary: tuple[Vary, ...]
    n: int
    node: str
    refit: bool
    top_k: int
    _evaluator: Evaluator
    _seeds: tuple[np.random.SeedSequence, ...]

    def pairwise(self) -> pl.DataFrame:
        """Return for each two units the share of runs in which one is ahead of the other.

        Returns
        -------
        DataFrame
            unit, other, share ahead, share level; only for data of one period.

        Raises
        ------
        ZhihengError
            When the data have several periods.
        """
        inputs = self._evaluator.inputs
        if len(inputs.period_names) > 1:
            raise unknown("pairwise", ", ".join(inputs.period_names[:3]), ["one period"])
        n = len(inputs.units)
        ahead, level = np.zeros((n, n)), np.zeros((n, n))
        for _, u in _blocks(self._seeds, self.n, self._evaluator.dimensions):
            values = self._evaluator.values(u)
            for i in range(n):
                ahead[i] += (values[:, i, None] > values).sum(axis=0)
                level[i] += (values[:, i, None] == values).sum(axis=0)
        units = np.array(inputs.units)
        first, second = np.divmod(np.arange(n * n), n)
        frame = pl.DataFrame(
            {
                "unit": units[first],
                "other": units[second],
                "ahead": ahead.ravel() / self.n,
                "level": level.ravel() / self.n,
            }
        )
        return frame.filter(pl.col("unit") != pl.col("other"))

    def data(self, draw: int) -> pl.DataFrame:
        """Return the raw data of one draw, as varied: unit[, time_period], indicators."""
        number, place = divmod(draw, _BLOCK)
        if not 0 <= draw < self.n:
            raise unknown("draw", str(draw), [f"0 - {self.n - 1}"])
        u = next(
            u for i, u in _blocks(self._seeds, self.n, self._evaluator.dimensions) if i == number * _BLOCK
        )
        moved = [i for i, one in enumerate(self.vary) if one.kind == "data"]
        x = self._evaluator.moved_data(u[place : place + 1], moved)[0]
        keys = self._evaluator.nominal.keys(np.arange(len(x)))
        codes = self.spec.arrays.codes
        return keys.with_columns(
            pl.Series(code, x[:, j]).fill_nan(None) for j, code in enumerate(codes[: x.shape[1]])
        )


def uncertainty(
    spec: Index,
    data: Any,
    *,
    vary: Sequence[Vary],
    n: int,
    rng: np.random.Generator,
    node: str | None = None,
    level: float = 0.90,
    top_k: int = 10,
    refit: bool = True,
) -> Uncertainty:
    """Return simulation intervals of values and ranks.

    Parameters
    ----------
    spec : Index
    data : frame
        As for `compute`.
    vary : sequence of Vary
        What moves; all at once in every run.
    n : int
        Number of runs.
    rng : Generator
        The same generator gives the same numbers, on any number of cores.
    node : str, optional
        The index itself by default.
    level : float
        Share of the runs inside the interval.
    top_k : int
        For `Uncertainty.top`.
    refit : bool
        Whether bounds and treatments are fitted again on every draw of the data (the default), or
        taken from the data as they are.

    Raises
    ------
    ZhihengError
        For an address that does not exist, a variation that changes nothing, and for a run in which
        a method has no answer.
    """
    evaluator = prepare(spec, data, vary, node, refit=refit)
    seeds = tuple(rng.bit_generator.seed_seq.spawn(-(-n // _BLOCK)))  # type: ignore[attr-defined]
    units = len(evaluator.inputs.units)
    lines: list[Floats] = []
    step = max(1, _MEMORY // (16 * n))
    parameters: list[pl.DataFrame] = []
    for first in range(0, units, step):
        part = np.arange(first, min(first + step, units))
        values, ranks = np.empty((len(part), n)), np.empty((len(part), n))
        for at, u in _blocks(seeds, n, evaluator.dimensions):
            made = evaluator.values(u)
            values[:, at : at + len(u)] = made[:, part].T
            ranks[:, at : at + len(u)] = evaluator.ranks(made)[:, part].T
            if first == 0:
                parameters.append(drawn(evaluator, u, at))
        lines.append(_summary(values, ranks, level, top_k))
    table = np.concatenate(lines)
    names = ["mean", "median", f"q{50 * (1 - level):02.0f}", f"q{50 * (1 + level):02.0f}"]
    keys = evaluator.nominal.keys(np.arange(units))
    nominal = evaluator.nominal_values()
    there = pl.Series(~np.isnan(nominal))
    return Uncertainty(
        values=_frame(keys, nominal, table[:, :4], names).filter(there),
        ranks=_frame(keys, evaluator.ranks(nominal[None])[0], table[:, 4:8], names).filter(there),
        top=keys.with_columns(share=pl.Series(table[:, 8])).filter(there),
        parameters=pl.concat(parameters),
        spec=spec, vary=tuple(vary), n=n, node=spec.arrays.codes[evaluator.node], refit=refit, top_k=top_k,
        _evaluator=evaluator, _seeds=seeds,
    )  # fmt: skip


def prepare(spec: Index, data: Any, vary: Sequence[Vary], node: str | None, *, refit: bool) -> Evaluator:
    """Return the evaluator of variants, after every mistake of the variations was looked for.

    Raises
    ------
    ZhihengError
    """
    check(spec, vary)
    codes = spec.arrays.codes
    name = node or spec.tree.code
    if name not in codes[spec.arrays.n_indicators :]:
        raise unknown("node", name, list(codes[spec.arrays.n_indicators :]))
    inputs = frames.read(spec, data)
    evaluator = Evaluator(spec=spec, inputs=inputs, vary=vary, node=codes.index(name), refit=refit)
    _changes_something(evaluator)
    return evaluator


def _changes_something(evaluator: Evaluator) -> None:
    """Raise for each variation that moves no unit, whatever the other variations are at."""
    spread = (0.5 + 0.6180339887498949 * np.arange(evaluator.dimensions)) % 1
    others = (spread + np.array([[0.0], [0.25], [0.5], [0.75]])) % 1
    problems = []
    for number, one in enumerate(evaluator.vary):
        count = len(one.options) or 3
        mine = evaluator.columns(number)
        runs = []
        for option in range(count):
            u = others.copy()
            u[:, mine] = (
                (spread[mine] + (option + 0.5) / count) % 1 if one.values is None else (option + 0.5) / count
            )
            runs.append(evaluator.values(u))
        if all(np.array_equal(run, runs[0], equal_nan=True) for run in runs):
            problems.append(Problem(where=one.address, rule="index_vary_nothing", found=one.address))
    if problems:
        raise ZhihengError(problems)


def _blocks(seeds: Sequence[np.random.SeedSequence], n: int, dimensions: int) -> Iterator[tuple[int, Floats]]:
    """Give the draws block by block, each from a stream of its own."""
    for number, seed in enumerate(seeds):
        size = min(_BLOCK, n - number * _BLOCK)
        small = max(1, _MEMORY // (32 * max(dimensions, 1)))
        stream = np.random.default_rng(seed)
        for at in range(0, size, small):  # the stream runs on, whatever the size of the pieces
            yield number * _BLOCK + at, stream.random((min(small, size - at), dimensions))


def drawn(evaluator: Evaluator, u: Floats, first: int = 0) -> pl.DataFrame:
    """Return what some draws mean: draw, then one column for each number (draws of data left out)."""
    columns: dict[str, pl.Series | Floats | Ints] = {"draw": np.arange(first, first + len(u))}
    codes = evaluator.spec.arrays.codes
    for number, one in enumerate(evaluator.vary):
        if one.kind == "data":
            continue
        if one.noise is not None:
            for j, place in enumerate(evaluator.moved_weights(one)):
                factor = 1 + one.noise * (2 * u[:, evaluator.columns(number).start + j] - 1)
                columns[f"weights.{codes[place]}"] = factor
            continue
        choice = evaluator.choice(number, u)
        if one.values is None:
            columns[one.address] = choice
        else:
            labels = pl.Series(list(one.labels), strict=False) if one.labels else pl.Series([])
            columns[one.address] = labels.gather(choice.astype(np.int64))
    return pl.DataFrame(columns)


def _summary(values: Floats, ranks: Floats, level: float, top_k: int) -> Floats:
    """Return mean, median and two quantiles of values, the same of ranks, and the share in the top.

    The ends of an interval of ranks are ranks that occurred, the outer ones where it falls between two.
    """
    low, high = 0.5 - level / 2, 0.5 + level / 2
    return np.column_stack(
        [
            values.mean(axis=1),
            *np.quantile(values, [0.5, low, high], axis=1),
            ranks.mean(axis=1),
            np.quantile(ranks, 0.5, axis=1),
            np.quantile(ranks, low, axis=1, method="lower"),
            np.quantile(ranks, high, axis=1, method="higher"),
            (ranks <= top_k).mean(axis=1),
        ]
    )


def _frame(keys: pl.DataFrame, nominal: Floats, table: Floats, names: list[str]) -> pl.DataFrame:
    columns = {"nominal": nominal} | {name: table[:, j] for j, name in enumerate(names)}
    return keys.with_columns(pl.Series(name, values).fill_nan(None) for name, values in columns.items())
