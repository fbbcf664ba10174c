"""Check and freeze one delivered file: seconds and peak memory; goal for a CSV 3 s and 0.6 GB on two cores.

    python benchmarks/bench_collect.py [--rows 1000000] [--runs 5] [--encoding utf-8] [--bad 0] [--format csv]

A CSV of 10 columns is written and held to 20 rules by a contract in a copy of the bundled city's
framework.  Each run is a process of its own, so that its peak memory is its own; the file is read,
checked, frozen and entered in the log.  `--bad 0.01` spoils that part of the cells.

Where pandera is installed (it is no dependency: `pip install "pandera[polars]"`) it runs the same
constraints in turn with ours.  It reads with `polars.read_csv` and freezes nothing.

`--format xlsx` (try `--rows 200000`) or `parquet` delivers the same records so; there is no goal for them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

CONTRACT = """
contract: batches
version: "1"
title: {zh: 批次, en: Batches}
description: {zh: 量速度用, en: For measuring speed}
basis: targeted
series: simulated
time_period: {field: sampled_on, frequency: year}
fields:
  - {name: batch_id, type: string, title: {zh: 批次, en: Batch}, constraints: {required: true, pattern: "B[0-9]{8}"}}
  - {name: firm, type: string, title: {zh: 企业, en: Firm}, constraints: {required: true, maxLength: 40}}
  - {name: ref_area, type: string, title: {zh: 地区, en: Area}, codes: areas, constraints: {required: true}}
  - {name: channel, type: string, title: {zh: 渠道, en: Channel}, codes: "dimension:channel", constraints: {required: true}}
  - {name: sampled_on, type: date, title: {zh: 日期, en: Day}, constraints: {required: true, minimum: 2012-01-01, maximum: 2017-12-31}}
  - {name: n_tested, type: integer, title: {zh: 检验, en: Tested}, constraints: {required: true, minimum: 1}}
  - {name: n_bad, type: integer, title: {zh: 不合格, en: Bad}, constraints: {required: true, minimum: 0}}
  - {name: value, type: number, title: {zh: 货值, en: Value}, constraints: {minimum: 0, maximum: 10000000}}
  - {name: verdict, type: string, title: {zh: 判定, en: Verdict}, constraints: {enum: [conforming, nonconforming]}}
  - {name: note, type: string, title: {zh: 备注, en: Note}}
primaryKey: [batch_id]
rules:
  - {rule: within, condition: n_bad <= n_tested, message: {zh: 多, en: more}, fix: {zh: 改, en: mend}}
  - {rule: verdict_follows, condition: "(verdict = 'conforming') = (n_bad = 0)", message: {zh: 不符, en: differs}, fix: {zh: 改, en: mend}}
"""  # noqa: E501 - 7 required, 6 limits, 2 code lists and an area's validity, pattern, length, enum, key, 2 rules

ONE_RUN = """
import datetime as dt, json, sys, time
from pathlib import Path
from zhiheng.collect.freeze import freeze_city
from zhiheng.framework.city import load

city = load(Path(sys.argv[1]))
started = time.perf_counter()
now = dt.datetime(2026, 11, 22, tzinfo=dt.timezone(dt.timedelta(hours=8)))
report = freeze_city(city, accept_warnings=True, reason="bench", now=now)
seconds = time.perf_counter() - started
status = Path("/proc/self/status").read_text(encoding="utf-8")  # getrusage would count the parent's too
peak = int(status.split("VmHWM:")[1].split()[0]) / 2**20
found = sum(problem.count for problem in report.problems)
print(json.dumps({"seconds": seconds, "peak": peak, "rounds": len(report.rounds), "found": found}))
"""

PEER_RUN = """
import datetime as dt, json, sys, time
from pathlib import Path
import pandera.polars as pa
import polars as pl

areas, channels = json.loads(sys.argv[2])
days = dt.date(2012, 1, 1), dt.date(2017, 12, 31)
within = pl.col("n_bad") <= pl.col("n_tested")
follows = (pl.col("verdict") == "conforming") == (pl.col("n_bad") == 0)
required = {"nullable": False, "required": True}
schema = pa.DataFrameSchema({
    "batch_id": pa.Column(str, pa.Check.str_matches(r"^B[0-9]{8}$"), unique=True, **required),
    "firm": pa.Column(str, pa.Check.str_length(max_value=40), **required),
    "ref_area": pa.Column(str, pa.Check.isin(areas), **required),
    "channel": pa.Column(str, pa.Check.isin(channels), **required),
    "sampled_on": pa.Column(pl.Date, pa.Check.in_range(*days), **required),
    "n_tested": pa.Column(int, pa.Check.ge(1), **required),
    "n_bad": pa.Column(int, pa.Check.ge(0), **required),
    "value": pa.Column(float, pa.Check.in_range(0, 10_000_000), nullable=True),
    "verdict": pa.Column(str, pa.Check.isin(["conforming", "nonconforming"]), nullable=True),
    "note": pa.Column(str, nullable=True),
}, checks=[pa.Check(lambda d: d.lazyframe.select(within)), pa.Check(lambda d: d.lazyframe.select(follows))])
started = time.perf_counter()
frame = pl.read_csv(sys.argv[1], try_parse_dates=True, schema_overrides={"ref_area": pl.String})
schema.validate(frame, lazy=True)
seconds = time.perf_counter() - started
status = Path("/proc/self/status").read_text(encoding="utf-8")
print(json.dumps({"seconds": seconds, "peak": int(status.split("VmHWM:")[1].split()[0]) / 2**20}))
"""


def write_city(folder: Path) -> None:
    """Copy the bundled city's framework and add the contract."""
    bundled = resources.files("zhiheng") / "cities" / "liuzhou"
    with resources.as_file(bundled) as source:
        for path in [source / "city.yaml", *(source / "framework").rglob("*.yaml")]:
            place = folder / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    (folder / "framework/contracts/batches.yaml").write_text(CONTRACT, encoding="utf-8")


def write_records(
    folder: Path, rows: int, encoding: str, bad: float, suffix: str
) -> tuple[Path, list[str], list[str]]:
    """Write the file; return it and the codes that it uses."""
    from zhiheng.framework.city import load

    city = load(folder)
    rng = np.random.default_rng(1)
    areas = [a for a in city.areas.children("450200") if city.areas[a].valid_from is None]
    channels = [item.code for item in city.dimensions["channel"].codes]
    tested = rng.integers(1, 50, rows)
    failed = rng.binomial(tested, 0.02)
    frame = pl.DataFrame(
        {
            "batch_id": pl.int_range(rows, eager=True).cast(pl.String).str.zfill(8),
            "firm": rng.integers(1, 2001, rows),
            "ref_area": np.array(areas)[rng.integers(0, len(areas), rows)],
            "channel": np.array(channels)[rng.integers(0, len(channels), rows)],
            "sampled_on": np.datetime64("2012-01-01") + rng.integers(0, 2190, rows).astype("m8[D]"),
            "n_tested": tested,
            "n_bad": failed,
            "value": rng.gamma(2.0, 5000.0, rows).round(2),
            "verdict": np.where(failed > 0, "nonconforming", "conforming"),
            "note": pl.Series([None, None, "复检一次", "现场封样,双方签字"]).gather(rng.integers(0, 4, rows)),
        }
    )
    spoilt, negative = (pl.Series(rng.random(rows) < bad) for _ in range(2))
    tested = pl.when(spoilt).then(pl.lit("abc")).otherwise(pl.col("n_tested").cast(pl.String))
    frame = frame.with_columns(
        pl.format("B{}", "batch_id").alias("batch_id"),
        pl.format("柳州某某有限公司{}", "firm").alias("firm"),
        pl.col("sampled_on").cast(pl.Date),
        tested.alias("n_tested"),
        pl.when(negative).then(-1.0).otherwise("value").alias("value"),
    )
    path = folder / f"1_collected/quality_office/batches.{suffix}"
    path.parent.mkdir(parents=True)
    if suffix == "xlsx":
        frame.write_excel(path, autofit=False)
    elif suffix == "parquet":
        frame.write_parquet(path)
    else:
        path.write_bytes(frame.write_csv().encode(encoding))
    return path, areas, channels


def once(code: str, *arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def show(what: str, runs: list[dict[str, float]]) -> None:
    seconds = [run["seconds"] for run in runs]
    print(
        f"{what:22} median {statistics.median(seconds):5.2f} s  ({min(seconds):.2f} - {max(seconds):.2f})"
        f"   peak {max(run['peak'] for run in runs):.2f} GiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--encoding", choices=["utf-8", "gb18030"], default="utf-8")
    parser.add_argument("--format", choices=["csv", "xlsx", "parquet"], default="csv")
    parser.add_argument("--bad", type=float, default=0.0, help="part of the cells of two columns to spoil")
    options = parser.parse_args()
    has_peer = importlib.util.find_spec("pandera") is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        write_city(folder)
        path, areas, channels = write_records(
            folder, options.rows, options.encoding, options.bad, options.format
        )
        print(f"{options.rows} rows x 10 columns, {path.stat().st_size / 1e6:.0f} MB, {options.format}")
        ours: list[dict[str, float]] = []
        theirs: list[dict[str, float]] = []
        for _ in range(options.runs):
            for frozen in sorted((folder / "2_frozen").rglob("*"), reverse=True):
                frozen.unlink() if frozen.is_file() else frozen.rmdir()
            ours.append(once(ONE_RUN, str(folder)))
            if has_peer and (options.format, options.encoding, options.bad) == ("csv", "utf-8", 0):
                theirs.append(once(PEER_RUN, str(path), json.dumps([areas, channels])))
            time.sleep(0.2)
        show("check and freeze", ours)
        print(f"{'':22} {ours[0]['rounds']:.0f} rounds, {ours[0]['found']:.0f} findings")
        if theirs:
            show("pandera, check only", theirs)


if __name__ == "__main__":
    main()
