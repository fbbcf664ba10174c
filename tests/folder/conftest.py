"""A small city with one release, for the tests of releases and of what differs between them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import NOW
from zhiheng.folder import release, upgrade
from zhiheng.pipeline import Run

OLD = Path(__file__).parent / "format_1"


def walk(folder: Path, until: str = "publish") -> None:
    Run(folder=folder, now=NOW, accept_warnings=True, reason="recounted").go(until)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def _released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(OLD, tmp_path_factory.mktemp("released") / "tiny"))
    upgrade.upgrade(folder)
    walk(folder)
    release.release(folder, "2018", reason="annual", now=NOW)
    return folder


@pytest.fixture
def tiny(_released: Path, tmp_path: Path) -> Path:
    """The small city with its release `2018`, in a copy that a test may change."""
    return Path(shutil.copytree(_released, tmp_path / "tiny"))
