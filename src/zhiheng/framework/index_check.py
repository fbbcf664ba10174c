"""What an index says of the city's indicators, before the index engine reads it: every leaf leads somewhere.

The specification itself (weights, bounds, steps) is the index engine's, which stands above the
framework; here only its tree is walked, as plain values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zhiheng.framework.measures import AttainmentMeasure, ChangeMeasure, IndexMeasure

if TYPE_CHECKING:
    from zhiheng.framework.crosscheck import Step, Steps, _Checker
    from zhiheng.framework.indicators import Indicator

INDICES = "framework/indices"
_DIRECTIONS = {"1": "higher", "-1": "lower"}


def check(checker: _Checker) -> None:
    """Collect what is wrong between the files of `framework/indices` and the indicators that they name."""
    for code, marked in checker.city.indices.items():
        file = f"{INDICES}/{code}.yaml"
        stated = marked.value.get("index") if isinstance(marked.value, dict) else None
        if isinstance(stated, str) and stated != code:
            checker.fail("index_file_name", stated, file, "index")
        for steps, node in _nodes(marked.value):
            if not _is_leaf(node):
                continue
            name = str(node.get("code"))
            if not checker.known(name, checker.city.indicators, "indicators", file, *steps, "code"):
                continue
            way = _DIRECTIONS.get(str(node.get("direction", "1")))
            indicator = checker.city.indicators[name]
            if {way, indicator.direction} == {"higher", "lower"}:
                checker.fail("index_direction", name, file, *steps, direction=indicator.direction)


def measure(checker: _Checker, indicator: Indicator, made: IndexMeasure, file: str, *steps: Step) -> None:
    """Check one measure made of an index: its series, breakdowns and scores."""
    city = checker.city
    if not checker.known(made.index, city.indices, "indices", file, *steps, "index"):
        return
    if (made.series == "simulated") != (made.of_series == "simulated"):
        checker.fail("measure_simulated", made.series, file, *steps, "series")
    for i, name in enumerate(made.by):
        checker.known(name, indicator.dimensions, "dimensions", file, *steps, "by", i)
    nodes = [node for _, node in _nodes(city.indices[made.index].value)]
    for code in leaves(city.indices[made.index].value):
        if code in city.indicators:
            _input(checker, made, code, file, *steps)
    if made.scores is not None and checker.known(
        made.scores, indicator.dimensions, "dimensions", file, *steps, "scores"
    ):
        codes = [item.code for item in city.dimensions[made.scores].codes]
        for node in nodes[1:]:
            name = component(made.index, str(node.get("code")))
            checker.known(name, codes, made.scores, file, *steps, "scores")


def _input(checker: _Checker, made: IndexMeasure, code: str, file: str, *steps: Step) -> None:
    """Check that an input has the series, from records or documents, and the breakdowns."""
    inner = checker.city.indicators[code]
    series = {m.series: m for m in inner.measures}
    if not checker.known(made.of_series, series, code, file, *steps, "of_series"):
        return
    if isinstance(series[made.of_series], ChangeMeasure | AttainmentMeasure | IndexMeasure):
        checker.fail("measure_of_derived", code, file, *steps, "index")
    for i, name in enumerate(made.by):
        checker.known(name, inner.dimensions, f"{code}.dimensions", file, *steps, "by", i)


def component(index: str, node: str) -> str:
    """Return the code of a node in a dimension of scores: without the index's own name before it."""
    return node.removeprefix(f"{index}_")


def leaves(value: Any) -> list[str]:
    """Return the indicators of an index, in the order of its tree."""
    return [str(node.get("code")) for _, node in _nodes(value) if _is_leaf(node)]


def _is_leaf(node: dict[str, Any]) -> bool:
    return not node.get("parts")


def _nodes(value: Any) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yield the nodes of a tree that is written out, parents first; of anything else nothing."""
    tree = value.get("tree") if isinstance(value, dict) else None
    waiting: list[tuple[Steps, Any]] = [(("tree",), tree)]
    while waiting:
        steps, node = waiting.pop(0)
        if not isinstance(node, dict):
            continue
        yield steps, node
        parts = node.get("parts")
        if isinstance(parts, list):
            waiting[:0] = [((*steps, "parts", i), part) for i, part in enumerate(parts)]
