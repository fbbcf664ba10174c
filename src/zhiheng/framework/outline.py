"""The outline of what is published: the qualities, indices, pillar industries, registers and the map.

`framework/outline.yaml` says what the site and the reports are made of, so that another city, or
the same one after the next reform, changes a file and no code.  Which qualities there are, and
which industries are pillars, was decided at some time by somebody: both are dated sets.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping

from pydantic import Field, model_validator

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Assumable, Code, Dated, Model, RuleError, Text
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.indicators import Indicator


class Quality(Model):
    """One of the qualities that a city reports on, and the indicators that speak of it."""

    quality: Code = Field(description="代码，也是网页的文件名 · Its code; the name of its page.")
    name: Text = Field(description="名称 · What it is called.")
    lead: Text | None = Field(
        default=None, description="网页开头的一句话 · The sentence that its page begins with."
    )
    themes: list[Code] = Field(
        default_factory=list, description="这些分组的指标都归它 · Every indicator of these themes."
    )
    indicators: list[Code] = Field(default_factory=list, description="另外归它的指标 · Further indicators.")

    def members(self, indicators: Mapping[str, Indicator]) -> list[str]:
        """Return the codes of its indicators, in the order of the city's."""
        return [c for c, i in indicators.items() if i.theme in self.themes or c in self.indicators]


class QualitySet(Assumable, Dated):
    """The qualities of one time, and which document names them."""

    name: Text = Field(description="合起来叫什么，如“四大质量” · What they are called together.")
    qualities: list[Quality] = Field(
        min_length=1, description="各方面质量，按显示顺序 · The qualities, in the order of their pages."
    )


class Flagship(Model):
    """A flagship product and the indicators that count it."""

    name: Text = Field(description="产品名称 · What the product is called.")
    indicators: list[Code] = Field(
        min_length=1, description="说明它的指标 · The indicators that speak of it."
    )


class Pillar(Model):
    """A pillar industry: the industries it is made of and its flagship products."""

    pillar: Code = Field(description="代码 · Its code.")
    name: Text = Field(description="名称 · What it is called.")
    industries: list[DimensionCode] = Field(
        default_factory=list,
        description="包括哪些行业代码；各版国家标准的代码都可以列"
        " · The industry codes it covers, of any edition of the standard.",
    )
    flagships: list[Flagship] = Field(default_factory=list, description="拳头产品 · Its flagship products.")


class PillarSet(Assumable, Dated):
    """The pillar industries of one time, and which document names them."""

    dimension: Code = Field(
        default="industry", description="行业是哪个维度 · The dimension that industries are codes of."
    )
    pillars: list[Pillar] = Field(min_length=1, description="支柱产业 · The pillar industries.")
    flagships: list[Flagship] = Field(
        default_factory=list, description="支柱产业以外的拳头产品 · Flagship products of other industries."
    )


class GradeEdition(Assumable, Dated):
    """The limits of the grades of an index, as one edition drew them."""

    edition: Code = Field(description="代码 · Its code.")
    name: Text = Field(description="哪一版 · What it is called.")
    areas: list[AreaCode] = Field(
        default_factory=list,
        description="只用于这些地区及其下级；不写则不限"
        " · Only for these areas and what is in them; none: all.",
    )
    limits: list[float] = Field(
        min_length=1,
        description="各档的下限，由小到大；含下限，不含上限"
        " · Lower limits of the bands, ascending; a band holds its lower limit and not its upper.",
    )

    @model_validator(mode="after")
    def _ascending(self) -> GradeEdition:
        if any(low >= high for low, high in itertools.pairwise(self.limits)):
            raise RuleError(rule="grade_limits_order", found=", ".join(f"{x:g}" for x in self.limits))
        return self

    def band(self, value: float) -> tuple[float | None, float | None]:
        """Return the limits that a value lies between, the lower one included; None where there is none."""
        below = [limit for limit in self.limits if limit <= value]
        above = [limit for limit in self.limits if limit > value]
        return (below[-1] if below else None, above[0] if above else None)


class IndexOutline(Model):
    """A composite index with a page of its own."""

    indicator: Code = Field(description="指数是哪个指标 · The indicator that is the index.")
    title: Text = Field(description="导航里的简称 · Its short name, for the navigation.")
    lead: Text | None = Field(
        default=None, description="网页开头的一句话 · The sentence that its page begins with."
    )
    scores: Code | None = Field(
        default=None, description="各组成部分得分在哪个指标下 · The indicator with its components' scores."
    )
    score_changes: Code | None = Field(
        default=None, description="得分增减在哪个指标下 · The indicator with the changes of these scores."
    )
    component: Code | None = Field(
        default=None, description="组成部分是哪个维度 · The dimension whose codes are its components."
    )
    statistics: list[Code] = Field(
        default_factory=list, description="合成指数的统计指标 · The statistics that it is made of."
    )
    grades: list[GradeEdition] = Field(
        default_factory=list,
        description="公布值的等级，各版并列 · The grades of published values, by edition.",
    )


class ValueName(Model):
    """What a value that a contract lists as text is called, where people read it."""

    value: str = Field(description="契约里写的值 · The value as the contract has it.")
    name: Text = Field(description="读者看到的名称 · What readers see.")


class Register(Model):
    """A table whose rows are shown: a page, and downloads with every row."""

    contract: Code = Field(description="哪个契约的记录 · The contract whose records are listed.")
    title: Text = Field(description="名录的标题 · What the register is called.")
    fields: list[Code] = Field(
        min_length=1,
        description="显示哪些字段，按此顺序；个人信息不能列"
        " · The fields that are shown, in this order; none may be personal.",
    )
    names: list[ValueName] = Field(
        default_factory=list,
        description="枚举的值叫什么，各字段共用 · What listed values are called, in any of its fields.",
    )
    filters: list[Code] = Field(
        default_factory=list, description="可以按哪些字段筛选 · Fields that readers can choose by."
    )


class Tile(Model):
    """Where an area stands on the map of equal tiles."""

    ref_area: AreaCode = Field(description="地区 · The area.")
    row: int = Field(ge=1, le=12, description="第几行，北起 · Its row, from the north.")
    column: int = Field(ge=1, le=12, description="第几列，西起 · Its column, from the west.")


class OutlineFile(Model):
    """`framework/outline.yaml`; without it a city has an overview, indicators, methods and data."""

    qualities: list[QualitySet] = Field(
        default_factory=list, description="各方面质量，按时段 · The qualities; no two sets hold on one day."
    )
    pillars: list[PillarSet] = Field(
        default_factory=list,
        description="支柱产业，按时段 · The pillar industries; no two sets hold on one day.",
    )
    indices: list[IndexOutline] = Field(
        default_factory=list, description="自成一页的指数 · Indices with pages of their own."
    )
    registers: list[Register] = Field(default_factory=list, description="公开的名录 · The registers shown.")
    tiles: list[Tile] = Field(
        default_factory=list,
        description="方块地图：各县区一格，不写就没有地图"
        " · The map of tiles, one for each county; none: no map.",
    )

    @model_validator(mode="after")
    def _one_set_a_day(self) -> OutlineFile:
        for name in ("qualities", "pillars"):
            ordered = sorted(getattr(self, name), key=lambda s: s.valid_from or dt.date.min)
            for earlier, later in itertools.pairwise(ordered):
                if earlier.valid_to is None or (later.valid_from or dt.date.min) <= earlier.valid_to:
                    raise RuleError(rule="values_overlap", found=name, day=later.valid_from or "-")
        return self

    def qualities_on(self, day: dt.date) -> QualitySet | None:
        """Return the set of qualities that is reported on as of a day, if there is one."""
        return next((dated for dated in self.qualities if dated.holds_on(day)), None)

    def pillars_on(self, day: dt.date) -> PillarSet | None:
        """Return the pillar industries as of a day, if there are any."""
        return next((dated for dated in self.pillars if dated.holds_on(day)), None)
