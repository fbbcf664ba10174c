"""Tables as data: what the one table macro of the templates prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from zhiheng.publish.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A target's light: a shape and a word beside the colour."""

    colour: Literal["green", "amber", "red", "grey"]
    word: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one cell: text, figures or a light, and smaller lines below.

    Attributes
    ----------
    text : str
    lang : str or None
        The text's language where it is not the page's.
    href : str or None
        Below the language's root; below the site's root when it begins with `/`.
    figures : tuple of Shown
        More than one where published values conflict.
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
    href: str | None = None
    figures: tuple[Shown, ...] = ()
    light: Light | None = None
    code: bool = False
    mark: str | None = None
    below: tuple[Cell, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to print."""
        return not (self.text or self.figures or self.light or self.mark or self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's head."""

    label: str
    numeric: bool = False
    wide: bool = False


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
    stacks: bool = True
    legend: list[tuple[str, str]] = field(default_factory=list)
    sources: list[tuple[str, str | None]] = field(default_factory=list)


def figures_in(rows: Iterable[Row]) -> list[Shown]:
    """Return every figure of some rows."""
    return [figure for row in rows for cell in row.cells for figure in cell.figures]
