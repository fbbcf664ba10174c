"""The command line as its users meet it: what it prints, how it ends, what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_path import FIGURES, MADE, PRODUCTS, contents, replace_in

INSPECTIONS = "1_collected/simulation/simulated_inspections.csv"
QCI_2015 = "450200,2015,qci,,,,,,,,,,84.22,2,index,published,"


def edit(path, old: str, new: str, *, encoding: str = "utf-8") -> None:
    """Replace text in a file and save it in an encoding."""
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_bytes(text.replace(old, new, 1).encode(encoding))


BAD = {
    "broken YAML": (
        lambda c: edit(c / PRODUCTS, "indicators:", "indicators: ["),
        [f"{PRODUCTS}:", "syntax"],
    ),
    "unknown key": (
        lambda c: edit(c / "city.yaml", "time_zone:", "timezone:"),
        ["city.yaml:", "unknown key", "time_zone"],
    ),
    "key twice": (
        lambda c: edit(c / "city.yaml", "format: 2", "format: 2\nformat: 2"),
        ["city.yaml:", "written twice"],
    ),
    "wrong encoding": (
        lambda c: (c / FIGURES).write_bytes((c / FIGURES).read_text(encoding="utf-8").encode("utf-16")),
        ["figures.csv", "UTF-16"],
    ),
    "empty file": (lambda c: (c / FIGURES).write_bytes(b""), ["figures.csv", "empty"]),
    "a row too short": (
        lambda c: edit(c / FIGURES, QCI_2015, "450200,2015,qci,84.22"),
        ["figures.csv:3"],
    ),
    "duplicate header": (
        lambda c: edit(c / FIGURES, "time_period", "ref_area"),
        ["figures.csv:1", "ref_area"],
    ),
    "negative count": (
        lambda c: edit(c / INSPECTIONS, ",32,5,5,nonconforming", ",32,-5,5,nonconforming"),
        ["simulated_inspections.csv:2", "n_tested", "-5"],
    ),
    "numerator above denominator": (
        lambda c: edit(c / INSPECTIONS, ",32,5,5,nonconforming", ",32,5,6,nonconforming"),
        ["simulated_inspections.csv:2", "More items nonconforming than tested"],
    ),
    "duplicate key": (
        lambda c: edit(c / INSPECTIONS, "SIMB-2012-00002", "SIMB-2012-00001"),
        ["simulated_inspections.csv:3", "SIMB-2012-00001"],
    ),
    "unknown area": (
        lambda c: edit(c / FIGURES, QCI_2015, QCI_2015.replace("450200", "450299")),
        ["figures.csv:3", "450299"],
    ),
    "not a number as text": (
        lambda c: edit(c / FIGURES, QCI_2015, QCI_2015.replace("84.22", "NaN")),
        ["figures.csv:3", "obs_value", "NaN"],
    ),
    "a firm that is in no register": (
        lambda c: edit(c / INSPECTIONS, "SIM-0365", "SIM-9999"),
        ["simulated_inspections.csv:2", "SIM-9999"],
    ),
    "an area whose code was not in use": (
        lambda c: edit(c / INSPECTIONS, "SIMB-2012-00001,SIM-0365,450221", "SIMB-2012-00001,SIM-0365,450206"),
        ["simulated_inspections.csv:2", "450206"],
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_a_clear_message_and_the_last_result_stays(liuzhou, zhiheng, what):
    spoil, expected = BAD[what]
    before = contents(liuzhou, *MADE)
    spoil(liuzhou)
    status, _, told = zhiheng("run", liuzhou)
    assert status == 1
    for words in expected:
        assert words in told, told
    assert "Traceback" not in told
    assert contents(liuzhou, *MADE) == before


def test_all_problems_are_told_at_once(liuzhou, zhiheng):
    edit(liuzhou / FIGURES, QCI_2015, QCI_2015.replace("84.22", "NaN"))
    edit(liuzhou / FIGURES, "450200,2007,qci", "450299,2007,qci")
    edit(liuzhou / INSPECTIONS, ",32,5,5,nonconforming", ",32,-5,5,nonconforming")
    status, printed, _ = zhiheng("check", liuzhou, "--json")
    assert status == 1
    errors = [p for p in json.loads(printed)["problems"] if p["severity"] == "error"]
    found = {p["found"] for p in errors}
    assert {"NaN", "450299", "-5"} <= found
    assert all(p["where"] and p["title"] and p["fix"] for p in errors)


def test_a_gb18030_file_reads_like_its_utf8_twin(liuzhou, zhiheng):
    path = liuzhou / FIGURES
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    before = contents(liuzhou, "4_computed")
    status, _, told = zhiheng("run", liuzhou)
    assert status == 0, told
    assert contents(liuzhou, "4_computed") == before


def test_explain_tells_the_figure_its_source_and_its_file(demo, zhiheng):
    status, told, _ = zhiheng("explain", demo, "qci", "--area", "450200", "--period", "2015")
    assert status == 0
    assert "84.22" in told
    assert "2_frozen/figures/time_period=2015/quality_office-v0001.parquet" in told
    assert "1_collected/quality_office/figures.csv:3" in told
    assert "柳州市质量强市专版文章" in told


def test_explain_of_a_simulated_rate_goes_back_to_condition_and_files(demo, zhiheng):
    words = ("explain", demo, "inspection_pass_rate", "--area", "450200", "--period", "2017", "--json")
    status, printed, _ = zhiheng(*words)
    (step,) = json.loads(printed)
    assert status == 0
    assert step["title"].endswith(": 93%"), "the headline is the published figure"
    (other,) = next(s for s in step["inputs"] if s["kind"] == "others")["inputs"]
    assert other["facts"]["series"] == "simulated"
    (reduced,) = other["inputs"]
    assert reduced["facts"]["numerator"] == "verdict = 'conforming'"
    (part,) = reduced["inputs"]
    assert (part["facts"]["numerator"], part["facts"]["denominator"]) == ("5301", "5700")
    assert len(part["facts"]["sha256"]) == 64


def test_a_program_reads_the_same_facts_in_either_language(demo, zhiheng):
    words = ("explain", demo, "qci", "--area", "450200", "--period", "2015", "--json", "--lang")
    (chinese,), (english,) = (json.loads(zhiheng(*words, lang)[1]) for lang in ("zh", "en"))
    assert chinese["facts"] == english["facts"]
    assert chinese["facts"]["headline"] == "yes"
    assert chinese["title"] != english["title"]


def test_explain_names_what_does_not_exist(demo, zhiheng):
    status, _, told = zhiheng("explain", demo, "qc", "--area", "45020", "--period", "2015x")
    assert status == 1
    assert "qci" in told and "--area" in told and "--period" in told


ONE = ("inspection_pass_rate", "--area", "450200", "--period", "2017")


def test_explain_reaches_a_breakdown_beside_a_total(demo, zhiheng):
    status, told, _ = zhiheng("explain", demo, *ONE)
    assert status == 0 and "--by industry=CODE" in told, "what else may be asked"
    status, printed, _ = zhiheng("explain", demo, *ONE, "--by", "industry=C36_2011", "--json")
    (step,) = json.loads(printed)
    assert status == 0
    assert "(Motor vehicles (2011))" in step["title"]


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("industri=C36", "nearest: industry"),
        ("industry=C36", "C36_2002"),
        ("industry", "DIMENSION=CODE"),
        ("pollutant=SO2", "channel=production, shop, online"),
    ],
)
def test_explain_says_which_breakdowns_there_are(demo, zhiheng, by, words):
    status, _, told = zhiheng("explain", demo, *ONE, "--by", by)
    assert status == 1 and "--by" in told and words in told, told


def test_explain_speaks_of_what_files_gave_in_the_readers_language(demo, zhiheng):
    lines = zhiheng("explain", demo, *ONE, "--by", "channel=online", "--lang", "zh")[1].splitlines()
    names = {line.strip("│├└─ ").partition(": ")[0] for line in lines}
    assert {"记录数", "分子", "分母"} <= names
    assert not {"n", "numerator", "denominator"} & names


def test_explain_lists_the_periods_there_are(demo, zhiheng):
    status, _, told = zhiheng("explain", demo, "qci", "--area", "450200", "--period", "2010")
    assert status == 1
    assert "2007, 2012, 2013, 2014, 2015, 2016, 2017, 2021, 2023, 2024" in told


def test_the_log_and_the_undoing_of_a_freeze(liuzhou, zhiheng):
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",48.22,2,index,")
    assert zhiheng("freeze", liuzhou, "--reason", "second delivery")[0] == 0
    status, _, _ = zhiheng(
        "freeze", liuzhou, "--undo", "figures/2015/quality_office", "--reason", "digits swapped"
    )
    assert status == 0
    _, printed, _ = zhiheng("log", liuzhou, "--table", "figures", "--json")
    rows = [r for r in json.loads(printed) if r["time_period"] == "2015"]
    assert [(r["version"], r["action"], r["reason"]) for r in rows][1:] == [
        (2, "freeze", "second delivery"),
        (3, "restore", "digits swapped"),
    ]
    assert "digits swapped" in zhiheng("log", liuzhou)[1]


def test_square_brackets_in_a_reason_are_text(liuzhou, zhiheng):
    replace_in(liuzhou / FIGURES, ",84.22,2,index,", ",48.22,2,index,")
    assert zhiheng("freeze", liuzhou, "--reason", "see [draft] [/x]")[0] == 0
    status, told, _ = zhiheng("log", liuzhou, "--table", "figures")
    assert status == 0 and "see [draft] [/x]" in told


def test_undoing_needs_a_reason_and_something_to_undo(liuzhou, zhiheng):
    assert zhiheng("freeze", liuzhou, "--undo", "figures/2015/quality_office")[0] == 2
    status, _, told = zhiheng("freeze", liuzhou, "--undo", "figures/1999/quality_office", "--reason", "x")
    assert status == 1 and "Traceback" not in told


def test_a_condition_on_a_personal_field_that_is_dropped_is_refused(liuzhou, zhiheng):
    edit(
        liuzhou / PRODUCTS,
        "count: verdict = 'conforming'",
        "count: inspector = 'x'",
    )
    status, _, told = zhiheng("run", liuzhou)
    assert status == 1
    assert f"{PRODUCTS}:" in told and "inspector" in told and "Personal fields" in told


def test_the_log_of_a_table_that_does_not_exist(demo, zhiheng):
    status, _, told = zhiheng("log", demo, "--table", "figure")
    assert status == 1 and "figures" in told


def test_an_interrupted_run_says_so(liuzhou, zhiheng, monkeypatch):
    from zhiheng.pipeline import Run

    def interrupted(_self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "compute", interrupted)
    status, _, told = zhiheng("run", liuzhou)
    assert status == 130
    assert "last complete result is still in place" in told


def test_the_readme_shows_what_explain_prints(demo, zhiheng, monkeypatch):
    monkeypatch.setenv("ZHIHENG_LANG", "zh")
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.split("--period 2015\n")[1].split("```")[0].splitlines()
    told = zhiheng("explain", demo, "qci", "--area", "450200", "--period", "2015")[1]
    for line in shown:
        words = line.split("…")[0].strip("│├└─ ")
        assert words in told, line


def test_usage_errors_exit_with_2(zhiheng):
    assert zhiheng("explain")[0] == 2
    assert zhiheng("run", ".", "--until", "nowhere")[0] == 2
    assert zhiheng("no-such-command")[0] == 2


USAGE = {
    "no command": (("chek",), "没有这个命令", "最接近的：check"),
    "no option": (("run", "--untill", "freeze"), "没有这个选项", "最接近的：--until"),
    "nothing given": (("explain",), "缺少参数或选项", "请写上 CITY；用法：zhiheng explain"),
    "an option missing": (("explain", ".", "qci", "--area", "1"), "缺少参数或选项", "--period"),
    "no value": (("demo", "--seed"), "这个选项后面要有值", "--seed"),
    "a value too many": (("run", "--json=3"), "这个选项不带值", "--json"),
    "an argument too many": (("run", ".", "a", "b"), "多写了参数", "现为: a b"),
    "not a choice": (("run", "--until", "x"), "不是可选的值", "请选：collect, freeze, reduce"),
    "not a language": (("run", "--lang", "xx"), "不是可选的值", "请选：zh, en"),
    "not an integer": (("demo", "--seed", "x"), "要写整数", "--seed"),
    "not a number": (("simulate", ".", "--scale", "x"), "要写数", "--scale"),
    "too small": (("demo", "--seed=-1"), "数太小", "不能小于 0"),
    "neither": (("template", "."), "要写一张表，或写 --all", "TABLE"),
    "no reason": (("freeze", ".", "--undo", "x/y/z"), "撤回冻结要写原因", "--reason"),
}


@pytest.mark.parametrize("what", USAGE)
def test_wrong_usage_is_told_in_the_readers_language(zhiheng, monkeypatch, what):
    words, title, more = USAGE[what]
    monkeypatch.setenv("ZHIHENG_LANG", "zh")
    status, _, told = zhiheng(*words)
    assert status == 2
    assert title in told.splitlines()[0] and more in told, told
    assert not any(english in told for english in ("Error", "Invalid", "Missing", "No such", "Usage"))


def test_wrong_usage_in_english_and_for_programs(zhiheng):
    assert "nearest: check" in zhiheng("chek")[2]
    status, printed, _ = zhiheng("explain", ".", "--json")
    (problem,) = json.loads(printed)["problems"]
    assert (status, problem["rule"], problem["where"]) == (2, "usage_missing", "INDICATOR")


def test_without_a_command_the_help_is_shown(zhiheng):
    status, said, told = zhiheng()
    assert status == 2 and "explain" in said + told and "internal error" not in told


def test_outside_a_city_folder(tmp_path, zhiheng):
    for command in ("run", "check", "log", "publish"):
        status, _, told = zhiheng(command, tmp_path)
        assert (status, "not a city folder" in told) == (1, True), command


def test_demo_refuses_a_folder_that_holds_something_else(tmp_path, zhiheng):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    status, _, told = zhiheng("demo", "--to", tmp_path)
    assert status == 1 and "holds something else" in told
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_warnings_wait_for_a_word_and_the_log_keeps_it(liuzhou, zhiheng):
    contract = liuzhou / "framework/contracts/simulated_inspections.yaml"
    rule = """rules:
  - rule: small_sample
    condition: n_tested >= 4
    severity: warning
    message: {zh: 检验件数偏少, en: Few items tested}
    fix: {zh: 请核实, en: Verify it}
"""
    edit(contract, "rules:\n", rule)
    edit(liuzhou / INSPECTIONS, ",32,5,5,nonconforming", ",32,3,3,nonconforming")
    status, said, told = zhiheng("check", liuzhou)
    assert (status, said) == (0, "passed with 100 warnings; freezing needs --accept-warnings\n"), told
    status, _, told = zhiheng("run", liuzhou, "--until", "freeze")
    assert status == 1 and "--accept-warnings" in told and "Few items tested" in told
    accepted = "100 warnings accepted, and logged (zhiheng log)\n"
    status, said, told = zhiheng("freeze", liuzhou, "--accept-warnings", "--reason", "verified by phone")
    assert (status, said) == (0, accepted), told
    assert "go on with" not in told, "nothing is left to be asked for"
    assert zhiheng("check", liuzhou)[1] == accepted
    log = zhiheng("log", liuzhou, "--table", "simulated_inspections")[1]
    assert "Warnings accepted" in log.splitlines()[0] and "small_sample" in log.splitlines()[-1]
    last = json.loads(zhiheng("log", liuzhou, "--table", "simulated_inspections", "--json")[1])[-1]
    assert any("small_sample" in words for words in last["accepted"])


def test_chinese_is_the_first_language(demo, monkeypatch, zhiheng):
    monkeypatch.delenv("ZHIHENG_LANG")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    assert "公布" in zhiheng("explain", demo, "qci", "--area", "450200", "--period", "2015")[1]
    assert "不是城市文件夹" in zhiheng("run", demo / "1_collected")[2]
    assert "not a city folder" in zhiheng("run", demo / "1_collected", "--lang", "en")[2]
    monkeypatch.setenv("ZHIHENG_LANG", "zh")
    assert "not a city folder" in zhiheng("--lang", "en", "run", demo / "1_collected")[2]


def test_a_gbk_console_is_written_to_without_a_crash(demo):
    command = [
        sys.executable,
        "-m",
        "zhiheng.cli",
        "explain",
        str(demo),
        "qci",
        "--area",
        "450200",
        "--period",
        "2015",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0", "ZHIHENG_LANG": "zh"}
    told = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert "制造业质量竞争力指数" in told.stdout.decode("gbk")


def test_an_internal_error_is_one_line_to_the_user(liuzhou, zhiheng, monkeypatch):
    from zhiheng import explain

    monkeypatch.delenv("ZHIHENG_DEBUG", raising=False)
    monkeypatch.setattr(explain, "load", lambda _: 1 / 0)
    status, _, told = zhiheng("explain", liuzhou, "qci", "--area", "450200", "--period", "2015")
    assert status == 1
    assert "internal error" in told and "Traceback" not in told
