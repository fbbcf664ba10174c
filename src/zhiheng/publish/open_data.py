"""Figures as open data: CSV, Parquet, SDMX-CSV, a data package, the contracts as table schemas.

Every file has the same bytes whenever the figures are the same.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from zhiheng import store
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.measures import SERIES
from zhiheng.publish import files, numbers, sdmx
from zhiheng.publish.words import catalogue

PROFILE = "https://datapackage.org/profiles/2.0/"
NO_LICENCE = "notspecified"
"""Open Definition's name for it: the bodies that published the figures stated no licence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that readers may take.

    Attributes
    ----------
    path : str
        Below the site's `data` folder.
    octets : int
    sha256 : str
    """

    path: str
    octets: int
    sha256: str


def write(city: City, figures: pl.DataFrame, folder: Path) -> None:
    """Write every data file.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.
    folder : Path
        The site's `data` folder.
    """
    header, rows = figures.columns, csv_rows(figures)
    files.write(folder / "figures.csv", csv_text([header, *rows]))
    pq.write_table(figures.to_arrow(), folder / "figures.parquet", compression="zstd", row_group_size=131_072)
    files.write(folder / "figures.sdmx.csv", csv_text(sdmx.data_rows(city, figures)))
    files.write(folder / "structure.json", _json(sdmx.structure(city, figures)))
    by_indicator: dict[str, list[list[str]]] = {code: [] for code in city.indicators}
    for row in rows:
        by_indicator[row[header.index("indicator")]].append(row)
    for code, mine in by_indicator.items():
        # The mark at the head tells spreadsheet programs that the file is UTF-8.
        files.write(folder / "indicators" / f"{code}.csv", "\ufeff" + csv_text([header, *mine]))
    for name, contract in city.contracts.items():
        files.write(folder / "contracts" / f"{name}.json", _json(table_schema(city, contract)))
    package = data_package(city, figures, folder)
    files.write(folder / "datapackage.json", _json(package))


def downloads(folder: Path) -> list[Download]:
    """Return everything that stands in the site's `data` folder."""
    return [_download(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]


def _download(folder: Path, path: Path) -> Download:
    return Download(
        path=path.relative_to(folder).as_posix(), octets=path.stat().st_size, sha256=store.sha256(path)
    )


def csv_rows(figures: pl.DataFrame) -> list[list[str]]:
    """Return figures as texts: collected values with their printed digits, made ones in full."""
    columns = {name: [_text(value) for value in figures[name].to_list()] for name in figures.columns}
    published = figures.with_row_index().filter(pl.col("series") == "published").drop_nulls("obs_value")
    for at, value, decimals in published.select("index", "obs_value", "decimals").iter_rows():
        columns["obs_value"][at] = numbers.plain(value, decimals)
    return [list(row) for row in zip(*columns.values(), strict=True)]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return numbers.plain(value, None) if isinstance(value, float) else str(value)


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


# ---- the data package ------------------------------------------------------------------------------


def data_package(city: City, figures: pl.DataFrame, folder: Path) -> dict[str, Any]:
    """Return the descriptor of the data package (Frictionless Data Package 2.0)."""
    schema = figure_schema(city, figures)
    sources = [{"title": source} for source in figures["source"].drop_nulls().unique().sort()]

    def resource(name: str, path: str, form: str, mediatype: str, **more: Any) -> dict[str, Any]:
        file = _download(folder, folder / path)
        return {
            "name": name,
            "path": path,
            "format": form,
            "mediatype": mediatype,
            "bytes": file.octets,
            "hash": f"sha256:{file.sha256}",
            **more,
        }

    return {
        "$schema": f"{PROFILE}datapackage.json",
        "name": f"{city.settings.city}-quality-statistics",
        "title": _both(city.settings.name, catalogue()["site_title"]),
        "description": _joined(catalogue()["package_description"]),
        "version": city.settings.publication.as_of.isoformat(),
        "licenses": [{"name": NO_LICENCE, "title": _joined(catalogue()["no_licence"])}],
        "sources": sources or [{"title": _joined(catalogue()["no_source"])}],
        "contributors": [{"title": _joined(city.settings.name.model_dump()), "roles": ["publisher"]}],
        "resources": [
            resource(
                "figures", "figures.csv", "csv", "text/csv", encoding="utf-8", type="table", schema=schema
            ),
            resource("figures-parquet", "figures.parquet", "parquet", "application/vnd.apache.parquet"),
            resource(
                "figures-sdmx",
                "figures.sdmx.csv",
                "csv",
                "application/vnd.sdmx.data+csv;version=2.0.0",
                encoding="utf-8",
            ),
            resource(
                "structure", "structure.json", "json", "application/vnd.sdmx.structure+json;version=2.0.0"
            ),
        ],
    }


def _both(name: Text, words: Mapping[str, str]) -> str:
    return f"{words['zh'].format(city=name.zh)} {words['en'].format(city=name.en)}"


def _joined(words: Mapping[str, str]) -> str:
    return f"{words['zh']} {words['en']}"


_TYPES = {pl.String: "string", pl.Float64: "number", pl.Int32: "integer", pl.Int64: "integer",
          pl.Date: "date", pl.Boolean: "boolean"}  # fmt: skip


def figure_schema(city: City, figures: pl.DataFrame) -> dict[str, Any]:
    """Return the long table's schema (Frictionless Table Schema 2.0)."""
    fields: list[dict[str, Any]] = []
    for name, kind in figures.schema.items():
        field: dict[str, Any] = {
            "name": name,
            "type": _TYPES[type(kind) if isinstance(kind, pl.DataType) else kind],
        }
        if name in city.dimensions:
            field["title"] = _joined(city.dimensions[name].name.model_dump())
        else:
            field["title"] = _joined(catalogue()[f"column_{name}"])
            field["description"] = _joined(catalogue()[f"column_{name}_is"])
        if name == "series":
            field["constraints"] = {"required": True, "enum": list(SERIES)}
        elif name == "figure_id":
            field["constraints"] = {"required": True, "unique": True, "pattern": "[0-9a-f]{16}"}
        fields.append(field)
    return {
        "$schema": f"{PROFILE}tableschema.json",
        "fieldsMatch": ["exact"],
        "fields": fields,
        "missingValues": [""],
        "primaryKey": ["figure_id"],
    }


def table_schema(city: City, contract: Contract) -> dict[str, Any]:
    """Return a contract as a Table Schema, its own keys kept beside the standard's."""
    keys = [
        {
            "fields": key.fields,
            "reference": {"resource": key.reference.resource, "fields": key.reference.fields},
        }
        for key in contract.foreignKeys
    ]
    return {
        "$schema": f"{PROFILE}tableschema.json",
        "name": contract.contract,
        "title": _joined(contract.title.model_dump()),
        "description": _joined(contract.description.model_dump()),
        "version": contract.version,
        "basis": contract.basis,
        "series": contract.series,
        "fields": [_field(city, field) for field in contract.fields],
        "missingValues": contract.missingValues,
        **({"primaryKey": contract.primaryKey} if contract.primaryKey else {}),
        **({"foreignKeys": keys} if keys else {}),
        "rules": [
            {
                "rule": rule.rule,
                "condition": rule.condition,
                "severity": rule.severity,
                "message": _joined(rule.message.model_dump()),
            }
            for rule in contract.rules
        ],
    }


def _field(city: City, field: FieldSpec) -> dict[str, Any]:
    constraints = field.constraints.model_dump(mode="json", exclude_defaults=True)
    if field.codes and field.codes.startswith("dimension:"):
        constraints["enum"] = [i.code for i in city.dimensions[field.codes.partition(":")[2]].codes]
    return {
        "name": field.name,
        "type": field.type,
        "title": _joined(field.title.model_dump()),
        **({"description": _joined(field.description.model_dump())} if field.description else {}),
        **({"codes": field.codes} if field.codes else {}),
        **({"personal": field.personal} if field.personal else {}),
        **({"constraints": constraints} if constraints else {}),
    }
