"""Workbooks for the tiny city, made as the programs make them that departments use.

Excel's way is xlsxwriter's, old Excel's is xlwt's.  A file that WPS itself saved cannot be had here,
so `wps` builds the archive by hand in the ways in which such files differ.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter
import xlwt

from tests.collect.deliveries import BATCH
from zhiheng.collect.text_table import letters

TITLES = [
    "批次号",
    "抽样日期",
    "地区",
    "渠道",
    "检验件数",
    "不合格件数",
    "货值",
    "已公告",
    "判定",
    "流水号",
    "抽样人",
    "电话",
]
DAY = dt.date(2015, 3, 1)


def row(**changes: Any) -> list[Any]:
    """A good record as a person types it: numbers as numbers, the day as a day."""
    typed = {"sampled_on": DAY, "n_tested": 10, "n_bad": 0, "value": 1200.5}
    return list((BATCH | typed | changes).values())


def book(
    rows: Sequence[Sequence[Any]],
    *,
    top: int = 0,
    left: int = 0,
    sheet: str = "Sheet1",
    more: Callable[[Any, Any], None] | None = None,
    options: Mapping[str, Any] | None = None,
) -> bytes:
    """A workbook with rows from a cell on; `more` is given the workbook and the sheet for the rest."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **(options or {})}) as made:
        page = made.add_worksheet(sheet)
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for i, cells in enumerate(rows):
            for j, value in enumerate(cells):
                if isinstance(value, dt.date):
                    page.write_datetime(top + i, left + j, value, day)
                elif isinstance(value, str) and value:
                    page.write_string(top + i, left + j, value)
                elif value not in (None, ""):
                    page.write(top + i, left + j, value)
        if more is not None:
            more(made, page)
    return out.getvalue()


def good(*changes: dict[str, Any], header: Sequence[str] = TITLES, **options: Any) -> bytes:
    """A workbook of good records, each with its own changes."""
    records = [row(batch_id=f"B{i}", **change) for i, change in enumerate(changes or ({},), start=1)]
    return book([list(header), *records], **options)


def old_book(
    rows: Sequence[Sequence[Any]],
    *,
    top: int = 0,
    left: int = 0,
    more: Callable[[Any, Any], None] | None = None,
) -> bytes:
    """An old workbook (BIFF8)."""
    made = xlwt.Workbook()
    page = made.add_sheet("Sheet1")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for i, cells in enumerate(rows):
        for j, value in enumerate(cells):
            if isinstance(value, dt.date):
                page.write(top + i, left + j, value, day)
            elif value not in (None, ""):
                page.write(top + i, left + j, value)
    if more is not None:
        more(made, page)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def cell_xml(reference: str, value: Any, prefix: str = "") -> str:
    """A cell: text inline, a number or day as a number (days in format 1)."""
    c, v = f"{prefix}c", f"{prefix}v"
    if isinstance(value, dt.date):
        return f'<{c} r="{reference}" s="1"><{v}>{(value - dt.date(1899, 12, 30)).days}</{v}></{c}>'
    if isinstance(value, int | float):
        return f'<{c} r="{reference}"><{v}>{value!r}</{v}></{c}>'
    text = str(value).replace("&", "&amp;").replace("<", "&lt;")
    is_, t = f"{prefix}is", f"{prefix}t"
    return f'<{c} r="{reference}" t="inlineStr"><{is_}><{t}>{text}</{t}></{is_}></{c}>'


def sheet_xml(rows: Sequence[Sequence[Any]], *, prefix: str = "", main: str = MAIN, extra: str = "") -> str:
    """A sheet part."""
    lines = []
    for i, cells in enumerate(rows, start=1):
        inner = "".join(
            cell_xml(f"{letters(j)}{i}", value, prefix)
            for j, value in enumerate(cells)
            if value not in (None, "")
        )
        lines.append(f'<{prefix}row r="{i}">{inner}</{prefix}row>')
    space = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    data = f"<{prefix}sheetData>{''.join(lines)}</{prefix}sheetData>"
    return f'<?xml version="1.0"?><{prefix}worksheet {space}="{main}">{data}{extra}</{prefix}worksheet>'


def package(
    sheet: str | bytes,
    *,
    prefix: str = "",
    main: str = MAIN,
    relations: str = RELATIONS,
    absolute: bool = False,
    extra: Mapping[str, str | bytes] | None = None,
    folder: str = "xl",
) -> bytes:
    """A workbook of one sheet with as few parts as there may be: no properties, no shared texts."""
    space = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    p = prefix
    start = f"/{folder}/" if absolute else ""
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1"'
        f' Type="{relations}/officeDocument" Target="{"/" if absolute else ""}{folder}/workbook.xml"/>'
        "</Relationships>",
        f"{folder}/workbook.xml": f'<{p}workbook {space}="{main}" xmlns:r="{relations}"><{p}sheets>'
        f'<{p}sheet name="Sheet1" sheetId="1" r:id="rId1"/></{p}sheets></{p}workbook>',
        f"{folder}/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="{start}worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{relations}/styles" Target="{start}styles.xml"/></Relationships>',
        f"{folder}/styles.xml": f'<{p}styleSheet {space}="{main}"><{p}cellXfs><{p}xf numFmtId="0"/>'
        f'<{p}xf numFmtId="14"/></{p}cellXfs></{p}styleSheet>',
        f"{folder}/worksheets/sheet1.xml": sheet,
        **(extra or {}),
    }
    return archive(parts)


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
