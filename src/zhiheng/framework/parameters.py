"""Dated parameters: a value, from when to when, from which document or on which assumption."""

from __future__ import annotations

import datetime as dt
import itertools

from pydantic import Field, model_validator

from zhiheng.framework.base import Assumable, Code, Dated, Model, RuleError, Text


class ParameterValue(Assumable, Dated):
    """One value of a parameter and the days on which it holds."""

    value: float = Field(description="值，按参数的单位 · The value, in the parameter's unit.")


class Parameter(Model):
    """A number that a document or an office sets, with its history."""

    parameter: Code = Field(description="参数的代码 · The parameter's code.")
    name: Text = Field(description="参数名称 · The parameter's name.")
    unit_measure: Code = Field(description="计量单位（`units` 之一） · A unit of `units`.")
    values: list[ParameterValue] = Field(
        min_length=1, description="各时段的值，时段不重叠 · Its values; no two hold on one day."
    )

    @model_validator(mode="after")
    def _no_overlap(self) -> Parameter:
        ordered = sorted(self.values, key=lambda v: v.valid_from or dt.date.min)
        for earlier, later in itertools.pairwise(ordered):
            if earlier.valid_to is None or (later.valid_from or dt.date.min) <= earlier.valid_to:
                raise RuleError(rule="values_overlap", found=self.parameter, day=later.valid_from or "-")
        return self

    def on(self, day: dt.date) -> ParameterValue:
        """Return the value that holds on a day.

        Raises
        ------
        LookupError
            When none holds.
        """
        for value in self.values:
            if value.holds_on(day):
                return value
        raise LookupError(f"{self.parameter} has no value on {day}")


class ParametersFile(Model):
    """`framework/parameters.yaml`."""

    parameters: list[Parameter] = Field(default_factory=list, description="参数 · The parameters.")
