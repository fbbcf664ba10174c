"""Tasks of the demonstration programme: our own reconstruction, with a made-up status by year."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from zhiheng.framework.base import Assumable, Code, Day, Model, Text
from zhiheng.framework.yamlfile import load
from zhiheng.simulate.draws import CITY
from zhiheng.simulate.settings import Settings

FILE = Path(__file__).with_name("programme.yaml")
TABLE = "simulated_programme_tasks"


class Task(Model):
    """One task."""

    name: Text
    unit: Code
    with_: Annotated[list[Code], Field(alias="with")]
    target: Literal["established", "reached", "carried_out"]
    done: int


class Category(Model):
    """Tasks that belong together."""

    category: Code
    name: Text
    tasks: list[Task] = Field(min_length=1)


class Categories(Assumable):
    """The categories."""

    items: list[Category] = Field(min_length=1)


class TaskYears(Assumable):
    """The years of the programme."""

    items: list[int] = Field(min_length=1)
    deadline: Day


class ProgrammeSettings(Model):
    """`simulate/programme.yaml`."""

    years: TaskYears
    categories: Categories


def programme_tasks(_seed: int, _settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_programme_tasks`: every task at the end of every year. Nothing is drawn."""
    assumed = load(FILE, ProgrammeSettings, name=FILE.name)
    rows = []
    for year in assumed.years.items:
        for c, category in enumerate(assumed.categories.items, start=1):
            for t, task in enumerate(category.tasks, start=1):
                rows.append(
                    {
                        "task_id": f"SIMK-{c:02d}-{t:02d}",
                        "year_end": dt.date(year, 12, 31),
                        "ref_area": CITY,
                        "category": category.category,
                        "task_name": f"模拟任务：{task.name.zh}",
                        "task_name_en": f"Simulated task: {task.name.en}",
                        "unit": task.unit,
                        "cooperating": "、".join(task.with_),
                        "target": task.target,
                        "deadline": assumed.years.deadline,
                        "status": _status(year, task.done, assumed.years.items[0]),
                        "completed": year == task.done,
                    }
                )
    return {TABLE: pl.DataFrame(rows)}


def _status(year: int, done: int, first: int) -> str:
    """Return what a task has come to: it is taken up halfway between the first year and the last."""
    if year >= done:
        return "done"
    return "in_progress" if 2 * year >= first + done - 1 else "not_started"
