"""Sampling error carried into the index: from the figures' standard errors to ranks.

Where figures come from samples, their errors go through every step of the index by the delta
method (or by replicates), and the ranks get confidence sets.  Simulation intervals of choices are
another matter: see `uncertainty`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.errors import Problem, ZhihengError
from zhiheng.index import frames
from zhiheng.index.evaluate import Evaluator
from zhiheng.index.rank_confidence import RankConfidence, rank_confidence
from zhiheng.index.spec import Index, unknown

Floats = NDArray[np.float64]
_STEP = 1e-4
"""Half the step of the central differences, in standard errors of the figure."""
_CHUNK = 4_000_000
"""Numbers in the tables evaluated at once."""


@dataclass(frozen=True, kw_only=True)
class SamplingError:
    """A node's values with the covariance of their sampling errors.

    Attributes
    ----------
    values : DataFrame
        unit[, time_period], value, std_error.
    cov : ndarray, shape (n, n)
        In the order of the rows of `values`.
    node : str
    replicates : ndarray, shape (replicates, n), or None
        The node's value in every replicate.
    """

    values: pl.DataFrame
    cov: Floats
    node: str
    replicates: Floats | None = None

    def rank_confidence(
        self, *, confidence_level: float = 0.90, rng: np.random.Generator | None = None
    ) -> pl.DataFrame:
        """Return confidence sets of ranks.

        Returns
        -------
        DataFrame
            unit[, time_period], rank, low, high (marginal), simultaneous_low, simultaneous_high.
            For data of one period.

        Raises
        ------
        ZhihengError
            When the data have several periods: the ranks of each are its own.
        """
        if "time_period" in self.values.columns and self.values["time_period"].n_unique() > 1:
            raise unknown("rank_confidence", "time_period", ["one period"])
        made: RankConfidence = rank_confidence(
            self.values["value"].to_numpy(), self.cov, confidence_level=confidence_level, rng=rng
        )
        names = ("rank", "low", "high", "simultaneous_low", "simultaneous_high")
        keys = [name for name in ("unit", "time_period") if name in self.values.columns]
        return self.values.select(keys).with_columns(pl.Series(name, getattr(made, name)) for name in names)


def sampling_error(
    spec: Index,
    data: Any,
    *,
    std_errors: Any | None = None,
    cov: Floats | None = None,
    replicates: Floats | None = None,
    replicate_factor: float | None = None,
    node: str | None = None,
    refit: bool = True,
) -> SamplingError:
    r"""Return a node's values with the covariance that the figures' sampling errors give them.

    With J the derivatives of the node's values by every figure (central differences through the
    whole index), :math:`\Sigma_v = J \Sigma_x J^T`.

    Parameters
    ----------
    spec : Index
    data : frame
        As for `compute`.
    std_errors : frame, optional
        The same units (and periods), one column for each indicator that has an error: independent
        errors.  An indicator without a column, and a null, have none (a census).
    cov : ndarray, shape (n k, n k), optional
        Covariance of all figures, unit by unit and within it indicator by indicator, where
        indicators or areas share a sample.
    replicates : ndarray, shape (R, n, k), optional
        Replicates of the raw figures; :math:`\Sigma_v = f \sum_r (v_r - \bar v)(v_r - \bar v)^T`.
    replicate_factor : float, optional
        f; 1/(R - 1) by default, as for a bootstrap.
    node : str, optional
        The index itself by default.
    refit : bool
        Whether bounds and treatments move with the figures (the default), or count as given.

    Raises
    ------
    ZhihengError
        Unless exactly one of `std_errors`, `cov`, `replicates` is given, and fits the data.
    """
    codes = spec.arrays.codes
    name = node or spec.tree.code
    if name not in codes:
        raise unknown("node", name, list(codes))
    inputs = frames.read(spec, data)
    evaluator = Evaluator(spec=spec, inputs=inputs, vary=(), node=codes.index(name), refit=refit)
    rows = evaluator.nominal.rows
    n, k = inputs.x.shape
    if sum(given is not None for given in (std_errors, cov, replicates)) != 1:
        raise _does_not_fit("std_errors, cov, replicates", "1")
    made = None
    if replicates is not None:
        if replicates.ndim != 3 or replicates.shape[1:] != (n, k):
            raise _does_not_fit(str(replicates.shape), f"(R, {n}, {k})")
        made = evaluator.values_of(replicates)[:, rows]
        apart = made - made.mean(axis=0)
        factor = 1 / (len(made) - 1) if replicate_factor is None else replicate_factor
        covariance = factor * (apart.T @ apart)
    else:
        if cov is not None:
            if cov.shape != (n * k, n * k):
                raise _does_not_fit(str(cov.shape), f"({n * k}, {n * k})")
            spread = np.sqrt(np.diag(cov))
        else:
            spread = _spread(spec, inputs.units, inputs.periods, std_errors)
        moved = np.flatnonzero(spread > 0)
        j = _derivatives(evaluator, spread, moved)[rows]
        inner = np.diag(spread[moved] ** 2) if cov is None else cov[np.ix_(moved, moved)]
        covariance = j @ inner @ j.T
    value = evaluator.nominal.node_values[:, evaluator.node]
    frame = evaluator.nominal.keys().with_columns(
        value=pl.Series(value), std_error=pl.Series(np.sqrt(np.diag(covariance)))
    )
    return SamplingError(values=frame, cov=covariance, node=name, replicates=made)


def _does_not_fit(found: str, expected: str) -> ZhihengError:
    return ZhihengError(
        [Problem(where="sampling_error", rule="index_errors_shape", found=found, args={"expected": expected})]
    )


def _spread(spec: Index, units: tuple[str, ...], periods: tuple[str, ...] | None, std_errors: Any) -> Floats:
    """Return each figure's standard error in the order of the data, shape (n k,)."""
    frame = std_errors if isinstance(std_errors, pl.DataFrame) else pl.DataFrame(std_errors)
    names = [node.code for node in spec.indicators]
    if strange := sorted(set(frame.columns) - {*names, *frames.UNIT, *frames.PERIOD}):
        raise unknown("std_errors", ", ".join(strange), names)
    unit = next((c for c in frames.UNIT if c in frame.columns), None)
    period = next((c for c in frames.PERIOD if c in frame.columns), None)
    if unit is None or (periods is not None and period is None):
        raise unknown("std_errors", ", ".join(frame.columns), ["unit", "time_period"])
    keys = [frame[c].cast(pl.String).to_list() for c in (unit, period if periods is not None else None) if c]
    order = {key: i for i, key in enumerate(zip(*keys, strict=True))}
    wanted = list(zip(units, periods, strict=True)) if periods is not None else [(u,) for u in units]
    if lost := [key for key in wanted if key not in order]:
        raise unknown("std_errors", ", ".join(lost[0]), [", ".join(key) for key in list(order)[:10]])
    places = [order[key] for key in wanted]
    table = np.zeros((len(units), len(names)))
    for i, name in enumerate(names):
        if name in frame.columns:
            table[:, i] = frame[name].cast(pl.Float64).fill_null(0.0).to_numpy()[places]
    if not np.isfinite(table).all() or (table < 0).any():
        raise _does_not_fit("std_errors", ">= 0")
    return table.ravel()


def _derivatives(evaluator: Evaluator, spread: Floats, moved: NDArray[np.intp]) -> Floats:
    """Return the derivatives of every row's value by some figures, shape (rows of the data, moved)."""
    x = evaluator.inputs.x
    out = np.empty((x.shape[0], len(moved)))
    size = max(1, _CHUNK // (2 * x.size))
    for at in range(0, len(moved), size):
        part = moved[at : at + size]
        tables = np.repeat(x[None], 2 * len(part), axis=0).reshape(2 * len(part), -1)
        step = _STEP * spread[part]
        first = np.arange(len(part))
        tables[first, part] += step
        tables[len(part) + first, part] -= step
        values = evaluator.values_of(tables.reshape(-1, *x.shape))
        out[:, at : at + size] = ((values[: len(part)] - values[len(part) :]) / (2 * step[:, None])).T
    return out
