"""Screen: which units have enough data to be ranked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def available(x: Floats) -> Floats:
    """Return each unit's share of indicators that are not missing.

    Parameters
    ----------
    x : ndarray, shape (..., n, k)

    Returns
    -------
    ndarray, shape (..., n)
        In 0-1.

    References
    ----------
    OECD/JRC (2008), Handbook, step 3.
    """
    return np.asarray(1 - np.isnan(x).mean(axis=-1))


def nonzero(x: Floats) -> Floats:
    """Return each unit's share of values that are not zero among those that are not missing."""
    known = ~np.isnan(x)
    count = known.sum(axis=-1)
    zeros = (x == 0).sum(axis=-1)
    return np.where(count > 0, 1 - zeros / np.maximum(count, 1), 0.0)


def keep(
    x: Floats, *, rule: str = "missing", min_available: float | None = None, min_nonzero: float | None = None
) -> Bools:
    """Return which units stay.

    Parameters
    ----------
    x : ndarray, shape (..., n, k)
    rule : {'missing', 'zeros', 'both'}
    min_available, min_nonzero : float
        Smallest share, 0-1, that lets a unit stay.

    Examples
    --------
    >>> keep(np.array([[1.0, np.nan], [0.0, 2.0]]), min_available=0.9).tolist()
    [False, True]
    """
    stays = np.ones(x.shape[:-1], dtype=bool)
    if rule in ("missing", "both") and min_available is not None:
        stays &= available(x) >= min_available
    if rule in ("zeros", "both") and min_nonzero is not None:
        stays &= nonzero(x) >= min_nonzero
    return stays
