"""A unit beside others, and indicators beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from zhiheng.publish import charts, numbers
from zhiheng.publish.chart_layers import chart_of
from zhiheng.publish.index_charts import shapes
from zhiheng.publish.index_charts.shapes import Names
from zhiheng.publish.words import Words

NUMBERS_IN_CELLS = 16
"""Up to how many indicators a map of correlations prints its numbers."""


def profile(
    values: pl.DataFrame,
    *,
    own: str,
    nodes: Sequence[str],
    names: Names,
    words: Words,
    description: str,
    peers: Sequence[str] = (),
    simulated: bool = False,
    decimals: int = 2,
) -> alt.LayerChart | None:
    """Draw one unit's normalised values beside its peers and the medians of all units.

    Parameters
    ----------
    values : DataFrame
        unit, and a column for every node: `Result.values`, of one period.
    own : str
        The unit in question.
    nodes : sequence of str
        The indicators or nodes shown, in their order.
    names : mapping
        Of units and nodes.
    words, description
        As in `charts.series`.
    peers : sequence of str
        Units shown apart from the others (`index.peers`).
    simulated : bool
        Whether the figures are simulated: the unit's points are hollow.
    decimals : int

    Returns
    -------
    LayerChart or None
        None where the unit has none of these values.
    """
    labels = dict(zip(nodes, shapes.distinct([shapes.named(names, n) for n in nodes]), strict=True))
    shade = "@simulated" if simulated else "@published"
    kinds = {words("chart_others"): ("@other", "@other"), words("chart_peers"): ("@ink", "@paper"),
             shapes.named(names, own): (shade, "@paper" if simulated else shade)}  # fmt: skip
    data, middles, told = [], [], []
    for row in values.select("unit", *nodes).iter_rows(named=True):
        unit = row["unit"]
        kind = list(kinds)[2 if unit == own else 1 if unit in peers else 0]
        for node in nodes:
            if row[node] is not None:
                datum = {"row": labels[node], "x": row[node], "kind": kind, "own": unit == own,
                         "unit": shapes.named(names, unit),
                         "text": numbers.printed(row[node], decimals)}  # fmt: skip
                data.append(datum)
                told += [datum] if unit == own else []
    if not told:
        return None
    for node in nodes:
        if (middle := values[node].median()) is not None:
            middles.append({"row": labels[node], "x": middle})
    x, y = shapes.amounts([d["x"] for d in data], zero=False, room=0.03), shapes.rows(list(labels.values()))
    there = [k for k in kinds if any(d["kind"] == k for d in data)]
    scales = [alt.Scale(domain=there, range=[kinds[k][i] for k in there]) for i in (0, 1)]
    stroke = alt.Stroke("kind:N", title=None, scale=scales[0])
    fill = alt.Fill("kind:N", title=None, scale=scales[1])
    tips = shapes.tips(words, unit="chart_unit", row="chart_part", text="value")
    size = alt.when("datum.own").then(alt.value(110)).otherwise(alt.value(34))
    ticks = chart_of(middles).mark_tick(color="@ink", thickness=2, size=16, opacity=1, orient="vertical")
    points = chart_of(sorted(data, key=lambda d: there.index(d["kind"])))
    points = points.mark_point(strokeWidth=1.8, opacity=0.9)
    layers: list[Any] = [
        ticks.encode(x, y),
        points.encode(x, y, stroke=stroke, fill=fill, size=size, tooltip=tips),
    ]
    return charts.finished(layers, shapes.row_height(len(nodes)) * len(nodes), description)


def correlation_map(
    correlations: pl.DataFrame,
    *,
    names: Names,
    words: Words,
    description: str,
) -> alt.LayerChart | None:
    """Draw correlations as a map: the deeper the stronger, one colour for each sign.

    Parameters
    ----------
    correlations : DataFrame
        code, other, correlation (null where there is none), and, if it is to be marked, flag:
        `index.correlations`.
    names : mapping
        Of indicators and nodes.
    words, description
        As in `charts.series`.

    Returns
    -------
    LayerChart or None
        None where there is no correlation.
    """
    known = correlations.drop_nulls("correlation").drop_nans("correlation")
    if known.is_empty():
        return None
    rows = list(dict.fromkeys(known["code"].to_list()))
    columns = list(dict.fromkeys(known["other"].to_list()))
    # whichever begins it has the code that the other lacks: a triangle may lie on either side
    order = list(dict.fromkeys([*columns, *rows] if rows[0] in columns else [*rows, *columns]))
    number = {code: str(i + 1) for i, code in enumerate(order)}
    label = {code: f"{shapes.named(names, code)}  {number[code]}" for code in order}
    signs = {words("correlation_positive"): "@part1", words("correlation_negative"): "@part5"}
    data = []
    for row in known.iter_rows(named=True):
        value = row["correlation"]
        data.append(
            {
                "row": label[row["code"]], "column": number[row["other"]],
                "other": shapes.named(names, row["other"]),
                "kind": list(signs)[value < 0], "depth": 0.06 + 0.84 * abs(value), "deep": abs(value) > 0.6,
                "text": numbers.printed(value, 2), "flag": bool(row.get("flag")),
            }
        )  # fmt: skip
    x = alt.X("column:N", title=None, sort=[number[c] for c in columns],
              axis=alt.Axis(labelAngle=0, ticks=False, domain=False, orient="top"))  # fmt: skip
    y = shapes.rows([label[code] for code in rows])
    tips = shapes.tips(words, row="chart_part", other="chart_with", text="correlation")
    cells = chart_of(data).mark_rect(stroke="@paper", strokeWidth=2)
    depth = alt.FillOpacity("depth:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None)
    layers: list[Any] = [cells.encode(x, y, fill=shapes.legend(signs), fillOpacity=depth, tooltip=tips)]
    if flagged := [d for d in data if d["flag"]]:
        rim = chart_of(flagged).mark_rect(stroke="@loss", strokeWidth=2, fillOpacity=0)
        layers.append(rim.encode(x, y, tooltip=tips))
    if len(columns) <= NUMBERS_IN_CELLS:
        for deep, colour in ((False, "@ink"), (True, "@paper")):
            if mine := [d for d in data if d["deep"] == deep]:
                text = chart_of(mine).mark_text(fontSize=shapes.SMALL, color=colour)
                name = "inside" if deep else "upon"
                layers.append(text.encode(x, y, text=alt.Text("text:N")).properties(name=name))
    return charts.finished(layers, shapes.row_height(len(rows)) * len(rows), description)
