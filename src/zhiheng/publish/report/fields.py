"""Everything that a template of a Word document may name, with its meaning.

A document's fields are one of the dataclasses `Report`, `Brief` and `Circular`.  A template's names
are held against these types before anything is filled in (`template`), and the page
docs/reference/report-fields.md is written from them.  To let templates say something new, add a
field here and fill it in `annual`, `brief` or `circular`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one character style; a new line begins after it where `ends_line`."""

    text: str
    style: str | None = None
    ends_line: bool = False


@dataclass(frozen=True, slots=True)
class Rich:
    """Text in several styles, for one place of a paragraph."""

    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The text without its styles, a space between lines."""
        return "".join(span.text + (" " if span.ends_line else "") for span in self.spans).strip()


@dataclass(frozen=True, slots=True)
class Image:
    """A picture and what it shows in words."""

    png: bytes
    alt: str
    width_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """表头的一格 · The head of a column."""

    text: Annotated[Rich, "表头 · What the column is called."]
    number: Annotated[bool, "这一列是不是数 · Whether the column holds numbers."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """表格的一格 · One cell."""

    text: Annotated[Rich, "内容 · What stands in it."]
    number: Annotated[bool, "是不是数 · Whether it is a number."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """表格的一行 · One row."""

    cells: Annotated[list[Cell], "各格，与 `columns` 一一对应 · Its cells, one for each column."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """一张表 · A table."""

    number: Annotated[int, "表的编号，全文连续 · Its number, through the whole document."]
    caption: Annotated[str, "表题 · Its caption."]
    columns: Annotated[list[Head], "表头 · The heads of its columns."]
    rows: Annotated[list[Row], "各行 · Its rows."]
    notes: Annotated[list[str], "表下的说明 · What stands below it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """一幅图 · A picture."""

    number: Annotated[int, "图的编号，全文连续 · Its number, through the whole document."]
    caption: Annotated[str, "图题 · Its caption."]
    image: Annotated[Image, "图本身 · The picture itself."]
    notes: Annotated[list[str], "图下的说明 · What stands below it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """一个指标 · One indicator in a chapter."""

    name: Annotated[str, "指标名称 · The indicator's name."]
    text: Annotated[list[str], "关于它的话，一条一段 · What is said of it, a paragraph each."]
    caution: Annotated[str, "比较之前须知；可能为空 · What to know before comparing; may be empty."]
    pictures: Annotated[list[Picture], "图 · Its pictures."]
    tables: Annotated[list[Table], "表 · Its tables."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """一章或一节 · A chapter, or a part of one."""

    name: Annotated[str, "名称 · What it is called."]
    text: Annotated[list[str], "开头的话，一条一段 · What it begins with, a paragraph each."]
    tables: Annotated[list[Table], "表 · Its tables."]
    items: Annotated[list[Item], "各指标 · Its indicators."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """一个问题 · One finding: what is wrong with a figure or with the data, and nothing more."""

    number: Annotated[int, "编号 · Its number."]
    indicator: Annotated[str, "指标名称 · The indicator."]
    kinds: Annotated[str, "是什么问题 · What is wrong, in a few words."]
    fact: Annotated[str, "数据说了什么 · What the figures say."]
    responsible: Annotated[str, "负责单位 · Who answers for it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """一个单位和它的问题 · A department and the findings it answers for."""

    name: Annotated[str, "单位名称 · Its name."]
    findings: Annotated[list[Finding], "归它的问题 · Its findings."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """每份文件都有的 · What every document has."""

    city: Annotated[str, "城市名称 · The city's name."]
    year: Annotated[str, "报告的年份，如“2024年” · The year reported on."]
    title: Annotated[str, "标题 · The document's title."]
    issuer: Annotated[str, "编制单位 · Who writes it."]
    as_of: Annotated[str, "收录截至哪一天 · The last day of release of what is included."]
    made_with: Annotated[str, "用什么编制 · What it was made with."]
    period_note: Annotated[str, "各数所属时期的说明 · What is said of the periods of the figures."]
    sample: Annotated[
        str, "示例或含模拟数据的标明，否则为空 · The mark of an example or of simulated figures; else empty."
    ]
    simulated_note: Annotated[
        str, "有模拟数时的提醒，否则为空 · The warning where figures are simulated; else empty."
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Document):
    """质量状况分析报告 · The annual quality analysis report."""

    overview: Annotated[Chapter, "总体情况，带灯 · The overview, with lights."]
    economy: Annotated[Chapter, "经济概况 · The economy."]
    qualities: Annotated[list[Chapter], "各方面质量，一个一节 · The qualities, a part each."]
    competitiveness: Annotated[Chapter, "质量竞争力 · Quality competitiveness."]
    satisfaction: Annotated[Chapter, "满意度 · Satisfaction."]
    foundations: Annotated[Chapter, "质量基础 · Foundations."]
    others: Annotated[Chapter, "其余指标 · What belongs to no other chapter."]
    problems: Annotated[list[Finding], "状况方面的问题 · Findings on quality."]
    gaps: Annotated[list[Finding], "数据方面的问题 · Findings on the data."]
    departments: Annotated[list[Department], "按负责单位排的问题 · Findings by department."]
    methods: Annotated[list[str], "方法说明，一条一段 · Notes on method, a paragraph each."]
    parameters: Annotated[list[Table], "用到的参数 · The parameters used."]
    annex: Annotated[list[Table], "数据附表 · The annex of data."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(Document):
    """一页简报 · The one-page brief."""

    summary: Annotated[list[str], "概述，一条一段 · The summary, a paragraph each."]
    figures: Annotated[Table, "主要指标 · The main figures."]
    changes: Annotated[list[str], "看得清的升降，一条一段 · Clear changes, a paragraph each."]
    problems: Annotated[list[Finding], "最要紧的问题 · The most pressing findings."]
    more_problems: Annotated[str, "没有列出的问题有多少；可能为空 · How many more there are; may be empty."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """通报的一部分 · A part of the circular."""

    heading: Annotated[str, "标题，带序号 · Its heading, numbered."]
    text: Annotated[list[str], "正文，一条一段 · What it says, a paragraph each."]
    tables: Annotated[list[Table], "表 · Its tables."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circular(Document):
    """通报，照 GB/T 9704 · The circular, in the layout of GB/T 9704."""

    mark: Annotated[str, "发文机关标志 · The issuing body's name, in red."]
    document_number: Annotated[str, "发文字号 · The document's number."]
    recipients: Annotated[str, "主送机关 · Who it is sent to."]
    opening: Annotated[str, "开头一段 · The opening paragraph."]
    parts: Annotated[list[Part], "各部分 · Its parts."]
    signature: Annotated[str, "发文机关署名 · Signature."]
    signed_on: Annotated[str, "成文日期 · The day it is signed."]
    copies: Annotated[str, "抄送 · Copies."]
    printed_by: Annotated[str, "印发机关 · Who prints it."]
    printed_on: Annotated[str, "印发日期 · When it is printed."]


DOCUMENTS: dict[str, type[Document]] = {"report": Report, "brief": Brief, "circular": Circular}
"""The documents by the name of their template."""
