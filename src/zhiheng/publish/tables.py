"""Tables as data: what the one table macro of the templates prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from zhiheng.publish.shown import Shown
from zhiheng.publish.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A target's light: a shape and a word beside the colour."""

    colour: Literal["green", "amber", "red", "grey"]
    word: str
    reason: str
    assumed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one cell: text, figures or a light, and smaller lines below.

    Attributes
    ----------
    text : str
    lang : str or None
        The text's language where it is not the page's.
    lead : str
        Words of the page's language before it.
    href : str or None
        Below the language's root; below the site's root when it begins with `/`.
    figures : tuple of Shown
        More than one where published values conflict.
    pads : tuple of str
        Invisible digits after each figure, so that decimal points stand below each other.
    light : Light or None
    code : bool
        Whether the text is a code or a condition.
    mark : str or None
        A word set apart, such as the one for simulated series.
    below : tuple of Cell
        Smaller lines.
    """

    text: str = ""
    lang: str | None = None
    lead: str = ""
    href: str | None = None
    figures: tuple[Shown, ...] = ()
    pads: tuple[str, ...] = ()
    light: Light | None = None
    code: bool = False
    mark: str | None = None
    below: tuple[Cell, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to print."""
        return not (self.text or self.figures or self.light or self.mark or self.below)

    @property
    def foreign(self) -> bool:
        """Whether it, or a smaller line, holds a text in another language than the page's."""
        return self.lang is not None or any(line.foreign for line in self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's head, with what holds for the whole column (its unit, say) in a smaller line below.

    A tight column never breaks its lines; a wide one has room for sentences; a wrapped one breaks the
    lines of its head, in a table that scrolls.  `href` is where the head leads, below the language's root.
    """

    label: str
    below: str = ""
    href: str | None = None
    numeric: bool = False
    tight: bool = False
    wide: bool = False
    wrapped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row; its first cell is its head.  A `break` row has one cell across all columns."""

    cells: list[Cell]
    anchor: str | None = None
    kind: Literal["plain", "own", "simulated", "break"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table.

    Attributes
    ----------
    name : str
        Its address on the page.
    caption : str
    mark : str or None
        A word set apart beside the caption, such as the one for simulated series.
    columns : list of Column
    rows : list of Row
    stacks : bool
        Whether rows become blocks on a narrow screen; else the table scrolls in its own box.
    legend : list of (flag, words)
    sources : list of (text, language or None)
        Sources of the figures, where they have no column.
    """

    name: str
    caption: str
    columns: list[Column]
    rows: list[Row]
    mark: str | None = None
    stacks: bool = True
    legend: list[tuple[str, str]] = field(default_factory=list)
    sources: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def foreign(self) -> bool:
        """Whether it holds texts in another language than the page's."""
        cells = (cell for row in self.rows for cell in row.cells)
        return any(lang for _, lang in self.sources) or any(cell.foreign for cell in cells)


def figures_in(rows: Iterable[Row]) -> list[Shown]:
    """Return every figure of some rows."""
    return [figure for row in rows for cell in row.cells for figure in cell.figures]


def aligned(rows: Sequence[Row]) -> list[Row]:
    """Return rows whose figures carry the digits that, printed invisibly, put points below each other."""
    decimals: dict[int, int] = {}
    for row in rows:
        for at, cell in enumerate(row.cells):
            for figure in cell.figures:
                decimals[at] = max(decimals.get(at, 0), _decimals(figure))
    return [
        dataclasses.replace(
            row,
            cells=[
                dataclasses.replace(cell, pads=tuple(_pad(f, decimals[at]) for f in cell.figures))
                if cell.figures
                else cell
                for at, cell in enumerate(row.cells)
            ],
        )
        for row in rows
    ]


def _decimals(figure: Shown) -> int:
    return len(figure.plain.partition(".")[2])


def _pad(figure: Shown, decimals: int) -> str:
    own = _decimals(figure)
    if figure.value is None or decimals == own:
        return ""
    return ("." if own == 0 else "") + "0" * (decimals - own)


NUMBERS = ("size", "rows", "figures")
"""Heads of plain columns that hold numbers."""
SHORT = (*NUMBERS, "version", "validity", "code", "sdmx_code")
"""Heads of plain columns that never break their lines."""

Line = list[Cell | str]
"""A row of a plain table, as it is written down."""


def plain_table(
    words: Words,
    name: str,
    heads: Sequence[str],
    rows: Iterable[Line],
    *,
    caption: str | None = None,
    sources: Sequence[tuple[str, str | None]] = (),
) -> Table:
    """Return a table of texts: heads by their words' keys, the last column wide.

    Parameters
    ----------
    caption : str, optional
        By default the words for `table_<name>`.
    """
    columns = [
        Column(
            label=words(head),
            numeric=head in NUMBERS,
            tight=head in SHORT,
            wide=i == len(heads) - 1 and i > 1,
        )
        for i, head in enumerate(heads)
    ]
    body = [Row(cells=[cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row]) for row in rows]
    title = caption or words(f"table_{name.replace('-', '_')}")
    return Table(name=name, caption=title, columns=columns, rows=body, sources=list(sources))
