"""A workbook as the sheet reader sees it, whatever file it comes from; and a cell as text.

A cell's text is what the cell holds, not what its format makes of it on screen, with three
exceptions that a number alone does not tell: a day is written as a day, a per cent number with its
sign (which is then refused, as in a CSV), and decimals that the format shows are kept as zeros.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple, Protocol

CellKind = Literal["number", "text", "boolean", "error", "day"]


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What a cell's format makes of a number.

    Attributes
    ----------
    sort : {'plain', 'date', 'percent', 'scaled'}
        `scaled` shows the number in thousands or ten thousands, so that it looks another.
    decimals : int
        Decimals that it shows always.
    width : int
        Digits that a whole number is filled up to with zeros at its front.
    code : str
        The format as the file spells it, for messages; empty for one known by its number.
    """

    sort: Literal["plain", "date", "percent", "scaled"] = "plain"
    decimals: int = 0
    width: int = 0
    code: str = ""


GENERAL = NumberFormat()
_BUILT_IN = {
    **dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), NumberFormat("date")),
    2: NumberFormat(decimals=2),
    4: NumberFormat(decimals=2),
    9: NumberFormat("percent"),
    10: NumberFormat("percent", 2),
    39: NumberFormat(decimals=2),
    40: NumberFormat(decimals=2),
}  # fmt: skip
"""Formats that a file names by number without spelling them out (ECMA-376 part 1, 18.8.30)."""

_NOT_CODE = re.compile(r'"[^"]*"|\\.|!.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_FIXED = re.compile(r"^[^.]*\.(0+)(?![0#?])")
_SCALED = re.compile(r"[0#?],+(?![0#?,])")
"""A comma behind the last digit of a group divides by a thousand: `#,##0,`."""
_FRONT_ZEROS = re.compile(r"0{2,}")
_RAISED = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def number_format(number: int, code: str | None) -> NumberFormat:
    """Return what a format does, by its number and, where the file spells it out, its code."""
    if code is None:
        return _BUILT_IN.get(number, GENERAL)
    plain = _NOT_CODE.sub("", code).partition(";")[0]
    if "general" in plain.lower():
        return GENERAL
    if re.search("[ymdhs]", plain, re.IGNORECASE):
        return NumberFormat("date")
    fixed = _FIXED.match(plain)
    decimals = len(fixed.group(1)) if fixed and "e" not in plain.lower() else 0
    if _SCALED.search(plain):
        return NumberFormat("scaled", code=code)
    width = len(plain.strip()) if _FRONT_ZEROS.fullmatch(plain.strip()) else 0
    return NumberFormat("percent" if "%" in plain else "plain", decimals, width, code)


def raised(text: str, position: str) -> str:
    """Return the text of a run that stands above or below the line, its digits in such characters.

    A footnote mark that is an ordinary digit but for its place would else join the number: 93.5
    with a raised 2 is 93.5², not 93.52.

    Parameters
    ----------
    text : str
    position : {'superscript', 'subscript', ''}
        As the file names it; anything else leaves the text as it is.
    """
    tables = {"superscript": _RAISED, "subscript": _LOWERED}
    return text.translate(tables[position]) if position in tables else text


class Cell(NamedTuple):
    """A cell that is not empty.

    Attributes
    ----------
    column : int
        From 0.
    kind : {'number', 'text', 'boolean', 'error', 'day'}
    text : str
        What is stored: digits, text, ``"1"`` or ``"0"``, an error's name, an ISO day.
    format : NumberFormat
    formula : str or None
        The formula whose last result the text is; it is never computed again.
    """

    column: int
    kind: CellKind
    text: str
    format: NumberFormat
    formula: str | None


class Row(NamedTuple):
    """A row with at least one cell that is not empty.

    Attributes
    ----------
    number : int
        From 1.
    hidden : bool
    cells : list of Cell
    """

    number: int
    hidden: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Area:
    """Merged cells: first and last row from 1, first and last column from 0."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(slots=True)
class Layout:
    """What a sheet says of its shape; complete when its rows have been read to the end."""

    merged: list[Area] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name, and whether it is hidden."""

    name: str
    hidden: bool


class Workbook(Protocol):
    """What the sheet reader needs of a workbook."""

    sheets: list[Sheet]
    has_macros: bool
    date1904: bool

    def rows(self, sheet: str, layout: Layout) -> Iterator[Row]:
        """Yield a sheet's rows that are not empty, and tell its layout on the way."""
        ...


def as_text(cell: Cell, *, date1904: bool) -> str:
    """Return a cell as text for the contract's types to read."""
    if cell.kind == "number":
        return number_text(cell.text, cell.format, date1904=date1904)
    if cell.kind == "boolean":
        return "true" if cell.text in ("1", "true") else "false"
    if cell.kind == "day":
        return re.sub(r"T00:00:00(\.0+)?Z?$", "", cell.text)
    return cell.text


def number_text(stored: str, shape: NumberFormat, *, date1904: bool) -> str:
    """Return a stored number as text: shortest digits that give the same number back."""
    if shape.sort == "date":
        return _day_text(stored, date1904=date1904)
    text = _shortest(stored)
    if shape.sort == "percent":
        try:
            hundredfold = Decimal(text).scaleb(2).normalize()
        except InvalidOperation:
            return text
        return f"{hundredfold:f}%"
    return padded(text, shape.decimals) if shape.decimals else text


def padded(text: str, decimals: int) -> str:
    """Return a number's text with zeros up to some decimals; it stays the same number."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        return text
    whole, _, fraction = text.partition(".")
    return text if len(fraction) >= decimals else f"{whole}.{fraction.ljust(decimals, '0')}"


def _shortest(stored: str) -> str:
    if stored.isascii() and stored.isdigit() and len(stored) <= 15:
        return stored
    try:
        value = float(stored)
    except ValueError:
        return stored
    if value.is_integer() and abs(value) < 1e17:
        return f"{int(value)}"
    return f"{value!r}"


def _day_text(stored: str, *, date1904: bool) -> str:
    """Return a day's serial number as an ISO day, with the time where it is not midnight.

    In the 1900 system day 60 is the 29 February 1900 that never was, so that days before it are
    one off; in the 1904 system day 0 is 1 January 1904.
    """
    try:
        serial = float(stored)
        seconds = round(serial * 86400)
        if serial < 0 or (not date1904 and 60 <= serial < 61):
            return stored
        if seconds < 86400 and not date1904:
            return (dt.datetime(1900, 1, 1) + dt.timedelta(seconds=seconds)).strftime("%H:%M:%S")
        origin = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30 if serial >= 61 else 31)
        moment = origin + dt.timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return stored
    return moment.date().isoformat() if seconds % 86400 == 0 else moment.isoformat(" ")
