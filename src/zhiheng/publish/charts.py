"""The one place where charts are made; page, notebook and Word report use the same ones.

A chart is an Altair chart whose colours are names (`@published`): `spec` turns it into plain
values with the colours left as names, which a page fills in for its own light or dark look;
`painted` fills them in here.  What may be joined by a line is decided in `joins`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from zhiheng.framework.periods import Period
from zhiheng.publish.joins import Join, joins
from zhiheng.publish.shown import Shown
from zhiheng.publish.words import Words

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
    },
}
"""Colours by name; `site.css` uses the same ones."""

KINDS = {
    "published": ("@published", "@published", "circle"),
    "derived": ("@published", "@published", "diamond"),
    "conflict": ("@published", "@paper", "triangle-up"),
    "computed": ("@computed", "@computed", "square"),
    "simulated": ("@simulated", "@paper", "circle"),
}
"""How each kind of value is drawn: outline, inside, shape.  Simulated ones are hollow."""

MAX_LABELLED = 10
"""How many points still have their value printed beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target to mark in a series chart."""

    period: Period
    value: float
    label: str


def position(period: Period) -> float:
    """Return where a period stands on the axis of years: its middle, so that 2015 stands at 2015."""
    return round((_year_fraction(period.start) + _year_fraction(period.end, after=True)) / 2 - 0.5, 4)


def _year_fraction(day: Any, *, after: bool = False) -> float:
    return float(day.year + (day.month - 1 + after) / 12)


def _kind(figure: Shown) -> str:
    if figure.series_code != "published":
        return figure.series_code
    if figure.conflict:
        return "conflict"
    return "derived" if figure.status_code == "derived" else "published"


def _point(figure: Shown, words: Words) -> dict[str, Any]:
    datum: dict[str, Any] = {
        "x": position(figure.period),
        "y": figure.value,
        "kind": words(f"chart_{_kind(figure)}"),
        "text": figure.text,
        "tip": f"{figure.when}  {figure.text}{'' if figure.tight else ' '}{figure.unit}",
        "state": " · ".join(dict.fromkeys([figure.series, figure.status])),
        "area": figure.area,
    }
    if figure.limits and figure.level:
        datum["state"] += f" · {figure.limits} ({figure.level})"
    return datum


def series(
    figures: Sequence[Shown],
    *,
    unit: str,
    breaks: Sequence[Period],
    targets: Sequence[Target],
    limits: dict[str, tuple[float, float]],
    words: Words,
    description: str,
) -> Any:
    """Draw a city's values over time, with limits, breaks and targets.

    Parameters
    ----------
    figures : sequence of Shown
        Of one area; missing values are left out of the chart (the table beside it has them).
    unit : str
        For the head of the value axis.
    breaks : sequence of Period
        First periods of new measurement runs.
    targets : sequence of Target
    limits : dict
        Lower and upper limit by `figure_id`, unrounded.
    words : Words
    description : str
        Read out by screen readers.

    Returns
    -------
    altair.LayerChart or None
        None when there are fewer than two periods to show.
    """
    import altair as alt

    present = [f for f in figures if f.value is not None]
    if len({f.period.text for f in present}) < 2:
        return None
    points = [_point(f, words) for f in present if f.period.frequency != "span"]
    spans = [
        _point(f, words) | {"x": f.period.start.year - 0.4, "x2": f.period.end.year + 0.4}
        for f in present
        if f.period.frequency == "span"
    ]
    edges = (
        [p["x"] for p in points + spans] + [s["x2"] for s in spans] + [position(t.period) for t in targets]
    )
    x = _year_axis(min(edges), max(edges))
    y = alt.Y("y:Q").title(unit).scale(zero=False, nice=True, padding=12)
    layers: list[Any] = []
    shown_breaks = [b for b in breaks if min(edges) < position(b) <= max(edges)]
    if shown_breaks:
        layers += _break_layers(shown_breaks, x, words)
    layers += _line_layers(joins(present), x, y)
    layers += _limit_layers(present, limits, x, y)
    if spans:
        bars = alt.Chart(_data(spans)).mark_rule(strokeWidth=5, opacity=0.75)
        layers.append(bars.encode(x, alt.X2("x2:Q"), y, stroke=_channel(alt.Stroke, present, words, 0),
                                  tooltip=_TIPS(words)))  # fmt: skip
    if targets:
        layers += _target_layers(targets, x, y)
    layers.append(_points(points, x, y, present, words))
    if len(points) <= MAX_LABELLED:
        layers += _labels(points, x, y)
    return _finished(alt.layer(*layers), 300, description)


def _points(points: list[dict[str, Any]], x: Any, y: Any, present: Sequence[Shown], words: Words) -> Any:
    """Return the layer of points; outline, inside and shape share one scale and so one legend."""
    import altair as alt

    return (
        alt.Chart(_data(points))
        .mark_point(size=70, strokeWidth=2, opacity=1)
        .encode(
            x,
            y,
            stroke=_channel(alt.Stroke, present, words, 0),
            fill=_channel(alt.Fill, present, words, 1),
            shape=_channel(alt.Shape, present, words, 2),
            tooltip=_TIPS(words),
        )
    )


def _channel(channel: Any, present: Iterable[Shown], words: Words, part: int) -> Any:
    """Return one of the three channels that tell kinds of values apart, with only the kinds there are."""
    there = {_kind(f) for f in present}
    kinds = [k for k in KINDS if k in there]
    return (
        channel("kind:N")
        .title(None)
        .scale(domain=[words(f"chart_{k}") for k in kinds], range=[KINDS[k][part] for k in kinds])
    )


def _TIPS(words: Words) -> list[Any]:  # noqa: N802 - a constant, but Altair is imported late
    import altair as alt

    return [alt.Tooltip("tip:N").title(words("value")), alt.Tooltip("state:N").title(words("status"))]


def _year_axis(low: float, high: float) -> Any:
    import altair as alt

    years = list(range(int(low // 1), int(high // 1) + 2))
    step = max(1, round(len(years) / 12))
    axis = alt.Axis(format="d", values=years[::step], labelOverlap="greedy", grid=False)
    return alt.X("x:Q").title(None).scale(domain=[low - 0.6, high + 0.6], nice=False, zero=False).axis(axis)


def _line_layers(found: list[tuple[Shown, Shown, Join]], x: Any, y: Any) -> list[Any]:
    import altair as alt

    looks: dict[Join, dict[str, Any]] = {
        "whole": {"strokeWidth": 2},
        "dotted": {"strokeWidth": 1.5, "strokeDash": [1, 5], "strokeCap": "round"},
        "dashed": {"strokeWidth": 1.5, "strokeDash": [6, 4]},
    }
    layers = []
    for (join, colour), pairs in itertools.groupby(
        sorted(found, key=lambda f: (f[2], f[0].series_code)), key=lambda f: (f[2], f[0].series_code)
    ):
        data = [
            {"x": position(a.period), "y": a.value, "x2": position(b.period), "y2": b.value}
            for a, b, _ in pairs
        ]
        rule = alt.Chart(_data(data)).mark_rule(color=f"@{colour}", **looks[join])
        layers.append(rule.encode(x, alt.X2("x2:Q"), y, alt.Y2("y2:Q")))
    return layers


def _limit_layers(
    present: Sequence[Shown], limits: dict[str, tuple[float, float]], x: Any, y: Any
) -> list[Any]:
    """Return limits as upright bars with caps, one layer a series."""
    import altair as alt

    layers: list[Any] = []
    for code in ("published", "computed", "simulated"):
        data = [
            {"x": position(f.period), "y": limits[f.figure_id][0], "y2": limits[f.figure_id][1]}
            for f in present
            if f.figure_id in limits and f.series_code == code
        ]
        if data:
            rule = alt.Chart(_data(data)).mark_rule(color=f"@{code}", strokeWidth=1.5)
            layers.append(rule.encode(x, y, alt.Y2("y2:Q")))
            ends = [{"x": d["x"], "y": end} for d in data for end in (d["y"], d["y2"])]
            caps = alt.Chart(_data(ends)).mark_tick(
                orient="horizontal", color=f"@{code}", thickness=1.5, size=9
            )
            layers.append(caps.encode(x, y))
    return layers


def _break_layers(breaks: Sequence[Period], x: Any, words: Words) -> list[Any]:
    import altair as alt

    data = [{"x": position(b) - 0.5, "label": words("chart_break")} for b in breaks]
    base = alt.Chart(_data(data))
    return [
        base.mark_rule(color="@soft", strokeDash=[3, 3], strokeWidth=1).encode(x),
        base.mark_text(color="@soft", align="left", dx=5, y=4, baseline="top", fontSize=12).encode(
            x, text="label:N"
        ),
    ]


def _target_layers(targets: Sequence[Target], x: Any, y: Any) -> list[Any]:
    import altair as alt

    data = [{"x": position(t.period), "y": t.value, "label": t.label} for t in targets]
    base = alt.Chart(_data(data))
    return [
        base.mark_tick(orient="horizontal", color="@target", thickness=3, size=30).encode(x, y),
        base.mark_text(color="@target", dy=14, fontSize=12).encode(x, y, text="label:N"),
    ]


def _labels(points: list[dict[str, Any]], x: Any, y: Any) -> list[Any]:
    """Return printed values: above their points, but the lower one of two in a period below."""
    import altair as alt

    lowest = {p["x"]: min(q["y"] for q in points if q["x"] == p["x"]) for p in points}
    several = {p["x"]: sum(q["x"] == p["x"] for q in points) > 1 for p in points}
    layers = []
    for below in (False, True):
        data = [p for p in points if (several[p["x"]] and p["y"] == lowest[p["x"]]) == below]
        if data:
            text = alt.Chart(_data(data)).mark_text(color="@ink", dy=16 if below else -14, fontSize=12)
            layers.append(text.encode(x, y, text="text:N"))
    return layers


def ranked(
    figures: Sequence[Shown],
    *,
    own: str,
    unit: str,
    limits: dict[str, tuple[float, float]],
    words: Words,
    description: str,
) -> Any:
    """Draw the values of several areas in one period as dots, in the order given.

    Parameters
    ----------
    figures : sequence of Shown
        Of one period.
    own : str
        The city's own area, which stands out.
    unit, limits, words, description
        As in `series`.

    Returns
    -------
    altair.LayerChart or None
        None for fewer than three areas.
    """
    import altair as alt

    present = [f for f in figures if f.value is not None]
    names = list(dict.fromkeys(f.area for f in present))
    if len(names) < 3:
        return None
    data = [_point(f, words) | {"own": f.area_code == own} for f in present]
    for datum, figure in zip(data, present, strict=True):
        datum["x"] = figure.value
        if figure.figure_id in limits:
            datum["low"], datum["high"] = limits[figure.figure_id]
    axis = alt.Axis(labelLimit=170, grid=True, ticks=False, domain=False, labelPadding=8)
    y = alt.Y("area:N").title(None).sort(names).axis(axis)
    x = alt.X("x:Q").title(unit).scale(zero=False, nice=True, padding=16).axis(grid=False, tickCount=6)
    base = alt.Chart(_data(data))
    layers: list[Any] = []
    if any("low" in d for d in data):
        code = present[0].series_code
        bars = alt.Chart(_data([d | {"x": d["low"]} for d in data if "low" in d]))
        layers.append(bars.mark_rule(color=f"@{code}", strokeWidth=1.5).encode(y, x, alt.X2("high:Q")))
    layers.append(_points_ranked(base, x, y, present, words))
    text = base.mark_text(color="@ink", align="left", dx=10, fontSize=12)
    if not any("low" in d for d in data):
        layers.append(text.encode(y, x, text="text:N"))
    return _finished(alt.layer(*layers), {"step": 28}, description)


def _points_ranked(base: Any, x: Any, y: Any, present: Sequence[Shown], words: Words) -> Any:
    import altair as alt

    legend = None if len({_kind(f) for f in present}) == 1 else alt.Undefined
    return base.mark_point(strokeWidth=2, opacity=1).encode(
        y,
        x,
        stroke=_channel(alt.Stroke, present, words, 0).legend(legend),
        fill=_channel(alt.Fill, present, words, 1).legend(legend),
        shape=_channel(alt.Shape, present, words, 2).legend(legend),
        size=alt.when("datum.own").then(alt.value(190)).otherwise(alt.value(60)),
        tooltip=[alt.Tooltip("area:N").title(words("area")), *_TIPS(words)],
    )


def lines(figures: Sequence[Shown], *, own: str, unit: str, words: Words, description: str) -> Any:
    """Draw several areas over time, the city's own in front; the others are named at their last point.

    Returns
    -------
    altair.LayerChart or None
        None when fewer than two areas have two periods.
    """
    import altair as alt

    present = [f for f in figures if f.value is not None and f.period.frequency != "span"]
    periods: dict[str, set[str]] = {}
    for f in present:
        periods.setdefault(f.area_code, set()).add(f.period.text)
    if len({code for code, texts in periods.items() if len(texts) > 1}) < 2:
        return None
    data = [_point(f, words) | {"own": f.area_code == own} for f in present]
    x = _year_axis(min(d["x"] for d in data), max(d["x"] for d in data) + 1)
    y = alt.Y("y:Q").title(unit).scale(zero=False, nice=True, padding=12)
    layers: list[Any] = []
    for mine, colour, width in ((False, "@other", 1.25), (True, "@published", 2.5)):
        for join, dash in (("dotted", [1, 5]), ("whole", None)):
            pairs = [
                {"x": position(a.period), "y": a.value, "x2": position(b.period), "y2": b.value}
                for a, b, how in joins(present)
                if (a.area_code == own) == mine and how == join
            ]
            if pairs:
                look: dict[str, Any] = {"color": colour, "strokeWidth": width}
                look |= {"strokeDash": dash, "strokeCap": "round"} if dash else {}
                rule = alt.Chart(_data(pairs)).mark_rule(**look)
                layers.append(rule.encode(x, alt.X2("x2:Q"), y, alt.Y2("y2:Q")))
        dots = alt.Chart(_data([d for d in data if d["own"] == mine]))
        tips = [alt.Tooltip("area:N").title(words("area")), *_TIPS(words)]
        look = {"fill": colour, "stroke": "@paper", "strokeWidth": 1, "opacity": 1}
        layers.append(dots.mark_point(size=75 if mine else 36, **look).encode(x, y, tooltip=tips))
    last = [
        max((d for d in data if d["area"] == area), key=lambda d: d["x"])
        for area in dict.fromkeys(d["area"] for d in data)
    ]
    name = alt.Chart(_data(last)).mark_text(align="left", dx=8, fontSize=12, color="@ink")
    layers.append(name.encode(x, y, text="area:N"))
    return _finished(alt.layer(*layers), 340, description)


def _data(values: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Data(values=values)


def _finished(chart: Any, height: Any, description: str) -> Any:
    return chart.properties(width="container", height=height, description=description).configure(**CONFIG)


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


def spec(chart: Any) -> dict[str, Any]:
    """Return a chart as plain values, keys sorted, colours still names; the same every time."""
    import altair as alt

    with alt.utils.schemapi.debug_mode(False):
        plain = chart.to_dict(validate=False)
    ordered: dict[str, Any] = json.loads(json.dumps(plain, sort_keys=True))
    return ordered


def painted(plain: dict[str, Any], look: Literal["light", "dark"]) -> dict[str, Any]:
    """Return a specification with the colours of one look filled in."""
    text = json.dumps(plain, sort_keys=True)
    for name, colour in PALETTE[look].items():
        text = text.replace(f'"@{name}"', f'"{colour}"')
    filled: dict[str, Any] = json.loads(text)
    return filled
