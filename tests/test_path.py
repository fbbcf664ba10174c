"""The path: what is done again, what is left alone, and what survives when it breaks."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import NOW
from zhiheng.collect import rounds
from zhiheng.errors import ZhihengError
from zhiheng.pipeline import STAGES, Run, undo_freeze

MADE = ("3_reduced", "4_computed", "5_published")
PRODUCTS = "framework/indicators/20_products.yaml"
FIGURES = "1_collected/quality_office/figures.csv"


def walk(folder: Path, until: str = "publish", *, reason: str = "a test", **options) -> Run:
    run = Run(folder=folder, now=NOW, reason=reason, **options)
    run.go(until)
    return run


def contents(folder: Path, *names: str) -> dict[str, str]:
    """The checksum of every file below some of a city's folders."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in names
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_figure_of_the_bundled_city_has_a_basis(demo):
    figures = pl.read_parquet(demo / "4_computed/figures.parquet")
    assert figures.height > 1000
    assert figures.filter(pl.col("basis").is_null()).height == 0


def test_nothing_changed_nothing_done(liuzhou):
    before = contents(liuzhou, *MADE)
    assert not any(walk(liuzhou).done.values())
    assert contents(liuzhou, *MADE) == before


@pytest.mark.slow
def test_made_again_from_the_frozen_files_every_byte_is_the_same(liuzhou):
    before = contents(liuzhou, *MADE)
    for name in MADE:
        shutil.rmtree(liuzhou / name)
    done = walk(liuzhou, workers=1).done
    assert (done["freeze"], done["reduce"], done["compute"], done["publish"]) == (False, True, True, True)
    assert contents(liuzhou, *MADE) == before


def test_a_corrected_figure_supersedes_one_round_and_moves_one_figure(liuzhou):
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",84.23,2,index,")
    log = rounds.read(liuzhou)
    walk(liuzhou, "compute", reason="misread in the clipping")
    new = rounds.read(liuzhou)[len(log) :]
    assert [(r.table, r.time_period, r.version, r.supersedes, r.reason) for r in new] == [
        ("figures", "2015", 2, 1, "misread in the clipping")
    ]


def test_a_framework_edit_reduces_no_file_again(liuzhou, monkeypatch):
    from zhiheng.reduce import tables

    monkeypatch.setattr(tables, "reduce_part", lambda *_: pytest.fail("a frozen file was reduced again"))
    replace_in(
        liuzhou / PRODUCTS,
        "产品质量监督抽查合格率",
        "产品质量监督抽查批次合格率",
    )
    done = walk(liuzhou, "compute").done
    assert done["reduce"] and done["compute"]


def test_a_mistaken_freeze_is_undone_by_a_round_and_stays_undone(liuzhou):
    before = contents(liuzhou, "3_reduced", "4_computed")
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",48.22,2,index,")
    walk(liuzhou, "compute")
    assert contents(liuzhou, "4_computed") != before
    undone = undo_freeze(liuzhou, "figures/2015/quality_office", "digits swapped", NOW)
    assert (undone.action, undone.version, undone.restores) == ("restore", 3, 1)
    walk(liuzhou, "compute")
    after = contents(liuzhou, "4_computed")
    assert after["4_computed/figures.parquet"] == before["4_computed/figures.parquet"]
    assert walk(liuzhou, "compute").done["freeze"] is False, "the mistaken file is still there, and stays out"


def test_an_undo_can_be_undone(liuzhou):
    before = contents(liuzhou, "4_computed")
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",48.22,2,index,")
    walk(liuzhou, "compute")
    mistaken = contents(liuzhou, "4_computed")
    for expected in (before, mistaken, before):
        undo_freeze(liuzhou, "figures/2015/quality_office", "on second thoughts", NOW)
        walk(liuzhou, "compute")
        key = "4_computed/figures.parquet"
        assert contents(liuzhou, "4_computed")[key] == expected[key]


def test_a_round_is_superseded_only_with_a_reason(liuzhou):
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",84.23,2,index,")
    log = rounds.read(liuzhou)
    with pytest.raises(ZhihengError) as error:
        walk(liuzhou, reason="")
    assert [(p.rule, p.found) for p in error.value.problems if p.severity == "error"] == [
        ("reason_needed", "2015")
    ]
    assert rounds.read(liuzhou) == log


def test_rounds_that_are_not_delivered_any_more_are_named_and_stay(liuzhou):
    path = liuzhou / "1_collected/simulation/simulated_inspections.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "SIMB-2017" not in line), encoding="utf-8")
    run = walk(liuzhou, "compute")
    (note,) = [p for p in run.problems if p.rule == "round_not_delivered"]
    assert note.found == "simulated_inspections/2017/simulation"
    assert not run.done["compute"]


def cut_last_line(log: Path) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda log: log.write_bytes(b""), cut_last_line])
def test_a_lost_or_shortened_log_stops_the_path_and_leaves_the_result(liuzhou, spoil):
    before = contents(liuzhou, *MADE)
    spoil(liuzhou / rounds.LOG)
    with pytest.raises(ZhihengError) as error:
        walk(liuzhou)
    assert [p.rule for p in error.value.problems] == ["log_cut"]
    assert contents(liuzhou, *MADE) == before


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:-1] + b"x")])
def test_an_altered_frozen_file_stops_the_path_and_leaves_the_result(liuzhou, spoil):
    """Even where nothing else changed: a result must not outlive its evidence unnoticed."""
    before = contents(liuzhou, *MADE)
    frozen = liuzhou / rounds.current(rounds.read(liuzhou))[0].file
    frozen.chmod(0o644)
    spoil(frozen)
    with pytest.raises(ZhihengError) as error:
        walk(liuzhou)
    assert {p.where for p in error.value.problems} == {str(frozen.relative_to(liuzhou))}
    assert contents(liuzhou, *MADE) == before


@pytest.mark.parametrize(
    "file", ["3_reduced/figures.parquet", "4_computed/figures.parquet", "5_published/site/index.html"]
)
def test_a_damaged_result_is_made_again(liuzhou, file):
    before = contents(liuzhou, *MADE)
    (liuzhou / file).write_bytes(b"xx")
    walk(liuzhou)
    assert contents(liuzhou, *MADE) == before


KILLED = """
import os, sys, datetime as dt
from pathlib import Path
from zhiheng import pipeline, store
from zhiheng.collect import freeze

folder, point = Path(sys.argv[1]), sys.argv[2]
now = dt.datetime(2026, 11, 22, tzinfo=dt.timezone.utc)
die = lambda *a, **k: os._exit(9)
if point == "freeze":                       # frozen files are there, the log is not written yet
    from zhiheng.collect import rounds
    freeze.rounds.append = die
elif point in ("reduce", "compute", "publish"):      # the new folder is complete, not yet in place
    kept, place = store.swap, {"reduce": "3_", "compute": "4_", "publish": "5_"}[point]
    store.swap = lambda new, old: die() if old.name.startswith(place) else kept(new, old)
pipeline.Run(folder=folder, now=now, reason='a test').go()
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", STAGES[1:])
def test_a_killed_run_leaves_the_last_complete_result(liuzhou, point):
    before = contents(liuzhou, *MADE)
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",84.23,2,index,")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(liuzhou), point], check=False)
    assert killed.returncode == 9
    place = {"freeze": 0, "reduce": 0, "compute": 1, "publish": 2}[point]
    untouched = MADE[place:]
    assert contents(liuzhou, *untouched) == {k: v for k, v in before.items() if k.startswith(untouched)}
    walk(liuzhou)
    assert not any(walk(liuzhou).done.values())
    assert not list(liuzhou.rglob("*.partial")), "nothing half-made is left"


def test_two_runs_at_once_the_second_says_who_holds_the_folder(liuzhou):
    holding = (
        "import sys, time; from pathlib import Path; from zhiheng import store\n"
        "with store.lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", holding, str(liuzhou)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(ZhihengError) as error:
            walk(liuzhou)
        assert error.value.problems[0].rule == "locked"
        assert f"pid {holder.pid}" in error.value.problems[0].found
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert not any(walk(liuzhou).done.values()), "a killed holder holds no longer"


def without_write_permission(folder: Path) -> subprocess.CompletedProcess[str]:
    """Walk the path where the folder may be read and not written, root's privileges laid down."""
    command = [sys.executable, "-m", "zhiheng.cli", "run", str(folder), "--lang", "en"]
    if os.getuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_read_only_folder_is_said_to_be_one(liuzhou):
    before = contents(liuzhou, *MADE)
    replace_in(liuzhou / PRODUCTS, "产品质量监督抽查合格率", "监督抽查合格率")
    told = without_write_permission(liuzhou)
    assert told.returncode == 1, told.stderr
    assert "it cannot be written" in told.stderr
    assert "Traceback" not in told.stderr
    assert contents(liuzhou, *MADE) == before


def test_a_full_disk_leaves_the_last_complete_result(liuzhou, monkeypatch):
    """The disk fills while the figures are written: the old ones stay, and the reader is told why."""
    import errno

    from zhiheng.compute import figures

    before = contents(liuzhou, "4_computed", "5_published")
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",84.23,2,index,")

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(figures, "with_headlines", full)
    with pytest.raises(ZhihengError) as error:
        walk(liuzhou)
    assert [p.rule for p in error.value.problems] == ["disk_full"]
    assert contents(liuzhou, "4_computed", "5_published") == before


DEMO = """
import os, sys, errno
from zhiheng.cli import main
left, sync = int(sys.argv.pop()), os.fsync
def fsync(descriptor):
    global left
    left -= 1
    if left < 0:
        raise OSError(errno.ENOSPC, "No space left on device")
    sync(descriptor)
os.fsync = fsync
main()
"""


def demo_on(disk: Path, writes: int) -> subprocess.CompletedProcess[str]:
    """Make the demonstration city on a disk that refuses after a number of writes."""
    command = [sys.executable, "-c", DEMO, "demo", "--to", str(disk / "liuzhou"), "--lang", "en", str(writes)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.slow
@pytest.mark.parametrize("writes", [0, 10, 35, 37, 40, 60])
def test_a_disk_that_fills_is_said_to_be_full_at_every_stage(tmp_path, writes):
    told = demo_on(tmp_path, writes)
    assert told.returncode == 1
    assert "the disk is full" in told.stderr
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [3800, 4300, 4600, 4900, 9000])
def test_the_same_on_a_real_disk_that_is_too_small(tmp_path, kilobytes):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        told = demo_on(disk, kilobytes // 100)  # who may not mount gets a disk that refuses
    else:
        try:
            told = demo_on(disk, 10**6)
        finally:
            subprocess.run(["umount", disk], check=True)
    assert told.returncode == 1
    assert "the disk is full" in told.stderr


def test_an_unchanged_run_reads_neither_framework_nor_engine(liuzhou):
    """What makes it quick: nothing heavy is imported when there is nothing to do."""
    script = (
        "import sys, datetime as dt; from pathlib import Path; from zhiheng.pipeline import Run\n"
        "Run(folder=Path(sys.argv[1]), now=dt.datetime.now(dt.timezone.utc)).go()\n"
        "print([m for m in ('polars', 'duckdb', 'pydantic', 'altair', 'scipy') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(liuzhou)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_a_folder_that_is_no_city_is_named(tmp_path):
    with pytest.raises(ZhihengError) as error:
        walk(tmp_path)
    assert error.value.problems[0].rule == "not_a_city"
    assert list(tmp_path.iterdir()) == [], "and nothing is left in it"


def test_stages_are_told_in_order(liuzhou):
    told: list[str] = []
    shutil.rmtree(liuzhou / "3_reduced")
    run = Run(folder=liuzhou, now=NOW, say=lambda stage, _what: told.append(stage))
    run.go("compute")
    assert list(dict.fromkeys(told)) == ["reduce"], "the same reduced tables need no new figures"
