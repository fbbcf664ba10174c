"""Denominate: amounts into rates that units of different size can be compared by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def denominate(x: Floats, denominators: Floats, *, per: float = 1.0) -> Floats:
    r"""Return :math:`x'_{ui} = \mathrm{per} \cdot x_{ui} / d_{ui}`.

    Parameters
    ----------
    x : ndarray, shape (..., n, k)
        Units by indicators.
    denominators : ndarray, shape (n, k)
        In the unit of each indicator's denominator; none is 0.
    per : float
        1 by default; 1000 makes "per thousand".

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 3 (data selection):
    size-dependent variables need an appropriate size measure.

    Examples
    --------
    >>> denominate(np.array([[10.0], [30.0]]), np.array([[2.0], [5.0]]), per=100).ravel().tolist()
    [500.0, 600.0]
    """
    return per * (x / denominators)
