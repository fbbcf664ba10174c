"""The tiny city with what the less simple measures need, and hand-made records to reduce and compute.

Industries in two levels, a sample (`tests_of_goods`), a yearly table of output whose period is a
field (`output`), and a register with validity (`brands`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tests import tiny_city
from zhiheng.collect.rounds import Round
from zhiheng.compute.figures import compute_city
from zhiheng.errors import Problem
from zhiheng.explain import Explainer, Step
from zhiheng.framework.city import City, load
from zhiheng.reduce.tables import Part, reduce_city

LIUZHOU, YUFENG, LIUNAN = "450200", "450203", "450204"

AREAS = """
  - {ref_area: "450203", name: {zh: 鱼峰区, en: Yufeng}, parent: "450200", code_system: GB/T 2260}
  - {ref_area: "450204", name: {zh: 柳南区, en: Liunan}, parent: "450200", code_system: GB/T 2260}
"""
DIMENSION = """
  - dimension: industry
    name: {zh: 行业, en: Industry}
    codes:
      - {code: C, name: {zh: 制造业, en: Manufacturing}}
      - {code: C36, name: {zh: 汽车, en: Motor vehicles}, parent: C}
      - {code: C3610, name: {zh: 整车, en: Whole vehicles}, parent: C36}
      - {code: C3660, name: {zh: 零部件, en: Parts}, parent: C36}
      - {code: C31, name: {zh: 钢铁, en: Steel}, parent: C}
"""
PLANS = """
plan_periods:
  - {plan_period: fyp_11, name: {zh: 十一五, en: Eleventh plan}, time_period: 2006/2010, status: official,
     reference: 十一五规划纲要}
  - {plan_period: fyp_12, name: {zh: 十二五, en: Twelfth plan}, time_period: 2011/2015, status: official,
     reference: 十二五规划纲要}
"""
_KEYS = """  - {name: ref_area, type: string, title: {zh: 地区, en: Area}, codes: areas,
     constraints: {required: true}}
  - {name: industry, type: string, title: {zh: 行业, en: Industry}, codes: "dimension:industry",
     constraints: {required: true}}
"""
_HEAD = "version: '1'\ntitle: {zh: 表, en: Table}\ndescription: {zh: 表, en: Table}\nseries: computed\n"
CONTRACTS = {
    "goods": "contract: goods\nbasis: probability\n"
    + _HEAD
    + "time_period: {field: day, frequency: quarter}\nfields:\n"
    + _KEYS
    + """  - {name: day, type: date, title: {zh: 日期, en: Day}, constraints: {required: true}}
  - {name: good, type: boolean, title: {zh: 合格, en: Good}, constraints: {required: true}}
""",
    "output": "contract: output\nbasis: census\n"
    + _HEAD
    + "time_period: {field: time_period}\nfields:\n"
    + _KEYS
    + """  - {name: time_period, type: string, format: period, title: {zh: 时期, en: Period},
     constraints: {required: true}}
  - {name: value, type: number, title: {zh: 产值, en: Output}}
""",
    "brands": "contract: brands\nbasis: census\n"
    + _HEAD
    + "fields:\n"
    + _KEYS
    + """  - {name: valid_from, type: date, title: {zh: 起, en: From}, constraints: {required: true}}
  - {name: valid_to, type: date, title: {zh: 止, en: To}}
  - {name: value, type: number, title: {zh: 产值, en: Output}}
""",
}
INDICATOR = """
indicators:
  - indicator: made
    name: {{zh: 数, en: Figure}}
    definition: {{zh: 试验, en: A trial}}
    theme: product
    unit_measure: {unit}
    direction: higher
    responsible: office
    dimensions: [industry]
    decimals: 2
    headline: computed
    measures:
      - {measure}
{more}"""


def city(
    folder: Path,
    measure: str,
    *,
    unit: str = "count",
    more: str = "",
    edits: Mapping[str, Any] | None = None,
    files: Mapping[str, str] | None = None,
) -> City:
    """The city with one indicator, `made`, by the measure given as a line of YAML."""
    tiny_city.write(folder)
    _append(folder / "framework/areas.yaml", AREAS)
    _append(folder / "framework/dimensions.yaml", DIMENSION)
    _append(folder / "framework/parameters.yaml", PLANS)
    for name, text in CONTRACTS.items():
        (folder / f"framework/contracts/{name}.yaml").write_text(text, encoding="utf-8")
    text = INDICATOR.format(unit=unit, measure=measure, more=more)
    (folder / "framework/indicators/made.yaml").write_text(text, encoding="utf-8")
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name, (old, new) in (edits or {}).items():
        path = folder / name
        before = path.read_text(encoding="utf-8")
        assert old in before, old
        path.write_text(before.replace(old, new), encoding="utf-8")
    return load(folder)


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").rstrip() + text, encoding="utf-8")


def goods(area: str, industry: str, day: str, good: int, bad: int) -> pl.DataFrame:
    """Tested goods of one area, industry and day."""
    n = good + bad
    return pl.DataFrame(
        {"ref_area": [area] * n, "industry": [industry] * n, "day": [dt.date.fromisoformat(day)] * n,
         "good": [True] * good + [False] * bad}
    )  # fmt: skip


def output(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    """Output by area, industry and period."""
    return pl.DataFrame(rows, schema=["ref_area", "industry", "time_period", "value"], orient="row")


def brands(*rows: tuple[str, str, str, str | None, float]) -> pl.DataFrame:
    """Brands by area, industry, first and last day, output."""
    schema = ["ref_area", "industry", "valid_from", "valid_to", "value"]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("valid_from").str.to_date(), pl.col("valid_to").cast(pl.String).str.to_date()
    )


@dataclass(frozen=True)
class Result:
    """What one run made: the figures of `made`, the problems, and the city to explain them."""

    city: City
    figures: pl.DataFrame
    problems: list[Problem]
    rounds: list[Round]

    def value(self, area: str, period: str, column: str = "obs_value", industry: str = "_T") -> Any:
        """One column of the figure of an area, period and industry."""
        (row,) = self.figures.filter(ref_area=area, time_period=period, industry=industry).rows(named=True)
        return row[column]

    def periods(self, area: str) -> list[str]:
        """The periods for which an area has figures, in order."""
        return sorted(self.figures.filter(ref_area=area, industry="_T")["time_period"].to_list())

    def explain(self, area: str, period: str) -> Step:
        """The explanation of one figure."""
        folder = self.city.folder
        explainer = Explainer(self.city, self.rounds, folder / "3_reduced", folder / "4_computed")
        return explainer.explain(self.value(area, period, "figure_id"))


def run(city: City, **tables: list[pl.DataFrame]) -> Result:
    """Reduce and compute hand-made records, each frame a frozen file of its own."""
    parts, rounds = [], []
    for table, frames in tables.items():
        for i, frame in enumerate(frames):
            file, sha = f"{table}{i}.parquet", f"{table}-{i}"
            frame.write_parquet(city.folder / file)
            parts.append(Part(table, f"part{i}", "office", file, sha))
            rounds.append(
                Round(round=len(rounds) + 1, table=table, time_period=f"part{i}", organisation="office",
                      version=1, action="freeze", file=file, sha256=sha, rows=1, contract_version="1",
                      contract_fingerprint="", source=file, source_sha256=sha, supersedes=None, restores=None,
                      reason="", at="2018-12-31T00:00:00+08:00")
            )  # fmt: skip
    reduced, computed = city.folder / "3_reduced", city.folder / "4_computed"
    for place in (reduced, computed):
        place.mkdir()
    reduce_city(city, parts, reduced)
    problems = compute_city(city, reduced, computed)
    made = pl.read_parquet(computed / "figures.parquet").filter(pl.col("indicator") == "made")
    return Result(city, made, problems, rounds)
