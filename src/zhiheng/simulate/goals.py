"""The published figures that the simulation reproduces, read from `goals.yaml`."""

from __future__ import annotations

import functools
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from zhiheng.framework.base import Code, Model, PeriodText, Text
from zhiheng.framework.dimensions import DimensionCode
from zhiheng.framework.yamlfile import load

FILE = Path(__file__).with_name("goals.yaml")


class Goal(Model):
    """A published figure and how simulated records come to it."""

    goal: Code
    indicator: Code
    time_period: PeriodText
    breakdown: dict[Code, DimensionCode] = Field(default_factory=dict)
    bound: Literal[">=", ">"] | None = Field(default=None, description="Where only a bound was printed.")
    value: Decimal = Field(description="As printed.")
    tables: list[Code] = Field(min_length=1, description="The tables that together give it.")
    how: Text


class GoalsFile(Model):
    """`simulate/goals.yaml`; every figure is of the bundled city as a whole."""

    reference: str
    goals: list[Goal] = Field(min_length=1)


@functools.cache
def goals() -> dict[str, Goal]:
    """Return every goal by its name."""
    return {goal.goal: goal for goal in load(FILE, GoalsFile, name=FILE.name).goals}


def published(goal: str, *, per: int = 1) -> int:
    """Return a published figure as a whole number of ``1 / per`` of its unit.

    Parameters
    ----------
    goal : str
        Its name in `goals.yaml`.
    per : int
        100 gives 28.97 as 2897.
    """
    return int(goals()[goal].value * per)
