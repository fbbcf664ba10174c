"""What the data find wrong: with the quality measured, and with the data themselves.

A finding says what the figures say and who answers for them.  Why it is so, and what to do, is for
the office to write beside it: no cause and no measure is made up here.
"""

from __future__ import annotations

from collections.abc import Callable

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.framework.periods import parse
from zhiheng.publish.report import comparisons
from zhiheng.publish.report.desk import Desk
from zhiheng.publish.report.fields import Department, Finding

RUNNING_YEARS, RUNNING_VALUES = 3, 2
"""A series runs where, of so many years before the report's, so many have a value."""

Test = Callable[[Desk, ScoreLine], bool]


def _light(colour: str) -> Test:
    return lambda _desk, line: line.light == colour


def _worse(desk: Desk, line: ScoreLine) -> bool:
    trend = desk.narrator.trend(line)
    direction = desk.city.indicators[line.indicator].direction
    return trend is not None and comparisons.for_the_worse(trend, direction)


def _conflict(_desk: Desk, line: ScoreLine) -> bool:
    return len(line.figures) > 1


def _no_value(_desk: Desk, line: ScoreLine) -> bool:
    return any(row["obs_value"] is None and row["series"] != "simulated" for row in line.figures)


def _suppressed(desk: Desk, line: ScoreLine) -> bool:
    """Return whether counties have too few records, which of generated records says nothing."""
    return any(
        row["obs_status"] == "suppressed" and row["series"] != "simulated"
        for row in desk.counties(line.indicator)
    )


def _uncertain(_desk: Desk, line: ScoreLine) -> bool:
    if line.target_value is None or line.target_bound is None:
        return False
    return comparisons.gap(line.figures, line.target_value, line.target_bound).within


def _simulated(_desk: Desk, line: ScoreLine) -> bool:
    return any(row["series"] == "simulated" for row in line.figures)


def _old(desk: Desk, line: ScoreLine) -> bool:
    """Return whether a series that runs year by year has no figure for the year.

    It runs where at least two of the three years before have a published value of the year; a figure
    of a closed span or of a single survey is not overdue.
    """
    year, now = int(desk.year), line.figures[0]
    if parse(line.time_period).end.year >= year:
        return False
    recent = {str(year - back) for back in range(1, RUNNING_YEARS + 1)}
    same = ("ref_area", *desk.city.dimensions)
    known = {
        row["time_period"]
        for row in desk.book.rows(line.indicator)
        if row["series"] == "published"
        and row["obs_value"] is not None
        and row["obs_status"] != "target"
        and all(row[k] == now[k] for k in same)
    }
    return len(known & recent) >= RUNNING_VALUES


QUALITY: dict[str, Test] = {"red": _light("red"), "amber": _light("amber"), "worse": _worse}
"""Kinds of finding on quality, the gravest first; each has words `finding_<kind>`."""
DATA: dict[str, Test] = {
    "conflict": _conflict,
    "no_value": _no_value,
    "suppressed": _suppressed,
    "uncertain": _uncertain,
    "simulated": _simulated,
    "old": _old,
}
"""Kinds of finding on the data."""


def on_quality(desk: Desk) -> list[Finding]:
    """Return findings on quality, the gravest first."""
    return _numbered(desk, QUALITY, 0)


def on_data(desk: Desk) -> list[Finding]:
    """Return findings on the data, numbered after those on quality."""
    return _numbered(desk, DATA, len(on_quality(desk)))


def _numbered(desk: Desk, tests: dict[str, Test], after: int) -> list[Finding]:
    order = list(tests)
    found = []
    for line in desk.lines:
        kinds = [kind for kind, test in tests.items() if test(desk, line)]
        if kinds:
            found.append((order.index(kinds[0]), kinds, line))
    found.sort(key=lambda item: item[0])
    return [_finding(desk, after + n, kinds, line) for n, (_, kinds, line) in enumerate(found, start=1)]


def _finding(desk: Desk, number: int, kinds: list[str], line: ScoreLine) -> Finding:
    words, say = desk.words, desk.narrator
    quality = kinds[0] in QUALITY
    facts = [say.values(line.figures), *([say.change(line), say.target(line)] if quality else [])]
    return Finding(
        number=number,
        indicator=_name(desk, line),
        kinds=words("list_comma").join(words(f"finding_{kind}", year=desk.year) for kind in kinds),
        fact=say.joined(facts),
        responsible=desk.responsible(line.indicator),
    )


def _name(desk: Desk, line: ScoreLine) -> str:
    """Return what a finding is about, labelled where the figure is simulated and its name does not say so."""
    name, mark = desk.line_name(line), desk.words("simulated_mark")
    if _simulated(desk, line) and mark not in name.lower():
        return desk.words("broken_down", indicator=name, codes=mark)
    return name


def by_department(desk: Desk, findings: list[Finding]) -> list[Department]:
    """Return findings by who answers for them, in the order of the organisations."""
    names = [desk.voice(o.name) for o in desk.city.organisations.values()]
    return [
        Department(name=name, findings=mine)
        for name in dict.fromkeys(names)
        if (mine := [f for f in findings if f.responsible == name])
    ]
