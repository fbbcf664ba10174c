"""The bundled city: it loads, and every published figure is in it as it was collected."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from typing import get_args

import duckdb
import polars as pl
import pytest
from tests.needs import VALIDATION, unavailable

import zhiheng
from zhiheng.framework.city import City, load
from zhiheng.framework.contracts import Contract
from zhiheng.framework.measures import FigureMeasure, RecordMeasure
from zhiheng.framework.periods import parse

BUNDLED = Path(zhiheng.__file__).parent / "cities" / "liuzhou"
COLLECTED = BUNDLED / "1_collected" / "quality_office"
SHARED = VALIDATION.parent / "data"
UNITS = {
    "index": "index",
    "percent": "percent",
    "count": "count",
    "index points": "index_points",
    "100 million yuan": "hundred_million_yuan",
    "10 thousand bags": "ten_thousand_bags",
    "10 thousand vehicles": "ten_thousand_vehicles",
}
RESOURCED = {"85.6": "市场监管总局(2025-03)", "85.86": "市场监管总局发布会(2025-08-22)"}
"""The two national indices of 2024, which were collected with one source text."""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def shared(name: str) -> list[dict[str, str]]:
    if not (SHARED / name).is_file():
        unavailable(f"no {name} beside ZHIHENG_VALIDATION")
    return read(SHARED / name)


@pytest.fixture(scope="module")
def city() -> City:
    return load(BUNDLED)


@pytest.fixture(scope="module")
def figures() -> list[dict[str, str]]:
    return read(COLLECTED / "figures.csv")


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, str]]:
    return {row["source"]: row for row in read(COLLECTED / "sources.csv")}


# ---- what was collected stays as it was printed ------------------------------------------------


def test_all_figures_are_there_in_order(figures: list[dict[str, str]]) -> None:
    assert len(figures) == len(shared("figures.csv")) == 278


@pytest.mark.parametrize(
    "column",
    ["ref_area", "time_period", "indicator", "obs_value", "decimals", "obs_status", "bound",
     "conflict_group", "derivation", "note"],
)  # fmt: skip
def test_a_column_is_as_collected(column: str, figures: list[dict[str, str]]) -> None:
    assert [row[column] for row in figures] == [row[column] for row in shared("figures.csv")]


def test_units_are_the_collected_ones_as_codes(figures: list[dict[str, str]]) -> None:
    for ours, theirs in zip(figures, shared("figures.csv"), strict=True):
        assert ours["unit_measure"] == UNITS[theirs["unit_measure"]]


def test_sources_are_as_collected_but_for_the_two_that_shared_one(
    figures: list[dict[str, str]], sources: dict[str, dict[str, str]]
) -> None:
    changed = []
    for ours, theirs in zip(figures, shared("figures.csv"), strict=True):
        if theirs["source"] == "市场监管总局(2025)":
            changed.append(ours["obs_value"])
            assert ours["source"] == RESOURCED[ours["obs_value"]]
            assert sources[ours["source"]]["issuer"] == "市场监管总局"
        else:
            assert ours["source"] == theirs["source"]
            assert ours["release_date"] == theirs["release_date"]
    assert changed == ["85.6", "85.86"]


def test_the_issuer_stands_in_the_source_text(sources: dict[str, dict[str, str]]) -> None:
    unnamed = {row["issuer"] for row in sources.values() if row["issuer"].endswith(("未记录名称)", "(推算)"))}
    assert unnamed == {"报纸(未记录名称)", "媒体(未记录名称)", "质衡项目(推算)"}
    # What the State Council and the Party issue together is cited by its title alone.
    cited_by_title = {"《质量强国建设纲要》(2023)"}
    for text, row in sources.items():
        if row["issuer"] not in unnamed and text not in cited_by_title:
            for body in row["issuer"].split("、"):
                assert body[:2] in text  # as the text shortens some: 深圳市…/市场监管局


def test_breakdowns_are_the_printed_words(city: City, figures: list[dict[str, str]]) -> None:
    for ours, theirs in zip(figures, shared("figures.csv"), strict=True):
        words = [
            ours[name] if name == "counted" else city.dimensions[name].name_of(ours[name]).zh
            for name in city.dimensions
            if ours[name]
        ]
        assert words == ([theirs["breakdown"]] if theirs["breakdown"] else [])


def test_industries_are_of_the_edition_in_force(figures: list[dict[str, str]]) -> None:
    """The national communiques of 2005-2010 used GB/T 4754-2002; the edition of 2011 followed."""
    for row in figures:
        if row["industry"].startswith("C"):
            edition = 2002 if int(row["time_period"]) <= 2011 else 2011
            assert row["industry"].endswith(f"_{edition}")


def test_areas_are_as_collected(city: City) -> None:
    collected = shared("areas.csv")
    assert list(city.areas) == [row["ref_area"] for row in collected]
    for row in collected:
        area = city.areas[row["ref_area"]]
        assert area.name.zh == row["name_zh"]
        assert row["name_en"] in ("", area.name.en)
        for key in ("parent", "valid_from", "valid_to", "successor"):
            assert (getattr(area, key) or "") == row[key]


# ---- the city holds together -------------------------------------------------------------------


def frame(contract: Contract, rows: list[dict[str, str]]) -> pl.DataFrame:
    """Collected text as the contract types it; empty cells are null or the field's default."""
    numbers = {"integer": pl.Int64, "number": pl.Float64}
    text = pl.DataFrame(
        {f.name: [row[f.name] or f.default for row in rows] for f in contract.fields},
        schema=dict.fromkeys((f.name for f in contract.fields), pl.String),
    )
    return text.with_columns(
        pl.col(f.name).str.to_date("%Y-%m-%d") if f.type == "date" else pl.col(f.name).cast(numbers[f.type])
        for f in contract.fields
        if f.type in ("date", *numbers)
    )


@pytest.mark.parametrize("table", ["figures", "sources"])
def test_collected_tables_meet_their_contracts(city: City, table: str) -> None:
    contract, rows = city.contracts[table], read(COLLECTED / f"{table}.csv")
    assert list(rows[0]) == [f.name for f in contract.fields]
    data = frame(contract, rows)
    codes = city.codes()
    for field in contract.fields:
        values = data[field.name].drop_nulls()
        limits = field.constraints
        if limits.required:
            assert values.len() == len(rows), field.name
        if field.codes:
            assert set(values) <= codes[field.codes] | {"_T"}, field.name
        if limits.enum:
            assert set(values) <= set(limits.enum), field.name
        if limits.maxLength:
            assert values.str.len_chars().max() <= limits.maxLength, field.name
    assert not data.select(contract.primaryKey).is_duplicated().any()
    for rule in contract.rules:
        sql = city.condition(rule.condition, table).sql()
        broken = duckdb.sql(f"SELECT * FROM data WHERE NOT ({sql})").pl()
        assert broken.is_empty(), rule.rule


def test_every_figure_names_a_known_source_and_every_source_is_used(
    figures: list[dict[str, str]], sources: dict[str, dict[str, str]]
) -> None:
    assert {row["source"] for row in figures} == set(sources)


def test_figures_have_their_indicators_units_and_breakdowns(
    city: City, figures: list[dict[str, str]]
) -> None:
    for row in figures:
        indicator = city.indicators[row["indicator"]]
        assert row["unit_measure"] == indicator.unit_measure
        assert {name for name in city.dimensions if row[name]} <= set(indicator.dimensions)
        assert city.areas[row["ref_area"]].valid_in(parse(row["time_period"]))


def test_indicators_and_collected_figures_are_the_same_set(city: City, figures: list[dict[str, str]]) -> None:
    published = {
        code for code, i in city.indicators.items() if any(isinstance(m, FigureMeasure) for m in i.measures)
    }
    assert published == {row["indicator"] for row in figures}
    themes = {i.theme for code, i in city.indicators.items() if code.startswith("target_")}
    assert themes == {"targets"}


def test_every_kind_of_measure_is_shown(city: City) -> None:
    kinds = {m.kind for i in city.indicators.values() for m in i.measures}
    records = {get_args(m.model_fields["kind"].annotation)[0] for m in get_args(RecordMeasure)}
    assert kinds == {*records, "weighted_rate", "index", "figure", "change", "attainment"}


def test_what_is_simulated_says_so(city: City) -> None:
    for indicator in city.indicators.values():
        series = {m.series for m in indicator.measures}
        if series == {"simulated"}:
            assert "模拟" in indicator.name.zh
            assert "simulated" in indicator.name.en
        if "published" in series:
            assert indicator.headline == "published"
    for name, contract in city.contracts.items():
        assert name.startswith("simulated_") == (contract.series == "simulated")


def test_collected_targets_are_found(city: City, figures: list[dict[str, str]]) -> None:
    collected = {(r["indicator"], r["ref_area"], r["time_period"]) for r in figures}
    targets = [t for i in city.indicators.values() for t in i.targets if t.figure]
    assert len(targets) == 7
    for target in targets:
        assert (target.figure, target.ref_area, target.time_period) in collected


def test_different_runs_are_never_joined(city: City) -> None:
    qci = city.indicators["qci"]
    assert qci.run_of("450200", "2007") == qci.run_of("450200", "2015") is None
    assert qci.run_of("450200", "2021") == qci.run_of("450200", "2024") == "2021"
    assert qci.run_of("CN", "2024") is None
    services = city.indicators["satisfaction_services"]
    assert services.run_of("450200", "2017") != services.run_of("450200", "2021")


def test_the_scorecard_is_liuzhou_s(city: City, figures: list[dict[str, str]]) -> None:
    own = {row["indicator"] for row in figures if row["ref_area"] == city.settings.ref_area}
    shown = {code for code, i in city.indicators.items() if i.scorecard}
    assert 15 <= len(shown) <= 25
    assert shown <= own


def test_comparators_have_published_figures(city: City, figures: list[dict[str, str]]) -> None:
    with_figures = {row["ref_area"] for row in figures}
    assert set(city.settings.publication.comparators) <= with_figures


def test_nothing_collected_is_withheld(city: City, figures: list[dict[str, str]]) -> None:
    as_of = city.settings.publication.as_of
    assert max(date.fromisoformat(r["release_date"]) for r in figures if r["release_date"]) <= as_of


def test_the_index_has_its_two_six_and_twelve_components(city: City) -> None:
    items = city.dimensions["qci_component"].codes
    parent = {item.code: item.parent for item in items}

    def depth(code: str | None) -> int:
        return 0 if code is None else 1 + depth(parent[code])

    assert Counter(depth(code) for code in parent) == {1: 2, 2: 6, 3: 12}


def test_the_offices_are_there(city: City) -> None:
    kinds = Counter(o.kind for o in city.organisations.values())
    assert (kinds["leading_group"], kinds["quality_office"], kinds["simulation"]) == (1, 1, 1)
    assert kinds["department"] == 15 + 2  # and the bureaus of statistics and of market supervision
    counties = {o.ref_area for o in city.organisations.values() if o.kind == "county"}
    assert counties == set(city.areas.children("450200"))
    assert len(counties) == 10


def test_what_is_assumed_gives_its_reason(city: City) -> None:
    lights = [i.light for i in city.indicators.values() if i.light]
    values = [v for p in city.parameters.values() for v in p.values]
    for item in [*lights, *values]:
        assert item.status == "assumed"
        assert item.reason is not None


def test_sources_csv_is_the_two_tables_joined(
    city: City, figures: list[dict[str, str]], sources: dict[str, dict[str, str]]
) -> None:
    expected = []
    for row in figures:
        source = sources[row["source"]]
        parts = [row["indicator"], row["ref_area"], row["time_period"]]
        parts += [row[name] for name in city.dimensions if row[name]]
        expected.append(
            {
                "figure": f"{' '.join(parts)} = {row['obs_value']}",
                "issuer": source["issuer"],
                "document": source["document"],
                "release_date": row["release_date"] or source["release_date"],
            }
        )
    assert read(BUNDLED / "SOURCES.csv") == expected


def test_simulated_records_are_not_kept_with_the_project() -> None:
    assert sorted(p.name for p in (BUNDLED / "1_collected").iterdir()) == ["quality_office"]
