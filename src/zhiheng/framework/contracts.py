"""Table contracts: a table's fields, types, codes, keys and rules, in Frictionless' vocabulary.

From one contract come the check on collected files and the schema of the frozen ones; Excel
forms, web forms and the API follow from the same file.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from zhiheng.framework.base import Code, Day, Flag, Model, RuleError, Text, day
from zhiheng.framework.measures import Basis, Condition, Series

CodeList = Annotated[
    str,
    StringConstraints(pattern=r"^(areas|organisations|indicators|units|dimension:[A-Za-z][A-Za-z0-9_]*)$"),
]


def _number_or_day(value: object) -> object:
    """Tell a number from a day by how it is written."""
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return day(value, rule="yaml_not_bound")
    if math.isinf(number) or math.isnan(number):
        raise RuleError(rule="yaml_not_bound", found=value)
    return number


Bound = Annotated[float | dt.date, BeforeValidator(_number_or_day)]
FROZEN_COLUMNS = frozenset({"source_line"})
"""Columns that freezing adds, so that no field may have their names."""


class Constraints(Model):
    """What a field's values must satisfy one by one."""

    required: Flag = Field(default=False, description="No empty cell.")
    unique: Flag = Field(default=False, description="No value twice.")
    minimum: Bound | None = Field(default=None, description="Smallest value or first day.")
    maximum: Bound | None = Field(default=None, description="Largest value or last day.")
    enum: list[str] | None = Field(default=None, min_length=1, description="The only values.")
    pattern: str | None = Field(default=None, description="A regular expression for the whole text.")
    minLength: int | None = Field(default=None, ge=0, description="Fewest characters.")  # noqa: N815
    maxLength: int | None = Field(default=None, ge=1, description="Most characters.")  # noqa: N815

    @model_validator(mode="after")
    def _hold_together(self) -> Constraints:
        for low, high in ((self.minimum, self.maximum), (self.minLength, self.maxLength)):
            if low is not None and high is not None and type(low) is type(high) and low > high:  # type: ignore[operator]
                raise RuleError(rule="bounds_backwards", found=f"{low} - {high}")
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise RuleError(rule="pattern_malformed", found=self.pattern or "", why=error.msg) from None
        return self


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
            raise RuleError(rule="field_text_only", found=self.type)
        if self.type != "string" and (c.minLength is not None or c.maxLength is not None):
            raise RuleError(rule="field_text_only", found=self.type)
        sort = {"integer": float, "number": float, "date": dt.date}.get(self.type)
        if any(b is not None and (sort is None or not isinstance(b, sort)) for b in (c.minimum, c.maximum)):
            raise RuleError(rule="bounds_type", found=self.type)
        if self.decimals_in is not None and self.type != "number":
            raise RuleError(rule="decimals_in_type", found=self.name)
        if self.default is not None and (c.required or self.type != "string"):
            raise RuleError(rule="default_not_optional", found=self.name)
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
    valid_until: Day = Field(description="有效期限")


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
        if len({n.lower() for n in names}) < len(names):  # an engine takes `A` and `a` for one
            raise RuleError(rule="field_repeated", found=self.contract)
        if taken := FROZEN_COLUMNS.intersection(n.lower() for n in names):
            raise RuleError(rule="field_reserved", found=min(taken))
        named = [*self.primaryKey, *(n for k in self.foreignKeys for n in k.fields)]
        named += [f.decimals_in for f in self.fields if f.decimals_in]
        if self.time_period:
            named.append(self.time_period.field)
        if unknown := [n for n in named if n not in names]:
            raise RuleError(rule="field_missing", found=unknown[0])
        for name in (f.decimals_in for f in self.fields if f.decimals_in):
            if self.field(name).type != "integer":
                raise RuleError(rule="decimals_in_type", found=name)
        if self.time_period:
            field = self.field(self.time_period.field)
            if (field.type == "date") != (self.time_period.frequency is not None):
                raise RuleError(rule="time_period_frequency", found=field.name)
            if field.type != "date" and field.format != "period":
                raise RuleError(rule="time_period_type", found=field.name)
        return self

    def field(self, name: str) -> FieldSpec:
        """Return a field by name."""
        return next(f for f in self.fields if f.name == name)
