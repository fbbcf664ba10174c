"""What several folders of tests share: the bundled city, walked once and copied for each test."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.needs import VALIDATION, unavailable
from zhiheng import cli
from zhiheng.pipeline import Run
from zhiheng.simulate.demo import make_city

# The same examples on every machine and every day: a failure that somebody sees, everybody can see.
settings.register_profile("zhiheng", derandomize=True, deadline=None)
settings.load_profile("zhiheng")

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published figures as they were handed to the project."""
    folder = VALIDATION.parent / "data"
    if not folder.is_dir():
        unavailable(f"{folder} is absent; set ZHIHENG_VALIDATION")
    return folder


@pytest.fixture(scope="session")
def _walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "liuzhou"
    make_city(folder, seed=2017)
    Run(folder=folder, now=NOW).go()
    return folder


@pytest.fixture(scope="session")
def demo(_walked: Path) -> Path:
    """The bundled city after a whole walk, to be read only."""
    return _walked


@pytest.fixture
def liuzhou(_walked: Path, tmp_path: Path) -> Path:
    """The bundled city after a whole walk, in a copy that a test may spoil."""
    return Path(shutil.copytree(_walked, tmp_path / "liuzhou"))


@pytest.fixture
def zhiheng(monkeypatch, capsys):
    """Run a command as typed; return its exit status, output and errors."""
    monkeypatch.setenv("ZHIHENG_LANG", "en")

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zhiheng", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run
