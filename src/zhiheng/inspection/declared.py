r"""Has a declared quality level been contradicted?  Plans by exact risks.

In the way of ISO 2859-4 (GB/T 2828.4) and, for small populations, GB/T 2828.11: someone declares a
quality level, a sample is drawn, and the declaration is contradicted when more nonconforming are
found than L.  L is the smallest number for which a *true* declaration is contradicted with at most
the risk asked for,

.. math::
    P(X > L \mid p = DQL) \le \alpha,

so that contradiction is evidence, and failing to contradict is none: `limiting_quality` is the
quality that would be found out with the power asked for.  The numbers are computed, not read from
the standards' tables, which round n and offer few levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhiheng.errors import Problem, ZhihengError
from zhiheng.inspection import chances
from zhiheng.inspection.plan import Distribution, SamplingPlan, checked


@dataclass(frozen=True, kw_only=True)
class DeclaredPlan:
    """A plan that tests a declared quality level.

    Attributes
    ----------
    plan : SamplingPlan
        n, and L as its Ac: more than L contradict the declaration.
    declared : float
        The declared quality level: fraction nonconforming 0-1, nonconformities an item (Poisson).
    risk : float
        Exact probability that a true declaration is contradicted; at most what was asked for.
    limiting_quality : float
        Smallest quality found out with at least `power`; for a lot a whole number of items; NaN
        when even a wholly nonconforming lot is not.
    power : float
    """

    plan: SamplingPlan
    declared: float
    risk: float
    limiting_quality: float
    power: float

    @property
    def ratio(self) -> float:
        """The limiting quality ratio: limiting quality over the declared one."""
        return self.limiting_quality / self.declared if self.declared > 0 else float("nan")


def declared_quality_plan(
    *,
    n: int,
    declared: float,
    distribution: Distribution,
    lot_size: int | None = None,
    risk: float = 0.05,
    power: float = 0.90,
) -> DeclaredPlan:
    """Return the plan that tests a declared quality level with a sample of n.

    Parameters
    ----------
    n : int
    declared : float
        For `hypergeometric` a whole number of items over the lot size, such as 2 / 40.
    distribution : {'hypergeometric', 'binomial', 'poisson'}
    lot_size : int, optional
        Needed for `hypergeometric`, as for the small populations of GB/T 2828.11.
    risk, power : float
        Between 0 and 1.

    Raises
    ------
    ZhihengError
        For values that cannot be.
    """
    p = checked(SamplingPlan.build(n=n, ac=0), declared, distribution, lot_size)
    for name, value in (("risk", risk), ("power", power)):
        if not 0 < value < 1:
            raise ZhihengError([Problem(where=name, rule="inspection_chance_outside", found=f"{value:g}")])
    size = lot_size or 0
    limit, real = 0, _contradicted(n, 0, float(p), distribution, size)
    while real > risk:
        limit += 1
        real = _contradicted(n, limit, float(p), distribution, size)
    return DeclaredPlan(
        plan=SamplingPlan.build(n=n, ac=limit),
        declared=float(p),
        risk=real,
        limiting_quality=_found_out(n, limit, float(p), distribution, size, power),
        power=power,
    )


def _contradicted(n: int, limit: int, p: float, distribution: str, lot_size: int) -> float:
    run = chances.course([(n, limit, limit + 1)], np.array([p]), distribution, lot_size)
    return float(run.reject[0, 0])


def _found_out(n: int, limit: int, p: float, distribution: str, lot_size: int, power: float) -> float:
    """Return the smallest quality from p on that is contradicted with the power; NaN for none."""

    def short(x: float) -> float:
        return _contradicted(n, limit, x, distribution, lot_size) - power

    if distribution == "hypergeometric":
        low, high = int(np.rint(p * lot_size)), lot_size
        if short(1.0) < 0:
            return float("nan")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if short(middle / lot_size) < 0 else (low, middle)
        return high / lot_size
    from scipy.optimize import brentq

    top = 1.0 if distribution == "binomial" else (limit + 50) / n * 10
    return float("nan") if short(top) < 0 else float(brentq(short, p, top, xtol=1e-14, rtol=1e-12))
