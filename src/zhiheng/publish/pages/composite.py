"""The page of a composite index: its values, who it can be compared with, what it is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from zhiheng.framework.areas import AreaKind
from zhiheng.framework.measures import IndexMeasure
from zhiheng.framework.outline import IndexOutline
from zhiheng.framework.periods import parse
from zhiheng.publish import across, numbers
from zhiheng.publish.book import Book
from zhiheng.publish.index_evidence import Evidence
from zhiheng.publish.indicator_tables import matrix, peer_rows, series_table, status_cell
from zhiheng.publish.pages import pictures
from zhiheng.publish.pages.standing import StandingSections, grades
from zhiheng.publish.report.comparisons import standing
from zhiheng.publish.shown import Figure, Voice
from zhiheng.publish.tables import Cell, Column, Row, Table, aligned
from zhiheng.publish.tile_map import tile_map

KINDS: tuple[AreaKind, ...] = ("nation", "region", "province", "city", "county")


class CompositePage:
    """One index's page in one language.

    Parameters
    ----------
    voice : Voice
    book : Book
    outline : IndexOutline
    evidence : Evidence
    """

    def __init__(self, voice: Voice, book: Book, outline: IndexOutline, evidence: Evidence) -> None:
        self.voice, self.book, self.outline = voice, book, outline
        self.indicator = voice.city.indicators[outline.indicator]
        self.code = outline.indicator
        self.own = book.totals(self.code, [book.own_area])
        self.evidence = evidence

    def context(self) -> dict[str, Any]:
        """Return everything that the template names."""
        voice = self.voice
        sections = {
            "index_series": self._series(),
            "comparators": self._comparators(),
            "grades": self._grades(),
            "composition": self._composition(),
            "scores": self._scores("published"),
            "simulated_scores": self._scores("simulated"),
            "statistics": self._statistics(),
            "by_county": self._counties(),
            "by_code": across.codes_of(voice, self.book, "industry", [self.code])
            if "industry" in voice.city.dimensions
            else None,
            **self._standing(),
            "cautions": voice(self.indicator.caution) if self.indicator.caution else None,
        }
        headline = [row for row in self.book.headline(self.code) if row["ref_area"] == self.book.own_area]
        return {
            "code": self.code,
            "name": voice(self.indicator.name),
            "lead": voice(self.outline.lead) if self.outline.lead else None,
            "headline": [voice.show(row) for row in headline],
            "sections": {key: section for key, section in sections.items() if section},
            "contents": [(key, voice.words(f"section_{key}")) for key, found in sections.items() if found],
            "simulated": any(row["series"] == "simulated" for row in self.book.rows(self.code)),
        }

    def _standing(self) -> dict[str, Any]:
        """Return the sections on the areas below the city, where their ranks were put to the test."""
        for measure in self.indicator.measures:
            at = self.evidence.of(self.voice, measure) if isinstance(measure, IndexMeasure) else None
            if at is not None:
                told = StandingSections(at, self.indicator.decimals)
                return {
                    "framework": told.framework(),
                    "ranking": told.ranking(),
                    "robustness": told.robustness(),
                    "sampling": told.sampling(),
                }
        return {}

    def _grades(self) -> dict[str, Any] | None:
        nation = self.book.totals(self.code, self.voice.city.settings.publication.comparators[:1])
        return grades(self.voice, self.outline.grades, [*self.own, *nation])

    def _series(self) -> dict[str, Any] | None:
        if not self.own:
            return None
        breaks = pictures.crossed(self.indicator, self.own)
        return {
            "chart": pictures.series(self.voice, self.book, self.indicator, self.own, "series-chart"),
            "breaks": [(self.voice.period(b.time_period), self.voice(b.reason)) for b in breaks],
            "table": series_table(self.voice, self.indicator, self.own, "series"),
        }

    # ---- comparators -------------------------------------------------------------------------------

    def _comparators(self) -> dict[str, Any] | None:
        """Return other areas' published figures of every period in which the city has one."""
        ours = pictures.comparable(self.own)
        peers = pictures.comparable(self.book.peers(self.code))
        periods = []
        for period in dict.fromkeys(row["time_period"] for row in ours):
            mine = [row for row in ours if row["time_period"] == period]
            theirs = [row for row in peers if row["time_period"] == period]
            if theirs:
                periods.append(
                    {
                        "when": self.voice.period(period),
                        "places": self._places(mine, theirs),
                        "table": self._table(period, mine, theirs),
                    }
                )
        if not periods:
            return None
        subject = self.book.own_area
        return {
            "periods": periods,
            "chart": pictures.comparators(self.voice, self.book, self.indicator, subject),
        }

    def _places(self, mine: Sequence[Figure], theirs: Sequence[Figure]) -> list[str]:
        """Return the city's place among areas of its own kind; among others there is none."""
        areas, words = self.voice.city.areas, self.voice.words
        kind = areas[self.book.own_area].kind
        alike = [row for row in theirs if areas[row["ref_area"]].kind == kind]
        place = standing(mine, alike, self.indicator.direction)
        if place is None or not self.indicator.comparable:
            return []
        facts = {"kind": words(f"area_{kind}"), "of": place.of, "first": place.first, "last": place.last}
        return [words("place_single" if place.first == place.last else "place_between", **facts)]

    def _table(self, period: str, mine: Sequence[Figure], theirs: Sequence[Figure]) -> Table:
        voice, words, areas = self.voice, self.voice.words, self.voice.city.areas
        columns = [
            Column(label=words("area")),
            Column(label=words("kind"), tight=True),
            Column(label=words("value"), numeric=True),
            Column(label=words("difference"), below=words("difference_is"), numeric=True),
            Column(label=words("status")),
            Column(label=words("source"), wide=True),
        ]
        ordered = [*mine]
        for kind in KINDS:
            alike = [row for row in theirs if areas[row["ref_area"]].kind == kind]
            ordered += peer_rows(alike, self.indicator)
        body = []
        for row in ordered:
            shown = voice.show(row)
            note = Cell(text=row["note"] or "", lang=voice.foreign(row["note"]))
            cells = [
                Cell(text=shown.area, href=f"areas/{row['ref_area']}.html"),
                Cell(text=words(f"area_{areas[row['ref_area']].kind}")),
                Cell(figures=(shown,)),
                Cell(text=self._difference(row, mine)),
                status_cell(voice, shown),
                Cell(text=shown.source or "", lang=shown.source_lang, below=() if note.empty else (note,)),
            ]
            body.append(Row(cells=cells, kind="own" if row["ref_area"] == self.book.own_area else "plain"))
        caption = words("comparators_caption", period=voice.period(period))
        name = f"comparators-{parse(period).slug}"
        return Table(name=name, caption=caption, columns=columns, rows=aligned(body))

    def _difference(self, row: Figure, mine: Sequence[Figure]) -> str:
        """Return how far an area is from the city; none where values conflict or a bound is known only."""
        clear = len(mine) == 1 and not mine[0]["bound"] and not row["bound"]
        if row["ref_area"] == self.book.own_area or not clear or row["obs_value"] is None:
            return ""
        decimals = max(row["decimals"], mine[0]["decimals"])
        return numbers.change(row["obs_value"] - mine[0]["obs_value"], decimals)

    # ---- what it is made of ------------------------------------------------------------------------

    def _composition(self) -> list[dict[str, Any]]:
        """Return the components as a tree, as their dimension has it."""
        if self.outline.component is None:
            return []
        dimension = self.voice.city.dimensions[self.outline.component]

        def below(parent: str | None) -> list[dict[str, Any]]:
            return [
                {"name": self.voice(item.name), "parts": below(item.code)}
                for item in dimension.codes
                if item.parent == parent
            ]

        return below(None)

    def _scores(self, series: Literal["published", "simulated"]) -> list[Table]:
        """Return the components' scores of one series, the simulated ones of the city alone."""
        tables = []
        for role, code in (("scores", self.outline.scores), ("changes", self.outline.score_changes)):
            found = self.book.broken_down(code) if code else []
            whose = {r["ref_area"] for r in found} if series == "published" else {self.book.own_area}
            rows = [r for r in found if r["series"] == series and r["ref_area"] in whose]
            for area in dict.fromkeys(row["ref_area"] for row in rows):
                mine = [row for row in rows if row["ref_area"] == area]
                tables.append(self._score_table(role, code or "", area, mine))
        return tables

    def _score_table(self, role: str, code: str, area: str, rows: Sequence[Figure]) -> Table:
        voice, dimension = self.voice, self.voice.city.dimensions[self.outline.component or ""]
        heads = []
        for item in dimension.codes:
            whole = voice(dimension.name_of(item.parent)) if item.parent else ""
            below = (Cell(text=voice.words("part_of", whole=whole)),) if whole else ()
            heads.append(((item.code,), Cell(text=voice(item.name), below=below)))
        indicator = voice.city.indicators[code]
        caption = voice.words("scores_caption", indicator=voice(indicator.name), area=voice.area(area))
        return matrix(
            voice,
            rows,
            heads,
            key=[dimension.dimension],
            name=f"{role}-{rows[0]['series']}-{area}".lower(),
            caption=caption,
            head=voice(dimension.name),
            mark=voice.words("series_simulated") if rows[0]["series"] == "simulated" else None,
        )

    def _statistics(self) -> dict[str, Any] | None:
        codes = self.outline.statistics
        indicators = [self.voice.city.indicators[code] for code in codes]
        rows = [
            (i, self.book.latest(self.book.totals(i.indicator, [self.book.own_area]))) for i in indicators
        ]
        body = [self._statistic(i.indicator, found) for i, found in rows if found]
        if not body:
            return None
        words = self.voice.words
        columns = [
            Column(label=words("indicator"), wide=True),
            Column(label=words("value"), numeric=True),
            Column(label=words("unit")),
            Column(label=words("period"), tight=True),
            Column(label=words("direction")),
            Column(label=words("series")),
        ]
        own = Table(name="statistics", caption=words("statistics_caption"), columns=columns, rows=body)
        simulated = any(row.kind == "simulated" for row in body)
        return {
            "table": own,
            "counties": across.counties(self.voice, self.book, codes),
            "simulated": simulated,
        }

    def _statistic(self, code: str, rows: Sequence[Figure]) -> Row:
        voice, indicator = self.voice, self.voice.city.indicators[code]
        series = rows[0]["series"]
        word = voice.words(f"series_{series}")
        return Row(
            kind="simulated" if series == "simulated" else "plain",
            cells=[
                Cell(text=voice(indicator.name), href=f"indicators/{code}.html"),
                Cell(figures=tuple(voice.show(row) for row in rows)),
                Cell(text=voice.unit_name(indicator.unit_measure)),
                Cell(text=voice.period(rows[0]["time_period"])),
                Cell(text=voice.words(f"direction_{indicator.direction}")),
                Cell(text=word) if series == "published" else Cell(mark=word),
            ],
        )

    def _counties(self) -> dict[str, Any] | None:
        tables = [
            # The statistics above have tables of the same kind: no two may have one name.
            dataclasses.replace(table, name=f"index-{table.name}")
            for table in across.counties(self.voice, self.book, [self.code])
        ]
        found = tile_map(self.voice, self.book, self.indicator)
        return {"maps": [found] if found else [], "tables": tables} if tables else None
