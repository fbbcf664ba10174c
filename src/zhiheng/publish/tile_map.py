"""The map of equal tiles: one cell a county, coloured by value, the value printed in it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.framework.indicators import Indicator
from zhiheng.publish import numbers
from zhiheng.publish.book import Book
from zhiheng.publish.shown import Figure, Shown, Voice

STEPS = 5
"""Shades of the map."""
LEAST = 3
"""With fewer counties that have a value there is no map: nothing could be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One county on the map.

    Attributes
    ----------
    row, column : int
        From the north-west, from 1.
    code, area : str
    figures : tuple of Shown
        None where nothing was published; several where published values conflict.
    step : int or None
        Its shade, from 0; None where it has no single value.
    """

    row: int
    column: int
    code: str
    area: str
    figures: tuple[Shown, ...]
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TileMap:
    """A map of one indicator in one period.

    Attributes
    ----------
    name : str
        Its address on the page.
    title : str
    mark : str or None
        The word for a series that is not published.
    cells : list of Cell
        Row by row from the north, as they are read.
    columns : int
    legend : list of (step, words)
    missing : bool
        Whether a county has no value.
    """

    name: str
    title: str
    mark: str | None
    cells: list[Cell]
    columns: int
    legend: list[tuple[int, str]]
    missing: bool


def tile_map(voice: Voice, book: Book, indicator: Indicator) -> TileMap | None:
    """Return the map of an indicator's latest county figures, or None where there is none to draw.

    Parameters
    ----------
    voice : Voice
    book : Book
    indicator : Indicator
    """
    rows, tiles = book.by_county(indicator.indicator), book.city.outline.tiles
    found: dict[str, list[Figure]] = {}
    for row in rows:
        found.setdefault(row["ref_area"], []).append(row)
    single = {area: mine[0] for area, mine in found.items() if len(mine) == 1}
    valued = {area: row for area, row in single.items() if row["obs_value"] is not None}
    if not tiles or len(valued) < LEAST:
        return None
    decimals = max(row["decimals"] for row in valued.values())
    values = {area: float(numbers.rounded(row["obs_value"], decimals)) for area, row in valued.items()}
    edges = _edges(list(values.values()), decimals)
    cells = [
        Cell(
            row=tile.row,
            column=tile.column,
            code=tile.ref_area,
            area=voice.area(tile.ref_area),
            figures=tuple(voice.show(row) for row in found.get(tile.ref_area, ())),
            step=_step(values[tile.ref_area], edges) if tile.ref_area in values else None,
        )
        for tile in sorted(tiles, key=lambda tile: (tile.row, tile.column))
    ]
    series = rows[0]["series"]
    return TileMap(
        name=f"map-{indicator.indicator}",
        title=voice.words(
            "map_title",
            indicator=voice(indicator.name),
            period=voice.period(rows[0]["time_period"]),
            unit=voice.unit_inside(indicator.unit_measure),
        ),
        mark=None if series == "published" else voice.words(f"series_{series}"),
        cells=cells,
        columns=max(tile.column for tile in tiles),
        legend=_legend(edges, decimals),
        missing=any(cell.step is None for cell in cells),
    )


def _edges(values: Sequence[float], decimals: int) -> list[float]:
    """Return the bounds of the shades: equal widths from the least to the greatest value, as printed.

    Where values are too near for so many shades at the printed decimals there are fewer.
    """
    low, high = min(values), max(values)
    cuts = [float(numbers.rounded(low + (high - low) * i / STEPS, decimals)) for i in range(STEPS + 1)]
    return sorted(set(cuts))


def _step(value: float, edges: Sequence[float]) -> int:
    """Return a value's shade; the greatest value belongs to the last one."""
    return max(0, min(sum(value >= edge for edge in edges) - 1, len(edges) - 2))


def _legend(edges: Sequence[float], decimals: int) -> list[tuple[int, str]]:
    if len(edges) == 1:
        return [(0, numbers.printed(edges[0], decimals))]
    return [
        (step, f"{numbers.printed(low, decimals)}–{numbers.printed(high, decimals)}")
        for step, (low, high) in enumerate(itertools.pairwise(edges))
    ]
