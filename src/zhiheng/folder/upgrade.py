"""A city folder of an earlier format, brought to the present one: `zhiheng upgrade`.

Every step edits a copy.  What was there is kept beside the framework (`framework.before-2/`), then
the new framework takes the old one's place and `city.yaml` names the new format.  An upgrade that is
killed in between is taken back by the next one.  What was collected or frozen is not touched.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from zhiheng import store
from zhiheng.errors import Problem, ZhihengError
from zhiheng.folder.migrations import CITY, MIGRATIONS, Migration, write_format
from zhiheng.framework.city import FORMAT
from zhiheng.framework.crosscheck import place
from zhiheng.framework.yamlfile import read
from zhiheng.pipeline import city_lock

FRAMEWORK = "framework"
JOURNAL = ".upgrade.json"
"""Stands in the folder while the new framework is put in place: where what was there is kept."""


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """What an upgrade did, or would do.

    Attributes
    ----------
    found : int
        The format the folder had.
    steps : list of Migration
        In the order in which they were taken; empty when there was nothing to do.
    written, removed : list of str
        Files, relative to the city folder.
    backup : str
        Folder in which what was changed is kept; empty when nothing was.
    taken_back : bool
        Whether an upgrade that had been interrupted was taken back first.
    """

    found: int
    steps: list[Migration] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    backup: str = ""
    taken_back: bool = False


def upgrade(folder: Path, *, dry_run: bool = False) -> Upgrade:
    """Bring a city folder to the present format.

    Parameters
    ----------
    folder : Path
        The city folder.
    dry_run : bool
        Only say what would be done.

    Raises
    ------
    ZhihengError
        When the folder is of a newer format, or a file cannot be read or split; nothing is changed then.
    """
    with city_lock(folder):
        taken_back = False if dry_run else _take_back(folder)
        found = format_of(folder)
        steps = [step for step in MIGRATIONS if found < step.to <= FORMAT]
        if not steps:
            return Upgrade(found=found, taken_back=taken_back)
        with _copy(folder, None if dry_run else folder) as staged:
            before = _contents(staged)
            for step in steps:
                step.change(staged)
                write_format(staged, step.to)
            after = _contents(staged)
            backup = _free(folder, f"{FRAMEWORK}.before-{FORMAT}")
            if not dry_run:
                _put(folder, staged, backup)
    return Upgrade(
        found=found,
        steps=steps,
        written=sorted(name for name, text in after.items() if before.get(name) != text),
        removed=sorted(before.keys() - after.keys()),
        backup=backup.name,
        taken_back=taken_back,
    )


def format_of(folder: Path) -> int:
    """Return the format that a folder's `city.yaml` names.

    Raises
    ------
    ZhihengError
        When it names none, or one that is newer than this program.
    """
    marked = read(folder / CITY, CITY)
    where = place(CITY, marked, ("format",))
    value = marked.value.get("format") if isinstance(marked.value, dict) else None
    if value is None:
        raise ZhihengError([Problem(where=where, rule="yaml_key_missing", args={"key": "format"})])
    if not str(value).isdecimal() or int(value) < 1:
        raise ZhihengError([Problem(where=where, rule="yaml_not_integer", found=str(value))])
    if int(value) > FORMAT:
        raise ZhihengError(
            [Problem(where=where, rule="format_newer", found=str(value), args={"format": FORMAT})]
        )
    return int(value)


@contextmanager
def present_copy(folder: Path) -> Iterator[Path]:
    """Yield a copy of a folder's settings and framework in the present format; the folder is left alone."""
    with _copy(folder, None) as staged:
        found = format_of(staged)
        for step in MIGRATIONS:
            if found < step.to <= FORMAT:
                step.change(staged)
                write_format(staged, step.to)
        yield staged


@contextmanager
def _copy(folder: Path, within: Path | None) -> Iterator[Path]:
    """Yield a copy of a folder's settings and framework, made within a folder or where temporary files go."""
    with tempfile.TemporaryDirectory(prefix=".upgrade.", suffix=".partial", dir=within) as name:
        staged = Path(name)
        shutil.copyfile(folder / CITY, staged / CITY)
        if (folder / FRAMEWORK).is_dir():
            shutil.copytree(folder / FRAMEWORK, staged / FRAMEWORK, copy_function=shutil.copyfile)
        yield staged


def _contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _free(folder: Path, name: str) -> Path:
    """Return a name beside those that are taken."""
    names = [name, *(f"{name}-{i}" for i in range(2, 1000))]
    return next(folder / n for n in names if not (folder / n).exists())


def _put(folder: Path, staged: Path, backup: Path) -> None:
    """Keep what is there, then put the new framework and settings in its place."""
    keeping = staged / "kept"
    keeping.mkdir()
    shutil.copy2(folder / CITY, keeping / CITY)
    shutil.copytree(folder / FRAMEWORK, keeping / FRAMEWORK)
    keeping.rename(backup)
    made = store.tree_fingerprint(staged / FRAMEWORK)
    store.write_text(folder / JOURNAL, json.dumps({"backup": backup.name, "to": FORMAT, "made": made}) + "\n")
    store.swap(staged / FRAMEWORK, folder / FRAMEWORK)
    store.write_bytes(folder / CITY, (staged / CITY).read_bytes())
    (folder / JOURNAL).unlink()


def _take_back(folder: Path) -> bool:
    """Undo what an interrupted upgrade had changed; return whether there was one."""
    try:
        journal = json.loads((folder / JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    halfway = bool(
        format_of(folder) < journal["to"] and store.tree_fingerprint(folder / FRAMEWORK) == journal["made"]
    )
    if halfway:
        backup = folder / journal["backup"]
        with _copy(backup, folder) as kept:
            store.swap(kept / FRAMEWORK, folder / FRAMEWORK)
        shutil.rmtree(backup)
    (folder / JOURNAL).unlink()
    return halfway
