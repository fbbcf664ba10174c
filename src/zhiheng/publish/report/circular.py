"""The circular on the year's quality figures, in the layout of GB/T 9704.

What only the office knows (its number, who it goes to, the day it is signed) comes from
`report.yaml`, or stays a marked place.
"""

from __future__ import annotations

from zhiheng.framework.base import Text
from zhiheng.publish.report import findings, tables
from zhiheng.publish.report.annual import document_fields
from zhiheng.publish.report.desk import Desk
from zhiheng.publish.report.fields import Circular, Part, Rich

NUMERALS = "一二三四五六七八九十"


def circular(desk: Desk) -> Circular:
    """Return the circular's fields; simulated figures only where `report.yaml` asks for them."""
    words, head = desk.words, desk.city.report.circular
    desk = desk if head.simulated else desk.measured()
    year = desk.city.settings.publication.as_of.year
    fields = document_fields(desk, "title_circular")

    def written(text: Text | None, key: str) -> str:
        return desk.voice(text) if text else words(key)

    return Circular(
        **fields,
        mark=desk.voice(head.mark) if head.mark else words("default_mark", issuer=desk.issuer_name),
        document_number=head.number or words("fill_in_number", year=year),
        recipients=written(head.recipients, "fill_in_recipients"),
        opening=words("circular_opening", year=fields["year"]) + fields["period_note"],
        parts=_parts(desk),
        signature=desk.voice(head.signature) if head.signature else desk.issuer_name,
        signed_on=words("fill_in_day"),
        copies=written(head.copies, "fill_in_copies"),
        printed_by=desk.voice(head.printed_by) if head.printed_by else desk.issuer_name,
        printed_on=words("fill_in_day"),
    )


def _parts(desk: Desk) -> list[Part]:
    """Return the parts that have something to say, numbered."""
    say = desk.narrator
    found: list[tuple[str, list[str]]] = []
    overall = [say.lights(desk.lines)]
    if desk.has_simulated():
        overall.append(desk.words("simulated_notice"))
    found.append((desk.words("chapter_overview"), overall))
    for quality in desk.qualities:
        lines = desk.lines_of(desk.claimed[quality.quality])
        if lines:
            text = [say.joined([say.values(x.figures), say.change(x), say.target(x)]) for x in lines]
            found.append((desk.voice(quality.name), text))
    found.append((desk.words("part_counties"), _counties(desk)))
    parts = [
        Part(heading=_heading(desk, n, heading), text=text, tables=[])
        for n, (heading, text) in enumerate((h, t) for h, t in found if t)
    ]
    return [*parts, _departments(desk, len(parts))]


def _heading(desk: Desk, n: int, heading: str) -> str:
    number = NUMERALS[n] if n < len(NUMERALS) else str(n + 1)
    return desk.words("part_heading", number=number, n=n + 1, heading=heading)


def _counties(desk: Desk) -> list[str]:
    """Return a sentence for each main figure that counties have."""
    found = []
    for code in dict.fromkeys(line.indicator for line in desk.lines):
        if sentence := desk.narrator.counties(desk.counties(code)):
            found.append(desk.words("about", indicator=desk.name(code), sentence=sentence))
    return found


def _departments(desk: Desk, n: int) -> Part:
    """Return each department's main figures with their lights, and what is found wanting."""
    heads = [(desk.words("department"), False), (desk.voice.words("indicator"), False),
             (desk.voice.words("figure"), True), (desk.voice.words("light"), False)]  # fmt: skip
    names = [desk.voice(o.name) for o in desk.city.organisations.values()]
    rows: list[list[Rich | str]] = []
    for name in dict.fromkeys(names):
        mine = [line for line in desk.lines if desk.responsible(line.indicator) == name]
        for i, line in enumerate(mine):
            department = name if i == 0 else ""
            rows.append([department, desk.line_name(line), tables.value(desk.voice, line),
                         tables.light(desk.voice, line)])  # fmt: skip
    table = tables.table(desk.numbering, desk.words("departments_caption"), heads, rows)
    count = len(findings.on_quality(desk))
    return Part(
        heading=_heading(desk, n, desk.words("part_departments")),
        text=[desk.words("departments_text", n=count) if count else desk.words("departments_none")],
        tables=[table],
    )
