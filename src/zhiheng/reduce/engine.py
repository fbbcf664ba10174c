"""DuckDB over one frozen file: one file, one thread, so that a sum has one order everywhere."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

VERSION = f"duckdb {duckdb.__version__}"
"""Part of a reduced part's fingerprint: another engine may add up in another order."""


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
    with duckdb.connect(config={"threads": 1}) as connection:
        name = frozen.as_posix().replace("'", "''")
        connection.execute(f"CREATE VIEW part AS SELECT * FROM read_parquet('{name}')")
        table: pa.Table = connection.sql(sql).to_arrow_table()
        return table
