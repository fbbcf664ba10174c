"""The map of tiles: every county once, shades that agree with the legend, no map of next to nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from zhiheng.framework.city import City, load
from zhiheng.publish.book import Book
from zhiheng.publish.shown import Voice
from zhiheng.publish.tile_map import TileMap, tile_map

RATE = "inspection_pass_rate"


@pytest.fixture(scope="module")
def city(demo: Path) -> City:
    return load(demo)


@pytest.fixture(scope="module")
def long_table(demo: Path) -> pl.DataFrame:
    return pl.read_parquet(demo / "4_computed" / "figures.parquet")


def drawn(city: City, figures: pl.DataFrame) -> TileMap | None:
    return tile_map(Voice(city, "zh"), Book(city, figures), city.indicators[RATE])


def latest_counties() -> pl.Expr:
    return (
        (pl.col("indicator") == RATE)
        & (pl.col("time_period") == "2017")
        & pl.col("ref_area").str.starts_with("4502")
        & (pl.col("ref_area") != "450200")
    )


def with_values(long_table: pl.DataFrame, city: City, values: dict[str, float | None]) -> pl.DataFrame:
    """The long table with the counties' total rates of 2017 set, and those not named left out."""
    total = pl.all_horizontal(pl.col(name) == "_T" for name in city.dimensions)
    mine = long_table.filter(latest_counties() & total)
    kept = mine.filter(pl.col("ref_area").is_in(list(values))).with_columns(
        obs_value=pl.col("ref_area").replace_strict(values, return_dtype=pl.Float64)
    )
    return pl.concat([long_table.filter(~latest_counties()), kept])


def test_every_county_has_its_cell_and_the_north_is_read_first(city, long_table):
    found = drawn(city, long_table)
    assert found is not None
    assert found.cells[0].area == "三江侗族自治县"
    assert {cell.code for cell in found.cells} == set(city.areas.children("450200"))
    assert len({(cell.row, cell.column) for cell in found.cells}) == 10
    assert found.mark == "模拟"


def test_a_value_has_the_shade_that_the_legend_names(city, long_table):
    """Five equal widths from 90 to 95: 91.0 opens the second, the greatest closes the last."""
    values = {"450202": 90.0, "450203": 91.0, "450204": 90.949, "450205": 93.5, "450206": 95.0}
    found = drawn(city, with_values(long_table, city, values))
    assert found is not None
    steps = {cell.code: cell.step for cell in found.cells if cell.code in values}
    assert steps == {"450202": 0, "450203": 1, "450204": 0, "450205": 3, "450206": 4}
    assert [words for _, words in found.legend][:2] == ["90.0–91.0", "91.0–92.0"]
    assert {cell.step for cell in found.cells if cell.code not in values} == {None}
    assert found.missing


def test_values_that_print_alike_have_one_shade(city, long_table):
    found = drawn(city, with_values(long_table, city, {"450202": 93.01, "450203": 92.99, "450204": 93.0}))
    assert found is not None
    assert found.legend == [(0, "93.0")]
    assert {cell.step for cell in found.cells} == {0, None}


def test_two_counties_make_no_map(city, long_table):
    values = {"450202": 90.0, "450203": 91.0}
    assert drawn(city, with_values(long_table, city, values)) is None
    assert drawn(city, with_values(long_table, city, {**values, "450204": None})) is None


def test_values_that_conflict_are_printed_and_have_no_shade(city, long_table):
    values = {"450202": 90.0, "450203": 91.0, "450204": 92.0, "450205": 93.0}
    figures = with_values(long_table, city, values)
    twice = figures.filter(latest_counties() & (pl.col("ref_area") == "450205"))
    other = twice.with_columns(figure_id=pl.lit("f" * 16), obs_value=pl.lit(94.0))
    found = drawn(city, pl.concat([figures, other]))
    assert found is not None
    [cell] = [cell for cell in found.cells if cell.code == "450205"]
    assert ([f.text for f in cell.figures], cell.step) == (["93.0", "94.0"], None)


def test_without_tiles_there_is_no_map(city, long_table):
    bare = dataclasses.replace(city, outline=city.outline.model_copy(update={"tiles": []}))
    assert drawn(bare, long_table) is None
