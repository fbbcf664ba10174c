"""Workbooks laid out as COINr reads the JRC's COIN Tool; no original workbook was at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from zhiheng import index
from zhiheng.errors import ZhihengError

INDICATORS = {  # column: weight, direction, lower, upper, index, sub-index, pillar, sub-pillar, name, code
    "E": (1, 1, 0, 10, "Index", "si.01", "p.01", "sp.01", "First", "ind.01"),
    "F": (1, -1, 0, 100, "Index", "si.01", "p.01", "sp.01", "Second", "ind.02"),
    "G": (2, 1, "n/a", "n/a", "Index", "si.01", "p.02", "sp.01", "Third", "ind.03"),
}
UNITS = {"aa": (1, 50, 7), "bb": (4, 30, "n/a"), "cc": (9, 90, 3)}
NODES = {"p.01": (1, "One"), "p.02": (3, "Two"), "Index": (1, "All")}


def workbook(path: Path, change: Callable[[Any], None] = lambda book: None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Database"
    for letter, values in INDICATORS.items():
        for row, value in zip(range(7, 17), values, strict=True):
            sheet[f"{letter}{row}"] = value
    for row, (unit, values) in enumerate(UNITS.items(), start=17):
        sheet[f"B{row}"], sheet[f"C{row}"] = unit.upper(), unit
        for letter, value in zip("EFG", values, strict=True):
            sheet[f"{letter}{row}"] = value
    framework = book.create_sheet("Framework")
    framework["C4"], framework["D4"] = "code", "Dimension/indicator"
    for row, (code, (weight, name)) in enumerate(NODES.items(), start=5):
        framework[f"C{row}"], framework[f"E{row}"], framework[f"H{row}"] = code, weight, name
    change(book)
    book.save(path)
    return path


def test_the_index_of_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "tool.xlsx")
    spec = index.from_coin_tool(path)
    assert spec.levels == ["indicator", "pillar", "index"]  # levels that are not used are left out
    assert spec.arrays.codes == ("ind_01", "ind_02", "ind_03", "p_01", "p_02", "Index")
    assert spec.node("p_02").importance_weight == 3
    assert spec.node("p_02").name == "Two"
    assert spec.node("ind_02").direction == -1
    assert spec.node("ind_03").goalposts is None
    data = index.coin_tool_data(path)
    assert data["unit"].to_list() == ["aa", "bb", "cc"]
    assert data["ind_03"].to_list() == [7.0, None, 3.0]


def test_and_it_can_be_computed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "tool.xlsx")
    steps: list[dict[str, Any]] = [
        {"impute": {"method": "mean"}},
        {"normalise": {"method": "goalposts", "overrides": {"ind_03": {"method": "min_max"}}}},
        {"aggregate": {"method": "arithmetic"}},
    ]
    values = index.compute(index.from_coin_tool(path, steps=steps), index.coin_tool_data(path)).values
    assert values["p_01"].to_list() == pytest.approx([(10 + 50) / 2, (40 + 70) / 2, (90 + 10) / 2])
    assert values["Index"].to_list() == pytest.approx([(30 + 300) / 4, (55 + 150) / 4, 50 / 4])


def put(cell: str, value: Any) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book["Database"][cell] = value

    return change


@pytest.mark.parametrize(
    ("change", "rule", "cell"),
    [
        (put("E16", None), "index_code_missing", "!Database!E16"),
        (put("F8", "down"), "index_not_numeric", "!Database!F8"),
        (put("F13", None), "index_parent", "!Database!F13"),
        (put("F11", "Other"), "index_one_root", "!Database"),
        (lambda book: book.remove(book["Framework"]), "index_sheet_missing", ""),
    ],
)
def test_a_mistake_names_its_cell(tmp_path: Path, change: Any, rule: str, cell: str) -> None:
    path = workbook(tmp_path / "tool.xlsx", change)
    with pytest.raises(ZhihengError) as caught:
        index.from_coin_tool(path)
    problem = caught.value.problems[0]
    assert (problem.rule, problem.where) == (rule, path.as_posix() + cell)
    assert problem.fix("zh")


def test_a_value_that_is_no_number(tmp_path: Path) -> None:
    path = workbook(tmp_path / "tool.xlsx", put("F18", "many"))
    with pytest.raises(ZhihengError) as caught:
        index.coin_tool_data(path)
    assert caught.value.problems[0].where == f"{path.as_posix()}!Database!F18"


@pytest.mark.parametrize("content", [None, b"no workbook", b""])
def test_a_file_that_is_no_workbook(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(ZhihengError) as caught:
        index.from_coin_tool(tmp_path / "x.xlsx")
    assert caught.value.problems[0].rule in ("file_missing", "file_unreadable")
