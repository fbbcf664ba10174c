"""What a plan does with a lot, against reference software and against counting every case."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng import inspection
from zhiheng.errors import ZhihengError
from zhiheng.inspection import SamplingPlan

DOUBLE = SamplingPlan.build(n=(50, 50), ac=(1, 4), re=(4, 5))
SMALL = SamplingPlan.build(n=(3, 2, 2), ac=(None, 0, 2), re=(2, 3, 3))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("pa_binom", {"distribution": "binomial"}),
        ("pa_hyper1000", {"distribution": "hypergeometric", "lot_size": 1000}),
        ("pa_pois", {"distribution": "poisson"}),
    ],
)
def test_single_plans_as_acceptancesampling_has_them(reference: Path, column: str, words: dict) -> None:
    rows = pl.read_csv(reference / "acceptance_oc.csv")
    assert rows.height == 49
    for (n, c), part in rows.group_by("n", "c", maintain_order=True):
        plan = SamplingPlan.build(n=n, ac=c)
        ours = plan.acceptance_probability(part["pd"].to_numpy(), **words)
        np.testing.assert_allclose(ours, part[column].to_numpy(), rtol=1e-8)


def test_a_double_plan_as_acceptancesampling_has_it() -> None:
    ours = DOUBLE.acceptance_probability([0.005, 0.01, 0.02, 0.04, 0.065, 0.1, 0.15], distribution="binomial")
    theirs = [  # AcceptanceSampling 1.0.11, OC2c(n = c(50, 50), c = c(1, 4), r = c(4, 5))
        0.999780139549,
        0.996265994237,
        0.951639314749,
        0.661162502704,
        0.265130656397,
        0.047175865304,
        0.003158104909,
    ]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=5e-13)


def walked(plan: SamplingPlan, items: tuple[int, ...]) -> tuple[bool, int, int]:
    """Inspect items one by one by hand: accepted, items in whole samples, items if curtailed."""
    drawn, found = 0, []
    for stage in plan.stages:
        found.append(sum(items[drawn : drawn + stage.n]))
        before, drawn = drawn, drawn + stage.n
        decision = plan.accepts(*found)
        if decision is not None:
            break
    curtailed = drawn
    if len(found) == len(plan.stages):
        for j in range(before, drawn):
            if sum(items[: j + 1]) >= plan.re:
                curtailed = j + 1
                break
    return bool(decision), drawn, curtailed


def test_a_multiple_plan_by_every_way_a_process_can_go() -> None:
    p, sums = 0.23, np.zeros(3)
    for items in itertools.product((0, 1), repeat=SMALL.n):
        chance = math.prod(p if bad else 1 - p for bad in items)
        sums += chance * np.array(walked(SMALL, items), dtype=float)
    ours = inspection.curves(SMALL, [p], distribution="binomial")
    last = inspection.curves(SMALL, [p], distribution="binomial", curtailment="last")
    got = [ours.acceptance[0], ours.sample_number[0], last.sample_number[0]]
    np.testing.assert_allclose(got, sums, rtol=1e-12)
    assert ours.outgoing[0] == pytest.approx(p * sums[0], rel=1e-12)


@pytest.mark.parametrize("bad", [0, 1, 2, 3, 5, 9])
def test_a_multiple_plan_by_every_order_of_a_lot(bad: int) -> None:
    size, sums, ways = 9, np.zeros(5), 0
    for places in itertools.combinations(range(size), bad):
        items = tuple(int(i in places) for i in range(size))
        accepted, drawn, curtailed = walked(SMALL, items)
        left = bad - sum(items[:drawn]) if accepted else 0
        sums += [accepted, drawn, curtailed, left / size, drawn if accepted else size]
        ways += 1
    ours = inspection.curves(SMALL, [bad / size], distribution="hypergeometric", lot_size=size)
    last = inspection.curves(
        SMALL, [bad / size], distribution="hypergeometric", lot_size=size, curtailment="last"
    )
    assert ours.total_inspection is not None
    got = [ours.acceptance, ours.sample_number, last.sample_number, ours.outgoing, ours.total_inspection]
    np.testing.assert_allclose(np.concatenate(got), sums / ways, rtol=1e-12, atol=1e-15)


def test_nonconformities_by_summing_the_poisson() -> None:
    def chance(k: int, mean: float) -> float:
        return math.exp(-mean) * mean**k / math.factorial(k)

    p = 0.3
    by_hand = chance(0, 5 * p) + sum(
        chance(d, 5 * p) * sum(chance(k, 5 * p) for k in range(4 - d)) for d in (1, 2)
    )
    plan = SamplingPlan.build(n=(5, 5), ac=(0, 3), re=(3, 4))
    assert plan.acceptance_probability(p, distribution="poisson") == pytest.approx(by_hand, rel=1e-12)


def test_the_outgoing_limit_of_a_lot_is_its_worst_case() -> None:
    size = 500
    every = inspection.curves(
        DOUBLE, np.arange(size + 1) / size, distribution="hypergeometric", lot_size=size
    ).outgoing
    limit, where = inspection.outgoing_limit(DOUBLE, distribution="hypergeometric", lot_size=size)
    assert (limit, round(where * size)) == (every.max(), int(every.argmax()))


def test_the_outgoing_limit_without_defects_allowed_has_a_formula() -> None:
    # Ac = 0 from a process: p (1 - p)^n is greatest at p = 1 / (n + 1).
    limit, where = inspection.outgoing_limit(SamplingPlan.build(n=49, ac=0), distribution="binomial")
    assert where == pytest.approx(1 / 50, rel=1e-6)
    assert limit == pytest.approx(0.02 * 0.98**49, rel=1e-10)


@given(n=st.integers(1, 60), c=st.integers(0, 6), steps=st.lists(st.integers(0, 200), min_size=2, max_size=6))
def test_acceptance_is_one_without_defects_and_never_rises(n: int, c: int, steps: list[int]) -> None:
    plan, p = SamplingPlan.build(n=n, ac=c), np.sort(np.array([0, *steps])) / 200
    for words in ({"distribution": "binomial"}, {"distribution": "hypergeometric", "lot_size": 200}):
        chance = plan.acceptance_probability(p, **words)
        assert chance[0] == 1
        assert (np.diff(chance) <= 1e-12).all()
        assert (chance >= 0).all()


@given(n=st.integers(2, 40), c=st.integers(0, 4), bad=st.integers(0, 30))
def test_a_large_lot_is_a_process(n: int, c: int, bad: int) -> None:
    plan, p = SamplingPlan.build(n=(n, n), ac=(c, c + 1), re=(c + 2, c + 2)), bad / 100
    lot = plan.acceptance_probability(p, distribution="hypergeometric", lot_size=10_000_000)
    assert lot == pytest.approx(float(plan.acceptance_probability(p, distribution="binomial")), abs=2e-4)


def test_the_curves_are_a_table() -> None:
    made = inspection.curves(DOUBLE, [0.0, 0.02], distribution="binomial", lot_size=1000)
    assert made.frame.columns == ["p", "acceptance", "outgoing", "sample_number", "total_inspection"]
    assert made.frame.row(0) == (0.0, 1.0, 0.0, 50.0, 50.0)
    assert "total_inspection" not in inspection.curves(DOUBLE, [0.0], distribution="poisson").frame.columns


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"n": 10, "ac": 2, "re": 2}, "inspection_re_above_ac"),
        ({"n": 10, "ac": 2, "re": 4}, "inspection_last_decides"),
        ({"n": (10, 10), "ac": (1,), "re": (3,)}, "inspection_stage_counts"),
        ({"n": (10, 10), "ac": (2, 1), "re": (4, 2)}, "inspection_numbers_fall"),
        ({"n": (10, 10), "ac": (1, 4), "re": (2, 5)}, "inspection_stage_never_reached"),
        ({"n": 0, "ac": 0}, "yaml_below"),
        ({"n": (), "ac": ()}, "inspection_no_stage"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(words: dict, rule: str) -> None:
    with pytest.raises(ZhihengError) as caught:
        SamplingPlan.build(**words)
    assert [p.rule for p in caught.value.problems] == [rule]


@pytest.mark.parametrize(
    ("p", "words", "rule"),
    [
        (1.5, {"distribution": "binomial"}, "inspection_quality_outside"),
        (math.nan, {"distribution": "poisson"}, "inspection_quality_outside"),
        (0.1, {"distribution": "normal"}, "inspection_choice"),
        (0.1, {"distribution": "hypergeometric"}, "inspection_lot_needed"),
        (0.0105, {"distribution": "hypergeometric", "lot_size": 1000}, "inspection_not_whole"),
        (0.1, {"distribution": "binomial", "lot_size": 60}, "inspection_sample_above_lot"),
        (0.1, {"distribution": "binomial", "lot_size": 0}, "inspection_lot_too_small"),
    ],
)
def test_a_quality_that_cannot_be_is_refused(p: float, words: dict, rule: str) -> None:
    with pytest.raises(ZhihengError) as caught:
        DOUBLE.acceptance_probability(p, **words)
    assert rule in [problem.rule for problem in caught.value.problems]


def test_decisions_stage_by_stage() -> None:
    assert DOUBLE.accepts(1) is True
    assert DOUBLE.accepts(4) is False
    assert DOUBLE.accepts(2) is None
    assert DOUBLE.accepts(2, 2) is True
    assert DOUBLE.accepts(2, 3) is False
    for wrong in ((-1,), (1, 0), (2, 2, 0)):
        with pytest.raises(ZhihengError, match="do not fit the plan"):
            DOUBLE.accepts(*wrong)


def test_an_unknown_curtailment_is_refused() -> None:
    with pytest.raises(ZhihengError, match="no such choice"):
        inspection.curves(DOUBLE, [0.1], distribution="binomial", curtailment="first")  # type: ignore[arg-type]
