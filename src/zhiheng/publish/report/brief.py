"""The one-page brief: key figures with their lights, what changed, what presses most."""

from __future__ import annotations

from zhiheng.framework.periods import parse
from zhiheng.publish.report import findings, tables
from zhiheng.publish.report.annual import document_fields
from zhiheng.publish.report.desk import Desk
from zhiheng.publish.report.fields import Brief

MOST_FIGURES, MOST_CHANGES, MOST_PROBLEMS = 12, 5, 5
"""What one page of A4 holds."""


def brief(desk: Desk) -> Brief:
    """Return the brief's fields."""
    words = desk.words
    chosen = desk.city.report.brief or [line.indicator for line in desk.lines if line.target is not None]
    lines = desk.lines_of(chosen)[:MOST_FIGURES]
    problems = [*findings.on_quality(desk), *findings.on_data(desk)]
    left = len(problems) - MOST_PROBLEMS
    return Brief(
        **document_fields(desk, "title_brief"),
        summary=[desk.narrator.lights(desk.lines)],
        figures=tables.score(desk.numbering, desk.voice, words, words("brief_caption"), lines),
        changes=_changes(desk)[:MOST_CHANGES],
        problems=problems[:MOST_PROBLEMS],
        more_problems=words("more_problems", n=left) if left > 0 else "",
    )


def _changes(desk: Desk) -> list[str]:
    """Return a sentence for each main figure that clearly rose or fell, the latest first."""
    found = []
    for line in sorted(desk.lines, key=lambda x: parse(x.time_period).end, reverse=True):
        trend = desk.narrator.trend(line)
        if trend is not None and trend.kind in ("rise", "fall"):
            say = desk.narrator
            found.append(say.joined([say.values(line.figures), say.change(line)]))
    return found
