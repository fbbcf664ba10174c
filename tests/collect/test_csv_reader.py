"""From bytes to text: what is no CSV, what is a damaged one, and on which line."""

from __future__ import annotations

import gzip
import io
import zipfile

import numpy as np
import pytest

from tests.collect.deliveries import BATCH, Office, brief, text
from zhiheng.collect import records
from zhiheng.errors import Problem

HEADER = ",".join(BATCH)
GOOD = text("inspections", {}, {"inspector": "李四"}).splitlines()


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def errors(office: Office, content: str | bytes) -> list[tuple[str, str, str]]:
    return brief(office.check(content))


def test_a_good_file_has_no_problems(office):
    file = office.check(lines(*GOOD))
    assert file.problems == []
    assert (file.rows, file.encoding, file.frame["source_line"].to_list()) == (2, "utf-8", [2, 3])
    assert file.frame.columns == [*BATCH, "source_line"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings_and_line_ends_are_read_alike(office, encoding, end):
    rows = [*GOOD, GOOD[1].replace("B1", "B3").replace("王小明", '"王\n明"')]
    file = office.check(lines(*rows).replace("\n", end).encode(encoding))
    assert file.problems == []
    assert file.encoding == ("gb18030" if encoding.startswith("gb") else "utf-8")
    assert file.frame["inspector"].to_list() == ["王小明", "李四", "王\n明"]
    assert file.frame["source_line"].to_list() == [2, 3, 4]


def test_a_last_line_without_an_end_is_a_line(office):
    assert office.check("\n".join(GOOD)).rows == 2


def test_gb18030_trail_bytes_are_not_taken_for_ascii(office):
    # In GB18030 the second byte of these characters is that of "|", "\\", "^", "~" and "@".
    file = office.check(lines(GOOD[0], GOOD[1].replace("王小明", "瓅乗乛亊侤")).encode("gb18030"))
    assert file.frame["inspector"].to_list() == ["瓅乗乛亊侤"]


# ---- files that are no CSV --------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b"  \r\n\r\n", b",,,\n,,\n"])
def test_an_empty_file(office, content):
    assert [rule for rule, *_ in errors(office, content)] == ["file_empty"]


def test_a_header_without_records(office):
    assert [e[0] for e in errors(office, HEADER)] == ["no_records"]
    assert [e[0] for e in errors(office, HEADER + "\n\n")] == ["no_records"]


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (_zip(), "XLSX"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "XLS"),
        (b"PAR1" + bytes(20) + b"PAR1", "Parquet"),
        (b"%PDF-1.7\n", "PDF"),
        (gzip.compress(HEADER.encode(), mtime=0), "gzip"),
    ],
    ids=["xlsx", "xls", "parquet", "pdf", "gzip"],  # the bytes of an archive hold its time
)
def test_a_binary_file_with_another_name(office, content, kind):
    [(rule, _, found)] = errors(office, content)
    assert rule == "file_not_text"
    assert kind in found


@pytest.mark.parametrize(
    ("encoding", "rule"),
    [
        ("utf-16", "file_utf16"),
        ("utf-32", "file_utf16"),
        ("utf-16-le", "file_nul"),
        ("utf-16-be", "file_nul"),
    ],
)
def test_wide_encodings(office, encoding, rule):
    assert [e[0] for e in errors(office, lines(*GOOD).encode(encoding))] == [rule]


def test_a_nul_byte_is_named_with_its_line(office):
    assert errors(office, lines(GOOD[0], GOOD[1], "B2,\0")) == [("file_nul", "3", "0x00")]


def test_undecodable_bytes_are_named_with_their_line(office):
    broken = lines(*GOOD).encode("gb18030") + b"B3,\xff\xff,\n"
    assert errors(office, broken) == [("bytes_undecodable", "4", "0xFF 0xFF 0x2C 0x0A")]
    carriages = lines(*GOOD).replace("\n", "\r").encode("gb18030") + b"\xff"
    assert errors(office, carriages)[0][:2] == ("bytes_undecodable", "4")


def test_one_broken_character_does_not_turn_a_utf8_file_into_another_encoding(office):
    whole = lines(*GOOD).encode("utf-8")
    broken = whole.replace("李".encode(), "李".encode()[:2])
    with pytest.raises(UnicodeDecodeError):
        broken.decode("utf-8")
    assert errors(office, broken)[0][:2] == ("bytes_undecodable", "3")
    marked = b"\xef\xbb\xbf" + lines(GOOD[0], "B1,2015-03-01,\xd6\xd0").encode("latin-1")
    assert errors(office, marked)[0][:2] == ("bytes_undecodable", "2")


@pytest.mark.parametrize("suffix", ["txt", "tsv", "et", "xlsb", "ods"])
def test_other_formats_are_not_read(office, suffix):
    office.deliver(f"inspections.{suffix}", b"x")
    [file] = office.check_all()
    assert brief(file) == [("format_unsupported", "", f".{suffix}")]


# ---- header -----------------------------------------------------------------------------------


def test_columns_may_stand_in_any_order(office):
    names = list(reversed(BATCH))
    file = office.check(lines(",".join(names), ",".join(BATCH[name] for name in names)))
    assert file.problems == []
    assert file.frame.columns == [*BATCH, "source_line"]


@pytest.mark.parametrize(("separator", "label"), [(";", ";"), ("\t", "Tab"), ("，", "，"), ("|", "|")])
def test_another_separator_is_told(office, separator, label):
    content = lines(*GOOD).replace(",", separator)
    assert errors(office, content) == [("separator_other", "1", label)]
    quoted = content.replace("王小明", '"王小明"')
    assert errors(office, quoted) == [("separator_other", "1", label)]


def test_unknown_and_missing_columns_with_the_closest_name(office):
    file = office.check(lines(HEADER.replace("n_tested", "n_test").replace("phone", "telefon"), GOOD[1]))
    assert brief(file) == [
        ("column_missing", "1", "电话 / phone"),
        ("column_missing_required", "1", "检验件数 / n_tested"),
        ("column_unknown", "1", "n_test"),
        ("column_unknown", "1", "telefon"),
    ]
    assert "fill in every row" in next(p for p in file.problems if p.rule.endswith("required")).fix("en")
    fixes = {p.found: p.fix("en") for p in file.problems if p.rule == "column_unknown"}
    assert "nearest: n_tested;" in fixes["n_test"]
    assert "Items tested (n_tested)" in fixes["n_test"]


def test_titles_are_taken_for_names_as_in_a_workbook(office):
    from tests.collect.workbooks import TITLES

    by_name = office.check(lines(HEADER, *GOOD[1:])).frame
    file = office.check(lines(",".join(TITLES), *GOOD[1:]))
    assert file.problems == []
    assert file.frame.equals(by_name)


def test_a_column_for_remarks_is_left_unread_as_in_a_workbook(office):
    file = office.check(lines(HEADER + ",备注", GOOD[1] + ",核实"))
    assert brief(file) == []
    assert brief(file, "note") == [("notes_column_skipped", "1", "备注")]


def test_a_heading_that_stands_again_is_one_message(office):
    file = office.check(lines(HEADER, GOOD[1], HEADER))
    assert [e[:2] for e in brief(file)] == [("heading_repeated", "3")]


def test_header_mistakes_do_not_hide_those_of_cells(office):
    content = lines(HEADER.replace("n_bad", "n_tested"), GOOD[1].replace("2015-03-01", "春天"))
    assert errors(office, content) == [
        ("column_missing", "1", "不合格件数 / n_bad"),
        ("header_duplicate", "1", "n_tested"),
        ("not_date", "2 sampled_on", "春天"),
    ]


def test_a_column_without_a_name(office):
    content = lines(HEADER + ",", GOOD[1] + ",x")
    assert errors(office, content) == [("header_empty", "1", "13")]


def test_a_header_of_thousands_of_columns(office):
    assert errors(office, lines("a" + "," * 5000, *GOOD)) == [("columns_too_many", "1", "5001")]
    assert errors(office, lines("标题", "," * 2000 + "x", *GOOD))[0][0] == "header_not_first"


def test_blanks_in_the_header_are_noted(office):
    file = office.check(lines(HEADER.replace("n_bad", " n_bad "), *GOOD[1:]))
    assert brief(file) == []
    assert brief(file, "note") == [("header_blanks", "1", " n_bad ")]


def test_a_title_above_the_header(office):
    file = office.check(lines("柳州市监督抽查统计表,,", "2015年", *GOOD))
    assert brief(file) == [("header_not_first", "1", "柳州市监督抽查统计表,,")]
    assert "line 3" in file.problems[0].fix("en")


def test_a_header_may_be_quoted_and_span_lines(office):
    quoted = ",".join(f'"{name}"' for name in BATCH)
    assert office.check(lines(quoted, *GOOD[1:])).problems == []
    [error, *_] = errors(office, lines(quoted.replace("phone", "pho\nned"), *GOOD[1:]))
    assert error == ("column_missing", "1", "电话 / phone")


# ---- rows -------------------------------------------------------------------------------------


def test_rows_too_short_and_too_long_and_the_others_are_still_checked(office):
    file = office.check(lines(GOOD[0], "B1,2015-03-01", GOOD[1], GOOD[2] + ",,", GOOD[1].replace("10", "x")))
    assert brief(file) == [
        ("row_short", "2", "2"),
        ("row_long", "4", "14"),
        ("key_duplicate", "5 batch_id", "B1"),
        ("not_number", "5 n_tested", "x"),
    ]
    assert file.rows == 4
    assert file.frame["source_line"].to_list() == [3, 5]


def test_a_thousands_separator_without_quotes_makes_a_row_too_long(office):
    assert errors(office, lines(GOOD[0], GOOD[1].replace("1200.50", "1,200.50"))) == [("row_long", "2", "13")]


def test_line_numbers_are_physical_where_records_span_lines(office):
    spanning = GOOD[1].replace("王小明", '"王\n\n明"')
    content = lines(GOOD[0], spanning, GOOD[2].replace("conforming", "fine"), "B3")
    assert errors(office, content) == [("not_in_list", "5 verdict", "fine"), ("row_short", "6", "1")]


def test_blank_lines_are_noted_but_not_at_the_end(office):
    file = office.check(lines("", GOOD[0], GOOD[1], "", "   ", GOOD[2], "," * 11, "", ""))
    assert brief(file) == []
    assert [(p.where, p.count) for p in file.problems] == [(f"{file.where}:1", 4)]
    assert file.frame["source_line"].to_list() == [3, 6]
    assert office.check(lines(*GOOD, "", "")).problems == []


def test_a_table_of_one_column_has_no_empty_records(office):
    office.edit("framework/contracts/sources.yaml", "  - {name: issuer", "  # {name: issuer")
    file = office.check("source\n公报\n\n年鉴\n", "sources")
    assert [p.rule for p in file.problems] == ["blank_lines"]
    assert file.frame["source"].to_list() == ["公报", "年鉴"]


# ---- quotation marks --------------------------------------------------------------------------


def test_doubled_quotation_marks_and_commas_in_quotes(office):
    file = office.check(lines(GOOD[0], GOOD[1].replace("王小明", '"王""小"",明"')))
    assert file.problems == []
    assert file.frame["inspector"].to_list() == ['王"小",明']


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ('5"钢管', "quote_misplaced"),
        ('"钢管"5', "quote_misplaced"),
        ('"钢管" ', "quote_misplaced"),
        ('钢"管"', "quote_misplaced"),
        ('"钢管', "quote_unclosed"),
        ('"""', "quote_unclosed"),
    ],
)
def test_a_stray_quotation_mark_is_named_with_its_line(office, cell, rule):
    bad = GOOD[1].replace("王小明", cell)
    assert [e[:2] for e in errors(office, lines(GOOD[0], GOOD[2], bad, *GOOD[1:]))][:1] == [(rule, "3")]


def test_one_stray_quotation_mark_does_not_hide_the_next(office):
    bad = GOOD[1].replace("王小明", '"王小明')
    worse = GOOD[1].replace("王小明", '王"小明')
    found = errors(office, lines(GOOD[0], bad, GOOD[1], worse, GOOD[1], bad))
    assert [e[:2] for e in found] == [
        ("quote_unclosed", "2"),
        ("quote_misplaced", "4"),
        ("quote_unclosed", "6"),
    ]
    assert found[0][2].startswith('"王小明,0772')


def test_an_unclosed_quotation_mark_at_the_very_end(office):
    assert errors(office, lines(*GOOD) + '"') == [("quote_unclosed", "4", '"')]


# ---- the counting itself ----------------------------------------------------------------------


def test_records_across_blocks_are_counted_as_within_one(monkeypatch):
    data = b'a,"b,\n""c""",d\n\n"x\ny",,\n1,2,3'
    whole = records.index(data)
    assert whole.fields.tolist() == [3, 1, 3, 3]
    assert whole.lines.tolist() == [1, 3, 4, 6]
    for step in range(1, len(data)):
        monkeypatch.setattr(records, "_STEP", step)
        parts = records.index(data)
        for name in ("starts", "ends", "fields", "lines"):
            assert np.array_equal(getattr(parts, name), getattr(whole, name)), (step, name)


def test_text_across_blocks_is_decoded_as_within_one(monkeypatch, office):
    from zhiheng.collect import encoding

    utf8, gbk = (lines(*GOOD).encode(code) for code in ("utf-8", "gb18030"))
    for step in (1, 2, 3, 5, 7, 64):
        monkeypatch.setattr(encoding, "_STEP", step)
        assert encoding.to_utf8(utf8, "x") == (utf8, "utf-8")
        assert encoding.to_utf8(gbk, "x") == (utf8, "gb18030")


def test_more_than_a_hundred_short_rows_are_counted_and_all_kept(office):
    file = office.check(lines(GOOD[0], *["B1,2015"] * 250, GOOD[1]))
    short = [p for p in file.problems if p.rule == "row_short"]
    assert len(short) == 100
    assert sum(p.count for p in short) == 250
    assert short[-1].count == 151
    assert file.bad_rows.height == 250
    assert file.bad_rows.row(249) == (251, "", "row_short", "2")


def test_the_reader_is_not_believed_when_it_counts_otherwise(office, monkeypatch):
    from zhiheng.collect import csv_reader

    honest = csv_reader._read_csv
    monkeypatch.setattr(csv_reader, "_read_csv", lambda *a, **k: honest(*a, **k).head(1))
    assert errors(office, lines(*GOOD)) == [("reader_disagrees", "", "1")]


def test_a_long_snippet_is_cut_and_invisible_characters_are_spelt_out():
    from zhiheng.collect.findings import visible

    assert visible("a\u200bb\nc\x07") == "a<U+200B>b↵c<U+0007>"
    assert len(visible("长" * 100)) == 60


def test_problems_are_problems(office):
    assert all(isinstance(p, Problem) for p in office.check(b"").problems)


def test_a_row_of_sums_is_one_message(office):
    content = text("inspections", {}) + "合计,,,,10,0,,,,,,\n"
    file = office.check(content)
    assert brief(file) == [("row_total", "3", "合计")]
