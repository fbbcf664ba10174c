"""What must hold of a whole index, whatever its data."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.index.conftest import small, small_data
from zhiheng import index

CODES = ["a", "b", "c", "d"]
TABLES = hnp.arrays(np.float64, (7, 4), elements=st.integers(1, 4000).map(lambda i: i / 8)).filter(
    lambda x: bool((np.ptp(x, axis=0) > 0).all())
)
STEPS: dict[str, list[dict[str, Any]]] = {
    "arithmetic": [{"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}],
    "geometric": [
        {"normalise": {"method": "min_max", "range": [1, 100]}},
        {"aggregate": {"method": "geometric"}},
    ],
    "ranks": [{"normalise": {"method": "borda"}}, {"aggregate": {"method": ["median", "arithmetic"]}}],
    "treated": [
        {"treat": {"method": "winsorise", "otherwise": "log_ct", "skew": 1, "kurtosis": 1}},
        {"normalise": {"method": "z_score"}},
        {"aggregate": {"method": "arithmetic"}},
    ],
}


def frame(x: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(dict(zip(CODES, x.T, strict=True))).with_columns(
        unit=pl.Series([f"u{i}" for i in range(len(x))])
    )


@settings(max_examples=25)
@given(x=TABLES, order=st.permutations(range(7)), columns=st.permutations([*CODES, "unit"]))
@pytest.mark.parametrize("steps", STEPS)
def test_the_order_of_rows_and_columns_does_not_matter(
    steps: str, x: np.ndarray, order: list[int], columns: list[str]
) -> None:
    spec, data = small(STEPS[steps]), frame(x)
    a = index.compute(spec, data).values.sort("unit")
    b = index.compute(spec, data[order].select(columns)).values.sort("unit")
    np.testing.assert_allclose(a.drop("unit").to_numpy(), b.drop("unit").to_numpy(), rtol=1e-9, atol=1e-9)


@settings(max_examples=25)
@given(x=TABLES, scale=st.sampled_from([0.125, 3.0, 1000.0]))
def test_the_scale_of_weights_does_not_matter(x: np.ndarray, scale: float) -> None:
    def tree(first: float, second: float) -> dict[str, Any]:
        parts = [
            {"code": "first", "importance_weight": first, "parts": [{"code": "a"}, {"code": "b"}]},
            {"code": "second", "importance_weight": second, "parts": [{"code": "c"}, {"code": "d"}]},
        ]
        return {"code": "all", "parts": parts}

    a = index.compute(small(tree=tree(1, 3)), frame(x)).values["all"]
    b = index.compute(small(tree=tree(scale, 3 * scale)), frame(x)).values["all"]
    np.testing.assert_allclose(a, b, rtol=1e-12)


@settings(max_examples=25)
@given(x=TABLES, unit=st.integers(0, 6), code=st.sampled_from(CODES), step=st.integers(1, 50))
@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic", "median"])
def test_doing_better_never_lowers_the_index(
    method: str, x: np.ndarray, unit: int, code: str, step: int
) -> None:
    posts = {"goalposts": {"lower": -1000, "upper": 1000}}
    tree = {"code": "all", "parts": [{"code": c, **posts, "direction": -1 if c == "d" else 1} for c in CODES]}
    steps = [{"normalise": {"method": "goalposts"}}, {"aggregate": {"method": method}}]
    spec = small(steps, tree=tree, levels=["indicator", "index"])
    better = x.copy()
    better[unit, CODES.index(code)] += -step if code == "d" else step
    before, after = (index.compute(spec, frame(t)).values["all"][unit] for t in (x, better))
    assert after >= before - 1e-9


@settings(max_examples=25)
@given(x=TABLES)
@pytest.mark.parametrize("steps", STEPS)
def test_contributions_add_up(steps: str, x: np.ndarray) -> None:
    result = index.compute(small(STEPS[steps]), frame(x))
    sums = result.contributions().group_by("unit", maintain_order=True).agg(pl.col("contribution").sum())
    np.testing.assert_allclose(sums["contribution"], result.values["all"], rtol=1e-9, atol=1e-9)


def test_contributions_add_up_where_a_part_is_missing() -> None:
    data = small_data().with_columns(b=pl.when(pl.col("unit") == "u2").then(None).otherwise("b"))
    steps = [
        {"normalise": {"method": "min_max"}},
        {"aggregate": {"method": "arithmetic", "missing": "available"}},
    ]
    result = index.compute(small(steps), data)
    parts = result.contributions()
    sums = parts.group_by("unit", maintain_order=True).agg(pl.col("contribution").sum())
    np.testing.assert_allclose(sums["contribution"], result.values["all"], rtol=1e-12)
    assert parts.filter(unit="u2", indicator="b")["contribution"].item() is None


class Capsule:
    """A frame of which nothing is known but that it speaks Arrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def test_any_frame_that_speaks_arrow() -> None:
    made = index.compute(small(), Capsule(small_data()))
    assert made.values.equals(index.compute(small(), small_data()).values)


def test_a_base_years_treatment_holds_for_later_years() -> None:
    base, later = np.array([1.0, 2, 3, 4, 5, 1000]), np.array([2.0, 3, 4, 5, 6, 7])
    data = pl.DataFrame(
        {
            "unit": [f"u{i}" for i in range(6)] * 2,
            "time_period": ["2014"] * 6 + ["2015"] * 6,
            "a": np.concatenate([base, later]),
        }
    )
    steps = [
        {"treat": {"method": "winsorise", "fit": "2014"}},
        {"normalise": {"method": "min_max", "fit": "pooled"}},
        {"aggregate": {"method": "arithmetic"}},
    ]
    spec = small(steps, tree={"code": "all", "parts": [{"code": "a"}]}, levels=["indicator", "index"])
    treated = index.compute(spec, data).stage("treat")["a"].to_list()
    assert treated == [1, 2, 3, 4, 5, 5, 2, 3, 4, 5, 5, 5]


def test_in_a_panel_a_complaint_names_the_right_row() -> None:
    from zhiheng.errors import ZhihengError

    data = pl.concat([small_data().with_columns(time_period=pl.lit(y)) for y in ("2015", "2014")])
    gap = (pl.col("unit") == "u3") & (pl.col("time_period") == "2014")
    data = data.with_columns(c=pl.when(gap).then(None).otherwise("c"))
    steps = [{"normalise": {"method": "min_max", "fit": "pooled"}}, {"aggregate": {"method": "copeland"}}]
    with pytest.raises(ZhihengError) as caught:
        index.compute(small(steps), data)
    assert caught.value.problems[0].where == "small.aggregate c u3 2014"
