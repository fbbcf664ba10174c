"""What stands on an indicator's page, put together for its template."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.explain import Step
from zhiheng.framework.base import Text
from zhiheng.framework.indicators import Indicator
from zhiheng.framework.periods import parse
from zhiheng.publish import charts, indicator_tables, method_view, numbers
from zhiheng.publish.book import Book
from zhiheng.publish.pages import pictures
from zhiheng.publish.score_view import change_text, light_of, target_text, whose_target
from zhiheng.publish.shown import Figure, Shown, Voice
from zhiheng.publish.tile_map import tile_map
from zhiheng.publish.words import catalogue


class IndicatorPage:
    """One indicator's page in one language.

    Parameters
    ----------
    voice : Voice
    book : Book
    indicator : Indicator
    lines : sequence of ScoreLine
        The indicator's lines on the scorecard, if any.
    explain : callable
        Tells where the figure of an id comes from.
    """

    def __init__(
        self,
        voice: Voice,
        book: Book,
        indicator: Indicator,
        lines: Sequence[ScoreLine],
        explain: Callable[[str], Step],
    ) -> None:
        self.voice, self.book, self.indicator, self.lines = voice, book, indicator, lines
        self.explain = explain
        self.words = voice.words
        self.code = indicator.indicator
        self.subject = book.subject(self.code)

    def context(self) -> dict[str, Any]:
        """Return everything the template names."""
        voice, indicator = self.voice, self.indicator
        return {
            "code": self.code,
            "name": voice(indicator.name),
            "theme": voice(voice.city.themes[indicator.theme].name),
            "definition": voice(indicator.definition),
            "caution": voice(indicator.caution) if indicator.caution else None,
            "headline": self._headline(),
            "facts": self._facts(),
            "sections": self.sections(),
            "methods": [method_view.method(voice, measure) for measure in indicator.measures],
            "parameters": method_view.parameters(voice, indicator),
            "explained": [
                (voice.show(row), _step(voice, self.explain(row["figure_id"])))
                for row in self.book.explained(self.code)
            ],
        }

    def sections(self) -> dict[str, Any]:
        """Return the tables and charts of each section; the Word report takes the same charts."""
        return {
            "series": self._series(),
            "counties": self._counties(),
            "peers": self._peers(),
            "breakdown": self._breakdown(),
            "targets": self._targets(),
        }

    # ---- the head ------------------------------------------------------------------------------

    def _headline(self) -> dict[str, Any] | None:
        rows = self.book.headline(self.code)
        if not rows:
            return None
        line = self.lines[0] if len(self.lines) == 1 else None
        whole = not self.voice.breakdown(rows[0])
        return {
            "figures": [(self.voice.show(row), self._dims(row)) for row in rows],
            "one_source": len({row["source"] for row in rows}) == 1,
            "when": self.voice.period(rows[0]["time_period"]),
            "area": None
            if rows[0]["ref_area"] == self.book.own_area
            else self.voice.area(rows[0]["ref_area"]),
            "conflict": whole and len(rows) > 1,
            "light": light_of(self.voice, line) if line else None,
            "change": change_text(self.voice, self.indicator, line) if line else None,
            "since": self.voice.period(line.change_from) if line and line.change_from else None,
            "target": target_text(self.voice, self.indicator, line) if line else None,
            "whose": whose_target(self.voice, line) if line else None,
        }

    def _dims(self, row: Figure) -> str:
        return " · ".join(self.voice.dimension(d, c) for d, c in self.voice.breakdown(row))

    def _facts(self) -> list[tuple[str, str]]:
        voice, words, indicator = self.voice, self.words, self.indicator
        return [
            (words("unit"), voice.unit_name(indicator.unit_measure)),
            (words("direction"), words(f"direction_{indicator.direction}")),
            (words("responsible"), voice(voice.city.organisations[indicator.responsible].name)),
            (words("headline_series"), words(f"series_{indicator.headline}")),
            (words("code"), indicator.indicator),
        ]

    # ---- sections ------------------------------------------------------------------------------

    def _series(self) -> dict[str, Any] | None:
        if self.subject is None:
            return None
        rows = self.book.totals(self.code, [self.subject])
        shown = [self.voice.show(row) for row in rows]
        own_breaks = pictures.crossed(self.indicator, rows)
        return {
            "table": indicator_tables.series_table(self.voice, self.indicator, rows, "series"),
            "chart": pictures.series(self.voice, self.book, self.indicator, rows, "series-chart"),
            "breaks": [(self.voice.period(b.time_period), self.voice(b.reason)) for b in own_breaks],
            "conflicts": _conflicts(shown),
            "simulated": any(f.simulated for f in shown),
            "elsewhere": None if self.subject == self.book.own_area else shown[0].area,
        }  # fmt: skip

    def _counties(self) -> dict[str, Any] | None:
        rows = self.book.totals(self.code, self.book.counties)
        if not rows:
            return None
        tables, pictures = [], []
        for series in ("published", "computed", "simulated"):
            mine = [row for row in rows if row["series"] == series]
            if not mine:
                continue
            tables.append(indicator_tables.county_table(self.voice, self.indicator, mine, self.book.counties))
            latest = [row for row in mine if row["time_period"] == mine[0]["time_period"]]
            latest = indicator_tables.peer_rows(latest, self.indicator)
            title = self.words(
                "counties_chart",
                indicator=self.voice(self.indicator.name),
                period=self.voice.period(mine[0]["time_period"]),
                series=self.words(f"series_{series}"),
            )
            pictures.append(self._ranked(f"counties-chart-{series}", latest, title))
        return {
            "map": tile_map(self.voice, self.book, self.indicator),
            "tables": tables,
            "charts": [picture for picture in pictures if picture],
            "simulated": any(row["series"] == "simulated" for row in rows),
        }

    def _peers(self) -> dict[str, Any] | None:
        peers = pictures.comparable(self.book.peers(self.code))
        if not peers:
            return None
        subject = [] if self.subject is None else [self.subject]
        own = pictures.comparable(self.book.totals(self.code, subject))
        periods = []
        by_period = sorted(peers, key=lambda r: parse(r["time_period"]), reverse=True)
        for text, group in itertools.groupby(by_period, key=lambda r: r["time_period"]):
            ours = [row for row in own if row["time_period"] == text]
            rows = indicator_tables.peer_rows([*group, *ours], self.indicator)
            title = self.words("peers_chart", indicator=self.voice(self.indicator.name),
                               period=self.voice.period(text))  # fmt: skip
            periods.append(
                {
                    "when": self.voice.period(text),
                    "slug": parse(text).slug,
                    "open": bool(ours),
                    "areas": len({row["ref_area"] for row in rows}),
                    "chart": self._ranked(f"peers-chart-{parse(text).slug}", rows, title)
                    if ours and self.indicator.comparable
                    else None,
                    "table": indicator_tables.peer_table(
                        self.voice, self.indicator, text, rows, self.subject
                    ),
                }
            )
        return {
            "notice": self.words("peers_notice" if self.indicator.comparable else "not_comparable"),
            "periods": periods,
            "chart": pictures.comparators(self.voice, self.book, self.indicator, self.subject),
            "same": any(p["open"] for p in periods) or self.subject != self.book.own_area,
        }

    def _ranked(self, name: str, rows: Sequence[Figure], title: str) -> dict[str, Any] | None:
        chart = charts.ranked(
            [self.voice.show(row) for row in rows],
            own=self.subject or self.book.own_area,
            unit=self.voice.unit_name(self.indicator.unit_measure),
            limits=pictures.limits(rows),
            words=self.words,
            description=title,
        )
        return pictures.picture(name, chart, title)

    def _breakdown(self) -> dict[str, Any] | None:
        rows = self.book.broken_down(self.code)
        if not rows:
            return None
        # Figures made from records for every county and breakdown would fill pages of their own.
        inside = set(self.book.counties)
        shown = [r for r in rows if r["series"] == "published" or r["ref_area"] not in inside]
        tables = indicator_tables.breakdown_tables(self.voice, self.indicator, shown, self.book.own_area)
        return {"tables": tables, "parts_in_downloads": len(shown) < len(rows)}

    def _targets(self) -> dict[str, Any] | None:
        if not self.indicator.targets:
            return None
        table = indicator_tables.target_table(
            self.voice, self.indicator, pictures.target_values(self.book, self.indicator)
        )
        light = self.indicator.light
        return {
            "table": table,
            "light": {
                "gap": self.voice.with_unit(
                    numbers.printed(light.amber_gap, None), self.indicator.unit_measure
                ),
                "status": self.words(f"parameter_{light.status}"),
                "assumed": light.status == "assumed",
                "reason": self.voice(light.reason) if light.reason else light.reference,
            }
            if light
            else None,
        }


def _conflicts(shown: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    """Return the periods with published values that disagree."""
    groups: dict[str, list[Shown]] = {}
    for figure in shown:
        if figure.conflict:
            groups.setdefault(figure.when, []).append(figure)
    return list(groups.items())


def _step(voice: Voice, step: Step) -> dict[str, Any]:
    """Return an explanation's step for the template, codes of our own lists put into words."""

    def value(text: str | Text) -> str:
        if isinstance(text, Text):
            return voice(text)
        for prefix in ("status", "basis", "series", "interval", "margin"):
            if f"{prefix}_{text}" in catalogue():
                return voice.words(f"{prefix}_{text}")
        return text

    facts = [(voice(name), value(found)) for name, found in step.facts]
    return {
        "title": voice(step.title),
        "facts": [(name, text, voice.foreign(text)) for name, text in facts],
        "inputs": [_step(voice, _brief(inner) if step.kind == "node" else inner) for inner in step.inputs],
    }


def _brief(step: Step) -> Step:
    """Return a figure that an index is made of by its title alone: its own page tells where it is from.

    With everything below, a page of a twelve-part index would weigh megabytes.
    """
    return dataclasses.replace(step, facts=(), inputs=()) if step.kind == "figure" else step
