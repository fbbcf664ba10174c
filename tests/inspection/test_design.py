"""Plans found by two risks, against reference software and by trying every smaller one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng import inspection
from zhiheng.errors import ZhihengError

POINTS = {"prp": (0.01, 0.95), "crp": (0.05, 0.10)}


@pytest.mark.parametrize(
    ("words", "n", "c"),  # find.plan of AcceptanceSampling 1.0.11
    [
        ({"distribution": "binomial"}, 132, 3),
        ({"distribution": "hypergeometric", "lot_size": 1000}, 128, 3),
    ],
)
def test_plans_as_acceptancesampling_finds_them(words: dict, n: int, c: int) -> None:
    found = inspection.find_plan(**POINTS, **words)
    assert (found.n, found.ac) == (n, c)


def test_plans_by_variables_as_acceptancesampling_finds_them() -> None:
    known = inspection.find_variables_plan(**POINTS, sigma="known")
    unknown = inspection.find_variables_plan(**POINTS, sigma="unknown")
    assert (known.n, unknown.n) == (19, 55)
    assert known.k == pytest.approx(1.94899257210411, rel=1e-8)
    assert unknown.k == pytest.approx(1.95219170942156, rel=1e-6)  # theirs iterates
    for plan in (known, unknown):
        at = plan.acceptance_probability([0.0, 0.01, 0.05, 1.0])
        assert at[1] == pytest.approx(0.95, abs=1e-9)
        assert at[2] <= 0.10
        assert (at[0], at[3]) == (1, 0)


def test_an_unknown_spread_by_drawing_lots() -> None:
    plan = inspection.VariablesPlan(n=8, k=1.5, sigma="unknown")
    from scipy.special import ndtri

    drawn = np.random.default_rng(20261125).normal(size=(200_000, 8))
    inside = (-float(ndtri(0.05)) - drawn.mean(axis=1)) / drawn.std(axis=1, ddof=1) >= 1.5
    error = 4 * np.sqrt(0.25 / 200_000)
    assert plan.acceptance_probability(0.05) == pytest.approx(inside.mean(), abs=error)


@given(better=st.integers(1, 6), worse=st.integers(7, 25), alpha=st.integers(2, 20), beta=st.integers(2, 20))
def test_no_smaller_plan_holds_both_risks(better: int, worse: int, alpha: int, beta: int) -> None:
    size = 100
    prp, crp = (better / size, 1 - alpha / 100), (worse / size, beta / 100)
    plan = inspection.find_plan(prp=prp, crp=crp, distribution="hypergeometric", lot_size=size)

    def holds(n: int, c: int) -> bool:
        tried = inspection.SamplingPlan.build(n=n, ac=c)
        good, bad = tried.acceptance_probability(
            [prp[0], crp[0]], distribution="hypergeometric", lot_size=size
        )
        return bool(good >= prp[1] and bad <= crp[1])

    assert holds(plan.n, plan.ac)
    assert plan.n == plan.ac + 1 or not holds(plan.n - 1, plan.ac)
    if plan.ac:
        assert not any(holds(n, plan.ac - 1) for n in range(plan.ac, size + 1, 5))


def test_points_that_contradict_each_other() -> None:
    with pytest.raises(ZhihengError, match="contradict"):
        inspection.find_plan(prp=(0.05, 0.95), crp=(0.01, 0.10), distribution="binomial")
    with pytest.raises(ZhihengError, match="contradict"):
        inspection.find_variables_plan(prp=(0.01, 0.05), crp=(0.05, 0.95), sigma="known")


def test_no_plan_within_the_limits() -> None:
    with pytest.raises(ZhihengError, match="no plan"):
        inspection.find_plan(prp=(0.01, 0.95), crp=(0.011, 0.1), distribution="binomial", most=(5_000, 20))
    with pytest.raises(ZhihengError, match="no plan"):
        inspection.find_variables_plan(prp=(0.01, 0.95), crp=(0.0101, 0.1), sigma="known", most=1_000)
    with pytest.raises(ZhihengError, match="no such choice"):
        inspection.find_variables_plan(**POINTS, sigma="guessed")  # type: ignore[arg-type]


def test_fractions_that_cannot_be() -> None:
    with pytest.raises(ZhihengError, match="outside its range"):
        inspection.VariablesPlan(n=5, k=1.0, sigma="known").acceptance_probability(1.2)
