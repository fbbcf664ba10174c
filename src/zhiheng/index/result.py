"""What an index says: values, ranks, every stage, and what each indicator contributed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.index import attribution
from zhiheng.index.ranking import ranks_of
from zhiheng.index.spec import Index, unknown
from zhiheng.index.steps import Inputs, State
from zhiheng.index.treat import Treatment, skew_kurtosis

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Result:
    """A computed index.

    Attributes
    ----------
    spec : Index
        What was computed.
    inputs : Inputs
        The data as arrays, n rows.
    states : tuple of State
        The table before the first step and after every step but aggregation.
    node_values : ndarray, shape (rows left, m)
        Normalised indicators and nodes, in the order of `spec.arrays.codes`.
    shares : ndarray, shape (m,)
        Weight of each among its siblings, summing to one.
    weight_facts : mapping
        What a step `weight` found besides, by node: a consistency ratio, a share explained.
    """

    spec: Index
    inputs: Inputs
    states: tuple[State, ...]
    node_values: Floats
    shares: Floats
    weight_facts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    _names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        counts: dict[str, int] = {}
        names = ["data"]
        for step in self.spec.steps[:-1]:
            counts[step.kind] = counts.get(step.kind, 0) + 1
            names.append(step.kind if counts[step.kind] == 1 else f"{step.kind}[{counts[step.kind]}]")
        object.__setattr__(self, "_names", tuple(names))

    @property
    def rows(self) -> NDArray[np.intp]:
        """Which rows of the data are ranked."""
        return self.states[-1].rows

    @property
    def units(self) -> list[str]:
        """The unit of each ranked row."""
        return [self.inputs.units[row] for row in self.rows]

    @property
    def root(self) -> str:
        """The code of the index itself."""
        return self.spec.tree.code

    def keys(self, rows: NDArray[np.intp] | None = None) -> pl.DataFrame:
        """Return unit and, where the data has periods, time_period of some rows."""
        chosen = self.rows if rows is None else rows
        columns = {"unit": [self.inputs.units[row] for row in chosen]}
        if self.inputs.periods is not None:
            columns["time_period"] = [self.inputs.periods[row] for row in chosen]
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))

    @property
    def values(self) -> pl.DataFrame:
        """Normalised indicators and nodes: unit[, time_period], then one column each."""
        return _wide(self.keys(), self.spec.arrays.codes, self.node_values)

    @property
    def ranks(self) -> pl.DataFrame:
        """Ranks within each period, 1 for the highest; equal values share the better rank."""
        return _wide(self.keys(), self.spec.arrays.codes, self.node_ranks)

    @property
    def node_ranks(self) -> Floats:
        """Ranks within each period, shape of `node_values`."""
        ranks = np.empty(self.node_values.shape)
        codes = self.inputs.period_codes(self.rows)
        for code in np.unique(codes):
            part = codes == code
            ranks[part] = ranks_of(self.node_values[part].T).T
        return ranks

    def stage(self, name: str) -> pl.DataFrame:
        """Return the table after a step: unit[, time_period], then the indicators.

        Parameters
        ----------
        name : str
            `data`, `denominate`, `screen`, `impute`, `treat`, `normalise`; `treat[2]` where a kind
            occurs twice.

        Raises
        ------
        ZhihengError
            When there is no such step.
        """
        state = self.states[self.place(name)]
        return _wide(self.keys(state.rows), self.spec.arrays.codes, state.x)

    def place(self, name: str) -> int:
        """Return where a stage stands among `states`."""
        short = name.removesuffix("[1]")
        if short not in self._names:
            raise unknown("stage", name, list(self._names))
        return self._names.index(short)

    @property
    def imputed(self) -> pl.DataFrame:
        """Which values were filled in: unit[, time_period], indicator."""
        flags = self.states[-1].imputed
        rows, columns = np.nonzero(flags[self.rows])
        codes = self.spec.arrays.codes
        return self.keys(self.rows[rows]).with_columns(
            indicator=pl.Series([codes[j] for j in columns], dtype=pl.String)
        )

    def treatments(self, name: str = "treat") -> pl.DataFrame:
        """Return what a treatment did to each indicator.

        Returns
        -------
        DataFrame
            indicator; for the rows treated together `fit` (counted from 1); points_low and
            points_high taken in; curved (whether a logarithm or power was applied) and its power;
            skew and kurtosis before and after.
        """
        at = self.place(name)
        before, after = self.states[at - 1], self.states[at]
        codes = self.spec.arrays.codes
        out: list[pl.DataFrame] = []
        for rows, columns, made in after.fitted.get(at - 1, ()):
            if not isinstance(made, Treatment):
                raise unknown("stage", name, [n for n in self._names if n.startswith("treat")])
            names = codes[: before.x.shape[1]] if isinstance(columns, slice) else [codes[j] for j in columns]
            x = before.x[rows][:, columns]
            y = after.x[rows][:, columns]
            (s0, k0), (s1, k1) = skew_kurtosis(x), skew_kurtosis(y)
            out.append(
                pl.DataFrame(
                    {
                        "indicator": list(names),
                        "points_low": made.points_low[0],
                        "points_high": made.points_high[0],
                        "curved": made.curved[0],
                        "power": np.where(made.curved[0], made.power[0], np.nan),
                        "skew_before": s0[0], "kurtosis_before": k0[0],
                        "skew_after": s1[0], "kurtosis_after": k1[0],
                    }
                ).with_columns(fit=pl.lit(len(out) + 1))
            )  # fmt: skip
        return pl.concat(out).fill_nan(None)

    def contributions(self, node: str | None = None) -> pl.DataFrame:
        """Return what each indicator contributed to a node's value.

        Where every node on the way is an arithmetic mean a contribution is effective weight times
        normalised value.  Otherwise it is counted from the mean profile of the period's units,
        whose own value stands in the rows with indicator `_baseline`.

        Parameters
        ----------
        node : str, optional
            The index itself by default.

        Returns
        -------
        DataFrame
            unit[, time_period], node, indicator, contribution; a unit's rows add up to its value.
        """
        return attribution.of_values(self, node or self.root)

    @property
    def tree(self) -> pl.DataFrame:
        """The tree: code, level, parent, share among siblings, weight in the index, status."""
        arrays = self.spec.arrays
        effective = _effective(arrays.parents, self.shares)
        nodes = [self.spec.node(code) for code in arrays.codes]
        return pl.DataFrame(
            {
                "code": arrays.codes,
                "level": [self.spec.levels[i - 1] for i in arrays.levels],
                "parent": [arrays.codes[p] if p >= 0 else None for p in arrays.parents],
                "importance_weight": self.shares,
                "effective_weight": effective,
                "status": [node.status for node in nodes],
                "reference": [node.reference for node in nodes],
            },
            schema_overrides={"parent": pl.String, "status": pl.String, "reference": pl.String},
        )


def _effective(parents: NDArray[np.intp], shares: Floats) -> Floats:
    """Return each share times those of all above."""
    total = shares.copy()
    for place in range(len(parents) - 1, -1, -1):
        if parents[place] >= 0:
            total[place] *= total[parents[place]]
    return total


def _wide(keys: pl.DataFrame, codes: Sequence[str], table: Floats) -> pl.DataFrame:
    columns = {code: table[:, j] for j, code in enumerate(codes[: table.shape[1]])}
    return pl.concat([keys, pl.DataFrame(columns).fill_nan(None)], how="horizontal")
