"""Relations that the issuers printed themselves hold between the figures as they were collected.

A printed number stands for every number that rounds to it, so a relation between printed numbers
holds when the interval that one side allows meets the interval that the other side allows.  No
tolerance is chosen by hand.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import zhiheng
from zhiheng import index
from zhiheng.compute.indices import read_indices
from zhiheng.framework.city import load

COLLECTED = Path(zhiheng.__file__).parent / "cities/liuzhou/1_collected/quality_office"
Interval = tuple[Decimal, Decimal]
Row = dict[str, str]


def figures() -> list[Row]:
    with (COLLECTED / "figures.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def printed(text: str) -> Interval:
    """All numbers that are printed as this text."""
    value = Decimal(text)
    half = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
    return value - half, value + half


def plus(a: Interval, b: Interval) -> Interval:
    return a[0] + b[0], a[1] + b[1]


def minus(a: Interval, b: Interval) -> Interval:
    return a[0] - b[1], a[1] - b[0]


def over(a: Interval, b: Interval) -> Interval:
    """A quotient of positive intervals."""
    return a[0] / b[1], a[1] / b[0]


def meet(a: Interval, b: Interval) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def value(area: str, period: str, indicator: str, **breakdown: str) -> str:
    """The one value of a cell; blank dimensions are totals."""
    dimensions = ("industry", "qci_component", "counted", "quality_domain", "averaging")
    found = [
        r["obs_value"]
        for r in figures()
        if (r["ref_area"], r["time_period"], r["indicator"]) == (area, period, indicator)
        and all(r[d] == breakdown.get(d, "") for d in dimensions)
    ]
    assert len(found) == 1, (area, period, indicator, breakdown, found)
    return found[0]


def stated_rises() -> list[tuple[Row, str, Row]]:
    """Every index whose issuer printed the rise, with the figure of the year before where there is one."""
    rows = [r for r in figures() if r["indicator"] == "qci" and r["time_period"].isdigit()]
    cell = {(r["ref_area"], r["industry"], r["averaging"], r["time_period"]): r for r in rows}
    found = []
    for row in rows:
        rise = re.search(r"\+(\d+\.\d+)", row["note"])
        before = cell.get(
            (row["ref_area"], row["industry"], row["averaging"], str(int(row["time_period"]) - 1))
        )
        if rise and before:
            found.append((row, rise[1], before))
    return found


@pytest.mark.parametrize(
    ("now", "rise", "before"),
    stated_rises(),
    ids=lambda v: (
        "-".join(filter(None, (v["ref_area"], v["industry"], v["time_period"]))) if isinstance(v, dict) else v
    ),
)
def test_a_value_is_the_one_before_and_the_stated_rise(now: Row, rise: str, before: Row) -> None:
    assert meet(printed(now["obs_value"]), plus(printed(before["obs_value"]), printed(rise)))


def test_the_stated_rises_link_the_national_communiques() -> None:
    national = {
        row["time_period"]
        for row, _, before in stated_rises()
        if row["ref_area"] == "CN" and not row["industry"] and before["obs_status"] == "published"
    }
    assert national == {"2006", "2007", "2008", "2009", "2010"}
    assert len(stated_rises()) > 50


@pytest.mark.parametrize("year", ["2006", "2007"])
def test_two_equal_dimensions_give_the_national_index(year: str) -> None:
    """Dimension weights of one half follow from what was printed: (84.76 + 77.21) / 2 is 80.99 in 2007."""
    quality = printed(value("CN", year, "qci_score", qci_component="quality_level"))
    capability = printed(value("CN", year, "qci_score", qci_component="development_capability"))
    total = plus(quality, capability)
    assert meet((total[0] / 2, total[1] / 2), printed(value("CN", year, "qci")))


@pytest.mark.parametrize("year", ["2006", "2007"])
def test_the_index_engine_gives_the_national_index_with_the_bundled_weights(year: str) -> None:
    """The same through `zhiheng.index`, with the dimension weights of the city's own `qci.yaml`.

    80.985 (2007) would print as 80.98 by half-even rounding and 80.99 was printed, so what has to
    meet are the intervals of all values that print as they did.
    """
    dimensions = read_indices(load(COLLECTED.parents[1]))["qci"].tree.parts
    parts = [{"code": d.code, "importance_weight": d.importance_weight} for d in dimensions]
    spec = index.Index.build(
        index="qci", levels=["dimension", "index"], tree={"code": "all", "parts": parts},
        steps=[{"aggregate": {"method": "arithmetic"}}],
    )  # fmt: skip
    ends = {d.code: printed(value("CN", year, "qci_score", qci_component=d.code)) for d in dimensions}
    data = {code: [float(low), float(high)] for code, (low, high) in ends.items()}
    made = index.compute(spec, pl.DataFrame({"unit": ["low", "high"]} | data)).values["all"]
    assert meet((Decimal(made[0]), Decimal(made[1])), printed(value("CN", year, "qci")))


@pytest.mark.parametrize("weight", ["0.4", "0.6"])
def test_other_dimension_weights_would_not(weight: str) -> None:
    quality = Decimal(value("CN", "2007", "qci_score", qci_component="quality_level"))
    capability = Decimal(value("CN", "2007", "qci_score", qci_component="development_capability"))
    mixed = Decimal(weight) * quality + (1 - Decimal(weight)) * capability
    assert not meet((mixed, mixed), printed(value("CN", "2007", "qci")))


@pytest.mark.parametrize("component", ["quality_level", "development_capability", "standards_technology"])
def test_component_scores_differ_by_the_printed_change(component: str) -> None:
    now = printed(value("CN", "2007", "qci_score", qci_component=component))
    before = printed(value("CN", "2006", "qci_score", qci_component=component))
    change = printed(value("CN", "2007", "qci_score_change", qci_component=component))
    assert meet(minus(now, before), change)


@pytest.mark.parametrize(
    ("failed", "drawn", "rate"),
    [("batches_nonconforming", "batches", "12.3"), ("firms_nonconforming", "firms", "12.5")],
)
def test_the_2023_bulletin_prints_two_rates(failed: str, drawn: str, rate: str) -> None:
    """3,476 of 28,265 batches and 3,302 of 26,472 firms: two rates, both in the bulletin of 2023."""
    numerator = Decimal(value("CN", "2023", "spot_check_counts", counted=failed))
    denominator = Decimal(value("CN", "2023", "spot_check_counts", counted=drawn))
    exact = 100 * numerator / denominator
    assert meet((exact, exact), printed(rate))


@pytest.mark.parametrize("year", ["2022", "2023", "2024"])
def test_a_firm_has_at_least_one_batch(year: str) -> None:
    count = {
        what: int(value("CN", year, "spot_check_counts", counted=what))
        for what in ("firms", "batches", "firms_nonconforming", "batches_nonconforming")
    }
    assert count["firms"] <= count["batches"]
    assert count["firms_nonconforming"] <= count["batches_nonconforming"] <= count["batches"]


def test_investment_is_as_many_times_the_plan_before_as_stated() -> None:
    """4,067 is 4.2 times the 968 that was derived; its note says what 4.2 allows: 956.9 to 980.0."""
    total = Decimal(value("450200", "2011/2015", "upgrading_investment"))
    allowed = over((total, total), printed("4.2"))
    assert meet(allowed, printed(value("450200", "2006/2010", "upgrading_investment")))
    assert meet((allowed[0], allowed[0]), printed("956.9"))
    assert meet((allowed[1], allowed[1]), printed("980.0"))


def test_liuzhou_2024_rose_as_released() -> None:
    index = minus(printed(value("450200", "2024", "qci")), printed(value("450200", "2023", "qci")))
    services = minus(
        printed(value("450200", "2024", "satisfaction_services")),
        printed(value("450200", "2023", "satisfaction_services")),
    )
    assert meet(index, printed("0.45"))
    assert meet(services, printed("0.1"))


def test_liuzhou_was_below_the_nation_in_2007() -> None:
    assert Decimal(value("450200", "2007", "qci")) < Decimal(value("CN", "2007", "qci"))


def test_shanghai_led_the_nation_by_what_was_stated() -> None:
    lead = minus(printed(value("310000", "2007", "qci")), printed(value("CN", "2007", "qci")))
    assert meet(lead, printed("6.56"))
    later = minus(printed(value("310000", "2020", "qci")), printed(value("CN", "2020", "qci")))
    assert later[0] > 10, "the communique says more than 10, which supports 2020 as the nation's year"


@pytest.mark.parametrize(
    ("area", "year", "lead"),
    [
        ("CN", "2011", "4.44"),
        ("350000", "2011", "2.91"),
        ("CN-EAST", "2011", "0.82"),
        ("CN-EAST", "2010", "0.07"),
    ],
)
def test_xiamen_led_others_by_what_was_stated(area: str, year: str, lead: str) -> None:
    difference = minus(printed(value("350200", year, "qci")), printed(value(area, year, "qci")))
    assert meet(difference, printed(lead))


@pytest.mark.parametrize(
    "ranked",
    [[("320000", "2007"), ("310000", "2007"), ("440000", "2007")],
     [("420100", "2016"), ("420500", "2016"), ("420300", "2016")]],
)  # fmt: skip
def test_printed_ranks_follow_the_values(ranked: list[tuple[str, str]]) -> None:
    values = [Decimal(value(area, year, "qci")) for area, year in ranked]
    assert values == sorted(values, reverse=True)


def test_a_total_asked_on_its_own_may_exceed_every_domain() -> None:
    domains = [
        Decimal(value("350100", "2020", "satisfaction_citizens", quality_domain=domain))
        for domain in ("products", "services", "facilities", "public_services")
    ]
    assert Decimal(value("350100", "2020", "satisfaction_citizens")) > max(domains)


def test_a_city_s_own_index_is_no_mean_of_its_parts() -> None:
    own = Decimal(value("350200", "2019", "qci"))
    for averaging in ("six_districts", "industries"):
        assert Decimal(value("350200", "2019", "qci", averaging=averaging)) < own
