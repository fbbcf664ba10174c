"""Tables whose rows are sums already: a whole and its parts in one table are never both counted.

A department may return the city's row beside its counties', or a division beside its classes.  Such
a table is reduced by all its dimensions at once, and here each area, and each code, gets one amount:
its own row, or the sum of what is counted into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from zhiheng.errors import Problem

Policy = Literal["fail", "parts", "whole"]


@dataclass(frozen=True, slots=True)
class Settled:
    """One amount a key, with the rows it was added up from.

    Attributes
    ----------
    rows : DataFrame
        Keys and amounts, with `_from`: places of the reduced rows that were added up.
    problems : list of Problem
    """

    rows: pl.DataFrame
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Amount:
    values: tuple[float, ...]
    places: tuple[int, ...]

    def __add__(self, other: _Amount) -> _Amount:
        values = tuple(a + b for a, b in zip(self.values, other.values, strict=True))
        return _Amount(values, (*self.places, *other.places))


def settle(
    rows: pl.DataFrame,
    axis: str,
    parents: Mapping[str, str | None],
    policy: Policy,
    keys: Sequence[str],
    where: str,
) -> Settled:
    """Give every code of one axis its amount, from its own row or from its parts.

    Parameters
    ----------
    rows : DataFrame
        `keys`, amounts, and `_from`.
    axis : str
        The key whose codes are counted into one another.
    parents : mapping of str to str or None
        What each code is counted into, of all that occur and all above.
    policy : {'fail', 'parts', 'whole'}
        Where a code has a row of its own and parts as well: a problem, the parts, or its own row.
    keys : sequence of str
    where : str
        How a problem calls the figure.
    """
    others = [name for name in keys if name != axis]
    names = [name for name in rows.columns if name not in (*keys, "_from")]
    groups: dict[tuple[str, ...], dict[str, _Amount]] = {}
    for row in rows.iter_rows(named=True):
        amount = _Amount(tuple(row[n] for n in names), tuple(row["_from"]))
        own = groups.setdefault(tuple(row[n] for n in others), {})
        own[row[axis]] = own[row[axis]] + amount if row[axis] in own else amount
    children: dict[str, list[str]] = {}
    for code in sorted(parents):
        if (parent := parents[code]) is not None:
            children.setdefault(parent, []).append(code)
    made: list[dict[str, object]] = []
    problems: list[Problem] = []
    for group, own in groups.items():
        found: dict[str, _Amount] = {}
        for code in _upwards(parents, own):
            parts = [found[c] for c in children.get(code, []) if c in found]
            if code in own and parts and policy == "fail":
                shown = f"{code} + {', '.join(c for c in children[code] if c in found)}"
                place = " ".join([where, *group])
                problems.append(Problem(where=place, rule="whole_and_parts", found=shown))
            chosen = [own[code]] if code in own and (policy != "parts" or not parts) else parts
            total = chosen[0]
            for more in chosen[1:]:
                total = total + more
            found[code] = total
        made += [
            dict(zip(others, group, strict=True))
            | {axis: code}
            | dict(zip(names, amount.values, strict=True))
            | {"_from": list(amount.places)}
            for code, amount in found.items()
        ]
    frame = pl.DataFrame(made, schema=rows.schema) if made else rows.clear()
    return Settled(frame.select(rows.columns).sort(keys), problems)


def _upwards(parents: Mapping[str, str | None], own: Iterable[str]) -> list[str]:
    """Return the codes with an amount and all above them, what is below first."""
    depth: dict[str, int] = {}
    for start in own:
        code: str | None = start
        while code is not None and code not in depth:
            depth[code] = _depth(parents, code)
            code = parents.get(code)
    return sorted(depth, key=lambda code: (-depth[code], code))


def _depth(parents: Mapping[str, str | None], code: str) -> int:
    steps = 0
    above = parents.get(code)
    while above is not None:
        steps, above = steps + 1, parents.get(above)
    return steps
