"""How far an index can be trusted: where ranks move, for which choice, and for which sampling error.

Simulation intervals and sampling confidence sets answer different questions and never share a chart.
"""

from __future__ import annotations

import re
from typing import Any

import altair as alt
import polars as pl

from zhiheng.publish import charts, numbers
from zhiheng.publish.chart_layers import chart_of
from zhiheng.publish.index_charts import shapes
from zhiheng.publish.index_charts.shapes import Names
from zhiheng.publish.words import Words

_QUANTILE = re.compile(r"q\d+(?:\.\d+)?")


def rank_intervals(
    ranks: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
    simulated: bool = False,
) -> alt.LayerChart | None:
    """Draw where each unit's rank lies when the choices behind an index are varied.

    Parameters
    ----------
    ranks : DataFrame
        unit, nominal, median, and two quantiles (`q05`, `q95`), of one period: `Uncertainty.ranks`.
    names : mapping
        Of units.
    words, description
        As in `charts.series`.
    simulated : bool
        Whether the figures themselves are simulated: their points are hollow.

    Returns
    -------
    LayerChart or None
        None for fewer than two units.
    """
    low, high = [name for name in ranks.columns if _QUANTILE.fullmatch(name)]
    data = [
        {"code": r["unit"], "x": r["nominal"], "middle": r["median"], "low": r[low], "high": r[high]}
        for r in ranks.iter_rows(named=True)
    ]
    if len(data) < 2:
        return None
    order = _by_rank(data, names)
    for d in data:
        d["text"] = f"{_whole(d['low'])}–{_whole(d['high'])}"
    x, y = _places(len(data), words), shapes.rows(order)
    shade = "@simulated" if simulated else "@computed"
    tips = shapes.tips(words, row="chart_unit", x="rank", text="rank_range")
    bar = chart_of(data).mark_rule(color=shade, strokeWidth=6, opacity=0.3, strokeCap="round")
    tick = chart_of(data).mark_tick(color=shade, thickness=2, size=14, opacity=1, orient="vertical")
    dots = chart_of(data).mark_point(
        size=80, stroke=shade, fill="@paper" if simulated else shade, strokeWidth=2, opacity=1
    )
    layers: list[Any] = [
        bar.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y),
        tick.encode(x=alt.X("middle:Q"), y=y),
        dots.encode(x, y, tooltip=tips),
    ]
    return charts.finished(layers, shapes.row_height(len(data)) * len(data), description)


def rank_sets(
    sets: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
    simulated: bool = False,
) -> alt.LayerChart | None:
    """Draw confidence sets of ranks for the sampling error of the figures.

    Parameters
    ----------
    sets : DataFrame
        unit, rank, low, high (marginal), simultaneous_low, simultaneous_high:
        `SamplingError.rank_confidence`.
    names, words, description, simulated
        As in `rank_intervals`.

    Returns
    -------
    LayerChart or None
        None for fewer than two units.
    """
    data = [
        {"code": r["unit"], "x": r["rank"], "low": r["low"], "high": r["high"],
         "low2": r["simultaneous_low"], "high2": r["simultaneous_high"],
         "text": f"{r['low']}–{r['high']}", "all": f"{r['simultaneous_low']}–{r['simultaneous_high']}"}
        for r in sets.iter_rows(named=True)
    ]  # fmt: skip
    if len(data) < 2:
        return None
    x, y = _places(len(data), words), shapes.rows(_by_rank(data, names))
    shade = "@simulated" if simulated else "@computed"
    tips = shapes.tips(words, row="chart_unit", x="rank", text="set_marginal", all="set_simultaneous")
    ends = [{"row": d["row"], "x": d[end]} for d in data for end in ("low2", "high2")]
    thin = chart_of(data).mark_rule(color=shade, strokeWidth=1.5)
    caps = chart_of(ends).mark_tick(color=shade, thickness=1.5, size=9, opacity=1, orient="vertical")
    thick = chart_of(data).mark_rule(color=shade, strokeWidth=6, opacity=0.45, strokeCap="square")
    dots = chart_of(data).mark_point(
        size=80, stroke=shade, fill="@paper" if simulated else shade, strokeWidth=2, opacity=1
    )
    layers: list[Any] = [
        thin.encode(x=alt.X("low2:Q"), x2=alt.X2("high2:Q"), y=y),
        caps.encode(x, y),
        thick.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y),
        dots.encode(x, y, tooltip=tips),
    ]
    return charts.finished(layers, shapes.row_height(len(data)) * len(data), description)


def _by_rank(data: list[dict[str, Any]], names: Names) -> list[str]:
    """Sort rows by rank, give each its label, and return the labels."""
    data.sort(key=lambda d: (d["x"], d["code"]))
    labels = shapes.distinct([shapes.named(names, d.pop("code")) for d in data])
    for datum, label in zip(data, labels, strict=True):
        datum["row"] = label
    return labels


def _places(count: int, words: Words) -> alt.X:
    step = max(1, round(count / 12))
    axis = alt.Axis(values=list(range(1, count + 1, step)), format="d", grid=True, domain=False, ticks=False)
    scale = alt.Scale(domain=[0.5, count + 0.5], nice=False, zero=False)
    return alt.X("x:Q", title=words("rank"), axis=axis, scale=scale)


def _whole(rank: float) -> str:
    return numbers.printed(rank, 0 if rank == round(rank) else 1)


def sobol(
    indices: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
) -> alt.LayerChart | None:
    """Draw how much of the movement of ranks each choice explains, with bootstrap intervals.

    Parameters
    ----------
    indices : DataFrame
        parameter, s_i, s_ti, and the quantiles of both (`s_i_q05`, `s_i_q95`, `s_ti_q05`,
        `s_ti_q95`; null where there was no bootstrap): `Sensitivity.indices`.
    names : mapping
        Of parameters (addresses).
    words, description
        As in `charts.series`.

    Returns
    -------
    LayerChart or None
        None where no rank moved at all.
    """
    quantiles = [name.removeprefix("s_i_") for name in indices.columns if name.startswith("s_i_q")]
    kinds = {"s_i": words("sobol_first"), "s_ti": words("sobol_total")}
    found = indices.drop_nulls(["s_i", "s_ti"]).drop_nans(["s_i", "s_ti"]).sort("s_ti", descending=True)
    if found.is_empty():
        return None
    labels = shapes.distinct([shapes.named(names, code) for code in found["parameter"]])
    bars, limits = [], []
    for row, label in zip(found.iter_rows(named=True), labels, strict=True):
        for key, kind in kinds.items():
            ends = [row[f"{key}_{q}"] for q in quantiles]
            known = len(ends) == 2 and None not in ends
            text = numbers.printed(row[key], 2)
            if known:
                text += f" ({numbers.interval(ends[0], ends[1], 2)})"
                limits.append({"row": label, "kind": kind, "x": ends[0], "x2": ends[1]})
            bars.append({"row": label, "kind": kind, "x": row[key], "zero": 0, "text": text,
                         "edge": max([row[key], *(ends if known else ())])})  # fmt: skip
    y = shapes.rows(labels)
    offset = alt.YOffset("kind:N", sort=list(kinds.values()), scale=alt.Scale(paddingInner=0.15))
    x = shapes.amounts([b["edge"] for b in bars], zero=True, room=0.16)
    tints = {kinds["s_i"]: "@part1", kinds["s_ti"]: "@part7"}
    tips = shapes.tips(words, row="chart_choice", kind="sobol_kind", text="value")
    bar = chart_of(bars).mark_bar(fillOpacity=0.55)
    layers: list[Any] = [
        bar.encode(x, y, x2=alt.X2("zero:Q"), yOffset=offset, fill=shapes.legend(tints), tooltip=tips),
        chart_of(bars).mark_text(align="left", dx=7, color="@ink", fontSize=shapes.SMALL).encode(
            x=alt.X("edge:Q"), y=y, yOffset=offset, text=alt.Text("text:N")),
    ]  # fmt: skip
    if limits:
        rule = chart_of(limits).mark_rule(color="@ink", strokeWidth=1.5)
        layers.insert(1, rule.encode(x, y, x2=alt.X2("x2:Q"), yOffset=offset))
    return charts.finished(layers, 46 * len(labels), description)
