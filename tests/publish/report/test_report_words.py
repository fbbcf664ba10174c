"""Words of the documents: none missing, none unused, both languages with the same facts."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import zhiheng.publish.report
from zhiheng.publish.report.narrative import FILE
from zhiheng.publish.words import catalogue

CODE = sorted(Path(zhiheng.publish.report.__file__).parent.glob("*.py"))
KEYS = catalogue(FILE)


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_key_is_used():
    plain: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(p.value) if isinstance(p, ast.Constant) else "[a-z_]+" for p in node.values
                ]
                patterns.append(re.compile("".join(parts)))
    patterns = [p for p in patterns if p.pattern.strip("[a-z_]+")]
    assert [k for k in KEYS if k not in plain and not any(p.fullmatch(k) for p in patterns)] == []


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_say_the_same_facts(key):
    zh, en = KEYS[key]["zh"], KEYS[key]["en"]
    assert set(KEYS[key]) == {"zh", "en"}
    assert facts(en) <= facts(zh) or key in ("part_heading",)
    assert facts(zh) - facts(en) <= {"n", "number"}
    assert not re.search("[\u3400-\u9fff]", en)
