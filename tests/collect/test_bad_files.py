"""Files that are not what they seem, are locked, damaged or too large: a problem, in little memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.collect.deliveries import brief, spoken, text
from tests.collect.test_sheets import parquet, several, typed
from tests.collect.workbooks import TITLES, archive, good, old_book, package, row, sheet_xml
from zhiheng.collect import guard, limits
from zhiheng.collect.check import check_file


@pytest.fixture
def problem(office):
    """Deliver a file that cannot be read and return what is said of it: rule and what was found."""

    def run(content: bytes, suffix: str):
        path = office.deliver(f"inspections.{suffix}", content)
        file = spoken(check_file(office.city, path))
        assert file.frame is None
        [only] = file.problems
        return only.rule, only.found

    return run


# ---- another format ---------------------------------------------------------------------------

PAGE = b"<html><meta charset=gbk><table><tr><td>1</td></tr></table></html>"


@pytest.mark.parametrize(
    ("content", "suffix", "rule", "found"),
    [
        (lambda: text("inspections").encode(), "xlsx", "suffix_wrong", "CSV (text)"),
        (lambda: text("inspections").encode("gb18030"), "xls", "suffix_wrong", "CSV (text)"),
        (lambda: text("inspections").encode(), "parquet", "suffix_wrong", "CSV (text)"),
        (good, "xls", "suffix_wrong", "XLSX (ZIP)"),
        (lambda: old_book([TITLES, row()]), "xlsx", "suffix_wrong", "XLS"),
        (lambda: parquet(typed()), "xlsx", "suffix_wrong", "Parquet"),
        (lambda: PAGE, "xls", "file_is_page", "HTML"),
        (lambda: "﻿<table>".encode("utf-16"), "xls", "file_is_page", "HTML"),
        (lambda: b'<?xml version="1.0"?><Workbook/>', "xls", "file_is_page", "XML"),
        (lambda: b"", "xlsx", "file_empty", "0"),
        (lambda: b"\x89PNG\0\0", "xlsx", "file_damaged", "?"),
        (lambda: archive({"word/document.xml": "<x/>"}), "xlsx", "archive_no_workbook", "DOCX"),
        (lambda: archive({"content.xml": "<x/>"}), "xlsx", "archive_no_workbook", "ODS"),
        (lambda: archive({"xl/workbook.bin": b"x"}), "xlsx", "archive_no_workbook", "XLSB"),
        (lambda: archive({"a.csv": "x"}), "xlsx", "archive_no_workbook", "ZIP"),
    ],
)  # fmt: skip
def test_a_file_with_another_formats_name(problem, content, suffix, rule, found):
    assert problem(content(), suffix) == (rule, found)


def test_a_workbook_called_csv(office):
    assert brief(office.check(good()))[0][0] == "file_not_text"


# ---- locked and with macros -------------------------------------------------------------------


def test_a_workbook_with_a_password(problem):
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(good())).encrypt("secret", out)
    assert problem(out.getvalue(), "xlsx") == ("password_protected", "")


def test_an_old_workbook_with_a_password(problem):
    raw = bytearray(old_book([TITLES, row()]))
    at = raw.index(bytes.fromhex("42000200"))  # a CODEPAGE record gives way to one of FILEPASS
    raw[at : at + 6] = bytes.fromhex("2f0002000000")
    assert problem(bytes(raw), "xls") == ("password_protected", "")


def test_an_archive_whose_parts_are_locked(problem):
    raw = bytearray(good())
    begin = raw.index(b"PK\x01\x02")
    raw[begin + 8] |= 1
    assert problem(bytes(raw), "xlsx") == ("password_protected", "")


@pytest.mark.parametrize("suffix", ["xlsm", "xls"])
def test_macros_are_not_run_and_noted(office, suffix):
    made = package(sheet_xml([TITLES, row()]), extra={"xl/vbaProject.bin": b"macro"})
    if suffix == "xls":
        made = old_book([TITLES, row()]) + "_VBA_PROJECT_CUR".encode("utf-16-le") + bytes(480)
    file = spoken(check_file(office.city, office.deliver(f"inspections.{suffix}", made)))
    assert brief(file) == []
    assert brief(file, "note") == [("macros_ignored", "!Sheet1", "")]


# ---- damaged ----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "parquet"])
def test_a_file_that_was_cut_off(problem, suffix, part):
    whole = {"xlsx": good, "xls": lambda: old_book([TITLES, row()]), "parquet": lambda: parquet(typed())}[
        suffix
    ]()
    assert problem(whole[: int(len(whole) * part)], suffix)[0] == "file_damaged"


@pytest.mark.parametrize(
    "sheet",
    [
        sheet_xml([TITLES, row()]).replace('<row r="2">', '<row r="1">'),
        sheet_xml([TITLES, row()]).replace('<row r="2">', '<row r="1048577">'),
        sheet_xml([TITLES, row()]).replace('r="B2"', 'r="ZZZZ2"'),
        sheet_xml([TITLES, row()]).replace('t="inlineStr"', 't="s"', 1),
        sheet_xml([TITLES, row()])[:-40],
    ],
    ids=["row twice", "row too far", "column too far", "no such text", "cut off"],
)
def test_a_sheet_that_makes_no_sense(problem, sheet):
    assert problem(package(sheet), "xlsx")[0] == "file_damaged"


def test_entities_are_not_expanded(problem):
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>'
    sheet = (
        sheet_xml([TITLES, row(inspector="@")]).replace('<?xml version="1.0"?>', bomb).replace("@", "&l9;")
    )
    assert problem(package(sheet), "xlsx")[0] == "file_damaged"
    outer = package(sheet_xml([TITLES, row()]))
    with zipfile.ZipFile(io.BytesIO(outer)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/workbook.xml"] = bomb.encode() + parts["xl/workbook.xml"].replace(b"Sheet1", b"&l9;")
    assert problem(archive(parts), "xlsx")[0] == "file_damaged"


# ---- too large --------------------------------------------------------------------------------


def quiet(run) -> float:
    """Run something and return the most memory that Python held for it, in MiB."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def test_an_archive_that_unpacks_to_too_much_is_not_opened(problem):
    bomb = package(b"\0" * (96 << 20))
    assert len(bomb) < 200_000
    peak = quiet(lambda: problem(bomb, "xlsx"))
    assert problem(bomb, "xlsx")[0] == "archive_bomb"
    assert peak < 20


def test_an_archive_that_declares_less_than_it_holds(problem):
    raw = bytearray(package(b" " * (8 << 20)))
    size = (8 << 20).to_bytes(4, "little")
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = (1000).to_bytes(4, "little")
    assert problem(bytes(raw), "xlsx")[0] == "file_damaged"


def test_limits_of_parts_sheets_and_texts(problem, office, monkeypatch):
    monkeypatch.setattr(limits, "MOST_PARTS", 3)
    assert problem(good(), "xlsx")[0] == "parts_too_many"
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MOST_STRINGS", 10)
    assert problem(good(), "xlsx") == ("archive_bomb", "xl/sharedStrings.xml")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MOST_SHEETS", 2)
    assert problem(good(more=several(("a", [], False), ("b", [], False))), "xlsx") == ("sheets_too_many", "3")
    monkeypatch.undo()
    assert problem(package(sheet_xml([TITLES, row(inspector="王" * 40_000)])), "xlsx")[0] == "cell_too_long"
    wide = [*TITLES, *(f"x{i}" for i in range(1500))]
    assert problem(good(header=wide), "xlsx") == ("columns_too_many", "1512")


def test_files_beyond_the_limit_are_not_read(problem, office, monkeypatch):
    monkeypatch.setattr(limits, "MOST_WORKBOOK_BYTES", 100)
    monkeypatch.setattr(limits, "MOST_BYTES", 100)
    for content, suffix in (
        (good(), "xlsx"),
        (text("inspections").encode(), "csv"),
        (parquet(typed()), "parquet"),
    ):
        assert problem(content, suffix) == ("file_too_large", "0 MiB")


def test_a_csv_that_the_memory_cannot_hold(problem, monkeypatch):
    monkeypatch.setattr(limits, "RATIO_FROM", 0)
    monkeypatch.setattr(guard, "free_memory", lambda: 1000)
    assert problem(text("inspections").encode(), "csv") == ("memory_too_small", "0 MiB")


def test_the_free_memory_is_known_or_not_asked_for():
    free = guard.free_memory()
    assert free is None or free > limits.MIB


def test_a_parquet_file_of_too_many_cells_or_too_long_texts(problem, monkeypatch):
    monkeypatch.setattr(limits, "MOST_CELLS", 5)
    assert problem(parquet(typed()), "parquet") == ("cells_too_many", "24")
    monkeypatch.undo()
    long = typed(phone=pl.Series(["x" * 200_000, "y"]))
    assert problem(parquet(long), "parquet")[0] == "cell_too_long"
    monkeypatch.setattr(limits, "MOST_TEXT", 100)
    assert problem(parquet(typed()), "parquet")[0] == "file_too_large"


def test_a_text_repeated_without_end_in_a_parquet_file(problem, monkeypatch):
    monkeypatch.setattr(limits, "MOST_TEXT", 1 << 20)
    same = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), 300_000), ["x" * 30_000])
    out = io.BytesIO()
    pq.write_table(pa.table({"phone": same}), out)
    raw = out.getvalue()
    assert len(raw) < 100_000
    assert quiet(lambda: problem(raw, "parquet")) < 50


def test_thirty_thousand_formatted_empty_rows(office):
    empty = "".join(
        f'<row r="{i}" s="1" customFormat="1"><c r="A{i}" s="1"/></row>' for i in range(3, 30_003)
    )
    sheet = sheet_xml([TITLES, row()]).replace("</sheetData>", f"{empty}</sheetData>")
    content = package(sheet)
    path = office.deliver("inspections.xlsx", content)
    city = office.city
    check_file(city, path)  # whatever is imported or cached once
    assert quiet(lambda: check_file(city, path)) < 30
    file = check_file(city, path)
    assert file.problems == [] and file.rows == 1


@pytest.mark.slow
def test_a_million_formatted_empty_rows(office):
    rows = 1_048_576
    empty = "".join(f'<row r="{i}" s="1"><c r="A{i}" s="1"/></row>' for i in range(3, rows + 1))
    sheet = sheet_xml([TITLES, row()]).replace("</sheetData>", f"{empty}</sheetData>")
    file = check_file(office.city, office.deliver("inspections.xlsx", package(sheet)))
    assert file.problems == [] and file.rows == 1
