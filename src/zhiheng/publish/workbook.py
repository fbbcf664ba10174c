"""Excel workbooks, of the same bytes whenever their contents are the same.

Text is written as text: a cell that begins with `=`, `+`, `-` or `@` is no formula, and is marked so
that it stays text when somebody edits it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CREATED = dt.datetime(2000, 1, 1)
"""What every workbook says of when it was made: the bytes must not depend on the day."""
ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet program might take for a formula."""
LIMIT = 32_767
"""Characters that a cell holds."""

Value = str | float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name : str
        At most 31 characters.
    heads : tuple of str
    rows : list of sequences
        Values, as many as heads; None is an empty cell.
    decimals : list of int or None, optional
        For each row, how many decimals its numbers are printed with; none: as they are.
    widths : tuple of int
        Of the columns, in characters.
    table : bool
        Whether the first row is a head that stays in sight and filters.
    """

    name: str
    heads: tuple[str, ...]
    rows: list[Sequence[Value]]
    widths: tuple[int, ...]
    decimals: list[int | None] = field(default_factory=list)
    table: bool = True


def write(path: Path, title: str, sheets: Sequence[Sheet]) -> None:
    """Write one workbook and the folders above it.

    Parameters
    ----------
    path : Path
    title : str
        Among the document's properties.
    sheets : sequence of Sheet
    """
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": CREATED})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    quoted = book.add_format({"quote_prefix": True, "valign": "top", "text_wrap": True})
    numbers = {n: book.add_format({"num_format": f"#,##0{'.' if n else ''}{'0' * n}"}) for n in range(7)}
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width)
        first = 0
        if sheet.table:
            page.write_row(0, 0, sheet.heads, head)
            page.freeze_panes(1, 1)
            page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.heads) - 1)
            page.repeat_rows(0)
            first = 1
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        plain = None if sheet.table else words
        for at, row in enumerate(sheet.rows):
            number = sheet.decimals[at] if sheet.decimals else None
            shown = None if number is None else numbers[number]
            for column, value in enumerate(row):
                if isinstance(value, str):
                    looks = quoted if value.startswith(ACTIVE) else plain
                    page.write_string(first + at, column, value[:LIMIT], looks)
                elif value is not None:
                    page.write_number(first + at, column, value, shown if isinstance(value, float) else None)
    book.close()
