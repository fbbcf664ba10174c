"""Indicators: what a figure means, how it is made, what it should reach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Code, Flag, Model, PeriodText, RuleError, Text
from zhiheng.framework.measures import Light, Measure, Series
from zhiheng.framework.periods import parse

Direction = Literal["higher", "lower", "none"]


class Target(Model):
    """What an indicator should reach, by which edition of which document.

    The value is stated here with its reference, or it is itself a collected figure
    (`figure`: the indicator code under which the target was collected).
    """

    edition: Code = Field(description="目标的版本 · The edition of the targets.")
    name: Text = Field(description="目标的名称 · What the target is called.")
    ref_area: AreaCode = Field(
        description="谁的目标；别的地区只作参照"
        " · Whose target it is; others are compared with it for orientation."
    )
    time_period: PeriodText = Field(description="到什么时候 · By when.")
    bound: Literal[">=", "<=", ">", "<"] = Field(
        default=">=", description="怎样算达到 · How a value meets it."
    )
    value: float | None = Field(default=None, description="目标值 · The value to reach.")
    figure: Code | None = Field(
        default=None, description="收集来的目标值在哪个指标下 · The collected figure that states it."
    )
    baseline: float | None = Field(
        default=None, description="从哪个值算起 · The value from which progress counts."
    )
    reference: str = Field(description="发布机关、文号、条款 · Issuing body, document number, clause.")

    @model_validator(mode="after")
    def _one_of(self) -> Target:
        if (self.value is None) == (self.figure is None):
            raise RuleError(rule="target_one_of")
        return self


class Break(Model):
    """From this period on, values belong to another measurement run: never join across it."""

    ref_area: AreaCode = Field(description="哪个地区的序列 · The area whose series breaks.")
    time_period: PeriodText = Field(description="新一轮测量的第一个时期 · The first period of the new run.")
    reason: Text = Field(description="为什么中断 · Why it breaks.")


class Symbol(Text):
    """What is printed after a number; nothing for an index or a plain count."""

    zh: str = Field(default="", description="中文符号 · Chinese symbol.")
    en: str = Field(default="", description="英文符号 · English symbol.")


class Indicator(Model):
    """One thing that is measured."""

    indicator: Code = Field(description="指标的代码 · The indicator's code.")
    name: Text = Field(description="指标名称 · The indicator's name.")
    definition: Text = Field(description="指标的定义 · What it measures, in words.")
    theme: Code = Field(
        description="在总览页归哪一组（`themes` 之一）"
        " · A theme of `themes`: where it stands on the overview."
    )
    unit_measure: Code = Field(description="计量单位（`units` 之一） · A unit of `units`.")
    classifier: Symbol | None = Field(
        default=None,
        description='单位没有符号的个数，句子里数后面的量词，如 {zh: 项, en: ""}；不写就是“个”'
        " · For a plain count: the word after its number in a sentence; without it, the common one.",
    )
    direction: Direction = Field(description="越高越好，越低越好，或无所谓 · Which way is better.")
    responsible: Code = Field(description="负责的单位 · The organisation that answers for it.")
    dimensions: list[Code] = Field(
        default_factory=list, description="可以按哪些维度分组 · Dimensions its figures may have."
    )
    decimals: int = Field(
        ge=0, le=6, description="算出的值显示几位小数 · Decimals at which a computed value is shown."
    )
    headline: Series = Field(description="以哪个系列为主 · The series that stands for it.")
    measures: list[Measure] = Field(min_length=1, description="每个系列一个 · One for each series.")
    targets: list[Target] = Field(
        default_factory=list, description="目标，按版本 · What it should reach, by edition."
    )
    light: Light | None = Field(
        default=None, description="亮灯的界限；不写就不亮灯 · Thresholds of the light; none: no light."
    )
    breaks: list[Break] = Field(
        default_factory=list,
        description="序列中断：前后不连线 · Breaks in the series: never join across them.",
    )
    scorecard: Flag = Field(
        default=False, description="是否上记分卡 · Whether it stands on the city's scorecard."
    )
    comparable: Flag = Field(
        default=True,
        description="各地区的数能否相比；不能的不画在一起、不排名次，原因写在 `caution`"
        " · Whether areas' figures compare; if not, they are neither drawn together nor ranked, and"
        " `caution` says why.",
    )
    caution: Text | None = Field(
        default=None, description="比较之前须知 · What a reader must know before comparing."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Indicator:
        series = [m.series for m in self.measures]
        if len(set(series)) < len(series):
            raise RuleError(rule="series_repeated", found=self.indicator)
        if self.headline not in series:
            raise RuleError(rule="headline_missing", found=self.headline)
        if self.headline == "simulated" and "published" in series:
            raise RuleError(rule="headline_simulated", found=self.indicator)
        if not self.comparable and self.caution is None:
            raise RuleError(rule="comparable_without_reason", found=self.indicator)
        editions = [(t.edition, t.ref_area, t.time_period) for t in self.targets]
        if len(set(editions)) < len(editions):
            raise RuleError(rule="target_repeated", found=self.indicator)
        return self

    def run_of(self, ref_area: str, time_period: str) -> str | None:
        """Return the measurement run a value belongs to: the break it follows, or None."""
        start = parse(time_period).start
        passed = [b for b in self.breaks if b.ref_area == ref_area and parse(b.time_period).start <= start]
        return max(passed, key=lambda b: parse(b.time_period).start).time_period if passed else None


class Scale(Model):
    """How English says numbers of a unit that Chinese counts by ten thousands."""

    power: int = Field(
        ge=-6,
        le=6,
        description="印出时小数点移几位：-1 是数除以 10"
        " · Printed numbers are multiplied by this power of ten: -1 divides them by ten.",
    )
    symbol: str = Field(description="数后面印什么 · What is printed after such a number.")


class Unit(Model):
    """A unit of measure."""

    unit_measure: Code = Field(
        description="计量单位的代码；`percent` 是百分数 · The unit's code; `percent` is per cent."
    )
    name: Text = Field(description="计量单位名称 · The unit's name.")
    symbol: Symbol = Field(default=Symbol(), description="数后面印什么 · What is printed after a number.")
    amount: Flag = Field(
        default=False,
        description="是不是数量：数量说增加、减少、最多、最少，其他的说上升、下降、最好、最差"
        " · Whether it tells how much there is: most and least are said of it, not best and worst.",
    )
    english: Scale | None = Field(
        default=None,
        description="英文里带单位的数另用的数量级，如 406.7 billion yuan；数据和图不变"
        " · The scale in which English says a number with this unit; data and charts keep the unit.",
    )


class Theme(Model):
    """A group of indicators on the overview."""

    theme: Code = Field(description="分组的代码 · The theme's code.")
    name: Text = Field(description="分组名称 · The theme's name.")


class UnitsFile(Model):
    """`framework/units.yaml`."""

    units: list[Unit] = Field(min_length=1, description="计量单位 · Units of measure.")
    themes: list[Theme] = Field(
        min_length=1,
        description="总览页的分组，按显示顺序 · Groups on the overview, in the order shown.",
    )


class IndicatorsFile(Model):
    """A file of `framework/indicators/`."""

    indicators: list[Indicator] = Field(
        min_length=1,
        description="指标，按显示顺序；几个文件按文件名的次序"
        " · The indicators, in the order in which they are listed, file after file by name.",
    )
