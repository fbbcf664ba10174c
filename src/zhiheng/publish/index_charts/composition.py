"""What an index is made of: its tree, what each part brings, and what moved it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from zhiheng.publish import charts, numbers
from zhiheng.publish.chart_layers import chart_of
from zhiheng.publish.index_charts import shapes
from zhiheng.publish.index_charts.shapes import Names
from zhiheng.publish.words import Words

BASELINE = "_baseline"
"""The row that contributions are counted from where an index is no weighted mean."""
NARROWEST = 0.045
"""Share of the longest bar that a segment needs to have its value printed inside."""


def index_bars(
    contributions: pl.DataFrame,
    tree: pl.DataFrame,
    *,
    level: str,
    names: Names,
    words: Words,
    description: str,
    decimals: int = 2,
) -> alt.LayerChart | None:
    """Draw each unit's index as a bar stacked by what the nodes of one level contribute.

    Parameters
    ----------
    contributions : DataFrame
        unit, indicator, contribution, of one period: `Result.contributions`.  A row `_baseline` is a
        segment of its own.
    tree : DataFrame
        code, level, parent: `Result.tree`.
    level : str
        The level by which bars are stacked.
    names : mapping
        Of units and nodes.
    words, description
        As in `charts.series`.
    decimals : int
        Of the printed values.

    Returns
    -------
    LayerChart or None
        None for no unit.
    """
    above = _ancestors(tree, level)
    frame = contributions.with_columns(
        part=pl.col("indicator").replace(above).replace({BASELINE: BASELINE})
    ).group_by("unit", "part", maintain_order=True)
    sums = {(u, p): v for u, p, v in frame.agg(pl.col("contribution").sum()).iter_rows()}
    totals: dict[str, float] = {}
    for (unit, _), value in sums.items():
        totals[unit] = totals.get(unit, 0.0) + value
    if not totals:
        return None
    units = sorted(totals, key=lambda u: (-totals[u], u))
    parts = list(dict.fromkeys(part for _, part in sums))
    tint = shapes.colours(p for p in parts if p != BASELINE) | {BASELINE: "@other"}
    called = {p: words("chart_baseline") if p == BASELINE else shapes.named(names, p) for p in parts}
    rows = dict(zip(units, shapes.distinct([shapes.named(names, u) for u in units]), strict=True))
    longest = max(abs(v) for v in totals.values()) or 1.0
    data, labels = [], []
    for unit in units:
        ends = {True: 0.0, False: 0.0}
        for part in parts:
            value = sums.get((unit, part), 0.0)
            start = ends[value >= 0]
            ends[value >= 0] += value
            text = numbers.printed(value, decimals)
            datum = {"row": rows[unit], "kind": called[part], "x": start, "x2": start + value, "text": text}
            data.append(datum)
            if abs(value) >= NARROWEST * longest and len(units) < shapes.MANY:
                labels.append(datum | {"x": start + value / 2})
    x, y = (
        shapes.amounts([e for d in data for e in (d["x"], d["x2"])], zero=True, room=0.13),
        shapes.rows(list(rows.values())),
    )
    tips = shapes.tips(words, row="chart_unit", kind="chart_part", text="chart_contribution")
    fill = shapes.legend({called[p]: tint[p] for p in parts})
    bars = chart_of(data).mark_bar(stroke="@paper", strokeWidth=1, height={"band": 0.74})
    layers: list[Any] = [bars.encode(x, y, x2=alt.X2("x2:Q"), fill=fill, tooltip=tips)]
    if labels:
        inside = chart_of(labels).mark_text(color="@paper", fontSize=shapes.SMALL)
        layers.append(inside.encode(x, y, text=alt.Text("text:N")).properties(name="inside"))
    ends_at = [{"row": rows[u], "x": max(totals[u], 0.0), "text": numbers.printed(totals[u], decimals)}
               for u in units]  # fmt: skip
    whole = chart_of(ends_at).mark_text(color="@ink", align="left", dx=6, fontSize=shapes.TEXT)
    layers.append(whole.encode(x, y, text=alt.Text("text:N")))
    return charts.finished(layers, shapes.row_height(len(units)) * len(units), description)


def _ancestors(tree: pl.DataFrame, level: str) -> dict[str, str]:
    """Return the node of a level that each indicator is under (itself where there is none)."""
    parents = dict(tree.select("code", "parent").iter_rows())
    levels = dict(tree.select("code", "level").iter_rows())
    found = {}
    for code in parents:
        at: str | None = code
        while at is not None and levels[at] != level:
            at = parents[at]
        found[code] = at or code
    return found


def framework_tree(
    tree: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
) -> alt.LayerChart:
    """Draw the tree of an index, a column a level, with the weight of every node in the index.

    Rows of indicators are equally high, so that every name can be read; the bar behind a node's name is as
    long as its weight in the index, on one scale for a level.

    Parameters
    ----------
    tree : DataFrame
        code, level, parent, effective_weight, and, if it is to be shown, status (`assumed`): `Result.tree`.
    names : mapping
    words, description
        As in `charts.series`.

    Returns
    -------
    LayerChart
    """
    nodes = {row["code"]: row for row in tree.iter_rows(named=True)}
    parents = {row["parent"] for row in nodes.values()}
    root = next(code for code, row in nodes.items() if row["parent"] is None)
    leaves = [code for code in nodes if code not in parents]
    levels = list(dict.fromkeys(tree["level"].to_list()))[::-1]
    columns = [level for level in levels if level != nodes[root]["level"]]
    widths = {level: 1.0 if level != columns[-1] else max(1.4, 0.6 * len(columns)) for level in columns}
    begins = {level: sum(widths[c] for c in columns[:i]) for i, level in enumerate(columns)}
    spans = _spans(nodes, leaves)
    tops = [code for code, row in nodes.items() if row["parent"] == root]
    tint = shapes.colours(sorted(tops, key=lambda code: spans[code]))
    share = {level: max(r["effective_weight"] for r in nodes.values() if r["level"] == level)
             for level in columns}  # fmt: skip
    data = []
    for code, row in nodes.items():
        if code == root:
            continue
        top = code
        while nodes[top]["parent"] != root:
            top = nodes[top]["parent"]
        at, wide = begins[row["level"]], widths[row["level"]]
        first, last = spans[code]
        text = f"{numbers.printed(100 * row['effective_weight'], 1)}%"
        if row.get("status") == "assumed":
            text += f" {words('flag_assumed')}"
        data.append(
            {
                "kind": shapes.named(names, top), "tint": tint[top], "name": shapes.named(names, code),
                "x": at, "x2": at + wide, "y": first, "y2": last + 1, "middle": (first + last + 1) / 2,
                "end": at + wide * row["effective_weight"] / share[row["level"]],
                "text": text, "level": row["level"],
            }
        )  # fmt: skip
    return charts.finished(
        _tree_layers(data, widths, sum(widths.values()), len(leaves), words),
        shapes.row_height(len(leaves)) * len(leaves),
        description,
    )


def _spans(nodes: Mapping[str, Mapping[str, Any]], leaves: list[str]) -> dict[str, tuple[int, int]]:
    """Return the first and last row of every node: those of the indicators under it."""
    spans: dict[str, tuple[int, int]] = {}
    for i, leaf in enumerate(leaves):
        at: str | None = leaf
        while at is not None:
            first, last = spans.get(at, (i, i))
            spans[at] = (min(first, i), max(last, i))
            at = nodes[at]["parent"]
    return spans


def _tree_layers(
    data: list[dict[str, Any]], widths: Mapping[str, float], whole: float, count: int, words: Words
) -> list[Any]:
    x = alt.X("x:Q", title=None, axis=None, scale=alt.Scale(domain=[0, whole], nice=False))
    y = alt.Y("y:Q", title=None, axis=None, scale=alt.Scale(domain=[count, 0], nice=False))
    tips = shapes.tips(words, name="chart_part", text="weight_in")
    layers: list[Any] = []
    for tint in dict.fromkeys(d["tint"] for d in data):
        mine = [d for d in data if d["tint"] == tint]
        box = chart_of(mine).mark_rect(fill=tint, fillOpacity=0.08, stroke="@paper", strokeWidth=2)
        layers.append(box.encode(x, y, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), tooltip=tips))
        bar = chart_of(mine).mark_rect(fill=tint, fillOpacity=0.22, stroke="@paper", strokeWidth=2)
        layers.append(bar.encode(x, y, x2=alt.X2("end:Q"), y2=alt.Y2("y2:Q"), tooltip=tips))
    size = shapes.TEXT if count < shapes.MANY else shapes.SMALL
    middle = alt.Y("middle:Q", axis=None)
    for level, wide in widths.items():
        mine = [d for d in data if d["level"] == level]
        room = alt.ExprRef(expr=f"width * {wide / whole:.4f} - 60")
        name = chart_of(mine).mark_text(align="left", dx=8, color="@ink", fontSize=size, limit=room)
        layers.append(name.encode(x, middle, text=alt.Text("name:N"), tooltip=tips))
        weight = chart_of(mine).mark_text(align="right", dx=-6, color="@soft", fontSize=shapes.SMALL)
        layers.append(weight.encode(x=alt.X("x2:Q", axis=None), y=middle, text=alt.Text("text:N")))
    return layers


def waterfall(
    contributions: pl.DataFrame,
    *,
    start: tuple[str, float],
    end: tuple[str, float],
    names: Names,
    words: Words,
    description: str,
    decimals: int = 2,
    shown: int = 12,
) -> alt.LayerChart | None:
    """Draw the way from one value of an index to another, an indicator a step.

    Parameters
    ----------
    contributions : DataFrame
        indicator, contribution: `index.of_difference` (from one unit to another) or `index.of_change`
        (from one period to another).  They add up to the difference of the two values.
    start, end : (str, float)
        What each end is called, and its value.
    names : mapping
        Of indicators.
    words, description
        As in `charts.series`.
    decimals : int
    shown : int
        Steps drawn one by one, the largest; the rest are one step.

    Returns
    -------
    LayerChart or None
        None where nothing moved.
    """
    steps = [(c, v) for c, v in contributions.select("indicator", "contribution").iter_rows() if v != 0]
    if not steps:
        return None
    steps.sort(key=lambda step: (-abs(step[1]), step[0]))
    told = [(shapes.named(names, code), value) for code, value in steps]
    if len(told) > shown:
        rest = told[shown - 1 :]
        told = [*told[: shown - 1], (words("chart_rest", n=len(rest)), sum(v for _, v in rest))]
    labels = shapes.distinct([start[0], *(name for name, _ in told), end[0]])
    bars, at = [], start[1]
    for (_, value), row in zip(told, labels[1:-1], strict=True):
        sign = "+" if value > 0 else ""
        kind = words("chart_gain" if value > 0 else "chart_loss")
        text = f"{sign}{numbers.printed(value, decimals)}"
        bars.append({"row": row, "x": at, "x2": at + value, "kind": kind, "edge": max(at, at + value),
                     "text": text})  # fmt: skip

        at += value
    ends = [{"row": row, "x": value, "text": numbers.printed(value, decimals)}
            for row, value in ((labels[0], start[1]), (labels[-1], end[1]))]  # fmt: skip
    x, y = (
        shapes.amounts([start[1], end[1], *(b["x2"] for b in bars)], zero=False, room=0.1),
        shapes.rows(labels),
    )
    fill = shapes.legend({words("chart_gain"): "@gain", words("chart_loss"): "@loss"})
    tips = shapes.tips(words, row="chart_part", text="chart_contribution")
    moved = chart_of(bars).mark_bar(height={"band": 0.62})
    dots = chart_of(ends).mark_point(shape="diamond", size=110, fill="@ink", stroke="@ink", opacity=1)
    label = chart_of(bars).mark_text(align="left", dx=6, color="@ink", fontSize=shapes.TEXT)
    bold = chart_of(ends).mark_text(
        align="left", dx=11, color="@ink", fontSize=shapes.TEXT, fontWeight="bold"
    )
    text_of = alt.Text("text:N")
    layers = [
        moved.encode(x, y, x2=alt.X2("x2:Q"), fill=fill, tooltip=tips),
        label.encode(x=alt.X("edge:Q"), y=y, text=text_of),
        dots.encode(x, y),
        bold.encode(x, y, text=text_of),
    ]
    return charts.finished(layers, shapes.ROW * len(labels), description)
