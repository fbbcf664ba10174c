"""Simulated tables for a city folder: which there are, and writing them where a department would deliver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhiheng import store
from zhiheng.errors import Problem, raise_if
from zhiheng.framework.city import City
from zhiheng.simulate.brands import brand_products
from zhiheng.simulate.draws import ORGANISATION
from zhiheng.simulate.enterprises import enterprises
from zhiheng.simulate.flagships import flagship_sales
from zhiheng.simulate.inspections import simulate_inspections
from zhiheng.simulate.officers import officers
from zhiheng.simulate.practice import practice_returns
from zhiheng.simulate.programme import programme_tasks
from zhiheng.simulate.projects import reduction_projects, upgrading_projects
from zhiheng.simulate.registers import honours, laboratories, policies, standards
from zhiheng.simulate.settings import Settings, load_settings
from zhiheng.simulate.works import acceptances

Maker = Callable[[int, Settings], dict[str, pl.DataFrame]]
SCALES = (0.5, 500.0)
"""Below, too few firms are large enough to hold the brand products that were published; above, whole
numbers of 64 bits would not hold the totals that are shared out."""


def _inspections(seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    firms, batches = simulate_inspections(np.random.Generator(np.random.PCG64(seed)), settings)
    return {"simulated_firms": firms, "simulated_inspections": batches}


@dataclass(frozen=True, slots=True)
class Topic:
    """Tables that are made together.

    Attributes
    ----------
    tables : tuple of str
    make : callable
        From a seed and the settings of the register: table -> records.
    """

    tables: tuple[str, ...]
    make: Maker


TOPICS = (
    Topic(("simulated_firms", "simulated_inspections"), _inspections),
    Topic(("simulated_enterprises",), enterprises),
    Topic(("simulated_brand_products",), brand_products),
    Topic(("simulated_upgrading_projects",), upgrading_projects),
    Topic(("simulated_acceptances",), acceptances),
    Topic(("simulated_reduction_projects",), reduction_projects),
    Topic(("simulated_practice_returns",), practice_returns),
    Topic(("simulated_officers",), officers),
    Topic(("simulated_standards",), standards),
    Topic(("simulated_laboratories",), laboratories),
    Topic(("simulated_honours",), honours),
    Topic(("simulated_policies",), policies),
    Topic(("simulated_programme_tasks",), programme_tasks),
    Topic(("simulated_flagship_sales",), flagship_sales),
)
TABLES = tuple(table for topic in TOPICS for table in topic.tables)


def simulate(seed: int, tables: Sequence[str] = TABLES, scale: float = 1) -> dict[str, pl.DataFrame]:
    """Make simulated tables.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.
    tables : sequence of str
        Of `TABLES`; all of them by default. Each is the same whichever others are made.
    scale : float
        How many times the usual number of firms and batches.

    Returns
    -------
    dict of str to DataFrame
        In the order of `TABLES`, each with its contract's columns.
    """
    settings = load_settings()
    if scale != 1:
        batches = sum(year.batches for year in settings.years.items)
        firms = max(1, round(settings.firms.number * scale))
        settings = settings.scaled(batches=max(firms, round(batches * scale)), firms=firms)
    made: dict[str, pl.DataFrame] = {}
    for topic in TOPICS:
        if not set(topic.tables).isdisjoint(tables):
            made |= topic.make(seed, settings)
    return {table: made[table] for table in TABLES if table in tables}


def write(folder: Path, frames: Mapping[str, pl.DataFrame]) -> list[Path]:
    """Write tables into `1_collected/simulation` of a city folder."""
    paths = []
    for table, frame in frames.items():
        path = folder / store.COLLECTED / ORGANISATION / f"{table}.csv"
        store.write_text(path, frame.write_csv())
        paths.append(path)
    return paths


def simulate_city(city: City, *, seed: int, tables: Sequence[str] = (), scale: float = 1) -> list[Path]:
    """Make the simulated tables of a city folder anew.

    Parameters
    ----------
    city : City
        Only tables that its contracts know, and call simulated, are made.
    seed : int
    tables : sequence of str
        All that the folder has contracts for, by default.
    scale : float
        Within `SCALES`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ZhihengError
        Before anything is written: when a table is none that can be simulated, the folder has no
        contract for it, or its contract is of records that were collected or of other columns.
    """
    if not SCALES[0] <= scale <= SCALES[1]:
        limits = {"least": f"{SCALES[0]:g}", "most": f"{SCALES[1]:g}"}
        raise_if([Problem(where="--scale", rule="scale_range", found=f"{scale:g}", args=limits)])
    wanted = list(dict.fromkeys(tables)) or [table for table in TABLES if table in city.contracts]
    if not wanted:
        args = {"tables": ", ".join(TABLES)}
        raise_if([Problem(where=city.folder.as_posix(), rule="nothing_to_simulate", args=args)])
    raise_if(problem for table in wanted for problem in _not_this(city, table))
    frames = simulate(seed, wanted, scale)
    raise_if(problem for table, frame in frames.items() for problem in _does_not_fit(city, table, frame))
    return write(city.folder, frames)


def _not_this(city: City, table: str) -> list[Problem]:
    """Return why a table cannot be simulated in this city."""
    if table not in TABLES:
        args = {"tables": ", ".join(TABLES)}
        return [Problem(where="--table", rule="table_not_simulated", found=table, args=args)]
    if table not in city.contracts:
        where = f"framework/contracts/{table}.yaml"
        return [Problem(where=where, rule="simulation_no_contract", found=table)]
    if city.contracts[table].series != "simulated":
        where = f"framework/contracts/{table}.yaml series"
        return [Problem(where=where, rule="simulation_not_simulated", found=city.contracts[table].series)]
    return []


def _does_not_fit(city: City, table: str, frame: pl.DataFrame) -> list[Problem]:
    """Return how a city's contract and areas differ from what is made."""
    where = f"framework/contracts/{table}.yaml fields"
    names = [field.name for field in city.contracts[table].fields]
    if other := set(names).symmetric_difference(frame.columns):
        return [Problem(where=where, rule="simulation_other_fields", found=", ".join(sorted(other)))]
    areas = set(frame["ref_area"]) if "ref_area" in frame.columns else set()
    if unknown := areas - set(city.areas):
        found = ", ".join(sorted(unknown))
        return [Problem(where="framework/areas.yaml", rule="simulation_other_city", found=found)]
    return []
