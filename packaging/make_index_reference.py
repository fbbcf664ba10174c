"""Write docs/reference/index-spec.md from the index engine itself.

    python packaging/make_index_reference.py [--check]

With `--check` nothing is written, and the exit status tells whether the page is up to date.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from zhiheng.index import options, spec

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "index-spec.md"
HEAD = """# 指数的写法

!!! abstract "In English"
    What may stand in the YAML of a composite index, and every method of every step with its
    arguments, generated from the program. An argument that the chosen method does not take is an
    error; so is an override for an indicator or node that does not exist.

本页由程序自己生成（`packaging/make_index_reference.py`），测试检查它没有过时。怎样算、为什么见[合成指数](../explanation/composite-index.md)。

每一步是 `步骤: {method: 方法, 参数: ...}`，任何一步可加 `overrides: {代码: {...}}`。
"""
MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("指数 The index", spec.Index),
    ("指标与节点 Indicators and nodes", spec.Node),
    ("固定上下界 Goalposts", spec.Goalposts),
)
STEPS: tuple[tuple[str, type[options.Step]], ...] = (
    ("denominate", options.Denominate),
    ("screen", options.Screen),
    ("impute", options.Impute),
    ("treat", options.Treat),
    ("normalise", options.Normalise),
    ("weight", options.Weight),
    ("aggregate", options.Aggregate),
)


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD]
    parts += [f"## {title}\n\n{_keys(model)}\n" for title, model in MODELS]
    for name, model in STEPS:
        parts.append(f"## `{name}`\n\n{inspect.getdoc(model)}\n\n{_keys(model)}\n")
        if model.methods:
            parts.append(f"{_methods(model.methods)}\n")
    return "\n".join(parts)


def _keys(model: type[BaseModel]) -> str:
    rows = []
    for name, field in model.model_fields.items():
        needed = "必填 · required" if field.is_required() else ""
        rows.append(f"| `{name}` | {_cell(field.description or '')} | {needed} |")
    return "| 键 Key | 说明 Meaning | |\n|------|------|------|\n" + "\n".join(rows)


def _methods(methods: Mapping[str, Callable[..., Any]]) -> str:
    rows = []
    for name, function in methods.items():
        taken = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
        own = ", ".join(f"`{p.name}`" + _default(p.default) for p in taken)
        rows.append(f"| `{name}` | {_cell(_first_line(function))} | {own} |")
    return (
        "| 方法 Method | 公式 What it returns | 参数与缺省 Arguments |\n|------|------|------|\n"
        + "\n".join(rows)
    )


def _default(value: Any) -> str:
    return "" if value in (None, "", ()) else f" = {value:g}" if isinstance(value, float) else f" = {value}"


def _first_line(function: Callable[..., Any]) -> str:
    text = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
    return re.sub(r":math:`([^`]*)`", r"`\1`", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace(" · ", "<br>")


def main() -> int:
    """Write the page, or tell whether it is up to date."""
    parser = argparse.ArgumentParser(description="Write the reference of the index engine.")
    parser.add_argument("--check", action="store_true", help="only compare")
    text = page()
    if parser.parse_args().check:
        return int(not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
