"""One side of a comparison: the figures of a release, or of the folder as it is, with all they rest on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

import zhiheng
from zhiheng.collect import rounds
from zhiheng.collect.rounds import Round, RoundKey
from zhiheng.compute.figures import FIGURES, LINEAGE
from zhiheng.errors import Problem, ZhihengError
from zhiheng.folder.release import RELEASED, Release
from zhiheng.folder.upgrade import present_copy
from zhiheng.framework.yamlfile import read
from zhiheng.pipeline import Run
from zhiheng.store import COMPUTED

Row = dict[str, Any]
_CODED = {
    "areas": "ref_area",
    "dimensions": "dimension",
    "indicators": "indicator",
    "organisations": "organisation",
    "parameters": "parameter",
    "themes": "theme",
    "units": "unit_measure",
}
"""Lists of the framework and the key of their items."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """Figures and everything they were made from.

    Attributes
    ----------
    name : str
        The release; empty for the folder as it is.
    version, code : str
        Of the program.
    as_of : str
        Day up to which figures were shown.
    figures : dict
        Rows of the long table by `figure_id`.
    lineage : dict
        Lineage by `figure_id`.
    log : list of Round
        Every round so far.
    rounds : dict
        The rounds in force, by what they are of.
    settings : dict
        `city.yaml`, in the present format.
    lists : dict
        The framework's lists (areas, indicators, parameters, ...): code -> what it says.
    contracts, indices : dict
        By name.
    """

    name: str
    version: str
    code: str
    as_of: str
    figures: dict[str, Row]
    lineage: dict[str, Any]
    log: list[Round]
    rounds: dict[RoundKey, Round]
    settings: dict[str, Any]
    lists: dict[str, dict[str, Any]]
    contracts: dict[str, Any]
    indices: dict[str, Any]


def released(folder: Path, made: Release) -> Side:
    """Return the side of a release."""
    place = folder / RELEASED / made.name
    log = rounds.read(folder)[: made.rounds]
    return _side(place, place, log, name=made.name, version=made.version, code=made.code)


def present(folder: Path, run: Run) -> Side:
    """Return the side of the folder as it is.

    Raises
    ------
    ZhihengError
        When its figures are not what the folder would give now.
    """
    if not run.up_to_date(COMPUTED):
        raise ZhihengError([Problem(where=COMPUTED, rule="diff_not_current")])
    log = rounds.read(folder)
    return _side(folder, folder / COMPUTED, log, name="", version=zhiheng.__version__, code=run.code)


def _side(framework: Path, computed: Path, log: list[Round], *, name: str, version: str, code: str) -> Side:
    figures = pl.read_parquet(computed / FIGURES)
    lineage = pl.read_parquet(computed / LINEAGE)
    with present_copy(framework) as folder:
        settings = _plain(folder / "city.yaml")
        files = {path.stem: _plain(path) for path in sorted(folder.glob("framework/*.yaml"))}
        files |= {
            f"indicators/{path.stem}": _plain(path) for path in folder.glob("framework/indicators/*.yaml")
        }
        contracts = {path.stem: _plain(path) for path in folder.glob("framework/contracts/*.yaml")}
        indices = {path.stem: _plain(path) for path in folder.glob("framework/indices/*.yaml")}
    lists: dict[str, dict[str, Any]] = {listed: {} for listed in _CODED}
    for file in files.values():
        for listed, key in _CODED.items():
            lists[listed] |= {item[key]: item for item in file.get(listed) or []}
    return Side(
        name=name,
        version=version,
        code=code,
        as_of=settings["publication"]["as_of"],
        figures={row["figure_id"]: row for row in figures.iter_rows(named=True)},
        lineage={f: json.loads(text) for f, text in lineage.iter_rows()},
        log=log,
        rounds={r.key: r for r in rounds.current(log)},
        settings=settings,
        lists=lists,
        contracts=contracts,
        indices=indices,
    )


def _plain(path: Path) -> dict[str, Any]:
    value = read(path, path.name).value
    return value if isinstance(value, dict) else {}
