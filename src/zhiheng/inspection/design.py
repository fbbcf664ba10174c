"""Plans designed by two risks: by attributes, and by variables for one specification limit."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.base import Model
from zhiheng.inspection import search, variables
from zhiheng.inspection.plan import Distribution, SamplingPlan, qualities

Floats = NDArray[np.float64]
Point = tuple[float, float]
"""A quality, and the probability of acceptance asked for there."""


class VariablesPlan(Model):
    """A plan by variables for one specification limit, normal characteristic, form k.

    Attributes
    ----------
    n : int
    k : float
        Accept when the mean is at least k standard deviations inside the limit.
    sigma : {'known', 'unknown'}
        Whether the standard deviation is the process's, or the sample's (divisor n - 1).
    """

    n: int = Field(ge=1)
    k: float
    sigma: Literal["known", "unknown"]

    def acceptance_probability(self, p: ArrayLike) -> Floats:
        """Return the probability of acceptance at fractions beyond the limit 0-1, shape of `p`.

        Raises
        ------
        ZhihengError
            For a fraction outside 0-1.
        """
        x = np.asarray(p, dtype=np.float64)
        if found := qualities(x, "binomial", None):
            raise ZhihengError(found)
        return variables.acceptance(self.n, self.k, x, self.sigma)


def find_plan(
    *,
    prp: Point,
    crp: Point,
    distribution: Distribution,
    lot_size: int | None = None,
    most: tuple[int, int] = (1_000_000, 1_000),
) -> SamplingPlan:
    """Return the single plan with the smallest c, then the smallest n, that holds both risks.

    Parameters
    ----------
    prp, crp : tuple of float
        Producer's point (quality, at least this probability of acceptance) and consumer's point
        (quality, at most this probability).
    distribution : {'hypergeometric', 'binomial', 'poisson'}
    lot_size : int, optional
        Needed for `hypergeometric`.
    most : tuple of int
        Largest n and c that are tried.

    Raises
    ------
    ZhihengError
        For points that contradict each other, or when no plan up to `most` holds both.
    """
    _consistent(prp, crp, distribution, lot_size)
    found = search.smallest(prp, crp, distribution, lot_size or 0, most)
    if found is None:
        raise _none(prp, crp)
    return SamplingPlan.build(n=found[0], ac=found[1])


def find_variables_plan(
    *, prp: Point, crp: Point, sigma: Literal["known", "unknown"], most: int = 100_000
) -> VariablesPlan:
    """Return the smallest plan by variables that holds both risks, the producer's exactly.

    Raises
    ------
    ZhihengError
        For points that contradict each other, or when no plan up to `most` items holds both.
    """
    _consistent(prp, crp, "binomial", None)
    if sigma not in ("known", "unknown"):
        facts = {"known": "known, unknown"}
        raise ZhihengError([Problem(where="sigma", rule="inspection_choice", found=str(sigma), args=facts)])
    n, k = variables.smallest(prp, crp, sigma, most)
    if n == 0:
        raise _none(prp, crp)
    return VariablesPlan(n=n, k=k, sigma=sigma)


def _consistent(prp: Point, crp: Point, distribution: str, lot_size: int | None) -> None:
    found = qualities(np.array([prp[0], crp[0]]), distribution, lot_size)
    if not (0 < prp[0] < crp[0] and 0 < crp[1] < prp[1] < 1):
        found.append(Problem(where="prp, crp", rule="inspection_risk_points", found=f"{prp}, {crp}"))
    if found:
        raise ZhihengError(found)


def _none(prp: Point, crp: Point) -> ZhihengError:
    return ZhihengError([Problem(where="find_plan", rule="inspection_no_plan", found=f"{prp}, {crp}")])
