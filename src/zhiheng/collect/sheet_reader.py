"""A delivered workbook as a table of text, every cell with its true address.

The table is the one that the contract's headings stand above: what is over them is the form's
head, and a row that begins with one of the form's foot labels ends the records.  What a sheet can
hide is named: formulas, errors, merged cells, hidden rows, columns and sheets, text outside the
table, numbers that a code was turned into.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence

import polars as pl

from zhiheng.collect import forms, guard
from zhiheng.collect.findings import Findings
from zhiheng.collect.header import MOST_COLUMNS, Header, name_missing, name_strange
from zhiheng.collect.sheet_choice import OWN_SHEETS, choose
from zhiheng.collect.sheet_records import Reading
from zhiheng.collect.text_table import FormParts, SheetPlace, TextTable, letters
from zhiheng.collect.workbook import Layout, Workbook, padded
from zhiheng.collect.xls_book import XlsBook
from zhiheng.collect.xlsx_book import XlsxBook
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.contracts import Contract

_OPEN: dict[str, Callable[[bytes, str], Workbook]] = {
    ".xlsx": XlsxBook,
    ".xlsm": XlsxBook,
    ".xls": XlsBook,
}


def open_workbook(raw: bytes, suffix: str, where: str) -> Workbook:
    """Open a workbook by its suffix.

    Raises
    ------
    ZhihengError
        When its bytes are something else, damaged, locked, or would unpack to too much.
    """
    guard.expect(raw, "xls" if suffix == ".xls" else "xlsx", suffix, where)
    return _OPEN[suffix](raw, where)


def read(raw: bytes, suffix: str, contract: Contract, findings: Findings) -> TextTable:
    """Read a workbook's bytes.

    Parameters
    ----------
    raw : bytes
    suffix : str
        ``".xlsx"``, ``".xlsm"`` or ``".xls"``.
    contract : Contract
        Whose fields, or their titles, the heading must name, in any order.
    findings : Findings
        Takes what is wrong with single cells, and learns to give their addresses.

    Returns
    -------
    TextTable

    Raises
    ------
    ZhihengError
        When the file cannot be taken for a table at all.
    """
    where = findings.where
    book = open_workbook(raw, suffix, where)
    identity = forms.identity(book, contract, where)
    sheet, header = choose(book, contract, where)
    if header.deep:
        place = f"{where}!{sheet.name}!{header.first}:{header.first + 2}"
        shown = ", ".join(header.texts.values())[:60]
        raise ZhihengError([Problem(where=place, rule="heading_three_rows", found=shown)])
    if identity:
        header = _without_last(header, findings)
    columns = _check_header(header, contract, findings, sheet.name)
    reading = Reading(book, header, contract, columns, findings)
    layout = Layout()
    for row in book.rows(sheet.name, layout):
        if row.number > header.last:
            reading.take(row)
    if not reading.lines:
        shown = ", ".join(header.texts.values())[:60]
        problem = Problem(where=f"{where}!{sheet.name}", rule="no_records", found=shown)
        raise ZhihengError([*findings.problems(), problem])
    reading.finish(layout)
    _note_workbook(book, findings)
    frame = pad_decimals(reading.frame(), contract)
    lines = pl.Series("source_line", reading.lines, dtype=pl.Int64)
    refused = {name: _mask(rows, lines.len()) for name, rows in reading.refused.items()}
    foot = forms.read_foot(reading.foot, contract, date1904=book.date1904)
    form = FormParts(identity=identity, foot=foot)
    return TextTable(frame, lines, lines.len(), sheet=sheet.name, columns=columns, refused=refused, form=form)


def _without_last(header: Header, findings: Findings) -> Header:
    """Take the columns of last period's values, which a form shows to compare with, out of a heading."""
    last = {c: t for c, t in header.texts.items() if c not in header.fields and forms.is_last_column(t)}
    findings.add(
        rule="last_columns_skipped",
        lines=pl.Series([header.last] * len(last), dtype=pl.Int64),
        found=pl.Series(list(last.values()), dtype=pl.String),
        severity="note",
    )
    return dataclasses.replace(header, skipped=frozenset(last))


def _mask(rows: Sequence[int], height: int) -> pl.Series:
    return pl.repeat(False, height, eager=True).scatter(pl.Series(rows, dtype=pl.UInt32), True)


def pad_decimals(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Write a number with as many zeros at its end as its count of decimals says it was printed with.

    A number in a workbook or a Parquet file has no zeros at its end: 93.0 is stored as 93.
    """
    for spec in contract.fields:
        if spec.decimals_in not in frame.columns or spec.name not in frame.columns:
            continue
        stated = frame[spec.decimals_in].str.strip_chars().cast(pl.Int64, strict=False)
        texts = [
            text if text is None or count is None else padded(text, min(count, 20))
            for text, count in zip(frame[spec.name], stated, strict=True)
        ]
        frame = frame.with_columns(pl.Series(spec.name, texts, dtype=pl.String))
    return frame


def _check_header(header: Header, contract: Contract, findings: Findings, sheet: str) -> dict[str, int]:
    """Name what is wrong with the heading; return the column of every field that is there once."""
    times = Counter(header.fields.values())
    columns = {name: column for column, name in header.fields.items() if times[name] == 1}
    names = [field.name for field in contract.fields]
    columns = {name: columns[name] for name in names if name in columns}
    findings.place = SheetPlace(sheet, columns)
    if len(header.texts) > (most := max(MOST_COLUMNS, 2 * len(names))):
        where = f"{findings.where}!{sheet}!{header.last}:{header.last}"
        found, args = f"{len(header.texts)}", {"expected": f"{len(names)}", "most": f"{most}"}
        raise ZhihengError([Problem(where=where, rule="columns_too_many", found=found, args=args)])
    missing = [name for name in names if name not in times]
    first: dict[str, int] = {}
    for column, text in sorted(header.texts.items()):
        if column in header.skipped:
            continue
        field, at = header.fields.get(column), letters(column)
        if field is not None:
            if field in first:
                args = {"first": letters(first[field]), "second": at}
                findings.one(rule="header_duplicate", line=header.last, found=text, column=at, args=args)
            first.setdefault(field, column)
        else:
            name_strange(text, contract, missing, findings, line=header.last, column=at)
    name_missing(missing, contract, findings, header.last)
    return columns


def _note_workbook(book: Workbook, findings: Findings) -> None:
    """Note what a workbook has beside the table that was read."""
    hidden = [sheet.name for sheet in book.sheets if sheet.hidden and sheet.name not in OWN_SHEETS]
    if hidden:
        findings.one(rule="sheets_hidden", found=", ".join(hidden[:10]), severity="note")
    if book.has_macros:
        findings.one(rule="macros_ignored", severity="note")
