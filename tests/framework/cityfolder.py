"""A small city folder to break: a copy of `sample/` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import city

SAMPLE = Path(__file__).parent / "sample"


@dataclass
class CityFolder:
    """A copy of the sample that a test may change."""

    path: Path

    def edit(self, file: str, old: str, new: str) -> int:
        """Write something else in the place of a text that stands there; return its line."""
        target = self.path / file
        text = target.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        target.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def load(self) -> city.City:
        return city.load(self.path)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the folder; that nothing is fails the test."""
        with pytest.raises(ZhihengError) as raised:
            self.load()
        return raised.value.problems

    def line(self, file: str, text: str) -> int:
        """Return the line on which a text first stands."""
        lines = (self.path / file).read_text(encoding="utf-8").splitlines()
        return next(i for i, line in enumerate(lines, start=1) if text in line)
