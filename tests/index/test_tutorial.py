"""The tutorial is run block by block, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import polars as pl
import pytest

from zhiheng import index

PAGE = Path(__file__).parents[2] / "docs" / "tutorial-from-coinr.md"
BLOCK = re.compile(r"```(python|text|yaml)\n(.*?)```", re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_every_block_prints_what_stands_under_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_FMT_MAX_COLS", "8")
    names: dict[str, object] = {}
    found = blocks()
    printed = 0
    for (kind, code), (after, text) in zip(found, [*found[1:], ("", "")], strict=True):
        if kind != "python":
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out), pl.Config(tbl_rows=20, tbl_width_chars=100):
            exec(code, names)
        if after == "text":
            assert out.getvalue() == text
            printed += 1
    assert printed >= 6


def test_the_yaml_is_an_index(tmp_path: Path) -> None:
    code = next(code for kind, code in blocks() if kind == "python")
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)
    imeta = names["imeta"]
    assert isinstance(imeta, pl.DataFrame)
    imeta.write_csv(tmp_path / "imeta.csv")
    text = next(code for kind, code in blocks() if kind == "yaml")
    (tmp_path / "index.yaml").write_text(text, encoding="utf-8")
    spec = index.Index.from_yaml(tmp_path / "index.yaml")
    assert index.compute(spec, names["idata"]).values["simulated_quality"].null_count() == 0
