"""What a check found in one file: every bad row as a frame, the first hundred of a rule as problems.

The problems of a rule keep its full count: where more than `SHOWN` cells break it, the last one
shown counts for itself and for the rest, so that the counts always add up to the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from zhiheng.collect.text_table import place_in_text
from zhiheng.errors import Problem, Severity

SHOWN = 100
"""How many problems of one rule and file are shown."""

_INVISIBLE = "\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd-\uffff"
CONTROL = f"[{_INVISIBLE}]"
"""Characters that no cell may hold: control and invisible ones; a line feed in a quoted cell is text."""

_ESCAPED = re.compile(f"[\n{_INVISIBLE}]")
_LONGEST = 60
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}
_SCHEMA = {"source_line": pl.Int64, "field": pl.String, "rule": pl.String, "found": pl.String}

Args = Mapping[str, Any] | Callable[[int], Mapping[str, Any]]
Place = Callable[[int, Sequence[str], str], str]
"""Gives a place within the file: of its line, its fields, and a column by its letters or nothing."""


def visible(text: str) -> str:
    """Return a cell's text for a message: short, and with what cannot be seen spelt out."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return _ESCAPED.sub(lambda m: "↵" if m.group() == "\n" else f"<U+{ord(m.group()):04X}>", short)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """One rule broken in one field, in the order of the rows."""

    rule: str
    name: str
    severity: Severity
    field: str
    column: str
    lines: pl.Series
    found: pl.Series
    args: Args

    def at(self, position: int) -> Mapping[str, Any]:
        return self.args(position) if callable(self.args) else self.args


class Marked(NamedTuple):
    """One error or warning and the cell that it is about.

    Attributes
    ----------
    line : int
        0 for the file as a whole.
    field : str
        The field, or fields joined by a comma; empty for the record as a whole.
    column : str
        The letters of a sheet's column that is no field's.
    problem : Problem
    """

    line: int
    field: str
    column: str
    problem: Problem


class Findings:
    """Collects what is wrong with one file.

    Parameters
    ----------
    where : str
        How messages call the file.
    fields : sequence of str
        The fields in the contract's order, which is the order of messages about one line.

    Attributes
    ----------
    place : callable
        How a place within the file is written; a reader of sheets sets its own.
    """

    def __init__(self, where: str, fields: Sequence[str] = ()) -> None:
        self.where = where
        self._rank = {field: i for i, field in enumerate(fields)}
        self._batches: list[_Batch] = []
        self.place: Place = place_in_text

    def add(
        self,
        *,
        rule: str,
        lines: pl.Series,
        found: pl.Series,
        field: str = "",
        column: str = "",
        name: str | None = None,
        severity: Severity = "error",
        args: Args | None = None,
    ) -> None:
        """Add the rows that break one rule.

        Parameters
        ----------
        rule : str
            The rule in the message catalogue.
        lines : Series of integer
            Where the records begin, ascending.
        found : Series of str
            What stands there, row by row.
        field : str
            The field, or fields joined by a comma; empty for the record as a whole.
        column : str
            The letters of a sheet's column that is no field's.
        name : str, optional
            What the frame of bad rows calls the rule; the rule itself by default.
        severity : {'error', 'warning', 'note'}
            A note becomes one problem with the first place and the count.
        args : mapping or function of a position, optional
            Further facts for the words; a function is called for shown rows only.
        """
        if lines.len():
            self._batches.append(
                _Batch(
                    rule=rule,
                    name=name or rule,
                    severity=severity,
                    field=field,
                    column=column,
                    lines=lines.cast(pl.Int64),
                    found=found.cast(pl.String).fill_null(""),
                    args=args or {},
                )
            )

    def one(
        self,
        *,
        rule: str,
        line: int = 0,
        found: str = "",
        field: str = "",
        column: str = "",
        severity: Severity = "error",
        args: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one finding; line 0 stands for the file as a whole."""
        lines, texts = pl.Series([line], dtype=pl.Int64), pl.Series([found], dtype=pl.String)
        self.add(
            rule=rule, lines=lines, found=texts, field=field, column=column, severity=severity, args=args
        )

    def problems(self) -> list[Problem]:
        """Return the problems: errors, warnings, notes; each by line and field."""
        groups: dict[tuple[str, Severity], list[_Batch]] = {}
        for i, batch in enumerate(self._batches):
            # Every note stands for itself; the cells of a rule share one allowance of SHOWN.
            name = f"{i}" if batch.severity == "note" else batch.name
            groups.setdefault((name, batch.severity), []).append(batch)
        placed = [
            placed
            for (_, severity), batches in groups.items()
            for placed in self._show(batches, 1 if severity == "note" else SHOWN)
        ]
        return [problem for _, problem in sorted(placed, key=lambda pair: pair[0])]

    def _show(self, batches: list[_Batch], most: int) -> Iterable[tuple[tuple[int, int, int, str], Problem]]:
        total = sum(batch.lines.len() for batch in batches)
        first = sorted(
            (line, self._rank.get(batch.field, len(self._rank)), i, position)
            for i, batch in enumerate(batches)
            for position, line in enumerate(batch.lines.head(most))
        )[:most]
        for shown, (line, rank, i, position) in enumerate(first, start=1):
            batch = batches[i]
            count = total - shown + 1 if shown == len(first) else 1
            yield (_ORDER[batch.severity], line, rank, batch.name), self._problem(batch, position, count)

    def _problem(self, batch: _Batch, position: int, count: int = 1) -> Problem:
        fields = batch.field.split(", ") if batch.field else []
        return Problem(
            where=self.where + self.place(batch.lines[position], fields, batch.column),
            rule=batch.rule,
            found=visible(batch.found[position]),
            args=batch.at(position),
            severity=batch.severity,
            count=count,
        )

    def each(self) -> Iterator[Marked]:
        """Yield every error and warning, cell by cell and without a limit, rule after rule."""
        for batch in self._batches:
            if batch.severity != "note":
                for position, line in enumerate(batch.lines):
                    yield Marked(line, batch.field, batch.column, self._problem(batch, position))

    def notes(self) -> tuple[str, ...]:
        """Return the notes by rule, field and number of cells, without what stood in the cells."""
        noted = sorted(
            (b.lines[0], self._rank.get(b.field, len(self._rank)), i, b)
            for i, b in enumerate(self._batches)
            if b.severity == "note"
        )
        return tuple(
            " ".join(part for part in (b.rule, b.field, f"x{b.lines.len()}") if part) for *_, b in noted
        )

    def bad_rows(self) -> pl.DataFrame:
        """Return every row with an error or a warning: `source_line`, `field`, `rule`, `found`."""
        frames = [
            pl.DataFrame({"source_line": b.lines, "found": b.found}).select(
                "source_line",
                pl.lit(b.field).alias("field"),
                pl.lit(b.name).alias("rule"),
                "found",
                pl.lit(self._rank.get(b.field, len(self._rank))).alias("rank"),
            )
            for b in self._batches
            if b.severity != "note"
        ]
        if not frames:
            return pl.DataFrame(schema=_SCHEMA)
        return pl.concat(frames).sort("source_line", "rank", maintain_order=True).drop("rank")
