"""The JRC's COIN Tool: an index and its data out of the tool's Excel workbook.

The places of the cells are as R's COINr (`import_coin_tool`) reads them.  No original workbook was
at hand when this was written: what was tested are workbooks laid out like this.

Sheet `Database`: in column B the units' names and in C their codes from row 17 on, in E and after it
one column an indicator, with its weight in row 7, direction (8), lower (9) and upper goalpost (10),
then from row 11 down to 14 the codes of index, sub-index, pillar and sub-pillar, its name (15) and
code (16).  Sheet `Framework`: from row 5 on code (C), weight (E) and name (H) of the nodes.  `n/a`
is missing; `.` in a code becomes `_`, since a code is also a column's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.index.spec import Index

DEFAULT_STEPS: tuple[Mapping[str, Any], ...] = (
    {"normalise": {"method": "min_max", "range": [0, 100]}},
    {"aggregate": {"method": "arithmetic"}},
)
"""Steps where none are given: min-max between the observed ends and weighted arithmetic means."""
_ROWS = {"weight": 7, "direction": 8, "lower": 9, "upper": 10, "name": 15, "code": 16}
_GROUPS = {"sub_pillar": 14, "pillar": 13, "sub_index": 12, "index": 11}
_FIRST_ROW, _FIRST_COLUMN = 17, 5
_FRAMEWORK_ROW, _CODE, _WEIGHT, _NAME = 5, 3, 5, 8
_MISSING = ("", "n/a", "--", "NA")
Cells = list[tuple[Any, ...]]


def from_coin_tool(path: str | Path, *, steps: Sequence[Mapping[str, Any]] | None = None) -> Index:
    """Return the index that a COIN Tool workbook describes.

    Parameters
    ----------
    path : str or Path
    steps : sequence of mapping, optional
        `DEFAULT_STEPS` by default.  Goalposts of the workbook are kept with the indicators, for
        ``{"normalise": {"method": "goalposts"}}``.

    Raises
    ------
    ZhihengError
        With every mistake and its cell.
    """
    cells, framework, where = _sheets(Path(path))
    columns = _columns(cells, where)
    used = [level for level in _GROUPS if level == "index" or _differ(columns, level)]
    weights, names = _framework(framework)
    problems = [
        Problem(where=f"{where}!Database!{column['at']}{_GROUPS[level]}", rule="index_parent", found="-")
        for column in columns
        for level in used
        if column[level] is None
    ]
    raise_if(problems)
    nodes: dict[str, dict[str, Any]] = {}
    for column in columns:
        below = _indicator(column)
        for level in used:
            code = column[level]
            known = code in nodes
            node = nodes.setdefault(code, _node(code, level, weights, names))
            if below["code"] not in [part["code"] for part in node.setdefault("parts", [])]:
                node["parts"].append(below)
            below = node
            if known:
                break
    roots = {column["index"] for column in columns}
    if len(roots) != 1:
        found = ", ".join(sorted(roots)) or "-"
        raise ZhihengError([Problem(where=f"{where}!Database", rule="index_one_root", found=found)])
    root = nodes[roots.pop()]
    chosen = [dict(step) for step in (steps or DEFAULT_STEPS)]
    return Index.build(index=root["code"], levels=["indicator", *used], tree=root, steps=chosen)


def coin_tool_data(path: str | Path) -> pl.DataFrame:
    """Return the data of a COIN Tool workbook: unit, name, then the indicators.

    Raises
    ------
    ZhihengError
        With every cell that is no number.
    """
    cells, _, where = _sheets(Path(path))
    columns = _columns(cells, where)
    rows = [row for row in range(_FIRST_ROW, len(cells) + 1) if _text(_cell(cells, row, 3)) is not None]
    problems: list[Problem] = []
    table: dict[str, Any] = {
        "unit": [_text(_cell(cells, row, 3)) for row in rows],
        "name": [_text(_cell(cells, row, 2)) for row in rows],
    }
    for column in columns:
        values = [_cell(cells, row, column["number"]) for row in rows]
        for row, value in zip(rows, values, strict=True):
            if _text(value) is not None and not isinstance(value, int | float):
                cell = f"{where}!Database!{column['at']}{row}"
                problems.append(Problem(where=cell, rule="index_not_numeric", found=str(value)))
        table[column["code"]] = [float(v) if isinstance(v, int | float) else None for v in values]
    raise_if(problems)
    numbers = dict.fromkeys((column["code"] for column in columns), pl.Float64)
    return pl.DataFrame(table, schema_overrides={"unit": pl.String, "name": pl.String, **numbers})


def _sheets(path: Path) -> tuple[Cells, Cells, str]:
    from zipfile import BadZipFile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    where = path.as_posix()
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise ZhihengError([Problem(where=where, rule="file_missing")]) from None
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        problem = Problem(where=where, rule="file_unreadable", found=str(error))
        raise ZhihengError([problem]) from None
    try:
        lost = [name for name in ("Database", "Framework") if name not in book.sheetnames]
        raise_if(Problem(where=where, rule="index_sheet_missing", found=name) for name in lost)
        made = [
            [tuple(row) for row in book[name].iter_rows(values_only=True)]
            for name in ("Database", "Framework")
        ]
    finally:
        book.close()
    return made[0], made[1], where


def _cell(cells: Cells, row: int, column: int) -> Any:
    """Return a cell by its row and column, counted from 1; None beyond the sheet."""
    return cells[row - 1][column - 1] if row <= len(cells) and column <= len(cells[row - 1]) else None


def _columns(cells: Cells, where: str) -> list[dict[str, Any]]:
    """Return what the head of the sheet says of every column that has data."""
    from openpyxl.utils import get_column_letter

    last = max((len(row) for row in cells), default=0)
    found, problems = [], []
    for number in range(_FIRST_COLUMN, last + 1):
        rows = range(_FIRST_ROW, len(cells) + 1)
        if all(_text(_cell(cells, row, number)) is None for row in rows):
            continue
        at = get_column_letter(number)
        column: dict[str, Any] = {"number": number, "at": at}
        column |= {key: _code(_cell(cells, row, number)) for key, row in _GROUPS.items()}
        column |= {
            "code": _code(_cell(cells, _ROWS["code"], number)),
            "name": _text(_cell(cells, _ROWS["name"], number)),
        }
        for key in ("weight", "direction", "lower", "upper"):
            value = _cell(cells, _ROWS[key], number)
            if _text(value) is not None and not isinstance(value, int | float):
                cell = f"{where}!Database!{at}{_ROWS[key]}"
                problems.append(Problem(where=cell, rule="index_not_numeric", found=str(value)))
                value = None
            column[key] = value if isinstance(value, int | float) else None
        if column["code"] is None:
            problems.append(
                Problem(where=f"{where}!Database!{at}{_ROWS['code']}", rule="index_code_missing", found="1")
            )
        found.append(column)
    if not found:
        problems.append(Problem(where=f"{where}!Database", rule="index_tree_empty", found="E16"))
    raise_if(problems)
    return found


def _differ(columns: list[dict[str, Any]], level: str) -> bool:
    """Return whether a level is used: the tool writes one code everywhere where it is not."""
    return len({column[level] for column in columns}) > 1


def _framework(cells: Cells) -> tuple[dict[str, float], dict[str, str]]:
    weights, names = {}, {}
    for row in range(_FRAMEWORK_ROW, len(cells) + 1):
        code = _code(_cell(cells, row, _CODE))
        if code is None:
            continue
        weight, name = _cell(cells, row, _WEIGHT), _text(_cell(cells, row, _NAME))
        if isinstance(weight, int | float):
            weights[code] = float(weight)
        if name is not None:
            names[code] = name
    return weights, names


def _indicator(column: Mapping[str, Any]) -> dict[str, Any]:
    node = {"code": column["code"], "level": "indicator"}
    given = {"name": column["name"], "importance_weight": column["weight"], "direction": column["direction"]}
    node |= {key: value for key, value in given.items() if value is not None}
    if column["lower"] is not None and column["upper"] is not None:
        node["goalposts"] = {"lower": column["lower"], "upper": column["upper"]}
    return node


def _node(code: str, level: str, weights: Mapping[str, float], names: Mapping[str, str]) -> dict[str, Any]:
    node: dict[str, Any] = {"code": code, "level": level}
    if code in names:
        node["name"] = names[code]
    if code in weights and level != "index":
        node["importance_weight"] = weights[code]
    return node


def _text(value: Any) -> str | None:
    text = "" if value is None else str(value).strip()
    return None if text in _MISSING else text


def _code(value: Any) -> str | None:
    text = _text(value)
    return None if text is None else text.replace(".", "_")
