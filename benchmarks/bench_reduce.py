"""Rows to small tables: how the cost grows with rows, on one thread and on all.

    python benchmarks/bench_reduce.py [--rows 1000000 3000000 10000000]

Simulated inspection records of the bundled city are written as frozen files of one year each and
reduced for all indicators that use them, in one scan.  The bytes must not depend on the threads.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

from zhiheng.framework.city import City, load
from zhiheng.reduce.tables import Part, reduce_city

TABLE = "simulated_inspections"
YEARS = range(2012, 2018)


def frozen(city: City, folder: Path, rows: int, rng: np.random.Generator) -> list[Part]:
    parts = []
    for year in YEARS:
        n = rows // len(YEARS)
        tested = rng.integers(1, 20, n)
        bad = rng.binomial(tested, 0.01)

        def codes(dimension: str) -> np.ndarray:
            names = np.array([item.code for item in city.dimensions[dimension].codes])
            return names[rng.integers(0, len(names), n)]  # noqa: B023 - called at once

        areas = np.array([a for a in city.areas.children("450200") if a != "450206"])
        frame = pl.DataFrame(
            {
                "ref_area": areas[rng.integers(0, len(areas), n)],
                "industry": codes("industry"),
                "firm_size": codes("firm_size"),
                "channel": codes("channel"),
                "sampled_on": np.datetime64(f"{year}-01-01") + rng.integers(0, 365, n).astype("m8[D]"),
                "batch_value": rng.integers(1, 10**6, n),
                "n_tested": tested,
                "n_nonconforming": bad,
                "verdict": np.where(bad > 0, "nonconforming", "conforming"),
            }
        ).cast({"sampled_on": pl.Date})
        file = f"{year}.parquet"
        frame.write_parquet(folder / file)
        parts.append(Part(TABLE, str(year), "simulation", file, str(year)))
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000])
    with resources.as_file(resources.files("zhiheng") / "cities" / "liuzhou") as bundled:
        city = load(bundled)
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            parts = frozen(city, folder, rows, np.random.default_rng(1))
            moved = City(**{**vars(city), "folder": folder})
            hashes = set()
            for workers in (1, os.cpu_count() or 1):
                out = folder / f"out_{workers}"
                out.mkdir()
                started = time.perf_counter()
                reduce_city(moved, parts, out, workers=workers)
                took = time.perf_counter() - started
                hashes.add(hashlib.sha256((out / f"{TABLE}.parquet").read_bytes()).hexdigest())
                print(
                    f"{rows:>12,} rows  {workers} threads  {took:6.2f} s  {took / rows * 1e9:6.0f} ns a row"
                )
            print(f"{'':>12} same bytes: {len(hashes) == 1}")


if __name__ == "__main__":
    main()
