"""The report's file: what a chapter speaks of, and names that must lead somewhere."""

from __future__ import annotations

from cityfolder import CityFolder

from zhiheng.framework.city import City

REPORT = "framework/report.yaml"


def written(folder: CityFolder, text: str) -> CityFolder:
    (folder.path / REPORT).write_text(text, encoding="utf-8")
    return folder


def test_without_the_file_a_chapter_speaks_of_the_theme_of_its_name(sample: City) -> None:
    assert sample.report.chapter("foundations").themes == ["foundations"]
    assert sample.report.circular.number is None


def test_a_chapter_speaks_of_what_is_written(folder: CityFolder) -> None:
    city = written(folder, "year: 2017\nfoundations: {indicators: [pass_rate]}\n").load()
    assert city.report.year == "2017"
    assert city.report.chapter("foundations").themes == []
    assert city.report.chapter("foundations").indicators == ["pass_rate"]


def test_every_name_that_leads_nowhere_is_told_at_once_with_its_line(folder: CityFolder) -> None:
    text = "issuer: nobody\neconomy:\n  themes: [nothing]\n  indicators: [pas_rate]\nbrief: [batchs]\n"
    problems = written(folder, text).problems()
    assert [(p.rule, p.found, p.where) for p in problems] == [
        ("code_unknown", "nobody", f"{REPORT}:1 issuer"),
        ("code_unknown", "nothing", f"{REPORT}:3 economy.themes[1]"),
        ("code_unknown", "pas_rate", f"{REPORT}:4 economy.indicators[1]"),
        ("code_unknown", "batchs", f"{REPORT}:5 brief[1]"),
    ]
    assert problems[2].args["close"] == "pass_rate"
