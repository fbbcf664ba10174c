"""Files that appear whole or not at all: fingerprints, atomic writes, the lock of a city folder.

Every output goes to a temporary name beside its place, is flushed to disk, and is renamed.  A
folder is exchanged with its predecessor in one system call where the system can; elsewhere it
takes two renames, and `recover` mends a run that was killed between them.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from zhiheng.errors import Problem, ZhihengError

COLLECTED, FROZEN, REDUCED, COMPUTED, PUBLISHED = (
    "1_collected",
    "2_frozen",
    "3_reduced",
    "4_computed",
    "5_published",
)
"""The folders of a city, in the order of the path."""
STAMP = "_stamp.json"
LOCK = ".zhiheng.lock"
_PARTIAL = re.compile(r"\.(.+)\.(?:\d+|release)\.partial")
"""A draft beside its place, and the name it is to have."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return one hash for a set of named plain values."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def tree_fingerprint(folder: Path) -> str:
    """Return one hash for the names and contents of a folder's files.

    Parameters
    ----------
    folder : Path
        Searched with its subfolders; a missing folder has the hash of nothing.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        hidden = any(p.startswith((".", "__pycache__")) for p in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + sha256(path).encode())
    return digest.hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text atomically, with line feeds on every system."""
    write_bytes(path, content.encode("utf-8"))


def stamp_of(folder: Path) -> str | None:
    """Return the fingerprint that a finished output folder carries.

    Returns
    -------
    str or None
        None where there is no such folder, or where its files are not those that were written: a
        damaged output is then made again instead of believed.
    """
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        whole = stamp["content"] == _content(folder)
        return str(stamp["fingerprint"]) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _content(folder: Path) -> str:
    """Return one hash for an output folder's files, its stamp left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / STAMP:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + sha256(path).encode())
    return digest.hexdigest()


@contextmanager
def replacing(folder: Path, stamp: str) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block ends well.

    Parameters
    ----------
    folder : Path
        The output; untouched until the very end, and left as it was by any failure.
    stamp : str
        The fingerprint of what it is made from.
    """
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        made = {"fingerprint": stamp, "content": _content(partial)}
        write_text(partial / STAMP, json.dumps(made) + "\n")
        swap(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_free(to: Path) -> None:
    """Refuse a place for a new folder where something is already."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ZhihengError([Problem(where=to.as_posix(), rule="folder_in_use")])


@contextmanager
def creating(to: Path) -> Iterator[Path]:
    """Yield the place of a draft that becomes a new city folder when the block ends well.

    Raises
    ------
    ZhihengError
        When something is there already, or the folder cannot be written.
    """
    check_free(to)
    place = to.absolute()  # `.` has no name to put a draft beside
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    try:
        yield partial
        if place.exists():  # somebody may stand in it: it stays the folder it is, and its mark comes last
            for part in sorted(partial.iterdir(), key=lambda p: p.name == "city.yaml"):
                part.rename(place / part.name)
        else:
            partial.rename(place)
    except OSError as error:
        raise ZhihengError([write_problem(error, to)]) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def swap(new: Path, old: Path) -> None:
    """Put `new` in the place of `old`; afterwards `new` holds what was there, if anything."""
    if not old.exists():
        new.rename(old)
        return
    if sys.platform == "linux" and _exchange(new, old):
        return
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one system call; False where the file system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    return bool(done == 0)


def recover(city: Path) -> None:
    """Put back what a killed run had moved aside, and remove what it left half-made.

    Call it with the lock held.
    """
    for aside in city.glob(".*.old"):
        if not aside.is_dir():  # somebody's own file
            continue
        place = city / aside.name[1 : -len(".old")]
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(place)
    for partial in city.glob(".*.partial"):
        _remove(partial)
    # Elsewhere only single files are written; what departments put into 1_collected is theirs.
    for folder, _, names in os.walk(city / FROZEN):
        for name in names:
            if name.startswith(".") and name.endswith(".partial"):
                _remove(Path(folder, name))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def lock(city: Path) -> Iterator[None]:
    """Hold a city folder for one writer; a second one is told who holds it.

    The lock is the operating system's, on a file, so it ends with the process that holds it.

    Raises
    ------
    ZhihengError
        When another process holds it, or the folder cannot be written.
    """
    path = city / LOCK
    try:
        stream = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise ZhihengError([write_problem(error, city)]) from None
    with stream:
        try:
            _take(stream.fileno())
        except OSError:
            stream.seek(0)
            holder = stream.read().strip() or "?"
            raise ZhihengError([Problem(where=city.as_posix(), rule="locked", found=holder)]) from None
        try:
            _sign(stream.fileno())
            recover(city)
            yield
        finally:
            stream.truncate(0)


def _sign(descriptor: int) -> None:
    """Write down who holds the lock; on a full disk it is held all the same."""
    os.ftruncate(descriptor, 0)
    with suppress(OSError):
        os.write(descriptor, f"{socket.gethostname()}, pid {os.getpid()}".encode())


def _take(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # A byte far beyond the text, so that others can still read who holds the lock.
        os.lseek(descriptor, 4096, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_problem(error: OSError, where: Path) -> Problem:
    """Say why something could not be written, by the name that was asked for, not that of its draft."""
    rule = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "not_writable"
    place = Path(error.filename) if isinstance(error.filename, str) else where
    asked = Path(*(_PARTIAL.sub(r"\1", part) for part in place.parts))
    return Problem(where=asked.as_posix(), rule=rule, found=error.strerror or type(error).__name__)
