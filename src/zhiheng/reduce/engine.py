"""DuckDB over one frozen file: one file, one thread, so that a sum has one order everywhere."""

from __future__ import annotations

import functools
from pathlib import Path

import duckdb
import pyarrow as pa

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    # A number divided by zero is empty, as everywhere in the condition language, not infinite.
    "ieee_floating_point_ops": False,
    "error_on_division_by_zero": False,
}
VERSION = f"duckdb {duckdb.__version__}"
"""Part of a reduced part's fingerprint: another engine may add up in another order."""


@functools.cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Return this process's engine; starting one takes longer than reducing a small file.

    Every file gets a cursor of its own, with its own view, and works in the thread that asks.
    """
    return duckdb.connect(config=SETTINGS)


def reduce_part(sql: str, frozen: Path) -> pa.Table:
    """Run a reduction over one frozen file.

    Parameters
    ----------
    sql : str
        A query over the view `part`.
    frozen : Path
        A Parquet file.

    Returns
    -------
    pyarrow.Table
        The small table, in key order.
    """
    with _engine().cursor() as connection:
        name = frozen.as_posix().replace("'", "''")
        connection.execute(f"CREATE TEMP VIEW part AS SELECT * FROM read_parquet('{name}')")
        table: pa.Table = connection.sql(sql).to_arrow_table()
        return table
