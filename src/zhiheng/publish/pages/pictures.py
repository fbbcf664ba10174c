"""Charts as pages place them: with a title, notes and the specification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zhiheng.compute.derived import target_value
from zhiheng.framework.indicators import Break, Indicator
from zhiheng.framework.periods import parse
from zhiheng.publish import charts, numbers
from zhiheng.publish.book import Book
from zhiheng.publish.shown import Figure, Shown, Voice

if TYPE_CHECKING:
    from zhiheng.publish.chart_layers import Target

Picture = dict[str, Any]


def picture(
    name: str, chart: Any, title: str, notes: Sequence[str] = (), mark: str | None = None
) -> Picture | None:
    """Return a chart for the templates' macro, or None where there is nothing to draw.

    `mark` is a word set apart beside the title, such as the one for simulated series.
    """
    if chart is None:
        return None
    return {"name": name, "title": title, "notes": notes, "mark": mark, "spec": charts.spec(chart)}


def limits(rows: Sequence[Figure]) -> dict[str, tuple[float, float]]:
    """Return the limits of the figures that have them, by `figure_id`."""
    return {
        row["figure_id"]: (row["ci_low"], row["ci_high"])
        for row in rows
        if row["ci_low"] is not None and row["ci_high"] is not None
    }


def target_values(book: Book, indicator: Indicator) -> list[tuple[float | None, str]]:
    """Return each target's value (None where it was not collected) and bound."""
    found = [target_value(target, book.frame) for target in indicator.targets]
    return [(goal, bound) for goal, _, bound in found]


def series(
    voice: Voice, book: Book, indicator: Indicator, rows: Sequence[Figure], name: str
) -> Picture | None:
    """Return one area's figures over time.

    Parameters
    ----------
    voice : Voice
    book : Book
    indicator : Indicator
    rows : sequence of dict
        The area's figures that are not broken down; at least one.
    name : str
        The picture's address on its page.
    """
    key = (voice.lang, indicator.indicator, rows[0]["ref_area"])
    if key not in book.drawn:
        book.drawn[key] = _series(voice, book, indicator, rows)
    found: Picture | None = book.drawn[key]
    return found | {"name": name} if found else None


def crossed(indicator: Indicator, rows: Sequence[Figure]) -> list[Break]:
    """Return the breaks within one area's figures: where nothing comes before, nothing breaks."""
    first = min(parse(row["time_period"]).start for row in rows)
    mine = [b for b in indicator.breaks if b.ref_area == rows[0]["ref_area"]]
    return [b for b in mine if first < parse(b.time_period).start]


def adds_up(indicator: Indicator) -> bool:
    """Return whether a span's figure is the total of its years, as counts and amounts are."""
    return any(measure.kind in ("count", "total") for measure in indicator.measures)


def together(indicator: Indicator, rows: Sequence[Figure]) -> Sequence[Figure]:
    """Return the figures that one axis may hold: of what adds up, spans or years, never both.

    Those of the kind that was published (or whatever series stands for the indicator), unless they
    are of one period only.
    """
    spans = [row for row in rows if parse(row["time_period"]).frequency == "span"]
    others = [row for row in rows if parse(row["time_period"]).frequency != "span"]
    if not (adds_up(indicator) and spans and others):
        return rows
    by_span = any(row["series"] == indicator.headline for row in spans)
    first, second = (spans, others) if by_span else (others, spans)
    return first if len({row["time_period"] for row in first}) > 1 else second


def _series(voice: Voice, book: Book, indicator: Indicator, rows: Sequence[Figure]) -> Picture | None:
    own_breaks = crossed(indicator, rows)
    rows = together(indicator, rows)
    shown = [voice.show(row) for row in rows]
    targets = _targets(voice, book, indicator, shown)
    title = voice.words("series_chart", indicator=voice(indicator.name), area=shown[0].area)
    chart = charts.series(
        shown,
        unit=voice.unit_name(indicator.unit_measure),
        breaks=[parse(b.time_period) for b in own_breaks],
        targets=targets,
        limits=limits(rows),
        words=voice.words,
        description=title,
    )
    return picture("", chart, title, [t.label for t in targets])


def _targets(voice: Voice, book: Book, indicator: Indicator, shown: Sequence[Shown]) -> list[Target]:
    """Return the targets due while the area has figures, or within five years after."""
    from zhiheng.publish.chart_layers import Target

    last = max(f.period.end.year for f in shown)
    first = min(f.period.start.year for f in shown)
    spans = {f.period.frequency == "span" for f in shown}
    found = []
    for target, (value, bound) in zip(indicator.targets, target_values(book, indicator), strict=True):
        period = parse(target.time_period)
        other_kind = adds_up(indicator) and (period.frequency == "span") not in spans
        if value is not None and first - 1 <= period.end.year <= last + 5 and not other_kind:
            label = voice.words(
                "target_note",
                name=voice(target.name),
                number=numbers.printed(value, None, bound),
                period=voice.period(target.time_period),
            )
            found.append(Target(period=period, value=value, label=label))
    return found


def comparable(rows: Sequence[Figure]) -> list[Figure]:
    """Return the headlines that may stand beside other areas': nobody is compared with a simulation."""
    return [row for row in rows if row["headline"] and row["series"] != "simulated"]


def comparators(voice: Voice, book: Book, indicator: Indicator, subject: str | None) -> Picture | None:
    """Return an area over time beside the areas that the city names as comparable, if they are."""
    if subject is None or not indicator.comparable:
        return None
    areas = [subject, *voice.city.settings.publication.comparators]
    rows = comparable(book.totals(indicator.indicator, areas))
    title = voice.words("lines_chart", indicator=voice(indicator.name))
    chart = charts.lines(
        [voice.show(row) for row in rows],
        own=subject,
        above=voice.city.areas.lineage(subject)[1:],
        unit=voice.unit_name(indicator.unit_measure),
        words=voice.words,
        description=title,
    )
    return picture("lines-chart", chart, title)
