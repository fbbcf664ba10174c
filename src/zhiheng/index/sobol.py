r"""Sobol indices: the share of the variance of an output that each input, or group of inputs, explains.

With the outputs :math:`f_A, f_B` of two independent samples and :math:`f_{AB_i}`, those of A with
the numbers of input i from B:

.. math::
    S_i = \frac{\overline{f_B (f_{AB_i} - f_A)}}{V}, \quad
    T_i = \frac{\overline{(f_A - f_{AB_i})^2}}{2V}

References
----------
Saltelli et al. (2010), Computer Physics Communications 181, 259-270, table 2 (b) and (f).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def first_and_total(f_a: Floats, f_b: Floats, f_ab: Floats) -> tuple[Floats, Floats]:
    """Return first-order and total indices.

    Parameters
    ----------
    f_a, f_b : ndarray, shape (n, outputs)
    f_ab : ndarray, shape (inputs, n, outputs)

    Returns
    -------
    first, total : ndarray, shape (inputs, outputs)
        NaN for an output that does not vary.
    """
    n = f_a.shape[0]
    first, total = _from_moments(_moments(f_a, f_b, f_ab, np.ones((1, n))), n)
    return first[0], total[0]


def bootstrap(
    f_a: Floats, f_b: Floats, f_ab: Floats, n_boot: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the indices of resamples of the n draws, shape (n_boot, inputs, outputs) each."""
    n = f_a.shape[0]
    counts = np.empty((n_boot, n))
    for b in range(n_boot):
        counts[b] = np.bincount(rng.integers(0, n, n), minlength=n)
    return _from_moments(_moments(f_a, f_b, f_ab, counts), n)


def _moments(f_a: Floats, f_b: Floats, f_ab: Floats, counts: Floats) -> tuple[Floats, ...]:
    """Return sums over the draws, each draw as often as it counts.

    Outputs that are whole numbers (ranks and their changes) give sums that are exact in whatever
    order they are added.
    """
    _, n, outputs = f_ab.shape

    def summed(x: Floats) -> Floats:
        return np.asarray(
            (counts @ x.reshape(-1, n, outputs).transpose(1, 0, 2).reshape(n, -1)).reshape(
                len(counts), -1, outputs
            )
        )

    return (
        summed(f_a), summed(f_b), summed(f_a * f_a), summed(f_b * f_b),
        summed(f_ab - f_a), summed(f_b * (f_ab - f_a)), summed((f_a - f_ab) ** 2),
    )  # fmt: skip


def _from_moments(sums: tuple[Floats, ...], n: int) -> tuple[Floats, Floats]:
    a, b, aa, bb, lead, cross, square = sums
    mean = (a + b) / (2 * n)
    variance = (aa + bb) / (2 * n) - mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(variance > 1e-12 * (mean**2 + 1e-300), variance, np.nan)
        return (cross - mean * lead) / n / variance, square / (2 * n) / variance
