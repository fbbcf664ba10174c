"""Figures from records: who counts into what, and what is not shown."""

import polars as pl
import pytest

from tests.liuzhou import batches, city_in, reduced
from zhiheng.compute.records import from_records
from zhiheng.errors import catalogue
from zhiheng.framework.measures import Amount
from zhiheng.numerics import intervals

LIUJIANG_COUNTY, LIUJIANG_DISTRICT, YUFENG, LIUZHOU = "450221", "450206", "450203", "450200"


@pytest.fixture
def city(tmp_path):
    return city_in(tmp_path)


def made(city, code, *frames, measure=None):
    measure = measure or next(m for m in city.indicators[code].measures if m.series == "simulated")
    return from_records(city, code, measure, reduced(city, *frames))


def figure(made, area, period="2016", **dims):
    rows = made.figures.filter(pl.col("ref_area") == area, pl.col("time_period") == period)
    for name in ("industry", "channel", "firm_size"):
        rows = rows.filter(pl.col(name) == dims.get(name, "_T"))
    assert len(rows) == 1
    return rows.row(0, named=True)


def test_a_county_that_changed_its_code_is_one_county(city):
    """40 batches before the change, 60 after: one figure under today's code, each batch once."""
    rates = made(
        city,
        "inspection_pass_rate",
        batches(40, "2016-05-02", LIUJIANG_COUNTY, bad=4),
        batches(60, "2016-08-09", LIUJIANG_DISTRICT, bad=3),
    )
    row = figure(rates, LIUJIANG_DISTRICT)
    assert (row["numerator"], row["denominator"], row["obs_value"]) == (93, 100, 93)
    assert LIUJIANG_COUNTY not in rates.figures["ref_area"].to_list()
    rows = [line["rows"] for line in rates.lineage if LIUJIANG_COUNTY in line["rows"]["ref_area"]]
    assert [LIUJIANG_DISTRICT, LIUJIANG_COUNTY] in [row["ref_area"] for row in rows]


def test_as_recorded_keeps_the_codes_apart_but_the_city_whole(city, tmp_path):
    settings = city.settings.model_copy(update={"geography": "as_recorded"})
    object.__setattr__(city, "settings", settings)
    rates = made(
        city,
        "inspection_pass_rate",
        batches(40, "2016-05-02", LIUJIANG_COUNTY, bad=4),
        batches(60, "2016-08-09", LIUJIANG_DISTRICT, bad=3),
    )
    assert figure(rates, LIUJIANG_COUNTY)["obs_value"] == 90
    assert figure(rates, LIUJIANG_DISTRICT)["obs_value"] == 95
    assert figure(rates, LIUZHOU)["n_obs"] == 100


def test_records_count_into_the_city_and_no_further(city):
    rates = made(
        city,
        "inspection_pass_rate",
        batches(50, "2016-05-02", YUFENG, bad=5),
        batches(50, "2016-05-02", LIUJIANG_DISTRICT, bad=2),
    )
    assert figure(rates, LIUZHOU)["obs_value"] == 93
    assert "450000" not in rates.figures["ref_area"].to_list(), "the city's records are not the region's"
    assert "CN" not in rates.figures["ref_area"].to_list()


def test_the_margin_is_wilsons_and_says_that_it_rests_on_a_model(city):
    row = figure(made(city, "inspection_pass_rate", batches(100, "2016-05-02", YUFENG, bad=7)), YUFENG)
    low, high = intervals.wilson(93, 100, 0.95)
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(100 * low), pytest.approx(100 * high))
    assert (row["basis"], row["margin"], row["interval"], row["confidence_level"]) == (
        "targeted",
        "model_based",
        "wilson",
        0.95,
    )


def test_too_few_records_are_not_shown_but_counted(city):
    frames = batches(29, "2016-05-02", YUFENG, bad=1), batches(30, "2015-05-02", YUFENG, bad=1)
    rates = made(city, "inspection_pass_rate", *frames)
    hidden, shown = figure(rates, YUFENG, "2016"), figure(rates, YUFENG, "2015")
    assert hidden["obs_status"] == "suppressed"
    assert [
        hidden[k] for k in ("obs_value", "ci_low", "ci_high", "std_error", "numerator", "denominator")
    ] == [None] * 6
    assert hidden["n_obs"] == 29
    assert shown["obs_status"] == "normal"


def test_a_count_of_few_records_is_shown(city):
    row = figure(made(city, "inspection_batches", batches(3, "2016-05-02", YUFENG)), YUFENG)
    assert (row["obs_value"], row["obs_status"]) == (3, "normal")


def test_breakdowns_stand_beside_the_total(city):
    rates = made(
        city,
        "inspection_pass_rate",
        batches(40, "2016-05-02", YUFENG, bad=2, channel="shop"),
        batches(60, "2016-05-02", YUFENG, bad=12, channel="online"),
    )
    assert figure(rates, YUFENG, channel="shop")["obs_value"] == 95
    assert figure(rates, YUFENG, channel="online")["obs_value"] == 80
    assert figure(rates, YUFENG)["obs_value"] == 86


def test_totals_means_ratios_and_shares(city):
    frames = (
        batches(40, "2016-05-02", YUFENG, bad=10, channel="shop", size="large", value=30),
        batches(60, "2016-05-02", YUFENG, bad=0, channel="online", value=10),
    )
    table = reduced(city, *frames)

    def value(code):
        measure = next(m for m in city.indicators[code].measures if m.series == "simulated")
        return figure(from_records(city, code, measure, table), YUFENG)["obs_value"]

    assert value("inspection_items_tested") == 1000
    assert value("inspection_nonconforming_items_per_batch") == pytest.approx(0.1)
    assert value("inspection_nonconforming_items_per_100") == 1
    assert value("inspection_online_items_share") == 60
    assert value("inspection_large_firm_value_share") == pytest.approx(100 * 1200 / 1800)


def test_the_mean_is_merged_from_parts_as_from_one(city):
    """Two files of one county and year: mean and standard error are those of all values together."""
    first, second = batches(40, "2016-05-02", YUFENG, bad=10), batches(60, "2016-07-02", YUFENG, bad=1)
    row = figure(made(city, "inspection_nonconforming_items_per_batch", first, second), YUFENG)
    values = pl.concat([first, second])["n_nonconforming"]
    assert row["obs_value"] == pytest.approx(values.mean(), rel=1e-14)
    assert row["std_error"] == pytest.approx(values.std() / 10, rel=1e-12)
    assert row["df"] == 99


def test_a_numerator_above_its_denominator_is_named(city):
    """Conditions that do not fit each other: everything over what was sold online."""
    measure = next(m for m in city.indicators["inspection_pass_rate"].measures if m.series == "simulated")
    swapped = measure.model_copy(
        update={"numerator": Amount(count="true"), "denominator": Amount(count="channel = 'online'")}
    )
    indicator = city.indicators["inspection_pass_rate"]
    city.indicators["inspection_pass_rate"] = indicator.model_copy(update={"measures": [swapped]})
    wrong = made(
        city,
        "inspection_pass_rate",
        batches(40, "2016-05-02", YUFENG),
        batches(1, "2016-05-02", YUFENG, channel="online"),
        measure=swapped,
    )
    assert wrong.problems
    assert {p.rule for p in wrong.problems} == {"numerator_above_denominator"}
    assert "41 / 1" in {p.found for p in wrong.problems}
    assert "numerator_above_denominator" in catalogue()


def test_an_assessment_year_is_put_together_of_months(city):
    """From July to June, as some cities assess: 40 batches of autumn 2015 and 60 of spring 2016."""
    settings = city.settings.model_copy(update={"assessment_year_starts": 7})
    object.__setattr__(city, "settings", settings)
    indicator = city.indicators["inspection_pass_rate"]
    measure = next(m for m in indicator.measures if m.series == "simulated")
    assessed = measure.model_copy(update={"frequency": "assessment_year"})
    city.indicators["inspection_pass_rate"] = indicator.model_copy(update={"measures": [assessed]})
    rates = made(
        city,
        "inspection_pass_rate",
        batches(40, "2015-09-02", YUFENG, bad=4),
        batches(60, "2016-06-30", YUFENG, bad=3),
        batches(50, "2016-07-01", YUFENG, bad=5),
        measure=assessed,
    )
    assert figure(rates, YUFENG, "2015-07/2016-06")["obs_value"] == 93
    assert figure(rates, YUFENG, "2016-07/2017-06")["obs_value"] == 90


def test_no_dimension_can_take_a_column_of_the_long_table(city):
    from zhiheng.compute.longtable import schema
    from zhiheng.framework.dimensions import RESERVED

    assert set(schema(city)) - set(city.dimensions) <= RESERVED


def test_a_breakdown_of_the_city_alone_leaves_its_counties_their_totals(city):
    measure = next(m for m in city.indicators["inspection_batches"].measures if m.series == "simulated")
    alone = measure.model_copy(update={"by_areas": "city"})
    result = made(city, "inspection_batches", batches(40, "2016-05-02", "450202"), measure=alone)
    assert figure(result, "450202")["obs_value"] == 40
    assert figure(result, "450200", channel="production")["obs_value"] == 40
    in_county = result.figures.filter(pl.col("ref_area") == "450202")
    assert in_county.height == 1
    assert len(result.lineage) == result.figures.height


def test_groups_that_cannot_be_added_up_have_no_total(city):
    measure = next(m for m in city.indicators["inspection_batches"].measures if m.series == "simulated")
    apart = measure.model_copy(update={"without_total": True})
    result = made(city, "inspection_batches", batches(40, "2016-05-02", "450202"), measure=apart)
    assert figure(result, "450202", channel="production")["obs_value"] == 40
    totals = [pl.col(name) == "_T" for name in city.dimensions]
    assert result.figures.filter(pl.all_horizontal(totals)).is_empty()
