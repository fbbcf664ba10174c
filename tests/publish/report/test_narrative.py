"""Figures in sentences, in both languages, and what may not be said of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.liuzhou import city_in
from zhiheng.compute.longtable import schema
from zhiheng.compute.scorecard import scorecard
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.publish.book import Book
from zhiheng.publish.report.comparisons import extremes, gap, overlapping, standing, trend
from zhiheng.publish.report.narrative import Narrator
from zhiheng.publish.shown import Voice

LIUZHOU, NATION = "450200", "CN"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return city_in(tmp_path_factory.mktemp("report"))


def row(period: str, value: float | None, **others: Any) -> dict[str, Any]:
    """One row of the long table: a published pass rate of Liuzhou unless told otherwise."""
    given = {
        "figure_id": "", "ref_area": LIUZHOU, "organisation": "quality_office", "time_period": period,
        "indicator": "inspection_pass_rate", "series": "published", "obs_value": value, "decimals": 1,
        "unit_measure": "percent", "obs_status": "published", "basis": "declared", "headline": True,
        "source": others.get("source", "甲"),
    }  # fmt: skip
    return given | others


def table(city: City, rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = schema(city)
    filled = [
        {name: r.get(name, TOTAL if name in city.dimensions else None) for name in columns} for r in rows
    ]
    for i, r in enumerate(filled):
        r["figure_id"] = f"{i:016x}"
    return pl.DataFrame(filled, schema=columns)


def said(city: City, *rows: dict[str, Any], lang: str = "zh", target: float | None = None) -> str:
    """What the report says of the scorecard line that these figures make, without its target unless given."""
    code = rows[0]["indicator"]
    indicator = city.indicators[code]
    targets = [t.model_copy(update={"value": target, "figure": None, "ref_area": LIUZHOU})
               for t in indicator.targets[:1]] if target is not None else []  # fmt: skip
    city = dataclasses.replace(
        city,
        indicators={**city.indicators, code: indicator.model_copy(update={"targets": targets})},
    )
    figures = table(city, list(rows))
    [line] = [line for line in scorecard(city, figures) if line.indicator == code]
    return Narrator(Voice(city, lang), Book(city, figures)).line(line)


SIMULATED = {"series": "simulated", "obs_status": "normal", "basis": "targeted", "source": None}


def limits(low: float, high: float) -> dict[str, Any]:
    return {"ci_low": low, "ci_high": high, "confidence_level": 0.95, "margin": "model_based"}


CASES = {
    "value": (
        [row("2017", 93.0)],
        "2017年柳州产品质量监督抽查合格率为93.0%。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0%.",
    ),
    "rise": (
        [row("2016", 92.5), row("2017", 93.0)],
        "2017年柳州产品质量监督抽查合格率为93.0%。比2016年上升0.5个百分点。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0%. Up 0.5 points since 2016.",
    ),
    "fall": (
        [row("2016", 93.5), row("2017", 93.0)],
        "2017年柳州产品质量监督抽查合格率为93.0%。比2016年下降0.5个百分点。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0%. Down 0.5 points since 2016.",
    ),
    "unchanged": (
        [row("2016", 93.0), row("2017", 93.04)],
        "2017年柳州产品质量监督抽查合格率为93.0%。与2016年持平。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0%. Unchanged since 2016.",
    ),
    "within the margin": (
        [row("2016", 92.5, **limits(91.5, 93.5)), row("2017", 93.0, **limits(92.0, 94.0))],
        "2017年柳州产品质量监督抽查合格率为93.0%（误差范围92.0–94.0，95%（假定），模型假定之下）。"
        "与2016年之差为+0.5个百分点，差的误差范围（−0.9至1.9）包含零，看不出明显变化。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0% (margin 92.0–94.0, 95% (assumed), "
        "model-based). Against 2016 the difference is +0.5 points; its margin (−0.9 to 1.9) holds zero: "
        "no clear change.",
    ),
    "beyond the margin": (
        [row("2016", 90.0, **limits(89.0, 91.0)), row("2017", 93.0)],
        "2017年柳州产品质量监督抽查合格率为93.0%。比2016年上升3.0个百分点。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0%. Up 3.0 points since 2016.",
    ),
    "a bound": (
        [row("2017", 200.0, indicator="sales_vehicles_sgmw", unit_measure="ten_thousand_vehicles", bound=">",
             decimals=0, obs_status="published_period_inferred")],
        "2017年柳州上汽通用五菱年销量超过200万辆（公布，期次为推断）。",
        "Vehicles sold by SGMW, Liuzhou, 2017: more than 2.00 million vehicles "
        "(published, period inferred).",
    ),
    "a bound has no change": (
        [row("2016", 90.0, bound=">="), row("2017", 93.0)],
        "2017年柳州产品质量监督抽查合格率为93.0%。原文只给出界限，与2016年不计算增减。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0%. "
        "Only a bound was stated, so no change since 2016 is computed.",
    ),
    "values that conflict": (
        [row("2016", 92.0), row("2017", 93.0, conflict_group="g"),
         row("2017", 94.0, source="乙", conflict_group="g")],
        "2017年柳州产品质量监督抽查合格率有2个公布值，彼此不同："
        "93.0%（甲）、94.0%（乙）；并列收录，不作取舍。公布值不一致，不计算增减。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 2 published values disagree: 93.0% (甲), "
        "94.0% (乙). All are kept side by side; none is chosen. "
        "Published values disagree, so no change is computed.",
    ),
    "across a break": (
        [row("2015", 84.22, indicator="qci", unit_measure="index", decimals=2),
         row("2021", 86.03, indicator="qci", unit_measure="index", decimals=2, series_break="2021")],
        "2021年柳州制造业质量竞争力指数为86.03。自2021年起属于另一次测算，与以前各期不可比，不说升降。",
        "Manufacturing quality competitiveness index (QCI), Liuzhou, 2021: 86.03. "
        "From 2021 on values belong to another measurement run and do not compare with earlier ones.",
    ),
    "simulated": (
        [row("2017", 93.0, **SIMULATED)],
        "2017年柳州产品质量监督抽查合格率为93.0%（模拟，不是实测）。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: 93.0% (simulated, not measured).",
    ),
    "missing": (
        [row("2017", None, series="simulated", obs_status="suppressed", source=None)],
        "2017年柳州产品质量监督抽查合格率没有可以公布的数：记录太少，不显示。",
        "Pass rate of product supervision sampling, Liuzhou, 2017: no figure to publish "
        "(too few records, not shown).",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "zh", "en"), CASES.values(), ids=CASES)
def test_a_figure_in_a_sentence(city, rows, zh, en):
    assert said(city, *rows) == zh
    assert said(city, *rows, lang="en") == en


TARGETS = {
    "met": ([row("2017", 93.0)], 90.0, "达到目标", "It meets the target"),
    "missed": ([row("2017", 89.0)], 90.0, "未达到目标（≥ 90%，2015年），相差1.0个百分点。",
               "It misses the target (≥ 90%, 2015) by 1.0 points."),
    "a bound that settles it": ([row("2017", 91.0, bound=">")], 90.0, "达到目标", "It meets the target"),
    "a bound that does not": ([row("2017", 89.0, bound=">")], 90.0, "原文只给出界限，不能判断",
                              "Only a bound was stated, which does not tell"),
    "within the margin": ([row("2017", 89.5, **limits(88.5, 90.5))], 90.0,
                          "目标在误差范围之内，不能断定。", "The target lies within the margin"),
    "values on both sides": ([row("2017", 89.0, conflict_group="g"),
                              row("2017", 91.0, source="乙", conflict_group="g")], 90.0,
                             "公布值不一致，不能判断是否达到目标", "disagree on whether it meets the target"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "goal", "zh", "en"), TARGETS.values(), ids=TARGETS)
def test_a_target_in_a_sentence(city, rows, goal, zh, en):
    assert zh in said(city, *rows, target=goal)
    assert en in said(city, *rows, target=goal, lang="en")


def test_a_missed_target_that_rests_on_an_assumed_threshold_says_so(city):
    assert "界限是假定的" in said(city, row("2017", 50.0), target=90.0)
    assert "界限是假定的" not in said(city, row("2017", 95.0), target=90.0)


def areas(*values: float | tuple[float, ...], of: tuple[str, ...]) -> list[dict[str, Any]]:
    found = []
    for area, value in zip(of, values, strict=False):
        found += [row("2017", v, ref_area=area) for v in (value if isinstance(value, tuple) else (value,))]
    return found


CITIES = ("440300", "350100", "350200", "420100")
RANKS = {
    "third of four": (CITIES, (95.0, 94.0, 90.0), "4个市级地区（含本市）中居第3位", "4 areas at city level"),
    "tied": (CITIES, (95.0, 93.0, 90.0), "与另外1个地区并列第2位", "in place 2, tied with 1 other(s)"),
    "an area whose values disagree is left out": (CITIES, (95.0, 94.0, (92.0, 96.0)),
                                                  "3个市级地区（含本市）中居第3位", "3 areas at city level"),
    "two are too few": (CITIES, (95.0, (92.0, 94.0)), "同期公布数：", "Published for the same period: "),
    "never with the nation and provinces": (("CN", "310000", "440300"), (95.0, 94.0, 90.0),
                                            "同期公布数：全国（95.0%）", "Published for the same period: "),
}  # fmt: skip


@pytest.mark.parametrize(("of", "others", "zh", "en"), RANKS.values(), ids=RANKS)
def test_a_rank_among_comparators_of_the_citys_level(city, of, others, zh, en):
    rows = [row("2017", 93.0), *areas(*others, of=of)]
    assert zh in said(city, *rows)
    assert en in said(city, *rows, lang="en")
    if "同期" in zh:
        assert "位（" not in said(city, *rows)


def test_values_that_disagree_have_no_rank(city):
    own = [row("2017", v, source=s, conflict_group="g") for v, s in ((93.0, "甲"), (94.0, "乙"))]
    assert "同期公布数" in said(city, *own, *areas(95.0, 94.5, 90.0, of=CITIES))


def test_a_simulated_figure_has_no_rank(city):
    assert "市级地区" not in said(city, row("2017", 93.0, **SIMULATED), *areas(95.0, 94.0, 90.0, of=CITIES))


def test_best_and_worst_county_with_ties_and_simulated(city):
    rows = [
        row("2017", v, ref_area=a, **SIMULATED)
        for a, v in (("450202", 95.0), ("450203", 95.0), ("450204", 90.0))
    ]
    figures = table(city, rows)
    book = Book(city, figures)
    text = Narrator(Voice(city, "zh"), book).counties(book.totals("inspection_pass_rate", book.counties))
    assert text == (
        "2017年有数的3个县区中，最好的是城中区、鱼峰区（95.0%），最差的是柳南区（90.0%）（模拟，不是实测）。"
    )


COUNT = {"indicator": "brand_products", "unit_measure": "count", "decimals": 0}


def of_counties(city: City, rows: list[dict[str, Any]], lang: str = "zh") -> str | None:
    book = Book(city, table(city, rows))
    return Narrator(Voice(city, lang), book).counties(book.totals(rows[0]["indicator"], book.counties))


def test_of_a_count_there_are_a_most_and_a_least_but_no_best(city):
    children = city.areas.children(LIUZHOU)
    rows = [row("2017", float(i), ref_area=a, **COUNT) for i, a in enumerate(children)]
    text = of_counties(city, rows)
    assert text is not None
    assert f"最多的是{city.areas[children[-1]].name.zh}（{len(children) - 1}个）" in text
    assert f"最少的是{city.areas[children[0]].name.zh}（0个）" in text
    assert "好" not in text and "差" not in text


def test_nothing_is_least_where_a_county_has_no_figure(city):
    rows = [row("2017", v, ref_area=a, **COUNT) for v, a in ((3.0, "450202"), (5.0, "450203"))]
    assert of_counties(city, rows) == "2017年有数的2个县区中，最多的是鱼峰区（5个）。"
    assert "least" not in (of_counties(city, rows, "en") or "")


def test_a_count_grows_by_a_number_of_things_and_a_derived_one_by_about_so_many(city):
    assert "比2016年增加2个。" in said(city, row("2016", 262.0, **COUNT), row("2017", 264.0, **COUNT))
    money = {"indicator": "upgrading_investment", "unit_measure": "hundred_million_yuan"}
    rows = [row("2016", 968.0, decimals=0, obs_status="derived", **money),
            row("2017", 4067.31, decimals=2, **money)]  # fmt: skip
    assert "比2016年（推算）增加约3,099亿元。" in said(city, *rows)
    english = said(city, *rows, lang="en")
    assert "406.731 billion yuan" in english
    assert "Up about 309.9 billion yuan since 2016 (" in english


def test_counties_whose_margins_overlap_have_no_certain_order(city):
    rows = [
        row("2017", 95.0, ref_area="450202", **limits(93.0, 97.0)),
        row("2017", 94.0, ref_area="450203", **limits(92.0, 96.0)),
    ]
    book = Book(city, table(city, rows))
    text = Narrator(Voice(city, "en"), book).counties(book.totals("inspection_pass_rate", book.counties))
    assert text is not None
    assert text.endswith("Their margins overlap, so the order is not certain.")


# ---- the digits behind the words --------------------------------------------------------------------


def plain(value: float | None, **others: Any) -> dict[str, Any]:
    return {"obs_value": value, "bound": None, "ci_low": None, "ci_high": None, "ref_area": "x", **others}


@pytest.mark.parametrize(
    ("earlier", "now", "kind"),
    [
        (plain(1.0), plain(1.2), "rise"),
        (plain(1.2), plain(1.0), "fall"),
        (plain(1.0), plain(1.04), "same"),
        (plain(1.0, ci_low=0.5, ci_high=1.5), plain(1.2), "unclear"),
        (plain(1.0, ci_low=0.95, ci_high=1.05), plain(1.2), "rise"),
        (plain(1.0), plain(1.2, bound=">"), "bounded"),
    ],
)
def test_kinds_of_change(earlier, now, kind):
    assert trend(earlier, now, 1).kind == kind


@pytest.mark.parametrize(
    ("value", "own", "goal", "bound", "kind"),
    [
        (90.0, None, 90.0, ">=", "met"),
        (90.0, None, 90.0, ">", "missed"),
        (90.0, ">", 90.0, ">", "met"),
        (89.0, ">=", 90.0, ">=", "unknown"),
        (89.0, "<", 90.0, ">=", "missed"),
        (90.0, "<", 90.0, ">=", "missed"),
        (91.0, "<=", 90.0, ">=", "unknown"),
        (5.0, None, 5.0, "<=", "met"),
        (4.0, "<", 5.0, "<=", "met"),
        (6.0, "<", 5.0, "<=", "unknown"),
        (6.0, ">", 5.0, "<=", "missed"),
        (None, None, 5.0, "<=", "missing"),
    ],
)
def test_targets_and_values_known_by_a_bound(value, own, goal, bound, kind):
    assert gap([plain(value, bound=own)], goal, bound).kind == kind


def test_the_lower_is_better_where_the_indicator_says_so():
    others = [plain(1.0, ref_area="a"), plain(3.0, ref_area="b")]
    found = standing([plain(2.0)], others, "lower")
    assert found is not None
    assert (found.first, found.last, found.of) == (2, 2, 3)
    assert standing([plain(2.0)], others, "none") is None
    best, worst = extremes(others, "lower") or ([], [])
    assert (best[0]["ref_area"], worst[0]["ref_area"]) == ("a", "b")


def test_limits_that_touch_overlap():
    assert overlapping(plain(1.0, ci_low=0.5, ci_high=1.5), plain(2.0, ci_low=1.5, ci_high=2.5))
    assert not overlapping(plain(1.0), plain(1.5))


def test_nothing_here_rounds_by_itself():
    """Numbers become text in `publish.numbers` only."""
    import zhiheng.publish.report as package

    for path in Path(package.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "round(" not in text, path.name
        assert ":.1f" not in text and ":.2f" not in text, path.name
