"""The rows of a delivered file as they stand, and where each problem's cells are among them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhiheng.collect import encoding, limits, sheet_reader
from zhiheng.collect.check import CheckedFile
from zhiheng.collect.findings import Findings, Marked
from zhiheng.collect.guard import WORKBOOKS
from zhiheng.collect.reader import READERS
from zhiheng.collect.text_table import letters
from zhiheng.collect.workbook import Layout, as_text
from zhiheng.errors import ZhihengError
from zhiheng.framework.city import City

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A delivered file's cells and where they stand in the answer.

    Attributes
    ----------
    sheet : str
        The sheet's name; of its followers where one sheet is too short, the stem.
    rows : callable
        Yields each row's number, from 1 and without a gap, and its texts.
    columns : mapping of str to int
        Field -> column, from 0.
    lines : mapping of int to int, or None
        Line of the file -> row of the answer; None where they are the same but for `offset`.
    offset : int
    first : int
        Column of a problem that is about a whole row.
    copy : openpyxl.Workbook or None
        A copy of a workbook that is to be marked; None where the rows are written anew.
    """

    sheet: str
    rows: Callable[[], Iterator[tuple[int, Sequence[str]]]]
    columns: Mapping[str, int]
    lines: Mapping[int, int] | None = None
    offset: int = 0
    first: int = 0
    copy: Any = None

    def row(self, line: int) -> int | None:
        """Return a line's row; None where there is none."""
        if line < 1:
            return None
        return line + self.offset if self.lines is None else self.lines.get(line)

    def cells(self, marked: Marked) -> Iterator[tuple[int, int]]:
        """Yield the cells that a problem is about: of its fields, else the row's first one."""
        row = self.row(marked.line)
        if row is None:
            return
        if marked.column:
            yield row, _number(marked.column)
            return
        fields = [f for f in marked.field.split(", ") if f in self.columns]
        yield from ((row, self.columns[f]) for f in fields)
        if not fields:
            yield row, self.first

    def address(self, marked: Marked) -> str:
        """Return the place of a problem's first cell for a link; empty where it has none."""
        for row, column in self.cells(marked):
            within = (row - 1) % limits.SHEET_ROWS + 1 if self.copy is None else row
            name = self.sheet_of(row).replace("'", "''")
            return f"'{name}'!{letters(column)}{within}"
        return ""

    def sheet_of(self, row: int) -> str:
        """Return the name of the sheet that holds a row of the answer."""
        follower = (row - 1) // limits.SHEET_ROWS
        return self.sheet if not follower else f"{self.sheet[:25]} {follower + 1}"


def _number(column: str) -> int:
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def grid_of(city: City, file: CheckedFile) -> Grid | None:
    """Return the rows of a delivered file; None where it could not be read as a table."""
    if file.frame is None:
        return None
    suffix = file.path.suffix.lower()
    try:
        raw = file.path.read_bytes()
        if suffix in WORKBOOKS:
            return _of_workbook(raw, suffix, file)
        return _of_csv(raw, file) if suffix == ".csv" else _of_table(raw, city, file)
    except (OSError, ZhihengError, csv.Error):
        return None  # it was there a moment ago; the list of problems stands by itself


def _sheet_name(file: CheckedFile) -> str:
    return _NOT_IN_NAMES.sub("_", file.path.stem)[:31] or file.table


def _of_csv(raw: bytes, file: CheckedFile) -> Grid:
    text = encoding.to_utf8(raw, file.where)[0].decode("utf-8")
    lines: dict[int, int] = {}
    head: list[str] = []
    reader = csv.reader(io.StringIO(text, newline=""))
    before = 0
    for number, cells in enumerate(reader, start=1):
        lines[before + 1] = number
        before = reader.line_num
        if not head and any(cell.strip() for cell in cells):
            head = cells
    columns = {name.strip(): i for i, name in enumerate(head)}
    return Grid(
        sheet=_sheet_name(file),
        rows=lambda: enumerate(csv.reader(io.StringIO(text, newline="")), start=1),
        columns=columns,
        lines=lines,
    )


def _of_table(raw: bytes, city: City, file: CheckedFile) -> Grid:
    """Return the rows of a file of typed columns, under a heading of the fields' names."""
    contract = city.contracts[file.table]
    frame = READERS[file.path.suffix.lower()](raw, contract, Findings(file.where)).frame

    def rows() -> Iterator[tuple[int, Sequence[str]]]:
        yield 1, frame.columns
        for number, cells in enumerate(frame.iter_rows(), start=2):
            yield number, [cell or "" for cell in cells]

    return Grid(
        sheet=_sheet_name(file),
        rows=rows,
        columns={name: i for i, name in enumerate(frame.columns)},
        offset=1,  # the heading
    )


def _of_workbook(raw: bytes, suffix: str, file: CheckedFile) -> Grid:
    book = sheet_reader.open_workbook(raw, suffix, file.where)

    def rows() -> Iterator[tuple[int, Sequence[str]]]:
        last = 0
        for row in book.rows(file.sheet, Layout()):
            yield from ((number, []) for number in range(last + 1, row.number))
            texts = {cell.column: as_text(cell, date1904=book.date1904) for cell in row.cells}
            yield row.number, [texts.get(column, "") for column in range(max(texts) + 1)]
            last = row.number

    return Grid(
        sheet=file.sheet,
        rows=rows,
        columns=file.columns,
        first=min(file.columns.values(), default=0),
        copy=_copy(raw) if suffix != ".xls" and len(raw) <= limits.MOST_COPIED else None,
    )


def _copy(raw: bytes) -> Any:
    """Open a workbook to be marked; None where the library that writes does not take it."""
    from openpyxl import load_workbook

    try:
        return load_workbook(io.BytesIO(raw), data_only=True, keep_links=False)
    except Exception:  # it is stricter than our reader; the rows are then written anew
        return None
