"""The steps from each format of a city folder to the next, in order: `MIGRATIONS`.

A migration edits a copy of the folder's `city.yaml` and `framework/`.  It moves text and keeps
comments, and it never touches what was collected or frozen.  A new format needs one more entry here and
one more line in the changelog; entries are never taken out, so that a folder of any age finds its way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhiheng import store
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.base import Text
from zhiheng.framework.yamlfile import Marked, read

CITY = "city.yaml"
_FORMAT_KEY = re.compile(r"""(["']?\bformat\b["']?\s*:\s*)["']?[0-9]+["']?""")
_ITEM = re.compile(r"\s*- ")


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One step from a format to the next.

    Attributes
    ----------
    to : int
        The format it leads to; it starts from the one before.
    what : Text
        What changes, in words.
    change : callable
        Edits a copy of the folder that has `city.yaml` and `framework/` only.
    """

    to: int
    what: Text
    change: Callable[[Path], None]


def write_format(folder: Path, number: int) -> None:
    """Write the format's number into `city.yaml` and leave every other character as it is."""
    marked = read(folder / CITY, CITY)
    lines = _lines(folder / CITY)
    at = marked.lines["format",] - 1
    lines[at] = _FORMAT_KEY.sub(rf"\g<1>{number}", lines[at], count=1)
    store.write_bytes(folder / CITY, "".join(lines).encode("utf-8"))


def split_indicators(folder: Path) -> None:
    """Format 2: units and themes in `units.yaml`, indicators in `indicators/`, a file a theme.

    Where indicators of one theme do not stand together they stay in one file, as their order is the
    order in which they are shown.

    Raises
    ------
    ZhihengError
        When the old file cannot be read, or its parts do not stand on lines of their own.
    """
    old = "framework/indicators.yaml"
    marked, lines = read(folder / old, old), _lines(folder / old)
    blocks = _blocks(marked, lines, old)
    for key in ("units", "themes", "indicators"):
        if key not in blocks:
            raise ZhihengError([Problem(where=old, rule="yaml_key_missing", args={"key": key})])
    units, themes = (_trimmed([lines[i] for i in blocks[key]]) for key in ("units", "themes"))
    texts = {"framework/units.yaml": [*units, _newline(lines), *themes]}
    texts |= _by_theme(marked, lines, blocks["indicators"])
    for name, text in texts.items():
        store.write_bytes(folder / name, "".join(_trimmed(text)).encode("utf-8"))
    _same(folder, marked.value, texts, old)
    (folder / old).unlink()


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        to=2,
        what=Text(
            zh="计量单位和分组移到 framework/units.yaml，指标分到 framework/indicators/",
            en="units and themes move to framework/units.yaml, indicators to framework/indicators/",
        ),
        change=split_indicators,
    ),
)


def _lines(path: Path) -> list[str]:
    """Return a file's lines with their ends, whatever those are."""
    return re.findall(r"[^\n]*\n|[^\n]+", path.read_bytes().decode("utf-8-sig"))


def _newline(lines: list[str]) -> str:
    return "\r\n" if lines and lines[0].endswith("\r\n") else "\n"


def _is_remark(line: str, indent: int) -> bool:
    """Return whether a line is empty, or a comment no further in than what it stands above."""
    bare = line.strip()
    return not bare or (bare.startswith("#") and len(line) - len(line.lstrip()) <= indent)


def _above(lines: list[str], at: int, indent: int) -> int:
    """Return where the comments begin that stand above a line."""
    while at > 0 and _is_remark(lines[at - 1], indent):
        at -= 1
    return at


def _blocks(marked: Marked, lines: list[str], name: str) -> dict[str, range]:
    """Return which lines are each key's, comments above it included; a file's head is its first key's."""
    keys = list(marked.value) if isinstance(marked.value, dict) else []
    starts = [marked.lines[key,] - 1 for key in keys]
    for key, start in zip(keys, starts, strict=True):
        if not re.match(rf"""["']?{re.escape(key)}["']?\s*:""", lines[start]):
            raise ZhihengError([Problem(where=f"{name}:{start + 1}", rule="upgrade_by_hand", found=key)])
    cuts = [0, *(_above(lines, start, 0) for start in starts[1:]), len(lines)]
    return {key: range(cuts[i], cuts[i + 1]) for i, key in enumerate(keys)}


def _by_theme(marked: Marked, lines: list[str], block: range) -> dict[str, list[str]]:
    """Return the lines of the files of indicators, by file name."""
    items: list[Any] = marked.value["indicators"] or []
    themes = [str(item.get("theme")) if isinstance(item, dict) else "" for item in items]
    firsts = [i for i, theme in enumerate(themes) if i == 0 or theme != themes[i - 1]]
    starts = [marked.lines["indicators", i] - 1 for i in firsts]
    one_place = len({themes[i] for i in firsts}) == len(firsts) > 1
    if not one_place or not all(_ITEM.match(lines[start]) for start in starts):
        return {"framework/indicators/indicators.yaml": [lines[i] for i in block]}
    key = marked.lines["indicators",] - 1
    indent = len(lines[starts[0]]) - len(lines[starts[0]].lstrip())
    cuts = [key + 1, *(_above(lines, start, indent) for start in starts[1:]), block.stop]
    width = len(str(10 * len(firsts)))
    texts: dict[str, list[str]] = {}
    for number, (theme, start, stop) in enumerate(
        zip([themes[i] for i in firsts], cuts, cuts[1:], strict=False), start=1
    ):
        head = lines[block.start : key] if number == 1 else []
        name = f"framework/indicators/{10 * number:0{width}}_{re.sub(r'[^A-Za-z0-9_]', '_', theme)}.yaml"
        texts[name] = [*head, f"indicators:{_newline(lines)}", *_trimmed(lines[start:stop])]
    return texts


def _trimmed(lines: list[str]) -> list[str]:
    """Return lines without the empty ones at either end, the last one ended."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    kept = lines[full[0] : full[-1] + 1]
    return [*kept[:-1], kept[-1].rstrip("\r\n") + _newline(lines)]


def _same(folder: Path, before: dict[str, Any], texts: dict[str, list[str]], old: str) -> None:
    """Check that the new files together say exactly what the old one said."""
    after: dict[str, Any] = {}
    for name in texts:
        for key, value in read(folder / name, name).value.items():
            after[key] = [*after.get(key, []), *(value or [])]
    if after != before:
        raise ZhihengError([Problem(where=old, rule="upgrade_by_hand", found="indicators")])
