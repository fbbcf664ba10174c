"""Figures from reduced records: estimate, hold back what rests on too little, say what each was made from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from zhiheng.compute.measures import FROM_RECORDS, NEEDS_CASES, PART_OF_WHOLE, Estimate, Floats
from zhiheng.compute.rollup import ALLOCATED, Rolled, roll_up, with_zeros
from zhiheng.errors import Problem
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import CountMeasure, RecordMeasure, TotalMeasure
from zhiheng.reduce.plan import Demand, Reduced, TablePlan, demand, plan
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
        A figure for every area, period and single breakdown with at least one record, as far as the
        measure wants them.
    """
    table_plan, wanted = plan_of(city, measure.table), demand(city, code, measure)
    up = roll_up(city, reduced, table_plan, wanted)
    if isinstance(measure, CountMeasure | TotalMeasure) and measure.where_none == "zero":
        up = dataclasses.replace(up, sums=with_zeros(city, up.sums, table_plan))
    up = dataclasses.replace(up, sums=up.sums.filter(_wanted(city, measure, table_plan)))
    columns = {role: up.sums[name].cast(pl.Float64).to_numpy() for role, name in wanted.roles.items()}
    problems = [*up.problems, *_check_parts(code, measure, up.sums, columns)]
    level = confidence_level(city)
    estimate = FROM_RECORDS[measure.kind](columns, measure, level)
    estimate = _estimated(estimate, up.sums[ALLOCATED].to_numpy() > 0)
    figures = figure_rows(city, code, measure, up.sums, estimate)
    lineage: list[Lineage] = [
        {"kind": measure.kind} | source_rows(up, wanted, table_plan, row) | ({} if n else {"none": True})
        for row, n in zip(
            up.sums.select(table_plan.keys).iter_rows(named=True),
            up.sums[wanted.column(wanted.counted)],
            strict=True,
        )
    ]
    return Made(figures, lineage, problems)


def _wanted(city: City, measure: RecordMeasure, table_plan: TablePlan) -> pl.Expr:
    """Say which sums become figures: breakdowns of every area or of the city, with totals or without."""
    total = pl.all_horizontal([pl.lit(True), *(pl.col(name) == TOTAL for name in table_plan.dimensions)])
    everywhere = pl.lit(measure.by_areas == "all") | (pl.col("ref_area") == city.settings.ref_area)
    return pl.when(total).then(pl.lit(not measure.without_total)).otherwise(everywhere)


def _estimated(estimate: Estimate, allocated: np.ndarray[Any, Any]) -> Estimate:
    """Say of figures with amounts allocated by shares that they are estimated, and give them no margin."""
    if not allocated.any():
        return estimate

    def none(array: Floats) -> Floats:
        return np.where(allocated, np.nan, array)

    return dataclasses.replace(
        estimate,
        status=np.where(allocated, "estimated", "normal"),
        std_error=none(estimate.std_error),
        ci_low=none(estimate.ci_low),
        ci_high=none(estimate.ci_high),
        df=none(estimate.df),
    )


def plan_of(city: City, table: str) -> TablePlan:
    """Return the plan of a table that a measure uses."""
    table_plan = plan(city, table)
    if table_plan is None:  # a measure of this table exists, so does its plan
        raise ValueError(table)
    return table_plan


def confidence_level(city: City) -> float:
    """Return the confidence level of the city's margins, between 0 and 1."""
    return city.parameter(city.settings.publication.confidence_level) / 100


def source_rows(up: Rolled, wanted: Demand, table_plan: TablePlan, row: dict[str, str]) -> Lineage:
    """Return which reduced rows and columns were added up for one key, for the lineage."""
    found: Lineage = {"table": wanted.table, "columns": wanted.roles}
    if up.exact is not None:
        return found | {"rows": up.exact[tuple(row[name] for name in table_plan.keys)]}
    keys = {name: up.sources.get(name, {}).get(row[name], [row[name]]) for name in table_plan.keys}
    shares = up.shares.get(row["ref_area"])
    return found | {"rows": keys} | ({"shares": shares} if shares else {})


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


def figure_rows(
    city: City, code: str, measure: Reduced, keys: pl.DataFrame, estimate: Estimate
) -> pl.DataFrame:
    """Return long-table rows of one measure's estimates, what rests on too few records held back.

    Parameters
    ----------
    city : City
    code : str
    measure : Reduced
    keys : DataFrame
        Area, period and the measure's dimensions of each estimate.
    estimate : Estimate
    """
    indicator, contract = city.indicators[code], city.contracts[measure.table]
    few = (
        (estimate.n_obs < city.parameter(city.settings.publication.minimum_cases))
        if measure.kind in NEEDS_CASES
        else np.zeros(estimate.value.shape, dtype=bool)
    )
    plain = "normal" if estimate.status is None else estimate.status
    status = np.where(few, "suppressed", np.where(np.isnan(estimate.value), "not_defined", plain))
    margin, level = getattr(measure, "margin", "none"), confidence_level(city)
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
            ("coverage", estimate.coverage),
            ("range_low", estimate.range_low),
            ("range_high", estimate.range_high),
        )
        if array is not None
    }
    return keys.select("ref_area", "time_period", *measure.by).with_columns(
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
    return f"{measure.kind}-{fingerprint(measure.model_dump(mode='json', exclude_defaults=True))[:8]}"
