"""Words: none missing, none unused, both languages with the same facts, all of them printable."""

from __future__ import annotations

import ast
import re
import string
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest
import yaml

import zhiheng.publish
from zhiheng.compute.scorecard import LightColour
from zhiheng.framework.contracts import FieldSpec, Rule
from zhiheng.framework.indicators import Direction
from zhiheng.framework.measures import Basis, Measure, Series
from zhiheng.framework.organisations import Kind
from zhiheng.framework.periods import Frequency
from zhiheng.publish import fonts, sdmx, shown
from zhiheng.publish.words import Words, catalogue

PACKAGE = Path(zhiheng.publish.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").glob("*.j2"))
CODE = sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("pages/*.py"), *PACKAGE.glob("index_charts/*.py")])
KEYS = sorted(catalogue())
CODES = {
    "series_{}": get_args(Series),
    "basis_{}": get_args(Basis),
    "basis_{}_is": get_args(Basis),
    "basis_{}_margin": get_args(Basis),
    "status_{}": sdmx.OBS_STATUS,
    "status_{}_is": sdmx.OBS_STATUS,
    "flag_{}": shown.FLAGGED,
    "made_{}": get_args(Series),
    "light_{}": get_args(LightColour),
    "direction_{}": get_args(Direction),
    "organisation_{}": get_args(Kind),
    "frequency_{}": get_args(Frequency),
    "margin_{}": ("design_based", "model_based"),
    "interval_{}": ("wilson", "clopper_pearson", "t", "mover"),
    "type_{}": get_args(FieldSpec.model_fields["type"].annotation),
    "severity_{}": get_args(Rule.model_fields["severity"].annotation),
    "parameter_{}": ("official", "assumed"),
    "measure_{}": [get_args(m.model_fields["kind"].annotation)[0] for m in get_args(get_args(Measure)[0])],
    "measure_{}_is": [get_args(m.model_fields["kind"].annotation)[0] for m in get_args(get_args(Measure)[0])],
}
"""Keys that are put together from a code list of the framework: every code has words."""


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def named() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every text in code and templates that may be a key, and patterns for those put together."""
    plain: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(p.value) if isinstance(p, ast.Constant) else "[a-z0-9_]+" for p in node.values
                ]
                patterns.append(re.compile("".join(parts)))
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        plain |= set(re.findall(r"'([a-z0-9_]+)'", text))
        for begin, end in re.findall(r"'([a-z_]+_)' ~ \w+(?:\.\w+)?(?: ~ '(_[a-z]+)')?", text):
            patterns.append(re.compile(re.escape(begin) + "[a-z0-9_]+" + re.escape(end)))
    return plain, [p for p in patterns if p.pattern not in ("[a-z0-9_]+", "_[a-z0-9_]+")]


def test_every_key_is_used():
    plain, patterns = named()
    unused = [key for key in KEYS if key not in plain and not any(p.fullmatch(key) for p in patterns)]
    # `count` adds its ending itself.
    unused = [key for key in unused if re.sub(r"_(one|many)$", "", key) not in plain]
    assert not unused


def test_every_key_named_in_a_template_has_words():
    for path in TEMPLATES:
        used = set(re.findall(r"\bw\('([a-z0-9_]+)'[,)]", path.read_text(encoding="utf-8")))
        assert used <= catalogue().keys(), path.name


def test_every_key_named_in_the_code_has_words():
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
            if (
                call
                and ast.unparse(node.func).endswith(("words", "_text"))
                and isinstance(node.args[0].value, str)
            ):
                assert node.args[0].value in catalogue(), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("pattern", CODES)
def test_every_code_of_the_framework_has_words(pattern):
    assert {pattern.format(code) for code in CODES[pattern]} <= catalogue().keys()


@pytest.mark.parametrize("key", KEYS)
def test_words_stand_in_both_languages_with_the_same_facts(key):
    words = catalogue()[key]
    assert set(words) == {"zh", "en"}
    assert all(isinstance(text, str) and text.strip() for text in words.values())
    assert fields(words["zh"]) == fields(words["en"])


@pytest.mark.parametrize("key", KEYS)
def test_chinese_words_have_chinese_punctuation(key):
    assert not re.search(r"[㐀-鿿][,;:?!()]|[,;:?!(][㐀-鿿]", catalogue()[key]["zh"])


def test_a_count_of_one_is_singular():
    words = Words("en")
    assert (words.count("areas_count", 1), words.count("areas_count", 1200)) == ("1 area", "1,200 areas")


def test_the_fonts_have_every_character_of_our_own_words():
    texts = [text for words in catalogue().values() for text in words.values()]
    texts += [path.read_text(encoding="utf-8") for path in TEMPLATES]
    assert fonts.missing("".join(texts)) == []


def test_the_fonts_lack_what_they_lack():
    assert fonts.missing("柳州 84.22 ≥ √\n\t") == []
    assert fonts.missing("𪜀😀") == ["😀", "𪜀"]


def test_no_key_stands_twice():
    text = (resources.files("zhiheng.publish") / "words.yaml").read_text(encoding="utf-8")
    node = yaml.compose(text)
    keys = [key.value for key, _ in node.value]
    assert len(keys) == len(set(keys))
