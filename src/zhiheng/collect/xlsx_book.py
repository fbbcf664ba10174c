"""An XLSX or XLSM workbook, its rows read one after the other from the packed file.

Parts are found by what the package says of them, whatever their names: Excel, WPS, LibreOffice
and reporting programs differ in prefixes, namespaces (also the strict ones), absolute names and
in which parts they leave out.  Elements are therefore known by their local name.  A document type
declaration, which no workbook has and every XML bomb needs, is refused.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from zhiheng.collect import guard, limits
from zhiheng.collect.workbook import (
    GENERAL,
    Area,
    Cell,
    CellKind,
    Layout,
    NumberFormat,
    Row,
    Sheet,
    number_format,
    raised,
)
from zhiheng.errors import Problem, ZhihengError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_STEP = 1 << 20
_KINDS: dict[str, CellKind] = {
    "n": "number", "s": "text", "str": "text", "inlineStr": "text", "b": "boolean", "e": "error", "d": "day",
}  # fmt: skip
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


class XlsxBook:
    """A workbook in Office Open XML.

    Parameters
    ----------
    raw : bytes
        The file.
    where : str
        How messages call it.

    Raises
    ------
    ZhihengError
        When it is no workbook, is damaged, locked, or would unpack to too much.
    """

    def __init__(self, raw: bytes, where: str) -> None:
        self._where = where
        with guard.damaged(where):
            self._archive = zipfile.ZipFile(io.BytesIO(raw))
            guard.check_archive(self._archive, len(raw), where)
            self._names = {
                name.replace("\\", "/").lstrip("/").lower(): name for name in self._archive.namelist()
            }
            main = self._main_part()
            book = self._tree(main)
            related = self._related(main)
            self.has_macros = any(name.endswith("vbaproject.bin") for name in self._names)
            self.date1904 = any(
                e.get("date1904") in ("1", "true") for e in book.iter() if _local(e.tag) == "workbookPr"
            )
            self._parts = _sheet_parts(book, related)
            self.sheets = [Sheet(name, hidden) for name, (_, hidden) in self._parts.items()]
            self._formats = self._read_formats(related)
            self._strings_part = next((p for kind, p in related.values() if kind == "sharedStrings"), None)
        self._strings: list[str] | None = None

    def rows(self, sheet: str, layout: Layout) -> Iterator[Row]:
        """Yield a sheet's rows that are not empty, and tell its layout on the way."""
        if self._strings is None:
            with guard.damaged(self._where):
                self._strings = self._read_strings()
        part, _ = self._parts[sheet]
        parser = _RowParser(self._strings, self._formats, layout, f"{self._where}!{sheet}")
        for _ in self._feed(part, parser.parser):
            yield from parser.take()
        yield from parser.take()

    def _main_part(self) -> str:
        for kind, part in self._related("").values():
            if kind == "officeDocument" and self._has(part):
                break
        else:
            part = "xl/workbook.xml"
        lowered = part.lower()
        if lowered.endswith(".bin") or "xl/workbook.bin" in self._names:
            self._refuse("XLSB")
        if lowered.startswith("word/") or "word/document.xml" in self._names:
            self._refuse("DOCX")
        if "content.xml" in self._names and not self._has(part):
            self._refuse("ODS")
        if not self._has(part):
            self._refuse("ZIP")
        return part

    def _refuse(self, kind: str) -> None:
        raise ZhihengError([Problem(where=self._where, rule="archive_no_workbook", found=kind)])

    def _has(self, part: str) -> bool:
        return part.lower() in self._names

    def _open(self, part: str, most: int) -> Any:
        info = self._archive.getinfo(self._names[part.lower()])
        if info.file_size > most:
            args = {"packed": f"{info.compress_size}", "most": f"{most // limits.MIB} MiB", "ratio": "-"}
            raise ZhihengError([Problem(where=self._where, rule="archive_bomb", found=part, args=args)])
        archive = self._archive
        return archive.open(info)

    def _tree(self, part: str) -> Element:
        from defusedxml.ElementTree import fromstring

        with self._open(part, limits.MOST_DOM) as stream:
            tree: Element = fromstring(stream.read(), forbid_dtd=True)
        return tree

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the parts that a part points to: id -> last word of the kind, and name."""
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}
        if not self._has(listed):
            return found
        for e in self._tree(listed).iter():
            target = e.get("Target")
            if _local(e.tag) != "Relationship" or target is None or e.get("TargetMode") == "External":
                continue
            target = target.replace("\\", "/")
            full = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found[e.get("Id", "")] = ((e.get("Type") or "").rpartition("/")[2], posixpath.normpath(full))
        return found

    def _read_formats(self, related: dict[str, tuple[str, str]]) -> list[NumberFormat]:
        part = next((p for kind, p in related.values() if kind == "styles" and self._has(p)), None)
        if part is None:
            return []
        tree = self._tree(part)
        codes = {e.get("numFmtId"): e.get("formatCode") for e in tree.iter() if _local(e.tag) == "numFmt"}
        cells = next((e for e in tree.iter() if _local(e.tag) == "cellXfs"), ())
        return [number_format(int(e.get("numFmtId") or 0), codes.get(e.get("numFmtId"))) for e in cells]

    def _read_strings(self) -> list[str]:
        part = self._strings_part
        if part is None or not self._has(part):
            return []
        parser = _TextParser()
        for _ in self._feed(part, parser.parser, limits.MOST_STRINGS):
            pass
        return parser.texts

    def _feed(self, part: str, parser: Any, most: int = limits.MOST_EXPANDED) -> Iterator[None]:
        """Give a part to a parser, a block at a time."""
        with guard.damaged(self._where):
            stream = self._open(part, most)
        with stream:
            while True:
                with guard.damaged(self._where):
                    block = stream.read(_STEP)
                    parser.Parse(block, not block)
                yield
                if not block:
                    return


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def _sheet_parts(book: Element, related: dict[str, tuple[str, str]]) -> dict[str, tuple[str, bool]]:
    """Return the sheets with cells, in their order: name -> part, and whether it is hidden."""
    found: dict[str, tuple[str, bool]] = {}
    for e in book.iter():
        if _local(e.tag) != "sheet":
            continue
        link = next((value for key, value in e.attrib.items() if _local(key) == "id"), "")
        kind, part = related.get(link, ("", ""))
        if kind == "worksheet":
            found[e.get("name") or "?"] = (part, e.get("state", "visible") != "visible")
    return found


def _refuse_dtd(*_: object) -> None:
    raise ValueError("document type declaration")


def _new_parser(start: Callable[..., None], end: Callable[[str], None], text: Callable[[str], None]) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    return parser


def _unescaped(text: str) -> str:
    """Return a text with the characters that XML cannot hold, which are written `_x000D_`."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), text).replace("\r\n", "\n")
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _TextParser:
    """The shared texts: runs of one text are joined, raised ones as such, phonetic ones left out."""

    def __init__(self) -> None:
        self.parser = _new_parser(self._start, self._end, self._text)
        self.texts: list[str] = []
        self._runs: list[str] = []
        self._inside = self._phonetic = False
        self._position = ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            self._runs, self._position = [], ""
        elif tag == "r":
            self._position = ""
        elif tag == "vertAlign":
            self._position = attributes.get("val", "")
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "t":
            self._inside = not self._phonetic

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            self.texts.append(_unescaped("".join(self._runs)))
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "t":
            self._inside = False

    def _text(self, data: str) -> None:
        if self._inside:
            self._runs.append(raised(data, self._position) if self._position else data)


class _RowParser:
    """One sheet's rows and layout, from the events of its XML; written for speed, a cell makes six."""

    def __init__(self, strings: list[str], formats: list[NumberFormat], layout: Layout, where: str) -> None:
        self.parser = _new_parser(self._start, self._end, self._text)
        self._strings, self._layout, self._where = strings, layout, where
        self._formats = {f"{i}": shape for i, shape in enumerate(formats)}
        self._rows: list[Row] = []
        self._number = self._last = 0
        self._hidden = self._phonetic = self._wanted = False
        self._cells: list[Cell] = []
        self._column = -1
        self._kind, self._style = "n", "0"
        self._position = ""
        self._buffer: list[str] = []
        self._value: str | None = None
        self._formula: str | None = None
        self._columns: dict[str, int] = {}
        self._tags: dict[str, str] = {}

    def take(self) -> list[Row]:
        """Return the rows that are complete, once."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tags.get(name) or self._tags.setdefault(name, name.rpartition(":")[2])
        if tag == "c":
            reference = attributes.get("r")
            if reference is None:
                self._column += 1
            else:
                word = reference.rstrip("0123456789")
                column = self._columns.get(word)
                if column is None:
                    column = self._columns[word] = _column(word)
                self._column = column
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._value = self._formula = None
            self._position = ""
        elif tag in ("v", "f", "t"):
            self._buffer = []
            self._wanted = not self._phonetic
        elif tag == "row":
            self._begin_row(attributes)
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "r":
            self._position = ""
        elif tag == "vertAlign":
            self._position = attributes.get("val", "")
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = int(attributes["min"]), int(attributes["max"])
            self._layout.hidden_columns |= set(range(first - 1, min(last, limits.SHEET_COLUMNS)))
        elif tag == "mergeCell":
            self._layout.merged.append(_area(attributes["ref"]))

    def _end(self, name: str) -> None:
        tag = self._tags[name]
        if tag == "v":
            self._value, self._wanted = "".join(self._buffer), False
        elif tag == "c":
            if self._value or self._formula is not None:
                self._end_cell(self._value or "", self._kind)
        elif tag == "t":
            if self._wanted:
                self._value = (self._value or "") + raised("".join(self._buffer), self._position)
            self._wanted = False
        elif tag == "f":
            self._formula, self._wanted = "".join(self._buffer), False
        elif tag == "row":
            if self._cells:
                self._rows.append(Row(self._number, self._hidden, self._cells))
        elif tag == "rPh":
            self._phonetic = False

    def _text(self, data: str) -> None:
        if self._wanted:
            self._buffer.append(data)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r") or self._last + 1)
        if not self._last < number <= limits.SHEET_ROWS:
            raise ValueError(f"row {number} after row {self._last}")
        self._number = self._last = number
        self._hidden = attributes.get("hidden") in ("1", "true")
        self._cells, self._column = [], -1

    def _end_cell(self, text: str, kind: str) -> None:
        if kind == "s":
            text = self._strings[int(text)] if text else ""
        elif kind in ("str", "inlineStr"):
            text = _unescaped(text)
        if len(text) > limits.MOST_CELL_TEXT:
            place = f"{self._where}!{self._number}:{self._number}"
            args = {"limit": limits.MOST_CELL_TEXT}
            raise ZhihengError([Problem(where=place, rule="cell_too_long", found=text[:20], args=args)])
        if text or (self._formula is not None and kind != "str"):
            shape = self._formats.get(self._style, GENERAL)
            self._cells.append(Cell(self._column, _KINDS[kind], text, shape, self._formula))


def _column(word: str) -> int:
    """Return a column's number, from 0, of its letters."""
    column = 0
    for letter in word:
        if not "A" <= letter <= "Z":
            raise ValueError(f"column {word}")
        column = column * 26 + ord(letter) - ord("A") + 1
    if not 0 < column <= limits.SHEET_COLUMNS:
        raise ValueError(f"column {word}")
    return column - 1


def _area(text: str) -> Area:
    first, _, last = text.partition(":")
    begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if begin is None or end is None:
        raise ValueError(f"merged cells {text}")
    return Area(int(begin[2]), int(end[2]), _column(begin[1]), _column(end[1]))
