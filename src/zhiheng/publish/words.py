"""The words of pages, charts and reports: one entry a key, Chinese and English.

Pages and charts have theirs in `words.yaml`, the Word documents in `report/words.yaml`.  A key
without words, or words without a key, fails the tests.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import yaml

from zhiheng.errors import Lang


@functools.cache
def catalogue(file: str = "words.yaml") -> dict[str, dict[str, str]]:
    """Return key -> language -> words, of one file below `publish`."""
    text = resources.files("zhiheng.publish").joinpath(*file.split("/")).read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


class Words:
    """The words of one language: `w("series_published")`, `w("as_of", day="2025-10-01")`.

    Parameters
    ----------
    lang : {'zh', 'en'}
    file : str
        Where the words are, below `publish`.
    """

    def __init__(self, lang: Lang, file: str = "words.yaml") -> None:
        self.lang: Lang = lang
        self.file = file

    def __call__(self, key: str, **facts: Any) -> str:
        """Return the words of a key, with facts filled in.

        Raises
        ------
        KeyError
            When there is no such key, or a fact that the words name is not given.
        """
        words = catalogue(self.file)[key][self.lang]
        return words.format_map(facts) if facts else words

    def count(self, key: str, n: int) -> str:
        """Return a number of things in words: the key ends in `_one` for one, `_many` else."""
        return self(f"{key}_{'one' if n == 1 else 'many'}", n=f"{n:,}")
