"""The sample city, to read and to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cityfolder import SAMPLE, CityFolder

from zhiheng.framework import city, yamlfile
from zhiheng.framework.contracts import Contract


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
