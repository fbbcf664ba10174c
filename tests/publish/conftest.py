"""The bundled city's site, parsed once, and figures made by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.publish.page import Page
from zhiheng.framework.periods import parse
from zhiheng.publish.shown import Shown


@pytest.fixture(scope="session")
def site(demo: Path) -> Path:
    """The bundled city's published site, to be read only."""
    return demo / "5_published" / "site"


@pytest.fixture(scope="session")
def parsed(site: Path) -> dict[str, Page]:
    """Every page of the site by its address."""
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


BLANK = Shown(
    figure_id="0" * 16,
    value=93.0,
    plain="93.0",
    text="93.0",
    spoken="93.0",
    unit="%",
    said="93.0",
    said_unit="%",
    tight=True,
    period=parse("2015"),
    when="2015",
    area="Liuzhou",
    area_code="450200",
    series="published",
    series_code="published",
    status="published",
    status_code="published",
    flag=None,
    flag_is=None,
    basis="declared",
    limits=None,
    level=None,
    margin=None,
    cautions=(),
    n_obs=None,
    source=None,
    source_lang=None,
    released=None,
    derivation=None,
    note=None,
    conflict=False,
    simulated=False,
    run=None,
)


@pytest.fixture
def figure() -> Callable[..., Shown]:
    """Makes a figure in words: `figure("2015", 84.22, series_code="simulated")`."""
    made: list[Shown] = []

    def make(period: str, value: float | None = 1.0, **others: object) -> Shown:
        simulated = others.get("series_code") == "simulated"
        shown = dataclasses.replace(
            BLANK,
            figure_id=f"{len(made):016x}",
            period=parse(period),
            when=period,
            value=value,
            text=str(value),
            said=str(value),
            simulated=simulated,
            **others,
        )
        made.append(shown)
        return shown

    return make
