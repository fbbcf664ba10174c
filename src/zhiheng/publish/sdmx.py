"""Figures in SDMX: SDMX-CSV 2.0 data, and the data structure definition it names.

References: SDMX-CSV 2.0 field guide (SDMX 3.0); SDMX-JSON 2.0 structure message; the code lists
CL_OBS_STATUS 2.2 and CL_FREQ 2.1 of SDMX's cross-domain guidelines, and the guideline on observation
status (version 2.0, May 2019): with one flag a value, a break goes before all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL, TOTAL_NAME
from zhiheng.framework.measures import SERIES
from zhiheng.framework.periods import Period, parse
from zhiheng.publish import numbers
from zhiheng.publish.shown import Figure
from zhiheng.publish.words import catalogue

OBS_STATUS = {
    "published": "A",
    "published_period_inferred": "A",
    "derived": "E",
    "published_conflict": "U",
    "target": "A",
    "normal": "A",
    "simulated": "A",
    "margin_not_defined": "A",
    "estimated": "E",
    "missing_input": "M",
    "suppressed": "Q",
    "no_cases": "M",
    "not_defined": "M",
}
"""Our statuses in CL_OBS_STATUS: A normal, E estimated, U low reliability, Q missing and suppressed,
M missing as it cannot exist.  The first value after a break is B whatever else it is.  Ours stay
readable in the attribute ZH_STATUS, where a normal value of a simulated series is called simulated
(see `status`)."""

FREQ = {"year": "A", "quarter": "Q", "month": "M", "day": "D", "span": "_O"}
ATTRIBUTES = {
    "OBS_STATUS": "obs_status",
    "ZH_STATUS": "obs_status",
    "DECIMALS": "decimals",
    "BOUND": "bound",
    "BASIS": "basis",
    "STD_ERROR": "std_error",
    "CI_LOW": "ci_low",
    "CI_HIGH": "ci_high",
    "CONFIDENCE_LEVEL": "confidence_level",
    "MARGIN": "margin",
    "INTERVAL": "interval",
    "DF": "df",
    "N_OBS": "n_obs",
    "ORGANISATION": "organisation",
    "SOURCE": "source",
    "RELEASE_DATE": "release_date",
    "VINTAGE": "vintage",
    "COVERAGE": "coverage",
    "RANGE_LOW": "range_low",
    "RANGE_HIGH": "range_high",
    "METHOD_VERSION": "method_version",
    "METHOD_STATUS": "method_status",
    "SERIES_BREAK": "series_break",
    "CONFLICT_GROUP": "conflict_group",
    "DERIVATION": "derivation",
    "NOTE": "note",
    "FIGURE_ID": "figure_id",
}
"""Attributes, each with the column of the long table it comes from."""


def structure_id(city: City) -> str:
    """Return the data structure's identification, `AGENCY:ID(VERSION)`."""
    return f"{city.settings.city.upper()}:QUALITY_FIGURES(1.0.0)"


def dimensions(city: City) -> list[str]:
    """Return the ids of the dimensions, time last."""
    return [
        "FREQ",
        "REF_AREA",
        "INDICATOR",
        *(name.upper() for name in city.dimensions),
        "SERIES",
        "UNIT_MEASURE",
        "REPORT",
        "TIME_PERIOD",
    ]


def data_rows(city: City, figures: pl.DataFrame) -> Iterator[list[str]]:
    """Yield the header and one row a figure.

    `REPORT` numbers the values that several sources state for one cell, so that keys stay unique.
    """
    yield ["STRUCTURE", "STRUCTURE_ID", "ACTION", *dimensions(city), "OBS_VALUE", *ATTRIBUTES]
    seen: dict[tuple[str, ...], int] = {}
    identity = structure_id(city)
    for row in figures.iter_rows(named=True):
        period = parse(row["time_period"])
        key = [
            FREQ[period.frequency],
            row["ref_area"],
            row["indicator"],
            *(row[name] for name in city.dimensions),
            row["series"],
            row["unit_measure"],
        ]
        cell = (*key, row["time_period"])
        seen[cell] = seen.get(cell, 0) + 1
        value = "" if row["obs_value"] is None else _value(row)
        attributes = [_attribute(row, name, period) for name in ATTRIBUTES]
        yield ["datastructure", identity, "I", *key, str(seen[cell]), period.sdmx, value, *attributes]


def _value(row: Figure) -> str:
    printed = row["decimals"] if row["series"] == "published" else None
    return numbers.plain(row["obs_value"], printed)


def status(row: Figure) -> str:
    """Return a figure's status for files that put it into words: nothing simulated is called normal."""
    normal = row["obs_status"] == "normal" and row["series"] == "simulated"
    found: str = "simulated" if normal else row["obs_status"]
    return found


def _attribute(row: Figure, name: str, period: Period) -> str:
    if name == "ZH_STATUS":
        return status(row)
    value = row[ATTRIBUTES[name]]
    if name == "OBS_STATUS":
        first_of_run = row["series_break"] is not None and parse(row["series_break"]).start == period.start
        return "B" if first_of_run and row["obs_value"] is not None else OBS_STATUS[value]
    if value is None:
        return ""
    return numbers.plain(value, None) if isinstance(value, float) else str(value)


# ---- the structure ---------------------------------------------------------------------------------


def structure(city: City, figures: pl.DataFrame) -> dict[str, Any]:
    """Return the structure message: code lists, concepts and the data structure definition."""
    agency = city.settings.city.upper()
    lists = _code_lists(city, figures)
    coded = {code_list["id"].removeprefix("CL_"): code_list["id"] for code_list in lists}
    names = [*dimensions(city), "OBS_VALUE", *ATTRIBUTES]
    concepts = [_named(name, _concept_name(city, name)) for name in names]

    def component(name: str, **more: Any) -> dict[str, Any]:
        urn = f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={agency}:CS_QUALITY(1.0.0).{name}"
        representation: dict[str, Any] = {"format": {"dataType": _DATA_TYPES.get(name, "String")}}
        if name in coded:
            listed = f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={agency}:{coded[name]}(1.0.0)"
            representation = {"enumeration": listed}
        return {"id": name, "conceptIdentity": urn, "localRepresentation": representation, **more}

    *ordinary, time = dimensions(city)
    return {
        "meta": {
            "id": f"{agency}_QUALITY_FIGURES",
            "prepared": f"{city.settings.publication.as_of.isoformat()}T00:00:00",
            "contentLanguages": ["zh", "en"],
            "sender": {"id": agency},
        },
        "data": {
            "codelists": [
                {**_artefact(agency, item["id"], item["title"]), "codes": item["codes"]} for item in lists
            ],
            "conceptSchemes": [
                {**_artefact(agency, "CS_QUALITY", Text(zh="概念", en="Concepts")), "concepts": concepts}
            ],
            "dataStructures": [
                {
                    **_artefact(agency, "QUALITY_FIGURES", Text(zh="质量统计指标值", en="Quality figures")),
                    "dataStructureComponents": {
                        "dimensionList": {
                            "id": "DimensionDescriptor",
                            "dimensions": [component(name, position=i) for i, name in enumerate(ordinary)],
                            "timeDimension": component(time),
                        },
                        "measureList": {
                            "id": "MeasureDescriptor",
                            "measures": [component("OBS_VALUE")],
                        },
                        "attributeList": {
                            "id": "AttributeDescriptor",
                            "attributes": [
                                component(name, attributeRelationship={"observation": {}})
                                for name in ATTRIBUTES
                            ],
                        },
                    },
                }
            ],
        },
    }


_DATA_TYPES = {
    "TIME_PERIOD": "ObservationalTimePeriod",
    "OBS_VALUE": "Double",
    "DECIMALS": "Integer",
    "STD_ERROR": "Double",
    "CI_LOW": "Double",
    "CI_HIGH": "Double",
    "CONFIDENCE_LEVEL": "Double",
    "DF": "Double",
    "N_OBS": "Integer",
    "REPORT": "Integer",
    "RELEASE_DATE": "GregorianDay",
}


def _artefact(agency: str, name: str, title: Text) -> dict[str, Any]:
    return {"agencyID": agency, "version": "1.0.0", **_named(name, title)}


def _named(name: str, title: Text) -> dict[str, Any]:
    return {"id": name, "name": title.zh, "names": {"zh": title.zh, "en": title.en}}


def _text(key: str) -> Text:
    return Text(**catalogue()[key])


def _concept_name(city: City, name: str) -> Text:
    for dimension in city.dimensions.values():
        if dimension.dimension.upper() == name:
            return dimension.name
    if name in ("FREQ", "REPORT", "ZH_STATUS"):
        return _text(f"concept_{name.lower()}")
    return _text(f"column_{name.lower()}")


def _code_lists(city: City, figures: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the code lists, areas and indicators cut to those that occur."""

    def made(name: str, title: Text, codes: Iterable[tuple[str, Text]]) -> dict[str, Any]:
        return {"id": f"CL_{name}", "title": title, "codes": [_named(code, text) for code, text in codes]}

    def words(prefix: str, codes: Sequence[str]) -> list[tuple[str, Text]]:
        return [(code, _text(f"{prefix}_{code}")) for code in codes]

    used_areas, used = set(figures["ref_area"]), set(figures["indicator"])
    bases = ["census", "probability", "quota", "targeted", "declared"]
    return [
        made("FREQ", _text("concept_freq"), [(FREQ[f], _text(f"frequency_{f}")) for f in FREQ]),
        made("REF_AREA", _text("column_ref_area"),
             [(code, area.name) for code, area in city.areas.items() if code in used_areas]),
        made("INDICATOR", _text("column_indicator"),
             [(code, item.name) for code, item in city.indicators.items() if code in used]),
        *(
            made(name.upper(), item.name, [(TOTAL, TOTAL_NAME), *((c.code, c.name) for c in item.codes)])
            for name, item in city.dimensions.items()
        ),
        made("SERIES", _text("column_series"), words("series", SERIES)),
        made("UNIT_MEASURE", _text("column_unit_measure"), [(c, u.name) for c, u in city.units.items()]),
        made("OBS_STATUS", _text("column_obs_status"),
             [(code, _text(f"sdmx_status_{code.lower()}")) for code in ("A", "B", "E", "M", "Q", "U")]),
        made("ZH_STATUS", _text("concept_zh_status"), words("status", list(OBS_STATUS))),
        made("BASIS", _text("column_basis"), words("basis", bases)),
    ]  # fmt: skip
