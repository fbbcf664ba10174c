"""Indicators: what a figure means, how it is made, what it should reach."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Code, Model, RuleError, Text
from zhiheng.framework.measures import Light, Measure, Series
from zhiheng.framework.periods import parse


def _is_period(text: str) -> str:
    try:
        return parse(text).text
    except ValueError:
        raise RuleError(rule="period_malformed", found=text) from None


PeriodText = Annotated[str, AfterValidator(_is_period)]
Direction = Literal["higher", "lower", "none"]


class Target(Model):
    """What an indicator should reach, by which edition of which document.

    The value is stated here with its reference, or it is itself a collected figure
    (`figure`: the indicator code under which the target was collected).
    """

    edition: Code
    name: Text
    ref_area: AreaCode = Field(description="Whose target it is; others are compared with it for orientation.")
    time_period: PeriodText = Field(description="By when.")
    bound: Literal[">=", "<=", ">", "<"] = Field(default=">=", description="How a value meets it.")
    value: float | None = None
    figure: Code | None = Field(default=None, description="The collected figure that states it.")
    baseline: float | None = Field(default=None, description="The value from which progress counts.")
    reference: str = Field(description="Issuing body, document number, clause.")

    @model_validator(mode="after")
    def _one_of(self) -> Target:
        if (self.value is None) == (self.figure is None):
            raise RuleError(rule="target_one_of")
        return self


class Break(Model):
    """From this period on, values belong to another measurement run: never join across it."""

    ref_area: AreaCode
    time_period: PeriodText = Field(description="The first period of the new run.")
    reason: Text


class Indicator(Model):
    """One thing that is measured."""

    indicator: Code
    name: Text
    definition: Text
    theme: Code = Field(description="A theme of `themes`: where it stands on the overview.")
    unit_measure: Code = Field(description="A unit of `units`.")
    direction: Direction = Field(description="Which way is better.")
    responsible: Code = Field(description="The organisation that answers for it.")
    dimensions: list[Code] = Field(default_factory=list, description="Dimensions its figures may have.")
    decimals: int = Field(ge=0, le=6, description="Decimals at which a computed value is shown.")
    headline: Series = Field(description="The series that stands for it.")
    measures: list[Measure] = Field(min_length=1, description="One for each series.")
    targets: list[Target] = Field(default_factory=list)
    light: Light | None = Field(default=None, description="Thresholds of the light; none: no light.")
    breaks: list[Break] = Field(default_factory=list)
    scorecard: bool = Field(default=False, description="Whether it stands on the city's scorecard.")
    caution: Text | None = Field(default=None, description="What a reader must know before comparing.")

    @model_validator(mode="after")
    def _consistent(self) -> Indicator:
        series = [m.series for m in self.measures]
        if len(set(series)) < len(series):
            raise RuleError(rule="series_repeated", found=self.indicator)
        if self.headline not in series:
            raise RuleError(rule="headline_missing", found=self.headline)
        if self.headline == "simulated" and "published" in series:
            raise RuleError(rule="headline_simulated", found=self.indicator)
        editions = [(t.edition, t.ref_area, t.time_period) for t in self.targets]
        if len(set(editions)) < len(editions):
            raise RuleError(rule="target_repeated", found=self.indicator)
        return self

    def run_of(self, ref_area: str, time_period: str) -> str | None:
        """Return the measurement run a value belongs to: the break it follows, or None."""
        start = parse(time_period).start
        passed = [b for b in self.breaks if b.ref_area == ref_area and parse(b.time_period).start <= start]
        return max(passed, key=lambda b: parse(b.time_period).start).time_period if passed else None


class Symbol(Text):
    """What is printed after a number; nothing for an index or a plain count."""

    zh: str = Field(default="", description="Chinese symbol.")
    en: str = Field(default="", description="English symbol.")


class Unit(Model):
    """A unit of measure."""

    unit_measure: Code
    name: Text
    symbol: Symbol = Field(default=Symbol(), description="What is printed after a number.")


class Theme(Model):
    """A group of indicators on the overview."""

    theme: Code
    name: Text


class IndicatorsFile(Model):
    """`framework/indicators.yaml`."""

    units: list[Unit] = Field(min_length=1)
    themes: list[Theme] = Field(min_length=1)
    indicators: list[Indicator] = Field(min_length=1)
