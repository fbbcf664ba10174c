"""What `report.yaml` says of the rest of a city's framework: every name leads somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiheng.framework.report import CHAPTERS

if TYPE_CHECKING:
    from zhiheng.framework.crosscheck import _Checker

REPORT = "framework/report.yaml"


def check(checker: _Checker) -> None:
    """Collect every name in the report's file that leads nowhere."""
    city, report = checker.city, checker.city.report
    checker.known(report.issuer, city.organisations, "organisations", REPORT, "issuer")
    for name in CHAPTERS:
        chapter = getattr(report, name)
        if chapter is not None:
            for i, theme in enumerate(chapter.themes):
                checker.known(theme, city.themes, "themes", REPORT, name, "themes", i)
            for i, code in enumerate(chapter.indicators):
                checker.known(code, city.indicators, "indicators", REPORT, name, "indicators", i)
    for i, code in enumerate(report.brief):
        checker.known(code, city.indicators, "indicators", REPORT, "brief", i)
