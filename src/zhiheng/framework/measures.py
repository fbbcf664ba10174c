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

    count: Condition | None = Field(default=None, description="Count the records for which this is true.")
    sum: Code | None = Field(default=None, description="Add up this field.")
    where: Condition | None = Field(default=None, description="Only over records for which this is true.")

    @model_validator(mode="after")
    def _one_of(self) -> Amount:
        if (self.count is None) == (self.sum is None):
            raise RuleError(rule="amount_one_of")
        if self.count is not None and self.where is not None:
            raise RuleError(rule="amount_where")
        return self


class FigureMeasure(Model):
    """A figure collected as printed."""

    kind: Literal["figure"]
    series: Literal["published"]
    table: Code = Field(description="The contract whose rows are figures.")


class _FromRecords(Model):
    series: Literal["computed", "simulated"]
    table: Code = Field(description="The contract whose records are reduced.")
    where: Condition | None = Field(default=None, description="Which records take part at all.")
    by: list[Code] = Field(
        default_factory=list,
        description="Fields of the records that are dimensions to break the figure down by, one at a time.",
    )
    frequency: Literal["year", "quarter", "month"] = Field(
        default="year", description="The period of one figure."
    )


class CountMeasure(_FromRecords):
    """Number of records that meet `where`."""

    kind: Literal["count"]


class TotalMeasure(_FromRecords):
    """Sum of a field over the records that meet `where`."""

    kind: Literal["total"]
    field: Code


class MeanMeasure(_FromRecords):
    """Arithmetic mean of a field; with a t interval where the records are a sample."""

    kind: Literal["mean"]
    field: Code
    margin: Literal["none", "design_based", "model_based"] = Field(
        default="none",
        description="Whether the mean has a margin, and of which sort; must suit the records' basis.",
    )


class RateMeasure(_FromRecords):
    """Events out of trials, in per cent: a share of countable things, each of which happened or not."""

    kind: Literal["rate"]
    numerator: Amount
    denominator: Amount
    margin: Literal["none", "design_based", "model_based"] = Field(
        default="none",
        description="Whether the rate has a margin, and of which sort; must suit the records' basis.",
    )
    interval: Literal["wilson", "clopper_pearson"] | None = Field(
        default=None, description="The interval's method, where there is a margin."
    )

    @model_validator(mode="after")
    def _interval_with_margin(self) -> RateMeasure:
        if (self.margin == "none") != (self.interval is None):
            raise RuleError(rule="interval_without_margin")
        return self


class RatioMeasure(_FromRecords):
    """One amount per other amount, times `per` (items nonconforming per 100 items tested)."""

    kind: Literal["ratio"]
    numerator: Amount
    denominator: Amount
    per: float = Field(default=1.0, gt=0, description="The ratio is multiplied by this.")


class ShareMeasure(_FromRecords):
    """Part of a whole quantity, in per cent; the part must be one of the whole."""

    kind: Literal["share"]
    numerator: Amount
    denominator: Amount


class ChangeMeasure(Model):
    """Change of another indicator against an earlier period, in points or in per cent."""

    kind: Literal["change"]
    series: Literal["computed", "simulated"]
    of: Code = Field(description="The indicator that changes.")
    of_series: Series = Field(description="Which of its series.")
    form: Literal["points", "percent"] = Field(
        description="A difference, or a per cent of the earlier value."
    )
    lag: int = Field(default=1, ge=1, description="How many periods back.")


class AttainmentMeasure(Model):
    """How much of a target is reached, in per cent, by the indicator's direction."""

    kind: Literal["attainment"]
    series: Literal["computed", "simulated"]
    of: Code = Field(description="The indicator that has the target.")
    of_series: Series = Field(description="Which of its series.")
    edition: Code = Field(description="Which edition of its targets.")
    zero_target: Literal["fail", "met_or_not"] = Field(
        default="fail",
        description="A target of zero without a baseline: refuse, or 100 when met and 0 when not.",
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
        ge=0, description="Amber while the target is missed by no more than this, in the indicator's unit."
    )
