"""The layers that charts are put together from: points, lines, limits, breaks, targets, labels."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from zhiheng.framework.periods import Period
from zhiheng.publish.joins import Join, Joinable
from zhiheng.publish.shown import Shown
from zhiheng.publish.words import Words

Datum = dict[str, Any]
Limits = Mapping[str, tuple[float, float]]
"""Lower and upper limit, unrounded, by `figure_id`."""

KINDS = {
    "published": ("@published", "@published", "circle"),
    "derived": ("@published", "@published", "diamond"),
    "conflict": ("@published", "@paper", "triangle-up"),
    "computed": ("@computed", "@computed", "square"),
    "simulated": ("@simulated", "@paper", "circle"),
}
"""How each kind of value is drawn: outline, inside, shape.  Simulated ones are hollow."""

LOOKS: dict[Join, dict[str, Any]] = {
    "whole": {"strokeWidth": 2},
    "dotted": {"strokeWidth": 1.5, "strokeDash": [1, 5], "strokeCap": "round"},
    "dashed": {"strokeWidth": 1.5, "strokeDash": [6, 4]},
}
TEXT = 12
"""Size of text in charts, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target to mark in a series chart."""

    period: Period
    value: float
    label: str


def position(period: Period) -> float:
    """Return where a period stands on the axis of years: its middle, so that 2015 stands at 2015."""
    return round((_year_fraction(period.start) + _year_fraction(period.end, after=True)) / 2 - 0.5, 4)


def _year_fraction(day: dt.date, *, after: bool = False) -> float:
    return day.year + (day.month - 1 + after) / 12


def kind(figure: Shown) -> str:
    """Return which of `KINDS` a figure is."""
    if figure.series_code != "published":
        return figure.series_code
    if figure.conflict:
        return "conflict"
    return "derived" if figure.status_code == "derived" else "published"


def beside(present: Sequence[Shown]) -> dict[str, float]:
    """Return how far each series stands aside, in years, so that equal values do not hide each other."""
    there = [s for s in ("published", "computed", "simulated") if any(f.series_code == s for f in present)]
    return {series: 0.16 * i for i, series in enumerate(there)}


def datum(figure: Shown, words: Words, aside: float = 0.0) -> Datum:
    """Return a figure as a chart's datum, with what shows when a reader points at it."""
    space = "" if figure.tight or not figure.unit else " "
    state = " · ".join(dict.fromkeys([figure.series, figure.status]))
    if figure.limits and figure.level:
        state += f" · {figure.limits} · {figure.level}"
    return {
        "x": position(figure.period) + aside,
        "y": figure.value,
        "kind": words(f"chart_{kind(figure)}"),
        "text": figure.text,
        "tip": f"{figure.when}  {figure.text}{space}{figure.unit}",
        "state": state,
        "area": figure.area,
    }


def chart_of(values: Sequence[Datum]) -> alt.Chart:
    """Return a chart over values that are written into its specification."""
    # A tuple: Altair copies lists, value by value, at every step of putting a chart together.
    return alt.Chart(alt.InlineData(values=tuple(values)))


def years(low: float, high: float) -> alt.X:
    """Return the axis of years, with a tick for every year or every few."""
    marks = list(range(int(low // 1), int(high // 1) + 2))
    axis = alt.Axis(
        format="d",
        values=marks[:: max(1, round(len(marks) / 12))],
        labelOverlap="greedy",
        labelSeparation=8,
        grid=False,
    )
    return alt.X("x:Q").title(None).scale(domain=[low - 0.6, high + 0.6], nice=False, zero=False).axis(axis)


def values(unit: str) -> alt.Y:
    """Return the axis of values, with the unit above it; it need not begin at zero."""
    return alt.Y("y:Q").title(unit).scale(zero=False, nice=True, padding=14)


def tips(words: Words, *, area: bool = False) -> list[alt.Tooltip]:
    """Return what shows when a reader points at a value."""
    found = [alt.Tooltip("tip:N").title(words("value")), alt.Tooltip("state:N").title(words("status"))]
    return [alt.Tooltip("area:N").title(words("area")), *found] if area else found


def channels(present: Iterable[Shown], words: Words, *, legend: bool = True) -> dict[str, Any]:
    """Return outline, inside and shape of the kinds there are; one scale, and so one legend."""
    there = {kind(figure) for figure in present}
    kinds = [k for k in KINDS if k in there]
    names = [words(f"chart_{k}") for k in kinds]
    found: dict[str, Any] = {}
    for part, (name, channel) in enumerate(
        (("stroke", alt.Stroke), ("fill", alt.Fill), ("shape", alt.Shape))
    ):
        scale = alt.Scale(domain=names, range=[KINDS[k][part] for k in kinds])
        shown = alt.Undefined if legend else None
        found[name] = channel("kind:N", title=None, scale=scale, legend=shown)
    return found


def lines(
    found: Sequence[tuple[Shown, Shown, Join]], aside: Mapping[str, float], x: alt.X, y: alt.Y
) -> list[alt.Chart]:
    """Return joins as lines in the colour of their series."""

    def look(item: tuple[Shown, Shown, Join]) -> tuple[Join, str]:
        return item[2], item[0].series_code

    return [
        rules(list(group), f"@{series}", LOOKS[join], x, y, aside=aside[series])
        for (join, series), group in itertools.groupby(sorted(found, key=look), key=look)
    ]


def rules(
    found: Sequence[tuple[Joinable, Joinable, Join]],
    colour: str,
    look: Mapping[str, Any],
    x: alt.X,
    y: alt.Y,
    *,
    aside: float = 0.0,
) -> alt.Chart:
    """Return some joins as lines of one colour and look."""
    data = [
        {
            "x": position(a.period) + aside,
            "y": a.value,
            "x2": position(b.period) + aside,
            "y2": b.value,
        }
        for a, b, _ in found
    ]
    line: alt.Chart = (
        chart_of(data).mark_rule(color=colour, **look).encode(x, y, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))
    )
    return line


def margins(
    present: Sequence[Shown], limits: Limits, aside: Mapping[str, float], x: alt.X, y: alt.Y
) -> list[alt.Chart]:
    """Return limits as upright bars with caps, in the colour of their series."""
    layers = []
    for series in ("published", "computed", "simulated"):
        data = [
            {
                "x": position(f.period) + aside[series],
                "y": limits[f.figure_id][0],
                "y2": limits[f.figure_id][1],
            }
            for f in present
            if f.figure_id in limits and f.series_code == series
        ]
        if data:
            bars = chart_of(data).mark_rule(color=f"@{series}", strokeWidth=1.5)
            layers.append(bars.encode(x, y, y2=alt.Y2("y2:Q")))
            ends = [{"x": d["x"], "y": end} for d in data for end in (d["y"], d["y2"])]
            caps = chart_of(ends).mark_tick(
                orient="horizontal", color=f"@{series}", thickness=1.5, size=9, opacity=1
            )
            layers.append(caps.encode(x, y))
    return layers


def breaks(periods: Sequence[Period], x: alt.X, words: Words) -> list[alt.Chart]:
    """Return upright dashed lines before the first period of each new run, named above the plot."""
    if not periods:
        return []
    data = [{"x": position(p) - 0.5, "label": words("chart_break")} for p in periods]
    rule = chart_of(data).mark_rule(color="@soft", strokeDash=[3, 3], strokeWidth=1)
    name = chart_of(data).mark_text(color="@soft", align="center", baseline="bottom", fontSize=TEXT)
    return [rule.encode(x), name.encode(x, y=alt.value(-4), text=alt.Text("label:N"))]


def target_marks(targets: Sequence[Target], words: Words, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return targets as short level bars at their period; what they say stands below the chart."""
    if not targets:
        return []
    data = [{"x": position(t.period), "y": t.value, "tip": t.label} for t in targets]
    bar = chart_of(data).mark_tick(orient="horizontal", color="@target", thickness=3, size=30, opacity=1)
    return [bar.encode(x, y, tooltip=[alt.Tooltip("tip:N").title(words("target"))])]


def value_labels(
    points: Sequence[tuple[Shown, Datum]], limits: Limits, x: alt.X, y: alt.Y
) -> list[alt.Chart]:
    """Return printed values above their points, but below for the last of several in a period.

    They stand clear of the limits.  Their layers are named, so that a narrow page can leave them out.
    """
    at_once: dict[str, list[str]] = {}
    for figure, _ in sorted(points, key=lambda p: (p[0].simulated, -p[1]["y"])):
        at_once.setdefault(figure.period.text, []).append(figure.figure_id)
    layers = []
    for below in (False, True):
        data = []
        for figure, point in points:
            ids = at_once[figure.period.text]
            if (len(ids) > 1 and figure.figure_id == ids[-1]) == below:
                low, high = limits.get(figure.figure_id, (point["y"], point["y"]))
                data.append({"x": point["x"], "y": low if below else high, "text": point["text"]})
        if data:
            text = chart_of(data).mark_text(color="@ink", dy=14 if below else -13, fontSize=TEXT)
            layers.append(
                text.encode(x, y, text=alt.Text("text:N")).properties(
                    name=f"labels_{int(below)}_{len(points)}"
                )
            )
    return layers


def spread(labels: Sequence[Datum], *, gap: float, near: float) -> list[Datum]:
    """Return labels moved apart upwards and downwards where they would cover each other.

    Parameters
    ----------
    labels : sequence of dict
        With `x` and `y`.
    gap : float
        Least distance in y between two that are near in x.
    near : float
        How near in x two labels must be to cover each other.
    """
    placed: list[Datum] = []
    for label in sorted(labels, key=lambda d: (-d["y"], d["x"])):
        y = label["y"]
        for other in placed:
            if abs(other["x"] - label["x"]) < near and y > other["y"] - gap:
                y = other["y"] - gap
        placed.append(label | {"y": y})
    return placed
