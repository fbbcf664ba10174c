"""Words of the forms: none missing, none unused, both languages with the same facts."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from zhiheng.collect import template
from zhiheng.collect.template.words import Words, catalogue
from zhiheng.framework.base import Text

CODE = "".join(p.read_text(encoding="utf-8") for p in sorted(Path(template.__file__).parent.glob("*.py")))
PUT_TOGETHER = {"type_", "format_", "personal_", "column_", "rule_", "form_", "how_", "guide_"}


@pytest.mark.parametrize("key", catalogue())
def test_words_are_in_both_languages_and_used(key):
    words = catalogue()[key]
    assert set(words) == {"zh", "en"}
    zh, en = ({name for _, name, _, _ in string.Formatter().parse(t) if name} for t in words.values())
    assert zh == en
    begins = next((start for start in PUT_TOGETHER if key.startswith(start)), None)
    assert f'"{key}"' in CODE or f"'{key}'" in CODE or (begins and f'f"{begins}{{' in CODE)


def test_the_main_language_comes_first():
    text = Text(zh="表", en="table")
    assert Words(["en", "zh"]).both(text) == "table\n表"
    assert Words(["zh"]).both(text) == "表"
    assert Words(["zh", "en"]).both(Text(zh="A", en="A")) == "A"
    assert Words(["en"])("at_least", limit="3") == "at least 3"
