"""The site as a whole: every figure to the printed digit, every link, every language, no network."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
from collections import Counter
from decimal import Decimal
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from tests.publish.page import Page
from zhiheng.collect import rounds
from zhiheng.compute.scorecard import scorecard
from zhiheng.errors import ZhihengError
from zhiheng.explain import Explainer
from zhiheng.framework.city import load
from zhiheng.publish import fonts, numbers
from zhiheng.publish.site import CSP, LIMIT, build, in_script

CHINESE = re.compile(r"[㐀-鿿]")


@pytest.fixture(scope="session")
def long_table(demo: Path) -> pl.DataFrame:
    return pl.read_parquet(demo / "4_computed" / "figures.parquet")


@pytest.fixture(scope="session")
def handed_over(shared_data: Path) -> list[dict[str, str]]:
    """The published figures as they were handed to the project."""
    with (shared_data / "figures.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def address(path: Path, link: str) -> tuple[Path, str]:
    place, _, anchor = link.partition("#")
    return (path.parent / unescape(place)).resolve() if place else path, anchor


# ---- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["", "en/"])
def test_every_published_figure_stands_on_its_page_to_the_printed_digit(
    folder, handed_over, long_table, parsed
):
    published = long_table.filter(pl.col("series") == "published")
    cell_of = {
        name: cell
        for name, *cell in published.select("figure_id", "indicator", "ref_area", "time_period").iter_rows()
    }
    wanted: dict[tuple[str, ...], Counter[str]] = {}
    for row in handed_over:
        cell = (row["indicator"], row["ref_area"], row["time_period"])
        wanted.setdefault(cell, Counter())[row["obs_value"]] += 1
    for indicator in {cell[0] for cell in wanted}:
        shown = {name: digits for name, digits, _ in parsed[f"{folder}indicators/{indicator}.html"].figures()}
        found: dict[tuple[str, ...], Counter[str]] = {}
        for name, digits in shown.items():
            if name in cell_of and cell_of[name][0] == indicator:
                found.setdefault(tuple(cell_of[name]), Counter())[digits] += 1
        assert found == {cell: texts for cell, texts in wanted.items() if cell[0] == indicator}


def test_a_printed_figure_is_its_digits_with_the_bound_and_grouping_only(parsed, long_table):
    bound = dict(long_table.select("figure_id", "bound").iter_rows())
    for page in parsed.values():
        for name, digits, text in page.figures():
            sign = numbers.BOUND_SIGNS.get(bound[name] or "", "")
            assert text == f"{sign} {text.split()[-1]}".strip()
            assert text.split()[-1].replace(",", "").replace(numbers.MINUS, "-") == digits


def test_english_says_amounts_in_its_own_scale_where_the_unit_follows(parsed):
    """4,067 in units of 100 million yuan is 406.7 billion; only the place of the point differs."""
    assert ("4067", "406.7") in {(d, t) for _, d, t in parsed["en/index.html"].figures(said=True)}
    for place, page in parsed.items():
        found = page.figures(said=True)
        assert place.startswith("en/") or not found
        for _, digits, text in found:
            moved = Decimal(text.split()[-1].replace(",", "")) / Decimal(digits)
            assert moved == Decimal(1).scaleb(moved.adjusted()), (place, text)


def test_a_simulated_figure_is_in_the_scale_of_the_published_one_above_it(parsed):
    """Simulated 4,067 under published 406.7 billion yuan would look ten times as much."""
    text = parsed["en/index.html"].elements[0].text
    assert "simulated 406.7 billion yuan" in re.sub(r"\s+", " ", text)


def test_a_figure_reads_the_same_wherever_it_stands(parsed):
    texts: dict[str, set[str]] = {}
    for page in parsed.values():
        for name, _, text in page.figures():
            texts.setdefault(name, set()).add(text)
    assert [found for found in texts.values() if len(found) > 1] == []


def test_conflicting_values_stand_side_by_side_and_say_so(parsed):
    for place in ("index.html", "indicators/satisfaction_producer_services.html"):
        digits = {digits for _, digits, _ in parsed[place].figures()}
        assert {"85.71", "88.11"} <= digits
        assert "公布值不一致" in parsed[place].elements[0].text


def test_simulated_figures_are_marked_wherever_they_are_printed(parsed, long_table):
    simulated = set(long_table.filter(pl.col("series") == "simulated")["figure_id"])
    for page in parsed.values():
        for element in page.all("data"):
            is_simulated = element.attributes["data-figure-id"] in simulated
            assert ("hollow" in element.attributes["class"]) == is_simulated
        if any(name in simulated for name, _, _ in page.figures()):
            assert [e for e in page.all("span") if "mark-simulated" in e.attributes.get("class", "")]


def test_a_light_has_a_shape_and_a_word(parsed):
    lights = [
        e
        for p in parsed.values()
        for e in p.all("span")
        if e.attributes.get("class", "").startswith("light ")
    ]
    assert lights
    for light in lights:
        assert any(child.attributes.get("class") == "shape" for child in light.children)
        assert re.search(r"\w", light.text)


# ---- languages ------------------------------------------------------------------------------------


def test_every_page_is_there_in_every_language(parsed, demo):
    city = load(demo)
    figures = pl.read_parquet(demo / "4_computed" / "figures.parquet")
    there = {*figures["ref_area"], *city.areas.children(city.settings.ref_area)}
    pages = ["index", "methods", "data", "search", "pillars", "indices/qci", "indices/city_quality"]
    pages += ["qualities/index", "indicators/index", "registers/index"]
    pages += [f"registers/{register.contract}" for register in city.outline.registers]
    pages += [f"contracts/{name}" for name in city.contracts]
    pages += [f"qualities/{name}" for name in ("product", "engineering", "service", "environment")]
    pages += [f"indicators/{code}" for code in city.indicators] + [f"areas/{code}" for code in there]
    assert set(parsed) == {f"{folder}{page}.html" for folder in ("", "en/") for page in pages}


def test_chinese_on_an_english_page_is_marked_as_chinese(parsed):
    for place, page in parsed.items():
        if place.startswith("en/"):
            left = [t.strip() for e, t in page.texts if CHINESE.search(t) and not e.lang().startswith("zh")]
            assert not left, f"{place}: {left[:5]}"


def test_chinese_pages_are_in_chinese(parsed):
    english = re.compile(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}")
    for place, page in parsed.items():
        if not place.startswith("en/"):
            left = [
                t.strip()
                for e, t in page.texts
                if english.search(t)
                and not CHINESE.search(t)
                and e.lang() != "en"
                and e.tag not in ("code", "cite")
            ]
            assert not left, f"{place}: {left[:5]}"


def test_the_language_link_leads_to_the_same_page(parsed):
    for place, page in parsed.items():
        [link] = [e for e in page.all("a") if e.attributes.get("class") == "language"]
        target, _ = address(page.path, link.attributes["href"])
        other = place.removeprefix("en/") if place.startswith("en/") else f"en/{place}"
        assert target == (parsed[other].path).resolve()


# ---- the pages ------------------------------------------------------------------------------------


def test_every_link_leads_somewhere(parsed):
    anchors = {page.path.resolve(): set(page.ids()) for page in parsed.values()}
    for place, page in parsed.items():
        for element in page.all("a", "link", "script"):
            link = element.attributes.get("href") or element.attributes.get("src")
            if link:
                target, anchor = address(page.path.resolve(), link)
                assert target.is_file(), f"{place}: {link}"
                assert not anchor or anchor in anchors[target], f"{place}: {link}"


def test_nothing_is_taken_from_the_network(site):
    allowed = re.compile(r"https://vega\.github\.io/schema/|http://www\.w3\.org/")
    for path in [*site.rglob("*.html"), site / "assets" / "site.css", site / "assets" / "site.js"]:
        found = [
            u
            for u in re.findall(r"(?:https?:)?//[a-z][^\s\"'<>]*", path.read_text(encoding="utf-8"))
            if "." in u
        ]
        assert [u for u in found if not allowed.match(u)] == [], path


def test_pages_allow_scripts_and_styles_from_files_only(parsed):
    for page in parsed.values():
        [policy] = [e for e in page.all("meta") if e.attributes.get("http-equiv")]
        assert policy.attributes["content"] == CSP
        assert "unsafe" not in CSP
        assert not page.all("style")
        assert not [e for e in page.elements if "style" in e.attributes]
        assert not [e for e in page.elements if any(name.startswith("on") for name in e.attributes)]
        for script in page.all("script"):
            assert script.attributes.get("type") == "application/json" or not script.text


def test_every_page_is_small(site):
    sizes = {path: path.stat().st_size for path in site.rglob("*.html")}
    assert max(sizes.values()) < LIMIT, max(sizes, key=sizes.__getitem__)


def test_no_id_stands_twice_on_a_page(parsed):
    for place, page in parsed.items():
        repeated = [name for name, n in Counter(page.ids()).items() if n > 1]
        assert not repeated, f"{place}: {repeated}"


def test_pages_have_landmarks_a_skip_link_and_one_main_heading(parsed):
    for page in parsed.values():
        for tag in ("header", "main", "footer", "h1"):
            assert len(page.all(tag)) == 1
        assert page.all("a")[0].attributes["href"] == "#main"
        assert all(e.attributes.get("aria-label") for e in page.all("nav"))
        levels = [int(e.tag[1]) for e in page.all("h1", "h2", "h3")]
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_every_table_has_a_caption_and_heads_with_their_scope(parsed):
    for page in parsed.values():
        for table in page.all("table"):
            tags = Counter(e.tag for e in table.children)
            assert (tags["caption"], tags["thead"], tags["tbody"]) == (1, 1, 1)
        assert all(e.attributes.get("scope") in ("row", "col") for e in page.all("th"))
        labelled = set(page.ids())
        for element in page.elements:
            if reference := element.attributes.get("aria-labelledby"):
                assert reference in labelled


def test_the_fonts_have_every_character_of_every_page(parsed):
    for place, page in parsed.items():
        assert fonts.missing("".join(text for _, text in page.texts)) == [], place


def test_the_overview_has_every_scorecard_indicator_and_the_list_has_them_all(parsed, demo):
    city = load(demo)
    links = {e.attributes.get("href") for e in parsed["index.html"].all("a")}
    assert {f"indicators/{i.indicator}.html" for i in city.indicators.values() if i.scorecard} <= links
    links = {e.attributes.get("href") for e in parsed["indicators/index.html"].all("a")}
    assert {f"../indicators/{code}.html" for code in city.indicators} <= links


def test_the_present_code_of_a_county_names_the_one_before(parsed):
    text = parsed["indicators/inspection_pass_rate.html"].elements[0].text
    assert "柳江县 450221" in text


def test_text_cannot_end_the_script_it_stands_in():
    assert in_script({"a": "</script><b>&"}) == '{"a":"\\u003c/script\\u003e\\u003cb\\u003e\\u0026"}'


# ---- building -------------------------------------------------------------------------------------


def build_again(demo: Path, out: Path, figures: pl.DataFrame | None = None):
    city = load(demo)
    current = rounds.current(rounds.read(demo))
    explainer = Explainer(city, current, demo / "3_reduced", demo / "4_computed")
    table = explainer.figures if figures is None else figures
    return build(city, table, scorecard(city, table), explainer, current, out)


@pytest.mark.slow
def test_a_second_build_has_the_same_bytes(demo, site, tmp_path):
    assert build_again(demo, tmp_path) == []
    first, second = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (site, tmp_path / "site")
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


@pytest.mark.slow
def test_hostile_text_is_shown_and_does_nothing(demo, tmp_path, long_table):
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)> 𪜀"
    spoilt = long_table.with_columns(note=pl.lit(hostile), source=pl.lit(hostile))
    problems = build_again(demo, tmp_path, spoilt)
    assert {(p.rule, p.where, p.severity) for p in problems if p.rule == "glyph_missing"} == {
        ("glyph_missing", "figures.note", "warning"),
        ("glyph_missing", "figures.source", "warning"),
    }
    assert "U+2A700" in problems[0].found
    page = Page(tmp_path / "site" / "indicators" / "qci.html")
    assert not [e for e in page.elements if "onerror" in e.attributes]
    assert all("alert" not in script.text for script in page.all("script"))
    assert hostile in page.elements[0].text


@pytest.mark.slow
def test_a_page_that_is_too_large_is_a_warning(demo, tmp_path, monkeypatch):
    monkeypatch.setattr("zhiheng.publish.site.LIMIT", 100_000)
    problems = build_again(demo, tmp_path)
    assert {(p.rule, p.severity) for p in problems} == {("page_too_large", "warning")}
    assert "site/methods.html" in {p.where for p in problems}


def test_nothing_is_public_before_its_day(demo, tmp_path, long_table):
    early = long_table.with_columns(release_date=pl.lit(dt.date(2026, 1, 1)))
    with pytest.raises(ZhihengError) as raised:
        build_again(demo, tmp_path, early)
    assert {p.rule for p in raised.value.problems} == {"figure_not_released"}
    assert not (tmp_path / "site").exists()


def test_areas_that_do_not_compare_are_neither_drawn_together_nor_ordered(demo):
    """Fuzhou's, Liuzhou's and the nation's satisfaction with services come from three methods."""
    html = (demo / "5_published/site/indicators/satisfaction_services.html").read_text(encoding="utf-8")
    assert "不排先后" in html
    assert not re.findall(r'id="(?:peers|lines)-chart', html)


def test_a_target_of_another_area_is_for_orientation_only(demo):
    html = (demo / "5_published/site/index.html").read_text(encoding="utf-8")
    assert "达到全国目标（只作参照）" in html


def test_the_site_can_stand_elsewhere_alone(parsed, site):
    """No address leaves the folder: the Word documents beside it are drafts."""
    for place, page in parsed.items():
        for element in page.all("a", "link", "script"):
            link = element.attributes.get("href") or element.attributes.get("src") or "#"
            assert address(page.path.resolve(), link)[0].is_relative_to(site.resolve()), f"{place}: {link}"


def test_collected_figures_are_told_apart_on_the_overview(parsed, long_table):
    status = Counter(long_table.filter(pl.col("series") == "published")["obs_status"])
    text = parsed["index.html"].elements[0].text
    assert f"推算的 {status['derived']} 个" in text
    assert f"目标值 {status['target']} 个" in text


def test_totals_of_several_years_and_figures_of_one_are_not_drawn_together(demo):
    """Fifty tasks in six years is the total of what was completed year by year."""
    html = (demo / "5_published/site/indicators/programme_tasks_completed.html").read_text(encoding="utf-8")
    [spec] = re.findall(r'id="series-chart-spec">(.*?)</script>', html, re.DOTALL)
    assert "2012–2017" not in spec
    assert "2017" in spec


def test_no_break_is_told_where_nothing_comes_before_it(demo):
    html = (demo / "5_published/site/indicators/satisfaction_services.html").read_text(encoding="utf-8")
    assert "测算中断" not in html


def test_texts_in_the_original_are_said_to_be_once_a_page(parsed):
    page = parsed["en/indicators/qci.html"]
    assert len([e for e in page.all("p") if "original" in e.attributes.get("class", "").split()]) == 1
    assert not [e for e in parsed["en/index.html"].all("p") if "original" in e.attributes.get("class", "")]


def test_nobody_is_compared_with_a_simulation(demo):
    """Liuzhou's pass rates of 2012 to 2016 are simulated: beside other areas stand published ones only."""
    html = (demo / "5_published/site/indicators/inspection_pass_rate.html").read_text(encoding="utf-8")
    peers = html.split('id="peers-in-2016"')[1].split("</table>")[0]
    assert "91.6" in peers, "the nation's published rate of 2016"
    assert "柳州" not in peers, "the city has only a simulated one"
    charts = re.findall(r'id="((?:peers|lines)-chart[a-z0-9-]*)-spec">(.*?)</script>', html, re.DOTALL)
    assert not [name for name, spec in charts if "模拟" in spec]


def test_a_cell_holds_the_printed_digits_and_no_others(demo):
    """What puts points below each other is drawn, not written: a copied cell says 93, not 93.0."""
    html = (demo / "5_published/site/indicators/inspection_pass_rate.html").read_text(encoding="utf-8")
    cells = [c.split("<td")[-1].partition(">")[2] for c in html.split("</td>")]
    padded = [c for c in cells if '<span class="pad"' in c and 'value="93"' in c]
    assert padded
    assert {re.sub(r"<[^>]*>", "", c).strip() for c in padded} == {"93"}
