"""The questions of `zhiheng init`, asked one after the other; each answer is checked before the next.

What was given as an option is not asked.  Where nobody can answer (no terminal) nothing is asked, and
the options that are missing are named instead.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer

from zhiheng import store
from zhiheng.errors import Lang, Problem, raise_if
from zhiheng.folder import init
from zhiheng.framework.base import Text
from zhiheng.terminal import show_problems

_QUESTIONS: dict[str, tuple[str, str]] = {
    "name_zh": ("城市的中文名，如 桂林市", "The city's Chinese name, such as 桂林市"),
    "name_en": ("城市的英文名，如 Guilin", "The city's English name, such as Guilin"),
    "area": ("城市的行政区划代码（GB/T 2260），如 450300", "The city's code by GB/T 2260, such as 450300"),
    "city": ("城市的短名，小写字母", "The city's short name, in small letters"),
    "county": (
        "县区：代码 中文名 英文名，如 450302 秀峰区 Xiufeng District（没有了就按回车）",
        "A county: code, Chinese and English name, such as 450302 秀峰区 Xiufeng District (Enter to end)",
    ),
    "confirm": ("在 {0} 建立 {1}（{2}），县区 {3} 个。对吗", "Make {1} ({2}) in {0}, with {3} counties"),
}
_EXAMPLES = {"name_zh": "桂林市", "name_en": "Guilin", "area": "450300"}


@dataclass(kw_only=True)
class Answers:
    """What was given as options; None where it was not."""

    name_zh: str | None = None
    name_en: str | None = None
    area: str | None = None
    city: str | None = None
    counties: str | None = None
    as_of: dt.date
    yes: bool = False

    def __post_init__(self) -> None:
        """Take blanks for what they are: no answer."""
        for name in ("name_zh", "name_en", "area", "city"):
            setattr(self, name, (getattr(self, name) or "").strip() or None)


def new_city(to: Path, given: Answers, lang: Lang) -> init.NewCity | None:
    """Return what is known of the new city after asking for what was not given.

    Parameters
    ----------
    to : Path
        Where it shall be; its name is the short name unless another is given.
    given : Answers
    lang : {'zh', 'en'}

    Returns
    -------
    NewCity or None
        None when the reader did not confirm.

    Raises
    ------
    ZhihengError
        When the place is taken, an option is wrong, or is missing where nobody can be asked.
    """
    store.check_free(to)
    asking = sys.stdin.isatty() and not given.yes
    if not asking:
        _nothing_missing(given)
    counties, problems = init.read_counties(given.counties or "")
    raise_if(problems)
    name_zh = given.name_zh or _ask("name_zh", lang)
    name_en = given.name_en or _ask("name_en", lang)
    area = given.area or _ask("area", lang, init.check_area)
    raise_if(init.check_area(area))
    short = to.resolve().name.lower()
    city = given.city or (short if not init.check_short_name(short) or not asking else None)
    city = city or _ask("city", lang, init.check_short_name)
    if asking and given.counties is None:
        counties = _ask_counties(area, lang)
    new = init.NewCity(
        city=city, name=Text(zh=name_zh, en=name_en), ref_area=area, counties=counties, as_of=given.as_of
    )
    facts = (to, name_zh if lang == "zh" else name_en, area, len(counties))
    return new if not asking or typer.confirm(_words("confirm", lang, *facts), default=True) else None


def _words(key: str, lang: Lang, *facts: object) -> str:
    return _QUESTIONS[key][lang == "en"].format(*facts)


def _nothing_missing(given: Answers) -> None:
    raise_if(
        Problem(
            where=f"--{name.replace('_', '-')}",
            rule="init_answer_missing",
            args={"example": f"--{name.replace('_', '-')} {example}"},
        )
        for name, example in _EXAMPLES.items()
        if not getattr(given, name)
    )


def _ask(key: str, lang: Lang, check: Callable[[str], list[Problem]] = lambda _: []) -> str:
    """Ask until the answer is right."""
    while True:
        answer = str(typer.prompt(_words(key, lang))).strip()
        problems = check(answer)
        if answer and not problems:
            return answer
        if problems:
            show_problems(problems, lang)


def _ask_counties(area: str, lang: Lang) -> tuple[init.County, ...]:
    counties: tuple[init.County, ...] = ()
    while answer := str(typer.prompt(_words("county", lang), default="", show_default=False)).strip():
        more, problems = init.read_counties(answer)
        problems += init.check_counties(area, (*counties, *more))
        if problems:
            show_problems(problems, lang)
        else:
            counties += more
    return counties
