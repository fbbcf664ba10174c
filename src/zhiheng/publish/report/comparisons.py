"""What may be said of two figures, of a figure and its target, of an area among others.

Only digits here; `narrative` has the words.  A difference is a rise or a fall only where its limits
leave zero out; figures known by a bound only have no difference; values that conflict have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zhiheng.compute.derived import MEETS
from zhiheng.numerics import intervals
from zhiheng.publish import numbers
from zhiheng.publish.shown import Figure

TrendKind = Literal["rise", "fall", "same", "unclear", "bounded"]
GapKind = Literal["met", "missed", "unknown", "conflict", "missing"]
LEAST = {">=", ">"}
"""Bounds below which a value does not lie, and targets that ask for at least so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How a figure stands to an earlier one.

    Attributes
    ----------
    kind : {'rise', 'fall', 'same', 'unclear', 'bounded'}
        `unclear`: the difference's limits hold zero; `bounded`: one value is known by a bound only.
    amount : float
        The difference; 0 where there is none.
    low, high : float or None
        Its limits, where a value has limits.
    """

    kind: TrendKind
    amount: float = 0.0
    low: float | None = None
    high: float | None = None


def trend(earlier: Figure, now: Figure, decimals: int) -> Trend:
    """Return how a figure stands to an earlier one of the same measurement run.

    Parameters
    ----------
    earlier, now : mapping
        Rows of the long table, both with a value.
    decimals : int
        Decimals at which the difference is printed: what prints as nothing is no difference.

    Notes
    -----
    Limits of the difference are those of `numerics.intervals.difference`, the two figures taken as
    independent; a figure without limits counts as exact.
    """
    if earlier["bound"] or now["bound"]:
        return Trend(kind="bounded")
    amount = now["obs_value"] - earlier["obs_value"]
    low, high = _difference_limits(earlier, now)
    if low is not None and high is not None and low <= 0 <= high:
        return Trend(kind="unclear", amount=amount, low=low, high=high)
    if numbers.rounded(amount, decimals).is_zero():
        return Trend(kind="same", amount=amount, low=low, high=high)
    return Trend(kind="rise" if amount > 0 else "fall", amount=amount, low=low, high=high)


def _difference_limits(earlier: Figure, now: Figure) -> tuple[float | None, float | None]:
    if earlier["ci_low"] is None and now["ci_low"] is None:
        return None, None
    low, high = intervals.difference(_with_limits(earlier), _with_limits(now))
    return float(low), float(high)


def _with_limits(row: Figure) -> tuple[float, float, float]:
    value = row["obs_value"]
    return (value, value, value) if row["ci_low"] is None else (value, row["ci_low"], row["ci_high"])


def for_the_worse(found: Trend, direction: str) -> bool:
    """Return whether a clear change goes against an indicator's direction."""
    return (found.kind, direction) in {("fall", "higher"), ("rise", "lower")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How figures stand to a target.

    Attributes
    ----------
    kind : {'met', 'missed', 'unknown', 'conflict', 'missing'}
        `unknown`: the value is known by a bound that does not settle it; `conflict`: published
        values fall on both sides.
    amount : float or None
        How far past the target, or short of it; None where a bound leaves it open.
    within : bool
        Whether the target lies within the value's limits.
    """

    kind: GapKind
    amount: float | None = None
    within: bool = False


def gap(rows: Sequence[Figure], goal: float, bound: str) -> Gap:
    """Return how figures stand to a target that is met by `value bound goal`."""
    if any(row["obs_value"] is None for row in rows):
        return Gap(kind="missing")
    kinds = {_meets(row, goal, bound) for row in rows}
    if len(kinds) > 1:
        return Gap(kind="conflict")
    [met] = kinds
    if met is None:
        return Gap(kind="unknown")
    exact = len(rows) == 1 and not rows[0]["bound"]
    within = any(row["ci_low"] is not None and row["ci_low"] <= goal <= row["ci_high"] for row in rows)
    return Gap(
        kind="met" if met else "missed",
        amount=abs(rows[0]["obs_value"] - goal) if exact else None,
        within=within,
    )


def _meets(row: Figure, goal: float, bound: str) -> bool | None:
    """Return whether a value meets a target; None where its own bound leaves that open."""
    value, own = row["obs_value"], row["bound"]
    enough = bool(MEETS[bound](value, goal))
    if own is None:
        return enough
    edge = own in (">", "<") and value == goal  # the stated value itself is left out
    if (own in LEAST) == (bound in LEAST):  # the true value lies on the better side of what is stated
        return True if enough or edge else None
    return False if edge or not enough else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An area's place among others of one period, best first.

    Attributes
    ----------
    first, last : int
        Its place; they differ where published values of some area conflict.
    of : int
        How many areas have a figure, itself included.
    tied : int
        How many others have exactly its value.
    """

    first: int
    last: int
    of: int
    tied: int


def standing(own: Sequence[Figure], others: Sequence[Figure], direction: str) -> Standing | None:
    """Return an area's place among others, or None where there is none to be had.

    Parameters
    ----------
    own : sequence of mapping
        Its figures of one period; several where published values conflict.
    others : sequence of mapping
        Other areas' figures of that period.
    direction : {'higher', 'lower', 'none'}
        Without a better side there are no places.
    """
    mine = [row["obs_value"] for row in own]
    areas: dict[str, list[float]] = {}
    for row in others:
        if row["obs_value"] is not None and not row["bound"]:
            areas.setdefault(row["ref_area"], []).append(row["obs_value"])
    if direction == "none" or not areas or not mine or any(r["bound"] or r["obs_value"] is None for r in own):
        return None
    sign = 1 if direction == "higher" else -1
    ours = [sign * v for v in mine]
    theirs = [[sign * v for v in values] for values in areas.values()]
    surely = sum(min(values) > max(ours) for values in theirs)
    perhaps = sum(max(values) > min(ours) for values in theirs)
    tied = sum(set(values) == set(ours) and len(set(ours)) == 1 for values in theirs)
    return Standing(first=1 + surely, last=1 + perhaps, of=1 + len(areas), tied=tied)


def extremes(rows: Sequence[Figure], direction: str) -> tuple[list[Figure], list[Figure]] | None:
    """Return the best and the worst of some areas' figures of one period, ties together.

    None where fewer than two areas have a value, all are equal, or no way is better.
    """
    present = [row for row in rows if row["obs_value"] is not None and not row["bound"]]
    values = {row["obs_value"] for row in present}
    if direction == "none" or len(values) < 2:
        return None
    low, high = min(values), max(values)
    best, worst = (high, low) if direction == "higher" else (low, high)
    return [r for r in present if r["obs_value"] == best], [r for r in present if r["obs_value"] == worst]


def overlapping(first: Mapping[str, float | None], second: Mapping[str, float | None]) -> bool:
    """Return whether the limits of two figures overlap; a figure without limits is a point."""
    low1, high1 = _with_limits(first)[1:]
    low2, high2 = _with_limits(second)[1:]
    return low1 <= high2 and low2 <= high1
