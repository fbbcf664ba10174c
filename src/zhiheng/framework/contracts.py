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

    required: Flag = Field(default=False, description="不能空着 · No empty cell.")
    unique: Flag = Field(default=False, description="不能重复 · No value twice.")
    minimum: Bound | None = Field(
        default=None, description="最小的值或最早的一天 · Smallest value or first day."
    )
    maximum: Bound | None = Field(
        default=None, description="最大的值或最晚的一天 · Largest value or last day."
    )
    enum: list[str] | None = Field(default=None, min_length=1, description="只能是这些值 · The only values.")
    pattern: str | None = Field(
        default=None, description="整段文字要符合的正则表达式 · A regular expression for the whole text."
    )
    minLength: int | None = Field(  # noqa: N815
        default=None, ge=0, description="至少几个字 · Fewest characters."
    )
    maxLength: int | None = Field(  # noqa: N815
        default=None, ge=1, description="至多几个字 · Most characters."
    )

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

    name: Code = Field(description="列名 · The column's name.")
    type: Literal["string", "integer", "number", "boolean", "date"] = Field(
        description="值的类型 · The type of its values."
    )
    format: Literal["period", "credit_code"] | None = Field(
        default=None,
        description="`period`：文字是 ISO 8601 时期；`credit_code`：统一社会信用代码，校验码要对"
        " · `period`: text that is an ISO 8601 period; `credit_code`: a unified social credit code whose"
        " check characters hold.",
    )
    title: Text = Field(description="列的中英文名称 · What the column is called.")
    description: Text | None = Field(default=None, description="填写说明 · What to fill in.")
    codes: CodeList | None = Field(
        default=None, description="值取自哪个代码表 · The code list its values are from."
    )
    default: str | None = Field(default=None, description="空格表示什么 · What an empty cell means.")
    decimals_in: Code | None = Field(
        default=None,
        description="印了几位小数，记在哪个整数字段里"
        " · The integer field that tells how many decimals were printed here.",
    )
    personal: Literal["drop", "key"] | None = Field(
        default=None,
        description="个人信息：冻结时 `drop` 删去，或 `key` 换成带密钥的散列值"
        " · Personal data: `drop` at freeze, or replace by a keyed hash.",
    )
    constraints: Constraints = Field(
        default_factory=Constraints, description="值要满足的要求 · What its values must satisfy."
    )

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

    resource: Code = Field(description="哪个契约 · A contract.")
    fields: list[Code] = Field(min_length=1, description="那张表的字段 · Fields of that table.")


class ForeignKey(Model):
    """Values that must stand in another table."""

    fields: list[Code] = Field(min_length=1, description="本表的字段 · Fields of this table.")
    reference: TableReference = Field(description="所指的表和字段 · The table and fields they point to.")


class Rule(Model):
    """A condition that every record must meet (an empty field leaves it open)."""

    rule: Code = Field(description="规则的代码 · The rule's code.")
    condition: Condition = Field(description="每条记录都要满足的条件 · What every record must meet.")
    severity: Literal["error", "warning"] = Field(
        default="error", description="错误，或可以接受的警告 · An error, or a warning that may be accepted."
    )
    message: Text = Field(description="不满足时说什么 · What is wrong when the condition is not met.")
    fix: Text = Field(description="部门该怎么办 · What the department should do.")


class TimePeriod(Model):
    """Which period a record belongs to: a period field, or the period of a date field."""

    field: Code = Field(description="时期字段，或日期字段 · The field that is a period, or a date.")
    frequency: Literal["year", "quarter", "month"] | None = Field(
        default=None,
        description="日期字段：一个轮次覆盖的时期 · For a date field: the period that one round covers.",
    )


class FootCell(Model):
    """One cell at the foot of a form: who signs for it, and when it was handed in."""

    name: Code = Field(description="代码 · The cell's code.")
    title: Text = Field(description="填在前面的字，如“填表人” · The label before it.")
    type: Literal["string", "date"] = Field(
        default="string",
        description="值的类型；第一个 `date` 是报出日期，有效期限按它判断"
        " · The type of its value; the first `date` is the day of reporting, when the form must hold.",
    )
    required: Flag = Field(default=False, description="不能空着 · May not be empty.")
    personal: Flag = Field(
        default=False,
        description="个人信息，如姓名、电话 · Personal data, such as a name or a telephone number.",
    )


class Form(Model):
    """Head and foot of a statutory return form; the foot is checked and never frozen."""

    number: str = Field(min_length=1, description="表号 · The form's number.")
    issuer: Text = Field(description="制定机关 · Who issued it.")
    approval: str = Field(min_length=1, description="批准或备案文号 · Number of its approval or filing.")
    valid_until: Day = Field(description="有效期限 · Last day on which it holds.")
    foot: list[FootCell] = Field(
        default_factory=list, description="表尾的格子，按次序 · The cells of its foot, in order."
    )

    @model_validator(mode="after")
    def _labels_differ(self) -> Form:
        names = [cell.name.lower() for cell in self.foot]
        labels = [label for cell in self.foot for label in {cell.title.zh, cell.title.en}]
        for texts in (names, labels):
            if len(set(texts)) < len(texts):
                raise RuleError(rule="foot_repeated", found=max(texts, key=texts.count))
        return self


class Aggregates(Model):
    """The rows are sums already, and an area or code may stand beside those it is made of."""

    whole_and_parts: Literal["fail", "parts", "whole"] = Field(
        default="fail",
        description="既有合计行又有它的分项时：`fail` 拒绝；`parts` 用分项之和；`whole` 用合计行。从不都算"
        " · Where a row and those it is made of are both there: `fail`, add up the `parts`, or take the"
        " `whole`; never both.",
    )


class Contract(Model):
    """One table."""

    contract: Code = Field(
        description="表名；`1_collected` 里的文件名以它开头"
        " · The table's name: file names in `1_collected` begin with it."
    )
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")] = Field(
        description="契约的版本，如 `1` 或 `1.2` · The contract's version, such as `1` or `1.2`."
    )
    title: Text = Field(description="表的标题 · The table's title.")
    description: Text = Field(description="表的说明 · What the table holds.")
    basis: Basis = Field(
        description="记录的取得方式，决定有没有误差"
        " · How the records came about; decides whether figures have a margin."
    )
    series: Series = Field(
        description="`simulated` 表示无人测过的模拟记录 · `simulated` marks records that nobody measured."
    )
    form: Form | None = Field(
        default=None,
        description="法定报表的表头和表尾 · Head and foot of the form, for a statutory return.",
    )
    sheet: Text | None = Field(
        default=None,
        description="工作簿里的哪张工作表；不写时找表头相符的那一张"
        " · Which sheet of a workbook; by default the one whose heading matches.",
    )
    time_period: TimePeriod | None = Field(
        default=None,
        description="记录属于哪个时期；不写表示没有时期（名录），轮次记作 `all`"
        " · Which period a record belongs to; without it the table has none (a register) and its rounds"
        " are of `all`.",
    )
    aggregates: Aggregates | None = Field(
        default=None,
        description="每行已经是合计（按地区、行业等），不是一件件的记录"
        " · Rows are sums (by area, industry, ...), not single records.",
    )
    organisations: list[Code] = Field(
        default_factory=list, description="谁可以交；空着表示谁都可以 · Who may deliver it; empty: anyone."
    )
    missingValues: list[str] = Field(  # noqa: N815
        default=[""], description="哪些文字表示空格 · Texts that mean an empty cell."
    )
    fields: list[FieldSpec] = Field(
        min_length=1, description="字段，按列的顺序 · The fields, in the order of the columns."
    )
    primaryKey: list[Code] = Field(  # noqa: N815
        default_factory=list, description="主键：合起来不重复的字段 · Fields that together name a record."
    )
    foreignKeys: list[ForeignKey] = Field(  # noqa: N815
        default_factory=list, description="外键：值须在另一张表里 · Values that must stand in another table."
    )
    rules: list[Rule] = Field(
        default_factory=list, description="每条记录都要合乎的规则 · Rules that every record must meet."
    )

    @model_validator(mode="after")
    def _names_exist(self) -> Contract:
        names = [f.name for f in self.fields]
        if len({n.lower() for n in names}) < len(names):  # an engine takes `A` and `a` for one
            raise RuleError(rule="field_repeated", found=self.contract)
        if taken := FROZEN_COLUMNS.intersection(n.lower() for n in names):
            raise RuleError(rule="field_reserved", found=min(taken))
        for cell in self.form.foot if self.form else ():
            for label in (cell.title.zh, cell.title.en):
                if any(label in (f.name, f.title.zh, f.title.en) for f in self.fields):
                    raise RuleError(rule="foot_repeated", found=label)
        named = [*self.primaryKey, *(n for k in self.foreignKeys for n in k.fields)]
        named += [f.decimals_in for f in self.fields if f.decimals_in]
        if self.time_period:
            named.append(self.time_period.field)
        if unknown := [n for n in named if n not in names]:
            raise RuleError(rule="field_missing", found=unknown[0])
        if dropped := [n for n in named if self.field(n).personal == "drop"]:
            raise RuleError(rule="personal_needed", found=dropped[0])
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

    def frozen(self) -> Contract:
        """Return the contract of what is frozen: dropped fields are gone, keyed ones are plain text."""
        keyed = {"type": "string", "format": None, "codes": None, "constraints": Constraints()}
        fields = [
            field.model_copy(update=keyed) if field.personal == "key" else field
            for field in self.fields
            if field.personal != "drop"
        ]
        return self.model_copy(update={"fields": fields})

    def field(self, name: str) -> FieldSpec:
        """Return a field by name."""
        return next(f for f in self.fields if f.name == name)
