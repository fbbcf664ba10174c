"""YAML into models: what values are, where mistakes stand, and that nothing else ever comes out."""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from cityfolder import SAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import yamlfile
from zhiheng.framework.areas import AreasFile
from zhiheng.framework.base import Flag, Model
from zhiheng.framework.city import CityFile
from zhiheng.framework.contracts import Bound, Contract
from zhiheng.framework.dimensions import DimensionsFile
from zhiheng.framework.indicators import IndicatorsFile, UnitsFile
from zhiheng.framework.organisations import OrganisationsFile
from zhiheng.framework.parameters import ParametersFile

MODELS: dict[str, type[Model]] = {
    "city.yaml": CityFile,
    "framework/areas.yaml": AreasFile,
    "framework/organisations.yaml": OrganisationsFile,
    "framework/dimensions.yaml": DimensionsFile,
    "framework/units.yaml": UnitsFile,
    "framework/indicators/product.yaml": IndicatorsFile,
    "framework/parameters.yaml": ParametersFile,
    "framework/contracts/inspections.yaml": Contract,
}

PRODUCT = SAMPLE / "framework/indicators/product.yaml"


class Anything(Model):
    texts: list[str] = Field(default_factory=list)
    number: float = 0
    flag: Flag = False
    bound: Bound | None = None
    maybe: str | None = "unset"


def load(path: Path, text: str, model: type[Model] = Anything) -> Any:
    path.write_text(text, encoding="utf-8")
    return yamlfile.load(path, model, name="file.yaml")


def problems(path: Path, text: str | bytes, model: type[Model] = Anything) -> list[Problem]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ZhihengError) as raised:
        yamlfile.load(path, model, name="file.yaml")
    return raised.value.problems


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.yaml"


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "on", "Off", "NO", "010203", "450200", "12:30", "1e3", "0x1F", "2015-07", "2016-07-01",
     "1_000", ".5", "NULL", "Null", "=", "<<", "true", "450200.0"],
)  # fmt: skip
def test_text_stays_as_it_is_written(file: Path, text: str) -> None:
    assert load(file, f"texts: [{text}]").texts == [text]


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_nothing_is_nothing_unless_it_is_quoted(file: Path, nothing: str) -> None:
    assert load(file, f"maybe: {nothing}").maybe is None
    assert load(file, f'maybe: "{nothing}"').maybe == nothing


@pytest.mark.parametrize(
    ("text", "value"),
    [("100", 100.0), ("0", 0.0), ("86400", 86400.0), ("2012", 2012.0), ("-1.5", -1.5), ("1e3", 1000.0),
     ("2012-01-01", dt.date(2012, 1, 1)), ('"2012-01-01"', dt.date(2012, 1, 1))],
)  # fmt: skip
def test_a_bound_is_the_number_or_the_day_it_looks_like(file: Path, text: str, value: object) -> None:
    assert load(file, f"bound: {text}").bound == value


def test_a_file_of_another_editor_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbftexts: [a]\r\nnumber: 3\r\n")
    assert yamlfile.load(file, Anything) == Anything(texts=["a"], number=3)


def test_lines_count_in_a_file_of_another_editor(file: Path) -> None:
    (problem,) = problems(file, b"\xef\xbb\xbftexts: [a]\r\n\r\nnumber: three\r\n")
    assert problem.where == "file.yaml:3 number"


def test_all_mistakes_of_a_file_are_told_at_once(file: Path) -> None:
    found = problems(file, "number: three\ntext: [a]\nflag: yes\nbound: early\n")
    assert [(p.where, p.rule, p.found) for p in found] == [
        ("file.yaml:1 number", "yaml_not_number", "three"),
        ("file.yaml:3 flag", "yaml_not_flag", "yes"),
        ("file.yaml:4 bound", "yaml_not_bound", "early"),
        ("file.yaml:2 text", "yaml_key_unknown", "text"),
    ]


def test_all_mistakes_of_the_yaml_are_told_at_once(file: Path) -> None:
    found = problems(file, "texts: &a [x]\nnumber: !!int 3\nnumber: 4\nmaybe: *a\nflag: [\n")
    assert [(p.where, p.rule, p.found) for p in found[:-1]] == [
        ("file.yaml:1", "yaml_alias", "&a"),
        ("file.yaml:2", "yaml_tag", "tag:yaml.org,2002:int"),
        ("file.yaml:3", "yaml_duplicate_key", "number"),
        ("file.yaml:4", "yaml_alias", "*a"),
    ]
    assert (found[-1].where, found[-1].rule) == ("file.yaml:6:1", "yaml_syntax")


def test_a_duplicate_key_names_the_line_of_the_first(file: Path) -> None:
    (problem,) = problems(file, "number: 1\n\n\nnumber: 2\n")
    assert problem.where == "file.yaml:4"
    assert problem.fix("en") == '"number" stands on line 1 already: merge them or delete one'


def test_an_unknown_key_is_told_the_nearest_one(file: Path) -> None:
    (problem,) = problems(file, "nubmer: 1\n")
    assert problem.fix("en") == "nearest: number; known keys: bound, flag, maybe, number, texts"
    (problem,) = problems(file, "柳州: 1\n")
    assert problem.fix("zh") == "最接近的：（没有）；可用的键：bound, flag, maybe, number, texts"


@pytest.mark.parametrize(
    ("old", "new", "nearest", "known"),
    [("numerator: {count", "numerater: {count", "numerator", "margin"),  # of a rate, not of all measures
     ("{count: verdict", "{cuont: verdict", "count", "sum"),
     ("kind: figure,", "kind: figure, tabel: x,", "table", "kind"),
     ("form: points", "from: points", "form", "lag")],
)  # fmt: skip
def test_known_keys_are_those_of_the_kind_of_measure(
    file: Path, old: str, new: str, nearest: str, known: str
) -> None:
    text = PRODUCT.read_text(encoding="utf-8").replace(old, new, 1)
    facts = next(p.args for p in problems(file, text, IndicatorsFile) if p.rule == "yaml_key_unknown")
    assert facts["close"] == nearest
    assert known in facts["known"].split(", ")
    assert "zero_target" not in facts["known"]


def test_a_wrong_kind_is_told_all_kinds_and_where_it_stands(file: Path) -> None:
    text = (
        (SAMPLE / "framework/indicators/product.yaml")
        .read_text(encoding="utf-8")
        .replace("kind: rate", "kind: rat")
    )
    (problem,) = problems(file, text, IndicatorsFile)
    assert problem.where == "file.yaml:14 indicators[1].measures[2].kind"
    assert problem.found == "rat"
    assert problem.args["expected"].startswith(
        "figure, count, total, mean, rate, ratio, share, weighted_rate, index, change, attain"
    )


def test_braces_in_a_value_are_only_braces(file: Path) -> None:
    (problem,) = problems(file, 'number: "{found!r:>{where}} {0} {"\n"{x}": 1\n')[:1]
    assert problem.found == "{found!r:>{where}} {0} {"
    assert problem.to_dict("zh")["fix"].startswith("写法如")
    unknown = problems(file, '"{x}": 1\n')[0]
    assert unknown.found == "{x}"
    assert unknown.fix("en").startswith("nearest")


def test_a_thousand_mistakes_are_a_hundred_and_a_count(file: Path) -> None:
    found = problems(file, "".join(f"key{i}: 1\n" for i in range(1000)))
    assert len(found) == 100
    assert sum(p.count for p in found) == 1000


def test_laughter_does_not_multiply(file: Path) -> None:
    lines = ["a0: &a0 [lol, lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60)]
    assert {p.rule for p in problems(file, "\n".join(lines))} == {"yaml_alias"}


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? ", "a:\n"])
def test_the_deepest_nesting_is_a_problem_like_any_other(file: Path, opening: str) -> None:
    text = opening * 400_000
    if opening == "a:\n":
        text = "".join(" " * i + "a:\n" for i in range(1500))
    assert problems(file, text)[-1].rule in ("yaml_too_deep", "yaml_key_not_text")


def test_thirty_levels_are_read(file: Path) -> None:
    assert problems(file, "texts: " + "[" * 30 + "]" * 30)[0].rule == "yaml_not_text"


@pytest.mark.parametrize("name", MODELS)
def test_the_sample_is_read(name: str) -> None:
    assert isinstance(yamlfile.load(SAMPLE / name, MODELS[name]), MODELS[name])


# ---- whatever is in the file: a model, or a list of problems that can be said -------------------


def read_or_refuse(file: Path, content: bytes, model: type[Model]) -> None:
    file.write_bytes(content)
    try:
        yamlfile.load(file, model, name="file.yaml")
    except ZhihengError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.where.startswith("file.yaml")
            assert problem.to_dict("zh")["fix"]
            assert problem.to_dict("en")["fix"]


KEYS = st.sampled_from(
    sorted({k for m in MODELS.values() for k in m.model_fields} | {"kind", "zh", "en", "series"})
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates().map(str),
    st.sampled_from(["450200", "rate", "figure", "computed", "percent", "2015", "2012/2017", "1" * 5000]),
)  # fmt: skip
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)
FUZZ = settings(max_examples=300, deadline=None, derandomize=True)


@FUZZ
@given(
    content=st.binary(max_size=300), model=st.sampled_from(sorted(MODELS.values(), key=lambda m: m.__name__))
)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes, model: type[Model]) -> None:
    read_or_refuse(tmp_path_factory.getbasetemp() / "bytes.yaml", content, model)


@FUZZ
@given(
    content=st.text(
        alphabet=st.sampled_from("{}[],:&*!|>'\"%@`#-?~ \n\tab0.质\x85\u2028\ufeff\x00"), max_size=120
    ),
    model=st.sampled_from(sorted(MODELS.values(), key=lambda m: m.__name__)),
)
def test_any_text_of_yaml_signs(
    tmp_path_factory: pytest.TempPathFactory, content: str, model: type[Model]
) -> None:
    read_or_refuse(tmp_path_factory.getbasetemp() / "signs.yaml", content.encode(), model)


@FUZZ
@given(document=DOCUMENTS, model=st.sampled_from(sorted(MODELS.values(), key=lambda m: m.__name__)))
def test_any_document(tmp_path_factory: pytest.TempPathFactory, document: object, model: type[Model]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True)
    read_or_refuse(tmp_path_factory.getbasetemp() / "document.yaml", text.encode("utf-8", "replace"), model)


@FUZZ
@given(data=st.data())
def test_any_change_of_a_good_file(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(MODELS)))
    text = (SAMPLE / name).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    new = data.draw(st.text(alphabet=string.printable + "质，", max_size=12))
    changed = text[:start] + new + text[end:]
    read_or_refuse(
        tmp_path_factory.getbasetemp() / "changed.yaml", changed.encode("utf-8", "replace"), MODELS[name]
    )
