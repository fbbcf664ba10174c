"""Weighted rates of a city: whose weights, which period's, and what is done where there is no sample."""

from __future__ import annotations

import polars as pl
import pytest

from tests.measures_city import LIUNAN, LIUZHOU, YUFENG, city, goods, output, run
from zhiheng.errors import ZhihengError
from zhiheng.numerics import intervals

WEIGHTS = "weights: {table: output, amount: {sum: value}}, "


def measure(*, policy="fail", areas="pooled", weights=WEIGHTS, frequency="year", more=""):
    kind = "kind: weighted_rate, series: computed, table: goods, strata: industry, "
    parts = 'numerator: {count: good}, denominator: {count: "true"}, '
    policies = f"areas: {areas}, without_sample: {policy}, frequency: {frequency}"
    return f"{{{kind}{parts}{weights}{policies}{more}}}"


SAMPLE = [
    goods(YUFENG, "C3610", "2015-03-02", 90, 10),
    goods(YUFENG, "C31", "2015-04-02", 40, 10),
    goods(LIUNAN, "C31", "2015-04-02", 30, 20),
]
OUTPUT = [
    output(
        (YUFENG, "C3610", "2015", 30), (YUFENG, "C31", "2015", 10), (LIUNAN, "C31", "2015", 60),
        (YUFENG, "C3610", "2014", 1), (YUFENG, "C31", "2014", 1), (LIUNAN, "C31", "2014", 1),
    )
]  # fmt: skip


def test_each_area_has_its_own_weights(tmp_path):
    """Yufeng: (30 x 90% + 10 x 80%) / 40. Liunan: 60%. The city pools 70 of 100 in steel, which weighs 70."""
    made = run(city(tmp_path, measure(), unit="percent"), goods=SAMPLE, output=OUTPUT)
    assert made.value(YUFENG, "2015") == pytest.approx(87.5, rel=1e-14)
    assert made.value(LIUNAN, "2015") == pytest.approx(60, rel=1e-14)
    assert made.value(LIUZHOU, "2015") == pytest.approx(0.3 * 90 + 0.7 * 70, rel=1e-14)
    assert made.value(LIUZHOU, "2015", "n_obs") == 200
    assert made.value(LIUZHOU, "2015", "coverage") == 100


def test_counties_combined_by_their_own_weight(tmp_path):
    """Yufeng's 87.5% weighs 40, Liunan's 60% weighs 60."""
    made = run(city(tmp_path, measure(areas="combined"), unit="percent"), goods=SAMPLE, output=OUTPUT)
    assert made.value(YUFENG, "2015") == pytest.approx(87.5, rel=1e-14)
    assert made.value(LIUZHOU, "2015") == pytest.approx(0.4 * 87.5 + 0.6 * 60, rel=1e-14)


def test_weights_of_another_period(tmp_path):
    """Quarters weighed by the year before: in 2014 both industries weighed the same."""
    weights = "weights: {table: output, amount: {sum: value}, frequency: year, lag: 1}, "
    one_quarter = [goods(YUFENG, "C3610", "2015-05-02", 90, 10), goods(YUFENG, "C31", "2015-04-02", 40, 10)]
    there = city(tmp_path, measure(weights=weights, frequency="quarter"), unit="percent")
    made = run(there, goods=one_quarter, output=OUTPUT)
    assert made.value(YUFENG, "2015-Q2") == pytest.approx(85, rel=1e-14)


def test_the_margin_is_wilsons_with_the_effective_number(tmp_path):
    more = ", margin: design_based, interval: wilson"
    made = run(city(tmp_path, measure(more=more), unit="percent"), goods=SAMPLE, output=OUTPUT)
    effective = 0.875 * 0.125 / 0.00070625
    low, high = intervals.wilson(0.875 * effective, effective, 0.95)
    assert made.value(YUFENG, "2015", "ci_low") == pytest.approx(100 * low, rel=1e-12)
    assert made.value(YUFENG, "2015", "ci_high") == pytest.approx(100 * high, rel=1e-12)
    assert made.value(YUFENG, "2015", "interval") == "wilson"


def test_no_variation_gets_a_status_and_no_limits(tmp_path):
    more = ", margin: design_based, interval: wilson"
    sample = [goods(YUFENG, "C3610", "2015-03-02", 50, 0), goods(YUFENG, "C31", "2015-03-02", 50, 0)]
    made = run(city(tmp_path, measure(more=more), unit="percent"), goods=sample, output=OUTPUT[:1])
    row = {c: made.value(YUFENG, "2015", c) for c in ("obs_value", "obs_status", "ci_low", "std_error")}
    assert row == {"obs_value": 100, "obs_status": "margin_not_defined", "ci_low": None, "std_error": None}


# ---- strata without a sample --------------------------------------------------------------------

PARTLY = [goods(YUFENG, "C3610", "2015-03-02", 90, 10)]
MORE_OUTPUT = [
    output((YUFENG, "C3610", "2015", 30), (YUFENG, "C3660", "2015", 10), (YUFENG, "C31", "2015", 60))
]


def rules(error):
    return {(p.rule, p.found) for p in error.value.problems}


def test_by_default_it_fails_and_names_the_strata(tmp_path):
    with pytest.raises(ZhihengError) as error:
        run(city(tmp_path, measure(), unit="percent"), goods=PARTLY, output=MORE_OUTPUT)
    assert rules(error) == {("stratum_without_sample", "C31, C3660")}


def test_dropped_strata_are_reported_with_the_range(tmp_path):
    """30 of 100 of the weight has a sample, at 90%: 27% of everything conforms for sure, 97% at most."""
    made = run(city(tmp_path, measure(policy="drop"), unit="percent"), goods=PARTLY, output=MORE_OUTPUT)
    shown = [made.value(YUFENG, "2015", c) for c in ("obs_value", "coverage", "range_low", "range_high")]
    assert shown == pytest.approx([90, 30, 27, 97])


def test_merged_strata_take_the_rate_of_their_parent(tmp_path):
    """Parts go with whole vehicles into C36, which weighs 40; steel has a sample of its own."""
    sample = [*PARTLY, goods(YUFENG, "C31", "2015-03-02", 20, 30)]
    made = run(city(tmp_path, measure(policy="merge"), unit="percent"), goods=sample, output=MORE_OUTPUT)
    assert made.value(YUFENG, "2015") == pytest.approx(0.4 * 90 + 0.6 * 40, rel=1e-14)


def test_merging_goes_as_far_up_as_it_takes(tmp_path):
    """Neither parts nor steel has a sample: all of manufacturing has the rate of whole vehicles."""
    made = run(city(tmp_path, measure(policy="merge"), unit="percent"), goods=PARTLY, output=MORE_OUTPUT)
    assert made.value(YUFENG, "2015") == pytest.approx(90, rel=1e-14)


def test_a_sample_without_weight_is_told(tmp_path):
    sample = [*PARTLY, goods(YUFENG, "C3660", "2015-03-02", 0, 50)]
    made = run(
        city(tmp_path, measure(), unit="percent"), goods=sample, output=[output((YUFENG, "C3610", "2015", 1))]
    )
    assert made.value(YUFENG, "2015") == 90
    assert {(p.rule, p.found, p.severity) for p in made.problems} == {
        ("stratum_without_weight", "C3660", "note")
    }


@pytest.mark.parametrize(
    ("amounts", "rule"),
    [
        ([("C3610", 0)], "weights_missing"),
        ([], "weights_missing"),
        ([("C3610", 5), ("C31", -1)], "weight_negative"),
    ],
)
def test_weights_that_say_nothing_stop_the_path(tmp_path, amounts, rule):
    there = [output(*((YUFENG, code, "2015", float(v)) for code, v in amounts))] if amounts else []
    with pytest.raises(ZhihengError) as error:
        run(city(tmp_path, measure(policy="drop"), unit="percent"), goods=PARTLY, output=there)
    assert {p.rule for p in error.value.problems} == {rule}


# ---- given weights ------------------------------------------------------------------------------

GIVEN = """weights: {given: [
  {status: assumed, reason: {zh: 试, en: trial}, valid_to: 2015-12-31,
   weights: [{code: C3610, value: 3}, {code: C31, value: 1}]},
  {ref_area: "450204", status: official, reference: a document, weights: [{code: C31, value: 1}]}]}, """


def test_given_weights_hold_by_date_and_an_areas_own_come_first(tmp_path):
    made = run(city(tmp_path, measure(weights=GIVEN), unit="percent"), goods=SAMPLE)
    assert made.value(YUFENG, "2015") == pytest.approx(87.5, rel=1e-14)
    assert made.value(YUFENG, "2015", "method_status") == "assumed"
    assert made.value(LIUNAN, "2015", "method_status") == "official"


# ---- where it comes from ------------------------------------------------------------------------


def test_an_explanation_leads_back_to_both_tables(tmp_path):
    made = run(city(tmp_path, measure(policy="drop"), unit="percent"), goods=SAMPLE, output=OUTPUT)
    step = made.explain(LIUZHOU, "2015")
    whole, sample, weights = step.inputs
    assert [s.title.en for s in whole.inputs] == ["Steel", "Whole vehicles"]
    assert {n.en: str(v) for n, v in whole.inputs[0].facts}["share of the weight"] == "70.00%"
    assert sorted(part.title.en for part in sample.inputs) == [
        f"Frozen file goods{i}.parquet" for i in range(3)
    ]
    (frozen,) = weights.inputs
    assert {n.en: v for n, v in frozen.facts}["weight"] == "100", "2014 takes no part"


def test_the_order_of_files_and_rows_changes_no_byte(tmp_path):
    def digest(name, files):
        (tmp_path / name).mkdir()
        made = run(city(tmp_path / name, measure(policy="drop"), unit="percent"), goods=files, output=OUTPUT)
        return made.figures.drop("figure_id").write_csv()

    whole = pl.concat(SAMPLE)
    assert digest("a", SAMPLE) == digest("b", SAMPLE[::-1]) == digest("c", [whole.reverse()])
