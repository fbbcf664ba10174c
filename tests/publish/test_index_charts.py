"""Charts of an index: valid, in the common colours, adding up, and never joining across a break."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.publish import charts, index_charts
from zhiheng.publish.words import Words

WORDS = Words("zh")
NAMES = {"u1": "甲", "u2": "乙", "first": "第一", "second": "第二", "a": "指标甲"}
COMMON: dict[str, Any] = {"names": NAMES, "words": WORDS, "description": "试验"}
VARY = [
    index.Vary("weights", noise=0.25),
    index.Vary("aggregate.method", ["arithmetic", "generalised_mean"]),
]
YEARS = pl.DataFrame(
    [
        (unit, year, value + i, run)
        for i, unit in enumerate(("u1", "u2", "u3"))
        for year, value, run in (
            ("2014", 1.0, "a"), ("2015", 2.0, "a"), ("2016", 4.0, "b"), ("2017", 3.0, "b"), ("2020", 5.0, "b")
        )
    ],
    schema=["unit", "time_period", "value", "run"],
    orient="row",
)  # fmt: skip


def ranks_of(frame: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("value").rank("min", descending=True).over("time_period").cast(pl.Float64)
    return frame.with_columns(rank=rank)


@pytest.fixture(scope="module")
def result() -> index.Result:
    return index.compute(small(), small_data())


@pytest.fixture(scope="module")
def every_chart(result: index.Result) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    vary = [VARY[0], index.Vary("normalise", [{"method": "min_max"}, {"method": "rank"}])]
    ranks = index.uncertainty(small(), small_data(), vary=vary, n=60, rng=rng).ranks
    indices = index.sensitivity(small(), small_data(), vary=vary, n=16, n_boot=20, rng=rng).indices
    errors = small_data().with_columns(pl.exclude("unit") * 0.05)
    sets = index.sampling_error(small(), small_data(), std_errors=errors).rank_confidence()
    pairs = pl.DataFrame(
        [("b", "a", 0.8, None), ("c", "a", -0.7, "negative"), ("c", "b", None, None)],
        schema=["code", "other", "correlation", "flag"], orient="row",
    )  # fmt: skip
    ends = dict(result.values.select("unit", "all").iter_rows())
    parts = index.of_difference(result, "u2", "u1")
    return {
        "index bars": index_charts.index_bars(
            result.contributions(), result.tree, level="pillar", **COMMON
        ),
        "framework tree": index_charts.framework_tree(result.tree, **COMMON),
        "waterfall": index_charts.waterfall(
            parts, start=("甲", ends["u1"]), end=("乙", ends["u2"]), **COMMON
        ),
        "rank intervals": index_charts.rank_intervals(ranks, simulated=True, **COMMON),
        "rank sets": index_charts.rank_sets(sets, **COMMON),
        "sobol": index_charts.sobol(indices, **COMMON),
        "profile": index_charts.profile(
            result.values, own="u1", nodes=["first", "a", "b"], peers=["u2"], **COMMON
        ),
        "correlations": index_charts.correlation_map(pairs, **COMMON),
        "slope": index_charts.slope(YEARS, front=["u1"], unit="分", **COMMON),
        "bump": index_charts.bump(ranks_of(YEARS), simulated=True, **COMMON),
    }  # fmt: skip


def data_of(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """Return what every layer of a mark draws."""
    return [
        datum
        for layer in spec["layer"]
        if layer["mark"]["type"] == mark
        for datum in spec["datasets"][layer["data"]["name"]]
    ]


def test_every_kind_of_chart_is_valid_and_drawn_in_named_colours(every_chart):
    for kind, chart in every_chart.items():
        chart.to_dict()  # validates
        text = json.dumps(charts.spec(chart))
        assert {c[1:] for c in re.findall(r'"(@\w+)"', text)} <= charts.PALETTE["light"].keys(), kind
        assert not re.search(r'"#[0-9a-f]{3,6}"', text), kind
        assert charts.spec(chart)["description"] == "试验"
        assert json.dumps(charts.spec(chart)) == text, "the same bytes every time"


def test_charts_can_be_pictures_without_a_browser(every_chart):
    import vl_convert

    for kind, chart in every_chart.items():
        plain = charts.painted(charts.spec(chart), "light") | {"width": 600}
        svg = vl_convert.vegalite_to_svg(plain)
        assert svg.count("<path") > 3, kind
        assert "NaN" not in svg, kind


def test_segments_add_up_to_the_index(every_chart, result):
    lengths: dict[str, float] = {}
    for datum in data_of(charts.spec(every_chart["index bars"]), "bar"):
        lengths[datum["row"]] = lengths.get(datum["row"], 0) + datum["x2"] - datum["x"]
    expected = {NAMES.get(u, u): v for u, v in result.values.select("unit", "all").iter_rows()}
    assert lengths == pytest.approx(expected)
    assert list(lengths) == sorted(expected, key=lambda u: -expected[u]), "from the best down"


def test_the_tree_has_every_node_but_the_index_and_its_weight(every_chart):
    """The second pillar weighs 3 of 4, so each of its two indicators 37.5%."""
    told = {d["name"]: d["text"] for d in data_of(charts.spec(every_chart["framework tree"]), "text")}
    assert told == {
        "第一": "25.0%", "第二": "75.0%", "指标甲": "12.5%", "b": "12.5%", "c": "37.5%", "d": "37.5%",
    }  # fmt: skip


def test_an_assumed_weight_is_marked_in_the_tree(result):
    tree = result.tree.with_columns(
        status=pl.when(code="a").then(pl.lit("assumed")).otherwise(pl.col("status"))
    )
    told = {
        d["name"]: d["text"]
        for d in data_of(charts.spec(index_charts.framework_tree(tree, **COMMON)), "text")
    }
    assert told["指标甲"] == "12.5% 假"
    assert told["b"] == "12.5%"


def test_a_waterfall_leads_from_one_value_to_the_other(every_chart):
    spec = charts.spec(every_chart["waterfall"])
    bars, ends = data_of(spec, "bar"), data_of(spec, "point")
    assert bars[0]["x"] == ends[0]["x"]
    for before, after in itertools.pairwise(bars):
        assert after["x"] == before["x2"]
    assert bars[-1]["x2"] == pytest.approx(ends[-1]["x"])


def test_many_steps_become_one(result):
    parts = index.of_difference(result, "u2", "u1")
    ends = dict(result.values.select("unit", "all").iter_rows())
    chart = index_charts.waterfall(
        parts, start=("u1", ends["u1"]), end=("u2", ends["u2"]), shown=2, **COMMON
    )  # fmt: skip
    bars = data_of(charts.spec(chart), "bar")
    assert len(bars) == 2
    assert bars[-1]["x2"] == pytest.approx(ends["u2"])


@pytest.mark.parametrize("kind", ["slope", "bump"])
def test_no_line_crosses_a_break(every_chart, kind):
    """The runs change between 2015 and 2016."""
    joined = [(d["x"], d["x2"]) for d in data_of(charts.spec(every_chart[kind]), "rule")]
    assert joined
    assert not [pair for pair in joined if pair[0] < 2015.5 < pair[1]]
    assert ((2017, 2020) in joined) == (kind == "slope"), "simulated values are not joined across a gap"


def test_simulated_points_are_hollow(every_chart):
    for kind in ("rank intervals", "bump"):
        points = [x for x in charts.spec(every_chart[kind])["layer"] if x["mark"]["type"] == "point"]
        assert {point["mark"]["fill"] for point in points} == {"@paper"}


def test_the_two_kinds_of_interval_never_share_a_chart(every_chart):
    assert "low2" not in json.dumps(charts.spec(every_chart["rank intervals"]))
    assert "median" not in json.dumps(charts.spec(every_chart["rank sets"]))


def test_nothing_is_drawn_where_there_is_nothing(result):
    one = YEARS.filter(time_period="2014")
    assert index_charts.slope(one, **COMMON) is None
    assert index_charts.bump(ranks_of(one), **COMMON) is None
    same = index.of_difference(result, "u1", "u1")
    assert index_charts.waterfall(same, start=("u1", 1.0), end=("u1", 1.0), **COMMON) is None
