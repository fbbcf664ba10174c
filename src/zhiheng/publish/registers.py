"""Registers: the rows of a table as people read them, from the frozen rounds that are current.

What a register shows is listed in the outline, and no personal field can be listed there; what was
frozen holds none besides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from zhiheng.collect.rounds import Round
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.outline import Register
from zhiheng.publish import numbers
from zhiheng.publish.open_data import csv_text
from zhiheng.publish.shown import Voice
from zhiheng.publish.words import catalogue
from zhiheng.publish.workbook import Sheet, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A register with its rows.

    Attributes
    ----------
    register : Register
    contract : Contract
        As it is frozen.
    fields : tuple of FieldSpec
        Those shown, in order.
    rows : DataFrame
        These fields of every current record, in the order of the primary key.
    """

    register: Register
    contract: Contract
    fields: tuple[FieldSpec, ...]
    rows: pl.DataFrame

    @property
    def name(self) -> str:
        """The contract's code, which names its page and its files."""
        return self.register.contract

    @property
    def simulated(self) -> bool:
        """Whether nobody ever recorded these rows."""
        return self.contract.series == "simulated"


def read(city: City, rounds: Sequence[Round]) -> list[Listed]:
    """Return every register of a city, with the rows of the current rounds.

    Parameters
    ----------
    city : City
    rounds : sequence of Round
        The current rounds.
    """
    return [_listed(city, register, rounds) for register in city.outline.registers]


def _listed(city: City, register: Register, rounds: Sequence[Round]) -> Listed:
    contract = city.contracts[register.contract].frozen()
    fields = tuple(contract.field(name) for name in register.fields)
    names = list(dict.fromkeys([*register.fields, *contract.primaryKey]))
    parts = [
        pl.read_parquet(city.folder / made.file, columns=names)
        for made in rounds
        if made.table == register.contract and made.file
    ]
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if contract.primaryKey:
        rows = rows.sort(contract.primaryKey)
    return Listed(register=register, contract=contract, fields=fields, rows=rows.select(register.fields))


class Reader:
    """Puts the cells of a register into one language.

    Parameters
    ----------
    voice : Voice
    listed : Listed
    """

    def __init__(self, voice: Voice, listed: Listed) -> None:
        self.voice, self.listed = voice, listed
        said = {item.value: voice(item.name) for item in listed.register.names}
        self.names = [
            _names(voice, field) or (said if field.constraints.enum else {}) for field in listed.fields
        ]

    def rows(self) -> list[list[str]]:
        """Return every row as it is read."""
        found = self.listed.rows.iter_rows()
        return [[self.cell(at, value) for at, value in enumerate(row)] for row in found]

    def cell(self, at: int, value: Any) -> str:
        """Return a cell: a code by its name, a number grouped, a day as it is written."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.voice.words("yes" if value else "no")
        if isinstance(value, int | float):
            return numbers.printed(value, None)
        text = value.isoformat() if isinstance(value, dt.date) else str(value)
        return self.names[at].get(text, text)


def _names(voice: Voice, field: FieldSpec) -> dict[str, str]:
    """Return the names of a field's codes."""
    city, codes = voice.city, field.codes or ""
    if codes.startswith("dimension:"):
        return {item.code: voice(item.name) for item in city.dimensions[codes.partition(":")[2]].codes}
    if codes == "areas":
        return {code: voice(area.name) for code, area in city.areas.items()}
    if codes == "organisations":
        return {code: voice(body.name) for code, body in city.organisations.items()}
    if codes == "indicators":
        return {code: voice(indicator.name) for code, indicator in city.indicators.items()}
    if codes == "units":
        return {code: voice(unit.name) for code, unit in city.units.items()}
    return {}


def table_text(listed: Listed) -> str:
    """Return a register as CSV: codes as they were frozen, marked as UTF-8 for spreadsheet programs."""
    rows = [[_plain(value) for value in row] for row in listed.rows.iter_rows()]
    return "\ufeff" + csv_text([listed.rows.columns, *rows])


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return numbers.plain(value, None) if isinstance(value, float) else str(value)


def workbook(city: City, listed: Listed) -> tuple[str, str, list[Sheet]]:
    """Return a register as an Excel workbook, names in the city's main language, with notes."""
    reader = Reader(Voice(city, city.settings.languages[0]), listed)

    def cell(at: int, value: Any) -> Value:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else reader.cell(at, value)

    rows: list[Sequence[Value]] = [
        [cell(at, value) for at, value in enumerate(row)] for row in listed.rows.iter_rows()
    ]
    titles = tuple(f"{field.title.zh} {field.title.en}" for field in listed.fields)
    title = f"{listed.register.title.zh} {listed.register.title.en}"
    sheet = Sheet(name="名录 Register", heads=titles, rows=rows, widths=(22,) * len(titles))
    return f"registers/{listed.name}.xlsx", title, [sheet, _notes(listed)]


def _notes(listed: Listed) -> Sheet:
    words, contract = catalogue(), listed.contract
    lines: list[Sequence[Value]] = [
        [None, contract.title.zh, contract.title.en],
        [None, contract.description.zh, contract.description.en],
    ]
    if listed.simulated:
        notice = words["register_simulated"]
        lines.append([words["series_simulated"]["zh"], notice["zh"], notice["en"]])
    for field in listed.fields:
        about = field.description
        zh, en = (f"：{about.zh}", f": {about.en}") if about else ("", "")
        lines.append([field.name, field.title.zh + zh, field.title.en + en])
    return Sheet(name="说明 Notes", heads=("", "", ""), rows=lines, widths=(24, 60, 60), table=False)
