"""Writing the many small files of a site, which stands in a folder that appears as a whole.

The folder takes its place only when it is complete (`store.replacing`), so a file need not appear
atomically; but all of them have to be on disk by then.  Waiting for each in turn takes seconds, for
all at once next to nothing.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

THREADS = 16


def write(path: Path, content: str | bytes) -> None:
    """Write a file and the folders above it; text as UTF-8 with the line ends it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def flush(folder: Path) -> None:
    """Return when every file below a folder is on disk."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(_flush, paths):  # the loop is where an error of a thread shows
            pass


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
