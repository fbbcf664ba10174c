"""Files that appear whole or not at all: a failed, killed or refused write leaves the last result."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhiheng import store
from zhiheng.errors import ZhihengError

KILLED = 9
HEAD = """
import json, os, shutil, sys
from pathlib import Path
from zhiheng import store
argv = sys.argv[1:]
"""


def python(code: str, *arguments: object, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run code in another process, with its arguments in `argv`."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", HEAD + before + code, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def contents(folder: Path) -> dict[str, str]:
    """Return every file of a folder with its text, hidden ones too."""
    return {
        p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A finished output folder in a city folder of its own."""
    folder = tmp_path / "city" / "3_reduced"
    with store.replacing(folder, "first") as place:
        (place / "table.txt").write_text("old", encoding="utf-8")
    return folder


# ---- single files -------------------------------------------------------------------------------


def test_a_file_is_written_with_the_folders_it_needs(tmp_path: Path) -> None:
    store.write_text(tmp_path / "a/b/c.txt", "一\n二\n")
    assert (tmp_path / "a/b/c.txt").read_bytes() == "一\n二\n".encode()
    assert contents(tmp_path) == {"a/b/c.txt": "一\n二\n"}


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    file = tmp_path / "file.txt"
    store.write_text(file, "old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os if step == "fsync" else Path, step, fail)
    with pytest.raises(KeyboardInterrupt):
        store.write_text(file, "new")
    assert contents(tmp_path) == {"file.txt": "old"}


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    store.write_text(file, "old")
    (tmp_path / f".file.txt.{os.getpid()}.partial").symlink_to("/dev/full")  # where the new one would grow
    with pytest.raises(OSError, match=r"\[Errno 28\]") as raised:
        store.write_text(file, "new" * 10_000)
    assert store.write_problem(raised.value, file).rule == "disk_full"
    assert contents(tmp_path) == {"file.txt": "old"}


def test_a_failed_write_names_the_file_that_was_asked_for() -> None:
    draft = f"/proc/.x.xlsx.{os.getpid()}.partial"
    error = OSError(13, "Permission denied", draft)
    assert store.write_problem(error, Path("forms")).where == "/proc/x.xlsx"
    error = OSError(13, "Permission denied", ".liuzhou.31.partial/1_collected/.a.b.csv.31.partial")
    assert store.write_problem(error, Path("forms")).where == "liuzhou/1_collected/a.b.csv"
    error = OSError(13, "Permission denied", "my.partial")
    assert store.write_problem(error, Path("forms")).where == "my.partial"


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "2_frozen" / "rounds.jsonl"
    store.write_text(file, "old")
    before = "os.fsync = lambda _: os._exit(9)\n"
    assert python("store.write_text(Path(argv[0]), 'new')", file, before=before).returncode == KILLED
    assert file.read_text(encoding="utf-8") == "old"
    store.recover(tmp_path)
    assert contents(tmp_path) == {"2_frozen/rounds.jsonl": "old"}


# ---- folders ------------------------------------------------------------------------------------


def test_a_folder_takes_the_place_of_its_predecessor(out: Path) -> None:
    assert store.stamp_of(out) == "first"
    with store.replacing(out, "second") as place:
        (place / "sub").mkdir()
        (place / "sub" / "new.txt").write_text("new", encoding="utf-8")
        assert (out / "table.txt").read_text(encoding="utf-8") == "old"  # readers see the old one to the end
    assert store.stamp_of(out) == "second"
    assert set(contents(out.parent)) == {"3_reduced/_stamp.json", "3_reduced/sub/new.txt"}


@pytest.mark.parametrize("damage", ["changed", "added", "removed"])
def test_a_damaged_folder_has_no_stamp(out: Path, damage: str) -> None:
    if damage == "removed":
        (out / "table.txt").unlink()
    else:
        (out / ("table.txt" if damage == "changed" else "more.txt")).write_text("other", encoding="utf-8")
    assert store.stamp_of(out) is None


def test_an_exception_leaves_the_old_folder(out: Path) -> None:
    before = contents(out.parent)
    with pytest.raises(KeyboardInterrupt), store.replacing(out, "second") as place:
        (place / "table.txt").write_text("new", encoding="utf-8")
        raise KeyboardInterrupt
    assert contents(out.parent) == before


def test_what_a_killed_run_of_this_number_left_is_not_taken_over(out: Path) -> None:
    left = out.with_name(f".3_reduced.{os.getpid()}.partial")
    left.mkdir()
    (left / "half.txt").write_text("half", encoding="utf-8")
    with store.replacing(out, "second"):
        pass
    assert list(contents(out)) == ["_stamp.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"other": 1}', "null", "\xff"])
def test_a_folder_without_a_sound_stamp_is_not_finished(tmp_path: Path, text: str) -> None:
    assert store.stamp_of(tmp_path) is None
    (tmp_path / store.STAMP).write_bytes(text.encode("latin-1"))
    assert store.stamp_of(tmp_path) is None


REPLACE = """
with store.replacing(Path(argv[0]), "second") as place:
    (place / "table.txt").write_text("new", encoding="utf-8")
    if argv[1] == "in the block":
        os._exit(9)
"""
TWO_RENAMES = "store._exchange = lambda *_: False\n"
DIE_AFTER_RENAME = """
rename, done = Path.rename, []
def count(self, target):
    rename(self, target)
    done.append(self)
    if len(done) == {n}:
        os._exit(9)
Path.rename = count
"""
DIE_BEFORE_CLEARING = """
rmtree = shutil.rmtree
def clear(path, **more):
    if list(Path(path).glob("_stamp.json")):
        os._exit(9)
    rmtree(path, **more)
shutil.rmtree = clear
"""
DEATHS = {
    # when it dies: what is patched, whether the new result is complete by then
    "in the block": ("", False),
    "in the block, without exchange": (TWO_RENAMES, False),
    "between the two renames": (TWO_RENAMES + DIE_AFTER_RENAME.format(n=1), False),
    "after the second rename": (TWO_RENAMES + DIE_AFTER_RENAME.format(n=2), True),
    "after the exchange": (DIE_BEFORE_CLEARING, True),
}


@pytest.mark.parametrize("moment", DEATHS)
def test_a_killed_run_leaves_a_complete_result(out: Path, moment: str) -> None:
    before, complete = DEATHS[moment]
    killed = python(REPLACE, out, moment.partition(",")[0], before=before)
    assert killed.returncode == KILLED, killed.stderr
    if moment != "between the two renames":
        assert store.stamp_of(out) == ("second" if complete else "first")
    with store.lock(out.parent):  # the next run
        assert store.stamp_of(out) == ("second" if complete else "first")
        assert (out / "table.txt").read_text(encoding="utf-8") == ("new" if complete else "old")
    assert sorted(p.name for p in out.parent.iterdir()) == [".zhiheng.lock", "3_reduced"]
    assert sorted(p.name for p in out.iterdir()) == ["_stamp.json", "table.txt"]


def test_two_renames_do_where_there_is_no_exchange(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_exchange", lambda *_: False)
    with store.replacing(out, "second") as place:
        (place / "table.txt").write_text("new", encoding="utf-8")
    assert store.stamp_of(out) == "second"
    assert [p.name for p in out.parent.iterdir()] == ["3_reduced"]


@pytest.mark.skipif(sys.platform != "linux", reason="a system call of Linux")
def test_two_names_are_exchanged_in_one_call(tmp_path: Path) -> None:
    for name in ("a", "b"):
        store.write_text(tmp_path / name / "file.txt", name)
    if store._exchange(tmp_path / "a", tmp_path / "b"):  # not every file system can
        assert contents(tmp_path) == {"a/file.txt": "b", "b/file.txt": "a"}
    assert not store._exchange(tmp_path / "a", tmp_path / "missing")


def test_recovery_leaves_alone_what_is_not_ours(tmp_path: Path) -> None:
    mine = {
        "1_collected/office/.download.csv.partial": "coming",
        "1_collected/office/.records.old": "kept",
        "2_frozen/t/records.parquet": "x",
        ".notes.old": "mine",
        "notes.partial": "mine",
    }
    for name, text in mine.items():
        store.write_text(tmp_path / name, text)
    for name in (
        ".3_reduced.77.partial/half.txt",
        "2_frozen/t/.records.parquet.77.partial",
        ".city.yaml.77.partial",
    ):
        store.write_text(tmp_path / name, "half")
    store.recover(tmp_path)
    assert contents(tmp_path) == mine


# ---- the lock -----------------------------------------------------------------------------------

HOLD = """
with store.lock(Path(argv[0])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `tmp_path`."""
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + HOLD, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def refusal(folder: Path) -> tuple[str, str]:
    with pytest.raises(ZhihengError) as raised, store.lock(folder):
        pass
    (problem,) = raised.value.problems
    assert problem.where == folder.as_posix()
    return problem.rule, problem.fix("en")


def test_the_second_of_two_runs_is_told_who_is_the_first(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    rule, fix = refusal(tmp_path)
    assert rule == "locked"
    assert fix.endswith(f", pid {holder.pid}")


def test_the_lock_ends_with_its_holder(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.communicate("\n")
    with store.lock(tmp_path):
        assert (tmp_path / store.LOCK).read_text(encoding="utf-8").endswith(f"pid {os.getpid()}")
    assert (tmp_path / store.LOCK).read_text(encoding="utf-8") == ""


def test_a_killed_holder_frees_the_folder(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    assert f"pid {holder.pid}" in (tmp_path / store.LOCK).read_text(encoding="utf-8")
    with store.lock(tmp_path):
        assert f"pid {holder.pid}" not in (tmp_path / store.LOCK).read_text(encoding="utf-8")


def test_the_lock_is_given_back_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), store.lock(tmp_path):
        raise KeyboardInterrupt
    with store.lock(tmp_path):
        assert refusal(tmp_path)[0] == "locked"  # not even this process may have it twice


def test_on_a_full_disk_the_lock_is_held_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with store.lock(tmp_path):
        assert refusal(tmp_path) == ("locked", "wait until it has finished: ?")


def test_a_folder_that_is_not_there_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(ZhihengError) as raised, store.lock(tmp_path / "missing"):
        pass
    assert raised.value.problems[0].rule == "not_writable"


# ---- what the system refuses --------------------------------------------------------------------

READ_ONLY = """
from zhiheng.errors import ZhihengError, catalogue
city = Path(argv[0])
catalogue()  # read while it can be: the interpreter's own files may be the first user's alone
if os.geteuid() == 0:  # root may write anywhere
    os.setgroups([]); os.setgid(65534); os.setuid(65534)

def rule(act):
    try:
        act()
    except ZhihengError as error:
        return error.problems[0].rule
    except OSError as error:
        return store.write_problem(error, city).rule

def lock():
    with store.lock(city):
        pass

def replace():
    with store.replacing(city / "3_reduced", "second"):
        pass

print(json.dumps([
    rule(lambda: store.write_text(city / "3_reduced" / "table.txt", "new")),
    rule(lambda: store.write_text(city / "new" / "table.txt", "new")),
    rule(replace),
    rule(lock),
    store.stamp_of(city / "3_reduced"),
]))
"""


def test_a_read_only_folder_is_a_problem_with_words(out: Path) -> None:
    folder = Path(
        tempfile.mkdtemp(prefix="zhiheng-read-only-")
    )  # pytest's own folder is closed to other users
    try:
        shutil.copytree(out.parent, folder / "city")
        before = contents(folder)
        for path in (folder / "city" / "3_reduced", folder / "city", folder):
            path.chmod(0o555)
        done = python(READ_ONLY, folder / "city")
        assert (
            done.stdout.strip() == '["not_writable", "not_writable", "not_writable", "not_writable", "first"]'
        ), done.stderr
        assert contents(folder) == before
    finally:
        for path in (folder, folder / "city", folder / "city" / "3_reduced"):
            path.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("number", "rule"),
    [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EACCES, "not_writable"),
     (errno.EPERM, "not_writable"), (errno.EROFS, "not_writable"), (errno.ENOENT, "not_writable")],
)  # fmt: skip
def test_why_something_could_not_be_written(number: int, rule: str) -> None:
    problem = store.write_problem(OSError(number, os.strerror(number), "/city/3_reduced/t"), Path("/city"))
    assert (problem.rule, problem.where, problem.found) == (rule, "/city/3_reduced/t", os.strerror(number))
    assert store.write_problem(OSError(number, "x"), Path("/city")).where == "/city"
    assert store.write_problem(OSError("odd"), Path("/city")).found == "OSError"


# ---- fingerprints -------------------------------------------------------------------------------


def test_the_fingerprint_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc" * 100_000)
    assert store.sha256(tmp_path / "f") == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_a_fingerprint_does_not_depend_on_order() -> None:
    assert store.fingerprint({"a": 1, "b": [1, 2], "质": "量"}) == store.fingerprint(
        {"质": "量", "b": [1, 2], "a": 1}
    )
    assert store.fingerprint({"a": 1}) != store.fingerprint({"a": "1"})
    assert store.fingerprint({"b": [1, 2]}) != store.fingerprint({"b": [2, 1]})


def test_a_folder_has_the_fingerprint_of_its_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "framework"
    store.write_text(folder / "a.yaml", "1")
    store.write_text(folder / "sub/b.yaml", "2")
    first = store.tree_fingerprint(folder)
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    assert store.tree_fingerprint(moved) == first
    for change in (
        lambda: store.write_text(moved / "a.yaml", "3"),
        lambda: (moved / "a.yaml").rename(moved / "c.yaml"),
        lambda: (moved / "c.yaml").rename(moved / "sub/c.yaml"),
        (moved / "sub/c.yaml").unlink,
    ):
        before = store.tree_fingerprint(moved)
        change()
        assert store.tree_fingerprint(moved) not in (before, first)


def test_what_editors_and_python_leave_does_not_count(tmp_path: Path) -> None:
    store.write_text(tmp_path / "a.yaml", "1")
    first = store.tree_fingerprint(tmp_path)
    store.write_text(tmp_path / ".a.yaml.swp", "x")
    store.write_text(tmp_path / "__pycache__/a.pyc", "x")
    store.write_text(tmp_path / ".git/config", "x")
    assert store.tree_fingerprint(tmp_path) == first
    store.write_text(tmp_path / "a.txt", "x")
    assert store.tree_fingerprint(tmp_path) != first


def test_a_missing_folder_has_the_fingerprint_of_nothing(tmp_path: Path) -> None:
    assert store.tree_fingerprint(tmp_path / "missing") == hashlib.sha256().hexdigest()
