"""What every simulated table promises: its contract, its labels, its bytes, and nothing else touched."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.simulate.conftest import BUNDLED, SEED
from zhiheng.collect.check import check_city
from zhiheng.errors import ZhihengError
from zhiheng.framework.city import City, load
from zhiheng.simulate.city import TABLES, simulate, simulate_city, write
from zhiheng.simulate.goals import goals
from zhiheng.store import tree_fingerprint

CITY_WIDE = {"simulated_policies", "simulated_programme_tasks", "simulated_flagship_sales"}
"""Tables of the city as a whole."""
HASHES = {
    "simulated_firms": "5012fd1cd6b8d2c5",
    "simulated_inspections": "7a1f5999a1c7d207",
    "simulated_enterprises": "7378351b89567f8a",
    "simulated_brand_products": "f6d4e8dc23c95db0",
    "simulated_upgrading_projects": "e986b1ec1b9f029d",
    "simulated_acceptances": "e8a7dcbb29bce028",
    "simulated_reduction_projects": "7bd0502f8af8db07",
    "simulated_practice_returns": "239f0cb82958effd",
    "simulated_officers": "24cf0704f62b817c",
    "simulated_standards": "6065d84cf5a1eb3a",
    "simulated_laboratories": "8687933edd298a20",
    "simulated_honours": "6a9c5a66b8056f36",
    "simulated_policies": "2e3622bb65260ea0",
    "simulated_programme_tasks": "5ed07c915ba8abb5",
    "simulated_flagship_sales": "73ea1afea3157673",
}
"""Of each table as CSV: a change is one of the assumptions or of the generator."""


def city_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "liuzhou"))


# ---- contracts ---------------------------------------------------------------------------------


def test_every_simulated_contract_has_a_generator(city: City) -> None:
    assert {name for name, c in city.contracts.items() if c.series == "simulated"} == set(TABLES)


def test_everything_passes_the_check(demo: Path) -> None:
    files = [file for file in check_city(load(demo)) if file.organisation == "simulation"]
    assert [(file.where, p.rule, p.found) for file in files for p in file.problems] == []
    assert {f.table for f in files} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_the_contract_s(table: str, simulated: dict[str, pl.DataFrame], city: City) -> None:
    assert simulated[table].columns == [field.name for field in city.contracts[table].fields]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_says_that_it_is_simulated(table: str, city: City) -> None:
    contract = city.contracts[table]
    assert table.startswith("simulated_")
    assert "模拟" in contract.title.zh
    assert "imulated" in contract.title.en
    assert "编造" in contract.description.zh
    assert contract.organisations == ["simulation"]
    if contract.form is not None:
        assert contract.form.number.startswith("示例")
        assert "示例" in contract.form.issuer.zh


@pytest.mark.parametrize("table", TABLES)
def test_records_are_named_as_simulated(table: str, simulated: dict[str, pl.DataFrame]) -> None:
    for name, kind in simulated[table].schema.items():
        if kind == pl.String and name.endswith("_id"):
            assert simulated[table][name].drop_nulls().str.starts_with("SIM").all(), name
        if name.endswith(("_name", "inspector")):
            assert simulated[table][name].drop_nulls().str.contains("模拟").all(), name


@pytest.mark.parametrize("table", TABLES)
def test_liujiang_has_the_code_of_the_day(table: str, simulated: dict[str, pl.DataFrame], city: City) -> None:
    period = city.contracts[table].time_period
    if period is None or table in CITY_WIDE:
        return
    new = pl.col(period.field) >= dt.date(2016, 7, 1)
    of_liujiang = simulated[table].filter(pl.col("ref_area").is_in(["450206", "450221"]))
    assert of_liujiang.height
    assert of_liujiang.select(((pl.col("ref_area") == "450206") == new).all()).item()


# ---- calibration: each goal is the figure that was printed -----------------------------------------


@pytest.mark.parametrize("name", goals())
def test_a_goal_is_the_published_figure(name: str, printed: Callable[..., tuple[Decimal, str]]) -> None:
    goal = goals()[name]
    value, bound = printed(goal.indicator, goal.time_period, **goal.breakdown)
    assert (value, bound or None) == (goal.value, goal.bound)
    assert set(goal.tables) <= set(TABLES)


def test_the_page_about_the_simulation_names_every_table() -> None:
    page = (Path(__file__).parents[2] / "docs/explanation/simulation.md").read_text(encoding="utf-8")
    assert [table for table in TABLES if f"`{table}`" not in page] == []


# ---- bytes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same_alone_and_again(table: str, simulated: dict[str, pl.DataFrame]) -> None:
    assert simulate(SEED, [table])[table].equals(simulated[table], null_equal=True)


@pytest.mark.parametrize("table", TABLES)
def test_the_bytes_are_those_of_every_machine(table: str, simulated: dict[str, pl.DataFrame]) -> None:
    content = simulated[table].write_csv().encode()
    assert hashlib.sha256(content).hexdigest()[:16] == HASHES[table]


def test_another_seed_gives_other_records(simulated: dict[str, pl.DataFrame]) -> None:
    """But for the tasks of the programme, of which nothing is drawn."""
    other = simulate(SEED + 1)
    same = [t for t in TABLES if other[t].equals(simulated[t], null_equal=True)]
    assert same == ["simulated_programme_tasks"]


def test_nothing_but_the_simulation_is_written(tmp_path: Path) -> None:
    folder = city_folder(tmp_path)
    write(folder, simulate(SEED, TABLES[:1]))
    shutil.rmtree(folder / "1_collected" / "simulation")
    assert tree_fingerprint(folder) == tree_fingerprint(BUNDLED)


# ---- `zhiheng simulate` --------------------------------------------------------------------------


def rules(excinfo: pytest.ExceptionInfo[ZhihengError]) -> list[str]:
    return [problem.rule for problem in excinfo.value.problems]


def test_one_table_is_made_anew_and_the_others_stay(tmp_path: Path) -> None:
    folder = city_folder(tmp_path)
    (path,) = simulate_city(load(folder), seed=3, tables=["simulated_brand_products"])
    assert path == folder / "1_collected/simulation/simulated_brand_products.csv"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_collected_table_is_never_overwritten(tmp_path: Path) -> None:
    with pytest.raises(ZhihengError) as told:
        simulate_city(load(city_folder(tmp_path)), seed=1, tables=["figures", "simulated_firms"])
    assert rules(told) == ["table_not_simulated"]


def spoilt(folder: Path, table: str, old: str, new: str) -> City:
    path = folder / "framework/contracts" / f"{table}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load(folder)


def test_a_contract_of_real_records_is_refused(tmp_path: Path) -> None:
    folder = city_folder(tmp_path)
    city = spoilt(folder, "simulated_firms", "series: simulated", "series: computed")
    with pytest.raises(ZhihengError) as told:
        simulate_city(city, seed=1, tables=["simulated_firms"])
    assert rules(told) == ["simulation_not_simulated"]
    assert not (folder / "1_collected" / "simulation").exists()


def test_other_columns_are_refused(tmp_path: Path) -> None:
    city = spoilt(city_folder(tmp_path), "simulated_inspections", "name: inspector", "name: sampler")
    with pytest.raises(ZhihengError) as told:
        simulate_city(city, seed=1, tables=["simulated_inspections"])
    assert [(p.rule, p.found) for p in told.value.problems] == [
        ("simulation_other_fields", "inspector, sampler")
    ]


def test_another_city_is_told_that_there_is_nothing_for_it() -> None:
    sample = load(Path(__file__).parents[1] / "framework" / "sample")
    for tables, rule in (([], "nothing_to_simulate"), (["simulated_firms"], "simulation_no_contract")):
        with pytest.raises(ZhihengError) as told:
            simulate_city(sample, seed=1, tables=tables)
        assert rules(told) == [rule]


@pytest.mark.parametrize("scale", [0, 0.4, -1, 1e9, float("nan")])
def test_a_scale_out_of_range_is_refused(city: City, scale: float) -> None:
    with pytest.raises(ZhihengError) as told:
        simulate_city(city, seed=1, scale=scale)
    assert rules(told) == ["scale_range"]


def test_another_scale_has_more_firms_and_batches_and_keeps_its_averages(
    simulated: dict[str, pl.DataFrame],
) -> None:
    double = simulate(SEED, ["simulated_firms", "simulated_inspections", "simulated_enterprises"], scale=2)
    for table, frame in double.items():
        assert frame.height == 2 * simulated[table].height
    mean = [t["simulated_enterprises"]["gross_output"].mean() for t in (simulated, double)]
    assert mean[0] == pytest.approx(mean[1], rel=1e-6)
