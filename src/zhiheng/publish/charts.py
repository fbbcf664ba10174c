"""The one place where charts are made; page, notebook and Word report use the same ones.

A chart is an Altair chart whose colours are names (`@published`): `spec` turns it into plain
values with the colours left as names, which a page lets its style sheet fill in, light or dark;
`painted` fills them in here.  What may be joined by a line is decided in `joins`.

Altair takes most of a second to import, so `chart_layers` is imported when the first chart is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

from zhiheng.framework.periods import Period
from zhiheng.publish.joins import joins
from zhiheng.publish.shown import Shown
from zhiheng.publish.words import Words

if TYPE_CHECKING:
    import altair as alt

    from zhiheng.publish.chart_layers import Datum, Limits, Target

FONT = "Noto Sans SC"
PALETTE: dict[Literal["light", "dark"], dict[str, str]] = {
    "light": {
        "ink": "#14202b",
        "soft": "#51606d",
        "line": "#d5dce2",
        "paper": "#ffffff",
        "published": "#0a4f7d",
        "computed": "#0b6e5f",
        "simulated": "#97297b",
        "other": "#74828e",
        "target": "#8f5200",
        "gain": "#17693f",
        "loss": "#a81e2d",
        "part1": "#1f5f8b",
        "part2": "#2a7358",
        "part3": "#8a5514",
        "part4": "#7a4b94",
        "part5": "#9c3150",
        "part6": "#556514",
        "part7": "#51606d",
        "part8": "#246775",
    },
    "dark": {
        "ink": "#e8edf1",
        "soft": "#a8b4be",
        "line": "#33404b",
        "paper": "#10161c",
        "published": "#7cc0f0",
        "computed": "#5fd0bd",
        "simulated": "#f2a0dc",
        "other": "#8d9ba7",
        "target": "#f2b85a",
        "gain": "#6fd19b",
        "loss": "#ff9a94",
        "part1": "#7cc0f0",
        "part2": "#7fd6b0",
        "part3": "#f2b85a",
        "part4": "#c9a6ec",
        "part5": "#ff9fb2",
        "part6": "#b5d36f",
        "part7": "#a8b4be",
        "part8": "#79cddb",
    },
}
"""Colours by name; `site.css` uses the same ones.  The parts of an index have `part1` to `part8`."""

MAX_LABELLED = 10
"""How many points still have their value printed beside them."""
PLOT_HEIGHT = 320
ROW_HEIGHT = 28


def series(
    figures: Sequence[Shown],
    *,
    unit: str,
    breaks: Sequence[Period],
    targets: Sequence[Target],
    limits: Limits,
    words: Words,
    description: str,
) -> alt.LayerChart | None:
    """Draw one area's values over time, with limits, breaks and targets.

    Parameters
    ----------
    figures : sequence of Shown
        Missing values are left out of the chart (the table beside it has them).
    unit : str
        For the head of the value axis.
    breaks : sequence of Period
        First periods of new measurement runs.
    targets : sequence of Target
    limits : mapping
        Lower and upper limit by `figure_id`, unrounded.
    words : Words
    description : str
        Read out by screen readers.

    Returns
    -------
    LayerChart or None
        None when there are fewer than two periods to show.
    """
    import altair as alt

    from zhiheng.publish import chart_layers as layer

    present = [f for f in figures if f.value is not None]
    if len({f.period.text for f in present}) < 2:
        return None
    aside = layer.beside(present)
    points = [(f, layer.datum(f, words, aside[f.series_code])) for f in present]
    spans = [_span(point, f.period) for f, point in points if f.period.frequency == "span"]
    edges = [d["x"] for d in [*(d for _, d in points), *spans]] + [d["x2"] for d in spans]
    edges += [layer.position(t.period) for t in targets]
    x, y = layer.years(min(edges), max(edges)), layer.values(unit)
    inside = [b for b in breaks if min(edges) < layer.position(b) <= max(edges)]
    looks = layer.channels(present, words)
    layers: list[Any] = [
        *layer.breaks(inside, x, words),
        *layer.lines(joins(present), aside, x, y),
        *layer.margins(present, limits, aside, x, y),
    ]
    if spans:
        bars = layer.chart_of(spans).mark_rule(color="@published", strokeWidth=4, opacity=0.55)
        layers.append(bars.encode(x, y, x2=alt.X2("x2:Q"), tooltip=layer.tips(words)))
    layers += layer.target_marks(targets, words, x, y)
    marks = layer.chart_of([d for _, d in points]).mark_point(size=70, strokeWidth=2, opacity=1)
    layers.append(marks.encode(x, y, tooltip=layer.tips(words), **looks))
    if len(points) <= MAX_LABELLED:
        layers += layer.value_labels(points, limits, x, y)
    return finished(layers, PLOT_HEIGHT, description)


def _span(datum: Datum, period: Period) -> Datum:
    """Return a figure over several years as a bar from its first to its last."""
    return datum | {"x": period.start.year - 0.4, "x2": period.end.year + 0.4}


def ranked(
    figures: Sequence[Shown], *, own: str, unit: str, limits: Limits, words: Words, description: str
) -> alt.LayerChart | None:
    """Draw the values of several areas in one period as dots, in the order given.

    Parameters
    ----------
    figures : sequence of Shown
        Of one period.
    own : str
        The city's own area, whose dot is larger.
    unit, limits, words, description
        As in `series`.

    Returns
    -------
    LayerChart or None
        None for fewer than three areas.
    """
    import altair as alt

    from zhiheng.publish import chart_layers as layer

    present = [f for f in figures if f.value is not None]
    names = list(dict.fromkeys(f.area for f in present))
    if len(names) < 3:
        return None
    data = [layer.datum(f, words) | {"x": f.value, "own": f.area_code == own} for f in present]
    axis = alt.Axis(labelLimit=170, ticks=False, domain=False, labelPadding=8, grid=True)
    y = alt.Y("area:N", title=None, sort=names, axis=axis)
    scale = alt.Scale(zero=False, nice=True, padding=40)
    x = alt.X("x:Q", title=unit, scale=scale, axis=alt.Axis(grid=False, tickCount=5))
    layers: list[Any] = []
    bars = [
        {"area": f.area, "x": limits[f.figure_id][0], "x2": limits[f.figure_id][1]}
        for f in present
        if f.figure_id in limits
    ]
    if bars:
        rule = layer.chart_of(bars).mark_rule(color=f"@{present[0].series_code}", strokeWidth=1.5)
        layers.append(rule.encode(x, y, x2=alt.X2("x2:Q")))
    looks = layer.channels(present, words, legend=len({layer.kind(f) for f in present}) > 1)
    size = alt.when("datum.own").then(alt.value(190)).otherwise(alt.value(64))
    dots = layer.chart_of(data).mark_point(strokeWidth=2, opacity=1)
    layers.append(dots.encode(x, y, size=size, tooltip=layer.tips(words, area=True), **looks))
    if not bars:
        text = layer.chart_of(_row_labels(data)).mark_text(color="@ink", align="left", dx=11, fontSize=12)
        layers.append(text.encode(x, y, text=alt.Text("text:N")))
    return finished(layers, ROW_HEIGHT * len(names), description)


def _row_labels(data: Sequence[Datum]) -> list[Datum]:
    """Return one label an area, beside its rightmost dot, with all its values."""
    rows: dict[str, list[Datum]] = {}
    for datum in sorted(data, key=lambda d: d["x"]):
        rows.setdefault(datum["area"], []).append(datum)
    return [
        {"area": area, "x": found[-1]["x"], "text": " / ".join(d["text"] for d in found)}
        for area, found in rows.items()
    ]


def lines(
    figures: Sequence[Shown],
    *,
    own: str,
    above: Sequence[str],
    unit: str,
    words: Words,
    description: str,
) -> alt.LayerChart | None:
    """Draw several areas over time, the city's own in front, each named at its last value.

    Parameters
    ----------
    figures : sequence of Shown
        Areas with a single period are left out.
    own : str
        The city's own area.
    above : sequence of str
        The areas it belongs to, which stand out from the others.
    unit, words, description
        As in `series`.

    Returns
    -------
    LayerChart or None
        None when fewer than two areas have two periods.
    """
    from zhiheng.publish import chart_layers as layer

    present = [f for f in figures if f.value is not None and f.period.frequency != "span"]
    periods: dict[str, set[str]] = {}
    for f in present:
        periods.setdefault(f.area_code, set()).add(f.period.text)
    present = [f for f in present if len(periods[f.area_code]) > 1]
    drawn = list(dict.fromkeys(f.area_code for f in present))
    if len(drawn) < 2:
        return None
    last = max(layer.position(f.period) for f in present)
    x = layer.years(min(layer.position(f.period) for f in present), last + 1.2)
    y = layer.values(unit)
    groups = [
        ([a for a in drawn if a != own and a not in above], "@other", 1.25, 36),
        ([a for a in drawn if a in above], "@ink", 1.75, 44),
        ([a for a in drawn if a == own], "@published", 2.5, 76),
    ]
    layers: list[Any] = []
    for areas, colour, width, size in groups:
        mine = [f for f in present if f.area_code in areas]
        for join in ("dotted", "whole"):
            if found := [j for j in joins(mine) if j[2] == join]:
                layers.append(layer.rules(found, colour, {**layer.LOOKS[join], "strokeWidth": width}, x, y))
        if mine:
            dots = layer.chart_of([layer.datum(f, words) for f in mine])
            dots = dots.mark_point(fill=colour, stroke="@paper", strokeWidth=1, opacity=1, size=size)
            layers.append(dots.encode(x, y, tooltip=layer.tips(words, area=True)))
    layers += _line_names(present, groups, words, x, y)
    return finished(layers, PLOT_HEIGHT + 40, description)


def _line_names(
    present: Sequence[Shown],
    groups: Sequence[tuple[list[str], str, float, int]],
    words: Words,
    x: Any,
    y: Any,
) -> list[Any]:
    """Return the areas' names beside their last values, moved apart where they would overlap."""
    import altair as alt

    from zhiheng.publish import chart_layers as layer

    last: dict[str, Datum] = {}
    for figure in sorted(present, key=lambda f: f.period):
        last[figure.area_code] = layer.datum(figure, words) | {"code": figure.area_code}
    every = [f.value for f in present if f.value is not None]
    placed = layer.spread(list(last.values()), gap=(max(every) - min(every) or 1) * 17 / PLOT_HEIGHT, near=3)
    found = []
    for areas, colour, width, _ in groups:
        if mine := [d for d in placed if d["code"] in areas]:
            weight: Literal["bold", "normal"] = "bold" if width > 2 else "normal"
            text = layer.chart_of(mine).mark_text(
                align="left", dx=8, fontSize=12, color=colour, fontWeight=weight
            )
            found.append(text.encode(x, y, text=alt.Text("area:N")))
    return found


def finished(layers: Sequence[Any], height: float, description: str) -> alt.LayerChart:
    """Return layers as one chart in the common style, as wide as the place it stands in."""
    import altair as alt

    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    # All at once: every further call on a chart copies the whole of it.
    return alt.LayerChart(
        layer=list(layers), width="container", height=height, autosize=fit, description=description,
        config=CONFIG,
    )  # fmt: skip


CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "@soft",
        "labelFontSize": 12,
        "titleColor": "@soft",
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "@line",
        "domainColor": "@soft",
        "tickColor": "@soft",
        "labelPadding": 6,
    },
    "axisY": {
        "domain": False,
        "ticks": False,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "end",
        "titleBaseline": "bottom",
        "titleX": 0,
        "titleY": -10,
        "tickCount": 5,
    },
    "legend": {
        "orient": "bottom",
        "labelColor": "@ink",
        "labelFontSize": 12,
        "labelLimit": 300,
        "symbolStrokeWidth": 2,
        "symbolSize": 80,
        "columns": 3,
        "title": None,
        "offset": 12,
    },
    "text": {"font": FONT},
}


def unchecked() -> AbstractContextManager[None]:
    """Return a context in which Altair does not hold each part of a chart against its schema.

    A site has some hundred charts, and checking takes longer than making them; the tests check
    each kind of chart once.
    """
    import altair as alt

    quiet: AbstractContextManager[None] = alt.utils.schemapi.debug_mode(False)
    return quiet


def spec(chart: alt.LayerChart) -> dict[str, Any]:
    """Return a chart as plain values, keys sorted, colours still names; the same every time.

    It is not held against Vega-Lite's schema here: see `unchecked`.
    """
    plain = chart.to_dict(validate=False)
    ordered: dict[str, Any] = json.loads(json.dumps(plain, sort_keys=True))
    return ordered


def painted(plain: Mapping[str, Any], look: Literal["light", "dark"]) -> dict[str, Any]:
    """Return a specification with the colours of one look filled in."""
    text = json.dumps(plain, sort_keys=True)
    for name, colour in PALETTE[look].items():
        text = text.replace(f'"@{name}"', f'"{colour}"')
    filled: dict[str, Any] = json.loads(text)
    return filled
