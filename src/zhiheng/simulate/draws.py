"""Draws that every topic shares: whole numbers only, so that one seed gives the same bytes on any machine.

No float takes part in any choice.  What is near normal is a sum of twelve uniform whole numbers;
what has to add up to a published total is apportioned by largest remainders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]
ORGANISATION = "simulation"
"""Who delivers simulated tables; it is no body."""
CITY = "450200"
"""The bundled city, for which the tables are made."""
NOISE = 1_000_000
"""Standard deviation of `near_normal`: fine enough that two draws hardly ever tie."""
MILLION = 1_000_000
"""Parts per million in one whole."""


def generator(seed: int, topic: str) -> np.random.Generator:
    """Return a topic's own generator, so that one topic can be made without the others.

    Parameters
    ----------
    seed : int
        The seed of the whole simulation.
    topic : str
        Its letters go into the seed: no topic changes when another comes before it.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *topic.encode()])))


def pick(rng: np.random.Generator, shares: Sequence[int], size: int) -> Ints:
    """Draw positions in a list in proportion to whole-number shares.

    Parameters
    ----------
    rng : numpy.random.Generator
    shares : sequence of int
        Relative; a share of zero is never drawn.
    size : int

    Returns
    -------
    ndarray of int, shape (size,)
    """
    edges = np.cumsum(np.asarray(shares, dtype=np.int64))
    drawn = rng.integers(0, int(edges[-1]), size=size, dtype=np.int64)
    return np.searchsorted(edges, drawn, side="right").astype(np.int64)


def near_normal(rng: np.random.Generator, size: int | tuple[int, ...]) -> Ints:
    """Draw sums of twelve uniform whole numbers: mean 0 and standard deviation `NOISE`, nearly."""
    total = np.zeros(size, dtype=np.int64)
    for _ in range(12):
        total += rng.integers(0, NOISE, size=size, dtype=np.int64)
    return total - 6 * (NOISE - 1)


def highest(latent: Ints, number: int) -> Flags:
    """Say which `number` of the values are the highest; of equal ones the first."""
    chosen = np.zeros(latent.size, dtype=np.bool_)
    chosen[np.argsort(-latent, kind="stable")[:number]] = True
    return chosen


def apportion(total: int, parts: Ints) -> Ints:
    """Share a total out in proportion to whole numbers, without a remainder.

    Each gets the whole part of ``total * part / sum``; what is left goes to the largest
    remainders, of equal ones to the first.

    Parameters
    ----------
    total : int
    parts : ndarray of int, shape (k,)
        Not negative, not all zero; `total` times any of them stays below 2**63.

    Returns
    -------
    ndarray of int, shape (k,)
        Its sum is `total`.
    """
    whole = int(parts.sum())
    given, remainder = np.divmod(total * parts, whole)
    given[highest(remainder, total - int(given.sum()))] += 1
    return given.astype(np.int64)


def of_million(amount: Ints, parts: Ints) -> Ints:
    """Return so many parts per million of an amount, rounded down."""
    return np.asarray(amount * parts // MILLION, dtype=np.int64)


def days_between(rng: np.random.Generator, first: Days, last: Days) -> Days:
    """Draw a day for each pair of first and last days, both of them included."""
    length = (last - first).astype(np.int64) + 1
    offset: Ints = rng.integers(0, length, dtype=np.int64)
    days: Days = first + offset.astype("timedelta64[D]")
    return days


def days_of_years(rng: np.random.Generator, years: Sequence[int], position: Ints) -> Days:
    """Draw a day of each year, the years given by their positions in a list."""
    first = np.array([dt.date(y, 1, 1) for y in years], dtype="datetime64[D]")
    last = np.array([dt.date(y, 12, 31) for y in years], dtype="datetime64[D]")
    return days_between(rng, first[position], last[position])


def take(names: Sequence[str], positions: Ints) -> pl.Series:
    """Return the names at positions of a list."""
    return pl.Series(list(names), dtype=pl.String)[positions]


def numbered(prefix: str, size: int, width: int = 4) -> pl.Series:
    """Return `prefix` with numbers from one, all of one width."""
    number = pl.Series("number", np.arange(1, size + 1)).cast(pl.String)
    return prefix + number.str.zfill(max(width, len(str(size))))
