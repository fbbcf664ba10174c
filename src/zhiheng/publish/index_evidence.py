"""What stands behind an index on its page: its nodes, and how far its ranks can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.measures import IndexMeasure
from zhiheng.index import Index
from zhiheng.publish.shown import Voice

BASELINE = "_baseline"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What `compute` left behind on every index.

    Attributes
    ----------
    nodes : DataFrame
        `index_nodes.parquet`: see `compute.indices.node_schema`.
    robustness : DataFrame
        `index_robustness.parquet`: see `compute.robustness.SCHEMA`.
    specs : mapping of str to Index
    """

    nodes: pl.DataFrame
    robustness: pl.DataFrame
    specs: Mapping[str, Index]

    def of(self, voice: Voice, measure: IndexMeasure) -> Standing | None:
        """Return one index for the areas below the city, in the period that was put to the test.

        None where no such area has the index.
        """
        city = voice.city
        mine = self.robustness.filter(index=measure.index, series=measure.series)
        below = self.nodes.filter(
            pl.col("ref_area").is_in(city.areas.children(city.settings.ref_area)),
            *(pl.col(name) == TOTAL for name in city.dimensions),
            index=measure.index,
            series=measure.series,
        )
        if mine.is_empty():
            return None
        period = mine["time_period"][0]
        return Standing(
            voice=voice, measure=measure, spec=self.specs[measure.index], time_period=period,
            nodes=below.filter(time_period=period), robustness=mine,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One index over the areas below the city in one period.

    Attributes
    ----------
    nodes, robustness : DataFrame
        The rows of `Evidence` that belong to it.
    """

    voice: Voice
    measure: IndexMeasure
    spec: Index
    time_period: str
    nodes: pl.DataFrame
    robustness: pl.DataFrame

    @cached_property
    def names(self) -> dict[str, str]:
        """What areas and nodes are called."""
        said = {node.code: node.name for node in self.spec.tree.walk()}
        said[self.spec.tree.code] = self.spec.tree.name or self.spec.name
        nodes = {c: n if isinstance(n, str) else self.voice(n) if n else c for c, n in said.items()}
        return nodes | {area: self.voice.area(area) for area in self.areas}

    @cached_property
    def areas(self) -> list[str]:
        """The areas, by rank."""
        ranks = self.of_kind("rank").sort("nominal", "ref_area")
        return ranks["ref_area"].to_list()

    def of_kind(self, kind: str) -> pl.DataFrame:
        """Return the rows of one kind."""
        return self.robustness.filter(kind=kind)

    @cached_property
    def tree(self) -> pl.DataFrame:
        """The tree: code, level, parent, importance_weight, effective_weight, lower, upper, status."""
        one = self.nodes.filter(pl.col("ref_area") == self.areas[0], pl.col("node") != BASELINE)
        return one.rename({"node": "code"})

    @cached_property
    def parts(self) -> list[str]:
        """The nodes directly below the index."""
        return [node.code for node in self.spec.tree.parts]

    @cached_property
    def contributions(self) -> pl.DataFrame:
        """unit, indicator, contribution."""
        found = self.nodes.filter(pl.col("contribution").is_not_null(), pl.col("ref_area").is_in(self.areas))
        return found.select(unit="ref_area", indicator="node", contribution="contribution")

    def brought(self, area: str, part: str) -> float:
        """Return what the indicators under a node contribute to an area's index."""
        below = [node.code for node in self.spec.node(part).walk() if node.is_indicator]
        mine = self.contributions.filter(pl.col("indicator").is_in(below), unit=area)
        return float(mine["contribution"].sum())

    def value(self, area: str) -> float:
        """Return the index of an area."""
        return float(self.nodes.filter(ref_area=area, node=self.spec.tree.code)["value"][0])

    @cached_property
    def indicator_ranks(self) -> pl.DataFrame:
        """ref_area, node, value, rank (among the areas), lead (over the median of the areas)."""
        codes = [node.code for node in self.spec.indicators]
        found = self.nodes.filter(pl.col("node").is_in(codes), pl.col("ref_area").is_in(self.areas))
        return found.select(
            "ref_area",
            "node",
            "value",
            rank=pl.col("value").rank("min", descending=True).over("node"),
            lead=pl.col("value") - pl.col("value").median().over("node"),
        )

    def best_and_worst(self, area: str, count: int = 2) -> tuple[list[str], list[str]]:
        """Return the indicators in which an area leads the median most, and in which it trails it most."""
        mine = self.indicator_ranks.filter(ref_area=area).sort("lead", "node", descending=[True, False])
        ahead = mine.filter(pl.col("lead") > 0).head(count)
        behind = mine.filter(pl.col("lead") < 0).tail(count).reverse()
        return ahead["node"].to_list(), behind["node"].to_list()
