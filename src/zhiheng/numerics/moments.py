"""Counts, means and centred sums of squares that can be merged part by part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def merge(n: Floats, mean: Floats, m2: Floats) -> tuple[float, float, float]:
    r"""Merge parts into one, in the order given.

    With :math:`\delta = \bar y_b - \bar y_a`:
    :math:`\bar y = \bar y_a + \delta n_b/n` and
    :math:`M_2 = M_{2a} + M_{2b} + \delta^2 n_a n_b / n`.

    Parameters
    ----------
    n, mean, m2 : ndarray, shape (parts,)
        Per part: number of values, their mean, sum of squared deviations from that mean.
        Parts without values (n = 0) take no part, whatever their mean.

    Returns
    -------
    n, mean, m2 : float
        Of all parts; the mean is NaN when there are no values at all.

    References
    ----------
    Chan, Golub and LeVeque (1983). The American Statistician 37, 242-247.
    """
    total, centre, squares = 0.0, float("nan"), 0.0
    for part_n, part_mean, part_m2 in zip(n.tolist(), mean.tolist(), m2.tolist(), strict=True):
        if part_n == 0:
            continue
        if total == 0:
            total, centre, squares = part_n, part_mean, part_m2
            continue
        together = total + part_n
        delta = part_mean - centre
        squares += part_m2 + delta * delta * total * part_n / together
        centre += delta * part_n / together
        total = together
    return total, centre, squares
