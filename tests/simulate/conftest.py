"""What the tests of simulated records share: the tables of one seed, and the figures that were published."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import zhiheng
from zhiheng.framework.city import City, load
from zhiheng.simulate.city import simulate

BUNDLED = Path(zhiheng.__file__).parent / "cities" / "liuzhou"
SEED = 2017


@pytest.fixture(scope="session")
def simulated() -> dict[str, pl.DataFrame]:
    """Every simulated table."""
    return simulate(SEED)


@pytest.fixture(scope="session")
def city() -> City:
    return load(BUNDLED)


@pytest.fixture(scope="session")
def printed() -> Callable[..., tuple[Decimal, str]]:
    """Value and bound of the one figure of the bundled city as it was printed."""
    with (BUNDLED / "1_collected/quality_office/figures.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))

    def find(indicator: str, period: str, **breakdown: str) -> tuple[Decimal, str]:
        wanted = {"ref_area": "450200", "indicator": indicator, "time_period": period, **breakdown}
        (found,) = [row for row in rows if wanted.items() <= row.items()]
        return Decimal(found["obs_value"]), found["bound"]

    return find
