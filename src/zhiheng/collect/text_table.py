"""What every reader gives: a table of text, every cell as it stands, and where each record is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class FootValue:
    """What stands in a cell of the foot, and where; row 0 where there is no such cell."""

    text: str = ""
    row: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormParts:
    """What a workbook says beside its records.

    Attributes
    ----------
    identity : mapping of str to str
        `contract`, `version`, `organisation`, `time_period`; empty where it was made otherwise.
    foot : mapping of str to FootValue
        Cell of the contract's foot -> what was filled in; only cells that are there.
    """

    identity: Mapping[str, str] = dataclasses.field(default_factory=dict)
    foot: Mapping[str, FootValue] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of text.

    Attributes
    ----------
    frame : DataFrame
        One String column for each of the contract's fields that the file has, in the contract's
        order; an empty cell is null, and a quoted empty cell may be an empty text.
    lines : Series of Int64, shape (rows,)
        Physical line, row of the sheet or number of the record at which each record begins.
    rows : int
        Records in the file, those left out for their length among them.
    encoding : str
        ``"utf-8"`` or ``"gb18030"``; empty for a file that is no text.
    sheet : str
        The sheet of a workbook; empty for other files.
    columns : mapping of str to int
        Field -> column of the sheet, from 0; empty for other files.
    refused : mapping of str to Series of bool, shape (rows,)
        For each field with cells that the reader itself named as wrong, which they are; they are
        null in the frame.
    form : FormParts
        What the file says beside its records; nothing for a plain table.
    """

    frame: pl.DataFrame
    lines: pl.Series
    rows: int
    encoding: str = ""
    sheet: str = ""
    columns: Mapping[str, int] = dataclasses.field(default_factory=dict)
    refused: Mapping[str, pl.Series] = dataclasses.field(default_factory=dict)
    form: FormParts = dataclasses.field(default_factory=FormParts)


def letters(column: int) -> str:
    """Return a column's letters: 0 is A, 26 is AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def place_in_text(line: int, fields: Sequence[str], _column: str) -> str:
    """Return where something stands in a file of lines: `:line field`."""
    return (f":{line}" if line else "") + (f" {', '.join(fields)}" if fields else "")


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """Where something stands in a sheet: `!Sheet1!C7 field`, or `!Sheet1!7:7` for a whole row.

    Attributes
    ----------
    sheet : str
    columns : mapping of str to int
        Field -> column, from 0.
    """

    sheet: str
    columns: Mapping[str, int]

    def __call__(self, line: int, fields: Sequence[str], column: str) -> str:
        """Return the place; a column given by its letters goes before those of the fields."""
        if not line:
            return f"!{self.sheet}"
        known = [letters(self.columns[field]) for field in fields if field in self.columns]
        cells = [f"{at}{line}" for at in ([column] if column else known)]
        address = ",".join(cells) or f"{line}:{line}"
        return f"!{self.sheet}!{address}" + (f" {', '.join(fields)}" if fields else "")
