"""A folder of an earlier format comes to the present one with its comments and its figures.

`format_1/` is a folder as version 0.1.0 of the program wrote it, frozen records included, before
there was a format 2; `format_1.figures.csv` is what that version computed from it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.conftest import NOW
from tests.test_path import contents
from zhiheng.collect import rounds
from zhiheng.errors import ZhihengError
from zhiheng.folder import migrations, upgrade
from zhiheng.framework import city
from zhiheng.pipeline import Run

OLD = Path(__file__).parent / "format_1"
INDICATORS = "framework/indicators.yaml"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(OLD, tmp_path / "tiny"))
    (folder / ".zhiheng.lock").touch()
    return folder


def test_the_migrations_lead_from_the_first_format_to_the_present_one():
    assert [step.to for step in migrations.MIGRATIONS] == list(range(2, city.FORMAT + 1))


def test_figures_are_the_same_as_before(old):
    frozen = contents(old, "1_collected", "2_frozen")
    upgrade.upgrade(old)
    assert contents(old, "1_collected", "2_frozen") == frozen
    log = rounds.read(old)
    Run(folder=old, now=NOW, accept_warnings=True).go("compute")
    assert rounds.read(old) == log, "what was frozen then is what would be frozen now"
    as_text = {"ref_area": pl.String, "time_period": pl.String}
    before = pl.read_csv(OLD.with_suffix(".figures.csv"), schema_overrides=as_text)
    after = pl.read_parquet(old / "4_computed/figures.parquet").select(before.columns)
    assert_frame_equal(after, before, check_exact=True)


def test_text_is_moved_and_comments_stay(old):
    before = (old / INDICATORS).read_text(encoding="utf-8")
    done = upgrade.upgrade(old)
    assert (done.found, [s.to for s in done.steps], done.removed) == (1, [2], [INDICATORS])
    assert done.written == [
        "city.yaml",
        "framework/indicators/10_product.yaml",
        "framework/indicators/20_watch.yaml",
        "framework/units.yaml",
    ]
    after = [(old / name).read_text(encoding="utf-8") for name in done.written[1:]]
    assert sorted(line for line in "".join(after).splitlines() if line) == sorted(
        [*(line for line in before.splitlines() if line), "indicators:"]
    )
    product, watch, units = after
    assert units.startswith("# 指标、单位和分组 Indicators, units and themes\nunits:  # 计量单位\n")
    assert product.startswith(
        "# 指标从这里开始\nindicators:\n  # ---- 产品质量 ----\n  - indicator: pass_rate\n"
    )
    assert watch.startswith("indicators:\n  # ---- 监测：只数数 ----\n  - indicator: batches\n")
    assert watch.endswith("# 写在行尾的话\n# 到此为止\n")


def test_what_was_changed_is_kept_beside_it(old):
    before = contents(old, "framework") | contents(old)
    upgrade.upgrade(old)
    kept = old / "framework.before-2"
    assert contents(kept, "framework") == before
    assert (kept / "city.yaml").read_text(encoding="utf-8").startswith("format: 1\n")
    assert (old / "city.yaml").read_text(encoding="utf-8").startswith("format: 2\n")


def test_a_kept_folder_is_never_overwritten(old):
    (old / "framework.before-2").mkdir()
    assert upgrade.upgrade(old).backup == "framework.before-2-2"


def test_a_rehearsal_changes_nothing(old):
    before = contents(old, ".")
    done = upgrade.upgrade(old, dry_run=True)
    assert done.removed == [INDICATORS]
    assert contents(old, ".") == before


def test_an_old_folder_can_be_read_as_a_present_one_and_is_left_alone(old):
    before = contents(old, ".")
    with upgrade.present_copy(old) as copy:
        assert upgrade.format_of(copy) == city.FORMAT
        assert list(city.load(copy).indicators) == ["pass_rate", "batches"]
    assert contents(old, ".") == before


def test_the_second_time_there_is_nothing_to_do(old):
    upgrade.upgrade(old)
    before = contents(old, ".")
    again = upgrade.upgrade(old)
    assert (again.found, again.steps, again.written, again.backup) == (2, [], [], "")
    assert contents(old, ".") == before


def test_line_ends_of_windows_stay_what_they_are(old):
    for file in [old / "city.yaml", *old.glob("framework/**/*.yaml")]:
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    done = upgrade.upgrade(old)
    for name in done.written:
        text = (old / name).read_bytes()
        assert text.count(b"\n") == text.count(b"\r\n") > 0, name
    assert list(city.load(old).indicators) == ["pass_rate", "batches"]


def test_themes_that_do_not_stand_together_keep_their_order_in_one_file(old):
    text = (old / INDICATORS).read_text(encoding="utf-8")
    first = text[text.index("  - indicator: pass_rate") : text.index("\n  # ---- 监测")]
    again = first.replace("pass_rate", "pass_rate_again")
    (old / INDICATORS).write_text(text.replace("# 到此为止\n", again), encoding="utf-8")
    assert "framework/indicators/indicators.yaml" in upgrade.upgrade(old).written
    assert list(city.load(old).indicators) == ["pass_rate", "batches", "pass_rate_again"]


@pytest.mark.parametrize(
    ("file", "text", "rule", "where"),
    [
        ("city.yaml", "format: 3\ncity: x\n", "format_newer", "city.yaml:1 format"),
        ("city.yaml", "city: x\n", "yaml_key_missing", "city.yaml:1 format"),
        ("city.yaml", "format: old\n", "yaml_not_integer", "city.yaml:1 format"),
        ("city.yaml", "- 1\n", "yaml_key_missing", "city.yaml:1 format"),
        (INDICATORS, "units: [\n", "yaml_syntax", "framework/indicators.yaml:2:1"),
        (INDICATORS, "units: []\nthemes: []\n", "yaml_key_missing", "framework/indicators.yaml"),
        (INDICATORS, "{units: [],\n themes: []}\n", "upgrade_by_hand", "framework/indicators.yaml:1"),
    ],
)  # fmt: skip
def test_what_cannot_be_upgraded_is_named_and_left_alone(old, file, text, rule, where):
    (old / file).write_text(text, encoding="utf-8")
    before = contents(old, ".")
    with pytest.raises(ZhihengError) as error:
        upgrade.upgrade(old)
    assert [(p.rule, p.where) for p in error.value.problems] == [(rule, where)]
    assert contents(old, ".") == before


KILLED = """
import os, sys
from pathlib import Path
from zhiheng import store
from zhiheng.folder import migrations, upgrade

folder, point = Path(sys.argv[1]), sys.argv[2]
die = lambda *a, **k: os._exit(9)
if point == "while the copy is edited":
    upgrade.write_format = die
elif point == "before what is there is kept":
    upgrade._free = die
elif point == "before the new framework is in place":
    store.swap = die
elif point == "before the format is written":
    kept = store.swap
    store.swap = lambda new, old: (kept(new, old), die())
elif point == "before the journal is removed":
    Path.unlink = lambda self, **k: die() if self.name == upgrade.JOURNAL else os.unlink(self)
upgrade.upgrade(folder)
"""


@pytest.mark.parametrize(
    ("point", "left_as"),
    [
        ("while the copy is edited", "old"),
        ("before what is there is kept", "old"),
        ("before the new framework is in place", "old"),
        ("before the format is written", "between"),
        ("before the journal is removed", "new"),
    ],
)
def test_a_killed_upgrade_leaves_a_folder_that_the_next_one_finishes(old, tmp_path, point, left_as):
    before = contents(old, "framework", "1_collected", "2_frozen")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(old), point], check=False)
    assert killed.returncode == 9
    if left_as == "old":
        assert contents(old, "framework", "1_collected", "2_frozen") == before
        assert (old / "city.yaml").read_bytes() == (OLD / "city.yaml").read_bytes()
    elif left_as == "new":
        city.load(old)
    done = upgrade.upgrade(old)
    assert done.taken_back == (left_as == "between")
    whole = Path(shutil.copytree(OLD, tmp_path / "whole"))
    upgrade.upgrade(whole)
    assert contents(old, "framework", "city.yaml") == contents(whole, "framework", "city.yaml")
    assert not list(old.glob(".*.partial")) and not (old / upgrade.JOURNAL).exists()


def test_what_was_edited_after_a_killed_upgrade_is_not_taken_back(old):
    """Killed before anything changed, then edited with the old program: the edit is the owner's."""
    point = "before the new framework is in place"
    subprocess.run([sys.executable, "-c", KILLED, str(old), point], check=False)
    text = (old / INDICATORS).read_text(encoding="utf-8")
    (old / INDICATORS).write_text(text.replace("抽查合格率", "批次合格率"), encoding="utf-8")
    assert upgrade.upgrade(old).taken_back is False
    assert city.load(old).indicators["pass_rate"].name.zh == "批次合格率"


def test_the_command_says_each_thing_it_did(old, zhiheng):
    status, out, _ = zhiheng("run", old)
    assert status == 1
    status, out, _ = zhiheng("upgrade", old, "--dry-run")
    assert status == 0 and "a rehearsal" in out and (old / INDICATORS).exists()
    status, out, _ = zhiheng("upgrade", old)
    assert status == 0
    for said in (
        "format 1 → 2",
        "wrote framework/units.yaml",
        f"removed {INDICATORS}",
        "framework.before-2/",
        f"zhiheng run {old}",
    ):
        assert said in out
    assert "nothing to do" in zhiheng("upgrade", old)[1]
