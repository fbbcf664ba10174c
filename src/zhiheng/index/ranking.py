"""Ranks of many columns or many variants at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ties = Literal["min", "average"]


def ranks_of(values: Floats, *, ties: Ties = "min") -> Floats:
    """Return ranks along the last axis: 1 for the highest value, NaN where the value is missing.

    Parameters
    ----------
    values : ndarray, shape (..., n)
    ties : {'min', 'average'}
        Equal values share the best of their ranks, or the mean of them.

    Returns
    -------
    ndarray, shape (..., n)

    Examples
    --------
    >>> ranks_of(np.array([3.0, 5.0, 5.0, 1.0])).tolist()
    [3.0, 1.0, 1.0, 4.0]
    """
    n = values.shape[-1]
    down = -values
    order = np.argsort(down, axis=-1, kind="stable")
    ordered = np.take_along_axis(down, order, axis=-1)
    place = np.arange(n, dtype=np.float64)
    new = np.ones(values.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    best = np.maximum.accumulate(np.where(new, place, 0.0), axis=-1)
    if ties == "average":
        last = np.ones(values.shape, dtype=bool)
        last[..., :-1] = new[..., 1:]
        worst = np.flip(np.minimum.accumulate(np.flip(np.where(last, place, n - 1.0), -1), axis=-1), -1)
        best = (best + worst) / 2
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, best + 1, axis=-1)
    ranks[np.isnan(values)] = np.nan
    return ranks


def ranks_in_columns(values: Floats, *, ties: Ties = "min") -> Floats:
    """Return `ranks_of` down the columns of a table, shape (..., n, k)."""
    return np.swapaxes(ranks_of(np.swapaxes(values, -1, -2), ties=ties), -1, -2)
