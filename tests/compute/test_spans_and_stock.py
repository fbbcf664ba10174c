"""Spans from pooled amounts, plan periods and their changes, and what is valid at the end of a period."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measures_city import LIUNAN, LIUZHOU, YUFENG, brands, city, goods, output, run
from zhiheng.errors import ZhihengError
from zhiheng.framework.periods import parse

RATE = '{kind: rate, series: computed, table: goods, numerator: {count: good}, denominator: {count: "true"}, '
SAMPLE = [
    goods(YUFENG, "C31", "2014-03-02", 5, 5),
    goods(YUFENG, "C31", "2015-03-02", 90, 0),
    goods(LIUNAN, "C31", "2016-03-02", 5, 5),
]


def test_a_rate_over_a_span_pools_what_was_counted(tmp_path):
    """5 of 10, 90 of 90, 5 of 10: 100 of 110, not the mean of 50, 100 and 50 per cent."""
    made = run(city(tmp_path, RATE + "spans: [2014/2016]}", unit="percent"), goods=SAMPLE)
    assert made.value(LIUZHOU, "2014/2016") == pytest.approx(100 * 100 / 110, rel=1e-14)
    assert made.value(LIUZHOU, "2014/2016", "denominator") == 110
    assert made.periods(LIUZHOU) == ["2014", "2014/2016", "2015", "2016"]


def test_a_measure_may_be_over_spans_alone(tmp_path):
    made = run(city(tmp_path, RATE + "frequency: span, spans: [2014/2015, 2015/2016]}"), goods=SAMPLE)
    assert made.periods(LIUZHOU) == ["2014/2015", "2015/2016"]
    assert made.value(LIUZHOU, "2014/2015") == 95
    assert made.value(LIUZHOU, "2015/2016") == 95


def test_a_span_of_quarters_reduces_to_quarters(tmp_path):
    made = run(city(tmp_path, RATE + "frequency: span, spans: [2014-Q1/2014-Q2]}"), goods=[
        goods(YUFENG, "C31", "2014-03-31", 6, 4), goods(YUFENG, "C31", "2014-04-01", 9, 1),
        goods(YUFENG, "C31", "2014-07-01", 0, 9),
    ])  # fmt: skip
    assert made.value(YUFENG, "2014-Q1/2014-Q2") == 75


def test_a_span_that_is_not_complete_has_no_figure_and_a_note(tmp_path):
    made = run(city(tmp_path, RATE + "spans: [2013/2016, 2001/2002]}"), goods=SAMPLE)
    assert made.periods(LIUZHOU) == ["2014", "2015", "2016"]
    (note,) = made.problems
    assert (note.rule, note.found, note.args["missing"], note.severity) == (
        "span_incomplete", "2013/2016", "2013", "note",
    )  # fmt: skip


PLANS = "frequency: span, spans: [fyp_11, fyp_12]"
TOTAL = f"{{kind: total, series: computed, table: output, field: value, {PLANS}}}"
CHANGE = """
  - indicator: growth
    name: {zh: 增长, en: Growth}
    definition: {zh: 比上个规划期, en: Against the plan period before}
    theme: product
    unit_measure: percent
    direction: higher
    responsible: office
    decimals: 1
    headline: computed
    measures:
      - {kind: change, series: computed, of: made, of_series: computed, form: percent}
"""


def test_a_change_between_plan_periods(tmp_path):
    """10 in each year of the eleventh plan, 42 in each of the twelfth: 4.2 times, 320 per cent more."""
    years = [(YUFENG, "C31", str(y), 10.0 if y < 2011 else 42.0) for y in range(2006, 2016)]
    made = run(city(tmp_path, TOTAL, more=CHANGE), output=[output(*years)])
    assert (made.value(LIUZHOU, "2006/2010"), made.value(LIUZHOU, "2011/2015")) == (50, 210)
    table = pl.read_parquet(tmp_path / "4_computed/figures.parquet")
    growth = table.filter(indicator="growth", ref_area=LIUZHOU)
    assert growth.select("time_period", "obs_value").rows() == [("2011/2015", pytest.approx(320))]


def test_records_of_a_longer_period_than_the_figure_stop_the_path(tmp_path):
    quarterly = "{kind: total, series: computed, table: output, field: value, frequency: quarter}"
    with pytest.raises(ZhihengError) as error:
        run(city(tmp_path, quarterly), output=[output((YUFENG, "C31", "2015", 1.0))])
    assert {(p.rule, p.found) for p in error.value.problems} == {("record_period_long", "2015")}


# ---- what is valid at the end of a period -------------------------------------------------------

VALID = "stock: {begins: valid_from, ends: valid_to, first: 2013}"
REGISTER = [
    brands(
        (YUFENG, "C31", "2013-05-01", "2014-12-31", 1.0),  # still valid on the last day of 2014
        (YUFENG, "C31", "2014-12-31", "2015-12-30", 2.0),  # from that day, to a day before the end of 2015
        (YUFENG, "C3610", "2016-01-01", None, 4.0),
    ),
    brands((LIUNAN, "C31", "2010-01-01", None, 8.0)),
]  # fmt: skip


def test_a_stock_counts_what_is_valid_on_the_last_day(tmp_path):
    made = run(city(tmp_path, f"{{kind: count, series: computed, table: brands, {VALID}}}"), brands=REGISTER)
    assert {p: made.value(YUFENG, p) for p in made.periods(YUFENG)} == {
        "2013": 1, "2014": 2, "2016": 1, "2017": 1, "2018": 1,
    }  # fmt: skip
    assert {p: made.value(LIUZHOU, p) for p in made.periods(LIUZHOU)} == {
        "2013": 2, "2014": 3, "2015": 1, "2016": 2, "2017": 2, "2018": 2,
    }  # fmt: skip


def test_a_cumulative_number_never_goes_down(tmp_path):
    cumulative = "stock: {begins: valid_from, first: 2013, last: 2016}"
    line = f"{{kind: count, series: computed, table: brands, by: [industry], {cumulative}}}"
    made = run(city(tmp_path, line), brands=REGISTER)
    assert [made.value(LIUZHOU, str(y)) for y in range(2013, 2017)] == [2, 3, 3, 4]
    assert made.value(LIUZHOU, "2016", industry="C31") == 3


def test_amounts_rates_and_spans_of_a_stock(tmp_path):
    """A stock over a span is that of its last day, never a sum of years."""
    line = f"{{kind: total, series: computed, table: brands, field: value, spans: [2013/2016], {VALID}}}"
    made = run(city(tmp_path, line), brands=REGISTER)
    assert made.value(LIUZHOU, "2014") == 11
    assert made.value(LIUZHOU, "2013/2016") == made.value(LIUZHOU, "2016") == 12


def test_stocks_of_quarters_and_an_explanation(tmp_path):
    valid = "frequency: quarter, stock: {begins: valid_from, ends: valid_to, first: 2014-Q4, last: 2015-Q4}"
    made = run(city(tmp_path, f"{{kind: count, series: computed, table: brands, {valid}}}"), brands=REGISTER)
    assert made.periods(YUFENG) == ["2014-Q4", "2015-Q1", "2015-Q2", "2015-Q3"]
    (reduced,) = made.explain(LIUZHOU, "2014-Q4").inputs
    assert [{n.en: v for n, v in part.facts}["count"] for part in reduced.inputs] == ["2", "1"]


def test_stock_and_flow_of_one_table_do_not_mix(tmp_path):
    """Two figures from one register, one by the day of filing: each adds up its own rows."""
    flow = """
  - indicator: filed
    name: {zh: 新增, en: Filed}
    definition: {zh: 新增, en: Filed in the year}
    theme: product
    unit_measure: count
    direction: higher
    responsible: office
    decimals: 0
    headline: computed
    measures: [{kind: count, series: computed, table: brands}]
"""
    edits = {
        "framework/contracts/brands.yaml": (
            "fields:",
            "time_period: {field: valid_from, frequency: year}\nfields:",
        )
    }
    line = f"{{kind: count, series: computed, table: brands, {VALID}}}"
    made = run(city(tmp_path, line, more=flow, edits=edits), brands=REGISTER)
    assert [made.value(LIUZHOU, str(y)) for y in range(2013, 2019)] == [2, 3, 1, 2, 2, 2]
    table = pl.read_parquet(tmp_path / "4_computed/figures.parquet")
    filed = table.filter(indicator="filed", ref_area=LIUZHOU).sort("time_period")
    assert filed.select("time_period", "obs_value").rows() == [
        ("2010", 1),
        ("2013", 1),
        ("2014", 1),
        ("2016", 1),
    ]


DAYS = st.dates(dt.date(2012, 1, 1), dt.date(2018, 12, 31))


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), min_size=1, max_size=12))
@settings(max_examples=15)
def test_a_loop_over_days_says_the_same(tmp_path_factory, rows):
    """Every record, every quarter end, one by one."""
    folder = tmp_path_factory.mktemp("city")
    valid = "frequency: quarter, stock: {begins: valid_from, ends: valid_to, first: 2013-Q1}"
    there = city(folder, f"{{kind: count, series: computed, table: brands, {valid}}}")
    frame = brands(*((YUFENG, "C31", str(a), None if b is None else str(b), 1.0) for a, b in rows))
    made = run(there, brands=[frame])
    for year in range(2013, 2019):
        for quarter in range(1, 5):
            end = parse(f"{year}-Q{quarter}").end
            held = sum(a <= end and (b is None or end <= b) for a, b in rows)
            shown = made.figures.filter(ref_area=YUFENG, time_period=f"{year}-Q{quarter}")[
                "obs_value"
            ].to_list()
            assert shown == ([held] if held else [])
