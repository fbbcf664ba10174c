"""Text that the shipped fonts cannot show: a glyph that is missing may vanish without a box."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib import resources
from typing import Any

import polars as pl

from zhiheng.errors import Problem
from zhiheng.framework.city import City

SHOWN = 40
"""How many missing characters a message lists."""


@functools.cache
def available() -> frozenset[str]:
    """Return the characters that every shipped font has."""
    listed = resources.files("zhiheng.publish") / "assets" / "fonts" / "characters.txt"
    return frozenset(listed.read_text(encoding="utf-8")) - {"\n"}


def missing(text: str) -> list[str]:
    """Return the characters of a text that the fonts lack, in code order.

    Line ends and tabs need no glyph.
    """
    return sorted(set(text) - available() - set("\n\r\t"))


def check(city: City, figures: pl.DataFrame) -> list[Problem]:
    """Return a warning for each place in the city's texts with characters that cannot be shown."""
    places: dict[str, Iterable[str]] = {
        "city.yaml": _texts(city.settings),
        "framework/areas.yaml": _texts(list(city.areas.values())),
        "framework/organisations.yaml": _texts(city.organisations),
        "framework/dimensions.yaml": _texts(city.dimensions),
        "framework/units.yaml": _texts([city.units, city.themes]),
        "framework/indicators": _texts(city.indicators),
        "framework/parameters.yaml": _texts(city.parameters),
        "framework/outline.yaml": _texts(city.outline),
        **{f"framework/contracts/{name}.yaml": _texts(c) for name, c in city.contracts.items()},
        **{
            f"figures.{name}": figures[name].drop_nulls().unique().to_list()
            for name in ("source", "note", "derivation")
        },
    }
    problems = []
    for where, texts in places.items():
        if lost := missing("".join(texts)):
            named = " ".join(f"{c} (U+{ord(c):04X})" for c in lost[:SHOWN])
            problems.append(
                Problem(where=where, rule="glyph_missing", found=named, severity="warning", count=len(lost))
            )
    return problems


def _texts(value: Any) -> Iterable[str]:
    """Yield every text in a model, a list or a mapping."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif hasattr(value, "model_dump"):
        yield from _texts(value.model_dump())
