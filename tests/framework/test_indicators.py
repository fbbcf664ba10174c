"""Indicators and measures: what may headline, runs of measurement, amounts, margins."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from zhiheng.framework.base import RuleError
from zhiheng.framework.city import City
from zhiheng.framework.indicators import Indicator
from zhiheng.framework.measures import (
    BASES,
    MARGIN_FOR_BASIS,
    SERIES,
    Amount,
    Basis,
    Measure,
    RecordMeasure,
    Series,
    amounts,
    weakest_basis,
)

TEXT = {"zh": "文", "en": "text"}
FIGURE = {"kind": "figure", "series": "published", "table": "figures"}
COUNT = {"kind": "count", "table": "records"}


def indicator(headline: str, *measures: dict[str, Any], **more: Any) -> Indicator:
    said = {"indicator": "i", "name": TEXT, "definition": TEXT, "theme": "t", "unit_measure": "number",
            "direction": "higher", "responsible": "office", "decimals": 0, "headline": headline,
            "measures": list(measures)}  # fmt: skip
    return Indicator.model_validate(said | more)


def measure(**said: Any) -> Any:
    return TypeAdapter(Measure).validate_python({"series": "computed", "table": "records"} | said)


def broken(error: ValidationError) -> str:
    mistake = error.errors()[0]["ctx"]["error"]
    assert isinstance(mistake, RuleError)
    return mistake.rule


# ---- which series stands for an indicator -------------------------------------------------------


@pytest.mark.parametrize(
    ("headline", "made", "rule"),
    [("published", ["published", "simulated"], None),
     ("computed", ["published", "computed"], None),
     ("simulated", ["simulated"], None),
     ("simulated", ["computed", "simulated"], None),
     ("simulated", ["published", "simulated"], "headline_simulated"),
     ("published", ["computed"], "headline_missing"),
     ("computed", ["computed", "computed"], "series_repeated")],
)  # fmt: skip
def test_a_simulated_series_never_stands_before_a_published_one(
    headline: str, made: list[str], rule: str | None
) -> None:
    measures = [FIGURE if s == "published" else COUNT | {"series": s} for s in made]
    if rule is None:
        assert indicator(headline, *measures).headline == headline
        return
    with pytest.raises(ValidationError) as raised:
        indicator(headline, *measures)
    assert broken(raised.value) == rule


def test_only_collected_figures_are_published() -> None:
    assert get_args(Series) == SERIES
    with pytest.raises(ValidationError, match="literal"):
        indicator("published", COUNT | {"series": "published"})


# ---- breaks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "run"),
    [("2014", None), ("2014-Q4", None), ("2015", "2015"), ("2015-Q1", "2015"), ("2020", "2015"),
     ("2021", "2021"), ("2024", "2021"), ("2012/2017", None), ("2015/2022", "2015")],
)  # fmt: skip
def test_a_value_belongs_to_the_run_that_began_last(sample: City, period: str, run: str | None) -> None:
    assert sample.indicators["pass_rate"].run_of("450200", period) == run


def test_a_break_is_of_its_area_alone(sample: City) -> None:
    assert sample.indicators["pass_rate"].run_of("CN", "2024") is None
    assert sample.indicators["goods_value"].run_of("450200", "2024") is None


def test_breaks_may_be_written_in_any_order() -> None:
    breaks = [{"ref_area": "CN", "time_period": p, "reason": TEXT} for p in ("2021", "2007", "2015-Q3")]
    made = indicator("published", FIGURE, breaks=breaks)
    assert [made.run_of("CN", p) for p in ("2006", "2010", "2015", "2015-Q3", "2030")] == [
        None, "2007", "2007", "2015-Q3", "2021",
    ]  # fmt: skip


# ---- what is added up ---------------------------------------------------------------------------


def test_a_count_counts_all_records_or_those_that_take_part() -> None:
    assert amounts(measure(kind="count")) == {"count": Amount(count="true")}
    assert amounts(measure(kind="count", where="n > 0")) == {"count": Amount(count="n > 0")}


def test_totals_and_means_are_of_the_records_that_take_part() -> None:
    assert amounts(measure(kind="total", field="n")) == {"total": Amount(sum="n")}
    assert amounts(measure(kind="mean", field="n", where="b")) == {"moments": Amount(sum="n", where="b")}


@pytest.mark.parametrize("kind", ["rate", "ratio", "share"])
def test_where_holds_for_numerator_and_denominator(kind: str) -> None:
    parts = {"numerator": {"count": "a OR b"}, "denominator": {"sum": "n", "where": "c OR d"}}
    assert amounts(measure(kind=kind, **parts)) == {
        "numerator": Amount(count="a OR b"),
        "denominator": Amount(sum="n", where="c OR d"),
    }
    assert amounts(measure(kind=kind, where="e OR f", **parts)) == {
        "numerator": Amount(count="(e OR f) AND (a OR b)"),
        "denominator": Amount(sum="n", where="(e OR f) AND (c OR d)"),
    }


def test_where_alone_becomes_the_condition_of_a_sum() -> None:
    parts = {"numerator": {"sum": "n"}, "denominator": {"count": "true"}}
    assert amounts(measure(kind="share", where="b", **parts))["numerator"] == Amount(sum="n", where="b")


def test_every_measure_of_records_has_amounts() -> None:
    more = {"field": "n", "numerator": {"count": "a"}, "denominator": {"count": "true"}}
    for model in get_args(RecordMeasure):
        kind = get_args(model.model_fields["kind"].annotation)[0]
        needed = {k: v for k, v in more.items() if k in model.model_fields}
        assert all(isinstance(a, Amount) for a in amounts(measure(kind=kind, **needed)).values())


# ---- which margin a basis allows ----------------------------------------------------------------


def test_a_census_has_no_margin_and_a_targeted_sample_only_a_models() -> None:
    assert {basis: sorted(allowed) for basis, allowed in MARGIN_FOR_BASIS.items()} == {
        "census": ["none"],
        "probability": ["design_based", "none"],
        "quota": ["model_based", "none"],
        "targeted": ["model_based", "none"],
        "declared": ["none"],
    }
    assert set(MARGIN_FOR_BASIS) == set(get_args(Basis))


def test_what_is_made_from_several_figures_claims_no_more_than_the_weakest() -> None:
    assert set(BASES) == set(get_args(Basis))
    assert weakest_basis(["census", "census"]) == "census"
    assert weakest_basis(["census", "probability"]) == "probability"
    assert weakest_basis(["targeted", "quota", "probability"]) == "targeted"
    assert weakest_basis(reversed(BASES)) == "declared"


@pytest.mark.parametrize(("margin", "interval"), [("none", "wilson"), ("model_based", None)])
def test_an_interval_is_named_exactly_with_a_margin(margin: str, interval: str | None) -> None:
    said = {"numerator": {"count": "a"}, "denominator": {"count": "true"}, "margin": margin}
    with pytest.raises(ValidationError) as raised:
        measure(kind="rate", **said | ({"interval": interval} if interval else {}))
    assert broken(raised.value) == "interval_without_margin"
