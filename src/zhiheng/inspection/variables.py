r"""Plans by variables for one specification limit: a mean, a spread, an acceptability constant k.

The characteristic is normal.  With the limit L on one side the lot is accepted when
:math:`(\bar x - L)/s \ge k` (or :math:`(U - \bar x)/s \ge k`), s the process's standard deviation
when known, else the sample's.  With :math:`z_p` the upper p quantile of the standard normal,

.. math::
    P_a(p) = \Phi(\sqrt n (z_p - k)) \quad\text{(sigma known)}, \qquad
    P_a(p) = P(T_{n-1}(\sqrt n z_p) \ge \sqrt n k) \quad\text{(unknown)}

with T noncentral t.

References
----------
ISO 3951-1, form k; Schilling and Neubauer (2009), chapter 10; Lieberman and Resnikoff (1955),
JASA 50, 457-516.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def acceptance(n: int, k: float, p: Floats, sigma: str) -> Floats:
    """Return the probability of acceptance, shape of `p`.

    Parameters
    ----------
    n : int
    k : float
        Acceptability constant, in standard deviations.
    p : ndarray
        Fraction beyond the limit, 0-1.
    sigma : {'known', 'unknown'}
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import nct

    z, root = -ndtri(np.clip(p, 1e-300, 1.0)), math.sqrt(n)
    if sigma == "known":
        inside = ndtr(root * (z - k))
    else:
        inside = nct.sf(root * k, n - 1, root * np.clip(z, -30.0, 30.0))
    return np.where(p <= 0, 1.0, np.where(p >= 1, 0.0, inside))


def constant(n: int, p: float, chance: float, sigma: str) -> float:
    """Return the k with which quality p is accepted with just this chance."""
    from scipy.special import ndtri
    from scipy.stats import nct

    z, root = -float(ndtri(p)), math.sqrt(n)
    if sigma == "known":
        return z - float(ndtri(chance)) / root
    return float(nct.ppf(1 - chance, n - 1, root * z)) / root


def smallest(prp: tuple[float, float], crp: tuple[float, float], sigma: str, most: int) -> tuple[int, float]:
    """Return the smallest n, and its k, that hold both risks; n = 0 where none up to `most` does.

    k gives the producer's risk exactly; the consumer's then falls as n grows.
    """

    def holds(n: int) -> bool:
        k = constant(n, *prp, sigma)
        return bool(acceptance(n, k, np.array([crp[0]]), sigma)[0] <= crp[1])

    low, high = 1, 2
    while not holds(high):
        low, high = high, high * 2
        if high > most:
            return 0, math.nan
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high, constant(high, *prp, sigma)
