"""An index looked over: statistics, correlations, alpha, components, profiles, variants, what-if."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError
from zhiheng.index import analysis

Asem = tuple[index.Index, pl.DataFrame]


@pytest.fixture(scope="module")
def result() -> index.Result:
    return index.compute(small(), small_data())


def test_statistics_by_scipy(asem: Asem) -> None:
    from scipy import stats

    made = index.statistics(index.compute(*asem), "data")
    for row in made.filter(pl.col("indicator").is_in(["LPI", "Bord", "NEET"])).iter_rows(named=True):
        x = asem[1][row["indicator"]].drop_nulls().to_numpy()
        assert row["n"] + row["missing"] == 51
        assert row["skew"] == pytest.approx(stats.skew(x, bias=False))
        assert row["kurtosis"] == pytest.approx(stats.kurtosis(x, bias=False))
        assert (row["min"], row["median"], row["max"]) == (x.min(), np.median(x), x.max())
        assert row["sd"] == pytest.approx(x.std(ddof=1))
        assert (row["zeros"], row["unique"]) == ((x == 0).sum(), len(np.unique(x)))


def test_correlations_over_the_rows_that_both_have() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4)) + 1e6
    x[rng.random(x.shape) < 0.2] = np.nan
    r = analysis.correlations(x)
    for i in range(4):
        for j in range(4):
            both = ~np.isnan(x[:, [i, j]]).any(axis=1)
            assert r[i, j] == pytest.approx(np.corrcoef(x[both, i], x[both, j])[0, 1], abs=1e-9)


def test_flags_of_correlations() -> None:
    data = small_data().with_columns(b=pl.col("a") * 2 + pl.Series([0.01, 0, 0, 0, 0]), d=pl.col("c") * 10)
    made = index.correlations(index.compute(small(), data))
    flags = {(r["code"], r["other"]): r["flag"] for r in made.iter_rows(named=True)}
    assert flags["a", "b"] == "collinear"
    assert flags["c", "d"] == "negative"  # d is better when less
    relations = made.filter(code="a")["relation"].to_list()
    assert relations == ["sibling", "parent", "ancestor"]


def test_alpha_by_its_other_formula() -> None:
    """Alpha is k c / (v + (k - 1) c), with the mean variance and mean covariance."""
    x = np.random.default_rng(3).normal(size=(20, 1)) + np.random.default_rng(4).normal(size=(20, 5))
    cov = np.cov(x, rowvar=False)
    c = (cov.sum() - np.trace(cov)) / 20
    assert analysis.cronbach_alpha(x) == pytest.approx(5 * c / (np.trace(cov) / 5 + 4 * c))


def test_components_by_singular_values(result: index.Result) -> None:
    made = index.components(result, "second")
    x = result.values.select("c", "d").to_numpy()
    singular = np.linalg.svd((x - x.mean(axis=0)) / x.std(axis=0, ddof=1), compute_uv=False)
    np.testing.assert_allclose(made["eigenvalue"], singular**2 / 4, rtol=1e-9)
    loadings = made.select("c", "d").to_numpy()
    np.testing.assert_allclose((loadings**2).sum(axis=0), 1, rtol=1e-9)  # each part is explained in full
    table = index.reliability(result)
    assert table.filter(node="second")["explained"].item() == pytest.approx(made["explained"][0])


def test_effective_weights_of_an_arithmetic_node_sum_to_one(result: index.Result) -> None:
    made = index.effective_weights(result)
    sums = made.group_by("parent").agg(pl.col("effective").sum())
    np.testing.assert_allclose(sums["effective"], 1, rtol=1e-12)


def test_strengths_and_weaknesses(result: index.Result) -> None:
    made = index.strengths(result, "u5", count=1)
    assert made.select("kind", "indicator").rows() == [("strength", "a"), ("weakness", "c")]
    assert made["rank"].to_list() == [1, 4]
    assert made["raw"].to_list() == [6.0, 0.3]
    with pytest.raises(ZhihengError):
        index.strengths(result, "u9")


def test_peers_by_hand(result: index.Result) -> None:
    made = index.peers(result, "u1", count=2)
    x = dict(zip(result.units, result.node_values[:, :4], strict=True))
    w = np.array([1, 1, 3, 3]) / 8
    far = {u: np.sqrt((w * (x[u] - x["u1"]) ** 2).sum()) for u in ("u2", "u3", "u4", "u5")}
    expected = sorted(far, key=far.__getitem__)[:2]
    assert made["unit"].to_list() == expected
    np.testing.assert_allclose(made["distance"], [far[u] for u in expected])


def test_any_number_of_variants_side_by_side(result: index.Result) -> None:
    steps = [{"normalise": {"method": "z_score"}}, {"aggregate": {"method": "arithmetic"}}]
    other = index.compute(small(steps), small_data())
    made = index.compare({"as it is": result, "z": other, "again": result})
    assert made.columns == ["unit", "as it is", "z", "again", "z_change", "again_change"]
    assert made["again_change"].to_list() == [0] * 5
    assert made["z"].to_list() == other.ranks["all"].to_list()


def test_without_each_is_the_index_without_it() -> None:
    made = index.without_each(small(), small_data())
    assert sorted(made["removed"]) == ["a", "b", "c", "d"]
    tree = {
        "code": "all",
        "parts": [
            {"code": "first", "importance_weight": 1, "parts": [{"code": "b"}]},
            {
                "code": "second",
                "importance_weight": 3,
                "parts": [{"code": "c"}, {"code": "d", "direction": -1}],
            },
        ],
    }
    ranks = index.compute(small(tree=tree), small_data()).ranks["all"]
    whole = index.compute(small(), small_data()).ranks["all"]
    assert made.filter(removed="a")["mean_change"].item() == pytest.approx((ranks - whole).abs().mean())
    pillars = index.without_each(small(), small_data(), level="pillar")
    assert sorted(pillars["removed"]) == ["first", "second"]
    with pytest.raises(ZhihengError):
        index.without_each(small(), small_data(), level="pilar")


def test_a_node_left_without_parts_goes_too() -> None:
    tree = {
        "code": "all",
        "parts": [{"code": "p", "parts": [{"code": "a"}]}, {"code": "q", "parts": [{"code": "b"}]}],
    }
    made = index.without_each(small(tree=tree), small_data())
    assert made["removed"].sort().to_list() == ["a", "b"]


def test_what_if_an_input_a_weight_a_method() -> None:
    spec, data = small(), small_data()
    moved = index.what_if(spec, data, inputs={("u1", "c"): 0.9})
    again = index.compute(spec, data.with_columns(c=pl.Series([0.9, 0.9, 0.4, 0.7, 0.3]))).values["all"]
    assert moved["value_then"].to_list() == again.to_list()
    assert moved["value"].to_list() == index.compute(spec, data).values["all"].to_list()
    weighed = index.what_if(spec, data, weights={"first": 3})
    values = index.compute(spec, data).values
    assert weighed["value_then"].to_list() == pytest.approx(
        ((values["first"] + values["second"]) / 2).to_list()
    )
    made = index.what_if(spec, data, steps={"normalise.method": "rank"})
    assert made["rank_then"].max() <= 5


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"inputs": {("u1", "c"): 0.2}},
        {"inputs": {("u9", "c"): 0.2}},
        {"inputs": {("u1", "z"): 0.2}},
        {"weights": {"z": 1}},
        {"steps": {"treat": {}}},
    ],
)
def test_what_if_that_is_no_question(words: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(ZhihengError):
        index.what_if(small(), small_data(), **words)
