"""Composite indices of a city: figures into the index engine, and what each node made of them.

A unit of an index is an area, or an area and one code of a dimension (an industry); each is computed
from its own pooled figures, never as a mean of its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from zhiheng.compute.records import Lineage, Made
from zhiheng.errors import Problem, ZhihengError, capped, raise_if
from zhiheng.framework import yamlfile
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.index_check import INDICES, component
from zhiheng.framework.measures import IndexMeasure, weakest_basis
from zhiheng.store import fingerprint

if TYPE_CHECKING:
    from zhiheng.index import Index, Result

Row = dict[str, Any]
Cell = tuple[str, ...]
"""Area, period, and a code of every dimension."""
NODES = "index_nodes.parquet"
_NUMBERS = (
    "importance_weight", "effective_weight", "raw", "treated", "value", "contribution", "lower", "upper",
)  # fmt: skip
BASELINE = "_baseline"
"""The row that contributions are counted from where an index is not a weighted mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexMade:
    """Figures of an index, and what stands behind each.

    Attributes
    ----------
    made : Made
    nodes : DataFrame
        See `node_schema`; one row for each unit, period and node.
    """

    made: Made
    nodes: pl.DataFrame


def node_schema(city: City) -> dict[str, pl.DataType]:
    """Return the columns of `index_nodes.parquet`.

    `value` is a node's value, for an indicator after all steps; `raw` and `treated` are an indicator's
    value before and after everything but the last scaling; `contribution` adds up to the index over
    indicators (with the row `_baseline` where there is one); `figure` is the indicator's figure.
    """
    texts = ("index", "series", "ref_area", "time_period", *city.dimensions, "node", "level", "parent")
    numbers: dict[str, pl.DataType] = {name: pl.Float64() for name in _NUMBERS}
    return {n: pl.String() for n in texts} | numbers | {"status": pl.String(), "figure": pl.String()}


def read_indices(city: City) -> dict[str, Index]:
    """Read the specifications of a city's indices.

    Raises
    ------
    ZhihengError
        With every mistake of every file, at its line.
    """
    if not city.indices:
        return {}
    from zhiheng.index import Index

    found: dict[str, Index] = {}
    problems: list[Problem] = []
    for code, marked in city.indices.items():
        try:
            found[code] = yamlfile.validate(marked, Index, f"{INDICES}/{code}.yaml")
        except ZhihengError as error:
            problems += error.problems
    raise_if(problems)
    return found


def index_figures(
    city: City, code: str, measure: IndexMeasure, spec: Index, figures: pl.DataFrame
) -> IndexMade:
    """Make the figures of an index, or of the scores of its nodes.

    Parameters
    ----------
    city : City
    code : str
        The indicator.
    measure : IndexMeasure
    spec : Index
    figures : DataFrame
        The long table so far.
    """
    parts = [
        _slice(city, code, measure, spec, cells)
        for cells in _slices(city, measure, inputs_of(city, measure, spec, figures))
    ]
    rows = [row for part in parts for row in part.rows]
    lineage = [line for part in parts for line in part.lineage]
    nodes = [part.nodes for part in parts if part.nodes is not None]
    problems = [problem for part in parts for problem in part.problems]
    frame = pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()
    empty = pl.DataFrame(schema=node_schema(city))
    return IndexMade(made=Made(frame, lineage, capped(problems)), nodes=pl.concat([empty, *nodes]))


@dataclass(frozen=True, slots=True)
class _Part:
    rows: list[Row]
    lineage: list[Lineage]
    nodes: pl.DataFrame | None
    problems: list[Problem]


# ---- inputs -------------------------------------------------------------------------------------


def inputs_of(
    city: City, measure: IndexMeasure, spec: Index, figures: pl.DataFrame
) -> dict[Cell, dict[str, list[Row]]]:
    """Return the figures of the index's indicators by cell and indicator."""
    codes = [node.code for node in spec.indicators]
    mine = figures.filter(
        pl.col("indicator").is_in(codes),
        pl.col("series") == measure.of_series,
        pl.col("obs_status") != "target",
    )
    cells: dict[Cell, dict[str, list[Row]]] = {}
    for row in mine.iter_rows(named=True):
        cell = (row["ref_area"], row["time_period"], *(row[name] for name in city.dimensions))
        cells.setdefault(cell, {}).setdefault(row["indicator"], []).append(row)
    return cells


def _slices(
    city: City, measure: IndexMeasure, cells: Mapping[Cell, dict[str, list[Row]]]
) -> Iterable[dict[Cell, dict[str, list[Row]]]]:
    """Yield what goes into the engine together: the areas, then one dimension's codes after another's."""
    names = list(city.dimensions)
    for wanted in (None, *measure.by):
        chosen = {
            cell: found
            for cell, found in cells.items()
            if [n for n, c in zip(names, cell[2:], strict=True) if c != TOTAL] == ([wanted] if wanted else [])
        }
        if chosen:
            yield chosen


def _missing(spec: Index, found: Mapping[str, list[Row]]) -> list[str]:
    """Return the indicators of which a cell has no one value: none, none shown, or several that conflict."""
    return [
        node.code
        for node in spec.indicators
        if len(rows := found.get(node.code, [])) != 1 or rows[0]["obs_value"] is None
    ]


def _slice(
    city: City,
    code: str,
    measure: IndexMeasure,
    spec: Index,
    cells: dict[Cell, dict[str, list[Row]]],
) -> _Part:
    """Compute one set of units; periods in which no unit has every indicator are not the index's."""
    missing = {cell: _missing(spec, found) for cell, found in cells.items()}
    periods = {cell[1] for cell, names in missing.items() if not names}
    if measure.missing_input == "by_index":
        periods = {cell[1] for cell in cells}
    cells = {cell: found for cell, found in sorted(cells.items()) if cell[1] in periods}
    lacking = {cell: missing[cell] for cell in cells if missing[cell]}
    if measure.missing_input == "fail" and lacking:
        problems = [
            Problem(where=f"{code}.{measure.series} {' '.join(_shown(cell))}", rule="index_input_missing",
                    found=", ".join(names), args={"index": spec.index})
            for cell, names in lacking.items()
        ]  # fmt: skip
        return _Part([], [], None, problems)
    whole = (
        cells if measure.missing_input == "by_index" else {c: f for c, f in cells.items() if c not in lacking}
    )
    if not whole:
        return _Part([], [], None, [])
    try:
        nodes = _computed(city, measure, spec, whole)
    except ZhihengError as error:
        return _Part([], [], None, error.problems)
    maker = _Maker(city, code, measure, spec, method_version(measure, spec), method_status(spec))
    rows = [maker.rows(cell, found, nodes.get(cell), lacking.get(cell, [])) for cell, found in cells.items()]
    made = [pair for pairs in rows for pair in pairs]
    frame = pl.DataFrame(
        [row for found in nodes.values() for row in found], schema=node_schema(city), orient="row"
    )
    return _Part([row for row, _ in made], [line for _, line in made], frame, [])


def _shown(cell: Cell) -> list[str]:
    return [part for part in cell if part != TOTAL]


# ---- the engine ---------------------------------------------------------------------------------


def _computed(
    city: City, measure: IndexMeasure, spec: Index, cells: Mapping[Cell, dict[str, list[Row]]]
) -> dict[Cell, list[Row]]:
    """Return what the engine makes of every node, by cell."""
    from zhiheng.index import compute

    ordered = list(cells)
    values = {
        node.code: pl.Series(
            node.code, [value_of(cells[cell].get(node.code, [])) for cell in ordered], pl.Float64
        )
        for node in spec.indicators
    }
    keys = {"unit": [_unit(cell) for cell in ordered], "time_period": [cell[1] for cell in ordered]}
    result = compute(spec, pl.DataFrame(keys | values))
    return _nodes(city, measure, result, {(_unit(c), c[1]): c for c in ordered}, cells)


def _unit(cell: Cell) -> str:
    return " ".join(_shown((cell[0], *cell[2:])))


def value_of(rows: list[Row]) -> float | None:
    """Return an indicator's one value; None where there is none, or several that conflict."""
    return rows[0]["obs_value"] if len(rows) == 1 else None


def _nodes(
    city: City,
    measure: IndexMeasure,
    result: Result,
    by_unit: Mapping[tuple[str, str], Cell],
    cells: Mapping[Cell, dict[str, list[Row]]],
) -> dict[Cell, list[Row]]:
    """Return a row for every unit, period and node: weights, values of every stage, contribution, figure."""
    tree = result.tree.rows_by_key("code", named=True, unique=True)
    before = [step.kind for step in result.spec.steps].index("normalise") if _normalises(result) else -1
    raw, treated = _lookup(result.stage("data")), _lookup(_before(result, before))
    parts: dict[tuple[str, str], dict[str, float]] = {}
    for row in result.contributions().iter_rows(named=True):
        parts.setdefault((row["unit"], row["time_period"]), {})[row["indicator"]] = row["contribution"]
    found: dict[Cell, list[Row]] = {}
    for values in result.values.iter_rows(named=True):
        key = (values["unit"], values["time_period"])
        cell = by_unit[key]
        head = {"index": result.spec.index, "series": measure.series, "ref_area": cell[0],
                "time_period": cell[1], **dict(zip(city.dimensions, cell[2:], strict=True))}  # fmt: skip
        rows = found.setdefault(cell, [])
        for name, at in tree.items():
            node = result.spec.node(name)
            posts = node.goalposts
            inputs = cells[cell].get(name, [])
            rows.append(
                head
                | {
                    "node": name,
                    "level": at["level"],
                    "parent": at["parent"],
                    "importance_weight": at["importance_weight"],
                    "effective_weight": at["effective_weight"],
                    "raw": raw[key].get(name),
                    "treated": treated[key].get(name),
                    "value": values[name],
                    "contribution": parts[key].get(name),
                    "lower": posts.lower if posts else None,
                    "upper": posts.upper if posts else None,
                    "status": _status([node.status, *([posts.status] if posts else [])]),
                    "figure": inputs[0]["figure_id"] if len(inputs) == 1 else None,
                }
            )
        if BASELINE in parts[key]:
            rows.append(head | {"node": BASELINE, "contribution": parts[key][BASELINE]})
    return found


def _normalises(result: Result) -> bool:
    return any(step.kind == "normalise" for step in result.spec.steps)


def _before(result: Result, step: int) -> pl.DataFrame:
    """Return the indicators as they go into normalisation, or at the end where nothing is normalised."""
    state = result.states[step] if step >= 0 else result.states[-1]
    keys, codes = result.keys(state.rows), result.spec.arrays.codes
    columns = {code: state.x[:, j] for j, code in enumerate(codes[: state.x.shape[1]])}
    return pl.concat([keys, pl.DataFrame(columns).fill_nan(None)], how="horizontal")


def _lookup(frame: pl.DataFrame) -> dict[tuple[str, str], Row]:
    return {(row["unit"], row["time_period"]): row for row in frame.iter_rows(named=True)}


def _status(found: Iterable[str | None]) -> str | None:
    """Return `assumed` if anything was, `official` if all is, else None."""
    known = list(found)
    if "assumed" in known:
        return "assumed"
    return "official" if known and all(status == "official" for status in known) else None


def method_status(spec: Index) -> str | None:
    """Return whether an index rests on assumed weights or bounds.

    A weight that nobody stated (all siblings are equal) counts as neither official nor assumed.
    """
    nodes = list(spec.tree.walk())
    stated = [node.status for node in nodes if node.importance_weight is not None]
    stated += [node.goalposts.status for node in nodes if node.goalposts is not None]
    return _status(stated)


def method_version(measure: IndexMeasure, spec: Index) -> str:
    """Return a name that changes when the measure or the specification does, such as `index-1a2b3c4d`."""
    said = {"measure": measure, "index": spec}
    stated = {name: model.model_dump(mode="json", exclude_defaults=True) for name, model in said.items()}
    return f"index-{fingerprint(stated)[:8]}"


# ---- figures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Maker:
    """Rows of the long table from the nodes of a cell."""

    city: City
    code: str
    measure: IndexMeasure
    spec: Index
    version: str
    status: str | None

    def rows(
        self, cell: Cell, found: Mapping[str, list[Row]], nodes: list[Row] | None, lacking: list[str]
    ) -> list[tuple[Row, Lineage]]:
        """Return the figures of one unit and period with their lineage."""
        used = [row for node in self.spec.indicators for row in found.get(node.code, [])]
        if self.measure.scores is None:
            root = self.spec.tree.code
            value = next((n["value"] for n in nodes or [] if n["node"] == root), None)
            return [(self._row(cell, used, value, lacking), self._line(cell, root, used))]
        if nodes is None:
            return []
        return [
            (
                self._row(cell, used, node["value"], [])
                | {self.measure.scores: component(self.spec.index, node["node"])},
                self._line(cell, node["node"], used),
            )
            for node in nodes
            if node["node"] not in (self.spec.tree.code, BASELINE)
        ]

    def _row(self, cell: Cell, used: list[Row], value: float | None, lacking: list[str]) -> Row:
        indicator = self.city.indicators[self.code]
        names = [self.city.indicators[name].name for name in lacking]
        status = "normal" if value is not None else "missing_input" if lacking else "not_defined"
        return {
            "indicator": self.code,
            "ref_area": cell[0],
            "time_period": cell[1],
            **dict(zip(self.city.dimensions, cell[2:], strict=True)),
            "series": self.measure.series,
            "obs_value": value,
            "decimals": indicator.decimals,
            "unit_measure": indicator.unit_measure,
            "obs_status": status,
            "basis": weakest_basis(row["basis"] for row in used),
            "margin": "none",
            "method_version": self.version,
            "method_status": self.status,
            "note": "；".join(f"{n.zh} {n.en}" for n in names) if names and value is None else None,
            "series_break": indicator.run_of(cell[0], cell[1]),
        }

    def _line(self, cell: Cell, node: str, used: list[Row]) -> Lineage:
        return {
            "kind": "index",
            "index": self.spec.index,
            "node": node,
            "cell": list(cell),
            "figures": [row["figure_id"] for row in used],
        }
