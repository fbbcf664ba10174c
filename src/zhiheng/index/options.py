"""The steps of an index as they are written: one model a step, each with overrides.

An argument that the chosen method does not take is an error; what a method takes is read off its
function, so a new method needs no line here unless it has a new argument.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from zhiheng.framework.base import Code, Flag, Model, RuleError
from zhiheng.index.aggregate import AGGREGATORS
from zhiheng.index.impute import IMPUTERS, IN_TIME
from zhiheng.index.normalise import NORMALISERS
from zhiheng.index.treat import TREATMENTS
from zhiheng.index.weight import WEIGHTERS

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Numbers = tuple[float, ...]
Chosen = tuple[str, tuple[tuple[str, Any], ...]]
"""A method and its arguments, hashable."""


class Options(Model):
    """What may be said once for a step and again for single indicators or nodes."""

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    """Method -> function; its keyword-only parameters are the arguments that the method takes."""
    common: ClassVar[frozenset[str]] = frozenset()
    """Arguments that the step itself uses, whatever the method."""

    def given(self) -> dict[str, Any]:
        """Return what was written, without overrides."""
        return {
            name: value
            for name in type(self).model_fields
            if name != "overrides" and (value := getattr(self, name)) is not None
        }


def arguments(function: Callable[..., Any]) -> set[str]:
    """Return the arguments that a method's function takes by name."""
    return {p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY}


class Step(Options):
    """A step: its options, and overrides for single indicators or nodes."""

    def chosen(self, code: str) -> dict[str, Any]:
        """Return what holds for one indicator or node.

        An override that names another method starts from that method's defaults.
        """
        overrides: Mapping[str, Options] = getattr(self, "overrides", {})
        base = self.given()
        own = overrides[code].given() if code in overrides else {}
        if own.get("method", base.get("method")) != base.get("method"):
            base = {name: value for name, value in base.items() if name in self.common}
        return base | own

    @model_validator(mode="after")
    def _arguments_are_used(self) -> Step:
        if not self.methods:
            return self
        for code in [None, *getattr(self, "overrides", {})]:
            chosen = self.chosen(code or "")
            methods = chosen["method"] if isinstance(chosen["method"], tuple) else (chosen["method"],)
            taken: set[str] = set()
            for method in methods:
                if method not in self.methods:
                    known = ", ".join(self.methods)
                    raise RuleError(rule="index_method_unknown", found=str(method), known=known)
                taken |= arguments(self.methods[method])
            for name in chosen.keys() - {"method"} - self.common:
                if name not in taken:
                    known = ", ".join(sorted(taken | self.common)) or "-"
                    raise RuleError(
                        rule="index_argument_unused", found=name, method=", ".join(methods), known=known
                    )
        return self


def method_of(chosen: Mapping[str, Any], common: frozenset[str]) -> Chosen:
    """Return the method and its own arguments."""
    own = {name: value for name, value in chosen.items() if name not in common and name != "method"}
    return chosen["method"], tuple(sorted(own.items()))


# ---- denominate -------------------------------------------------------------------------------


class DenominateOptions(Options):
    """How an indicator is denominated."""

    denominator: Name | None = Field(
        default=None,
        description="分母所在的列；`none` 表示不除 · The denominator's column; `none`: not denominated.",
    )
    per: float | None = Field(default=None, gt=0, description="乘以多少，默认 1 · Times this; 1 by default.")
    zero: Literal["fail", "missing"] | None = Field(
        default=None, description="分母为零时：`fail`（默认）或 `missing` · When the denominator is zero."
    )


class Denominate(DenominateOptions, Step):
    """Divide amounts by the denominators that the tree names."""

    overrides: dict[Code, DenominateOptions] = Field(
        default_factory=dict, description="逐个指标 · By indicator."
    )


# ---- screen -----------------------------------------------------------------------------------


class ScreenOptions(Options):
    """Whether an indicator counts when units are screened."""

    counts: Flag | None = Field(default=None, description="是否计入，默认 `true` · Whether it counts.")


class Screen(Step):
    """Leave out units with too little data."""

    rule: Literal["missing", "zeros", "both"] = Field(
        description="按缺失、零值或两者 · By missing, zeros or both."
    )
    min_available: float | None = Field(
        default=None, ge=0, le=1, description="不缺失的最低份额 · Smallest share present."
    )
    min_nonzero: float | None = Field(
        default=None, ge=0, le=1, description="非零的最低份额 · Smallest share not zero."
    )
    force_in: tuple[Name, ...] = Field(default=(), description="无论如何保留的单位 · Units that stay anyway.")
    force_out: tuple[Name, ...] = Field(default=(), description="无论如何去掉的单位 · Units that go anyway.")
    overrides: dict[Code, ScreenOptions] = Field(default_factory=dict, description="逐个指标 · By indicator.")

    @model_validator(mode="after")
    def _limits_fit_the_rule(self) -> Screen:
        needed = {
            "missing": ("min_available",),
            "zeros": ("min_nonzero",),
            "both": ("min_available", "min_nonzero"),
        }
        for name in ("min_available", "min_nonzero"):
            given = getattr(self, name) is not None
            if given and name not in needed[self.rule]:
                known = ", ".join(needed[self.rule])
                raise RuleError(rule="index_argument_unused", found=name, method=self.rule, known=known)
            if not given and name in needed[self.rule]:
                raise RuleError(rule="yaml_key_missing", key=name)
        if both := set(self.force_in) & set(self.force_out):
            raise RuleError(rule="index_forced_both_ways", found=", ".join(sorted(both)))
        return self


# ---- impute -----------------------------------------------------------------------------------


class ImputeOptions(Options):
    """How an indicator's gaps are filled."""

    method: Name | None = Field(default=None, description="方法 · The method.")
    by: Name | None = Field(default=None, description="分组所在的列 · The column of groups.")
    empty_group: Literal["fail", "overall", "missing"] | None = Field(
        default=None, description="组内无值时，默认 `fail` · When a group has no value; `fail` by default."
    )
    max_iter: int | None = Field(default=None, ge=1, description="最多迭代次数 · Iterations at most.")
    tol: float | None = Field(default=None, gt=0, description="收敛的精度 · When it counts as settled.")
    ends: Literal["missing", "nearest"] | None = Field(
        default=None,
        description="首尾缺失：`missing`（默认）或 `nearest` · Before the first and after the last value.",
    )
    fit: Name | None = Field(
        default=None,
        description="`each_period` 或 `pooled`；多个时期时必填 · Needed when there is more than one period.",
    )


class Impute(ImputeOptions, Step):
    """Fill gaps."""

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = IMPUTERS
    common: ClassVar[frozenset[str]] = frozenset({"by", "fit"})
    method: Name = Field(description="方法 · The method.")
    overrides: dict[Code, ImputeOptions] = Field(default_factory=dict, description="逐个指标 · By indicator.")

    @model_validator(mode="after")
    def _rows_are_named_where_needed(self) -> Impute:
        for code in ["", *self.overrides]:
            chosen = self.chosen(code)
            grouped = str(chosen["method"]).startswith("group_")
            if grouped and "by" not in chosen:
                raise RuleError(rule="yaml_key_missing", key="by")
            if "by" in chosen and not grouped and (code == "" or self.overrides[code].by is not None):
                raise RuleError(
                    rule="index_argument_unused", found="by", method=str(chosen["method"]), known="-"
                )
            if chosen["method"] in IN_TIME and "fit" in chosen:
                raise RuleError(
                    rule="index_argument_unused", found="fit", method=str(chosen["method"]), known="-"
                )
        return self


# ---- treat ------------------------------------------------------------------------------------


class TreatOptions(Options):
    """How an indicator's outliers are treated."""

    method: Name | None = Field(default=None, description="方法 · The method.")
    max_points: int | None = Field(
        default=None, ge=0, description="最多收进几个点 · Points taken in at most."
    )
    skew: float | None = Field(default=None, gt=0, description="偏度界限 · Limit of skewness.")
    kurtosis: float | None = Field(default=None, description="超额峰度界限 · Limit of excess kurtosis.")
    otherwise: Name | None = Field(
        default=None, description="仍不合格时：`fail`（默认）、`keep` 或另一方法 · If it still fails."
    )
    offset: float | None = Field(
        default=None, gt=0, description="`log_ct` 的位移份额，默认 0.01 · Shift of `log_ct`."
    )
    power: float | None = Field(
        default=None, description="`box_cox` 的幂；不填则估计 · Power; estimated by default."
    )
    when: Literal["always", "failing"] | None = Field(
        default=None, description="总是变换，或只在不合格时 · Always (default), or only when it fails."
    )
    fit: Name | None = Field(
        default=None,
        description="`each_period`、`pooled` 或基期；多个时期时必填"
        " · Or a base period; needed with several periods.",
    )


class Treat(TreatOptions, Step):
    """Treat outliers and skew."""

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = TREATMENTS
    common: ClassVar[frozenset[str]] = frozenset({"fit"})
    method: Name = Field(description="方法 · The method.")
    overrides: dict[Code, TreatOptions] = Field(default_factory=dict, description="逐个指标 · By indicator.")

    @model_validator(mode="after")
    def _otherwise_is_known(self) -> Treat:
        for options in [self, *self.overrides.values()]:
            known = {"fail", "keep", *TREATMENTS} - {"winsorise", "none"}
            if options.otherwise is not None and options.otherwise not in known:
                raise RuleError(
                    rule="index_method_unknown", found=options.otherwise, known=", ".join(sorted(known))
                )
        return self


# ---- normalise --------------------------------------------------------------------------------


class NormaliseOptions(Options):
    """How an indicator is normalised."""

    method: Name | None = Field(default=None, description="方法 · The method.")
    range: tuple[float, float] | None = Field(
        default=None, description="最差与最好的得分 · What worst and best score."
    )
    mean: float | None = Field(default=None, description="`z_score` 的均值，默认 0 · Mean.")
    sd: float | None = Field(
        default=None, gt=0, description="`z_score` 的标准差，默认 1 · Standard deviation."
    )
    ties: Literal["min", "average"] | None = Field(default=None, description="并列名次 · Ties.")
    reference: Name | None = Field(default=None, description="参照单位 · The reference unit.")
    cap: Flag | None = Field(
        default=None, description="超过目标按目标计 · What is beyond the target counts as the target."
    )
    bounds: tuple[float, float] | None = Field(
        default=None, description="`scaled` 的原始界限 · Raw bounds of `scaled`."
    )
    spread: float | None = Field(
        default=None, gt=0, description="全距，默认 60 · Width of the adjusted MPI's scale."
    )
    outside: Literal["fail", "clip", "extrapolate"] | None = Field(
        default=None, description="超出界限时，默认 `fail` · Values outside the bounds; `fail` by default."
    )
    degenerate: Literal["fail", "middle", "missing"] | None = Field(
        default=None, description="没有差异时，默认 `fail` · A column without range; `fail` by default."
    )
    fit: Name | None = Field(
        default=None,
        description="`each_period`、`pooled` 或基期；多个时期时必填"
        " · Or a base period; needed with several periods.",
    )


class Normalise(NormaliseOptions, Step):
    """Bring indicators onto one scale on which more is better."""

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = NORMALISERS
    common: ClassVar[frozenset[str]] = frozenset({"outside", "degenerate", "fit"})
    method: Name = Field(description="方法 · The method.")
    overrides: dict[Code, NormaliseOptions] = Field(
        default_factory=dict, description="逐个指标 · By indicator."
    )


# ---- weight -----------------------------------------------------------------------------------


class WeightOptions(Options):
    """How the parts of a node are weighted."""

    method: Name | None = Field(default=None, description="方法 · The method.")
    comparisons: tuple[Numbers, ...] | None = Field(
        default=None, description="`ahp`：两两比较的上三角，逐行 · Upper triangle of comparisons, row by row."
    )
    max_consistency_ratio: float | None = Field(
        default=None, gt=0, description="`ahp`：一致性比率上限，默认 0.1 · Largest consistency ratio."
    )
    min_eigenvalue: float | None = Field(
        default=None, gt=0, description="`factor`：保留因子的特征值下限，默认 1 · Smallest eigenvalue kept."
    )
    importance: Numbers | None = Field(
        default=None,
        description="目标重要性，按下级次序；默认树的权重"
        " · Target importance; the tree's weights by default.",
    )
    unreachable: Literal["fail", "nearest"] | None = Field(
        default=None,
        description="目标达不到时，默认 `fail` · When the target cannot be met; `fail` by default.",
    )


class Weight(WeightOptions, Step):
    """Find the weights of the parts of every node."""

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = WEIGHTERS
    method: Name = Field(description="方法 · The method.")
    overrides: dict[Code, WeightOptions] = Field(default_factory=dict, description="逐个节点 · By node.")


# ---- aggregate --------------------------------------------------------------------------------


class AggregateOptions(Options):
    """How a node is made from its children."""

    method: Name | None = Field(default=None, description="方法 · The method.")
    power: float | None = Field(default=None, description="`generalised_mean` 的幂 · Power.")
    zeros: Literal["fail", "zero"] | None = Field(
        default=None, description="`geometric` 遇零 · What a zero does."
    )
    minimum_share: float | None = Field(
        default=None, ge=0, le=1, description="最小值所占份额 · Share of the minimum."
    )
    order_weights: Numbers | None = Field(default=None, description="`owa` 的次序权重 · Weights by place.")
    min_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="`benefit_of_the_doubt` 每项份额下限 · Smallest share of a part.",
    )
    max_share: float | None = Field(
        default=None, ge=0, le=1, description="`benefit_of_the_doubt` 每项份额上限 · Largest share of a part."
    )
    penalty: Literal["minus", "plus"] | None = Field(
        default=None, description="不均衡的罚项 · Sign of the penalty."
    )
    missing: Literal["fail", "available"] | None = Field(
        default=None, description="下级缺失时，默认 `fail` · When a child is missing; `fail` by default."
    )


class Aggregate(AggregateOptions, Step):
    """Make nodes from their children, from the bottom up."""

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = AGGREGATORS
    common: ClassVar[frozenset[str]] = frozenset({"missing"})
    method: Name | tuple[Name, ...] = Field(  # type: ignore[assignment]
        description="方法，或自下而上每层一个 · The method, or one per level from the bottom."
    )
    overrides: dict[Code, AggregateOptions] = Field(default_factory=dict, description="逐个节点 · By node.")
