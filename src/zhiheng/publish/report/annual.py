"""The annual quality analysis report."""

from __future__ import annotations

from typing import Any

from zhiheng.publish import numbers
from zhiheng.publish.report import chapters, findings, tables
from zhiheng.publish.report.desk import Desk
from zhiheng.publish.report.fields import Chapter, Report, Rich, Table
from zhiheng.publish.score_view import target_text, whose_target


def document_fields(desk: Desk, title: str, simulated: bool | None = None) -> dict[str, Any]:
    """Return the fields that every document has; whether it holds simulated figures, if not all that are."""
    import zhiheng

    words, voice = desk.words, desk.voice
    simulated = desk.has_simulated() if simulated is None else simulated
    of_year, lines = desk.period_counts()
    year = voice.period(desk.year)
    return {
        "city": voice(desk.city.settings.name),
        "year": year,
        "title": words(title, city=voice(desk.city.settings.name), year=year),
        "issuer": desk.issuer_name,
        "as_of": voice.period(desk.city.settings.publication.as_of.isoformat()),
        "made_with": voice.words("made_with", version=zhiheng.__version__),
        "period_note": words("period_note", year=year, of_year=of_year, n=lines),
        "sample": desk.sample(simulated),
        "simulated_note": words("simulated_notice") if simulated else "",
    }


def annual(desk: Desk) -> Report:
    """Return the report's fields, tables and pictures numbered in the order of the chapters."""
    words, claimed = desk.words, desk.claimed
    names = {name: words(f"chapter_{name}") for name in ("competitiveness", "satisfaction", "foundations")}
    elsewhere = {code: names[name] for name in names for code in claimed[name]}
    head = document_fields(desk, "title_report")
    quality, data = findings.on_quality(desk), findings.on_data(desk)
    return Report(
        **head,
        overview=_overview(desk),
        economy=chapters.chapter(desk, words("chapter_economy"), claimed["economy"]),
        qualities=[
            chapters.chapter(desk, desk.voice(q.name), claimed[q.quality], elsewhere) for q in desk.qualities
        ],
        competitiveness=chapters.chapter(desk, names["competitiveness"], claimed["competitiveness"]),
        satisfaction=chapters.chapter(desk, names["satisfaction"], claimed["satisfaction"]),
        foundations=chapters.chapter(desk, names["foundations"], claimed["foundations"]),
        others=chapters.chapter(desk, words("chapter_others"), desk.unclaimed),
        problems=quality,
        gaps=data,
        departments=findings.by_department(desk, [*quality, *data]),
        methods=_methods(desk),
        parameters=[_parameters(desk), _thresholds(desk)],
        annex=[_figures(desk), _definitions(desk)],
    )


def _overview(desk: Desk) -> Chapter:
    """Return the overview: how many lights of which colour, by quality and by chapter."""
    words, say = desk.words, desk.narrator
    heads = [(words("part"), False), *((desk.voice.words(f"light_{c}"), True) for c in tables.LIGHTS)]
    rows = []
    names = {q.quality: desk.voice(q.name) for q in desk.qualities}
    for code, codes in desk.claimed.items():
        if lines := desk.lines_of(codes):
            counts = [numbers.printed(sum(line.light == c for line in lines), 0) for c in tables.LIGHTS]
            rows.append([names.get(code) or words(f"chapter_{code}"), *counts])
    table = tables.table(desk.numbering, words("lights_caption"), heads, rows, [words("lights_note")])
    judged = [line for line in desk.lines if line.light != "grey"]
    text = [say.lights(desk.lines), *(say.joined([say.values(x.figures), say.target(x)]) for x in judged)]
    return Chapter(name=words("chapter_overview"), text=text, tables=[table], items=[])


# ---- method notes -----------------------------------------------------------------------------------


def _methods(desk: Desk) -> list[str]:
    words, voice = desk.words, desk.voice
    series = sorted({row["series"] for line in desk.lines for row in (*line.figures, *line.others)})
    bases = sorted({row["basis"] for line in desk.lines for row in line.figures if row["basis"]})
    as_of = voice.period(desk.city.settings.publication.as_of.isoformat())
    return [
        words("method_as_of", day=as_of),
        words("method_rounding"),
        words("method_change"),
        words("method_rank"),
        *(words(f"method_series_{name}") for name in series),
        *(
            words("method_basis", basis=voice.words(f"basis_{b}"), meaning=voice.words(f"basis_{b}_is"),
                  margin=voice.words(f"basis_{b}_margin"))
            for b in bases
        ),
        words("method_words"),
    ]  # fmt: skip


def _parameters(desk: Desk) -> Table:
    words, voice, city = desk.words, desk.voice, desk.city
    heads = [(voice.words("parameter"), False), (voice.words("value"), True), (voice.words("status"), False),
             (words("reference_or_reason"), False)]  # fmt: skip
    rows: list[list[Rich | str]] = []
    for parameter in city.parameters.values():
        for value in parameter.values:
            if value.holds_on(city.settings.publication.as_of):
                amount = voice.with_unit(numbers.printed(value.value, None), parameter.unit_measure)
                rows.append([voice(parameter.name), amount, voice.words(f"parameter_{value.status}"),
                             voice(value.reason) if value.reason else value.reference or ""])  # fmt: skip
    return tables.table(desk.numbering, words("parameters_caption"), heads, rows)


def _thresholds(desk: Desk) -> Table:
    """Return the targets that figures are held against, and by how much they may be missed for amber."""
    words, voice, city = desk.words, desk.voice, desk.city
    heads = [
        (voice.words("indicator"), False),
        (voice.words("target"), True),
        (voice.words("reference"), False),
        (words("amber_gap"), True),
        (words("threshold_status"), False),
    ]
    rows: list[list[Rich | str]] = []
    for line in desk.lines:
        indicator = city.indicators[line.indicator]
        goal = target_text(voice, indicator, line)
        if line.target is None or goal is None:
            continue
        whose = [tables.span_small(whose_target(voice, line))]
        target = tables.lines([tables.plain(goal)], [whose])
        gap = status = "—"
        if indicator.light is not None:
            missed = numbers.printed(indicator.light.amber_gap, None)
            gap = voice.with_unit(missed, indicator.unit_measure)
            status = voice.words(f"parameter_{indicator.light.status}")
        rows.append([desk.line_name(line), target, line.target.reference, gap, status])
    return tables.table(desk.numbering, words("thresholds_caption"), heads, rows)


# ---- annex ------------------------------------------------------------------------------------------


def _figures(desk: Desk) -> Table:
    """Return every main figure with its period, status and source."""
    words, voice = desk.words, desk.voice
    heads = [(voice.words("indicator"), False), (voice.words("period"), False), (voice.words("figure"), True),
             (voice.words("series_and_status"), False), (voice.words("source"), False)]  # fmt: skip
    rows: list[list[Rich | str]] = []
    for line in desk.lines:
        for row in line.figures:
            shown = voice.show(row)
            codes = words("list_comma").join(voice.dimension(d, c) for d, c in voice.breakdown(row))
            below = [tables.span_small(codes)] if codes else []
            status = shown.status if shown.series_code == "published" else shown.series
            rows.append([tables.lines([tables.plain(desk.name(line.indicator))], [below]), shown.when,
                         tables.value_cell(voice, row), status,
                         shown.source or voice.words(f"made_{shown.series_code}")])  # fmt: skip
    return tables.table(desk.numbering, words("annex_figures_caption"), heads, rows)


def _definitions(desk: Desk) -> Table:
    words, voice = desk.words, desk.voice
    heads = [(voice.words(head), False) for head in ("indicator", "section_definition", "responsible")]
    codes = dict.fromkeys(line.indicator for line in desk.lines)
    rows: list[list[Rich | str]] = [
        [desk.name(code), voice(desk.city.indicators[code].definition), desk.responsible(code)]
        for code in codes
    ]
    return tables.table(desk.numbering, words("annex_definitions_caption"), heads, rows)
