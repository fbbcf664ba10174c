"""A folder for another city: made from answers, complete without figures, and free of any other city."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys

import polars as pl
import pytest

from tests.conftest import NOW
from zhiheng.errors import ZhihengError
from zhiheng.folder import init, questions
from zhiheng.framework.base import Text
from zhiheng.framework.city import load
from zhiheng.pipeline import Run

COUNTIES = "450302 秀峰区 Xiufeng District; 450303 叠彩区 Diecai District；450381 荔浦市 Lipu City"
FLAGS = ("--name-zh", "桂林市", "--name-en", "Guilin", "--area", "450300")


def new(**changes: object) -> init.NewCity:
    answers = {
        "city": "guilin",
        "name": Text(zh="桂林市", en="Guilin"),
        "ref_area": "450300",
        "counties": init.read_counties(COUNTIES)[0],
        "as_of": dt.date(2026, 9, 30),
    }
    return init.NewCity(**answers | changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def guilin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new") / "guilin"
    init.make_city(folder, new())
    return folder


def test_the_folder_is_a_city(guilin):
    city = load(guilin)
    assert (city.settings.city, city.settings.ref_area, city.settings.name.zh) == (
        "guilin",
        "450300",
        "桂林市",
    )
    assert str(city.settings.publication.as_of) == "2026-09-30"
    assert {c: a.parent for c, a in city.areas.items()} == {
        "CN": None, "450000": "CN", "450300": "450000",
        "450302": "450300", "450303": "450300", "450381": "450300",
    }  # fmt: skip
    counties = [o for o in city.organisations.values() if o.kind == "county"]
    assert [(o.organisation, o.ref_area) for o in counties] == [
        ("xiufeng", "450302"), ("diecai", "450303"), ("lipu", "450381"),
    ]  # fmt: skip
    assert set(city.contracts) == {"figures", "sources", "inspections", "quality_officers"}
    assert {v.status for p in city.parameters.values() for v in p.values} == {"assumed"}


def test_every_body_has_a_place_to_deliver_to(guilin):
    places = {path.name for path in (guilin / "1_collected").iterdir()}
    assert places == set(load(guilin).organisations)


def test_nothing_of_another_city_is_in_it(guilin):
    for path in guilin.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for word in ("柳", "Liuzhou", "liuzhou", "4502", "螺蛳", "{{", "{%"):
                assert word not in text, path


def test_it_runs_and_gives_an_empty_but_complete_site(guilin):
    Run(folder=guilin, now=NOW).go()
    assert pl.read_parquet(guilin / "4_computed/figures.parquet").height == 0
    pages = {path.name for path in (guilin / "5_published/site/indicators").iterdir()}
    assert {f"{code}.html" for code in load(guilin).indicators} <= pages
    assert "桂林市" in (guilin / "5_published/site/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["城: #1 'x' \"y\"", "{{ x }}", "- 甲", "null", "a\\b", "乙\n丙"]
)  # fmt: skip
def test_a_name_may_hold_what_yaml_would_take_for_its_own(tmp_path, name):
    counties = (init.County(code="450302", name=Text(zh=name, en=name)),)
    init.make_city(tmp_path / "x", new(name=Text(zh=name, en=name), counties=counties))
    city = load(tmp_path / "x")
    (county,) = (o for o in city.organisations.values() if o.kind == "county")
    assert {city.settings.name.zh, city.areas["450302"].name.en, county.name.zh} == {name}


@pytest.mark.parametrize(
    ("changes", "rule", "found"),
    [
        ({"city": "Guilin-1"}, "init_short_name", "Guilin-1"),
        ({"ref_area": "4503"}, "area_code_form", "4503"),
        ({"ref_area": "990300"}, "area_code_form", "990300"),
        ({"ref_area": "450100"}, "county_outside", "450302"),
        ({"ref_area": "450302"}, "county_outside", "450302"),
        ({"counties": init.read_counties("450300 甲 A")[0]}, "county_outside", "450300"),
        ({"counties": init.read_counties("45030 甲 A")[0]}, "area_code_form", "45030"),
        ({"counties": init.read_counties("450302 甲 A; 450302 乙 B")[0]}, "county_repeated", "450302"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_made(tmp_path, changes, rule, found):
    with pytest.raises(ZhihengError) as error:
        init.make_city(tmp_path / "x", new(**changes))
    assert (rule, found) in [(p.rule, p.found) for p in error.value.problems]
    assert list(tmp_path.iterdir()) == []


def test_a_municipality_is_its_own_province(tmp_path):
    counties = init.read_counties("110101 东城区 Dongcheng District")[0]
    init.make_city(
        tmp_path / "x", new(ref_area="110000", name=Text(zh="北京市", en="Beijing"), counties=counties)
    )
    city = load(tmp_path / "x")
    assert list(city.areas) == ["CN", "110000", "110101"]
    assert city.settings.publication.comparators == ["CN"]


def test_counties_with_one_name_get_codes_of_their_own(tmp_path):
    text = "450302 甲 East District; 450303 乙 East County; 450304 丙 Finance; 450305 丁 广"
    init.make_city(tmp_path / "x", new(counties=init.read_counties(text)[0]))
    codes = [o.organisation for o in load(tmp_path / "x").organisations.values() if o.kind == "county"]
    assert codes == ["east", "county_450303", "county_450304", "county_450305"]


def test_a_county_is_written_with_all_three_parts():
    counties, problems = init.read_counties("450302 秀峰区; 450303 叠彩区 Diecai District;")
    assert [c.name.en for c in counties] == ["Diecai District"]
    assert [(p.rule, p.found) for p in problems] == [("county_form", "450302 秀峰区")]


# ---- the command ---------------------------------------------------------------------------------


def test_with_every_option_nothing_is_asked(tmp_path, zhiheng):
    status, out, _ = zhiheng("init", tmp_path / "guilin", *FLAGS, "--counties", COUNTIES, "--yes")
    assert status == 0
    assert "3 counties" in out and "README.md" in out and "zhiheng run" in out
    assert load(tmp_path / "guilin").settings.name.en == "Guilin"


def test_a_blank_is_no_answer(tmp_path, zhiheng):
    status, _, told = zhiheng("init", tmp_path / "guilin", *FLAGS, "--name-en", " ", "--yes")
    assert status == 1 and "--name-en" in told


def test_an_empty_folder_becomes_the_city_and_stays_the_folder_it_was(tmp_path, zhiheng, monkeypatch):
    place = tmp_path / "guilin"
    place.mkdir()
    same = place.stat().st_ino
    monkeypatch.chdir(place)
    assert zhiheng("init", ".", *FLAGS, "--yes")[0] == 0
    assert place.stat().st_ino == same
    assert load(place).settings.city == "guilin"
    assert [path.name for path in tmp_path.iterdir()] == ["guilin"], "no draft is left"


def test_without_a_terminal_the_missing_options_are_named(tmp_path, zhiheng, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("桂林市\n"))
    status, _, told = zhiheng("init", tmp_path / "guilin", "--area", "450300")
    assert status == 1
    assert "--name-zh 桂林市" in told and "--name-en Guilin" in told and "--area 450300" not in told
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_refused_before_anything_is_asked(tmp_path, zhiheng):
    (tmp_path / "guilin").mkdir()
    (tmp_path / "guilin" / "a.txt").touch()
    status, _, told = zhiheng("init", tmp_path / "guilin")
    assert status == 1 and "holds something else" in told
    assert [p.name for p in (tmp_path / "guilin").iterdir()] == ["a.txt"]


class Terminal(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_what_is_missing_is_asked_and_asked_again_when_wrong(tmp_path, zhiheng, monkeypatch):
    typed = [
        "Guilin",
        "4503",
        "450300",
        "guilin",
        "450302 秀峰区",
        "450302 秀峰区 Xiufeng District",
        "450302 x y",
        "",
        "y",
    ]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(typed) + "\n"))
    status, _, told = zhiheng("init", tmp_path / "2026 Guilin", "--name-zh", "桂林市")
    assert status == 0, told
    assert "area code of GB/T 2260" in told and "a county needs a code" in told and "given twice" in told
    city = load(tmp_path / "2026 Guilin")
    assert (city.settings.city, city.settings.name.en, "450302" in city.areas) == ("guilin", "Guilin", True)


def test_nothing_is_made_when_it_is_not_confirmed(tmp_path, zhiheng, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    status, *_ = zhiheng("init", tmp_path / "guilin", *FLAGS, "--counties", COUNTIES)
    assert status == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("lang", "words"), [("en", "nothing was made"), ("zh", "什么也没有建立")])
def test_who_stops_at_a_question_is_told_that_nothing_was_made(tmp_path, zhiheng, monkeypatch, lang, words):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    status, _, told = zhiheng("init", tmp_path / "guilin", "--lang", lang)
    assert (status, words in told, "Aborted" in told) == (130, True, False)
    assert not list(tmp_path.iterdir())


def test_every_question_is_asked_in_both_languages():
    assert all(len(words) == 2 and all(words) for words in questions._QUESTIONS.values())


def test_the_scorecard_says_that_it_is_empty(guilin, zhiheng, tmp_path):
    zhiheng("init", tmp_path / "guilin", *FLAGS, "--yes")
    status, out, _ = zhiheng("run", tmp_path / "guilin")
    assert status == 0 and "no figures yet" in out
    status, out, _ = zhiheng("run", tmp_path / "guilin", "--json")
    assert json.loads(out)["scorecard"] == []
