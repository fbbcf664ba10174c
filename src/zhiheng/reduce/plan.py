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
=============  ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import Amount, MeanMeasure, RecordMeasure, amounts
from zhiheng.framework.periods import FREQUENCIES, Frequency

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
        The finest of its measures'.
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


def record_measures(city: City, table: str) -> list[tuple[str, RecordMeasure]]:
    """Return the measures made from a table's records, with their indicators' codes."""
    return [
        (code, measure)
        for code, indicator in city.indicators.items()
        for measure in indicator.measures
        if isinstance(measure, RecordMeasure) and measure.table == table
    ]


def plan(city: City, table: str) -> TablePlan | None:
    """Return the plan for a table, or None when no measure uses its records."""
    measures = record_measures(city, table)
    if not measures:
        return None
    contract = city.contracts[table]
    frequency = max((_grain(city, m.frequency) for _, m in measures), key=FREQUENCIES.index)
    wanted = {name for _, m in measures for name in m.by}
    dimensions = tuple(name for name in city.dimensions if name in wanted)
    columns = tuple(c for code, m in measures for c in _columns(city, code, m))
    return TablePlan(table, frequency, dimensions, columns, _query(contract, frequency, dimensions, columns))


def _grain(city: City, frequency: str) -> Frequency:
    """Return what to reduce to for figures of a frequency: an assessment year is put together of months."""
    if frequency == "assessment_year":
        return "year" if city.settings.assessment_year_starts == 1 else "month"
    return next(f for f in FREQUENCIES if f == frequency)


def column_name(indicator: str, measure: RecordMeasure, role: str) -> str:
    """Return the name of a measure's column in the reduced table."""
    return f"{indicator}.{measure.series}.{role}"


def _columns(city: City, code: str, measure: RecordMeasure) -> list[Column]:
    taking_part = _condition(city, measure.where, measure.table)
    found = [Column(column_name(code, measure, "n"), f"count(*) FILTER (WHERE {taking_part})")]
    for role, amount in amounts(measure).items():
        name = column_name(code, measure, role)
        if isinstance(measure, MeanMeasure):
            over = f"FILTER (WHERE {_condition(city, amount.where, measure.table)})"
            field = _quoted(measure.field)
            found += [
                Column(f"{name}_n", f"count({field}) {over}", "moments"),
                Column(f"{name}_mean", f"avg({field}) {over}", "moments"),
                Column(f"{name}_m2", f"var_pop({field}) {over} * count({field}) {over}", "moments"),
            ]
        else:
            found.append(Column(name, _amount_sql(city, amount, measure.table)))
    return found


def _amount_sql(city: City, amount: Amount, table: str) -> str:
    if amount.count is not None:
        return f"count(*) FILTER (WHERE {_condition(city, amount.count, table)})"
    field = city.contracts[table].field(str(amount.sum))
    kind = "BIGINT" if field.type == "integer" else "DOUBLE"
    over = f"FILTER (WHERE {_condition(city, amount.where, table)})"
    return f"coalesce(sum({_quoted(field.name)}) {over}, 0)::{kind}"


def _condition(city: City, text: str | None, table: str) -> str:
    return "true" if text is None else city.condition(text, table, frozen=True).sql()


def _query(
    contract: Contract, frequency: str, dimensions: tuple[str, ...], columns: tuple[Column, ...]
) -> str:
    if contract.time_period is None:  # `city.load` refuses record measures on such a table
        raise ValueError(contract.contract)
    period = _PERIOD_SQL[frequency].format(_quoted(contract.time_period.field))
    sets = ", ".join(f"(_area, _period{f', {_quoted(d)}' if d else ''})" for d in ("", *dimensions))
    keys = [
        f"CASE WHEN grouping({_quoted(d)}) = 1 THEN '{TOTAL}' ELSE {_quoted(d)} END AS {_quoted(d)}"
        for d in dimensions
    ]
    selected = ",\n  ".join(
        ["_area AS ref_area", "_period AS time_period", *keys]
        + [f"{column.sql} AS {_quoted(column.name)}" for column in columns]
    )
    return (
        f"SELECT\n  {selected}\n"
        f"FROM (SELECT *, ref_area AS _area, {period} AS _period FROM part)\n"
        f"GROUP BY GROUPING SETS ({sets})\nORDER BY ALL"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
