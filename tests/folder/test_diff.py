"""What differs from a release: which figures, by how much, and the reasons that lineage gives."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.folder.conftest import walk
from zhiheng.errors import ZhihengError
from zhiheng.folder import release
from zhiheng.folder.diff import Change, Diff, compare, diff
from zhiheng.folder.side import released
from zhiheng.pipeline import undo_freeze

FIGURES = "1_collected/office/figures.csv"
INSPECTIONS = "1_collected/lab/inspections.csv"
PRODUCT = "framework/indicators/10_product.yaml"
PARAMETERS = "framework/parameters.yaml"


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def differing(folder: Path, *edits: tuple[str, str, str]) -> Diff:
    for file, old, new in edits:
        edit(folder, file, old, new)
    walk(folder, "compute")
    return diff(folder, now=NOW)


def why(change: Change) -> list[tuple[str, str]]:
    return [(cause.kind, cause.what) for cause in change.causes]


def test_nothing_changed_nothing_differs(tiny):
    found = diff(tiny, now=NOW)
    assert (found.old, found.new, found.compared, found.changes) == ("2018", "", 24, [])


def test_a_corrected_figure_moved_because_its_round_was_superseded(tiny):
    (change,) = differing(tiny, (FIGURES, ",91.5,1,", ",91.84,2,")).changes
    assert (change.kind, change.indicator, change.time_period) == ("moved", "pass_rate", "2016")
    assert (change.before["obs_value"], change.after["obs_value"]) == (91.5, 91.84)
    assert (change.shown(change.before, "en"), change.shown(change.after, "en")) == ("91.5", "91.84")
    assert why(change) == [("superseded", "figures/2016/office")]
    assert change.causes[0].text("en") == "figures/2016/office, version 1 replaced by 2: recounted"


def test_a_figure_whose_source_was_corrected_is_one_figure_and_not_two(tiny):
    found = differing(
        tiny, (FIGURES, "91.5,1,percent,published,,2017-01-20", "91.6,1,percent,published,,2017-01-21")
    )
    (change,) = found.changes
    assert change.kind == "moved" and set(change.columns) == {"obs_value", "release_date"}


def test_corrected_records_move_what_they_are_in_and_nothing_else(tiny):
    old = "B001,2015-02-15,450221,online,11,0,1007,true,conforming"
    found = differing(
        tiny, (INSPECTIONS, old, old.replace(",0,", ",1,").replace("conforming", "nonconforming"))
    )
    moved = [c for c in found.changes if c.kind == "moved"]
    assert {(c.indicator, c.time_period) for c in moved} == {("pass_rate", "2015")}
    assert {c.ref_area for c in moved} == {"450200", "450206"}
    assert {tuple(why(c)) for c in found.changes} == {(("superseded", "inspections/2015/lab"),)}


def test_new_records_and_figures_appear(tiny):
    rows = "450200,2018,pass_rate,,94.0,1,percent,published,,2018-12-01,市监局(2018)\n"
    path = tiny / FIGURES
    path.write_text(path.read_text(encoding="utf-8") + rows, encoding="utf-8")
    walk(tiny, "compute")
    (change,) = diff(tiny, now=NOW).changes
    assert (change.kind, change.before, why(change)) == (
        "appeared",
        None,
        [("delivered", "figures/2018/office")],
    )


def test_withdrawn_records_vanish_with_the_reason(tiny):
    edit(tiny, FIGURES, "450200,2016,pass_rate,,91.5,1,percent,published,,2017-01-20,市监局(2018)\n", "")
    undo_freeze(tiny, "figures/2016/office", "printed by mistake", NOW)
    walk(tiny, "compute")
    (change,) = diff(tiny, now=NOW).changes
    assert (change.kind, change.after, why(change)) == (
        "vanished",
        None,
        [("withdrawn", "figures/2016/office")],
    )
    assert "printed by mistake" in change.causes[0].text("zh")


def test_a_parameter_changes_margins_and_is_named_with_both_values(tiny):
    found = differing(tiny, (PARAMETERS, "value: 95", "value: 90"))
    assert {c.kind for c in found.changes} == {"margin"}
    assert {c.text("en") for change in found.changes for c in change.causes} == {
        "parameter confidence_level: 95 → 90"
    }


def test_fewer_cases_needed_shows_what_was_held_back(tiny):
    found = differing(tiny, (PARAMETERS, "value: 5,", "value: 3,"))
    assert found.changes and all(("parameter", "minimum_cases") in why(c) for c in found.changes)
    assert {c.shown(c.before, "en") for c in found.changes} == {"too few records, not shown"}


def test_a_measure_that_changed_is_named_by_the_keys_that_changed(tiny):
    numerator = (PRODUCT, "verdict = 'conforming'", "verdict = 'conforming' AND n_tested > 12")
    found = differing(tiny, numerator)
    moved = [c for c in found.changes if c.kind == "moved"]
    assert moved and all(("indicator", "pass_rate") in why(c) for c in moved)
    assert {c.keys for change in moved for c in change.causes if c.kind == "indicator"} == {"measures"}


def test_a_contract_that_changed_is_named_with_its_versions(tiny):
    contract = "framework/contracts/inspections.yaml"
    found = differing(
        tiny, (contract, 'version: "1.2"', 'version: "1.3"'), (contract, "basis: targeted", "basis: quota")
    )
    causes = {c for change in found.changes for c in change.causes}
    assert [(c.kind, c.what, c.old, c.new, c.keys) for c in causes] == [
        ("contract", "inspections", "1.2", "1.3", "basis, version")
    ]


def test_a_moved_publication_date_lets_figures_appear(tiny):
    found = differing(tiny, ("city.yaml", "as_of: 2018-12-31", "as_of: 2017-06-30"))
    gone = {(c.kind, c.time_period): why(c) for c in found.changes if c.series == "published"}
    assert gone == {("vanished", "2017"): [("as_of", "")]}


def test_an_indicator_that_is_gone_takes_its_figures_with_it(tiny):
    found = differing(
        tiny, ("framework/indicators/20_watch.yaml", "indicator: batches", "indicator: batches_drawn")
    )
    assert {(c.kind, c.causes[0].kind) for c in found.changes} == {
        ("appeared", "indicator_new"), ("vanished", "indicator_gone"),
    }  # fmt: skip


def test_another_dimension_makes_no_figure_another(tiny):
    text = (
        "  - {dimension: size, name: {zh: 规模, en: Size}, codes: [{code: big, name: {zh: 大, en: Big}}]}\n"
    )
    path = tiny / "framework/dimensions.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    walk(tiny, "compute")
    assert diff(tiny, now=NOW).changes == []


def test_the_specification_of_an_index_is_a_cause_of_its_figures(tiny):
    one = released(tiny, release.find(tiny, None))
    other = released(tiny, release.find(tiny, None))
    for side, steps in ((one, ["arithmetic"]), (other, ["geometric"])):
        side.indices["trust"] = {"index": "trust", "steps": steps}
        side.indices["unrelated"] = {"steps": steps}
        side.lists["indicators"]["batches"]["measures"] = [{"kind": "index", "index": "trust"}]
    some = next(f for f, row in other.figures.items() if row["indicator"] == "batches")
    other.figures[some]["obs_value"] += 1
    (change,) = compare(one, other).changes
    assert [(c.kind, c.what, c.keys) for c in change.causes] == [("index", "trust", "steps")]


def test_a_parameter_that_only_another_index_names_is_no_cause(tiny):
    one = released(tiny, release.find(tiny, None))
    other = released(tiny, release.find(tiny, None))
    for side, value in ((one, 1.0), (other, 2.0)):
        side.lists["parameters"]["bound"] = {"values": [{"value": value}]}
        side.indices["trust"] = {"steps": ["bound"]}
        side.lists["indicators"]["pass_rate"]["measures"] = [{"kind": "index", "index": "trust"}]
    for indicator in ("batches", "pass_rate"):
        some = next(f for f, row in other.figures.items() if row["indicator"] == indicator)
        other.figures[some]["obs_value"] += 1
    causes = {c.indicator: [(x.kind, x.what) for x in c.causes] for c in compare(one, other).changes}
    assert ("parameter", "bound") in causes["pass_rate"]
    assert ("parameter", "bound") not in causes["batches"]


def test_what_moves_a_figure_is_a_cause_of_what_is_made_from_it(tiny):
    """A change on the year before, by the lineage of both its years."""
    text = (
        "indicators:\n  - {indicator: pass_rate_change, name: {zh: 增减, en: Change}, theme: product,\n"
        "     definition: {zh: 增减, en: Change}, unit_measure: percent, direction: higher,\n"
        "     responsible: lab, decimals: 1, headline: computed, measures:\n"
        "     [{kind: change, series: computed, of: pass_rate, of_series: published, form: points}]}\n"
    )
    (tiny / "framework/indicators/30_change.yaml").write_text(text, encoding="utf-8")
    walk(tiny)
    release.release(tiny, "2018-2", reason="", now=NOW)
    found = differing(tiny, (FIGURES, ",91.5,1,", ",91.8,1,"))
    moved = {(c.indicator, c.time_period): why(c) for c in found.changes}
    assert moved == {
        ("pass_rate", "2016"): [("superseded", "figures/2016/office")],
        ("pass_rate_change", "2017"): [("superseded", "figures/2016/office")],
    }


def test_what_nothing_explains_is_said_to_be_unexplained(tiny):
    """A figure that was changed by hand."""
    one = released(tiny, release.find(tiny, None))
    other = released(tiny, release.find(tiny, None))
    some = next(f for f, row in other.figures.items() if row["obs_value"] is not None)
    other.figures[some]["obs_value"] += 1
    (change,) = compare(one, other).changes
    assert why(change) == [("unexplained", "")]


def test_a_new_version_of_the_program_is_a_cause(tiny):
    one = released(tiny, release.find(tiny, None))
    other = dataclasses.replace(released(tiny, release.find(tiny, None)), version="9.9")
    some = next(f for f, row in other.figures.items() if row["obs_value"] is not None)
    other.figures[some]["obs_value"] += 1
    (change,) = compare(one, other).changes
    assert [c.text("en") for c in change.causes] == [f"program: {one.version} → 9.9"]


def test_two_releases_are_compared_by_name(tiny):
    edit(tiny, FIGURES, ",91.5,1,", ",91.8,1,")
    walk(tiny)
    release.release(tiny, "2018-2", reason="", now=NOW)
    found = diff(tiny, "2018", "2018-2", now=NOW)
    assert [c.kind for c in found.changes] == ["moved"]
    kept = json.loads((tiny / "6_released/2018-2/changes.json").read_text(encoding="utf-8"))
    assert kept == found.to_dict(), "the release itself says what differs from the one before"
    assert diff(tiny, now=NOW).changes == [], "the last release is what is compared with"


@pytest.mark.parametrize(("names", "where"), [(("2017",), "OLD"), (("2018", "2019"), "NEW")])
def test_a_release_that_does_not_exist_is_named(tiny, names, where):
    with pytest.raises(ZhihengError) as error:
        diff(tiny, *names, now=NOW)
    (problem,) = error.value.problems
    assert (problem.rule, problem.where, problem.found) == ("code_unknown", where, names[-1])


def test_figures_that_are_out_of_date_are_not_compared(tiny):
    edit(tiny, PARAMETERS, "value: 95", "value: 90")
    with pytest.raises(ZhihengError) as error:
        diff(tiny, now=NOW)
    assert error.value.problems[0].rule == "diff_not_current"


def test_the_command_shows_a_table_markdown_and_json(tiny, zhiheng):
    edit(tiny, FIGURES, ",91.5,1,", ",91.8,1,")
    walk(tiny, "compute")
    status, out, _ = zhiheng("diff", tiny)
    assert status == 0
    assert "24 figures on both sides, 1 differ" in out and "91.5 → 91.8" in out
    assert "figures/2016/office, version 1 replaced by 2: recounted" in out
    status, out, _ = zhiheng("diff", tiny, "--markdown")
    assert "| pass_rate · 450200 · 2016 · published | 91.5 | 91.8 |" in out
    status, out, _ = zhiheng("diff", tiny, "--json")
    (change,) = json.loads(out)["changes"]
    assert (change["before"], change["after"], change["causes"][0]["kind"]) == (91.5, 91.8, "superseded")
    status, out, _ = zhiheng("diff", tiny, "--lang", "zh")
    assert "值变了" in out and "第 1 版换为第 2 版" in out


def test_without_a_release_there_is_nothing_to_compare_with(tiny):
    shutil.rmtree(tiny / "6_released")
    with pytest.raises(ZhihengError) as error:
        diff(tiny, now=NOW)
    assert error.value.problems[0].rule == "release_none"
