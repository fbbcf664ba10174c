"""The list of every indicator by theme, with the figure that stands for it."""

from __future__ import annotations

from typing import Any

from zhiheng.framework.indicators import Indicator
from zhiheng.publish.book import Book
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Cell, Column, Row, Table


def context(voice: Voice, book: Book) -> dict[str, Any]:
    """Return everything that the template names."""
    themes = []
    for code, theme in voice.city.themes.items():
        mine = [i for i in voice.city.indicators.values() if i.theme == code]
        if mine:
            themes.append((code, voice(theme.name), _table(voice, book, code, mine)))
    contents = [(code, name) for code, name, _ in themes]
    return {"themes": themes, "contents": contents, "total": len(voice.city.indicators)}


def _table(voice: Voice, book: Book, theme: str, indicators: list[Indicator]) -> Table:
    words = voice.words
    columns = [
        Column(label=words("indicator"), wide=True),
        Column(label=words("figure"), numeric=True),
        Column(label=words("unit")),
        Column(label=words("area"), below=words("period")),
        Column(label=words("series")),
    ]
    return Table(
        name=f"theme-{theme}",
        caption=words("theme_caption", theme=voice(voice.city.themes[theme].name)),
        columns=columns,
        rows=[_row(voice, book, indicator) for indicator in indicators],
    )


def _row(voice: Voice, book: Book, indicator: Indicator) -> Row:
    rows = book.headline(indicator.indicator)
    name = Cell(text=voice(indicator.name), href=f"indicators/{indicator.indicator}.html")
    unit = voice.unit_name(indicator.unit_measure)
    if not rows:
        return Row(cells=[name, Cell(text=voice.words("no_figure")), Cell(text=unit), Cell(), Cell()])
    broken = bool(voice.breakdown(rows[0]))
    series = rows[0]["series"]
    word = voice.words(f"series_{series}")
    value = Cell(text=voice.words("broken_down")) if broken else Cell(figures=tuple(map(voice.show, rows)))
    return Row(
        kind="simulated" if series == "simulated" else "plain",
        cells=[
            name,
            value,
            Cell(text=unit),
            Cell(
                text=voice.area(rows[0]["ref_area"]),
                below=(Cell(text=voice.period(rows[0]["time_period"])),),
            ),
            Cell(text=word) if series == "published" else Cell(mark=word),
        ],
    )
