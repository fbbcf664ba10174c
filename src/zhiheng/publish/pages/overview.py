"""What stands on the overview: the scorecard by theme, and how much else there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.publish import numbers
from zhiheng.publish.book import Book
from zhiheng.publish.score_view import main_caption, score_table
from zhiheng.publish.shown import Voice


def context(voice: Voice, book: Book, lines: Sequence[ScoreLine]) -> dict[str, Any]:
    """Return the overview: the scorecard by theme, and how much else there is."""
    themes = []
    for code, theme in voice.city.themes.items():
        mine = [line for line in lines if voice.city.indicators[line.indicator].theme == code]
        if mine:
            table = score_table(voice, code, main_caption(voice, voice(theme.name)), mine)
            themes.append({"code": code, "name": voice(theme.name), "table": table})
    rows = [row for code in voice.city.indicators for row in book.rows(code)]
    series = [row["series"] for row in rows]
    counts = {
        "indicators": len({row["indicator"] for row in rows}),
        **{name: series.count(name) for name in ("published", "computed", "simulated")},
        "sources": len({row["source"] for row in rows if row["source"]}),
    }
    statuses = [row["obs_status"] for row in rows if row["series"] == "published"]
    derived, targets = statuses.count("derived"), statuses.count("target")
    split = {"published": len(statuses) - derived - targets, "derived": derived, "targets": targets}
    return {
        "themes": themes,
        "collected": voice.words(
            "collected_split", **{name: numbers.printed(n, 0) for name, n in split.items()}
        )
        if derived or targets
        else None,
        "simulated": "simulated" in series,
        "counts": {name: numbers.printed(n, 0) for name, n in counts.items()},
    }
