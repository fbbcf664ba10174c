"""Tables with indicators across: one line a county, or a code of a dimension, the latest figure of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zhiheng.framework.indicators import Indicator
from zhiheng.publish.book import Book
from zhiheng.publish.shown import Figure, Voice, flags_used
from zhiheng.publish.tables import Cell, Column, Row, Table, aligned, figures_in

WIDTH = 6
"""Indicators in one table: more do not fit on a sheet of A4."""


def counties(voice: Voice, book: Book, codes: Iterable[str]) -> list[Table]:
    """Return the latest figures of the counties, for indicators that have them."""
    areas = book.city.areas.children(book.own_area)
    heads = [(code, Cell(text=voice.area(code), href=f"areas/{code}.html")) for code in areas]
    found = [(voice.city.indicators[code], book.by_county(code)) for code in codes]
    return _tables(voice, found, "ref_area", heads, voice.words("county"), voice.words("across_counties"))


def codes_of(voice: Voice, book: Book, dimension: str, codes: Iterable[str]) -> list[Table]:
    """Return the city's latest figures by the codes of one dimension, for indicators that have them."""
    spec = book.city.dimensions[dimension]
    heads = [(item.code, Cell(text=voice(item.name))) for item in spec.codes]
    found = [(voice.city.indicators[code], book.by_code(code, dimension)) for code in codes]
    caption = voice.words("across_codes", dimension=voice(spec.name))
    return _tables(voice, found, dimension, heads, voice(spec.name), caption)


def _tables(
    voice: Voice,
    found: Sequence[tuple[Indicator, list[Figure]]],
    key: str,
    heads: Sequence[tuple[str, Cell]],
    head: str,
    caption: str,
) -> list[Table]:
    there = [(indicator, rows) for indicator, rows in found if rows]
    parts = [there[i : i + WIDTH] for i in range(0, len(there), WIDTH)]
    return [
        _table(voice, part, key, heads, head, caption, f"across-{key}-{number}")
        for number, part in enumerate(parts, start=1)
    ]


def _table(
    voice: Voice,
    part: Sequence[tuple[Indicator, list[Figure]]],
    key: str,
    heads: Sequence[tuple[str, Cell]],
    head: str,
    caption: str,
    name: str,
) -> Table:
    cells: dict[tuple[str, str], list[Figure]] = {}
    for indicator, rows in part:
        for row in rows:
            cells.setdefault((row[key], indicator.indicator), []).append(row)
    body = []
    for code, cell in heads:
        mine = [tuple(voice.show(r) for r in cells.get((code, i.indicator), ())) for i, _ in part]
        if any(mine):
            body.append(Row(cells=[cell, *(Cell(figures=figures) for figures in mine)]))
    columns = [Column(label=head), *(_column(voice, indicator, rows[0]) for indicator, rows in part)]
    series = {row["series"] for _, rows in part for row in rows}
    marked = next((s for s in ("simulated", "computed") if series == {s}), None)
    return Table(
        name=name,
        caption=caption,
        columns=columns,
        rows=aligned(body),
        mark=voice.words(f"series_{marked}") if marked else None,
        stacks=False,
        legend=flags_used(figures_in(body)),
    )


def _column(voice: Voice, indicator: Indicator, row: Figure) -> Column:
    told = [voice.period(row["time_period"]), voice.unit_name(indicator.unit_measure)]
    if row["series"] != "published":
        told.append(voice.words(f"series_{row['series']}"))
    return Column(
        label=voice(indicator.name),
        below=" · ".join(told),
        href=f"indicators/{indicator.indicator}.html",
        numeric=True,
        wrapped=True,
    )
