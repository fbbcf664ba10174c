"""Simulated inspections: what they promise of size, calibration, codes and bytes."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zhiheng
from zhiheng.framework.city import City, load
from zhiheng.framework.credit_codes import faults
from zhiheng.numerics.rounding import round_half_even
from zhiheng.simulate.city import simulate, write
from zhiheng.simulate.inspections import simulate_inspections
from zhiheng.simulate.register import credit_code
from zhiheng.simulate.settings import Settings, load_settings
from zhiheng.store import tree_fingerprint

BUNDLED = Path(zhiheng.__file__).parent / "cities" / "liuzhou"
SEED = 2017


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    firms, batches = simulate_inspections(np.random.default_rng(SEED))
    return {"simulated_firms": firms, "simulated_inspections": batches}


@pytest.fixture(scope="module")
def batches(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return tables["simulated_inspections"]


@pytest.fixture(scope="module")
def city() -> City:
    return load(BUNDLED)


def pass_rate(batches: pl.DataFrame) -> float:
    return 100 * (batches["verdict"] == "conforming").sum() / len(batches)


def in_year(batches: pl.DataFrame, year: int) -> pl.DataFrame:
    return batches.filter(pl.col("sampled_on").dt.year() == year)


# ---- size and shape ----------------------------------------------------------------------------


def test_thirty_thousand_batches_of_two_thousand_firms(tables: dict[str, pl.DataFrame]) -> None:
    firms, batches = tables["simulated_firms"], tables["simulated_inspections"]
    assert (len(firms), len(batches)) == (2000, 30000)
    assert batches["firm_id"].n_unique() == 2000
    assert batches["sampled_on"].dt.year().unique().sort().to_list() == list(range(2012, 2018))
    assert batches["sampled_on"].is_sorted()


def test_ten_counties_by_the_codes_of_today(tables: dict[str, pl.DataFrame], city: City) -> None:
    areas = set(tables["simulated_firms"]["ref_area"])
    assert areas == set(city.areas.children("450200"))
    assert {city.areas.current(code) for code in tables["simulated_inspections"]["ref_area"]} == areas


def test_few_firms_are_large(tables: dict[str, pl.DataFrame]) -> None:
    share = dict(tables["simulated_firms"]["firm_size"].value_counts(normalize=True).rows())
    assert share["large"] < share["medium"] < share["micro"] < share["small"]


@pytest.mark.parametrize("table", ["simulated_firms", "simulated_inspections"])
def test_tables_meet_their_contracts(table: str, tables: dict[str, pl.DataFrame], city: City) -> None:
    contract, data = city.contracts[table], tables[table]
    assert data.columns == [f.name for f in contract.fields]
    assert data.null_count().sum_horizontal().item() == 0
    codes = city.codes()
    for field in contract.fields:
        values, limits = data[field.name], field.constraints
        if field.codes:
            assert set(values) <= codes[field.codes], field.name
        if limits.enum:
            assert set(values) <= set(limits.enum), field.name
        if limits.pattern:
            assert values.str.contains(f"^({limits.pattern})$").all(), field.name
        if limits.unique:
            assert values.is_unique().all(), field.name
        if limits.minimum is not None:
            assert values.min() >= limits.minimum, field.name
        if limits.maximum is not None:
            assert values.max() <= limits.maximum, field.name
    for rule in contract.rules:
        sql = city.condition(rule.condition, table).sql()
        assert duckdb.sql(f"SELECT * FROM data WHERE NOT ({sql})").pl().is_empty(), rule.rule


def test_batches_repeat_what_the_register_says(tables: dict[str, pl.DataFrame], city: City) -> None:
    joined = tables["simulated_inspections"].join(tables["simulated_firms"], on="firm_id", suffix="_firm")
    assert len(joined) == 30000
    assert (joined["industry"] == joined["industry_firm"]).all()
    assert (joined["firm_size"] == joined["firm_size_firm"]).all()
    assert [city.areas.current(code) for code in joined["ref_area"]] == joined["ref_area_firm"].to_list()


def test_no_firm_could_be_taken_for_a_real_one(tables: dict[str, pl.DataFrame]) -> None:
    """GB 11714 keeps the organisation codes PDY00001 to PDY99999 for internal use: nobody has one."""
    firms = tables["simulated_firms"]
    codes = firms["credit_code"]
    assert not faults(codes.to_list()).any()
    assert (
        codes.str.slice(8, 8)
        .str.contains("^PDY(0000[1-9]|000[1-9][0-9]|00[1-9][0-9]{2}|0[1-9][0-9]{3})$")
        .all()
    )
    assert firms["firm_name"][0] == "模拟企业0001"
    assert tables["simulated_inspections"]["inspector"].str.starts_with("模拟").all()


def test_codes_stay_unlike_any_real_one_in_a_register_of_any_size() -> None:
    codes = [credit_code(position) for position in (0, 99_998, 99_999, 999_999)]
    assert [code[2:16] for code in codes] == [
        "450200PDY00001", "450200PDY99999", "450201PDY00001", "450210PDY00010"
    ]  # fmt: skip
    assert not faults(codes).any()


def test_the_only_personal_field_is_dropped_at_freeze(city: City) -> None:
    personal = [f.name for f in city.contracts["simulated_inspections"].fields if f.personal == "drop"]
    assert personal == ["inspector"]


# ---- calibration -------------------------------------------------------------------------------


def published_rate() -> str:
    with (BUNDLED / "1_collected/quality_office/figures.csv").open(encoding="utf-8", newline="") as stream:
        (found,) = [
            row["obs_value"]
            for row in csv.DictReader(stream)
            if (row["ref_area"], row["time_period"], row["indicator"])
            == ("450200", "2017", "inspection_pass_rate")
        ]
    return found


def test_the_goal_is_the_published_figure() -> None:
    goal = load_settings().calibration
    assert (goal.ref_area, goal.year, str(goal.pass_rate)) == ("450200", 2017, published_rate())
    assert goal.status == "official"


def test_the_city_rounds_to_the_published_figure(batches: pl.DataFrame) -> None:
    assert str(round_half_even(pass_rate(in_year(batches, 2017)), 0)) == published_rate()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_so_it_does_for_every_seed(seed: int) -> None:
    small = load_settings().scaled(batches=2000, firms=100)
    _, batches = simulate_inspections(np.random.default_rng(seed), small)
    assert str(round_half_even(pass_rate(in_year(batches, 2017)), 0)) == published_rate()


def test_the_rate_rises_and_differs(batches: pl.DataFrame) -> None:
    rates = [pass_rate(in_year(batches, year)) for year in range(2012, 2018)]
    assert rates == sorted(rates)
    by = {
        name: dict(batches.group_by(name).agg((pl.col("verdict") == "conforming").mean()).rows())
        for name in ("channel", "firm_size")
    }
    assert by["channel"]["production"] > by["channel"]["shop"] > by["channel"]["online"]
    assert by["firm_size"]["large"] > by["firm_size"]["small"] > by["firm_size"]["micro"]


def test_batches_of_one_firm_resemble_each_other(batches: pl.DataFrame) -> None:
    """Between firms the number of failures varies more than by chance alone."""
    of_firm = batches.group_by("firm_id", "firm_size").agg(
        n=pl.len(), failed=(pl.col("verdict") == "nonconforming").sum()
    )
    often = of_firm.filter(pl.col("n") >= 10)
    p = often["failed"].sum() / often["n"].sum()
    spread = ((often["failed"] - often["n"] * p) ** 2 / (often["n"] * p * (1 - p))).mean()
    assert spread > 1.2


# ---- Liujiang changes its code -----------------------------------------------------------------


def test_liujiang_changes_its_code_in_2016(batches: pl.DataFrame) -> None:
    change = dt.date(2016, 7, 1)
    old = batches.filter(pl.col("ref_area") == "450221")["sampled_on"]
    new = batches.filter(pl.col("ref_area") == "450206")["sampled_on"]
    assert old.min() < dt.date(2013, 1, 1)
    assert old.max() < change <= new.min()
    assert {2016} == {old.max().year, new.min().year}


# ---- bytes -------------------------------------------------------------------------------------


def delivered(folder: Path, seed: int) -> dict[str, bytes]:
    frames = simulate(seed, ["simulated_firms", "simulated_inspections"])
    return {path.name: path.read_bytes() for path in write(folder, frames)}


def test_one_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = delivered(tmp_path / "a", SEED), delivered(tmp_path / "b", SEED)
    assert first == again
    assert list(first) == ["simulated_firms.csv", "simulated_inspections.csv"]
    assert delivered(tmp_path / "c", SEED + 1) != first


def test_files_are_utf_8_with_line_feeds(tmp_path: Path) -> None:
    for content in delivered(tmp_path, SEED).values():
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        content.decode("utf-8")


def test_nothing_published_changes(tmp_path: Path) -> None:
    copy = tmp_path / "liuzhou"
    shutil.copytree(BUNDLED, copy)
    write(copy, simulate(SEED, ["simulated_firms"]))
    assert {p.name for p in (copy / "1_collected").iterdir()} == {"quality_office", "simulation"}
    shutil.rmtree(copy / "1_collected" / "simulation")
    assert tree_fingerprint(copy) == tree_fingerprint(BUNDLED)


# ---- assumptions -------------------------------------------------------------------------------


def test_every_assumption_gives_its_reason() -> None:
    assumed = load_settings()
    for name in Settings.model_fields:
        section = getattr(assumed, name)
        assert section.status == ("official" if name == "calibration" else "assumed")
        assert section.reference or section.reason


def test_years_sum_to_what_the_issue_asks() -> None:
    assumed = load_settings()
    assert sum(year.batches for year in assumed.years.items) == 30000
    assert assumed.firms.number == 2000


def test_other_sizes_keep_the_assumptions() -> None:
    larger = load_settings().scaled(batches=100_001, firms=5000)
    firms, batches = simulate_inspections(np.random.default_rng(SEED), larger)
    assert (len(firms), len(batches)) == (5000, 100_001)
    assert batches["batch_id"].is_unique().all()
    assert str(round_half_even(pass_rate(in_year(batches, 2017)), 0)) == published_rate()
