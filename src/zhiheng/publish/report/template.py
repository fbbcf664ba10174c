"""Looks a template over before it is filled in: a sound file, known fields, nothing that runs.

An office may put a template of its own into its city folder.  What it may hold is listed, not what
it may not: fields and parts of fields, `for` over them and `if` on them.  Every mistake is told at
once, with the words around it and the nearest known field.
"""

from __future__ import annotations

import dataclasses
import difflib
import io
import re
import types
import zipfile
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import jinja2
from docx.opc.exceptions import OpcError
from docxtpl import DocxTemplate
from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from zhiheng.errors import Problem, capped
from zhiheng.publish import numbers
from zhiheng.publish.report.fields import Image, Rich

MOST_OCTETS = 20_000_000
MOST_UNPACKED = 60_000_000
MOST_FILES = 2_000
MOST_TAGS = 2_000
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
HYPERLINK = "/hyperlink"
ACTIVE = re.compile(rb"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|MACROBUTTON)\b[^<]*</(?:\w+:)?instrText>")
AROUND = 60
"""How many characters of the paragraph a message shows."""
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For, nodes.If,
    nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Const,
)  # fmt: skip


REFUSED: dict[tuple[type[nodes.Node], ...], str] = {
    (nodes.Call, nodes.CallBlock): "template_refused_call",
    (nodes.Filter, nodes.FilterBlock, nodes.Test): "template_refused_filter",
    (nodes.Getitem,): "template_refused_item",
    (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.With, nodes.Block): "template_refused_define",
    (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends): "template_refused_file",
}  # fmt: skip
"""The rules that say in words what may not stand in a template."""
KINDS = {b"\xd0\xcf\x11\xe0": ".doc / .xls", b"%PDF": "PDF", b"{\\rtf": "RTF", b"<": "HTML / XML"}
"""What else a file may be, by how it begins."""
PARTS = "word/_rels/document.xml.rels"
"""Where a package says what belongs together, in which it is wrong if it opens but does not fit."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """循环 · What a `for` knows of itself, as `loop`."""

    index: Annotated[int, "第几个，从 1 起 · Which one it is, from 1."]
    first: Annotated[bool, "是不是第一个 · Whether it is the first."]
    last: Annotated[bool, "是不是最后一个 · Whether it is the last."]
    length: Annotated[int, "一共几个 · How many there are."]


def environment() -> SandboxedEnvironment:
    """Return what templates run in: everything escaped, a missing name an error, nothing to call."""
    made = SandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def check(data: bytes, name: str, root: type) -> list[Problem]:
    """Return everything that is wrong with a template.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How messages call it.
    root : type
        The dataclass whose fields it may name.
    """
    if problem := _file_problem(data, name):
        return [problem]
    try:
        template = DocxTemplate(io.BytesIO(data))
        template.render_init()
        sources = list(_sources(template))
    except (OpcError, KeyError, ValueError, AttributeError, zipfile.BadZipFile):
        return [Problem(where=name, rule="template_broken", found=PARTS)]
    problems: list[Problem] = []
    for source in sources:
        problems += _Checker(source, name, root).check()
    return capped(problems)


# ---- the file ---------------------------------------------------------------------------------------


def _file_problem(data: bytes, name: str) -> Problem | None:
    """Return what makes a file unfit to be opened at all."""
    if not data:
        return Problem(where=name, rule="template_empty", found=numbers.size(0))
    if len(data) > MOST_OCTETS:
        return Problem(where=name, rule="template_too_large", found=f"{len(data):,}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _archive_problem(archive, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        if data.startswith(b"PK"):
            return Problem(where=name, rule="template_cut_short", found=numbers.size(len(data)))
        kinds = (kind for start, kind in KINDS.items() if data.startswith(start))
        return Problem(where=name, rule="template_not_docx", found=next(kinds, numbers.size(len(data))))


def _archive_problem(archive: zipfile.ZipFile, name: str) -> Problem | None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_FILES or unpacked > MOST_UNPACKED:
        return Problem(where=name, rule="template_too_large", found=f"{unpacked:,}")
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or "word/document.xml" not in names:
        return Problem(where=name, rule="template_not_docx", found=", ".join(sorted(names)[:3]))
    if MAIN.encode() not in archive.read("[Content_Types].xml"):
        return Problem(where=name, rule="template_active", found="[Content_Types].xml")
    for entry in entries:
        part = entry.filename
        if re.search(r"vbaProject|oleObject|activeX|/embeddings/", part, re.IGNORECASE):
            return Problem(where=name, rule="template_active", found=part)
        if part.endswith((".xml", ".rels")) and (problem := _part_problem(archive.read(entry), part, name)):
            return problem
    return None


def _part_problem(xml: bytes, part: str, name: str) -> Problem | None:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        tree = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException:
        return Problem(where=f"{name}!{part}", rule="template_entities", found="DOCTYPE")
    except (ParseError, ValueError):
        return Problem(where=f"{name}!{part}", rule="template_broken", found=part)
    if found := ACTIVE.search(xml):
        return Problem(where=f"{name}!{part}", rule="template_active", found=found[1].decode())
    if part.endswith(".rels"):
        for relation in tree:
            outside = relation.get("TargetMode") == "External"
            if outside and not (relation.get("Type") or "").endswith(HYPERLINK):
                return Problem(
                    where=f"{name}!{part}", rule="template_active", found=relation.get("Target", "")
                )
    return None


def _sources(template: DocxTemplate) -> Iterator[str]:
    """Yield every text that will be rendered, each paragraph on a line of its own."""
    found = [template.get_xml()]
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        found += [template.get_part_xml(part) for _, part in template.get_headers_footers(uri)]
    for part in template.docx.part.package.iter_parts():
        if part.content_type.endswith("footnotes+xml"):
            found.append(part.blob.decode("utf-8"))
    for xml in found:
        yield re.sub(r"<w:p([ >])", r"\n<w:p\1", template.patch_xml(xml))
    properties = template.docx.core_properties
    for text in ("author", "comments", "identifier", "language", "subject", "title"):
        yield f"<w:t>{getattr(properties, text)}</w:t>"


# ---- the tags ---------------------------------------------------------------------------------------

Scope = dict[str, Any]


class _Checker:
    """One text of a template, held against the fields."""

    def __init__(self, source: str, name: str, root: type) -> None:
        self.lines = source.split("\n")
        self.source, self.name = source, name
        self.root: Scope = dict(get_type_hints(root, include_extras=True))
        self.problems: list[Problem] = []
        self.in_text = False

    def check(self) -> list[Problem]:
        tags = len(re.findall(r"{[{%]", self.source))
        if tags > MOST_TAGS:
            return [Problem(where=self.name, rule="template_too_large", found=f"{tags} {{{{ }}}}")]
        try:
            tree = environment().parse(self.source)
        except jinja2.TemplateSyntaxError as error:
            self.fail("template_syntax", error.lineno, self.tags(error.lineno))
            return self.problems
        except RecursionError:
            return [Problem(where=self.name, rule="template_too_large", found="{{ }}")]
        self.body(tree.body, self.root, ())
        return self.problems

    def fail(self, rule: str, line: int, found: str, close: str = "-") -> None:
        place = self.text(line)
        where = f"{self.name} “{place[:AROUND]}{'…' if len(place) > AROUND else ''}”"
        self.problems.append(Problem(where=where, rule=rule, found=found, args={"close": close}))

    def body(self, body: Iterable[nodes.Node], scope: Scope, loops: tuple[str, ...]) -> None:
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    self.output(part, scope)
            elif isinstance(node, nodes.For):
                self.loop(node, scope, loops)
            elif isinstance(node, nodes.If):
                self.test(node.test, scope)
                for branch in (node.body, node.elif_, node.else_):
                    self.body(branch, scope, loops)
            else:
                self.refuse(node)

    def refuse(self, node: nodes.Node) -> None:
        """Tell what sort of thing may not stand in a template, in the words that were written."""
        self.fail(_refusal(node), node.lineno, self.tags(node.lineno))

    def text(self, line: int) -> str:
        return re.sub(r"<[^>]*>", "", self.lines[min(line, len(self.lines)) - 1]).strip()

    def tags(self, line: int) -> str:
        """Return the tags of a line as they were written."""
        text = self.text(line)
        found = " ".join(re.findall(r"{[{%].*?[}%]}", text)) or text
        return found if len(found) <= AROUND else f"{found[:AROUND]}…"

    def output(self, node: nodes.Node, scope: Scope) -> None:
        """Check one `{{ }}`: a field that can be printed, where text may stand."""
        if isinstance(node, nodes.TemplateData):
            opened, closed = _last_tag(node.data, r"<w:t[ >]"), _last_tag(node.data, r"</w:t>")
            self.in_text = opened > closed if max(opened, closed) >= 0 else self.in_text
            return
        kind = self.kind(node, scope)
        if kind is None:
            return
        if kind not in (str, int, bool, Rich, Image):
            inside = ", ".join(f"{_said(node)}.{name}" for name in _parts(_element(kind) or kind))
            self.fail("template_field_group", node.lineno, _said(node), inside)
        elif not self.in_text and kind is not int:
            self.fail("template_field_place", node.lineno, _said(node))

    def loop(self, node: nodes.For, scope: Scope, loops: tuple[str, ...]) -> None:
        if node.recursive or not isinstance(node.target, nodes.Name):
            self.refuse(node)
            return
        kind = self.kind(node.iter, scope)
        element = _element(kind)
        if kind is not None and element is None:
            self.fail("template_field_single", node.lineno, _said(node.iter))
        first = _said(node.iter).partition(".")[0]
        if loops and first != loops[-1]:  # else a small template could write without end
            self.fail("template_loops", node.lineno, _said(node.iter))
        inner = scope | {node.target.name: element, "loop": Loop}
        if node.test is not None:
            self.test(node.test, inner)
        self.body(node.body, inner, (*loops, node.target.name))
        self.body(node.else_, scope, loops)

    def test(self, node: nodes.Node, scope: Scope) -> None:
        """Check the condition of an `if`: fields, comparisons with plain values, and, or, not."""
        if isinstance(node, nodes.Name | nodes.Getattr):
            self.kind(node, scope)
        elif isinstance(node, nodes.Const):
            pass
        elif isinstance(node, ALLOWED):
            for child in node.iter_child_nodes():
                self.test(child, scope)
        else:
            self.refuse(node)

    def kind(self, node: nodes.Node, scope: Scope) -> Any:
        """Return a field's type; None where it is not known, which has been told then."""
        if isinstance(node, nodes.Name):
            known: Scope = scope
        elif isinstance(node, nodes.Getattr):
            above = self.kind(node.node, scope)
            if above is None:
                return None
            known = _parts(above)
        else:
            self.refuse(node)
            return None
        name = node.name if isinstance(node, nodes.Name) else node.attr
        if name in known:
            return _plain(known[name])
        close = difflib.get_close_matches(name, known, n=1)
        prefix = f"{_said(node.node)}." if isinstance(node, nodes.Getattr) else ""
        self.fail("template_field_unknown", node.lineno, _said(node), f"{prefix}{close[0]}" if close else "-")
        return None


def _last_tag(text: str, pattern: str) -> int:
    return max((m.start() for m in re.finditer(pattern, text)), default=-1)


def _plain(kind: Any) -> Any:
    """Return a type without its description."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _element(kind: Any) -> Any:
    """Return the type of a list's elements; None for what is no list."""
    return get_args(kind)[0] if isinstance(kind, types.GenericAlias) else None


def _parts(kind: Any) -> Scope:
    """Return the fields of a dataclass that templates see; nothing for other types."""
    if kind in (Rich, Image) or not dataclasses.is_dataclass(kind) or not isinstance(kind, type):
        return {}
    return dict(get_type_hints(kind, include_extras=True))


def _refusal(node: nodes.Node) -> str:
    """Return the rule that names what a refused part of a template does."""
    while isinstance(node, nodes.Getattr):
        node = node.node
    for kinds, rule in REFUSED.items():
        if isinstance(node, kinds):
            return rule
    return "template_refused"


def _said(node: nodes.Node) -> str:
    """Return how a node was written, as far as that is known."""
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        return f"{_said(node.node)}.{node.attr}"
    if isinstance(node, nodes.Filter):
        return f"{_said(node.node) if node.node else ''} | {node.name}"
    if isinstance(node, nodes.Call):
        return f"{_said(node.node)}()"
    return type(node).__name__.lower()
