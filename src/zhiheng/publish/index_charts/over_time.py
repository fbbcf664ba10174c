"""An index over its periods: values as slopes, ranks as a bump chart; a break is never joined across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import polars as pl

from zhiheng.framework.periods import Period, parse
from zhiheng.publish import chart_layers as layer
from zhiheng.publish import charts, numbers
from zhiheng.publish.index_charts import shapes
from zhiheng.publish.index_charts.shapes import Names
from zhiheng.publish.joins import joins
from zhiheng.publish.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """A unit's value or rank of one period, as `joins` asks for it."""

    area_code: str
    period: Period
    value: float | None
    run: str | None
    series_code: str
    simulated: bool


def slope(
    values: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
    unit: str = "",
    front: Sequence[str] = (),
    simulated: bool = False,
    decimals: int = 2,
) -> alt.LayerChart | None:
    """Draw each unit's value over the periods, named at its last one.

    Parameters
    ----------
    values : DataFrame
        unit, time_period, value, and, where there are several, run: the measurement run of the value.
        Only neighbouring periods of one run are joined by a whole line (`joins`).
    names : mapping
        Of units.
    words, description
        As in `charts.series`.
    unit : str
        For the head of the value axis.
    front : sequence of str
        Units that stand out; all alike where none is named.
    simulated : bool
        Whether the values are simulated: hollow points, dashed lines.
    decimals : int

    Returns
    -------
    LayerChart or None
        None for fewer than two periods.
    """
    points = _points(values, "value", simulated)
    if len({p.period.text for p in points}) < 2:
        return None
    return _drawn(points, layer.values(unit), names, words, description, front, decimals, upside_down=False)


def bump(
    ranks: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
    front: Sequence[str] = (),
    simulated: bool = False,
) -> alt.LayerChart | None:
    """Draw each unit's rank over the periods, the first at the top.

    Parameters
    ----------
    ranks : DataFrame
        unit, time_period, rank, and, where there are several, run: as in `slope`.
    names, words, description, front, simulated
        As in `slope`.

    Returns
    -------
    LayerChart or None
        None for fewer than two periods.
    """
    points = _points(ranks, "rank", simulated)
    if len({p.period.text for p in points}) < 2:
        return None
    last = max(p.value or 1 for p in points)
    ticks = [place for place in range(1, int(last) + 1) if last <= 16 or place % 5 == 0 or place == 1]
    axis = alt.Axis(values=ticks, format="d", grid=True)
    y = alt.Y("y:Q", title=words("rank"), axis=axis, scale=alt.Scale(domain=[last + 0.5, 0.5], nice=False))
    return _drawn(points, y, names, words, description, front, 0, upside_down=True)


def _points(frame: pl.DataFrame, value: str, simulated: bool) -> list[_Point]:
    series = "simulated" if simulated else "computed"
    return [
        _Point(
            area_code=row["unit"], period=parse(row["time_period"]), value=row[value],
            run=row.get("run"), series_code=series, simulated=simulated,
        )
        for row in frame.iter_rows(named=True)
        if row[value] is not None
    ]  # fmt: skip


def _drawn(
    points: list[_Point],
    y: alt.Y,
    names: Names,
    words: Words,
    description: str,
    front: Sequence[str],
    decimals: int,
    *,
    upside_down: bool,
) -> alt.LayerChart:
    first = min(layer.position(p.period) for p in points)
    last = max(layer.position(p.period) for p in points)

    marks = sorted({round(layer.position(p.period)) for p in points})
    room = max(1.0, 0.45 * (last - first))
    scale = alt.Scale(domain=[first - 0.15 * room, last + room], nice=False, zero=False)
    x = alt.X("x:Q", title=None, scale=scale, axis=alt.Axis(values=marks, format="d", grid=False))
    units = list(dict.fromkeys(p.area_code for p in points))
    ahead = [u for u in units if u in front]
    tint = shapes.colours(ahead) if ahead else {}
    layers: list[Any] = []
    for colour, width, group in [
        ("@other", 1.5, [u for u in units if u not in tint]),
        *((tint[u], 2.5, [u]) for u in ahead),
    ]:
        mine = [p for p in points if p.area_code in group]
        found = joins(mine)
        for join in ("whole", "dotted", "dashed"):
            if chosen := [j for j in found if j[2] == join]:
                look = {**layer.LOOKS[join], "strokeWidth": width}
                layers.append(layer.rules(chosen, colour, look, x, y))
        if mine:
            data = [_datum(p, names, decimals) for p in mine]
            fill = "@paper" if mine[0].simulated else colour
            dots = layer.chart_of(data)
            dots = dots.mark_point(size=60, stroke=colour, strokeWidth=2, fill=fill, opacity=1)
            what = "rank" if upside_down else "value"
            tips = shapes.tips(words, area="chart_unit", when="period", text=what)
            layers.append(dots.encode(x, y, tooltip=tips))
            layers.append(_end_names(points, group, names, decimals, colour, x, y, upside_down=upside_down))
    return charts.finished(layers, max(charts.PLOT_HEIGHT, 22 * len(units)), description)


def _datum(point: _Point, names: Names, decimals: int) -> layer.Datum:
    return {
        "x": layer.position(point.period),
        "y": point.value,
        "area": shapes.named(names, point.area_code),
        "when": point.period.text,
        "text": "" if point.value is None else numbers.printed(point.value, decimals),
    }


def _end_names(
    points: list[_Point],
    group: Sequence[str],
    names: Names,
    decimals: int,
    colour: str,
    x: alt.X,
    y: alt.Y,
    *,
    upside_down: bool,
) -> alt.Chart:
    """Return names beside the last values, moved apart where they would cover each other."""
    latest: dict[str, _Point] = {}
    for point in sorted(points, key=lambda p: p.period):
        latest[point.area_code] = point
    every = [p.value for p in points if p.value is not None]
    gap = 0.0 if upside_down else (max(every) - min(every) or 1.0) * 17 / charts.PLOT_HEIGHT
    ends = [_datum(p, names, decimals) | {"code": p.area_code} for p in latest.values()]
    placed = layer.spread(ends, gap=gap, near=0.5)
    told = [d | {"label": f"{d['text']}  {d['area']}"} for d in placed if d["code"] in group]
    weight: Literal["bold", "normal"] = "normal" if colour == "@other" else "bold"
    ink = "@soft" if colour == "@other" else colour
    text = layer.chart_of(told)
    text = text.mark_text(align="left", dx=10, fontSize=shapes.TEXT, color=ink, fontWeight=weight)
    named: alt.Chart = text.encode(x, y, text=alt.Text("label:N"))
    return named
