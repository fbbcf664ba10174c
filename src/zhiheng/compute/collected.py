"""Figures that were collected as printed: they pass through unchanged, with their document."""

from __future__ import annotations

import datetime as dt

import polars as pl

from zhiheng.compute.records import Lineage, Made
from zhiheng.errors import Problem
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import FigureMeasure
from zhiheng.framework.periods import parse


def from_collected(city: City, code: str, measure: FigureMeasure, rows: pl.DataFrame) -> Made:
    """Return one indicator's figures from a table of collected figures.

    Parameters
    ----------
    city : City
    code : str
        The indicator.
    measure : FigureMeasure
    rows : DataFrame
        The table as `reduce` passed it on, with `frozen_file` and `source_line`.

    Returns
    -------
    Made
        Rows released after the publication date stay back, and a note says how many.
    """
    if rows.is_empty():
        return Made(pl.DataFrame(), [], [])
    indicator, contract = city.indicators[code], city.contracts[measure.table]
    mine = rows.filter(pl.col("indicator") == code)
    early = _not_released(mine, city.settings.publication.as_of)
    withheld, mine = mine.filter(early), mine.filter(~early)
    problems = _check(city, code, mine)
    if len(withheld):
        problems.append(
            Problem(where=code, rule="figures_withheld", found=str(len(withheld)), severity="note",
                    args={"as_of": city.settings.publication.as_of})
        )  # fmt: skip
    runs = [
        indicator.run_of(area, period) for area, period in mine.select("ref_area", "time_period").iter_rows()
    ]
    figures = mine.with_columns(
        *(pl.lit(TOTAL).alias(name) for name in city.dimensions if name not in mine.columns),
        *(pl.col(name).fill_null(TOTAL) for name in city.dimensions if name in mine.columns),
        pl.lit(measure.series).alias("series"),
        pl.lit(contract.basis).alias("basis"),
        pl.lit("none").alias("margin"),
        pl.Series("series_break", runs, pl.String),
    )
    lineage: list[Lineage] = [
        {"kind": "figure", "table": measure.table, "frozen_file": file, "source_line": line}
        for file, line in mine.select("frozen_file", "source_line").iter_rows()
    ]
    return Made(figures, lineage, problems)


def _not_released(rows: pl.DataFrame, as_of: dt.date) -> pl.Series:
    """Return which figures were not released by a day, shape (rows,).

    One without a release date cannot have been released before its period was over; a target can.
    """
    dates = rows["release_date"].to_list()
    ends = [parse(text).end for text in rows["time_period"]]
    targets = [status == "target" for status in rows["obs_status"]]
    return pl.Series(
        [
            date > as_of if date is not None else end > as_of and not target
            for date, end, target in zip(dates, ends, targets, strict=True)
        ],
        dtype=pl.Boolean,
    )


def _check(city: City, code: str, rows: pl.DataFrame) -> list[Problem]:
    """Check what only the indicator knows: its unit, and the dimensions its figures may have."""
    indicator = city.indicators[code]
    problems = []
    for row in rows.iter_rows(named=True):
        where = f"{row['frozen_file']} ({row['source_line']})"
        if row["unit_measure"] != indicator.unit_measure:
            problems.append(
                Problem(where=where, rule="figure_unit", found=str(row["unit_measure"]),
                        args={"unit": indicator.unit_measure, "indicator": code})
            )  # fmt: skip
        for name in city.dimensions:
            if name not in indicator.dimensions and row.get(name) not in (None, TOTAL):
                problems.append(
                    Problem(where=where, rule="figure_dimension", found=f"{name}={row[name]}",
                            args={"dimension": name, "indicator": code})
                )  # fmt: skip
    return problems
