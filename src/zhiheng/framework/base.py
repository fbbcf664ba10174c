"""What every model of the framework shares: strictness, bilingual text, dated values."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from zhiheng.errors import Lang

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]
"""A name that can be a column, a file and an address at once."""


def _true_or_false(value: object) -> object:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("true or false is expected")
    return value


Flag = Annotated[bool, BeforeValidator(_true_or_false)]
"""`true` or `false` and nothing else (YAML's old `yes` and `no` are words)."""


class Model(BaseModel):
    """Base of every model that is written in YAML: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class Text(Model):
    """A text in Chinese and English."""

    zh: str = Field(min_length=1, description="Chinese text.")
    en: str = Field(min_length=1, description="English text.")

    def text(self, lang: Lang) -> str:
        """Return the text in one language."""
        return self.zh if lang == "zh" else self.en


class Assumable(Model):
    """Something taken from a document, or assumed and then said so with the reason."""

    status: Literal["official", "assumed"] = Field(
        description="`official`: printed in the document of `reference`; `assumed`: never published."
    )
    reference: str | None = Field(default=None, description="Issuing body, document number, page or clause.")
    reason: Text | None = Field(default=None, description="Why this value was assumed.")

    @model_validator(mode="after")
    def _says_where_from(self) -> Assumable:
        if self.status == "official" and not self.reference:
            raise ValueError("an official value needs a reference")
        if self.status == "assumed" and self.reason is None:
            raise ValueError("an assumed value needs a reason")
        return self


class Dated(Model):
    """Something that holds from one day to another."""

    valid_from: dt.date | None = Field(default=None, description="First day; empty: always so far.")
    valid_to: dt.date | None = Field(default=None, description="Last day; empty: until further notice.")

    def holds_on(self, day: dt.date) -> bool:
        """Return whether this holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )
