"""What pydantic found wrong with a document, in the project's words and at its line.

Each sort of error that a model of the framework can raise has a rule of the message catalogue;
a model's own checks raise `base.RuleError`, which names its rule itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zhiheng.errors import Problem, capped
from zhiheng.framework.base import RuleError

Steps = tuple[str | int, ...]
_NOT_A = {
    "int": "yaml_not_integer",
    "float": "yaml_not_number",
    "finite": "yaml_not_number",
    "string": "yaml_not_text",
    "bool": "yaml_not_flag",
    "date": "yaml_not_date",
    "list": "yaml_not_list",
    "model": "yaml_not_mapping",
    "dict": "yaml_not_mapping",
}
"""First word of pydantic's error type -> rule, for values of the wrong sort."""

_LIMITS = {
    "string_pattern_mismatch": ("yaml_pattern", "pattern"),
    "string_too_short": ("yaml_too_short", "min_length"),
    "too_short": ("yaml_too_short", "min_length"),
    "string_too_long": ("yaml_too_long", "max_length"),
    "too_long": ("yaml_too_long", "max_length"),
    "greater_than_equal": ("yaml_below", "ge"),
    "greater_than": ("yaml_not_above", "gt"),
    "less_than_equal": ("yaml_above", "le"),
}
"""Pydantic's error type -> rule, and the name of the limit in its context."""


def problems(
    name: str, value: Any, lines: Mapping[Steps, int], error: ValidationError, model: type[BaseModel]
) -> list[Problem]:
    """Return every mistake that pydantic found in a document.

    Parameters
    ----------
    name : str
        How messages call the file.
    value : object
        The document.
    lines : mapping of tuple to int
        The line at which each part of it stands.
    error : ValidationError
    model : type
        The model that refused it.
    """
    return capped(_problem(name, value, lines, detail, model) for detail in error.errors(include_url=False))


def address(path: Steps) -> str:
    """Return a path as readers write it, counting from one: `indicators[2].measures[1].kind`."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _problem(
    name: str, document: Any, lines: Mapping[Steps, int], detail: ErrorDetails, model: type[BaseModel]
) -> Problem:
    kind, context = detail["type"], detail.get("ctx") or {}
    path, value = _walk(document, detail["loc"])
    if kind == "union_tag_invalid" and isinstance(value, dict):
        path, value = (*path, "kind"), value["kind"]
    line = lines.get(path, 1)
    where = f"{name}:{line} {address(path)}".rstrip()
    last = str(detail["loc"][-1]) if detail["loc"] else ""

    def broken(rule: str, found: str | None = None, **args: object) -> Problem:
        return Problem(where=where, rule=rule, found=_short(value) if found is None else found, args=args)

    mistake = context.get("error")
    if isinstance(mistake, RuleError):
        return broken(mistake.rule, mistake.found, **mistake.facts)
    if kind == "missing":
        return broken("yaml_key_missing", "", key=last)
    if kind == "union_tag_not_found":
        return broken("yaml_key_missing", "", key=str(context["discriminator"]).strip("'"))
    if kind == "extra_forbidden":
        known = sorted(_known_keys(model, detail["loc"][:-1]))
        close = difflib.get_close_matches(last, known, n=1)
        return broken("yaml_key_unknown", last, known=", ".join(known), close=close[0] if close else "-")
    if kind in ("literal_error", "union_tag_invalid"):
        expected = str(context.get("expected") or context.get("expected_tags"))
        return broken("yaml_choice", expected=expected.replace("' or '", "', '").replace("'", ""))
    if kind in _LIMITS:
        rule, limit = _LIMITS[kind]
        return broken(rule, limit=context[limit])
    if value is None:
        return broken("yaml_no_value", "", key=last)
    if rule := _NOT_A.get(kind.split("_", maxsplit=1)[0], ""):
        return broken(rule)
    return broken("yaml_type", message=detail["msg"])


def _walk(value: Any, loc: Steps) -> tuple[Steps, Any]:
    """Follow an error's location through the document, skipping pydantic's union labels."""
    path: Steps = ()
    for step in loc:
        if (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        ):
            value = value[step]  # type: ignore[index]
            path = (*path, step)
    return path, value


def _known_keys(model: type[BaseModel], loc: Steps) -> set[str]:
    """Return the keys that the model at a location knows.

    A location goes by key, by place in a list (which leaves the model as it is), and, in a
    union told apart by `kind`, by the kind.
    """
    current = [model]
    for step in loc:
        if isinstance(step, int):
            continue
        fields = [kind.model_fields[step] for kind in current if step in kind.model_fields]
        if fields:
            current = [found for field in fields for found in _models_in(field.annotation)]
        else:
            current = [kind for kind in current if step in _tags(kind)]
    return {key for kind in current for key in kind.model_fields}


def _tags(model: type[BaseModel]) -> set[str]:
    """Return the values of a model's `kind` field, which pydantic puts into a location."""
    field = model.model_fields.get("kind")
    return {str(a) for a in get_args(field.annotation)} if field else set()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models_in(arg)]


def _short(value: Any) -> str:
    if isinstance(value, dict | list) or value is None:
        return ""  # the address says where; a printed structure would not help
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
