"""Columns as wide as what stands in them asks for: Word does this when it opens a file, others do not.

Only tables in the style `ZhihengTable` are fitted, and lines in the style `ZhihengRedHead`; what an
office lays out in styles of its own stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from docx.oxml.ns import qn

TABLE, HEAD, SIGNATURE = "ZhihengTable", "ZhihengRedHead", "Signature"
KEPT = 2
"""How many paragraphs or rows stay on the page of the signature."""
TWIP = 635
"""A twentieth of a point, in which Word gives widths, in its unit of length."""
CHARACTER = 96
"""About how wide a Latin character of a table is, in twentieths of a point."""
LEAST, MOST, SHORT = 4, 60, 12
"""Characters: what a column has at least, what it asks for at most, and what is never broken."""
ROOM = 3
"""What the edges of a cell take, in characters."""
HALF_POINT = 6350
"""Word gives sizes of letters in halves of a point."""


def fit(document: Any) -> None:
    """Set the columns of a document's tables, each table as wide as the text, and its red head."""
    section = document.sections[0]
    whole = int(section.page_width - section.left_margin - section.right_margin) // TWIP
    for table in document.element.body.iter(qn("w:tbl")):
        style = table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
        if style is not None and style.get(qn("w:val")) == TABLE:
            _fit(table, whole)
    for paragraph in document.paragraphs:
        if paragraph.style.name == HEAD:
            _fit_line(paragraph, whole)
        elif paragraph.style.name == SIGNATURE:
            _keep_with_text(paragraph)
            break


def _keep_with_text(signature: Any) -> None:
    """Keep the last lines of text on the page of the signature: GB/T 9704 lets it stand on no page alone."""
    before = list(signature._p.itersiblings(preceding=True))[:KEPT]
    for element in before:
        rows = element.findall(qn("w:tr"))[-KEPT:]
        for paragraph in [p for row in rows for p in row.iter(qn("w:p"))] or element.iter(qn("w:p")):
            properties = paragraph.get_or_add_pPr()
            properties.get_or_add_keepNext()
        if rows:
            break


def _fit_line(paragraph: Any, whole: int) -> None:
    """Make a line of large letters smaller until it stands on one line."""
    halves = width(paragraph.text)
    size = paragraph.style.font.size
    if halves and size is not None:
        fitting = whole * TWIP * 2 // (halves + 1)
        for run in paragraph.runs:
            run.font.size = min(size, fitting // HALF_POINT * HALF_POINT)


def _fit(table: Any, whole: int) -> None:
    rows = [row.findall(qn("w:tc")) for row in table.findall(qn("w:tr"))]
    columns = max(len(row) for row in rows)
    given = shares([[_text(cell) for cell in row] for row in rows if len(row) == columns], whole)
    grid = table.find(qn("w:tblGrid"))
    for old in list(grid):
        grid.remove(old)
    for wide in given:
        grid.append(grid.makeelement(qn("w:gridCol"), {qn("w:w"): str(wide)}))
    for row in rows:
        for cell, wide in zip(row, given, strict=False):
            _set_width(cell, wide)


def _set_width(cell: Any, wide: int) -> None:
    properties = cell.find(qn("w:tcPr"))
    if properties is None:
        properties = cell.makeelement(qn("w:tcPr"), {})
        cell.insert(0, properties)
    old = properties.find(qn("w:tcW"))
    if old is not None:
        properties.remove(old)
    properties.insert(0, cell.makeelement(qn("w:tcW"), {qn("w:w"): str(wide), qn("w:type"): "dxa"}))


def _text(cell: Any) -> list[str]:
    """Return the lines of a cell."""
    lines = [""]
    for element in cell.iter(qn("w:t"), qn("w:br"), qn("w:p")):
        if element.tag == qn("w:t"):
            lines[-1] += element.text or ""
        elif lines[-1]:
            lines.append("")
    return lines


def shares(rows: Sequence[Sequence[Sequence[str]]], whole: int) -> list[int]:
    """Return how wide each column is.

    Every column first has what its shortest form takes: a word that cannot be broken, or a short
    line as it stands.  What is left goes to those that ask for more, by how much more they ask.

    Parameters
    ----------
    rows : sequence of rows of cells of lines
    whole : int
        How wide the table is, in twentieths of a point.
    """
    least, wanted = [], []
    for cells in zip(*rows, strict=True):
        lines = [line for cell in cells for line in cell]
        longest = max((width(line) for line in lines), default=0)
        words = [word for line in lines for word in re.split(r"(?<=[\u2e80-\uffef])|\s", line)]
        short = longest if longest <= SHORT else min(max(map(width, words), default=0), MOST)
        least.append((max(LEAST, short) + ROOM) * CHARACTER)
        wanted.append((max(LEAST, min(longest, MOST)) + ROOM) * CHARACTER)
    more = [w - n for w, n in zip(wanted, least, strict=True)]
    left = whole - sum(least)
    if left < 0 or not any(more) or left > sum(more):
        asked = least if left < 0 else wanted
        return [whole * share // sum(asked) for share in asked]
    return [n + left * m // sum(more) for n, m in zip(least, more, strict=True)]


def width(text: str) -> int:
    """Return how wide a text is in half characters: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
