"""What the simulated yearly returns assume, read from `enterprises.yaml`: change it there, not in code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Assumable, Code, Model
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load

FILE = Path(__file__).with_name("enterprises.yaml")
Positive = Annotated[int, Field(ge=1)]
PerMille = Annotated[int, Field(ge=0, le=1000)]
Thousandths = Annotated[int, Field(ge=-1000, le=2000)]


class Threshold(Assumable):
    """The least output of a firm that reports."""

    output: Positive = Field(description="Thousand yuan.")


class YearTotals(Model):
    """What a year adds up to over all firms."""

    year: int
    output: Positive = Field(description="Gross output, million yuan.")
    patents: Positive
    certified: PerMille
    brand_share: int | None = Field(
        default=None, ge=0, le=10_000, description="Of gross output, in ten-thousandths; none: as published."
    )


class Totals(Assumable):
    """What each year adds up to."""

    items: list[YearTotals] = Field(min_length=1)


class Industry(Model):
    """A division of industry."""

    industry: DimensionCode
    output: Positive
    drift: Thousandths
    advance: Thousandths


class Industries(Assumable):
    """How industries differ."""

    items: list[Industry] = Field(min_length=1)


class County(Model):
    """A county by the code of today."""

    ref_area: AreaCode
    advance: Thousandths


class Counties(Assumable):
    """How counties differ."""

    items: list[County] = Field(min_length=1)


class Size(Model):
    """A size class."""

    firm_size: DimensionCode
    output: Positive
    advance: Thousandths
    exporters: PerMille


class Sizes(Assumable):
    """How size classes differ."""

    items: list[Size] = Field(min_length=1)


class FieldLevel(Model):
    """A field as a part of another."""

    field: Code
    of: Code
    level: Positive = Field(description="Parts per million.")
    rise: Thousandths
    by_advance: Thousandths
    spread: PerMille
    cap: Positive = Field(description="Parts per million.")


class Levels(Assumable):
    """How high each field is."""

    items: list[FieldLevel] = Field(min_length=1)


class Yearly(Assumable):
    """Variation from year to year."""

    noise: PerMille


class Exports(Assumable):
    """How exports become batches."""

    batch_value: Positive = Field(description="Thousand yuan.")
    most: Positive


class BrandPart(Assumable):
    """How much of a firm's output can be of brand products."""

    part: Positive = Field(description="Parts per million.")


class EnterpriseSettings(Model):
    """`simulate/enterprises.yaml`."""

    threshold: Threshold
    totals: Totals
    industries: Industries
    counties: Counties
    sizes: Sizes
    levels: Levels
    yearly: Yearly
    exports: Exports
    brands: BrandPart

    def level(self, field: str) -> FieldLevel:
        """Return the level of a field."""
        return next(item for item in self.levels.items if item.field == field)


def load_enterprise_settings(path: Path = FILE) -> EnterpriseSettings:
    """Read the assumptions."""
    return load(path, EnterpriseSettings, name=path.name)
