"""The path walked backwards: from a figure to the file somebody delivered.

`Explainer` opens a city's finished folders once; `explain` gives a tree of steps, from the figure
to what it was made from, down to frozen files, their checksums and the collected lines.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zhiheng.collect import rounds
from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.explain.explainer import Explainer
from zhiheng.explain.steps import Coded, Fact, Row, Step
from zhiheng.framework.city import City, load
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.periods import parse
from zhiheng.store import COMPUTED, REDUCED, stamp_of

__all__ = ["Coded", "Explainer", "Explanation", "Fact", "Row", "Step", "explain_city"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where the figures that were asked for come from, and what else may be asked.

    Attributes
    ----------
    steps : list of Step
        One for each figure.
    breakdowns : dict
        Dimension -> codes of the figures of the same indicator, area and period.
    """

    steps: list[Step]
    breakdowns: dict[str, list[str]]


def explain_city(
    folder: Path, indicator: str, ref_area: str, time_period: str, by: Iterable[str] = ()
) -> Explanation:
    """Explain the headline figures of an indicator, area and period in a city folder.

    Parameters
    ----------
    folder : Path
        The city folder.
    indicator, ref_area, time_period : str
    by : iterable of str
        Codes of a breakdown, each as `dimension=code`; the totals when none is given.

    Raises
    ------
    ZhihengError
        When the city was not computed yet, or a code, the period or the figure does not exist.
    """
    city = load(folder)
    if stamp_of(folder / COMPUTED) is None or stamp_of(folder / REDUCED) is None:
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_computed")])
    problems = [
        _unknown(option, code, known, what)
        for option, code, known, what in (
            ("INDICATOR", indicator, city.indicators, "indicators"),
            ("--area", ref_area, city.areas, "areas"),
        )
        if code not in known
    ]
    codes, wrong = _by(city, by)
    problems += wrong
    try:
        parse(time_period)
    except ValueError:
        problems.append(Problem(where="--period", rule="period_form", found=time_period))
    raise_if(problems)
    current = rounds.current(rounds.read(folder))
    raise_if(rounds.verify(folder, current))
    explainer = Explainer(city, current, folder / REDUCED, folder / COMPUTED)
    breakdowns = _breakdowns(city, explainer.headlines(indicator, ref_area, time_period))
    found = explainer.find(indicator, ref_area, time_period, codes)
    if not found and codes and explainer.find(indicator, ref_area, time_period):
        raise ZhihengError([_no_breakdown(codes, breakdowns)])
    if not found:
        raise ZhihengError([_no_figure(explainer.figures, indicator, ref_area, time_period)])
    steps = [explainer.explain(row["figure_id"]) for row in found]
    return Explanation(steps=steps, breakdowns=breakdowns)


def _by(city: City, given: Iterable[str]) -> tuple[dict[str, str], list[Problem]]:
    """Read `dimension=code`, each dimension once."""
    codes: dict[str, str] = {}
    problems: list[Problem] = []
    for text in given:
        name, equals, code = (part.strip() for part in text.partition("="))
        if not (name and equals and code) or name in codes:
            problems.append(Problem(where="--by", rule="by_form", found=text))
        elif name not in city.dimensions:
            problems.append(_unknown("--by", name, city.dimensions, "dimensions"))
        elif code not in (known := [TOTAL, *(item.code for item in city.dimensions[name].codes)]):
            problems.append(_unknown("--by", code, known, f"dimensions: {name}"))
        codes.setdefault(name, code)
    return codes, problems


def _breakdowns(city: City, rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return the dimensions that figures are broken down by, with the codes that have figures."""
    there: dict[str, set[str]] = {name: set() for name in city.dimensions}
    for row in rows:
        for name, codes in there.items():
            if row[name] not in (None, TOTAL):
                codes.add(row[name])
    return {
        name: [item.code for item in city.dimensions[name].codes if item.code in codes]
        for name, codes in there.items()
        if codes
    }


def _no_breakdown(codes: Mapping[str, str], breakdowns: Mapping[str, list[str]]) -> Problem:
    there = "; ".join(f"{name}={', '.join(known)}" for name, known in breakdowns.items())
    return Problem(
        where="--by",
        rule="breakdown_not_found",
        found=", ".join(f"{name}={code}" for name, code in codes.items()),
        args={"there": there or "-"},
    )


def _unknown(option: str, code: str, known: Iterable[str], what: str) -> Problem:
    longer = [name for name in known if code and name.startswith(code)]
    close = longer or difflib.get_close_matches(code, list(known), n=1)
    args = {"list": what, "close": close[0] if close else "-"}
    return Problem(where=option, rule="code_unknown", found=code, args=args)


def _no_figure(figures: pl.DataFrame, indicator: str, ref_area: str, time_period: str) -> Problem:
    mine = figures.filter((pl.col("indicator") == indicator) & (pl.col("ref_area") == ref_area))
    periods = mine["time_period"].unique().sort().to_list()
    return Problem(
        where=f"{indicator} --area {ref_area} --period {time_period}",
        rule="figure_not_found",
        args={"periods": ", ".join(periods) or "-"},
    )
