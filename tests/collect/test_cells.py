"""From text to types: what is read and noted, what is an error, and that no cell hides another."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.collect.deliveries import Office, brief
from zhiheng.collect.cells import printed_decimals


def read(office: Office, field: str, cell: str):
    """The value that a cell is read as, and the notes, of a file that has no errors."""
    file = office.check_rows({field: cell})
    assert brief(file) == []
    return file.frame[field].item(), [rule for rule, *_ in brief(file, "note")]


def error(office: Office, field: str, cell: str) -> str:
    """The one error that a cell makes; its value is null."""
    file = office.check_rows({field: cell}, {})
    [(rule, place, _)] = brief(file)
    assert place == f"2 {field}"
    assert file.frame[field][0] is None
    assert file.bad_rows.rows() == [(2, field, rule, cell)]
    return rule


@pytest.mark.parametrize(
    ("cell", "value", "notes"),
    [
        ("10", 10, []),
        ("+10", 10, []),
        ("007", 7, []),
        (" 10 ", 10, ["blanks_stripped"]),
        ("\u300010", 10, ["blanks_stripped"]),
        ("１０", 10, ["full_width_read"]),
        ("1,234", 1234, ["thousands_read"]),
        (" １，２３４", 1234, ["blanks_stripped", "full_width_read", "thousands_read"]),
    ],
)
def test_integers_are_read(office, cell, value, notes):
    assert read(office, "n_tested", cell) == (value, notes)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("1.5", "not_integer"),
        ("12.0", "not_integer"),
        ("1e3", "not_integer"),
        ("12abc", "not_number"),
        ("1_000", "not_number"),
        ("12,34", "not_number"),
        ("1,2345", "not_number"),
        ("1 000", "not_number"),
        ("0x10", "not_number"),
        ("二十", "not_number"),
        ("10件", "not_number"),
        ("٣", "not_number"),
        ("10%", "percent_sign"),
        ("nan", "missing_in_words"),
        ("inf", "number_not_finite"),
        ("99999999999999999999", "integer_too_large"),
    ],
)
def test_what_is_no_integer(office, cell, rule):
    assert error(office, "n_tested", cell) == rule


@pytest.mark.parametrize(
    ("cell", "value", "notes"),
    [
        ("1200.50", 1200.5, []),
        (".5", 0.5, []),
        ("5.", 5.0, []),
        ("1e5", 100000.0, []),
        ("0e5", 0.0, []),
        ("0.0000", 0.0, []),
        ("１２.５", 12.5, ["full_width_read"]),
        ("１２．５", 12.5, ["full_width_read"]),
        ("1,234,567.8", 1234567.8, ["thousands_read"]),
        ("12.5\u00a0", 12.5, ["blanks_stripped"]),
        ("12.5\t", 12.5, ["blanks_stripped"]),
    ],
)
def test_numbers_are_read(office, cell, value, notes):
    assert read(office, "value", cell) == (value, notes)


def test_a_full_width_or_typographic_minus(office):
    file = office.check_rows({"value": "－5"}, {"value": "\u22125"})
    assert file.frame["value"].to_list() == [-5.0, -5.0]
    assert [rule for rule, *_ in brief(file)] == ["below_minimum", "below_minimum"]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("nan", "missing_in_words"),
        ("NaN", "missing_in_words"),
        ("-nan", "missing_in_words"),
        ("NULL", "missing_in_words"),
        ("#DIV/0!", "missing_in_words"),
        ("—", "missing_in_words"),
        ("-", "missing_in_words"),
        ("无", "missing_in_words"),
        ("inf", "number_not_finite"),
        ("-Infinity", "number_not_finite"),
        ("1e400", "number_not_finite"),
        ("9" * 400, "number_not_finite"),
        ("1e-400", "number_not_finite"),
        ("93%", "percent_sign"),
        ("９３％", "percent_sign"),
        ("1,234.5‰", "percent_sign"),
        ("12abc", "not_number"),
        ("1.2.3", "not_number"),
        ("1,23", "not_number"),
        ("12,345,6", "not_number"),
        ("1.234,5", "not_number"),
        ("--1", "not_number"),
        ("约100", "not_number"),
        ("1\u200b0", "not_number"),
        ("1\n0", "not_number"),
    ],
)
def test_what_is_no_number(office, cell, rule):
    assert error(office, "value", cell) == rule


@pytest.mark.parametrize(
    ("cell", "notes"),
    [
        ("2015-03-01", []),
        ("2015-3-1", ["date_form_read"]),
        ("2015/3/1", ["date_form_read"]),
        ("2015/03/01", ["date_form_read"]),
        ("20150301", ["date_form_read"]),
        ("2015年3月1日", ["date_form_read"]),
        ("2015.3.1", ["date_form_read"]),
        ("２０１５-０３-０１", ["full_width_read"]),
        ("２０１５年３月１日", ["date_form_read", "full_width_read"]),
        ("2015-03-01 ", ["blanks_stripped"]),
    ],
)
def test_dates_are_read(office, cell, notes):
    assert read(office, "sampled_on", cell) == (dt.date(2015, 3, 1), notes)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("2015-02-29", "date_impossible"),
        ("2015-13-01", "date_impossible"),
        ("20150230", "date_impossible"),
        ("2015年2月30日", "date_impossible"),
        ("2015-00-10", "date_impossible"),
        ("0215-03-01", "date_impossible"),
        ("2015-03", "not_date"),
        ("03/01/2015", "not_date"),
        ("2015-3/1", "not_date"),
        ("42064", "not_date"),
        ("+2015-3-01", "not_date"),
        ("2015-  3-1", "not_date"),
        ("-015-03-01", "not_date"),
        ("2015-03-01 08:00", "not_date"),
        ("无", "missing_in_words"),
    ],
)
def test_what_is_no_date(office, cell, rule):
    assert error(office, "sampled_on", cell) == rule


@pytest.mark.parametrize("cell", ["true", "TRUE", "True", "1", "是", "１", "ＴＲＵＥ"])
def test_what_is_true(office, cell):
    assert read(office, "announced", cell)[0] is True


@pytest.mark.parametrize("cell", ["false", "FALSE", "False", "0", "否", " 否"])
def test_what_is_false(office, cell):
    assert read(office, "announced", cell)[0] is False


@pytest.mark.parametrize(
    ("cell", "rule"),
    [("yes", "not_boolean"), ("Y", "not_boolean"), ("2", "not_boolean"), ("无", "missing_in_words")],
)
def test_what_is_neither(office, cell, rule):
    assert error(office, "announced", cell) == rule


def test_texts_keep_their_characters_and_lose_blanks_around_them(office):
    assert read(office, "inspector", "é王\ne\u0301") == ("é王\ne\u0301", [])
    assert read(office, "inspector", "ＡＢ") == ("ＡＢ", [])
    assert read(office, "inspector", "\u3000王小明 ") == ("王小明", ["blanks_stripped"])


@pytest.mark.parametrize(
    "bad", ["\x07", "\t", "\x7f", "\x85", "\u200b", "\ufeff", "\ufffd", "\u202e", "\u2028"]
)
def test_invisible_characters_are_spelt_out(office, bad):
    file = office.check_rows({"inspector": f"王{bad}明"})
    assert brief(file) == [("control_character", "2 inspector", f"王<U+{ord(bad):04X}>明")]


def test_missing_values_are_those_of_the_contract(office):
    file = office.check_rows(
        {"value": "未报", "n_bad": " 未报", "announced": "未报", "inspector": "未报", "phone": '""'},
        {"value": "", "n_bad": "  ", "announced": "", "inspector": " ", "phone": ""},
    )
    assert brief(file) == []
    for field in ("value", "n_bad", "announced", "inspector"):
        assert file.frame[field].to_list() == [None, None], field
    quoted = office.check('source,issuer\n公报,""\n', "sources")
    assert brief(quoted) == [("required", "2 issuer", "")]


def test_a_missing_value_may_look_like_a_number(office):
    office.edit("framework/contracts/inspections.yaml", '["", "未报"]', '["", "-9", "999"]')
    file = office.check_rows({"value": "999", "n_bad": "-9"}, {"value": "99", "n_bad": "9"})
    assert brief(file) == []
    assert file.frame["value"].to_list() == [None, 99.0]
    assert file.frame["n_bad"].to_list() == [None, 9]


def test_where_an_empty_cell_is_not_a_missing_value(office):
    office.edit("framework/contracts/inspections.yaml", '["", "未报"]', '["未报"]')
    file = office.check_rows({"value": "", "phone": "", "serial": "未报"})
    assert brief(file) == [("not_number", "2 value", "")]
    assert file.frame["phone"].to_list() == [""]


def test_a_default_says_what_an_empty_cell_means(office):
    office.deliver("sources", "source,issuer\n公报,市政府\n")
    file = office.check_rows({"channel": ""}, {"channel": "shop"}, {"channel": "_T", "time_period": "2016"},
                             {"channel": "\u200b", "time_period": "2014"}, table="figures")  # fmt: skip
    assert file.frame["channel"].to_list() == ["_T", "shop", "_T", None]


# ---- decimals ---------------------------------------------------------------------------------


def test_printed_decimals_are_counted():
    texts = [
        "93",
        "93.0",
        "79.93",
        "5.",
        ".5",
        "1,234.50",
        "１２．５",
        " 1.25 ",
        "1.5e1",
        "2.50E-1",
        "1e5",
        None,
    ]
    assert printed_decimals(pl.Series(texts)).to_list() == [0, 1, 2, 0, 1, 2, 1, 2, 0, 3, 0, None]


def test_empty_decimals_are_filled_and_others_must_agree(office):
    file = office.check_rows(
        {"obs_value": "79.93", "decimals": ""},
        {"obs_value": "93", "decimals": "0", "time_period": "2016"},
        {"obs_value": "93.0", "decimals": "0", "time_period": "2017"},
        {"obs_value": "93.5", "decimals": "一", "time_period": "2018"},
        {"obs_value": "多", "decimals": "3", "time_period": "2019"},
        table="figures",
    )
    assert file.frame["decimals"].to_list() == [2, 0, 0, None, 3]
    assert [e for e in brief(file) if e[0] != "foreign_key"] == [
        ("decimals_differ", "4 decimals", "0"),
        ("not_number", "5 decimals", "一"),
        ("not_number", "6 obs_value", "多"),
    ]
    assert brief(file, "note") == [("decimals_filled", "2 decimals", "79.93")]
    [differ] = [p for p in file.problems if p.rule == "decimals_differ"]
    assert "93.0" in differ.fix("zh") and "1 位" in differ.fix("zh")


# ---- together ---------------------------------------------------------------------------------


def test_a_note_has_the_count_and_the_first_place(office):
    file = office.check_rows({}, {"value": "１"}, {"value": "2"}, {"value": "３"}, {"value": "x"})
    [note] = [p for p in file.problems if p.severity == "note"]
    assert (note.rule, note.count, note.found, note.where) == (
        "full_width_read",
        2,
        "１",
        f"{file.where}:3 value",
    )
    assert file.frame["value"].to_list() == [1200.5, 1.0, 2.0, 3.0, None]


def test_a_cell_that_cannot_be_read_is_not_called_empty_too(office):
    file = office.check_rows({"n_tested": "多", "sampled_on": "早", "batch_id": "\x07"})
    assert [rule for rule, *_ in brief(file)] == ["control_character", "not_date", "not_number"]


def test_one_bad_cell_does_not_hide_the_others(office):
    bad = {"n_tested": "x", "n_bad": "-1", "value": "nan", "verdict": "pass", "ref_area": "450299"}
    rules = [rule for rule, *_ in brief(office.check_rows(bad, bad | {"batch_id": ""}, {"batch_id": "B1"}))]
    assert rules == [
        *("code_unknown", "not_number", "below_minimum", "missing_in_words", "not_in_list"),
        *("required", "code_unknown", "not_number", "below_minimum", "missing_in_words", "not_in_list"),
        "key_duplicate",
    ]


def test_raised_digits_are_named_as_marks_and_never_read(office):
    file = office.check_rows({"value": "93¹", "ref_area": "450221²", "sampled_on": "2015-03-0¹"})
    assert brief(file) == [
        ("footnote_mark", "2 sampled_on", "2015-03-0¹"),
        ("footnote_mark", "2 ref_area", "450221²"),
        ("footnote_mark", "2 value", "93¹"),
    ]
