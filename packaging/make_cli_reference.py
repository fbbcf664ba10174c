"""Write docs/reference/cli.md from the command line itself.

    python packaging/make_cli_reference.py [--check]

With `--check` nothing is written, and the exit status tells whether the page is up to date.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from zhiheng.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# 命令行

!!! abstract "In English"
    Every command, its arguments and options, generated from the program. Exit status: 0 done, 1 an expected
    failure with one clear message, 2 wrong usage, 130 interrupted. `check` with warnings and no errors ends
    with 0 and says that freezing needs `--accept-warnings`; `freeze` and `run` without it then end with 1.

本页由程序自己生成（`packaging/make_cli_reference.py`),测试检查它没有过时。

退出码：0 完成；1 预料之中的失败，附一条说清楚的信息；2 用法不对；130 被中断。

`check` 没有错误、只有警告时退出码是 0，并写明冻结要加 `--accept-warnings`；
不加时 `freeze` 和 `run` 以 1 结束。接受了的警告记在冻结日志里，`zhiheng log` 列出。

`--lang zh|en` 选输出语言，也可设环境变量 `ZHIHENG_LANG`;不设时随系统语言，默认中文。`--json` 给程序读。
"""


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD]
    for command in app.registered_commands:
        function = command.callback
        if function is None:
            continue
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters
        rows = [_row(hints[name], parameter.default) for name, parameter in parameters.items()]
        name = command.name or function.__name__
        parts.append(f"## zhiheng {name}\n\n{inspect.getdoc(function)}\n")
        parts.append("| 参数 | 说明 | 默认 |\n|------|------|------|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(hint: Any, default: Any) -> str:
    """Return the table row of one argument or option, from its annotation."""
    kind, info = get_args(hint)
    declared = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
    names = ", ".join(f"`{name}`" for name in declared) or f"`{info.metavar}`"
    if declared and info.metavar:
        names += f" `{info.metavar}`"
    choices = [c for part in (kind, *get_args(kind)) if get_origin(part) is Literal for c in get_args(part)]
    if choices:
        names += " " + " \\| ".join(f"`{choice}`" for choice in choices)
    blank = default in (None, False) or default is inspect.Parameter.empty
    shown = "必填 · required" if default is inspect.Parameter.empty else "" if blank else f"`{default}`"
    return f"| {names} | {info.help or ''} | {shown} |"


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
