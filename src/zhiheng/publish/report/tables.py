"""Tables of the pages as tables for Word: the same cells, their parts in character styles.

The styles' names stand in every template; a template without them shows plain text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.publish import tables as pages
from zhiheng.publish.report.fields import Cell, Head, Rich, Row, Span, Table
from zhiheng.publish.score_view import change_text, light_of, target_text, whose_target
from zhiheng.publish.shown import Figure, Shown, Voice, flags_used
from zhiheng.publish.words import Words

SMALL, FLAG, MARK = "ZhihengSmall", "ZhihengFlag", "ZhihengMark"
LIGHTS = {
    "green": ("●", "ZhihengLightGreen"),
    "amber": ("▲", "ZhihengLightAmber"),
    "red": ("■", "ZhihengLightRed"),
    "grey": ("○", "ZhihengLightGrey"),
}
"""A light's shape and style: it can be told in black and white."""


class Numbering:
    """Numbers tables and pictures through one document."""

    def __init__(self) -> None:
        self.tables = self.pictures = 0

    def table(self) -> int:
        """Return the next table's number."""
        self.tables += 1
        return self.tables

    def picture(self) -> int:
        """Return the next picture's number."""
        self.pictures += 1
        return self.pictures


def plain(text: str) -> Span:
    """Return text in no style of its own."""
    return Span(text)


def span_small(text: str) -> Span:
    """Return text in the smaller style."""
    return Span(text, SMALL)


def rich(*spans: Span | str) -> Rich:
    """Return text in several styles."""
    return Rich(tuple(Span(s) if isinstance(s, str) else s for s in spans))


def lines(first: Sequence[Span], below: Iterable[Sequence[Span]]) -> Rich:
    """Return one line and smaller ones below it."""
    found = list(first) or [Span("")]
    for line in below:
        if line:
            found[-1] = Span(found[-1].text, found[-1].style, ends_line=True)
            found += line
    return Rich(tuple(found))


def table(
    numbering: Numbering,
    caption: str,
    heads: Sequence[tuple[str, bool]],
    rows: Iterable[Sequence[Rich | str]],
    notes: Sequence[str] = (),
) -> Table:
    """Return a table from its heads (text, whether numbers stand below) and its cells."""
    return Table(
        number=numbering.table(),
        caption=caption,
        columns=[Head(text=rich(text), number=number) for text, number in heads],
        rows=[
            Row(
                cells=[
                    Cell(text=rich(cell) if isinstance(cell, str) else cell, number=number)
                    for cell, (_, number) in zip(row, heads, strict=True)
                ]
            )
            for row in rows
        ],
        notes=list(notes),
    )


def from_page(numbering: Numbering, words: Words, source: pages.Table) -> Table | None:
    """Return a table of a page; a line across all columns stands in its first cell.

    Rows and columns of numbers without a single value are left out; None where nothing is left.
    """
    source = _with_values(source)
    if not any(row.kind != "break" for row in source.rows):
        return None
    shown = pages.figures_in(source.rows)
    caption = f"{source.caption}{words('notes', notes=source.mark)}" if source.mark else source.caption
    notes = _legend(words, shown)
    if source.sources:
        named = words("list_comma").join(text for text, _ in source.sources)
        notes.append(words("sources", sources=named))
    return Table(
        number=numbering.table(),
        caption=caption,
        columns=[
            Head(text=lines([Span(c.label)], [[Span(c.below, SMALL)] if c.below else []]), number=c.numeric)
            for c in source.columns
        ],
        rows=[
            Row(cells=[_cell(words, c, column.numeric) for c, column in _filled(source, row)])
            for row in source.rows
        ],
        notes=notes,
    )


def _with_values(source: pages.Table) -> pages.Table:
    """Return a table without rows and columns of numbers in which no number stands."""
    numeric = {i for i, column in enumerate(source.columns) if column.numeric}
    if not numeric:
        return source
    rows = [
        row
        for row in source.rows
        if row.kind == "break" or any(_has_value(c) for i, c in enumerate(row.cells) if i in numeric)
    ]
    kept = [
        i
        for i in range(len(source.columns))
        if i not in numeric
        or any(i < len(row.cells) and _has_value(row.cells[i]) for row in rows if row.kind != "break")
    ]
    return dataclasses.replace(
        source,
        columns=[source.columns[i] for i in kept],
        rows=[
            row
            if row.kind == "break"
            else dataclasses.replace(row, cells=[row.cells[i] for i in kept if i < len(row.cells)])
            for row in rows
        ],
    )


def _has_value(cell: pages.Cell) -> bool:
    if cell.figures:
        return any(figure.value is not None for figure in cell.figures)
    return bool(cell.light or cell.mark) or cell.text not in ("", "—")


def _filled(source: pages.Table, row: pages.Row) -> Iterable[tuple[pages.Cell, pages.Column]]:
    empty = [pages.Cell()] * (len(source.columns) - len(row.cells))
    return zip([*row.cells, *empty], source.columns, strict=True)


def _cell(words: Words, cell: pages.Cell, number: bool) -> Cell:
    below = [_spans(words, line, SMALL) for line in cell.below]
    return Cell(text=lines(_spans(words, cell), below), number=number)


def _spans(words: Words, cell: pages.Cell, style: str | None = None) -> list[Span]:
    found: list[Span] = []
    for i, figure in enumerate(cell.figures):
        found += [Span(" / ")] if i else []
        found += figure_spans(figure)
    if cell.light:
        shape, colour = LIGHTS[cell.light.colour]
        found += [Span(f"{shape} ", colour), Span(cell.light.word)]
    if cell.mark:
        found.append(Span(f"{cell.mark} " if cell.text else cell.mark, MARK))
    if cell.text:
        text = words("original", text=cell.text) if cell.lang else cell.text
        found.append(Span(cell.lead + text, style))
    return found


def figure_spans(figure: Shown, *, said: bool = False, with_unit: bool = False) -> list[Span]:
    """Return a figure's digits, its unit if asked, and the mark of its status.

    Where no head of a column gives the unit, the digits are in the scale in which the language says
    them.  A missing one is a dash; why it is missing stands below the table (`_legend`).
    """
    if figure.value is None:
        return [Span("—")]
    unit = ("" if figure.tight else " ") + figure.said_unit if with_unit and figure.said_unit else ""
    digits = figure.said if said or with_unit else figure.text
    return [Span(f"{digits}{unit}"), *([Span(figure.flag, FLAG)] if figure.flag else [])]


def _legend(words: Words, shown: Iterable[Shown]) -> list[str]:
    """Return what the marks of a table mean, and why figures are missing."""
    figures = list(shown)
    used = flags_used(figures)
    if missing := dict.fromkeys(f.status for f in figures if f.value is None):
        used.append(("—", words("or").join(missing)))
    each = words("note_comma").join(words("flag", flag=flag, status=status) for flag, status in used)
    return [words("flags", flags=each)] if used else []


def score(
    numbering: Numbering, voice: Voice, words: Words, caption: str, found: Sequence[ScoreLine]
) -> Table:
    """Return lines of the scorecard as a table: value, change, target, light."""
    heads = [
        (voice.words("indicator"), False),
        (voice.words("figure"), True),
        (voice.words("change"), True),
        (voice.words("target"), True),
        (voice.words("light"), False),
    ]
    shown = [voice.show(row) for line in found for row in line.figures]
    rows = [_score_row(voice, words, line) for line in found]
    return table(numbering, caption, heads, rows, _legend(words, shown))


def _score_row(voice: Voice, words: Words, line: ScoreLine) -> list[Rich]:
    indicator = voice.city.indicators[line.indicator]
    codes = words("list_comma").join(voice.dimension(d, c) for d, c in voice.breakdown(line.figures[0]))
    change, goal = change_text(voice, indicator, line), target_text(voice, indicator, line)
    since = voice.words("since", period=voice.period(line.change_from)) if line.change_from else ""
    return [
        lines([Span(voice(indicator.name))], [[Span(codes, SMALL)] if codes else []]),
        value(voice, line),
        lines([Span(change)], [[Span(since, SMALL)]]) if change else rich("—"),
        lines([Span(goal)], [[Span(whose_target(voice, line), SMALL)]]) if goal else rich("—"),
        light(voice, line),
    ]


def value_cell(voice: Voice, row: Figure) -> Rich:
    """Return one figure with its unit."""
    shown = voice.show(row)
    return Rich(tuple(figure_spans(shown, with_unit=True)))


def value(voice: Voice, line: ScoreLine) -> Rich:
    """Return a line's value or values with unit, and below them period, limits, series."""
    shown = [voice.show(row) for row in line.figures]
    spans: list[Span] = []
    for i, figure in enumerate(shown):
        spans += [Span(" / ")] if i else []
        spans += figure_spans(figure, said=True, with_unit=i == len(shown) - 1)
    below = [[Span(voice.period(line.time_period), SMALL)]]
    if shown[0].limits:
        below.append([Span(f"{shown[0].limits}", SMALL)])
    if shown[0].series_code != "published":
        below.append([Span(shown[0].series, MARK)])
    return lines(spans, below)


def light(voice: Voice, line: ScoreLine) -> Rich:
    """Return a line's light, why, and that its threshold was assumed."""
    found = light_of(voice, line)
    shape, colour = LIGHTS[found.colour]
    said = found.reason if found.colour == "grey" else found.word
    below = [] if found.colour == "grey" else [[Span(found.reason, SMALL)]]
    below += [[Span(found.assumed, SMALL)]] if found.assumed else []
    return lines([Span(f"{shape} ", colour), Span(said)], below)
