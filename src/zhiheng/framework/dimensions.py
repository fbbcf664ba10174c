"""Dimensions: code lists that break a figure down; `_T` is the total of each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from zhiheng.framework.base import Code, Model, RuleError, Text

TOTAL = "_T"
TOTAL_NAME = Text(zh="合计", en="Total")
RESERVED = frozenset(
    (
        "basis",
        "bound",
        "ci_high",
        "ci_low",
        "confidence_level",
        "conflict_group",
        "coverage",
        "decimals",
        "delivered_by",
        "denominator",
        "derivation",
        "df",
        "figure_id",
        "frozen_file",
        "headline",
        "indicator",
        "interval",
        "margin",
        "method_status",
        "method_version",
        "n_obs",
        "note",
        "numerator",
        "obs_status",
        "obs_value",
        "organisation",
        "range_high",
        "range_low",
        "ref_area",
        "release_date",
        "series",
        "series_break",
        "source",
        "source_line",
        "std_error",
        "time_period",
        "unit_measure",
        "vintage",
    )
)
"""Columns of the long table that are no dimensions; no dimension may take their names."""

DimensionCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]*$", max_length=32)]


class DimensionItem(Model):
    """One code of a dimension."""

    code: DimensionCode = Field(description="代码 · The code.")
    name: Text = Field(description="代码的名称 · The code's name.")
    parent: DimensionCode | None = Field(
        default=None, description="计入哪个代码 · The code it is counted into."
    )


class Dimension(Model):
    """A code list, such as industries or pollutants; the total `_T` belongs to every one."""

    dimension: Code = Field(description="列名 · The column's name.")
    name: Text = Field(description="维度名称 · The dimension's name.")
    reference: str | None = Field(
        default=None, description="代码所依标准及版本 · The standard and edition of the codes."
    )
    codes: list[DimensionItem] = Field(
        min_length=1, description="代码；合计 `_T` 不用写 · The codes; the total `_T` goes without saying."
    )

    @model_validator(mode="after")
    def _name_is_free(self) -> Dimension:
        if self.dimension.lower() in RESERVED:
            raise RuleError(rule="dimension_reserved", found=self.dimension)
        return self

    def name_of(self, code: str) -> Text:
        """Return a code's name."""
        if code == TOTAL:
            return TOTAL_NAME
        return next(item.name for item in self.codes if item.code == code)


class DimensionsFile(Model):
    """`framework/dimensions.yaml`."""

    dimensions: list[Dimension] = Field(
        default_factory=list,
        description="维度，按长表列的顺序 · The dimensions, in the order of their columns in the long table.",
    )
