"""What the charts of an index share: rows with names, their height, colours of parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import altair as alt

from zhiheng.publish.words import Words

Names = Mapping[str, str]
"""Names by code; a code without one is its own name."""

PARTS = 8
"""Colours for parts that the palette has; a ninth part begins again."""
ROW, DENSE_ROW = 26, 18
MANY = 24
"""From how many rows on they stand closer."""
TEXT, SMALL = 12, 11


def named(names: Names, code: str) -> str:
    """Return a code's name."""
    return names.get(code, code)


def colours(parts: Iterable[str]) -> dict[str, str]:
    """Return a colour's name for every part, in their order."""
    return {part: f"@part{i % PARTS + 1}" for i, part in enumerate(dict.fromkeys(parts))}


def row_height(count: int) -> int:
    """Return how high one of so many rows is."""
    return ROW if count < MANY else DENSE_ROW


def rows(order: Sequence[str], *, field: str = "row:N") -> alt.Y:
    """Return an axis with one named row for each, from the top in the order given."""
    axis = alt.Axis(labelLimit=230, ticks=False, domain=False, labelPadding=8, grid=False)
    return alt.Y(field, title=None, sort=list(order), axis=axis, scale=alt.Scale(domain=list(order)))


def legend(kinds: Mapping[str, str], channel: type[alt.Fill | alt.Color] = alt.Fill) -> alt.Fill | alt.Color:
    """Return a channel that colours `kind` and says so below the chart."""
    scale = alt.Scale(domain=list(kinds), range=list(kinds.values()))
    return channel("kind:N", title=None, scale=scale)


def amounts(ends: Sequence[float], *, zero: bool, room: float) -> alt.X:
    """Return an axis of values without a head.

    Parameters
    ----------
    ends : sequence of float
        What has to have its place on it.
    zero : bool
        Whether it begins at zero (bars do).
    room : float
        Share of the width left free after the largest value, for its label.
    """
    low, high = min([*ends, 0.0] if zero else ends), max([*ends, 0.0] if zero else ends)
    span = (high - low) or 1.0
    left = 0.0 if zero and low == 0 else 0.04 * span
    axis = alt.Axis(grid=True, tickCount=5, domain=False, ticks=False)
    scale = alt.Scale(domain=[low - left, high + span * room / (1 - room)], nice=False, zero=False)
    return alt.X("x:Q", title=None, axis=axis, scale=scale)


def tips(words: Words, **keys: str) -> list[alt.Tooltip]:
    """Return what shows when a reader points at a mark: a field, and the key of what it is called."""
    return [alt.Tooltip(f"{field}:N").title(words(key)) for field, key in keys.items()]


def distinct(labels: Sequence[str]) -> list[str]:
    """Return labels of which no two are the same: a row is told from another by its label.

    Examples
    --------
    >>> distinct(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found
