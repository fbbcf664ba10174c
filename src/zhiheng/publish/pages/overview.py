"""What stands on the overview: the scorecard by theme, then everything else there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.publish import numbers
from zhiheng.publish.book import Book
from zhiheng.publish.score_view import score_table
from zhiheng.publish.shown import Voice


def context(voice: Voice, book: Book, lines: Sequence[ScoreLine]) -> dict[str, Any]:
    """Return the overview: the scorecard by theme, then everything else there is."""
    themes = []
    for code, theme in voice.city.themes.items():
        mine = [line for line in lines if voice.city.indicators[line.indicator].theme == code]
        carded = {line.indicator for line in mine}
        others = [
            {"href": f"indicators/{i.indicator}.html", "name": voice(i.name)}
            for i in voice.city.indicators.values()
            if i.theme == code and i.indicator not in carded
        ]
        if mine or others:
            table = score_table(voice, code, mine) if mine else None
            themes.append({"code": code, "name": voice(theme.name), "table": table, "others": others})
    rows = [row for code in voice.city.indicators for row in book.rows(code)]
    series = [row["series"] for row in rows]
    counts = {
        "indicators": len({row["indicator"] for row in rows}),
        **{name: series.count(name) for name in ("published", "computed", "simulated")},
        "sources": len({row["source"] for row in rows if row["source"]}),
    }
    return {
        "themes": themes,
        "simulated": "simulated" in series,
        "counts": {name: numbers.printed(n, 0) for name, n in counts.items()},
    }
