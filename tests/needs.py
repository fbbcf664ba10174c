"""What a test says when this machine lacks something it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

VALIDATION = Path(
    os.environ.get("ZHIHENG_VALIDATION") or Path(__file__).resolve().parents[2] / "shared" / "validation"
)
"""Where reference numbers are: beside the checkout, unless the environment names another place."""


def unavailable(what: str) -> NoReturn:
    """Skip a test for want of something on this machine; where CI=true nothing may be wanting."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def reference(name: str) -> Path:
    """Return a folder of reference numbers; the test that asks for it is skipped where it is absent."""
    folder = VALIDATION / name
    if not folder.is_dir():
        unavailable(f"{folder} is absent; set ZHIHENG_VALIDATION")
    return folder
