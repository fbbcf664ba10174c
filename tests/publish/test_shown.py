"""Figures, lights and changes in words, and which figures a page shows first."""

from __future__ import annotations

import dataclasses
import re

import polars as pl
import pytest

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.framework.base import Text
from zhiheng.framework.city import City, load
from zhiheng.framework.indicators import Target
from zhiheng.publish.book import Book
from zhiheng.publish.score_view import change_text, light_of, score_table, target_text
from zhiheng.publish.shown import Voice, flags_used, inside
from zhiheng.publish.tables import Cell, Row, aligned


@pytest.fixture(scope="module")
def city(demo) -> City:
    return load(demo)


@pytest.fixture(scope="module")
def book(city, demo) -> Book:
    return Book(city, pl.read_parquet(demo / "4_computed" / "figures.parquet"))


@pytest.fixture(scope="module")
def zh(city) -> Voice:
    return Voice(city, "zh")


@pytest.fixture(scope="module")
def en(city) -> Voice:
    return Voice(city, "en")


def find(book: Book, indicator: str, period: str, **others):
    wanted = {"ref_area": "450200", "time_period": period, **others}
    return next(row for row in book.rows(indicator) if all(row[k] == v for k, v in wanted.items()))


# ---- figures in words -----------------------------------------------------------------------------


def test_a_bound_is_a_sign_beside_the_number_and_a_word_in_a_sentence(book, zh, en):
    shipped = find(book, "shipments_luosifen", "2017")
    assert (zh.show(shipped).text, zh.show(shipped).spoken, zh.show(shipped).unit) == (
        "> 2,000",
        "超过 2,000",
        "万袋",
    )
    assert en.show(find(book, "process_control_adoption", "2017")).spoken == "at least 90"


def test_a_status_that_is_not_plain_has_a_flag(book, zh):
    row = find(book, "qci", "2023")
    assert (zh.show(row).status, zh.show(row).flag) == ("由公布值推算", "推")
    assert zh.show(find(book, "qci", "2024")).flag is None
    shown = [zh.show(row) for row in book.totals("qci", ["450200"])]
    assert flags_used(shown) == [
        ("推", "由公布值推算"),
        ("期", "公布，期次为推断"),
        ("假", "参数为假定，与官方值不可比"),
    ]


def test_assumed_parameters_and_what_has_no_sample_go_with_the_figure(book, zh, en):
    row = find(book, "inspection_pass_rate", "2017", series="simulated") | {
        "method_status": "assumed", "coverage": 80.0, "range_low": 70.0, "range_high": 90.0,
    }  # fmt: skip
    figure = en.show(row)
    assert (figure.flag, figure.flag_is) == ("a", "assumed parameters; not comparable with official values")
    assert figure.cautions == (
        "assumed parameters; not comparable with official values",
        "strata with a sample hold 80.0% of the weight;"
        " were the rest 0 or 100, the value would lie in 70.0–90.0",
    )
    assert zh.show(row).cautions[0] == "参数为假定，与官方值不可比"
    assert ("a", figure.flag_is) in flags_used([figure])


def test_limits_say_their_level_their_sort_and_that_the_level_was_assumed(book, zh):
    shown = zh.show(find(book, "inspection_pass_rate", "2017", series="simulated"))
    assert shown.simulated
    assert re.fullmatch(r"9\d\.\d–9\d\.\d", shown.limits)
    assert (shown.level, shown.margin) == ("95%（假定）", "模型假定之下")


def test_a_missing_value_is_a_dash_and_says_why(book, zh):
    missing = next(r for r in book.rows("inspection_pass_rate") if r["obs_status"] == "suppressed")
    shown = zh.show(missing)
    assert (shown.value, shown.plain, shown.text, shown.unit) == (None, "", "—", "")
    assert shown.spoken == "记录太少，不显示"


def test_the_language_of_a_source_is_known_where_it_is_not_the_pages(zh, en):
    assert (en.foreign("市场监管总局(2025)"), en.foreign("SAMR"), en.foreign(None)) == ("zh", None, None)
    assert (zh.foreign("rank 1 for 9th year"), zh.foreign("2007年"), zh.foreign("+0.43")) == (
        "en",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("name", "text"), [("Per cent", "per cent"), ("QCI component", "QCI component"), ("行业", "行业")]
)
def test_a_name_loses_its_capital_inside_a_sentence(name, text):
    assert inside(name) == text


# ---- which figures --------------------------------------------------------------------------------


def test_the_citys_own_latest_figure_comes_first(book):
    assert [(r["ref_area"], r["time_period"]) for r in book.headline("qci")] == [("450200", "2024")]


def test_both_of_two_published_values_that_conflict_come_first(book):
    assert sorted(r["obs_value"] for r in book.headline("satisfaction_consumer_services")) == [77.41, 80.4]


def test_breakdowns_stand_for_an_indicator_without_a_total_in_the_order_of_their_codes(book):
    assert [r["pollutant"] for r in book.headline("reduction_projects")] == ["COD", "NH3N", "SO2", "NOX"]


def test_where_the_city_has_no_figure_the_nearest_area_has_the_page(book):
    assert book.subject("manufacturing_pass_rate") == "CN"
    assert book.peers("manufacturing_pass_rate") == []
    assert book.subject("qci") == "450200"
    assert book.subject("reduction_projects") is None


def test_a_published_value_stands_before_a_simulated_one(book):
    assert {r["series"] for r in book.headline("inspection_pass_rate")} == {"published"}


def test_counties_bring_the_codes_they_replaced(book):
    at = book.counties.index("450206")
    assert book.counties[at + 1] == "450221"


# ---- the scorecard --------------------------------------------------------------------------------


@pytest.fixture
def line(book) -> ScoreLine:
    return ScoreLine(
        indicator="qci",
        time_period="2024",
        figures=tuple(book.headline("qci")),
        others=(),
        change=0.45000000000000284,
        change_from="2023",
        change_decimals=2,
        target=Target(
            edition="e",
            name=Text(zh="目标", en="target"),
            ref_area="CN",
            time_period="2025",
            value=86,
            reference="r",
        ),
        target_value=86.0,
        target_bound=">=",
        light="amber",
        light_reason=Text(zh="接近目标", en="close"),
    )


def test_a_change_and_a_target_in_words(zh, city, line):
    qci, rate = city.indicators["qci"], city.indicators["inspection_pass_rate"]
    assert change_text(zh, qci, line) == "+0.45"
    assert change_text(zh, rate, line) == "+0.45 个百分点"
    assert target_text(zh, qci, line) == "≥ 86"
    assert target_text(zh, rate, line) == "≥ 86%"
    nothing = dataclasses.replace(line, change=None, target_value=None)
    assert change_text(zh, qci, nothing) is None
    assert target_text(zh, qci, nothing) is None


def test_a_light_that_rests_on_an_assumed_threshold_says_so(zh, line):
    assert light_of(zh, line).assumed == "界限为假定"
    assert light_of(zh, dataclasses.replace(line, light="green")).assumed is None
    assert light_of(zh, line).word == "接近"


def test_the_scorecard_says_whose_target_it_is(zh, line):
    [row] = score_table(zh, "competitiveness", "QCI", [line]).rows
    assert row.cells[3].below[0].text == "全国，2025年"
    assert row.cells[2].below[0].text == "较2023年"


# ---- tables ---------------------------------------------------------------------------------------


def test_decimal_points_stand_below_each_other(figure):
    cells = [Cell(figures=(figure("2015", 81.0, plain=text),)) for text in ("81.18", "80.0", "81")]
    rows = aligned([Row(cells=[Cell(text="a"), cell]) for cell in cells])
    assert [row.cells[1].pads for row in rows] == [("",), ("0",), (".00",)]
