"""The long table in the order in which pages ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import polars as pl

from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import SERIES
from zhiheng.framework.periods import Period, parse
from zhiheng.publish.shown import Figure


class Book:
    """The figures of a city, by indicator, and by how an area stands to the city.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.

    Attributes
    ----------
    own_area : str
    drawn : dict
        What was drawn of these figures, for pages that show the same.
    """

    def __init__(self, city: City, figures: pl.DataFrame) -> None:
        self.city, self.frame = city, figures
        self.own_area = city.settings.ref_area
        self.drawn: dict[tuple[str, ...], Any] = {}
        self._by_indicator: dict[str, list[Figure]] = {code: [] for code in city.indicators}
        for row in figures.iter_rows(named=True):
            self._by_indicator[row["indicator"]].append(row)
        self._totals: dict[str, dict[str, list[Figure]]] = {code: {} for code in city.indicators}
        for code, rows in self._by_indicator.items():
            rows.sort(key=lambda row: (*_latest_first(parse(row["time_period"])), *self._places(row)))
            for total in rows:
                if not self._is_breakdown(total):
                    self._totals[code].setdefault(total["ref_area"], []).append(total)

    @cached_property
    def counties(self) -> list[str]:
        """The areas directly below the city, each followed by the codes it replaced."""
        areas = self.city.areas
        return [c for child in areas.children(self.own_area) for c in (child, *areas.predecessors(child))]

    def rows(self, indicator: str) -> list[Figure]:
        """Return an indicator's figures, latest period first, breakdowns in the order of their code lists."""
        return self._by_indicator[indicator]

    @cached_property
    def _at(self) -> dict[str, int]:
        """Where each figure stands among those of its indicator."""
        return {row["figure_id"]: i for rows in self._by_indicator.values() for i, row in enumerate(rows)}

    @cached_property
    def _order(self) -> dict[str, dict[str, int]]:
        return {
            name: {code: i for i, code in enumerate([TOTAL, *(item.code for item in dimension.codes)])}
            for name, dimension in self.city.dimensions.items()
        }

    def _places(self, row: Figure) -> list[int]:
        return [self._order[name][row[name]] for name in self.city.dimensions]

    def totals(self, indicator: str, areas: Iterable[str] | None = None) -> list[Figure]:
        """Return the figures that are not broken down, of some areas or of all."""
        there = self._totals[indicator]
        chosen = there.keys() if areas is None else there.keys() & set(areas)
        if len(chosen) == 1:
            return list(there[next(iter(chosen))])
        found = [row for area in chosen for row in there[area]]
        return sorted(found, key=lambda row: self._at[row["figure_id"]])

    def subject(self, indicator: str) -> str | None:
        """Return the area a page is about: the city, or the nearest one that has figures."""
        if self.totals(indicator, [self.own_area]):
            return self.own_area
        found = self.headline(indicator)
        return found[0]["ref_area"] if found and not self._is_breakdown(found[0]) else None

    def peers(self, indicator: str) -> list[Figure]:
        """Return figures of areas that are neither the subject nor part of the city, not broken down."""
        inside = {self.own_area, self.subject(indicator), *self.counties}
        return [row for row in self.totals(indicator) if row["ref_area"] not in inside]

    def _is_breakdown(self, row: Figure) -> bool:
        return any(row[d] != TOTAL for d in self.city.dimensions)

    def broken_down(self, indicator: str) -> list[Figure]:
        """Return the figures with at least one dimension that is not the total."""
        return [row for row in self.rows(indicator) if self._is_breakdown(row)]

    def latest(self, rows: Iterable[Figure]) -> list[Figure]:
        """Return the rows of the best series there is, of its latest period: published, then computed."""
        found = list(rows)
        for series in SERIES:
            mine = [row for row in found if row["series"] == series]
            if mine:
                period = min(mine, key=lambda row: _latest_first(parse(row["time_period"])))["time_period"]
                return [row for row in mine if row["time_period"] == period]
        return []

    def by_county(self, indicator: str) -> list[Figure]:
        """Return the latest figures of the counties of today, not broken down."""
        return self.latest(self.totals(indicator, self.city.areas.children(self.own_area)))

    def by_code(self, indicator: str, dimension: str) -> list[Figure]:
        """Return the city's latest figures broken down by one dimension alone."""
        return self.latest(
            row
            for row in self.rows(indicator)
            if row["ref_area"] == self.own_area
            and row[dimension] != TOTAL
            and all(row[other] == TOTAL for other in self.city.dimensions if other != dimension)
        )

    def headline(self, indicator: str) -> list[Figure]:
        """Return what stands for an indicator: the latest headline figures of the nearest area.

        Nearest is the city, then its comparators in their order, then any other area.  Several
        figures come back when published values conflict, or when there are only breakdowns.
        """
        rows = [row for row in self.rows(indicator) if row["headline"]]
        areas = [self.own_area, *self.city.settings.publication.comparators, *(r["ref_area"] for r in rows)]
        for area in areas:
            mine = [row for row in rows if row["ref_area"] == area]
            totals = [row for row in mine if not self._is_breakdown(row)]
            if found := totals or mine:
                return [row for row in found if row["time_period"] == found[0]["time_period"]]
        return []

    def explained(self, indicator: str) -> list[Figure]:
        """Return the headline figures whose origin a page tells: those of the headline's area.

        Where there are breakdowns only, those of the headline's own period.
        """
        stand_for = self.headline(indicator)
        if not stand_for:
            return []
        whole, now = not self._is_breakdown(stand_for[0]), stand_for[0]["time_period"]
        return [
            row
            for row in self.rows(indicator)
            if row["headline"]
            and row["ref_area"] == stand_for[0]["ref_area"]
            and (not self._is_breakdown(row) if whole else row["time_period"] == now)
        ]


def _latest_first(period: Period) -> tuple[int, int]:
    return (-period.end.toordinal(), period.start.toordinal())
