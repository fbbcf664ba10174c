"""Registers: the rows that were frozen, no personal field, names for codes, files that agree."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.publish.page import Page
from zhiheng.collect import rounds
from zhiheng.framework.city import City, load
from zhiheng.publish import registers
from zhiheng.publish.registers import Listed, Reader
from zhiheng.publish.shown import Voice

FIRMS = "simulated_firms"


@pytest.fixture(scope="module")
def city(demo: Path) -> City:
    return load(demo)


@pytest.fixture(scope="module")
def firms(city: City, demo: Path) -> Listed:
    current = rounds.current(rounds.read(demo))
    return next(item for item in registers.read(city, current) if item.name == FIRMS)


def test_a_register_has_every_row_that_is_current(firms, demo):
    [made] = [r for r in rounds.current(rounds.read(demo)) if r.table == FIRMS]
    frozen = pl.read_parquet(demo / made.file)
    assert firms.rows.height == made.rows == frozen.height
    assert firms.rows.equals(frozen.sort("firm_id").select(firms.register.fields))


def test_codes_are_read_as_their_names(city, firms):
    zh, en = (Reader(Voice(city, lang), firms).rows()[0] for lang in ("zh", "en"))
    first = dict(zip(firms.register.fields, firms.rows.row(0), strict=True))
    assert zh[0] == en[0] == first["firm_id"]
    at = firms.register.fields.index("ref_area")
    name = city.areas[first["ref_area"]].name
    assert (zh[at], en[at]) == (name.zh, name.en)


def test_cells_of_every_type_are_words(city, firms):
    reader = Reader(Voice(city, "en"), firms)
    values = (None, True, False, 12345, 0.5, dt.date(2015, 3, 1), "SIM-0001")
    found = [reader.cell(0, value) for value in values]
    assert found == ["", "yes", "no", "12,345", "0.5", "2015-03-01", "SIM-0001"]


def test_a_field_named_like_a_formula_is_only_text_in_the_files(city, firms):
    spoilt = dataclasses.replace(firms, rows=firms.rows.head(1).with_columns(firm_name=pl.lit("=1+1")))
    assert "=1+1" in registers.table_text(spoilt)
    _, _, [sheet, _] = registers.workbook(city, spoilt)
    assert sheet.rows[0][firms.register.fields.index("firm_name")] == "=1+1"


def test_page_script_and_downloads_hold_the_same_rows(firms, site):
    place = site / "data" / "registers"
    with (place / f"{FIRMS}.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *lines = csv.reader(stream)
    assert head == firms.register.fields
    page = openpyxl.load_workbook(place / f"{FIRMS}.xlsx")["名录 Register"]
    script = (site / "registers" / f"{FIRMS}.js").read_text(encoding="utf-8")
    rows = json.loads(script.removeprefix("window.zhihengRegister=").rstrip(";\n"))
    ids = [row[0] for row in rows]
    assert (
        ids == [line[0] for line in lines] == [row[0] for row in page.iter_rows(min_row=2, values_only=True)]
    )
    shown = [
        e for e in Page(site / "registers" / f"{FIRMS}.html").all("th") if e.attributes["scope"] == "row"
    ]
    assert [e.text for e in shown] == ids[:50]


def test_a_register_of_simulated_rows_says_so(parsed):
    for place in (f"registers/{FIRMS}.html", f"en/registers/{FIRMS}.html"):
        marks = [e for e in parsed[place].all("span") if "mark-simulated" in e.attributes.get("class", "")]
        assert marks


def test_a_register_without_rows_has_a_page_that_says_so(city, demo):
    [empty] = [item for item in registers.read(city, []) if item.name == FIRMS]
    assert empty.rows.height == 0
    assert Reader(Voice(city, "zh"), empty).rows() == []
    assert registers.table_text(empty).count("\r\n") == 1


def test_listed_values_are_read_by_the_names_that_the_outline_gives(city, demo):
    current = rounds.current(rounds.read(demo))
    standards = next(item for item in registers.read(city, current) if item.name == "simulated_standards")
    at = standards.register.fields.index("role")
    assert {row[at] for row in Reader(Voice(city, "zh"), standards).rows()} == {"主导", "参与"}
