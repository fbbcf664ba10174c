r"""What a sampling plan does with a lot: exact probabilities, stage by stage.

A plan is a list of stages (n, Ac, Re): after n further items the nonconforming found *so far* are
counted; at most Ac accept, at least Re reject, in between goes on; the last stage has Re = Ac + 1.
With :math:`q_i(t)` the chance of going on after stage i with t found, and :math:`f_i(d \mid t)`
that of finding d more among the n of the next stage,

.. math::
    a_{i+1}(t') = \sum_{t} q_i(t) f_{i+1}(t' - t \mid t), \quad
    P_a = \sum_i \sum_{t \le Ac_i} a_i(t)

and :math:`q_{i+1}` is :math:`a_{i+1}` between Ac and Re.  Nothing is approximated: a lot without
replacement (hypergeometric) remembers what was drawn before.

References
----------
Schilling and Neubauer (2009), Acceptance Sampling in Quality Control, 2nd ed., chapters 5 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Stage = tuple[int, int, int]
"""Items drawn, acceptance number (-1: none may accept yet), rejection number."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """How the stages of a plan end.

    Attributes
    ----------
    accept, reject : ndarray, shape (m, s)
        Probability of accepting or rejecting at each stage, by fraction nonconforming.
    left : ndarray, shape (m,)
        Average fraction nonconforming of what is passed on, when rejected lots are sorted and all
        that is found is replaced (the average outgoing quality); nonconformities an item (Poisson).
    """

    accept: Floats
    reject: Floats
    left: Floats


Law = Callable[[int, int, Ints, Ints, Floats, int], Floats]


def binomial(n: int, drawn: int, found: Ints, more: Ints, p: Floats, lot_size: int) -> Floats:  # noqa: ARG001
    """Return the chances of `more` nonconforming among n items of a process, shape (m, 1, k)."""
    from scipy.stats import binom

    return np.asarray(binom.pmf(more, n, p[:, None, None]))


def poisson(n: int, drawn: int, found: Ints, more: Ints, p: Floats, lot_size: int) -> Floats:  # noqa: ARG001
    """Return the chances of `more` nonconformities on n items with p an item, shape (m, 1, k)."""
    from scipy.stats import poisson as law

    return np.asarray(law.pmf(more, n * p[:, None, None]))


def hypergeometric(n: int, drawn: int, found: Ints, more: Ints, p: Floats, lot_size: int) -> Floats:
    """Return the chances of `more` among n items of what a lot has left, shape (m, f, k).

    What cannot have been found before gets any number: its own probability is zero.
    """
    from scipy.stats import hypergeom

    rest = lot_size - drawn
    bad = np.clip(whole(p, lot_size)[:, None] - found, 0, rest)
    return np.asarray(hypergeom.pmf(more, rest, bad[:, :, None], n))


DISTRIBUTIONS: dict[str, Law] = {
    "hypergeometric": hypergeometric,
    "binomial": binomial,
    "poisson": poisson,
}


def whole(p: Floats, lot_size: int) -> Ints:
    """Return the nonconforming items of a lot from the fraction, shape of `p`."""
    return np.rint(p * lot_size).astype(np.intp)


def course(stages: Sequence[Stage], p: Floats, distribution: str, lot_size: int = 0) -> Course:
    """Return how the stages of a plan end.

    Parameters
    ----------
    stages : sequence of (n, ac, re)
    p : ndarray, shape (m,)
        Fraction nonconforming, 0-1; nonconformities an item for `poisson`.
    distribution : {'hypergeometric', 'binomial', 'poisson'}
    lot_size : int
        Items in the lot; 0: a stream without end (not for `hypergeometric`).
    """
    law, top = DISTRIBUTIONS[distribution], max(re for _, _, re in stages)
    more, found, going = np.arange(top), np.zeros(1, np.intp), np.ones((len(p), 1))
    ends: list[tuple[Floats, Floats]] = []
    left, drawn = np.zeros(len(p)), 0
    for n, ac, re in stages:
        after = arrivals(going, found, law(n, drawn, found, more, p, lot_size), top)
        drawn += n
        accepted = after[:, : ac + 1]
        left += _left(accepted, p, distribution, drawn, lot_size)
        passed = after[:, ac + 1 : re]
        accept = accepted.sum(axis=1)
        ends.append((accept, np.maximum(going.sum(axis=1) - accept - passed.sum(axis=1), 0.0)))
        found, going = np.arange(ac + 1, re), passed
    return Course(
        accept=np.column_stack([a for a, _ in ends]), reject=np.column_stack([r for _, r in ends]), left=left
    )


def arrivals(going: Floats, found: Ints, chances: Floats, top: int) -> Floats:
    """Return the chances of each number found so far, shape (m, top); more is left out.

    Parameters
    ----------
    going : ndarray, shape (m, f)
        Chance of having gone on with each number in `found`.
    found : ndarray of int, shape (f,)
    chances : ndarray, shape (m, 1 or f, top)
        Of finding 0, 1, .. more.
    top : int
    """
    after = np.zeros((len(going), top))
    shared = chances.shape[1] == 1
    for i, t in enumerate(found):
        after[:, t:] += going[:, i, None] * chances[:, 0 if shared else i, : top - t]
    return after


def _left(accepted: Floats, p: Floats, distribution: str, drawn: int, lot_size: int) -> Floats:
    """Return what accepted lots carry on, as a share of the lot, shape (m,)."""
    if lot_size == 0:
        return np.asarray(p * accepted.sum(axis=1))
    if distribution == "hypergeometric":
        bad = whole(p, lot_size)[:, None] - np.arange(accepted.shape[1])
        return np.asarray((accepted * bad).sum(axis=1) / lot_size)
    return np.asarray(p * accepted.sum(axis=1) * (lot_size - drawn) / lot_size)


def sample_number(
    stages: Sequence[Stage], p: Floats, distribution: str, lot_size: int = 0, curtailed: bool = False
) -> Floats:
    r"""Return the average number of items inspected to a decision (ASN), shape (m,).

    Parameters
    ----------
    stages, p, distribution, lot_size
        As in `course`.
    curtailed : bool
        Whether the *last* stage stops as soon as its rejection number is reached; earlier samples
        are always inspected whole.  With :math:`X_j` found among its first j items and t before,
        it takes :math:`\sum_{j=0}^{n-1} P(t + X_j < Re)`.
    """
    run = course(stages, p, distribution, lot_size)
    drawn = np.cumsum([n for n, _, _ in stages])
    whole_stages = ((run.accept + run.reject) * drawn).sum(axis=1)
    if not curtailed:
        return np.asarray(whole_stages)
    n, _, re = stages[-1]
    before = int(drawn[-1]) - n
    found, going = reached(stages, p, distribution, lot_size)
    law, more = DISTRIBUTIONS[distribution], np.arange(re)
    taken = np.zeros(len(p))
    for j in range(n):
        taken += arrivals(going, found, law(j, before, found, more, p, lot_size), re).sum(axis=1)
    return np.asarray(whole_stages - going.sum(axis=1) * n + taken)


def reached(stages: Sequence[Stage], p: Floats, distribution: str, lot_size: int = 0) -> tuple[Ints, Floats]:
    """Return the numbers found with which the last stage is reached, and their chances, (m, f)."""
    law, found, going, drawn = DISTRIBUTIONS[distribution], np.zeros(1, np.intp), np.ones((len(p), 1)), 0
    for n, ac, re in stages[:-1]:
        after = arrivals(going, found, law(n, drawn, found, np.arange(re), p, lot_size), re)
        found, going, drawn = np.arange(ac + 1, re), after[:, ac + 1 :], drawn + n
    return found, going


def total_inspection(stages: Sequence[Stage], p: Floats, distribution: str, lot_size: int) -> Floats:
    """Return the average total inspection (ATI) when rejected lots are sorted whole, shape (m,)."""
    run = course(stages, p, distribution, lot_size)
    drawn = np.cumsum([n for n, _, _ in stages])
    return np.asarray((run.accept * drawn).sum(axis=1) + run.reject.sum(axis=1) * lot_size)


def quality_limit(stages: Sequence[Stage], distribution: str, lot_size: int = 0) -> tuple[float, float]:
    """Return the average outgoing quality limit (AOQL), and the incoming quality where it is reached.

    By every possible number of nonconforming items (hypergeometric), otherwise on a grid and then
    by golden section about its best.  As the outgoing quality is never above the acceptance
    probability times the incoming one, the search stops where nothing better can follow.
    """
    if distribution == "hypergeometric":
        return _limit_of_lot(stages, lot_size)
    from scipy.optimize import minimize_scalar

    high = 2 * (stages[-1][1] + 10) / stages[0][0]  # far beyond the peak, near p = Ac / n
    high = min(high, 1.0) if distribution == "binomial" else high
    grid = np.linspace(0.0, high, 2_001)
    best = int(np.argmax(course(stages, grid, distribution, lot_size).left))
    found = minimize_scalar(
        lambda x: -course(stages, np.array([x]), distribution, lot_size).left[0],
        bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return float(-found.fun), float(found.x)


def _limit_of_lot(stages: Sequence[Stage], lot_size: int, chunk: int = 2_000) -> tuple[float, float]:
    best, where = 0.0, 0.0
    for start in range(0, lot_size + 1, chunk):
        p = np.arange(start, min(start + chunk, lot_size + 1)) / lot_size
        run = course(stages, p, "hypergeometric", lot_size)
        top = int(np.argmax(run.left))
        if run.left[top] > best:
            best, where = float(run.left[top]), float(p[top])
        if run.accept[-1].sum() < best:  # acceptance only falls from here on
            break
    return best, where
