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

    organisation: Code = Field(description="Short code; the name of its folder in `1_collected`.")
    name: Text
    kind: Kind = Field(description="What part it plays; `simulation` delivers simulated records only.")
    parent: Code | None = Field(default=None, description="The organisation it belongs to.")
    ref_area: AreaCode | None = Field(default=None, description="The area it answers for.")


class OrganisationsFile(Model):
    """`framework/organisations.yaml`."""

    organisations: list[Organisation] = Field(min_length=1)
