"""What was typed wrongly on the command line, as a problem in the reader's language.

The parser says it in English only.  Its words are recognised here, one line a case; what is recognised
by none of them is told in the parser's words.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

import typer

from zhiheng.errors import Problem, catalogue

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What the parser raises; typer exports it under no name of its own."""
_WORDS: dict[str, str] = {
    "usage_missing": r"Missing \w+ (?P<where>.+?)\.",
    "usage_no_option": r"No such option:? (?P<found>\S+)",
    "usage_no_command": r"No such command (?P<found>.+?)\.",
    "usage_extra": r"Got unexpected extra argument(?:s|\(s\))? \((?P<found>.*)\)",
    "usage_needs_value": r"Option (?P<where>\S+) requires ",
    "usage_takes_no_value": r"Option (?P<where>\S+) does not take a value",
    "usage_choice": r"Invalid value for (?P<where>.+?): .*?(?P<found>'.*') is not one of (?P<allowed>.+?)\.?$",  # noqa: E501
    "usage_integer": r"Invalid value for (?P<where>.+?): .*valid integer",
    "usage_number": r"Invalid value for (?P<where>.+?): .*valid (?:number|float)",
    "usage_minimum": r"Invalid value for (?P<where>.+?): .*greater than or equal to (?P<allowed>\S+)",
    "usage_wrong": r"(?P<found>.*)",
}
"""Rule -> the parser's words; the first that fits, so the last is for all others."""


def problem(error: Any) -> Problem:
    """Return what the parser found as a problem.

    Parameters
    ----------
    error : UsageError
        Its message may be the name of a rule of ours.
    """
    context = error.ctx
    command = context.command_path if context else "zhiheng"
    usage = context.get_usage().removeprefix("Usage: ") if context else "zhiheng COMMAND --help"
    args = {"usage": " ".join(usage.split()), "allowed": "", "close": "-"}
    if error.message in catalogue():
        return Problem(where=str(error.param_hint), rule=error.message, args=args)
    said = " ".join(str(error.format_message()).split())
    rule, match = next((r, m) for r, words in _WORDS.items() if (m := re.match(words, said)))
    facts = {name: text.replace("'", "") for name, text in match.groupdict().items()}
    args |= {"allowed": facts.get("allowed", "")}
    found = facts.get("found", "")
    if close := difflib.get_close_matches(found, _known(context, rule), n=1):
        args["close"] = close[0]
    where = re.sub(r" \(env var: .*\)", "", facts.get("where", command))
    return Problem(where=where, rule=rule, found=found, args=args)


def _known(context: Any, rule: str) -> list[str]:
    """Return what might have been meant: the commands, or the options of one."""
    if rule == "usage_no_command":
        return list(context.command.commands)
    if rule == "usage_no_option":
        return [name for parameter in context.command.params for name in parameter.opts]
    return []
