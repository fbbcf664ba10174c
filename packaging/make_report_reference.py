"""Write docs/reference/report-fields.md: every field that a Word template may name.

    python packaging/make_report_reference.py [--check]

With `--check` nothing is written, and the exit status tells whether the page is up to date.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

from zhiheng.publish.report import fields
from zhiheng.publish.report.template import Loop, _element, _plain

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "report-fields.md"
HEAD = """# 报告字段

!!! abstract "In English"
    Every field that a template of a Word document may name, generated from the program. A template may
    use `{{ field }}`, `for` and `if`, and nothing else; a name that is not listed here is an error that
    names the place.
    How to make a template of your own: [the reports](../howto/report.md).

本页由程序自己生成（`packaging/make_report_reference.py`），测试检查它没有过时。怎样改模板，见[报告](../howto/report.md)。

模板里只能写字段 `{{ 字段 }}`、`for` 和 `if`。没有列在这里的名字是错误，会指出在哪一段。
`{%p %}` 管整段，`{%tr %}` 管表格的整行，`{%tc %}` 管整格。
"""
FILES = {
    "report": "`report_template.docx`",
    "brief": "`brief_template.docx`",
    "circular": "`circular_template.docx`",
}
NAMES = {
    str: "文字 text",
    int: "整数 whole number",
    bool: "是否 yes or no",
    fields.Rich: "带样式的文字 styled text",
    fields.Image: "图 picture",
}


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD]
    shown: list[type] = []
    for name, kind in fields.DOCUMENTS.items():
        parts.append(f"## {_title(kind)} {FILES[name]} {{ #{kind.__name__.lower()} }}\n\n{_table(kind)}\n")
        shown += [part for part in _within(kind) if part not in shown]
    parts.append("## 各组的字段 Parts of groups\n")
    for kind in [*shown, Loop]:
        parts.append(f"### {_title(kind)} {{ #{kind.__name__.lower()} }}\n\n{_table(kind)}\n")
    return "\n".join(parts)


def _title(kind: type) -> str:
    return (kind.__doc__ or "").replace(" · ", " ").rstrip(".")


def _table(kind: type) -> str:
    rows = ["| 字段 Field | 类型 Type | 说明 Meaning |", "|---|---|---|"]
    for name, hint in get_type_hints(kind, include_extras=True).items():
        meaning = get_args(hint)[1].replace(" · ", "<br>")
        rows.append(f"| `{name}` | {_type(_plain(hint))} | {meaning} |")
    return "\n".join(rows)


def _type(kind: Any) -> str:
    element = _element(kind)
    if element is not None:
        return f"一组 list of<br>{_type(element)}"
    return NAMES.get(kind) or f"[`{kind.__name__}`](#{kind.__name__.lower()})"


def _within(kind: Any) -> Iterator[type]:
    """Yield the dataclasses within one, each after the one that names it."""
    for hint in get_type_hints(kind, include_extras=True).values():
        inner = _element(_plain(hint)) or _plain(hint)
        if dataclasses.is_dataclass(inner) and inner not in NAMES:
            yield inner
            yield from _within(inner)


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
