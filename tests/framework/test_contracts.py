"""Contracts, parameters and texts: what holds together in one file.  Refusals are in test_every_rule."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from zhiheng.framework.base import Assumable, Dated, RuleError, Text
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.parameters import Parameter

TITLE = {"zh": "名", "en": "name"}


def field(**more: Any) -> dict[str, Any]:
    return {"name": "x", "type": "string", "title": TITLE} | more


def contract(*fields: dict[str, Any], **more: Any) -> Contract:
    head = {"contract": "t", "version": "1", "title": TITLE, "description": TITLE, "basis": "census",
            "series": "computed"}  # fmt: skip
    return Contract.model_validate(head | {"fields": list(fields)} | more)


def test_a_contract_has_plain_defaults() -> None:
    made = contract(field())
    assert made.missingValues == [""]
    assert made.time_period is None
    assert made.field("x").constraints.required is False
    assert made.field("x").constraints.enum is None


def test_a_contract_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        contract(field()).version = "2"


@pytest.mark.parametrize(
    ("frequency", "type_", "format_", "rule"),
    [(None, "string", "period", None), ("year", "date", None, None),
     (None, "date", None, "time_period_frequency"),
     ("year", "string", "period", "time_period_frequency"), (None, "string", None, "time_period_type"),
     (None, "integer", None, "time_period_type")],
)  # fmt: skip
def test_a_period_is_a_period_or_the_period_of_a_date(
    frequency: str | None, type_: str, format_: str | None, rule: str | None
) -> None:
    period = {"field": "x"} | ({"frequency": frequency} if frequency else {})
    spec = field(type=type_) | ({"format": format_} if format_ else {})
    assert broken(lambda: contract(spec, time_period=period)) == rule


@pytest.mark.parametrize(
    ("spec", "rule"),
    [({"type": "integer", "codes": "areas"}, "field_text_only"),
     ({"type": "date", "format": "period"}, "field_text_only"),
     ({"type": "number", "constraints": {"enum": ["1"]}}, "field_text_only"),
     ({"type": "boolean", "constraints": {"minimum": 0}}, "bounds_type"),
     ({"type": "date", "constraints": {"minimum": "2012-01-01", "maximum": "2017-12-31"}}, None),
     ({"type": "date", "constraints": {"minimum": "2018-01-01", "maximum": "2017-01-01"}},
      "bounds_backwards"),
     ({"type": "date", "constraints": {"minimum": dt.date(2012, 1, 1)}}, None),
     ({"type": "integer", "constraints": {"minimum": 3, "maximum": 3}}, None),
     ({"type": "integer", "constraints": {"maximum": "0"}}, None),
     ({"constraints": {"minLength": 5, "maxLength": 4}}, "bounds_backwards"),
     ({"constraints": {"pattern": "^[A-Z]{2}$"}}, None),
     ({"constraints": {"pattern": "*"}}, "pattern_malformed"),
     ({"default": "_T"}, None),
     ({"default": "_T", "constraints": {"required": True}}, "default_not_optional"),
     ({"type": "integer", "default": "0"}, "default_not_optional"),
     ({"type": "integer", "decimals_in": "x"}, "decimals_in_type")],
)  # fmt: skip
def test_demands_suit_the_type(spec: dict[str, Any], rule: str | None) -> None:
    assert broken(lambda: FieldSpec.model_validate(field(**spec))) == rule


def broken(make: Any) -> str | None:
    """Return the rule that a model's own check names."""
    try:
        make()
    except ValidationError as error:
        (detail,) = error.errors()
        mistake = detail["ctx"]["error"]
        assert isinstance(mistake, RuleError)
        return mistake.rule
    return None


def test_a_mistake_made_in_python_reads_as_a_sentence() -> None:
    with pytest.raises(ValidationError, match="two fields have one name"):
        contract(field(name="a"), field(name="A"))


# ---- dated and referenced values ---------------------------------------------------------------


def parameter(*values: tuple[str | None, str | None, float]) -> Parameter:
    said = {"status": "official", "reference": "办法"}
    dated = [{"valid_from": a, "valid_to": b, "value": v} | said for a, b, v in values]
    return Parameter.model_validate(
        {"parameter": "p", "name": TITLE, "unit_measure": "percent", "values": dated}
    )


def test_the_value_of_a_day() -> None:
    p = parameter(("2016-01-01", None, 3), (None, "2012-12-31", 1), ("2013-01-01", "2014-12-31", 2))
    days = ("2000-01-01", "2012-12-31", "2013-01-01", "2016-01-01")
    assert [p.on(dt.date.fromisoformat(day)).value for day in days] == [1, 1, 2, 3]
    with pytest.raises(LookupError, match="p has no value on 2015-06-30"):
        p.on(dt.date(2015, 6, 30))


@pytest.mark.parametrize(
    "values",
    [((None, None, 1), ("2015-01-01", None, 2)), ((None, "2015-01-01", 1), ("2015-01-01", None, 2)),
     ((None, None, 1), (None, None, 2)), (("2015-01-01", "2015-12-31", 1), (None, "2015-01-01", 2))],
)  # fmt: skip
def test_no_two_values_hold_on_one_day(values: tuple[tuple[str | None, str | None, float], ...]) -> None:
    assert broken(lambda: parameter(*values)) == "values_overlap"


def test_an_open_end_holds_for_ever() -> None:
    assert Dated(valid_from=None, valid_to=None).holds_on(dt.date.max)
    assert not Dated(valid_from=dt.date(2015, 1, 2)).holds_on(dt.date(2015, 1, 1))
    assert (
        broken(lambda: Dated(valid_from=dt.date(2015, 1, 2), valid_to=dt.date(2015, 1, 1)))
        == "validity_backwards"
    )


def test_an_assumption_gives_its_reason_and_a_document_its_place() -> None:
    assert Assumable(status="assumed", reason=Text(zh="未公布", en="never published")).reference is None
    assert Assumable(status="official", reference="国发〔2012〕9号").reason is None
    assert broken(lambda: Assumable(status="assumed", reference="x")) == "assumed_without_reason"
    assert broken(lambda: Assumable(status="official")) == "official_without_reference"


def test_a_text_has_both_languages() -> None:
    assert Text(zh="率", en="rate").text("zh") == "率"
    assert Text(zh="率", en="rate").text("en") == "rate"
    with pytest.raises(ValidationError, match="at least 1 character"):
        Text(zh=" ", en="rate")
