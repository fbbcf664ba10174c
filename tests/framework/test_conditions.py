"""The condition language: what belongs to it, what is refused, and that nothing slips through."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from zhiheng.framework import conditions
from zhiheng.framework.contracts import Contract

CODES = {"areas": frozenset({"450200", "450206"}), "dimension:industry": frozenset({"C36", "C3610"})}

GOOD = [
    # condition, as DuckDB reads it, fields in order of appearance
    ("verdict = 'conforming'", "verdict = 'conforming'", "verdict"),
    ("firm = 'a' AND n_tested >= 5", "firm = 'a' AND n_tested >= 5", "firm n_tested"),
    ("(n_failed = 1 and value=2) or checked", "(n_failed = 1 AND value = 2) OR checked",
     "n_failed value checked"),
    ("NOT checked", "NOT checked", "checked"),
    ("checked = true", "checked = TRUE", "checked"),
    ("true", "TRUE", ""),
    ("n_failed != 0", "n_failed <> 0", "n_failed"),
    ("n_failed <> 0", "n_failed <> 0", "n_failed"),
    ("verdict IN ('conforming', 'nonconforming')", "verdict IN ('conforming', 'nonconforming')", "verdict"),
    ("n_tested NOT IN (1, 2)", "NOT n_tested IN (1, 2)", "n_tested"),
    ("n_tested BETWEEN 1 AND n_failed", "n_tested BETWEEN 1 AND n_failed", "n_tested n_failed"),
    ("value IS NULL", "value IS NULL", "value"),
    ("value IS NOT NULL", "NOT value IS NULL", "value"),
    ("n_failed / n_tested <= 0.05", "n_failed / n_tested <= 0.05", "n_failed n_tested"),
    ("-(n_failed + 1) * 2 - .5 < -1e2", "-(n_failed + 1) * 2 - 0.5 < -1e2", "n_failed"),
    ("firm = 'it''s'", "firm = 'it''s'", "firm"),
    ("firm = '柳工；-- /* 不是注释 */'", "firm = '柳工；-- /* 不是注释 */'", "firm"),
    ('"verdict" = \'conforming\'', '"verdict" = \'conforming\'', "verdict"),
    ("sampled_on >= '2016-07-01'", "sampled_on >= CAST('2016-07-01' AS DATE)", "sampled_on"),
    ("'2016-07-01' > (sampled_on)", "CAST('2016-07-01' AS DATE) > (sampled_on)", "sampled_on"),
    ("sampled_on BETWEEN '2016-01-01' AND ('2016-12-31')",
     "sampled_on BETWEEN CAST('2016-01-01' AS DATE) AND (CAST('2016-12-31' AS DATE))", "sampled_on"),
    ("sampled_on IN ('2016-01-01')", "sampled_on IN (CAST('2016-01-01' AS DATE))", "sampled_on"),
    ("industry = 'C36' OR ref_area = '450206'", "industry = 'C36' OR ref_area = '450206'",
     "industry ref_area"),
    ("industry = '_T'", "industry = '_T'", "industry"),
    ("((((((((((((((((checked))))))))))))))))", "((((((((((((((((checked))))))))))))))))", "checked"),
]  # fmt: skip

OUTSIDE = [
    "abs(n_failed) = 1", "lower(firm) = 'a'", "count(*) > 1", "n_failed = (SELECT 1)", "EXISTS (SELECT 1)",
    "n_failed IN (SELECT n_failed FROM t)", "n_failed IN firm", "CAST(n_failed AS text) = 'a'",
    "n_failed::text = 'a'", "TRY_CAST(firm AS int) = 1", "DATE '2016-07-01' < sampled_on", "firm LIKE 'a%'",
    "firm ILIKE 'a'", "firm SIMILAR TO 'a'", "firm ~ 'a'", "firm || 'a' = 'b'", "firm COLLATE nocase = 'a'",
    "n_failed % 2 = 0", "n_failed // 2 = 0", "n_failed ** 2 = 4", "n_failed & 1 = 1", "~n_failed = 1",
    "@n_failed = 1", "CASE WHEN checked THEN true END", "if(checked, true, false)", "coalesce(checked, true)",
    "inspections.n_failed = 1", "main.inspections.n_failed = 1", "n_failed = ?", "n_failed = $1",
    "n_failed = :x", "n_failed = $x", "*", "COLUMNS(*) = 1", "(n_failed, n_tested) = (1, 2)",
    "n_failed = [1, 2][1]", "n_failed[1] = 1", "{'a': 1}.a = 1", "checked IS TRUE", "checked IS NOT FALSE",
    "n_failed IS DISTINCT FROM 1", "n_failed BETWEEN SYMMETRIC 5 AND 1", "INTERVAL 1 DAY IS NULL",
    "firm = E'a'", "firm = $$a$$", "firm = x'61'", "n_failed = 1;", "n_failed = 1; DROP TABLE t",
    "n_failed = 1 -- so", "n_failed = 1 /* so */", "/* so */ n_failed = 1", "-- so\nn_failed = 1",
    "row_number() OVER () = 1", "n_failed = ANY (1)", "checked AT TIME ZONE 'UTC'", "firm = 'a\0b'",
    "firm = 'a' 'b'", "lambda x: x", "x -> x", "list_filter([1], x -> x > 0)",
]  # fmt: skip

BROKEN = [
    "", " ", "n_failed =", "= 1", "n_failed 1", "n_failed = 1 AND", "(n_failed = 1", "n_failed = 1)", "'",
    '"', "n_failed = 'a", "AND", "n_failed = 1 AS x", "n_failed = 1 n", "SELECT 1", "DROP TABLE t",
    "SHOW TABLES", "SET x = 1", "PRAGMA version", "COPY t TO 'f'", "ATTACH 'f'", "n_failed = 1 XOR checked",
    "n_failed = 0x10", "n_failed = 1 WHERE checked",
]  # fmt: skip

WRONG = [
    # condition, rule, what was found
    ("n_fialed = 1", "condition_field_unknown", "n_fialed"),
    ("N_FAILED = 1", "condition_field_unknown", "N_FAILED"),
    ("n_failed", "condition_type", "n_failed"),
    ("1", "condition_type", "1"),
    ("NULL", "condition_type", "NULL"),
    ("checked OR NULL", "condition_type", "NULL"),
    ("NOT n_failed = 1 AND firm", "condition_type", "firm"),
    ("n_failed + firm > 1", "condition_type", "firm"),
    ("n_failed + NULL > 1", "condition_type", "NULL"),
    ("-checked = 1", "condition_type", "checked"),
    ("n_failed = NULL", "condition_compare", "n_failed = NULL"),
    ("n_failed IN (1, NULL)", "condition_compare", "n_failed IN (1, NULL)"),
    ("n_failed = '1'", "condition_compare", "n_failed = '1'"),
    ("firm = 1", "condition_compare", "firm = 1"),
    ("ref_area = 450200", "condition_compare", "ref_area = 450200"),
    ("sampled_on > 2016", "condition_compare", "sampled_on > 2016"),
    ("1 < n_failed < 3", "condition_compare", "1 < n_failed < 3"),
    ("sampled_on > firm", "condition_compare", "sampled_on > firm"),
    ("sampled_on > '2016'", "condition_date", "2016"),
    ("sampled_on > '20160701'", "condition_date", "20160701"),
    ("sampled_on > '2016-W26-5'", "condition_date", "2016-W26-5"),
    ("sampled_on > '2016-02-30'", "condition_date", "2016-02-30"),
    ("sampled_on > '２０16-02-03'", "condition_date", "２０16-02-03"),
    ("verdict = 'conform'", "condition_code_unknown", "conform"),
    ("'conform' = verdict", "condition_code_unknown", "conform"),
    ("(verdict) = ('conform')", "condition_code_unknown", "conform"),
    ("verdict IN ('conforming', 'other')", "condition_code_unknown", "other"),
    ("industry <> 'C99'", "condition_code_unknown", "C99"),
    ("ref_area = '_T'", "condition_code_unknown", "_T"),
    ("ref_area BETWEEN '450200' AND '450299'", "condition_code_unknown", "450299"),
]


@pytest.mark.parametrize(("text", "sql", "fields"), GOOD)
def test_the_language(inspections: Contract, text: str, sql: str, fields: str) -> None:
    condition, problems = conditions.parse(text, inspections, "here", CODES)
    assert not problems
    assert condition is not None
    assert condition.text == text
    assert condition.sql() == sql
    assert condition.fields == tuple(fields.split())
    assert sqlglot.parse_one(condition.sql(), dialect="duckdb") == condition.tree


@pytest.mark.parametrize(("text", "sql", "fields"), GOOD)
def test_duckdb_reads_what_was_parsed(inspections: Contract, text: str, sql: str, fields: str) -> None:
    types = {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
    }
    columns = ", ".join(f'"{f.name}" {types[f.type]}' for f in inspections.fields)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        assert connection.execute(f"SELECT count(*) FROM t WHERE {sql}").fetchall() == [(0,)]


@pytest.mark.parametrize("text", OUTSIDE)
def test_the_rest_of_sql_is_refused(
    inspections: Contract, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    condition, problems = conditions.parse(text, inspections, "here")
    assert condition is None
    assert problems[0].rule in ("condition_not_allowed", "condition_syntax")
    assert problems[0].fix("zh")
    assert not caplog.records  # sqlglot warns of what it does not know, and that would reach the user


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_condition(inspections: Contract, text: str, caplog: pytest.LogCaptureFixture) -> None:
    condition, problems = conditions.parse(text, inspections, "here")
    assert condition is None
    assert [p.rule for p in problems] == ["condition_syntax"]
    assert not caplog.records


@pytest.mark.parametrize(("text", "rule", "found"), WRONG)
def test_fields_types_and_codes(inspections: Contract, text: str, rule: str, found: str) -> None:
    condition, problems = conditions.parse(text, inspections, "here", CODES)
    assert condition is None
    assert [(p.where, p.rule, p.found) for p in problems] == [("here", rule, found)]


def test_all_problems_are_told_at_once(inspections: Contract) -> None:
    text = "n_fail = 1 AND verdict = 'conform' AND sampled_on > '2016-13-01' AND firm + 1 > 2"
    _, problems = conditions.parse(text, inspections, "here", CODES)
    assert sorted(p.rule for p in problems) == [
        "condition_code_unknown", "condition_date", "condition_field_unknown", "condition_type",
    ]  # fmt: skip


def test_messages_name_kinds_in_both_languages(inspections: Contract) -> None:
    (problem,) = conditions.parse("n_failed + verdict > 1", inspections, "here")[1]
    assert problem.fix("zh") == "“verdict”是 文字，这里要 数"
    assert problem.fix("en") == '"verdict" is text; a number is needed here'
    (problem,) = conditions.parse("sampled_on = 5", inspections, "here")[1]
    assert problem.fix("zh") == "比较的两边是 日期、数；空值请用 IS NULL"


def test_a_misspelt_field_is_told_the_nearest(inspections: Contract) -> None:
    (problem,) = conditions.parse("verdikt = 'x'", inspections, "here")[1]
    assert problem.args == {"table": "inspections", "close": "verdict"}


@pytest.mark.parametrize(
    "text",
    ["(" * 900 + "checked" + ")" * 900, "NOT " * 480 + "checked", "- " * 900 + "n_failed = 1",
     "-(" * 400 + "n_failed" + ")" * 400 + " = 1", "NOT (" * 300 + "checked" + ")" * 300,
     "checked AND " * 160 + "checked", "checked OR " * 170 + "checked", "n_failed" + "+1" * 200 + " = 1",
     "n_failed = " + "[" * 900, "CASE WHEN " * 150 + "checked", "n_failed IN (" * 140 + "1" + ")" * 140],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_depth_is_a_problem_and_not_a_crash(inspections: Contract, text: str) -> None:
    assert len(text) <= 2000
    condition, problems = conditions.parse(text, inspections, "here")
    assert condition is None
    assert problems[0].rule in ("condition_too_deep", "condition_syntax")


def test_a_chain_of_ninety_is_read(inspections: Contract) -> None:
    text = " OR ".join(f"n_failed = {i}" for i in range(90))
    condition, problems = conditions.parse(text, inspections, "here")
    assert not problems
    assert condition is not None
    assert condition.sql() == text


def test_length_is_counted_before_anything_is_parsed(inspections: Contract) -> None:
    (problem,) = conditions.parse("(" * 2001, inspections, "here")[1]
    assert (problem.rule, problem.found, problem.args) == ("condition_too_long", "2001", {"limit": 2000})


# ---- whatever is written ------------------------------------------------------------------------

NUMBERS = st.sampled_from(["n_failed", "n_tested", "value", "1", "0.5", "1e3"])
TEXTS = st.sampled_from(["firm", "batch", "'a'", "'it''s'", "'质量'", "'--'", "';'"])
DAYS = st.sampled_from(["sampled_on", "'2016-07-01'"])


def arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({})".format, inner),
        st.builds("- {}".format, inner),
    )


SUMS = st.recursive(NUMBERS, arithmetic, max_leaves=4)
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, SUMS, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), SUMS),
    st.builds("{} {} {}".format, TEXTS, st.sampled_from(["=", "!=", "<"]), TEXTS),
    st.builds("sampled_on {} {}".format, st.sampled_from(["=", "<", ">="]), DAYS),
    st.builds("{} IN ({}, {})".format, SUMS, SUMS, SUMS),
    st.builds("{} NOT BETWEEN {} AND {}".format, SUMS, SUMS, SUMS),
    st.builds("{} IS NOT NULL".format, SUMS),
    st.sampled_from(["checked", "true", "FALSE", "verdict = 'conforming'"]),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["AND", "or"]), inner),
        st.builds("NOT ({})".format, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=5,
)
WORDS = [
    "n_failed", "firm", "checked", "sampled_on", "1", "'a'", "=", "<", ">", "(", ")", "AND", "OR", "NOT",
    "IN", "BETWEEN", "IS", "NULL", "SELECT", "FROM", "CASE", "WHEN", "END", "CAST", "AS", "::", ",", ";",
    "--", "/*", "*/", "*", "+", "-", "LIKE", "ANY", "ALL", "EXISTS", "true", ".", "[", "]", "{", "}", "->",
]  # fmt: skip
FUZZ = settings(max_examples=300, deadline=None, derandomize=True)


@FUZZ
@given(text=CONDITIONS)
def test_a_condition_is_its_own_sql(inspections: Contract, text: str) -> None:
    condition, problems = conditions.parse(text, inspections, "here", CODES)
    if condition is None:  # nested deeper than is allowed
        assert {p.rule for p in problems} == {"condition_too_deep"}
        return
    again = sqlglot.parse_one(condition.sql(), dialect="duckdb")
    assert again == condition.tree
    assert again.sql(dialect="duckdb") == condition.sql()
    allowed = (exp.Condition, exp.Identifier, exp.DataType, exp.Paren)
    assert all(isinstance(node, allowed) for node in condition.tree.walk())


@FUZZ
@given(
    text=st.text(max_size=40)
    | st.text(alphabet="()[]{}'\"-/*;:.,=<>!$@#%?\\ \n\tan1", max_size=30)
    | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
)  # fmt: skip
def test_any_text_is_a_condition_or_a_problem(inspections: Contract, text: str) -> None:
    condition, problems = conditions.parse(text, inspections, "here", CODES)
    assert (condition is None) == bool(problems)
    for problem in problems:
        assert problem.to_dict("zh")["fix"]
    if condition is not None:
        assert set(condition.fields) <= {f.name for f in inspections.fields}
        assert sqlglot.parse_one(condition.sql(), dialect="duckdb") == condition.tree
