"""Every step of COINr's ASEM example, to 1e-8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.index.conftest import ASEM_STEPS, LEVELS, table
from zhiheng import index

Asem = tuple[index.Index, pl.DataFrame]
STAGES = {
    "data": "Raw",
    "denominate": "Denominated",
    "impute": "Imputed",
    "screen": "Screened",
    "treat": "Treated",
    "normalise": "Normalised",
}


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    theirs = theirs.sort("uCode")
    ours = ours.sort("unit")
    assert ours["unit"].to_list() == theirs["uCode"].to_list()
    names = [name for name in theirs.columns if name != "uCode"]
    assert set(names) == set(ours.columns) - {"unit", "time_period"}
    np.testing.assert_allclose(
        ours.select(names).to_numpy(), theirs.select(names).cast(pl.Float64).to_numpy(), rtol=1e-8, atol=1e-12
    )


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage(asem: Asem, asem_folder: Path, stage: str) -> None:
    same(index.compute(*asem).stage(stage), table(asem_folder / f"{STAGES[stage]}.csv"))


def test_the_index_and_every_node(asem: Asem, asem_folder: Path) -> None:
    same(index.compute(*asem).values, table(asem_folder / "Aggregated.csv"))


def test_ranks(asem: Asem, asem_folder: Path) -> None:
    theirs = table(asem_folder / "Aggregated.csv").with_columns(
        rank=pl.col("Index").rank("min", descending=True).cast(pl.Float64)
    )
    joined = index.compute(*asem).ranks.join(theirs.rename({"uCode": "unit"}), on="unit")
    assert joined["Index"].to_list() == joined["rank"].to_list()


@pytest.mark.parametrize("points", [1, 2, 3, 4])
def test_fewer_points_reach_the_logarithm(asem: Asem, asem_folder: Path, points: int) -> None:
    steps = [dict(step) for step in ASEM_STEPS]
    steps[3] = {"treat": steps[3]["treat"] | {"max_points": points}}
    spec = index.from_coinr(asem_folder / "iMeta.csv", steps=steps, levels=LEVELS)
    same(index.compute(spec, asem[1]).stage("treat"), table(asem_folder / f"Treated_winmax{points}.csv"))


def test_screened_before_imputing_five_units_go(asem: Asem, asem_folder: Path) -> None:
    steps = [ASEM_STEPS[i] for i in (0, 2, 1, 3, 4, 5)]
    spec = index.from_coinr(asem_folder / "iMeta.csv", steps=steps, levels=LEVELS)
    screened = index.compute(spec, asem[1]).stage("screen")
    assert screened.height == 46
    same(screened, table(asem_folder / "Screened_before_impute.csv"))


def test_the_tree_file_named_in_yaml_is_the_same_index(asem: Asem, asem_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "imeta.csv").write_text(
        (asem_folder / "iMeta.csv").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "asem.yaml").write_text(
        """
index: Index
levels: [indicator, pillar, sub_index, index]
tree: imeta.csv
steps:
  - denominate: {}
  - impute: {method: group_mean, by: EurAsia_group}
  - screen: {rule: missing, min_available: 0.9}
  - treat: {method: winsorise, max_points: 5, skew: 2, kurtosis: 3.5, otherwise: log_ct}
  - normalise: {method: min_max, range: [0, 100]}
  - aggregate: {method: arithmetic}
""",
        encoding="utf-8",
    )
    assert index.Index.from_yaml(tmp_path / "asem.yaml") == asem[0]


def test_observed_values_are_never_altered_and_imputed_ones_are_flagged(asem: Asem) -> None:
    result = index.compute(*asem)
    before, after = result.stage("denominate"), result.stage("impute")
    missing = {
        (row["unit"], name)
        for row in before.iter_rows(named=True)
        for name in result.spec.arrays.codes[:49]
        if row[name] is None
    }
    flagged = {(row["unit"], row["indicator"]) for row in result.imputed.iter_rows(named=True)}
    assert flagged == missing
    assert len(missing) > 50
    old, new = before.drop("unit", "time_period").to_numpy(), after.drop("unit", "time_period").to_numpy()
    known = ~np.isnan(old)
    assert (old[known] == new[known]).all()


def test_the_table_of_treatments_says_what_was_done(asem: Asem) -> None:
    done: dict[str, Any] = {
        row["indicator"]: row for row in index.compute(*asem).treatments().iter_rows(named=True)
    }
    assert done["LPI"]["points_high"] == done["LPI"]["points_low"] == 0
    assert done["Services"]["points_high"] == 4
    assert done["FemLab"]["points_low"] == 1
    assert abs(done["Services"]["skew_after"]) < 2 < done["Services"]["skew_before"]
