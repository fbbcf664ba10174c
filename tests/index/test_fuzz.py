"""Whatever stands in the files of an index, the answer is an index or a list of problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.index.conftest import small, small_data
from tests.index.test_coin_tool import put, workbook
from tests.index.test_spec import COINR, YAML
from zhiheng import index
from zhiheng.errors import ZhihengError

OTHER = [
    "",
    "~",
    "-1",
    "0",
    "1e999",
    "nan",
    "[",
    "{}",
    "[a, b]",
    "yes",
    "数",
    "a",
    "all",
    "minmax",
    "1.5.2",
    "- x",
    ": :",
]
FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
STEPS: list[dict[str, Any]] = [{"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}]


def said(error: ZhihengError) -> None:
    for problem in error.problems:
        assert problem.title("zh")
        assert problem.fix("zh")
        assert problem.fix("en")


@FUZZ
@given(at=st.integers(0, len(YAML) - 1), length=st.integers(0, 30), put=st.sampled_from(OTHER))
def test_yaml(tmp_path: Path, at: int, length: int, put: str) -> None:
    path = tmp_path / "index.yaml"
    path.write_text(YAML[:at] + put + YAML[at + length :], encoding="utf-8")
    try:
        index.compute(index.Index.from_yaml(path), small_data())
    except ZhihengError as error:
        said(error)


@FUZZ
@given(at=st.integers(0, len(COINR) - 1), length=st.integers(0, 20), put=st.sampled_from(OTHER))
def test_a_table_in_coinrs_form(tmp_path: Path, at: int, length: int, put: str) -> None:
    path = tmp_path / "imeta.csv"
    path.write_text(COINR[:at] + put + COINR[at + length :], encoding="utf-8")
    try:
        index.from_coinr(path, steps=STEPS)
    except ZhihengError as error:
        said(error)


CELLS = [f"{column}{row}" for column in "BCEFG" for row in (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19)]


@settings(parent=FUZZ, max_examples=60)
@given(
    cell=st.sampled_from(CELLS), value=st.sampled_from([None, -1, 0, 3.5, "x", "n/a", "a b", "ind.01", True])
)
def test_a_coin_tool_workbook(tmp_path: Path, cell: str, value: Any) -> None:
    path = workbook(tmp_path / "tool.xlsx", put(cell, value))
    try:
        spec = index.from_coin_tool(path, steps=[{"impute": {"method": "mean"}}, *STEPS])
        index.compute(spec, index.coin_tool_data(path))
    except ZhihengError as error:
        said(error)


VALUES = st.sampled_from([None, 0.0, -1.0, 1e300, -1e300, 5e-324, 1.0, 2.0, float("nan"), float("inf")])
METHODS = [
    {"normalise": {"method": "z_score"}},
    {"normalise": {"method": "min_max", "degenerate": "middle"}},
    {"normalise": {"method": "borda", "degenerate": "missing"}},
    {"treat": {"method": "winsorise", "otherwise": "log_ct"}},
    {"treat": {"method": "box_cox"}},
    {"impute": {"method": "mean"}},
    {"impute": {"method": "em", "max_iter": 50}},
    {"impute": {"method": "regression"}},
    {"screen": {"rule": "missing", "min_available": 0.5}},
]


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")  # 1e300 squared is infinite: said below
@settings(max_examples=200)
@given(
    rows=st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=5),
    first=st.sampled_from(METHODS[2:]),
    then=st.sampled_from(METHODS[:3]),
    last=st.sampled_from(["arithmetic", "geometric", "copeland", "benefit_of_the_doubt"]),
)
def test_data(rows: list[tuple[float | None, ...]], first: Any, then: Any, last: str) -> None:
    data = pl.DataFrame(rows, schema=dict.fromkeys("abcd", pl.Float64), orient="row")
    data = data.with_columns(unit=pl.Series([f"u{i}" for i in range(len(rows))]))
    steps = [first, then, {"aggregate": {"method": last, "missing": "available"}}]
    if "normalise" in first:
        steps = steps[1:]
    tree = {"code": "all", "parts": [{"code": c} for c in "abcd"]}
    try:
        made = index.compute(small(steps, tree=tree, levels=["indicator", "index"]), data)
    except ZhihengError as error:
        said(error)
    else:
        assert made.ranks["all"].drop_nulls().is_between(1, len(rows)).all()
