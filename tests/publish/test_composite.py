"""The index page: published values of one year and one kind of area, and nothing else, side by side."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.publish.page import Page
from zhiheng.compute.indices import read_indices
from zhiheng.framework.city import City, load
from zhiheng.publish.book import Book
from zhiheng.publish.index_evidence import Evidence
from zhiheng.publish.pages.composite import CompositePage
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Row, Table


@pytest.fixture(scope="module")
def city(demo: Path) -> City:
    return load(demo)


@pytest.fixture(scope="module")
def sections(city: City, demo: Path) -> dict:
    figures = pl.read_parquet(demo / "4_computed" / "figures.parquet")
    computed = demo / "4_computed"
    evidence = Evidence(
        nodes=pl.read_parquet(computed / "index_nodes.parquet"),
        robustness=pl.read_parquet(computed / "index_robustness.parquet"),
        specs=read_indices(city),
    )
    page = CompositePage(Voice(city, "zh"), Book(city, figures), city.outline.indices[0], evidence)
    return page.context()["sections"]


def period(sections: dict, when: str) -> dict:
    return next(p for p in sections["comparators"]["periods"] if p["when"] == when)


def row(table: Table, area: str) -> Row:
    return next(r for r in table.rows if r.cells[0].text == area)


def test_only_years_in_which_the_city_has_a_value_are_compared(sections):
    assert [p["when"] for p in sections["comparators"]["periods"]] == [
        "2024年", "2023年", "2021年", "2015年", "2007年",
    ]  # fmt: skip


def test_a_place_is_among_areas_of_one_kind_and_year(sections):
    """2007: of cities only Xiamen (82.71) was published beside Liuzhou (79.93); provinces do not count."""
    [place] = period(sections, "2007年")["places"]
    assert place == "在有公布值的 2 个市级地区（含本市）里，本市居第 2 位。"
    assert period(sections, "2023年")["places"] == []


def test_a_difference_is_the_area_less_the_city(sections):
    """82.71 - 79.93 = 2.78; 80.99 - 79.93 = 1.06."""
    table = period(sections, "2007年")["table"]
    assert [row(table, area).cells[3].text for area in ("厦门", "全国", "柳州")] == ["+2.78", "+1.06", ""]
    assert table.rows[0].kind == "own"


def test_scores_are_those_that_were_published(sections):
    """84.76 and 77.21 are the nation's two dimensions in 2007."""
    [scores, changes] = sections["scores"]
    texts = {r.cells[0].text: [f.text for c in r.cells[1:] for f in c.figures] for r in scores.rows}
    assert texts["质量水平"] == ["83.41", "84.76"]
    assert texts["发展能力"] == ["76.55", "77.21"]
    assert changes.rows[0].cells[0].text == "质量水平"


def test_simulated_scores_stand_apart_and_say_so(sections):
    [table] = sections["simulated_scores"]
    assert table.mark == "模拟"
    assert all(f.simulated for line in table.rows for c in line.cells[1:] for f in c.figures)
    assert not [
        f for t in sections["scores"] for line in t.rows for c in line.cells for f in c.figures if f.simulated
    ]


def test_the_composition_is_the_tree_of_its_dimension(sections):
    """Two dimensions, six elements, twelve statistics."""
    two = sections["composition"]
    six = [element for part in two for element in part["parts"]]
    twelve = [statistic for element in six for statistic in element["parts"]]
    assert (len(two), len(six), len(twelve)) == (2, 6, 12)


def test_nobody_stands_beside_a_simulated_index(parsed: dict[str, Page]):
    for place in ("indices/qci.html", "en/indices/qci.html"):
        page = parsed[place]
        tables = [t for t in page.all("table") if t.attributes["id"].startswith("t-comparators-")]
        assert tables
        assert not [t for t in tables if "模拟" in t.text or "simulated" in t.text]


def test_contributions_of_the_parts_add_up_to_the_index(sections):
    """Printed at two digits each, so the sum is within a hundredth of the index a part."""
    ranking, strengths = sections["ranking"]["tables"]
    assert len(ranking.rows) == len(strengths.rows) == 10
    for line in ranking.rows:
        index, *parts = (float(cell.text) for cell in line.cells[2:])
        assert sum(parts) == pytest.approx(index, abs=0.005 * (len(parts) + 1))
    assert [line.cells[1].text for line in ranking.rows] == [str(n) for n in range(1, 11)]


def test_what_was_simulated_and_assumed_says_so(parsed: dict[str, Page]):
    for place in ("indices/qci.html", "indices/city_quality.html"):
        page = parsed[place]
        for name in ("ranking", "strengths", "intervals", "sobol", "sets"):
            [table] = [t for t in page.all("table") if t.attributes.get("id") == f"t-{name}"]
            assert "模拟" in table.text.split("地区")[0], name
        assert any("参数为假定，与官方值不可比" in text for _, text in page.texts)


def test_simulation_intervals_and_sampling_error_are_apart(sections):
    assert sections["robustness"]["tables"][0].name == "intervals"
    assert sections["sampling"]["tables"][0].name == "sets"
    assert "不是抽样误差" in sections["robustness"]["is"]
    assert "两回事" in sections["sampling"]["is"]


def test_a_grade_is_of_the_edition_valid_in_its_period(sections):
    """84.22 (2015) lies in 80 to 85 of 2011's edition; in 2007 there was none; Anhui's is Anhui's alone."""
    lines = {
        (r.cells[0].text, r.cells[1].text): (r.cells[3].text, r.cells[4].text)
        for r in sections["grades"]["table"].rows
    }
    assert lines["柳州", "2015年"] == ("80 及以上，85 以下", "国家质检总局 2011 年版")
    assert lines["柳州", "2007年"] == ("当期没有查到等级划分", "")
    assert not [named for _, named in lines.values() if "安徽" in named]
