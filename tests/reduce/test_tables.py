"""Reduced tables: the same bytes however the work is split, and nothing counted twice."""

import hashlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.liuzhou import TABLE, batches, city_in, freeze_by_hand, reduced
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract
from zhiheng.reduce import plan as plans
from zhiheng.reduce import tables
from zhiheng.reduce.plan import Column, TablePlan
from zhiheng.reduce.tables import PARTS, Part, merge, part_file, reduce_city

NAME = {"zh": "表", "en": "table"}
MEASURED = Contract(
    contract="measured",
    version="1",
    title=NAME,
    description=NAME,
    basis="census",
    series="computed",
    time_period={"field": "day", "frequency": "month"},
    fields=[
        {"name": name, "type": kind, "title": NAME}
        for name, kind in {"ref_area": "string", "channel": "string", "day": "date", "x": "number"}.items()
    ],
)
FLOAT_COLUMNS = (
    Column("i.computed.n", "count(*)"),
    Column("i.computed.total", "coalesce(sum(x), 0)::DOUBLE"),
    Column("i.computed.moments_n", "count(x)", "moments"),
    Column("i.computed.moments_mean", "avg(x)", "moments"),
    Column("i.computed.moments_m2", "var_pop(x) * count(x)", "moments"),
)
FLOATS = TablePlan(
    "measured",
    "month",
    ("channel",),
    FLOAT_COLUMNS,
    plans._query(MEASURED, "month", ("channel",), FLOAT_COLUMNS),
)


def million_floats(folder, rows=1_000_000, parts=5):
    """Numbers of very different size, whose float sum depends on the order in which they are added."""
    rng = np.random.default_rng(20261122)
    made = []
    for i in range(parts):
        n = rows // parts
        frame = pl.DataFrame(
            {
                "ref_area": np.array(["450202", "450203", "450204"])[rng.integers(0, 3, n)],
                "channel": np.array(["shop", "online"])[rng.integers(0, 2, n)],
                "day": np.datetime64("2016-01-01") + rng.integers(0, 90, n).astype("m8[D]"),
                "x": rng.standard_normal(n) * 10.0 ** rng.integers(-3, 9, n),
            }
        ).cast({"day": pl.Date})
        frame.write_parquet(folder / f"part{i}.parquet")
        made.append(Part("measured", f"part{i}", "office", f"part{i}.parquet", f"sha-{i}"))
    return made


def digest(folder):
    """One hash for the names and bytes of everything in a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


@pytest.fixture
def floats(tmp_path, monkeypatch):
    """A city whose only table is the one of floats."""
    city = city_in(tmp_path)
    only = City(**{**vars(city), "contracts": {"measured": MEASURED}, "indicators": {}})
    monkeypatch.setattr("zhiheng.reduce.tables.plan", lambda _city, _table: FLOATS)
    return only


def run(city, parts, name, **options):
    out = city.folder / name
    out.mkdir()
    reduce_city(city, parts, out, **options)
    return out


@pytest.mark.slow
def test_a_million_rows_give_the_same_bytes_on_one_core_and_on_two(floats):
    parts = million_floats(floats.folder)
    one, two = run(floats, parts, "one", workers=1), run(floats, parts, "two", workers=2)
    assert digest(one) == digest(two)


@pytest.mark.slow
def test_an_increment_equals_a_full_run(floats):
    parts = million_floats(floats.folder, rows=200_000)
    before = run(floats, parts[:-1], "before")
    step = run(floats, parts, "step", before=before)
    full = run(floats, parts, "full")
    assert digest(step) == digest(full)


def test_an_increment_reduces_only_the_new_file(floats, monkeypatch):
    parts = million_floats(floats.folder, rows=1000)
    before = run(floats, parts[:-1], "before")
    worked_on = []
    original = tables.reduce_part
    monkeypatch.setattr(
        tables, "reduce_part", lambda sql, file: worked_on.append(file.name) or original(sql, file)
    )
    run(floats, parts, "step", before=before)
    assert worked_on == ["part4.parquet"]


def test_a_part_is_made_again_when_the_query_changes(tmp_path):
    part = Part(
        "measured", "2016", "office", "2_frozen/measured/time_period=2016/office-v0001.parquet", "sha"
    )
    other = TablePlan("measured", "month", (), FLOAT_COLUMNS[:1], FLOATS.sql + " ")
    assert part_file(FLOATS, part) != part_file(other, part)
    assert part_file(FLOATS, part).startswith(f"{PARTS}/measured/time_period=2016--office-v0001--")


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    cut=st.integers(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_split_and_merge_agrees_with_the_whole(values, cut):
    """The moments of two parts put together are those of the whole."""

    def part(chunk):
        x = np.array(chunk)
        return pl.DataFrame(
            {
                "ref_area": ["450202"],
                "time_period": ["2016-01"],
                "channel": ["_T"],
                "i.computed.n": [len(x)],
                "i.computed.total": [float(x.sum())],
                "i.computed.moments_n": [len(x)],
                "i.computed.moments_mean": [float(x.mean()) if len(x) else None],
                "i.computed.moments_m2": [float(((x - x.mean()) ** 2).sum()) if len(x) else None],
            },
            schema_overrides={"i.computed.moments_mean": pl.Float64, "i.computed.moments_m2": pl.Float64},
        )

    whole = merge(FLOATS, [part(values)]).row(0, named=True)
    split = merge(FLOATS, [part(values[:cut]), part(values[cut:])]).row(0, named=True)
    scale = max(1.0, float(np.abs(values).max()))
    assert split["i.computed.n"] == whole["i.computed.n"]
    assert split["i.computed.total"] == pytest.approx(whole["i.computed.total"], rel=1e-12, abs=1e-12 * scale)
    assert split["i.computed.moments_mean"] == pytest.approx(
        whole["i.computed.moments_mean"], rel=1e-12, abs=1e-12 * scale
    )
    assert split["i.computed.moments_m2"] == pytest.approx(
        whole["i.computed.moments_m2"], rel=1e-10, abs=1e-12 * scale**2
    )


def test_the_reduced_table_agrees_with_counting_by_hand(tmp_path):
    city = city_in(tmp_path)
    table = reduced(
        city,
        batches(3, "2016-05-02", "450203", bad=1, channel="shop"),
        batches(2, "2016-05-02", "450203", bad=2, channel="online"),
        batches(4, "2015-12-31", "450203", bad=0, channel="online"),
    )
    name = "inspection_pass_rate.simulated.numerator"
    rows = {
        (r["time_period"], r["channel"]): r[name]
        for r in table.filter(pl.col("industry") == "_T", pl.col("firm_size") == "_T").iter_rows(named=True)
    }
    assert rows == {
        ("2015", "_T"): 4,
        ("2015", "online"): 4,
        ("2016", "_T"): 2,
        ("2016", "online"): 0,
        ("2016", "shop"): 2,
    }


def test_no_records_give_an_empty_table_with_its_columns(tmp_path):
    table = reduced(city_in(tmp_path))
    assert len(table) == 0
    assert {"ref_area", "time_period", "channel"} < set(table.columns)


def test_months_are_reduced_where_a_measure_asks_for_months(tmp_path):
    city = city_in(tmp_path)
    indicator = city.indicators["inspection_batches"]
    monthly = indicator.measures[0].model_copy(update={"frequency": "month"})
    city.indicators["inspection_batches"] = indicator.model_copy(update={"measures": [monthly]})
    plan = plans.plan(city, TABLE)
    assert plan is not None and plan.frequency == "month"
    out = tmp_path / "out"
    out.mkdir()
    frame = pl.concat([batches(2, "2016-05-31", "450203"), batches(3, "2016-06-01", "450203")])
    reduce_city(city, freeze_by_hand(city, frame), out)
    table = pl.read_parquet(out / f"{TABLE}.parquet")
    assert sorted(table["time_period"].unique().to_list()) == ["2016-05", "2016-06"]


def test_a_condition_that_divides_by_zero_is_left_open(tmp_path):
    """As in the check of collected files: such a record is not counted, neither true nor false."""
    city = city_in(tmp_path)
    indicator = city.indicators["inspection_batches"]
    divided = indicator.measures[0].model_copy(update={"where": "n_nonconforming / (batch_value - 1) >= 0"})
    city.indicators["inspection_batches"] = indicator.model_copy(update={"measures": [divided]})
    table = reduced(
        city, batches(3, "2016-05-02", "450203", value=1), batches(2, "2016-05-02", "450203", value=5)
    )
    total = table.filter(pl.col("channel") == "_T", pl.col("industry") == "_T", pl.col("firm_size") == "_T")
    assert total["inspection_batches.simulated.count"].to_list() == [2]
