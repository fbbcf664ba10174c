"""How results look in a terminal, and as JSON; the commands are in `cli`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled
from rich.tree import Tree

from zhiheng.errors import Lang, Problem
from zhiheng.pipeline import STAGES, Run, Stage
from zhiheng.store import COMPUTED, PUBLISHED

if TYPE_CHECKING:
    from zhiheng.collect.rounds import Round
    from zhiheng.compute.scorecard import ScoreLine
    from zhiheng.explain import Explanation, Step
    from zhiheng.publish.shown import Shown
    from zhiheng.publish.words import Words

_WORDS: dict[str, tuple[str, str]] = {
    "collect": ("采集", "collect"),
    "freeze": ("采集、冻结", "collect, freeze"),
    "reduce": ("汇总", "reduce"),
    "compute": ("计算", "compute"),
    "publish": ("发布", "publish"),
    "unchanged": ("没有变化", "unchanged"),
    "seconds": ("秒", "s"),
    "error": ("错误", "error"),
    "warning": ("警告", "warning"),
    "note": ("说明", "note"),
    "found": ("现为", "found"),
    "fix": ("处理", "fix"),
    "times": ("共 {0} 处", "{0} times"),
    "summary": ("{0} 个错误，{1} 个警告，{2} 条说明", "{0} errors, {1} warnings, {2} notes"),
    "accept": ("警告核实后加 --accept-warnings 继续", "verified? go on with --accept-warnings"),
    "interrupted": (
        "已中断；上一次的完整结果仍在",
        "interrupted; the last complete result is still in place",
    ),
    "written": ("已写好 {0} 张模拟表：", "{0} simulated tables written:"),
    "passed": ("全部通过", "everything passed"),
    "scorecard": ("{0} 质量计分卡", "Quality scorecard of {0}"),
    "indicator": ("指标", "Indicator"),
    "period": ("时期", "Period"),
    "value": ("数值", "Value"),
    "change": ("变化", "Change"),
    "since": ("较{0}", "since {0}"),
    "target": ("目标", "Target"),
    "light": ("灯", "Light"),
    "basis": ("取得方式", "Basis"),
    "no_figures": ("记分卡上还没有数", "the scorecard has no figures yet"),
    "flags": ("标记：{0}", "Marks: {0}"),
    "site": ("网页", "Site"),
    "reports": ("Word 文件", "Word documents"),
    "round": ("轮次", "Round"),
    "table": ("表", "Table"),
    "organisation": ("单位", "Organisation"),
    "action": ("动作", "Action"),
    "rows": ("行", "Rows"),
    "when": ("时间", "When"),
    "reason": ("原因", "Reason"),
    "act_freeze": ("冻结", "freeze"),
    "act_restore": ("恢复", "restore"),
    "act_withdraw": ("撤回", "withdraw"),
    "breakdowns": ("还有细分的数值：", "there are figures by:"),
    "warnings_wait": (
        "检查通过，有 {0} 个警告；核实后冻结要加 --accept-warnings",
        "passed with {0} warnings; freezing needs --accept-warnings",
    ),
    "warnings_accepted": (
        "{0} 个警告已接受，记入冻结日志（zhiheng log）",
        "{0} warnings accepted, and logged (zhiheng log)",
    ),
    "accepted": ("接受的警告", "Warnings accepted"),
    "nothing_made": ("已中断；什么也没有建立", "interrupted; nothing was made"),
    "forms": ("已写好 {0} 个表格：", "{0} forms written:"),
    "no_rounds": ("还没有冻结任何数据", "nothing has been frozen yet"),
}  # fmt: skip
_FEW = 12
"""Codes that are named where there may be many."""
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "dim"}
_LIGHTS = {"green": ("green", "●"), "amber": ("yellow", "▲"), "red": ("red", "■"), "grey": ("dim", "○")}


def _say(key: str, lang: Lang, *facts: object) -> str:
    return _WORDS[key][lang == "en"].format(*facts)


def new_console(*, stderr: bool = False) -> Console:
    """Return a console that folds lines on a screen and leaves them whole in a pipe.

    What stands in square brackets is text: names, reasons and cells are other people's words.
    """
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, markup=False, width=None if stream.isatty() else 400)


def show_json(value: Any) -> None:
    """Print plain values as JSON, readable in Chinese."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


def show_problems(
    problems: Iterable[Problem], lang: Lang, *, as_json: bool = False, stopped: bool = True
) -> None:
    """Print every problem: what, where, found, fix; then how many.

    Parameters
    ----------
    problems : iterable of Problem
    lang : {'zh', 'en'}
    as_json : bool
    stopped : bool
        Whether they stopped the command; warnings that did are asked to be verified and accepted.
    """
    found = list(problems)
    if as_json:
        show_json({"problems": [p.to_dict(lang) for p in found]})
        return
    console = new_console(stderr=True)
    for problem in found:
        head = Styled.assemble(
            (f"{_say(problem.severity, lang)} ", _COLOURS[problem.severity]), (problem.title(lang), "bold")
        )
        if problem.count > 1:
            head.append(f" · {_say('times', lang, problem.count)}")
        console.print(head)
        console.print(f"  {problem.where}", style="cyan")
        if problem.found:
            console.print(f"  {_say('found', lang)}: {problem.found}")
        console.print(f"  {_say('fix', lang)}: {problem.fix(lang)}")
    counts = [sum(p.severity == s for p in found) for s in ("error", "warning", "note")]
    console.print(_say("summary", lang, *counts), style="bold")
    if stopped and not counts[0] and counts[1]:
        console.print(_say("accept", lang))


def show_written(folder: Path, paths: Sequence[Path], lang: Lang, *, as_json: bool) -> None:
    """Print which simulated files were written."""
    names = [path.relative_to(folder).as_posix() for path in paths]
    if as_json:
        show_json({"written": names})
        return
    console = new_console()
    console.print(_say("written", lang, len(names)))
    for name in names:
        console.print(f"  {name}")


def show_interrupted(what: Literal["interrupted", "nothing_made"], lang: Lang) -> None:
    """Say that the reader stopped the command, and what that means; a question ends its line first."""
    new_console(stderr=True).print("\n" * (what == "nothing_made") + _say(what, lang))


@contextmanager
def progress(walk: Run, lang: Lang, *, quiet: bool) -> Iterator[None]:
    """Show what a walk is doing, and each stage as it ends."""
    console = new_console(stderr=True)
    if quiet:
        yield
        return
    started = time.perf_counter()
    shown: set[Stage] = set()

    def settle() -> None:
        nonlocal started
        for stage in STAGES:
            if stage in walk.done and stage not in shown:
                shown.add(stage)
                took = f"{time.perf_counter() - started:.1f} {_say('seconds', lang)}"
                mark, words = ("✓", took) if walk.done[stage] else ("·", _say("unchanged", lang))
                console.print(Styled.assemble(f"{mark} {_say(stage, lang)}  ", (words, "dim")))
                started = time.perf_counter()

    with console.status("") as status:

        def say(stage: Stage, what: str) -> None:
            settle()
            status.update(f"{_say(stage, lang)}  {what}")

        walk.say = say
        yield
        settle()


def show_run(walk: Run, until: Stage, lang: Lang, *, as_json: bool) -> None:
    """Print what a walk came to: its notes, and after publication the scorecard."""
    published = until == "publish"
    if as_json:
        lines = [_line_to_dict(line) for line in _scorecard(walk)] if published else []
        show_json(
            {
                "stages": {stage: "done" if done else "unchanged" for stage, done in walk.done.items()},
                "problems": [p.to_dict(lang) for p in walk.problems],
                "scorecard": lines,
                "site": (walk.folder / PUBLISHED / "site" / "index.html").as_posix() if published else None,
                "reports": [path.as_posix() for path in _reports(walk)] if published else [],
            }
        )
        return
    if walk.problems:
        show_problems(walk.problems, lang, stopped=False)
    console = new_console()
    if until == "collect":
        warned = sum(p.severity == "warning" for p in walk.problems)
        said = "passed" if not warned else "warnings_accepted" if walk.delivery_frozen() else "warnings_wait"
        console.print(_say(said, lang, warned))
    if walk.accepted:
        console.print(_say("warnings_accepted", lang, walk.accepted))
    if published:
        if any(walk.done.values()):
            if card := _scorecard(walk):
                _show_scorecard(walk, card, lang, console)
            else:
                console.print(_say("no_figures", lang))
        console.print(
            f"{_say('site', lang)}: {walk.folder / PUBLISHED / 'site' / 'index.html'}", soft_wrap=True
        )
        if reports := _reports(walk):
            console.print(f"{_say('reports', lang)}: {reports[0].parent}", soft_wrap=True)


def _reports(walk: Run) -> list[Path]:
    """Return the Word documents that were made."""
    return sorted((walk.folder / PUBLISHED / "report").glob("*.docx"))


def _scorecard(walk: Run) -> list[ScoreLine]:
    import polars as pl

    from zhiheng.compute.figures import FIGURES
    from zhiheng.compute.scorecard import scorecard

    return scorecard(walk.city, pl.read_parquet(walk.folder / COMPUTED / FIGURES))


def _line_to_dict(line: ScoreLine) -> dict[str, Any]:
    return {
        "indicator": line.indicator,
        "time_period": line.time_period,
        "figures": list(line.figures),
        "others": list(line.others),
        "change": line.change,
        "change_from": line.change_from,
        "target": None if line.target is None else line.target.model_dump(mode="json", exclude_none=True),
        "target_value": line.target_value,
        "light": line.light,
    }


def _show_scorecard(walk: Run, lines: list[ScoreLine], lang: Lang, console: Console) -> None:
    from zhiheng.publish.score_view import change_text, target_text, whose_target
    from zhiheng.publish.shown import Voice, flags_used

    voice = Voice(walk.city, lang)
    title = _say("scorecard", lang, voice(walk.city.settings.name))
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for key in ("indicator", "period", "value", "change", "target", "light", "basis"):
        table.add_column(_say(key, lang), justify="right" if key == "value" else "left")
    theme = None
    seen: list[Shown] = []
    for line in lines:
        indicator = walk.city.indicators[line.indicator]
        if indicator.theme != theme:
            theme = indicator.theme
            table.add_row(Styled(voice(walk.city.themes[theme].name), style="bold cyan"))
        shown = [voice.show(row) for row in line.figures]
        seen += shown
        name = voice(indicator.name)
        if dims := voice.breakdown(line.figures[0]):
            name += f" · {' · '.join(voice.dimension(*d) for d in dims)}"
        change, target = change_text(voice, indicator, line), target_text(voice, indicator, line)
        if change and line.change_from:
            change += f" ({_say('since', lang, voice.period(line.change_from))})"
        if target:
            target += f" ({whose_target(voice, line)})"
        colour, sign = _LIGHTS[line.light]
        light = Styled(f"{sign} {voice(line.light_reason)}", style=colour)
        value = " / ".join(_value(figure) for figure in shown)
        table.add_row(
            name, voice.period(line.time_period), Styled(value), change, target, light, _made_how(shown[0])
        )
        for other in map(voice.show, line.others):
            table.add_row(
                "", "", Styled(_value(other), style="dim"), "", "", "", _made_how(other), style="dim"
            )
    console.print(table)
    if flags := flags_used(seen):
        console.print(_say("flags", lang, "; ".join(f"{flag} {words}" for flag, words in flags)), style="dim")


def _value(figure: Shown) -> str:
    """Return a figure with its unit, its margin and the flag of its status."""
    text = f"{figure.text}{'' if figure.tight else ' '}{figure.unit}".strip()
    if figure.limits:
        text += f" ({figure.limits})"
    return f"{text} [{figure.flag}]" if figure.flag else text


def _made_how(figure: Shown) -> str:
    return " · ".join(part for part in (figure.series, figure.basis, figure.margin) if part)


def show_explanation(found: Explanation, lang: Lang, *, as_json: bool) -> None:
    """Print where figures come from, as trees, and which breakdowns may be asked for."""
    if as_json:
        show_json([step.to_dict(lang) for step in found.steps])
        return
    from zhiheng.publish.words import Words

    console, words = new_console(), Words(lang)
    for step in found.steps:
        tree = Tree(Styled(step.title.text(lang), style="bold", overflow="fold"), guide_style="dim")
        _grow(tree, step, words)
        console.print(tree)
    if found.breakdowns:
        console.print(_say("breakdowns", lang))
    for name, codes in found.breakdowns.items():
        few = ", ".join([*codes[:_FEW], *(["…"] if len(codes) > _FEW else [])])
        console.print(f"  --by {name}=CODE  {few}", style="dim")


def _grow(tree: Tree, step: Step, words: Words) -> None:
    from zhiheng.explain import Coded

    for name, value in step.facts:
        if isinstance(value, Coded):
            shown = words(f"{value.listed}_{value}")
        else:
            shown = value if isinstance(value, str) else value.text(words.lang)
        tree.add(Styled.assemble((f"{name.text(words.lang)}: ", "dim"), shown, overflow="fold"))
    for below in step.inputs:
        _grow(tree.add(Styled(below.title.text(words.lang), style="bold", overflow="fold")), below, words)


def show_forms(paths: Sequence[Path], lang: Lang, *, as_json: bool) -> None:
    """Print which blank forms were written."""
    names = [path.as_posix() for path in paths]
    if as_json:
        show_json({"written": names})
        return
    console = new_console()
    console.print(_say("forms", lang, len(names)))
    for name in names:
        console.print(f"  {name}", soft_wrap=True)


def show_rounds(rounds: Iterable[Round], lang: Lang, *, as_json: bool) -> None:
    """Print rounds of the log."""
    import dataclasses

    found = list(rounds)
    if as_json:
        show_json([dataclasses.asdict(r) for r in found])
        return
    console = new_console()
    if not found:
        console.print(_say("no_rounds", lang))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for key in ("round", "table", "period", "organisation"):
        table.add_column(_say(key, lang))
    table.add_column("v")
    table.add_column(_say("action", lang))
    table.add_column(_say("rows", lang), justify="right")
    table.add_column("sha256")
    table.add_column(_say("when", lang))
    table.add_column(_say("reason", lang))
    with_warnings = any(r.accepted for r in found)
    if with_warnings:
        table.add_column(_say("accepted", lang))
    for r in found:
        which = (str(r.round), r.table, r.time_period, r.organisation, f"{r.version:04d}")
        what = (_say(f"act_{r.action}", lang), str(r.rows), (r.sha256 or "")[:12], r.at, r.reason or "")
        table.add_row(*which, *what, *(["; ".join(r.accepted)] if with_warnings else []))
    console.print(table)
