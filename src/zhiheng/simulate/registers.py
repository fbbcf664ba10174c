"""Simulated registers: standards, quality inspection centres, honours, policy papers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import Field

from zhiheng.framework.base import Assumable, Code, Model
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import Days, Ints, days_of_years, generator, numbered, pick, take
from zhiheng.simulate.goals import published
from zhiheng.simulate.register import Firms, code_of_the_day, register
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("registers.yaml")
STANDARDS, LABORATORIES = "simulated_standards", "simulated_laboratories"
HONOURS, POLICIES = "simulated_honours", "simulated_policies"
Level = Literal["international", "national", "industry", "regional", "group", "city"]
Positive = Annotated[int, Field(ge=1)]
PerCent = Annotated[int, Field(ge=0, le=100)]


class Number(Model):
    """How many standards of a level."""

    level: Level
    number: Positive


class Standards(Assumable):
    """What was not published of the standards."""

    others: list[Number]
    national: PerCent
    led: PerCent
    years: list[int] = Field(min_length=1)


class Centre(Model):
    """A quality inspection centre."""

    level: Level
    year: int
    field: str


class Centres(Assumable):
    """The quality inspection centres."""

    items: list[Centre] = Field(min_length=1)


class Honour(Model):
    """How many honours of a kind a year."""

    level: Level
    kind: Code
    each_year: Positive


class Honours(Assumable):
    """Honours of firms."""

    years: list[int] = Field(min_length=1)
    items: list[Honour] = Field(min_length=1)


class Policy(Model):
    """A policy paper."""

    year: int
    topic: Code
    unit: Code
    title: str


class Policies(Assumable):
    """Policy papers."""

    items: list[Policy] = Field(min_length=1)


class RegisterSettings(Model):
    """`simulate/registers.yaml`."""

    standards: Standards
    centres: Centres
    honours: Honours
    policies: Policies


def _assumed() -> RegisterSettings:
    return load(FILE, RegisterSettings, name=FILE.name)


def standards(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_standards`, in order of publication."""
    assumed = _assumed().standards
    rng = generator(seed, STANDARDS)
    firms, rows = register(seed, settings)
    both = published("standards_national_industry")
    national = both * assumed.national // 100
    counts = {"international": published("standards_international"), "national": national}
    counts |= {"industry": both - national} | {item.level: item.number for item in assumed.others}
    level = np.repeat(np.arange(len(counts)), list(counts.values())).astype(np.int64)
    n = level.size
    day = _any_days(rng, assumed.years, n)
    order = np.argsort(day, kind="stable")
    firm = _drawn(rng, settings, firms, n)
    frame = rows.select("firm_id", "ref_area", "industry")[firm].with_columns(
        numbered("SIMT-", n).alias("standard_id"),
        numbered("模拟标准", n).alias("standard_name"),
        take(list(counts), level[order]).alias("level"),
        pl.Series("role", np.where(rng.integers(0, 100, size=n) < assumed.led, "led", "joined")),
        pl.Series("published_on", day[order]).cast(pl.Date),
    )
    columns = [
        "standard_id",
        "standard_name",
        "level",
        "role",
        "firm_id",
        "ref_area",
        "industry",
        "published_on",
    ]
    return {STANDARDS: _of_the_day(settings, frame, "published_on").select(columns)}


def laboratories(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_laboratories`: quality inspection centres, in order of foundation."""
    items = sorted(_assumed().centres.items, key=lambda item: item.year)
    rng, n = generator(seed, LABORATORIES), len(items)
    years = [item.year for item in items]
    day = np.sort(days_of_years(rng, years, np.arange(n, dtype=np.int64)))
    county = pick(rng, [c.share for c in settings.counties.items], n)
    frame = pl.DataFrame(
        {
            "laboratory_id": numbered("SIML-", n),
            "laboratory_name": "模拟" + pl.Series([item.field for item in items]) + "质检中心",
            "level": [item.level for item in items],
            "field": [item.field for item in items],
            "ref_area": take([c.ref_area for c in settings.counties.items], county),
            "established_on": pl.Series(day).cast(pl.Date),
            "accredited_items": rng.integers(40, 900, size=n),
            "staff": rng.integers(8, 70, size=n),
        }
    )
    return {LABORATORIES: _of_the_day(settings, frame, "established_on")}


def honours(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_honours`, in order of the days they were given."""
    assumed = _assumed().honours
    rng = generator(seed, HONOURS)
    firms, rows = register(seed, settings)
    kinds = np.repeat(np.arange(len(assumed.items)), [item.each_year for item in assumed.items])
    years = assumed.years
    year = np.repeat(np.arange(len(years)), kinds.size).astype(np.int64)
    kind = np.tile(kinds, len(years)).astype(np.int64)
    n = kind.size
    day = days_of_years(rng, years, year)
    order = np.argsort(day, kind="stable")
    firm = _drawn(rng, settings, firms, n)
    frame = rows.select("firm_id", "ref_area", "industry")[firm].with_columns(
        numbered("SIMH-", n).alias("honour_id"),
        numbered("模拟荣誉", n).alias("honour_name"),
        take([item.level for item in assumed.items], kind[order]).alias("level"),
        take([item.kind for item in assumed.items], kind[order]).alias("kind"),
        pl.Series("given_on", day[order]).cast(pl.Date),
    )
    columns = ["honour_id", "honour_name", "level", "kind", "firm_id", "ref_area", "industry", "given_on"]
    return {HONOURS: _of_the_day(settings, frame, "given_on").select(columns)}


def policies(seed: int, _settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_policies`, in order of issue."""
    items = _assumed().policies.items
    n = len(items)
    day = np.sort(
        days_of_years(generator(seed, POLICIES), [item.year for item in items], np.arange(n, dtype=np.int64))
    )
    return {
        POLICIES: pl.DataFrame(
            {
                "policy_id": numbered("SIMC-", n),
                "policy_name": ["模拟文件：" + item.title for item in items],
                "number": [f"示例〔{item.year}〕{i + 1}号" for i, item in enumerate(items)],
                "topic": [item.topic for item in items],
                "issued_by": [item.unit for item in items],
                "issued_on": pl.Series(day).cast(pl.Date),
                "valid_to": [dt.date(item.year + 5, 12, 31) for item in items],
            }
        )
    }


def _any_days(rng: np.random.Generator, years: list[int], n: int) -> Days:
    return days_of_years(rng, years, rng.integers(0, len(years), size=n))


def _drawn(rng: np.random.Generator, settings: Settings, firms: Firms, n: int) -> Ints:
    """Draw firms, large ones more often."""
    often = np.array([size.draw for size in settings.sizes.items], dtype=np.int64)[firms.size]
    return pick(rng, (often * often).tolist(), n)


def _of_the_day(settings: Settings, frame: pl.DataFrame, day: str) -> pl.DataFrame:
    return frame.with_columns(ref_area=code_of_the_day(settings, pl.col("ref_area"), pl.col(day)))
