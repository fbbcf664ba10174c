"""Dimensions: code lists that break a figure down; `_T` is the total of each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from zhiheng.framework.base import Code, Model, Text

TOTAL = "_T"
TOTAL_NAME = Text(zh="合计", en="Total")

DimensionCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]*$", max_length=32)]


class DimensionItem(Model):
    """One code of a dimension."""

    code: DimensionCode
    name: Text
    parent: DimensionCode | None = Field(default=None, description="The code it is counted into.")


class Dimension(Model):
    """A code list, such as industries or pollutants; the total `_T` belongs to every one."""

    dimension: Code = Field(description="The column's name.")
    name: Text
    reference: str | None = Field(default=None, description="The standard and edition of the codes.")
    codes: list[DimensionItem] = Field(min_length=1)

    def name_of(self, code: str) -> Text:
        """Return a code's name."""
        if code == TOTAL:
            return TOTAL_NAME
        return next(item.name for item in self.codes if item.code == code)


class DimensionsFile(Model):
    """`framework/dimensions.yaml`."""

    dimensions: list[Dimension] = Field(default_factory=list)
