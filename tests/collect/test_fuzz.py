"""Readers under arbitrary and damaged input: problems, never a traceback; and nothing valid is lost."""

from __future__ import annotations

import csv
import datetime as dt
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collect.deliveries import BATCH, new_office, spoken, text
from zhiheng.collect import encoding, records
from zhiheng.collect.check import check_file
from zhiheng.collect.freeze import frozen_bytes
from zhiheng.collect.references import References
from zhiheng.errors import ZhihengError

often = settings(max_examples=120, deadline=None, derandomize=True)

NASTY = st.sampled_from(
    ["", " ", "nan", "inf", "1e400", "93%", "１２", "1,234", "2015-02-30", "2015年3月1日", "是", "x",
     '"', '""', '"a"b', "a\nb", "a\r\nb", "\r", "\ufeff", "\x00", "\u200b", "B1", "450221", "450206", "shop",
     "_T", "10", "0", "-1", "无", "conforming",
     "2015-03-01", "2017-03-01", ",", ";", "{found}", "{0}", "%s", "=1+1", "🙂", "\U0010ffff"]
)  # fmt: skip
SEED = text(
    "inspections",
    {},
    {"inspector": '王"小"明', "value": "1,234.5"},
    {"serial": "AB123", "announced": "0", "sampled_on": "2016/7/1"},
    {"inspector": "李\n四"},
).replace("B3", "\nB3")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A tiny city that is loaded once, and a way to check bytes in it."""
    office = new_office(tmp_path_factory.mktemp("desk") / "city")
    city = office.city
    references = References.of(city)

    def check(content: bytes, table: str = "inspections"):
        return spoken(check_file(city, office.deliver(table, content), references))

    check.contract = city.contracts["inspections"]
    return check


def sound(file) -> None:
    """What holds of every checked file, whatever was in it."""
    shown = sum(p.count for p in file.problems if p.severity != "note")
    if file.frame is not None:
        assert shown == file.bad_rows.height
        assert file.frame.height <= file.rows
        lines = file.frame["source_line"]
        assert lines.is_sorted() and lines.n_unique() == file.frame.height
        assert not any(file.frame[n].is_nan().any() for n in ("value",) if n in file.frame.columns)
    else:
        assert any(p.severity == "error" for p in file.problems)


@often
@given(content=st.binary(max_size=400))
def test_arbitrary_bytes(desk, content):
    sound(desk(content))


@often
@given(content=st.text(alphabet=st.sampled_from('batch_id,\n"\r ;\t中1'), max_size=200))
def test_text_of_separators_and_quotation_marks(desk, content):
    sound(desk((text("inspections").splitlines()[0] + "\n" + content).encode("utf-8")))


@often
@given(
    rows=st.lists(st.lists(NASTY, min_size=10, max_size=14), max_size=6),
    code=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]),
)
def test_rows_of_nasty_cells(desk, rows, code, quoting):
    out = io.StringIO()
    writer = csv.writer(
        out, quoting=quoting, quotechar=None if quoting == csv.QUOTE_NONE else '"', escapechar="\\"
    )
    writer.writerows([list(BATCH), *rows])
    sound(desk(out.getvalue().encode(code, "ignore")))


@often
@given(
    rows=st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(BATCH, NASTY)), min_size=1, max_size=5),
    table=st.just("inspections"),
)
def test_good_rows_with_some_nasty_cells(desk, rows, table):
    sound(desk(text(table, *rows).encode("utf-8")))


@often
@given(data=st.data(), code=st.sampled_from(["utf-8", "gb18030"]))
def test_damaged_files(desk, data, code):
    content = bytearray(SEED.encode(code))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["delete", "insert", "replace", "cut", "repeat"]))
        junk = data.draw(
            st.binary(min_size=1, max_size=3) | st.sampled_from([b'"', b",", b"\n", b"\r", b"\xff"])
        )
        if kind == "delete":
            del content[at : at + len(junk)]
        elif kind == "insert":
            content[at:at] = junk
        elif kind == "replace":
            content[at : at + len(junk)] = junk
        elif kind == "cut":
            del content[at:]
        else:
            content[at:at] = content[at : at + 40]
        if not content:
            break
    sound(desk(bytes(content)))


# ---- nothing valid is lost --------------------------------------------------------------------

SAFE = st.characters(
    codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\ufffd"
) | st.sampled_from(' ,"\n;')
WORDS = st.text(SAFE, min_size=2, max_size=12).filter(lambda t: t == t.strip() and len(t) > 1)
ROW = st.fixed_dictionaries(
    {
        "sampled_on": st.dates(dt.date(2012, 1, 1), dt.date(2015, 12, 31)),
        "ref_area": st.sampled_from(["450200", "450221"]),
        "channel": st.sampled_from(["shop", "online", "_T"]),
        "n_tested": st.integers(5, 10_000),
        "n_bad": st.none() | st.integers(0, 5),
        "value": st.none() | st.floats(0, 1e12, allow_nan=False),
        "announced": st.none() | st.booleans(),
        "verdict": st.sampled_from(["conforming", "nonconforming"]),
        "inspector": st.none() | WORDS.filter(lambda t: t != "未报"),
        "phone": st.none() | WORDS.filter(lambda t: t != "未报"),
    }
)


def printed(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "否"
    return "" if value is None else str(value)


@often
@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    code=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    order=st.permutations(list(BATCH)),
)
def test_a_valid_table_is_read_and_frozen_exactly(desk, rows, quoting, end, code, order):
    rows = [{"batch_id": f"B{i}", "serial": None} | row for i, row in enumerate(rows)]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, order, quoting=quoting, lineterminator=end)
    writer.writeheader()
    lines = []
    for row in rows:
        lines.append(out.getvalue().replace("\r\n", "\n").count("\n") + 1)
        writer.writerow({name: printed(value) for name, value in row.items()})
    file = desk(out.getvalue().encode(code))
    assert file.problems == []
    assert file.rows == len(rows)
    expected = {name: [row[name] for row in rows] for name in BATCH} | {"source_line": lines}
    assert file.frame.to_dict(as_series=False) == expected
    frozen = pl.read_parquet(frozen_bytes(file.frame.drop("phone"), desk.contract))
    assert frozen.equals(file.frame.drop("phone"))


@often
@given(data=st.data())
def test_every_short_and_long_row_is_found(desk, data):
    count = data.draw(st.integers(1, 30))
    body = text("inspections", *[{}] * count).splitlines()
    wrong: dict[int, tuple[str, str]] = {}
    for i in data.draw(st.sets(st.integers(1, count))):
        change = data.draw(st.integers(-11, 5).filter(bool))
        cells = body[i].split(",")
        body[i] = ",".join(cells[:change] if change < 0 else cells + ["x"] * change)
        wrong[i + 1] = ("row_short" if change < 0 else "row_long", str(12 + change))
    file = desk("\n".join(body).encode("utf-8"))
    assert {line: (rule, found) for line, _, rule, found in file.bad_rows.rows()} == wrong
    assert file.frame.height == count - len(wrong)
    assert file.rows == count


# ---- the parts by themselves ------------------------------------------------------------------


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(content=st.text(alphabet='a,"\n中', max_size=40))
def test_fields_are_counted_as_the_csv_module_reads_them(content):
    data = content.encode("utf-8")
    found = records.index(data)
    if found is None:
        assert list(records.bad_quotes(data))
        return
    assert list(records.bad_quotes(data)) == []
    theirs = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    assert [max(1, len(row)) for row in theirs] == found.fields.tolist()
    assert found.has_quotes == ('"' in content)
    for begin, end, line in zip(found.starts, found.ends, found.lines, strict=True):
        assert line == data[:begin].count(b"\n") + 1
        assert data[end : end + 1] in (b"\n", b"")


@settings(max_examples=500, deadline=None, derandomize=True)
@given(content=st.text(max_size=80), code=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_text_comes_through_its_encoding(content, code):
    content = content.replace("\x00", "")
    raw = content.encode(code, "ignore")
    want = raw.decode(code).replace("\r\n", "\n").replace("\r", "\n").encode("utf-8")
    try:
        data, found = encoding.to_utf8(raw, "x")
    except ZhihengError as error:  # a text may begin as a PDF does, or be taken for damaged UTF-8
        assert error.problems[0].rule in ("file_not_text", "file_utf16", "bytes_undecodable")
        return
    if found == "gb18030" or code != "gb18030":
        assert data.decode("utf-8").removeprefix("\ufeff") == want.decode("utf-8").removeprefix("\ufeff")


def test_the_seed_is_a_good_file(tmp_path):
    file = new_office(tmp_path / "city").check(SEED)
    assert [p.rule for p in file.problems] == ["thousands_read", "blank_lines", "date_form_read"]
    assert file.frame["source_line"].to_list() == [2, 3, 5, 6]
