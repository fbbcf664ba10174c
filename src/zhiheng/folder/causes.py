"""Why a figure differs between two sides, read off its lineage, the rounds and the two frameworks.

Nothing is guessed: a cause is something that differs between the sides and that the figure rests on, by its
lineage or its indicator's definition.  There may be several; where there is none the change is unexplained.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

from zhiheng.collect.rounds import RoundKey
from zhiheng.errors import Lang
from zhiheng.folder.side import Row, Side
from zhiheng.framework.periods import parse

_MAKING = ("measures", "dimensions", "decimals", "unit_measure", "targets", "breaks", "direction", "headline")
"""What an indicator says that its figures rest on."""


@functools.cache
def _words() -> dict[str, dict[Lang, str]]:
    import yaml

    text = (resources.files("zhiheng.folder") / "causes.yaml").read_text(encoding="utf-8")
    words: dict[str, dict[Lang, str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return words


@dataclass(frozen=True, order=True)
class Cause:
    """Something that differs between two sides and that a figure rests on.

    Attributes
    ----------
    kind : str
        A key of `causes.yaml`.
    what, keys, old, new, why : str
        The facts that its words name.
    """

    kind: str
    what: str = ""
    keys: str = ""
    old: str = ""
    new: str = ""
    why: str = ""

    def text(self, lang: Lang) -> str:
        """Return the cause in words."""
        facts = {"what": self.what, "keys": self.keys, "old": self.old, "new": self.new, "why": self.why}
        return _words()[self.kind][lang].format(**facts)


@dataclass(frozen=True)
class Grounds:
    """What a figure rests on.

    Attributes
    ----------
    indicators : frozenset of str
        Its own, and those of every figure it was made from.
    tables : frozenset of str
        The tables of all of them.
    records : frozenset of (str, str)
        Table and period, where records were reduced.
    frozen : frozenset of str
        Frozen files, where a figure was collected.
    """

    indicators: frozenset[str]
    tables: frozenset[str]
    records: frozenset[tuple[str, str]]
    frozen: frozenset[str]


class Differences:
    """What differs between two sides, and which of it a figure rests on.

    Parameters
    ----------
    old, new : Side
    """

    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new

    def causes(self, before: Row | None, after: Row | None) -> list[Cause]:
        """Return why a figure differs, most specific first; `unexplained` alone where nothing is found."""
        grounds = self._grounds(before, after)
        found = [
            *self._rounds(grounds),
            *self._contracts(grounds.tables),
            *self._indicators(grounds.indicators),
            *self._indices(grounds.indicators),
            *self._parameters(grounds.indicators, before, after),
            *(self._settings() if grounds.records else ()),
            *(self._lists() if grounds.records or not (before and after) else ()),
            *self._as_of(before, after),
        ]
        if self.old.version != self.new.version:
            found.append(Cause("program", old=self.old.version, new=self.new.version))
        elif self.old.code != self.new.code:
            found.append(Cause("program", old=_edition(self.old), new=_edition(self.new)))
        return list(dict.fromkeys(found)) or [Cause("unexplained")]

    def _grounds(self, before: Row | None, after: Row | None) -> Grounds:
        indicators: set[str] = set()
        tables: set[str] = set()
        records: set[tuple[str, str]] = set()
        frozen: set[str] = set()
        for side, row in ((self.old, before), (self.new, after)):
            for figure in _closure(side, row):
                indicators.add(figure["indicator"])
                lineage = side.lineage.get(figure["figure_id"])
                named, files = set(_under(lineage, "table")), set(_under(lineage, "frozen_file"))
                tables |= named
                frozen |= files
                if not files:
                    records |= {(table, figure["time_period"]) for table in named}
        return Grounds(frozenset(indicators), frozenset(tables), frozenset(records), frozenset(frozen))

    @functools.cached_property
    def _changed_rounds(self) -> dict[RoundKey, Cause]:
        changed = {}
        for key in sorted(self.old.rounds.keys() | self.new.rounds.keys()):
            before, after = self.old.rounds.get(key), self.new.rounds.get(key)
            what = "/".join(key)
            if before is None and after is not None:
                changed[key] = Cause("delivered", what)
            elif before is not None and after is None:
                changed[key] = Cause("withdrawn", what, old=str(before.version), why=self._why(key))
            elif before and after and before.sha256 != after.sha256:
                versions = {"old": str(before.version), "new": str(after.version)}
                changed[key] = Cause("superseded", what, **versions, why=after.reason or "-")
        return changed

    def _why(self, key: RoundKey) -> str:
        return next((r.reason for r in reversed(self.new.log) if r.key == key and r.reason), "-")

    def _rounds(self, grounds: Grounds) -> Iterator[Cause]:
        files = {
            r.key
            for side in (self.old, self.new)
            for r in side.rounds.values()
            if r.file and r.file in grounds.frozen
        }
        for key, cause in self._changed_rounds.items():
            reduced = any(
                table == key.table and _meet(key.time_period, period) for table, period in grounds.records
            )
            if key in files or reduced:
                yield cause

    def _contracts(self, tables: Iterable[str]) -> Iterator[Cause]:
        for table in sorted(tables):
            before, after = self.old.contracts.get(table, {}), self.new.contracts.get(table, {})
            if keys := _changed(before, after, set(before) | set(after)):
                versions = {"old": before.get("version", "-"), "new": after.get("version", "-")}
                yield Cause("contract", table, keys=keys, **versions)

    def _indicators(self, indicators: Iterable[str]) -> Iterator[Cause]:
        for code in sorted(indicators):
            before = self.old.lists["indicators"].get(code)
            after = self.new.lists["indicators"].get(code)
            if before is None or after is None:
                yield Cause("indicator_new" if before is None else "indicator_gone", code)
            elif keys := _changed(before, after, _MAKING):
                yield Cause("indicator", code, keys=keys)

    def _indices(self, indicators: Iterable[str]) -> Iterator[Cause]:
        named = _words_of([self.new.lists["indicators"].get(code) for code in indicators])
        for name in sorted(self.old.indices.keys() | self.new.indices.keys()):
            before, after = self.old.indices.get(name, {}), self.new.indices.get(name, {})
            if name in named and (keys := _changed(before, after, set(before) | set(after))):
                yield Cause("index", name, keys=keys)

    def _parameters(self, indicators: Iterable[str], *figures: Row | None) -> Iterator[Cause]:
        defined = [side.lists["indicators"].get(code) for side in (self.old, self.new) for code in indicators]
        named = _words_of(defined)
        for side in (self.old, self.new):
            named |= _words_of([side.indices[name] for name in named & side.indices.keys()])
        publication = self.new.settings["publication"]
        rows = [row for row in figures if row is not None]
        if any(row["confidence_level"] is not None for row in rows):
            named.add(publication["confidence_level"])
        if any(row["obs_status"] == "suppressed" for row in rows):
            named.add(publication["minimum_cases"])
        for code in sorted(
            named & (self.old.lists["parameters"].keys() | self.new.lists["parameters"].keys())
        ):
            was, now = _value(self.old, code), _value(self.new, code)
            if was != now:
                yield Cause("parameter", code, old=was, new=now)

    def _settings(self) -> Iterator[Cause]:
        for key in ("geography", "assessment_year_starts", "ref_area"):
            was, now = self.old.settings.get(key), self.new.settings.get(key)
            if was != now:
                yield Cause("setting", key, old=str(was), new=str(now))

    def _lists(self) -> Iterator[Cause]:
        for listed in ("areas", "dimensions"):
            before, after = self.old.lists[listed], self.new.lists[listed]
            if keys := _changed(before, after, set(before) | set(after)):
                yield Cause("list", f"framework/{listed}.yaml", keys=keys)

    def _as_of(self, before: Row | None, after: Row | None) -> Iterator[Cause]:
        was, now = self.old.as_of, self.new.as_of
        row = after if before is None else before
        if was == now or row is None or (before and after):
            return
        released = str(row["release_date"] or parse(row["time_period"]).end)
        if min(was, now) < released <= max(was, now):
            yield Cause("as_of", old=was, new=now)


def _closure(side: Side, row: Row | None) -> Iterator[Row]:
    """Yield a figure and every figure that it was made from."""
    waiting = [row["figure_id"]] if row else []
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in side.figures:
            continue
        seen.add(name)
        yield side.figures[name]
        waiting += _texts(side.lineage.get(name))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _words_of(value: Any) -> set[str]:
    return set(_texts(value))


def _under(value: Any, key: str) -> Iterator[str]:
    """Yield every text that stands under a key, however deep."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key and isinstance(item, str):
                yield item
            else:
                yield from _under(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _under(item, key)


def _changed(before: Any, after: Any, keys: Iterable[str]) -> str:
    return ", ".join(sorted(key for key in keys if before.get(key) != after.get(key)))


def _meet(one: str, other: str) -> bool:
    """Return whether two periods have a day in common; a table without periods meets every one."""
    try:
        first, second = parse(one), parse(other)
    except ValueError:
        return True
    return first.start <= second.end and second.start <= first.end


def _value(side: Side, code: str) -> str:
    """Return a parameter's value on the day up to which figures were shown."""
    values = (side.lists["parameters"].get(code) or {}).get("values") or []
    holding = [
        v for v in values
        if (v.get("valid_from") or "") <= side.as_of and side.as_of <= (v.get("valid_to") or "9999")
    ]  # fmt: skip
    return str(holding[0]["value"]) if holding else "-"


def _edition(side: Side) -> str:
    return f"{side.version} ({side.code[:8]})"
