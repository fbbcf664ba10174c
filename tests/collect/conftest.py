"""A tiny city's office, new for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collect.deliveries import Office, new_office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return new_office(tmp_path / "city")
