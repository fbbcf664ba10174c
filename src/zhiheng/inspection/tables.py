"""The master tables of ISO 2859-1 as data: from lot size and AQL to a plan, arrows followed."""

from __future__ import annotations

import functools
from bisect import bisect_left
from pathlib import Path

from pydantic import Field

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import yamlfile
from zhiheng.framework.base import Model, Text

FILE = Path(__file__).with_name("iso2859_1.yaml")
_STEP = {"v": 1, "^": -1}


class Row(Model):
    """A code letter's row of a master table."""

    n: int = Field(ge=1)
    cells: str

    @functools.cached_property
    def parts(self) -> list[str]:
        """The cells, one an AQL."""
        return self.cells.split()


class CodeLetters(Model):
    """Table 1: code letters by lot size and inspection level."""

    lot_size_to: list[int]
    letters: dict[str, str]


class ToTightened(Model):
    """Normal to tightened."""

    not_accepted: int
    of_lots: int


class ToNormal(Model):
    """Tightened to normal."""

    accepted_in_a_row: int


class ToReduced(Model):
    """Normal to reduced, by a switching score."""

    score: int
    small_ac: int
    add_small: int
    add_tighter: int


class Discontinued(Model):
    """The end of inspection under the standard."""

    not_accepted: int


class Switching(Model):
    """The numbers of the switching rules."""

    reference: str
    to_tightened: ToTightened
    to_normal: ToNormal
    to_reduced: ToReduced
    discontinued: Discontinued


class Edition(Model):
    """One edition of the standard."""

    edition: str
    reference: str
    identical: str
    disputed: Text
    aql: list[float]
    code_letters: CodeLetters
    plans: dict[str, dict[str, dict[str, Row]]]
    switching: Switching

    def letter(self, lot_size: int, inspection_level: str) -> str:
        """Return the code letter (table 1)."""
        place = bisect_left(self.code_letters.lot_size_to, lot_size)
        return self.code_letters.letters[inspection_level][place]


@functools.cache
def editions() -> dict[str, Edition]:
    """Return the editions that the package carries, by year."""
    loaded = yamlfile.load(FILE, Edition, name=FILE.name)
    return {loaded.edition: loaded}


def single(table: Edition, letter: str, aql: float, severity: str) -> tuple[str, int, int]:
    """Return the letter, n and Ac of the single plan at which the arrows end.

    Raises
    ------
    ZhihengError
        When the cell is one on which the copies at hand disagree.
    """
    rows = table.plans["single"][severity]
    letters, column = list(rows), table.aql.index(aql)
    place = letters.index(letter)
    while (cell := rows[letters[place]].parts[column]) in _STEP:
        place += _STEP[cell]
    if not cell.isdigit():
        raise ZhihengError([_disputed(table, letters[place], aql, severity)])
    return letters[place], rows[letters[place]].n, int(cell)


def _disputed(table: Edition, letter: str, aql: float, severity: str) -> Problem:
    return Problem(
        where=f"ISO 2859-1:{table.edition}",
        rule="inspection_cell_disputed",
        found=f"{severity}, {letter}, AQL {aql:g}",
        args={"why": table.disputed},
    )


def hold(edition: str, lot_size: int, aql: float, inspection_level: str, severity: str, kind: str) -> None:
    """Hold what a plan is looked up by against the tables.

    Raises
    ------
    ZhihengError
        With everything that the tables do not know.
    """
    if edition not in editions():
        raise ZhihengError([_unknown("edition", edition, editions())])
    table, found = editions()[edition], []
    if lot_size < 2:
        found.append(Problem(where="lot_size", rule="inspection_lot_too_small", found=str(lot_size)))
    if aql not in table.aql:
        found.append(_unknown("aql", f"{aql:g}", [f"{a:g}" for a in table.aql]))
    if inspection_level not in table.code_letters.letters:
        found.append(_unknown("inspection_level", inspection_level, table.code_letters.letters))
    if kind not in table.plans:
        found.append(_unknown("kind", kind, table.plans))
    elif severity not in table.plans[kind]:
        found.append(_unknown("severity", severity, table.plans[kind]))
    if found:
        raise ZhihengError(found)


def _unknown(where: str, found: str, known: object) -> Problem:
    names = ", ".join(known) if isinstance(known, dict | list) else str(known)
    return Problem(where=where, rule="inspection_choice", found=found, args={"known": names})
