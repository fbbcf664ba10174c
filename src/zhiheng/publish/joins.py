"""Which values a chart may join by a line: the rule that keeps a line from claiming what nobody measured."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Literal, Protocol, TypeVar

from zhiheng.framework.periods import Period

Join = Literal["whole", "dotted", "dashed"]


class Joinable(Protocol):
    """What the rule asks of a value: whose it is, when, of which series and measurement run."""

    @property
    def area_code(self) -> str:
        """Whose value it is."""
        ...

    @property
    def series_code(self) -> str:
        """Published, computed or simulated."""
        ...

    @property
    def run(self) -> str | None:
        """The measurement run."""
        ...

    @property
    def period(self) -> Period:
        """When."""
        ...

    @property
    def value(self) -> float | None:
        """None where it is missing."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether nobody measured it."""
        ...


J = TypeVar("J", bound=Joinable)


def joins(figures: Iterable[J]) -> list[tuple[J, J, Join]]:
    """Return which figures are joined by a line, and by which.

    Only figures of one area, series and measurement run are joined, each to the next in time.
    Neighbouring periods are joined by a whole line (dashed for simulated values); across a gap the
    line is dotted, and simulated values have none.  Spans, missing values and values that conflict
    are joined to nothing, as nobody can say by which value the line should go.
    """
    chains: dict[tuple[str, str, str | None, str], list[J]] = {}
    for figure in sorted(figures, key=lambda f: f.period):
        if figure.period.frequency != "span":
            key = (figure.area_code, figure.series_code, figure.run, figure.period.frequency)
            chains.setdefault(key, []).append(figure)
    found: list[tuple[J, J, Join]] = []
    for chain in chains.values():
        at_once = {p: len(list(g)) for p, g in itertools.groupby(chain, key=lambda f: f.period.text)}
        for first, second in itertools.pairwise(chain):
            single = at_once[first.period.text] == 1 and at_once[second.period.text] == 1
            if not single or first.value is None or second.value is None:
                continue
            neighbours = _neighbours(first.period, second.period)
            if first.simulated and neighbours:
                found.append((first, second, "dashed"))
            elif not first.simulated:
                found.append((first, second, "whole" if neighbours else "dotted"))
    return found


def _neighbours(first: Period, second: Period) -> bool:
    return second.frequency in ("year", "quarter", "month") and second.earlier(1).text == first.text
