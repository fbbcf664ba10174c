"""The folder `1_collected` as a whole: what is a delivery, whose, and of what."""

from __future__ import annotations

import os

import pytest

from tests.collect.deliveries import NOON, Office, brief, text
from zhiheng.collect.check import check_file


def rules(office: Office) -> dict[str, list[str]]:
    return {file.where: [p.rule for p in file.problems] for file in office.check_all()}


def test_a_folder_without_deliveries(office):
    assert office.check_all() == []


def test_tables_are_checked_after_those_they_refer_to(office):
    office.deliver("figures", text("figures"))
    office.deliver("inspections", text("inspections"))
    office.deliver("sources", text("sources"))
    assert [file.table for file in office.check_all()] == ["inspections", "sources", "figures"]


def test_a_checked_file_tells_what_it_is(office):
    path = office.deliver("inspections.2015年.csv", text("inspections").encode("gb18030"))
    file = check_file(office.city, path)
    assert (file.path, file.where) == (path, "1_collected/lab/inspections.2015年.csv")
    assert (file.table, file.organisation, file.rows, file.encoding) == ("inspections", "lab", 1, "gb18030")
    assert len(file.sha256) == 64
    assert file.may_freeze(accept_warnings=False)


def test_the_part_of_the_name_after_the_first_dot_is_free_and_the_ending_in_any_case(office):
    office.deliver("sources.第一批.v2.CSV", text("sources"), "office")
    assert rules(office) == {"1_collected/office/sources.第一批.v2.CSV": []}


@pytest.mark.parametrize(
    "name",
    ["~$sources.xlsx", ".DS_Store", "README.md", "readme.txt", "Thumbs.db", "desktop.ini",
     ".hidden/sources.csv", "sources.csv.tmp", ".sources.csv.partial", "sources.csv~"],
)  # fmt: skip
def test_hidden_and_passing_files_are_no_deliveries(office, name):
    path = office.folder / "1_collected" / "office" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    (office.folder / "1_collected" / "README.md").write_bytes(b"x")
    assert rules(office) == {}


def test_what_lies_elsewhere_is_named(office):
    for place in ("sources.csv", "office/2015/sources.csv"):
        path = office.folder / "1_collected" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text("sources"), encoding="utf-8")
    assert rules(office) == {
        "1_collected/office/2015/sources.csv": ["file_misplaced"],
        "1_collected/sources.csv": ["file_misplaced"],
    }


def test_unknown_tables_and_organisations_with_the_closest(office):
    office.deliver("sources.csv", text("sources"), "offices")
    office.deliver("source.csv", text("sources"), "office")
    files = office.check_all()
    assert [brief(file) for file in files] == [
        [("table_unknown", "", "source")],
        [("organisation_unknown", "", "offices")],
    ]
    assert [
        "nearest: sources" in files[0].problems[0].fix("en"),
        "最接近的：office；" in files[1].problems[0].fix(),
    ] == [
        True,
        True,
    ]
    assert all(file.frame is None for file in files)


def test_an_organisation_that_may_not_deliver_the_table(office):
    office.deliver("sources", text("sources"), "lab")
    [file] = office.check_all()
    assert brief(file) == [("organisation_may_not", "", "lab")]
    assert check_file(office.city, file.path).problems == file.problems


def test_two_files_of_one_round(office):
    office.deliver("inspections.a.csv", text("inspections", {}, {"sampled_on": "2014-01-01"}), "lab")
    office.deliver("inspections.b.csv", text("inspections", {"batch_id": "B7"}), "lab")
    office.deliver("inspections.c.csv", text("inspections", {"batch_id": "B8"}), "county")
    assert rules(office) == {
        "1_collected/county/inspections.c.csv": [],
        "1_collected/lab/inspections.a.csv": ["round_twice"],
        "1_collected/lab/inspections.b.csv": ["round_twice"],
    }


def test_records_that_refer_to_one_of_two_twins_wait(office):
    office.deliver("sources.a.csv", text("sources"))
    office.deliver("sources.b.csv", text("sources"))
    office.deliver("figures", text("figures"))
    assert rules(office)["1_collected/office/figures.csv"] == ["foreign_key_waits"]


def test_a_file_that_cannot_be_opened(office):
    (office.folder / "1_collected" / "office").mkdir(parents=True)
    (office.folder / "1_collected" / "office" / "sources.csv").symlink_to("nowhere")
    assert list(rules(office).values()) == [["file_unreadable"]]


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_file_name_in_another_encoding_can_still_be_printed(office):
    path = office.deliver("sources", text("sources"))
    path.rename(path.with_name(os.fsdecode(b"sources." + "二月".encode("gbk") + b".csv")))
    [file] = office.check_all()
    assert file.problems == []
    file.where.encode("utf-8")
    [round_] = office.freeze().rounds
    assert round_.source == file.where


def test_warnings_may_stand_in_the_way(office):
    file = office.check_rows({"n_tested": "3"})
    assert file.may_freeze(accept_warnings=True)
    assert not file.may_freeze(accept_warnings=False)


def test_checking_writes_nothing(office):
    office.deliver("inspections", text("inspections"))
    before = {p: p.stat().st_mtime_ns for p in office.folder.rglob("*")}
    office.check_all()
    assert {p: p.stat().st_mtime_ns for p in office.folder.rglob("*")} == before
    assert NOON.utcoffset() is not None
