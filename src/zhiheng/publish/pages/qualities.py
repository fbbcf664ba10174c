"""The pages of the qualities that a city reports on: all of them at a glance, and one page each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhiheng.compute.scorecard import ScoreLine, lines_of
from zhiheng.framework.outline import Quality, QualitySet
from zhiheng.publish import across
from zhiheng.publish.book import Book
from zhiheng.publish.pages import pictures
from zhiheng.publish.score_view import light_of, main_caption, score_table
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Table
from zhiheng.publish.tile_map import tile_map

MOST_LINES = 6
"""Indicators off the scorecard that are broken down into more lines than this are left to their pages."""
MOST_TRENDS = 6
MOST_MAPS = 6
"""Charts and maps on one page, the scorecard's first; the others are on the indicators' pages."""


class QualityPage:
    """One quality's page in one language.

    Parameters
    ----------
    voice : Voice
    book : Book
    quality : Quality
    dated : QualitySet
        The set it belongs to.
    """

    def __init__(self, voice: Voice, book: Book, quality: Quality, dated: QualitySet) -> None:
        self.voice, self.book, self.quality, self.dated = voice, book, quality, dated
        self.members = quality.members(book.city.indicators)
        found = {code: lines_of(book.city, book.city.indicators[code], book.frame) for code in self.members}
        self.lines = {code: mine for code, mine in found.items() if mine}

    def context(self) -> dict[str, Any]:
        """Return everything that the template names."""
        voice = self.voice
        sections = {
            "figures": self._figures(),
            "by_county": self._counties(),
            "by_code": self._codes(),
            "trends": self._trends(),
            "cautions": self._cautions(),
            "other_indicators": self._others(),
            "quality_sources": self._sources(),
        }
        return {
            "name": voice(self.quality.name),
            "set_name": voice(self.dated.name),
            "lead": voice(self.quality.lead) if self.quality.lead else None,
            "counts": self.counts(),
            "sections": {key: section for key, section in sections.items() if section},
            "contents": [(key, voice.words(f"section_{key}")) for key, found in sections.items() if found],
            "simulated": any(f["series"] == "simulated" for f in self._shown_rows()),
        }

    def card(self) -> list[ScoreLine]:
        """Return the lines that stand on the scorecard."""
        carded = self.book.city.indicators
        return [line for code, mine in self.lines.items() if carded[code].scorecard for line in mine]

    def counts(self) -> list[dict[str, Any]]:
        """Return how many lines of the scorecard have which light, with one example of each light."""
        lights = [light_of(self.voice, line) for line in self.card()]
        colours = ("green", "amber", "red", "grey")
        found = [(colour, [light for light in lights if light.colour == colour]) for colour in colours]
        return [{"light": mine[0], "n": len(mine)} for _, mine in found if mine]

    def _further(self) -> list[ScoreLine]:
        carded = self.book.city.indicators
        return [
            line
            for code, mine in self.lines.items()
            if not carded[code].scorecard and len(mine) <= MOST_LINES
            for line in mine
        ]

    def main_table(self, name: str) -> Table | None:
        """Return its part of the scorecard."""
        caption = main_caption(self.voice, self.voice(self.quality.name))
        return score_table(self.voice, name, caption, self.card()) if self.card() else None

    def _figures(self) -> list[Table]:
        further = self._further()
        caption = self.voice.words("further")
        tables = [
            self.main_table("main"),
            score_table(self.voice, "further", caption, further) if further else None,
        ]
        return [table for table in tables if table]

    def _counties(self) -> dict[str, Any] | None:
        tables = across.counties(self.voice, self.book, self.members)
        indicators = [self.book.city.indicators[code] for code in self.members]
        indicators.sort(key=lambda i: not i.scorecard)
        maps = [found for i in indicators if (found := tile_map(self.voice, self.book, i))]
        return {"maps": maps[:MOST_MAPS], "tables": tables} if tables else None

    def _codes(self) -> list[Any]:
        tables = []
        for dimension in self.book.city.dimensions:
            tables += across.codes_of(self.voice, self.book, dimension, self.members)
        return tables

    def _trends(self) -> list[Any]:
        drawn: list[Any] = []
        for code in dict.fromkeys(line.indicator for line in [*self.card(), *self._further()]):
            indicator = self.book.city.indicators[code]
            rows = self.book.totals(code, [self.book.own_area])
            if rows and len(drawn) < MOST_TRENDS:
                found = pictures.series(self.voice, self.book, indicator, rows, f"trend-{code}")
                drawn += [found] if found else []
        return drawn

    def _cautions(self) -> list[tuple[str, str, str]]:
        indicators = [self.book.city.indicators[code] for code in self.lines]
        return [(i.indicator, self.voice(i.name), self.voice(i.caution)) for i in indicators if i.caution]

    def _others(self) -> list[tuple[str, str]]:
        shown = {line.indicator for line in [*self.card(), *self._further()]}
        return [
            (code, self.voice(self.book.city.indicators[code].name))
            for code in self.members
            if code not in shown
        ]

    def _shown_rows(self) -> list[Any]:
        return [
            *(row for line in [*self.card(), *self._further()] for row in [*line.figures, *line.others]),
            *(row for code in self.members for row in self.book.by_county(code)),
        ]

    def _sources(self) -> list[tuple[str, Any]]:
        sources = sorted({row["source"] for row in self._shown_rows() if row["source"]})
        return [(source, self.voice.foreign(source)) for source in sources]


def overview(voice: Voice, dated: QualitySet, pages: Sequence[QualityPage]) -> dict[str, Any]:
    """Return the page of all qualities: each with its lights and the lines of the scorecard."""
    return {
        "name": voice(dated.name),
        "reference": (dated.reference, voice.foreign(dated.reference)) if dated.reference else None,
        "reason": voice(dated.reason) if dated.reason else None,
        "assumed": voice.words("parameter_assumed") if dated.status == "assumed" else None,
        "qualities": [
            {
                "code": page.quality.quality,
                "name": voice(page.quality.name),
                "lead": voice(page.quality.lead) if page.quality.lead else None,
                "counts": page.counts(),
                "table": page.main_table(page.quality.quality),
            }
            for page in pages
        ],
    }
