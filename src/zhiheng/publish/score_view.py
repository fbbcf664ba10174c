"""The scorecard as pages show it: change, target and light in words."""

from __future__ import annotations

from collections.abc import Sequence

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.framework.indicators import Indicator
from zhiheng.publish import numbers
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Cell, Column, Light, Row, Table


def light_of(voice: Voice, line: ScoreLine) -> Light:
    """Return a line's light: its colour, the word for it, and why.

    Whether a missed target is amber or red depends on a threshold, and if that was assumed the
    light says so; a target that is met does not depend on it.
    """
    rule = voice.city.indicators[line.indicator].light
    on_assumption = rule is not None and rule.status == "assumed" and line.light in ("amber", "red")
    return Light(
        colour=line.light,
        word=voice.words(f"light_{line.light}"),
        reason=voice(line.light_reason),
        assumed=voice.words("light_assumed") if on_assumption else None,
    )


def change_text(voice: Voice, indicator: Indicator, line: ScoreLine) -> str | None:
    """Return the change since the last comparable period, or None where there is none."""
    if line.change is None or line.change_from is None:
        return None
    if indicator.unit_measure == "percent":
        return f"{numbers.change(line.change, line.change_decimals)} {voice.words('points')}"
    return voice.amount(line.change, line.change_decimals, indicator.unit_measure, numbers.change)


def target_text(voice: Voice, indicator: Indicator, line: ScoreLine) -> str | None:
    """Return the target a line is held against."""
    if line.target is None or line.target_value is None:
        return None
    bound = line.target_bound

    def with_bound(value: float, decimals: int | None) -> str:
        return numbers.printed(value, decimals, bound)

    return voice.amount(line.target_value, None, indicator.unit_measure, with_bound)


def main_caption(voice: Voice, name: str) -> str:
    """Return the caption of the scorecard's part on something."""
    return voice.words("score_caption", theme=name)


def score_table(voice: Voice, name: str, caption: str, lines: Sequence[ScoreLine]) -> Table:
    """Return a part of the scorecard, such as one theme's."""
    words = voice.words
    columns = [
        Column(label=words("indicator"), wide=True),
        Column(label=words("figure"), numeric=True),
        Column(label=words("change"), numeric=True, tight=True),
        Column(label=words("target"), numeric=True),
        Column(label=words("light")),
        Column(label=words("series"), below=words("basis")),
    ]
    rows = [_score_row(voice, line) for line in lines]
    return Table(name=f"score-{name}", caption=caption, columns=columns, rows=rows)


def _score_row(voice: Voice, line: ScoreLine) -> Row:
    indicator, words = voice.city.indicators[line.indicator], voice.words
    figures = tuple(voice.show(row) for row in line.figures)
    dims = " · ".join(voice.dimension(d, c) for d, c in voice.breakdown(line.figures[0]))
    change, goal = change_text(voice, indicator, line), target_text(voice, indicator, line)
    light = light_of(voice, line)
    simulated = any(f.simulated for f in figures)
    return Row(
        kind="simulated" if simulated else "plain",
        cells=[
            Cell(
                text=voice(indicator.name),
                href=f"indicators/{line.indicator}.html",
                below=(Cell(text=dims),) if dims else (),
            ),
            Cell(figures=figures, below=_under_value(voice, line)),
            Cell(text=change, below=(Cell(text=words("since", period=voice.period(line.change_from))),))
            if change and line.change_from
            else Cell(),
            Cell(text=goal, below=(Cell(text=whose_target(voice, line)),)) if goal else Cell(),
            Cell(light=light),
            Cell(
                text=figures[0].series if figures[0].series_code == "published" else "",
                mark=figures[0].series if figures[0].series_code != "published" else None,
                below=(Cell(text=figures[0].basis),),
            ),
        ],
    )


def _under_value(voice: Voice, line: ScoreLine) -> tuple[Cell, ...]:
    """Return the period, the margin, what is wrong with the value, and the series beside it."""
    words = voice.words
    shown = [voice.show(row) for row in line.figures]
    below = [Cell(text=voice.period(line.time_period))]
    if shown[0].limits:
        below.append(Cell(text=f"{shown[0].limits} · {shown[0].level}"))
    if shown[0].conflict:
        below.append(Cell(text=words("conflict_here")))
    elif shown[0].status_code in ("derived", "published_period_inferred"):
        below.append(Cell(text=shown[0].status))
    for row in line.others:
        other = voice.show(row)
        margin = f" ({other.limits})" if other.limits else ""
        # In the scale of the figure above it, and with the unit where that is not the table's own.
        amount = other.text if other.said == other.text else f"{other.said} {other.said_unit}"
        below.append(Cell(mark=other.series, text=f"{amount}{margin}"))
    return tuple(below)


def whose_target(voice: Voice, line: ScoreLine) -> str:
    """Return by when a target is due, and whose it is where it is not the city's own."""
    if line.target is None:
        return ""
    when = voice.period(line.target.time_period)
    if line.target.ref_area == voice.city.settings.ref_area:
        return when
    return voice.words("target_of", area=voice.area(line.target.ref_area), period=when)
