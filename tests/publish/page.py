"""Reading published pages: figures, links, text by language, structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "rect"}


@dataclass
class Element:
    """One element, with the text directly or indirectly in it."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def lang(self) -> str:
        """The language it is in, as the nearest `lang` says."""
        return self.attributes.get("lang") or (self.parent.lang() if self.parent else "")


class Page(HTMLParser):
    """A parsed page.

    Attributes
    ----------
    elements : list of Element
        In the order of their beginnings.
    texts : list of (Element, str)
        Every text a reader sees, with the element it stands in.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.elements: list[Element] = []
        self.texts: list[tuple[Element, str]] = []
        self._open: list[Element] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert not self._open, f"{path}: {self._open[-1].tag} is not closed"

    def handle_starttag(self, tag, attrs):
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        if parent:
            parent.children.append(element)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open and self._open[-1].tag == tag, f"{self.path}: </{tag}> closes {self._open[-1].tag}"
        self._open.pop()

    def handle_data(self, data):
        for element in self._open:
            element.text += data
        if self._open and self._open[-1].tag not in ("script", "style") and data.strip():
            self.texts.append((self._open[-1], data))

    def all(self, *tags: str) -> list[Element]:
        """Every element of some tags."""
        return [e for e in self.elements if e.tag in tags]

    def ids(self) -> list[str]:
        """Every id, repeated ones repeatedly."""
        return [e.attributes["id"] for e in self.elements if "id" in e.attributes]

    def figures(self, *, said: bool = False) -> list[tuple[str, str, str]]:
        """Every printed figure: its id, its digits, its text; or those said in another scale."""
        return [
            (e.attributes["data-figure-id"], e.attributes["value"], e.text)
            for e in self.all("data")
            if "data-figure-id" in e.attributes and ("said" in e.attributes["class"].split()) == said
        ]
