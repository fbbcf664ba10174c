"""Which areas, codes and periods a reduced row counts into, and the sums over them.

A row counts once into every area it belongs to, once into its own code of a dimension and into
each code above that, and once into each period of a figure that holds its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from zhiheng.compute.wholes import Policy, settle
from zhiheng.errors import Problem
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.periods import Period, containing, parse
from zhiheng.reduce.plan import Demand, TablePlan, demands, stock_periods
from zhiheng.reduce.tables import sum_by

Into = dict[str, list[str]]
"""Code -> the codes it counts into."""
ALLOCATED = "_allocated"
"""Column that counts the rows whose amounts were allocated by shares."""
WHOLE = 1e-9
"""Shares that add up to 1 within this are the whole: they were written in decimals."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """Sums of a demand's amounts, by area, period and code.

    Attributes
    ----------
    sums : DataFrame
        The reduced table's keys and the demand's columns; only where a record takes part. `ALLOCATED`
        is above 0 where amounts were allocated by shares.
    sources : dict
        Key column -> key -> the keys of reduced rows that were added up.
    problems : list of Problem
    exact : dict or None
        Key -> the very rows, where they are not all combinations of `sources`.
    shares : dict
        Area -> recorded area -> the share of it that was counted, where it was not all.
    """

    sums: pl.DataFrame
    sources: dict[str, Into]
    problems: list[Problem]
    exact: dict[tuple[str, ...], list[dict[str, str]]] | None = None
    shares: dict[str, dict[str, float]] = field(default_factory=dict)


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
    aggregates = city.contracts[wanted.table].aggregates
    if aggregates is not None:
        return _of_sums(city, reduced, table_plan, wanted, aggregates.whole_and_parts)
    rows = taking_part(reduced, table_plan, wanted)
    areas, wrong = _shares(city, wanted, _values(rows, "ref_area"))
    codes = {name: {c: above(city, name, c) for c in _values(rows, name)} for name in wanted.by}
    periods, problems = figure_periods(city, reduced, wanted, _values(rows, "time_period"))
    into = {"ref_area": {c: list(s) for c, s in areas.items()}, "time_period": periods, **codes}
    for name, pairs in into.items():
        rows = _spread(rows, name, pairs) if name != "ref_area" else _allocated(rows, areas, wanted)
    merges = wanted.merges | {ALLOCATED: "sum"}
    shares = {target: {c: s[target] for c, s in areas.items() if s.get(target, 1) != 1}
              for target in {t for s in areas.values() for t in s}}  # fmt: skip
    return Rolled(
        sums=sum_by(rows, table_plan.keys, merges),
        sources={name: _backwards(pairs) for name, pairs in into.items()},
        problems=[*wrong, *problems],
        shares={target: found for target, found in shares.items() if found},
    )


def _shares(
    city: City, wanted: Demand, recorded: Iterable[str]
) -> tuple[dict[str, dict[str, float]], list[Problem]]:
    """Return how much of each recorded area counts into which areas: all of it, or by shares."""
    found: dict[str, dict[str, float]] = {}
    problems: list[Problem] = []
    for code in recorded:
        parts, wrong = _today(city, wanted, code)
        problems += wrong
        total: dict[str, float] = {}
        for part, share in parts.items():
            for area in _chain(city, part):
                total[area] = total.get(area, 0.0) + share
        found[code] = {a: 1.0 if abs(s - 1) < WHOLE else s for a, s in total.items()}
    return found, problems


def _today(city: City, wanted: Demand, code: str) -> tuple[dict[str, float], list[Problem]]:
    """Return the areas that a recorded one is today, with shares that add up to 1."""
    own = own_area(city, code)
    divisions = city.areas[own].divided
    if not divisions or city.settings.geography == "as_recorded" or wanted.divided == "as_recorded":
        return {own: 1.0}, []
    facts = {"indicator": wanted.stem, "by": wanted.divided, "known": ", ".join(d.by for d in divisions)}
    if wanted.divided == "fail":
        return {own: 1.0}, [Problem(where=wanted.stem, rule="area_divided", found=own, args=facts)]
    chosen = next((d for d in divisions if d.by == wanted.divided), None)
    if chosen is None:
        return {own: 1.0}, [Problem(where=wanted.stem, rule="area_share_missing", found=own, args=facts)]
    if wanted.moments:
        return {own: 1.0}, [Problem(where=wanted.stem, rule="area_share_mean", found=own, args=facts)]
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for part in chosen.parts:
        inner, wrong = _today(city, wanted, part.ref_area)
        problems += wrong
        for area, share in inner.items():
            found[area] = found.get(area, 0.0) + part.share * share
    return found, problems


def divided_areas(city: City, wanted: Demand, reduced: pl.DataFrame) -> list[Problem]:
    """Return what is wrong with records of divided areas, for a measure that cannot allocate them."""
    recorded = reduced.filter(pl.col(wanted.column(wanted.counted)) > 0)
    return _shares(city, wanted, _values(recorded, "ref_area"))[1]


def _allocated(rows: pl.DataFrame, areas: dict[str, dict[str, float]], wanted: Demand) -> pl.DataFrame:
    """Return rows once for every area they count into, amounts by share; `ALLOCATED` counts such rows.

    The number of records stays whole: it says how many stand behind a figure, not how many it has.
    """
    pairs = [(code, into, share) for code, found in areas.items() for into, share in found.items()]
    schema = {"ref_area": pl.String, "_into": pl.String, "_share": pl.Float64}
    table = pl.DataFrame(pairs, schema=schema, orient="row")
    spread = rows.join(table, on="ref_area", how="inner", maintain_order="left_right")
    amounts = [name for name, how in wanted.merges.items() if how == "sum"][1:]  # the records come first
    if any(share != 1 for _, _, share in pairs):
        spread = spread.with_columns(pl.col(name) * pl.col("_share") for name in amounts)
    return spread.with_columns(
        (pl.col("_share") != 1).cast(pl.Int64).alias(ALLOCATED), pl.col("_into").alias("ref_area")
    ).drop("_into", "_share")


def _of_sums(
    city: City, reduced: pl.DataFrame, table_plan: TablePlan, wanted: Demand, policy: Policy
) -> Rolled:
    """Add up a table whose rows are sums: each area and code by its own row or its parts, never by both."""
    counted, names = wanted.column(wanted.counted), list(wanted.merges)
    rows = reduced.filter(pl.col(counted) > 0).select(*table_plan.keys, *names)
    places = rows.select(table_plan.keys).rows(named=True)
    rows = rows.with_columns(pl.Series("_from", [[i] for i in range(len(rows))], pl.List(pl.Int64)))
    rows = rows.with_columns(pl.Series("ref_area", [own_area(city, c) for c in rows["ref_area"]], pl.String))
    periods, problems = figure_periods(city, reduced, wanted, _values(rows, "time_period"))
    for axis in ("ref_area", *table_plan.dimensions):
        parents = (
            _area_parents(city, _values(rows, axis)) if axis == "ref_area" else _code_parents(city, axis)
        )
        settled = settle(rows, axis, parents, policy, table_plan.keys, wanted.stem)
        rows, problems = settled.rows, [*problems, *settled.problems]
    broken = [pl.col(name) != TOTAL for name in wanted.by]
    rows = rows.filter(
        *(pl.col(name) == TOTAL for name in table_plan.dimensions if name not in wanted.by),
        pl.sum_horizontal(pl.lit(0), *broken) <= 1,
    )
    rows = _spread(rows, "time_period", periods)
    exact: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for *key, found in rows.select(*table_plan.keys, "_from").rows():
        exact.setdefault(tuple(key), []).extend(places[i] for i in found)
    sums = sum_by(rows.drop("_from").with_columns(pl.lit(0, pl.Int64).alias(ALLOCATED)), table_plan.keys,
                  wanted.merges | {ALLOCATED: "sum"})  # fmt: skip
    return Rolled(sums=sums, sources={}, problems=problems, exact=exact)


def _area_parents(city: City, areas: Iterable[str]) -> dict[str, str | None]:
    """Return what each area, and each above it up to the city, is counted into."""
    found: dict[str, str | None] = {}
    for area in areas:
        chain = _chain(city, area)
        found |= dict(zip(chain, [*chain[1:], None], strict=True))
    return found


def _code_parents(city: City, dimension: str) -> dict[str, str | None]:
    """Return what each code of a dimension is counted into, the total in the end."""
    codes = {item.code: item.parent or TOTAL for item in city.dimensions[dimension].codes}
    return {**codes, TOTAL: None}


def with_zeros(city: City, sums: pl.DataFrame, table_plan: TablePlan) -> pl.DataFrame:
    """Add rows of nothing for areas within the city that have none in a period for which the city has some.

    Parameters
    ----------
    city : City
    sums : DataFrame
        Of a complete register, in which an area without a record has none of what is counted.
    table_plan : TablePlan

    Returns
    -------
    DataFrame
        In key order; a row of nothing counts no record and is not broken down.
    """
    whole = sums.filter(
        pl.all_horizontal([pl.lit(True), *(pl.col(d) == TOTAL for d in table_plan.dimensions)])
    )
    there = set(whole.select("ref_area", "time_period").iter_rows())
    of_city = whole.filter(pl.col("ref_area") == city.settings.ref_area)
    missing = [
        {"ref_area": area, "time_period": text, **dict.fromkeys(table_plan.dimensions, TOTAL)}
        for text in of_city["time_period"]
        for area in _within(city, parse(text))
        if (area, text) not in there
    ]
    if not missing:
        return sums
    rest = {name: pl.lit(0, kind) for name, kind in sums.schema.items() if name not in table_plan.keys}
    nothing = pl.DataFrame(missing, schema=dict.fromkeys(table_plan.keys, pl.String)).with_columns(**rest)
    return pl.concat([sums, nothing.select(sums.columns)]).sort(table_plan.keys)


def _within(city: City, period: Period) -> list[str]:
    """Return the areas below the city, under today's codes or those of the period."""
    top, now = city.settings.ref_area, city.settings.geography == "current"
    return [
        code
        for code, area in city.areas.items()
        if code != top
        and top in city.areas.lineage(code)
        and (area.successor is None if now else area.valid_in(period))
    ]


def taking_part(reduced: pl.DataFrame, table_plan: TablePlan, wanted: Demand) -> pl.DataFrame:
    """Return the reduced rows of a demand: where records take part, not broken down by others' dimensions."""
    others = [name for name in table_plan.dimensions if name not in wanted.by]
    return reduced.filter(
        pl.col(wanted.column(wanted.counted)) > 0, *(pl.col(name) == TOTAL for name in others)
    )


def counted_into(city: City, recorded: str) -> list[str]:
    """Return the areas a record of one area code counts into: itself and up to the city, no further."""
    return _chain(city, own_area(city, recorded))


def _chain(city: City, area: str) -> list[str]:
    chain = city.areas.lineage(area)
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
