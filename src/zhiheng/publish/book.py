"""The long table in the order in which pages ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import polars as pl

from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.periods import Period, parse
from zhiheng.publish.shown import Figure


class Book:
    """The figures of a city, by indicator, and by how an area stands to the city.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.
    """

    def __init__(self, city: City, figures: pl.DataFrame) -> None:
        self.city, self.frame = city, figures
        self.own_area = city.settings.ref_area
        self._by_indicator: dict[str, list[Figure]] = {code: [] for code in city.indicators}
        for row in figures.iter_rows(named=True):
            self._by_indicator[row["indicator"]].append(row)

    @cached_property
    def counties(self) -> list[str]:
        """The areas directly below the city, each followed by the codes it replaced."""
        areas = self.city.areas
        return [c for child in areas.children(self.own_area) for c in (child, *areas.predecessors(child))]

    def rows(self, indicator: str) -> list[Figure]:
        """Return an indicator's figures, latest period first; the table's order within a period."""
        return sorted(self._by_indicator[indicator], key=lambda r: _latest_first(parse(r["time_period"])))

    def totals(self, indicator: str, areas: Iterable[str] | None = None) -> list[Figure]:
        """Return the figures that are not broken down, of some areas or of all."""
        chosen = None if areas is None else set(areas)
        return [
            row
            for row in self.rows(indicator)
            if all(row[d] == TOTAL for d in self.city.dimensions)
            and (chosen is None or row["ref_area"] in chosen)
        ]

    def own(self, indicator: str) -> list[Figure]:
        """Return the city's own figures that are not broken down."""
        return self.totals(indicator, [self.own_area])

    def peers(self, indicator: str) -> list[Figure]:
        """Return figures of areas that are neither the city nor part of it, not broken down."""
        inside = {self.own_area, *self.counties}
        return [row for row in self.totals(indicator) if row["ref_area"] not in inside]

    def broken_down(self, indicator: str) -> list[Figure]:
        """Return the figures with at least one dimension that is not the total."""
        return [row for row in self.rows(indicator) if any(row[d] != TOTAL for d in self.city.dimensions)]

    def headline(self, indicator: str) -> list[Figure]:
        """Return what stands for an indicator: the latest headline figures of the nearest area.

        Nearest is the city, then its comparators in their order, then any other area.  Several
        figures come back when published values conflict, or when there are only breakdowns.
        """
        rows = [row for row in self.rows(indicator) if row["headline"]]
        areas = [self.own_area, *self.city.settings.publication.comparators, *(r["ref_area"] for r in rows)]
        for area in areas:
            mine = [row for row in rows if row["ref_area"] == area]
            totals = [row for row in mine if all(row[d] == TOTAL for d in self.city.dimensions)]
            if found := totals or mine:
                return [row for row in found if row["time_period"] == found[0]["time_period"]]
        return []

    def explained(self, indicator: str) -> list[Figure]:
        """Return the headline figures whose origin a page tells: those of the headline's area."""
        stand_for = self.headline(indicator)
        if not stand_for:
            return []
        whole = all(stand_for[0][d] == TOTAL for d in self.city.dimensions)
        return [
            row
            for row in self.rows(indicator)
            if row["headline"]
            and row["ref_area"] == stand_for[0]["ref_area"]
            and (not whole or all(row[d] == TOTAL for d in self.city.dimensions))
        ]


def _latest_first(period: Period) -> tuple[int, int]:
    return (-period.end.toordinal(), period.start.toordinal())
