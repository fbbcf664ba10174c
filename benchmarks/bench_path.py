"""How long the path takes on the bundled city: from nothing, unchanged, and after one change.

    python benchmarks/bench_path.py [--runs 3]

Whole processes are timed, start-up of Python included: what a user waits for.  Goals (DESIGN
section 9): 20 s from nothing, 1 s when nothing changed, 0.3 s for `--help`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ZHIHENG = [sys.executable, "-m", "zhiheng.cli"]


def seconds(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([*ZHIHENG, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def report(what: str, times: list[float]) -> None:
    print(f"{what:30} median {statistics.median(times):6.2f} s   {min(times):.2f} - {max(times):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        cities = [Path(folder) / f"liuzhou_{i}" for i in range(runs)]
        report("demo, from nothing", [seconds("demo", "--to", str(city)) for city in cities])
        report("run, nothing changed", [seconds("run", str(cities[0])) for _ in range(runs)])
        changed = []
        for i, city in enumerate(cities):
            settings = city / "framework" / "indicators" / "20_products.yaml"
            settings.write_text(settings.read_text(encoding="utf-8") + f"# {i}\n", encoding="utf-8")
            changed.append(seconds("run", str(city)))
        report("run, the indicators touched", changed)
        report("--help", [seconds("--help") for _ in range(max(runs, 5))])


if __name__ == "__main__":
    main()
