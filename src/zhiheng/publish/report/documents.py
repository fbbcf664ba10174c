"""Writes the Word documents of a city, in every language it publishes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import polars as pl

from zhiheng.collect.rounds import Round
from zhiheng.errors import Lang, Problem, ZhihengError, raise_if
from zhiheng.explain import Explainer
from zhiheng.framework.city import City
from zhiheng.publish import files
from zhiheng.publish.report import template, word
from zhiheng.publish.report.annual import annual
from zhiheng.publish.report.brief import brief
from zhiheng.publish.report.circular import circular
from zhiheng.publish.report.desk import Desk, report_year, up_to
from zhiheng.publish.report.fields import DOCUMENTS, Document
from zhiheng.publish.report.tables import Numbering

WRITERS: dict[str, Callable[[Desk], Document]] = {"report": annual, "brief": brief, "circular": circular}
"""What puts each document's fields together."""
OWN = "framework"
"""Where a city's own templates are."""


def build(city: City, figures: pl.DataFrame, explainer: Explainer, out: Path) -> list[str]:
    """Write the documents.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.
    explainer : Explainer
    out : Path
        Gets a folder `report`.

    Returns
    -------
    list of str
        The files, below `report`; none where the city has no figure of its own to report on.

    Raises
    ------
    ZhihengError
        When a template is unfit or cannot be filled; nothing is written then.
    """
    year = report_year(city, figures)
    if year is None:
        return []
    templates = {
        (name, lang): _template(city, name, lang) for name in WRITERS for lang in city.settings.languages
    }
    raise_if(
        problem
        for (name, _), (data, where) in templates.items()
        if where.startswith(OWN)  # the tests look the bundled ones over
        for problem in template.check(data, where, DOCUMENTS[name])
    )
    figures = up_to(figures, year)
    made: dict[str, bytes] = {}
    for lang in city.settings.languages:
        desk = Desk(city, figures, year, lang, explainer)
        for name, write in WRITERS.items():
            desk.numbering = Numbering()
            document = write(desk)
            data, where = templates[name, lang]
            made[f"{name}_{lang}.docx"] = word.fill(
                data, where, document, day=city.settings.publication.as_of
            )
    for file, content in made.items():
        files.write(out / "report" / file, content)
    files.flush(out / "report")
    return list(made)


def write(city: City, rounds: Sequence[Round], reduced: Path, computed: Path, out: Path) -> list[str]:
    """Write the documents in a process that has nothing but a city's results; as `build` does it.

    Parameters
    ----------
    city : City
    rounds : sequence of Round
        The current rounds.
    reduced, computed : Path
        What was reduced and computed from them.
    out : Path
    """
    explainer = Explainer(city, rounds, reduced, computed)
    return build(city, explainer.figures, explainer, out)


def _template(city: City, name: str, lang: Lang) -> tuple[bytes, str]:
    """Return a template and how messages call it: the city's own where it has one, else the bundled.

    A city's own template is `framework/<document>_template.docx` for its first language and
    `framework/<document>_template_<language>.docx` for any.
    """
    names = [f"{name}_template_{lang}.docx"]
    if lang == city.settings.languages[0]:
        names.append(f"{name}_template.docx")
    for file in names:
        path = city.folder / OWN / file
        if path.exists():
            try:
                return path.read_bytes(), f"{OWN}/{file}"
            except OSError as error:
                problem = Problem(where=f"{OWN}/{file}", rule="file_unreadable", found=str(error.strerror))
                raise ZhihengError([problem]) from None
    bundled = resources.files("zhiheng.publish") / "report_templates" / f"{name}_{lang}.docx"
    return bundled.read_bytes(), bundled.name
