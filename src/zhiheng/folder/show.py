"""How what happened to a folder looks in a terminal, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhiheng.errors import Lang
from zhiheng.terminal import new_console, show_json

if TYPE_CHECKING:
    from zhiheng.folder.init import NewCity
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
    "next": ("现在运行 zhiheng run {0}", "now run zhiheng run {0}"),
}


def _say(key: str, lang: Lang, *facts: object) -> str:
    return _WORDS[key][lang == "en"].format(*facts)


def show_init(folder: Path, new: NewCity, files: list[str], lang: Lang) -> None:
    """Say what was made, and where to read on."""
    console = new_console()
    facts = (folder.as_posix(), new.name.text(lang), len(new.counties), len(files))
    console.print(_say("made", lang, *facts), markup=False, soft_wrap=True)
    console.print(_say("read_me", lang, (folder / "README.md").as_posix()), markup=False, soft_wrap=True)
    console.print(_say("next", lang, folder.as_posix()), markup=False, soft_wrap=True)


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
            console.print(f"  {_say(key, lang)} {name}", markup=False)
    console.print(_say("would", lang) if dry_run else _say("next", lang, city))
