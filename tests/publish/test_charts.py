"""Charts: valid, the same every time, and honest about what is simulated, missing or disagreed on."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from zhiheng.framework.periods import parse
from zhiheng.publish import charts
from zhiheng.publish.chart_layers import KINDS, Target, position, spread
from zhiheng.publish.words import Words

WORDS = Words("zh")
COLOUR = re.compile(r'"(@\w+)"')


@pytest.fixture
def qci(figure):
    """A series with everything: two runs, a derived value, a conflict, a simulated one with limits."""
    return [
        figure("2007", 79.93),
        figure("2015", 84.22),
        figure("2021", 86.03, run="2021"),
        figure("2023", 85.6, run="2021", status_code="derived"),
        figure("2024", 86.05, run="2021", conflict=True),
        figure("2024", 86.5, run="2021", conflict=True),
        figure("2015", 84.0, series_code="simulated", limits="83.0–85.0", level="95%"),
        figure("2016", None, series_code="simulated"),
        figure("2011/2013", 82.0, status_code="published_period_inferred"),
    ]


def series_chart(figures, **others):
    given = {
        "unit": "指数",
        "breaks": [parse("2021")],
        "targets": [Target(period=parse("2025"), value=86.0, label="目标：86")],
        "limits": {figures[6].figure_id: (83.0, 85.0)} if len(figures) > 6 else {},
        "words": WORDS,
        "description": "柳州：质量竞争力指数",
    }
    return charts.series(figures, **(given | others))


@pytest.fixture
def every_chart(qci, figure):
    areas = [
        figure("2024", v, area=a, area_code=a) for a, v in (("A", 3.0), ("B", 2.0), ("C", 1.0), ("C", 1.5))
    ]
    lines = [figure(str(y), y % 7, area=a, area_code=a) for a in "ABC" for y in (2020, 2021, 2023)]
    common = {"own": "A", "unit": "%", "words": WORDS, "description": "d"}
    return {
        "series": series_chart(qci),
        "ranked": charts.ranked(areas, limits={}, **common),
        "ranked with limits": charts.ranked(areas, limits={areas[0].figure_id: (2.5, 3.5)}, **common),
        "lines": charts.lines(lines, above=["B"], **common),
    }


def data_of(spec, layer):
    return spec["datasets"][layer["data"]["name"]]


def test_every_kind_of_chart_is_valid_vega_lite(every_chart):
    for chart in every_chart.values():
        chart.to_dict()  # validates


def test_the_same_chart_has_the_same_bytes(qci):
    first, second = (json.dumps(charts.spec(series_chart(qci))) for _ in range(2))
    assert first == second


def test_every_colour_is_a_name_that_both_looks_know(every_chart):
    for chart in every_chart.values():
        plain = charts.spec(chart)
        text = json.dumps(plain)
        assert {c[1:] for c in COLOUR.findall(text)} <= charts.PALETTE["light"].keys()
        assert not re.search(r'"#[0-9a-f]{3,6}"', text)
        for look in ("light", "dark"):
            assert not COLOUR.search(json.dumps(charts.painted(plain, look)))


def test_the_style_sheet_has_the_colours_of_the_charts():
    css = (resources.files("zhiheng.publish") / "assets" / "site.css").read_text(encoding="utf-8")
    for palette in charts.PALETTE.values():
        for name, colour in palette.items():
            assert f"--{name}: {colour};" in css


def test_simulated_values_are_hollow_dashed_and_named_so(qci):
    outline, inside, _ = KINDS["simulated"]
    assert (outline, inside) == ("@simulated", "@paper")
    points = series_chart(qci).to_dict()["layer"][-1 - 2]
    domain = points["encoding"]["fill"]["scale"]["domain"]
    assert "模拟" in domain[-1]
    assert points["encoding"]["fill"]["scale"]["range"][-1] == "@paper"


def test_conflicting_values_are_both_drawn(qci):
    spec = charts.spec(series_chart(qci))
    points = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "point")
    assert [p["y"] for p in data_of(spec, points) if p["x"] == 2024] == [86.05, 86.5]


def test_a_missing_value_is_not_drawn(qci):
    spec = charts.spec(series_chart(qci))
    assert "null" not in json.dumps(spec["datasets"])


def test_no_drawn_line_crosses_a_break(qci):
    spec = charts.spec(series_chart(qci))
    for layer in spec["layer"]:
        if layer["mark"]["type"] == "rule":
            for d in data_of(spec, layer):
                if "x2" in d and "y2" in d:
                    assert not (d["x"] < 2020.5 < d["x2"]), d


def test_one_period_makes_no_chart_and_two_areas_no_ranking(figure):
    assert series_chart([figure("2015")]) is None
    two = [figure("2015", area="A"), figure("2015", area="B")]
    assert charts.ranked(two, own="A", unit="", limits={}, words=WORDS, description="") is None


@pytest.mark.parametrize(
    ("period", "at"), [("2015", 2015), ("2015-Q1", 2014.625), ("2015-07", 2015.0417), ("2012/2017", 2014.5)]
)
def test_periods_stand_at_their_middle(period, at):
    assert position(parse(period)) == pytest.approx(at, abs=1e-4)


def test_labels_that_would_cover_each_other_move_apart():
    labels = [{"x": 2024, "y": 86.05}, {"x": 2024, "y": 85.86}, {"x": 2008, "y": 86.0}]
    placed = spread(labels, gap=1.0, near=3)
    assert [d["y"] for d in placed] == [86.05, 86.0, 85.05]
