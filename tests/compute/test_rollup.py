"""Areas and industries rolled up, each amount once, and areas that were divided or merged since."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measures_city import LIUNAN, LIUZHOU, YUFENG, city, goods, output, run
from zhiheng.errors import ZhihengError

COUNT = "{kind: count, series: computed, table: goods, by: [industry]}"
TOTAL = "{kind: total, series: computed, table: output, field: value, by: [industry]}"
PARENTS = {"C3610": "C36", "C3660": "C36", "C36": "C", "C31": "C", "C": None}


def test_a_parent_code_adds_up_its_own_records_and_its_childrens(tmp_path):
    """2 of whole vehicles, 3 recorded as motor vehicles only, 5 of steel."""
    sample = [goods(YUFENG, code, "2015-03-02", n, 0) for code, n in (("C3610", 2), ("C36", 3), ("C31", 5))]
    made = run(city(tmp_path, COUNT), goods=sample)
    shown = {code: made.value(YUFENG, "2015", industry=code) for code in ("C3610", "C36", "C31", "C", "_T")}
    assert shown == {"C3610": 2, "C36": 5, "C31": 5, "C": 10, "_T": 10}
    (row,) = made.figures.filter(ref_area=YUFENG, industry="C36").rows(named=True)
    assert row["n_obs"] == 5


@given(st.lists(st.tuples(st.sampled_from(sorted(PARENTS)), st.integers(1, 4)), min_size=1, max_size=8))
@settings(max_examples=12)
def test_a_walk_up_from_every_record_says_the_same(tmp_path_factory, rows):
    made = run(
        city(tmp_path_factory.mktemp("city"), COUNT),
        goods=[goods(YUFENG, code, "2015-03-02", n, 0) for code, n in rows],
    )
    expected: dict[str, int] = {}
    for code, n in rows:
        step: str | None = code
        while step is not None:
            expected[step] = expected.get(step, 0) + n
            step = PARENTS[step]
    found = made.figures.filter(ref_area=YUFENG, time_period="2015")
    assert dict(found.select("industry", "obs_value").rows()) == expected | {"_T": sum(n for _, n in rows)}


# ---- rows that are sums already -----------------------------------------------------------------


def sums(folder, policy, line=TOTAL):
    edits = {"framework/contracts/output.yaml": (
        "fields:", f"aggregates: {{whole_and_parts: {policy}}}\nfields:"
    )}  # fmt: skip
    return city(folder, line, edits=edits)


CITY_AND_COUNTIES = [
    output((LIUZHOU, "C31", "2015", 100.0), (YUFENG, "C31", "2015", 60.0)),
    output((LIUNAN, "C31", "2015", 30.0), (LIUZHOU, "C31", "2014", 90.0)),
]


def test_a_city_beside_its_counties_is_refused_by_default(tmp_path):
    with pytest.raises(ZhihengError) as error:
        run(sums(tmp_path, "fail"), output=CITY_AND_COUNTIES)
    assert {(p.rule, p.found) for p in error.value.problems} == {
        ("whole_and_parts", f"{LIUZHOU} + {YUFENG}, {LIUNAN}")
    }


@pytest.mark.parametrize(("policy", "city_value"), [("parts", 90), ("whole", 100)])
def test_never_both_are_counted(tmp_path, policy, city_value):
    made = run(sums(tmp_path, policy), output=CITY_AND_COUNTIES)
    assert made.value(LIUZHOU, "2015") == city_value
    assert made.value(LIUZHOU, "2015", industry="C31") == city_value
    assert made.value(LIUZHOU, "2014") == 90, "there the city stands alone"
    assert (made.value(YUFENG, "2015"), made.value(LIUNAN, "2015")) == (60, 30)


@pytest.mark.parametrize(("policy", "expected"), [("parts", 70), ("whole", 80)])
def test_a_division_beside_its_classes(tmp_path, policy, expected):
    """Motor vehicles 80; of them whole vehicles 50 and parts 20; steel 10 beside."""
    rows = [output((YUFENG, "C36", "2015", 80.0), (YUFENG, "C3610", "2015", 50.0),
                   (YUFENG, "C3660", "2015", 20.0), (YUFENG, "C31", "2015", 10.0))]  # fmt: skip
    made = run(sums(tmp_path, policy), output=rows)
    assert made.value(YUFENG, "2015", industry="C36") == expected
    assert made.value(YUFENG, "2015") == made.value(LIUZHOU, "2015") == expected + 10


def test_sums_without_a_whole_are_added_up_as_records_are(tmp_path):
    made = run(
        sums(tmp_path, "fail"), output=[output((YUFENG, "C31", "2015", 1.0), (LIUNAN, "C3610", "2015", 2.0))]
    )
    assert made.value(LIUZHOU, "2015") == 3
    assert made.value(LIUZHOU, "2015", industry="C") == 3


def test_the_explanation_names_the_rows_that_were_counted_and_no_others(tmp_path):
    made = run(sums(tmp_path, "parts"), output=CITY_AND_COUNTIES)
    (reduced,) = made.explain(LIUZHOU, "2015").inputs
    assert {n.en: v for n, v in reduced.facts}["key ref_area"] == f"{YUFENG}, {LIUNAN}"
    assert [{n.en: v for n, v in part.facts}["total"] for part in reduced.inputs] == ["60", "30"]


# ---- areas that changed -------------------------------------------------------------------------

OLD = "450299"
DIVIDED = f"""areas:
  - ref_area: "{OLD}"
    name: {{zh: 旧区, en: Old}}
    parent: "450200"
    code_system: project
    divided:
      - by: population
        parts:
          - {{ref_area: "{YUFENG}", share: 0.6, status: official, reference: a census}}
          - {{ref_area: "{LIUNAN}", share: 0.4, status: official, reference: a census}}
"""


def changed(folder, line, more=DIVIDED):
    return city(folder, line, edits={"framework/areas.yaml": ("areas:\n", more)})


OLD_OUTPUT = [output((OLD, "C31", "2014", 10.0), (YUFENG, "C31", "2014", 1.0), (LIUNAN, "C31", "2015", 7.0))]
BY_SHARES = TOTAL.replace("by:", "divided: population, by:")


def test_amounts_of_a_divided_area_are_allocated_and_labelled(tmp_path):
    """10 in the old area: 6 to Yufeng beside its own 1, 4 to Liunan; the city has all of it, counted."""
    made = run(changed(tmp_path, BY_SHARES), output=OLD_OUTPUT)
    areas = (YUFENG, LIUNAN, LIUZHOU)
    assert [made.value(area, "2014") for area in areas] == [7, 4, 11]
    statuses = [made.value(area, "2014", "obs_status") for area in areas]
    assert statuses == ["estimated", "estimated", "normal"]
    assert (made.value(LIUNAN, "2015"), made.value(LIUNAN, "2015", "obs_status")) == (7, "normal")
    assert OLD not in made.figures["ref_area"].to_list()


def test_a_rate_of_allocated_amounts_has_no_margin(tmp_path):
    line = "{kind: rate, series: computed, table: goods, divided: population, margin: design_based, "
    line += 'interval: wilson, numerator: {count: good}, denominator: {count: "true"}}'
    made = run(changed(tmp_path, line), goods=[goods(OLD, "C31", "2014-03-02", 30, 20)])
    names = ("obs_value", "numerator", "denominator", "n_obs", "ci_low")
    row = {name: made.value(YUFENG, "2014", name) for name in names}
    assert row == {"obs_value": 60, "numerator": 18, "denominator": 30, "n_obs": 50, "ci_low": None}
    assert made.value(LIUZHOU, "2014", "ci_low") is not None


@pytest.mark.parametrize(
    ("line", "rule"),
    [(TOTAL, "area_divided"),
     ("{kind: mean, series: computed, table: output, field: value, divided: population}", "area_share_mean")],
)  # fmt: skip
def test_what_cannot_be_allocated_stops_the_path(tmp_path, line, rule):
    with pytest.raises(ZhihengError) as error:
        run(changed(tmp_path, line), output=OLD_OUTPUT)
    assert {p.rule for p in error.value.problems} == {rule}


def test_shares_that_one_divided_area_lacks_are_named(tmp_path):
    another = DIVIDED + DIVIDED.removeprefix("areas:\n").replace(OLD, "450298").replace(
        "population", "output"
    )
    with pytest.raises(ZhihengError) as error:
        run(changed(tmp_path, BY_SHARES, another), output=[output(("450298", "C31", "2014", 1.0))])
    assert {(p.rule, p.found) for p in error.value.problems} == {("area_share_missing", "450298")}


def test_as_recorded_keeps_the_old_area_in_the_city(tmp_path):
    made = run(changed(tmp_path, TOTAL.replace("by:", "divided: as_recorded, by:")), output=OLD_OUTPUT)
    assert (made.value(OLD, "2014"), made.value(YUFENG, "2014"), made.value(LIUZHOU, "2014")) == (10, 1, 11)


def test_merged_areas_are_one_series(tmp_path):
    """Two old areas have one successor: their amounts are added up under it, nothing is estimated."""
    line = '  - {ref_area: "CODE", name: {zh: 旧, en: Old}, parent: "450200", code_system: project, '
    line += f'successor: "{YUFENG}"}}\n'
    merged = "areas:\n" + line.replace("CODE", "450298") + line.replace("CODE", OLD)
    rows = [output(("450298", "C31", "2014", 1.0), (OLD, "C31", "2014", 2.0), (YUFENG, "C31", "2015", 4.0))]
    made = run(changed(tmp_path, TOTAL, merged), output=rows)
    assert (made.value(YUFENG, "2014"), made.value(YUFENG, "2014", "obs_status")) == (3, "normal")
    assert made.value(YUFENG, "2015") == 4


def test_the_explanation_says_the_share_and_its_parts_add_up(tmp_path):
    made = run(changed(tmp_path, BY_SHARES), output=OLD_OUTPUT)
    (reduced,) = made.explain(YUFENG, "2014").inputs
    assert {n.en: v for n, v in reduced.facts}["share of Old"] == "0.6"
    assert [{n.en: v for n, v in part.facts}["total"] for part in reduced.inputs] == ["7"]


# ---- no record ----------------------------------------------------------------------------------


def of_output(where_none, basis="census"):
    line = f"{{kind: count, series: computed, table: output, where_none: {where_none}}}"
    return line, {"framework/contracts/output.yaml": ("basis: census", f"basis: {basis}")}


@pytest.mark.parametrize(("where_none", "liunan"), [("zero", 0), ("left_out", None)])
def test_a_county_without_a_record_has_none_only_where_the_register_is_complete(tmp_path, where_none, liunan):
    line, _ = of_output(where_none)
    made = run(
        city(tmp_path, line), output=[output((YUFENG, "C31", "2015", 1.0), (LIUNAN, "C31", "2014", 1.0))]
    )
    found = {
        (area, period): value
        for area, period, value in made.figures.select("ref_area", "time_period", "obs_value").iter_rows()
    }
    assert found.get((LIUNAN, "2015")) == liunan
    assert (found[LIUZHOU, "2015"], found[YUFENG, "2015"]) == (1, 1)
    assert (LIUZHOU, "2013") not in found, "nothing was delivered for 2013, so nothing is said of it"
    if where_none == "zero":
        (reduced,) = made.explain(LIUNAN, "2015").inputs
        assert [part.kind for part in reduced.inputs] == ["part"], "the file in which it has no record"


def test_a_sample_says_nothing_of_where_it_has_no_record(tmp_path):
    line, edits = of_output("zero", basis="probability")
    with pytest.raises(ZhihengError) as caught:
        city(tmp_path, line, edits=edits)
    assert [(p.rule, p.found) for p in caught.value.problems] == [("zero_basis", "probability")]
