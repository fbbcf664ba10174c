"""The bytes of a delivered text file as UTF-8 with line feeds, or the reason why not.

UTF-8 (with or without a byte order mark) and GB18030 (so also GBK and GB2312) are read.  Text is
brought to UTF-8 before anything looks for commas or quotation marks.  CRLF and a lone CR end a
line as LF does, in a quoted cell too.
"""

from __future__ import annotations

import codecs

import numpy as np

from zhiheng.errors import Problem, ZhihengError

_STEP = 256 << 10  # small enough for a processor's cache
_BOM = codecs.BOM_UTF8
_REPLACEMENT = 0xFFFD
_THREE_BYTES = 0x800
_BINARY: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "ZIP, XLSX, DOCX"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS, DOC"),
    (b"PAR1", "Parquet"),
    (b"%PDF-", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_WIDE: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def to_utf8(raw: bytes, where: str) -> tuple[bytes, str]:
    """Bring a file's bytes to UTF-8 with line feeds.

    Parameters
    ----------
    raw : bytes
        The file.
    where : str
        How messages call it.

    Returns
    -------
    data, encoding
        The text in UTF-8 without a byte order mark, and what it was: ``"utf-8"`` or ``"gb18030"``.

    Raises
    ------
    ZhihengError
        When the bytes are no text, or text in another encoding.
    """
    _refuse_other_kinds(raw, where)
    if raw.startswith(_BOM):
        raw = raw[len(_BOM) :]
        if (bad := _first_bad(raw, "utf-8")) is not None:
            raise ZhihengError([_undecodable(raw, bad, "UTF-8", where)])
        return _line_feeds(raw), "utf-8"
    bad = _first_bad(raw, "utf-8")
    if bad is None:
        return _line_feeds(raw), "utf-8"
    if _is_damaged_utf8(raw, bad):
        raise ZhihengError([_undecodable(raw, bad, "UTF-8", where)])
    data = _from_gb18030(raw, where)
    return _line_feeds(data), "gb18030"


def _refuse_other_kinds(raw: bytes, where: str) -> None:
    for magic, kind in _BINARY:
        if raw.startswith(magic):
            raise ZhihengError([Problem(where=where, rule="file_not_text", found=kind)])
    for mark, kind in _WIDE:
        if raw.startswith(mark):
            raise ZhihengError([Problem(where=where, rule="file_utf16", found=kind)])
    if (nul := raw.find(b"\0")) >= 0:
        place = f"{where}:{_line_of(raw, nul)}"
        raise ZhihengError([Problem(where=place, rule="file_nul", found="0x00", count=raw.count(b"\0"))])


def _first_bad(raw: bytes, encoding: str) -> int | None:
    """Return the offset of the first byte that cannot be decoded, a block at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(raw)
    for start in range(0, len(raw), _STEP):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(bytes(view[start : start + _STEP]), start + _STEP >= len(raw))
        except UnicodeDecodeError as error:
            return start - held + error.start
    return None


def _is_damaged_utf8(raw: bytes, bad: int) -> bool:
    """Return whether text that is not UTF-8 was meant to be: most of its characters still are.

    Chinese in UTF-8 takes three bytes a character, and in GB18030 text three bytes hardly ever
    happen to be one, so damage is told from another encoding by counting around the first bad
    byte.  Without this a single broken byte would turn a whole file into other characters.
    """
    window = raw[max(0, bad - _STEP // 4) : bad + _STEP // 4].decode("utf-8", errors="replace")
    points = np.frombuffer(window.encode("utf-32-le"), dtype=np.uint32)
    broken = points == _REPLACEMENT
    return bool(np.count_nonzero((points >= _THREE_BYTES) & ~broken) > np.count_nonzero(broken))


def _from_gb18030(raw: bytes, where: str) -> bytes:
    """Decode block by block, cutting at line feeds, which are never part of a GB18030 character."""
    blocks: list[bytes] = []
    start = 0
    while start < len(raw):
        cut = raw.rfind(b"\n", start, start + _STEP) + 1 if start + _STEP < len(raw) else 0
        end = cut if cut > start else len(raw)
        try:
            blocks.append(raw[start:end].decode("gb18030").encode("utf-8"))
        except UnicodeDecodeError as error:
            at = start + error.start
            raise ZhihengError([_undecodable(raw, at, "UTF-8 / GB18030", where)]) from None
        start = end
    return b"".join(blocks)


def _undecodable(raw: bytes, at: int, encoding: str, where: str) -> Problem:
    found = " ".join(f"0x{byte:02X}" for byte in raw[at : at + 4])
    return Problem(
        where=f"{where}:{_line_of(raw, at)}",
        rule="bytes_undecodable",
        found=found,
        args={"encoding": encoding},
    )


def _line_of(raw: bytes, at: int) -> int:
    """Return the physical line of an offset, whatever ends the lines."""
    ends = raw.count(b"\n", 0, at)
    carriage = raw.count(b"\r", 0, at)
    return 1 + ends + (carriage - raw.count(b"\r\n", 0, at) if carriage else 0)


def _line_feeds(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
