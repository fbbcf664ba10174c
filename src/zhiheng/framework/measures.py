"""How a figure is made, as data.

Each kind of measure is one model here, one function in `compute.measures`, and for those made
from records one set of amounts for `reduce`.  An *amount* is what one record contributes: one
(a count under a condition) or the value of a field (a sum under a condition).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Assumable, Code, Dated, Flag, Model, PeriodText, RuleError, overlap
from zhiheng.framework.robustness import Robustness

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


class Stock(Model):
    """Records valid from one day to another, counted in each period on whose last day they hold."""

    begins: Code = Field(description="生效日期的字段 · The date field with the first day of validity.")
    ends: Code | None = Field(
        default=None,
        description="失效日期的字段，空着的记录一直有效；不写则从不失效（累计数）"
        " · The date field with the last day; a record without one holds on. Without this, none ever ends"
        " (a cumulative number).",
    )
    first: PeriodText = Field(
        description="从哪一期起有完整的登记 · The first period for which the register is complete."
    )
    last: PeriodText | None = Field(
        default=None,
        description="到哪一期为止；不写则到截至日以前结束的最后一期"
        " · The last such period; without it, the last that has ended by the publication date.",
    )


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
    by_areas: Literal["all", "city"] = Field(
        default="all",
        description="`all` 每个地区都分组；`city` 只给全市分组，县区只有合计"
        " · Which areas are broken down: `all`, or the `city` alone, its counties having totals only.",
    )
    without_total: Flag = Field(
        default=False,
        description="各组不能相加（如不同污染物），不出合计"
        " · The groups cannot be added up (different pollutants, say): no total is made.",
    )
    frequency: Literal["year", "quarter", "month", "assessment_year", "span"] = Field(
        default="year",
        description="一个指标值的时期；`span` 表示只按 `spans` 算"
        " · The period of one figure; `span`: only those of `spans`.",
    )
    spans: list[str] = Field(
        default_factory=list,
        description="另按这些跨期算，由各期的量合起来算：规划期的代码，或 `2012/2017`"
        " · Spans for which a figure is made of their pooled amounts: codes of plan periods, or `2012/2017`.",
    )
    divided: Code = Field(
        default="fail",
        description="拆分以前的地区的记录：`fail` 拒绝；`as_recorded` 按原地区算；或按哪组份额"
        "（`areas.yaml` 的 `divided`）分给拆出的地区，并注明是估算"
        " · Records of an area that was divided since: `fail`; `as_recorded`; or the shares (`divided` in"
        " `areas.yaml`) by which amounts go to the new areas, labelled as estimated.",
    )
    stock: Stock | None = Field(
        default=None,
        description="期末在册：每期末仍有效的记录都算；不写则记录只算进它日期所在的那一期"
        " · Stock at the end of each period; without it a record counts in the period of its date alone.",
    )

    @model_validator(mode="after")
    def _spans_named(self) -> _FromRecords:
        if self.frequency == "span" and not self.spans:
            raise RuleError(rule="span_missing")
        return self


class _Summed(_FromRecords):
    where_none: Literal["left_out", "zero"] = Field(
        default="left_out",
        description="某一期全市有记录、某地区没有：`left_out` 不出数；`zero` 算 0，只有全面的登记才能这样"
        " · An area without a record in a period for which the city has some: no figure (`left_out`), or"
        " `zero`, which only a complete register can say.",
    )


class CountMeasure(_Summed):
    """Number of records that meet `where`."""

    kind: Literal["count"] = Field(description="怎么来的 · How the figure is made.")


class TotalMeasure(_Summed):
    """Sum of a field over the records that meet `where`."""

    kind: Literal["total"] = Field(description="怎么来的 · How the figure is made.")
    field: Code = Field(description="求和的字段 · The field that is added up.")
    per: float = Field(
        default=1.0,
        gt=0,
        description="合计乘以这个数，换成指标的单位 · The sum is multiplied by this, to be in the unit.",
    )


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


class GivenWeight(Model):
    """What one stratum weighs."""

    code: str = Field(description="层的代码（`strata` 那个维度的） · The stratum: a code of `strata`.")
    value: float = Field(ge=0, description="权数，只看相对大小 · Its weight; only the proportions matter.")


class GivenWeights(Assumable, Dated):
    """Weights that a document sets, or that were assumed, and the days on which they hold."""

    ref_area: AreaCode | None = Field(
        default=None,
        description="哪个地区的；不写表示没有自己权数的地区都用它"
        " · Whose they are; without it, those of every area that has none of its own.",
    )
    weights: list[GivenWeight] = Field(min_length=1, description="各层的权数 · A weight for each stratum.")


class StratumWeights(Model):
    """What each stratum weighs: an amount of another table, or weights given here."""

    table: Code | None = Field(
        default=None, description="权数从哪个契约的记录来 · The contract whose records give the weights."
    )
    amount: Amount | None = Field(
        default=None, description="那些记录的什么量作权数 · The amount of those records that is the weight."
    )
    frequency: Literal["year", "quarter", "month"] | None = Field(
        default=None,
        description="权数取含有指标时期的哪种时期的量（季度指标用全年产值：`year`）；不写取同一时期"
        " · The period, around the figure's own, whose amounts weigh (`year`: a quarter is weighed by its"
        " year's); without it, the figure's own period.",
    )
    lag: int = Field(default=0, ge=0, description="权数用几个时期以前的 · How many periods back.")
    given: list[GivenWeights] = Field(
        default_factory=list, description="写明的权数，按时段 · Weights given here, by validity."
    )

    @model_validator(mode="after")
    def _one_of(self) -> StratumWeights:
        if (self.table is None) == (not self.given) or (self.table is None) != (self.amount is None):
            raise RuleError(rule="weights_one_of")
        if self.given and (self.frequency is not None or self.lag):
            raise RuleError(rule="weights_one_of")
        for area in {g.ref_area for g in self.given}:
            if (day := overlap([g for g in self.given if g.ref_area == area])) is not None:
                raise RuleError(rule="values_overlap", found=area or "weights", day=day)
        return self


class WeightedRateMeasure(Model):
    """Rates of strata, weighted together: what each stratum weighs does not depend on its sample."""

    kind: Literal["weighted_rate"] = Field(description="怎么来的 · How the figure is made.")
    series: Literal["computed", "simulated"] = Field(description="生成哪个系列 · The series it makes.")
    table: Code = Field(description="汇总哪个契约的记录 · The contract whose records are reduced.")
    where: Condition | None = Field(
        default=None, description="哪些记录参加 · Which records take part at all."
    )
    frequency: Literal["year", "quarter", "month", "assessment_year"] = Field(
        default="year", description="一个指标值的时期 · The period of one figure."
    )
    divided: Literal["fail", "as_recorded"] = Field(
        default="fail",
        description="拆分以前的地区的记录：`fail` 拒绝；`as_recorded` 按原地区算"
        " · Records of an area that was divided since: `fail`, or `as_recorded`.",
    )
    strata: Code = Field(
        description="按哪个维度分层（如行业），两张表都要有"
        " · The dimension whose codes are the strata (industry, say); a field of both tables."
    )
    numerator: Amount = Field(description="层内率的分子 · Numerator of a stratum's rate.")
    denominator: Amount = Field(description="层内率的分母 · Denominator of a stratum's rate.")
    weights: StratumWeights = Field(description="各层的权数 · What each stratum weighs.")
    areas: Literal["pooled", "combined"] = Field(
        description="上级地区的率：`pooled` 各县区的样本按层合在一起；"
        "`combined` 先算各县区的率，再按县区的总权数合成"
        " · A higher area's rate: its counties' samples `pooled` stratum by stratum, or the counties' own"
        " rates `combined` by each county's total weight."
    )
    without_sample: Literal["fail", "drop", "merge"] = Field(
        description="有权数而没有样本的层：`fail` 拒绝；"
        "`drop` 去掉，在其余层上归一，并报告去掉的份额和上下界；`merge` 并入上级代码的各层"
        " · Strata with weight and no sample: `fail`; `drop` them, renormalise over the others, and report"
        " the dropped share and the range; `merge` with the strata of the same parent code."
    )
    margin: Literal["none", "design_based", "model_based"] = Field(
        default="none",
        description="有无误差、哪一种；须与记录的取得方式相符"
        " · Whether the rate has a margin, and of which sort; must suit the records' basis.",
    )
    interval: Literal["wilson"] | None = Field(
        default=None, description="有误差时用哪种区间 · The interval's method, where there is a margin."
    )

    @property
    def by(self) -> list[str]:
        """The figure is not broken down; the strata are its parts."""
        return []

    @model_validator(mode="after")
    def _interval_with_margin(self) -> WeightedRateMeasure:
        if (self.margin == "none") != (self.interval is None):
            raise RuleError(rule="interval_without_margin")
        return self


class ShareMeasure(_FromRecords):
    """Part of a whole quantity, in per cent; the part must be one of the whole."""

    kind: Literal["share"] = Field(description="怎么来的 · How the figure is made.")
    numerator: Amount = Field(description="分子 · The numerator.")
    denominator: Amount = Field(description="分母 · The denominator.")


class IndexMeasure(Model):
    """A composite index, by a specification in `framework/indices`; or the scores of its parts."""

    kind: Literal["index"] = Field(description="怎么来的 · How the figure is made.")
    series: Literal["computed", "simulated"] = Field(description="生成哪个系列 · The series it makes.")
    index: Code = Field(
        description="`framework/indices` 里的哪个指数 · The index, a file of `framework/indices`."
    )
    of_series: Series = Field(
        description="各统计指标取哪个系列 · Which series of the indicators that it is made of."
    )
    by: list[Code] = Field(
        default_factory=list,
        description="也按这些维度算（如行业），一次一个"
        " · Dimensions whose codes have an index too (industries, say), one at a time.",
    )
    scores: Code | None = Field(
        default=None,
        description="不要指数本身，要各级得分，以这个维度的代码区分"
        " · Not the index itself but the scores of its nodes, told apart by this dimension's codes.",
    )
    missing_input: Literal["no_figure", "fail", "by_index"] = Field(
        default="no_figure",
        description="缺统计指标时：`no_figure` 不出数并说缺什么；`fail` 拒绝；`by_index` 由指数自己的步骤处理"
        " · Where an indicator is missing: `no_figure`, saying which; `fail`; or `by_index`, its own steps.",
    )
    robustness: Robustness | None = Field(
        default=None,
        description="怎样检验本市下级地区的名次；只用于指数本身"
        " · How the ranks of the areas below the city are put to the test; for the index itself only.",
    )

    @model_validator(mode="after")
    def _robustness_of_the_index_itself(self) -> IndexMeasure:
        if self.scores is not None and self.robustness is not None:
            raise RuleError(rule="robustness_of_scores")
        return self


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
    since: PeriodText | None = Field(
        default=None,
        description="从哪个时期起；更早的值属于别的测算，不同目标比"
        " · From which period on; earlier values are of other measurement runs and not held against it.",
    )
    areas: list[AreaCode] = Field(
        default_factory=list,
        description="只算哪些地区；不写就都算 · Only these areas; none named: all of them.",
    )
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
    | WeightedRateMeasure
    | IndexMeasure
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

BASES: tuple[Basis, ...] = ("census", "probability", "quota", "targeted", "declared")
"""The ways records come about, by how much a figure made from them may claim, strongest first.

A census has every unit; a probability sample stands for the population by its design.  A quota sample
is filled up to resemble the population and stands for it under a model; a targeted one was chosen for
its risk and resembles it least of the samples.  A declaration nobody drew or counted at all."""


def weakest_basis(bases: Iterable[Basis]) -> Basis:
    """Return the basis of what is made from several figures: it may claim no more than the weakest."""
    return max(bases, key=BASES.index)


def amounts(measure: RecordMeasure | WeightedRateMeasure) -> dict[str, Amount]:
    """Return what `reduce` must add up over a measure's own table, by the role it plays."""
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
