"""What went wrong, said so that the reader can mend it.

A check returns *all* its problems as a list of `Problem`; `raise_if` turns a list with
errors into one `ZhihengError`.  The words live in `messages/*.yaml`, Chinese and English
side by side, one entry a rule; code names the rule and hands over the facts.  To change
how a message reads, edit the YAML.  To add a rule, add its entry there first: a rule
without words, or words without a rule, fails the tests.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any, Literal

Lang = Literal["zh", "en"]
Severity = Literal["error", "warning", "note"]
_NOTHING: dict[Lang, str] = {"zh": "（没有）", "en": "(none)"}
"""What is said for a fact that there is none of, such as the nearest code."""
_SEVERITY_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or worth knowing.

    Attributes
    ----------
    where : str
        File, line and field, cell address, or option: what the reader must look at.
    rule : str
        The rule's name in the message catalogue, such as ``"duplicate_key"``.
    found : str
        What stands there now.
    args : mapping
        Further facts that the rule's words name.
    severity : {'error', 'warning', 'note'}
        An error stops; a warning stops until it is accepted; a note only tells.
    count : int
        How many times the same thing was found; the first is the one shown.
    """

    where: str
    rule: str
    found: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"
    count: int = 1

    def title(self, lang: Lang = "zh") -> str:
        """Return the rule in words."""
        return self._words("rule", lang)

    def fix(self, lang: Lang = "zh") -> str:
        """Return what to do about it."""
        return self._words("fix", lang)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the problem as plain values, for ``--json`` and for forms."""
        return {
            "severity": self.severity,
            "where": self.where,
            "rule": self.rule,
            "title": self.title(lang),
            "found": self.found,
            "fix": self.fix(lang),
            "count": self.count,
        }

    def _words(self, part: str, lang: Lang) -> str:
        facts = {"where": self.where, "found": self.found, "count": self.count}
        facts |= {key: _in_words(value, lang) for key, value in self.args.items()}
        facts = {key: _NOTHING[lang] if value == "-" else value for key, value in facts.items()}
        return catalogue()[self.rule][part][lang].format_map(facts)


def _in_words(value: Any, lang: Lang) -> Any:
    """Return a bilingual value (`framework.base.Text`) in one language, others unchanged."""
    return value.text(lang) if hasattr(value, "text") and callable(value.text) else value


class ZhihengError(Exception):
    """An expected failure, carrying every problem that was found.

    Parameters
    ----------
    problems : iterable of Problem
        At least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: _SEVERITY_ORDER[p.severity])
        super().__init__("; ".join(f"{p.where}: {p.title('en')}: {p.found}" for p in self.problems[:5]))


def raise_if(problems: Iterable[Problem], *, accept_warnings: bool = True) -> None:
    """Raise when there is an error, or an unaccepted warning, among the problems.

    Parameters
    ----------
    problems : iterable of Problem
    accept_warnings : bool
        Whether warnings may pass.

    Raises
    ------
    ZhihengError
        With every problem, notes included.
    """
    found = list(problems)
    stopping = {"error"} if accept_warnings else {"error", "warning"}
    if any(p.severity in stopping for p in found):
        raise ZhihengError(found)


def capped(problems: Iterable[Problem], limit: int = 100) -> list[Problem]:
    """Keep at most so many problems a rule; the last one kept counts those left out.

    Parameters
    ----------
    problems : iterable of Problem
    limit : int
        How many of one rule are kept.
    """
    kept: list[Problem] = []
    places: dict[str, list[int]] = {}
    for problem in problems:
        of_rule = places.setdefault(problem.rule, [])
        if len(of_rule) < limit:
            of_rule.append(len(kept))
            kept.append(problem)
        else:
            last = kept[of_rule[-1]]
            kept[of_rule[-1]] = replace(last, count=last.count + problem.count)
    return kept


@functools.cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Return the message catalogue: rule -> {'rule' | 'fix' -> {lang -> words}}.

    Raises
    ------
    ValueError
        When two files define one rule.
    """
    merged: dict[str, dict[str, dict[str, str]]] = {}
    for rules in catalogue_files().values():
        if twice := merged.keys() & rules.keys():
            raise ValueError(f"messages defined twice: {sorted(twice)}")
        merged |= rules
    return merged


def catalogue_files() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """Return the message catalogue by the file it is kept in (`framework`, `collect`, ...)."""
    import yaml  # a run without problems needs no words

    folder = resources.files("zhiheng") / "messages"
    files = sorted((e for e in folder.iterdir() if e.name.endswith(".yaml")), key=lambda e: e.name)
    return {
        e.name.removesuffix(".yaml"): yaml.load(e.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        for e in files
    }
