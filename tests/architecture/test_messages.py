"""Every rule that the code names has words, every worded rule is named, and every fact is given."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import pytest

from zhiheng.errors import catalogue, catalogue_files

SRC = Path(__file__).parents[2] / "src" / "zhiheng"
TREES = {p: ast.parse(p.read_text(encoding="utf-8")) for p in sorted(SRC.rglob("*.py"))}
ALWAYS = {"where", "found", "count"}
HAN = "\u3400-\u9fff"


@dataclass(frozen=True)
class Maker:
    """A function or class that takes a rule, and where in its arguments."""

    place: int
    default: str | None
    parameters: frozenset[str]
    gathers: bool
    """Whether further keywords become facts."""


def makers() -> dict[str, Maker]:
    """Return everything in the code that has a parameter called `rule`, by name."""
    found = {
        "Problem": Maker(-1, None, frozenset({"where", "rule", "found", "args", "severity", "count"}), False)
    }
    for tree in TREES.values():
        for owner in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef))]:
            for node in owner.body:
                if isinstance(node, ast.FunctionDef):
                    maker = of_function(node)
                    name = (
                        owner.name
                        if node.name == "__init__" and isinstance(owner, ast.ClassDef)
                        else node.name
                    )
                    if maker is not None:
                        found[name] = maker
    return found


def of_function(node: ast.FunctionDef) -> Maker | None:
    positional = [a.arg for a in node.args.posonlyargs + node.args.args if a.arg not in ("self", "cls")]
    keyword = [a.arg for a in node.args.kwonlyargs]
    if "rule" not in positional + keyword:
        return None
    place = positional.index("rule") if "rule" in positional else -1
    defaults = dict(zip(reversed(positional), reversed(node.args.defaults), strict=False))
    default = defaults.get("rule")
    literal = default.value if isinstance(default, ast.Constant) and isinstance(default.value, str) else None
    return Maker(place, literal, frozenset(positional + keyword), node.args.kwarg is not None)


@dataclass(frozen=True)
class Use:
    """A rule named literally at a call, and the facts given with it (None: not told by reading)."""

    rule: str
    at: str
    facts: frozenset[str] | None


def uses() -> list[Use]:
    known = makers()
    found = []
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                at = f"{path.relative_to(SRC)}:{node.lineno}"
                if called in known:
                    found += [
                        Use(rule, at, facts_of(node, known[called], called))
                        for rule in rules_of(node, known[called])
                    ]
    found += [Use(m.default, name, None) for name, m in known.items() if m.default]
    return found


def rules_of(call: ast.Call, maker: Maker) -> list[str]:
    given = [k.value for k in call.keywords if k.arg == "rule"]
    if not given and 0 <= maker.place < len(call.args):
        given = [call.args[maker.place]]
    return [rule for value in given for rule in literals(value)]


def literals(value: ast.expr) -> list[str]:
    """Return the texts an expression may be: itself, or either side of a choice."""
    if isinstance(value, ast.IfExp):
        return literals(value.body) + literals(value.orelse)
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) else []


def facts_of(call: ast.Call, maker: Maker, called: str) -> frozenset[str] | None:
    keywords = {k.arg for k in call.keywords}
    if None in keywords:
        return None
    if maker.gathers:
        return frozenset(k for k in keywords if k is not None) - maker.parameters
    if called != "Problem" and "args" not in maker.parameters:
        return None
    for keyword in call.keywords:
        if keyword.arg == "args":
            if not isinstance(keyword.value, ast.Dict):
                return None
            keys = [k.value if isinstance(k, ast.Constant) else None for k in keyword.value.keys]
            return None if None in keys else frozenset(str(k) for k in keys)
    return frozenset()


def placeholders(rule: str) -> set[str]:
    words = [text for part in catalogue()[rule].values() for text in part.values()]
    return {name for text in words for _, name, _, _ in Formatter().parse(text or "") if name}


RULES = sorted(catalogue())
USES = uses()


def test_every_rule_that_is_named_has_words() -> None:
    assert len(USES) > 50
    assert not sorted({f"{u.at} {u.rule}" for u in USES if u.rule not in catalogue()})


def test_every_rule_that_has_words_is_named() -> None:
    texts = {n.value for t in TREES.values() for n in ast.walk(t) if isinstance(n, ast.Constant)}
    assert not set(RULES) - texts


def test_every_fact_that_the_words_name_is_given() -> None:
    short = [
        f"{use.at} {use.rule} lacks {sorted(missing)}"
        for use in USES
        if use.facts is not None
        and use.rule in catalogue()
        and (missing := placeholders(use.rule) - use.facts - ALWAYS)
    ]
    assert not short


@pytest.mark.parametrize("rule", RULES)
def test_words_are_there_in_both_languages(rule: str) -> None:
    words = catalogue()[rule]
    assert set(words) == {"rule", "fix"}
    for part in words.values():
        assert set(part) == {"zh", "en"}
        for text in part.values():
            assert isinstance(text, str)
            assert text.strip() == text != ""
            assert text.count("{{") == text.count("}}")
        assert re.search(f"[{HAN}]", part["zh"]) or "{" in part["zh"]
        assert len(re.findall(f"[{HAN}]", part["en"])) <= 4  # an example at most


@pytest.mark.parametrize("rule", RULES)
def test_both_languages_name_the_same_facts(rule: str) -> None:
    for part in catalogue()[rule].values():
        zh, en = (
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in (part["zh"], part["en"])
        )
        assert zh == en


@pytest.mark.parametrize("rule", RULES)
def test_chinese_words_have_chinese_points(rule: str) -> None:
    for part in catalogue()[rule].values():
        text = re.sub(r"\{\{.*?\}\}", "", part["zh"])  # an example of YAML
        assert not re.search(f"[{HAN}”）}}][,;:!?(]|[,;:!?)][{HAN}“（]", text), text


def test_no_rule_is_worded_twice() -> None:
    names = [rule for rules in catalogue_files().values() for rule in rules]
    assert len(names) == len(set(names))
    for path in (SRC / "messages").glob("*.yaml"):
        written = re.findall(r"^([a-z_0-9]+):", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(written) == len(set(written)), path.name
