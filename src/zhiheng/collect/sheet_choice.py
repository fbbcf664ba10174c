"""Which sheet of a workbook holds the table, and where in it the heading stands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from zhiheng.collect import limits
from zhiheng.collect.header import Header, find
from zhiheng.collect.workbook import Layout, Sheet, Workbook, as_text
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.contracts import Contract

ANSWER_SHEET = "问题 Problems"
"""The list of problems in an answer that was sent back; it is no delivery."""

OWN_SHEETS = frozenset({ANSWER_SHEET, "_zhiheng", "填表说明", "Guide", "代码表", "Codes"})
"""Sheets that an answer or a form has beside the table."""

_SHOWN = 10


def choose(book: Workbook, contract: Contract, where: str) -> tuple[Sheet, Header]:
    """Choose the sheet and find its heading.

    The contract may name the sheet.  Otherwise it is the one visible sheet whose heading names at
    least half of the contract's fields, or the only one that names any.

    Parameters
    ----------
    book : Workbook
    contract : Contract
    where : str
        How messages call the file.

    Returns
    -------
    Sheet, Header

    Raises
    ------
    ZhihengError
        When no sheet or several could be meant, or the named sheet is missing, hidden or has no
        heading.
    """
    visible = [sheet for sheet in book.sheets if not sheet.hidden and sheet.name not in OWN_SHEETS]
    if len(book.sheets) > limits.MOST_SHEETS:
        args: dict[str, object] = {"most": limits.MOST_SHEETS}
        found = f"{len(book.sheets)}"
        raise ZhihengError([Problem(where=where, rule="sheets_too_many", found=found, args=args)])
    if contract.sheet is not None:
        visible = [_named(book, contract, where)]
    heads = {sheet: header for sheet in visible if (header := head(book, sheet, contract)) is not None}
    fitting = [s for s in heads if 2 * heads[s].found >= len(contract.fields)] or list(heads)
    if len(fitting) == 1:
        return fitting[0], heads[fitting[0]]
    if fitting:
        names = _names(fitting)
        raise ZhihengError([Problem(where=where, rule="sheet_several", found=names)])
    hidden = _names([sheet for sheet in book.sheets if sheet.hidden])
    args = {
        "rows": limits.HEAD_ROWS,
        "known": ", ".join(f.title.zh for f in contract.fields[:_SHOWN]),
        "hidden": hidden or "-",
    }
    raise ZhihengError([Problem(where=where, rule="sheet_none", found=_names(visible), args=args)])


def _named(book: Workbook, contract: Contract, where: str) -> Sheet:
    assert contract.sheet is not None
    wanted = {contract.sheet.zh, contract.sheet.en}
    named = [sheet for sheet in book.sheets if sheet.name.strip() in wanted]
    shown = [sheet for sheet in named if not sheet.hidden]
    if len(shown) == 1:
        return shown[0]
    name = f"{contract.sheet.zh} / {contract.sheet.en}"
    if len(shown) > 1:
        raise ZhihengError([Problem(where=where, rule="sheet_several", found=_names(shown))])
    rule = "sheet_hidden" if named else "sheet_missing"
    args = {"there": _names(book.sheets)}
    raise ZhihengError([Problem(where=where, rule=rule, found=name, args=args)])


def _names(sheets: Sequence[Sheet]) -> str:
    more = f", … ({len(sheets)})" if len(sheets) > _SHOWN else ""
    return ", ".join(sheet.name for sheet in sheets[:_SHOWN]) + more


def head(book: Workbook, sheet: Sheet, contract: Contract) -> Header | None:
    """Return the heading among a sheet's first rows, or None."""
    rows = []
    for row in itertools.islice(book.rows(sheet.name, Layout()), limits.HEAD_ROWS):
        texts = {c.column: as_text(c, date1904=book.date1904).strip() for c in row.cells}
        rows.append((row.number, {column: text for column, text in texts.items() if text}))
    return find([row for row in rows if row[1]], contract)
