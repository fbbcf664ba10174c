"""What an explanation is made of: steps with facts, and codes that pages put into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zhiheng.errors import Lang
from zhiheng.framework.base import Text

Row = dict[str, Any]


class Coded(str):
    """A code of one of our lists, such as `published` of `status`; pages put it into words.

    Attributes
    ----------
    listed : str
        The list: `series`, `status`, `basis`, `margin` or `interval`.
    """

    __slots__ = ("listed",)
    listed: str

    def __new__(cls, listed: str, code: str) -> Coded:
        """Return a code that knows its list."""
        made = super().__new__(cls, code)
        made.listed = listed
        return made


Fact = tuple[Text, str | Text]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation.

    Attributes
    ----------
    kind : str
        `figure`, `row`, `reduced`, `part`, `strata`, `stratum`, `weights`, `node`, `target`, `others`.
    title : Text
    facts : tuple of (Text, str or Text)
        Names and values.
    inputs : tuple of Step
        What this was made from.
    """

    kind: str
    title: Text
    facts: tuple[Fact, ...] = ()
    inputs: tuple[Step, ...] = field(default=())

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the step and all below it as plain values.

        Titles are for people, in the language asked for; facts are for programs, the same in any.
        """
        return {
            "kind": self.kind,
            "title": self.title.text(lang),
            "facts": {name.en.replace(" ", "_"): _neutral(value) for name, value in self.facts},
            "inputs": [step.to_dict(lang) for step in self.inputs],
        }


def _neutral(value: str | Text) -> str:
    return value.en if isinstance(value, Text) else str(value)
