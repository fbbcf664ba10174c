"""Open data: what every file must hold, by the standard it names."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest

from zhiheng.compute.headline import with_headlines  # noqa: F401 - says where `headline` comes from
from zhiheng.framework.city import City, load
from zhiheng.framework.periods import parse
from zhiheng.publish import sdmx
from zhiheng.publish.open_data import csv_rows


@pytest.fixture(scope="session")
def city(demo: Path) -> City:
    return load(demo)


@pytest.fixture(scope="session")
def figures(demo: Path) -> pl.DataFrame:
    return pl.read_parquet(demo / "4_computed" / "figures.parquet")


@pytest.fixture(scope="session")
def data(site: Path) -> Path:
    return site / "data"


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_the_csv_file_has_every_figure_and_column(data, figures):
    rows = read_csv(data / "figures.csv")
    assert list(rows[0]) == figures.columns
    assert [row["figure_id"] for row in rows] == figures["figure_id"].to_list()


def test_collected_figures_keep_their_printed_digits(data):
    values = {row["obs_value"] for row in read_csv(data / "figures.csv") if row["series"] == "published"}
    assert {"80.40", "84.22", "93", "2000", "87.7"} <= values


def test_made_figures_come_back_at_twelve_digits_and_no_noise(data, figures):
    rows = {row["figure_id"]: row["obs_value"] for row in read_csv(data / "figures.csv")}
    for name, value in (
        figures.filter(pl.col("series") != "published").select("figure_id", "obs_value").iter_rows()
    ):
        assert rows[name] == "" if value is None else float(rows[name]) == pytest.approx(value, rel=1e-11)
        assert len(rows[name].lstrip("-0.").replace(".", "")) <= 12 or float(rows[name]).is_integer()


def test_parquet_is_the_long_table(data, figures):
    assert pl.read_parquet(data / "figures.parquet").equals(figures)


def test_an_indicators_file_has_its_figures_and_opens_in_a_spreadsheet(data, figures):
    raw = (data / "indicators" / "qci.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = read_csv(data / "indicators" / "qci.csv")
    assert len(rows) == figures.filter(pl.col("indicator") == "qci").height
    assert {row["indicator"] for row in rows} == {"qci"}


def test_an_indicator_without_figures_has_a_head_only(figures):
    assert csv_rows(figures.clear()) == []


# ---- SDMX ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sdmx_rows(data: Path) -> list[dict[str, str]]:
    return read_csv(data / "figures.sdmx.csv")


def test_sdmx_csv_begins_with_structure_identification_and_action(data, sdmx_rows, city):
    header = (data / "figures.sdmx.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert header[3:] == [*sdmx.dimensions(city), "OBS_VALUE", *sdmx.ATTRIBUTES]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", name) for name in header)
    assert {(r["STRUCTURE"], r["STRUCTURE_ID"], r["ACTION"]) for r in sdmx_rows} == {
        ("datastructure", "LIUZHOU:QUALITY_FIGURES(1.0.0)", "I")
    }


def test_sdmx_csv_has_no_mark_at_its_head(data):
    assert (data / "figures.sdmx.csv").read_bytes().startswith(b"STRUCTURE,")


def test_no_two_observations_have_one_key(sdmx_rows, city):
    keys = [tuple(row[name] for name in sdmx.dimensions(city)) for row in sdmx_rows]
    assert len(set(keys)) == len(keys)


def test_conflicting_values_are_told_apart_by_their_report(sdmx_rows):
    found = [
        (r["REPORT"], r["OBS_VALUE"], r["OBS_STATUS"])
        for r in sdmx_rows
        if (r["INDICATOR"], r["REF_AREA"], r["TIME_PERIOD"])
        == ("satisfaction_producer_services", "450200", "2017")
    ]
    assert sorted(found) == [("1", "85.71", "U"), ("2", "88.11", "U")]


def test_a_span_of_years_is_an_sdmx_time_range(sdmx_rows):
    spans = {(r["FREQ"], r["TIME_PERIOD"]) for r in sdmx_rows if "/" in r["TIME_PERIOD"]}
    assert ("_O", "2012-01-01/P6Y") in spans
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d/P\d+[YMD]", period) for _, period in spans)


def test_the_first_value_of_a_new_run_is_a_break_whatever_else_it_is(sdmx_rows):
    qci = {
        r["TIME_PERIOD"]: (r["OBS_STATUS"], r["ZH_STATUS"])
        for r in sdmx_rows
        if r["INDICATOR"] == "qci" and r["REF_AREA"] == "450200"
    }
    assert qci["2021"] == ("B", "published_period_inferred")
    assert qci["2023"] == ("E", "derived")
    assert qci["2024"] == ("A", "published")


def test_nothing_simulated_is_called_normal(sdmx_rows):
    simulated = [r for r in sdmx_rows if r["SERIES"] == "simulated" and r["OBS_VALUE"]]
    assert "normal" not in {r["ZH_STATUS"] for r in simulated}
    assert ("A", "simulated") in {(r["OBS_STATUS"], r["ZH_STATUS"]) for r in simulated}


def test_every_status_has_an_sdmx_code():
    from zhiheng.publish.words import catalogue

    worded = {k.removeprefix("status_") for k in catalogue() if re.fullmatch(r"status_[a-z_]+(?<!_is)", k)}
    assert worded == set(sdmx.OBS_STATUS)


def test_a_missing_value_is_empty_and_says_why(sdmx_rows):
    missing = [r for r in sdmx_rows if r["OBS_VALUE"] == ""]
    assert missing
    assert {r["OBS_STATUS"] for r in missing} <= {"Q", "M"}
    assert not [r for r in sdmx_rows if r["OBS_VALUE"].lower() in ("nan", "inf", "-inf")]


def test_the_structure_has_a_list_for_every_coded_value(data, sdmx_rows, city):
    message = json.loads((data / "structure.json").read_text(encoding="utf-8"))["data"]
    lists = {item["id"]: {code["id"] for code in item["codes"]} for item in message["codelists"]}
    [structure] = message["dataStructures"]
    components = structure["dataStructureComponents"]
    listed = [
        *components["dimensionList"]["dimensions"],
        components["dimensionList"]["timeDimension"],
        *components["measureList"]["measures"],
        *components["attributeList"]["attributes"],
    ]
    assert [c["id"] for c in listed] == [*sdmx.dimensions(city), "OBS_VALUE", *sdmx.ATTRIBUTES]
    coded = 0
    for component in listed:
        enumeration = component["localRepresentation"].get("enumeration")
        if enumeration:
            codes = lists[re.search(r":(CL_\w+)\(", enumeration)[1]]
            assert {row[component["id"]] for row in sdmx_rows} - {""} <= codes, component["id"]
            coded += 1
    assert coded >= 8 + len(city.dimensions)
    concepts = {concept["id"] for concept in message["conceptSchemes"][0]["concepts"]}
    assert concepts == {c["id"] for c in listed}


# ---- the data package -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def package(data: Path) -> dict:
    return json.loads((data / "datapackage.json").read_text(encoding="utf-8"))


def test_the_package_names_files_that_are_there_with_their_size_and_checksum(package, data):
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    for resource in package["resources"]:
        content = (data / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])


def test_the_package_says_that_no_licence_was_stated_and_names_every_source(package, figures):
    assert [licence["name"] for licence in package["licenses"]] == ["notspecified"]
    assert {s["title"] for s in package["sources"]} == set(figures["source"].drop_nulls())


READ = {
    "string": str,
    "number": float,
    "integer": int,
    "date": dt.date.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def test_every_cell_is_of_the_type_that_the_schema_says(package, data):
    schema = package["resources"][0]["schema"]
    rows = read_csv(data / "figures.csv")
    assert [field["name"] for field in schema["fields"]] == list(rows[0])
    assert len({row["figure_id"] for row in rows}) == len(rows)
    for field in schema["fields"]:
        for value in {row[field["name"]] for row in rows} - {""}:
            READ[field["type"]](value)
        if enum := field.get("constraints", {}).get("enum"):
            assert {row[field["name"]] for row in rows} <= set(enum)


def test_every_contract_is_a_table_schema(data, city):
    for name, contract in city.contracts.items():
        schema = json.loads((data / "contracts" / f"{name}.json").read_text(encoding="utf-8"))
        assert [f["name"] for f in schema["fields"]] == [f.name for f in contract.fields]
        assert all(f["type"] in READ for f in schema["fields"])


def test_the_periods_of_the_file_can_be_read(data):
    for row in read_csv(data / "figures.csv"):
        parse(row["time_period"])
