"""What is varied when the robustness of an index is examined: any step, argument, weight or input.

A `Vary` has an address and says between which options, or by how much, it moves.  An address that
does not exist is an error, and so is a variation that changes nothing.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import mistakes
from zhiheng.index.spec import Index

Floats = NDArray[np.float64]
_STEP = re.compile(r"([a-z_]+)(?:\[(\d+)\])?(?:\.([A-Za-z_.0-9]+))?")


@dataclass(frozen=True)
class Vary:
    """One thing that is varied.

    Parameters
    ----------
    address : str
        - a step or an argument of it: ``"normalise"``, ``"treat.max_points"``; where a kind occurs
          twice ``"treat[2].max_points"``; one indicator's ``"treat.overrides.FDI.method"``;
        - ``"weights"``: the weights of all nodes, or those of some `levels`; ``"weights.FDI"``: one;
        - ``"data"``: all raw values; ``"data.FDI"``: those of one indicator.
    values : sequence, optional
        Options of equal chance, for steps, arguments and (as mappings of codes to weights) weights.
        Weights are on the scale of the tree's own, or sum to one where a step finds them.
    between : (float, float), optional
        Uniform between two numbers, for an argument or one weight.
    noise : float, optional
        Uniform and relative, for weights (then renormalised) and data: 0.25 means up to a quarter
        more or less.
    sd : float, optional
        Normal with this standard deviation in raw units, for data.
    levels : sequence of str, optional
        For ``"weights"``: levels of the nodes whose weights move; all by default.
    limits : (float, float), optional
        For data: values are moved on the logit scale between these limits, so that a rate near its
        limit stays within; `noise` and `sd` keep their meaning to first order.
    """

    address: str
    values: Sequence[Any] | None = None
    between: tuple[float, float] | None = None
    noise: float | None = None
    sd: float | None = None
    levels: Sequence[str] | None = None
    limits: tuple[float, float] | None = None

    @property
    def kind(self) -> Literal["step", "weights", "data"]:
        """What the address is of."""
        head = self.address.partition(".")[0]
        return "weights" if head == "weights" else "data" if head == "data" else "step"

    @property
    def code(self) -> str | None:
        """The indicator or node after `weights.` or `data.`; None without one."""
        return self.address.partition(".")[2] or None

    @property
    def options(self) -> tuple[Any, ...]:
        """The options, or nothing."""
        return tuple(self.values or ())

    @cached_property
    def labels(self) -> tuple[Any, ...]:
        """The options as they are written in a frame: numbers and text as they are, the rest as JSON."""
        return tuple(
            o if isinstance(o, int | float | str) else json.dumps(_plain(o), ensure_ascii=False)
            for o in self.options
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def check(spec: Index, vary: Sequence[Vary]) -> None:
    """Raise every mistake of a list of variations that can be seen without data.

    Raises
    ------
    ZhihengError
        An address that does not exist or stands twice, an option that the step refuses, a way of
        varying that does not go with the address.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    if not vary:
        problems.append(Problem(where="vary", rule="index_vary_empty"))
    for one in vary:
        if one.address in seen:
            problems.append(Problem(where=one.address, rule="index_vary_twice", found=one.address))
        seen.add(one.address)
        problems += _manner(one) + _address(spec, one)
    if problems:
        raise ZhihengError(problems)


_MANNERS = {
    "step": (("values",), ("between",)),
    "weights": (("values",), ("noise",), ("noise", "levels")),
    "one weight": (("values",), ("between",), ("noise",)),
    "data": (("noise",), ("sd",), ("limits", "noise"), ("limits", "sd")),
}


def _manner(one: Vary) -> list[Problem]:
    kind = "one weight" if one.kind == "weights" and one.code else one.kind
    names = ("values", "between", "noise", "sd", "levels", "limits")
    given = tuple(sorted(name for name in names if getattr(one, name) is not None))
    known = "; ".join(" + ".join(manner) for manner in _MANNERS[kind])
    bad = given not in [tuple(sorted(manner)) for manner in _MANNERS[kind]]
    bad |= one.values is not None and len(set(map(repr, one.values))) < 2
    bad |= one.between is not None and not one.between[0] < one.between[1]
    bad |= any(size is not None and not 0 < size < np.inf for size in (one.noise, one.sd))
    bad |= one.noise is not None and one.kind == "weights" and one.noise >= 1
    bad |= one.kind == "weights" and not all(map(_positive, _weights_in(one)))
    bad |= one.limits is not None and not one.limits[0] < one.limits[1]
    found = [
        Problem(
            where=one.address, rule="index_vary_manner", found=", ".join(given) or "-", args={"known": known}
        )
    ]
    return found if bad else []


def _weights_in(one: Vary) -> list[Any]:
    """Return every weight that a variation names."""
    named = [list(o.values()) if isinstance(o, Mapping) else [o] for o in one.options]
    return [weight for weights in named for weight in weights] + list(one.between or ())


def _positive(weight: Any) -> bool:
    return isinstance(weight, int | float) and 0 < weight < np.inf


def _address(spec: Index, one: Vary) -> list[Problem]:
    tree = spec.arrays
    if one.kind == "data" or (one.kind == "weights" and one.code):
        known = list(tree.codes[: tree.n_indicators if one.kind == "data" else len(tree.codes) - 1])
        return (
            []
            if one.code in (None, *known)
            else [_no_address(one.address, [f"{one.kind}.{c}" for c in known])]
        )
    if one.kind == "weights":
        strange = sorted(set(one.levels or ()) - set(spec.levels[:-1]))
        found = [_no_address(f"weights {level}", list(spec.levels[:-1])) for level in strange]
        for option in one.options:
            unknown = (
                sorted(set(option) - set(tree.codes[:-1])) if isinstance(option, Mapping) else [str(option)]
            )
            found += [_no_address(f"weights.{code}", list(tree.codes[:-1])) for code in unknown]
        return found
    try:
        at, path = place(spec, one.address)
    except LookupError:
        kinds = [step.kind for step in spec.steps]
        arguments = [f"{s.kind}.{name}" for s in spec.steps for name in type(s.body).model_fields]
        return [_no_address(one.address, kinds + arguments)]
    try:
        for option in one.options or (one.between or ()):
            changed(spec, {(at, path): option})
    except ZhihengError as error:
        return list(error.problems)
    return []


def _no_address(found: str, known: Sequence[str]) -> Problem:
    close = difflib.get_close_matches(found, known, n=3)
    facts = {"known": ", ".join(close) or ", ".join(known[:12])}
    return Problem(where="vary", rule="index_address_unknown", found=found, args=facts)


def place(spec: Index, address: str) -> tuple[int, tuple[str, ...]]:
    """Return which step an address is in, and the path inside it.

    Raises
    ------
    LookupError
        When there is no such step or argument.
    """
    match = _STEP.fullmatch(address)
    if match is None:
        raise LookupError(address)
    kind, nth, rest = match.groups()
    places = [i for i, step in enumerate(spec.steps) if step.kind == kind]
    if not places or (nth is None and len(places) > 1) or int(nth or 1) > len(places) or nth == "0":
        raise LookupError(address)
    at = places[int(nth or 1) - 1]
    path = tuple(rest.split(".")) if rest else ()
    if path and path[0] not in type(spec.steps[at].body).model_fields:
        raise LookupError(address)
    return at, path


def changed(spec: Index, changes: Mapping[tuple[int, tuple[str, ...]], Any]) -> Index:
    """Return the specification with other options at some places, checked as if it were read.

    Raises
    ------
    ZhihengError
        When an option is not allowed there.
    """
    words = spec.model_dump(exclude_none=True, exclude_unset=True)
    for (at, path), value in changes.items():
        kind = spec.steps[at].kind
        if not path:
            words["steps"][at] = {kind: value}
            continue
        inside = words["steps"][at][kind]
        for name in path[:-1]:
            inside = inside.setdefault(name, {})
        inside[path[-1]] = value
        if path == ("method",):
            words["steps"][at][kind] = _fitting(spec, at, inside)
    words["tree"] = spec.tree
    try:
        return Index.model_validate(words)
    except ValidationError as error:
        raise ZhihengError(mistakes.problems("vary", words, {}, error, Index)) from None


def _fitting(spec: Index, at: int, words: dict[str, Any]) -> dict[str, Any]:
    """Leave out the arguments that the new method does not take: they were the old one's."""
    from zhiheng.index.options import arguments

    body = spec.steps[at].body
    methods = words["method"] if isinstance(words["method"], list | tuple) else [words["method"]]
    taken = {"method", "overrides", *body.common}
    for method in methods:
        taken |= arguments(body.methods[method]) if method in body.methods else set()
    return {name: value for name, value in words.items() if name in taken}
