"""What was published is kept: `zhiheng release`, and the log of releases.

`6_released/<name>/` holds the figures with their lineage, the framework they were made by, the log of
rounds, the open data and the reports, and what differs from the release before, read-only.
`6_released/releases.jsonl` is append-only: each line names every file with its checksum and is chained to
the line before, so that an altered release shows.  Pages are not kept: any version of them can be made
again from what is.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zhiheng
from zhiheng import store
from zhiheng.collect import rounds
from zhiheng.compute.figures import FIGURES, LINEAGE
from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.framework.city import load
from zhiheng.pipeline import Run, city_lock
from zhiheng.store import COLLECTED, COMPUTED, PUBLISHED

RELEASED = "6_released"
LOG = f"{RELEASED}/releases.jsonl"
RECORD = "release.json"
CHANGES = "changes.json"
"""What differs from the release before: `diff.Diff.to_dict`."""
_READ_ONLY = stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH
_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]{0,63}")
_KEPT = {".csv", ".docx", ".json", ".parquet", ".pdf", ".xlsx", ".zip"}
"""Kinds of published files that are kept: data and reports, not pages."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One line of the log of releases.

    Attributes
    ----------
    release : int
        Its number, from 1.
    name : str
        What the office calls it; unique.
    at : str
        When it was made, ISO 8601 with the offset from UTC.
    as_of : str
        The day up to which its figures were shown.
    version, code : str
        Version of the program, and fingerprint of its code.
    framework : str
        Fingerprint of the framework.
    rounds : int
        How many lines the log of rounds had.
    reason : str
        Why it was made, in the office's words; may be empty.
    files : dict
        SHA-256 of every file, by its path within the release.
    chain : str
        SHA-256 over the chain before and the rest of this line.
    """

    release: int
    name: str
    at: str
    as_of: str
    version: str
    code: str
    framework: str
    rounds: int
    reason: str
    files: dict[str, str]
    chain: str = ""


def release(folder: Path, name: str, *, reason: str, now: dt.datetime) -> Release:
    """Keep what is published now under a name.

    Parameters
    ----------
    folder : Path
        The city folder.
    name : str
        Letters, digits, Chinese characters, `.`, `_` and `-`.
    reason : str
    now : datetime
        With its time zone.

    Raises
    ------
    ZhihengError
        When the name is taken or cannot be one, what is published is not what the folder would give
        now, a delivered file changed since the last freeze, or an earlier release was altered.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise ZhihengError([Problem(where="NAME", rule="release_name", found=name)])
    with city_lock(folder):
        before = read(folder)
        raise_if(verify(folder, before))
        # Where a disk takes Q1 and q1 for one name, so do we everywhere.
        if name.casefold() in {r.name.casefold() for r in before}:
            raise ZhihengError([Problem(where=LOG, rule="release_taken", found=name)])
        run = Run(folder=folder, now=now)
        if not run.up_to_date():
            raise ZhihengError([Problem(where=PUBLISHED, rule="release_not_current")])
        if not run.delivery_frozen():
            raise ZhihengError([Problem(where=COLLECTED, rule="release_not_frozen")])
        place = folder / RELEASED / name
        if place.exists() and not (place / RECORD).is_file():
            raise ZhihengError([Problem(where=place.as_posix(), rule="folder_in_use")])
        partial = folder / f".{name}.release.partial"
        shutil.rmtree(partial, ignore_errors=True)
        _copy(folder, partial)
        if before:
            _tell_changes(folder, before[-1], run, name, partial)
        new = Release(
            release=len(before) + 1,
            name=name,
            at=now.isoformat(timespec="seconds"),
            as_of=str(load(folder).settings.publication.as_of),
            version=zhiheng.__version__,
            code=run.code,
            framework=store.tree_fingerprint(partial / "framework"),
            rounds=len(rounds.read(folder)),
            reason=reason.strip(),
            files={},
        )
        store.write_text(partial / RECORD, json.dumps(_plain(new), ensure_ascii=False, indent=2) + "\n")
        (partial / RECORD).chmod(_READ_ONLY)
        new = dataclasses.replace(new, files=_checksums(partial))
        new = dataclasses.replace(new, chain=_chain(before[-1].chain if before else "", new))
        shutil.rmtree(place, ignore_errors=True)  # of a release that was killed before it was logged
        place.parent.mkdir(exist_ok=True)
        partial.rename(place)
        line = json.dumps(_plain(new), ensure_ascii=False).encode() + b"\n"
        store.write_bytes(folder / LOG, _content(folder) + line)
    return new


def read(folder: Path) -> list[Release]:
    """Read a city's log of releases and verify its chain.

    Raises
    ------
    ZhihengError
        When a line was altered, with its number.
    """
    found: list[Release] = []
    chain = ""
    for number, line in enumerate(_content(folder).splitlines(), start=1):
        try:
            made = Release(**json.loads(line))
            whole = made.release == number and made.chain == _chain(chain, made)
        except (ValueError, TypeError):
            whole = False
        if not whole:
            start = line[:40].decode("utf-8", "replace")
            raise ZhihengError([Problem(where=f"{LOG}:{number}", rule="log_altered", found=start)])
        chain = made.chain
        found.append(made)
    return found


def verify(folder: Path, releases: Iterable[Release]) -> list[Problem]:
    """Return a problem for every file of a release that is missing, altered or added."""
    problems = []
    for made in releases:
        place = folder / RELEASED / made.name
        there = _checksums(place)
        for name in sorted(made.files.keys() | there.keys()):
            if made.files.get(name) != there.get(name):
                where = f"{RELEASED}/{made.name}/{name}"
                problems.append(Problem(where=where, rule="release_altered", found=there.get(name, "-")[:16]))
    return problems


def verified(folder: Path) -> list[Release]:
    """Return every release of a city folder, oldest first.

    Raises
    ------
    ZhihengError
        When this is no city folder, or a release was altered.
    """
    if not (folder / "city.yaml").is_file():
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_a_city")])
    made = read(folder)
    raise_if(verify(folder, made))
    return made


def find(folder: Path, name: str | None, *, where: str = "OLD") -> Release:
    """Return a release by its name, or the last one.

    Parameters
    ----------
    folder : Path
    name : str or None
    where : str
        The argument that a name nobody used is blamed on.

    Raises
    ------
    ZhihengError
        When there is none, or it was altered.
    """
    made = read(folder)
    if not made:
        raise ZhihengError([Problem(where=LOG, rule="release_none")])
    found = next((r for r in made if r.name == name), None) if name else made[-1]
    if found is None:
        args = {"list": "releases", "close": ", ".join(r.name for r in made)}
        raise ZhihengError([Problem(where=where, rule="code_unknown", found=name or "", args=args)])
    raise_if(verify(folder, [found]))
    return found


def _copy(folder: Path, place: Path) -> None:
    """Copy what a release keeps, every file read-only."""
    place.mkdir()
    shutil.copytree(folder / "framework", place / "framework", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(folder / "city.yaml", place / "city.yaml")
    for name in (FIGURES, LINEAGE):
        shutil.copy(folder / COMPUTED / name, place / name)
    if (folder / rounds.LOG).is_file():
        shutil.copy(folder / rounds.LOG, place / "rounds.jsonl")
    for path in sorted((folder / PUBLISHED).rglob("*")):
        if path.is_file() and path.suffix in _KEPT and path.name != store.STAMP:
            kept = place / "published" / path.relative_to(folder / PUBLISHED)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, kept)
    for path in place.rglob("*"):
        if path.is_file():
            path.chmod(_READ_ONLY)


def _tell_changes(folder: Path, last: Release, run: Run, name: str, place: Path) -> None:
    """Write what differs from the last release, for pages and programs."""
    from zhiheng.folder.diff import compare  # which reads releases
    from zhiheng.folder.side import present, released

    found = compare(released(folder, last), present(folder, run)).to_dict() | {"new": name}
    store.write_text(place / CHANGES, json.dumps(found, ensure_ascii=False, default=str) + "\n")
    (place / CHANGES).chmod(_READ_ONLY)


def _checksums(place: Path) -> dict[str, str]:
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
    return {path.relative_to(place).as_posix(): store.sha256(path) for path in files}


def _content(folder: Path) -> bytes:
    try:
        return (folder / LOG).read_bytes()
    except FileNotFoundError:
        return b""


def _plain(made: Release) -> dict[str, Any]:
    return dataclasses.asdict(made)


def _chain(before: str, made: Release) -> str:
    rest = {name: value for name, value in _plain(made).items() if name != "chain"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((before + text).encode()).hexdigest()
