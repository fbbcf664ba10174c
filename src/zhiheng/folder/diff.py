"""Which figures differ between two releases, or between a release and now, by how much, and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from zhiheng.errors import Lang
from zhiheng.folder import release
from zhiheng.folder.causes import Cause, Differences
from zhiheng.folder.side import Row, Side, present, released
from zhiheng.framework.dimensions import TOTAL
from zhiheng.pipeline import Run, city_lock
from zhiheng.publish.numbers import interval, printed
from zhiheng.publish.words import Words

Kind = Literal["moved", "appeared", "vanished", "margin", "status", "details"]
KINDS: tuple[Kind, ...] = ("moved", "appeared", "vanished", "margin", "status", "details")
_COMPARED: dict[Kind, tuple[str, ...]] = {
    "moved": ("obs_value", "decimals", "unit_measure"),
    "margin": ("ci_low", "ci_high", "std_error", "confidence_level", "margin", "interval"),
    "status": ("obs_status", "bound", "vintage", "basis", "series_break"),
    "details": (
        "n_obs",
        "source",
        "release_date",
        "method_version",
        "numerator",
        "denominator",
        "derivation",
    ),
}
"""Kinds of change and the columns that tell them; a figure's kind is the first that applies."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure that differs.

    Attributes
    ----------
    kind : {'moved', 'appeared', 'vanished', 'margin', 'status', 'details'}
    indicator, ref_area, time_period, series : str
    breakdown : dict
        Dimension -> code, totals left out.
    before, after : dict or None
        The rows of the long table.
    columns : tuple of str
        Which of its columns differ.
    causes : list of Cause
    """

    kind: Kind
    indicator: str
    ref_area: str
    time_period: str
    series: str
    breakdown: dict[str, str]
    before: Row | None
    after: Row | None
    columns: tuple[str, ...]
    causes: list[Cause]

    def shown(self, row: Row | None, lang: Lang) -> str:
        """Return a figure as printed, with its limits and, where it has no value, its status."""
        if row is None:
            return "—"
        if row["obs_value"] is None:
            return Words(lang)(f"status_{row['obs_status']}")
        text = printed(row["obs_value"], row["decimals"], row["bound"])
        limits = interval(row["ci_low"], row["ci_high"], row["decimals"])
        return f"{text} ({limits})" if limits else text

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain values, for programs: full values, codes, causes in both languages."""
        return {
            "kind": self.kind,
            "indicator": self.indicator,
            "ref_area": self.ref_area,
            "time_period": self.time_period,
            "series": self.series,
            "breakdown": self.breakdown,
            "before": None if self.before is None else self.before["obs_value"],
            "after": None if self.after is None else self.after["obs_value"],
            "status": [row and row["obs_status"] for row in (self.before, self.after)],
            "columns": list(self.columns),
            "causes": [
                dataclasses.asdict(c) | {"text": {"zh": c.text("zh"), "en": c.text("en")}}
                for c in self.causes
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Two sides and every figure that differs.

    Attributes
    ----------
    old, new : str
        Names of releases; `new` is empty for the folder as it is.
    compared : int
        Figures that are on both sides.
    changes : list of Change
        By kind, then in the order of the indicators.
    """

    old: str
    new: str
    compared: int
    changes: list[Change]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        changes = [change.to_dict() for change in self.changes]
        return {"old": self.old, "new": self.new, "compared": self.compared, "changes": changes}


def diff(folder: Path, old: str | None = None, new: str | None = None, *, now: dt.datetime) -> Diff:
    """Compare two releases, or the last one with the folder as it is.

    Parameters
    ----------
    folder : Path
        The city folder.
    old : str, optional
        A release; the last by default.
    new : str, optional
        Another; the folder as it is by default.
    now : datetime

    Raises
    ------
    ZhihengError
        When a release does not exist or was altered, or the present figures are out of date.
    """
    with city_lock(folder):
        before = released(folder, release.find(folder, old))
        if new:
            after = released(folder, release.find(folder, new, where="NEW"))
        else:
            after = present(folder, Run(folder=folder, now=now))
    return compare(before, after)


def compare(before: Side, after: Side) -> Diff:
    """Return what differs between two sides."""
    differences = Differences(before, after)
    pairs = list(_pairs(before, after))
    changes = []
    for old, new in pairs:
        kind, columns = _kind(old, new)
        row = new or old
        if kind is None or row is None:
            continue
        changes.append(
            Change(
                kind=kind,
                indicator=row["indicator"],
                ref_area=row["ref_area"],
                time_period=row["time_period"],
                series=row["series"],
                breakdown={k: row[k] for k in _dimensions(before, after) if row.get(k, TOTAL) != TOTAL},
                before=old,
                after=new,
                columns=columns,
                causes=differences.causes(old, new),
            )
        )
    order = {code: i for i, code in enumerate([*after.lists["indicators"], *before.lists["indicators"]])}
    changes.sort(key=lambda c: (KINDS.index(c.kind), order.get(c.indicator, 0), c.ref_area, c.time_period))
    both = sum(1 for old, new in pairs if old and new)
    return Diff(old=before.name, new=after.name, compared=both, changes=changes)


def _dimensions(before: Side, after: Side) -> list[str]:
    return list(dict.fromkeys([*after.lists["dimensions"], *before.lists["dimensions"]]))


def _pairs(before: Side, after: Side) -> Iterator[tuple[Row | None, Row | None]]:
    """Pair figures of one cell and series: by source first, then the one that is left on each side."""
    names = _dimensions(before, after)
    cells: dict[tuple[str, ...], tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for place, side in enumerate((before, after)):
        for row in side.figures.values():
            cell = (row["indicator"], row["ref_area"], row["time_period"], row["series"])
            cells[(*cell, *(row.get(name, TOTAL) or TOTAL for name in names))][place].append(row)
    for old, new in cells.values():
        left = list(new)
        rest = []
        for row in old:
            match = next((other for other in left if _statement(other) == _statement(row)), None)
            if match is None:
                rest.append(row)
            else:
                left.remove(match)
                yield row, match
        if len(rest) == 1 and len(left) == 1:
            yield rest[0], left[0]
            continue
        yield from ((row, None) for row in rest)
        yield from ((None, row) for row in left)


def _statement(row: Row) -> tuple[object, ...]:
    """Return what tells statements of one figure apart: who made it, when, as which vintage."""
    return row["source"], row["release_date"], row["vintage"]


def _kind(old: Row | None, new: Row | None) -> tuple[Kind | None, tuple[str, ...]]:
    if old is None or new is None:
        return ("appeared" if old is None else "vanished"), ()
    differing = {
        kind: [name for name in names if old.get(name) != new.get(name)] for kind, names in _COMPARED.items()
    }
    kind = next((kind for kind in KINDS if differing.get(kind)), None)
    return kind, tuple(name for names in differing.values() for name in names)
