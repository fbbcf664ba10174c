"""Fills a template: fields into text, pictures into the package, and the same bytes every time.

Files of a docx are packed in one order, with one date and without compression, whose bytes would
differ from one zlib to the next.  The properties that Word shows say who and when from the data,
never from the clock.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate
from lxml import etree
from markupsafe import Markup, escape

from zhiheng.errors import Problem, ZhihengError
from zhiheng.publish.report import template, widths
from zhiheng.publish.report.fields import Document, Image, Rich

STAMP = (1980, 1, 1, 0, 0, 0)
"""The date of every file within a docx: the first that a zip knows."""
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACE = 'xml:space="preserve"'


class _Template(DocxTemplate):  # type: ignore[misc]  # docxtpl has no types
    """A template whose filled-in text has to be whole: the base class mends it in silence."""

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(xml)
        return super().fix_tables(xml)


def fill(data: bytes, name: str, document: Document, *, day: dt.date) -> bytes:
    """Return a template filled in.

    Parameters
    ----------
    data : bytes
        The template, which `template.check` found sound.
    name : str
        How messages call it.
    document : Document
        Its fields.
    day : date
        What the file's properties give as the day on which it was made.

    Raises
    ------
    ZhihengError
        When a field holds a character that Word cannot, or `for` and `if` cut the file apart.
    """
    if control := _control_character(document):
        raise ZhihengError([Problem(where=name, rule="report_text_control", found=control)])
    filled = _Template(io.BytesIO(data))
    environment = template.environment()
    environment.finalize = lambda value: _printed(filled, value)
    fields = {field.name: getattr(document, field.name) for field in dataclasses.fields(document)}
    try:
        filled.render(fields, environment, autoescape=True)
    except etree.XMLSyntaxError as error:
        problem = Problem(where=name, rule="template_filled_broken", found=error.msg or "")
        raise ZhihengError([problem]) from None
    widths.fit(filled.docx)
    _properties(filled, document, day)
    stream = io.BytesIO()
    filled.save(stream)
    return packed(stream.getvalue())


def packed(data: bytes) -> bytes:
    """Return a docx with its files in one order, undated and uncompressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, STAMP)
            info.create_system = 0
            new.writestr(info, old.read(name))
    return stream.getvalue()


def _properties(filled: DocxTemplate, document: Document, day: dt.date) -> None:
    made = dt.datetime(day.year, day.month, day.day)
    properties = filled.docx.core_properties
    properties.author = properties.last_modified_by = document.issuer
    properties.title = document.title
    properties.comments = document.made_with
    properties.created = properties.modified = made
    properties.last_printed = made
    properties.revision = 1


# ---- values into XML --------------------------------------------------------------------------------


def _printed(filled: DocxTemplate, value: Any) -> Any:
    """Return what stands in the document for a field's value."""
    if isinstance(value, Rich):
        return _outside_run("".join(_runs(value)))
    if isinstance(value, Image):
        return _outside_run(f"<w:r><w:drawing>{_drawing(filled, value)}</w:drawing></w:r>")
    return value


def _outside_run(xml: str) -> Markup:
    """Return XML that closes the run it stands in and opens another after itself."""
    return Markup(f"</w:t></w:r>{xml}<w:r><w:t {_SPACE}>")


def _runs(value: Rich) -> Iterator[str]:
    for span in value.spans:
        style = f'<w:rPr><w:rStyle w:val="{escape(span.style)}"/></w:rPr>' if span.style else ""
        line = "<w:br/>" if span.ends_line else ""
        yield f"<w:r>{style}<w:t {_SPACE}>{escape(span.text)}</w:t>{line}</w:r>"


def _drawing(filled: DocxTemplate, image: Image) -> str:
    part = filled.current_rendering_part
    inline = part.new_pic_inline(io.BytesIO(image.png), width=Mm(image.width_mm))
    inline.docPr.set("descr", image.alt)
    for name in inline.xpath(".//pic:cNvPr"):
        name.set("descr", image.alt)
    return re.sub(r"<\?xml[^>]*\?>", "", str(inline.xml))


def _control_character(value: Any) -> str | None:
    """Return the first character that XML cannot hold, with what stands around it."""
    if isinstance(value, str):
        found = _FORBIDDEN.search(value)
        if found is None:
            return None
        around = _FORBIDDEN.sub("?", value[max(0, found.start() - 20) : found.end() + 20])
        return f"U+{ord(found[0]):04X} ({around})"
    if isinstance(value, list | tuple):
        return next((told for item in value if (told := _control_character(item))), None)
    if dataclasses.is_dataclass(value):
        return _control_character([getattr(value, field.name) for field in dataclasses.fields(value)])
    return None
