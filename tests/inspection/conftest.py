"""What the tests of inspection share: the reference figures where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.needs import unavailable


@pytest.fixture(scope="session")
def reference() -> Path:
    """Figures of AcceptanceSampling 1.0.11 (R 4.2.2)."""
    validation = os.environ.get("ZHIHENG_VALIDATION", Path(__file__).parents[2] / "shared" / "validation")
    folder = Path(validation) / "inspection"
    if not folder.is_dir():
        unavailable(f"{folder} is absent; set ZHIHENG_VALIDATION")
    return folder
