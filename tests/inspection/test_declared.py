"""Declared quality levels, by counting and by the risks that were asked for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng import inspection
from zhiheng.errors import ZhihengError


def test_a_small_population_by_counting() -> None:
    """20 items of which 2 may be nonconforming, 6 drawn: more than 1 is found in 15/190 of samples."""
    both = math.comb(18, 4) / math.comb(20, 6)
    assert both == pytest.approx(15 / 190)
    at_five = inspection.declared_quality_plan(
        n=6, declared=2 / 20, distribution="hypergeometric", lot_size=20
    )
    assert (at_five.plan.ac, at_five.risk) == (2, 0.0)  # one may not contradict at 7.9 %
    at_ten = inspection.declared_quality_plan(
        n=6, declared=2 / 20, distribution="hypergeometric", lot_size=20, risk=0.10
    )
    assert at_ten.plan.ac == 1
    assert at_ten.risk == pytest.approx(both, rel=1e-12)

    def found_out(bad: int) -> float:
        held = sum(math.comb(bad, k) * math.comb(20 - bad, 6 - k) for k in (0, 1))
        return 1 - held / math.comb(20, 6)

    bad = round(at_ten.limiting_quality * 20)
    assert found_out(bad) >= 0.90 > found_out(bad - 1)
    assert at_ten.ratio == pytest.approx(bad / 2)


@given(
    n=st.integers(5, 200),
    declared=st.floats(0.001, 0.2),
    law=st.sampled_from(["binomial", "poisson"]),
)
def test_the_limit_is_the_smallest_that_holds_the_risk(n: int, declared: float, law: str) -> None:
    made = inspection.declared_quality_plan(n=n, declared=declared, distribution=law)  # type: ignore[arg-type]
    assert made.risk <= 0.05
    if made.plan.ac:
        less = inspection.SamplingPlan.build(n=n, ac=made.plan.ac - 1)
        assert 1 - less.acceptance_probability(declared, distribution=law) > 0.05  # type: ignore[arg-type]
    at = made.plan.acceptance_probability(made.limiting_quality, distribution=law)  # type: ignore[arg-type]
    assert at == pytest.approx(0.10, abs=1e-9)
    assert made.ratio > 1


def test_a_sample_too_small_finds_nothing_out() -> None:
    made = inspection.declared_quality_plan(n=2, declared=3 / 10, distribution="hypergeometric", lot_size=10)
    assert (made.plan.ac, made.risk) == (2, 0.0)
    assert math.isnan(made.limiting_quality)


def test_chances_that_cannot_be() -> None:
    for wrong in ({"risk": 0.0}, {"power": 1.0}):
        with pytest.raises(ZhihengError, match="probability is outside"):
            inspection.declared_quality_plan(n=10, declared=0.01, distribution="binomial", **wrong)
