"""The bundled city in a folder of a test's own, and hand-made frozen records for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from importlib import resources
from pathlib import Path

import polars as pl

from zhiheng.framework.city import City, load
from zhiheng.reduce.tables import Part, reduce_city

TABLE = "simulated_inspections"


def city_in(folder: Path) -> City:
    """The bundled city's framework, with its records to be found in `folder`."""
    with resources.as_file(resources.files("zhiheng") / "cities" / "liuzhou") as bundled:
        return dataclasses.replace(load(bundled), folder=folder)


def batches(
    n: int,
    day: str,
    area: str,
    *,
    bad: int = 0,
    channel: str = "production",
    size: str = "small",
    value: int = 1,
) -> pl.DataFrame:
    """`n` batches of ten items on one day in one county, `bad` of them with one nonconforming item."""
    return pl.DataFrame(
        {
            "ref_area": [area] * n,
            "industry": ["C30_2011"] * n,
            "firm_size": [size] * n,
            "channel": [channel] * n,
            "sampled_on": [dt.date.fromisoformat(day)] * n,
            "batch_value": [value] * n,
            "n_tested": [10] * n,
            "n_nonconforming": [1] * bad + [0] * (n - bad),
            "verdict": ["nonconforming"] * bad + ["conforming"] * (n - bad),
        }
    )


def freeze_by_hand(city: City, *frames: pl.DataFrame) -> list[Part]:
    """One frozen file for each frame; what is under test here is not the freezing."""
    parts = []
    for i, frame in enumerate(frames):
        file = f"part{i}.parquet"
        frame.write_parquet(city.folder / file)
        parts.append(Part(TABLE, f"part{i}", "simulation", file, f"sha-{i}"))
    return parts


def reduced(city: City, *frames: pl.DataFrame) -> pl.DataFrame:
    """The reduced table of the frames, each as a frozen file of its own."""
    out = city.folder / "3_reduced"
    out.mkdir()
    reduce_city(city, freeze_by_hand(city, *frames), out)
    return pl.read_parquet(out / f"{TABLE}.parquet")
