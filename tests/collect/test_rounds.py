"""The log of rounds: a chain that shows every change, and what is current by it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.collect.deliveries import Office, worded
from zhiheng.collect import rounds
from zhiheng.collect.rounds import Round, RoundKey
from zhiheng.errors import Problem, ZhihengError


def made(version: int = 1, **changes: object) -> Round:
    values = {
        "round": 0, "table": "inspections", "time_period": "2015", "organisation": "lab", "version": version,
        "action": "freeze", "file": f"2_frozen/v{version}.parquet", "sha256": "ab" * 32, "rows": 3,
        "contract_version": "1", "contract_fingerprint": "cd" * 32,
        "source": "1_collected/lab/inspections.csv", "source_sha256": "ef" * 32,
        "supersedes": version - 1 or None, "restores": None, "reason": "更正",
        "at": "2026-11-22T12:00:00+08:00", "accepted": ("few_items n_tested x2",), "notes": (),
    }  # fmt: skip
    return Round(**values | changes)


def problem(folder) -> Problem:
    with pytest.raises(ZhihengError) as raised:
        rounds.read(folder)
    [found] = worded(raised.value.problems)
    return found


@pytest.fixture
def log(office: Office):
    rounds.append(office.folder, [made(1), made(2)])
    rounds.append(office.folder, [made(1, organisation="county")])
    return office.folder / rounds.LOG


def test_what_was_appended_is_read_again(office, log):
    found = rounds.read(office.folder)
    assert [(r.round, r.organisation, r.version) for r in found] == [
        (1, "lab", 1),
        (2, "lab", 2),
        (3, "county", 1),
    ]
    assert dataclasses.replace(found[0], round=0, chain="") == made(1)
    assert len({r.chain for r in found}) == 3


def test_a_log_that_is_not_there_yet_is_empty(office):
    assert rounds.read(office.folder) == []
    assert rounds.append(office.folder, []) == []
    assert not (office.folder / rounds.LOG).exists()


def test_a_line_is_what_a_reader_without_this_program_can_check(office, log):
    import hashlib

    chain = ""
    for line in log.read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        found = values.pop("chain")
        rest = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        chain = hashlib.sha256((chain + rest).encode("utf-8")).hexdigest()
        assert found == chain


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"rows": 3', '"rows": 4'),
        ("更正", "修改"),
        ('"version": 2', '"version": 3'),
        ('"rows": 3', '"rows": true'),
        ('"rows": 3', '"rows": "3"'),
        ('"rows": 3, ', ""),
        ('"rows": 3', '"lines": 3'),
        ('"notes": []', '"notes": [1]'),
        ('"restores": null', '"restores": "1"'),
        ('"supersedes": 1', '"supersedes": null'),
    ],
)
def test_an_altered_line_shows(office, log, old, new):
    content = log.read_text(encoding="utf-8")
    lines = content.splitlines(keepends=True)
    assert old in lines[1]
    log.write_text(lines[0] + lines[1].replace(old, new) + lines[2], encoding="utf-8")
    found = problem(office.folder)
    assert (found.rule, found.where) == ("log_altered", f"{rounds.LOG}:2")


@pytest.mark.parametrize(
    ("change", "rule", "line"),
    [
        (lambda lines: lines[1:], "log_altered", 1),
        (lambda lines: [lines[0], lines[2]], "log_altered", 2),
        (lambda lines: [lines[0], lines[2], lines[1]], "log_altered", 2),
        (lambda lines: [*lines, lines[2]], "log_altered", 4),
        (lambda lines: [*lines, b"[]\n"], "log_altered", 4),
        (lambda lines: [*lines[:2], lines[2][:-1]], "log_torn", 3),
        (lambda lines: [*lines[:2], lines[2][:40]], "log_torn", 3),
        (lambda lines: [*lines[:2], lines[2][:40] + b"\n"], "log_torn", 3),
        (lambda lines: [lines[0], b"\n", *lines[1:]], "log_torn", 2),
        (lambda lines: [b"\xff\n", *lines], "log_torn", 1),
        (lambda lines: [b"[" * 100_000 + b"\n"], "log_torn", 1),
    ],
)
def test_lines_that_are_missing_moved_repeated_or_torn_show(office, log, change, rule, line):
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(change(lines)))
    found = problem(office.folder)
    assert (found.rule, found.where) == (rule, f"{rounds.LOG}:{line}")
    with pytest.raises(ZhihengError):
        rounds.append(office.folder, [made(3)])


def test_a_log_that_cannot_be_read(office):
    (office.folder / rounds.LOG).mkdir(parents=True)
    assert problem(office.folder).rule == "file_unreadable"


def test_what_is_current(office):
    log = [
        made(1), made(2), made(1, organisation="county"), made(1, time_period="2014"),
        made(1, table="figures", time_period="all"),
        made(2, organisation="county", action="withdraw", file=""),
    ]  # fmt: skip
    assert [(r.table, r.time_period, r.organisation, r.version) for r in rounds.current(log)] == [
        ("figures", "all", "lab", 1),
        ("inspections", "2014", "lab", 1),
        ("inspections", "2015", "lab", 2),
    ]
    assert rounds.latest(log)[RoundKey("inspections", "2015", "county")].action == "withdraw"


def test_which_deliveries_were_undone():
    first, second = made(1, source_sha256="a"), made(2, source_sha256="b")
    back = made(3, action="restore", restores=1, source_sha256="a")
    key = first.key
    assert rounds.was_undone([first, second, back], key, "b") == back
    assert rounds.was_undone([first, second, back], key, "a") is None
    assert rounds.was_undone([first, second], key, "a") is None  # superseded by a correction, not undone
    assert rounds.was_undone([first, second, back], RoundKey("figures", "2015", "lab"), "b") is None


def test_frozen_files_that_are_missing_or_altered(office):
    (office.folder / "2_frozen").mkdir()
    good, altered = office.folder / "2_frozen/v1.parquet", office.folder / "2_frozen/v2.parquet"
    good.write_bytes(b"good")
    altered.write_bytes(b"bad")
    (office.folder / "2_frozen/v4.parquet").mkdir()
    sha256 = "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c"
    log = [made(v, round=v, sha256=sha256) for v in (1, 2, 3, 4)] + [made(5, action="withdraw", file="")]
    found = worded(rounds.verify(office.folder, log))
    assert [(p.rule, p.where) for p in found] == [
        ("frozen_altered", "2_frozen/v2.parquet"),
        ("frozen_missing", "2_frozen/v3.parquet"),
        ("file_unreadable", "2_frozen/v4.parquet"),
    ]


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_log_that_was_cut_shows(office, log, kept):
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:kept]))
    cut = problem(office.folder)
    assert (cut.rule, cut.where, cut.found) == ("log_cut", rounds.LOG, str(kept))
    assert dict(cut.args) == {"expected": 3}


def test_a_head_that_lags_behind_is_no_fault(office, log):
    """A run that died between the log and its head: the lines are whole, and they count."""
    head = office.folder / rounds.HEAD
    kept = head.read_bytes()
    rounds.append(office.folder, [made(2, organisation="county")])
    head.write_bytes(kept)
    assert len(rounds.read(office.folder)) == 4


def test_a_head_that_cannot_be_read_is_named(office, log):
    (office.folder / rounds.HEAD).write_text("[]", encoding="utf-8")
    assert problem(office.folder).rule == "file_unreadable"
