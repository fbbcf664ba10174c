"""The records of a sheet, row by row, and everything in it that is not plain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from zhiheng.collect.findings import Findings
from zhiheng.collect.header import Header, loose
from zhiheng.collect.text_table import letters
from zhiheng.collect.workbook import Cell, Layout, Row, Workbook, as_text
from zhiheng.errors import Severity
from zhiheng.framework.contracts import Contract

_CHUNK = 50_000
_MOST_FOOT = 100
_MOST_LOST = 2
"""From this many cells under headings on, a row below the foot without a label is named."""
_EXACT = 10**15
"""Whole numbers below this have at most fifteen digits, which a workbook keeps."""

_ORDINALS = "甲乙丙丁戊己庚辛壬癸"
_EXTERNAL = re.compile(r"\[[^\]]+\][^!]*!")
FOOT = (
    "单位负责人", "统计负责人", "负责人", "填表人", "填报人", "制表人", "审核人", "复核人", "联系人",
    "联系电话", "电话", "分机号", "报出日期", "填报日期", "填表日期", "说明", "备注", "注", "填表说明",
    "填报说明",
    "prepared by", "approved by", "checked by", "telephone", "date of report", "note", "notes",
)  # fmt: skip
"""Labels that usually stand below a form's records; a contract's form adds its own."""


class _Flag:
    """Places of one rule in one field, on the way to a finding."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.texts: list[str] = []


_SEVERITIES: dict[str, Severity] = {
    "error_cell": "error",
    "formula_no_value": "error",
    "digits_lost": "error",
    "format_scales": "error",
    "code_padded": "error",
    "formula_empty": "warning",
    "formula_outside": "warning",
    "formula_read": "note",
    "number_in_text": "note",
}
_REFUSING = ("error_cell", "formula_no_value", "digits_lost", "format_scales", "code_padded")


class Reading:
    """The records of a sheet, row by row.

    Attributes
    ----------
    lines : list of int
        Rows of the records.
    foot : list of Row
        Rows from the first label of the foot on.
    refused : dict of str to list of int
        Field -> positions of records whose cell was named as wrong.
    """

    def __init__(
        self, book: Workbook, header: Header, contract: Contract, columns: dict[str, int], findings: Findings
    ) -> None:
        self._date1904 = book.date1904
        self._header, self._contract, self._findings = header, contract, findings
        self._names = list(columns)
        self._slots = {column: slot for slot, column in enumerate(columns.values())}
        self._is_text = [contract.field(name).type == "string" for name in self._names]
        self._chunks: list[pl.DataFrame] = []
        self._open: list[list[str | None]] = []
        self._flags: dict[tuple[str, int], _Flag] = {}
        self._foot = _foot_labels(contract)
        self._foot_begins = 0
        self._previous = header.last
        self.lines: list[int] = []
        self.foot: list[Row] = []
        self.refused: dict[str, list[int]] = {}
        self._hidden: list[int] = []
        self._blank: list[int] = []
        self._outside: dict[int, tuple[int, str, int]] = {}

    def take(self, row: Row) -> None:
        """Take a row below the heading: a record, a foot, or a row of column numbers."""
        if self._foot_begins:
            self._check_below_foot(row)
            self._keep_foot(row)
            return
        values: list[str | None] = [None] * len(self._names)
        others: list[Cell] = []
        position = len(self.lines)
        for cell in row.cells:
            slot = self._slots.get(cell.column)
            if slot is None:
                others.append(cell)
                continue
            text = as_text(cell, date1904=self._date1904)
            if cell.formula is not None or cell.kind != "text":
                rule = self._look(cell, slot, row.number, text)
                if rule in _REFUSING:
                    self.refused.setdefault(self._names[slot], []).append(position)
                    text = ""
                    values[slot] = None
                    others.append(cell)
            if text:
                values[slot] = text
        if self._is_foot(row):
            self._foot_begins = row.number
            self._keep_foot(row)
            self._drop_refused(position)
            return
        if not self.lines and self._is_numbering(row):
            self._previous = row.number
            return
        self._keep(row, values, others)

    def _keep(self, row: Row, values: list[str | None], others: list[Cell]) -> None:
        inside = [cell for cell in others if cell.column in self._slots]
        if not any(value and value.strip() for value in values) and not inside:
            self._take_outside(row, others)
            return
        self._take_outside(row, others)
        self._blank += range(self._previous + 1, row.number)[:1000]
        self._previous = row.number
        self.lines.append(row.number)
        if row.hidden:
            self._hidden.append(row.number)
        self._open.append(values)
        if len(self._open) >= _CHUNK:
            self._close_chunk()

    def _keep_foot(self, row: Row) -> None:
        if len(self.foot) < _MOST_FOOT:
            self.foot.append(row)

    def _drop_refused(self, position: int) -> None:
        for rows in self.refused.values():
            while rows and rows[-1] >= position:
                rows.pop()

    def _look(self, cell: Cell, slot: int, line: int, text: str) -> str:
        """Flag what a cell is beside its text; return the rule that counts most."""
        rule = ""
        if cell.kind == "error":
            rule = "error_cell"
        elif cell.formula is not None and not cell.text:
            # An old workbook writes a result that was never computed as it writes an empty text.
            rule = "formula_no_value" if cell.kind != "text" else "formula_empty"
            text = f"={cell.formula}"
        elif cell.kind == "number" and (rule := self._shown_otherwise(cell, slot, text)):
            text = f"{text} ({cell.format.code})"
        elif cell.formula is not None:
            rule = "formula_outside" if _EXTERNAL.search(cell.formula) else "formula_read"
            text = f"={cell.formula} → {text}" if cell.formula else text
        elif cell.kind == "number" and self._is_text[slot] and cell.format.sort != "date":
            rule = "digits_lost" if _is_long(cell.text) else "number_in_text"
        if rule:
            flag = self._flags.setdefault((rule, slot), _Flag())
            flag.lines.append(line)
            flag.texts.append(text)
        return rule

    def _shown_otherwise(self, cell: Cell, slot: int, text: str) -> str:
        """Return the rule that a number breaks which the sheet shows as another one, or nothing."""
        if cell.format.sort == "scaled":
            return "format_scales"
        return "code_padded" if self._is_text[slot] and cell.format.width > len(text) else ""

    def _take_outside(self, row: Row, cells: Sequence[Cell]) -> None:
        """Remember the first text in each column that has no heading."""
        for cell in cells:
            if cell.column in self._slots or cell.column in self._header.texts:
                continue
            line, text, count = self._outside.get(cell.column, (row.number, cell.text, 0))
            self._outside[cell.column] = (line, text, count + 1)

    def _is_numbering(self, row: Row) -> bool:
        """Return whether a row numbers the columns, as forms do below the heading: 甲 乙 1 2 3."""
        texts = [as_text(cell, date1904=self._date1904).strip("()（） ") for cell in row.cells]
        ordinals = [text for text in texts if text and text in _ORDINALS]
        numbers = [text for text in texts if text not in ordinals]
        counted = [f"{i}" for i in range(1, len(numbers) + 1)]
        return bool(ordinals) and ordinals == list(_ORDINALS[: len(ordinals)]) and numbers == counted

    def _is_foot(self, row: Row) -> bool:
        """Return whether a row begins with a label of the form's foot."""
        first = next((cell for cell in row.cells if cell.kind == "text" and cell.text.strip()), None)
        if first is None or first is not row.cells[0]:
            return False
        text = first.text.strip()
        label = re.split("[:：]", text, maxsplit=1)[0]
        if loose(label) not in self._foot:
            return False
        # A label alone in its cell could be a value: then the row must not be filled like a record.
        filled = sum(1 for cell in row.cells if cell.column in self._slots and cell.text.strip())
        return label != text or 2 * filled <= max(2, len(self._names))

    def _check_below_foot(self, row: Row) -> None:
        """Name a row below the foot that is filled like a record, or partly so: it would be lost."""
        filled = [cell for cell in row.cells if cell.column in self._slots and cell.text.strip()]
        labelled = any(loose(re.split("[:：]", cell.text)[0]) in self._foot for cell in row.cells)
        if len(filled) < _MOST_LOST or labelled:
            return
        severity: Severity = "error" if 2 * len(filled) > max(2, len(self._names)) else "warning"
        args = {"foot": self._foot_begins}
        self._findings.one(
            rule="row_below_foot", line=row.number, found=filled[0].text, severity=severity, args=args
        )

    def _close_chunk(self) -> None:
        if self._open:
            columns = zip(*self._open, strict=True)
            series = [
                pl.Series(name, list(values), dtype=pl.String)
                for name, values in zip(self._names, columns, strict=True)
            ]
            self._chunks.append(pl.DataFrame(series))
            self._open = []

    def frame(self) -> pl.DataFrame:
        """Return the records read so far."""
        self._close_chunk()
        empty = pl.DataFrame(schema=dict.fromkeys(self._names, pl.String))
        return pl.concat([empty, *self._chunks], rechunk=True)

    def finish(self, layout: Layout) -> None:
        """Report what was met on the way, and what the sheet's layout says."""
        findings = self._findings
        first, last = self.lines[0], self.lines[-1]
        for (rule, slot), flag in self._flags.items():
            keep = [i for i, line in enumerate(flag.lines) if first <= line <= last]
            findings.add(
                rule=rule,
                lines=pl.Series([flag.lines[i] for i in keep], dtype=pl.Int64),
                found=pl.Series([flag.texts[i] for i in keep], dtype=pl.String),
                field=self._names[slot],
                severity=_SEVERITIES[rule],
            )
        for rule, rows in (("blank_lines", self._blank), ("rows_hidden", self._hidden)):
            lines = pl.Series(rows, dtype=pl.Int64)
            texts = pl.repeat("", len(rows), dtype=pl.String, eager=True)
            findings.add(rule=rule, lines=lines, found=texts, severity="note")
        for column, (line, text, count) in sorted(self._outside.items()):
            findings.one(
                rule="cell_outside", line=line, found=text, column=letters(column), args={"cells": count}
            )
        self._check_merged(layout)
        for name, column in zip(self._names, self._slots, strict=True):
            if column in layout.hidden_columns:
                findings.one(
                    rule="column_hidden",
                    line=self._header.last,
                    found=name,
                    column=letters(column),
                    severity="note",
                )

    def _check_merged(self, layout: Layout) -> None:
        """Name merged cells that cover more than one cell of the records."""
        first, last = self.lines[0], self.lines[-1]
        for area in sorted(layout.merged, key=lambda a: (a.top, a.left)):
            rows = min(area.bottom, last) - max(area.top, first) + 1
            columns = [c for c in self._slots if area.left <= c <= area.right]
            if rows > 0 and columns and rows * len(columns) > 1:
                address = f"{letters(area.left)}{area.top}:{letters(area.right)}{area.bottom}"
                self._findings.one(
                    rule="cells_merged", line=area.top, found=address, column=letters(area.left)
                )


def _is_long(stored: str) -> bool:
    """Return whether a stored number has more digits than a workbook keeps."""
    try:
        return abs(float(stored)) >= _EXACT
    except ValueError:
        return False


def _foot_labels(contract: Contract) -> frozenset[str]:
    own: Iterator[str] = iter(())
    if contract.form is not None:
        own = (title for cell in contract.form.foot for title in (cell.title.zh, cell.title.en))
    return frozenset(loose(label) for label in (*FOOT, *own))
