"""Figures from reduced records: roll up areas and periods, estimate, say what each was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from zhiheng.compute.measures import FROM_RECORDS, NEEDS_CASES, PART_OF_WHOLE, Estimate
from zhiheng.errors import Problem
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import MeanMeasure, RecordMeasure, amounts
from zhiheng.framework.periods import containing, parse
from zhiheng.reduce.plan import TablePlan, column_name, plan
from zhiheng.reduce.tables import sum_by
from zhiheng.store import fingerprint

Lineage = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """Figures of one measure, each with its lineage, in the same order."""

    figures: pl.DataFrame
    lineage: list[Lineage]
    problems: list[Problem]


def from_records(city: City, code: str, measure: RecordMeasure, reduced: pl.DataFrame) -> Made:
    """Make one indicator's figures from a reduced table.

    Parameters
    ----------
    city : City
    code : str
        The indicator.
    measure : RecordMeasure
    reduced : DataFrame
        The reduced table of the measure's contract.

    Returns
    -------
    Made
        A figure for every area, period and single breakdown with at least one record.
    """
    table_plan = plan(city, measure.table)
    if table_plan is None:  # a measure of this table exists, so does its plan
        raise ValueError(measure.table)
    merges = _merges(code, measure)
    rows = _roll_up(city, measure, reduced, table_plan)
    summed = sum_by(rows, table_plan.keys, merges).filter(pl.col(column_name(code, measure, "n")) > 0)
    columns = {role: summed[name].cast(pl.Float64).to_numpy() for role, name in _roles(code, measure)}
    problems = _check_parts(code, measure, summed, columns)
    level = city.parameter(city.settings.publication.confidence_level) / 100
    estimate = FROM_RECORDS[measure.kind](columns, measure, level)
    figures = _figures(city, code, measure, summed, estimate, level)
    return Made(figures, _lineage(city, code, measure, summed, table_plan), problems)


def members(city: City, area: str) -> list[str]:
    """Return the recorded area codes whose records count into an area, in code order."""
    return sorted(recorded for recorded in city.areas if area in _counted_into(city, recorded))


def _counted_into(city: City, recorded: str) -> list[str]:
    """Return the areas a record of one area code counts into: itself and up to the city, no further."""
    own = city.areas.current(recorded) if city.settings.geography == "current" else recorded
    chain = city.areas.lineage(own)
    top = city.settings.ref_area
    return chain[: chain.index(top) + 1] if top in chain else chain[:1]


def _roles(code: str, measure: RecordMeasure) -> list[tuple[str, str]]:
    roles = ["n", *amounts(measure)]
    if isinstance(measure, MeanMeasure):
        roles = ["n", "moments_n", "moments_mean", "moments_m2"]
    return [(role, column_name(code, measure, role)) for role in roles]


def _merges(code: str, measure: RecordMeasure) -> dict[str, str]:
    found = {column_name(code, measure, "n"): "sum"}
    for role in amounts(measure):
        found[column_name(code, measure, role)] = "moments" if role == "moments" else "sum"
    return found


def _roll_up(
    city: City, measure: RecordMeasure, reduced: pl.DataFrame, table_plan: TablePlan
) -> pl.DataFrame:
    """Return the reduced rows once for every area they count into, at the measure's frequency.

    Rows keep their order, so that sums over them have one order.
    """
    pairs = [
        (code, into) for code in reduced["ref_area"].unique().sort() for into in _counted_into(city, code)
    ]
    areas = pl.DataFrame(pairs, schema={"ref_area": pl.String, "into": pl.String}, orient="row")
    others = [name for name in table_plan.dimensions if name not in measure.by]
    rows = reduced.filter(pl.all_horizontal([pl.lit(True), *(pl.col(name) == TOTAL for name in others)]))
    rows = rows.join(areas, on="ref_area", how="inner", maintain_order="left_right")
    starts = city.settings.assessment_year_starts
    periods = {
        text: containing(parse(text).start, measure.frequency, assessment_year_starts=starts).text
        for text in rows["time_period"].unique().to_list()
    }
    return rows.with_columns(
        ref_area=pl.col("into"),
        time_period=pl.col("time_period").replace_strict(periods, return_dtype=pl.String),
    ).drop("into")


def _check_parts(
    code: str, measure: RecordMeasure, summed: pl.DataFrame, columns: dict[str, np.ndarray[Any, Any]]
) -> list[Problem]:
    if measure.kind not in PART_OF_WHOLE:
        return []
    wrong = np.flatnonzero((columns["numerator"] > columns["denominator"]) | (columns["numerator"] < 0))
    return [
        Problem(
            where=f"{code}.{measure.series} {summed['ref_area'][int(i)]} {summed['time_period'][int(i)]}",
            rule="numerator_above_denominator",
            found=f"{columns['numerator'][i]:g} / {columns['denominator'][i]:g}",
            args={"indicator": code},
        )
        for i in wrong[:100]
    ]


def _figures(
    city: City, code: str, measure: RecordMeasure, summed: pl.DataFrame, estimate: Estimate, level: float
) -> pl.DataFrame:
    indicator, contract = city.indicators[code], city.contracts[measure.table]
    few = (
        (estimate.n_obs < city.parameter(city.settings.publication.minimum_cases))
        if measure.kind in NEEDS_CASES
        else np.zeros(estimate.value.shape, dtype=bool)
    )
    status = np.where(few, "suppressed", np.where(np.isnan(estimate.value), "not_defined", "normal"))
    margin = getattr(measure, "margin", "none")
    hidden = {
        name: pl.Series(name, np.where(few, np.nan, array)).fill_nan(None)
        for name, array in (
            ("obs_value", estimate.value),
            ("std_error", estimate.std_error),
            ("ci_low", estimate.ci_low),
            ("ci_high", estimate.ci_high),
            ("df", estimate.df),
            ("numerator", estimate.numerator),
            ("denominator", estimate.denominator),
        )
    }
    return summed.select("ref_area", "time_period", *(set_name for set_name in measure.by)).with_columns(
        *(pl.lit(TOTAL).alias(name) for name in city.dimensions if name not in measure.by),
        *hidden.values(),
        pl.lit(code).alias("indicator"),
        pl.lit(measure.series).alias("series"),
        pl.lit(indicator.decimals).alias("decimals"),
        pl.lit(indicator.unit_measure).alias("unit_measure"),
        pl.Series("obs_status", status, pl.String),
        pl.lit(contract.basis).alias("basis"),
        pl.lit(None if margin == "none" else level, pl.Float64).alias("confidence_level"),
        pl.lit(margin).alias("margin"),
        pl.lit(estimate.interval, pl.String).alias("interval"),
        pl.Series("n_obs", estimate.n_obs).cast(pl.Int64),
        pl.lit(method_version(measure)).alias("method_version"),
    )


def method_version(measure: Any) -> str:
    """Return a name for a measure that changes when the measure does, such as `rate-1a2b3c4d`."""
    return f"{measure.kind}-{fingerprint(measure.model_dump(mode='json'))[:8]}"


def _lineage(
    city: City, code: str, measure: RecordMeasure, summed: pl.DataFrame, table_plan: TablePlan
) -> list[Lineage]:
    columns = dict(_roles(code, measure))
    into = {area: members(city, area) for area in summed["ref_area"].unique().to_list()}
    return [
        {
            "kind": measure.kind,
            "table": measure.table,
            "rows": {
                "ref_area": into[row["ref_area"]],
                "time_period": row["time_period"],
                **{name: row[name] for name in table_plan.dimensions},
            },
            "columns": columns,
        }
        for row in summed.select(table_plan.keys).iter_rows(named=True)
    ]
