"""Workbooks and Parquet under damage: problems, never a traceback; what is valid comes through exactly."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from tests.collect.deliveries import BATCH, new_office, spoken
from tests.collect.test_fuzz import ROW, desk, sound  # noqa: F401 - a fixture
from tests.collect.test_sheets import parquet, typed
from tests.collect.workbooks import TITLES, archive, book, good, old_book, package, row, sheet_xml
from zhiheng.collect.check import check_file
from zhiheng.collect.references import References
from zhiheng.collect.workbook import GENERAL, number_text

some = settings(max_examples=60, deadline=None, derandomize=True)
SEEDS = {
    "xlsx": good({}, {"n_tested": "1,234"}, {"serial": "AB123"}),
    "xls": old_book([TITLES, row(), row(batch_id="B2", value=0.5)]),
    "parquet": parquet(typed()),
}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    office = new_office(tmp_path_factory.mktemp("files") / "city")
    city = office.city
    references = References.of(city)

    def run(content: bytes, suffix: str):
        return spoken(check_file(city, office.deliver(f"inspections.{suffix}", content), references))

    return run


@pytest.mark.parametrize("suffix", SEEDS)
@some
@given(data=st.data())
def test_damaged_files(read, suffix, data):
    content = bytearray(SEEDS[suffix])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 8))]
    sound(read(bytes(content), suffix))


PART = st.sampled_from(
    ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
)
with zipfile.ZipFile(io.BytesIO(package(sheet_xml([TITLES, row(), row(batch_id="B2")])))) as _whole:
    PARTS = {name: _whole.read(name) for name in _whole.namelist()}


@some
@given(data=st.data())
def test_damaged_parts_of_a_sound_archive(read, data):
    name = data.draw(PART)
    content = bytearray(PARTS[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        junk = data.draw(st.sampled_from([b"<", b">", b'"', b"9", b"-", b"Z", b"/", b"&", b"1e", b"\xff"]))
        content[at : at + data.draw(st.integers(0, 2))] = junk
    sound(read(archive(PARTS | {name: bytes(content)}), "xlsx"))


@pytest.mark.parametrize("suffix", SEEDS)
@some
@given(tail=st.binary(max_size=300))
def test_a_head_with_anything_behind_it(read, suffix, tail):
    sound(read(SEEDS[suffix][:8] + tail, suffix))


@some
@given(rows=st.lists(ROW, min_size=1, max_size=8), top=st.integers(0, 5), left=st.integers(0, 30))
def test_a_valid_table_is_read_exactly(read, rows, top, left):
    whole = [{"batch_id": f"B{i}", "serial": None} | given_row for i, given_row in enumerate(rows)]
    for record in whole:  # the writer of workbooks keeps fifteen digits
        record["value"] = None if record["value"] is None else float(f"{record['value']:.15g}")
    cells = [[record[name] for name in BATCH] for record in whole]
    for suffix in ("xlsx", "parquet"):
        if suffix == "xlsx":
            raw = book([TITLES, *cells], top=top, left=left)
            lines = [top + 2 + i for i in range(len(rows))]
        else:
            schema = typed().schema | {
                "ref_area": pl.String,
                "n_bad": pl.Int64,
                "value": pl.Float64,
                "serial": pl.String,
            }
            raw = parquet(pl.DataFrame(whole, schema=schema))
            lines = list(range(1, len(rows) + 1))
        file = read(raw, suffix)
        assert [p for p in file.problems if p.severity == "error"] == []
        wanted = {name: [record[name] for record in whole] for name in BATCH} | {"source_line": lines}
        assert file.frame.to_dict(as_series=False) == wanted


@settings(max_examples=500, deadline=None, derandomize=True)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(value):
    assert float(number_text(f"{value!r}", GENERAL, date1904=False)) == value
    stored = pl.Series([value]).cast(pl.String)  # how Parquet's numbers become text
    assert stored.cast(pl.Float64)[0] == value


@some
@given(
    values=st.lists(
        st.floats(-1e14, 1e14, allow_nan=False) | st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
        min_size=1,
        max_size=8,
    )
)
def test_another_reader_finds_the_same(values):
    """The library calamine reads the same numbers and days from the same file."""
    from zhiheng.collect.workbook import Layout, as_text
    from zhiheng.collect.xlsx_book import XlsxBook

    raw = book([["x"], *([value] for value in values)])
    ours = [as_text(r.cells[0], date1904=False) for r in XlsxBook(raw, "x").rows("Sheet1", Layout())][1:]
    page = CalamineWorkbook.from_object(io.BytesIO(raw)).get_sheet_by_index(0)
    theirs = [cells[0] for cells in page.to_python()][1:]
    for mine, other, value in zip(ours, theirs, values, strict=True):
        if isinstance(value, dt.date):
            assert mine == f"{other}" == value.isoformat()
        else:
            assert float(mine) == other
