"""A city folder as a whole: `city.load`."""

from __future__ import annotations

import shutil
import string
from pathlib import Path

import pytest
from cityfolder import SAMPLE, CityFolder
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import ZhihengError
from zhiheng.framework import city

FILES = sorted(p.relative_to(SAMPLE).as_posix() for p in SAMPLE.rglob("*.yaml"))


def test_the_sample_loads(sample: city.City) -> None:
    assert sample.settings.name.text("zh") == "样市"
    assert list(sample.indicators) == ["pass_rate", "pass_rate_change", "pass_rate_attained", "goods_value"]
    assert sorted(sample.contracts) == ["figures", "firms", "inspections"]
    assert list(sample.dimensions) == ["industry"]


def test_code_lists_go_by_the_names_that_contracts_use(sample: city.City) -> None:
    assert sample.codes()["dimension:industry"] == {"C36", "C3610"}
    assert sample.codes()["units"] == {"percent", "number", "points"}
    assert sample.codes()["organisations"] == {"office", "market"}
    assert "450206" in sample.codes()["areas"]
    assert "goods_value" in sample.codes()["indicators"]


def test_a_parameter_is_the_one_that_holds_on_the_day_of_publication(folder: CityFolder) -> None:
    assert folder.load().parameter("minimum_cases") == 5
    folder.edit("city.yaml", "as_of: 2018-12-31", "as_of: 2016-12-31")
    assert folder.load().parameter("minimum_cases") == 10


def test_a_checked_condition_is_handed_out_parsed(sample: city.City) -> None:
    assert sample.condition("n_failed <= n_tested", "inspections").fields == ("n_failed", "n_tested")
    with pytest.raises(ZhihengError):
        sample.condition("verdict = 'x'", "inspections")


def test_mistakes_of_several_files_are_told_at_once(folder: CityFolder) -> None:
    folder.edit("city.yaml", "format: 2", "format: two")
    folder.edit("framework/areas.yaml", "reference:", "referense:")
    folder.edit("framework/contracts/firms.yaml", "required: true", "required: yes")
    (folder.path / "framework/parameters.yaml").unlink()
    (folder.path / "framework/dimensions.yaml").write_bytes(b"\xff\xfe")
    assert [(p.where.split(" ")[0], p.rule) for p in folder.problems()] == [
        ("city.yaml:1", "yaml_not_integer"),
        ("framework/areas.yaml:1", "yaml_key_missing"),
        ("framework/areas.yaml:1", "yaml_key_unknown"),
        ("framework/dimensions.yaml:1", "yaml_not_utf8"),
        ("framework/parameters.yaml", "file_missing"),
        ("framework/contracts/firms.yaml:8", "yaml_not_flag"),
    ]


def test_mistakes_between_files_are_told_at_once(folder: CityFolder) -> None:
    folder.edit("framework/contracts/firms.yaml", "contract: firms", "contract: companies")
    folder.edit("framework/areas.yaml", 'successor: "450206"', 'successor: "450226"')
    folder.edit("framework/indicators/product.yaml", "theme: product\n", "theme: goods\n")
    folder.edit("framework/indicators/product.yaml", "of: pass_rate, ", "of: passrate, ")
    problems = folder.problems()
    assert {(p.where.split(" ")[0], p.rule) for p in problems} == {
        ("framework/contracts/firms.yaml:1", "contract_name"),
        ("framework/areas.yaml:11", "code_unknown"),
        ("framework/contracts/inspections.yaml:22", "code_unknown"),
        ("framework/indicators/product.yaml:5", "code_unknown"),
        ("framework/indicators/product.yaml:43", "code_unknown"),
    }
    nearest = {p.found: p.args["close"] for p in problems if p.rule == "code_unknown"}
    assert nearest["passrate"] == "pass_rate"
    assert nearest["goods"] == "-"


def test_a_contract_may_be_called_like_its_file_only(folder: CityFolder) -> None:
    firms = folder.path / "framework/contracts/firms.yaml"
    shutil.copy(firms, firms.with_name("companies.yaml"))
    (problem,) = folder.problems()
    assert (problem.rule, problem.where) == ("contract_name", "framework/contracts/companies.yaml:1 contract")


def test_a_folder_of_another_format_is_told_that_alone(folder: CityFolder) -> None:
    folder.edit("city.yaml", "format: 2", "format: 1")
    (folder.path / "framework/units.yaml").unlink()
    (problem,) = folder.problems()
    assert (problem.rule, problem.where) == ("format_older", "city.yaml:1 format")
    assert "zhiheng upgrade" in problem.fix("en")


def test_indicators_follow_each_other_file_after_file(folder: CityFolder) -> None:
    product = folder.path / "framework/indicators/product.yaml"
    head, marker, last = product.read_text(encoding="utf-8").partition("  - indicator: goods_value\n")
    product.write_text(head, encoding="utf-8")
    product.with_name("goods.yaml").write_text(f"indicators:\n{marker}{last}", encoding="utf-8")
    assert list(folder.load().indicators)[:2] == ["goods_value", "pass_rate"]


def test_a_code_that_stands_in_two_files_is_told_with_both(folder: CityFolder) -> None:
    product = folder.path / "framework/indicators/product.yaml"
    shutil.copy(product, product.with_name("again.yaml"))
    told = [(p.rule, p.where.split(" ")[0], p.args["first"], p.found) for p in folder.problems()]
    here, there = "framework/indicators/product.yaml", "framework/indicators/again.yaml"
    assert ("code_repeated", f"{here}:2", f"{there}:2", "pass_rate") in told
    assert len(told) == 4


def test_an_error_reads_as_one_line_a_problem(folder: CityFolder) -> None:
    folder.edit("city.yaml", "format: 2", "format: 9")
    with pytest.raises(ZhihengError, match=r"city\.yaml:1 format: the city folder is of a newer"):
        folder.load()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_change_of_any_file(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever is written into one of the files: a city, or problems that can be said."""
    folder: Path = tmp_path_factory.getbasetemp() / "changed_city"
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    name = data.draw(st.sampled_from(FILES))
    words = sorted(set((SAMPLE / name).read_text(encoding="utf-8").split()))
    text = (SAMPLE / name).read_text(encoding="utf-8")
    old = data.draw(st.sampled_from(words))
    new = data.draw(st.sampled_from(words) | st.text(alphabet=string.printable + "质", max_size=8))
    (folder / name).write_text(text.replace(old, new, data.draw(st.sampled_from([1, -1]))), encoding="utf-8")
    try:
        assert city.load(folder).codes()
    except ZhihengError as error:
        for problem in error.problems:
            assert problem.to_dict("zh")["fix"]
            assert ".yaml" in problem.where
