"""What records must satisfy, one by one, among each other, and towards other tables."""

from __future__ import annotations

import pytest

from tests.collect.deliveries import BATCH, Office, brief, text, worded
from zhiheng.collect.check import check_city
from zhiheng.errors import Problem, ZhihengError

INSPECTIONS = "framework/contracts/inspections.yaml"
FIGURES = "framework/contracts/figures.yaml"
SOURCES = "framework/contracts/sources.yaml"


def stopped(office: Office) -> list[Problem]:
    """The problems with which a check of the folder stops."""
    with pytest.raises(ZhihengError) as raised:
        check_city(office.city)
    return worded(raised.value.problems)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"batch_id": ""}, "required"),
        ({"sampled_on": "2011-12-31"}, "below_minimum"),
        ({"sampled_on": "2019-01-01", "ref_area": "450206"}, "above_maximum"),
        ({"n_tested": "0", "n_bad": ""}, "below_minimum"),
        ({"n_tested": "10001"}, "above_maximum"),
        ({"n_bad": "-1"}, "below_minimum"),
        ({"value": "-0.01"}, "below_minimum"),
        ({"verdict": "pass"}, "not_in_list"),
        ({"serial": "AB12"}, "pattern_mismatch"),
        ({"serial": "xAB123"}, "pattern_mismatch"),
        ({"serial": "AB123\n"}, "pattern_mismatch"),
        ({"inspector": "王"}, "too_short"),
        ({"inspector": "王" * 21}, "too_long"),
        ({"ref_area": "450299"}, "code_unknown"),
        ({"channel": "柜台"}, "code_unknown"),
    ],
)
def test_constraints(office, change, rule):
    file = office.check_rows(change)
    if change.get("serial", "").endswith("\n"):  # a blank at the end is taken off, also a line feed
        assert [n for n, *_ in brief(file, "note")] == ["blanks_stripped"]
        return
    field = next(iter(change))
    assert [e[:2] for e in brief(file)] == [(rule, f"2 {field}")]
    assert file.bad_rows.row(0)[:3] == (2, field, rule)


def test_limits_themselves_are_allowed(office):
    file = office.check_rows(
        {"sampled_on": "2012-01-01", "n_tested": "10000", "n_bad": "0", "value": "0", "inspector": "王" * 20},
        {"sampled_on": "2018-12-31", "ref_area": "450206", "inspector": "王明", "serial": "AB123"},
    )
    assert brief(file) == []


@pytest.mark.parametrize(
    ("field", "found", "close"),
    [
        ("ref_area", "450211", "450221"),
        ("ref_area", "柳江区", "450206"),
        ("channel", "Online", "online"),
        ("channel", "流通领域", "shop"),
        ("verdict", "conform", "conforming"),
    ],
)
def test_the_fix_names_the_closest_code(office, field, found, close):
    [problem] = office.check_rows({field: found}).problems
    assert f"最接近的：{close}" in problem.fix("zh")


def test_the_total_belongs_to_every_dimension(office):
    assert brief(office.check_rows({"channel": "_T"})) == []


def test_all_bad_cells_of_a_rule_share_a_hundred_shown_problems(office):
    bad = [{"n_bad": "-1", "value": "-1"}] * 80
    file = office.check_rows(*bad)
    shown = [p for p in file.problems if p.rule == "below_minimum"]
    assert len(shown) == 100
    assert sum(p.count for p in shown) == file.bad_rows.height == 160
    assert [p.where.rpartition(":")[2] for p in shown[:3]] == ["2 n_bad", "2 value", "3 n_bad"]


# ---- unified social credit codes --------------------------------------------------------------


CREDIT = "91350100M000100Y43"


@pytest.fixture
def licensed(office: Office) -> Office:
    """An office whose batches carry a credit code in the place of a serial number."""
    serial = 'constraints: {unique: true, pattern: "[A-Z]{2}[0-9]{3}"}'
    office.edit(INSPECTIONS, serial, "format: credit_code")
    return office


def test_sound_credit_codes_and_empty_cells_pass(licensed):
    assert brief(licensed.check_rows({"serial": CREDIT}, {"serial": ""}, {"serial": f" {CREDIT} "})) == []


@pytest.mark.parametrize(
    ("code", "rule", "zh", "en"),
    [
        (CREDIT[:17], "credit_code_length", "有 17 位", "has 17"),
        ("9135O100M000100Y43", "credit_code_character", "第 5 位“O”，也许是 0", 'place 5 is "O", perhaps 0'),
        ("91350100m000100Y43", "credit_code_character", "也许是 M", "perhaps M"),
        ("91350100M000100Y44", "credit_code_check", "应是 3，这里是 4", "call for 3 and 4 stands"),
        ("91350200M000100Y43", "credit_code_check", "错在第 1—8 位或第 18 位", "1 to 8 and 18"),
        ("91350100M00010Y043", "credit_code_check", f"写反的话是 {CREDIT}", f"would be {CREDIT}"),
    ],
)
def test_a_wrong_credit_code_gets_a_hint(licensed, code, rule, zh, en):
    file = licensed.check_rows({"serial": code})
    assert brief(file) == [(rule, "2 serial", code)]
    [problem] = file.problems
    assert zh in problem.fix("zh")
    assert en in problem.fix("en")


def test_an_organisation_code_that_breaks_its_own_check_is_a_warning(licensed):
    file = licensed.check_rows({"serial": "91350100M000100Y56"})
    assert brief(file) == []
    assert brief(file, "warning") == [("credit_code_organisation", "2 serial", "91350100M000100Y56")]
    assert file.may_freeze(accept_warnings=True) and not file.may_freeze(accept_warnings=False)


# ---- areas and periods ------------------------------------------------------------------------


def test_an_area_must_be_in_use_in_the_period_and_the_fix_names_its_successor(office):
    file = office.check_rows(
        {"sampled_on": "2016-12-31", "ref_area": "450221"},
        {"sampled_on": "2016-01-01", "ref_area": "450206"},
        {"sampled_on": "2017-01-01", "ref_area": "450221"},
        {"sampled_on": "2015-12-31", "ref_area": "450206"},
    )
    assert brief(file) == [
        ("area_not_valid", "4 ref_area", "450221 (2017)"),
        ("area_not_valid", "5 ref_area", "450206 (2015)"),
    ]
    assert "450206 柳江区" in file.problems[0].fix("zh")
    assert "450221 Liujiang County" in file.problems[1].fix("en")


def test_an_area_must_be_in_use_in_some_part_of_a_span(office):
    office.deliver("sources", text("sources"))
    rows = [
        {"time_period": t, "ref_area": "450221"} for t in ("2012/2017", "2017/2018", "2016-Q4", "2017-01")
    ]
    found = [e for e in brief(office.check_rows(*rows, table="figures")) if e[0] == "area_not_valid"]
    assert [e[2] for e in found] == ["450221 (2017/2018)", "450221 (2017-01)"]


def test_an_area_without_successor_gets_other_advice(office):
    office.edit("framework/areas.yaml", 'valid_to: 2016, successor: "450206"', "valid_to: 2016")
    office.edit("framework/areas.yaml", "valid_from: 2016", "valid_from: 2020")
    [problem] = office.check_rows({"sampled_on": "2018-01-01"}).problems
    assert "当时有效的代码" in problem.fix("zh")


@pytest.mark.parametrize(
    "period", ["2015年", "15", "2015Q3", "2015-13", "2015/2014", "2015-02-30", "２０１５", "2015/2016/2017"]
)
def test_malformed_periods(office, period):
    file = office.check_rows({"time_period": period}, table="figures")
    assert [e for e in brief(file) if e[0] != "foreign_key"] == [("not_period", "2 time_period", period)]


def test_a_record_without_a_period(office):
    file = office.check_rows({"time_period": ""}, table="figures")
    assert [e[0] for e in brief(file)] == ["period_empty", "foreign_key"]
    office.edit(
        INSPECTIONS, "constraints: {required: true, minimum: 2012-01-01", "constraints: {minimum: 2012-01-01"
    )
    assert brief(office.check_rows({"sampled_on": ""})) == [("period_empty", "2 sampled_on", "")]
    assert brief(office.check_rows({"sampled_on": "早"})) == [("not_date", "2 sampled_on", "早")]


# ---- keys -------------------------------------------------------------------------------------


def test_a_repeated_key_names_both_lines(office):
    file = office.check_rows({}, {"batch_id": "B9"}, {"batch_id": "B1"}, {"batch_id": "B1"})
    assert brief(file) == [("key_duplicate", "4 batch_id", "B1"), ("key_duplicate", "5 batch_id", "B1")]
    assert all("line 2" in p.fix("en") for p in file.problems)


def test_a_key_of_several_fields(office):
    office.deliver("sources", text("sources", {}, {"source": "年鉴"}))
    office.deliver("figures", text("figures", {}, {"source": "年鉴"}, {"channel": "_T"}, {"channel": "shop"}))
    place, key = "4 ref_area, time_period, indicator, channel, source", "450200, 2015, pass_rate, _T, 公报"
    assert brief(office.check_all()[1]) == [("key_duplicate", place, key)]


def test_a_part_of_the_key_may_not_be_empty(office):
    office.edit(INSPECTIONS, "en: Batch}, constraints: {required: true}", "en: Batch}")
    assert brief(office.check_rows({"batch_id": ""}, {"batch_id": ""})) == [
        ("key_empty", "2 batch_id", ""),
        ("key_empty", "3 batch_id", ""),
    ]
    assert brief(office.check_rows({"batch_id": "\x07"})) == [("control_character", "2 batch_id", "<U+0007>")]


def test_a_unique_field_may_be_empty_twice(office):
    file = office.check_rows({"serial": ""}, {"serial": ""}, {"serial": "AB123"}, {"serial": "AB123"})
    assert brief(file) == [("not_unique", "5 serial", "AB123")]
    assert "第 4 行" in file.problems[0].fix("zh")


# ---- the contract's rules ---------------------------------------------------------------------


def test_a_rule_speaks_with_its_own_words(office):
    file = office.check_rows({"n_bad": "11"}, {"n_tested": "3"}, {"n_bad": ""})
    assert brief(file) == [("record_rule", "2 n_bad, n_tested", "n_bad = 11, n_tested = 10")]
    assert brief(file, "warning") == [("record_rule", "3 n_tested", "n_tested = 3")]
    error, warning = file.problems
    assert error.title("zh") == "不合格件数多于检验件数"
    assert error.fix("en") == "n_bad = 11, n_tested = 10. Check both numbers"
    assert warning.title("en") == "Very few items were tested"
    assert file.bad_rows.rows() == [
        (2, "n_bad, n_tested", "bad_within_tested", "n_bad = 11, n_tested = 10"),
        (3, "n_tested", "few_items", "n_tested = 3"),
    ]


def test_rules_are_counted_by_their_own_names(office):
    file = office.check_rows(*[{"n_bad": "11"}] * 120, *[{"n_tested": "3", "n_bad": "4"}] * 120)
    errors = [p for p in file.problems if p.severity == "error"]
    warnings = [p for p in file.problems if p.severity == "warning"]
    assert (len(errors), sum(p.count for p in errors)) == (100, 240)
    assert (len(warnings), sum(p.count for p in warnings)) == (100, 120)


@pytest.mark.parametrize(
    ("condition", "broken"),
    [
        ("value / n_bad > 1", ""),  # division by zero is open
        ("value / n_bad IS NOT NULL", "2"),
        ("n_bad IS NULL OR n_bad < n_tested", ""),
        ("NOT (announced AND verdict = 'conforming')", "2"),
        ("announced", ""),
        ("sampled_on < '2015-03-01'", "2"),
        ("sampled_on BETWEEN '2015-01-01' AND '2015-12-31'", ""),
        ("verdict IN ('nonconforming')", "2"),
        ("n_tested NOT IN (9, 10)", "2"),
        ("-value + 2 * n_tested - 1 < 0", ""),
        ("1 = 2", "2"),
        ("phone = inspector", "2"),
        ("false", "2"),
    ],
)
def test_conditions(office, condition, broken):
    office.edit(INSPECTIONS, "condition: n_bad <= n_tested", f'condition: "{condition}"')
    lines = [place.split()[0] for _, place, _ in brief(office.check_rows({}))]
    assert lines == [broken] * bool(broken)


# ---- other tables -----------------------------------------------------------------------------


def test_a_foreign_key_without_a_record_to_refer_to(office):
    office.deliver("sources", text("sources"))
    office.deliver("figures", text("figures", {}, {"source": "年报", "channel": "shop"}))
    sources, figures = office.check_all()
    assert sources.problems == []
    assert brief(figures) == [("foreign_key", "3 source", "年报")]
    assert "“sources”" in figures.problems[0].fix("zh")


def test_records_that_refer_to_a_file_with_errors_wait_for_it(office):
    office.deliver("sources", text("sources", {}, {"source": "年鉴", "issuer": ""}))
    office.deliver("figures", text("figures", {}, {"source": "年报", "channel": "shop"}))
    _, figures = office.check_all()
    assert brief(figures) == [("foreign_key_waits", "2 source", "公报"), ("foreign_key", "3 source", "年报")]
    assert "1_collected/office/sources.csv" in figures.problems[0].fix("en")


def test_what_is_frozen_can_be_referred_to_until_a_delivery_replaces_it(office):
    path = office.deliver("sources", text("sources"))
    assert len(office.freeze().rounds) == 1
    path.unlink()
    assert office.check_rows({}, table="figures").problems == []
    office.deliver("sources", text("sources", {"source": "年鉴"}))
    _, figures = office.check_all()
    assert brief(figures) == [("foreign_key", "2 source", "公报")]


def test_a_table_may_refer_to_itself(office):
    office.edit(SOURCES, "primaryKey: [source]", "primaryKey: [source]\nforeignKeys:\n"
                "  - {fields: [issuer], reference: {resource: sources, fields: [source]}}")  # fmt: skip
    rows = [
        {"source": "省", "issuer": "省"},
        {"source": "市", "issuer": "省"},
        {"source": "县", "issuer": "州"},
    ]
    assert brief(office.check_rows(*rows, table="sources")) == [("foreign_key", "4 issuer", "州")]


def test_keys_of_another_type_are_compared_as_text(office):
    office.edit(FIGURES, "{fields: [source], reference", "{fields: [decimals], reference")
    office.deliver("sources", text("sources", {"source": "1"}))
    office.deliver("figures", text("figures", {}, {"decimals": "", "channel": "shop", "obs_value": "93"}))
    assert brief(office.check_all()[1]) == [("foreign_key", "3 decimals", "0")]


def test_a_key_in_another_file_of_the_delivery_or_in_another_round(office):
    office.deliver("inspections.2014.csv", text("inspections", {"sampled_on": "2014-01-01"}), "county")
    office.deliver("inspections.2015.csv", text("inspections", {}, {"batch_id": "B9"}), "lab")
    first, second = office.check_all()
    assert first.problems == []
    assert brief(second) == [("key_elsewhere", "2 batch_id", "B1")]
    assert first.where in second.problems[0].fix("zh")

    (office.folder / "1_collected/lab/inspections.2015.csv").unlink()
    office.freeze()
    (office.folder / "1_collected/county/inspections.2014.csv").unlink()
    again = office.check_rows({}, {"batch_id": "B9"})
    assert brief(again) == [("key_elsewhere", "2 batch_id", "B1")]
    assert "2_frozen/inspections/time_period=2014/county-v0001.parquet" in again.problems[0].fix("en")


def test_the_round_that_a_file_replaces_is_not_another_round(office):
    office.deliver("inspections", text("inspections", {}, {}))
    office.freeze()
    assert office.check_rows({}, {}, {}).problems == []


# ---- contracts that cannot be used ------------------------------------------------------------


def test_a_pattern_that_the_engine_cannot_use(office):
    office.edit(INSPECTIONS, '"[A-Z]{2}[0-9]{3}"', '"(?=A)B"')
    [problem] = stopped(office)
    assert (problem.rule, problem.found) == ("pattern_invalid", "(?=A)B")
    assert problem.where == f"{INSPECTIONS} serial"


def test_foreign_keys_in_a_circle(office):
    office.edit(SOURCES, "primaryKey: [source]", "primaryKey: [source]\nforeignKeys:\n"
                "  - {fields: [issuer], reference: {resource: figures, fields: [source]}}")  # fmt: skip
    [problem] = stopped(office)
    assert (problem.rule, problem.found) == ("foreign_key_circle", "figures -> sources -> figures")


def test_a_foreign_key_to_a_field_that_is_dropped(office):
    office.edit(SOURCES, "title: {zh: 机关, en: Issuer},", "title: {zh: 机关, en: Issuer}, personal: drop,")
    office.edit(FIGURES, "{resource: sources, fields: [source]}", "{resource: sources, fields: [issuer]}")
    [problem] = stopped(office)
    assert (problem.rule, problem.found, problem.where) == (
        "foreign_key_dropped",
        "issuer",
        f"{FIGURES} foreignKeys",
    )


def test_the_standard_row_uses_every_field(office):
    assert list(BATCH) == [field.name for field in office.city.contracts["inspections"].fields]


def test_what_follows_from_a_wrong_cell_is_no_second_mistake(office):
    file = office.check_rows({"n_tested": "-5", "n_bad": "0"})
    assert [rule for rule, *_ in brief(file)] == ["below_minimum"]
