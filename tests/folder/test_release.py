"""Releases: kept whole, named once, never rewritten, and every alteration noticed."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from tests.conftest import NOW
from tests.folder.conftest import walk
from tests.test_path import contents
from zhiheng.errors import ZhihengError
from zhiheng.folder import release

PLACE = "6_released/2018"


def rules(*, of) -> list[str]:
    with pytest.raises(ZhihengError) as error:
        of()
    return [p.rule for p in error.value.problems]


def again(tiny, name="2018-2"):
    return release.release(tiny, name, reason="", now=NOW)


def test_a_release_keeps_the_figures_what_they_rest_on_and_the_open_data(tiny):
    place = tiny / PLACE
    for name in ("figures.parquet", "lineage.parquet"):
        assert (place / name).read_bytes() == (tiny / "4_computed" / name).read_bytes()
    assert contents(place, "framework") == contents(tiny, "framework")
    assert (place / "rounds.jsonl").read_bytes() == (tiny / "2_frozen/rounds.jsonl").read_bytes()
    assert (place / "published/site/data/datapackage.json").is_file()
    assert not list(place.rglob("*.html"))
    (made,) = release.read(tiny)
    assert (made.name, made.as_of, made.reason, made.rounds) == ("2018", "2018-12-31", "annual", 6)
    assert set(made.files) == {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}


def test_its_files_are_read_only(tiny):
    files = [path for path in (tiny / PLACE).rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o222 for path in files} == {0}


def test_a_name_is_used_once(tiny):
    before = contents(tiny, "6_released")
    assert rules(of=lambda: again(tiny, "2018")) == ["release_taken"]
    assert contents(tiny, "6_released") == before


def test_names_that_some_disks_take_for_one_are_one(tiny):
    again(tiny, "2018-Q3")
    before = contents(tiny, "6_released")
    assert rules(of=lambda: again(tiny, "2018-q3")) == ["release_taken"]
    assert contents(tiny, "6_released") == before


@pytest.mark.parametrize("name", ["", ".x", "a/b", "..", "a b", "x" * 65, "2018."])
def test_a_name_that_cannot_be_a_folder_is_refused(tiny, name):
    assert rules(of=lambda: again(tiny, name)) == ["release_name"]


def test_only_what_the_folder_would_give_now_is_released(tiny):
    path = tiny / "framework/parameters.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("value: 95", "value: 90"), encoding="utf-8")
    assert rules(of=lambda: again(tiny)) == ["release_not_current"]
    walk(tiny)
    assert again(tiny).release == 2


def test_a_delivered_file_that_was_not_frozen_is_not_released_over(tiny):
    path = next(path for path in sorted((tiny / "1_collected").rglob("*.csv")))
    text = path.read_bytes()
    path.write_bytes(text + b"\n")
    assert rules(of=lambda: again(tiny)) == ["release_not_frozen"]
    path.write_bytes(text)
    assert again(tiny).release == 2


def alter(path):
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda place: alter(place / "figures.parquet"), "figures.parquet"),
        (lambda place: (place / "city.yaml").unlink(), "city.yaml"),
        (lambda place: (place / "more.txt").touch(), "more.txt"),
    ],
)
def test_an_altered_release_is_noticed(tiny, zhiheng, spoil, where):
    spoil(tiny / PLACE)
    assert [(p.rule, p.where) for p in release.verify(tiny, release.read(tiny))] == [
        ("release_altered", f"{PLACE}/{where}")
    ]
    assert rules(of=lambda: again(tiny)) == ["release_altered"]
    for command in (("release", tiny), ("diff", tiny)):
        status, _, told = zhiheng(*command)
        assert status == 1 and where in told


@pytest.mark.parametrize("old_new", [("annual", "yearly"), ('{"release": 1', '{"release": 2'), ("{", "[")])
def test_an_altered_log_is_noticed(tiny, old_new):
    log = tiny / release.LOG
    log.write_text(log.read_text(encoding="utf-8").replace(*old_new, 1), encoding="utf-8")
    assert rules(of=lambda: release.read(tiny)) == ["log_altered"]


def test_a_log_cut_within_a_character_is_altered(tiny):
    """However many letters come before, one of these cuts falls inside a Chinese one."""
    for letters in range(3):
        line = b'{"release": 1, "name": "' + b"a" * letters + "二〇一八年第三季度".encode()
        (tiny / release.LOG).write_bytes(line)
        assert rules(of=lambda: release.read(tiny)) == ["log_altered"]


KILLED = """
import os, sys, datetime as dt
from pathlib import Path
from zhiheng import store
from zhiheng.folder import release
kept = store.write_bytes
store.write_bytes = lambda path, text: os._exit(9) if path.name == "releases.jsonl" else kept(path, text)
release.release(Path(sys.argv[1]), "2018-2", reason="", now=dt.datetime(2026, 11, 22, tzinfo=dt.timezone.utc))
"""


def test_a_killed_release_is_made_again_under_its_name(tiny):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tiny)], check=False)
    assert killed.returncode == 9
    assert [r.name for r in release.read(tiny)] == ["2018"]
    assert again(tiny).release == 2
    assert not release.verify(tiny, release.read(tiny))


def test_a_folder_of_somebody_elses_is_not_taken(tiny):
    (tiny / "6_released/2018-2").mkdir()
    assert rules(of=lambda: again(tiny)) == ["folder_in_use"]


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_a_copy_of_the_folder_keeps_its_releases(tiny, tmp_path):
    copy = shutil.copytree(tiny, tmp_path / "copy")
    assert [r.name for r in release.verified(copy)] == ["2018"]


def test_the_command_keeps_and_lists(tiny, zhiheng, tmp_path):
    status, out, _ = zhiheng("release", tiny, "2018-2", "--reason", "a correction")
    assert status == 0 and "kept 2018-2" in out
    status, out, _ = zhiheng("release", tiny)
    assert "annual" in out and "a correction" in out
    status, out, _ = zhiheng("release", tiny, "--json")
    assert [r["name"] for r in json.loads(out)] == ["2018", "2018-2"]
    assert zhiheng("release", tmp_path)[0] == 1
