"""The city's scorecard: each headline figure with its change, target and light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from zhiheng.compute.derived import MEETS, nearest_target, target_value
from zhiheng.compute.measures import change
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.indicators import Indicator, Target
from zhiheng.framework.periods import Period, parse

Row = dict[str, Any]
LightColour = Literal["green", "amber", "red", "grey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One line of the scorecard.

    Attributes
    ----------
    indicator : str
    time_period : str
        The latest for which the city has a figure.
    figures : tuple of dict
        Rows of the long table: one, or several that conflict.
    others : tuple of dict
        Rows of the same cell that do not headline (a simulated series, say).
    change : float or None
        Against the last earlier period of the same measurement run, in the indicator's unit
        (percentage points for per cents). None where values conflict or nothing is earlier.
    change_from : str or None
        That earlier period.
    change_decimals : int
        How many decimals of the change are meaningful.
    target : Target or None
    target_value : float or None
    target_bound : str or None
        How the target is met: `>=`, ...
    light : {'green', 'amber', 'red', 'grey'}
    light_reason : Text
    """

    indicator: str
    time_period: str
    figures: tuple[Row, ...]
    others: tuple[Row, ...]
    change: float | None
    change_from: str | None
    change_decimals: int
    target: Target | None
    target_value: float | None
    target_bound: str | None
    light: LightColour
    light_reason: Text


def scorecard(city: City, figures: pl.DataFrame) -> list[ScoreLine]:
    """Return the scorecard of the city's own area.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The finished long table.

    Returns
    -------
    list of ScoreLine
        In the order of the themes, then of the indicators; one line for each breakdown where an
        indicator has no total.
    """
    themes = list(city.themes)
    order = sorted((i for i in city.indicators.values() if i.scorecard), key=lambda i: themes.index(i.theme))
    return [line for indicator in order for line in lines_of(city, indicator, figures)]


def lines_of(city: City, indicator: Indicator, figures: pl.DataFrame) -> list[ScoreLine]:
    """Return one indicator's lines for the city's own area, whether it stands on the scorecard or not.

    Parameters
    ----------
    city : City
    indicator : Indicator
    figures : DataFrame
        The finished long table.
    """
    own = figures.filter(
        (pl.col("indicator") == indicator.indicator) & (pl.col("ref_area") == city.settings.ref_area)
    )
    # A total that only a simulation has must not stand for what was published by its parts.
    named = own.filter(pl.col("series") == indicator.headline)
    cells_shown = (own if named.is_empty() else named).select(*city.dimensions).unique()
    is_total = pl.all_horizontal([pl.lit(True), *(pl.col(d) == TOTAL for d in city.dimensions)])
    totals = cells_shown.filter(is_total)
    shown = cells_shown if totals.is_empty() else totals
    own = (
        own.join(shown, on=list(city.dimensions), how="semi", maintain_order="left")
        if city.dimensions
        else own
    )
    cells: dict[tuple[str, ...], list[Row]] = {}
    for row in own.iter_rows(named=True):
        cells.setdefault(tuple(row[d] for d in city.dimensions), []).append(row)
    return [_line(city, indicator, rows, figures) for rows in cells.values()]


def _line(city: City, indicator: Indicator, rows: list[Row], figures: pl.DataFrame) -> ScoreLine:
    latest = max((row["time_period"] for row in rows if row["headline"]), key=lambda t: parse(t).end)
    now = [row for row in rows if row["time_period"] == latest]
    headline = [row for row in now if row["headline"]]
    earlier = _earlier(headline[0], rows)
    comparable = len(headline) == 1 and earlier is not None and headline[0]["obs_value"] is not None
    target = nearest_target(city, indicator.indicator, headline[0])
    goal, _, bound = target_value(target, figures) if target else (None, None, None)
    light, reason = _light(indicator, headline, goal, bound)
    if target and light in _REASONS and target.ref_area != headline[0]["ref_area"]:
        reason = _for_orientation(reason, city.areas[target.ref_area].name)
    return ScoreLine(
        indicator=indicator.indicator,
        time_period=latest,
        figures=tuple(headline),
        others=tuple(row for row in now if not row["headline"]),
        change=change(headline[0]["obs_value"], earlier["obs_value"], "points")
        if comparable and earlier
        else None,
        change_from=earlier["time_period"] if comparable and earlier else None,
        change_decimals=max(r["decimals"] for r in (headline[0], earlier) if r) if comparable else 0,
        target=target,
        target_value=goal,
        target_bound=bound,
        light=light,
        light_reason=reason,
    )


def _earlier(now: Row, rows: list[Row]) -> Row | None:
    """Return the last earlier figure that may be compared: same run and series, same length, one value."""
    period = parse(now["time_period"])
    candidates: dict[Period, list[Row]] = {}
    for row in rows:
        other = parse(row["time_period"])
        same_kind = other.frequency == period.frequency and row["series"] == now["series"]
        if (
            same_kind
            and other.end < period.start
            and row["series_break"] == now["series_break"]
            and row["obs_value"] is not None
            and _length(other) == _length(period)
        ):
            candidates.setdefault(other, []).append(row)
    if not candidates:
        return None
    last = candidates[max(candidates, key=lambda p: p.end)]
    return last[0] if len(last) == 1 else None


def _length(period: Period) -> int:
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month


def _light(
    indicator: Indicator, rows: list[Row], goal: float | None, bound: str | None
) -> tuple[LightColour, Text]:
    if goal is None or bound is None:
        return "grey", Text(zh="没有目标", en="no target")
    if indicator.light is None:
        return "grey", Text(zh="未设亮灯标准", en="no light thresholds set")
    if any(row["obs_value"] is None for row in rows):
        return "grey", Text(zh="没有数值", en="no value")
    colours = [_colour(row["obs_value"], goal, bound, indicator.light.amber_gap) for row in rows]
    if len(set(colours)) > 1:
        return "grey", Text(zh="公布值不一致，无法判断", en="published values disagree")
    if any(_within_margin(row, goal) for row in rows):
        return colours[0], _REASONS[colours[0]][1]
    return colours[0], _REASONS[colours[0]][0]


_REASONS: dict[LightColour, tuple[Text, Text]] = {
    "green": (
        Text(zh="达到目标", en="target met"),
        Text(zh="达到目标，但目标在误差范围内", en="target met, but within the margin"),
    ),
    "amber": (
        Text(zh="接近目标", en="close to the target"),
        Text(zh="接近目标，目标在误差范围内", en="close to the target, within the margin"),
    ),
    "red": (
        Text(zh="未达目标", en="target missed"),
        Text(zh="未达目标，但目标在误差范围内", en="target missed, but within the margin"),
    ),
}


def _for_orientation(reason: Text, whose: Text) -> Text:
    """Return why a light is as it is, where the target was set for another area than the figure's."""
    zh = reason.zh.replace("目标", f"{whose.zh}目标", 1)
    return Text(zh=f"{zh}（只作参照）", en=f"{reason.en} (set for: {whose.en}; orientation only)")


def _colour(value: float, goal: float, bound: str, amber_gap: float) -> LightColour:
    if MEETS[bound](value, goal):
        return "green"
    return "amber" if abs(value - goal) <= amber_gap else "red"


def _within_margin(row: Row, goal: float) -> bool:
    return row["ci_low"] is not None and row["ci_low"] <= goal <= row["ci_high"]
