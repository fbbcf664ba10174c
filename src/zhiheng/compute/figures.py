"""The way from reduced tables to figures, for a whole city."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from zhiheng.compute.collected import from_collected
from zhiheng.compute.derived import attainment_figures, change_figures
from zhiheng.compute.headline import with_headlines
from zhiheng.compute.indices import NODES, index_figures, node_schema, read_indices
from zhiheng.compute.longtable import aligned, assemble, check_unique, with_ids
from zhiheng.compute.records import Lineage, Made, from_records
from zhiheng.compute.robustness import ROBUSTNESS, SCHEMA, robustness_figures
from zhiheng.compute.weighted import weighted_figures
from zhiheng.errors import Problem, raise_if
from zhiheng.framework.city import City
from zhiheng.framework.measures import (
    AttainmentMeasure,
    ChangeMeasure,
    FigureMeasure,
    IndexMeasure,
    RecordMeasure,
    WeightedRateMeasure,
)
from zhiheng.reduce.tables import save

FIGURES, LINEAGE = "figures.parquet", "lineage.parquet"


def compute_city(
    city: City, reduced: Path, out: Path, *, progress: Callable[[str], None] = lambda _: None
) -> list[Problem]:
    """Write the figures of a city and where each came from.

    Parameters
    ----------
    city : City
    reduced : Path
        The folder of reduced tables.
    out : Path
        An empty folder: gets `figures.parquet` (the long table), `lineage.parquet` (`figure_id`,
        and the lineage as JSON text), `index_nodes.parquet` (what stands behind each index) and
        `index_robustness.parquet` (how far its ranks can be trusted).
    progress : callable
        Called with each indicator's code.

    Returns
    -------
    list of Problem
        Notes and warnings.

    Raises
    ------
    ZhihengError
        When figures contradict each other or cannot be made.
    """
    tables = {name: pl.read_parquet(reduced / f"{name}.parquet") for name in _tables(city)}
    first: list[Made] = []
    for code, indicator in city.indicators.items():
        progress(code)
        for measure in indicator.measures:
            if isinstance(measure, FigureMeasure):
                first.append(from_collected(city, code, measure, tables[measure.table]))
            elif isinstance(measure, RecordMeasure):
                first.append(from_records(city, code, measure, tables[measure.table]))
            elif isinstance(measure, WeightedRateMeasure):
                first.append(weighted_figures(city, code, measure, tables))
    basic, lineage = _joined(city, first)
    composed, nodes = _indices(city, basic)
    indices, index_lineage = _joined(city, composed)
    figures, lineage = assemble(city, [basic, indices]), lineage | index_lineage
    second: list[Made] = []
    for code, indicator in city.indicators.items():
        for measure in indicator.measures:
            if isinstance(measure, ChangeMeasure):
                second.append(change_figures(city, code, measure, figures))
            elif isinstance(measure, AttainmentMeasure):
                second.append(attainment_figures(city, code, measure, figures))
    derived, derived_lineage = _joined(city, second)
    tested, wrong = _robustness(city, figures)
    problems = [p for made in [*first, *composed, *second] for p in made.problems] + wrong
    everything = assemble(city, [figures, derived])
    problems += check_unique(everything)
    raise_if(problems)
    save(with_headlines(city, everything), out / FIGURES)
    save(nodes, out / NODES)
    save(tested, out / ROBUSTNESS)
    rows = sorted((lineage | derived_lineage).items())
    schema = {"figure_id": pl.String, "lineage": pl.String}
    texts = [(name, json.dumps(made, ensure_ascii=False, sort_keys=True)) for name, made in rows]
    save(pl.DataFrame(texts, schema=schema, orient="row"), out / LINEAGE)
    return problems


def _indices(city: City, figures: pl.DataFrame) -> tuple[list[Made], pl.DataFrame]:
    """Return the figures of every index measure, and what stands behind them."""
    specs = read_indices(city)
    found = [
        index_figures(city, code, measure, specs[measure.index], figures)
        for code, indicator in city.indicators.items()
        for measure in indicator.measures
        if isinstance(measure, IndexMeasure)
    ]
    nodes = pl.concat([pl.DataFrame(schema=node_schema(city)), *(each.nodes for each in found)])
    keys = ["index", "series", "ref_area", "time_period", *city.dimensions, "node"]
    return [each.made for each in found], nodes.unique(keys, keep="first", maintain_order=True)


def _robustness(city: City, figures: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem]]:
    """Return how far the ranks of every index can be trusted, where its measure says how to ask."""
    specs = read_indices(city)
    made = [
        robustness_figures(city, code, measure, specs[measure.index], figures)
        for code, indicator in city.indicators.items()
        for measure in indicator.measures
        if isinstance(measure, IndexMeasure) and measure.robustness is not None
    ]
    frames = pl.concat([pl.DataFrame(schema=SCHEMA), *(frame for frame, _ in made)])
    return frames, [problem for _, problems in made for problem in problems]


def _tables(city: City) -> list[str]:
    measures = [m for i in city.indicators.values() for m in i.measures]
    used = {getattr(m, "table", None) for m in measures}
    used |= {m.weights.table for m in measures if isinstance(m, WeightedRateMeasure)}
    return [name for name in city.contracts if name in used]


def _joined(city: City, parts: list[Made]) -> tuple[pl.DataFrame, dict[str, Lineage]]:
    """Put parts into one long table with names, and key their lineage by those names."""
    frames = [with_ids(city, aligned(city, made.figures)) for made in parts if len(made.figures)]
    lineages = [made.lineage for made in parts if len(made.figures)]
    keyed = {
        name: lineage
        for frame, mine in zip(frames, lineages, strict=True)
        for name, lineage in zip(frame["figure_id"], mine, strict=True)
    }
    return assemble(city, frames), keyed
