"""What a filled form says beside its records: which form it is, who signed, and when.

`template` writes a hidden sheet with the form's identity, and the contract's foot below the
records.  Both are read here and checked, and neither is frozen: the names and telephone numbers of
a foot are personal data.  A plain table, in a workbook or a CSV, has neither and is no worse for it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence

import polars as pl

from zhiheng.collect.cells import read_date
from zhiheng.collect.findings import Findings
from zhiheng.collect.header import loose
from zhiheng.collect.text_table import FootValue, FormParts, letters
from zhiheng.collect.workbook import Layout, Row, Workbook, as_text
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.base import Text
from zhiheng.framework.contracts import Contract, Form
from zhiheng.framework.periods import Period, parse

IDENTITY = "_zhiheng"
"""The hidden sheet that says which form a workbook is: two columns, key and value."""

_MOST_ROWS = 20
_LAST = ("上期", "lastperiod")


def identity(book: Workbook, contract: Contract, where: str) -> dict[str, str]:
    """Return what a workbook says it is, or nothing.

    Raises
    ------
    ZhihengError
        When it is the form of another table.
    """
    if IDENTITY not in {sheet.name for sheet in book.sheets}:
        return {}
    said: dict[str, str] = {}
    for row in itertools.islice(book.rows(IDENTITY, Layout()), _MOST_ROWS):
        texts = {cell.column: as_text(cell, date1904=book.date1904).strip() for cell in row.cells}
        if 0 in texts:
            said[texts[0]] = texts.get(1, "")
    if (table := said.get("contract", contract.contract)) != contract.contract:
        args = {"table": contract.contract}
        raise ZhihengError([Problem(where=where, rule="form_other_table", found=table, args=args)])
    return said


def is_last_column(heading: str) -> bool:
    """Return whether a heading is that of last period's values, which a form shows beside."""
    return loose(heading).startswith(_LAST)


def read_foot(rows: Sequence[Row], contract: Contract, *, date1904: bool) -> dict[str, FootValue]:
    """Return what stands in the cells of a foot: after the label's colon, or in the next cell."""
    if contract.form is None:
        return {}
    labels = {loose(t): cell.name for cell in contract.form.foot for t in (cell.title.zh, cell.title.en)}
    found: dict[str, FootValue] = {}
    for row in rows:
        for cell, after in itertools.zip_longest(row.cells, row.cells[1:]):
            label, _, rest = _cut(cell.text)
            name = labels.get(loose(label))
            if name is None or cell.kind != "text" or name in found:
                continue
            text, column = rest.strip(), cell.column
            if not text:
                column += 1
                if after is not None and loose(_cut(after.text)[0]) not in labels:
                    text, column = as_text(after, date1904=date1904).strip(), after.column
            found[name] = FootValue(text=text, row=row.number, column=letters(column))
    return found


def _cut(text: str) -> tuple[str, str, str]:
    """Cut a text at its first colon."""
    match = re.search("[:：]", text)
    return (text[: match.start()], match.group(), text[match.end() :]) if match else (text, "", "")


def check_form(
    parts: FormParts, contract: Contract, organisation: str, today: dt.date, findings: Findings
) -> None:
    """Check what a filled form says beside its records.

    Parameters
    ----------
    parts : FormParts
    contract : Contract
    organisation : str
        Whose folder the file is in.
    today : date
        The day of the check, which counts where the form names no day of reporting.
    findings : Findings
    """
    said = parts.identity
    if (version := said.get("version", contract.version)) != contract.version:
        findings.one(
            rule="form_outdated", found=version, severity="warning", args={"version": contract.version}
        )
    if (made_for := said.get("organisation") or organisation) != organisation:
        args = {"organisation": organisation}
        findings.one(rule="form_other_organisation", found=made_for, severity="warning", args=args)
    if contract.form is None or not (said or parts.foot):
        return
    for cell in contract.form.foot:
        value = parts.foot.get(cell.name, FootValue())
        if cell.required and not value.text:
            findings.one(
                rule="foot_empty", line=value.row, column=value.column, found="", args={"title": cell.title}
            )
    _check_validity(parts, contract.form, today, findings)


def check_form_period(parts: FormParts, frame: pl.DataFrame, contract: Contract, findings: Findings) -> None:
    """Name the records whose period lies outside the one that their form was made for.

    Parameters
    ----------
    parts : FormParts
    frame : DataFrame
        Typed records, with `source_line`.
    contract : Contract
    findings : Findings
    """
    made_for = _span(parts.identity.get("time_period", ""))
    if made_for is None or contract.time_period is None:
        return
    name = contract.time_period.field
    if name not in frame.columns:
        return
    if frame[name].dtype == pl.Date:
        outside = ~frame[name].is_between(made_for.start, made_for.end)
    else:
        spans = {text: _span(text) for text in frame[name].drop_nulls().unique()}
        strange = [
            text for text, span in spans.items()
            if span is not None and not (made_for.start <= span.start and span.end <= made_for.end)
        ]  # fmt: skip
        outside = frame[name].is_in(strange)
    outside = outside.fill_null(False)
    findings.add(
        rule="form_other_period",
        lines=frame["source_line"].filter(outside),
        found=frame[name].filter(outside),
        field=name,
        args={"period": made_for.text},
    )


def _span(text: str) -> Period | None:
    """Return a period, or None for a text that is none."""
    try:
        return parse(text)
    except ValueError:
        return None


def _check_validity(parts: FormParts, form: Form, today: dt.date, findings: Findings) -> None:
    """Check that the form held on the day of reporting, or holds on the day of the check."""
    day, source = today, Text(zh="检查的日期", en="the day of this check")
    dated = next((cell for cell in form.foot if cell.type == "date"), None)
    value = parts.foot.get(dated.name, FootValue()) if dated is not None else FootValue()
    if dated is not None and value.text:
        reported, _ = read_date(value.text)
        if reported is None:
            args = {"title": dated.title}
            findings.one(
                rule="foot_not_date", line=value.row, column=value.column, found=value.text, args=args
            )
            return
        day, source = reported, dated.title
    if day > form.valid_until:
        findings.one(
            rule="form_expired",
            line=value.row,
            column=value.column,
            found=day.isoformat(),
            severity="warning",
            args={"valid_until": form.valid_until.isoformat(), "source": source},
        )
