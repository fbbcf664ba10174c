"""What the tests of the index share: the ASEM example where it is at hand, and a small index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.needs import reference
from zhiheng import index

ASEM_STEPS: list[dict[str, Any]] = [
    {"denominate": {}},
    {"impute": {"method": "group_mean", "by": "EurAsia_group"}},
    {"screen": {"rule": "missing", "min_available": 0.9}},
    {
        "treat": {
            "method": "winsorise",
            "max_points": 5,
            "skew": 2,
            "kurtosis": 3.5,
            "otherwise": "log_ct",
        }
    },
    {"normalise": {"method": "min_max", "range": [0, 100]}},
    {"aggregate": {"method": "arithmetic"}},
]
LEVELS = ["indicator", "pillar", "sub_index", "index"]


@pytest.fixture(scope="session")
def asem_folder() -> Path:
    """The ASEM example of COINr 1.1.14: data, tree, and every step as COINr computed it."""
    return reference("asem")


def table(path: Path) -> pl.DataFrame:
    """Return a table as R wrote it."""
    return pl.read_csv(path, null_values="NA", infer_schema_length=None)


@pytest.fixture(scope="session")
def asem(asem_folder: Path) -> tuple[index.Index, pl.DataFrame]:
    """The specification and data of the ASEM example."""
    spec = index.from_coinr(asem_folder / "iMeta.csv", steps=ASEM_STEPS, levels=LEVELS)
    return spec, table(asem_folder / "iData.csv")


def small(steps: list[dict[str, Any]] | None = None, **words: Any) -> index.Index:
    """Return an index of four indicators in two pillars; `d` is better when less."""
    tree = {
        "code": "all",
        "parts": [
            {"code": "first", "importance_weight": 1, "parts": [{"code": "a"}, {"code": "b"}]},
            {
                "code": "second",
                "importance_weight": 3,
                "parts": [{"code": "c"}, {"code": "d", "direction": -1}],
            },
        ],
    }
    built = {"index": "small", "levels": ["indicator", "pillar", "index"], "tree": tree}
    built["steps"] = steps or [{"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}]
    return index.Index.build(**(built | words))


def small_data() -> pl.DataFrame:
    """Return five units for `small`."""
    return pl.DataFrame(
        {
            "unit": ["u1", "u2", "u3", "u4", "u5"],
            "a": [1.0, 2.0, 3.0, 4.0, 6.0],
            "b": [50.0, 10.0, 30.0, 20.0, 40.0],
            "c": [0.2, 0.9, 0.4, 0.7, 0.3],
            "d": [7.0, 5.0, 9.0, 6.0, 8.0],
        }
    )
