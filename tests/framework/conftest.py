"""A small city folder to break: `sample/` beside this file."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import city, yamlfile
from zhiheng.framework.contracts import Contract

SAMPLE = Path(__file__).parent / "sample"


@dataclass
class CityFolder:
    """A copy of the sample that a test may change."""

    path: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Write something else in the place of a text that stands there."""
        target = self.path / file
        text = target.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        target.write_text(text.replace(old, new, 1), encoding="utf-8")

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


@pytest.fixture
def folder(tmp_path: Path) -> CityFolder:
    shutil.copytree(SAMPLE, tmp_path / "city")
    return CityFolder(tmp_path / "city")


@pytest.fixture(scope="session")
def sample() -> city.City:
    return city.load(SAMPLE)


@pytest.fixture(scope="session")
def inspections() -> Contract:
    return yamlfile.load(SAMPLE / "framework/contracts/inspections.yaml", Contract)
