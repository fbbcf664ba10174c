"""What a plan is worth at each quality: acceptance, outgoing quality, items inspected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import Problem, ZhihengError
from zhiheng.inspection import chances
from zhiheng.inspection.plan import Distribution, SamplingPlan, checked

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Curtailment = Literal["none", "last"]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The curves of a plan.

    Attributes
    ----------
    plan : SamplingPlan
    distribution : str
    lot_size : int or None
    curtailment : {'none', 'last'}
        What the sample numbers assume.
    p : ndarray, shape (m,)
        Fraction nonconforming 0-1; nonconformities an item for `poisson`.
    acceptance : ndarray, shape (m,)
        Probability of acceptance (OC).
    outgoing : ndarray, shape (m,)
        Average outgoing quality (AOQ), in the unit of `p`: rejected lots are sorted whole, all that
        is found is replaced.  Without a lot size the sample is nothing beside the lot.
    sample_number : ndarray, shape (m,)
        Items inspected to a decision, on average (ASN).
    total_inspection : ndarray, shape (m,), or None
        Items inspected, rejected lots whole, on average (ATI); None without a lot size.
    """

    plan: SamplingPlan
    distribution: Distribution
    lot_size: int | None
    curtailment: Curtailment
    p: Floats
    acceptance: Floats
    outgoing: Floats
    sample_number: Floats
    total_inspection: Floats | None

    @property
    def frame(self) -> pl.DataFrame:
        """The curves as a table: p, acceptance, outgoing, sample_number[, total_inspection]."""
        import polars as pl

        columns = ["p", "acceptance", "outgoing", "sample_number"]
        columns += ["total_inspection"] if self.total_inspection is not None else []
        return pl.DataFrame({name: getattr(self, name) for name in columns})


def curves(
    plan: SamplingPlan,
    p: ArrayLike,
    *,
    distribution: Distribution,
    lot_size: int | None = None,
    curtailment: Curtailment = "none",
) -> Curves:
    """Return the curves of a plan.

    Parameters
    ----------
    plan : SamplingPlan
    p : array_like, shape (m,)
        As in `SamplingPlan.acceptance_probability`.
    distribution : {'hypergeometric', 'binomial', 'poisson'}
    lot_size : int, optional
    curtailment : {'none', 'last'}
        Every sample inspected whole, or the last one stopped at its rejection number.

    Raises
    ------
    ZhihengError
        For values that the distribution cannot have, or an unknown curtailment.
    """
    x = np.atleast_1d(checked(plan, p, distribution, lot_size)).ravel()
    if curtailment not in ("none", "last"):
        facts = {"known": "none, last"}
        raise ZhihengError(
            [Problem(where="curtailment", rule="inspection_choice", found=curtailment, args=facts)]
        )
    size, rows = lot_size or 0, plan.rows
    run = chances.course(rows, x, distribution, size)
    return Curves(
        plan=plan,
        distribution=distribution,
        lot_size=lot_size,
        curtailment=curtailment,
        p=x,
        acceptance=np.minimum(run.accept.sum(axis=1), 1.0),
        outgoing=run.left,
        sample_number=chances.sample_number(rows, x, distribution, size, curtailment == "last"),
        total_inspection=chances.total_inspection(rows, x, distribution, size) if size else None,
    )


def outgoing_limit(
    plan: SamplingPlan, *, distribution: Distribution, lot_size: int | None = None
) -> tuple[float, float]:
    """Return the average outgoing quality limit (AOQL), and the incoming quality where it is reached.

    Raises
    ------
    ZhihengError
        When the lot size is missing or smaller than the sample.
    """
    checked(plan, 0.0, distribution, lot_size)
    return chances.quality_limit(plan.rows, distribution, lot_size or 0)
