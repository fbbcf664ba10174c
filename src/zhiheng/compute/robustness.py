"""How far the ranks of the areas below the city hang on an index's choices, and on sampling error.

Two answers, kept apart: *simulation intervals* with the sensitivity to every choice, and confidence
sets of ranks for the sampling error of those figures that have one.  Made at every computation from
the seed that the measure states, so that pages say the same again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from zhiheng.compute.indices import Cell, Row, inputs_of, value_of
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import IndexMeasure
from zhiheng.framework.periods import parse
from zhiheng.framework.robustness import Robustness

if TYPE_CHECKING:
    from zhiheng.index import Index, Vary

ROBUSTNESS = "index_robustness.parquet"
SCHEMA: dict[str, pl.DataType] = {
    **{n: pl.String() for n in ("index", "series", "time_period", "kind", "ref_area", "parameter")},
    **{n: pl.Float64() for n in ("nominal", "median", "low", "high", "all_low", "all_high", "level")},
}
"""Columns of `index_robustness.parquet`, one row for each area or parameter and kind.

kind `value`, `rank`: simulation intervals from `low` to `high`, holding `level` of the runs.
kind `rank_set`: sampling error; `low` to `high` holds for one area, `all_low` to `all_high` for all at once.
kind `first_order`, `total`: Sobol index of a `parameter`, with its bootstrap interval.
"""
FEWEST = 3
"""Areas below which ranks say nothing."""
_SAME = 1e-9


def robustness_figures(
    city: City, code: str, measure: IndexMeasure, spec: Index, figures: pl.DataFrame
) -> tuple[pl.DataFrame, list[Problem]]:
    """Put the ranks of the areas below the city to the test, in the latest period with enough of them.

    Parameters
    ----------
    city : City
    code : str
        The indicator.
    measure : IndexMeasure
    spec : Index
    figures : DataFrame
        The long table with the index in it.

    Returns
    -------
    (DataFrame, list of Problem)
        Columns of `SCHEMA`; what is wrong with the variations.
    """
    empty = pl.DataFrame(schema=SCHEMA)
    said = measure.robustness
    cells = _areas(city, measure, spec, figures)
    if said is None or len(cells) < FEWEST:
        return empty, []
    where = f"{code}.{measure.series}.robustness"
    try:
        made = _simulated(said, spec, cells) + _sampled(city, spec, cells)
    except ZhihengError as error:
        return empty, [
            Problem(where=f"{where} {p.where}", rule=p.rule, found=p.found, args=p.args)
            for p in error.problems
        ]
    head = {"index": spec.index, "series": measure.series, "time_period": next(iter(cells))[1]}
    frame = pl.DataFrame([head | row for row in made], schema=SCHEMA)
    return frame, _differs(where, code, measure, frame, figures)


def _areas(
    city: City, measure: IndexMeasure, spec: Index, figures: pl.DataFrame
) -> dict[Cell, dict[str, list[Row]]]:
    """Return the inputs of the areas directly below the city, complete, of the latest period with enough."""
    below = set(city.areas.children(city.settings.ref_area))
    by_period: dict[str, dict[Cell, dict[str, list[Row]]]] = {}
    for cell, found in sorted(inputs_of(city, measure, spec, figures).items()):
        whole = all(value_of(found.get(node.code, [])) is not None for node in spec.indicators)
        if cell[0] in below and whole and all(part == TOTAL for part in cell[2:]):
            by_period.setdefault(cell[1], {})[cell] = found
    enough = [period for period, cells in by_period.items() if len(cells) >= FEWEST]
    if not enough:
        return {}
    return by_period[max(enough, key=lambda period: (parse(period).end, -parse(period).start.toordinal()))]


def _data(spec: Index, cells: Mapping[Cell, Mapping[str, list[Row]]]) -> pl.DataFrame:
    columns = {
        node.code: pl.Series([value_of(found[node.code]) for found in cells.values()], dtype=pl.Float64)
        for node in spec.indicators
    }
    return pl.DataFrame({"unit": [cell[0] for cell in cells]} | columns)


def variations(said: Robustness) -> list[Vary]:
    """Return the variations of a measure as the index engine takes them."""
    from zhiheng.index import Vary

    return [
        Vary(
            one.address,
            values=one.values,
            between=(one.between[0], one.between[1]) if one.between else None,
            noise=one.noise,
            levels=one.levels,
        )
        for one in said.vary
    ]


def _simulated(
    said: Robustness, spec: Index, cells: Mapping[Cell, Mapping[str, list[Row]]]
) -> list[dict[str, Any]]:
    from zhiheng.index import sensitivity, uncertainty

    data, vary, level = _data(spec, cells), variations(said), said.interval / 100
    moved = uncertainty(spec, data, vary=vary, n=said.runs, rng=np.random.default_rng(said.seed), level=level)
    rows: list[dict[str, Any]] = []
    for kind, frame in (("value", moved.values), ("rank", moved.ranks)):
        low, high = frame.columns[-2:]
        rows += [
            {"kind": kind, "ref_area": r["unit"], "nominal": r["nominal"], "median": r["median"],
             "low": r[low], "high": r[high], "level": said.interval}
            for r in frame.iter_rows(named=True)
        ]  # fmt: skip
    explained = sensitivity(
        spec, data, vary=vary, n=said.draws, n_boot=said.resamples,
        rng=np.random.default_rng(said.seed), level=level,
    ).indices.fill_nan(None)  # fmt: skip
    for kind, name in (("first_order", "s_i"), ("total", "s_ti")):
        ends = [column for column in explained.columns if column.startswith(f"{name}_q")]
        rows += [
            {"kind": kind, "parameter": r["parameter"], "nominal": r[name], "low": r[ends[0]],
             "high": r[ends[1]], "level": said.interval}
            for r in explained.iter_rows(named=True)
        ]  # fmt: skip
    return rows


def _sampled(city: City, spec: Index, cells: Mapping[Cell, Mapping[str, list[Row]]]) -> list[dict[str, Any]]:
    """Return confidence sets of ranks where figures carry a standard error; errors count as independent."""
    from zhiheng.index import sampling_error

    errors = {
        node.code: pl.Series([found[node.code][0]["std_error"] for found in cells.values()], dtype=pl.Float64)
        for node in spec.indicators
    }
    errors = {name: column for name, column in errors.items() if column.null_count() < len(column)}
    if not errors:
        return []
    publication = city.settings.publication
    level = city.parameters[publication.confidence_level].on(publication.as_of).value
    frame = pl.DataFrame({"unit": [cell[0] for cell in cells]} | errors)
    sets = sampling_error(spec, _data(spec, cells), std_errors=frame)
    return [
        {"kind": "rank_set", "ref_area": r["unit"], "nominal": r["rank"], "low": r["low"], "high": r["high"],
         "all_low": r["simultaneous_low"], "all_high": r["simultaneous_high"], "level": level}
        for r in sets.rank_confidence(confidence_level=level / 100).iter_rows(named=True)
    ]  # fmt: skip


def _differs(
    where: str, code: str, measure: IndexMeasure, made: pl.DataFrame, figures: pl.DataFrame
) -> list[Problem]:
    """Return the problem of an index that is another one when computed for the areas alone."""
    period = made["time_period"][0]
    index = figures.filter(indicator=code, series=measure.series, time_period=period)
    known = dict(index.select("ref_area", "obs_value").iter_rows())
    apart = [
        r["ref_area"]
        for r in made.filter(kind="value").iter_rows(named=True)
        if (value := known.get(r["ref_area"])) is not None
        and abs(value - r["nominal"]) > _SAME * max(1.0, abs(value))
    ]
    return [Problem(where=where, rule="robustness_differs", found=", ".join(apart))] if apart else []
