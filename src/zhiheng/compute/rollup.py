"""Which areas, codes and periods a reduced row counts into, and the sums over them.

A row counts once into every area it belongs to, once into its own code of a dimension and into
each code above that, and once into each period of a figure that holds its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from zhiheng.errors import Problem
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.periods import containing, parse
from zhiheng.reduce.plan import Demand, TablePlan, demands, stock_periods
from zhiheng.reduce.tables import sum_by

Into = dict[str, list[str]]
"""Code -> the codes it counts into."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """Sums of a demand's amounts, by area, period and code.

    Attributes
    ----------
    sums : DataFrame
        The reduced table's keys and the demand's columns; only where a record takes part.
    sources : dict
        Key column -> key -> the keys of reduced rows that were added up.
    problems : list of Problem
    """

    sums: pl.DataFrame
    sources: dict[str, Into]
    problems: list[Problem]


def roll_up(city: City, reduced: pl.DataFrame, table_plan: TablePlan, wanted: Demand) -> Rolled:
    """Add a demand's reduced rows up to the areas, codes and periods of its figures.

    Parameters
    ----------
    city : City
    reduced : DataFrame
        The reduced table.
    table_plan : TablePlan
        Its plan.
    wanted : Demand
    """
    rows = taking_part(reduced, table_plan, wanted)
    areas = {code: counted_into(city, code) for code in _values(rows, "ref_area")}
    codes = {name: {c: above(city, name, c) for c in _values(rows, name)} for name in wanted.by}
    periods, problems = figure_periods(city, reduced, wanted, _values(rows, "time_period"))
    return rolled(rows, table_plan, wanted, {"ref_area": areas, "time_period": periods, **codes}, problems)


def rolled(
    rows: pl.DataFrame, table_plan: TablePlan, wanted: Demand, into: dict[str, Into], problems: list[Problem]
) -> Rolled:
    """Add rows up by what each key counts into; rows keep their order, so that sums have one order."""
    for name, pairs in into.items():
        rows = _spread(rows, name, pairs)
    sources = {name: _backwards(pairs) for name, pairs in into.items()}
    return Rolled(sum_by(rows, table_plan.keys, wanted.merges), sources, problems)


def taking_part(reduced: pl.DataFrame, table_plan: TablePlan, wanted: Demand) -> pl.DataFrame:
    """Return the reduced rows of a demand: where records take part, not broken down by others' dimensions."""
    others = [name for name in table_plan.dimensions if name not in wanted.by]
    return reduced.filter(
        pl.col(wanted.column(wanted.counted)) > 0, *(pl.col(name) == TOTAL for name in others)
    )


def counted_into(city: City, recorded: str) -> list[str]:
    """Return the areas a record of one area code counts into: itself and up to the city, no further."""
    chain = city.areas.lineage(own_area(city, recorded))
    top = city.settings.ref_area
    return chain[: chain.index(top) + 1] if top in chain else chain[:1]


def own_area(city: City, recorded: str) -> str:
    """Return the area that a record of an area code is of: today's, or as recorded."""
    return city.areas.current(recorded) if city.settings.geography == "current" else recorded


def above(city: City, dimension: str, code: str) -> list[str]:
    """Return a code and those it is counted into; the total is not among them, it has rows of its own."""
    parents = {item.code: item.parent for item in city.dimensions[dimension].codes}
    chain: list[str] = []
    step: str | None = code
    while step is not None:
        chain.append(step)
        step = parents.get(step)
    return chain


def figure_periods(
    city: City, reduced: pl.DataFrame, wanted: Demand, recorded: Iterable[str]
) -> tuple[Into, list[Problem]]:
    """Return the figures' periods that each reduced period counts into.

    A stock is of the period at whose end it was taken.  A span has a figure only where each of its
    periods has records in the table; a note names those that are incomplete.
    """
    if wanted.stock is not None:
        own = set(stock_periods(city, wanted))
        return {text: [text] for text in recorded if text in own}, []
    spans, problems = _complete_spans(city, reduced, wanted)
    into: Into = {}
    for text in recorded:
        period = parse(text)
        into[text] = [span for span in spans if inside(text, span)]
        if wanted.frequency == "span":
            continue
        starts = city.settings.assessment_year_starts
        figure = containing(period.start, wanted.frequency, assessment_year_starts=starts).text
        if inside(text, figure):
            into[text].insert(0, figure)
        else:
            facts = {"frequency": wanted.frequency, "table": wanted.table}
            problems.append(Problem(where=wanted.stem, rule="record_period_long", found=text, args=facts))
    return into, problems


def _complete_spans(city: City, reduced: pl.DataFrame, wanted: Demand) -> tuple[list[str], list[Problem]]:
    if not wanted.spans:
        return [], []
    counted = [d.column(d.counted) for d in demands(city, wanted.table) if d.stock is None]
    there = reduced.filter(pl.any_horizontal(pl.col(name) > 0 for name in counted))["time_period"]
    present = there.unique().sort().to_list()
    complete: list[str] = []
    problems: list[Problem] = []
    for span in wanted.spans:
        missing = [part for part in _steps(span) if not any(inside(text, part) for text in present)]
        if not missing:
            complete.append(span)
        elif any(inside(text, span) for text in present):
            facts = {"table": wanted.table, "missing": ", ".join(missing)}
            problems.append(
                Problem(where=wanted.stem, rule="span_incomplete", found=span, args=facts, severity="note")
            )
    return complete, problems


def _steps(span: str) -> list[str]:
    """Return the periods a span is written with, first to last: 2011/2013 is 2011, 2012, 2013."""
    first, last = (parse(end) for end in span.split("/"))
    steps = [last]
    while steps[-1].start > first.start:
        steps.append(steps[-1].earlier(1))
    return [step.text for step in reversed(steps)]


def inside(text: str, other: str) -> bool:
    """Return whether a period lies within another."""
    period, holder = parse(text), parse(other)
    return holder.start <= period.start and period.end <= holder.end


def _values(rows: pl.DataFrame, name: str) -> list[str]:
    return rows[name].unique().sort().to_list()


def _spread(rows: pl.DataFrame, name: str, into: Into) -> pl.DataFrame:
    """Return each row once for every code it counts into, in the rows' order."""
    pairs = [(code, target) for code, targets in into.items() for target in targets]
    table = pl.DataFrame(pairs, schema={name: pl.String, "_into": pl.String}, orient="row")
    spread = rows.join(table, on=name, how="inner", maintain_order="left_right")
    return spread.with_columns(pl.col("_into").alias(name)).drop("_into")


def _backwards(into: Into) -> Into:
    found: Into = {}
    for code, targets in into.items():
        for target in targets:
            found.setdefault(target, []).append(code)
    return found
