"""The index engine: robustness of the ASEM index, a large index rebuilt, benefit of the doubt, growth.

    python benchmarks/bench_index.py [--repeat 5]

The ASEM data of COINr are read from the folder that `ZHIHENG_VALIDATION` names (default
`../shared/validation`); without it, simulated data of the same size (51 units, 49 indicators, eight
pillars, two sub-indices) take their place and the table says so.  Clock is the median of the
repeats, processor the least processor time of one (on a busy machine nearer to what the work takes).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from zhiheng import index
from zhiheng.index.bod import benefit_of_the_doubt

LEVELS = ["indicator", "pillar", "sub_index", "index"]
STEPS: list[dict[str, Any]] = [
    {"denominate": {}},
    {"impute": {"method": "group_mean", "by": "EurAsia_group"}},
    {"screen": {"rule": "missing", "min_available": 0.9}},
    {"treat": {"method": "winsorise", "max_points": 5, "skew": 2, "kurtosis": 3.5, "otherwise": "log_ct"}},
    {"normalise": {"method": "min_max", "range": [0, 100]}},
    {"aggregate": {"method": "arithmetic"}},
]
VARY = [
    index.Vary("treat.max_points", [1, 2, 3, 4, 5]),
    index.Vary(
        "normalise", [{"method": "min_max", "range": [1, 100]}, {"method": "z_score", "mean": 10, "sd": 2}]
    ),
    index.Vary("weights", noise=0.25, levels=["pillar", "sub_index"]),
    index.Vary("aggregate.method", ["arithmetic", "geometric"]),
]


def asem() -> tuple[str, index.Index, pl.DataFrame]:
    folder = Path(os.environ.get("ZHIHENG_VALIDATION", "../shared/validation")) / "asem"
    if not folder.is_dir():
        return ("simulated, of the size of ASEM", *simulated(51, 49, 8, 2))
    spec = index.from_coinr(folder / "iMeta.csv", steps=STEPS, levels=LEVELS)
    return "ASEM", spec, pl.read_csv(folder / "iData.csv", null_values="NA", infer_schema_length=None)


def simulated(units: int, indicators: int, pillars: int, subs: int) -> tuple[index.Index, pl.DataFrame]:
    rng = np.random.default_rng(1)
    x = 50 + 10 * rng.normal(size=(units, 1)) + 15 * rng.normal(size=(units, indicators))
    skewed = np.arange(indicators) % 3 == 0
    x[:, skewed] = np.exp(x[:, skewed] / 20)
    codes = [f"i{j}" for j in range(indicators)]
    groups = [
        {"code": f"p{p}", "parts": [{"code": code} for code in codes[p::pillars]]} for p in range(pillars)
    ]
    tree = {"code": "all", "parts": [{"code": f"s{s}", "parts": groups[s::subs]} for s in range(subs)]}
    spec = index.Index.build(index="all", levels=LEVELS, tree=tree, steps=STEPS[3:])
    data = pl.DataFrame(dict(zip(codes, x.T, strict=True)))
    return spec, data.select(pl.Series("unit", [f"u{i}" for i in range(units)]), pl.all())


def timed(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Return the median of the clock, and the least processor time."""
    clock, processor = [], []
    for _ in range(repeat):
        started, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return statistics.median(clock), min(processor)


def say(what: str, seconds: tuple[float, float]) -> None:
    print(f"{what:<66}{seconds[0]:9.3f} s{seconds[1]:9.3f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    name, spec, data = asem()
    print(f"{name}\n{'':<66}{'clock':>11}{'processor':>11}")

    def sensitivity() -> None:
        index.sensitivity(spec, data, vary=VARY, n=500, n_boot=1000, rng=np.random.default_rng(1))

    def monte_carlo(n: int, of: Any = (spec, data), vary: Any = VARY) -> None:
        index.uncertainty(*of, vary=vary, n=n, rng=np.random.default_rng(1))

    sensitivity()  # imports are not counted
    say("Sobol sensitivity, 3,000 evaluations and 1,000 bootstraps", timed(sensitivity, repeat))
    for n in (1000, 10_000, 100_000):
        say(f"{n:,} Monte-Carlo evaluations", timed(lambda n=n: monte_carlo(n), min(repeat, 3)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{'peak memory so far':<66}{peak:9.2f} GiB")
    large = simulated(3000, 100, 10, 2)
    index.compute(*large)
    say("3,000 units x 100 indicators rebuilt", timed(lambda: index.compute(*large), repeat))
    x = np.random.default_rng(1).uniform(1, 100, (3000, 10))
    say("benefit of the doubt, 3,000 units x 10 indicators", timed(lambda: benefit_of_the_doubt(x), 1))
    say("the same, each share at least 2 per cent", timed(lambda: benefit_of_the_doubt(x, 0.02), 1))
    print("growth (simulated)")
    for units, indicators in ((50, 50), (500, 50), (5000, 50), (500, 10), (500, 250)):
        made = simulated(units, indicators, max(2, indicators // 6), 2)
        index.compute(*made)
        size = f"{units:>7,} units {indicators:>4} indicators"
        say(f"{size}: one build", timed(lambda made=made: index.compute(*made), repeat))
        say(f"{size}: 1,000 evaluations", timed(lambda made=made: monte_carlo(1000, made, VARY[1:]), 1))


if __name__ == "__main__":
    main()
