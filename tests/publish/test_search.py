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


def test_the_index_is_small(site: Path):
    assert (site / "search-index.js").stat().st_size < 150_000
