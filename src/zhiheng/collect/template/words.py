"""The words of forms, from `words.yaml`, in the languages of a city."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from typing import Any

import yaml

from zhiheng.errors import Lang
from zhiheng.framework.base import Text


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return key -> language -> words."""
    text = resources.files("zhiheng.collect.template").joinpath("words.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


class Words:
    """The words of a form: the main language first, the second where the city has two.

    Parameters
    ----------
    languages : sequence of {'zh', 'en'}
        The city's, the main one first.
    """

    def __init__(self, languages: Sequence[Lang]) -> None:
        self.main: Lang = languages[0]
        self.languages: tuple[Lang, ...] = tuple(dict.fromkeys(languages))

    def __call__(self, key: str, **facts: Any) -> str:
        """Return the words of a key in the main language."""
        return _filled(key, self.main, facts)

    def text(self, key: str, **facts: Any) -> Text:
        """Return the words of a key in both languages."""
        return Text(zh=_filled(key, "zh", facts), en=_filled(key, "en", facts))

    def both(self, text: Text, separator: str = "\n") -> str:
        """Return a text in the city's languages, once where they agree."""
        return separator.join(dict.fromkeys(text.text(lang) for lang in self.languages))

    def joined(self, key: str, separator: str = "\n", **facts: Any) -> str:
        """Return the words of a key in the city's languages."""
        return self.both(self.text(key, **facts), separator)


def _filled(key: str, lang: Lang, facts: dict[str, Any]) -> str:
    said = {k: v.text(lang) if isinstance(v, Text) else v for k, v in facts.items()}
    return catalogue()[key][lang].format_map(said)
