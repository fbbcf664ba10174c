"""Weighted rates of a city: samples and weights of each stratum put side by side, area by area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from zhiheng.compute.measures import Estimate
from zhiheng.compute.records import Lineage, Made, confidence_level, figure_rows, plan_of
from zhiheng.compute.rollup import (
    Into,
    counted_into,
    divided_areas,
    figure_periods,
    inside,
    own_area,
    taking_part,
)
from zhiheng.compute.stratified import Stratified, stratified_rate
from zhiheng.errors import Problem, capped
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import GivenWeights, WeightedRateMeasure
from zhiheng.framework.periods import containing, parse
from zhiheng.reduce.plan import Demand, demand, weight_demand
from zhiheng.reduce.tables import sum_by

Stratum = tuple[str, str]
"""The area whose stratum it is (the figure's own where counties are pooled), and its code."""
Cell = tuple[str, str]
"""Area and period of a figure."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found in one stratum: records, events, trials."""

    n: float
    events: float
    trials: float

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.n + other.n, self.events + other.events, self.trials + other.trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """Sums by figure and stratum, with the reduced rows they came from.

    Attributes
    ----------
    sums : dict
        Cell -> stratum -> one float for each role of the demand, in order.
    areas, periods : dict
        Area or period of a figure -> those of the reduced rows added up.
    others : list of str
        Dimensions of the reduced table that are not the strata.
    """

    sums: dict[Cell, dict[Stratum, tuple[float, ...]]]
    areas: Into
    periods: Into
    others: list[str]


NOTHING = Sample(0.0, 0.0, 0.0)


def weighted_figures(
    city: City, code: str, measure: WeightedRateMeasure, tables: Mapping[str, pl.DataFrame]
) -> Made:
    """Make the figures of a weighted rate.

    Parameters
    ----------
    city : City
    code : str
        The indicator.
    measure : WeightedRateMeasure
    tables : mapping of str to DataFrame
        The reduced tables.

    Returns
    -------
    Made
        A figure for every area and period with a record in the sample; problems where strata have
        no sample and the policy is to fail, and where weights are missing or negative.
    """
    wanted = demand(city, code, measure)
    periods, problems = _sample_periods(city, wanted, tables[measure.table])
    problems += divided_areas(city, wanted, tables[measure.table])
    sample = _strata(city, measure, wanted, tables[measure.table], periods)
    weigher = _weigher(city, code, measure, tables, sample.periods)
    keys: list[Cell] = []
    made: list[Stratified] = []
    counted: list[float] = []
    lineage: list[Lineage] = []
    for cell in sorted(sample.sums):
        found = {k: Sample(*v) for k, v in sample.sums[cell].items()}
        weights, given = weigher.of(cell)
        wrong, found, weights = _settled(city, code, measure, cell, found, weights)
        problems += wrong
        if any(p.severity == "error" for p in wrong):
            continue
        strata = sorted(weights)
        result = _rate(strata, found, weights, confidence_level(city))
        keys.append(cell)
        made.append(result)
        counted.append(sum(found.get(k, NOTHING).n for k in strata if weights[k] > 0))
        lineage.append(
            {
                "kind": measure.kind,
                **_source(measure, wanted, sample, cell),
                "weights": weigher.source(cell) | ({"given": given} if given else {}),
                "strata": _strata_lines(strata, found, weights, result, cell[0]),
            }
        )
    frame = pl.DataFrame(keys, schema={"ref_area": pl.String, "time_period": pl.String}, orient="row")
    rows = figure_rows(city, code, measure, frame, _estimate(measure, made, counted)).with_columns(
        pl.Series("method_status", [line["weights"].get("status") for line in lineage], pl.String)
    )
    return Made(rows, lineage, capped(problems))


def _rate(
    strata: list[Stratum], found: Mapping[Stratum, Sample], weights: Mapping[Stratum, float], level: float
) -> Stratified:
    samples = [found.get(k, NOTHING) for k in strata]
    groups = {area: i for i, area in enumerate(dict.fromkeys(area for area, _ in strata))}
    return stratified_rate(
        np.array([s.events for s in samples]),
        np.array([s.trials for s in samples]),
        np.array([weights[k] for k in strata]),
        np.array([groups[area] for area, _ in strata], dtype=np.int64),
        level,
    )


def _estimate(measure: WeightedRateMeasure, made: list[Stratified], counted: list[float]) -> Estimate:
    """Return the figures as columns; where no limits can be said although asked for, the status says so."""
    value, std_error, low, high, coverage, range_low, range_high = (
        np.array([getattr(m, name) for m in made], dtype=np.float64)
        for name in ("value", "std_error", "ci_low", "ci_high", "coverage", "range_low", "range_high")
    )
    blank = np.full(value.shape, np.nan)
    margin = measure.margin != "none"
    status = np.where(np.isnan(std_error) & margin, "margin_not_defined", "normal")
    return Estimate(
        value=value,
        n_obs=np.array(counted, dtype=np.float64),
        std_error=std_error if margin else blank,
        ci_low=low if margin else blank,
        ci_high=high if margin else blank,
        df=blank,
        numerator=blank,
        denominator=blank,
        interval=measure.interval,
        status=status,
        coverage=coverage,
        range_low=range_low,
        range_high=range_high,
    )


# ---- samples ------------------------------------------------------------------------------------


def _sample_periods(city: City, wanted: Demand, reduced: pl.DataFrame) -> tuple[Into, list[Problem]]:
    return figure_periods(city, reduced, wanted, _periods_of(reduced))


def _periods_of(reduced: pl.DataFrame) -> list[str]:
    return reduced["time_period"].unique().sort().to_list()


def _strata(
    city: City, measure: WeightedRateMeasure, wanted: Demand, reduced: pl.DataFrame, periods: Into
) -> Strata:
    """Add a demand's rows up by figure and stratum."""
    name, table_plan = measure.strata, plan_of(city, wanted.table)
    rows = taking_part(reduced, table_plan, wanted).filter(pl.col(name) != TOTAL)
    pairs = [
        (area, into, own_area(city, area) if measure.areas == "combined" else into)
        for area in rows["ref_area"].unique().sort()
        for into in counted_into(city, area)
    ]
    names = ("ref_area", "_into", "_group")
    areas = pl.DataFrame(pairs, schema=dict.fromkeys(names, pl.String), orient="row")
    spans = pl.DataFrame(
        [(text, into) for text, targets in periods.items() for into in targets],
        schema={"time_period": pl.String, "_period": pl.String},
        orient="row",
    )
    rows = rows.join(areas, on="ref_area", how="inner", maintain_order="left_right")
    rows = rows.join(spans, on="time_period", how="inner", maintain_order="left_right")
    keys = ["_into", "_period", "_group", name]
    sums = sum_by(rows, keys, wanted.merges).select(*keys, *wanted.roles.values())
    found: dict[Cell, dict[Stratum, tuple[float, ...]]] = {}
    for into, period, group, stratum, *values in sums.rows():
        found.setdefault((into, period), {})[group, stratum] = tuple(map(float, values))
    return Strata(
        sums=found,
        areas=_sources(rows, "ref_area", "_into"),
        periods=_sources(rows, "time_period", "_period"),
        others=[dimension for dimension in table_plan.dimensions if dimension != name],
    )


def _sources(rows: pl.DataFrame, name: str, into: str) -> Into:
    found: Into = {}
    for source, target in rows.select(name, into).unique().sort(into, name).rows():
        found.setdefault(target, []).append(source)
    return found


def _source(measure: WeightedRateMeasure, wanted: Demand, strata: Strata, cell: Cell) -> dict[str, Any]:
    """Return which reduced rows and columns a figure's strata were added up from."""
    codes = sorted({code for _, code in strata.sums.get(cell, {})})
    rows: dict[str, Any] = {
        "ref_area": strata.areas.get(cell[0], []),
        "time_period": strata.periods.get(cell[1], []),
    }
    rows |= {key: [TOTAL] for key in strata.others} | {measure.strata: codes}
    return {"table": wanted.table, "rows": rows, "columns": wanted.roles}


def _strata_lines(
    strata: list[Stratum],
    found: Mapping[Stratum, Sample],
    weights: Mapping[Stratum, float],
    result: Stratified,
    area: str,
) -> list[dict[str, Any]]:
    """Return what each stratum brought to a figure, for the explanation."""
    return [
        {
            "stratum": code,
            **({} if group == area else {"ref_area": group}),
            "numerator": found.get((group, code), NOTHING).events,
            "denominator": found.get((group, code), NOTHING).trials,
            "weight": weights[group, code],
            "share": 100 * share,
        }
        for (group, code), share in zip(strata, result.shares.tolist(), strict=True)
    ]


# ---- weights ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigher:
    """Where the weights of a measure's figures come from.

    Attributes
    ----------
    measure : WeightedRateMeasure
    wanted : Demand or None
        What was reduced; None where weights are given.
    strata : Strata or None
    """

    measure: WeightedRateMeasure
    wanted: Demand | None
    strata: Strata | None

    def of(self, cell: Cell) -> tuple[dict[Stratum, float], list[dict[str, Any]]]:
        """Return a figure's weights, and those given ones that were used."""
        area, period = cell
        if self.strata is not None:
            return {k: v[-1] for k, v in self.strata.sums.get(cell, {}).items()}, []
        given = given_weights(self.measure.weights.given, area, period)
        if given is None:
            return {}, []
        lines = [{"stratum": w.code, "weight": w.value} for w in given.weights]
        return {(area, w.code): w.value for w in given.weights}, lines

    def source(self, cell: Cell) -> dict[str, Any]:
        """Return where a figure's weights are from, for the lineage."""
        if self.wanted is not None and self.strata is not None:
            return _source(self.measure, self.wanted, self.strata, cell)
        given = given_weights(self.measure.weights.given, *cell)
        return {} if given is None else {
            "status": given.status,
            "reference": given.reference,
            "reason": given.reason.model_dump() if given.reason else None,
        }  # fmt: skip


def given_weights(given: Iterable[GivenWeights], area: str, period: str) -> GivenWeights | None:
    """Return the given weights of an area that hold on a period's last day, its own before everybody's."""
    holding = [g for g in given if g.holds_on(parse(period).end)]
    own = [g for g in holding if g.ref_area == area]
    return next(iter([*own, *(g for g in holding if g.ref_area is None)]), None)


def _weigher(
    city: City,
    code: str,
    measure: WeightedRateMeasure,
    tables: Mapping[str, pl.DataFrame],
    figures: Iterable[str],
) -> Weigher:
    wanted = weight_demand(code, measure)
    if wanted is None:
        return Weigher(measure=measure, wanted=None, strata=None)
    reduced = tables[wanted.table]
    holders = {figure: weight_period(city, measure, figure) for figure in sorted(figures)}
    periods = {
        text: [figure for figure, holder in holders.items() if inside(text, holder)]
        for text in _periods_of(reduced)
    }
    strata = _strata(city, measure, wanted, reduced, periods)
    return Weigher(measure=measure, wanted=wanted, strata=strata)


def weight_period(city: City, measure: WeightedRateMeasure, figure: str) -> str:
    """Return the period whose amounts weigh a figure's strata."""
    period = parse(figure)
    if (frequency := measure.weights.frequency) is not None:
        starts = city.settings.assessment_year_starts
        period = containing(period.start, frequency, assessment_year_starts=starts)
    return period.earlier(measure.weights.lag).text if measure.weights.lag else period.text


# ---- policies -----------------------------------------------------------------------------------


def _settled(
    city: City,
    code: str,
    measure: WeightedRateMeasure,
    cell: Cell,
    found: dict[Stratum, Sample],
    weights: dict[Stratum, float],
) -> tuple[list[Problem], dict[Stratum, Sample], dict[Stratum, float]]:
    """Return what is wrong with a figure's strata, and the strata as the policy leaves them."""
    where = f"{code}.{measure.series} {cell[0]} {cell[1]}"

    def problem(rule: str, strata: Iterable[Stratum], severity: Any = "error") -> Problem:
        named = ", ".join(c if area == cell[0] else f"{area} {c}" for area, c in sorted(strata))
        return Problem(where=where, rule=rule, found=named, args={"indicator": code}, severity=severity)

    if negative := [k for k, w in weights.items() if w < 0]:
        return [problem("weight_negative", negative)], found, weights
    if not sum(weights.values()) > 0:
        return [problem("weights_missing", found)], found, weights
    if measure.without_sample == "merge":
        found, weights = _merged(city, measure.strata, found, weights)
    problems = []
    if unweighted := [k for k, s in found.items() if s.trials > 0 and not weights.get(k, 0) > 0]:
        problems.append(problem("stratum_without_weight", unweighted, "note"))
    bare = [k for k, w in weights.items() if w > 0 and not found.get(k, NOTHING).trials > 0]
    if bare and measure.without_sample != "drop":
        problems.append(problem("stratum_without_sample", bare))
    impossible = [k for k, s in found.items() if not 0 <= s.events <= s.trials]
    if impossible:
        problems.append(problem("numerator_above_denominator", impossible))
    return problems, found, weights


def _merged(
    city: City, dimension: str, found: dict[Stratum, Sample], weights: dict[Stratum, float]
) -> tuple[dict[Stratum, Sample], dict[Stratum, float]]:
    """Put strata without a sample together with all others of their parent code, as far up as it takes."""
    parents = {item.code: item.parent for item in city.dimensions[dimension].codes}
    while True:
        bare = [k for k, w in sorted(weights.items()) if w > 0 and not found.get(k, NOTHING).trials > 0]
        up = next(((area, parent) for area, c in bare if (parent := parents.get(c)) is not None), None)
        if up is None:
            return found, weights
        area, parent = up
        below = _below(parents, parent)

        def moved(key: Stratum, area: str = area, parent: str = parent, below: set[str] = below) -> Stratum:
            return (area, parent) if key[0] == area and key[1] in below else key

        merged_found: dict[Stratum, Sample] = {}
        for k, sample in sorted(found.items()):
            merged_found[moved(k)] = merged_found.get(moved(k), NOTHING) + sample
        merged_weights: dict[Stratum, float] = {}
        for k, weight in sorted(weights.items()):
            merged_weights[moved(k)] = merged_weights.get(moved(k), 0.0) + weight
        found, weights = merged_found, merged_weights


def _below(parents: Mapping[str, str | None], code: str) -> set[str]:
    """Return the codes that are counted into a code, however far down, and itself."""
    found = {code}
    while True:
        more = {c for c, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more
