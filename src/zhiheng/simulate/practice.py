"""Simulated yearly practice returns: digital standards, process control, R&D cycle, first-pass inspection."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from zhiheng.framework.base import Assumable, Model
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import Flags, Ints, apportion, generator, highest
from zhiheng.simulate.goals import published
from zhiheng.simulate.register import code_of_the_day, register
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("practice.yaml")
TABLE = "simulated_practice_returns"
PerMille = Annotated[int, Field(ge=0, le=1000)]
Range = Annotated[list[int], Field(min_length=2, max_length=2)]


class PracticeYear(Model):
    """How far practice has come in a year."""

    year: int
    digital: PerMille | None = Field(default=None, description="None: as published.")
    process_control: PerMille
    gained: int = Field(ge=0, le=100, description="Per cent of the final gain.")


class Years(Assumable):
    """The way to what was published."""

    items: list[PracticeYear] = Field(min_length=1)


class Process(Assumable):
    """Which industries are process industries."""

    industries: list[DimensionCode] = Field(min_length=1)


class Cycle(Assumable):
    """How long the development of a new product takes."""

    days: Range


class FirstPass(Assumable):
    """How much passes inspection at first."""

    start: Range


class PracticeSettings(Model):
    """`simulate/practice.yaml`."""

    years: Years
    process: Process
    cycle: Cycle
    first_pass: FirstPass


def practice_returns(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_practice_returns`, by year and then by firm."""
    assumed = load(FILE, PracticeSettings, name=FILE.name)
    rng = generator(seed, TABLE)
    _, rows = register(seed, settings)
    n = rows.height
    process = rows["industry"].is_in(assumed.process.industries).to_numpy()
    order = {name: rng.permutation(n).astype(np.int64) for name in ("digital", "control")}
    start = rng.integers(assumed.cycle.days[0], assumed.cycle.days[1] + 1, size=n)
    saved = apportion((int(start.sum()) * published("rd_cycle_improvement") + 50) // 100, _varied(rng, start))
    passing = rng.integers(assumed.first_pass.start[0], assumed.first_pass.start[1] + 1, size=n)
    gain = apportion(n * published("first_pass_inspection_gain", per=100), _varied(rng, 10_000 - passing))
    frames = []
    for item in assumed.years.items:
        digital = published("digital_standards_share", per=10) if item.digital is None else item.digital
        columns: dict[str, NDArray[Any]] = {
            "digital_standards": highest(order["digital"], n * digital // 1000),
            "process_firm": process,
            "process_control": _adopted(order["control"], process, item.process_control),
            "rd_cycle_start": start,
            "rd_cycle": start - saved * item.gained // 100,
            "first_pass_start": passing / 100,
            "first_pass_rate": (passing + gain * item.gained // 100) / 100,
            "first_pass_gain": (gain * item.gained // 100) / 100,
        }
        frames.append(
            rows.select("firm_id", "ref_area", "industry", "firm_size").with_columns(
                pl.lit(dt.date(item.year, 12, 31)).alias("period_end"),
                *(pl.Series(name, values) for name, values in columns.items()),
            )
        )
    frame = pl.concat(frames).with_columns(rd_cycle_saved=pl.col("rd_cycle_start") - pl.col("rd_cycle"))
    area = code_of_the_day(settings, pl.col("ref_area"), pl.col("period_end"))
    return {
        TABLE: frame.with_columns(ref_area=area).select(
            "firm_id", "period_end", "ref_area", "industry", "firm_size", "digital_standards", "process_firm",
            "process_control", "rd_cycle_start", "rd_cycle", "rd_cycle_saved", "first_pass_start",
            "first_pass_rate", "first_pass_gain",
        )
    }  # fmt: skip


def _varied(rng: np.random.Generator, parts: Ints) -> Ints:
    """Let each part weigh from a half to one and a half times as much."""
    return np.asarray(parts * rng.integers(500, 1501, size=parts.size), dtype=np.int64)


def _adopted(latent: Ints, among: Flags, share: int) -> Flags:
    """Say which of some firms have adopted a practice: so many per mille of them, rounded up."""
    number = -(-int(among.sum()) * share // 1000)
    return highest(np.where(among, latent, -1), number)
