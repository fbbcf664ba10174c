"""The long table: one row a figure, SDMX concept ids, the same columns whatever made the figure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

from zhiheng.errors import Problem
from zhiheng.framework.city import City

_BEFORE: dict[str, pl.DataType] = {
    "figure_id": pl.String(),
    "ref_area": pl.String(),
    "organisation": pl.String(),
    "time_period": pl.String(),
    "indicator": pl.String(),
}
_AFTER: dict[str, pl.DataType] = {
    "series": pl.String(),
    "obs_value": pl.Float64(),
    "decimals": pl.Int32(),
    "unit_measure": pl.String(),
    "obs_status": pl.String(),
    "bound": pl.String(),
    "basis": pl.String(),
    "std_error": pl.Float64(),
    "ci_low": pl.Float64(),
    "ci_high": pl.Float64(),
    "confidence_level": pl.Float64(),
    "margin": pl.String(),
    "interval": pl.String(),
    "df": pl.Float64(),
    "n_obs": pl.Int64(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "coverage": pl.Float64(),
    "range_low": pl.Float64(),
    "range_high": pl.Float64(),
    "source": pl.String(),
    "release_date": pl.Date(),
    "vintage": pl.String(),
    "method_version": pl.String(),
    "method_status": pl.String(),
    "series_break": pl.String(),
    "conflict_group": pl.String(),
    "derivation": pl.String(),
    "note": pl.String(),
    "headline": pl.Boolean(),
}


def schema(city: City) -> dict[str, pl.DataType]:
    """Return the columns of the city's long table, with one for each dimension."""
    return _BEFORE | {name: pl.String() for name in city.dimensions} | _AFTER


def cell_key(city: City) -> list[str]:
    """Return the columns that say what a figure is of, whoever states it and however it was made."""
    return ["indicator", "ref_area", *city.dimensions, "time_period"]


def figure_key(city: City) -> list[str]:
    """Return the columns that tell one figure from every other."""
    return [*cell_key(city), "series", "source", "release_date", "vintage"]


def aligned(city: City, frame: pl.DataFrame) -> pl.DataFrame:
    """Bring figures of one origin to the long table's columns; what they do not have is null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in schema(city).items()
    )


def assemble(city: City, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put figures of every origin into one table, in the order of its key."""
    parts = [aligned(city, frame) for frame in frames]
    table = pl.concat(parts) if parts else pl.DataFrame(schema=schema(city))
    return table.sort(figure_key(city), nulls_last=False, maintain_order=True)


def with_ids(city: City, table: pl.DataFrame) -> pl.DataFrame:
    """Give each figure a name that does not change while its key does not."""
    keys = table.select(pl.col(figure_key(city)).cast(pl.String).fill_null("")).rows()
    names = [hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:16] for key in keys]
    return table.with_columns(pl.Series("figure_id", names, pl.String))


def check_unique(table: pl.DataFrame) -> list[Problem]:
    """Return a problem for each pair of figures that cannot be told apart."""
    twice = table.filter(pl.col("figure_id").is_duplicated()).unique("figure_id", maintain_order=True)
    return [
        Problem(
            where=f"{row['indicator']} {row['ref_area']} {row['time_period']}",
            rule="figure_twice",
            found=str(row["source"] or row["series"]),
        )
        for row in twice.iter_rows(named=True)
    ]
