"""What passed becomes rounds; corrections supersede, undoing restores or withdraws."""

from __future__ import annotations

import datetime as dt
import stat

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.collect.deliveries import NOON, Office, text, worded
from zhiheng.collect import rounds
from zhiheng.collect.freeze import ROW_GROUP, frozen_bytes, undo
from zhiheng.errors import Problem, ZhihengError

KEY = ("inspections", "2015", "lab")
V1, V2, V3 = (f"2_frozen/inspections/time_period=2015/lab-v000{v}.parquet" for v in (1, 2, 3))


def take_back(office: Office, *key: str, reason: str = "收错了") -> rounds.Round:
    return undo(office.city, *(key or KEY), reason=reason, now=NOON)


def refused(call) -> list[Problem]:
    with pytest.raises(ZhihengError) as raised:
        call()
    return worded(raised.value.problems)


def values(office: Office, file: str, column: str) -> list[object]:
    return pl.read_parquet(office.folder / file)[column].to_list()


# ---- the frozen file --------------------------------------------------------------------------


def test_a_good_file_becomes_a_round(office):
    office.deliver("sources", text("sources", {}, {"source": "年鉴"}))
    report = office.freeze()
    [made] = report.rounds
    assert made == rounds.read(office.folder)[0]
    assert (made.table, made.time_period, made.organisation, made.version) == ("sources", "all", "office", 1)
    assert (made.action, made.rows, made.supersedes, made.restores, made.reason) == (
        "freeze",
        2,
        None,
        None,
        "",
    )
    assert made.file == "2_frozen/sources/time_period=all/office-v0001.parquet"
    assert made.source == "1_collected/office/sources.csv"
    assert made.at == "2026-11-22T12:00:00+08:00"
    assert (made.contract_version, len(made.contract_fingerprint)) == ("1", 64)
    assert rounds.verify(office.folder, [made]) == []


def test_the_frozen_columns_are_the_contract_s_and_the_line(office):
    office.deliver("inspections", text("inspections", {}, {"n_bad": "", "value": "１", "announced": "0"}))
    [made] = office.freeze().rounds
    schema = pq.read_schema(office.folder / made.file)
    assert [(f.name, str(f.type)) for f in schema] == [
        ("batch_id", "string"), ("sampled_on", "date32[day]"), ("ref_area", "string"), ("channel", "string"),
        ("n_tested", "int64"), ("n_bad", "int64"), ("value", "double"), ("announced", "bool"),
        ("verdict", "string"), ("serial", "string"), ("inspector", "string"), ("source_line", "int64"),
    ]  # fmt: skip
    assert schema.metadata is None
    frame = pl.read_parquet(office.folder / made.file)
    assert frame["sampled_on"].to_list() == [dt.date(2015, 3, 1)] * 2
    assert frame["n_bad"].to_list() == [0, None]
    assert frame["value"].to_list() == [1200.5, 1.0]
    assert frame["announced"].to_list() == [True, False]
    assert frame["source_line"].to_list() == [2, 3]


def test_a_frozen_file_is_read_only(office):
    office.deliver("sources", text("sources"))
    [made] = office.freeze().rounds
    assert stat.S_IMODE((office.folder / made.file).stat().st_mode) == 0o444


def test_one_round_for_each_period_in_a_file_and_rows_keep_their_order(office):
    days = ["2015-03-01", "2013-02-01", "2015-01-01", "2013-01-01"]
    office.deliver("inspections", text("inspections", *[{"sampled_on": day} for day in days]))
    report = office.freeze()
    assert [(r.time_period, r.rows) for r in report.rounds] == [("2013", 2), ("2015", 2)]
    assert [values(office, r.file, "source_line") for r in report.rounds] == [[3, 5], [2, 4]]


@pytest.mark.parametrize(
    ("frequency", "periods"),
    [("year", ["2015"]), ("quarter", ["2015-Q1", "2015-Q4"]), ("month", ["2015-02", "2015-03", "2015-12"])],
)
def test_the_period_of_a_date(office, frequency, periods):
    office.edit("framework/contracts/inspections.yaml", "frequency: year", f"frequency: {frequency}")
    days = ["2015-03-31", "2015-12-31", "2015-02-28"]
    office.deliver("inspections", text("inspections", *[{"sampled_on": day} for day in days]))
    assert [r.time_period for r in office.freeze().rounds] == periods


def test_a_span_is_part_of_the_file_name(office):
    office.deliver("sources", text("sources"))
    office.deliver("figures", text("figures", {"time_period": "2012/2017"}))
    made = office.freeze().rounds[1]
    assert made.time_period == "2012/2017"
    assert made.file == "2_frozen/figures/time_period=2012--2017/office-v0001.parquet"


def test_the_same_rows_give_the_same_bytes(office, tmp_path):
    from tests.collect.deliveries import new_office

    other = new_office(tmp_path / "other")
    content = text("inspections", *[{"value": f"{i / 7:.3f}"} for i in range(500)])
    for place in (office, other):
        place.deliver("inspections", content)
        place.freeze()
        # keyed fields differ by city, so the second city gets the first one's key
        (other.folder / ".zhiheng_key").write_bytes((office.folder / ".zhiheng_key").read_bytes())
    assert office.frozen() == other.frozen()


def test_large_files_have_row_groups_of_one_size(office):
    contract = office.city.contracts["sources"]
    n = 2 * ROW_GROUP + 1
    frame = pl.DataFrame({"source": [str(i) for i in range(n)], "issuer": ["a"] * n, "source_line": range(n)})
    path = office.folder / "x.parquet"
    path.write_bytes(frozen_bytes(frame, contract))
    metadata = pq.ParquetFile(path).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [
        ROW_GROUP,
        ROW_GROUP,
        1,
    ]
    assert path.read_bytes() == frozen_bytes(frame.rechunk(), contract)
    assert pl.read_parquet(path).equals(frame.cast({"source_line": pl.Int64}))


# ---- what freezes -----------------------------------------------------------------------------


def test_good_files_freeze_beside_bad_ones(office):
    office.deliver("inspections.a.csv", text("inspections", {"verdict": "?"}), "lab")
    office.deliver(
        "inspections.b.csv", text("inspections", {"batch_id": "C1", "sampled_on": "2014-01-01"}), "county"
    )
    report = office.freeze()
    assert [(r.organisation, r.time_period) for r in report.rounds] == [("county", "2014")]
    assert [p.rule for p in report.problems] == ["not_in_list"]
    assert len(report.checked) == 2


def test_warnings_freeze_only_when_accepted_and_the_log_says_so(office):
    content = text(
        "inspections", {"n_tested": "3"}, {"n_tested": "４"}, {"sampled_on": "2015/4/1"}, {"value": "３"}
    )
    office.deliver("inspections", content)
    report = office.freeze()
    assert report.rounds == []
    assert [p.rule for p in report.problems if p.severity == "warning"] == ["record_rule", "record_rule"]
    [made] = office.freeze(accept=True).rounds
    assert made.accepted == ("few_items n_tested x2",)
    assert made.notes == (
        "full_width_read n_tested x1",
        "date_form_read sampled_on x1",
        "full_width_read value x1",
    )


def test_records_do_not_freeze_before_what_they_refer_to(office):
    office.edit("framework/contracts/sources.yaml", "primaryKey: [source]", "primaryKey: [source]\nrules:\n"
                "  - {rule: named, condition: issuer <> '?', severity: warning,\n"
                "     message: {zh: 不明, en: unclear}, fix: {zh: 查, en: look}}")  # fmt: skip
    office.deliver("sources", text("sources", {"issuer": "?"}))
    office.deliver("figures", text("figures"))
    report = office.freeze()
    assert report.rounds == []
    assert [p.rule for p in report.problems] == ["record_rule", "foreign_key_waits"]
    assert [r.table for r in office.freeze(accept=True).rounds] == ["sources", "figures"]


def test_only_some_tables(office):
    office.deliver("sources", text("sources"))
    office.deliver("figures", text("figures"))
    office.deliver("inspections", text("inspections"))
    report = office.freeze(only=["inspections"])
    assert [r.table for r in report.rounds] == ["inspections"]
    report = office.freeze(only=["figures"])
    assert [p.rule for p in report.problems] == ["foreign_key_waits"]
    assert report.rounds == []
    assert [p.rule for p in refused(lambda: office.freeze(only=["figure"]))] == ["table_unknown"]


def test_nothing_delivered_freezes_nothing(office):
    report = office.freeze()
    assert (report.rounds, report.problems, report.checked) == ([], [], [])
    assert not (office.folder / "2_frozen").exists()


def test_a_moment_without_a_time_zone_is_refused(office):
    from zhiheng.collect.freeze import freeze_city

    with pytest.raises(ValueError, match="time zone"):
        freeze_city(office.city, accept_warnings=False, reason="", now=dt.datetime(2026, 1, 1))


# ---- again and differently --------------------------------------------------------------------


def test_the_same_records_give_no_new_round(office):
    office.deliver("inspections", text("inspections", {}, {}))
    [made] = office.freeze().rounds
    before = office.frozen()
    report = office.freeze()
    assert (report.rounds, report.unchanged) == ([], [made])
    assert office.frozen() == before


def test_records_on_other_lines_or_in_another_encoding_are_the_same_records(office):
    office.deliver("inspections", text("inspections", {}, {}))
    [made] = office.freeze().rounds
    content = text("inspections", {}, {}).replace("\n", "\r\n\r\n").encode("gb18030")
    office.deliver("inspections", content)
    report = office.freeze()
    assert (report.rounds, report.unchanged) == ([], [made])


def test_a_correction_is_a_new_version_with_a_reason(office):
    office.deliver("inspections", text("inspections", {}, {"sampled_on": "2014-05-01"}))
    office.freeze()
    first = office.frozen()
    office.deliver("inspections", text("inspections", {"n_bad": "1"}, {"sampled_on": "2014-05-01"}))
    report = office.freeze(reason="企业补报")
    [made] = report.rounds
    assert (made.time_period, made.version, made.supersedes, made.reason) == ("2015", 2, 1, "企业补报")
    assert [r.time_period for r in report.unchanged] == ["2014"]
    assert made.file == V2
    after = office.frozen()
    assert all(after[name] == content for name, content in first.items() if name.endswith("parquet"))
    assert after[rounds.LOG].startswith(first[rounds.LOG])
    assert [(r.time_period, r.version) for r in rounds.current(rounds.read(office.folder))] == [
        ("2014", 1),
        ("2015", 2),
    ]


def test_a_correction_without_a_reason_freezes_nothing(office):
    office.deliver("inspections", text("inspections"))
    office.freeze(reason="")
    before = office.frozen()
    office.deliver("inspections", text("inspections", {"sampled_on": "2014-05-01"}, {"n_bad": "1"}))
    [problem] = refused(lambda: office.freeze(reason=" "))
    assert (problem.rule, problem.found) == ("reason_needed", "2015")
    assert office.frozen() == before


def test_a_reason_is_asked_for_once_a_file_and_says_what_would_change(office):
    years = [{"sampled_on": "2014-05-01"}, {"sampled_on": "2015-05-01"}]
    office.deliver("inspections", text("inspections", *years))
    office.freeze(reason="")
    office.deliver("inspections", text("inspections", *[y | {"n_bad": "1"} for y in years], years[1]))
    [problem] = refused(lambda: office.freeze(reason=""))
    assert (problem.rule, problem.found, problem.count) == ("reason_needed", "2014, 2015", 2)
    assert problem.args == {"table": "inspections", "rounds": "2014 (1 → 1), 2015 (1 → 2)"}


def test_one_mistyped_date_does_not_replace_a_round_unless_that_is_confirmed(office):
    office.deliver("inspections", text("inspections", *[{"sampled_on": "2014-05-01"}] * 2))
    office.freeze()
    office.deliver(
        "inspections", text("inspections", {"sampled_on": "2014-05-01"}, *[{"sampled_on": "2015-05-01"}] * 2)
    )
    held = office.freeze(reason="2015 年")
    assert held.rounds == []
    [problem] = [p for p in held.problems if p.severity == "warning"]
    assert (problem.rule, problem.found, problem.args) == ("round_shrinks", "2014", {"before": 2, "after": 1})
    assert problem.where.endswith(":2 sampled_on")
    made = office.freeze(accept=True, reason="核实无误").rounds
    assert [(r.time_period, r.version, r.rows) for r in made] == [("2014", 2, 1), ("2015", 1, 2)]
    assert "round_shrinks sampled_on x1" in made[0].accepted


def test_one_record_more_or_another_column_is_a_change(office):
    office.deliver("sources", text("sources"))
    office.freeze()
    office.deliver("sources", text("sources", {}, {"source": "年鉴"}))
    assert [r.version for r in office.freeze().rounds] == [2]
    office.edit("framework/contracts/sources.yaml", "primaryKey",
                "  - {name: page, type: integer, title: {zh: 页, en: Page}}\nprimaryKey")  # fmt: skip
    office.deliver("sources", "source,issuer,page\n公报,市政府,\n年鉴,市政府,\n")
    assert [r.version for r in office.freeze().rounds] == [3]


# ---- undoing ----------------------------------------------------------------------------------


def test_a_mistaken_freeze_is_withdrawn_and_not_frozen_again(office):
    office.deliver("inspections", text("inspections"))
    office.freeze()
    gone = take_back(office)
    assert (gone.action, gone.version, gone.supersedes, gone.restores) == ("withdraw", 2, 1, None)
    assert (gone.file, gone.rows, gone.reason) == ("", 0, "收错了")
    assert rounds.current(rounds.read(office.folder)) == []
    assert (office.folder / V1).exists()

    report = office.freeze()
    assert report.rounds == []
    assert [(p.rule, p.severity, p.found) for p in report.problems] == [("undone_before", "note", "2015")]
    assert "收错了" in report.problems[0].fix("zh")

    office.deliver("inspections", text("inspections", {"n_bad": "2"}))
    [made] = office.freeze(reason="改好了").rounds
    assert (made.version, made.supersedes, made.file, made.reason) == (3, 2, V3, "改好了")


def test_a_mistaken_correction_is_undone_by_the_version_before(office):
    office.deliver("inspections", text("inspections"))
    [first] = office.freeze().rounds
    office.deliver("inspections", text("inspections", {"n_bad": "1"}))
    office.freeze()
    back = take_back(office)
    assert (back.action, back.version, back.supersedes, back.restores) == ("restore", 3, 2, 1)
    assert (back.file, back.sha256, back.source_sha256) == (V3, first.sha256, first.source_sha256)
    assert rounds.verify(office.folder, rounds.read(office.folder)) == []
    assert values(office, V3, "n_bad") == [0]
    assert [r.version for r in rounds.current(rounds.read(office.folder))] == [3]

    assert office.freeze().rounds == []  # the mistaken file still lies there
    office.deliver("inspections", text("inspections"))
    assert [r.version for r in office.freeze().unchanged] == [3]


def test_undoing_an_undo_brings_back_what_it_took_away(office):
    for bad in ("0", "1"):
        office.deliver("inspections", text("inspections", {"n_bad": bad}))
        office.freeze()
    steps = [take_back(office) for _ in range(3)]
    assert [(r.action, r.restores) for r in steps] == [("restore", 1), ("restore", 2), ("restore", 1)]
    assert [r.supersedes for r in steps] == [2, 3, 4]


def test_a_first_freeze_is_withdrawn_and_can_come_back(office):
    office.deliver("inspections", text("inspections"))
    office.freeze()
    assert take_back(office).action == "withdraw"  # before it there was nothing
    assert rounds.current(rounds.read(office.folder)) == []
    assert office.freeze().rounds == []  # the withdrawn file still lies there
    back = take_back(office)
    assert (back.action, back.restores) == ("restore", 1)
    assert rounds.verify(office.folder, rounds.read(office.folder)) == []


def test_there_is_nothing_to_undo_where_nothing_was_frozen(office):
    [problem] = refused(lambda: take_back(office))
    assert problem.rule == "nothing_to_undo"


def test_a_round_that_its_file_does_not_hold_any_more_is_named_and_stays(office):
    office.deliver("inspections", text("inspections"))
    [first] = office.freeze().rounds
    (office.folder / first.source).unlink()
    report = office.freeze()
    assert [(p.rule, p.severity, p.where) for p in report.problems] == [
        ("round_not_delivered", "note", first.source)
    ]
    assert rounds.current(rounds.read(office.folder)) == [first]


def test_a_correction_after_an_undo_is_undone_to_what_was_restored(office):
    for bad in ("0", "1"):
        office.deliver("inspections", text("inspections", {"n_bad": bad}))
        office.freeze()
    take_back(office)
    office.deliver("inspections", text("inspections", {"n_bad": "2"}))
    office.freeze()
    back = take_back(office)
    assert (back.version, back.supersedes, back.restores) == (5, 4, 1)
    assert values(office, back.file, "n_bad") == [0]


def test_records_cannot_refer_to_an_undone_delivery(office):
    office.deliver("sources", text("sources"))
    office.freeze()
    take_back(office, "sources", "all", "office")
    office.deliver("figures", text("figures"))
    report = office.freeze()
    assert [p.rule for p in report.problems] == ["foreign_key_waits", "undone_before"]
    assert report.rounds == []


def test_what_cannot_be_undone(office):
    office.deliver("inspections", text("inspections"))
    office.freeze()
    [problem] = refused(lambda: take_back(office, "inspections", "2016", "lab"))
    assert (problem.rule, problem.found) == ("nothing_to_undo", "inspections/2016/lab")
    assert "inspections/2015/lab" in problem.fix("zh")
    assert [p.rule for p in refused(lambda: take_back(office, reason=" "))] == ["reason_needed"]


def test_a_damaged_version_is_not_restored(office):
    for bad in ("0", "1"):
        office.deliver("inspections", text("inspections", {"n_bad": bad}))
        office.freeze()
    (office.folder / V1).chmod(0o644)
    (office.folder / V1).write_bytes(b"x")
    before = office.frozen()
    assert [p.rule for p in refused(lambda: take_back(office))] == ["frozen_altered"]
    assert office.frozen() == before


def test_a_damaged_frozen_file_stops_what_needs_it(office):
    office.deliver("sources", text("sources"))
    [made] = office.freeze().rounds
    (office.folder / "1_collected/office/sources.csv").unlink()
    (office.folder / made.file).unlink()
    office.deliver("figures", text("figures"))
    assert [p.rule for p in refused(office.check_all)] == ["frozen_missing"]
    office.deliver("sources", "\n" + text("sources", {"issuer": "省"}))
    assert [p.rule for p in refused(office.freeze)] == ["frozen_missing"]


def test_a_damaged_log_stops_a_freeze(office):
    office.deliver("sources", text("sources"))
    office.freeze()
    log = office.folder / rounds.LOG
    log.write_bytes(log.read_bytes()[:-10])
    assert [p.rule for p in refused(office.freeze)] == ["log_torn"]
    assert [p.rule for p in refused(lambda: take_back(office))] == ["log_torn"]
