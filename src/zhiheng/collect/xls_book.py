"""An old workbook (BIFF in an OLE container), as Excel 97-2003 and WPS save it under `.xls`."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

from zhiheng.collect import guard, limits
from zhiheng.collect.workbook import (
    GENERAL,
    Area,
    Cell,
    CellKind,
    Layout,
    NumberFormat,
    Row,
    Sheet,
    number_format,
    raised,
)
from zhiheng.errors import Problem, ZhihengError

_FORMULAS = (0x0006, 0x0206, 0x0406)
_END_OF_SHEET = 0x000A
_POSITIONS = {1: "superscript", 2: "subscript"}
"""How a font of the library says that it stands above or below the line."""


class XlsBook:
    """An old workbook.

    Parameters
    ----------
    raw : bytes
        The file.
    where : str
        How messages call it.

    Raises
    ------
    ZhihengError
        When it is damaged or locked by a password.
    """

    def __init__(self, raw: bytes, where: str) -> None:
        import xlrd

        self._where = where
        with guard.damaged(where):
            try:
                self._book: Any = xlrd.open_workbook(
                    file_contents=raw,
                    formatting_info=True,
                    on_demand=True,
                    ragged_rows=True,
                    logfile=io.StringIO(),
                )
            except xlrd.XLRDError as error:
                if "encrypted" in str(error):
                    raise ZhihengError([Problem(where=where, rule="password_protected")]) from None
                raise
            names = self._book.sheet_names()
            self.sheets = [
                Sheet(name, bool(hidden))
                for name, hidden in zip(names, self._book._sheet_visibility, strict=True)
            ]
            self.date1904 = bool(self._book.datemode)
            self.has_macros = guard.has_vba(raw)
            self._formats = [self._format(xf) for xf in self._book.xf_list]

    def _format(self, xf: Any) -> NumberFormat:
        spelt = self._book.format_map.get(xf.format_key)
        return number_format(xf.format_key, spelt.format_str if spelt is not None else None)

    def rows(self, sheet: str, layout: Layout) -> Iterator[Row]:
        """Yield a sheet's rows that are not empty, and tell its layout on the way."""
        with guard.damaged(self._where):
            number = self._book.sheet_names().index(sheet)
            page = self._book.sheet_by_index(number)
            formulas = set(self._formula_cells(number))
            layout.hidden_columns |= {c for c, info in page.colinfo_map.items() if info.hidden}
            layout.merged += [Area(a + 1, b, c, d - 1) for a, b, c, d in page.merged_cells]
            rows = [row for i in range(page.nrows) if (row := self._row(page, i, formulas)).cells]
            self._book.unload_sheet(number)
        yield from rows

    def _row(self, page: Any, i: int, formulas: set[tuple[int, int]]) -> Row:
        info = page.rowinfo_map.get(i)
        cells = []
        for j in range(page.row_len(i)):
            kind, text = _read(page.cell_type(i, j), page.cell_value(i, j))
            if kind is None and (i, j) not in formulas:
                continue
            if len(text) > limits.MOST_CELL_TEXT:
                raise ValueError(f"row {i + 1}: {len(text)} characters")
            if runs := page.rich_text_runlist_map.get((i, j)):
                text = self._with_raised(text, runs)
            style = page.cell_xf_index(i, j)
            shape = self._formats[style] if style < len(self._formats) else GENERAL
            cells.append(Cell(j, kind or "text", text, shape, "" if (i, j) in formulas else None))
        return Row(i + 1, bool(info is not None and info.hidden), cells)

    def _with_raised(self, text: str, runs: list[tuple[int, int]]) -> str:
        """Return a text of runs, each given by where it begins and its font."""
        begins = [0, *(begin for begin, _ in runs)]
        positions = ["", *(_POSITIONS.get(self._book.font_list[font].escapement, "") for _, font in runs)]
        ends = [*begins[1:], len(text)]
        return "".join(
            raised(text[begin:end], position)
            for begin, end, position in zip(begins, ends, positions, strict=True)
        )

    def _formula_cells(self, number: int) -> Iterator[tuple[int, int]]:
        """Yield the places of formulas, which the library reads as their results alone."""
        memory, at = self._book.mem, self._book._sh_abs_posn[number]
        while at + 8 <= len(memory):
            code, length = struct.unpack_from("<HH", memory, at)
            if code in _FORMULAS:
                yield struct.unpack_from("<HH", memory, at + 4)
            elif code == _END_OF_SHEET:
                return
            at += 4 + length


def _read(kind: int, value: Any) -> tuple[CellKind | None, str]:
    """Return a cell's kind and stored text by the library's types; None for an empty cell."""
    import xlrd

    if kind == xlrd.XL_CELL_TEXT:
        return ("text", value) if value else (None, "")
    if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return "number", f"{value!r}"
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "boolean", "1" if value else "0"
    if kind == xlrd.XL_CELL_ERROR:
        return "error", xlrd.error_text_from_code.get(value, "#?")
    return None, ""
