"""What the Word documents speak of and who sends them: `framework/report.yaml`, which a city may leave out.

Without it, or without one of its keys, a chapter speaks of the theme that has the chapter's name,
and what only the office can know stays a marked place for the office to fill in.
"""

from __future__ import annotations

from pydantic import Field

from zhiheng.framework.areas import YearText
from zhiheng.framework.base import Code, Flag, Model, Text

CHAPTERS = ("economy", "competitiveness", "satisfaction", "foundations")
"""Chapters that are no quality: `report.yaml` may say what each of them speaks of."""


class Chapter(Model):
    """What a chapter of the report speaks of."""

    themes: list[Code] = Field(
        default_factory=list, description="这些分组的指标 · Every indicator of these themes."
    )
    indicators: list[Code] = Field(default_factory=list, description="另外的指标 · Further indicators.")


class CircularHead(Model):
    """The head and foot of the circular; what is left out is marked for the office to fill in."""

    mark: Text | None = Field(
        default=None, description="发文机关标志，红头大字 · The issuing body's name in large red letters."
    )
    number: str | None = Field(
        default=None, description="发文字号，由办公室编 · The document's number, given by the office."
    )
    recipients: Text | None = Field(default=None, description="主送机关 · Who it is sent to.")
    signature: Text | None = Field(default=None, description="发文机关署名 · The issuing body's signature.")
    simulated: Flag = Field(
        default=False,
        description="通报里是否也写模拟的数；不写就不写模拟的数"
        " · Whether the circular speaks of simulated figures too; by default it does not.",
    )
    copies: Text | None = Field(default=None, description="抄送机关 · Who gets a copy.")
    printed_by: Text | None = Field(default=None, description="印发机关 · The body that prints it.")


class ReportFile(Model):
    """`framework/report.yaml`; every key may be left out."""

    year: YearText | None = Field(
        default=None,
        description="报告的年份；不写就取本市有数的最近一年"
        " · The year reported on; without it, the latest for which the city has a figure.",
    )
    sample: Flag = Field(
        default=False,
        description="是不是示例；是就在文件首页标明"
        " · Whether this city is an example, which the first page of every document then says.",
    )
    issuer: Code | None = Field(
        default=None,
        description="编制单位；不写就是第一个质量强市办"
        " · The organisation that writes it; without it, the first quality office.",
    )
    economy: Chapter | None = Field(default=None, description="经济概况一章 · The chapter on the economy.")
    competitiveness: Chapter | None = Field(
        default=None, description="质量竞争力一章 · The chapter on quality competitiveness."
    )
    satisfaction: Chapter | None = Field(
        default=None, description="满意度一章 · The chapter on satisfaction."
    )
    foundations: Chapter | None = Field(
        default=None,
        description="质量基础（计量、标准、检验检测、品牌）一章"
        " · The chapter on metrology, standards, testing and brands.",
    )
    brief: list[Code] = Field(
        default_factory=list,
        description="一页简报列哪些指标；不写就取有目标的"
        " · The indicators of the one-page brief; without it, those with a target.",
    )
    circular: CircularHead = Field(
        default=CircularHead(), description="通报的版头和版记 · The head and foot of the circular."
    )

    def chapter(self, name: str) -> Chapter:
        """Return what a chapter of `CHAPTERS` speaks of: as written, or the theme of its name."""
        written: Chapter | None = getattr(self, name)
        return written or Chapter(themes=[name])
