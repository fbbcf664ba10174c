"""Answers: the delivered file with its wrong cells marked, and a list of everything before it."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from tests.collect.deliveries import NOON, SOURCE, brief, text, worded
from tests.collect.test_sheets import parquet, typed
from tests.collect.workbooks import TITLES, book, good, old_book, package, row, sheet_xml
from zhiheng.collect import limits
from zhiheng.collect.answers import AUTHOR, answer, write_answers
from zhiheng.collect.check import check_file
from zhiheng.collect.sheet_choice import ANSWER_SHEET
from zhiheng.errors import ZhihengError


@pytest.fixture
def answered(office):
    """Deliver a file, check it, and open the answer."""

    def run(content, name: str = "inspections.xlsx"):
        file = check_file(office.city, office.deliver(name, content))
        return load_workbook(io.BytesIO(answer(office.city, file)))

    return run


def marked(page) -> dict[str, str]:
    """The cells with a comment, and the first line of each comment."""
    return {
        cell.coordinate: cell.comment.text.splitlines()[0]
        for cells in page.iter_rows()
        for cell in cells
        if cell.comment is not None
    }


def listed(page) -> list[tuple[object, ...]]:
    rows = list(page.iter_rows(values_only=True))
    head = next(i for i, cells in enumerate(rows) if cells[0] == "级别")
    return [cells[:5] for cells in rows[head + 1 :]]


def links(page) -> dict[str, str]:
    """What is linked in the list, and where to."""
    return {c.value: c.hyperlink.location for cells in page.iter_rows() for c in cells if c.hyperlink}


def test_a_workbook_comes_back_with_its_cells_marked(answered):
    content = good({}, {"n_tested": "abc"}, {"n_tested": 2}, top=3, left=1)
    made = answered(content)
    assert made.sheetnames == [ANSWER_SHEET, "Sheet1"]
    assert marked(made["Sheet1"]) == {"F6": "【不是数字】", "F7": "【检验件数很少】"}
    page = made[ANSWER_SHEET]
    assert listed(page)[0] == ("错误", "Sheet1!F6", "n_tested", "不是数字", "abc")
    assert links(page) == {"Sheet1!F6": "'Sheet1'!F6", "Sheet1!F7": "'Sheet1'!F7"}
    comment = made["Sheet1"]["F6"].comment
    assert comment.author == AUTHOR
    assert "not a number" in comment.text and "abc" in comment.text
    original = load_workbook(io.BytesIO(content))["Sheet1"]
    for cells in original.iter_rows():
        for cell in cells:
            assert made["Sheet1"][cell.coordinate].value == cell.value
    assert made["Sheet1"]["F6"].fill.fgColor.rgb != made["Sheet1"]["F5"].fill.fgColor.rgb


@pytest.mark.parametrize("name", ["inspections.csv", "inspections.xls", "inspections.parquet"])
def test_other_files_come_back_as_a_workbook_with_the_same_rows(answered, name):
    contents = {
        "inspections.csv": text("inspections", {}, {"n_tested": "abc"}),
        "inspections.xls": old_book([TITLES, row(), row(batch_id="B2", n_tested="abc")]),
        "inspections.parquet": parquet(typed(n_tested=typed()["batch_id"])),
    }
    made = answered(contents[name], name)
    page = made.worksheets[1]
    assert page.cell(2, 1).value == "B1" and page.max_row == 3 and page.max_column == 12
    assert marked(page)["E3"] == "【不是数字】"
    assert page.title == ("Sheet1" if name.endswith("xls") else "inspections")


def test_an_answer_that_was_mended_is_a_delivery(office, answered):
    for name, content in (
        ("inspections.xlsx", good({}, {"n_tested": "abc"})),
        ("inspections.csv", text("inspections", {}, {"n_tested": "abc"})),
    ):
        made = answered(content, name)
        made.worksheets[1]["E3"].value = 12
        out = io.BytesIO()
        made.save(out)
        mended = check_file(office.city, office.deliver(f"{name}.answer.xlsx", out.getvalue()))
        assert brief(mended) == []
        assert mended.frame["n_tested"].to_list() == [10, 12]


def test_marks_of_an_earlier_answer_go(answered):
    made = answered(good({"n_tested": "abc"}))
    made["Sheet1"]["E2"].value = 5
    made["Sheet1"]["F2"].value = "x"
    out = io.BytesIO()
    made.save(out)
    again = answered(out.getvalue())
    assert again.sheetnames == [ANSWER_SHEET, "Sheet1"]
    assert marked(again["Sheet1"]) == {"F2": "【不是数字】"}
    assert again["Sheet1"]["E2"].fill.fill_type is None


DANGEROUS = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("name", ["inspections.csv", "inspections.xlsx"])
def test_no_text_becomes_a_formula(answered, name):
    changes = [{"inspector": danger, "n_tested": danger} for danger in DANGEROUS]
    content = text("inspections", *changes) if name.endswith("csv") else good(*changes)
    made = answered(content, name)
    cells = [cell for page in made.worksheets for cells in page.iter_rows() for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(tuple("=+-@\t"))]
    assert len(risky) >= 3 * len(DANGEROUS) - 1
    assert all(cell.quotePrefix for cell in risky)


def test_formulas_come_back_as_their_results(answered):
    def more(made, page):
        page.write_formula(1, 4, "=3+4", None, 7)
        page.write_formula(1, 5, "=1/0", None, "#DIV/0!")

    page = answered(good({}, more=more))["Sheet1"]
    assert page["E2"].value == 7
    assert marked(page) == {"F2": "【单元格是公式错误值】"}


def test_every_bad_row_is_listed_not_the_first_hundred(answered):
    made = answered(good(*[{"n_tested": "abc"}] * 250))
    assert len([line for line in listed(made[ANSWER_SHEET]) if line[3] == "不是数字"]) == 250
    assert len(marked(made["Sheet1"])) == 250


def test_limits_of_comments_links_and_rows(answered, monkeypatch):
    monkeypatch.setattr(limits, "MOST_COMMENTS", 3)
    monkeypatch.setattr(limits, "MOST_LINKS", 2)
    monkeypatch.setattr(limits, "SHEET_ROWS", 30)
    made = answered(text("inspections", *[{"n_tested": "abc"}] * 40), "inspections.csv")
    first, second = made.worksheets[1:]
    assert (first.max_row, second.title, second.max_row) == (30, "inspections 2", 11)
    assert list(marked(first)) == ["E2", "E3", "E4"] and marked(second) == {}
    assert second["E5"].fill.fill_type == "solid"
    page = made[ANSWER_SHEET]
    assert len(links(page)) == 2
    texts = [cells[0] for cells in page.iter_rows(values_only=True)]
    assert "批注只加到第 3 格，其余单元格只着色" in texts
    assert texts[-1] == "还有 30 条问题列不下"


def test_a_file_that_is_no_table_has_the_list_alone(answered):
    made = answered(b"PK\x03\x04", "inspections.xlsx")
    assert made.sheetnames == [ANSWER_SHEET]
    assert [line[3] for line in listed(made[ANSWER_SHEET])] == ["文件损坏，读不出来"]


def test_a_workbook_that_the_writer_does_not_take_is_written_anew(answered):
    sheet = sheet_xml([TITLES, row(n_tested="abc")]).replace(
        "<sheetData>", '<sheetViews x="1"/><sheetData>', 1
    )
    made = answered(package(sheet.replace('r="1">', 'r="1" ht="tall">', 1)))
    assert marked(made["Sheet1"]) == {"E2": "【不是数字】"}


def test_rows_that_are_too_short_and_cells_with_invisible_characters(answered):
    content = text("inspections", {}, {"inspector": "王\x07明"}) + "B3,2015-03-01\n"
    page = answered(content, "inspections.csv").worksheets[1]
    assert marked(page) == {"K3": "【单元格里有看不见的字符】", "A4": "【这一行的列数不够】"}
    assert page["K3"].value == "王<U+0007>明"


def test_answers_of_a_whole_delivery(office, tmp_path):
    office.deliver("sources.xlsx", book([["来源", "机关"], list(SOURCE.values())]))
    office.deliver("inspections.csv", text("inspections", {"n_tested": "abc"}))
    office.deliver("inspections.old.csv", text("inspections", {}))
    office.deliver("nothing.csv", "a,b\n", "lab")
    before = {p: p.read_bytes() for p in office.folder.rglob("*") if p.is_file()}
    notes = worded(write_answers(office.city, office.check_all(), tmp_path / "out"))
    assert [(n.rule, n.severity) for n in notes] == [("answer_written", "note")] * 3
    there = sorted(p.name for p in (tmp_path / "out" / "lab").iterdir())
    assert there == [f"{name}.csv.answer.xlsx" for name in ("inspections", "inspections.old", "nothing")]
    twins = load_workbook(tmp_path / "out/lab/inspections.old.csv.answer.xlsx")
    assert [line[3] for line in listed(twins[ANSWER_SHEET])] == ["两个文件报的是同一轮"]
    assert before == {p: p.read_bytes() for p in office.folder.rglob("*") if p.is_file()}


def test_answers_may_not_lie_among_the_deliveries(office):
    with pytest.raises(ZhihengError) as caught:
        write_answers(office.city, [], office.folder / "1_collected" / "answers")
    assert [p.rule for p in worded(caught.value.problems)] == ["answers_inside"]


def test_check_writes_answers_when_asked_and_stops_all_the_same(office, tmp_path):
    from zhiheng.pipeline import Run

    office.deliver("inspections.xlsx", good({"n_tested": "abc"}))
    with pytest.raises(ZhihengError) as caught:
        Run(folder=office.folder, now=NOON, answers=tmp_path / "out").go("collect")
    assert [p.rule for p in caught.value.problems] == ["not_number", "answer_written"]
    assert (tmp_path / "out/lab/inspections.xlsx.answer.xlsx").is_file()
    assert not (office.folder / "2_frozen").exists()
