"""Organisations: who delivers, who is responsible, who issues."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from zhiheng.framework.areas import AreaCode
from zhiheng.framework.base import Code, Model, Text

Kind = Literal[
    "leading_group",
    "quality_office",
    "department",
    "county",
    "laboratory",
    "survey_company",
    "national_body",
    "simulation",
]


class Organisation(Model):
    """A body that takes part in the city's quality statistics."""

    organisation: Code = Field(
        description="短代码，也是它在 `1_collected` 里的文件夹名"
        " · Short code; the name of its folder in `1_collected`."
    )
    name: Text = Field(description="单位名称 · The organisation's name.")
    kind: Kind = Field(
        description="担任什么；`simulation` 只交模拟记录"
        " · What part it plays; `simulation` delivers simulated records only."
    )
    parent: Code | None = Field(default=None, description="上级单位 · The organisation it belongs to.")
    ref_area: AreaCode | None = Field(default=None, description="所管的地区 · The area it answers for.")


class OrganisationsFile(Model):
    """`framework/organisations.yaml`."""

    organisations: list[Organisation] = Field(min_length=1, description="单位 · The organisations.")
