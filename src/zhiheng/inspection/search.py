"""Single plans by attributes that hold two risks: the smallest c, then the smallest n."""

from __future__ import annotations

import numpy as np

from zhiheng.inspection.chances import course


def accepted(n: int, c: int, p: float, distribution: str, lot_size: int) -> float:
    """Return the probability of acceptance of the single plan (n, c)."""
    return float(course([(n, c, c + 1)], np.array([p]), distribution, lot_size).accept[0, 0])


def smallest(
    prp: tuple[float, float],
    crp: tuple[float, float],
    distribution: str,
    lot_size: int,
    most: tuple[int, int],
) -> tuple[int, int] | None:
    """Return (n, c), or None where no plan up to `most` (n, c) holds both.

    For each c the smallest n that holds the consumer's risk is found by halving, as acceptance only
    falls with n; that n is also the best for the producer.
    """
    most_n = min(most[0], lot_size) if lot_size else most[0]
    n = 1
    for c in range(most[1] + 1):
        n = _enough(max(n, c + 1), most_n, c, crp, distribution, lot_size)
        if n > most_n:
            return None
        if accepted(n, c, prp[0], distribution, lot_size) >= prp[1]:
            return n, c
    return None


def _enough(least: int, most: int, c: int, crp: tuple[float, float], distribution: str, lot_size: int) -> int:
    """Return the smallest n from `least` on that holds the consumer's risk; most + 1 for none."""

    def holds(n: int) -> bool:
        return accepted(n, c, crp[0], distribution, lot_size) <= crp[1]

    low, high = least - 1, least
    while high <= most and not holds(high):
        low, high = high, high * 2
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
