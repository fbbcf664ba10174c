"""What to add up over a table's records: one query for all indicators that share the table.

A reduced table has the keys `ref_area`, `time_period` and the table's breakdown dimensions
(`_T` where a row is not broken down), and columns named `indicator.series.role`:

=============  ==============================================================
role           content
=============  ==============================================================
`n`            number of records that take part (`where` is met)
`count`        number of records that meet the condition
`total`        sum of a field
`moments_n`    number of values, `moments_mean` their mean, `moments_m2` the
               sum of squared deviations from that mean
`numerator`    count or sum
`denominator`  count or sum
`weight`       count or sum that weighs a stratum; `weight_n` its records
=============  ==============================================================

A record counts in the period of its date.  Where a measure asks for a stock, it counts in every
period on whose last day it is valid: such rows are told from the others by `_take` (0: by date),
so that each column adds up its own.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import (
    Amount,
    MeanMeasure,
    RecordMeasure,
    Stock,
    WeightedRateMeasure,
    amounts,
)
from zhiheng.framework.periods import FREQUENCIES, Frequency, Period, containing, parse

Reduced = RecordMeasure | WeightedRateMeasure
"""Measures that are made from reduced records."""

MOMENTS = ("n", "mean", "m2")
_PERIOD_SQL = {
    "year": "strftime({0}, '%Y')",
    "quarter": "strftime({0}, '%Y') || '-Q' || quarter({0})",
    "month": "strftime({0}, '%Y-%m')",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a reduced table.

    Attributes
    ----------
    name : str
        `indicator.series.role`.
    sql : str
        An aggregate in DuckDB's dialect.
    merge : {'sum', 'moments'}
        How parts of it are put together; the three `moments` columns of a measure go together.
    """

    name: str
    sql: str
    merge: str = "sum"


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What `reduce` does with one table.

    Attributes
    ----------
    table : str
    frequency : str
        To which records with a date are reduced: the finest of what is wanted.
    dimensions : tuple of str
        Broken down by one at a time.
    columns : tuple of Column
    sql : str
        The query over `part`, a view of one frozen file.
    """

    table: str
    frequency: str
    dimensions: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str

    @property
    def keys(self) -> list[str]:
        """The key columns."""
        return ["ref_area", "time_period", *self.dimensions]

    @property
    def merges(self) -> dict[str, str]:
        """How parts of the columns are put together: column (or stem of moments) -> `sum` or `moments`."""
        found: dict[str, str] = {}
        for column in self.columns:
            stem = column.name.rpartition("_")[0] if column.merge == "moments" else column.name
            found[stem] = column.merge
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one measure wants of one table.

    Attributes
    ----------
    stem : str
        `indicator.series`, with which its columns begin.
    table : str
    where : str or None
        Which records take part.
    counted : str
        The role of the number of records that take part.
    amounts : dict
        Role -> amount.
    by : tuple of str
        Dimensions, one at a time.
    frequency : str
        Of its figures; `span` where it has spans only.
    spans : tuple of str
        Periods over which figures are made as well.
    stock : Stock or None
    divided : str
        What happens to records of areas that were divided.
    moments : bool
        Whether the amount is averaged.
    """

    stem: str
    table: str
    where: str | None
    counted: str
    amounts: Mapping[str, Amount]
    by: tuple[str, ...]
    frequency: str
    spans: tuple[str, ...] = ()
    stock: Stock | None = None
    divided: str = "fail"
    moments: bool = False

    def column(self, role: str) -> str:
        """Return the name of the reduced table's column for a role."""
        return f"{self.stem}.{role}"

    @property
    def merges(self) -> dict[str, str]:
        """How parts of its columns are put together, by column or stem of moments."""
        how = "moments" if self.moments else "sum"
        return {self.column(self.counted): "sum"} | {self.column(role): how for role in self.amounts}

    @property
    def roles(self) -> dict[str, str]:
        """Role -> column, moments as the three columns that they are."""
        roles = [
            part
            for role in self.amounts
            for part in ([f"{role}_{m}" for m in MOMENTS] if self.moments else [role])
        ]
        return {role: self.column(role) for role in [self.counted, *roles]}


def demand(city: City, code: str, measure: Reduced) -> Demand:
    """Return what a measure wants of its own table."""
    wanted = Demand(
        stem=f"{code}.{measure.series}",
        table=measure.table,
        where=measure.where,
        counted="n",
        amounts=amounts(measure),
        by=tuple(measure.by),
        frequency=measure.frequency,
        divided=measure.divided,
        moments=isinstance(measure, MeanMeasure),
    )
    if isinstance(measure, WeightedRateMeasure):
        return replace(wanted, by=(measure.strata,))
    return replace(wanted, spans=tuple(city.span(name) for name in measure.spans), stock=measure.stock)


def weight_demand(code: str, measure: WeightedRateMeasure) -> Demand | None:
    """Return what a weighted rate wants of the table of its weights, or None when they are given."""
    weights = measure.weights
    if weights.table is None or weights.amount is None:
        return None
    return Demand(
        stem=f"{code}.{measure.series}",
        table=weights.table,
        where=weights.amount.where or weights.amount.count,
        counted="weight_n",
        amounts={"weight": weights.amount},
        by=(measure.strata,),
        frequency=weights.frequency or measure.frequency,
    )


def demands(city: City, table: str) -> Iterator[Demand]:
    """Yield what the city's measures want of a table, in the order of the indicators."""
    for code, indicator in city.indicators.items():
        for measure in indicator.measures:
            wanted = [demand(city, code, measure)] if isinstance(measure, Reduced) else []
            if isinstance(measure, WeightedRateMeasure) and (weights := weight_demand(code, measure)):
                wanted.append(weights)
            yield from (d for d in wanted if d.table == table)


@functools.lru_cache(maxsize=128)
def plan(city: City, table: str) -> TablePlan | None:
    """Return the plan for a table, or None when no measure uses its records."""
    wanted = list(demands(city, table))
    if not wanted:
        return None
    frequency = max((_grain(city, d) for d in wanted), key=FREQUENCIES.index)
    dimensions = _dimensions(city, table, wanted)
    takes = tuple(dict.fromkeys(take for d in wanted if (take := _take(city, d)) is not None))
    columns = tuple(c for d in wanted for c in _columns(city, d, takes))
    query = _query(city.contracts[table], frequency, dimensions, columns, takes)
    return TablePlan(table, frequency, dimensions, columns, query)


def _dimensions(city: City, table: str, wanted: list[Demand]) -> tuple[str, ...]:
    """Return what rows are told apart by: what figures are broken down by; of sums, all they have."""
    contract = city.contracts[table]
    named = {name for d in wanted for name in d.by}
    if contract.aggregates is not None:
        named |= {f.name for f in contract.fields if f.codes == f"dimension:{f.name}"}
    return tuple(name for name in city.dimensions if name in named)


def _grain(city: City, wanted: Demand) -> Frequency:
    """Return what to reduce to: an assessment year is put together of months, a span of its ends' kind."""
    found: list[Frequency] = ["year"]
    if wanted.frequency == "assessment_year" and city.settings.assessment_year_starts != 1:
        found.append("month")
    found += [f for f in FREQUENCIES if f == wanted.frequency]
    found += [parse(span.partition("/")[0]).frequency for span in wanted.spans]
    return max(found, key=FREQUENCIES.index)


@dataclass(frozen=True, slots=True)
class Take:
    """Period ends at which a table's stock is taken.

    Attributes
    ----------
    begins, ends : str
        Fields; `ends` is empty where validity never ends.
    periods : tuple of str
    """

    begins: str
    ends: str
    periods: tuple[str, ...]


def _take(city: City, wanted: Demand) -> Take | None:
    if wanted.stock is None:
        return None
    return Take(wanted.stock.begins, wanted.stock.ends or "", tuple(stock_periods(city, wanted)))


def stock_periods(city: City, wanted: Demand) -> list[str]:
    """Return the periods at whose ends a stock is taken, first to last; with spans their ends too."""
    stock = wanted.stock
    if stock is None:
        return []
    as_of, starts = city.settings.publication.as_of, city.settings.assessment_year_starts
    last = as_of if stock.last is None else parse(stock.last).end
    found: list[Period] = []
    day = parse(stock.first).start
    while wanted.frequency != "span":
        period = containing(day, wanted.frequency, assessment_year_starts=starts)
        if period.end > last:
            break
        found.append(period)
        day = period.end + dt.timedelta(days=1)
    first = parse(stock.first).start
    found += [s for s in map(parse, wanted.spans) if first <= s.end <= last]
    return list(dict.fromkeys(period.text for period in found))


def _columns(city: City, wanted: Demand, takes: tuple[Take, ...]) -> list[Column]:
    table, take = wanted.table, _take(city, wanted)
    mine = f"_take = {takes.index(take) + 1 if take else 0} AND " if takes else ""
    taking_part = f"{mine}({_condition(city, wanted.where, table)})"
    found = [Column(wanted.column(wanted.counted), f"count(*) FILTER (WHERE {taking_part})")]
    for role, amount in wanted.amounts.items():
        name = wanted.column(role)
        if wanted.moments:
            over = f"FILTER (WHERE {mine}({_condition(city, amount.where, table)}))"
            field = _quoted(str(amount.sum))
            found += [
                Column(f"{name}_n", f"count({field}) {over}", "moments"),
                Column(f"{name}_mean", f"avg({field}) {over}", "moments"),
                Column(f"{name}_m2", f"var_pop({field}) {over} * count({field}) {over}", "moments"),
            ]
        else:
            found.append(Column(name, _amount_sql(city, amount, table, mine)))
    return found


def _amount_sql(city: City, amount: Amount, table: str, mine: str) -> str:
    if amount.count is not None:
        return f"count(*) FILTER (WHERE {mine}({_condition(city, amount.count, table)}))"
    field = city.contracts[table].field(str(amount.sum))
    kind = "BIGINT" if field.type == "integer" else "DOUBLE"
    over = f"FILTER (WHERE {mine}({_condition(city, amount.where, table)}))"
    return f"coalesce(sum({_quoted(field.name)}) {over}, 0)::{kind}"


def _condition(city: City, text: str | None, table: str) -> str:
    return "true" if text is None else city.condition(text, table, frozen=True).sql()


def _query(
    contract: Contract,
    frequency: str,
    dimensions: tuple[str, ...],
    columns: tuple[Column, ...],
    takes: tuple[Take, ...] = (),
) -> str:
    keys, sets = _one_at_a_time(dimensions) if contract.aggregates is None else _together(dimensions)
    selected = ",\n  ".join(
        ["_area AS ref_area", "_period AS time_period", *keys]
        + [f"{column.sql} AS {_quoted(column.name)}" for column in columns]
    )
    return (
        f"SELECT\n  {selected}\nFROM ({_rows(contract, frequency, takes)})\n"
        f"GROUP BY GROUPING SETS ({sets})\nORDER BY ALL"
    )


def _one_at_a_time(dimensions: tuple[str, ...]) -> tuple[list[str], str]:
    """Return the keys and grouping sets of records: all together, then by one dimension after another."""
    sets = ", ".join(f"(_area, _period{f', {_quoted(d)}' if d else ''})" for d in ("", *dimensions))
    keys = [
        f"CASE WHEN grouping({_quoted(d)}) = 1 THEN '{TOTAL}' ELSE {_quoted(d)} END AS {_quoted(d)}"
        for d in dimensions
    ]
    return keys, sets


def _together(dimensions: tuple[str, ...]) -> tuple[list[str], str]:
    """Return those of sums: by all dimensions at once, so that a whole can be told from its parts."""
    keys = [f"coalesce({_quoted(d)}, '{TOTAL}') AS {_quoted(d)}" for d in dimensions]
    return keys, f"(_area, _period{''.join(f', {_quoted(d)}' for d in dimensions)})"


def _rows(contract: Contract, frequency: str, takes: tuple[Take, ...]) -> str:
    """Return the query of a table's records, each with its area, its period, and what it is taken for."""
    parts = [_stock_rows(take, i) for i, take in enumerate(takes, start=1)]
    if contract.time_period is not None:
        field = contract.field(contract.time_period.field)
        form = _PERIOD_SQL[frequency] if field.type == "date" else "{0}"
        period = form.format(_quoted(field.name))
        numbered = ", 0 AS _take" if takes else ""
        parts.insert(0, f"SELECT *, ref_area AS _area, {period} AS _period{numbered} FROM part")
    return "\nUNION ALL ".join(parts)


def _stock_rows(take: Take, number: int) -> str:
    ends = ", ".join(f"('{text}', DATE '{parse(text).end}')" for text in take.periods) or "('', NULL::DATE)"
    holds = f"{_quoted(take.begins)} <= _day"
    if take.ends:
        holds += f" AND ({_quoted(take.ends)} IS NULL OR _day <= {_quoted(take.ends)})"
    return (
        f"SELECT part.*, ref_area AS _area, _end._period, {number} AS _take\n"
        f"  FROM part JOIN (VALUES {ends}) AS _end(_period, _day) ON {holds}"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
