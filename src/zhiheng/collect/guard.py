"""What a delivered file really is, and whether it is small enough to be opened at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhiheng.collect import limits
from zhiheng.collect.limits import MIB
from zhiheng.errors import Problem, ZhihengError

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET = b"PAR1"
WORKBOOKS = (".xlsx", ".xlsm", ".xls")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_VBA_STREAM = "_VBA_PROJECT_CUR".encode("utf-16-le")
_HEAD = 4096


def size_problems(path: Path, where: str) -> list[Problem]:
    """Return why a file is too large to be read; nothing where it is not."""
    size, suffix = path.stat().st_size, path.suffix.lower()
    most = limits.MOST_WORKBOOK_BYTES if suffix in WORKBOOKS else limits.MOST_BYTES
    found = f"{size / MIB:.0f} MiB"
    if size > most:
        args = {"most": f"{most // MIB} MiB"}
        return [Problem(where=where, rule="file_too_large", found=found, args=args)]
    needed, free = size * limits.MEMORY_FACTOR, free_memory()
    if suffix == ".csv" and free is not None and needed > free and size > limits.RATIO_FROM:
        args = {"needed": f"{needed // MIB} MiB", "free": f"{free // MIB} MiB"}
        return [Problem(where=where, rule="memory_too_small", found=found, args=args)]
    return []


def free_memory() -> int | None:
    """Return the bytes of memory that programs may still take, or None where it cannot be told."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def kind_of(raw: bytes) -> str:
    """Return what a file's bytes are: `xlsx`, `xls`, `encrypted`, `parquet`, `html`, `xml`, `text`, `other`.

    `xlsx` is any ZIP archive and `xls` any OLE container with a workbook in it; what they hold is
    looked at when they are opened.
    """
    if raw.startswith(ZIP):
        return "xlsx"
    if raw.startswith(OLE):
        if _ENCRYPTED in raw:
            return "encrypted"
        return "xls" if any(name in raw for name in _WORKBOOK_STREAMS) else "other"
    if raw.startswith(PARQUET):
        return "parquet"
    return _kind_of_text(raw[:_HEAD])


def _kind_of_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", errors="ignore").encode("utf-8")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if any(mark in start for mark in (b"<html", b"<table", b"<!doctype html")):
        return "html"
    if start.startswith(b"<?xml"):
        return "xml"
    return "other" if not head or b"\0" in head else "text"


def has_vba(raw: bytes) -> bool:
    """Return whether an old workbook carries macros."""
    return _VBA_STREAM in raw


_NAMES = {
    "xlsx": "XLSX (ZIP)",
    "xls": "XLS",
    "parquet": "Parquet",
    "text": "CSV (text)",
    "html": "HTML",
    "xml": "XML",
    "other": "?",
}
_SUFFIXES = {"xlsx": ".xlsx", "xls": ".xls", "parquet": ".parquet", "text": ".csv"}


def expect(raw: bytes, kind: str, suffix: str, where: str) -> None:
    """Refuse a file whose bytes are not what its name says.

    Raises
    ------
    ZhihengError
        Naming what it is: another format, a page saved as a workbook, locked by a password, empty.
    """
    if not raw:
        raise ZhihengError([Problem(where=where, rule="file_empty", found="0")])
    found = kind_of(raw)
    if found == kind:
        return
    if found == "encrypted":
        raise ZhihengError([Problem(where=where, rule="password_protected")])
    if found in ("html", "xml"):
        args = {"suffix": suffix}
        raise ZhihengError([Problem(where=where, rule="file_is_page", found=_NAMES[found], args=args)])
    if found in _SUFFIXES:
        args = {"suffix": suffix, "instead": _SUFFIXES[found]}
        raise ZhihengError([Problem(where=where, rule="suffix_wrong", found=_NAMES[found], args=args)])
    raise ZhihengError([Problem(where=where, rule="file_damaged", found=_NAMES[found], args={"why": suffix})])


def check_archive(archive: zipfile.ZipFile, packed: int, where: str) -> None:
    """Refuse an archive that would unpack to too much, by what its own list declares.

    No more than declared is ever unpacked: `zipfile` stops there and finds the checksum wrong.

    Raises
    ------
    ZhihengError
    """
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > limits.MOST_PARTS:
        args = {"most": f"{limits.MOST_PARTS}"}
        raise ZhihengError([Problem(where=where, rule="parts_too_many", found=f"{len(parts)}", args=args)])
    ratio = total / max(packed, 1)
    if total > limits.MOST_EXPANDED or (total > limits.RATIO_FROM and ratio > limits.MOST_RATIO):
        args = {
            "packed": f"{packed / MIB:.1f} MiB",
            "most": f"{limits.MOST_EXPANDED // MIB} MiB",
            "ratio": f"{limits.MOST_RATIO}",
        }
        found = f"{total / MIB:.0f} MiB"
        raise ZhihengError([Problem(where=where, rule="archive_bomb", found=found, args=args)])
    if any(part.flag_bits & 1 for part in parts):
        raise ZhihengError([Problem(where=where, rule="password_protected")])


@contextmanager
def damaged(where: str) -> Iterator[None]:
    """Say of whatever a parser of foreign bytes trips over that the file is damaged.

    Parsers of such formats fail on damaged bytes in any way there is, so any way is taken for it.
    """
    try:
        yield
    except ZhihengError:
        raise
    except MemoryError:
        problem = Problem(where=where, rule="file_damaged", args={"why": "MemoryError"})
        raise ZhihengError([problem]) from None
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in a library's Rust code is no Exception
        why = f"{type(error).__name__}: {error}"[:120]
        raise ZhihengError([Problem(where=where, rule="file_damaged", args={"why": why})]) from None
