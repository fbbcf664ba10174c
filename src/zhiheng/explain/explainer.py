"""A city's finished figures, and the way back from each."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from zhiheng.collect.rounds import Round
from zhiheng.compute.figures import FIGURES, LINEAGE
from zhiheng.compute.indices import NODES, read_indices
from zhiheng.compute.measures import NEEDS_CASES
from zhiheng.compute.robustness import ROBUSTNESS
from zhiheng.errors import Lang
from zhiheng.explain.facts import (
    ASSUMED,
    GIVEN,
    NODE_DECIMALS,
    OPTIONAL,
    ROLES,
    STATUS,
    given_facts,
    node_facts,
    round_facts,
    same,
    stratum_facts,
)
from zhiheng.explain.steps import Coded, Fact, Row, Step
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL, Dimension
from zhiheng.framework.measures import Amount, Measure, WeightedRateMeasure, amounts
from zhiheng.framework.periods import parse
from zhiheng.numerics.rounding import round_half_even
from zhiheng.reduce.plan import Reduced, TablePlan, plan
from zhiheng.reduce.tables import Part, part_file


class Explainer:
    """A city's finished figures with everything needed to say where each came from.

    Parameters
    ----------
    city : City
    current : iterable of Round
        The current rounds.
    reduced, computed : Path
        The finished folders of stages 3 and 4.
    """

    def __init__(self, city: City, current: Iterable[Round], reduced: Path, computed: Path) -> None:
        self.city = city
        self.rounds = {r.file: r for r in current if r.file}
        self.reduced = reduced
        self.figures = pl.read_parquet(computed / FIGURES)
        lineage = pl.read_parquet(computed / LINEAGE)
        self._lineage = dict(zip(lineage["figure_id"], lineage["lineage"], strict=True))
        self.nodes = pl.read_parquet(computed / NODES)
        self.robustness = pl.read_parquet(computed / ROBUSTNESS)

    @functools.cached_property
    def _plans(self) -> dict[str, TablePlan | None]:
        """What `reduce` did with each table: a page asks for it hundreds of times."""
        return {table: plan(self.city, table) for table in self.city.contracts}

    @functools.cached_property
    def _rows(self) -> dict[str, Row]:
        return {row["figure_id"]: row for row in self.figures.iter_rows(named=True)}

    @functools.cached_property
    def _cells(self) -> dict[tuple[str, ...], list[Row]]:
        cells: dict[tuple[str, ...], list[Row]] = {}
        for row in self._rows.values():
            cells.setdefault(self._cell(row), []).append(row)
        return cells

    @functools.cached_property
    def _names(self) -> dict[str, dict[str, str | Text | None]]:
        """What the nodes of every index are called."""
        specs = read_indices(self.city)
        return {code: {n.code: n.name for n in spec.tree.walk()} for code, spec in specs.items()}

    def headlines(self, indicator: str, ref_area: str, time_period: str) -> list[Row]:
        """Return the headline figures of an indicator, area and period: totals and breakdowns."""
        wanted = (indicator, ref_area, time_period)
        return [
            row
            for row in self._rows.values()
            if (row["indicator"], row["ref_area"], row["time_period"]) == wanted and row["headline"]
        ]

    def find(
        self, indicator: str, ref_area: str, time_period: str, by: Mapping[str, str] | None = None
    ) -> list[Row]:
        """Return the headline figures of one cell of an indicator, area and period.

        Parameters
        ----------
        indicator, ref_area, time_period : str
        by : mapping of str to str, optional
            Dimension -> code; the total of every other one.  Without it the totals, or else every
            breakdown.
        """
        found = self.headlines(indicator, ref_area, time_period)
        codes = {d: (by or {}).get(d, TOTAL) for d in self.city.dimensions}
        exact = [row for row in found if all(row[d] == code for d, code in codes.items())]
        return exact if by else exact or found

    def explain(self, figure_id: str) -> Step:
        """Return where a figure comes from.

        Raises
        ------
        KeyError
            When there is no such figure.
        """
        row = self._rows[figure_id]
        others = [
            self._figure_step(other)
            for other in self._cells[self._cell(row)]
            if other["figure_id"] != figure_id
        ]
        step = self._figure_step(row)
        if others:
            title = Text(
                zh="同一指标、地区、时期的其他数值", en="Other values of the same indicator, area and period"
            )
            step = Step(
                step.kind, step.title, step.facts, (*step.inputs, Step("others", title, (), tuple(others)))
            )
        return step

    def _cell(self, row: Row) -> tuple[str, ...]:
        dims = (row[d] for d in self.city.dimensions)
        return (row["indicator"], row["ref_area"], row["time_period"], *dims)

    def _figure_step(self, row: Row) -> Step:
        lineage = json.loads(self._lineage[row["figure_id"]])
        if lineage["kind"] == "figure":
            inputs: tuple[Step, ...] = (self._frozen_row(lineage),)
        elif lineage["kind"] in ("change", "attainment"):
            inputs = self._derived_inputs(lineage)
        elif lineage["kind"] == "index":
            inputs = self._index_inputs(row, lineage)
        elif lineage["kind"] == "weighted_rate":
            inputs = self._weighted_inputs(row, lineage)
        else:
            inputs = (self._reduced_rows(row, lineage),)
        return Step("figure", self._title(row), self._facts(row), inputs)

    def _title(self, row: Row) -> Text:
        return Text(zh=self._title_in(row, "zh"), en=self._title_in(row, "en"))

    def _title_in(self, row: Row, lang: Lang) -> str:
        """Return what a figure is of and what it says, in one language."""
        city, chinese = self.city, lang == "zh"
        indicator = city.indicators[row["indicator"]].name.text(lang)
        area, period = city.areas[row["ref_area"]].name.text(lang), parse(row["time_period"]).label(lang)
        codes = [(d, row[d]) for d in city.dimensions if row[d] not in (None, TOTAL)]
        dims = [city.dimensions[d].name_of(code).text(lang) for d, code in codes]
        unit = city.units[row["unit_measure"]].symbol.text(lang)
        if row["obs_value"] is None:
            value = "无" if chinese else "none"
        else:
            number = round_half_even(row["obs_value"], row["decimals"])
            value = f"{row['bound'] or ''}{number}{'' if unit.startswith('%') else ' '}{unit}".strip()
        if chinese:
            return f"{area}{period}{indicator}{''.join(f'（{d}）' for d in dims)}：{value}"
        return f"{indicator}, {area}, {period}{''.join(f' ({d})' for d in dims)}: {value}"

    def _facts(self, row: Row) -> tuple[Fact, ...]:
        facts: list[Fact] = [
            (Text(zh="系列", en="series"), Coded("series", row["series"])),
            (Text(zh="状态", en="status"), Coded("status", row["obs_status"])),
        ]
        if row["basis"] is not None:
            facts.append((Text(zh="取得方式", en="basis"), Coded("basis", row["basis"])))
        if row["method_status"] == "assumed":
            facts.append((Text(zh="注意", en="caution"), ASSUMED))
        if row["headline"]:
            facts.insert(0, (Text(zh="代表数值", en="headline"), Text(zh="是", en="yes")))
        if row["ci_low"] is not None:
            low, high = (round_half_even(row[k], row["decimals"]) for k in ("ci_low", "ci_high"))
            facts += [
                (Text(zh="误差范围", en="margin"), f"{low} – {high} ({row['confidence_level']:.0%})"),
                (Text(zh="区间算法", en="interval"), Coded("interval", row["interval"])),
                (Text(zh="误差性质", en="sort of margin"), Coded("margin", row["margin"])),
            ]
        for name, words in OPTIONAL.items():
            if row[name] is not None:
                value = row[name]
                facts.append((words, f"{value:g}" if isinstance(value, float) else str(value)))
        facts.append((Text(zh="编号", en="id"), row["figure_id"]))
        return tuple(facts)

    def _frozen_row(self, lineage: Row) -> Step:
        made = self.rounds[lineage["frozen_file"]]
        line = lineage["source_line"]
        place = f"!{made.sheet}!{line}:{line}" if made.sheet else f":{line}"
        return Step(
            "row",
            Text(zh=f"冻结文件 {made.file}", en=f"Frozen file {made.file}"),
            (*round_facts(made), (Text(zh="行", en="line"), f"{made.source}{place}")),
        )

    def _reduced_rows(self, row: Row, lineage: Row) -> Step:
        """Return the reduced rows a figure adds up, the conditions, and the files behind them."""
        measure = self._measure(row)
        if not isinstance(measure, Reduced):  # lineage of this kind is written for these only
            raise ValueError(measure.kind)
        title = Text(zh="记录汇总", en="Records reduced")
        return self._reduced(title, lineage, amounts(measure), tuple(self._parameters(row)))

    def _measure(self, row: Row) -> Measure:
        indicator = self.city.indicators[row["indicator"]]
        return next(m for m in indicator.measures if m.series == row["series"])

    def _reduced(
        self, title: Text, lineage: Row, added: Mapping[str, Amount], more: tuple[Fact, ...] = ()
    ) -> Step:
        """Return reduced rows that were added up, what of, and the files behind them."""
        table = lineage["table"]
        facts: list[Fact] = [(Text(zh="汇总表", en="reduced table"), f"3_reduced/{table}.parquet")]
        facts += [
            (Text(zh=f"键 {key}", en=f"key {key}"), ", ".join(values))
            for key, values in _keys(lineage["rows"]).items()
        ]
        for area, share in lineage.get("shares", {}).items():
            name = self.city.areas[area].name
            facts.append((Text(zh=f"{name.zh}分得", en=f"share of {name.en}"), f"{share:g}"))
        for role, amount in added.items():
            rule = amount.count or f"sum({amount.sum})" + (f" where {amount.where}" if amount.where else "")
            facts.append((ROLES[role], rule))
        return Step("reduced", title, (*facts, *more), tuple(self._parts(table, lineage)))

    def _weighted_inputs(self, row: Row, lineage: Row) -> tuple[Step, ...]:
        """Return the strata of a weighted rate, the records behind them, and where the weights are from."""
        measure = self._measure(row)
        if not isinstance(measure, WeightedRateMeasure):
            raise ValueError(measure.kind)
        dimension = self.city.dimensions[measure.strata]
        strata = tuple(
            Step("stratum", self._stratum_title(dimension, line), stratum_facts(line))
            for line in lineage["strata"]
        )
        whole = Step("strata", Text(zh="各层加权", en="Strata weighted together"), (), strata)
        sample = self._reduced_rows(row, lineage)
        weights = lineage["weights"]
        if "table" in weights and measure.weights.amount is not None:
            title = Text(zh="权数汇总", en="Weights reduced")
            return whole, sample, self._reduced(title, weights, {"weight": measure.weights.amount})
        given = Step("weights", Text(zh="写明的权数", en="Weights given"), given_facts(weights))
        return whole, sample, given

    def _index_inputs(self, row: Row, lineage: Row) -> tuple[Step, ...]:
        """Return an index's nodes down to its indicators' figures; without a value, these alone."""
        area, period, *codes = lineage["cell"]
        where = {"index": lineage["index"], "series": row["series"], "ref_area": area, "time_period": period}
        nodes = self.nodes.filter(**where, **dict(zip(self.city.dimensions, codes, strict=True)))
        found = {node["node"]: node for node in nodes.iter_rows(named=True)}
        if lineage["node"] not in found:
            return tuple(self._figure_step(self._rows[name]) for name in lineage["figures"])
        return (self._node_step(found, lineage["node"]),)

    def _node_step(self, found: Mapping[str, Row], code: str) -> Step:
        node = found[code]
        below = tuple(self._node_step(found, c) for c, n in found.items() if n["parent"] == code)
        own = (self._figure_step(self._rows[node["figure"]]),) if node["figure"] else ()
        title = self._node_name(node["index"], code)
        shown = "" if node["value"] is None else round_half_even(node["value"], NODE_DECIMALS)
        said = Text(zh=f"{title.zh}：{shown}", en=f"{title.en}: {shown}")
        return Step("node", said, tuple(node_facts(node)), (*below, *own))

    def _node_name(self, index: str, code: str) -> Text:
        """Return what a node is called: as its file says, else as its indicator, else its code."""
        name = self._names[index].get(code)
        if isinstance(name, Text):
            return name
        if name is None and code in self.city.indicators:
            return self.city.indicators[code].name
        return same(name or code)

    def _stratum_title(self, dimension: Dimension, line: Row) -> Text:
        name = dimension.name_of(line["stratum"])
        if "ref_area" not in line:
            return name
        area = self.city.areas[line["ref_area"]].name
        return Text(zh=f"{area.zh} {name.zh}", en=f"{area.en}, {name.en}")

    def _parameters(self, row: Row) -> Iterable[Fact]:
        """Yield the dated parameters that shaped a figure, and whether they are official."""
        publication = self.city.settings.publication
        used = [publication.minimum_cases] if self._measure(row).kind in NEEDS_CASES else []
        if row["confidence_level"] is not None:
            used.append(publication.confidence_level)
        for name in used:
            parameter = self.city.parameters[name]
            value = parameter.on(publication.as_of)
            unit = self.city.units[parameter.unit_measure].symbol
            status = STATUS[value.status]
            yield (
                Text(zh=f"参数 {parameter.name.zh}", en=f"parameter {parameter.name.en}"),
                Text(
                    zh=f"{value.value:g}{unit.zh}（{status.zh}）",
                    en=f"{value.value:g}{unit.en} ({status.en})",
                ),
            )

    def _parts(self, table: str, lineage: Row) -> Iterable[Step]:
        """Yield the frozen files whose parts have rows for the figure, with what each gave.

        A zero of a complete register rests on the files in which other areas have records and its own none.
        """
        table_plan = self._plans[table]
        if table_plan is None:  # a figure was made from the table, so it has a plan
            raise ValueError(table)
        for file, made in self.rounds.items():
            if made.table != table:
                continue
            part = Part(made.table, made.time_period, made.organisation, file, made.sha256)
            rows = self._part_rows(self.reduced / part_file(table_plan, part))
            chosen = _select(rows, lineage["rows"])
            counted = next(role for role in ("n", "weight_n") if role in lineage["columns"])
            looked_through = chosen
            if lineage.get("none"):
                looked_through = _select(rows, {k: v for k, v in lineage["rows"].items() if k != "ref_area"})
            if not looked_through[lineage["columns"][counted]].sum():
                continue
            for area, share in lineage.get("shares", {}).items():
                mine = pl.when(pl.col("ref_area") == area).then(share).otherwise(1.0)
                amounts = [c for r, c in lineage["columns"].items() if r not in ("n", "weight_n")]
                chosen = chosen.with_columns(pl.col(name) * mine for name in amounts)
            sums = [
                (GIVEN.get(role, same(role)), f"{chosen[name].sum():g}")
                for role, name in lineage["columns"].items()
                if not role.startswith("moments_m")
            ]
            yield Step(
                "part",
                Text(zh=f"冻结文件 {file}", en=f"Frozen file {file}"),
                (*round_facts(made), *sums),
            )

    @functools.lru_cache(maxsize=512)  # noqa: B019 - an explainer lives as long as one publication
    def _part_rows(self, path: Path) -> pl.DataFrame:
        return pl.read_parquet(path)

    def _derived_inputs(self, lineage: Row) -> tuple[Step, ...]:
        names = [*lineage["figures"], *lineage.get("earlier", [])]
        steps = [self._figure_step(self._rows[name]) for name in names]
        if lineage["kind"] == "attainment":
            edition = (Text(zh="目标版本", en="edition"), lineage["edition"])
            goal = (Text(zh="目标值", en="target"), f"{lineage['goal']:g}")
            inner = (self._figure_step(self._rows[lineage["target"]]),) if lineage["target"] else ()
            steps.append(Step("target", Text(zh="目标", en="Target"), (edition, goal), inner))
        return tuple(steps)


def _keys(rows: Row | list[Row]) -> dict[str, list[str]]:
    """Return the keys of a figure's rows, each key by itself."""
    if isinstance(rows, dict):
        return rows
    return {name: sorted({row[name] for row in rows}) for name in rows[0]}


def _select(rows: pl.DataFrame, keys: Row | list[Row]) -> pl.DataFrame:
    """Return the reduced rows of a figure: all combinations of its keys, or the very rows."""
    if isinstance(keys, list):
        wanted = pl.DataFrame(keys)
        return rows.join(wanted, on=wanted.columns, how="semi")
    return rows.filter(pl.col(name).is_in(values) for name, values in keys.items())
