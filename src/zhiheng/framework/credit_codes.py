"""Unified social credit codes 统一社会信用代码: the two check characters within, and what is wrong.

A code has 18 characters of an alphabet of 31 (digits and capitals without I, O, S, V, Z): the
registering authority (none is 0, so that 18 noughts are no code), the kind of organisation, six
digits of an area, the nine characters of the organisation code, and a check character.

GB 32100-2015, table 1 (values of the characters) and table 2 (weights), with C_i the value of the
i-th character:

    C_18 = (31 - sum_{i=1..17} C_i W_i mod 31) mod 31,   W_i = 3^(i-1) mod 31.

The organisation code within (positions 9 to 17) has a check character of its own by GB 11714-1997,
2.1.2, in the values of *its* annex A, where letters count on from A = 10 without a gap to Z = 35:

    C_9 = 11 - sum_{i=1..8} C_i W_i mod 11,   W = 3, 7, 9, 10, 5, 8, 4, 2;   10 is X, 11 is 0.

What the outer check finds, 31 being prime: every single wrong character, as no weight is 0 mod 31;
every exchange of two different characters but that of the first and the last, as
(C_i - C_j)(W_i - W_j) is 0 only where two weights are equal, and 3 being a primitive root, those
are W_1 = 1 and the 1 of the check character itself.  The inner check is weaker: characters whose
values differ by 11, 22 or 33 stand for each other unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
AREA = slice(2, 8)
ORGANISATION = slice(8, 17)
INTERNAL = "PDY"
"""GB 11714-1997, 3: bodies PDY00001 to PDY99999 are for use within a system and are given to nobody."""

_ALL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)] + [1], dtype=np.int16)
_BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int16)
_BODY_CHECKS = "0X987654321"
"""The check character of an organisation code, by the sum mod 11."""

_UNKNOWN = 99  # with it in every place, the weighted sum still fits 16 bits
_LOOKALIKES = {"l": "1", "I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"}


class Fault(IntEnum):
    """What is wrong with a code; of several faults the first of this list."""

    NONE = 0
    LENGTH = 1
    CHARACTER = 2
    CHECK = 3
    ORGANISATION = 4


def faults(codes: Sequence[str]) -> npt.NDArray[np.int8]:
    """Return the fault of each code.

    Parameters
    ----------
    codes : sequence of str
        As written: neither small letters nor blanks are mended.

    Returns
    -------
    array of int8, shape (codes,)
        Of `Fault`.

    Examples
    --------
    >>> faults(["91350100M000100Y43", "91350100M000100Y44", "9135"]).tolist()
    [0, 3, 1]
    """
    found = np.full(len(codes), Fault.LENGTH, dtype=np.int8)
    whole = np.array([len(code) == LENGTH and code.isascii() for code in codes], dtype=bool)
    odd = np.array([len(code) == LENGTH and not code.isascii() for code in codes], dtype=bool)
    found[odd] = Fault.CHARACTER
    text = "".join(code for code, ok in zip(codes, whole, strict=True) if ok)
    characters = np.frombuffer(text.encode("ascii"), dtype=np.uint8).reshape(-1, LENGTH)
    values = _TABLE[characters]
    body = _BODY_TABLE[characters[:, ORGANISATION]]
    checks = np.frombuffer(_BODY_CHECKS.encode("ascii"), dtype=np.uint8)
    inner = checks[body[:, :8] @ _BODY_WEIGHTS % 11] != characters[:, 16]
    faulty = np.select(
        [
            (values == _UNKNOWN).any(axis=1) | (values[:, AREA] > 9).any(axis=1) | (values[:, 0] == 0),
            values @ _WEIGHTS % 31 != 0,
            inner,
        ],
        [Fault.CHARACTER, Fault.CHECK, Fault.ORGANISATION],
        default=Fault.NONE,
    )
    found[whole] = faulty.astype(np.int8)
    return found


def _table(alphabet: str) -> npt.NDArray[np.int16]:
    """Return the value of every byte; `_UNKNOWN` for those that are no character of the alphabet."""
    table = np.full(256, _UNKNOWN, dtype=np.int16)
    for value, character in enumerate(alphabet):
        table[ord(character)] = value
    return table


_TABLE, _BODY_TABLE = _table(ALPHABET), _table(_ALL)


def complete(stem: str) -> str:
    """Return the code that begins with authority, kind, area and the body of an organisation code.

    Parameters
    ----------
    stem : str
        The first 16 characters; both check characters are computed.

    Raises
    ------
    ValueError
        When a character is none of the alphabet, or the area is not six digits.

    Examples
    --------
    >>> complete("91350100M000100Y")
    '91350100M000100Y43'
    """
    if len(stem) != LENGTH - 2 or not stem[AREA].isdecimal() or set(stem) - set(ALPHABET):
        raise ValueError(f"{stem!r} is not 16 characters of {ALPHABET} with an area of six digits")
    known = stem + organisation_check(stem[ORGANISATION])
    return known + check(known)


def check(code: str) -> str:
    """Return the check character that belongs after the first 17 characters."""
    total = sum(ALPHABET.index(c) * int(w) for c, w in zip(code[:17], _WEIGHTS, strict=False))
    return ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """Return the check character of an organisation code whose body has 8 characters (GB 11714-1997).

    Examples
    --------
    >>> organisation_check("D2143569")
    'X'
    """
    return _BODY_CHECKS[sum(_ALL.index(c) * int(w) for c, w in zip(body, _BODY_WEIGHTS, strict=True)) % 11]


def internal(area: str, number: int) -> str:
    """Return a sound code that no organisation has: its body is of the range kept for internal use.

    Parameters
    ----------
    area : str
        Six digits.
    number : int
        1 to 99999.

    Raises
    ------
    ValueError
        When the number or the area is out of range.

    Examples
    --------
    >>> internal("450200", 1)[8:16]
    'PDY00001'
    """
    if not 1 <= number <= 99999:
        raise ValueError(f"{number} is not from 1 to 99999")
    return complete(f"91{area}{INTERNAL}{number:05d}")


def wrong_characters(code: str) -> list[tuple[int, str, str]]:
    """Return the characters of an 18-character code that cannot stand where they stand.

    Returns
    -------
    list of (position, character, instead)
        The position from 1; what is likely meant, or an empty text.
    """
    found = []
    for i, character in enumerate(code):
        allowed = ALPHABET[:10] if AREA.start <= i < AREA.stop else ALPHABET[i == 0 :]
        if character not in allowed:
            half = chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else character
            meant = _LOOKALIKES.get(half) or _LOOKALIKES.get(half.upper(), half.upper())
            found.append((i + 1, character, meant if meant in allowed else ""))
    return found


def exchanged(code: str) -> Iterator[str]:
    """Yield what an unsound code becomes when two neighbours are exchanged, where that is sound.

    Parameters
    ----------
    code : str
        18 characters of the alphabet.
    """
    readings = [
        code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(LENGTH - 1) if code[i] != code[i + 1]
    ]
    yield from (r for r, fault in zip(readings, faults(readings), strict=True) if not fault)
