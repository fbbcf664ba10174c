"""Which values a line may join."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zhiheng.publish.joins import joins


def pairs(*figures):
    return [(a.period.text, b.period.text, how) for a, b, how in joins(figures)]


def test_neighbours_are_joined_by_a_whole_line(figure):
    assert pairs(figure("2023"), figure("2024")) == [("2023", "2024", "whole")]
    assert pairs(figure("2015-Q4"), figure("2016-Q1")) == [("2015-Q4", "2016-Q1", "whole")]


def test_across_a_gap_the_line_is_dotted(figure):
    assert pairs(figure("2007"), figure("2015")) == [("2007", "2015", "dotted")]


def test_no_line_crosses_a_break(figure):
    assert pairs(figure("2015"), figure("2021", run="2021"), figure("2022", run="2021")) == [
        ("2021", "2022", "whole")
    ]


def test_simulated_values_are_joined_dashed_and_never_across_a_gap(figure):
    simulated = [figure(p, series_code="simulated") for p in ("2012", "2013", "2015")]
    assert pairs(*simulated) == [("2012", "2013", "dashed")]


def test_series_and_areas_are_not_joined_to_each_other(figure):
    assert pairs(figure("2016"), figure("2017", series_code="simulated")) == []
    assert pairs(figure("2016"), figure("2017", area_code="CN")) == []


def test_values_that_conflict_are_joined_to_nothing(figure):
    assert pairs(figure("2023"), figure("2024", 85.6), figure("2024", 85.86), figure("2025")) == []


def test_missing_values_and_spans_are_joined_to_nothing(figure):
    assert pairs(figure("2015"), figure("2016", None), figure("2017")) == []
    assert pairs(figure("2006/2010"), figure("2011/2015")) == []


@given(st.data())
def test_a_line_never_joins_two_runs_two_series_or_two_areas(data):
    import dataclasses

    from tests.publish.conftest import BLANK
    from zhiheng.framework.periods import parse

    figures = [
        dataclasses.replace(
            BLANK,
            figure_id=f"{i:016x}",
            period=parse(str(data.draw(st.integers(2000, 2010)))),
            run=data.draw(st.sampled_from([None, "2004", "2008"])),
            series_code=(code := data.draw(st.sampled_from(["published", "computed", "simulated"]))),
            simulated=code == "simulated",
            area_code=data.draw(st.sampled_from(["450200", "CN"])),
        )
        for i in range(data.draw(st.integers(0, 12)))
    ]
    for a, b, how in joins(figures):
        assert (a.run, a.series_code, a.area_code) == (b.run, b.series_code, b.area_code)
        assert a.period < b.period
        assert (how == "dashed") == a.simulated
