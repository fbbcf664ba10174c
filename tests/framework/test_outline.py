"""The outline: dated sets, what belongs to a quality, a city without one."""

from __future__ import annotations

import datetime as dt

from cityfolder import CityFolder

from zhiheng.framework.city import City
from zhiheng.framework.outline import GradeEdition

OUTLINE = "framework/outline.yaml"


def test_the_qualities_are_those_of_the_day(sample: City) -> None:
    def names(day: str) -> list[str]:
        dated = sample.outline.qualities_on(dt.date.fromisoformat(day))
        return [q.quality for q in dated.qualities] if dated else []

    assert names("2016-12-31") == ["product"]
    assert names("2017-01-01") == ["goods", "service"]


def test_a_quality_has_the_indicators_of_its_themes_and_those_it_lists(sample: City) -> None:
    before, now = (dated.qualities for dated in sample.outline.qualities)
    assert before[0].members(sample.indicators) == list(sample.indicators)
    assert now[0].members(sample.indicators) == ["pass_rate", "goods_value"]
    assert now[1].members(sample.indicators) == []


def test_between_two_sets_there_may_be_none(folder: CityFolder) -> None:
    folder.edit(OUTLINE, "valid_from: 2017-01-01", "valid_from: 2018-01-01")
    assert folder.load().outline.qualities_on(dt.date(2017, 6, 1)) is None


def test_a_city_need_not_have_an_outline(folder: CityFolder) -> None:
    (folder.path / OUTLINE).unlink()
    outline = folder.load().outline
    assert outline.qualities_on(dt.date(2017, 6, 1)) is None
    assert outline.pillars_on(dt.date(2017, 6, 1)) is None
    assert (outline.registers, outline.tiles) == ([], [])


def test_a_personal_field_can_never_be_shown(folder: CityFolder) -> None:
    """Neither one that is dropped at freeze nor one that is keyed."""
    for how in ("drop", "key"):
        folder.edit(
            "framework/contracts/inspections.yaml",
            "{name: checked, ",
            f"{{name: checked_{how}, personal: {how}, type: boolean, title: {{zh: 谁, en: Who}}}}\n"
            "  - {name: checked, ",
        )
        folder.edit(OUTLINE, "verdict], f", f"checked_{how}, verdict], f")
    problems = folder.problems()
    assert {p.rule for p in problems} == {"register_personal"}
    assert {p.found for p in problems} == {"checked_drop", "checked_key"}
    assert {p.where.partition(":")[0] for p in problems} == {OUTLINE}


def test_a_band_holds_its_lower_limit_and_not_its_upper() -> None:
    edition = GradeEdition.model_validate(
        {"edition": "first", "name": {"zh": "首版", "en": "First"}, "limits": [75, 80, 95],
         "status": "official", "reference": "a document"}
    )  # fmt: skip
    found = [edition.band(value) for value in (74.99, 75, 79.99, 80, 95)]
    assert found == [(None, 75), (75, 80), (75, 80), (80, 95), (95, None)]
