"""Workbooks: which sheet and rows are the table, what each cell says, and its true address."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.collect.deliveries import BATCH, brief, spoken
from tests.collect.workbooks import (
    DAY,
    STRICT,
    TITLES,
    book,
    good,
    old_book,
    package,
    row,
    sheet_xml,
)
from zhiheng.collect.check import check_file


@pytest.fixture
def check(office):
    """Deliver a workbook's bytes and check them."""

    def run(content: bytes, name: str = "inspections.xlsx"):
        return spoken(check_file(office.city, office.deliver(name, content)))

    return run


def rules(file, severity: str = "error") -> list[str]:
    return [rule for rule, *_ in brief(file, severity)]


def expected(lines: list[int], **changes: object) -> dict[str, list[object]]:
    typed = {
        "batch_id": None, "sampled_on": DAY, "n_tested": 10, "n_bad": 0, "value": 1200.5, "announced": True,
        "serial": None,
    }  # fmt: skip
    whole = {**BATCH, **typed, **changes}
    columns = {name: [value] * len(lines) for name, value in whole.items()}
    columns["batch_id"] = [f"B{i + 1}" for i in range(len(lines))]
    return columns | {"source_line": lines}


# ---- one table from every format --------------------------------------------------------------


def records(count: int) -> list[list[object]]:
    return [row(batch_id=f"B{i}") for i in range(1, count + 1)]


WPS = sheet_xml([TITLES, *records(2)], prefix="x:")
FILES = {
    "xlsx": lambda: book([TITLES, *records(2)]),
    "xls": lambda: old_book([TITLES, *records(2)]),
    "names for titles": lambda: book([list(BATCH), *records(2)]),
    "english": lambda: book(
        [["Batch", "Sampled on", "AREA", "Channel", "Items tested", "Items\nnonconforming", "Value",
          "Announced", "Verdict", "Serial", "Inspector", "Telephone"], *records(2)]
    ),
    "bare": lambda: package(sheet_xml([TITLES, *records(2)])),
    "prefixed": lambda: package(WPS, prefix="x:"),
    "absolute": lambda: package(sheet_xml([TITLES, *records(2)]), absolute=True),
    "another folder": lambda: package(sheet_xml([TITLES, *records(2)]), folder="XL"),
    "strict": lambda: package(sheet_xml([TITLES, *records(2)], main=STRICT), main=STRICT),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_every_way_of_saving_gives_the_same_records(check, kind):
    file = check(FILES[kind](), "inspections.xls" if kind == "xls" else "inspections.xlsx")
    assert file.problems == []
    assert file.frame.to_dict(as_series=False) == expected([2, 3])
    assert file.sheet == "Sheet1"


def test_a_workbook_freezes_as_the_csv_does_and_says_its_sheet(office):
    from tests.collect.deliveries import text
    from zhiheng.collect import rounds

    office.deliver("inspections.csv", text("inspections", {}, {}))
    office.freeze()
    as_csv = rounds.read(office.folder)[-1]
    (office.folder / "1_collected/lab/inspections.csv").unlink()
    office.deliver("inspections.xlsx", good({}, {}))
    report = office.freeze()
    assert report.rounds == [] and len(report.unchanged) == 1
    office.deliver("inspections.xlsx", good({}, {"n_tested": 11}))
    office.freeze(reason="更正")
    as_sheet = rounds.read(office.folder)[-1]
    assert (as_csv.sheet, as_sheet.sheet) == ("", "Sheet1")
    assert "sheet" not in as_csv.to_dict()
    assert as_sheet.source == "1_collected/lab/inspections.xlsx"


# ---- where the table is -----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_addresses_are_true_whatever_is_empty_before(check, suffix):
    make = book if suffix == "xlsx" else old_book
    file = check(make([TITLES, row(n_bad=99)], top=6, left=27), f"inspections.{suffix}")
    assert brief(file) == [("record_rule", "!Sheet1!AG8,AF8 n_bad, n_tested", "n_bad = 99, n_tested = 10")]
    assert file.frame["source_line"].to_list() == [8]


def test_one_cell_is_named_by_file_sheet_and_address(check):
    file = check(good({}, {"n_tested": "abc"}, sheet="2015 年"))
    assert file.problems[0].where == "1_collected/lab/inspections.xlsx!2015 年!E3 n_tested"


def test_a_form_has_a_head_above_and_a_foot_below(check):
    head = [
        ["监督抽查批次"],
        [None, None, "表号：", "质检1表"],
        [],
        TITLES,
        ["甲", "乙", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ]
    foot = [
        ["单位负责人：", "张三", "填表人：", "李四", "报出日期：", "2016-01-05"],
        ["说明：1. 本表由质检所填报。"],
        ["2. 次月报送。"],
    ]
    file = check(book([*head, *records(2), [], *foot]))
    assert file.problems == []
    assert file.frame["source_line"].to_list() == [6, 7]


def test_a_record_below_the_foot_is_not_lost_silently(check):
    file = check(book([TITLES, *records(1), ["填表人：", "李四"], row(batch_id="B9")]))
    assert brief(file) == [("row_below_foot", "!Sheet1!4:4", "B9")]


def test_a_record_may_begin_with_a_word_of_the_foot(check):
    file = check(book([TITLES, row(batch_id="说明"), row(batch_id="B2")]))
    assert file.frame["batch_id"].to_list() == ["说明", "B2"]


def test_two_rows_of_headings(check):
    upper = [
        "批次号",
        "抽样",
        None,
        None,
        "检验",
        "不合格",
        "货值",
        "已公告",
        "判定",
        "流水号",
        "抽样人",
        "电话",
    ]
    lower = [None, "日期", "地区", "渠道", "件数", "件数", None, None, None, None, None, None]

    def merge(made, page):
        page.merge_range(0, 1, 0, 3, "抽样")
        page.merge_range(0, 0, 1, 0, "批次号")

    file = check(book([upper, lower, *records(2)], more=merge))
    assert file.problems == []
    assert file.frame.to_dict(as_series=False) == expected([3, 4])


def test_blank_rows_and_a_column_for_remarks_are_noted(check):
    rows = [[*TITLES, "备注"], [*row(batch_id="B1"), "复检"], [], [None, " "], row(batch_id="B2")]
    file = check(book(rows))
    assert brief(file, "note") == [
        ("notes_column_skipped", "!Sheet1!M1", "备注"),
        ("blank_lines", "!Sheet1!3:3", ""),
    ]
    assert rules(file) == []
    assert file.frame["source_line"].to_list() == [2, 5]


def test_text_in_a_column_without_a_heading_is_named(check):
    file = check(book([TITLES, [*row(), None, "见附件"]]))
    assert brief(file) == [("cell_outside", "!Sheet1!N2", "见附件")]


def test_what_is_wrong_with_the_headings(check):
    titles = [*TITLES[:5], "不合格数", "货值", "货值", *TITLES[8:]]
    file = check(book([titles, row()]))
    assert brief(file)[:4] == [
        ("column_missing", "!Sheet1!1:1", "不合格件数 / n_bad"),
        ("column_missing", "!Sheet1!1:1", "已公告 / announced"),
        ("column_unknown", "!Sheet1!F1", "不合格数"),
        ("header_duplicate", "!Sheet1!H1", "货值"),
    ]


# ---- which sheet ------------------------------------------------------------------------------


def several(*sheets: tuple[str, list[list[object]], bool]):
    def more(made, page):
        for name, rows, hidden in sheets:
            added = made.add_worksheet(name)
            for i, cells in enumerate(rows):
                added.write_row(i, 0, ["" if c is None else str(c) for c in cells])
            if hidden:
                added.hide()

    return more


def test_the_sheet_whose_heading_matches_is_read(check):
    file = check(good({}, more=several(("说明", [["填表说明"], ["一、……"]], False))))
    assert file.problems == [] and file.sheet == "Sheet1"


def test_two_matching_sheets_are_a_problem(check):
    file = check(good({}, more=several(("旧表", [TITLES, row()], False))))
    assert brief(file) == [("sheet_several", "", "Sheet1, 旧表")]


def test_hidden_sheets_are_not_read_and_noted(check):
    file = check(good({}, more=several(("旧表", [TITLES, row()], True))))
    assert brief(file, "note") == [("sheets_hidden", "!Sheet1", "旧表")]
    assert file.rows == 1


def test_no_matching_sheet(check):
    file = check(book([["甲", "乙"], [1, 2]], more=several(("别的", [["x"]], False))))
    [problem] = file.problems
    assert (problem.rule, problem.found) == ("sheet_none", "Sheet1, 别的")
    assert "批次号" in problem.fix("zh")


SHEET = "basis: targeted", "sheet: {zh: 填报, en: Data}\nbasis: targeted"


def test_the_contract_may_name_the_sheet(office, check):
    office.edit("framework/contracts/inspections.yaml", *SHEET)
    file = check(good({}, sheet="填报", more=several(("旧表", [TITLES, row()], False))))
    assert file.problems == [] and file.sheet == "填报"
    assert brief(check(good({}, sheet="Sheet1"))) == [("sheet_missing", "", "填报 / Data")]
    hidden = check(book([["x"]], more=several(("Data", [TITLES, row()], True))))
    assert brief(hidden) == [("sheet_hidden", "", "填报 / Data")]


def test_two_hundred_sheets(check):
    sheets = [(f"第{i}月", [["什么"], ["也没有"]], False) for i in range(200)]
    file = check(good({}, more=several(*sheets)))
    assert file.problems == []


# ---- what a cell says -------------------------------------------------------------------------


def test_days_are_days_in_both_systems(check):
    for options in ({}, {"date_1904": True}):
        file = check(good({}, options={"default_date_format": "yyyy/m/d", **options}))
        assert file.problems == []
        assert file.frame["sampled_on"].to_list() == [DAY]


@pytest.mark.parametrize(
    ("serial", "form", "text"),
    [
        (42064, "yyyy年m月d日", None),
        (42064, "[$-804]yyyy-mm-dd;@", None),
        (42064.5, "yyyy-mm-dd", "2015-03-01 12:00:00"),
        (42064, "General", "42064"),
        (0.5, "h:mm", "12:00:00"),
        (60, "yyyy-mm-dd", "60"),
    ],
)
def test_a_day_is_a_number_with_a_days_format(check, serial, form, text):
    def more(made, page):
        page.write_number(1, 1, serial, made.add_format({"num_format": form}))

    file = check(good({}, more=more))
    if text is None:
        assert file.frame["sampled_on"].to_list() == [dt.date(2015, 3, 1)]
    else:
        assert brief(file) == [("not_date", "!Sheet1!B2 sampled_on", text)]


@pytest.mark.parametrize(("form", "shown"), [("0%", "93%"), ("0.0%", "93%"), ("0.00%;[Red]-0.00%", "93%")])
def test_a_per_cent_format_is_never_guessed_at(check, form, shown):
    def more(made, page):
        page.write_number(1, 6, 0.93, made.add_format({"num_format": form}))

    assert brief(check(good({}, more=more))) == [("percent_sign", "!Sheet1!G2 value", shown)]


def test_error_values_are_no_text(check):
    def more(made, page):
        page.write_formula(1, 6, "=1/0", None, "#DIV/0!")
        page.write_formula(1, 10, "=NA()", None, "#N/A")

    file = check(good({}, more=more))
    assert brief(file) == [
        ("error_cell", "!Sheet1!G2 value", "#DIV/0!"),
        ("error_cell", "!Sheet1!K2 inspector", "#N/A"),
    ]
    assert file.frame["inspector"].to_list() == [None]


def test_a_required_cell_with_an_error_value_is_named_once(check):
    file = check(good({}, more=lambda made, page: page.write_formula(1, 4, "=A9", None, "#REF!")))
    assert brief(file) == [("error_cell", "!Sheet1!E2 n_tested", "#REF!")]


def test_of_a_formula_the_stored_result_is_read_and_noted(check):
    file = check(good({}, more=lambda made, page: page.write_formula(1, 4, "=3+4", None, 7)))
    assert brief(file, "note") == [("formula_read", "!Sheet1!E2 n_tested", "=3+4 → 7")]
    assert file.frame["n_tested"].to_list() == [7]


def test_a_formula_without_a_stored_result_is_an_error(check):
    cell = '<c r="E2"><f>3+4</f></c>'
    content = sheet_xml([TITLES, row(n_tested=None)]).replace('<c r="F2"', cell + '<c r="F2"')
    assert brief(check(package(content))) == [("formula_no_value", "!Sheet1!E2 n_tested", "=3+4")]


def test_a_value_from_another_file_is_a_warning(check):
    more = lambda made, page: page.write_formula(1, 4, "='[上年.xlsx]表'!A1", None, 7)  # noqa: E731
    file = check(good({}, more=more))
    assert rules(file, "warning") == ["formula_outside"]


def test_formulas_of_an_old_workbook_are_seen(check):
    import xlwt

    file = check(
        old_book([TITLES, row(n_tested=None)], more=lambda made, page: page.write(1, 4, xlwt.Formula("3+4"))),
        "inspections.xls",
    )
    assert brief(file, "warning") == [("formula_empty", "!Sheet1!E2 n_tested", "=")]
    assert brief(file) == [("required", "!Sheet1!E2 n_tested", "")]


def test_per_cent_hidden_and_merged_cells_of_an_old_workbook(check):
    import xlwt

    def more(made, page):
        page.write(1, 6, 0.93, xlwt.easyxf(num_format_str="0.0%"))
        page.row(2).hidden = True
        page.col(9).hidden = True
        page.merge(1, 2, 11, 11)

    file = check(
        old_book([TITLES, row(value=None, batch_id="B1"), row(batch_id="B2", phone=None)], more=more),
        "inspections.xls",
    )
    assert brief(file) == [
        ("percent_sign", "!Sheet1!G2 value", "93%"),
        ("cells_merged", "!Sheet1!L2", "L2:L3"),
    ]
    assert rules(file, "note") == ["column_hidden", "rows_hidden"]


def test_merged_records_are_named_with_their_address(check):
    file = check(good({}, {"ref_area": None}, more=lambda made, page: page.merge_range(1, 2, 2, 2, "450221")))
    assert brief(file) == [("cells_merged", "!Sheet1!C2", "C2:C3"), ("required", "!Sheet1!C3 ref_area", "")]


def test_hidden_rows_and_columns_are_read_and_noted(check):
    def more(made, page):
        page.set_row(2, None, None, {"hidden": True})
        page.set_column(9, 9, None, None, {"hidden": True})

    file = check(good({}, {}, more=more))
    assert brief(file, "note") == [
        ("column_hidden", "!Sheet1!J1", "serial"),
        ("rows_hidden", "!Sheet1!3:3", ""),
    ]
    assert file.rows == 2


def test_numbers_as_text_are_read_as_in_a_csv(check):
    file = check(good({"n_tested": "1,010", "value": "１２.5", "sampled_on": "2015/3/1"}))
    assert sorted(rules(file, "note")) == ["date_form_read", "full_width_read", "thousands_read"]
    assert file.frame["n_tested"].to_list() == [1010]


def test_a_code_that_became_a_number(check):
    file = check(good({"ref_area": 450221, "phone": 914502001234567890}))
    assert brief(file, "note") == [("number_in_text", "!Sheet1!C2 ref_area", "450221")]
    [(rule, place, _)] = brief(file)
    assert (rule, place) == ("digits_lost", "!Sheet1!L2 phone")
    assert file.frame["ref_area"].to_list() == ["450221"]


def test_a_code_in_scientific_notation_is_named_in_any_file(office, check):
    for file in (check(good({"phone": "9.1450E+17"})), office.check_rows({"phone": "9.1450E+17"})):
        assert [rule for rule, *_ in brief(file)] == ["code_scientific"]


@pytest.mark.parametrize(
    ("stored", "value"),
    [("0.1", 0.1), ("0.10000000000000001", 0.1), ("1E-3", 0.001), ("1.5E3", 1500.0), ("12", 12.0),
     ("1.7976931348623157E+308", 1.7976931348623157e308)],
)  # fmt: skip
def test_numbers_come_through_exactly(check, stored, value):
    content = sheet_xml([TITLES, row(value=77)]).replace("<v>77</v>", f"<v>{stored}</v>")
    file = check(package(content))
    assert file.frame["value"].to_list() == [value]


def test_rich_text_phonetics_and_escapes(check):
    runs = (
        '<si><r><t>王</t></r><r><t xml:space="preserve">小明</t></r><rPh><t>wang</t></rPh></si>'
        "<si><t>a_x000A_b</t></si>"
    )
    content = sheet_xml([TITLES, row(inspector="@0", phone="@1")])
    for i in (0, 1):
        content = content.replace(f'K2" t="inlineStr"><is><t>@{i}</t></is>', f'K2" t="s"><v>{i}</v>')
        content = content.replace(f'L2" t="inlineStr"><is><t>@{i}</t></is>', f'L2" t="s"><v>{i}</v>')
    extra = {"xl/sharedStrings.xml": f"<sst>{runs}</sst>"}
    made = package(content, extra=extra)
    linked = made_with_strings(made)
    file = check(linked)
    assert file.frame.select("inspector", "phone").rows() == [("王小明", "a\nb")]


def made_with_strings(raw: bytes) -> bytes:
    """Add the relation to the shared texts."""
    import io
    import zipfile

    from tests.collect.workbooks import RELATIONS, archive

    with zipfile.ZipFile(io.BytesIO(raw)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    link = f'<Relationship Id="rId9" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", f"{link}</Relationships>".encode())
    return archive(parts)


def test_printed_decimals_are_those_of_the_format_or_the_count(office):
    names = ["地区", "时期", "指标", "渠道", "值", "小数位", "单位", "状态", "界", "发布日期", "来源"]
    base = [
        "450200",
        "2015",
        "pass_rate",
        None,
        93,
        1,
        "percent",
        "published",
        None,
        dt.date(2016, 2, 1),
        "公报",
    ]
    other = [
        "450200",
        "2016",
        "pass_rate",
        None,
        94,
        None,
        "percent",
        "published",
        None,
        dt.date(2017, 2, 1),
        "公报",
    ]
    office.deliver("sources.xlsx", book([["来源", "机关"], ["公报", "市政府"]]))

    def more(made, page):
        page.write_number(2, 4, 94, made.add_format({"num_format": "0.00"}))

    office.deliver("figures.xlsx", book([names, base, other], more=more))
    _, file, *_ = office.check_all()
    assert rules(file) == []
    assert file.frame["decimals"].to_list() == [1, 2]
    assert file.frame["obs_value"].to_list() == [93.0, 94.0]


# ---- Parquet ----------------------------------------------------------------------------------


def parquet(frame: pl.DataFrame) -> bytes:
    import io

    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def typed(**changes: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "batch_id": ["B1", "B2"],
            "sampled_on": [DAY, DAY],
            "ref_area": pl.Series(["450221", "450221"], dtype=pl.Categorical),
            "channel": ["shop", "shop"],
            "n_tested": pl.Series([10, 10], dtype=pl.UInt16),
            "n_bad": pl.Series([0.0, 0.0]),
            "value": pl.Series(["1200.50", "1200.50"]).cast(pl.Decimal(12, 2)),
            "announced": [True, True],
            "verdict": ["conforming", "conforming"],
            "serial": pl.Series([None, None], dtype=pl.Null),
            "inspector": ["王小明", "王小明"],
            "phone": ["0772-1234567", "0772-1234567"],
        }
    )
    return frame.with_columns(series.alias(name) for name, series in changes.items())


def test_a_typed_parquet_file(check):
    file = check(parquet(typed()), "inspections.parquet")
    assert file.problems == []
    assert file.frame.to_dict(as_series=False) == expected([1, 2])


@pytest.mark.parametrize(
    ("name", "values", "rule", "place"),
    [
        ("value", pl.Series([float("nan"), 1.0]), "missing_in_words", ":1 value"),
        ("value", pl.Series([1.0, float("inf")]), "number_not_finite", ":2 value"),
        ("n_bad", pl.Series([0.5, 1.0]), "not_integer", ":1 n_bad"),
        ("phone", pl.Series([[1], [2]]), "column_type", " phone"),
        ("phone", pl.Series([1.5, 2.0]), "column_type", " phone"),
        ("sampled_on", pl.Series([dt.datetime(2015, 3, 1, 10)] * 2), "not_date", ":1 sampled_on"),
        ("sampled_on", pl.Series([2**31 - 1] * 2, dtype=pl.Int32).cast(pl.Date), "not_date", ":1 sampled_on"),
        ("serial", pl.Series([b"a", b"b"]), "column_type", " serial"),
    ],
    ids=["nan", "inf", "half", "list", "float for text", "time", "no day", "bytes"],
)  # fmt: skip
def test_what_a_parquet_column_cannot_be(check, name, values, rule, place):
    file = check(parquet(typed(**{name: values})), "inspections.parquet")
    assert [(r, file.problems[0].where.removeprefix(file.where)) for r, *_ in brief(file)][:1] == [
        (rule, place)
    ]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_midnight_is_a_day(check, unit):
    days = pl.Series([dt.datetime(2015, 3, 1)] * 2).cast(pl.Datetime(unit))
    assert check(parquet(typed(sampled_on=days)), "inspections.parquet").problems == []


def test_columns_of_a_parquet_file(check):
    frame = typed().drop("serial").with_columns(pl.lit("x").alias("编号"))
    file = check(parquet(frame), "inspections.parquet")
    assert brief(file) == [("column_missing", "", "流水号 / serial"), ("column_unknown", "", "编号")]
    titled = check(parquet(typed().rename({"serial": "流水号"})), "inspections.parquet")
    assert titled.problems == [] and "serial" in titled.frame.columns
    assert check(parquet(typed().head(0)), "inspections.parquet").problems[0].rule == "no_records"


# ---- what looks one thing and is stored as another ---------------------------------------------


def at(column: str) -> int:
    return list(BATCH).index(column)


def test_a_raised_footnote_mark_does_not_join_the_number(check):
    def marked(made, page):
        above = made.add_format({"font_script": 1})
        below = made.add_format({"font_script": 2})
        page.write_rich_string(1, at("value"), "93.5", above, "2")
        page.write_rich_string(1, at("ref_area"), "45022", below, "1")

    file = check(good({}, more=marked))
    assert brief(file) == [
        ("footnote_mark", "!Sheet1!C2 ref_area", "45022₁"),
        ("footnote_mark", "!Sheet1!G2 value", "93.5²"),
    ]


def test_a_raised_mark_within_the_cell_itself_and_in_an_old_workbook(check):
    import xlwt

    run = '<r><rPr><vertAlign val="superscript"/></rPr><t>2</t></r>'
    page = sheet_xml([TITLES, row(batch_id="B1", value="93.5")])
    inside = page.replace("<is><t>93.5</t></is>", f"<is><r><t>93.5</t></r>{run}</is>")
    assert inside != page
    assert brief(check(package(inside))) == [("footnote_mark", "!Sheet1!G2 value", "93.5²")]

    def marked(made, sheet):
        font = xlwt.Font()
        font.escapement = xlwt.Font.ESCAPEMENT_SUPERSCRIPT
        sheet.write_rich_text(1, at("value"), ["93.5", ("2", font)])

    old = old_book([TITLES, row(batch_id="B1", value="")], more=marked)
    assert brief(check(old, "inspections.xls")) == [("footnote_mark", "!Sheet1!G2 value", "93.5²")]


@pytest.mark.parametrize("code", ["#,##0,", "#,##0,,", '0!.0,"万"', '0\\.0,"万"'])
def test_a_format_that_shows_thousands_is_refused_as_a_per_cent_one_is(check, code):
    def scaled(made, page):
        page.write_number(1, at("value"), 12345678, made.add_format({"num_format": code}))

    assert brief(check(good({}, more=scaled))) == [
        ("format_scales", "!Sheet1!G2 value", f"12345678 ({code})")
    ]


def test_a_format_that_groups_digits_only_is_read(check):
    def grouped(made, page):
        page.write_number(1, at("value"), 12345678, made.add_format({"num_format": "#,##0.00"}))

    assert rules(check(good({}, more=grouped))) == []


def test_leading_zeros_that_only_the_format_shows_are_no_code(check):
    def code(made, page):
        page.write_number(1, at("serial"), 123, made.add_format({"num_format": "00000"}))

    assert brief(check(good({}, more=code))) == [("code_padded", "!Sheet1!J2 serial", "123 (00000)")]


def test_a_formula_of_an_old_workbook_without_a_result_is_named(check):
    import xlwt

    def formula(made, page):
        page.write(1, at("value"), xlwt.Formula("1+1"))

    old = old_book([TITLES, row(batch_id="B1", value="")], more=formula)
    assert brief(check(old, "inspections.xls"), "warning") == [("formula_empty", "!Sheet1!G2 value", "=")]


def test_a_partly_filled_row_below_the_foot_is_named(check):
    foot = ["填表人：张三"]
    lost = ["B9", DAY]
    alone = ["B9"]
    file = check(book([TITLES, row(batch_id="B1"), foot, lost, alone]))
    assert brief(file, "warning") == [("row_below_foot", "!Sheet1!4:4", "B9")]


@pytest.mark.parametrize("word", ["合计", "小 计", "Total"])
def test_a_row_of_sums_is_one_message_and_no_record(check, word):
    sums = [word, "", "", "", 32, 0]
    file = check(book([TITLES, row(batch_id="B1"), sums]))
    assert brief(file) == [("row_total", "!Sheet1!3:3", word)]
    assert file.frame["batch_id"].to_list() == ["B1"]


def test_a_heading_of_three_rows_is_named_as_such(check):
    top = [*TITLES[:4], "抽查情况", "", *TITLES[6:]]
    middle = ["", "", "", "", "检验", "不合格"]
    bottom = ["", "", "", "", "件数", "件数"]
    [(rule, place, _)] = brief(check(book([top, middle, bottom, row(batch_id="B1")])))
    assert (rule, place) == ("heading_three_rows", "!Sheet1!1:3")
