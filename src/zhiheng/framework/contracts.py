"""Table contracts: a table's fields, types, codes, keys and rules, in Frictionless' vocabulary.

From one contract come the check on collected files and the schema of the frozen ones; Excel
forms, web forms and the API follow from the same file.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zhiheng.framework.base import Code, Flag, Model, Text
from zhiheng.framework.measures import Basis, Condition, Series

CodeList = Annotated[
    str,
    StringConstraints(pattern=r"^(areas|organisations|indicators|units|dimension:[A-Za-z][A-Za-z0-9_]*)$"),
]


class Constraints(Model):
    """What a field's values must satisfy one by one."""

    required: Flag = Field(default=False, description="No empty cell.")
    unique: Flag = Field(default=False, description="No value twice.")
    minimum: float | dt.date | None = Field(default=None, description="Smallest value or first day.")
    maximum: float | dt.date | None = Field(default=None, description="Largest value or last day.")
    enum: list[str] | None = Field(default=None, min_length=1, description="The only values.")
    pattern: str | None = Field(default=None, description="A regular expression for the whole text.")
    minLength: int | None = Field(default=None, ge=0)  # noqa: N815
    maxLength: int | None = Field(default=None, ge=1)  # noqa: N815


class FieldSpec(Model):
    """One column."""

    name: Code
    type: Literal["string", "integer", "number", "boolean", "date"]
    format: Literal["period"] | None = Field(
        default=None, description="`period`: text that is an ISO 8601 period."
    )
    title: Text
    description: Text | None = None
    codes: CodeList | None = Field(default=None, description="The code list its values are from.")
    default: str | None = Field(default=None, description="What an empty cell means.")
    decimals_in: Code | None = Field(
        default=None, description="The integer field that tells how many decimals were printed here."
    )
    personal: Literal["drop", "key"] | None = Field(
        default=None, description="Personal data: `drop` at freeze, or replace by a keyed hash."
    )
    constraints: Constraints = Field(default_factory=Constraints)

    @model_validator(mode="after")
    def _types_fit(self) -> FieldSpec:
        c = self.constraints
        if self.type != "string" and (self.codes or self.format or c.pattern or c.enum):
            raise ValueError("codes, format, pattern and enum go with type string")
        if self.type not in ("integer", "number", "date") and (
            c.minimum is not None or c.maximum is not None
        ):
            raise ValueError("minimum and maximum go with type integer, number or date")
        if self.decimals_in is not None and self.type != "number":
            raise ValueError("decimals_in goes with type number")
        if self.default is not None and (c.required or self.type != "string"):
            raise ValueError("default goes with a string field that may be empty")
        return self


class TableReference(Model):
    """The table and fields a foreign key points to."""

    resource: Code = Field(description="A contract.")
    fields: list[Code] = Field(min_length=1)


class ForeignKey(Model):
    """Values that must stand in another table."""

    fields: list[Code] = Field(min_length=1)
    reference: TableReference


class Rule(Model):
    """A condition that every record must meet (an empty field leaves it open)."""

    rule: Code
    condition: Condition
    severity: Literal["error", "warning"] = "error"
    message: Text = Field(description="What is wrong when the condition is not met.")
    fix: Text = Field(description="What the department should do.")


class TimePeriod(Model):
    """Which period a record belongs to: a period field, or the period of a date field."""

    field: Code
    frequency: Literal["year", "quarter", "month"] | None = Field(
        default=None, description="For a date field: the period that one round covers."
    )


class Form(Model):
    """Head of a statutory return form."""

    number: str = Field(description="表号")
    issuer: Text = Field(description="制定机关")
    approval: str = Field(description="批准或备案文号")
    valid_until: dt.date = Field(description="有效期限")


class Contract(Model):
    """One table."""

    contract: Code = Field(description="The table's name: file names in `1_collected` begin with it.")
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    title: Text
    description: Text
    basis: Basis = Field(description="How the records came about; decides whether figures have a margin.")
    series: Series = Field(description="`simulated` marks records that nobody measured.")
    form: Form | None = None
    time_period: TimePeriod | None = Field(
        default=None, description="None: the table has no period (a register); its rounds are of `all`."
    )
    organisations: list[Code] = Field(default_factory=list, description="Who may deliver it; empty: anyone.")
    missingValues: list[str] = Field(default=[""], description="Texts that mean an empty cell.")  # noqa: N815
    fields: list[FieldSpec] = Field(min_length=1)
    primaryKey: list[Code] = Field(default_factory=list)  # noqa: N815
    foreignKeys: list[ForeignKey] = Field(default_factory=list)  # noqa: N815
    rules: list[Rule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_exist(self) -> Contract:
        names = [f.name for f in self.fields]
        if len(set(names)) < len(names):
            raise ValueError("two fields have one name")
        named = [*self.primaryKey, *(n for k in self.foreignKeys for n in k.fields)]
        named += [f.decimals_in for f in self.fields if f.decimals_in]
        if self.time_period:
            named.append(self.time_period.field)
        if unknown := [n for n in named if n not in names]:
            raise ValueError(f"no field is called {unknown[0]}")
        if self.time_period:
            field = self.field(self.time_period.field)
            if (field.type == "date") != (self.time_period.frequency is not None):
                raise ValueError("time_period.frequency is given exactly for a date field")
            if field.type != "date" and field.format != "period":
                raise ValueError("time_period.field is a date or a text of format period")
        return self

    def field(self, name: str) -> FieldSpec:
        """Return a field by name."""
        return next(f for f in self.fields if f.name == name)
