"""One area's page: the latest figure of every indicator that there is for it."""

from __future__ import annotations

from typing import Any

from zhiheng.publish.book import Book
from zhiheng.publish.indicator_tables import status_cell
from zhiheng.publish.shown import Figure, Voice
from zhiheng.publish.tables import Cell, Column, Row, Table


def listed(book: Book) -> list[str]:
    """Return the areas that have a page: the city's own counties, and every area with a figure."""
    there = set(book.frame["ref_area"].unique())
    counties = set(book.city.areas.children(book.own_area))
    return [code for code in book.city.areas if code in there | counties]


def context(voice: Voice, book: Book, code: str) -> dict[str, Any]:
    """Return everything that the template names."""
    areas, words = voice.city.areas, voice.words
    above = [voice.area(parent) for parent in areas.lineage(code)[1:]]
    before = [f"{voice.area(old)} {old}" for old in areas.predecessors(code)]
    facts = [
        (words("code"), code),
        (words("kind"), words(f"area_{areas[code].kind}")),
        (words("parent"), words("list_comma").join(above)),
        (words("formerly"), words("list_comma").join(before)),
        (words("successor"), voice.area(areas[code].successor or code) if areas[code].successor else ""),
    ]
    tables = [table for theme in voice.city.themes if (table := _table(voice, book, code, theme))]
    rows = [row for table in tables for row in table.rows]
    return {
        "code": code,
        "name": voice.area(code),
        "facts": [(name, value) for name, value in facts if value],
        "tables": tables,
        "simulated": any(row.kind == "simulated" for row in rows),
        "own": code == book.own_area,
    }


def _table(voice: Voice, book: Book, code: str, theme: str) -> Table | None:
    words = voice.words
    body = []
    for name, indicator in voice.city.indicators.items():
        found = book.latest(book.totals(name, [code])) if indicator.theme == theme else []
        if found:
            body.append(_row(voice, name, found))
    columns = [
        Column(label=words("indicator"), wide=True),
        Column(label=words("figure"), numeric=True),
        Column(label=words("unit")),
        Column(label=words("period"), tight=True),
        Column(label=words("series_and_status")),
        Column(label=words("source"), wide=True),
    ]
    title = words("area_caption", theme=voice(voice.city.themes[theme].name), area=voice.area(code))
    if not body:
        return None
    return Table(name=f"area-{theme}", caption=title, columns=columns, rows=body)


def _row(voice: Voice, name: str, rows: list[Figure]) -> Row:
    indicator = voice.city.indicators[name]
    shown = [voice.show(row) for row in rows]
    sources = {f.source: f.source_lang for f in shown if f.source}
    first, *others = sources.items() or [(voice.words(f"made_{shown[0].series_code}"), None)]
    return Row(
        kind="simulated" if shown[0].simulated else "plain",
        cells=[
            Cell(text=voice(indicator.name), href=f"indicators/{name}.html"),
            Cell(figures=tuple(shown)),
            Cell(text=voice.unit_name(indicator.unit_measure)),
            Cell(text=shown[0].when),
            status_cell(voice, shown[0]),
            Cell(text=first[0], lang=first[1], below=tuple(Cell(text=t, lang=lang) for t, lang in others)),
        ],
    )
