"""The one function that rounds: half to even on the shortest decimal text (GB/T 8170-2008, 3.2)."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

_WIDE = Context(prec=400)
"""Wide enough for every float: the default of 28 digits refuses 1e24 with six decimals."""


def round_half_even(value: float, decimals: int) -> Decimal:
    """Return a number rounded to a number of decimals, keeping trailing zeros.

    The number is taken as the shortest decimal text that names it, so 2.675 is the five it
    looks like and not the binary fraction just below it.  What rounds to zero has no sign.

    Parameters
    ----------
    value : float
        A finite number.
    decimals : int
        Digits after the point, from 0 on.

    Raises
    ------
    ValueError
        For NaN and the infinities, which have no digits.

    Examples
    --------
    >>> str(round_half_even(2.675, 2)), str(round_half_even(80.4, 2)), str(round_half_even(0.5, 0))
    ('2.68', '80.40', '0')
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be rounded")
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_EVEN, context=_WIDE)
    return abs(rounded) if rounded.is_zero() else rounded
