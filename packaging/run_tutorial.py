"""Carry out the tutorial, and fail when a command prints something else than the page says.

    python packaging/run_tutorial.py [--accept]

MkDocs runs it before every build (`hooks` in mkdocs.yml).  In the order of the page, in an empty folder:

- a block with a title is written to the file of that name;
- a `python` block is run;
- each command of a `console` block (a line that begins with `$ `) is run, and what follows it is what it
  must print; `…` stands for any text within a line, a line of `…` alone for any number of lines.

`--accept` writes what the commands print now into the page; put the `…` back where outputs differ.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "tutorial-new-city.md"
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^ *```$", re.M | re.S
)


@dataclass
class Block:
    """A fenced block of the page: where its text stands, and what it is."""

    kind: str
    title: str
    body: str
    span: tuple[int, int]
    indent: str


@dataclass
class Outcome:
    """What a page's commands printed, and where that is not what the page says."""

    failures: list[str] = field(default_factory=list)
    page: str = ""


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    return [
        Block(m["kind"], m["title"] or "", textwrap.dedent(m["body"]), m.span("body"), m["indent"])
        for m in _FENCE.finditer(text)
    ]


def commands(body: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what it must print."""
    found: list[tuple[str, str]] = []
    for line in body.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].rstrip("\n"), ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def agrees(expected: str, printed: str) -> bool:
    """Return whether a text is what was expected; spaces at the ends of lines do not count."""
    pattern = ""
    for line in _lines(expected):
        if line.strip() == "…":
            pattern += r"(?:.*\n)*"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("…")) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(printed))) is not None


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def carry_out(text: str, folder: Path) -> Outcome:
    """Carry out a page in a folder."""
    outcome = Outcome()
    done = 0
    for block in blocks(text):
        outcome.page += text[done : block.span[0]]
        done = block.span[1]
        new = text[block.span[0] : block.span[1]]
        if block.title:
            (folder / block.title).write_text(block.body, encoding="utf-8")
        elif block.kind == "python":
            status, printed = _run([sys.executable, "-W", "error", "-c", block.body], folder)
            if status:
                outcome.failures.append(f"python:\n{block.body}\n{printed}")
        elif block.kind == "console":
            new = ""
            for command, expected in commands(block.body):
                _, printed = _run(["bash", "-c", command], folder)
                if agrees(expected, printed):
                    printed = expected
                else:
                    outcome.failures.append(_difference(command, expected, printed))
                new += "\n".join([f"$ {command}", *_lines(printed), ""])
            new = textwrap.indent(new, block.indent)
        outcome.page += new
    outcome.page += text[done:]
    return outcome


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "ZHIHENG_LANG": "zh", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=folder, env=env, check=False, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout


def _difference(command: str, expected: str, printed: str) -> str:
    lines = difflib.unified_diff(_lines(expected), _lines(printed), "page", "printed", lineterm="")
    return "\n".join([f"$ {command}", *lines])


def on_pre_build(config: Any) -> None:  # noqa: ARG001 - MkDocs hands it over
    """Stop MkDocs when the tutorial does not do what it says."""
    from mkdocs.exceptions import Abort

    with tempfile.TemporaryDirectory() as folder:
        outcome = carry_out(PAGE.read_text(encoding="utf-8"), Path(folder))
    if outcome.failures:
        raise Abort(f"{PAGE.name}\n\n" + "\n\n".join(outcome.failures))


def main() -> None:
    """Carry the tutorial out, and show or accept what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accept", action="store_true", help="write what is printed now into the page")
    accept = parser.parse_args().accept
    with tempfile.TemporaryDirectory() as folder:
        outcome = carry_out(PAGE.read_text(encoding="utf-8"), Path(folder))
    if outcome.failures:
        sys.stdout.write("\n\n".join(outcome.failures) + "\n")
    if accept:
        PAGE.write_text(outcome.page, encoding="utf-8", newline="\n")
    elif outcome.failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
