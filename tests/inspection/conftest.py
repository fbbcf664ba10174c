"""What the tests of inspection share: the reference figures where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import needs


@pytest.fixture(scope="session")
def reference() -> Path:
    """Figures of AcceptanceSampling 1.0.11 (R 4.2.2)."""
    return needs.reference("inspection")
