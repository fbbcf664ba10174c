"""A process killed at any write, a full disk, a folder that cannot be written: as it was before."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collect.deliveries import NOON, Office, new_office, text, worded
from zhiheng import store
from zhiheng.collect import rounds
from zhiheng.collect.freeze import undo
from zhiheng.errors import ZhihengError

NOBODY = 65534


class Killed(BaseException):
    """What no one catches."""


def delivered(office: Office) -> Office:
    """Freeze one version, then deliver a correction and something new: a log and two files to write."""
    office.deliver("inspections", text("inspections"))
    office.freeze()
    office.deliver("inspections", text("inspections", {"n_bad": "1"}, {"sampled_on": "2014-01-01"}))
    return office


def said(call) -> list[str]:
    with pytest.raises(ZhihengError) as raised:
        call()
    return [p.rule for p in worded(raised.value.problems)]


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, at: int, *, half: bool = False) -> None:
    """Let the n-th atomic write fail, before it begins or when half of it is on the disk."""
    honest, count = os.fsync, iter(range(1, 100))

    def fsync(descriptor: int) -> None:
        if next(count) == at:
            if half:
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            raise error
        honest(descriptor)

    monkeypatch.setattr(store.os, "fsync", fsync)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("error", [Killed(), KeyboardInterrupt()])
def test_a_freeze_that_is_stopped_leaves_what_was_there(office, monkeypatch, error, at, half):
    before = delivered(office).frozen()
    with monkeypatch.context() as patch:
        failing(patch, error, at, half=half)
        with pytest.raises(type(error)):
            office.freeze()
    assert office.frozen() == before
    assert [(r.time_period, r.version) for r in office.freeze().rounds] == [("2014", 1), ("2015", 2)]
    assert rounds.verify(office.folder, rounds.read(office.folder)) == []


KILLED_AT = """
import os, sys
from pathlib import Path
from tests.collect.deliveries import Office
at, half = int(sys.argv[2]), sys.argv[3] == "half"
honest, count = os.fsync, iter(range(1, 100))
def fsync(descriptor):
    if next(count) == at:
        if half:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        os._exit(9)
    honest(descriptor)
os.fsync = fsync
Office(Path(sys.argv[1])).freeze()
"""


@pytest.mark.parametrize(("at", "half"), [(1, "whole"), (2, "half"), (3, "whole"), (3, "half")])
def test_a_freeze_that_dies_without_a_last_word(office, at, half):
    before = delivered(office).frozen()
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED_AT, str(office.folder), str(at), half]
    assert subprocess.run(command, cwd=root, check=False).returncode == 9
    after = office.frozen()
    assert after[rounds.LOG] == before[rounds.LOG]
    assert after[rounds.HEAD] == before[rounds.HEAD]
    assert {name: after[name] for name in before} == before
    with store.lock(office.folder):  # takes the half-written file away
        assert [(r.time_period, r.version) for r in office.freeze().rounds] == [("2014", 1), ("2015", 2)]
    assert rounds.verify(office.folder, rounds.read(office.folder)) == []
    assert sorted(office.frozen()) == [
        "2_frozen/inspections/time_period=2014/lab-v0001.parquet",
        "2_frozen/inspections/time_period=2015/lab-v0001.parquet",
        "2_frozen/inspections/time_period=2015/lab-v0002.parquet",
        rounds.HEAD,
        rounds.LOG,
    ]


def test_an_orphan_of_a_dead_run_gives_way_to_other_records(office):
    delivered(office)
    orphan = office.folder / "2_frozen/inspections/time_period=2015/lab-v0002.parquet"
    orphan.write_bytes(b"half")
    orphan.chmod(0o444)
    office.freeze()
    assert rounds.verify(office.folder, rounds.read(office.folder)) == []


def test_a_failure_after_the_log_is_written_keeps_the_files_it_lists(office, monkeypatch):
    delivered(office)
    honest = rounds.append

    def append(*arguments):
        honest(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rounds, "append", append)
        with pytest.raises(Killed):
            office.freeze()
    assert [r.version for r in rounds.read(office.folder)] == [1, 1, 2]
    assert rounds.verify(office.folder, rounds.read(office.folder)) == []
    assert office.freeze().rounds == []


def test_an_undo_that_is_stopped_leaves_what_was_there(office, monkeypatch):
    delivered(office).freeze()
    before = office.frozen()
    for at in (1, 2):
        with monkeypatch.context() as patch:
            failing(patch, Killed(), at)
            with pytest.raises(Killed):
                undo(office.city, "inspections", "2015", "lab", reason="x", now=NOON)
        assert office.frozen() == before


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_no_space_at_any_write(office, monkeypatch, at):
    """Writes: the key of personal fields, two frozen files, the log."""
    office.deliver("inspections", text("inspections", {}, {"sampled_on": "2014-01-01"}))
    with monkeypatch.context() as patch:
        failing(patch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), at)
        assert said(office.freeze) == ["disk_full"]
    assert office.frozen() == {}
    assert not list(office.folder.glob(".*partial"))
    assert len(office.freeze().rounds) == 2


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of half a megabyte; tell whether that could be done."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and (
        subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk") as mounted:
        office = delivered(new_office(tmp_path / "disk" / "city"))
        before, filler = office.frozen(), tmp_path / "disk" / "filler"
        if mounted:
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
                while True:
                    stream.write(bytes(4096))
            assert said(office.freeze) == ["disk_full"]
            filler.unlink()
        else:  # the disk says no at the same place
            with monkeypatch.context() as patch:
                failing(patch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1)
                assert said(office.freeze) == ["disk_full"]
        assert office.frozen() == before
        assert len(office.freeze().rounds) == 2


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    """Go on as a user to whom permissions apply (root may write everywhere)."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are another matter there")
def test_a_folder_that_cannot_be_written():
    # Not below tmp_path, which another user may not enter.
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as name:
        Path(name).chmod(0o755)
        office = delivered(new_office(Path(name) / "city"))
        before = office.frozen()
        folders = [office.folder, *(p for p in office.folder.rglob("*") if p.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        (office.folder / ".zhiheng_key").chmod(0o444)
        try:
            with another_user():
                assert said(office.freeze) == ["not_writable"]
                take_back = ("inspections", "2015", "lab")
                assert said(lambda: undo(office.city, *take_back, reason="x", now=NOON)) == ["not_writable"]
                assert [file.table for file in office.check_all()] == [
                    "inspections"
                ]  # a check needs no writing
        finally:
            for folder in folders:
                folder.chmod(0o755)
        assert office.frozen() == before
        assert len(office.freeze().rounds) == 2


@pytest.mark.skipif(os.name == "nt", reason="permissions of files are another matter there")
def test_files_that_may_not_be_read():
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as name:
        Path(name).chmod(0o755)
        office = delivered(new_office(Path(name) / "city"))
        key = office.folder / ".zhiheng_key"
        collected = office.folder / "1_collected/lab/inspections.csv"
        city = office.city
        office.check_all()
        with another_user():
            from zhiheng.collect.check import check_city

            key.stat()
            if os.geteuid() != key.stat().st_uid:
                assert said(lambda: check_city(city)) == ["file_unreadable"]
        key.chmod(0o644)
        collected.chmod(0)
        with another_user():
            [file] = office.check_all()
            assert [p.rule for p in file.problems] == ["file_unreadable"]
