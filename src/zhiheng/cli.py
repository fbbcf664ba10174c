"""The command line: every command calls one function and shows what it returns.

Nothing heavy is imported here, so that `zhiheng --help` is quick.  How results look is in
`terminal`; what they are is in the packages.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn, Optional

import typer

from zhiheng import __version__, usage
from zhiheng.errors import Lang, Problem, ZhihengError
from zhiheng.usage import UsageError

ABOUT = (
    "质衡：一座城市的质量统计，从原始记录到公布数值。 · "
    "A city's quality statistics, from raw record to published figure."
)
app = typer.Typer(
    name="zhiheng",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CityArgument = Annotated[
    Path, typer.Argument(help="城市文件夹 · the city folder", metavar="CITY", show_default=True)
]
LangOption = Annotated[
    Optional[Literal["zh", "en"]],  # noqa: UP045 - typer reads it at run time
    typer.Option("--lang", help="输出语言 · language of the output", envvar="ZHIHENG_LANG"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="机器可读输出 · machine output")]
AcceptOption = Annotated[
    bool,
    typer.Option("--accept-warnings", help="警告已核实，照常冻结 · freeze despite warnings, on the record"),
]
ReasonOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--reason", help="为何替换已冻结的数据（记入日志） · why a frozen round is replaced, for the log"
    ),
]
StageOption = Annotated[
    Literal["collect", "freeze", "reduce", "compute", "publish"],
    typer.Option("--until", help="走到哪一步为止 · the last stage to carry out"),
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="模拟记录的种子 · seed of the simulated records")
]
HERE = Path()
INTERRUPTED = 130
"""Exit status, as shells have it."""


def language(chosen: str | None) -> Lang:
    """Return the language to speak: as asked, else English where the system speaks it, else Chinese."""
    if chosen not in ("zh", "en"):
        system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        return "en" if system.lower().startswith("en") else "zh"
    return "zh" if chosen == "zh" else "en"


@app.command()
def demo(
    to: Annotated[Path, typer.Option("--to", help="放在哪里 · where to put it")] = Path("liuzhou"),
    seed: SeedOption = 2017,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """复制内置城市柳州并走完整条路径 · Copy the bundled city and walk the whole path."""
    from zhiheng.simulate.demo import make_city

    make_city(to, seed=seed)
    _walk(to, "publish", lang=lang, as_json=as_json)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新的城市文件夹 · the new city folder", metavar="FOLDER")],
    name_zh: Annotated[Optional[str], typer.Option("--name-zh", help="城市的中文名 · Chinese name")] = None,  # noqa: UP045
    name_en: Annotated[Optional[str], typer.Option("--name-en", help="城市的英文名 · English name")] = None,  # noqa: UP045
    area: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--area", help="城市的代码（GB/T 2260） · the city's code by GB/T 2260"),
    ] = None,
    counties: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--counties",
            metavar="CODE NAME NAME; ...",
            help="县区：代码 中文名 英文名，之间用分号 · code, Chinese and English name; semicolons between",
        ),
    ] = None,
    city: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--city", help="城市的短名，不写就用文件夹名 · short name; the folder's by default"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不提问 · ask nothing")] = False,
    lang: LangOption = None,
) -> None:
    """为另一座城市建立文件夹 · Make a folder for another city."""
    from zhiheng.folder import questions, show
    from zhiheng.folder.init import make_city

    names = {"name_zh": name_zh, "name_en": name_en, "area": area, "city": city, "counties": counties}
    given = questions.Answers(**names, yes=yes, as_of=_now().date())
    new = questions.new_city(folder, given, language(lang))
    if new is None:
        raise typer.Exit(1)
    show.show_init(folder, new, make_city(folder, new), language(lang))


@app.command()
def simulate(
    city: CityArgument,
    seed: SeedOption = 2017,
    table: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--table", help="只重做这张表（可写几次） · only this table (may be repeated)"),
    ] = None,
    scale: Annotated[
        float, typer.Option("--scale", help="企业和批次为平常的几倍 · times the usual firms and batches")
    ] = 1,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """按种子重做示例城市的模拟表 · Make the bundled city's simulated tables anew from a seed."""
    from zhiheng import terminal
    from zhiheng.framework.city import load
    from zhiheng.pipeline import city_lock
    from zhiheng.simulate.city import simulate_city

    with city_lock(city):
        paths = simulate_city(load(city), seed=seed, tables=table or (), scale=scale)
    terminal.show_written(city, paths, language(lang), as_json=as_json)


@app.command()
def check(
    city: CityArgument = HERE,
    answers: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--answers",
            metavar="DIR",
            help="给有问题的文件各写一本标好单元格的工作簿，放进这个文件夹，可以退回报送单位"
            " · write a workbook with marked cells for every file with problems, to send back",
        ),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """检查已收集的文件，一次列出全部问题 · Check collected files and list every problem."""
    _walk(city, "collect", lang=lang, as_json=as_json, answers=answers)


@app.command()
def template(
    city: CityArgument,
    table: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="报表（契约）的代码 · code of the table (contract)", metavar="TABLE"),
    ] = None,
    organisation: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--organisation", help="填报单位的代码 · code of who fills it in"),
    ] = None,
    period: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--period", help="报告期，如 2015-Q3 · period, such as 2015-Q3"),
    ] = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", help="写到哪里 · where to write it", show_default="TABLE.xlsx, forms/"),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="每个单位要填的每张表 · every form that departments fill in"),
    ] = False,
    rows: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--rows", help="留多少行 · rows for records"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的文件 · replace existing files")] = False,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """写出报表的 Excel 表格，供部门填报 · Write the Excel form of a table, for a department to fill in."""
    from zhiheng import terminal
    from zhiheng.collect.template import write_all, write_one
    from zhiheng.framework.city import load

    if every == (table is not None):
        raise typer.BadParameter("usage_table_or_all", param_hint="TABLE")
    if table is None:
        written = write_all(
            load(city), out or Path("forms"), organisation=organisation, period=period, rows=rows, force=force
        )
    else:
        written = [
            write_one(
                load(city), table, out or Path(f"{table}.xlsx"),
                organisation=organisation, period=period, rows=rows, force=force,
            )
        ]  # fmt: skip
    terminal.show_forms(written, language(lang), as_json=as_json)


@app.command()
def freeze(
    city: CityArgument = HERE,
    accept_warnings: AcceptOption = False,
    reason: ReasonOption = None,
    undo: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--undo",
            metavar="TABLE/PERIOD/ORGANISATION",
            help="撤回一次冻结，恢复上一版 · take a freeze back, restoring the version before",
        ),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """冻结通过检查的文件 · Freeze what passed the check."""
    if undo is None:
        _walk(city, "freeze", lang=lang, as_json=as_json, accept_warnings=accept_warnings, reason=reason)
        return
    from zhiheng import terminal
    from zhiheng.pipeline import undo_freeze

    if not reason:
        raise typer.BadParameter("usage_undo_reason", param_hint="--reason")
    terminal.show_rounds([undo_freeze(city, undo, reason, _now())], language(lang), as_json=as_json)


@app.command()
def reduce(city: CityArgument = HERE, lang: LangOption = None, as_json: JsonOption = False) -> None:
    """把冻结的记录汇总成小表 · Reduce frozen records to small tables."""
    _walk(city, "reduce", lang=lang, as_json=as_json)


@app.command()
def compute(city: CityArgument = HERE, lang: LangOption = None, as_json: JsonOption = False) -> None:
    """由小表计算数值 · Compute figures from small tables."""
    _walk(city, "compute", lang=lang, as_json=as_json)


@app.command()
def publish(city: CityArgument = HERE, lang: LangOption = None, as_json: JsonOption = False) -> None:
    """发布网页和开放数据 · Publish pages and open data."""
    _walk(city, "publish", lang=lang, as_json=as_json)


@app.command()
def run(
    city: CityArgument = HERE,
    until: StageOption = "publish",
    accept_warnings: AcceptOption = False,
    reason: ReasonOption = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """走整条路径，没有变化的步骤跳过 · Walk the path; stages with nothing new are skipped."""
    _walk(city, until, lang=lang, as_json=as_json, accept_warnings=accept_warnings, reason=reason)


@app.command()
def explain(
    city: CityArgument,
    indicator: Annotated[str, typer.Argument(help="指标代码 · indicator code", metavar="INDICATOR")],
    area: Annotated[str, typer.Option("--area", help="地区代码 · area code")],
    period: Annotated[str, typer.Option("--period", help="时期，如 2015 · period, such as 2015")],
    by: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--by",
            metavar="DIMENSION=CODE",
            help="细分：维度=代码（可写几次），不写就是合计"
            " · a breakdown (may be repeated); the total without it",
        ),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """一个数值从哪里来，一直追到文件和校验和 · Where a figure comes from, back to files and checksums."""
    from zhiheng import terminal
    from zhiheng.explain import explain_city

    found = explain_city(city, indicator, area, period, by or ())
    terminal.show_explanation(found, language(lang), as_json=as_json)


@app.command()
def log(
    city: CityArgument = HERE,
    table: Annotated[Optional[str], typer.Option("--table", help="只看一张表 · one table only")] = None,  # noqa: UP045
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """冻结日志：每一轮的来源、版本与校验和 · The log of rounds: source, version and checksum of each."""
    from zhiheng import terminal
    from zhiheng.pipeline import read_log

    terminal.show_rounds(read_log(city, table), language(lang), as_json=as_json)


@app.command()
def release(
    city: CityArgument = HERE,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="发布版的名称；不写就列出并核对已有的 · its name; without it they are listed",
            metavar="NAME",
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="为什么发布（记入日志） · why, for the log")] = "",
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """留存现在公布的结果，以后可以比较 · Keep what is published now, to compare with later."""
    from zhiheng.folder import release as releases
    from zhiheng.folder import show

    if name is None:
        show.show_releases(releases.verified(city), language(lang), as_json=as_json)
        return
    made = releases.release(city, name, reason=reason, now=_now())
    show.show_released(made, language(lang), as_json=as_json)


@app.command()
def diff(
    city: CityArgument = HERE,
    old: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="发布版；不写就是最近一个 · a release; the last by default", metavar="OLD"),
    ] = None,
    new: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="另一个；不写就是现在算出的 · another; the present figures by default", metavar="NEW"
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="写变更记录用的 Markdown · Markdown for a changelog")
    ] = False,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """哪些数变了，变了多少，为什么 · Which figures changed, by how much, and why."""
    from zhiheng.folder import show
    from zhiheng.folder.diff import diff as compare

    form = "json" if as_json else "markdown" if markdown else "table"
    show.show_diff(compare(city, old, new, now=_now()), language(lang), form=form)


@app.command()
def upgrade(
    city: CityArgument = HERE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只说要做什么 · only say what would be done")
    ] = False,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """把旧格式的城市文件夹升到现在的格式 · Bring a city folder to the present format."""
    from zhiheng.folder import show
    from zhiheng.folder.upgrade import upgrade as bring_up

    done = bring_up(city, dry_run=dry_run)
    show.show_upgrade(done, city.as_posix(), language(lang), dry_run=dry_run, as_json=as_json)


def _walk(
    city: Path,
    until: Literal["collect", "freeze", "reduce", "compute", "publish"],
    *,
    lang: str | None,
    as_json: bool,
    accept_warnings: bool = False,
    reason: str | None = None,
    answers: Path | None = None,
) -> None:
    """Walk the path up to a stage and show what came of it."""
    from zhiheng import terminal
    from zhiheng.pipeline import Run

    walk = Run(
        folder=city,
        now=_now(),
        accept_warnings=accept_warnings,
        reason=reason or "",
        answers=answers,
    )
    with terminal.progress(walk, language(lang), quiet=as_json):
        walk.go(until)
    terminal.show_run(walk, until, language(lang), as_json=as_json)


def _now() -> dt.datetime:
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo("Asia/Shanghai"))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zhiheng {__version__}")
        raise typer.Exit


@app.callback(help=ABOUT)
def _options(
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本 · version")
    ] = False,
    lang: LangOption = None,
) -> None:
    """Take the options that may stand before the command."""
    if lang is not None:
        os.environ["ZHIHENG_LANG"] = lang  # where every command's --lang looks when it is not given


def main() -> NoReturn:
    """Run the command line: 0 done, 1 an expected failure, 2 wrong usage, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console lacks some signs; a "?" beats a crash
    status = 1
    try:
        status = app(prog_name="zhiheng", standalone_mode=False) or 0
        if status == INTERRUPTED:
            _show_interrupted("interrupted")
    except ZhihengError as error:
        _show([*error.problems])
    except typer.Abort:  # at a question: Ctrl-C, or nobody is there to answer
        status = INTERRUPTED
        _show_interrupted("nothing_made")
    except UsageError as error:
        status = 2
        if type(error).__name__ != "NoArgsIsHelpError":  # the help is printed already
            _show([usage.problem(error)])
    except BrokenPipeError:  # the reader of our output went away; nothing is left to tell it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    except Exception as error:
        if os.environ.get("ZHIHENG_DEBUG"):
            raise
        typer.echo(
            f"程序内部错误，请报告 · internal error, please report: {type(error).__name__}: {error}\n"
            "(ZHIHENG_DEBUG=1 显示细节 · shows the details)",
            err=True,
        )
    sys.exit(status)


def _show(problems: list[Problem]) -> None:
    from zhiheng import terminal

    terminal.show_problems(problems, _language_asked(), as_json="--json" in sys.argv)


def _show_interrupted(what: Literal["interrupted", "nothing_made"]) -> None:
    from zhiheng import terminal

    terminal.show_interrupted(what, _language_asked())


def _language_asked() -> Lang:
    return language(_asked_for("--lang") or os.environ.get("ZHIHENG_LANG"))


def _asked_for(option: str) -> str | None:
    """Return what was given for an option, before or without the parser."""
    words = sys.argv[1:]
    for i, word in enumerate(words):
        if word == option and i + 1 < len(words):
            return words[i + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None


if __name__ == "__main__":
    main()
