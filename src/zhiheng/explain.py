"""The path walked backwards: from a figure to the file somebody delivered.

`Explainer` opens a city's finished folders once; `explain` gives a tree of steps, from the figure
to what it was made from, down to frozen files, their checksums and the collected lines.
"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from zhiheng.collect import rounds
from zhiheng.collect.rounds import Round
from zhiheng.compute.figures import FIGURES, LINEAGE
from zhiheng.compute.measures import NEEDS_CASES
from zhiheng.errors import Lang, Problem, ZhihengError, raise_if
from zhiheng.framework.base import Text
from zhiheng.framework.city import City, load
from zhiheng.framework.dimensions import TOTAL, Dimension
from zhiheng.framework.measures import Amount, Measure, WeightedRateMeasure, amounts
from zhiheng.framework.periods import parse
from zhiheng.numerics.rounding import round_half_even
from zhiheng.reduce.plan import Reduced, plan
from zhiheng.reduce.tables import Part, part_file
from zhiheng.store import COMPUTED, REDUCED, stamp_of

Row = dict[str, Any]


class Coded(str):
    """A code of one of our lists, such as `published` of `status`; pages put it into words.

    Attributes
    ----------
    listed : str
        The list: `series`, `status`, `basis`, `margin` or `interval`.
    """

    __slots__ = ("listed",)
    listed: str

    def __new__(cls, listed: str, code: str) -> Coded:
        """Return a code that knows its list."""
        made = super().__new__(cls, code)
        made.listed = listed
        return made


Fact = tuple[Text, str | Text]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation.

    Attributes
    ----------
    kind : str
        `figure`, `row`, `reduced`, `part`, `strata`, `stratum`, `weights`, `target`, `others`.
    title : Text
    facts : tuple of (Text, str or Text)
        Names and values.
    inputs : tuple of Step
        What this was made from.
    """

    kind: str
    title: Text
    facts: tuple[Fact, ...] = ()
    inputs: tuple[Step, ...] = field(default=())

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the step and all below it as plain values.

        Titles are for people, in the language asked for; facts are for programs, the same in any.
        """
        return {
            "kind": self.kind,
            "title": self.title.text(lang),
            "facts": {name.en.replace(" ", "_"): _neutral(value) for name, value in self.facts},
            "inputs": [step.to_dict(lang) for step in self.inputs],
        }


def _neutral(value: str | Text) -> str:
    return value.en if isinstance(value, Text) else str(value)


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

    @functools.cached_property
    def _rows(self) -> dict[str, Row]:
        return {row["figure_id"]: row for row in self.figures.iter_rows(named=True)}

    @functools.cached_property
    def _cells(self) -> dict[tuple[str, ...], list[Row]]:
        cells: dict[tuple[str, ...], list[Row]] = {}
        for row in self._rows.values():
            cells.setdefault(self._cell(row), []).append(row)
        return cells

    def find(self, indicator: str, ref_area: str, time_period: str) -> list[Row]:
        """Return the headline figures of an indicator, area and period: totals, or else breakdowns."""
        found = [
            row
            for row in self._rows.values()
            if (row["indicator"], row["ref_area"], row["time_period"]) == (indicator, ref_area, time_period)
            and row["headline"]
        ]
        totals = [row for row in found if all(row[d] == TOTAL for d in self.city.dimensions)]
        return totals or found

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
            (Text(zh="取得方式", en="basis"), Coded("basis", row["basis"])),
        ]
        if row["headline"]:
            facts.insert(0, (Text(zh="代表数值", en="headline"), Text(zh="是", en="yes")))
        if row["ci_low"] is not None:
            low, high = (round_half_even(row[k], row["decimals"]) for k in ("ci_low", "ci_high"))
            facts += [
                (Text(zh="误差范围", en="margin"), f"{low} – {high} ({row['confidence_level']:.0%})"),
                (Text(zh="区间算法", en="interval"), Coded("interval", row["interval"])),
                (Text(zh="误差性质", en="sort of margin"), Coded("margin", row["margin"])),
            ]
        for name, words in _OPTIONAL.items():
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
            (*_round_facts(made), (Text(zh="行", en="line"), f"{made.source}{place}")),
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
            (Text(zh=f"键 {key}", en=f"key {key}"), ", ".join(value))
            for key, value in lineage["rows"].items()
        ]
        for role, amount in added.items():
            rule = amount.count or f"sum({amount.sum})" + (f" where {amount.where}" if amount.where else "")
            facts.append((_ROLES[role], rule))
        return Step("reduced", title, (*facts, *more), tuple(self._parts(table, lineage)))

    def _weighted_inputs(self, row: Row, lineage: Row) -> tuple[Step, ...]:
        """Return the strata of a weighted rate, the records behind them, and where the weights are from."""
        measure = self._measure(row)
        if not isinstance(measure, WeightedRateMeasure):
            raise ValueError(measure.kind)
        dimension = self.city.dimensions[measure.strata]
        strata = tuple(
            Step("stratum", self._stratum_title(dimension, line), _stratum_facts(line))
            for line in lineage["strata"]
        )
        whole = Step("strata", Text(zh="各层加权", en="Strata weighted together"), (), strata)
        sample = self._reduced_rows(row, lineage)
        weights = lineage["weights"]
        if "table" in weights and measure.weights.amount is not None:
            title = Text(zh="权数汇总", en="Weights reduced")
            return whole, sample, self._reduced(title, weights, {"weight": measure.weights.amount})
        given = Step("weights", Text(zh="写明的权数", en="Weights given"), _given_facts(weights))
        return whole, sample, given

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
            status = _STATUS[value.status]
            yield (
                Text(zh=f"参数 {parameter.name.zh}", en=f"parameter {parameter.name.en}"),
                Text(
                    zh=f"{value.value:g}{unit.zh}（{status.zh}）",
                    en=f"{value.value:g}{unit.en} ({status.en})",
                ),
            )

    def _parts(self, table: str, lineage: Row) -> Iterable[Step]:
        """Yield the frozen files whose parts have rows for the figure, with what each gave."""
        table_plan = plan(self.city, table)
        if table_plan is None:  # a figure was made from the table, so it has a plan
            raise ValueError(table)
        for file, made in self.rounds.items():
            if made.table != table:
                continue
            part = Part(made.table, made.time_period, made.organisation, file, made.sha256)
            rows = self._part_rows(self.reduced / part_file(table_plan, part))
            chosen = _select(rows, lineage["rows"])
            counted = next(role for role in ("n", "weight_n") if role in lineage["columns"])
            if not chosen[lineage["columns"][counted]].sum():
                continue
            sums = [
                (_same(role), f"{chosen[name].sum():g}")
                for role, name in lineage["columns"].items()
                if not role.startswith("moments_m")
            ]
            yield Step(
                "part",
                Text(zh=f"冻结文件 {file}", en=f"Frozen file {file}"),
                (*_round_facts(made), *sums),
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


def _select(rows: pl.DataFrame, keys: Row) -> pl.DataFrame:
    """Return the reduced rows of a figure."""
    return rows.filter(pl.col(name).is_in(values) for name, values in keys.items())


def _stratum_facts(line: Row) -> tuple[Fact, ...]:
    sampled = line["denominator"] > 0
    return (
        (_ROLES["numerator"], f"{line['numerator']:g}"),
        (_ROLES["denominator"], f"{line['denominator']:g}"),
        (_ROLES["weight"], f"{line['weight']:g}"),
        (Text(zh="占权数", en="share of the weight"), f"{line['share']:.2f}%")
        if sampled and line["weight"] > 0
        else (Text(zh="无样本", en="no sample"), Text(zh="去掉", en="dropped"))
        if not sampled
        else (Text(zh="无权数", en="no weight"), Text(zh="不计", en="not counted")),
    )


def _given_facts(weights: Row) -> tuple[Fact, ...]:
    facts: list[Fact] = [(Text(zh="状态", en="status"), _STATUS[weights["status"]])]
    if weights["reference"]:
        facts.append((Text(zh="出处", en="reference"), weights["reference"]))
    if weights["reason"]:
        facts.append((Text(zh="理由", en="reason"), Text(**weights["reason"])))
    facts += [(_same(line["stratum"]), f"{line['weight']:g}") for line in weights["given"]]
    return tuple(facts)


def _round_facts(made: Round) -> tuple[Fact, ...]:
    return (
        (Text(zh="校验和", en="sha256"), made.sha256),
        (Text(zh="轮次", en="round"), f"{made.round} (v{made.version:04d}, {made.at})"),
        (Text(zh="来自", en="collected as"), f"{_source(made)} (sha256 {made.source_sha256})"),
        (Text(zh="契约版本", en="contract version"), made.contract_version),
    )


def _source(made: Round) -> str:
    return f"{made.source}!{made.sheet}" if made.sheet else made.source


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


_STATUS = {
    "official": Text(zh="有文件规定", en="set by a document"),
    "assumed": Text(zh="假定", en="assumed"),
}
_ROLES = {
    "count": Text(zh="计数条件", en="counts"),
    "total": Text(zh="求和", en="adds up"),
    "moments": Text(zh="求均值", en="averages"),
    "numerator": Text(zh="分子", en="numerator"),
    "denominator": Text(zh="分母", en="denominator"),
    "weight": Text(zh="权数", en="weight"),
}
_OPTIONAL = {
    "numerator": Text(zh="分子", en="numerator"),
    "denominator": Text(zh="分母", en="denominator"),
    "coverage": Text(zh="有样本的权数（%）", en="weight with a sample, per cent"),
    "range_low": Text(zh="无样本的若为 0", en="if what has no sample were 0"),
    "range_high": Text(zh="无样本的若为 100", en="if what has no sample were 100"),
    "n_obs": Text(zh="记录数", en="records"),
    "source": Text(zh="来源", en="source"),
    "release_date": Text(zh="发布日期", en="released"),
    "derivation": Text(zh="推算", en="derivation"),
    "note": Text(zh="注", en="note"),
    "series_break": Text(zh="测算批次起于", en="measurement run from"),
    "conflict_group": Text(zh="冲突组", en="conflict group"),
    "method_version": Text(zh="方法版本", en="method version"),
}


def explain_city(folder: Path, indicator: str, ref_area: str, time_period: str) -> list[Step]:
    """Explain the headline figures of an indicator, area and period in a city folder.

    Raises
    ------
    ZhihengError
        When the city was not computed yet, or a code, the period or the figure does not exist.
    """
    city = load(folder)
    if stamp_of(folder / COMPUTED) is None or stamp_of(folder / REDUCED) is None:
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_computed")])
    problems = [
        _unknown(option, code, known, what)
        for option, code, known, what in (
            ("INDICATOR", indicator, city.indicators, "indicators"),
            ("--area", ref_area, city.areas, "areas"),
        )
        if code not in known
    ]
    try:
        parse(time_period)
    except ValueError:
        problems.append(Problem(where="--period", rule="period_form", found=time_period))
    raise_if(problems)
    current = rounds.current(rounds.read(folder))
    raise_if(rounds.verify(folder, current))
    explainer = Explainer(city, current, folder / REDUCED, folder / COMPUTED)
    found = explainer.find(indicator, ref_area, time_period)
    if not found:
        raise ZhihengError([_no_figure(explainer.figures, indicator, ref_area, time_period)])
    return [explainer.explain(row["figure_id"]) for row in found]


def _unknown(option: str, code: str, known: Iterable[str], what: str) -> Problem:
    close = difflib.get_close_matches(code, list(known), n=1)
    args = {"list": what, "close": close[0] if close else "-"}
    return Problem(where=option, rule="code_unknown", found=code, args=args)


def _no_figure(figures: pl.DataFrame, indicator: str, ref_area: str, time_period: str) -> Problem:
    mine = figures.filter((pl.col("indicator") == indicator) & (pl.col("ref_area") == ref_area))
    periods = mine["time_period"].unique().sort().to_list()
    return Problem(
        where=f"{indicator} --area {ref_area} --period {time_period}",
        rule="figure_not_found",
        args={"periods": ", ".join(periods) or "-"},
    )
