"""Make the bundled Word templates, src/zhiheng/publish/report_templates/*.docx.

    python packaging/make_report_templates.py

The templates are kept in the repository and are ordinary Word files: open one, change it, and put it
into a city's framework folder as report_template.docx.  Here they are made from nothing, so that
their styles, fields and measures can be read and made again, byte by byte.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from zhiheng.publish.report import word

SOURCE = Path(__file__).parent.parent / "src" / "zhiheng" / "publish"
OUT = SOURCE / "report_templates"
LAYOUT = yaml.safe_load((SOURCE / "report" / "gbt9704.yaml").read_text(encoding="utf-8"))
GB = {name: entry["value"] for name, entry in LAYOUT["measures"].items()}
FONT = {name: entry["name"] for name, entry in LAYOUT["fonts"].items()}
Lang = Literal["zh", "en"]
SONG, HEI, KAI, LATIN = "宋体", "黑体", "楷体", "Times New Roman"
FALLBACK = {
    "方正小标宋简体": "方正小标宋_GBK,华文中宋,宋体,SimSun,Noto Serif CJK SC",
    "仿宋_GB2312": "仿宋,FangSong,华文仿宋,Noto Serif CJK SC",
    "楷体_GB2312": "楷体,KaiTi,华文楷体,Noto Serif CJK SC",
    "宋体": "SimSun,Noto Serif CJK SC,思源宋体",
    "黑体": "SimHei,Noto Sans CJK SC,思源黑体",
    "楷体": "KaiTi,华文楷体,Noto Serif CJK SC",
}
"""What stands in where a machine lacks a font; Word and WPS read these from the file."""
FOOT_ROW_MM = 9
"""How high a line of the circular's foot is."""
LIGHTS = {"Green": "1B7A3D", "Amber": "9A6200", "Red": "B3261E", "Grey": "5F6B76"}
RED = RGBColor(0xE6, 0x00, 0x12)

TEXTS = yaml.safe_load((Path(__file__).parent / "report_templates.yaml").read_text(encoding="utf-8"))
T: dict[Lang, dict[str, str]] = {
    "zh": {key: text["zh"] for key, text in TEXTS.items()},
    "en": {key: text["en"] for key, text in TEXTS.items()},
}


# ---- styles ---------------------------------------------------------------------------------------


def fonts(style: Any, east: str, size: float, *, bold: bool = False, latin: str = LATIN,
          colour: RGBColor | None = None) -> None:  # fmt: skip
    """Give a style its fonts, the East Asian one by name."""
    style.font.name, style.font.size, style.font.bold, style.font.italic = latin, Pt(size), bold, False
    style.font.color.rgb = colour or RGBColor(0, 0, 0)
    found = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        found.attrib.pop(qn(f"w:{theme}"), None)
    found.set(qn("w:eastAsia"), east)
    found.set(qn("w:hAnsi"), latin)
    found.set(qn("w:cs"), latin)


def paragraph_style(document: Any, name: str, base: str = "Normal") -> Any:
    """Return a paragraph style, made where it is not there."""
    styles = document.styles
    if name in [s.name for s in styles]:
        return styles[name]
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles[base]
    return style


def spacing(style: Any, before: float = 0, after: float = 0, line: float = 1.0, **others: Any) -> None:
    """Set a style's spacing: points before and after, lines as a factor."""
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line
    for name, value in others.items():
        setattr(form, name, value)


def first_line(style: Any, characters: float, size: float) -> None:
    """Indent the first line by characters, and by points for programs that know no characters."""
    style.paragraph_format.first_line_indent = Pt(characters * size)
    indent = style.element.get_or_add_pPr().find(qn("w:ind"))
    indent.set(qn("w:firstLineChars"), str(int(characters * 100)))


def new_document(lang: Lang, body: str, size: float, margins: Sequence[float]) -> Any:
    """Return an empty A4 document with the styles that fields use."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(GB["page_width_mm"]), Mm(GB["page_height_mm"])
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, margins)
    normal = document.styles["Normal"]
    fonts(normal, body, size)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(language)
    for name, colour in LIGHTS.items():
        style = document.styles.add_style(f"ZhihengLight{name}", WD_STYLE_TYPE.CHARACTER)
        style.font.color.rgb = RGBColor.from_string(colour)
        shapes = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("ascii", "hAnsi", "eastAsia"):  # the shapes are drawn by the Chinese font everywhere
            shapes.set(qn(f"w:{script}"), SONG)
        shapes.set(qn("w:hint"), "eastAsia")
    small = document.styles.add_style("ZhihengSmall", WD_STYLE_TYPE.CHARACTER)
    small.font.size, small.font.color.rgb = Pt(8), RGBColor(0x51, 0x60, 0x6D)
    flag = document.styles.add_style("ZhihengFlag", WD_STYLE_TYPE.CHARACTER)
    flag.font.superscript = True
    mark = document.styles.add_style("ZhihengMark", WD_STYLE_TYPE.CHARACTER)
    mark.font.color.rgb, mark.font.size = RGBColor(0x97, 0x29, 0x7B), Pt(8)
    fill = document.styles.add_style("ZhihengFill", WD_STYLE_TYPE.CHARACTER)
    fill.element.get_or_add_rPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="FFF3C4"/>'))
    sample_style(document)
    lighten(document)
    font_table(document)
    table_style(document)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.language = "zh-CN" if lang == "zh" else "en-GB"
    return document


def lighten(document: Any) -> None:
    """Take out what the empty document brings and no template uses: its many table styles, a thumbnail."""
    for style in list(document.styles.element.findall(qn("w:style"))):
        if style.get(qn("w:type")) == "table" and style.get(qn("w:styleId")) != "TableNormal":
            document.styles.element.remove(style)
    for owner in (document.part, document.part.package):
        unused = ("thumbnail", "stylesWithEffects", "customXml")
        for key in [k for k, rel in owner.rels.items() if rel.reltype.endswith(unused)]:
            del owner.rels[key]


def font_table(document: Any) -> None:
    """Name what may stand in for each font."""
    form = (
        '<w:font w:name="{}"><w:altName w:val="{}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
    )
    each = "".join(form.format(*names) for names in FALLBACK.items())
    text = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{each}</w:fonts>'
    for part in document.part.package.iter_parts():
        if part.partname.endswith("fontTable.xml"):
            part._blob = text.encode()


def table_style(document: Any) -> None:
    """Add the style of fitted tables: rules above, below and under the head."""
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ZhihengTable">'
            '<w:name w:val="ZhihengTable"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/>'
            '<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:color="14202B"/>'
            '<w:bottom w:val="single" w:sz="8" w:color="14202B"/>'
            '<w:insideH w:val="single" w:sz="4" w:color="D5DCE2"/></w:tblBorders>'
            '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>'
            '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr>'
            '<w:tcBorders><w:bottom w:val="single" w:sz="6" w:color="14202B"/></w:tcBorders>'
            '<w:shd w:val="clear" w:fill="EEF2F5"/></w:tcPr></w:tblStylePr></w:style>'
        )
    )


# ---- pieces ---------------------------------------------------------------------------------------


class Page:
    """A document being written, in one language."""

    def __init__(self, document: Any, lang: Lang) -> None:
        self.document, self.t = document, T[lang]
        self.where: Any = document

    def p(self, text: str = "", style: str | None = None, character: str | None = None) -> Any:
        """Add a paragraph."""
        paragraph = self.where.add_paragraph(style=style)
        if text:
            paragraph.add_run(text, style=character)
        return paragraph

    def each(self, variable: str, group: str, style: str, text: str | None = None) -> None:
        """Add a paragraph for each of a group."""
        self.p(f"{{%p for {variable} in {group} %}}")
        self.p(text or f"{{{{ {variable} }}}}", style)
        self.p("{%p endfor %}")

    def field(self, paragraph: Any, code: str, shown: str, *, dirty: bool = False) -> None:
        """Add a field of Word's with the text that stands there until it is brought up to date."""
        for kind in ("begin", "instr", "separate", "shown", "end"):
            run = paragraph.add_run(shown if kind == "shown" else "")
            if kind == "instr":
                element = OxmlElement("w:instrText")
                element.set(qn("xml:space"), "preserve")
                element.text = f" {code} "
                run._r.append(element)
            elif kind != "shown":
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
                if dirty and kind == "begin":
                    element.set(qn("w:dirty"), "true")
                run._r.append(element)

    def caption(self, kind: str, variable: str) -> None:
        """Add a numbered caption."""
        paragraph = self.p(style="Caption")
        paragraph.paragraph_format.keep_with_next = kind == "table"
        paragraph.add_run(f"{self.t[kind]} ")
        self.field(paragraph, f"SEQ {self.t[kind]} \\* ARABIC", f"{{{{ {variable}.number }}}}")
        paragraph.add_run(f"　{{{{ {variable}.caption }}}}")

    def pictures(self, group: str) -> None:
        """Add every picture of a group with its caption and notes."""
        self.p(f"{{%p for picture in {group} %}}")
        self.p("{{ picture.image }}", "Picture")
        self.caption("figure", "picture")
        self.each("note", "picture.notes", "Note")
        self.p("{%p endfor %}")

    def tables(self, group: str) -> None:
        """Add every table of a group with its caption and notes."""
        self.p(f"{{%p for table in {group} %}}")
        self.caption("table", "table")
        self.table("table")
        self.each("note", "table.notes", "Note")
        self.p("", "Note")
        self.p("{%p endfor %}")

    def table(self, variable: str) -> None:
        """Add one table whose columns and rows come from a field."""
        table = self.where.add_table(rows=4, cols=7)
        finish(table)
        for row, group, name in ((0, f"{variable}.columns", "head"), (2, "row.cells", "cell")):
            tags = (
                f"{{%tc for {name} in {group} %}}", f"{{%tc if {name}.number %}}", f"{{{{ {name}.text }}}}",
                "{%tc else %}", f"{{{{ {name}.text }}}}", "{%tc endif %}", "{%tc endfor %}",
            )  # fmt: skip
            for i, (cell, tag) in enumerate(zip(table.rows[row].cells, tags, strict=True)):
                write(cell, tag, "Table Number" if i == 2 else "Table Text")
        across(table.rows[1], f"{{%tr for row in {variable}.rows %}}")
        across(table.rows[3], "{%tr endfor %}")

    def findings(self, group: str, columns: Sequence[tuple[str, str | None]]) -> None:
        """Add a table of findings: heads by their words, cells by their fields, None to be filled in."""
        table = self.where.add_table(rows=4, cols=len(columns))
        finish(table)
        for i, (head, name) in enumerate(columns):
            write(table.rows[0].cells[i], self.t[head], "Table Text")
            tag = (
                f"{{{{ finding.{name} }}}}" if name else self.t["fill_short" if len(columns) > 4 else "fill"]
            )
            write(table.rows[2].cells[i], tag, "Table Text", None if name else "ZhihengFill")
        across(table.rows[1], f"{{%tr for finding in {group} %}}")
        across(table.rows[3], "{%tr endfor %}")

    def contents(self, headings: Sequence[str]) -> None:
        """Add a table of contents; until Word brings it up to date it lists the chapters."""
        self.p(self.t["contents"], "Contents Title")
        first = self.p(style="TOC 1")
        self.open_field(first, 'TOC \\o "1-2" \\h \\z \\u')
        paragraph = first
        for i, heading in enumerate(headings):
            paragraph = first if i == 0 else self.p(style="TOC 1")
            paragraph.add_run(heading)
            paragraph.add_run("\t")
            self.field(paragraph, f"PAGEREF chapter{i + 1} \\h", "")
        run = paragraph.add_run()
        end = OxmlElement("w:fldChar")
        end.set(qn("w:fldCharType"), "end")
        run._r.append(end)
        self.p(self.t["toc_hint"], "Note")

    def open_field(self, paragraph: Any, code: str) -> None:
        """Begin a field that ends in a later paragraph."""
        for kind in ("begin", "instr", "separate"):
            run = paragraph.add_run()
            element = OxmlElement("w:instrText" if kind == "instr" else "w:fldChar")
            if kind == "instr":
                element.set(qn("xml:space"), "preserve")
                element.text = f" {code} "
            else:
                element.set(qn("w:fldCharType"), kind)
                if kind == "begin":
                    element.set(qn("w:dirty"), "true")
            run._r.append(element)

    def heading(self, text: str, level: int, bookmark: int | None = None) -> Any:
        """Add a heading in Word's own heading style, with a bookmark for the contents."""
        paragraph = self.where.add_paragraph(style=f"Heading {level}")
        if bookmark is not None:
            start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
            start.set(qn("w:id"), str(bookmark))
            start.set(qn("w:name"), f"chapter{bookmark}")
            end.set(qn("w:id"), str(bookmark))
            paragraph._p.append(start)
            paragraph.add_run(text)
            paragraph._p.append(end)
        else:
            paragraph.add_run(text)
        return paragraph


def write(cell: Any, text: str, style: str, character: str | None = None) -> None:
    """Write a cell's only paragraph."""
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    paragraph.add_run(text, style=character)


def across(row: Any, tag: str) -> None:
    """Write a row that only holds a tag."""
    cell = row.cells[0].merge(row.cells[-1])
    write(cell, tag, "Table Text")


def finish(table: Any) -> None:
    """Give a table its style, its repeated head, and rows that stay whole."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblStyle")):
        properties.remove(old)
    style = OxmlElement("w:tblStyle")
    style.set(qn("w:val"), "ZhihengTable")
    properties.insert(0, style)
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        properties.remove(look)
    properties.append(
        parse_xml(f'<w:tblLook {nsdecls("w")} w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
                  'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>')
    )  # fmt: skip
    for i, row in enumerate(table.rows):
        form = row._tr.get_or_add_trPr()
        form.append(OxmlElement("w:cantSplit"))
        if i == 0:
            form.append(OxmlElement("w:tblHeader"))
            for cell in row.cells:  # a head never stands without a row below it
                cell.paragraphs[0].paragraph_format.keep_with_next = True


# ---- the report -----------------------------------------------------------------------------------

CHAPTERS = ("overview", "economy", "qualities", "competitiveness", "satisfaction", "foundations", "others",
            "problems", "causes", "proposals", "tasks", "methods", "annex")  # fmt: skip


def report(lang: Lang) -> Any:
    """Return the template of the annual report."""
    document = new_document(lang, SONG, 12, (25, 25, 22, 27))
    report_styles(document, lang)
    numbered_headings(document, lang)
    page = Page(document, lang)
    cover(page)
    page.contents([page.t[name] for name in CHAPTERS])
    number = {name: i + 1 for i, name in enumerate(CHAPTERS)}
    for name in CHAPTERS:
        heading = page.heading(page.t[name], 1, number[name])
        heading.paragraph_format.page_break_before = name == "overview"
        WRITE.get(name, chapter)(page, name)
    header_and_footer(page)
    return document


def report_styles(document: Any, lang: Lang) -> None:
    """Set the styles of the report."""
    size = 12 if lang == "zh" else 11
    body = paragraph_style(document, "Body Text")
    fonts(body, SONG, size)
    spacing(body, 0, 4 if lang == "zh" else 6, 1.4 if lang == "zh" else 1.15)
    if lang == "zh":
        first_line(body, 2, size)
    for level, (height, before) in {1: (16, 18), 2: (14, 12), 3: (12, 8)}.items():
        style = document.styles[f"Heading {level}"]
        fonts(style, HEI, height, bold=lang == "en", latin="Arial")
        spacing(style, before, 6, 1.2, keep_with_next=True)
    title = document.styles["Title"]
    fonts(title, HEI, 26, bold=True, latin="Arial")
    for border in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(border)
    spacing(title, 150, 24, 1.25, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    for name, points, east in (("Cover", 14, KAI), ("Contents Title", 16, HEI)):
        style = paragraph_style(document, name)
        fonts(style, east, points)
        spacing(style, 6, 6, 1.3, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    caption = document.styles["Caption"]
    fonts(caption, HEI, 10, latin="Arial")
    spacing(caption, 6, 4, 1.1, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    picture = paragraph_style(document, "Picture")
    spacing(picture, 6, 0, 1.0, alignment=WD_ALIGN_PARAGRAPH.CENTER, keep_with_next=True)
    note = paragraph_style(document, "Note")
    fonts(note, KAI, 9.5)
    spacing(note, 2, 4, 1.15)
    table_text(document, 9.5)
    toc = paragraph_style(document, "TOC 1")
    fonts(toc, SONG, 12)
    spacing(toc, 2, 2, 1.3)
    toc.paragraph_format.tab_stops.add_tab_stop(Mm(158), alignment=2, leader=1)
    second = paragraph_style(document, "TOC 2")
    fonts(second, SONG, 11)
    spacing(second, 0, 0, 1.2, left_indent=Pt(24))
    second.paragraph_format.tab_stops.add_tab_stop(Mm(158), alignment=2, leader=1)


def table_text(document: Any, size: float) -> None:
    """Set the styles within tables."""
    for name, alignment in (
        ("Table Text", WD_ALIGN_PARAGRAPH.LEFT),
        ("Table Number", WD_ALIGN_PARAGRAPH.RIGHT),
    ):
        style = paragraph_style(document, name)
        fonts(style, SONG, size)
        spacing(style, 0, 0, 1.05, alignment=alignment)
        free = OxmlElement("w:snapToGrid")
        free.set(qn("w:val"), "0")
        style.element.get_or_add_pPr().append(free)


def numbered_headings(document: Any, lang: Lang) -> None:
    """Give headings Word's own numbering, so that what the office adds is numbered too."""
    kinds = (
        [("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"), ("decimal", "%3. ")]
        if lang == "zh"
        else [("decimal", "%1  "), ("decimal", "%1.%2  "), ("decimal", "%1.%2.%3  ")]
    )
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:pStyle w:val="Heading{i + 1}"/>'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for i, (kind, text) in enumerate(kinds)
    )
    numbering = document.part.numbering_part.element
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90"><w:multiLevelType w:val="multilevel"/>'
        f"{levels}</w:abstractNum>"
    )
    numbering.insert(0, abstract)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for i in range(3):
        form = document.styles[f"Heading {i + 1}"].element.get_or_add_pPr()
        form.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{i}"/><w:numId w:val="90"/></w:numPr>')
        )


def cover(page: Page) -> None:
    """Write the cover."""
    sample(page)
    page.p("{{ title }}", "Title")
    page.p("{{ issuer }}", "Cover")
    page.p(f"{page.t['as_of']} {{{{ as_of }}}}", "Cover")
    page.p("{{ period_note }}", "Note").paragraph_format.space_before = Pt(120)
    page.p("{%p if simulated_note %}")
    page.p("{{ simulated_note }}", "Note")
    page.p("{%p endif %}")
    page.p("{{ made_with }}", "Note")
    page.document.add_page_break()


def sample(page: Page) -> None:
    """Write above the title that the document is an example, or holds simulated figures."""
    page.p("{%p if sample %}")
    page.p("{{ sample }}", "Sample")
    page.p("{%p endif %}")


def sample_style(document: Any) -> None:
    """Set the style of that mark: coloured letters within a frame."""
    style = paragraph_style(document, "Sample")
    fonts(style, HEI, 14, bold=True, latin="Arial", colour=RGBColor(0x97, 0x29, 0x7B))
    spacing(style, 0, 4, 1.0, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="12" w:space="3" w:color="97297B"/>'
        for edge in ("top", "left", "bottom", "right")
    )
    style.element.get_or_add_pPr().append(parse_xml(f"<w:pBdr {nsdecls('w')}>{edges}</w:pBdr>"))


def chapter(page: Page, name: str, level: int = 2) -> None:
    """Write a chapter's text, tables and indicators."""
    page.each("line", f"{name}.text", "Body Text")
    page.tables(f"{name}.tables")
    page.p(f"{{%p for item in {name}.items %}}")
    page.heading("{{ item.name }}", level)
    page.each("line", "item.text", "Body Text")
    page.p("{%p if item.caution %}")
    page.p(f"{page.t['caution']}{{{{ item.caution }}}}", "Note")
    page.p("{%p endif %}")
    page.pictures("item.pictures")
    page.tables("item.tables")
    page.p("{%p endfor %}")


def qualities(page: Page, _name: str) -> None:
    """Write the chapter with a part for each quality."""
    page.p("{%p for quality in qualities %}")
    page.heading("{{ quality.name }}", 2)
    chapter(page, "quality", 3)
    page.p("{%p endfor %}")


def problems(page: Page, _name: str) -> None:
    """Write what is found wrong, with the quality and with the data."""
    columns = [
        ("number", "number"),
        ("indicator", "indicator"),
        ("kind", "kinds"),
        ("fact", "fact"),
        ("who", "responsible"),
    ]
    for group, title in (("problems", "on_quality"), ("gaps", "on_data")):
        page.heading(page.t[title], 2)
        when(page, group, lambda group=group: page.findings(group, columns))


def when(page: Page, group: str, writes: Any) -> None:
    """Write something where there are findings, else say that there are none."""
    page.p(f"{{%p if {group} %}}")
    writes()
    page.p("{%p else %}")
    page.p(page.t["no_findings"], "Body Text")
    page.p("{%p endif %}")


def causes(page: Page, _name: str) -> None:
    """Write facts with places for their causes."""
    columns = [("number", "number"), ("fact", "fact"), ("cause", None)]
    when(page, "problems", lambda: noted(page, "causes_note", columns))


def proposals(page: Page, _name: str) -> None:
    """Write findings with places for proposals."""
    columns = [("number", "number"), ("indicator", "indicator"), ("kind", "kinds"), ("proposal", None)]
    when(page, "problems", lambda: noted(page, "proposals_note", columns))


def noted(page: Page, note: str, columns: Sequence[tuple[str, str | None]]) -> None:
    """Write a table of findings below what is to be filled in."""
    page.p(page.t[note], "Body Text").paragraph_format.keep_with_next = True
    page.findings("problems", columns)


def tasks(page: Page, _name: str) -> None:
    """Write each department's findings with places for what it will do."""
    page.p(page.t["tasks_note"], "Body Text")
    page.p("{%p for department in departments %}")
    page.heading("{{ department.name }}", 2)
    known = [("number", "number"), ("indicator", "indicator"), ("kind", "kinds")]
    page.findings("department.findings", [*known, ("measure", None), ("deadline", None), ("person", None)])
    page.p("{%p endfor %}")


def methods(page: Page, _name: str) -> None:
    """Write the notes on method and the parameters."""
    page.each("note", "methods", "Body Text")
    page.tables("parameters")


def annex(page: Page, _name: str) -> None:
    """Write the annex."""
    page.tables("annex")


WRITE: dict[str, Any] = {
    "qualities": qualities,
    "problems": problems,
    "causes": causes,
    "proposals": proposals,
    "tasks": tasks,
    "methods": methods,
    "annex": annex,
}


def header_and_footer(page: Page) -> None:
    """Write title and page number on every page but the first."""
    section = page.document.sections[0]
    section.different_first_page_header_footer = True
    header = section.header.paragraphs[0]
    header.style = paragraph_style(page.document, "Running Head")
    fonts(header.style, KAI, 9)
    header.alignment = WD_ALIGN_PARAGRAPH.CENTER
    header.add_run("{{ title }}")
    footer = section.footer.paragraphs[0]
    footer.style = header.style
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(page.t["page"])
    page.field(footer, "PAGE", "1")
    footer.add_run(page.t["page_end"])


# ---- the brief ------------------------------------------------------------------------------------


def brief(lang: Lang) -> Any:
    """Return the template of the one-page brief."""
    document = new_document(lang, SONG, 10.5, (15, 18, 12, 18))
    page = Page(document, lang)
    title = document.styles["Title"]
    fonts(title, HEI, 20, bold=True, latin="Arial")
    for border in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(border)
    spacing(title, 0, 2, 1.1, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    heading = document.styles["Heading 1"]
    fonts(heading, HEI, 12, bold=lang == "en", latin="Arial")
    spacing(heading, 6, 3, 1.0, keep_with_next=True)
    body = paragraph_style(document, "Body Text")
    fonts(body, SONG, 10.5)
    spacing(body, 0, 2, 1.1)
    note = paragraph_style(document, "Note")
    fonts(note, KAI, 8.5)
    spacing(note, 1, 0, 1.0)
    table_text(document, 9)
    document.styles["ZhihengSmall"].font.size = Pt(7.5)
    sample(page)
    page.p("{{ title }}", "Title")
    page.p(
        f"{{{{ issuer }}}}　{page.t['as_of']} {{{{ as_of }}}}", "Note"
    ).alignment = WD_ALIGN_PARAGRAPH.CENTER
    page.each("line", "summary", "Body Text")
    page.p("{{ figures.caption }}", "Heading 1")
    page.table("figures")
    page.each("note", "figures.notes", "Note")
    page.p("{%p if changes %}")
    page.p(page.t["changes"], "Heading 1")
    page.each("line", "changes", "Body Text")
    page.p("{%p endif %}")
    page.p("{%p if problems %}")
    page.p(page.t["pressing"], "Heading 1")
    page.findings("problems", [("indicator", "indicator"), ("kind", "kinds"), ("who", "responsible")])
    page.p("{{ more_problems }}", "Note")
    page.p("{%p endif %}")
    page.p("{{ period_note }}", "Note")
    page.p("{%p if simulated_note %}")
    page.p("{{ simulated_note }}", "Note")
    page.p("{%p endif %}")
    return document


# ---- the circular ---------------------------------------------------------------------------------


def circular(lang: Lang) -> Any:
    """Return the template of the circular, in the layout of GB/T 9704."""
    right = GB["page_width_mm"] - GB["margin_left_mm"] - GB["text_width_mm"]
    bottom = GB["page_height_mm"] - GB["margin_top_mm"] - GB["text_height_mm"]
    document = new_document(
        lang, FONT["body"], GB["body_size_pt"], (GB["margin_top_mm"], right, bottom, GB["margin_left_mm"])
    )
    line = Mm(GB["text_height_mm"] / GB["lines_a_page"])
    grid(document, line)
    circular_styles(document, line)
    page = Page(document, lang)
    sample(page)
    page.p("{{ mark }}", "ZhihengRedHead")
    page.p("{{ document_number }}", "Document Number")
    page.p("{{ title }}", "Title")
    page.p(f"{{{{ recipients }}}}{page.t['colon']}", "Recipients")
    page.p("{{ opening }}", "Body Text")
    page.p("{%p for part in parts %}")
    page.p("{{ part.heading }}", "Heading 1")
    page.each("line", "part.text", "Body Text")
    page.p("{%p for table in part.tables %}")
    page.p("{{ table.caption }}", "Caption")
    page.table("table")
    page.p("{%p endfor %}")
    page.p("{%p endfor %}")
    page.p("{{ signature }}", "Signature").paragraph_format.keep_with_next = True
    signed = page.p("{{ signed_on }}", "Signature").paragraph_format
    signed.space_before, signed.space_after, signed.keep_with_next = Pt(0), Pt(14), True
    foot(page)
    page.p(style="End")
    page_numbers(page)
    return document


def grid(document: Any, line: int) -> None:
    """Set so many lines a page, and so many characters a line by drawing them closer together.

    Word also knows a grid of characters, but other programs give a character that is wider than its
    cell two cells.
    """
    pitch = GB["text_width_mm"] / 25.4 * 72 / GB["characters_a_line"]
    element = document.sections[0]._sectPr.find(qn("w:docGrid"))
    element.set(qn("w:type"), "lines")
    element.set(qn("w:linePitch"), str(line // 635))
    closer = OxmlElement("w:spacing")
    closer.set(qn("w:val"), str(math.floor((pitch - GB["body_size_pt"]) * 20)))
    document.styles["Normal"].element.get_or_add_rPr().append(closer)


def circular_styles(document: Any, line: int) -> None:
    """Set the styles of the circular."""
    styles, exact, size = document.styles, WD_LINE_SPACING.EXACTLY, GB["body_size_pt"]
    points = line / 12700

    def exactly(style: Any, before: float = 0, **others: Any) -> None:
        spacing(style, before * points, 0, Pt(points), **others)
        style.paragraph_format.line_spacing_rule = exact

    exactly(styles["Normal"])
    head = paragraph_style(document, "ZhihengRedHead")
    fonts(head, FONT["mark"], GB["mark_size_pt"], colour=RED)
    spacing(head, GB["mark_from_text_top_mm"] / 25.4 * 72, 0, 1.0, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    number = paragraph_style(document, "Document Number")
    exactly(number, GB["mark_to_number_lines"], alignment=WD_ALIGN_PARAGRAPH.CENTER)
    number.element.get_or_add_pPr().append(
        parse_xml(f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="{int(GB["red_rule_pt"] * 8)}" '
                  f'w:space="{round(GB["number_to_rule_mm"] / 25.4 * 72)}" w:color="E60012"/></w:pBdr>')
    )  # fmt: skip
    title = styles["Title"]
    fonts(title, FONT["title"], GB["title_size_pt"])
    for border in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(border)
    spacing(title, GB["rule_to_title_lines"] * points, 0, 1.2, alignment=WD_ALIGN_PARAGRAPH.CENTER)
    exactly(paragraph_style(document, "Recipients"), GB["title_to_recipients_lines"])
    body = paragraph_style(document, "Body Text")
    fonts(body, FONT["body"], size)
    exactly(body, alignment=WD_ALIGN_PARAGRAPH.JUSTIFY)
    first_line(body, GB["first_line_characters"], size)
    for level, font in ((1, FONT["heading_1"]), (2, FONT["heading_2"])):
        style = styles[f"Heading {level}"]
        fonts(style, font, size)
        exactly(style, keep_with_next=True)
        first_line(style, GB["first_line_characters"], size)
    caption = styles["Caption"]
    fonts(caption, FONT["heading_1"], 12)
    spacing(caption, 6, 4, 1.1, alignment=WD_ALIGN_PARAGRAPH.CENTER, keep_with_next=True)
    table_text(document, 10.5)
    signature = paragraph_style(document, "Signature")
    exactly(signature, GB["text_to_signature_lines"], alignment=WD_ALIGN_PARAGRAPH.RIGHT,
            right_indent=Pt(GB["signature_from_right_characters"] * size))  # fmt: skip
    end = paragraph_style(document, "End")
    fonts(end, FONT["body"], 1)
    spacing(end, 0, 0, Pt(1))
    copies = paragraph_style(document, "Foot")
    fonts(copies, FONT["body"], GB["foot_size_pt"])
    indent = Pt(GB["foot_indent_characters"] * GB["foot_size_pt"])
    spacing(copies, 2, 2, 1.1, left_indent=indent, right_indent=indent, keep_with_next=True)


def foot(page: Page) -> None:
    """Write the foot at the bottom of the last page: copies, who prints it, when.

    It is a table in a fixed place of the page on which the empty paragraph after it stands, the last
    one.  A program that knows no such tables puts it below the date.
    """
    table = page.document.add_table(rows=2, cols=1)
    thick, thin = (round(GB[f"foot_{kind}_rule_mm"] / 25.4 * 72 * 8) for kind in ("thick", "thin"))
    row = Mm(FOOT_ROW_MM)
    top = Mm(GB["margin_top_mm"] + GB["text_height_mm"]) - 2 * row
    properties = table._tbl.tblPr
    for name in ("tblW", "tblStyle", "tblLook"):
        for old in properties.findall(qn(f"w:{name}")):
            properties.remove(old)
    for xml in (
        f'<w:tblpPr {{}} w:vertAnchor="page" w:horzAnchor="margin" w:tblpX="0" w:tblpY="{top // 635}"/>',
        f'<w:tblW {{}} w:w="{Mm(GB["text_width_mm"]) // 635}" w:type="dxa"/>',
        f'<w:tblBorders {{}}><w:top w:val="single" w:sz="{thick}" w:color="000000"/>'
        f'<w:bottom w:val="single" w:sz="{thick}" w:color="000000"/>'
        f'<w:insideH w:val="single" w:sz="{thin}" w:color="000000"/></w:tblBorders>',
    ):
        properties.append(parse_xml(xml.format(nsdecls("w"))))
    table.autofit = False
    table.columns[0].width = Mm(GB["text_width_mm"])
    for place in table.rows:
        place.height = row
        place._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    write(table.rows[0].cells[0], f"{page.t['copies']}{{{{ copies }}}}", "Foot")
    write(table.rows[1].cells[0], "{{ printed_by }}", "Foot")
    last = table.rows[1].cells[0].paragraphs[0]
    indent = Pt(GB["foot_indent_characters"] * GB["foot_size_pt"])
    last.paragraph_format.tab_stops.add_tab_stop(Mm(GB["text_width_mm"]) - 2 * indent, alignment=2)
    last.add_run(f"\t{{{{ printed_on }}}}{page.t['printed']}")


def page_numbers(page: Page) -> None:
    """Write page numbers between dashes: to the right on odd pages, to the left on even ones."""
    document, section = page.document, page.document.sections[0]
    below = (
        GB["page_height_mm"] - GB["margin_top_mm"] - GB["text_height_mm"] - GB["page_number_below_text_mm"]
    )
    section.footer_distance = Mm(below) - Pt(GB["page_number_size_pt"])
    document.settings.odd_and_even_pages_header_footer = True
    style = paragraph_style(document, "Page Number Line")
    fonts(style, FONT["page_number"], GB["page_number_size_pt"], latin=FONT["page_number"])
    indent = Pt(GB["page_number_indent_characters"] * GB["page_number_size_pt"])
    spacing(style, 0, 0, 1.0, left_indent=indent, right_indent=indent)
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
    for footer, alignment in sides:
        paragraph = footer.paragraphs[0]
        paragraph.style, paragraph.alignment = style, alignment
        paragraph.add_run("— ")
        page.field(paragraph, "PAGE", "1")
        paragraph.add_run(" —")


MAKERS = {"report": report, "brief": brief, "circular": circular}


ORDER = {
    "pPr": """pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr
        shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi
        adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection
        textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange""",
    "rPr": """rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof
        snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText
        vertAlign rtl cs em lang eastAsianLayout specVanish oMath""",
    "tblPr": """tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc
        tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription""",
}
"""In which order ECMA-376 (part 1, 17.3 and 17.4) wants properties; Word refuses some other orders."""


def in_order(document: Any) -> None:
    """Put the properties of paragraphs, runs and tables into the order that the standard wants."""
    section = document.sections[0]
    roots = [document.element, document.styles.element, section.header._element, section.footer._element]
    for root in roots:
        for name, order in ORDER.items():
            places = {qn(f"w:{child}"): i for i, child in enumerate(order.split())}
            for element in root.iter(qn(f"w:{name}")):
                element[:] = sorted(element, key=lambda child, places=places: places[child.tag])


def made(name: str, lang: Lang) -> bytes:
    """Return one template's bytes."""
    stream = io.BytesIO()
    document = MAKERS[name](lang)
    in_order(document)
    document.core_properties.title = "{{ title }}"
    document.save(stream)
    return word.packed(stream.getvalue())


def main() -> None:
    """Write every template."""
    OUT.mkdir(exist_ok=True)
    for name in MAKERS:
        for lang in T:
            (OUT / f"{name}_{lang}.docx").write_bytes(made(name, lang))


if __name__ == "__main__":
    main()
