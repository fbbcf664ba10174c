"""Areas and organisations: codes that change, and what is counted into what."""

from __future__ import annotations

import pytest

from zhiheng.framework.areas import Area, Areas
from zhiheng.framework.city import City
from zhiheng.framework.periods import parse


def area(code: str, **more: str) -> Area:
    return Area.model_validate(
        {"ref_area": code, "name": {"zh": code, "en": code}, "code_system": "project", **more}
    )


@pytest.fixture
def areas() -> Areas:
    return Areas(
        [
            area("CN"),
            area("450200", parent="CN"),
            area("450201", parent="450200", valid_to="1999", successor="450221"),
            area("450221", parent="450200", valid_from="2000", valid_to="2016", successor="450206"),
            area("450206", parent="450200", valid_from="2016"),
            area("450202", parent="450200"),
        ]
    )


def test_the_code_of_today_is_found_along_all_successors(areas: Areas) -> None:
    assert {code: areas.current(code) for code in areas} == {
        "CN": "CN",
        "450200": "450200",
        "450201": "450206",
        "450221": "450206",
        "450206": "450206",
        "450202": "450202",
    }


def test_predecessors_are_those_replaced_directly(areas: Areas) -> None:
    assert areas.predecessors("450206") == ["450221"]
    assert areas.predecessors("450221") == ["450201"]
    assert areas.predecessors("CN") == []


def test_children_are_those_of_today_in_listed_order(areas: Areas) -> None:
    assert areas.children("450200") == ["450206", "450202"]
    assert areas.children("CN") == ["450200"]
    assert areas.children("450206") == []


def test_lineage_goes_up_from_the_area_itself(areas: Areas) -> None:
    assert areas.lineage("450221") == ["450221", "450200", "CN"]
    assert areas.lineage("CN") == ["CN"]


def test_both_codes_hold_in_the_year_of_the_change(areas: Areas) -> None:
    held = {code: [areas[code].valid_in(parse(p)) for p in ("2015", "2016", "2016-Q4", "2017")]
            for code in ("450221", "450206", "450200")}  # fmt: skip
    assert held == {
        "450221": [True, True, True, False],
        "450206": [False, True, True, True],
        "450200": [True, True, True, True],
    }
    assert areas["450206"].valid_in(parse("2012/2017"))


def test_areas_are_a_mapping_in_listed_order(areas: Areas) -> None:
    assert list(areas)[:2] == ["CN", "450200"]
    assert len(areas) == 6
    assert "450299" not in areas


def test_the_sample_knows_both_codes_of_liujiang(sample: City) -> None:
    assert sample.areas.current("450221") == "450206"
    assert sample.areas.children("450200") == ["450206"]
    assert sample.organisations["market"].parent == "office"
    assert sample.dimensions["industry"].name_of("C3610").en == "Whole vehicles"
    assert sample.dimensions["industry"].name_of("_T").zh == "合计"


def test_the_sort_of_an_area_is_in_its_code(sample: City) -> None:
    kinds = [(code, area.kind) for code, area in sample.areas.items()]
    assert kinds[:3] == [("CN", "nation"), ("450000", "province"), ("450200", "city")]
    assert kinds[3:] == [("450221", "county"), ("450206", "county")]
    east = sample.areas["CN"].model_copy(update={"ref_area": "CN-EAST"})
    assert east.kind == "region"
