"""Sensitivity: how much of the movement of ranks each choice explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.index.evaluate import Evaluator
from zhiheng.index.sobol import bootstrap, first_and_total
from zhiheng.index.spec import Index
from zhiheng.index.uncertainty import drawn, prepare
from zhiheng.index.vary import Vary

Floats = NDArray[np.float64]
_QUASI = 1000
"""Numbers a draw up to which Sobol's sequence is used; beyond, plain random numbers."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Sobol indices of the movement of ranks.

    Attributes
    ----------
    indices : DataFrame
        parameter (the address), s_i, s_i_q05, s_i_q95, s_ti, s_ti_q05, s_ti_q95: first-order and
        total index of the mean absolute change of rank, with bootstrap intervals (the names follow
        the level).  The interval says how far the indices are settled by n draws, nothing else.
    units : DataFrame
        unit[, time_period], parameter, and the same columns for the unit's own rank; null for a
        unit whose rank never moves.
    parameters : DataFrame
        What was drawn: sample (`a` or `b`), draw, one column for each number.
    mean_rank_change : ndarray, shape (2n,)
        Mean absolute change of rank in the runs of the samples a and b.
    spec, vary, n, n_boot, node
        What was asked for.
    """

    indices: pl.DataFrame
    units: pl.DataFrame
    parameters: pl.DataFrame
    mean_rank_change: Floats
    spec: Index
    vary: tuple[Vary, ...]
    n: int
    n_boot: int
    node: str


def sensitivity(
    spec: Index,
    data: Any,
    *,
    vary: Sequence[Vary],
    n: int,
    n_boot: int = 1000,
    rng: np.random.Generator,
    node: str | None = None,
    level: float = 0.90,
    refit: bool = True,
) -> Sensitivity:
    """Return Sobol indices of the mean absolute change of rank and of each unit's rank.

    A unit that a run screens out counts as placed last in that run.

    Runs n (variations + 2) variants.  A variation that draws several numbers (the noise of weights,
    of data) is one group: its indices are those of the group.

    Parameters
    ----------
    spec : Index
    data : frame
        As for `compute`.
    vary : sequence of Vary
    n : int
        Draws in each of the two samples.
    n_boot : int
        Resamples for the intervals; 0 for none.
    rng : Generator
    node : str, optional
        The index itself by default.
    level : float
        Of the bootstrap intervals.
    refit : bool
        See `uncertainty`.

    Raises
    ------
    ZhihengError
        As `uncertainty`.

    References
    ----------
    Saisana, Saltelli and Tarantola (2005), JRSS A 168, 307-323; Saltelli et al. (2010), Computer
    Physics Communications 181, 259-270; groups: Saltelli et al. (2008), Global Sensitivity
    Analysis: The Primer, section 4.6.
    """
    evaluator = prepare(spec, data, vary, node, refit=refit)
    a, b = _samples(evaluator.dimensions, n, rng)
    nominal = evaluator.ranks(evaluator.nominal_values()[None])[0]
    there = np.flatnonzero(~np.isnan(nominal))
    f_a, f_b = (_outputs(evaluator, u, nominal, there) for u in (a, b))
    f_ab = np.empty((len(vary), *f_a.shape))
    for number in range(len(vary)):
        mixed = a.copy()
        mixed[:, evaluator.columns(number)] = b[:, evaluator.columns(number)]
        f_ab[number] = _outputs(evaluator, mixed, nominal, there)
    first, total = first_and_total(f_a, f_b, f_ab)
    ends = [0.5 - level / 2, 0.5 + level / 2]
    around = [np.full((2, *first.shape), np.nan)] * 2
    if n_boot:
        around = [np.quantile(r, ends, axis=0) for r in bootstrap(f_a, f_b, f_ab, n_boot, rng)]
    names = [f"q{100 * end:02.0f}" for end in ends]
    keys = evaluator.nominal.keys(there)
    blocks = [_frame(vary, first, total, around, names, out) for out in range(first.shape[1])]
    per_unit = [
        pl.concat([keys[[i] * len(vary)], block], how="horizontal") for i, block in enumerate(blocks[1:])
    ]
    drawn_frames = [
        drawn(evaluator, u).with_columns(sample=pl.lit(name)).select("sample", pl.exclude("sample"))
        for name, u in (("a", a), ("b", b))
    ]
    return Sensitivity(
        indices=blocks[0], units=pl.concat(per_unit), parameters=pl.concat(drawn_frames),
        mean_rank_change=np.concatenate([f_a[:, 0], f_b[:, 0]]) / len(there),
        spec=spec, vary=tuple(vary), n=n, n_boot=n_boot, node=spec.arrays.codes[evaluator.node],
    )  # fmt: skip


def _samples(dimensions: int, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return two independent samples, shape (n, dimensions) each."""
    if 2 * dimensions > _QUASI:
        return rng.random((n, dimensions)), rng.random((n, dimensions))
    from scipy.stats import qmc

    power = max(0, int(np.ceil(np.log2(n))))
    both = qmc.Sobol(2 * dimensions, rng=rng).random_base2(power)[:n]
    return both[:, :dimensions], both[:, dimensions:]


def _outputs(evaluator: Evaluator, u: Floats, nominal: Floats, there: NDArray[np.intp]) -> Floats:
    """Return the sum of absolute changes of rank, then every unit's rank: whole numbers."""
    ranks = evaluator.ranks(evaluator.values(u))[:, there]
    lost = np.isnan(ranks)
    ranks = np.where(lost, float(len(there)), ranks)  # a unit that a run screens out is placed last
    return np.column_stack([np.abs(ranks - nominal[there]).sum(axis=1), ranks])


def _frame(
    vary: Sequence[Vary], first: Floats, total: Floats, around: list[Floats], names: list[str], out: int
) -> pl.DataFrame:
    columns: dict[str, Any] = {"parameter": [one.address for one in vary]}
    for name, point, ends in (("s_i", first, around[0]), ("s_ti", total, around[1])):
        columns[name] = point[:, out]
        columns |= {f"{name}_{q}": ends[e][:, out] for e, q in enumerate(names)}
    return pl.DataFrame(columns).fill_nan(None)
