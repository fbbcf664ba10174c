"""Conditions in Polars and in DuckDB: one language, one answer, NULLs and zeros included."""

from __future__ import annotations

import datetime as dt

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny_city
from zhiheng.collect.expressions import expression
from zhiheng.framework import conditions
from zhiheng.framework.city import load

NUMBERS = st.sampled_from(["n_tested", "n_bad", "value", "0", "1", "2.5", "(-3)", "10"])
TEXTS = st.sampled_from(["inspector", "phone", "'王'", "'a'", "''"])
DATES = st.sampled_from(["sampled_on", "'2015-03-01'", "'2016-12-31'"])
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


def _arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    return two | inner.map(lambda t: f"(- {t})")


AMOUNTS = st.recursive(NUMBERS, _arithmetic, max_leaves=4)
COMPARED = st.one_of(
    st.tuples(AMOUNTS, SIGNS, AMOUNTS).map(" ".join),
    st.tuples(TEXTS, SIGNS, TEXTS).map(" ".join),
    st.tuples(st.just("sampled_on"), SIGNS, DATES).map(" ".join),
    st.tuples(AMOUNTS, st.lists(NUMBERS, min_size=1, max_size=3)).map(
        lambda t: f"{t[0]} IN ({', '.join(t[1])})"
    ),
    st.tuples(AMOUNTS, NUMBERS, NUMBERS).map(lambda t: f"{t[0]} BETWEEN {t[1]} AND {t[2]}"),
    st.tuples(AMOUNTS, st.sampled_from(["IS NULL", "IS NOT NULL"])).map(" ".join),
    st.sampled_from(["announced", "true", "false"]),
)


def _logic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    return two | inner.map(lambda t: f"(NOT {t})")


CONDITIONS = st.recursive(COMPARED, _logic, max_leaves=5)

ROWS = pl.DataFrame(
    {
        "n_tested": [0, 1, 10, None, -3, 10],
        "n_bad": [0, None, 3, 1, 0, 2],
        "value": [0.0, 2.5, None, -1.0, 10.0, 1e10],
        "announced": [True, False, None, True, None, False],
        "inspector": ["王", "a", None, "", "b", "王"],
        "phone": ["a", None, "王", "", "B", "王"],
        "sampled_on": [dt.date(2015, 3, 1), None, dt.date(2016, 12, 31), dt.date(2015, 3, 2),
                        dt.date(2018, 1, 1), dt.date(2012, 1, 1)],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    tiny_city.write(folder)
    contract = load(folder).contracts["inspections"]
    with duckdb.connect() as connection:
        connection.execute("SET ieee_floating_point_ops = false; SET error_on_division_by_zero = false")
        connection.register("seen", ROWS.to_arrow())
        connection.execute("CREATE TABLE rows AS SELECT row_number() OVER () AS i, * FROM seen")
        yield contract, connection


@settings(max_examples=400, deadline=None, derandomize=True)
@given(text=CONDITIONS)
def test_polars_answers_as_duckdb_does(oracle, text):
    contract, connection = oracle
    parsed, problems = conditions.parse(text, contract, "test")
    if any(p.rule == "condition_compare" for p in problems):
        return
    assert problems == [], text
    theirs = [row[0] for row in connection.sql(f"SELECT ({parsed.sql()}) FROM rows ORDER BY i").fetchall()]
    ours = ROWS.select("value", answer=expression(parsed))["answer"].to_list()
    assert ours == theirs, text
