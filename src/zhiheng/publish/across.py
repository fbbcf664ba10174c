"""Tables with indicators across: one line a county, or a code of a dimension, the latest figure of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zhiheng.framework.indicators import Indicator
from zhiheng.publish.book import Book
from zhiheng.publish.shown import Figure, Voice, flags_used, inside
from zhiheng.publish.tables import Cell, Column, Row, Table, aligned, figures_in

WIDTH = 6
"""Indicators in one table: more do not fit on a sheet of A4."""


def counties(voice: Voice, book: Book, codes: Iterable[str]) -> list[Table]:
    """Return the latest figures of the counties, for indicators that have them."""
    areas = book.city.areas.children(book.own_area)
    heads = [(code, Cell(text=voice.area(code), href=f"areas/{code}.html")) for code in areas]
    found = [(voice.city.indicators[code], book.by_county(code)) for code in codes]
    caption = voice.words("across_counties")
    return _tables(voice, found, "ref_area", heads, voice.words("county"), caption, "county")


def codes_of(
    voice: Voice,
    book: Book,
    dimension: str,
    indicators: Iterable[str],
    only: Sequence[str] | None = None,
    name: str | None = None,
    title: str | None = None,
) -> list[Table]:
    """Return the city's latest figures by the codes of one dimension, for indicators that have them.

    Parameters
    ----------
    voice : Voice
    book : Book
    dimension : str
    indicators : iterable of str
    only : sequence of str, optional
        The codes wanted; all of them by default.
    name, title : str, optional
        What tells these tables from others of the dimension on one page, in their addresses and captions.
    """
    spec = book.city.dimensions[dimension]
    heads = [(i.code, Cell(text=voice(i.name))) for i in spec.codes if only is None or i.code in only]
    wanted = {code for code, _ in heads}
    found = [
        (voice.city.indicators[code], [r for r in book.by_code(code, dimension) if r[dimension] in wanted])
        for code in indicators
    ]
    told = voice.words("across_codes", dimension=inside(voice(spec.name)))
    caption = f"{title}{voice.words('colon')}{inside(told)}" if title else told
    return _tables(voice, found, dimension, heads, voice(spec.name), caption, name or dimension)


def _tables(
    voice: Voice,
    found: Sequence[tuple[Indicator, list[Figure]]],
    key: str,
    heads: Sequence[tuple[str, Cell]],
    head: str,
    caption: str,
    name: str,
) -> list[Table]:
    there = [(indicator, rows) for indicator, rows in found if rows]
    parts = [there[i : i + WIDTH] for i in range(0, len(there), WIDTH)]
    titles = [
        caption if len(parts) == 1 else voice.words("table_part", caption=caption, n=n, of=len(parts))
        for n in range(1, len(parts) + 1)
    ]
    return [
        _table(voice, part, key, heads, head, title, f"across-{name}-{n}")
        for n, (part, title) in enumerate(zip(parts, titles, strict=True), start=1)
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
