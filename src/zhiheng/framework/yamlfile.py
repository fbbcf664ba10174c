"""YAML files into models, with the line of every mistake.

Scalars are kept as they are written and typed by the model that takes them, so ``450200``,
``no``, ``12:30`` and ``010203`` stay what they look like.  A key that stands twice, an alias,
a tag and an unknown key are errors.  All mistakes of a file are reported at once.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zhiheng.errors import Problem, ZhihengError

M = TypeVar("M", bound=BaseModel)
_NULLS = {"", "~", "null"}
_MAX_BYTES = 4_000_000


class Marked(NamedTuple):
    """A document's plain values, and where each of them stands."""

    value: Any
    lines: dict[tuple[str | int, ...], int]


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
    marked = read(path, name)
    try:
        return model.model_validate(marked.value)
    except ValidationError as error:
        raise ZhihengError(
            [_problem(name, marked, detail, model) for detail in error.errors(include_url=False)]
        ) from None


def read(path: Path, name: str) -> Marked:
    """Read one YAML file into plain values (mappings, lists, text, None) with line marks."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ZhihengError([Problem(where=name, rule="file_missing")]) from None
    except OSError as error:
        raise ZhihengError([Problem(where=name, rule="file_unreadable", found=str(error.strerror))]) from None
    if len(raw) > _MAX_BYTES:
        raise ZhihengError([Problem(where=name, rule="yaml_too_large", found=f"{len(raw)}")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ZhihengError([Problem(where=f"{name}:{line}", rule="yaml_not_utf8")]) from None
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ZhihengError([_syntax_problem(name, error)]) from None
    if node is None:
        raise ZhihengError([Problem(where=name, rule="yaml_empty")])
    problems: list[Problem] = []
    lines: dict[tuple[str | int, ...], int] = {}
    value = _plain(node, (), lines, problems, name, set())
    if problems:
        raise ZhihengError(problems)
    return Marked(value, lines)


def _syntax_problem(name: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    return Problem(where=where, rule="yaml_syntax", found=str(getattr(error, "problem", None) or error))


def _plain(
    node: yaml.Node,
    path: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    problems: list[Problem],
    name: str,
    seen: set[int],
) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if id(node) in seen:
        problems.append(Problem(where=f"{name}:{line}", rule="yaml_alias"))
        return None
    seen.add(id(node))
    if node.tag and not node.tag.startswith("tag:yaml.org,2002:"):
        problems.append(Problem(where=f"{name}:{line}", rule="yaml_tag", found=node.tag))
    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in _NULLS else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), lines, problems, name, seen) for i, item in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(where=f"{name}:{key_line}", rule="yaml_key_not_text"))
            continue
        key = key_node.value
        if key in mapping:
            problems.append(
                Problem(
                    where=f"{name}:{key_line}",
                    rule="yaml_duplicate_key",
                    found=key,
                    args={"first": lines[(*path, key)]},
                )
            )
            continue
        mapping[key] = _plain(value_node, (*path, key), lines, problems, name, seen)
        lines[(*path, key)] = key_line
    return mapping


def _problem(name: str, marked: Marked, detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    """Say a pydantic error in the project's words, at its line."""
    path, value = _walk(marked.value, detail["loc"])
    line = marked.lines.get(path, 1)
    kind = detail["type"]
    context = detail.get("ctx") or {}
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    address = _address(path)
    where = f"{name}:{line}" + (f" {address}" if address else "")
    if kind == "missing":
        return Problem(where=where, rule="yaml_key_missing", found="", args={"key": last})
    if kind == "extra_forbidden":
        known = sorted(_known_keys(model, detail["loc"][:-1]))
        close = difflib.get_close_matches(last, known, n=1)
        return Problem(
            where=where,
            rule="yaml_key_unknown",
            found=last,
            args={"known": ", ".join(known) or "-", "close": close[0] if close else "-"},
        )
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        expected = context.get("expected") or context.get("expected_tags") or ""
        return Problem(where=where, rule="yaml_choice", found=_short(value), args={"expected": expected})
    if kind in ("value_error", "assertion_error"):
        return Problem(
            where=where,
            rule="yaml_rule",
            found=_short(value),
            args={"message": str(context.get("error", ""))},
        )
    return Problem(where=where, rule="yaml_type", found=_short(value), args={"message": detail["msg"]})


def _walk(value: Any, loc: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], Any]:
    """Follow an error's location through the document, skipping pydantic's union labels."""
    path: tuple[str | int, ...] = ()
    for step in loc:
        if (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        ):
            value = value[step]  # type: ignore[index]
            path = (*path, step)
    return path, value


def _address(path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _known_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """Return the keys that the model at a location knows (empty when it cannot be told)."""
    from typing import get_args

    current: list[Any] = [model]
    for step in loc:
        following: list[Any] = []
        for kind in current:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                if step in kind.model_fields:
                    following += _models_in(kind.model_fields[str(step)].annotation)
                elif isinstance(step, str) and step in _tags(kind):
                    following.append(kind)
            else:
                following += [m for arg in get_args(kind) for m in _models_in(arg)]
        if isinstance(step, int):
            following = following or current
        elif not following:
            following = [k for k in current if step in _tags(k)] or current
        current = following
    return {
        field.alias or key
        for kind in current
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for key, field in kind.model_fields.items()
    }


def _tags(kind: Any) -> set[str]:
    """Return the values of a model's `kind` field, which pydantic puts into a location."""
    from typing import get_args

    field = getattr(kind, "model_fields", {}).get("kind")
    return {str(a) for a in get_args(field.annotation)} if field else set()


def _models_in(annotation: Any) -> list[Any]:
    from typing import get_args

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models_in(arg)]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
