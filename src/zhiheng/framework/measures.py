"""How a figure is made, as data.

Each kind of measure is one model here, one function in `compute.measures`, and for those made
from records one set of amounts for `reduce`.  An *amount* is what one record contributes: one
(a count under a condition) or the value of a field (a sum under a condition).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from zhiheng.framework.base import Assumable, Code, Model, RuleError

Series = Literal["published", "computed", "simulated"]
SERIES: tuple[Series, ...] = ("published", "computed", "simulated")
"""In the order in which they may headline: a simulated value never before a published one."""

Basis = Literal["census", "probability", "quota", "targeted", "declared"]
Condition = Annotated[str, Field(min_length=1, description="A condition on the record's fields.")]


class Amount(Model):
    """What is added up over records: `count` of those that meet a condition, or `sum` of a field."""

    count: Condition | None = Field(
        default=None, description="数满足这个条件的记录 · Count the records for which this is true."
    )
    sum: Code | None = Field(default=None, description="对这个字段求和 · Add up this field.")
    where: Condition | None = Field(
        default=None, description="只对满足这个条件的记录求和 · Only over records for which this is true."
    )

    @model_validator(mode="after")
    def _one_of(self) -> Amount:
        if (self.count is None) == (self.sum is None):
            raise RuleError(rule="amount_one_of")
        if self.count is not None and self.where is not None:
            raise RuleError(rule="amount_where")
        return self


class FigureMeasure(Model):
    """A figure collected as printed."""

    kind: Literal["figure"] = Field(description="怎么来的 · How the figure is made.")
    series: Literal["published"] = Field(description="生成哪个系列 · The series it makes.")
    table: Code = Field(description="每行是一个指标值的契约 · The contract whose rows are figures.")


class _FromRecords(Model):
    series: Literal["computed", "simulated"] = Field(description="生成哪个系列 · The series it makes.")
    table: Code = Field(description="汇总哪个契约的记录 · The contract whose records are reduced.")
    where: Condition | None = Field(
        default=None, description="哪些记录参加 · Which records take part at all."
    )
    by: list[Code] = Field(
        default_factory=list,
        description="按记录的哪些维度字段分组，一次一个"
        " · Fields of the records that are dimensions to break the figure down by, one at a time.",
    )
    frequency: Literal["year", "quarter", "month", "assessment_year"] = Field(
        default="year", description="一个指标值的时期 · The period of one figure."
    )


class CountMeasure(_FromRecords):
    """Number of records that meet `where`."""

    kind: Literal["count"] = Field(description="怎么来的 · How the figure is made.")


class TotalMeasure(_FromRecords):
    """Sum of a field over the records that meet `where`."""

    kind: Literal["total"] = Field(description="怎么来的 · How the figure is made.")
    field: Code = Field(description="求和的字段 · The field that is added up.")


class MeanMeasure(_FromRecords):
    """Arithmetic mean of a field; with a t interval where the records are a sample."""

    kind: Literal["mean"] = Field(description="怎么来的 · How the figure is made.")
    field: Code = Field(description="求平均的字段 · The field that is averaged.")
    margin: Literal["none", "design_based", "model_based"] = Field(
        default="none",
        description="有无误差、哪一种；须与记录的取得方式相符"
        " · Whether the mean has a margin, and of which sort; must suit the records' basis.",
    )


class RateMeasure(_FromRecords):
    """Events out of trials, in per cent: a share of countable things, each of which happened or not."""

    kind: Literal["rate"] = Field(description="怎么来的 · How the figure is made.")
    numerator: Amount = Field(description="分子 · The numerator.")
    denominator: Amount = Field(description="分母 · The denominator.")
    margin: Literal["none", "design_based", "model_based"] = Field(
        default="none",
        description="有无误差、哪一种；须与记录的取得方式相符"
        " · Whether the rate has a margin, and of which sort; must suit the records' basis.",
    )
    interval: Literal["wilson", "clopper_pearson"] | None = Field(
        default=None, description="有误差时用哪种区间 · The interval's method, where there is a margin."
    )

    @model_validator(mode="after")
    def _interval_with_margin(self) -> RateMeasure:
        if (self.margin == "none") != (self.interval is None):
            raise RuleError(rule="interval_without_margin")
        return self


class RatioMeasure(_FromRecords):
    """One amount per other amount, times `per` (items nonconforming per 100 items tested)."""

    kind: Literal["ratio"] = Field(description="怎么来的 · How the figure is made.")
    numerator: Amount = Field(description="分子 · The numerator.")
    denominator: Amount = Field(description="分母 · The denominator.")
    per: float = Field(default=1.0, gt=0, description="比值乘以这个数 · The ratio is multiplied by this.")


class ShareMeasure(_FromRecords):
    """Part of a whole quantity, in per cent; the part must be one of the whole."""

    kind: Literal["share"] = Field(description="怎么来的 · How the figure is made.")
    numerator: Amount = Field(description="分子 · The numerator.")
    denominator: Amount = Field(description="分母 · The denominator.")


class ChangeMeasure(Model):
    """Change of another indicator against an earlier period, in points or in per cent."""

    kind: Literal["change"] = Field(description="怎么来的 · How the figure is made.")
    series: Literal["computed", "simulated"] = Field(description="生成哪个系列 · The series it makes.")
    of: Code = Field(description="看哪个指标的变化 · The indicator that changes.")
    of_series: Series = Field(description="它的哪个系列 · Which of its series.")
    form: Literal["points", "percent"] = Field(
        description="相差几个点，或比原值增减百分之几 · A difference, or a per cent of the earlier value."
    )
    lag: int = Field(default=1, ge=1, description="与几个时期之前比 · How many periods back.")


class AttainmentMeasure(Model):
    """How much of a target is reached, in per cent, by the indicator's direction."""

    kind: Literal["attainment"] = Field(description="怎么来的 · How the figure is made.")
    series: Literal["computed", "simulated"] = Field(description="生成哪个系列 · The series it makes.")
    of: Code = Field(description="看哪个指标的目标 · The indicator that has the target.")
    of_series: Series = Field(description="它的哪个系列 · Which of its series.")
    edition: Code = Field(description="目标的哪个版本 · Which edition of its targets.")
    zero_target: Literal["fail", "met_or_not"] = Field(
        default="fail",
        description="目标为零又无基数时：拒绝，或达到算 100、未达到算 0"
        " · A target of zero without a baseline: refuse, or 100 when met and 0 when not.",
    )


RecordMeasure = CountMeasure | TotalMeasure | MeanMeasure | RateMeasure | RatioMeasure | ShareMeasure
Measure = Annotated[
    FigureMeasure
    | CountMeasure
    | TotalMeasure
    | MeanMeasure
    | RateMeasure
    | RatioMeasure
    | ShareMeasure
    | ChangeMeasure
    | AttainmentMeasure,
    Field(discriminator="kind"),
]

MARGIN_FOR_BASIS: dict[Basis, set[str]] = {
    "census": {"none"},
    "probability": {"none", "design_based"},
    "quota": {"none", "model_based"},
    "targeted": {"none", "model_based"},
    "declared": {"none"},
}
"""Which margins a basis allows: a census has no sampling error, and records that were not drawn
at random have one only under a model, and must say so."""


def amounts(measure: RecordMeasure) -> dict[str, Amount]:
    """Return what `reduce` must add up for a measure, by the role it plays."""
    if isinstance(measure, CountMeasure):
        return {"count": Amount(count=measure.where or "true")}
    if isinstance(measure, TotalMeasure):
        return {"total": Amount(sum=measure.field, where=measure.where)}
    if isinstance(measure, MeanMeasure):
        return {"moments": Amount(sum=measure.field, where=measure.where)}
    return {
        "numerator": _within(measure.numerator, measure.where),
        "denominator": _within(measure.denominator, measure.where),
    }


def _within(amount: Amount, where: str | None) -> Amount:
    if where is None:
        return amount
    if amount.count is not None:
        return Amount(count=f"({where}) AND ({amount.count})")
    return Amount(sum=amount.sum, where=f"({where}) AND ({amount.where})" if amount.where else where)


class Light(Assumable):
    """When an indicator is green, amber or red against its target."""

    amber_gap: float = Field(
        ge=0,
        description="差目标不超过这么多（按指标的单位）亮黄灯"
        " · Amber while the target is missed by no more than this, in the indicator's unit.",
    )
