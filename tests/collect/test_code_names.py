"""Cells that hold a code and its name."""

from __future__ import annotations

import pytest

from tests.collect.deliveries import brief


def test_a_code_and_its_name_are_read_as_the_code(office):
    file = office.check_rows(
        {"ref_area": "450221 柳江县", "channel": "shop Shops"}, {"channel": "_T 合计"}, {"channel": "online"}
    )
    assert brief(file) == []
    assert brief(file, "note") == [
        ("code_name_read", "2 ref_area", "450221 柳江县"),
        ("code_name_read", "2 channel", "shop Shops"),
    ]
    assert file.frame["ref_area"].to_list() == ["450221"] * 3
    assert file.frame["channel"].to_list() == ["shop", "_T", "online"]


@pytest.mark.parametrize(
    "cell", ["450221 柳江区", "450299 柳江县", "柳江县 450221", "450221柳江县", "450221 "]
)
def test_anything_else_stays_as_it_is(office, cell):
    file = office.check_rows({"ref_area": cell})
    differs = cell in ("450221 柳江区", "450299 柳江县")
    expected = "code_name_differs" if differs else "code_unknown"
    assert [rule for rule, *_ in brief(file)] == ([] if cell == "450221 " else [expected])
    assert not [n for n in brief(file, "note") if n[0] == "code_name_read"]


def test_code_and_name_that_disagree_are_told_both(office):
    [problem] = office.check_rows({"ref_area": "450299 柳江县"}).problems
    said = problem.fix("en")
    assert '"not in the list"' in said and 'the code of "柳江县" is 450221' in said


def test_a_full_width_blank_stands_between_code_and_name(office):
    file = office.check_rows({"ref_area": "450221\u3000柳江县"})
    assert brief(file) == [] and file.frame["ref_area"].item() == "450221"
