"""A statutory form of the tiny city: a table of enterprises, and the workbook that is filled in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.collect.deliveries import Office
from zhiheng.collect.template.files import to_bytes
from zhiheng.collect.template.order import order
from zhiheng.framework.credit_codes import internal

ENTERPRISES = """
contract: enterprises
version: "2"
title: {zh: 规上企业质量状况, en: Quality in enterprises}
description: {zh: 一行是一家企业一年。, en: One row is one enterprise in one year.}
basis: census
series: computed
form:
  number: 样质统 1 表
  issuer: {zh: 小城统计局, en: Tiny Bureau of Statistics}
  approval: 样统字〔2014〕3 号
  valid_until: 2018-06-30
  foot:
    - {name: head, title: {zh: 单位负责人, en: Head of unit}, required: true, personal: true}
    - {name: filler, title: {zh: 填表人, en: Filled in by}, required: true, personal: true}
    - {name: phone, title: {zh: 电话, en: Telephone}, personal: true}
    - {name: reported_on, title: {zh: 报出日期, en: Reported on}, type: date, required: true}
time_period: {field: time_period}
organisations: [county, office]
fields:
  - {name: credit_code, type: string, format: credit_code, title: {zh: 统一社会信用代码, en: Credit code},
     constraints: {required: true}}
  - {name: firm_name, type: string, title: {zh: 企业名称, en: Name},
     constraints: {required: true, maxLength: 40}}
  - {name: time_period, type: string, format: period, title: {zh: 年度, en: Year},
     constraints: {required: true}}
  - {name: ref_area, type: string, title: {zh: 县区, en: County}, codes: areas, constraints: {required: true}}
  - {name: output_value, type: number, title: {zh: 总产值（万元）, en: Output}, decimals_in: decimals,
     description: {zh: 现价。, en: At current prices.}, constraints: {required: true}}
  - {name: decimals, type: integer, title: {zh: 小数位, en: Decimals}, constraints: {minimum: 0, maximum: 6}}
  - {name: loss, type: number, title: {zh: 质量损失（万元）, en: Cost of failures}, constraints: {minimum: 0}}
  - {name: staff, type: integer, title: {zh: 从业人员, en: Staff}, constraints: {minimum: 1}}
  - {name: certified, type: boolean, title: {zh: 通过认证, en: Certified}}
  - {name: certified_on, type: date, title: {zh: 认证日期, en: Certified on},
     constraints: {minimum: 1990-01-01}}
  - {name: grade, type: string, title: {zh: 等级, en: Grade}, constraints: {enum: [A, B]}}
  - {name: contact, type: string, title: {zh: 联系人, en: Contact}, personal: drop}
primaryKey: [credit_code, time_period]
rules:
  - rule: loss_within_output
    condition: loss <= output_value
    message: {zh: 质量损失大于总产值, en: Failures cost more than the output}
    fix: {zh: 请核对单位, en: Check the units}
"""
FIRMS = [internal("450206", n) for n in (1, 2, 3)]
LAST_YEAR = f"""credit_code,firm_name,time_period,ref_area,output_value,loss,staff,certified,certified_on,\
grade,contact,decimals
{FIRMS[0]},=甲厂,2016,450206,120.50,2.5,30,是,2014-05-06,A,王某,
{FIRMS[1]},乙厂,2016,450206,99.0,,12,否,,B,李某,
"""


def add_enterprises(office: Office, *, version: str = "2") -> Office:
    """Give the office the table of enterprises."""
    text = ENTERPRISES.lstrip().replace('version: "2"', f'version: "{version}"')
    (office.folder / "framework/contracts/enterprises.yaml").write_text(text, encoding="utf-8")
    return office


def blank(office: Office, table: str = "enterprises", **wanted: Any) -> Workbook:
    """Return a blank form, as a department opens it."""
    return openpyxl.load_workbook(io.BytesIO(to_bytes(order(office.city, table, **wanted))))


def heading_row(sheet: Worksheet, title: str) -> int:
    """Return the row in which a heading stands."""
    return next(c.row for row in sheet.iter_rows(max_row=40) for c in row if c.value == title)


def columns(sheet: Worksheet, row: int) -> dict[str, int]:
    """Return heading -> column, of a row of headings."""
    return {str(cell.value): cell.column for cell in sheet[row] if cell.value is not None}


def fill(sheet: Worksheet, row: int, values: dict[str, Any], title: str = "统一社会信用代码") -> None:
    """Fill in a row of records, counted from 1, by heading."""
    head = heading_row(sheet, title)
    at = columns(sheet, head)
    for heading, value in values.items():
        cell = sheet.cell(head + row, at[heading])
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # openpyxl would take what begins with = for a formula


def sign(sheet: Worksheet, values: dict[str, Any]) -> None:
    """Fill in the foot."""
    for label, value in values.items():
        cell = next(c for c in sheet["A"] if c.value == f"{label}：")
        sheet.cell(cell.row, 2).value = value


def hand_in(
    office: Office, book: Workbook, name: str = "enterprises.xlsx", organisation: str = "county"
) -> Path:
    """Save a filled form where it is collected."""
    sink = io.BytesIO()
    book.save(sink)
    return office.deliver(name, sink.getvalue(), organisation)
