"""Problems and their words."""

from __future__ import annotations

import json
import string

import pytest

from zhiheng import errors
from zhiheng.errors import Problem, ZhihengError, capped, catalogue, raise_if
from zhiheng.framework.base import Text


def problem(rule: str = "code_repeated", **more: object) -> Problem:
    return Problem(where="file.yaml:3 a.b", rule=rule, **more)  # type: ignore[arg-type]


def test_a_problem_names_the_culprit_the_rule_and_the_cure() -> None:
    said = problem("code_unknown", found="qcl", args={"list": "indicators", "close": "qci"})
    assert said.title() == said.title("zh") == "代码不存在"
    assert said.fix("en") == '"indicators" has no "qcl"; nearest: qci'
    assert json.loads(json.dumps(said.to_dict("en"))) == {
        "severity": "error",
        "where": "file.yaml:3 a.b",
        "rule": "code_unknown",
        "title": "the code does not exist",
        "found": "qcl",
        "fix": '"indicators" has no "qcl"; nearest: qci',
        "count": 1,
    }


@pytest.mark.parametrize(
    "found", ["{}", "{0}", "{found}", "{where.__class__}", "{", "}", "{{x}}", "%s", "\\", "{list!r}"]
)
def test_braces_in_what_was_found_stay_as_they_are(found: str) -> None:
    said = problem("code_unknown", found=found, args={"list": found, "close": found})
    assert said.fix("en") == f'"{found}" has no "{found}"; nearest: {found}'


def test_a_fact_in_two_languages_is_given_in_the_readers() -> None:
    facts = {"kind": Text(zh="文字", en="text"), "want": Text(zh="数", en="a number")}
    said = problem("condition_type", found="firm", args=facts)
    assert said.fix("zh") == "“firm”是 文字，这里要 数"
    assert said.fix("en") == '"firm" is text; a number is needed here'


def test_words_may_name_the_place() -> None:
    assert problem("file_missing").fix("en") == "add file.yaml:3 a.b"


def test_errors_come_first_and_keep_their_order() -> None:
    mixed = [
        problem(found="1", severity="note"),
        problem(found="2", severity="warning"),
        problem(found="3"),
        problem(found="4", severity="warning"),
        problem(found="5"),
    ]
    with pytest.raises(ZhihengError) as raised:
        raise_if(mixed)
    assert [p.found for p in raised.value.problems] == ["3", "5", "2", "4", "1"]


@pytest.mark.parametrize(
    ("severity", "accept", "stops"),
    [("error", True, True), ("error", False, True), ("warning", True, False), ("warning", False, True),
     ("note", True, False), ("note", False, False)],
)  # fmt: skip
def test_a_warning_stops_until_it_is_accepted_and_a_note_never(
    severity: str, accept: bool, stops: bool
) -> None:
    found = [problem(severity=severity)]
    if stops:
        with pytest.raises(ZhihengError):
            raise_if(found, accept_warnings=accept)
    else:
        raise_if(found, accept_warnings=accept)


def test_no_problems_raise_nothing() -> None:
    raise_if([])
    raise_if(iter(()), accept_warnings=False)


def test_an_error_reads_as_its_first_problems() -> None:
    error = ZhihengError(problem(found=letter) for letter in string.ascii_lowercase)
    assert str(error).startswith("file.yaml:3 a.b: the code is used twice: a; ")
    assert str(error).count(";") == 4
    assert len(error.problems) == 26


def test_at_most_a_hundred_of_a_rule_are_kept_and_the_rest_is_counted() -> None:
    many = (
        [problem(found=f"{i}") for i in range(250)]
        + [problem("file_missing")]
        + [problem(found="last", count=3)]
    )
    kept = capped(many)
    assert [p.found for p in kept[:100]] == [f"{i}" for i in range(100)]
    assert kept[99].count == 1 + 150 + 3
    assert kept[100].rule == "file_missing"
    assert len(kept) == 101
    assert [p.count for p in capped(many, limit=1)] == [253, 1]
    assert capped([]) == []


def test_a_rule_worded_in_two_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"rule": {"zh": "一", "en": "one"}, "fix": {"zh": "一", "en": "one"}}
    monkeypatch.setattr(errors, "catalogue_files", lambda: {"a": {"x": words}, "b": {"x": words, "y": words}})
    with pytest.raises(ValueError, match=r"messages defined twice: \['x'\]"):
        catalogue.__wrapped__()


def test_the_catalogue_is_read_once() -> None:
    assert catalogue() is catalogue()
