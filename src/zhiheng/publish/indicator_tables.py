"""The tables of an indicator's page."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.indicators import Indicator
from zhiheng.framework.periods import parse
from zhiheng.publish import numbers
from zhiheng.publish.shown import Figure, Shown, Voice, flags_used, inside
from zhiheng.publish.tables import Cell, Column, Row, Table, aligned, figures_in

SERIES_ORDER = {"published": 0, "computed": 1, "simulated": 2}


def series_table(voice: Voice, indicator: Indicator, rows: Sequence[Figure], name: str) -> Table:
    """Return one area's figures, latest first, with a line of words wherever a new run begins."""
    words = voice.words
    shown = [voice.show(row) for row in rows]
    with_limits = any(f.limits for f in shown)
    columns = [
        Column(label=words("period"), tight=True),
        Column(label=words("value"), below=voice.unit_name(indicator.unit_measure), numeric=True),
        *([_limits_column(voice, shown)] if with_limits else []),
        Column(label=words("series_and_status")),
        Column(label=words("source"), wide=True),
        Column(label=words("released"), tight=True),
    ]
    body: list[Row] = []
    for series, group in itertools.groupby(
        sorted(shown, key=lambda f: SERIES_ORDER[f.series_code]), key=lambda f: f.series_code
    ):
        run: str | None = None
        for i, figure in enumerate(group):
            if i and figure.run != run and run is not None:
                body.append(_break_row(voice, indicator, rows[0]["ref_area"], run))
            run = figure.run
            body.append(_series_row(voice, figure, with_limits=with_limits, simulated=series == "simulated"))
    caption = words("series_caption", area=shown[0].area, indicator=voice(indicator.name))
    return Table(name=name, caption=caption, columns=columns, rows=aligned(body))


def _series_row(voice: Voice, figure: Shown, *, with_limits: bool, simulated: bool) -> Row:
    words = voice.words
    notes = [
        Cell(lead=words("derivation_is"), text=figure.derivation, lang=voice.foreign(figure.derivation))
        if figure.derivation
        else None,
        Cell(text=figure.note, lang=voice.foreign(figure.note))
        if figure.note and figure.note != figure.derivation
        else None,
    ]
    cells = [
        Cell(text=figure.when),
        Cell(figures=(figure,)),
        *([_limits_cell(voice, figure)] if with_limits else []),
        status_cell(voice, figure),
        Cell(
            text=figure.source or words(f"made_{figure.series_code}"),
            lang=figure.source_lang,
            below=tuple(note for note in notes if note),
        ),
        Cell(text=figure.released or ""),
    ]
    return Row(cells=cells, anchor=f"f-{figure.figure_id}", kind="simulated" if simulated else "plain")


def status_cell(voice: Voice, figure: Shown) -> Cell:
    """Return a figure's series and status, each said once: a published one's status names the series."""
    conflict = figure.conflict and figure.status_code != "published_conflict"
    said = [voice.words("conflict_here")] if conflict else []
    below = tuple(Cell(text=text) for text in (*said, *figure.cautions))
    if figure.series_code == "published":
        return Cell(text=figure.status, below=below)
    return Cell(mark=figure.series, text="" if figure.status_code == "normal" else figure.status, below=below)


def _limits_column(voice: Voice, shown: Sequence[Shown]) -> Column:
    """Return the head for limits, which all rows of one table share: their level and sort."""
    first = next(f for f in shown if f.limits)
    below = f"{first.level} · {first.margin}" if first.margin else first.level or ""
    return Column(label=voice.words("limits"), below=below, numeric=True, tight=True)


def _limits_cell(voice: Voice, figure: Shown) -> Cell:
    if not figure.limits:
        return Cell()
    below = (Cell(text=voice.words("n_is", n=figure.n_obs)),) if figure.n_obs else ()
    return Cell(text=figure.limits, below=below)


def _break_row(voice: Voice, indicator: Indicator, area: str, run: str) -> Row:
    reason = next(
        (voice(b.reason) for b in indicator.breaks if b.ref_area == area and b.time_period == run), ""
    )
    return Row(kind="break", cells=[Cell(text=voice.words("break_above", period=voice.period(run)),
                                         below=(Cell(text=reason),) if reason else ())])  # fmt: skip


def matrix(
    voice: Voice,
    rows: Iterable[Figure],
    heads: Sequence[tuple[tuple[str, ...], Cell]],
    *,
    key: Sequence[str],
    name: str,
    caption: str,
    head: str,
    mark: str | None = None,
) -> Table:
    """Return a table of periods across and areas or codes down, each cell with all its values.

    Parameters
    ----------
    rows : iterable of dict
    heads : sequence of (values of `key`, cell)
        The rows wanted and how each is called, in order; those without figures are left out.
    key : sequence of str
        The columns of the long table that tell rows apart.
    """
    cells: dict[tuple[str, ...], dict[str, list[Shown]]] = {}
    sources: dict[str, str | None] = {}
    for row in rows:
        shown = voice.show(row)
        cells.setdefault(tuple(row[k] for k in key), {}).setdefault(row["time_period"], []).append(shown)
        if shown.source:
            sources[shown.source] = voice.foreign(shown.source)
    periods = sorted({p for found in cells.values() for p in found}, key=parse)
    body = [
        Row(cells=[cell, *(Cell(figures=tuple(cells[code].get(p, ()))) for p in periods)])
        for code, cell in heads
        if code in cells
    ]
    columns = [Column(label=head), *(Column(label=voice.period(p), numeric=True) for p in periods)]
    return Table(
        name=name,
        caption=caption,
        columns=columns,
        rows=aligned(body),
        mark=mark,
        stacks=False,
        legend=flags_used(figures_in(body)),
        sources=sorted(sources.items()),
    )


def county_table(
    voice: Voice, indicator: Indicator, rows: Sequence[Figure], counties: Sequence[str]
) -> Table:
    """Return the counties' figures of one series, with the codes they replaced named."""
    areas, words = voice.city.areas, voice.words
    heads = []
    for code in counties:
        names = [f"{voice.area(old)} {old}" for old in areas.predecessors(code)]
        below = tuple(
            Cell(text=words("code_before", year=areas[code].valid_from or "", old=n)) for n in names
        )
        heads.append(((code,), Cell(text=voice.area(code), below=below)))
    caption = words(
        "counties_caption",
        indicator=voice(indicator.name),
        unit=voice.unit_inside(indicator.unit_measure),
    )
    name = f"counties-{rows[0]['series']}"
    mark = _series_mark(voice, rows[0]["series"])
    head = words("county")
    return matrix(voice, rows, heads, key=["ref_area"], name=name, caption=caption, head=head, mark=mark)


def breakdown_tables(voice: Voice, indicator: Indicator, rows: Sequence[Figure], own: str) -> list[Table]:
    """Return a table for each area, series and dimension by which figures are broken down."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Figure]] = {}
    for row in rows:
        dims = tuple(name for name, _ in voice.breakdown(row))
        groups.setdefault((row["ref_area"], row["series"], dims), []).append(row)
    listed = list(voice.city.areas)
    ordered = sorted(
        groups.items(),
        key=lambda item: (item[0][0] != own, listed.index(item[0][0]), SERIES_ORDER[item[0][1]], item[0][2]),
    )
    return [
        _breakdown_table(voice, indicator, area, series, dims, found)
        for (area, series, dims), found in ordered
    ]


def _breakdown_table(
    voice: Voice, indicator: Indicator, area: str, series: str, dims: tuple[str, ...], rows: list[Figure]
) -> Table:
    words, city = voice.words, voice.city
    codes = [[item.code for item in city.dimensions[d].codes] for d in dims]
    heads = [
        (
            combination,
            Cell(text=" · ".join(voice.dimension(d, c) for d, c in zip(dims, combination, strict=True))),
        )
        for combination in itertools.product(*([*c, TOTAL] for c in codes))
    ]
    caption = words(
        "breakdown_caption",
        area=voice.area(area),
        dimension=" × ".join(inside(voice(city.dimensions[d].name)) for d in dims),
        unit=voice.unit_inside(indicator.unit_measure),
    )
    name = "-".join(["breakdown", area, series, *dims]).lower()
    head = " · ".join(voice(city.dimensions[d].name) for d in dims)
    mark = _series_mark(voice, series)
    return matrix(voice, rows, heads, key=list(dims), name=name, caption=caption, head=head, mark=mark)


def _series_mark(voice: Voice, series: str) -> str | None:
    return None if series == "published" else voice.words(f"series_{series}")


def peer_rows(rows: Iterable[Figure], indicator: Indicator) -> list[Figure]:
    """Return figures of one period: the better ones first (where there is a better), or by area."""
    if not indicator.comparable:
        return sorted(rows, key=lambda r: r["ref_area"])
    sign = 1 if indicator.direction == "lower" else -1
    return sorted(rows, key=lambda r: (r["obs_value"] is None, sign * (r["obs_value"] or 0), r["ref_area"]))


def peer_table(
    voice: Voice, indicator: Indicator, period: str, rows: Sequence[Figure], own: str | None
) -> Table:
    """Return the figures of all areas in one period, better ones first; the city's own row is marked."""
    words = voice.words
    columns = [
        Column(label=words("area")),
        Column(label=words("value"), below=voice.unit_name(indicator.unit_measure), numeric=True),
        Column(label=words("status")),
        Column(label=words("source"), wide=True),
    ]
    body = []
    for row in rows:
        figure = voice.show(row)
        note = Cell(text=figure.note or "", lang=voice.foreign(figure.note))
        cells = [
            Cell(text=figure.area),
            Cell(figures=(figure,)),
            status_cell(voice, figure),
            Cell(
                text=figure.source or words(f"made_{figure.series_code}"),
                lang=figure.source_lang,
                below=() if note.empty else (note,),
            ),
        ]
        body.append(Row(cells=cells, kind="own" if row["ref_area"] == own else "plain"))
    caption = words("peers_caption", indicator=voice(indicator.name), period=voice.period(period))
    return Table(name=f"peers-{parse(period).slug}", caption=caption, columns=columns, rows=aligned(body))


def target_table(voice: Voice, indicator: Indicator, values: Sequence[tuple[float | None, str]]) -> Table:
    """Return the indicator's targets by edition.

    Parameters
    ----------
    values : sequence of (value or None, bound)
        One for each target, in order.
    """
    words = voice.words
    columns = [
        Column(label=words("target")),
        Column(label=words("whose")),
        Column(label=words("by_when")),
        Column(label=words("value"), below=voice.unit_name(indicator.unit_measure), numeric=True),
        Column(label=words("reference"), wide=True),
    ]
    body = [
        Row(
            cells=[
                Cell(text=voice(target.name)),
                Cell(text=voice.area(target.ref_area)),
                Cell(text=voice.period(target.time_period)),
                Cell(text="—" if value is None else numbers.printed(value, None, bound)),
                Cell(text=target.reference, lang=voice.foreign(target.reference)),
            ]
        )
        for target, (value, bound) in zip(indicator.targets, values, strict=True)
    ]
    caption = words("targets_caption", indicator=voice(indicator.name))
    return Table(name="targets", caption=caption, columns=columns, rows=body)
