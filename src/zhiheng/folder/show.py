"""How what happened to a folder looks in a terminal, and as JSON."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from zhiheng.errors import Lang
from zhiheng.terminal import new_console, show_json

if TYPE_CHECKING:
    from zhiheng.folder.causes import Cause
    from zhiheng.folder.diff import Change, Diff
    from zhiheng.folder.init import NewCity
    from zhiheng.folder.release import Release
    from zhiheng.folder.upgrade import Upgrade

_WORDS: dict[str, tuple[str, str]] = {
    "taken_back": ("上次中断的升级已先退回", "an upgrade that had been interrupted was taken back first"),
    "up_to_date": ("已是格式 {0}，没有要做的", "already of format {0}: nothing to do"),
    "step": ("格式 {0} → {1}", "format {0} → {1}"),
    "written": ("写入", "wrote"),
    "removed": ("删去", "removed"),
    "kept": ("原来的存在", "kept what was there in"),
    "would": ("只是预演，什么都没有改", "a rehearsal: nothing was changed"),
    "made": ("建好了 {0}：{1}，{2} 个县区，{3} 个文件", "made {0}: {1}, {2} counties, {3} files"),
    "read_me": ("接下来做什么，写在 {0}", "what to do next is told in {0}"),
    "released": ("已留存 {0}：{1} 个文件，截至 {2}", "kept {0}: {1} files, as of {2}"),
    "no_releases": ("还没有发布版", "nothing has been released yet"),
    "release": ("发布版", "Release"),
    "as_of": ("截至", "As of"),
    "at": ("留存时间", "Kept at"),
    "version": ("程序", "Program"),
    "files": ("文件", "Files"),
    "reason": ("原因", "Reason"),
    "present": ("现在", "now"),
    "compared": (
        "{0} → {1}：两边都有的数 {2} 个，不同的 {3} 个",
        "{0} → {1}: {2} figures on both sides, {3} differ",
    ),
    "kind_moved": ("值变了", "Moved"),
    "kind_appeared": ("新出现", "Appeared"),
    "kind_vanished": ("不见了", "Vanished"),
    "kind_margin": ("误差变了，值没有变", "Margin changed, value did not"),
    "kind_status": ("状态变了，值没有变", "Status changed, value did not"),
    "kind_details": ("只有说明变了", "Only details changed"),
    "figure": ("数", "Figure"),
    "before": ("原来", "Before"),
    "after": ("现在", "After"),
    "full": ("全部数位", "Full values"),
    "why": ("原因", "Why"),
    "more": ("另有 {0} 个，原因相同；全部见 --json", "{0} more for the same reasons; all with --json"),
    "next": ("现在运行 zhiheng run {0}", "now run zhiheng run {0}"),
}


def _say(key: str, lang: Lang, *facts: object) -> str:
    return _WORDS[key][lang == "en"].format(*facts)


def show_init(folder: Path, new: NewCity, files: list[str], lang: Lang) -> None:
    """Say what was made, and where to read on."""
    console = new_console()
    facts = (folder.as_posix(), new.name.text(lang), len(new.counties), len(files))
    console.print(_say("made", lang, *facts), soft_wrap=True)
    console.print(_say("read_me", lang, (folder / "README.md").as_posix()), soft_wrap=True)
    console.print(_say("next", lang, folder.as_posix()), soft_wrap=True)


def show_upgrade(done: Upgrade, city: str, lang: Lang, *, dry_run: bool, as_json: bool) -> None:
    """Print each thing an upgrade did, or would do."""
    if as_json:
        show_json(
            {
                "found": done.found,
                "format": done.steps[-1].to if done.steps else done.found,
                "steps": [{"to": step.to, "what": step.what.text(lang)} for step in done.steps],
                "written": done.written,
                "removed": done.removed,
                "backup": done.backup,
                "taken_back": done.taken_back,
                "dry_run": dry_run,
            }
        )
        return
    console = new_console()
    if done.taken_back:
        console.print(_say("taken_back", lang))
    if not done.steps:
        console.print(_say("up_to_date", lang, done.found))
        return
    for step in done.steps:
        console.print(f"{_say('step', lang, step.to - 1, step.to)}  {step.what.text(lang)}")
    for key, names in (("written", done.written), ("removed", done.removed), ("kept", [f"{done.backup}/"])):
        for name in names:
            console.print(f"  {_say(key, lang)} {name}")
    console.print(_say("would", lang) if dry_run else _say("next", lang, city))


def show_releases(found: list[Release], lang: Lang, *, as_json: bool) -> None:
    """Print the log of releases."""
    if as_json:
        show_json([dataclasses.asdict(r) for r in found])
        return
    console = new_console()
    if not found:
        console.print(_say("no_releases", lang))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for key in ("release", "as_of", "at", "version", "files", "reason"):
        table.add_column(_say(key, lang), justify="right" if key == "files" else "left")
    for r in found:
        table.add_row(r.name, r.as_of, r.at, r.version, str(len(r.files)), r.reason)
    console.print(table)


def show_released(made: Release, lang: Lang, *, as_json: bool) -> None:
    """Say what was kept."""
    if as_json:
        show_json(dataclasses.asdict(made))
        return
    new_console().print(_say("released", lang, made.name, len(made.files), made.as_of))


SHOWN = 20
"""How many figures with the same reasons are listed in a terminal and in Markdown."""


def show_diff(found: Diff, lang: Lang, *, form: str) -> None:
    """Print what differs, as a table, as Markdown for a changelog, or as JSON."""
    if form == "json":
        show_json(found.to_dict())
        return
    console = new_console()
    if form == "markdown":
        console.print(markdown(found, lang), soft_wrap=True)
        return
    console.print(_head(found, lang), style="bold")
    for kind, causes, changes in _groups(found):
        console.print(f"\n{_say(f'kind_{kind}', lang)}", style="bold cyan")
        table = Table(box=None, padding=(0, 2, 0, 0))
        for key in ("figure", "before", "after", "full"):
            table.add_column(_say(key, lang), justify="left" if key in ("figure", "full") else "right")
        for change in changes[:SHOWN]:
            table.add_row(_figure(change), *_shown(change, lang), _full(change))
        console.print(table)
        if len(changes) > SHOWN:
            console.print(_say("more", lang, len(changes) - SHOWN))
        for cause in causes:
            console.print(f"  {_say('why', lang)}: {cause.text(lang)}")


def markdown(found: Diff, lang: Lang) -> str:
    """Return what differs as Markdown: for the heading "figures that moved" of a changelog."""
    head = [_say(key, lang) for key in ("figure", "before", "after")]
    parts = [_head(found, lang)]
    for kind, causes, changes in _groups(found):
        rows = [f"**{_say(f'kind_{kind}', lang)}**", ""]
        rows += [f"- {_say('why', lang)}: {cause.text(lang)}" for cause in causes]
        rows += ["", f"| {' | '.join(head)} |", "|---|--:|--:|"]
        rows += [f"| {' | '.join([_figure(c), *_shown(c, lang)])} |" for c in changes[:SHOWN]]
        if len(changes) > SHOWN:
            rows += ["", _say("more", lang, len(changes) - SHOWN)]
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _head(found: Diff, lang: Lang) -> str:
    new = found.new or _say("present", lang)
    return _say("compared", lang, found.old, new, found.compared, len(found.changes))


def _groups(found: Diff) -> list[tuple[str, list[Cause], list[Change]]]:
    """Return changes of one kind with the same causes together, in the order in which they first come."""
    groups: dict[tuple[str, tuple[Cause, ...]], list[Change]] = {}
    for change in found.changes:
        groups.setdefault((change.kind, tuple(change.causes)), []).append(change)
    return [(kind, list(causes), changes) for (kind, causes), changes in groups.items()]


def _figure(change: Change) -> str:
    parts = [change.indicator, change.ref_area, change.time_period, *change.breakdown.values(), change.series]
    return " · ".join(parts)


def _shown(change: Change, lang: Lang) -> list[str]:
    return [change.shown(row, lang) for row in (change.before, change.after)]


def _full(change: Change) -> str:
    values = [row["obs_value"] if row else None for row in (change.before, change.after)]
    return "" if values[0] == values[1] else " → ".join("—" if v is None else repr(v) for v in values)
