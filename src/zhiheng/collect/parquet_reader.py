"""A delivered Parquet file as a table of text: what its types hold, written so that it reads back the same.

Typed columns go the same way as text so that there is one way to type a cell; a number is written
with the shortest digits that give it back, which the tests prove.  A column whose type cannot hold
the contract's (a list, a time with a zone, fractions for a code) is refused whole.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from zhiheng.collect import guard, limits
from zhiheng.collect.findings import Findings
from zhiheng.collect.header import headings, loose, name_missing, name_strange
from zhiheng.collect.sheet_reader import pad_decimals
from zhiheng.collect.text_table import TextTable
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.contracts import Contract

_BATCH = 65_536
_DAYS = dt.date(1, 1, 1), dt.date(9999, 12, 31)
_PER_DAY = {None: 1, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_FITTING: dict[str, frozenset[str]] = {
    "string": frozenset({"text", "integer"}),
    "integer": frozenset({"text", "integer", "float", "decimal"}),
    "number": frozenset({"text", "integer", "float", "decimal"}),
    "boolean": frozenset({"text", "boolean", "integer"}),
    "date": frozenset({"text", "date", "datetime"}),
}
"""Sorts of columns that can hold a field's type; `null`, a column of nothing, can hold any."""


def read(raw: bytes, contract: Contract, findings: Findings) -> TextTable:
    """Read a Parquet file's bytes.

    Parameters
    ----------
    raw : bytes
    contract : Contract
        Whose fields, or their titles, the columns must name, in any order.
    findings : Findings
        Takes what is wrong with single columns.

    Returns
    -------
    TextTable
        Its lines are the numbers of the records, from 1.

    Raises
    ------
    ZhihengError
        When the file cannot be taken for a table at all.
    """
    where = findings.where
    guard.expect(raw, "parquet", ".parquet", where)
    with guard.damaged(where):
        file = _open(raw, where)
        columns = _check_columns(file.schema_arrow, contract, findings)
        height = file.metadata.num_rows
        if not height:
            shown = ", ".join(file.schema_arrow.names)[:60]
            raise ZhihengError([*findings.problems(), Problem(where=where, rule="no_records", found=shown)])
        frame = _as_text(file, columns, where) if columns else pl.DataFrame()
    if columns and frame.height != height:
        args = {"counted": height}
        raise ZhihengError(
            [Problem(where=where, rule="reader_disagrees", found=f"{frame.height}", args=args)]
        )
    lines = pl.Series("source_line", range(1, height + 1), dtype=pl.Int64)
    return TextTable(pad_decimals(frame, contract), lines, height)


def _open(raw: bytes, where: str) -> Any:
    import pyarrow.parquet as pq

    texts = [field.name for field in pq.read_schema(io.BytesIO(raw)) if sort_of(field.type) == "text"]
    file = pq.ParquetFile(io.BytesIO(raw), read_dictionary=texts)
    cells = file.metadata.num_rows * max(file.metadata.num_columns, 1)
    if cells > limits.MOST_CELLS:
        args = {"most": f"{limits.MOST_CELLS}"}
        raise ZhihengError([Problem(where=where, rule="cells_too_many", found=f"{cells}", args=args)])
    return file


def sort_of(dtype: Any) -> str:
    """Return what sort of column an Arrow type makes; empty where no field can be read from it."""
    import pyarrow.types as t

    if t.is_dictionary(dtype):
        return sort_of(dtype.value_type)
    sorts = {
        "text": (t.is_string, t.is_large_string, t.is_string_view),
        "integer": (t.is_integer,),
        "float": (t.is_floating,),
        "decimal": (t.is_decimal,),
        "boolean": (t.is_boolean,),
        "date": (t.is_date,),
        "null": (t.is_null,),
    }
    if t.is_timestamp(dtype):
        return "datetime" if dtype.tz is None else ""
    return next((sort for sort, tests in sorts.items() if any(test(dtype) for test in tests)), "")


def _check_columns(schema: Any, contract: Contract, findings: Findings) -> dict[str, str]:
    """Name what is wrong with the columns; return the fields that can be read -> their columns."""
    known = headings(contract)
    meant = [known.get(loose(name), name) for name in schema.names]
    times = Counter(meant)
    fields = [field.name for field in contract.fields]
    missing = [name for name in fields if name not in times]
    for place, name in enumerate(meant):
        if (first := meant.index(name)) < place:
            args = {"first": first + 1, "second": place + 1}
            findings.one(rule="header_duplicate", found=schema.names[place], args=args)
        elif name not in fields:
            name_strange(name, contract, missing, findings)
    name_missing(missing, contract, findings)
    readable = {}
    for spec in contract.fields:
        if times[spec.name] != 1:
            continue
        place = meant.index(spec.name)
        dtype = schema.field(place).type
        if sort_of(dtype) in _FITTING[spec.type] | {"null"}:
            readable[spec.name] = schema.names[place]
        else:
            findings.one(rule="column_type", found=f"{dtype}", field=spec.name, args={"type": spec.type})
    return readable


def _as_text(file: Any, columns: Mapping[str, str], where: str) -> pl.DataFrame:
    names = list(columns.values())
    frames, total = [], 0
    for batch in file.iter_batches(batch_size=_BATCH, columns=names):
        total += sum(_text_bytes(column, where) for column in batch.columns)
        if total > limits.MOST_TEXT:
            args = {"most": f"{limits.MOST_TEXT // limits.MIB} MiB"}
            found = f"{total // limits.MIB} MiB"
            raise ZhihengError([Problem(where=where, rule="file_too_large", found=found, args=args)])
        frame = pl.DataFrame(
            [
                _column_text(name, column)
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
        )
        frames.append(frame.select(names))
    return pl.concat(frames).rename({column: field for field, column in columns.items()})


def _text_bytes(column: Any, where: str) -> int:
    """Return how many bytes a batch's texts will take; no one may be longer than a cell may be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(column, pa.DictionaryArray) or sort_of(column.type) != "text":
        return len(column) * 24
    lengths = pc.binary_length(column.dictionary)
    longest = pc.max(lengths).as_py() or 0
    if longest > 4 * limits.MOST_CELL_TEXT:
        args = {"limit": limits.MOST_CELL_TEXT}
        raise ZhihengError([Problem(where=where, rule="cell_too_long", found=f"{longest}", args=args)])
    return int(pc.sum(lengths.take(column.indices)).as_py() or 0)


def _column_text(name: str, column: Any) -> pl.Series:
    """Return a column's values as text."""
    import pyarrow as pa

    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    sort = sort_of(column.type)
    if sort == "null":
        return pl.repeat(None, len(column), dtype=pl.String, eager=True).alias(name)
    if sort == "decimal":
        column = column.cast(pa.string())
    if pa.types.is_date64(column.type):
        column = column.cast(pa.timestamp("ms"))
    series = pl.Series(name, pl.from_arrow(column))
    if sort == "float":
        text = series.cast(pl.Float64).cast(pl.String)
        return text.str.replace(r"^(-?[0-9]+)\.0$", "${1}")
    return _day_text(series) if series.dtype in (pl.Date, pl.Datetime) else series.cast(pl.String)


def _day_text(series: pl.Series) -> pl.Series:
    """Return days as ISO text, with the time where it is not midnight; what is no day as its number."""
    stored = series.to_physical().cast(pl.Int64)
    per_day = _PER_DAY[getattr(series.dtype, "time_unit", None)]
    first, last = ((day - dt.date(1970, 1, 1)).days for day in _DAYS)
    possible = (stored // per_day).is_between(first, last).fill_null(True)
    known = series.zip_with(possible, pl.Series([None], dtype=series.dtype))
    text = known.dt.date().cast(pl.String)
    if series.dtype == pl.Datetime:
        midnight = (known == known.dt.truncate("1d")).fill_null(True)
        text = text.zip_with(midnight, known.dt.to_string("%Y-%m-%d %H:%M:%S%.f"))
    return text.zip_with(possible, stored.cast(pl.String))
