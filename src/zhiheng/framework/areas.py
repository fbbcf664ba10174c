"""Areas by code, with validity and successors (GB/T 2260 and the project's own codes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zhiheng.framework.base import Assumable, Code, Model, RuleError, Text
from zhiheng.framework.periods import Period

AreaCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|CN(-[A-Z]+)?)$")]
AreaKind = Literal["nation", "region", "province", "city", "county"]
YearText = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}$")]


class AreaPart(Assumable):
    """What one new area took over of the one that was divided."""

    ref_area: AreaCode = Field(description="拆出的地区 · The new area.")
    share: float = Field(
        gt=0, lt=1, description="占原地区的份额，0 到 1 · Its share of the old area, 0 to 1."
    )


class Division(Model):
    """Shares by which amounts of a divided area are allocated to those that took its place."""

    by: Code = Field(description="按什么分，如 `population`、`output` · What the shares are of.")
    parts: list[AreaPart] = Field(min_length=2, description="各份，合计为 1 · The parts, adding up to 1.")

    @model_validator(mode="after")
    def _whole(self) -> Division:
        total = sum(part.share for part in self.parts)
        if abs(total - 1) > 1e-9:
            raise RuleError(rule="shares_not_one", found=f"{self.by}: {total:g}")
        return self


class Area(Model):
    """One area of a code list."""

    ref_area: AreaCode = Field(
        description="GB/T 2260 六位代码，或 `CN`、`CN-EAST` 等"
        " · Six digits of GB/T 2260, or `CN`, `CN-EAST`, ..."
    )
    name: Text = Field(description="地区名称 · The area's name.")
    parent: AreaCode | None = Field(default=None, description="计入哪个地区 · The area it is counted into.")
    code_system: Literal["GB/T 2260", "project"] = Field(
        description="代码出自哪里：国家标准，或本项目自编"
        " · Whose code this is: the national standard's, or this project's."
    )
    valid_from: YearText | None = Field(
        default=None, description="代码启用的第一年 · First year the code is in use."
    )
    valid_to: YearText | None = Field(
        default=None, description="代码使用的最后一年 · Last year the code is in use."
    )
    successor: AreaCode | None = Field(
        default=None, description="取代它的代码 · The code that took its place."
    )

    @property
    def kind(self) -> AreaKind:
        """What sort of area this is, by how its code is made (GB/T 2260)."""
        if not self.ref_area.isdigit():
            return "nation" if self.ref_area == "CN" else "region"
        if self.ref_area.endswith("0000"):
            return "province"
        return "city" if self.ref_area.endswith("00") else "county"

    divided: list[Division] = Field(
        default_factory=list,
        description="拆成几个地区时各占的份额，可按不同的量各写一组"
        " · Shares of the areas it was divided into, by one quantity or several.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Area:
        if self.successor is not None and self.divided:
            raise RuleError(rule="successor_and_divided", found=self.ref_area)
        parts = [{p.ref_area for p in division.parts} for division in self.divided]
        if any(part != parts[0] for part in parts) or len({d.by for d in self.divided}) < len(self.divided):
            raise RuleError(rule="divisions_differ", found=self.ref_area)
        return self

    def valid_in(self, period: Period) -> bool:
        """Return whether the code is in use in any part of a period.

        A change of code is dated by its year here, so both codes hold in that year.
        """
        return (self.valid_from is None or int(self.valid_from) <= period.end.year) and (
            self.valid_to is None or period.start.year <= int(self.valid_to)
        )


class AreasFile(Model):
    """`framework/areas.yaml`."""

    reference: str = Field(description="所用代码表的版本 · Which edition of the code list this is.")
    areas: list[Area] = Field(
        min_length=1, description="地区，按显示顺序 · The areas, in the order in which they are listed."
    )


class Areas(Mapping[str, Area]):
    """The areas of a city's world, by code.

    Parameters
    ----------
    areas : list of Area
        In the order in which they are to be listed.
    """

    def __init__(self, areas: list[Area]) -> None:
        self._areas = {area.ref_area: area for area in areas}

    def __getitem__(self, code: str) -> Area:
        return self._areas[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._areas)

    def __len__(self) -> int:
        return len(self._areas)

    def current(self, code: str) -> str:
        """Return the code that stands for this area today, following successors."""
        while (successor := self._areas[code].successor) is not None:
            code = successor
        return code

    def predecessors(self, code: str) -> list[str]:
        """Return the codes that this code replaced."""
        return [area.ref_area for area in self._areas.values() if area.successor == code]

    def lineage(self, code: str) -> list[str]:
        """Return the area and those it is counted into, innermost first."""
        chain = [code]
        while (parent := self._areas[chain[-1]].parent) is not None:
            chain.append(parent)
        return chain

    def children(self, code: str) -> list[str]:
        """Return the areas of today that are counted into this one directly, in listed order."""
        return self._children.get(code, [])

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for area in self._areas.values():
            if area.parent is not None and area.successor is None and not area.divided:
                found.setdefault(area.parent, []).append(area.ref_area)
        return found
