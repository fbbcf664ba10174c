"""The path walked backwards: from a figure to the file somebody delivered.

`Explainer` opens a city's finished folders once; `explain` gives a tree of steps, from the figure
to what it was made from, down to frozen files, their checksums and the collected lines.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from zhiheng.collect import rounds
from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.explain.explainer import Explainer
from zhiheng.explain.steps import Coded, Fact, Row, Step
from zhiheng.framework.city import load
from zhiheng.framework.periods import parse
from zhiheng.store import COMPUTED, REDUCED, stamp_of

__all__ = ["Coded", "Explainer", "Fact", "Row", "Step", "explain_city"]


def explain_city(folder: Path, indicator: str, ref_area: str, time_period: str) -> list[Step]:
    """Explain the headline figures of an indicator, area and period in a city folder.

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
    try:
        parse(time_period)
    except ValueError:
        problems.append(Problem(where="--period", rule="period_form", found=time_period))
    raise_if(problems)
    current = rounds.current(rounds.read(folder))
    raise_if(rounds.verify(folder, current))
    explainer = Explainer(city, current, folder / REDUCED, folder / COMPUTED)
    found = explainer.find(indicator, ref_area, time_period)
    if not found:
        raise ZhihengError([_no_figure(explainer.figures, indicator, ref_area, time_period)])
    return [explainer.explain(row["figure_id"]) for row in found]


def _unknown(option: str, code: str, known: Iterable[str], what: str) -> Problem:
    close = difflib.get_close_matches(code, list(known), n=1)
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
