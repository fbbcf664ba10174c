"""Excel workbooks: nothing in them runs, nothing in them depends on the day, and they say what they hold."""

from __future__ import annotations

import contextlib
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from zhiheng.framework.city import City, load
from zhiheng.publish import figure_books, workbook
from zhiheng.publish.workbook import Sheet

HOSTILE = ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\tx", "https://example.org/a"]


@pytest.fixture(scope="module")
def city(demo: Path) -> City:
    return load(demo)


@pytest.fixture(scope="module")
def long_table(demo: Path) -> pl.DataFrame:
    return pl.read_parquet(demo / "4_computed" / "figures.parquet")


def made(path: Path, rows: list[list[object]], **more: object) -> Path:
    sheet = Sheet(name="s", heads=("甲",), rows=rows, widths=(10,), **more)  # type: ignore[arg-type]
    workbook.write(path, "t", [sheet])
    return path


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    page = openpyxl.load_workbook(made(tmp_path / "x.xlsx", [[text] for text in HOSTILE]))["s"]
    cells = [row[0] for row in page.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == HOSTILE
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True] * 6 + [False]
    assert not any(cell.hyperlink for cell in cells)


def test_the_bytes_do_not_depend_on_when_it_was_written(tmp_path):
    rows: list[list[object]] = [["a"], [1.5], [None]]
    assert made(tmp_path / "a.xlsx", rows).read_bytes() == made(tmp_path / "b.xlsx", rows).read_bytes()


def test_a_number_is_shown_with_the_decimals_it_was_printed_with(tmp_path):
    page = openpyxl.load_workbook(made(tmp_path / "x.xlsx", [[80.4], [2000.0]], decimals=[2, 0]))["s"]
    assert [(c.value, c.number_format) for (c,) in page.iter_rows(min_row=2)] == [
        (80.4, "#,##0.00"),
        (2000, "#,##0"),
    ]


def test_the_workbook_has_every_figure_once(city, long_table, demo):
    place = demo / "5_published/site/data/figures.xlsx"
    with contextlib.closing(openpyxl.load_workbook(place, read_only=True)) as book:
        head, *rows = book["数值 Figures"].iter_rows(values_only=True)
    assert sorted(row[head.index("编号 Figure id")] for row in rows) == sorted(long_table["figure_id"])


def test_an_indicator_has_its_figures_and_says_what_they_are(city, demo):
    book = openpyxl.load_workbook(demo / "5_published/site/data/indicators/qci.xlsx")
    head, *rows = book["数值 Figures"].iter_rows(values_only=True)
    values = {
        (row[head.index("地区 Area")], row[head.index("时期 Period")]): row[head.index("值 Value")]
        for row in rows
        if row[head.index("行业 Industry")] == "合计 Total"
        and row[head.index("系列 Series")].startswith("公布")
    }
    assert values["柳州 Liuzhou", "2015"] == 84.22
    notes = [text for row in book["说明 Notes"].iter_rows(values_only=True) for text in row if text]
    assert city.indicators["qci"].definition.zh in notes
    assert city.indicators["qci"].definition.en in notes
    assert any("不得引用" in text for text in notes)


def test_simulated_figures_say_so_in_their_rows(city, long_table):
    [(_, _, [sheet, _])] = [b for b in figure_books.books(city, long_table) if "online_items" in b[0]]
    at = sheet.heads.index("系列 Series")
    assert {row[at] for row in sheet.rows} == {"模拟 simulated"}
    at = sheet.heads.index("值的状态 Status")
    assert "正常 normal" not in {row[at] for row in sheet.rows}


def test_assumed_parameters_stand_in_the_rows_and_numbers_have_no_noise(city, long_table):
    [(_, _, [sheet, _])] = [b for b in figure_books.books(city, long_table) if b[0].endswith("/qci.xlsx")]
    series, method = (sheet.heads.index(h) for h in ("系列 Series", "方法参数 Status of the method"))
    assert {row[method] for row in sheet.rows if row[series] == "模拟 simulated"} == {"假定 assumed"}
    at = sheet.heads.index("值 Value")
    assert all(float(f"{row[at]:.12g}") == row[at] for row in sheet.rows if row[at] is not None)
