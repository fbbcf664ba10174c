"""What the documents of one year and one language are written from."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from zhiheng.compute.scorecard import ScoreLine, scorecard
from zhiheng.errors import Lang
from zhiheng.explain import Explainer
from zhiheng.framework.city import City
from zhiheng.framework.organisations import Organisation
from zhiheng.framework.outline import Quality
from zhiheng.framework.periods import parse
from zhiheng.framework.report import CHAPTERS
from zhiheng.publish import charts
from zhiheng.publish.book import Book
from zhiheng.publish.pages.indicator import IndicatorPage
from zhiheng.publish.report.narrative import FILE, Narrator
from zhiheng.publish.report.tables import Numbering
from zhiheng.publish.shown import Figure, Voice
from zhiheng.publish.words import Words


def report_year(city: City, figures: pl.DataFrame) -> str | None:
    """Return the year reported on: as configured, or the latest for which the city has a figure.

    None where the city has no figure of its own at all.
    """
    if city.report.year:
        return city.report.year
    own = figures.filter(
        pl.col("headline")
        & (pl.col("ref_area") == city.settings.ref_area)
        & (pl.col("obs_status") != "target")
        & pl.col("obs_value").is_not_null()
    )
    years = [parse(text).end.year for text in own["time_period"].unique()]
    return str(max(years)) if years else None


def up_to(figures: pl.DataFrame, year: str) -> pl.DataFrame:
    """Return the figures of a year and before; targets stay, whenever they are due."""
    periods = figures["time_period"].unique().to_list()
    inside = [text for text in periods if parse(text).end.year <= int(year)]
    return figures.filter(pl.col("time_period").is_in(inside) | (pl.col("obs_status") == "target"))


class Desk:
    """Figures up to a year, in one language, with everything that says them.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table, already cut off at the year (`up_to`).
    year : str
    lang : {'zh', 'en'}
    explainer : Explainer
    """

    def __init__(
        self, city: City, figures: pl.DataFrame, year: str, lang: Lang, explainer: Explainer
    ) -> None:
        self.city, self.year, self.explainer = city, year, explainer
        self.voice = Voice(city, lang)
        self.words = Words(lang, FILE)
        self.book = Book(city, figures)
        self.narrator = Narrator(self.voice, self.book)
        self.numbering = Numbering()
        self.lines: list[ScoreLine] = scorecard(city, figures)

    @cached_property
    def issuer(self) -> Organisation | None:
        """The organisation that writes the documents."""
        organisations = self.city.organisations
        if self.city.report.issuer:
            return organisations[self.city.report.issuer]
        return next((o for o in organisations.values() if o.kind == "quality_office"), None)

    @property
    def issuer_name(self) -> str:
        """The issuer's name, or a marked place for it."""
        return self.voice(self.issuer.name) if self.issuer else self.words("fill_in_issuer")

    @cached_property
    def qualities(self) -> list[Quality]:
        """The qualities of the day of publication."""
        found = self.city.outline.qualities_on(self.city.settings.publication.as_of)
        return found.qualities if found else []

    def chapter_codes(self, name: str) -> list[str]:
        """Return the indicators that one of `CHAPTERS` speaks of."""
        chapter = self.city.report.chapter(name)
        return [
            c for c, i in self.city.indicators.items() if i.theme in chapter.themes or c in chapter.indicators
        ]

    @cached_property
    def claimed(self) -> dict[str, list[str]]:
        """Every chapter's and quality's indicators; each stands in full in the first that claims it."""
        found = {name: self.chapter_codes(name) for name in CHAPTERS}
        return found | {q.quality: q.members(self.city.indicators) for q in self.qualities}

    @cached_property
    def unclaimed(self) -> list[str]:
        """Indicators of no chapter, targets apart: they stand beside what they are targets of."""
        taken = {code for codes in self.claimed.values() for code in codes}
        targets = {t.figure for i in self.city.indicators.values() for t in i.targets}
        return [code for code in self.city.indicators if code not in taken | targets]

    def lines_of(self, codes: Iterable[str]) -> list[ScoreLine]:
        """Return the scorecard lines of some indicators, in the city's order."""
        wanted = set(codes)
        return [line for line in self.lines if line.indicator in wanted]

    def own(self, code: str) -> list[Figure]:
        """Return the city's own headline figures of an indicator's latest period."""
        found = self.book.headline(code)
        return [row for row in found if row["ref_area"] == self.book.own_area]

    def counties(self, code: str) -> list[Figure]:
        """Return the counties' headline figures of their latest period, in one series."""
        rows = [row for row in self.book.totals(code, self.book.counties) if row["headline"]]
        same = ("time_period", "series")
        return [row for row in rows if all(row[k] == rows[0][k] for k in same)]

    def sections(self, code: str) -> dict[str, Any]:
        """Return the tables and charts of an indicator's page."""
        indicator = self.city.indicators[code]
        with charts.unchecked():
            return IndicatorPage(
                self.voice, self.book, indicator, self.lines_of([code]), self.explainer.explain
            ).sections()

    def responsible(self, code: str) -> str:
        """Return the name of the organisation that answers for an indicator."""
        return self.voice(self.city.organisations[self.city.indicators[code].responsible].name)

    def name(self, code: str) -> str:
        """Return an indicator's name."""
        return self.voice(self.city.indicators[code].name)

    def has_simulated(self) -> bool:
        """Return whether any figure shown here is simulated."""
        return any(
            row["series"] == "simulated" for line in self.lines for row in (*line.figures, *line.others)
        ) or any(row["series"] == "simulated" for line in self.lines for row in self.counties(line.indicator))

    def measured(self) -> Desk:
        """Return the same without anything simulated."""
        other = copy.copy(self)
        other.book = Book(self.city, self.book.frame.filter(pl.col("series") != "simulated"))
        other.narrator = Narrator(self.voice, other.book)
        other.lines = [
            dataclasses.replace(line, others=tuple(r for r in line.others if r["series"] != "simulated"))
            for line in self.lines
            if all(row["series"] != "simulated" for row in line.figures)
        ]
        return other

    def line_name(self, line: ScoreLine) -> str:
        """Return the name of a line's indicator with the codes it is broken down by."""
        return self.narrator.name(line.figures[0])

    def sample(self, simulated: bool) -> str:
        """Return the mark of a document that is an example or holds simulated figures; or nothing."""
        if simulated:
            return self.words("sample_simulated")
        return self.words("sample") if self.city.report.sample else ""

    def period_counts(self) -> tuple[int, int]:
        """Return how many main figures are of the year itself, and how many there are."""
        of_year = sum(parse(line.time_period).end.year == int(self.year) for line in self.lines)
        return of_year, len(self.lines)


def joined(words: Words, parts: Sequence[str]) -> str:
    """Return names one after the other."""
    return words("list_comma").join(parts)
