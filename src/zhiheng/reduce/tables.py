"""Reduced tables of a city: parts per frozen file, merged in key order.

A part depends on one frozen file and one query only.  Parts that were made before are taken
over, so adding a round costs that round; and because merging goes in the order of the parts,
an increment gives the same bytes as a full run, on any number of cores.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from zhiheng import store
from zhiheng.framework.city import City
from zhiheng.framework.measures import FigureMeasure
from zhiheng.numerics import moments
from zhiheng.reduce.engine import VERSION, reduce_part
from zhiheng.reduce.plan import MOMENTS, TablePlan, plan

PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Part:
    """One current frozen file.

    Attributes
    ----------
    table, time_period, organisation : str
        Which round it is.
    file : str
        Its path within the city folder.
    sha256 : str
        Its checksum.
    """

    table: str
    time_period: str
    organisation: str
    file: str
    sha256: str


def reduce_city(
    city: City,
    parts: Sequence[Part],
    out: Path,
    *,
    before: Path | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the reduced tables of a city.

    Parameters
    ----------
    city : City
    parts : sequence of Part
        The current frozen files, in key order.
    out : Path
        An empty folder: one Parquet file a table, and `parts/` with what each frozen file gave.
    before : Path, optional
        An earlier output, whose parts are taken over where file and query are the same.
    workers : int, optional
        Threads; the number of cores by default. It changes the time and nothing else.
    progress : callable
        Called with each table's name.
    """
    (out / PARTS).mkdir()
    figure_tables = {
        m.table for i in city.indicators.values() for m in i.measures if isinstance(m, FigureMeasure)
    }
    for table in city.contracts:
        progress(table)
        mine = [part for part in parts if part.table == table]
        if table in figure_tables:
            save(_figures(city.folder, mine), out / f"{table}.parquet")
        elif table_plan := plan(city, table):
            made = _make_parts(city.folder, table_plan, mine, out, before, workers or os.cpu_count() or 1)
            save(merge(table_plan, made), out / f"{table}.parquet")


def part_file(table_plan: TablePlan, part: Part) -> str:
    """Return the name of a part within the output: it tells the round, and changes with the query."""
    key = hashlib.sha256(f"{part.sha256}\n{table_plan.sql}\n{VERSION}".encode()).hexdigest()[:12]
    return f"{PARTS}/{part.table}/{Path(part.file).parent.name}--{Path(part.file).stem}--{key}.parquet"


def _make_parts(
    folder: Path, table_plan: TablePlan, parts: list[Part], out: Path, before: Path | None, workers: int
) -> list[pl.DataFrame]:
    (out / PARTS / table_plan.table).mkdir()

    def make(part: Part) -> pl.DataFrame:
        name = part_file(table_plan, part)
        if before is not None and (before / name).is_file():
            shutil.copyfile(before / name, out / name)
        else:
            pq.write_table(reduce_part(table_plan.sql, folder / part.file), out / name)
        return pl.read_parquet(out / name)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(make, parts))


def merge(table_plan: TablePlan, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Merge parts of a reduced table into one, key by key, in the order of the parts.

    Parameters
    ----------
    table_plan : TablePlan
        Says which columns are keys, which are added and which are moments.
    parts : list of DataFrame
        Each with the plan's columns.

    Returns
    -------
    DataFrame
        One row a key, in key order.
    """
    if not parts:
        schema = dict.fromkeys(table_plan.keys, pl.String) | {c.name: pl.Float64 for c in table_plan.columns}
        return pl.DataFrame(schema=schema)
    return sum_by(pl.concat(parts), table_plan.keys, table_plan.merges)


def sum_by(rows: pl.DataFrame, keys: list[str], merges: dict[str, str]) -> pl.DataFrame:
    """Add rows of equal keys together, in the order in which they stand.

    Parameters
    ----------
    rows : DataFrame
        Keys and value columns.
    keys : list of str
    merges : dict
        Value column -> `sum`, or `moments` for the stem of `_n`, `_mean`, `_m2` columns.

    Returns
    -------
    DataFrame
        One row a key, in key order. Sums run over float64 (or int64) in row order on one thread:
        the same bytes on any machine.
    """
    if rows.is_empty():
        return rows.select(*keys, *_value_names(merges))
    ordered = rows.sort(keys, maintain_order=True)
    starts_at = ordered.select(pl.struct(keys).rle_id()).to_series().to_numpy()
    starts = np.flatnonzero(np.diff(starts_at, prepend=-1))
    columns: dict[str, pl.Series] = {}
    for name, how in merges.items():
        if how == "sum":
            columns[name] = pl.Series(name, np.add.reduceat(ordered[name].to_numpy(), starts))
        else:
            stem = [ordered[f"{name}_{part}"].cast(pl.Float64).to_numpy() for part in MOMENTS]
            bounds = np.append(starts, len(ordered))
            merged = [
                moments.merge(*(array[a:b] for array in stem))
                for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
            ]
            for i, part in enumerate(MOMENTS):
                columns[f"{name}_{part}"] = pl.Series(f"{name}_{part}", [m[i] for m in merged], pl.Float64)
    return ordered.select(keys)[starts].with_columns(columns[name] for name in _value_names(merges))


def _value_names(merges: dict[str, str]) -> list[str]:
    return [n for name, how in merges.items() for n in ([name] if how == "sum" else _stems(name))]


def _stems(name: str) -> list[str]:
    return [f"{name}_{part}" for part in MOMENTS]


def save(frame: pl.DataFrame, path: Path) -> None:
    """Write a small table as Parquet.

    It is made in memory first: a full disk is then an `OSError` like everywhere else.
    """
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    store.write_bytes(path, buffer.getvalue())


def _figures(folder: Path, parts: list[Part]) -> pl.DataFrame:
    """Pass collected figures on: each is its own reduction; its frozen file goes with it."""
    frames = [
        pl.read_parquet(folder / part.file).with_columns(
            pl.lit(part.organisation).alias("delivered_by"), pl.lit(part.file).alias("frozen_file")
        )
        for part in parts
    ]
    return pl.concat(frames) if frames else pl.DataFrame()
