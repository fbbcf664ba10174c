"""The documents of the bundled city: outline, numbers, styles, layout, bytes, and how they look on paper."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docx import Document
from docx.oxml.ns import qn

from tests.needs import unavailable
from zhiheng.explain import Explainer
from zhiheng.framework.city import load
from zhiheng.publish import tables as on_pages
from zhiheng.publish.report import documents, pictures, template, widths
from zhiheng.publish.report.desk import Desk, report_year, up_to
from zhiheng.publish.report.fields import DOCUMENTS
from zhiheng.publish.report.narrative import FILE
from zhiheng.publish.report.tables import Numbering, from_page
from zhiheng.publish.words import Words

ROOT = Path(__file__).parents[3]
NAMES = [f"{name}_{lang}.docx" for name in DOCUMENTS for lang in ("zh", "en")]
CHINESE = re.compile("[\u3400-\u9fff]")


def script(name: str) -> Any:
    """A program of `packaging`, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "packaging" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reports(demo: Path) -> Path:
    return demo / "5_published" / "report"


@pytest.fixture(scope="module")
def opened(reports: Path) -> dict[str, Any]:
    return {name: Document(str(reports / name)) for name in NAMES}


def everything(document: Any) -> Iterator[Any]:
    """Every paragraph, those of tables too."""
    yield from document.paragraphs
    for table in document.tables:
        for cell in table._cells:
            yield from cell.paragraphs


def text_of(document: Any) -> str:
    return "\n".join(p.text for p in everything(document))


# ---- what they say ----------------------------------------------------------------------------------


def test_every_document_is_made_in_every_language(reports):
    assert sorted(p.name for p in reports.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_tag_is_left(opened, name):
    assert not re.search(r"{[{%]|[%}]}", text_of(opened[name]))


def test_the_report_has_the_outline_in_words_own_heading_styles(opened):
    headings = [p.text for p in opened["report_zh.docx"].paragraphs if p.style.name == "Heading 1"]
    assert " ".join(headings) == (
        "总体情况 经济概况 各方面质量状况 制造业质量竞争力 满意度 质量基础与品牌 其他指标 "
        "存在的问题 原因分析 对策建议 任务分工 方法说明 数据附表"
    )
    parts = [p.text for p in opened["report_zh.docx"].paragraphs if p.style.name == "Heading 2"]
    assert parts[2:6] == ["产品质量", "工程质量", "服务质量", "环境质量"]


@pytest.mark.parametrize("name", NAMES)
def test_an_english_document_is_in_english_but_for_names_of_sources(opened, name):
    chinese = [p.text for p in opened[name].paragraphs if CHINESE.search(p.text)]
    if name.endswith("_en.docx"):
        assert [t for t in chinese if "published values disagree" not in t and "Sources:" not in t] == []
    else:
        assert len(chinese) > 5


def test_figures_are_said_as_they_are(opened):
    text = text_of(opened["report_zh.docx"])
    for sentence in (
        "2024年柳州制造业质量竞争力指数为86.05。比2023年（推算）上升约0.45。",
        "2017年柳州生产性服务业顾客满意度有2个公布值，彼此不同：85.71",
        "上汽通用五菱年销量超过200万辆（公布，期次为推断）",
        "93.0%（模拟，不是实测；误差范围",
    ):
        assert sentence in text


def test_simulated_figures_are_labelled_wherever_they_stand(opened):
    for name in NAMES:
        if name.startswith("report"):
            assert re.search("模拟|simulated", text_of(opened[name])), name
            first = next(p for p in opened[name].paragraphs if p.text)
            assert first.text in ("示例 · 含模拟数据", "Sample · with simulated figures")
    tables = [
        t for t in opened["report_zh.docx"].tables if "城中区" in t._cells[2].text or "城中区" in text(t)
    ]
    assert tables
    captions = [p.text for p in opened["report_zh.docx"].paragraphs if p.style.name == "Caption"]
    assert all("模拟" in c for c in captions if "县区" in c)


def text(table: Any) -> str:
    return "\n".join(cell.text for cell in table._cells)


def test_a_missing_figure_is_a_dash_and_the_table_says_why(figure):
    words = Words("zh", FILE)
    gone = figure("2015", None, status="记录太少，不显示")
    known = figure("2015", 1.0)
    rows = [
        on_pages.Row(cells=[on_pages.Cell(text=name), *(on_pages.Cell(figures=(f,)) for f in figures)])
        for name, figures in (
            ("甲", (gone, known, gone)), ("乙", (known, gone, gone)), ("丙", (gone, gone, gone)),
        )
    ]  # fmt: skip
    columns = [on_pages.Column(label="县区"),
               *(on_pages.Column(label=y, numeric=True) for y in ("2015年", "2016年", "2017年"))]  # fmt: skip
    source = on_pages.Table(name="x", caption="甲", columns=columns, rows=rows)
    table = from_page(Numbering(), words, source)
    assert table is not None
    assert [head.text.text for head in table.columns] == ["县区", "2015年", "2016年"]
    assert [row.cells[0].text.text for row in table.rows] == ["甲", "乙"], "what has no value is left out"
    assert from_page(Numbering(), words, dataclasses.replace(source, rows=rows[2:])) is None
    assert table.rows[0].cells[1].text.text == "—"
    assert table.notes == ["标记：—＝记录太少，不显示。"]


def test_no_cause_and_no_measure_is_made_up(opened):
    """The places for causes, proposals and tasks are empty, and marked."""
    for lang, mark in (("zh", "〔待填〕"), ("en", "[fill in]")):
        tasks = [t for t in opened[f"report_{lang}.docx"].tables if mark in text(t)]
        assert tasks
        for table in tasks:
            for row in table.rows[1:]:
                assert [cell.text for cell in row.cells[3:]] == [mark] * 3
                assert row.cells[3].paragraphs[0].runs[-1].style.name == "ZhihengFill"


def test_tables_and_figures_are_numbered_without_a_gap(opened):
    for lang, kinds in (("zh", "图表"), ("en", ("Figure", "Table"))):
        captions = [p.text for p in opened[f"report_{lang}.docx"].paragraphs if p.style.name == "Caption"]
        for kind in kinds:
            numbers = [int(c.split()[1].split("　")[0]) for c in captions if c.startswith(f"{kind} ")]
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) > 5


def test_the_year_is_the_latest_with_a_figure_or_the_one_that_is_written(demo):
    city = load(demo)
    figures = Explainer(city, [], demo / "3_reduced", demo / "4_computed").figures
    assert report_year(city, figures) == "2024"
    written = city.report.model_copy(update={"year": "2015"})
    earlier = dataclasses.replace(city, report=written)
    assert report_year(earlier, figures) == "2015"
    explainer = Explainer(earlier, [], demo / "3_reduced", demo / "4_computed")
    desk = Desk(earlier, up_to(figures, "2015"), "2015", "zh", explainer)
    [qci] = desk.lines_of(["qci"])
    assert qci.time_period == "2015"
    assert qci.target is not None, "targets stay, whenever they are due"


def test_a_city_without_figures_of_its_own_gets_no_documents(demo, tmp_path):
    city = load(demo)
    explainer = Explainer(city, [], demo / "3_reduced", demo / "4_computed")
    import polars as pl

    others = explainer.figures.filter(pl.col("ref_area") != city.settings.ref_area)
    assert documents.build(city, others, explainer, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


# ---- how they are made ------------------------------------------------------------------------------


def test_every_picture_says_in_words_what_it_shows(opened):
    for name in ("report_zh.docx", "report_en.docx"):
        pictures = opened[name].element.body.findall(f".//{qn('wp:docPr')}")
        assert len(pictures) >= 5
        assert all(p.get("descr") for p in pictures)
        assert len({p.get("id") for p in pictures}) == len(pictures)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_repeats_its_head_and_keeps_its_rows_whole(opened, name):
    for table in opened[name].tables:
        style = table._tbl.tblPr.find(qn("w:tblStyle"))
        if style is not None and style.get(qn("w:val")) == widths.TABLE:
            assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
            assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
            section = opened[name].sections[0]
            room = (section.page_width - section.left_margin - section.right_margin) // widths.TWIP
            wide = sum(int(c.get(qn("w:w"))) for c in table._tbl.tblGrid)
            assert room - len(table.columns) <= wide <= room


@pytest.mark.parametrize("name", NAMES)
def test_chinese_fonts_are_named_for_chinese_text(opened, name):
    styles = opened[name].styles
    used = {p.style.name for p in everything(opened[name])} - {"Normal"}
    for style in used:
        found = styles[style].element.find(f".//{qn('w:rFonts')}")
        if found is not None:
            assert CHINESE.search(found.get(qn("w:eastAsia")) or ""), style


def test_properties_stand_in_the_order_of_the_standard():
    """Word refuses a file whose properties are in some other orders."""
    order = {name: text.split() for name, text in script("make_report_templates").ORDER.items()}
    for path in sorted((ROOT / "src/zhiheng/publish/report_templates").glob("*.docx")):
        document = Document(str(path))
        for root in (document.element, document.styles.element):
            for name, names in order.items():
                for element in root.iter(qn(f"w:{name}")):
                    places = [names.index(child.tag.partition("}")[2]) for child in element]
                    assert places == sorted(places), f"{path.name} {name}"


def test_the_bundled_templates_are_the_ones_that_the_program_makes():
    maker = script("make_report_templates")
    for path in sorted((ROOT / "src/zhiheng/publish/report_templates").glob("*.docx")):
        name, _, lang = path.stem.partition("_")
        assert path.read_bytes() == maker.made(name, lang), "run: python packaging/make_report_templates.py"


def test_the_page_of_fields_is_the_one_that_the_program_writes():
    maker = script("make_report_reference")
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(), "run: make reference"


def test_the_same_figures_make_the_same_bytes_and_no_clock_is_read(demo, reports, tmp_path):
    city = load(demo)
    explainer = Explainer(city, [], demo / "3_reduced", demo / "4_computed")
    documents.build(city, explainer.figures, explainer, tmp_path)
    for name in NAMES:
        assert (tmp_path / "report" / name).read_bytes() == (reports / name).read_bytes(), name
    with zipfile.ZipFile(reports / "report_zh.docx") as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
    properties = Document(str(reports / "report_zh.docx")).core_properties
    assert str(properties.created.date()) == str(city.settings.publication.as_of)
    assert (properties.title, properties.author) == ("柳州市2024年质量状况分析报告", "市质量强市办")


# ---- the circular's layout ----------------------------------------------------------------------------


def measures() -> dict[str, float]:
    layout = yaml.safe_load((Path(template.__file__).parent / "gbt9704.yaml").read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in layout["measures"].items()}


def test_every_measure_names_its_clause_or_says_that_it_is_assumed():
    layout = yaml.safe_load((Path(template.__file__).parent / "gbt9704.yaml").read_text(encoding="utf-8"))
    for entry in [*layout["measures"].values(), *layout["fonts"].values()]:
        assert ("clause" in entry) != (entry.get("status") == "assumed" and bool(entry["reason"]))


@pytest.mark.parametrize("name", ["circular_zh.docx", "circular_en.docx"])
def test_the_circular_keeps_to_the_measures_of_the_standard(opened, name):
    document, m = opened[name], measures()
    section = document.sections[0]
    near = 0.5
    assert abs(section.page_width.mm - 210) < near and abs(section.page_height.mm - 297) < near
    assert abs(section.top_margin.mm - 37) < near and abs(section.left_margin.mm - 28) < near
    assert abs((section.page_width - section.left_margin - section.right_margin) / 36000 - 156) < near
    assert abs((section.page_height - section.top_margin - section.bottom_margin) / 36000 - 225) < near
    pitch = int(section._sectPr.find(qn("w:docGrid")).get(qn("w:linePitch"))) / 20
    assert 22 * pitch <= 225 / 25.4 * 72 < 23 * pitch
    normal = document.styles["Normal"]
    closer = int(normal.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert normal.font.size.pt == m["body_size_pt"] == 16
    assert 28 * (16 + closer) <= 156 / 25.4 * 72 < 28.2 * (16 + closer)
    assert document.styles["Title"].font.size.pt == 22
    assert document.settings.odd_and_even_pages_header_footer
    assert [p.text for p in section.footer.paragraphs] == ["— 1 —"]


def test_what_only_the_office_knows_is_a_marked_place(opened):
    text = text_of(opened["circular_zh.docx"])
    for place in (
        "〔2025〕　　号",
        "〔主送机关，由办公室填写〕",
        "〔抄送机关，由办公室填写〕",
        "　　年　月　日",
    ):
        assert place in text
    assert "柳州市实施质量强市战略领导小组办公室文件" in text


def test_nothing_simulated_stands_in_the_circular(opened):
    for lang, first in (("zh", "示例"), ("en", "Sample")):
        for name in ("circular", "brief"):  # the brief of the bundled city happens to need none
            document = opened[f"{name}_{lang}.docx"]
            assert not re.search("模拟|simulated", text_of(document))
            assert next(p.text for p in document.paragraphs if p.text) == first


def test_rows_of_a_breakdown_are_told_apart(opened):
    assert "减排项目（化学需氧量）" in "\n".join(map(text, opened["circular_zh.docx"].tables))


def test_the_signature_stays_with_the_last_of_the_text(opened):
    for lang in ("zh", "en"):
        body = list(opened[f"circular_{lang}.docx"].element.body)
        [table] = [t for t in body if t.tag == qn("w:tbl") and t.find(f".//{qn('w:tblpPr')}") is None]
        rows = table.findall(qn("w:tr"))[-2:]
        assert all(
            p.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None for r in rows for p in r.iter(qn("w:p"))
        )


def test_the_red_head_stands_on_one_line(opened):
    [head] = [p for p in opened["circular_zh.docx"].paragraphs if p.style.name == widths.HEAD]
    size = head.runs[-1].font.size.pt if head.runs[-1].font.size else None
    sizes = [run.font.size.pt for run in head.runs if run.font.size]
    assert sizes, size
    assert max(sizes) * len(head.text) <= 156 / 25.4 * 72


# ---- pictures -------------------------------------------------------------------------------------------


def ink(png: bytes) -> int:
    """How many pixels of a PNG (8 bits, RGBA) are not white or clear."""
    width, height = struct.unpack(">II", png[16:24])
    assert png[24:26] == b"\x08\x06"
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    rows, size = zlib.decompress(data), 1 + 4 * width
    assert len(rows) == size * height
    # A row of one colour is nothing but zeros after its first pixel, whatever filter it is stored with.
    return sum(any(rows[i * size + 5 : (i + 1) * size]) for i in range(height))


def chart(text: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"x": 1}]},
        "mark": {"type": "text", "fontSize": 40, "color": "@ink"},
        "encoding": {"text": {"value": text}},
        "config": {"font": "Noto Sans SC", "view": {"stroke": None}, "background": "transparent"},
        "height": 100,
    }


def test_chinese_characters_are_really_drawn():
    """Without its font a text vanishes in silence; a character that no font has shows what that is like."""
    assert ink(pictures.draw(chart("柳州质量"))) > 40
    assert ink(pictures.draw(chart(" "))) == 0


def test_the_fonts_are_unpacked_once_and_into_a_folder_of_this_process():
    folder = pictures.unpacked_fonts()
    assert folder == pictures.unpacked_fonts()
    assert sorted(p.name for p in folder.iterdir()) == [f"{n}.otf" for n in sorted(pictures.FONTS)]
    assert all(p.read_bytes()[:4] == b"OTTO" for p in folder.iterdir()), "no longer compressed"


# ---- columns --------------------------------------------------------------------------------------------


def test_columns_fill_the_table_and_the_longest_text_gets_the_most_room():
    short, long = [["1"], ["甲"]], ["一二三四五六七八九十" * 4]
    for rows in ([[short[0], long]], [[short[0], short[1]]], [[long, long]]):
        given = widths.shares(rows, 9000)
        assert 9000 - len(given) <= sum(given) <= 9000
    first, second = widths.shares([[short[0], long]], 9000)
    assert second > 5 * first


def test_a_short_text_is_not_broken_while_a_long_one_can_give_way():
    number, _ = widths.shares([[["编号"], ["很长的一段话" * 20]]], 9000)
    assert number >= (4 + widths.ROOM) * widths.CHARACTER


# ---- on paper -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def paper(reports: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The briefs and circulars as PDF, drawn with the bundled fonts."""
    office, pages = shutil.which("soffice"), shutil.which("pdfinfo")
    if office is None or pages is None:
        unavailable(
            "LibreOffice (soffice) and poppler-utils (pdfinfo) are needed to see the documents on paper"
        )
    out = tmp_path_factory.mktemp("paper")
    fonts = out / "fonts.conf"
    fonts.write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"<dir>{pictures.unpacked_fonts()}</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{out}/cache</cachedir></fontconfig>",
        encoding="utf-8",
    )
    command = [office, "--headless", f"-env:UserInstallation=file://{out}/profile", "--convert-to", "pdf"]
    files = [str(reports / name) for name in NAMES if not name.startswith("report")]
    environment = os.environ | {"FONTCONFIG_FILE": str(fonts), "HOME": str(out)}
    subprocess.run(
        [*command, "--outdir", str(out), *files],
        env=environment,
        check=True,
        capture_output=True,
        timeout=180,
    )
    return out


def pages(path: Path) -> int:
    info = subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True, encoding="utf-8").stdout
    return int(re.findall(r"^Pages:\s+(\d+)", info, re.MULTILINE)[0])


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_brief_is_one_page_of_a4(paper, lang):
    path = paper / f"brief_{lang}.pdf"
    assert pages(path) == 1
    info = subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True, encoding="utf-8").stdout
    assert "(A4)" in info


@pytest.mark.slow
def test_a_page_of_the_circular_has_its_22_lines(paper):
    """A page that ends before a heading may have fewer, and none has more."""
    pages = subprocess.run(
        ["pdftotext", "-f", "2", "-l", "3", "-layout", str(paper / "circular_zh.pdf"), "-"],
        check=True, capture_output=True, encoding="utf-8",
    ).stdout.strip("\f").split("\f")  # fmt: skip
    number = re.compile("— *\\d+ *—")
    lines = [[x for x in text.splitlines() if x.strip() and not number.search(x)] for text in pages]
    assert max(map(len, lines)) == 22
