"""Uncertainty and sensitivity: what was varied, all of it and nothing else, and the same every time."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.index.conftest import small, small_data, table
from zhiheng import index
from zhiheng.errors import ZhihengError
from zhiheng.index import evaluate

module = importlib.import_module("zhiheng.index.uncertainty")  # the package has a function of that name
Asem = tuple[index.Index, pl.DataFrame]
VARY = [
    index.Vary("treat.max_points", [1, 2, 3, 4, 5]),
    index.Vary(
        "normalise", [{"method": "min_max", "range": [1, 100]}, {"method": "z_score", "mean": 10, "sd": 2}]
    ),
    index.Vary("weights", noise=0.25, levels=["pillar", "sub_index"]),
    index.Vary("aggregate.method", ["arithmetic", "geometric"]),
]
MIN_MAX = {"normalise": {"method": "min_max", "range": [1, 100]}}
ARITHMETIC = {"aggregate": {"method": "arithmetic"}}


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_asem_agrees_with_coinr_within_both_intervals(asem: Asem, asem_folder: Path) -> None:
    ours = index.sensitivity(*asem, vary=VARY, n=500, n_boot=1000, rng=rng()).indices
    theirs = table(asem_folder / "sobol_N500.csv")
    assert ours["parameter"].to_list() == [one.address for one in VARY]
    for mine, his in zip(ours.iter_rows(named=True), theirs.iter_rows(named=True), strict=True):
        assert mine["s_i_q05"] <= his["Si_q95"]
        assert his["Si_q5"] <= mine["s_i_q95"]
        assert mine["s_ti_q05"] <= his["STi_q95"]
        assert his["STi_q5"] <= mine["s_ti_q95"]


def test_every_variant_is_the_index_computed_alone(asem: Asem) -> None:
    """Draw by draw: the options and weights that are reported, put into the specification by hand."""
    spec, data = asem
    made = index.uncertainty(spec, data, vary=VARY, n=6, rng=rng(3))
    u = next(iter(module._blocks(made._seeds, 6, made._evaluator.dimensions)))[1]
    values = made._evaluator.values(u)
    for draw, row in enumerate(made.parameters.iter_rows(named=True)):
        words = spec.model_dump(exclude_none=True, exclude_unset=True)
        words["steps"][3]["treat"]["max_points"] = row["treat.max_points"]
        words["steps"][4]["normalise"] = (
            VARY[1].options[0] if '"min_max"' in row["normalise"] else VARY[1].options[1]
        )
        words["steps"][5]["aggregate"]["method"] = row["aggregate.method"]
        for part in words["tree"]["parts"]:
            part["importance_weight"] = row[f"weights.{part['code']}"]
            for pillar in part["parts"]:
                pillar["importance_weight"] = row[f"weights.{pillar['code']}"]
        alone = index.compute(index.Index.build(**words), data).values["Index"]
        np.testing.assert_allclose(values[draw], alone, rtol=1e-12)


def test_same_seed_same_numbers_whatever_the_chunks(asem: Asem, monkeypatch: pytest.MonkeyPatch) -> None:
    first = index.uncertainty(*asem, vary=VARY, n=5000, rng=rng())
    monkeypatch.setattr(evaluate, "_CHUNK", 3000)
    monkeypatch.setattr(module, "_MEMORY", 1_000_000)
    again = index.uncertainty(*asem, vary=VARY, n=5000, rng=rng())
    for name in ("values", "ranks", "top", "parameters"):
        assert getattr(first, name).equals(getattr(again, name))
    assert not first.ranks.equals(index.uncertainty(*asem, vary=VARY, n=5000, rng=rng(2)).ranks)


def test_intervals_hold_what_they_say(asem: Asem) -> None:
    made = index.uncertainty(*asem, vary=VARY, n=400, rng=rng(), top_k=5)
    assert made.ranks.columns == ["unit", "time_period", "nominal", "mean", "median", "q05", "q95"]
    u = next(iter(module._blocks(made._seeds, 400, made._evaluator.dimensions)))[1]
    ranks = made._evaluator.ranks(made._evaluator.values(u))
    np.testing.assert_allclose(made.ranks["q95"], np.quantile(ranks, 0.95, axis=0, method="higher"))
    np.testing.assert_allclose(made.top["share"], (ranks <= 5).mean(axis=0))
    pairs = made.pairwise()
    assert pairs.height == 51 * 50
    one = pairs.row(0, named=True)
    units = made.ranks["unit"].to_list()
    i, j = units.index(one["unit"]), units.index(one["other"])
    assert one["ahead"] == (ranks[:, i] < ranks[:, j]).mean()


def run(vary: list[index.Vary], n: int = 200, steps: Any = None, **words: Any) -> index.Uncertainty:
    spec = small(steps or [MIN_MAX, ARITHMETIC])
    return index.uncertainty(spec, small_data(), vary=vary, n=n, rng=rng(), **words)


@pytest.mark.parametrize(
    ("vary", "rule"),
    [
        ([], "index_vary_empty"),
        ([index.Vary("treat.max_points", [1, 2])], "index_address_unknown"),
        ([index.Vary("normalise.rnage", [[0, 1], [1, 2]])], "index_address_unknown"),
        ([index.Vary("normalise[2].range", [[0, 1], [1, 2]])], "index_address_unknown"),
        ([index.Vary("weights.e", [1, 2])], "index_address_unknown"),
        ([index.Vary("weights", noise=0.1, levels=["pilar"])], "index_address_unknown"),
        ([index.Vary("data.e", noise=0.1)], "index_address_unknown"),
        ([index.Vary("normalise.method", ["min_max", "minmax"])], "index_method_unknown"),
        ([index.Vary("normalise.sd", [1, 2])], "index_argument_unused"),
        ([index.Vary("normalise.range", [[0, 1], [0, 1]])], "index_vary_manner"),
        ([index.Vary("normalise.range")], "index_vary_manner"),
        ([index.Vary("normalise", noise=0.1)], "index_vary_manner"),
        ([index.Vary("data", values=[1, 2])], "index_vary_manner"),
        ([index.Vary("weights", noise=1.0)], "index_vary_manner"),
        ([index.Vary("weights.first", ["light", "heavy"])], "index_vary_manner"),
        ([index.Vary("weights.first", between=(0, 1))], "index_vary_manner"),
        ([index.Vary("weights", [{"first": 1}, {"first": -1}])], "index_vary_manner"),
        ([index.Vary("weights", noise=0.1), index.Vary("weights", noise=0.2)], "index_vary_twice"),
        ([index.Vary("aggregate.missing", ["fail", "available"])], "index_vary_nothing"),
        (
            [index.Vary("normalise.outside", ["fail", "clip"]), index.Vary("weights", noise=0.2)],
            "index_vary_nothing",
        ),
    ],
)
def test_a_variation_that_is_not_what_was_asked_for_is_an_error(vary: list[index.Vary], rule: str) -> None:
    with pytest.raises(ZhihengError) as caught:
        run(vary)
    assert [p.rule for p in caught.value.problems] == [rule]
    assert all(p.title("zh") and p.fix("zh") for p in caught.value.problems)


def test_a_run_without_an_answer_is_said_and_not_dropped() -> None:
    vary = [
        index.Vary("normalise.range", [[0, 100], [1, 100]]),
        index.Vary("aggregate.method", ["arithmetic", "geometric"]),
    ]
    with pytest.raises(ZhihengError) as caught:
        run(vary)
    assert caught.value.problems[0].rule == "index_not_positive"


def test_one_weight_between_two_numbers() -> None:
    made = run([index.Vary("weights.first", between=(1, 5))])
    assert made.parameters["weights.first"].is_between(1, 5).all()
    first = made.parameters["weights.first"].to_numpy()
    values = index.compute(small([MIN_MAX, ARITHMETIC]), small_data()).values
    expected = (first * values["first"][0] + 3 * values["second"][0]) / (first + 3)
    assert made.values["mean"][0] == pytest.approx(expected.mean())


def test_sets_of_weights() -> None:
    made = run([index.Vary("weights", [{"first": 1, "second": 1}, {"first": 0.001, "second": 1000}])])
    ranks = index.compute(small([MIN_MAX, ARITHMETIC]), small_data()).ranks
    assert made.ranks["nominal"].to_list() == ranks["all"].to_list()
    assert made.values["q05"][0] < made.values["q95"][0]


def test_numbers_drawn_for_an_argument() -> None:
    steps = [MIN_MAX, {"aggregate": {"method": "generalised_mean", "power": 1}}]
    made = run([index.Vary("aggregate.power", between=(0.5, 2))], n=40, steps=steps)
    assert made.parameters["aggregate.power"].n_unique() == 40
    nominal = made.values["nominal"].to_numpy()
    assert (made.values["q05"].to_numpy() <= nominal + 1e-9).all()


def test_data_move_by_their_noise_and_are_made_again() -> None:
    made = run([index.Vary("data.c", noise=0.1)], n=300)
    again = made.data(17)
    before = small_data()
    assert again["a"].to_list() == before["a"].to_list()
    ratio = again["c"] / before["c"]
    assert ratio.is_between(0.9, 1.1).all()
    assert ratio.n_unique() == 5
    alone = index.compute(small([MIN_MAX, ARITHMETIC]), again).values["all"].to_numpy()
    u = next(iter(module._blocks(made._seeds, 300, made._evaluator.dimensions)))[1]
    np.testing.assert_allclose(made._evaluator.values(u[17:18])[0], alone, rtol=1e-12)


def test_bounds_may_be_kept_while_data_move() -> None:
    steps = [{"normalise": {"method": "min_max", "outside": "extrapolate"}}, ARITHMETIC]
    refit = run([index.Vary("data", sd=0.05)], steps=steps)
    kept = run([index.Vary("data", sd=0.05)], steps=steps, refit=False)
    assert not refit.values.equals(kept.values)
    # with bounds kept and everything linear the mean stays where it was, within Monte-Carlo error
    error = (kept.values["q95"] - kept.values["q05"]) / 3.29 / np.sqrt(200)
    assert ((kept.values["mean"] - kept.values["nominal"]).abs() < 4 * error).all()


def test_rates_near_their_limit_stay_within() -> None:
    data = small_data().with_columns(c=pl.Series([0.97, 0.9, 0.4, 0.7, 0.3]))
    made = index.uncertainty(
        small([MIN_MAX, ARITHMETIC]),
        data,
        vary=[index.Vary("data.c", sd=0.05, limits=(0, 1))],
        n=50,
        rng=rng(),
    )
    drawn = pl.concat([made.data(i) for i in range(50)])
    assert drawn["c"].is_between(0, 1).all()
    assert drawn.filter(unit="u4")["c"].std() == pytest.approx(0.05, rel=0.4)  # 50 draws, to first order
    with pytest.raises(ZhihengError) as caught:
        index.uncertainty(
            small([MIN_MAX, ARITHMETIC]), data.with_columns(c=pl.col("c").clip(0, 0.9) / 0.9),
            vary=[index.Vary("data.c", sd=0.05, limits=(0, 1))], n=5, rng=rng(),
        )  # fmt: skip
    assert caught.value.problems[0].rule == "index_at_limit"


def test_a_sub_index_can_be_looked_at() -> None:
    made = run([index.Vary("weights.c", [1, 2])], node="second")
    values = index.compute(small([MIN_MAX, ARITHMETIC]), small_data()).values
    assert made.values["nominal"].to_list() == values["second"].to_list()


def test_weights_found_in_the_data_move_too() -> None:
    steps = [MIN_MAX, {"weight": {"method": "standard_deviation"}}, ARITHMETIC]
    made = run(
        [index.Vary("weight.method", ["standard_deviation", "equal"]), index.Vary("weights", noise=0.1)],
        steps=steps,
    )
    assert set(made.parameters["weight.method"]) == {"standard_deviation", "equal"}


def test_in_a_panel_ranks_are_within_periods() -> None:
    data = pl.concat([small_data().with_columns(time_period=pl.lit(y)) for y in ("2014", "2015")])
    steps = [{"normalise": {"method": "min_max", "fit": "pooled"}}, ARITHMETIC]
    made = index.uncertainty(small(steps), data, vary=[index.Vary("weights", noise=0.5)], n=50, rng=rng())
    assert (
        made.ranks.filter(time_period="2014")
        .drop("time_period")
        .equals(made.ranks.filter(time_period="2015").drop("time_period"))
    )


def test_groups_of_numbers_are_one_input() -> None:
    """An additive output: the index of a group is the sum of its members' shares of the variance."""
    made = index.sensitivity(
        small([MIN_MAX, ARITHMETIC]), small_data(),
        vary=[index.Vary("weights", noise=0.9, levels=["pillar"]), index.Vary("weights.a", [1, 4])],
        n=256, n_boot=200, rng=rng(),
    )  # fmt: skip
    assert made.indices["parameter"].to_list() == ["weights", "weights.a"]
    assert made.units.height == 10
    assert made.parameters.height == 512
    assert (made.indices["s_ti_q05"] <= made.indices["s_ti"]).all()
    assert (made.indices["s_ti"] <= made.indices["s_ti_q95"]).all()
    assert len(made.mean_rank_change) == 512


def test_sensitivity_is_the_same_every_time(asem: Asem) -> None:
    a = index.sensitivity(*asem, vary=VARY, n=64, n_boot=50, rng=rng())
    b = index.sensitivity(*asem, vary=VARY, n=64, n_boot=50, rng=rng())
    assert a.indices.equals(b.indices)
    assert a.units.equals(b.units)


CORES = """
import hashlib
import numpy as np
from tests.index.conftest import small, small_data
from tests.index.test_robustness import ARITHMETIC, MIN_MAX
from zhiheng import index

spec, vary = small([MIN_MAX, ARITHMETIC]), [index.Vary("weights", noise=0.9), index.Vary("data.a", noise=0.2)]
made = index.uncertainty(spec, small_data(), vary=vary, n=3000, rng=np.random.default_rng(1))
shares = index.sensitivity(spec, small_data(), vary=vary, n=500, n_boot=300, rng=np.random.default_rng(1))
rng = np.random.default_rng(2)
root = rng.normal(size=(90, 90))
sets = index.rank_confidence(rng.normal(size=90) * 20, root @ root.T, n=3000)
frames = [made.values.rows(), made.ranks.rows(), shares.indices.rows()]
text = repr([frames, sets.low.tolist(), sets.high.tolist()])
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_number_of_cores_does_not_matter() -> None:
    root = Path(__file__).parents[2]
    seen = set()
    for cores in ("1", "2"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
        environment = os.environ | dict.fromkeys(names, cores)
        done = subprocess.run(
            [sys.executable, "-c", CORES],
            cwd=root,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == 1
