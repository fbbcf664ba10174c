"""Figures made from other figures: changes and attainments, one step deep."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from zhiheng.compute.measures import attainment, change, change_limits
from zhiheng.compute.records import Lineage, Made, method_version
from zhiheng.errors import Problem
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.indicators import Target
from zhiheng.framework.measures import AttainmentMeasure, ChangeMeasure
from zhiheng.framework.periods import parse

Row = dict[str, Any]
MEETS = {
    ">=": lambda value, target: value >= target,
    ">": lambda value, target: value > target,
    "<=": lambda value, target: value <= target,
    "<": lambda value, target: value < target,
}


def change_figures(city: City, code: str, measure: ChangeMeasure, figures: pl.DataFrame) -> Made:
    """Make the changes of one series of an indicator.

    No change crosses a series break.  Where either period has published values that conflict, the
    change is not defined, and is shown as such.

    Parameters
    ----------
    city : City
    code : str
        The indicator that is the change.
    measure : ChangeMeasure
    figures : DataFrame
        The long table so far.
    """
    rows = _series(figures, measure)
    cells: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        cells.setdefault(_cell(city, row, row["time_period"]), []).append(row)
    made: list[Row] = []
    lineage: list[Lineage] = []
    for cell, now in cells.items():
        before = cells.get((*cell[:-1], _earlier(now[0]["time_period"], measure.lag)))
        if before is None or now[0]["series_break"] != before[0]["series_break"]:
            continue
        made.append(_change_row(city, code, measure, now, before))
        lineage.append(
            {
                "kind": "change",
                "figures": [row["figure_id"] for row in now],
                "earlier": [row["figure_id"] for row in before],
            }
        )
    return Made(pl.DataFrame(made, infer_schema_length=None), lineage, [])


def _earlier(time_period: str, lag: int) -> str:
    """Return the period to compare with; an empty text, which no figure has, where there is none."""
    try:
        return parse(time_period).earlier(lag).text
    except ValueError:
        return ""


def _change_row(city: City, code: str, measure: ChangeMeasure, now: list[Row], before: list[Row]) -> Row:
    first, earlier = now[0], before[0]
    clear = len(now) == 1 and len(before) == 1
    value = change(first["obs_value"], earlier["obs_value"], measure.form) if clear else math.nan
    row = _made(city, code, measure, first) | {
        "obs_value": None if math.isnan(value) else value,
        "obs_status": "not_defined" if math.isnan(value) else "normal",
    }
    if measure.form == "points":
        row["decimals"] = max(first["decimals"], earlier["decimals"])
    limits = [(r["obs_value"], r["ci_low"], r["ci_high"]) for r in (first, earlier)]
    if clear and all(None not in limit for limit in limits):
        low, high = change_limits(limits[0], limits[1], measure.form)
        if not (math.isnan(low) or math.isnan(high)):
            row |= {"ci_low": low, "ci_high": high, "interval": "mover", "margin": first["margin"],
                    "confidence_level": first["confidence_level"]}  # fmt: skip
    return row


def attainment_figures(city: City, code: str, measure: AttainmentMeasure, figures: pl.DataFrame) -> Made:
    """Make the attainments of one edition of an indicator's targets.

    Parameters
    ----------
    city : City
    code : str
        The indicator that is the attainment.
    measure : AttainmentMeasure
    figures : DataFrame
        The long table so far; a target that was collected as a figure is looked up there.
    """
    base = city.indicators[measure.of]
    made: list[Row] = []
    lineage: list[Lineage] = []
    problems: list[Problem] = []
    for row in _series(figures, measure):
        if any(row[name] != TOTAL for name in city.dimensions) or not _wanted(measure, row):
            continue
        target = nearest_target(city, measure.of, row, measure.edition)
        if target is None:
            continue
        goal, goal_id, bound = target_value(target, figures)
        if goal is None:
            problems.append(
                Problem(where=f"{measure.of}.targets.{target.edition}", rule="target_missing",
                        found=str(target.figure), args={"indicator": measure.of})
            )  # fmt: skip
            continue
        if goal == 0 and target.baseline is None and measure.zero_target == "fail":
            problems.append(
                Problem(where=f"{code}.{measure.series}", rule="zero_target", found=target.edition,
                        args={"indicator": measure.of})
            )  # fmt: skip
            continue
        met = MEETS[bound](row["obs_value"], goal)
        value = attainment(
            row["obs_value"], goal, base.direction, target.baseline,
            zero_target_met=met if measure.zero_target == "met_or_not" else None,
        )  # fmt: skip
        made.append(
            _made(city, code, measure, row)
            | {
                "obs_value": None if math.isnan(value) else value,
                "obs_status": "not_defined" if math.isnan(value) else "normal",
                "denominator": goal,
                "numerator": row["obs_value"],
                "source": row["source"],
            }
        )
        lineage.append(
            {
                "kind": "attainment",
                "figures": [row["figure_id"]],
                "target": goal_id,
                "edition": target.edition,
                "goal": goal,
            }
        )
    return Made(pl.DataFrame(made, infer_schema_length=None), lineage, problems)


def _wanted(measure: AttainmentMeasure, row: Row) -> bool:
    """Return whether a figure is of the areas and periods that are held against the target."""
    late = measure.since is None or parse(row["time_period"]).start >= parse(measure.since).start
    return late and (not measure.areas or row["ref_area"] in measure.areas)


def nearest_target(city: City, code: str, row: Row, edition: str | None = None) -> Target | None:
    """Return the target a figure is held against.

    That of the figure's own area before that of an area it belongs to; then the one that falls due
    next, or if all are past, the last one.
    """
    due = parse(row["time_period"]).end
    targets = [t for t in city.indicators[code].targets if edition is None or t.edition == edition]
    for area in city.areas.lineage(row["ref_area"]):
        mine = sorted((t for t in targets if t.ref_area == area), key=lambda t: parse(t.time_period).end)
        if mine:
            return next((t for t in mine if parse(t.time_period).end >= due), mine[-1])
    return None


def target_value(target: Target, figures: pl.DataFrame) -> tuple[float | None, str | None, str]:
    """Return a target's value, the figure it was collected as (if it was), and how it is met."""
    if target.figure is None:
        return target.value, None, target.bound
    found = figures.filter(
        (pl.col("indicator") == target.figure)
        & (pl.col("ref_area") == target.ref_area)
        & (pl.col("time_period") == target.time_period)
    )
    if found.is_empty():
        return None, None, target.bound
    row = found.row(0, named=True)
    return row["obs_value"], row["figure_id"], row["bound"] or target.bound


def _series(figures: pl.DataFrame, measure: ChangeMeasure | AttainmentMeasure) -> list[Row]:
    wanted = figures.filter(
        (pl.col("indicator") == measure.of)
        & (pl.col("series") == measure.of_series)
        & pl.col("obs_value").is_not_null()
        & (pl.col("obs_status") != "target")
    )
    return list(wanted.iter_rows(named=True))


def _cell(city: City, row: Row, time_period: str) -> tuple[str, ...]:
    return (row["ref_area"], *(row[name] for name in city.dimensions), time_period)


def _made(city: City, code: str, measure: ChangeMeasure | AttainmentMeasure, row: Row) -> Row:
    """Return what a figure takes over from the one it is made from."""
    indicator = city.indicators[code]
    return {
        "indicator": code,
        "ref_area": row["ref_area"],
        "organisation": row["organisation"],
        "time_period": row["time_period"],
        **{name: row[name] for name in city.dimensions},
        "series": measure.series,
        "decimals": indicator.decimals,
        "unit_measure": indicator.unit_measure,
        "basis": row["basis"],
        "margin": "none",
        "n_obs": row["n_obs"],
        "series_break": row["series_break"],
        "method_version": method_version(measure),
    }
