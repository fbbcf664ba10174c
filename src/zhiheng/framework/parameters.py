"""Dated parameters: a value, from when to when, from which document or on which assumption."""

from __future__ import annotations

import datetime as dt

from pydantic import Field, model_validator

from zhiheng.framework.base import Assumable, Code, Dated, Model, PeriodText, RuleError, Text, overlap


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
        if (day := overlap(self.values)) is not None:
            raise RuleError(rule="values_overlap", found=self.parameter, day=day)
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


class PlanPeriod(Assumable):
    """A span of years with a name, such as a five-year plan; measures may name it among their spans."""

    plan_period: Code = Field(description="规划期的代码，如 `fyp_12` · Its code, such as `fyp_12`.")
    name: Text = Field(description="规划期的名称 · What it is called.")
    time_period: PeriodText = Field(description="从哪年到哪年，如 `2011/2015` · Its years, as `2011/2015`.")


class ParametersFile(Model):
    """`framework/parameters.yaml`."""

    parameters: list[Parameter] = Field(default_factory=list, description="参数 · The parameters.")
    plan_periods: list[PlanPeriod] = Field(
        default_factory=list,
        description="规划期，指标可以按它算 · Plan periods, over which figures can be made.",
    )
