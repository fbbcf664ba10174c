"""The one function that rounds: half to even on the shortest decimal text (GB/T 8170-2008, 3.2)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal


def round_half_even(value: float, decimals: int) -> Decimal:
    """Return a number rounded to a number of decimals, keeping trailing zeros.

    The number is taken as the shortest decimal text that names it, so 2.675 is the five it
    looks like and not the binary fraction just below it.

    Parameters
    ----------
    value : float
        A finite number.
    decimals : int
        Digits after the point, from 0 on.

    Examples
    --------
    >>> str(round_half_even(2.675, 2)), str(round_half_even(80.4, 2)), str(round_half_even(0.5, 0))
    ('2.68', '80.40', '0')
    """
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
