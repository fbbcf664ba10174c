"""Where the records of a CSV text begin and end, and how many fields each one has.

Readers fill short rows and split others in silence, so every record is counted here, on the
bytes, before any reader sees them.  A separator or a line end counts when it stands outside
quotation marks, that is after an even number of them (a running exclusive or).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]

_STEP = 256 << 10  # small enough for a processor's cache
_COMMA, _LINE_FEED, _QUOTE = b',\n"'
_MOST_BAD_QUOTES = 10_000
_EDGE = np.zeros(256, dtype=np.bool_)
_EDGE[[_COMMA, _LINE_FEED, _QUOTE]] = True


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a text, the header among them.

    Attributes
    ----------
    starts, ends : array of int, shape (records,)
        Byte offsets; the end is that of the line feed.
    fields : array of int, shape (records,)
        Fields of each record; 1 for a blank line.
    lines : array of int, shape (records,)
        Physical line on which each record begins, from 1.
    has_quotes : bool
        Whether there is any quotation mark.
    """

    starts: Offsets
    ends: Offsets
    fields: Offsets
    lines: Offsets
    has_quotes: bool

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class BadQuote:
    """A quotation mark that breaks the text.

    Attributes
    ----------
    offset : int
        Its byte offset.
    line : int
        The physical line on which it stands.
    unclosed : bool
        True where it opens a cell that is not closed, False where it stands inside a cell.
    """

    offset: int
    line: int
    unclosed: bool


def index(data: bytes) -> Records | None:
    """Find the records of a text.

    Parameters
    ----------
    data : bytes
        UTF-8 with line feeds.

    Returns
    -------
    Records or None
        None when quotation marks are unbalanced or misplaced; `bad_quotes` then says where.
    """
    text = np.frombuffer(data, dtype=np.uint8)
    ends: list[Offsets] = []
    counts: list[Offsets] = []
    breaks: list[Offsets] = []
    inside, has_quotes, begun = False, False, 0
    for low in range(0, len(data), _STEP):
        block = text[low : low + _STEP]
        marks = np.flatnonzero((block == _COMMA) | (block == _LINE_FEED) | (block == _QUOTE))
        kinds = block[marks]
        quote = kinds == _QUOTE
        if inside or quote.any():
            has_quotes = True
            if not _well_placed(text, marks[quote] + low, inside):
                return None
            quoted = np.bitwise_xor.accumulate(quote) ^ inside
            inside = bool(quoted[-1]) if len(quoted) else inside
            breaks.append(marks[quoted & (kinds == _LINE_FEED)] + low)
            outside = ~(quoted | quote)
            marks, kinds = marks[outside], kinds[outside]
        closing = np.flatnonzero(kinds == _LINE_FEED)
        ends.append(marks[closing] + low)
        # The number of a line end among all marks, less that of the one before, is its fields.
        counts.append(closing + begun)
        begun += len(marks)
    if inside:
        return None
    if data and not data.endswith(b"\n"):
        ends.append(np.array([len(data)], dtype=np.int64))
        counts.append(np.array([begun], dtype=np.int64))
    return _assemble(ends, counts, breaks, has_quotes)


def _assemble(ends: list[Offsets], counts: list[Offsets], breaks: list[Offsets], has_quotes: bool) -> Records:
    end = np.concatenate([*ends, np.empty(0, dtype=np.int64)])
    start = np.concatenate([[0], end[:-1] + 1]).astype(np.int64)[: len(end)]
    fields = np.diff(np.concatenate([*counts, np.empty(0, dtype=np.int64)]), prepend=-1)
    lines = np.arange(1, len(end) + 1, dtype=np.int64)
    inner = np.concatenate([*breaks, np.empty(0, dtype=np.int64)])
    if len(inner):
        lines += np.searchsorted(inner, start)
    return Records(start, end, fields.astype(np.int64), lines, has_quotes)


def _well_placed(text: npt.NDArray[np.uint8], quotes: Offsets, inside: bool) -> bool:
    """Return whether each quotation mark opens or closes a cell, or is one half of a doubled one."""
    opening, closing = quotes[int(inside) :: 2], quotes[1 - int(inside) :: 2]
    before = opening[opening > 0] - 1
    after = closing[closing < len(text) - 1] + 1
    return bool(_EDGE[text[before]].all() and _EDGE[text[after]].all())


def bad_quotes(data: bytes) -> Iterator[BadQuote]:
    """Name the quotation marks that break a text, one at a time, for a text that `index` refused.

    After each the search goes on at the next line, so that one mistake does not hide the next.
    """
    text = np.frombuffer(data, dtype=np.uint8)
    quotes, line_ends = np.flatnonzero(text == _QUOTE), np.flatnonzero(text == _LINE_FEED)
    i = named = 0
    while i < len(quotes) and named < _MOST_BAD_QUOTES:
        opening = int(quotes[i])
        line = int(np.searchsorted(line_ends, opening))
        if opening > 0 and data[opening - 1] not in (_COMMA, _LINE_FEED):
            yield BadQuote(opening, line + 1, unclosed=False)
            named, i = named + 1, i + 1
            continue
        j = i + 1
        while j < len(quotes) and data[quotes[j] + 1 : quotes[j] + 2] == b'"':
            j += 2
        if j < len(quotes) and data[quotes[j] + 1 : quotes[j] + 2] in (b",", b"\n", b""):
            i = j + 1
            continue
        line_end = int(line_ends[line]) if line < len(line_ends) else len(data)
        on_this_line = j < len(quotes) and bool(quotes[j] < line_end)
        yield BadQuote(int(quotes[j]) if on_this_line else opening, line + 1, unclosed=not on_this_line)
        named, i = named + 1, int(np.searchsorted(quotes, line_end))
