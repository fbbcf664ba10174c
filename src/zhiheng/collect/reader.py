"""A delivered file as a table of text: one reader for each format, by the file's suffix.

Every reader gives the same table, text cells with the place of every record, so that typing and
rules do not know where a record came from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from zhiheng.collect import csv_reader, parquet_reader, sheet_reader
from zhiheng.collect.findings import Findings
from zhiheng.collect.text_table import TextTable
from zhiheng.framework.contracts import Contract

Reader = Callable[[bytes, Contract, Findings], TextTable]


def _of_workbooks(suffix: str) -> Reader:
    return functools.partial(_read_workbook, suffix)


def _read_workbook(suffix: str, raw: bytes, contract: Contract, findings: Findings) -> TextTable:
    return sheet_reader.read(raw, suffix, contract, findings)


READERS: dict[str, Reader] = {
    ".csv": csv_reader.read,
    ".xlsx": _of_workbooks(".xlsx"),
    ".xlsm": _of_workbooks(".xlsm"),
    ".xls": _of_workbooks(".xls"),
    ".parquet": parquet_reader.read,
}
"""The formats that are read, by suffix in small letters; macros in `.xlsm` and `.xls` never run.

WPS saves `.xlsx` and `.xls` too.  Its own `.et`, and `.xlsb` and `.ods`, are refused with the way
out: save as `.xlsx`.
"""
