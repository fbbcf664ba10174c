"""Personal fields: dropped at freeze, or replaced by a keyed hash that tells same from different.

The hash is HMAC-SHA256 under a key of the city's own, `.zhiheng_key` in the city folder.  The key
is made on first use, from the operating system's randomness, readable by its owner only.  It is
never published and never leaves the folder: with it, guessing names or telephone numbers would
show whose records they are; without it, later deliveries no longer match earlier ones.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

import polars as pl

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.contracts import Contract

KEY_FILE = ".zhiheng_key"
_KEY_BYTES = 32


def has_keyed(contract: Contract) -> bool:
    """Return whether a table has fields that are replaced by a keyed hash."""
    return any(field.personal == "key" for field in contract.fields)


def read_key(city: Path) -> bytes | None:
    """Return a city's key, or None when there is none yet.

    Raises
    ------
    ZhihengError
        When the file is there but is no key.
    """
    path = city / KEY_FILE
    try:
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = Problem(where=KEY_FILE, rule="file_unreadable", found=str(error.strerror))
        raise ZhihengError([problem]) from None
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ZhihengError([Problem(where=KEY_FILE, rule="key_lost", found=f"{len(key)}")])
    return key


def make_key(city: Path) -> bytes:
    """Make and keep a city's key; it appears whole or not at all."""
    key = secrets.token_bytes(_KEY_BYTES)
    partial = city / f".{KEY_FILE}.{os.getpid()}.partial"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(key.hex().encode("ascii") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(city / KEY_FILE)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return key


def protect(frame: pl.DataFrame, contract: Contract, key: bytes | None) -> pl.DataFrame:
    """Return a checked frame as it may be frozen.

    Parameters
    ----------
    frame : DataFrame
        Some or all of the contract's fields.
    contract : Contract
    key : bytes or None
        Needed when there are keyed fields.

    Returns
    -------
    DataFrame
        Without `personal: drop` fields; `personal: key` fields hold 64 hexadecimal digits.
    """
    personal = {field.name: field.personal for field in contract.fields if field.personal}
    frame = frame.drop([n for n, treatment in personal.items() if treatment == "drop"], strict=False)
    for name in personal:
        if name in frame.columns:
            frame = frame.with_columns(keyed(frame[name], key or b""))
    return frame


def keyed(values: pl.Series, key: bytes) -> pl.Series:
    """Return the keyed hash of each value, computed once for each distinct one; null stays null."""
    texts = values.cast(pl.String)
    known = texts.drop_nulls().unique(maintain_order=True)
    digests = [hmac.digest(key, text.encode("utf-8"), "sha256").hex() for text in known]
    return texts.replace_strict(
        known, pl.Series(digests, dtype=pl.String), default=None, return_dtype=pl.String
    )
