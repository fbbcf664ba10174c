"""YAML files into models, with the line of every mistake.

Scalars are kept as they are written and typed by the model that takes them, so ``450200``,
``no``, ``12:30`` and ``010203`` stay what they look like.  A key that stands twice, an anchor
or alias, a tag, a second document and an unknown key are errors.  All mistakes of a file are
reported at once.  The file is read event by event and not further than it is sensibly nested:
the parser's own tree is built by recursion in C and would end the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from zhiheng.errors import Problem, ZhihengError, capped
from zhiheng.framework import mistakes

M = TypeVar("M", bound=BaseModel)
_NULLS = {"", "~", "null"}
_MAX_BYTES = 4_000_000
_MAX_DEPTH = 32


class Marked(NamedTuple):
    """A document's plain values, and where each of them stands."""

    value: Any
    lines: dict[mistakes.Steps, int]


def load(path: Path, model: type[M], *, name: str | None = None) -> M:
    """Read one YAML file into a model.

    Parameters
    ----------
    path : Path
        The file.
    model : type
        A pydantic model; its field types decide how scalars are read.
    name : str, optional
        How messages call the file; the path itself by default.

    Raises
    ------
    ZhihengError
        With every mistake of the file: where it stands, the rule, what was found, the fix.
    """
    name = name or path.as_posix()
    return validate(read(path, name), model, name)


def validate(marked: Marked, model: type[M], name: str) -> M:
    """Take a document into a model.

    Raises
    ------
    ZhihengError
        With every mistake, at its line.
    """
    try:
        return model.model_validate(marked.value)
    except ValidationError as error:
        raise ZhihengError(mistakes.problems(name, marked.value, marked.lines, error, model)) from None


def read(path: Path, name: str) -> Marked:
    """Read one YAML file into plain values (mappings, lists, text, None) with line marks.

    Raises
    ------
    ZhihengError
        With every mistake of the YAML itself.
    """
    reader = _Reader(_text(path, name), name)
    value = reader.document()
    if reader.problems:
        raise ZhihengError(capped(reader.problems))
    if value is None:
        raise ZhihengError([Problem(where=name, rule="yaml_empty")])
    return Marked(value, reader.lines)


def _text(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ZhihengError([Problem(where=name, rule="file_missing")]) from None
    except OSError as error:
        raise ZhihengError([Problem(where=name, rule="file_unreadable", found=str(error.strerror))]) from None
    if len(raw) > _MAX_BYTES:
        raise ZhihengError([Problem(where=name, rule="yaml_too_large", found=f"{len(raw)}")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ZhihengError([Problem(where=f"{name}:{line}", rule="yaml_not_utf8")]) from None


class _Reader:
    """One pass over a file's events."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.lines: dict[mistakes.Steps, int] = {}
        self.problems: list[Problem] = []
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)

    def document(self) -> Any:
        """Return the only document's value; None when there is none, or a problem."""
        value, documents = None, 0
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._stop("yaml_documents", event)
                    value = self._value(next(self.events), ())
        except yaml.YAMLError as error:
            self.problems.append(self._syntax_problem(error))
        except ZhihengError as stopped:
            self.problems.extend(stopped.problems)
        return value

    def _value(self, event: yaml.Event, path: mistakes.Steps) -> Any:
        self.lines[path] = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._fail("yaml_alias", event, f"*{event.anchor}")
        self._check_node(event)
        if isinstance(event, yaml.ScalarEvent):
            return None if not event.style and event.value in _NULLS else event.value
        if len(path) >= _MAX_DEPTH:
            self._stop("yaml_too_deep", event, limit=_MAX_DEPTH)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self._value(event, (*path, len(items))))
            return items
        return self._mapping(path)

    def _mapping(self, path: mistakes.Steps) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._fail("yaml_key_not_text", event)
                self._value(event, (*path, "?"))
                self._value(next(self.events), (*path, "?"))
                continue
            self._check_node(event)
            key, at = event.value, (*path, event.value)
            if key in mapping:
                self._fail("yaml_duplicate_key", event, key, first=self.lines[at])
                self._value(next(self.events), (*path, "?"))
                continue
            mapping[key] = self._value(next(self.events), at)
            self.lines[at] = _line(event)
        return mapping

    def _check_node(self, event: Any) -> None:
        if event.anchor is not None:
            self._fail("yaml_alias", event, f"&{event.anchor}")
        if event.tag is not None:
            self._fail("yaml_tag", event, event.tag)

    def _fail(self, rule: str, event: yaml.Event, found: str = "", **args: object) -> None:
        where = f"{self.name}:{_line(event)}"
        self.problems.append(Problem(where=where, rule=rule, found=found, args=args))

    def _stop(self, rule: str, event: yaml.Event, **args: object) -> NoReturn:
        where = f"{self.name}:{_line(event)}"
        raise ZhihengError([Problem(where=where, rule=rule, args=args)])

    def _syntax_problem(self, error: yaml.YAMLError) -> Problem:
        if isinstance(error, yaml.reader.ReaderError):  # a character that YAML does not know
            line = self.text.encode()[: error.position].count(b"\n") + 1
            found = f"U+{int(error.character):04X}"
            return Problem(where=f"{self.name}:{line}", rule="yaml_syntax", found=found)
        mark = getattr(error, "problem_mark", None)
        where = f"{self.name}:{mark.line + 1}:{mark.column + 1}" if mark else self.name
        return Problem(where=where, rule="yaml_syntax", found=str(getattr(error, "problem", None) or error))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
