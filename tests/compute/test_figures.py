"""The bundled city's figures: as printed, none invented, each series apart."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from zhiheng.compute.derived import attainment_figures, change_figures, nearest_target
from zhiheng.compute.figures import FIGURES
from zhiheng.compute.scorecard import scorecard
from zhiheng.errors import ZhihengError
from zhiheng.framework.city import load
from zhiheng.framework.indicators import Target
from zhiheng.numerics.rounding import round_half_even

LIUZHOU = "450200"


@pytest.fixture(scope="module")
def city(demo):
    return load(demo)


@pytest.fixture(scope="module")
def figures(demo):
    return pl.read_parquet(demo / "4_computed" / FIGURES)


def cell(figures, indicator, area, period, series=None):
    rows = figures.filter(
        pl.col("indicator") == indicator, pl.col("ref_area") == area, pl.col("time_period") == period
    )
    rows = rows.filter(pl.all_horizontal(pl.col(d) == "_T" for d in ("industry", "channel", "firm_size")))
    return list((rows if series is None else rows.filter(pl.col("series") == series)).iter_rows(named=True))


def test_every_published_figure_is_there_to_the_printed_digit(figures, shared_data):
    """278 rows were handed over; each stands in the long table with its digits, bound and status."""
    with (shared_data / "figures.csv").open(encoding="utf-8", newline="") as stream:
        printed = [
            (
                r["ref_area"],
                r["time_period"],
                r["indicator"],
                r["obs_value"],
                r["bound"] or None,
                r["obs_status"],
            )
            for r in csv.DictReader(stream)
        ]
    held = [
        (r["ref_area"], r["time_period"], r["indicator"], str(round_half_even(r["obs_value"], r["decimals"])),
         r["bound"], r["obs_status"])
        for r in figures.filter(pl.col("series") == "published").iter_rows(named=True)
    ]  # fmt: skip
    assert sorted(held, key=str) == sorted(printed, key=str)


def test_published_and_simulated_stand_side_by_side_and_the_published_one_headlines(figures):
    rows = {r["series"]: r for r in cell(figures, "inspection_pass_rate", LIUZHOU, "2017")}
    assert set(rows) == {"published", "simulated"}
    assert (rows["published"]["headline"], rows["simulated"]["headline"]) == (True, False)
    assert rows["published"]["ci_low"] is None
    assert rows["simulated"]["margin"] == "model_based"


def test_the_simulated_qci_is_what_a_loop_makes_of_its_twelve_statistics(figures, city):
    """60 + 40 (x - L)/(U - L), halves of halves of thirds: written out here, and by the index engine."""
    spec = city.indices["qci"].value
    scores = []
    for dimension in spec["tree"]["parts"]:
        for element in dimension["parts"]:
            for leaf in element["parts"]:
                (row,) = cell(figures, leaf["code"], LIUZHOU, "2017")
                low, high = (float(leaf["goalposts"][end]) for end in ("lower", "upper"))
                part = (row["obs_value"] - low) / (high - low)
                scores.append(60 + 40 * (part if leaf["direction"] == "1" else 1 - part))
    assert len(scores) == 12
    (row,) = cell(figures, "qci", LIUZHOU, "2017", "simulated")
    assert row["obs_value"] == pytest.approx(sum(scores) / 12, rel=1e-12)
    assert (row["method_status"], row["headline"]) == ("assumed", True)


def test_no_simulated_figure_headlines_where_a_published_one_exists(figures, city):
    key = ["indicator", "ref_area", "time_period", *city.dimensions]
    both = figures.filter((pl.col("series") == "published").any().over(key))
    assert not both.filter(pl.col("series") == "simulated", pl.col("headline")).height


def test_published_values_that_disagree_all_headline(figures):
    rows = cell(figures, "satisfaction_producer_services", LIUZHOU, "2017")
    assert sorted(r["obs_value"] for r in rows) == [85.71, 88.11]
    assert all(r["headline"] for r in rows)


def test_a_change_is_taken_within_a_run_and_never_across_a_break(figures):
    (row,) = cell(figures, "qci_change", LIUZHOU, "2024")
    assert round_half_even(row["obs_value"], row["decimals"]) == round_half_even(0.45, 2)
    assert cell(figures, "qci_change", LIUZHOU, "2021") == [], "2021 begins another measurement run"


def test_a_change_of_conflicting_values_is_shown_as_undefined(figures):
    (row,) = cell(figures, "qci_change", "CN", "2024")
    assert (row["obs_value"], row["obs_status"]) == (None, "not_defined")


def test_a_change_of_simulated_rates_has_limits_and_its_label(figures):
    (row,) = cell(figures, "inspection_pass_rate_change", LIUZHOU, "2017")
    (now,) = cell(figures, "inspection_pass_rate", LIUZHOU, "2017", "simulated")
    (before,) = cell(figures, "inspection_pass_rate", LIUZHOU, "2016", "simulated")
    assert row["obs_value"] == pytest.approx(now["obs_value"] - before["obs_value"])
    assert row["ci_low"] < row["obs_value"] < row["ci_high"]
    assert (row["interval"], row["margin"]) == ("mover", "model_based")


def test_attainment_takes_the_target_from_the_collected_figure(figures):
    (row,) = cell(figures, "qci_attainment", LIUZHOU, "2024")
    assert row["obs_value"] == pytest.approx(100 * 86.05 / 86)
    assert (row["numerator"], row["denominator"]) == (86.05, 86)


def test_attainment_keeps_to_the_areas_and_periods_named(figures):
    """The target is the nation's of 2025; 2007 and 2015 are of another run, other provinces' no concern."""
    made = figures.filter(pl.col("indicator") == "qci_attainment")
    assert set(made["ref_area"]) == {"CN", LIUZHOU}
    assert min(made["time_period"]) == "2021"


def test_a_target_that_was_not_collected_is_named(city, figures):
    measure = city.indicators["qci_attainment"].measures[0]
    made = attainment_figures(
        city, "qci_attainment", measure, figures.filter(pl.col("indicator") != "target_qci")
    )
    assert {p.rule for p in made.problems} == {"target_missing"}


@pytest.mark.parametrize(("policy", "expected"), [("fail", None), ("met_or_not", [0.0])])
def test_a_zero_target_asks_for_a_policy(city, figures, policy, expected):
    zero = Target(
        edition="nothing", name={"zh": "零", "en": "nil"}, ref_area=LIUZHOU, time_period="2025", bound="<=",
        value=0, reference="a test",
    )  # fmt: skip
    base = city.indicators["qci"].model_copy(update={"targets": [zero], "direction": "lower"})
    measure = (
        city.indicators["qci_attainment"]
        .measures[0]
        .model_copy(update={"edition": "nothing", "zero_target": policy})
    )
    changed = type(city)(**{**vars(city), "indicators": {**city.indicators, "qci": base}})
    one = figures.filter(pl.col("ref_area") == LIUZHOU, pl.col("time_period") == "2024")
    made = attainment_figures(changed, "qci_attainment", measure, one)
    if expected is None:
        assert [p.rule for p in made.problems] == ["zero_target"]
    else:
        assert made.figures["obs_value"].to_list() == expected


def test_a_change_in_per_cent_divides_by_the_earlier_value(city, figures):
    measure = city.indicators["qci_change"].measures[0].model_copy(update={"form": "percent"})
    made = change_figures(city, "qci_change", measure, figures)
    row = made.figures.filter(pl.col("ref_area") == LIUZHOU, pl.col("time_period") == "2024").row(
        0, named=True
    )
    assert row["obs_value"] == pytest.approx(100 * (86.05 / 85.60 - 1))


def test_the_nearest_target_is_the_areas_own_then_the_next_to_fall_due(city):
    row = {"ref_area": LIUZHOU, "time_period": "2014"}
    target = nearest_target(city, "inspection_pass_rate", row)
    assert target is not None
    assert (target.ref_area, target.time_period) == ("CN", "2015")


def test_the_scorecard(city, figures):
    lines = {line.indicator: line for line in scorecard(city, figures)}
    qci = lines["qci"]
    assert (qci.time_period, qci.figures[0]["obs_value"], qci.change_from) == ("2024", 86.05, "2023")
    assert (qci.target_value, qci.target_bound, qci.light) == (86, ">=", "green") or qci.light == "green"
    conflict = lines["satisfaction_producer_services"]
    assert len(conflict.figures) == 2 and conflict.change is None
    assert conflict.light == "green", "both values meet the target of 80"
    assert lines["inspection_pass_rate"].others[0]["series"] == "simulated"


def test_values_on_both_sides_of_a_target_give_no_light(city, figures):
    halfway = Target(
        edition="halfway", name={"zh": "中", "en": "half"}, ref_area=LIUZHOU, time_period="2017", value=87,
        reference="a test",
    )  # fmt: skip
    code = "satisfaction_producer_services"
    changed = city.indicators[code].model_copy(update={"targets": [halfway]})
    other = type(city)(**{**vars(city), "indicators": {**city.indicators, code: changed}})
    line = next(line for line in scorecard(other, figures) if line.indicator == code)
    assert (line.light, line.light_reason.en) == ("grey", "published values disagree")


def test_figures_released_later_stay_back(demo, tmp_path):
    """The publication date moved before the release of 2025-09-09: 2024 is not there, and a note says so."""
    import datetime as dt

    from zhiheng.compute.collected import from_collected

    city = load(demo)
    early = city.settings.publication.model_copy(update={"as_of": dt.date(2025, 9, 8)})
    city = type(city)(**{**vars(city), "settings": city.settings.model_copy(update={"publication": early})})
    rows = pl.read_parquet(demo / "3_reduced" / "figures.parquet")
    made = from_collected(city, "qci", city.indicators["qci"].measures[0], rows)
    mine = made.figures.filter(pl.col("ref_area") == LIUZHOU)
    assert sorted(mine["time_period"].to_list()) == ["2007", "2015", "2021"]
    (note,) = made.problems
    assert (note.rule, note.severity) == ("figures_withheld", "note")


def test_an_undated_figure_stays_back_until_its_period_is_over(demo):
    """No release date, a period that ends after the publication date: it cannot have been released."""
    import datetime as dt

    from zhiheng.compute.collected import from_collected

    city = load(demo)
    early = city.settings.publication.model_copy(update={"as_of": dt.date(2018, 3, 31)})
    city = type(city)(**{**vars(city), "settings": city.settings.model_copy(update={"publication": early})})
    rows = pl.read_parquet(demo / "3_reduced" / "figures.parquet")
    made = from_collected(city, "qci", city.indicators["qci"].measures[0], rows)
    assert max(made.figures["time_period"]) == "2017"
    target = from_collected(city, "target_qci", city.indicators["target_qci"].measures[0], rows)
    assert target.figures["time_period"].to_list() == ["2025"], "a target is set before its time"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [("unit_measure", "percent", "figure_unit"), ("channel", "online", "figure_dimension")],
)
def test_a_figure_that_does_not_suit_its_indicator_is_named(demo, city, column, value, rule):
    from zhiheng.compute.collected import from_collected

    rows = pl.read_parquet(demo / "3_reduced" / "figures.parquet")
    wrong = rows.with_columns(
        pl.when(pl.col("obs_value") == 84.22).then(pl.lit(value)).otherwise(column).alias(column)
    )
    made = from_collected(city, "qci", city.indicators["qci"].measures[0], wrong)
    assert [(p.rule, value in p.found) for p in made.problems] == [(rule, True)]


def test_a_figure_stated_twice_stops_the_path(liuzhou):
    from tests.test_path import walk

    framework = liuzhou / "framework" / "contracts" / "figures.yaml"
    text = framework.read_text(encoding="utf-8")
    framework.write_text(
        text.replace("averaging, source]", "averaging, source, obs_value]"), encoding="utf-8"
    )
    path = liuzhou / "1_collected/quality_office/figures.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[2].replace("84.22", "84.23")]), encoding="utf-8")
    with pytest.raises(ZhihengError) as error:
        walk(liuzhou, "compute")
    assert "figure_twice" in {p.rule for p in error.value.problems}


def test_every_figure_has_a_lineage_that_can_be_walked(demo, city, figures):
    from zhiheng.collect import rounds
    from zhiheng.explain import Explainer

    current = rounds.current(rounds.read(demo))
    explainer = Explainer(city, current, demo / "3_reduced", demo / "4_computed")
    for name in figures["figure_id"].gather_every(23):
        step = explainer.explain(name)
        assert step.inputs, name
        assert _ends_in_a_file(step), name


def _ends_in_a_file(step) -> bool:
    if step.kind in ("row", "part"):
        return len({t.en: v for t, v in step.facts}["sha256"]) == 64
    return any(_ends_in_a_file(inner) for inner in step.inputs)


def test_the_parts_of_an_explanation_add_up_to_its_figure(demo, city, figures):
    """What each frozen file gave, added up, is the numerator and the denominator of the figure."""
    from zhiheng.collect import rounds
    from zhiheng.explain import Explainer

    explainer = Explainer(city, rounds.current(rounds.read(demo)), demo / "3_reduced", demo / "4_computed")
    rates = figures.filter(
        pl.col("indicator") == "inspection_pass_rate",
        pl.col("series") == "simulated",
        pl.col("obs_value").is_not_null(),
    )
    for row in rates.gather_every(17).iter_rows(named=True):
        (reduced, *_) = [s for s in explainer.explain(row["figure_id"]).inputs if s.kind == "reduced"]
        for role in ("numerator", "denominator"):
            parts = [float({t.en: v for t, v in part.facts}[role]) for part in reduced.inputs]
            assert sum(parts) == row[role]
