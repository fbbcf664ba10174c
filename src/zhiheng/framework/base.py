"""What every model of the framework shares: strictness, bilingual text, dated values."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from zhiheng.errors import Lang, Problem
from zhiheng.framework.periods import parse

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]
"""A name that can be a column, a file and an address at once."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RuleError(ValueError):
    """What a model's own check raises: a rule of the message catalogue and the facts it names.

    Parameters
    ----------
    rule : str
        The rule.
    found : str
        What stands there now.
    **facts
        Further facts that the rule's words name.
    """

    def __init__(self, *, rule: str, found: str = "", **facts: object) -> None:
        self.rule = rule
        self.found = found
        self.facts = facts
        super().__init__(Problem(where="", rule=rule, found=found, args=facts).title("en"))


def _true_or_false(value: object) -> object:
    if isinstance(value, str) and value not in ("true", "false"):
        raise RuleError(rule="yaml_not_flag", found=value)
    return value


Flag = Annotated[bool, BeforeValidator(_true_or_false)]
"""`true` or `false` and nothing else (YAML's old `yes` and `no` are words)."""


def day(value: object, rule: str = "yaml_not_date") -> object:
    """Read a day written as `2016-07-01`; what is not text is left to its type.

    Left to itself pydantic takes `0` for a day of 1970 and cuts a time of day off.
    """
    if not isinstance(value, str):
        return value
    try:
        if _DAY.fullmatch(value.strip()):
            return dt.date.fromisoformat(value.strip())
    except ValueError:
        pass  # 2015-02-30
    raise RuleError(rule=rule, found=value)


Day = Annotated[dt.date, BeforeValidator(day)]
"""A day, `2016-07-01` and no other form."""


def _is_period(text: str) -> str:
    try:
        return parse(text).text
    except ValueError:
        raise RuleError(rule="yaml_not_period", found=text) from None


PeriodText = Annotated[str, AfterValidator(_is_period)]
"""A period of ISO 8601: `2015`, `2015-Q3`, `2012/2017`."""


class Model(BaseModel):
    """Base of every model that is written in YAML: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class Text(Model):
    """A text in Chinese and English."""

    zh: str = Field(min_length=1, description="中文 · Chinese text.")
    en: str = Field(min_length=1, description="英文 · English text.")

    def text(self, lang: Lang) -> str:
        """Return the text in one language."""
        return self.zh if lang == "zh" else self.en


class Assumable(Model):
    """Something taken from a document, or assumed and then said so with the reason."""

    status: Literal["official", "assumed"] = Field(
        description="`official`：`reference` 所列文件印有；`assumed`：从未公布，属假定"
        " · `official`: printed in the document of `reference`; `assumed`: never published."
    )
    reference: str | None = Field(
        default=None, description="发布机关、文号、页或条款 · Issuing body, document number, page or clause."
    )
    reason: Text | None = Field(default=None, description="为什么这样假定 · Why this value was assumed.")

    @model_validator(mode="after")
    def _says_where_from(self) -> Assumable:
        if self.status == "official" and not self.reference:
            raise RuleError(rule="official_without_reference")
        if self.status == "assumed" and self.reason is None:
            raise RuleError(rule="assumed_without_reason")
        return self


class Dated(Model):
    """Something that holds from one day to another."""

    valid_from: Day | None = Field(
        default=None, description="有效的第一天；空着表示从来如此 · First day; empty: always so far."
    )
    valid_to: Day | None = Field(
        default=None, description="有效的最后一天；空着表示至今有效 · Last day; empty: until further notice."
    )

    @model_validator(mode="after")
    def _forwards(self) -> Dated:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise RuleError(rule="validity_backwards", found=f"{self.valid_from} - {self.valid_to}")
        return self

    def holds_on(self, day: dt.date) -> bool:
        """Return whether this holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


def overlap(values: Iterable[Dated]) -> dt.date | None:
    """Return the first day on which two values hold at once, or None."""
    ordered = sorted(values, key=lambda v: v.valid_from or dt.date.min)
    for earlier, later in itertools.pairwise(ordered):
        if earlier.valid_to is None or (later.valid_from or dt.date.min) <= earlier.valid_to:
            return later.valid_from or dt.date.min
    return None
