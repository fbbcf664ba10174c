"""Columns as wide as what stands in them asks for: Word does this when it opens a file, others do not.

Only tables in the style `ZhihengTable` are fitted; an office's own tables keep the widths it gave them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from docx.oxml.ns import qn

STYLE = "ZhihengTable"
LEAST, MOST = 4.0, 34.0
"""Least and greatest width that a column asks for, in Latin characters."""
TWIP = 635
"""A twentieth of a point, in which Word gives widths, in its unit of length."""
ROOM = 2.5
"""What the edges of a cell take, in Latin characters."""


def fit(document: Any) -> None:
    """Set the columns of a document's tables, each table as wide as the text."""
    section = document.sections[0]
    whole = (
        int(section.page_width - section.left_margin - section.right_margin) // 635
    )  # twentieths of a point
    for table in document.element.body.iter(qn("w:tbl")):
        style = table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
        if style is not None and style.get(qn("w:val")) == STYLE:
            _fit(table, whole)


def _fit(table: Any, whole: int) -> None:
    rows = [row.findall(qn("w:tc")) for row in table.findall(qn("w:tr"))]
    columns = max(len(row) for row in rows)
    wanted = shares([[_text(cell) for cell in row] for row in rows if len(row) == columns])
    given = [int(whole * share / sum(wanted)) for share in wanted]
    grid = table.find(qn("w:tblGrid"))
    for old in list(grid):
        grid.remove(old)
    for width in given:
        column = grid.makeelement(qn("w:gridCol"), {qn("w:w"): str(width)})
        grid.append(column)
    for row in rows:
        for cell, width in zip(row, given, strict=False):
            _set_width(cell, width)


def _set_width(cell: Any, width: int) -> None:
    properties = cell.find(qn("w:tcPr"))
    if properties is None:
        properties = cell.makeelement(qn("w:tcPr"), {})
        cell.insert(0, properties)
    old = properties.find(qn("w:tcW"))
    if old is not None:
        properties.remove(old)
    properties.insert(0, cell.makeelement(qn("w:tcW"), {qn("w:w"): str(width), qn("w:type"): "dxa"}))


def _text(cell: Any) -> list[str]:
    """Return the lines of a cell."""
    lines = [""]
    for element in cell.iter(qn("w:t"), qn("w:br"), qn("w:p")):
        if element.tag == qn("w:t"):
            lines[-1] += element.text or ""
        elif lines[-1]:
            lines.append("")
    return lines


def shares(rows: Sequence[Sequence[Sequence[str]]]) -> list[float]:
    """Return how wide each column wants to be, in Latin characters.

    A column wants its longest line, up to a limit, and never less than its longest word that cannot
    be broken.

    Parameters
    ----------
    rows : sequence of rows of cells of lines
    """
    found = []
    for cells in zip(*rows, strict=True):
        lines = [line for cell in cells for line in cell]
        longest = max((_width(line) for line in lines), default=0)
        word = max(
            (_width(w) for line in lines for w in re.split(r"(?<=[\u2e80-\uffef])|\s", line)), default=0
        )
        found.append(max(LEAST, min(longest, MOST), min(word, MOST)) + ROOM)
    return found


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
