"""The search index: every entry leads somewhere, and everything that has a page is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.publish.page import Page
from zhiheng.framework.city import load


@pytest.mark.parametrize("folder", ["", "en/"])
def test_every_entry_leads_to_a_place_that_is_there(site: Path, parsed: dict[str, Page], folder: str):
    entries = index(site, folder)
    for kind, name, address, _ in entries:
        place, _, anchor = address.partition("#")
        assert kind
        assert name
        assert not anchor or anchor in parsed[f"{folder}{place}"].ids(), address


def index(site: Path, folder: str) -> list[list[str]]:
    script = (site / f"{folder}search-index.js").read_text(encoding="utf-8")
    return json.loads(script.removeprefix("window.zhihengSearch=").rstrip(";\n"))


def test_every_page_of_something_is_found(site: Path, parsed: dict[str, Page], demo: Path):
    wanted = {
        p for p in parsed if p.split("/")[0] in ("indicators", "areas", "registers", "qualities", "indices")
    }
    found = {address.partition("#")[0] for _, _, address, _ in index(site, "")}
    assert {place for place in wanted if not place.endswith("/index.html")} <= found
    assert len([1 for kind, *_ in index(site, "") if kind == "指标"]) == len(load(demo).indicators)


def test_the_other_language_finds_it_too(site: Path):
    about = next(text for _, _, address, text in index(site, "en/") if address == "indicators/qci.html")
    assert "竞争力" in about
    assert "QCI" in about


def test_an_area_is_found_by_its_former_name_and_code(site: Path):
    about = next(text for _, _, address, text in index(site, "") if address == "areas/450206.html")
    assert "柳江县" in about
    assert "450221" in about


def test_an_indicator_is_found_by_its_own_name_and_published_ones_come_first(site: Path, demo: Path):
    """The definition of a coverage may speak of pass rates; it is no pass rate."""
    rates = [name for kind, name, _, text in index(site, "") if kind == "指标" and "合格率" in name + text]
    assert not [name for name in rates if "覆盖率" in name]
    indicators, city = [a for kind, _, a, _ in index(site, "") if kind == "指标"], load(demo)
    headlines = [city.indicators[a.split("/")[1].removesuffix(".html")].headline for a in indicators]
    assert headlines == sorted(headlines, key=["published", "computed", "simulated"].index)


def test_the_index_is_small(site: Path):
    assert (site / "search-index.js").stat().st_size < 150_000
