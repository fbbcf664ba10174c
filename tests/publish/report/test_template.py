"""Templates of an office: what is wrong with one is told at once, and nothing in one can run."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document

from tests.conftest import NOW
from zhiheng.errors import Problem, ZhihengError
from zhiheng.explain import Explainer
from zhiheng.framework.base import Text
from zhiheng.framework.city import load
from zhiheng.pipeline import Run
from zhiheng.publish.report import documents, template
from zhiheng.publish.report.fields import DOCUMENTS, Brief

TEMPLATES = sorted((Path(template.__file__).parents[1] / "report_templates").glob("*.docx"))


def docx(*paragraphs: str | list[str]) -> bytes:
    """A file with these paragraphs; a list is one paragraph that Word has cut into runs."""
    document = Document()
    for text in paragraphs:
        paragraph = document.add_paragraph()
        for run in [text] if isinstance(text, str) else text:
            paragraph.add_run(run)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The file with each part changed, and further parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in more.items():
            new.writestr(name, content)
    return stream.getvalue()


def problems(data: bytes, root: type = Brief) -> list[Problem]:
    return template.check(data, "brief_template.docx", root)


def rules(data: bytes) -> list[str]:
    return [p.rule for p in problems(data)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_the_bundled_templates_are_sound(path):
    """So the pipeline need not look them over again."""
    assert template.check(path.read_bytes(), path.name, DOCUMENTS[path.stem.partition("_")[0]]) == []


def test_every_document_has_a_template_in_each_language():
    assert {p.stem for p in TEMPLATES} == {f"{name}_{lang}" for name in DOCUMENTS for lang in ("zh", "en")}


# ---- misspelt fields --------------------------------------------------------------------------------


def test_every_misspelt_field_is_told_at_once_with_its_place_and_the_nearest():
    found = problems(
        docx("题目：{{ titel }}", "好", "{{ figures.captoin }} 与 {{ city }}", "{{ nothing_like_it }}")
    )
    assert [(p.rule, p.found, p.args["close"]) for p in found] == [
        ("template_field_unknown", "titel", "title"),
        ("template_field_unknown", "figures.captoin", "figures.caption"),
        ("template_field_unknown", "nothing_like_it", "-"),
    ]
    assert found[0].where == "brief_template.docx “题目：{{ titel }}”"
    assert "题目" in found[0].where and "与" in found[1].where
    assert "title" in found[0].fix("zh") and "title" in found[0].fix("en")


def test_a_field_that_word_has_cut_into_runs_is_still_one():
    assert rules(docx(["{", "{ ti", "tle }", "}"])) == []
    assert rules(docx(["{", "{ ti", "tel }", "}"])) == ["template_field_unknown"]


def test_fields_within_loops_and_branches_are_looked_at_too():
    text = ("{%p for f in problems %}", "{{ f.fakt }} {{ loop.index }} {{ loop.nope }}", "{%p endfor %}",
            "{%p if simulated_note == '' %}", "{{ a }}", "{%p elif problems %}", "{{ b }}", "{%p else %}",
            "{{ c }}", "{%p endif %}")  # fmt: skip
    found = [(p.found, p.args["close"]) for p in problems(docx(*text))]
    assert found == [("f.fakt", "f.fact"), ("loop.nope", "-"), ("a", "-"), ("b", "-"), ("c", "-")]


def test_misspelt_fields_in_headers_and_properties_are_found():
    document = Document(io.BytesIO(docx("{{ title }}")))
    document.sections[0].header.paragraphs[0].text = "{{ titel }}"
    document.core_properties.subject = "{{ subjekt }}"
    stream = io.BytesIO()
    document.save(stream)
    assert {p.found for p in problems(stream.getvalue())} == {"titel", "subjekt"}


def test_a_group_is_no_text_and_a_text_no_group():
    assert rules(docx("{{ figures }}", "{{ summary }}")) == ["template_field_group"] * 2
    assert "figures.caption" in problems(docx("{{ figures }}"))[0].args["close"]
    assert rules(docx("{%p for x in title %}", "{{ x }}", "{%p endfor %}"))[0] == "template_field_single"


def test_a_field_outside_of_text_would_be_lost():
    assert rules(docx("{{r title }}")) == ["template_field_place"]
    assert rules(docx("{{p title }}")) == ["template_field_place"]


# ---- tags that do not fit together --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        ("{%p for f in problems %}", "{{ f.fact }}"),
        ("{%p endfor %}",),
        ("{% if title %}",),
        ("{{ title }",),
        ("{{ }}",),
        ("{%tr for x in problems %}",),
        ("{%p fro f in problems %}", "{%p endfor %}"),
        (["{%p for f", " in %}"], "{%p endfor %}"),
    ],
)
def test_tags_that_are_not_complete(text):
    assert rules(docx(*text))[0] == "template_syntax" or rules(docx(*text)) == []
    if text != ("{{ title }",):  # half a tag is plain text
        assert "template_syntax" in rules(docx(*text))


# ---- nothing runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title.__class__ }}",
        "{{ title.format(1) }}",
        "{{ title | upper }}",
        "{{ title|attr('__class__') }}",
        "{{ title[0] }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 'a' * 1000000000 }}",
        "{% for i in range(1000000000) %}{{ i }}{% endfor %}",
        "{% include 'brief_zh.docx' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% set x = title %}{{ x }}",
        "{% call title() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% block a %}{% endblock %}",
        "{% with x = 1 %}{% endwith %}",
        "{% if title is defined %}x{% endif %}",
        "{% if title.upper() %}x{% endif %}",
        "{% for x in problems recursive %}{% endfor %}",
        "{% for a, b in problems %}{% endfor %}",
        "{{ lipsum(100000) }}",
        "{{ cycler }}",
        "{{ self }}",
    ],
)
def test_a_template_cannot_run_code(text):
    found = problems(docx(text))
    assert found
    allowed = {
        "template_field_unknown",
        "template_field_single",
        "template_refused",
        *template.REFUSED.values(),
    }
    assert {p.rule for p in found} <= allowed
    for problem in found:
        for lang in ("zh", "en"):
            assert not re.search("getitem|expected|token|assign|Error", problem.fix(lang))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{{ title.format(1) }}", "template_refused_call"),
        ("{{ title | upper }}", "template_refused_filter"),
        ("{{ title[0] }}", "template_refused_item"),
        ("{% set x = title %}", "template_refused_define"),
        ("{% include 'brief_zh.docx' %}", "template_refused_file"),
        ("{{ 10 ** 10 }}", "template_refused"),
    ],
)
def test_what_may_not_stand_is_said_in_words_and_shown_as_it_was_written(text, rule):
    [problem] = problems(docx(text))
    assert (problem.rule, problem.found) == (rule, text)


def test_loops_within_loops_cannot_multiply():
    again = "{% for a in problems %}{% for b in problems %}{{ b.fact }}{% endfor %}{% endfor %}"
    assert rules(docx(again)) == ["template_loops"]
    rows, cells, end = "{% for r in figures.rows %}", "{% for c in r.cells %}", "{% endfor %}"
    assert rules(docx(rows + cells + "{{ c.text }}" + end + end)) == []
    assert rules(docx(rows + cells + "{% for d in r.cells %}" + end + end + end)) == ["template_loops"]


def test_thousands_of_tags_are_too_many():
    assert rules(docx("{{ title }}" * 2001)) == ["template_too_large"]


# ---- files that are not what they seem --------------------------------------------------------------------


def same(_name: str, content: bytes) -> bytes:
    return content


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def bombed(name: str, content: bytes) -> bytes:
    return BOMB + content.partition(b"?>")[2] if name == "word/document.xml" else content


def macro(name: str, content: bytes) -> bytes:
    old, new = b"wordprocessingml.document.main+xml", b"wordprocessingml.macroEnabled.main+xml"
    return content.replace(old, new) if name == "[Content_Types].xml" else content


def outside(name: str, content: bytes) -> bytes:
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    link = (
        b'<Relationship Id="rId99" TargetMode="External" Target="http://example.org/x.dotm" Type="'
        + kind
        + b'"/></Relationships>'
    )
    return content.replace(b"</Relationships>", link) if name == "word/_rels/document.xml.rels" else content


def broken(name: str, content: bytes) -> bytes:
    return content[: len(content) // 2] if name == "word/document.xml" else content


def field(name: str, content: bytes) -> bytes:
    code = b'<w:p><w:r><w:instrText>DDEAUTO c:\\\\x "cmd"</w:instrText></w:r></w:p><w:sectPr'
    return content.replace(b"<w:sectPr", code, 1) if name == "word/document.xml" else content


FILES = {
    "no zip": (b"\xd0\xcf\x11\xe0 an old or locked file", "template_not_docx"),
    "nothing": (b"", "template_empty"),
    "cut short": (docx("{{ title }}")[:4000], "template_cut_short"),
    "another zip": (repacked(docx(), lambda n, c: c).replace(b"word/document.xml", b"word/dokument.xml"),
                    "template_not_docx"),
    "entities": (repacked(docx("x"), bombed), "template_entities"),
    "macros by type": (repacked(docx("x"), macro), "template_active"),
    "macros": (repacked(docx("x"), same, **{"word/vbaProject.bin": b"x"}), "template_active"),
    "an object": (repacked(docx("x"), same, **{"word/embeddings/oleObject1.bin": b"x"}), "template_active"),
    "a template elsewhere": (repacked(docx("x"), outside), "template_active"),
    "a field that runs": (repacked(docx("x"), field), "template_active"),
    "broken XML": (repacked(docx("x"), broken), "template_broken"),
    "too many parts": (
        repacked(docx("x"), same, **{f"x{i}": b"" for i in range(2001)}), "template_too_large"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "rule"), FILES.values(), ids=FILES)
def test_a_file_that_is_unfit_is_one_clear_problem(data, rule):
    assert rules(data) == [rule]


def test_a_part_that_unpacks_to_more_than_it_should_is_not_unpacked():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("[Content_Types].xml", b" " * 100_000_000)
    assert rules(stream.getvalue()) == ["template_too_large"]


# ---- in a city folder -----------------------------------------------------------------------------------


@pytest.fixture
def office(demo, tmp_path, monkeypatch):
    """A folder for an office's templates beside the bundled city's figures; the brief alone is made."""
    monkeypatch.setattr(documents, "WRITERS", {"brief": documents.WRITERS["brief"]})
    (tmp_path / "framework").mkdir()
    return Office(demo, tmp_path)


class Office:
    def __init__(self, demo: Path, folder: Path) -> None:
        self.folder, self.city = folder, dataclasses.replace(load(demo), folder=folder)
        self.explainer = Explainer(self.city, [], demo / "3_reduced", demo / "4_computed")

    def put(self, name: str, data: bytes) -> None:
        (self.folder / "framework" / name).write_bytes(data)

    def made(self, name: str) -> list[str]:
        """The paragraphs of a document made with these templates."""
        documents.build(self.city, self.explainer.figures, self.explainer, self.folder)
        return [p.text for p in Document(str(self.folder / "report" / name)).paragraphs]


def test_an_offices_own_template_takes_the_place_of_the_bundled_one(office):
    office.put("brief_template.docx", docx("办公室自己的：{{ title }}", "{{ city }}"))
    assert office.made("brief_zh.docx") == ["办公室自己的：柳州市2024年质量状况简报", "柳州市"]
    assert "Quality brief of Liuzhou, 2024" in office.made("brief_en.docx")


def test_each_language_may_have_its_own(office):
    office.put("brief_template_en.docx", docx("Ours: {{ city }}"))
    assert office.made("brief_en.docx") == ["Ours: Liuzhou"]
    assert "柳州市2024年质量状况简报" in office.made("brief_zh.docx")


def test_what_a_field_holds_is_text_and_no_markup(office):
    """`&`, `<` and tags in a title are shown as they are."""
    name = Text(zh="甲<w:p/>&{{ title }}", en="A<b>&{% raw %}")
    office.city = dataclasses.replace(
        office.city, settings=office.city.settings.model_copy(update={"name": name})
    )
    office.put("brief_template.docx", docx("{{ city }}"))
    assert office.made("brief_zh.docx") == ["甲<w:p/>&{{ title }}"]


def test_tags_that_cut_the_document_apart_are_told(office):
    """A loop that begins before a table and ends in a cell is good Jinja and makes no file of Word."""
    document = Document()
    document.add_paragraph("{% for f in problems %}{{ f.fact }}")
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = "{% endfor %}"
    document.save(str(office.folder / "framework" / "brief_template.docx"))
    with pytest.raises(ZhihengError) as raised:
        office.made("brief_zh.docx")
    assert [p.rule for p in raised.value.problems] == ["template_filled_broken"]
    assert not (office.folder / "report").exists()


def test_a_character_that_word_cannot_hold_is_told(office):
    name = Text(zh="柳\x0b州", en="Liuzhou")
    office.city = dataclasses.replace(
        office.city, settings=office.city.settings.model_copy(update={"name": name})
    )
    with pytest.raises(ZhihengError) as raised:
        office.made("brief_zh.docx")
    [problem] = raised.value.problems
    assert (problem.rule, problem.found) == ("report_text_control", "U+000B (柳?州)")


def test_a_folder_in_the_templates_place_is_told(office):
    (office.folder / "framework" / "brief_template.docx").mkdir()
    with pytest.raises(ZhihengError) as raised:
        office.made("brief_zh.docx")
    assert [p.rule for p in raised.value.problems] == ["file_unreadable"]


def test_unfit_templates_stop_publishing_are_all_told_and_the_last_result_stays(liuzhou):
    before = {p: p.read_bytes() for p in (liuzhou / "5_published").rglob("*") if p.is_file()}
    (liuzhou / "framework" / "report_template.docx").write_bytes(docx("{{ titel }}"))
    (liuzhou / "framework" / "circular_template_en.docx").write_bytes(b"not a file of Word")
    with pytest.raises(ZhihengError) as raised:
        Run(folder=liuzhou, now=NOW).go()
    assert [(p.rule, p.where.partition(" ")[0]) for p in raised.value.problems] == [
        ("template_field_unknown", "framework/report_template.docx"),
        ("template_not_docx", "framework/circular_template_en.docx"),
    ]
    assert {p: p.read_bytes() for p in (liuzhou / "5_published").rglob("*") if p.is_file()} == before
