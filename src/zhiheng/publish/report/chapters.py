"""Chapters: a table of lights, then each main indicator with its sentences, pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhiheng.framework.periods import parse
from zhiheng.publish import indicator_tables
from zhiheng.publish.report import pictures, tables
from zhiheng.publish.report.desk import Desk, joined
from zhiheng.publish.report.fields import Chapter, Image, Item, Picture, Rich, Span, Table
from zhiheng.publish.shown import Figure

PERIODS = 3
"""How many of the latest periods a table of counties or breakdowns shows; the rest is in the data."""


def chapter(desk: Desk, name: str, codes: Sequence[str], elsewhere: dict[str, str] | None = None) -> Chapter:
    """Return a chapter on some indicators.

    Parameters
    ----------
    desk : Desk
    name : str
        What it is called.
    codes : sequence of str
        Its indicators.
    elsewhere : dict, optional
        Indicators that stand in full in another chapter, and that chapter's name.
    """
    elsewhere = elsewhere or {}
    every = desk.lines_of(codes)
    carded = list(dict.fromkeys(line.indicator for line in every))
    lines = [line for line in every if line.indicator not in elsewhere]
    found: list[Table] = []
    if lines:
        found.append(
            tables.score(
                desk.numbering, desk.voice, desk.words, desk.words("score_caption", chapter=name), lines
            )
        )
    text = [desk.narrator.lights(lines)] if lines else []
    if not every:
        text.append(desk.words("chapter_empty"))
    if away := [code for code in carded if code in elsewhere]:
        names = joined(desk.words, [desk.name(code) for code in away])
        text.append(desk.words("see_chapter", indicators=names, chapter=elsewhere[away[0]]))
    others = [row for code in codes if code not in carded for row in desk.own(code)]
    if others:
        found.append(_others(desk, name, others))
    items = [item(desk, code) for code in carded if code not in elsewhere]  # numbered after the tables
    return Chapter(name=name, text=text, tables=found, items=items)


def _others(desk: Desk, name: str, rows: Sequence[Figure]) -> Table:
    """Return figures that are not on the scorecard, as a table."""
    words = desk.voice.words
    heads = [(words(head), head == "figure") for head in ("indicator", "period", "figure", "status")]
    body: list[list[Rich | str]] = []
    for row in rows:
        shown = desk.voice.show(row)
        codes = joined(desk.words, [desk.voice.dimension(d, c) for d, c in desk.voice.breakdown(row)])
        title = tables.lines([Span(desk.name(row["indicator"]))],
                             [[Span(codes, tables.SMALL)] if codes else []])  # fmt: skip
        status = shown.status if shown.series_code == "published" else shown.series
        body.append([title, shown.when, tables.value_cell(desk.voice, row), status])
    return tables.table(desk.numbering, desk.words("others_caption", chapter=name), heads, body)


def item(desk: Desk, code: str) -> Item:
    """Return one indicator: what is said of it, its pictures, its tables."""
    indicator = desk.city.indicators[code]
    say = desk.narrator
    text = [say.line(line) for line in desk.lines_of([code])]
    counties = desk.counties(code)
    if sentence := say.counties(counties):
        text.append(sentence)
    sections = desk.sections(code)
    return Item(
        name=desk.voice(indicator.name),
        text=text,
        caution=desk.voice(indicator.caution) if indicator.caution else "",
        pictures=_pictures(desk, sections),
        tables=_tables(desk, code, counties, sections),
    )


def _pictures(desk: Desk, sections: dict[str, Any]) -> list[Picture]:
    """Return the city over time, beside comparable areas, and its counties, where the page has them."""
    series, peers, counties = (sections[name] or {} for name in ("series", "peers", "counties"))
    own = series.get("chart") if not series.get("elsewhere") else None
    found = [own, peers.get("chart"), *counties.get("charts", [])[:1]]
    return [_picture(desk, chart) for chart in found if chart]


def _picture(desk: Desk, chart: dict[str, Any]) -> Picture:
    image = Image(png=pictures.draw(chart["spec"]), alt=chart["title"], width_mm=pictures.WIDTH_MM)
    return Picture(
        number=desk.numbering.picture(), caption=chart["title"], image=image, notes=list(chart["notes"])
    )


def _tables(desk: Desk, code: str, counties: list[Figure], sections: dict[str, Any]) -> list[Table]:
    """Return the counties' and the breakdowns' latest figures, and other areas' of the city's period."""
    voice, book = desk.voice, desk.book
    indicator = desk.city.indicators[code]
    found = []
    if counties:
        rows = [row for row in book.totals(code, book.counties) if row["series"] == counties[0]["series"]]
        found.append(indicator_tables.county_table(voice, indicator, _latest(rows), book.counties))
    broken = [row for row in book.broken_down(code) if row["ref_area"] == book.own_area and row["headline"]]
    if broken and not any(desk.voice.breakdown(line.figures[0]) for line in desk.lines_of([code])):
        for dims in dict.fromkeys(tuple(d for d, _ in voice.breakdown(row)) for row in broken):
            mine = [row for row in broken if tuple(d for d, _ in voice.breakdown(row)) == dims]
            found += indicator_tables.breakdown_tables(voice, indicator, _latest(mine), book.own_area)
    peers = (sections["peers"] or {}).get("periods", [])
    found += [period["table"] for period in peers if period["open"]][:1]
    made = (tables.from_page(desk.numbering, desk.words, table) for table in found)
    return [table for table in made if table is not None]


def _latest(rows: Sequence[Figure]) -> list[Figure]:
    """Return the rows of the latest few periods."""
    periods = sorted({row["time_period"] for row in rows}, key=parse)[-PERIODS:]
    return [row for row in rows if row["time_period"] in periods]
