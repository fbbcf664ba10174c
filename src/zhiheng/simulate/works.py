"""Simulated acceptances of construction works: every attempt is a row, so that the first can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from zhiheng.framework.base import Assumable, Model
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import Days, Flags, Ints, days_of_years, generator, highest, pick, take
from zhiheng.simulate.goals import published
from zhiheng.simulate.register import code_of_the_day
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("works.yaml")
TABLE = "simulated_acceptances"
KINDS = ("large_medium", "municipal")
_GOALS = {"large_medium": "acceptance_rate_large_works", "municipal": "acceptance_rate_municipal_works"}
PerMille = Annotated[int, Field(ge=0, le=1000)]
Positive = Annotated[int, Field(ge=1)]
Range = Annotated[list[Positive], Field(min_length=2, max_length=2)]


class WorksYear(Model):
    """How many works are accepted in a year, and how many of them at first."""

    year: int
    large_medium: Positive
    municipal: Positive
    large_medium_rate: PerMille | None = Field(default=None, description="None: as published.")
    municipal_rate: PerMille | None = Field(default=None, description="None: as published.")
    supervised: PerMille


class Years(Assumable):
    """How much is built when."""

    items: list[WorksYear] = Field(min_length=1)


class Again(Assumable):
    """What happens after a work failed."""

    passes: PerMille
    most: Positive
    days: Range


class Items(Assumable):
    """What else is found at a work."""

    checked: Range
    failing: PerMille
    rework: PerMille
    complaints: PerMille
    accidents: PerMille


class WorkAreas(Assumable):
    """How large works are, in square metres."""

    large_medium: Range
    municipal: Range


class WorksSettings(Model):
    """`simulate/works.yaml`."""

    years: Years
    again: Again
    items: Items
    areas: WorkAreas


def acceptances(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_acceptances`, in order of the days of examination."""
    assumed = load(FILE, WorksSettings, name=FILE.name)
    rng = generator(seed, TABLE)
    years = assumed.years.items
    sizes = [getattr(y, kind) for kind in KINDS for y in years]
    kind = np.repeat(np.repeat(np.arange(len(KINDS)), len(years)), sizes).astype(np.int64)
    year = np.repeat(np.tile(np.arange(len(years)), len(KINDS)), sizes).astype(np.int64)
    n = year.size
    works: dict[str, NDArray[Any]] = {
        "kind": kind,
        "first_on": days_of_years(rng, [y.year for y in years], year),
        "county": pick(rng, [c.share for c in settings.counties.items], n),
        "passes_first": _passes_first(rng, years, kind, year),
        "works_area": _work_areas(rng, assumed, kind),
        "supervised": _of_year(rng, [y.supervised for y in years], year),
    }
    order = np.argsort(works["first_on"], kind="stable")
    works = {name: values[order] for name, values in works.items()}
    return {TABLE: _frame(rng, settings, assumed, works)}


def _passes_first(rng: np.random.Generator, years: list[WorksYear], kind: Ints, year: Ints) -> Flags:
    """Say which works pass at first: of each kind and year exactly the rounded number."""
    found = np.zeros(year.size, dtype=np.bool_)
    for k, name in enumerate(KINDS):
        for y, item in enumerate(years):
            mine = np.flatnonzero((kind == k) & (year == y))
            rate = getattr(item, f"{name}_rate")
            rate = published(_GOALS[name], per=10) if rate is None else rate
            latent = rng.permutation(mine.size).astype(np.int64)
            found[mine] = highest(latent, (mine.size * rate + 500) // 1000)
    return found


def _of_year(rng: np.random.Generator, rates: list[int], year: Ints) -> Flags:
    """Draw what happens with a probability of so many per mille in each year."""
    drawn: Flags = rng.integers(0, 1000, size=year.size) < np.array(rates, dtype=np.int64)[year]
    return drawn


def _work_areas(rng: np.random.Generator, assumed: WorksSettings, kind: Ints) -> Ints:
    least, most = (
        np.array([getattr(assumed.areas, name)[i] for name in KINDS], dtype=np.int64)[kind] for i in (0, 1)
    )
    up = rng.integers(0, 1001, size=kind.size)
    return least + (most - least) * up * up // 1_000_000


def _attempts(
    rng: np.random.Generator, assumed: WorksSettings, works: dict[str, NDArray[Any]]
) -> tuple[Ints, Ints, Days, Flags]:
    """Return every attempt: position of the work, number, day, whether it passed."""
    work = np.arange(works["kind"].size, dtype=np.int64)
    day, passed = works["first_on"], works["passes_first"]
    number = np.ones(work.size, dtype=np.int64)
    parts = [(work, number, day, passed)]
    for attempt in range(2, assumed.again.most + 1):
        failed = ~parts[-1][3]
        work, day = parts[-1][0][failed], parts[-1][2][failed]
        later = rng.integers(assumed.again.days[0], assumed.again.days[1] + 1, size=work.size)
        passed = rng.integers(0, 1000, size=work.size) < assumed.again.passes
        passed |= np.full(work.size, attempt == assumed.again.most)
        parts.append((work, np.full(work.size, attempt), day + later.astype("timedelta64[D]"), passed))
    work, number, day, passed = (np.concatenate([part[i] for part in parts]) for i in range(4))
    order = np.argsort(day, kind="stable")
    return work[order], number[order], day[order], passed[order]


def _frame(
    rng: np.random.Generator, settings: Settings, assumed: WorksSettings, works: dict[str, NDArray[Any]]
) -> pl.DataFrame:
    work, number, day, passed = _attempts(rng, assumed, works)
    n, found = work.size, assumed.items
    checked = rng.integers(found.checked[0], found.checked[1] + 1, size=n)
    failing = (checked * found.failing + rng.integers(0, 1000, size=n)) // 1000
    extra = {
        name: rng.integers(0, 1000, size=n) < getattr(found, name)
        for name in ("rework", "complaints", "accidents")
    }
    name = pl.Series(work + 1).cast(pl.String).str.zfill(4)
    frame = pl.DataFrame(
        {
            "acceptance_id": "SIMA-" + pl.Series(np.arange(1, n + 1)).cast(pl.String).str.zfill(5),
            "work_id": "SIMW-" + name,
            "work_name": "模拟工程" + name,
            "ref_area": take([c.ref_area for c in settings.counties.items], works["county"][work]),
            "kind": take(KINDS, works["kind"][work]),
            "examined_on": pl.Series(day).cast(pl.Date),
            "attempt": number,
            "passed": passed,
            "works_area": works["works_area"][work],
            "supervised": works["supervised"][work],
            "items_checked": checked,
            "items_passed": checked - failing,
            "rework": extra["rework"] | ~passed,
            "complaints": extra["complaints"].astype(np.int64),
            "accidents": extra["accidents"].astype(np.int64),
        }
    )
    return frame.with_columns(ref_area=code_of_the_day(settings, pl.col("ref_area"), pl.col("examined_on")))
