"""Simulated chief quality officers, each of a made-up firm; persons are made up and dropped at freeze."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import Field

from zhiheng.framework.base import Assumable, Code, Model
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import Days, days_of_years, generator, numbered, pick, take
from zhiheng.simulate.register import Firms, code_of_the_day, register
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("officers.yaml")
TABLE = "simulated_officers"
PerMille = Annotated[int, Field(ge=0, le=1000)]
NEVER = np.datetime64("9999-12-31", "D")


class Term(Assumable):
    """How long an officer is appointed for."""

    years: int = Field(ge=1)


class Filed(Model):
    """Firms of a size with a filed officer at the end of each year."""

    firm_size: DimensionCode
    filed: list[PerMille]


class Coverage(Assumable):
    """How far officers have spread."""

    years: list[int] = Field(min_length=1)
    items: list[Filed] = Field(min_length=1)


class Grade(Model):
    """A yearly grade."""

    grade: Code
    share: int = Field(ge=1)


class Grades(Assumable):
    """Training and grades."""

    trained: PerMille
    items: list[Grade] = Field(min_length=1)


class OfficerSettings(Model):
    """`simulate/officers.yaml`."""

    term: Term
    coverage: Coverage
    grades: Grades


def load_officer_settings() -> OfficerSettings:
    """Read the assumptions."""
    return load(FILE, OfficerSettings, name=FILE.name)


def draw_filing(seed: int, firms: Firms, settings: Settings) -> Days:
    """Return the day on which each firm filed its officer, `NEVER` for a firm without, shape (firms,)."""
    assumed = load_officer_settings().coverage
    rng = generator(seed, TABLE)
    n, years = firms.size.size, len(assumed.years)
    position = np.full(n, years, dtype=np.int64)
    filed = {item.firm_size: item.filed for item in assumed.items}
    for size, item in enumerate(settings.sizes.items):
        mine = rng.permutation(np.flatnonzero(firms.size == size))
        for year in reversed(range(years)):
            position[mine[: mine.size * filed[item.firm_size][year] // 1000]] = year
    day = days_of_years(rng, assumed.years, np.minimum(position, years - 1))
    return np.where(position < years, day, NEVER)


def officers(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_officers`, in order of filing."""
    assumed = load_officer_settings()
    firms, rows = register(seed, settings)
    filed = draw_filing(seed, firms, settings)
    firm = np.flatnonzero(filed < NEVER)
    firm = firm[np.argsort(filed[firm], kind="stable")]
    n, rng = firm.size, generator(seed, f"{TABLE} grades")
    grade = pick(rng, [g.share for g in assumed.grades.items], n)
    last = pl.date(assumed.coverage.years[-1], 12, 31)
    terms = (last.dt.year() - pl.col("appointed_on").dt.year()) // assumed.term.years + 1
    frame = rows.select("firm_id", "ref_area", "industry", "firm_size")[firm].with_columns(
        numbered("SIMO-", n).alias("officer_id"),
        numbered("模拟质量官", n).alias("person_name"),
        numbered("示例备", n).alias("filing_number"),
        pl.Series("appointed_on", filed[firm]).cast(pl.Date),
        pl.Series("trained", rng.integers(0, 1000, size=n) < assumed.grades.trained),
        take([g.grade for g in assumed.grades.items], grade).alias("grade"),
    )
    area = code_of_the_day(settings, pl.col("ref_area"), pl.col("appointed_on"))
    return {
        TABLE: frame.with_columns(terms.cast(pl.Int64).alias("terms"), ref_area=area)
        .with_columns(
            term_to=pl.col("appointed_on")
            .dt.offset_by(pl.format("{}y", pl.col("terms") * assumed.term.years))
            .dt.offset_by("-1d")
        )
        .select(
            "officer_id", "person_name", "firm_id", "ref_area", "industry", "firm_size", "filing_number",
            "appointed_on", "terms", "term_to", "trained", "grade",
        )
    }  # fmt: skip
