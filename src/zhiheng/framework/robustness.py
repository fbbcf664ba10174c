"""What is varied to see how far the ranks of an index hang on its choices, as data.

The index engine, which stands above the framework, says whether an address exists and an option
fits; here only the shape is held.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from zhiheng.framework.base import Assumable, Code, Model


class Variation(Model):
    """One choice that could have been made otherwise; the words of `zhiheng.index.Vary`."""

    address: str = Field(
        min_length=1,
        description="变什么：`weights`、步骤（`normalise`）或其参数（`aggregate.method`）"
        " · What is varied: `weights`, a step, or an argument of one.",
    )
    values: list[Any] | None = Field(
        default=None, description="机会相等的几种取法 · Options of equal chance."
    )
    between: list[float] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="在两数之间均匀取 · Uniform between two numbers.",
    )
    noise: float | None = Field(
        default=None,
        gt=0,
        description="相对变动：0.25 即上下四分之一 · Relative: 0.25 is a quarter up or down.",
    )
    levels: list[Code] | None = Field(
        default=None, description="只变这些层的权重 · Only the weights of these levels."
    )


class Robustness(Assumable):
    """How the ranks of the areas below the city are put to the test, at every computation alike."""

    seed: int = Field(ge=0, description="随机数的种子：同一种子，同样的数 · Same seed, same numbers.")
    runs: int = Field(
        ge=100, le=20_000, description="模拟区间用多少次 · Runs behind the simulation intervals."
    )
    draws: int = Field(
        ge=16,
        le=4096,
        description="敏感性分析每个样本抽多少次 · Draws in each sample of the sensitivity analysis.",
    )
    resamples: int = Field(
        ge=0, le=5000, description="敏感性的自助重抽次数，0 表示不做 · Bootstrap resamples; 0: none."
    )
    interval: float = Field(
        gt=50, lt=100, description="区间包住多少次模拟，% · Share of the runs inside an interval, per cent."
    )
    vary: list[Variation] = Field(min_length=1, description="变哪些选择 · The choices that are varied.")
