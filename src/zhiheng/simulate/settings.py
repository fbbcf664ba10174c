"""What the simulation assumes, read from `inspections.yaml`: change the assumptions there, not in code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Assumable, Code, Day, Model
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load

FILE = Path(__file__).with_name("inspections.yaml")
Positive = Annotated[int, Field(ge=1)]
Effect = Annotated[
    int,
    Field(ge=-3000, le=3000, description="Thousandths of the batch noise's standard deviation."),
]


class Calibration(Assumable):
    """The published pass rate that the simulated city reproduces."""

    ref_area: AreaCode
    year: int
    pass_rate: int = Field(ge=1, le=99, description="Per cent.")


class Firms(Assumable):
    """How many firms, and how far they differ."""

    number: Positive
    spread: Effect = Field(description="Standard deviation of the firms' own effects.")


class County(Model):
    """A county by the code of today."""

    ref_area: AreaCode
    share: Positive
    effect: Effect


class Counties(Assumable):
    """Where the firms are."""

    items: list[County] = Field(min_length=1)


class AreaChange(Assumable):
    """A county that changed its code."""

    before: AreaCode
    after: AreaCode
    first_day: Day = Field(description="The first day of the new code.")


class Size(Model):
    """A size class of firms."""

    firm_size: DimensionCode
    share: Positive
    draw: Positive = Field(description="How often such a firm is drawn, relatively.")
    effect: Effect
    value_factor: Positive = Field(description="Yuan; a batch is worth this times two numbers up to 100.")


class Sizes(Assumable):
    """How large the firms are."""

    items: list[Size] = Field(min_length=1)


class Industry(Model):
    """A division and what it makes."""

    industry: DimensionCode
    share: Positive
    effect: Effect
    products: list[str] = Field(min_length=1)


class Industries(Assumable):
    """What the firms make."""

    items: list[Industry] = Field(min_length=1)


class Year(Model):
    """A year of sampling."""

    year: int = Field(ge=1900, le=2999)
    batches: Positive
    effect: Effect
    channels: dict[Code, Positive] = Field(description="Relative shares of the channels.")


class Years(Assumable):
    """How much was sampled when."""

    items: list[Year] = Field(min_length=1)


class Channel(Model):
    """Where a sample is drawn."""

    channel: DimensionCode
    effect: Effect


class Channels(Assumable):
    """Where samples are drawn."""

    items: list[Channel] = Field(min_length=1)


class SampleSize(Model):
    """A number of items tested."""

    n_tested: Positive
    share: Positive
    effect: Effect


class Tested(Assumable):
    """How many items of a batch are tested."""

    items: list[SampleSize] = Field(min_length=1)


class More(Model):
    """Items that do not conform, beyond the first."""

    more: int = Field(ge=0)
    share: Positive


class Nonconforming(Assumable):
    """How many items of a nonconforming batch do not conform."""

    items: list[More] = Field(min_length=1)


class Inspectors(Assumable):
    """Who draws the samples."""

    number: Positive


class Settings(Model):
    """`simulate/inspections.yaml`."""

    calibration: Calibration
    firms: Firms
    counties: Counties
    area_change: AreaChange
    sizes: Sizes
    industries: Industries
    years: Years
    channels: Channels
    tested: Tested
    nonconforming: Nonconforming
    inspectors: Inspectors

    def scaled(self, *, batches: int, firms: int | None = None) -> Settings:
        """Return the same assumptions with another number of batches, for trials of any size.

        Parameters
        ----------
        batches : int
            In all; each year keeps its part, and the last year takes what rounding leaves.
        firms : int, optional
            As many as before by default.
        """
        total = sum(year.batches for year in self.years.items)
        counts = [batches * year.batches // total for year in self.years.items]
        counts[-1] += batches - sum(counts)
        years = [
            year.model_copy(update={"batches": count})
            for year, count in zip(self.years.items, counts, strict=True)
        ]
        number = self.firms.number if firms is None else firms
        return self.model_copy(
            update={
                "years": self.years.model_copy(update={"items": years}),
                "firms": self.firms.model_copy(update={"number": number}),
            }
        )


def load_settings(path: Path = FILE) -> Settings:
    """Read the assumptions.

    Raises
    ------
    ZhihengError
        With every mistake of the file.
    """
    return load(path, Settings, name=path.name)
