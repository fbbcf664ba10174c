"""The page of the pillar industries and the flagship products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhiheng.compute.scorecard import lines_of
from zhiheng.framework.outline import Flagship, Pillar, PillarSet
from zhiheng.publish import across
from zhiheng.publish.book import Book
from zhiheng.publish.score_view import score_table
from zhiheng.publish.shown import Voice


def context(voice: Voice, book: Book, dated: PillarSet) -> dict[str, Any]:
    """Return everything that the template names."""
    pillars = [_pillar(voice, book, dated.dimension, pillar) for pillar in dated.pillars]
    flagships = _flagships(voice, book, dated.flagships)
    others = voice.words("other_flagships")
    contents = [(p["code"], p["name"]) for p in pillars] + ([("flagships", others)] if flagships else [])
    tables = [table for p in pillars for table in p["tables"]]
    return {
        "pillars": pillars,
        "flagships": flagships,
        "contents": contents,
        "reference": (dated.reference, voice.foreign(dated.reference)) if dated.reference else None,
        "assumed": voice.words("parameter_assumed") if dated.status == "assumed" else None,
        "reason": voice(dated.reason) if dated.reason else None,
        "simulated": any(f.simulated for t in tables for r in t.rows for c in r.cells for f in c.figures),
    }


def _pillar(voice: Voice, book: Book, dimension: str, pillar: Pillar) -> dict[str, Any]:
    spec = voice.city.dimensions[dimension]
    return {
        "code": pillar.pillar,
        "name": voice(pillar.name),
        "industries": [(code, voice(spec.name_of(code))) for code in pillar.industries],
        "flagships": _flagships(voice, book, pillar.flagships),
        "tables": across.codes_of(
            voice,
            book,
            dimension,
            voice.city.indicators,
            only=pillar.industries,
            name=pillar.pillar,
            title=voice(pillar.name),
        ),
    }


def _flagships(voice: Voice, book: Book, flagships: Sequence[Flagship]) -> list[dict[str, Any]]:
    found = []
    for flagship in flagships:
        indicators = [voice.city.indicators[code] for code in flagship.indicators]
        lines = [line for i in indicators for line in lines_of(book.city, i, book.frame)]
        name = voice(flagship.name)
        table = score_table(voice, flagship.indicators[0], name, lines) if lines else None
        found.append({"name": name, "table": table})
    return found
