"""A form as a department hands it in: filled, signed, checked and frozen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl.workbook import Workbook

from tests.collect import forms
from tests.collect.deliveries import NOON, Office, brief, spoken, worded
from zhiheng.collect import sheet_choice
from zhiheng.collect.check import CheckedFile, check_city, check_file
from zhiheng.collect.template.words import catalogue

FIRM = {
    "统一社会信用代码": forms.FIRMS[0],
    "企业名称": "=甲厂",
    "年度": "2017",
    "县区": "450206 柳江区",
    "总产值（万元）": "120.50",
    "质量损失（万元）": 2.5,
    "从业人员": 30,
    "通过认证": "是",
    "认证日期": dt.datetime(2014, 5, 6),
    "等级": "A",
    "联系人": "王小明",
}
SIGNED = {
    "单位负责人": "李主任",
    "填表人": "张三",
    "电话": "0772-2661234",
    "报出日期": dt.datetime(2018, 3, 1),
}


@pytest.fixture
def office(office: Office) -> Office:
    return forms.add_enterprises(office)


def filled(
    office: Office, *records: dict[str, Any], sign: dict[str, Any] | None = None, **wanted: Any
) -> Workbook:
    """Return a form of the county for 2017, filled in and signed."""
    book = forms.blank(office, **({"organisation": "county", "period": "2017", "rows": 10} | wanted))
    for i, record in enumerate(records or ({},), start=1):
        forms.fill(book.worksheets[0], i, FIRM | record)
    forms.sign(book.worksheets[0], SIGNED if sign is None else sign)
    return book


def checked(
    office: Office, book: Workbook, today: dt.date = dt.date(2018, 3, 2), **where: str
) -> CheckedFile:
    path: Path = forms.hand_in(office, book, **where)
    return spoken(check_file(office.city, path, today=today))


def test_a_filled_form_passes_and_freezes_what_was_filled_in(office):
    file = checked(office, filled(office, {}, {"统一社会信用代码": forms.FIRMS[1], "企业名称": "乙厂"}))
    assert brief(file) == brief(file, "warning") == []
    assert [note[0] for note in brief(file, "note")] == ["code_name_read", "decimals_filled"]
    assert len(office.freeze().rounds) == 1
    (frozen,) = (office.folder / "2_frozen/enterprises").rglob("*.parquet")
    assert pl.read_parquet(frozen).drop("source_line").row(0, named=True) == {
        "credit_code": forms.FIRMS[0], "firm_name": "=甲厂", "time_period": "2017", "ref_area": "450206",
        "output_value": 120.5, "decimals": 2, "loss": 2.5, "staff": 30, "certified": True,
        "certified_on": dt.date(2014, 5, 6), "grade": "A",
    }  # fmt: skip
    everything = b"".join(office.frozen().values())
    for person in (*SIGNED.values(), FIRM["联系人"]):
        assert str(person).encode() not in everything  # checked, never frozen


def test_next_years_form_is_filled_in_from_this_ones_round(office):
    office.deliver("enterprises.csv", forms.LAST_YEAR, "county")
    office.freeze()
    (office.folder / "1_collected/county/enterprises.csv").unlink()
    book = forms.blank(office, organisation="county", period="2017")
    sheet = book.worksheets[0]
    forms.fill(sheet, 1, {"总产值（万元）": "130.0"})
    forms.fill(sheet, 2, {"总产值（万元）": "88.25"})
    forms.sign(sheet, SIGNED)
    file = checked(office, book)
    assert brief(file) == brief(file, "warning") == []
    assert ("last_columns_skipped", f"规上企业质量状况!{forms.heading_row(sheet, '年度')}:"
            f"{forms.heading_row(sheet, '年度')}", "上期 总产值（万元）（2016年）") in [
        (rule, place.lstrip("!"), found) for rule, place, found in brief(file, "note")
    ]  # fmt: skip
    assert file.frame is not None
    assert file.frame.select("firm_name", "output_value", "loss").rows() == [
        ("=甲厂", 130.0, None), ("乙厂", 88.25, None),
    ]  # fmt: skip
    office.freeze()
    assert {r.name for r in (office.folder / "2_frozen/enterprises").iterdir()} == {
        "time_period=2016", "time_period=2017",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule", "column"),
    [
        ({"统一社会信用代码": forms.FIRMS[0][:17] + "0"}, "credit_code_check", "A"),
        ({"县区": "450206 城中区"}, "code_name_differs", "D"),
        ({"从业人员": "三十"}, "not_number", "H"),
        ({"认证日期": "去年"}, "not_date", "J"),
        ({"等级": "C"}, "not_in_list", "K"),
        ({"企业名称": None}, "required", "B"),
    ],
)
def test_a_wrong_cell_is_named_by_its_address(office, change, rule, column):
    book = filled(office, change)
    row = forms.heading_row(book.worksheets[0], "年度") + 1
    [(found, place, _)] = brief(checked(office, book))
    assert found == rule
    assert place.startswith(f"!规上企业质量状况!{column}{row}")


# ---- validity ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported", "today", "found"),
    [
        (dt.datetime(2018, 6, 30), dt.date(2026, 1, 1), None),
        (dt.datetime(2018, 7, 1), dt.date(2018, 7, 1), "2018-07-01"),
        ("2018年7月1日", dt.date(2018, 6, 1), "2018-07-01"),
        (None, dt.date(2018, 6, 30), None),
        (None, dt.date(2018, 7, 1), "2018-07-01"),
    ],
)
def test_an_expired_form_warns(office, reported, today, found):
    office.edit("framework/contracts/enterprises.yaml", "type: date, required: true", "type: date")
    file = checked(office, filled(office, sign=SIGNED | {"报出日期": reported}), today=today)
    assert brief(file) == []
    warned = brief(file, "warning")
    assert [(rule, text) for rule, _, text in warned] == ([("form_expired", found)] if found else [])
    if found:
        words = file.problems[0].fix("zh")
        assert ("报出日期" if reported else "检查的日期") in words
        assert file.may_freeze(accept_warnings=True) and not file.may_freeze(accept_warnings=False)


def test_the_run_tells_the_day_of_the_check(office):
    office.edit("framework/contracts/enterprises.yaml", "type: date, required: true", "type: date")
    forms.hand_in(office, filled(office, sign=SIGNED | {"报出日期": None}))
    report = office.freeze()  # at noon of 2026-11-22
    assert not report.rounds
    assert [(p.rule, p.found) for p in report.problems if p.severity == "warning"] == [
        ("form_expired", NOON.date().isoformat())
    ]
    accepted = office.freeze(accept=True)
    assert [r.accepted for r in accepted.rounds] == [("form_expired x1",)]
    assert not [p for f in check_city(office.city, today=dt.date(2018, 1, 1)) for p in f.problems
                if p.severity == "warning"]  # fmt: skip


def test_a_form_of_an_earlier_version_warns(office):
    book = filled(office)
    forms.add_enterprises(office, version="3")
    file = checked(office, book)
    assert [(rule, text) for rule, _, text in brief(file, "warning")] == [("form_outdated", "2")]


def test_a_form_for_somebody_else_warns(office):
    file = checked(office, filled(office), organisation="office")
    assert [(rule, text) for rule, _, text in brief(file, "warning")] == [
        ("form_other_organisation", "county")
    ]


def test_the_form_of_another_table_is_refused(office):
    file = checked(office, filled(office), name="inspections.xlsx")
    assert brief(file) == [("form_other_table", "", "enterprises")]


# ---- the foot ---------------------------------------------------------------------------------


def test_required_cells_of_the_foot_are_named(office):
    file = checked(office, filled(office, sign={"填表人": "张三"}))
    head = forms.heading_row(filled(office).worksheets[0], "年度")
    assert brief(file) == [("foot_empty", f"!规上企业质量状况!B{head + row}", "") for row in (11, 14)]
    assert ["单位负责人" in p.fix("zh") or "报出日期" in p.fix("zh") for p in file.problems[:2]] == [
        True,
        True,
    ]


def test_a_day_of_reporting_must_be_a_day(office):
    file = checked(office, filled(office, sign=SIGNED | {"报出日期": "三月初"}))
    assert [(rule, text) for rule, _, text in brief(file)] == [("foot_not_date", "三月初")]


def test_a_foot_on_one_line_is_read(office):
    book = filled(office, sign={})
    sheet = book.worksheets[0]
    first = next(c.row for c in sheet["A"] if c.value == "单位负责人：")
    for row in range(first, first + 4):
        sheet.cell(row, 1).value = None
    line = ("单位负责人：李主任", "填表人", "张三", "电话：", None, "报出日期:2018-03-01")
    for column, text in enumerate(line, start=1):
        sheet.cell(first, column).value = text
    assert brief(checked(office, book)) == []


def test_a_foot_of_a_narrow_table_is_no_record(office):
    text = forms.ENTERPRISES.replace("contract: enterprises", "contract: counties")
    field = "  - {name: ref_area, type: string, title: {zh: 县区, en: County}, codes: areas}\n"
    text = text[: text.index("fields:")] + f"fields:\n{field}primaryKey: [ref_area]\n"
    text = text.replace("time_period: {field: time_period}\n", "")
    (office.folder / "framework/contracts/counties.yaml").write_text(text.lstrip(), encoding="utf-8")
    book = forms.blank(office, "counties", organisation="county", rows=3)
    forms.fill(book.worksheets[0], 1, {"县区": "450206 柳江区"}, title="县区")
    forms.sign(book.worksheets[0], SIGNED)
    file = checked(office, book, name="counties.xlsx")
    assert brief(file) == []
    assert file.rows == 1


def test_a_plain_workbook_needs_no_foot(office):
    book = Workbook()
    for row in (list(FIRM), list(FIRM.values())):
        book.active.append(row)
    book.active["B2"].value, book.active["B2"].data_type = "甲厂", "s"
    file = checked(office, book, today=dt.date(2026, 1, 1))
    assert [e[:1] for e in brief(file)] == [("column_missing",)]  # the decimals, which the form has
    assert brief(file, "warning") == []


def test_an_empty_form_has_no_records(office):
    file = checked(office, forms.blank(office, organisation="county", period="2017", rows=5))
    assert [e[0] for e in brief(file)] == ["no_records"]


def test_the_sheets_of_a_form_are_known_to_the_reader():
    own = {words for key in ("sheet_guide", "sheet_codes") for words in catalogue()[key].values()}
    assert own < sheet_choice.OWN_SHEETS


def test_messages_can_be_said(office):
    worded(checked(office, filled(office, sign={}), today=dt.date(2026, 1, 1)).problems)


def test_a_record_of_another_period_than_the_forms_is_named(office):
    """The drop-down offers 2017 alone, but what is pasted passes it by."""
    strange = {"统一社会信用代码": forms.FIRMS[1], "年度": "2016"}
    file = checked(office, filled(office, {}, strange))
    (found,) = brief(file)
    assert (found[0], found[2]) == ("form_other_period", "2016") and found[1].endswith(" time_period")
    [problem] = [p for p in file.problems if p.rule == "form_other_period"]
    assert problem.args == {"period": "2017"}


def test_a_form_of_a_year_takes_its_days_only(office):
    book = forms.blank(office, "inspections", organisation="lab", period="2015", rows=3)
    sheet = book.worksheets[0]
    for i, day in enumerate((dt.datetime(2015, 12, 31), dt.datetime(2051, 3, 1)), start=1):
        typed = {"批次号": f"B{i}", "抽样日期": day, "地区": "450221", "渠道": "shop", "检验件数": 10,
                 "不合格件数": 0, "判定": "conforming"}  # fmt: skip
        forms.fill(sheet, i, typed, title="批次号")
    file = checked(office, book, name="inspections.xlsx", organisation="lab")
    assert [(rule, found) for rule, _, found in brief(file) if rule == "form_other_period"] == [
        ("form_other_period", "2051-03-01")
    ]
