"""The Excel form of a contract, as a department opens it."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from tests.collect import forms
from tests.collect.deliveries import Office, worded
from zhiheng.collect.template import write_all, write_one
from zhiheng.collect.template.files import to_bytes
from zhiheng.collect.template.order import order
from zhiheng.collect.template.sheet import sheet_name
from zhiheng.errors import Problem, ZhihengError

TITLES = [
    "统一社会信用代码", "企业名称", "年度", "县区", "总产值（万元）", "小数位", "质量损失（万元）",
    "从业人员", "通过认证", "认证日期", "等级", "联系人",
]  # fmt: skip


@pytest.fixture
def enterprises(office: Office) -> Office:
    return forms.add_enterprises(office)


@pytest.fixture
def second_year(enterprises: Office) -> Office:
    """An office that has frozen last year's form."""
    enterprises.deliver("enterprises.csv", forms.LAST_YEAR, "county")
    assert enterprises.freeze().rounds
    return enterprises


def refused(call) -> list[Problem]:
    with pytest.raises(ZhihengError) as raised:
        call()
    return worded(raised.value.problems)


def texts(sheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_head_says_which_form_it_is(enterprises):
    book = forms.blank(enterprises, organisation="county", period="2016")
    assert book.sheetnames == ["规上企业质量状况", "填表说明", "代码表", "_zhiheng"]
    assert [book[name].sheet_state for name in book.sheetnames] == ["visible"] * 3 + ["hidden"]
    above = texts(book.worksheets[0])[:9]
    assert above[:2] == ["规上企业质量状况", "Quality in enterprises"]
    assert above[2:8] == [
        "表号 Form no.：样质统 1 表", "制定机关 Issued by：小城统计局",
        "填报单位 Organisation：柳江区", "批准或备案文号 Approval：样统字〔2014〕3 号",
        "报告期 Period：2016年", "有效期至 Valid until：2018年6月30日",
    ]  # fmt: skip
    assert [[c.value for c in row] for row in book["_zhiheng"].iter_rows()] == [
        ["contract", "enterprises"], ["version", "2"], ["organisation", "county"], ["time_period", "2016"],
    ]  # fmt: skip


def test_headings_are_the_titles_and_carry_notes(enterprises):
    sheet = forms.blank(enterprises).worksheets[0]
    head = forms.heading_row(sheet, TITLES[0])
    assert [cell.value for cell in sheet[head]] == TITLES
    output, staff = sheet.cell(head, 5), sheet.cell(head, 8)
    assert output.number_format == '@" *"'
    assert staff.number_format == "General"
    assert output.comment.text.splitlines() == [
        "总产值（万元） · Output [output_value]", "必填 · required", "现价。", "At current prices.",
        "数；照印出的写，末尾的零也写", "number; as printed, zeros at the end included",
    ]  # fmt: skip
    assert "冻结时去掉" in sheet.cell(head, 12).comment.text


def test_only_cells_to_fill_in_are_unlocked(enterprises):
    sheet = forms.blank(enterprises, rows=5).worksheets[0]
    head = forms.heading_row(sheet, TITLES[0])
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.insertRows  # openpyxl: false is allowed
    unlocked = {c.row for row in sheet.iter_rows() for c in row if not c.protection.locked}
    assert unlocked == {*range(head + 1, head + 6), *range(head + 6, head + 10)}
    assert sheet.cell(1, 1).protection.locked
    assert all(cell.protection.locked for cell in sheet[head])


def test_codes_are_text_and_days_are_days(enterprises):
    sheet = forms.blank(enterprises, rows=3).worksheets[0]
    head = forms.heading_row(sheet, TITLES[0])
    formats = {title: sheet.cell(head + 3, i + 1).number_format for i, title in enumerate(TITLES)}
    assert formats == dict.fromkeys(TITLES, "@") | {
        "小数位": "0", "质量损失（万元）": "General", "从业人员": "0", "认证日期": "yyyy-mm-dd",
    }  # fmt: skip


def rules(sheet) -> dict[str, object]:
    head = forms.heading_row(sheet, TITLES[0])
    found = {}
    for rule in sheet.data_validations.dataValidation:
        (area,) = rule.sqref.ranges
        if area.min_row == head + 1:
            found[TITLES[area.min_col - 1]] = rule
    return found


def test_cells_are_held_to_the_contract(enterprises):
    book = forms.blank(enterprises, period="2016", rows=20)
    found = rules(book.worksheets[0])
    assert {title: rule.type for title, rule in found.items()} == {
        "统一社会信用代码": "textLength", "企业名称": "textLength", "年度": "list", "县区": "list",
        "总产值（万元）": "custom", "小数位": "whole", "质量损失（万元）": "decimal", "从业人员": "whole",
        "通过认证": "list", "认证日期": "date", "等级": "list",
    }  # fmt: skip
    assert (found["小数位"].formula1, found["小数位"].formula2) == ("0", "6")
    assert found["统一社会信用代码"].formula1 == "18"
    assert found["认证日期"].formula1 == "32874"  # 1990-01-01
    assert (
        found["小数位"].error.splitlines()[0]
        == "整数；0 至 6；“总产值（万元）”印了几位小数；可以不填，由程序数"
    )
    assert all(len(rule.error) <= 255 and len(rule.errorTitle) <= 32 for rule in found.values())


def test_lists_offer_codes_with_names_of_the_period(enterprises):
    book = forms.blank(enterprises, period="2018", rows=20)

    def offered(title: str) -> list[str]:
        sheet, _, area = rules(book.worksheets[0])[title].formula1.partition("!")
        return [cell.value for (cell,) in book[sheet.strip("'")][area.replace("$", "")]]

    assert offered("县区") == ["450200 柳州市", "450206 柳江区"]  # 450221 ended in 2016
    assert offered("通过认证") == ["是", "否"]
    assert offered("等级") == ["A", "B"]
    assert offered("年度") == ["2018"]


def test_a_date_that_decides_the_period_lies_within_it(office):
    book = forms.blank(office, "inspections", organisation="lab", period="2018")
    (rule,) = [r for r in book.worksheets[0].data_validations.dataValidation if r.type == "date"]
    assert (rule.formula1, rule.formula2) == ("43101", "43465")  # 2018-01-01, 2018-12-31


# ---- last period's values ---------------------------------------------------------------------


def test_what_recurs_is_filled_in_and_what_is_measured_stands_beside(second_year):
    book = forms.blank(second_year, organisation="county", period="2017")
    sheet = book.worksheets[0]
    head = forms.heading_row(sheet, TITLES[0])
    first = [cell.value for cell in sheet[head + 1]][:12]
    assert first == [forms.FIRMS[0], "=甲厂", "2017", "450206 柳江区", *[None] * 8]
    assert sheet.cell(head + 1, 2).data_type == "s"  # a text, not a formula
    beside = {str(c.value): sheet.cell(head + 1, c.column) for c in sheet[head] if c.column > 12 and c.value}
    assert {title: cell.value for title, cell in beside.items()} == {
        "上期 总产值（万元）（2016年）": "120.50", "上期 小数位（2016年）": 2,
        "上期 质量损失（万元）（2016年）": 2.5,
        "上期 从业人员（2016年）": 30, "上期 通过认证（2016年）": "是",
        "上期 认证日期（2016年）": dt.datetime(2014, 5, 6), "上期 等级（2016年）": "A",
    }  # fmt: skip
    assert all(cell.protection.locked for cell in beside.values())
    assert "王某" not in texts(sheet)  # personal data are not repeated


def test_a_form_repeats_the_round_before_its_period(second_year):
    for period in ("2016", "2015", "2017-Q1"):
        sheet = forms.blank(second_year, organisation="county", period=period).worksheets[0]
        assert forms.FIRMS[0] not in texts(sheet)
    sheet = forms.blank(second_year, organisation="county").worksheets[0]
    head = forms.heading_row(sheet, TITLES[0])
    assert [sheet.cell(head + i, 3).value for i in (1, 2)] == [None, None]  # of which year is not told
    assert forms.FIRMS[0] not in texts(forms.blank(second_year, organisation="office").worksheets[0])


def test_a_register_is_repeated_whole(office):
    office.deliver("sources.csv", "source,issuer\n公报,市政府\n-年鉴,统计局\n")
    office.freeze()
    sheet = forms.blank(office, "sources").worksheets[0]
    head = forms.heading_row(sheet, "来源")
    assert [[c.value for c in sheet[head + i]] for i in (1, 2)] == [["公报", "市政府"], ["-年鉴", "统计局"]]


def test_events_are_not_repeated(office):
    office.check_rows({})
    office.freeze(accept=True)
    book = forms.blank(office, "inspections", organisation="lab", period="2016")
    assert "B1" not in texts(book.worksheets[0])
    assert any("不带出上期的记录" in text for text in texts(book["填表说明"]))


def test_there_are_rows_enough(second_year):
    def rows(**wanted: object) -> int:
        sheet = forms.blank(second_year, organisation="county", period="2017", **wanted).worksheets[0]
        foot = next(c.row for c in sheet["A"] if c.value == "单位负责人：")
        return foot - forms.heading_row(sheet, TITLES[0]) - 1

    assert (rows(), rows(rows=7), rows(rows=1)) == (200, 7, 2)


def test_an_altered_round_is_not_repeated(second_year):
    (frozen,) = (second_year.folder / "2_frozen/enterprises").rglob("*.parquet")
    frozen.chmod(0o644)
    frozen.write_bytes(frozen.read_bytes() + b" ")
    found = refused(lambda: order(second_year.city, "enterprises", organisation="county", period="2017"))
    assert [p.rule for p in found] == ["frozen_altered"]


# ---- the guide, other languages, bytes --------------------------------------------------------


def test_the_guide_tells_fields_rules_and_foot(enterprises):
    said = "\n".join(texts(forms.blank(enterprises, organisation="county")["填表说明"]))
    for part in (
        "契约 enterprises，第 2 版", "退回：质量损失大于总产值。请核对单位", "报出日期（必填）",
        "统一社会信用代码、年度合起来不能重复", "不冻结，不公布", "1_collected/county/",
    ):  # fmt: skip
        assert part in said


def test_a_city_with_one_language_has_it_alone(enterprises):
    enterprises.edit("city.yaml", "languages: [zh, en]", "languages: [en]")
    book = forms.blank(enterprises, rows=3)
    assert book.sheetnames == ["Quality in enterprises", "Guide", "Codes", "_zhiheng"]
    for sheet in book.worksheets[:3]:
        chinese = {text for text in texts(sheet) if any("\u4e00" <= c <= "\u9fff" for c in text)}
        assert all("样" in text for text in chinese), chinese  # the numbers of form and approval


def test_the_same_form_is_the_same_bytes(second_year):
    def made() -> bytes:
        return to_bytes(order(second_year.city, "enterprises", organisation="county", period="2017"))

    assert made() == made()


def test_a_table_of_one_column_has_a_form(enterprises):
    (enterprises.folder / "framework/contracts/names.yaml").write_text(
        "contract: names\nversion: '1'\ntitle: {zh: 名单, en: Names}\ndescription: {zh: 名单, en: Names}\n"
        "basis: census\nseries: computed\n"
        "fields:\n  - {name: who, type: string, title: {zh: 名称, en: Who}}\n",
        encoding="utf-8",
    )
    sheet = forms.blank(enterprises, "names").worksheets[0]
    assert texts(sheet)[:3] == ["名单", "Names", "填报单位 Organisation：＿＿＿＿＿＿＿＿"]
    assert forms.heading_row(sheet, "名称") == 5


def test_a_wide_table_is_printed_over_several_pages(enterprises):
    narrow = forms.blank(enterprises, rows=3).worksheets[0]
    assert narrow.sheet_properties.pageSetUpPr.fitToPage
    assert (narrow.page_setup.fitToWidth, narrow.page_setup.fitToHeight) == (None, 0)  # one page, any number
    assert (narrow.page_setup.orientation, narrow.page_setup.paperSize) == ("landscape", 9)
    head = forms.heading_row(narrow, TITLES[0])
    assert narrow.print_title_rows == f"${head}:${head}"
    more = "".join(
        f"  - {{name: more_{i}, type: string, title: {{zh: 又一列{i}, en: More {i}}}}}\n" for i in range(9)
    )
    enterprises.edit("framework/contracts/enterprises.yaml", "primaryKey:", f"{more}primaryKey:")
    wide = forms.blank(enterprises, rows=3).worksheets[0]
    assert wide.page_setup.scale == 65
    assert (wide.print_title_rows, wide.print_title_cols) == (f"${head}:${head}", "$A:$A")
    assert max(area.max_col for area in wide.merged_cells.ranges) < len(TITLES) + 9  # the head: page one


def test_a_sheet_takes_any_title():
    assert sheet_name("[新]抽查/复查: 批次*?'") == "新 抽查 复查 批次"
    assert len(sheet_name("长" * 40)) == 31


# ---- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "rules"),
    [
        ({"table": "inspection"}, ["code_unknown"]),
        ({"organisation": "lob"}, ["code_unknown"]),
        ({"organisation": "lab"}, ["template_organisation"]),
        ({"period": "2016年"}, ["not_period"]),
        ({"table": "sources", "period": "2016"}, ["template_no_period"]),
        ({"table": "inspections", "period": "2016-Q1"}, ["template_frequency"]),
        ({"rows": 0}, ["template_rows"]),
        ({"organisation": "lab", "period": "x", "rows": 10**6},
         ["template_organisation", "not_period", "template_rows"]),
    ],
)  # fmt: skip
def test_an_order_that_makes_no_sense(enterprises, wanted, rules):
    table = wanted.pop("table", "enterprises")
    assert [p.rule for p in refused(lambda: order(enterprises.city, table, **wanted))] == rules


def test_a_file_that_is_there_is_kept(enterprises, tmp_path):
    out = tmp_path / "a.xlsx"
    write_one(enterprises.city, "enterprises", out, rows=3)
    out.write_bytes(b"filled in")
    call = lambda **more: write_one(enterprises.city, "enterprises", out, rows=3, **more)  # noqa: E731
    assert [p.rule for p in refused(call)] == ["template_exists"]
    assert out.read_bytes() == b"filled in"
    assert call(force=True) == out
    openpyxl.load_workbook(io.BytesIO(out.read_bytes()))
    wrong = lambda: write_one(enterprises.city, "enterprises", tmp_path / "a.xls")  # noqa: E731
    assert [p.rule for p in refused(wrong)] == ["template_suffix"]
    nowhere = lambda: write_one(enterprises.city, "enterprises", out / "b.xlsx")  # noqa: E731
    assert [p.rule for p in refused(nowhere)] == ["not_writable"]


def test_every_form_that_departments_fill_in(enterprises, tmp_path):
    enterprises.edit("framework/contracts/sources.yaml", "series: published", "series: simulated")
    written = write_all(enterprises.city, tmp_path / "forms", period="2016", rows=3)
    assert [path.relative_to(tmp_path / "forms").as_posix() for path in written] == [
        "county/enterprises.xlsx", "office/enterprises.xlsx", "office/figures.xlsx",
        "lab/inspections.xlsx", "county/inspections.xlsx",
    ]  # fmt: skip
    mine = write_all(enterprises.city, tmp_path / "lab", organisation="lab", rows=3)
    assert [path.name for path in mine] == ["inspections.xlsx"]
    again = lambda **more: write_all(enterprises.city, tmp_path / "lab", rows=3, **more)  # noqa: E731
    assert [p.rule for p in refused(lambda: again(organisation="lab"))] == ["template_exists"]
    assert [p.rule for p in refused(lambda: again(organisation="nobody"))] == ["code_unknown"]
    assert [p.rule for p in refused(lambda: again(organisation="lab", period="May"))] == ["not_period"]
    enterprises.edit("framework/contracts/inspections.yaml", "[lab, county]", "[county]")
    assert [p.rule for p in refused(lambda: again(organisation="lab"))] == ["template_none"]


def test_a_form_of_records_offers_the_citys_own_areas_and_no_totals():
    from pathlib import Path

    import zhiheng
    from zhiheng.collect.template.demands import choices
    from zhiheng.collect.template.words import Words
    from zhiheng.framework.city import load

    city = load(Path(zhiheng.__file__).parent / "cities/liuzhou")
    words = Words(("zh", "en"))

    def offered(table: str, codes: str) -> set[str]:
        wanted = order(city, table)
        return {
            text.partition(" ")[0]
            for spec in wanted.contract.fields
            if (spec.codes or "").startswith(codes)
            for text in choices(spec, wanted, words)
        }

    areas = offered("simulated_inspections", "areas")
    assert city.settings.ref_area in areas and "CN" not in areas
    assert all(city.settings.ref_area in city.areas.lineage(code) for code in areas)
    assert "CN" in offered("figures", "areas")
    assert "_T" not in offered("simulated_inspections", "dimension:")
    assert "_T" in offered("figures", "dimension:")
