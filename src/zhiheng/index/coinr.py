"""Trees from tables in COINr's form: one row an indicator or node, with its parent."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.index.spec import Index

_NEEDED = ("iCode", "Level", "Parent")
_INDICATOR = {
    "Direction": "direction",
    "Target": "target",
    "Denominator": "denominator",
    "Unit": "unit_measure",
}
_TREE = ("Indicator", "Aggregate")


def from_coinr(
    imeta: Any,
    *,
    steps: Sequence[Mapping[str, Any]],
    levels: Sequence[str] | None = None,
    index: str | None = None,
) -> Index:
    """Return an index from COINr's metadata (`iMeta`) and steps.

    Parameters
    ----------
    imeta : frame or path
        Columns iCode, Level, Parent, Weight, Direction, Type, and if wished iName, Unit, Target,
        Denominator.  Rows of other types (groups, denominators) need no mention in the tree.
    steps : sequence of mapping
        As in YAML: ``[{"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}]``.
    levels : sequence of str, optional
        Names from the bottom; ``level_1`` and so on by default.
    index : str, optional
        The index's code; the root's by default.

    Raises
    ------
    ZhihengError
        With every mistake and its row.
    """
    if isinstance(imeta, str | Path):
        where, rows = Path(imeta).as_posix(), _read(Path(imeta))
    else:
        import polars as pl

        where, rows = "iMeta", [dict(row) for row in pl.DataFrame(imeta).iter_rows(named=True)]
    tree, height = _tree(rows, where)
    names = list(levels) if levels is not None else [f"level_{i + 1}" for i in range(height)]
    _name_levels(tree, names)
    return Index.build(
        index=index or tree["code"], levels=names, tree=tree, steps=[dict(step) for step in steps]
    )


def read_tree(path: Path, levels: Any) -> dict[str, Any]:
    """Return the nested nodes of a table in COINr's form, for a YAML file that names it.

    Raises
    ------
    ZhihengError
        With every mistake and its line.
    """
    tree, height = _tree(_read(path), path.as_posix())
    _name_levels(tree, levels if isinstance(levels, list) else [f"level_{i + 1}" for i in range(height)])
    return tree


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise ZhihengError([Problem(where=path.as_posix(), rule="file_missing")]) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ZhihengError(
            [Problem(where=path.as_posix(), rule="file_unreadable", found=str(error))]
        ) from None


def _tree(rows: list[dict[str, Any]], where: str) -> tuple[dict[str, Any], int]:
    """Return the nested nodes, each with its level as a number, and the height."""
    have = set(rows[0]) if rows else set()
    raise_if(
        Problem(where=where, rule="index_column_missing", found=name) for name in _NEEDED if name not in have
    )
    members = [
        (line, row) for line, row in enumerate(rows, start=2) if _text(row.get("Type")) in (*_TREE, None)
    ]
    nodes: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for line, row in members:
        node, mistakes = _node(row, f"{where}:{line}")
        problems += mistakes
        if node["code"] in nodes:
            problems.append(Problem(where=f"{where}:{line}", rule="index_code_twice", found=node["code"]))
        nodes[node["code"]] = node
    roots = []
    for line, row in members:
        code, parent = _text(row["iCode"]) or "", _text(row["Parent"])
        if parent is None:
            roots.append(code)
        elif parent not in nodes or nodes[parent]["level"] <= nodes[code]["level"]:
            problems.append(Problem(where=f"{where}:{line} {code}", rule="index_parent", found=parent))
        else:
            nodes[parent].setdefault("parts", []).append(nodes[code])
    if len(roots) != 1:
        problems.append(Problem(where=where, rule="index_one_root", found=", ".join(roots) or "-"))
    raise_if(problems)
    return nodes[roots[0]], int(nodes[roots[0]]["level"])


def _node(row: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[Problem]]:
    code = _text(row["iCode"]) or ""
    level = _number(row["Level"])
    problems = []
    if level is None or not math.isfinite(level) or level != int(level) or level < 1:
        level = None
        problems.append(Problem(where=f"{where} Level", rule="yaml_not_integer", found=str(row["Level"])))
    node: dict[str, Any] = {"code": code, "level": int(level or 1)}
    if name := _text(row.get("iName")):
        node["name"] = name
    if (weight := _number(row.get("Weight"))) is not None:
        node["importance_weight"] = weight
    if node["level"] == 1:
        for column, key in _INDICATOR.items():
            value = _text(row.get(column))
            if value is not None:
                number = _number(value)
                node[key] = number if column in ("Direction", "Target") and number is not None else value
    return node, problems


def _name_levels(node: dict[str, Any], levels: Sequence[Any]) -> None:
    """Give every node's level its name; a level beyond the names stays a number, which is refused."""
    number = node["level"]
    node["level"] = levels[number - 1] if number <= len(levels) else f"level_{number}"
    for part in node.get("parts", []):
        _name_levels(part, levels)


def _text(value: Any) -> str | None:
    """Return a cell's text; None for what COINr and R write for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = str(value).strip()
    return None if text in ("", "NA") else text


def _number(value: Any) -> float | None:
    try:
        return float(text) if (text := _text(value)) is not None else None
    except ValueError:
        return None
