"""The one-page brief: key figures with their lights, what changed, what presses most."""

from __future__ import annotations

from zhiheng.compute.scorecard import ScoreLine
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
    shown, changes = problems[:MOST_PROBLEMS], _changed(desk)[:MOST_CHANGES]
    simulated = any(
        row["series"] == "simulated" for line in [*lines, *changes] for row in line.figures
    ) or any(words("simulated_mark") in problem.indicator.lower() for problem in shown)
    say = desk.narrator
    return Brief(
        **document_fields(desk, "title_brief", simulated),
        summary=[desk.narrator.lights(desk.lines)],
        figures=tables.score(desk.numbering, desk.voice, words, words("brief_caption"), lines),
        changes=[say.joined([say.values(line.figures), say.change(line)]) for line in changes],
        problems=shown,
        more_problems=words("more_problems", n=left) if left > 0 else "",
    )


def _changed(desk: Desk) -> list[ScoreLine]:
    """Return the main figures that clearly rose or fell, the latest first."""
    latest = sorted(desk.lines, key=lambda x: parse(x.time_period).end, reverse=True)
    trends = ((line, desk.narrator.trend(line)) for line in latest)
    return [line for line, trend in trends if trend is not None and trend.kind in ("rise", "fall")]
