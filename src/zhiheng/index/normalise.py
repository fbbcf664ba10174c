"""Normalise: indicators in their own units onto one scale on which more is better.

Each method is fitted on a table and gives a `Fitted`, which is then applied to that table or to
another (a later year scored between the bounds of a base year).  `NORMALISERS` is the list.
Almost all methods are a straight line in the raw value: `Line`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from zhiheng.index.ranking import Ties, ranks_in_columns
from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Outside = Literal["fail", "clip", "extrapolate"]
Degenerate = Literal["fail", "middle", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the specification says of each indicator.

    Attributes
    ----------
    direction : ndarray, shape (k,)
        1 where more is better, -1 where less is.
    target, lower, upper : ndarray, shape (k,)
        Target and goalposts in raw units; NaN where there is none.
    reference : ndarray, shape (..., 1, k)
        The reference unit's values; NaN where there is none.
    """

    direction: Floats
    target: Floats
    lower: Floats
    upper: Floats
    reference: Floats

    def only(self, places: NDArray[np.intp] | slice) -> Columns:
        """Return the same of some indicators."""
        return Columns(
            direction=self.direction[places],
            target=self.target[places],
            lower=self.lower[places],
            upper=self.upper[places],
            reference=self.reference[..., places],
        )


class Fitted(Protocol):
    """What a method learned from a table."""

    @property
    def relative(self) -> bool:
        """Whether it only makes sense for the table it was fitted on."""

    def degenerate(self) -> Bools:
        """Return in which columns there is no range; shape (..., 1, k)."""

    def outside(self, x: Floats) -> Bools:
        """Return which values lie outside the bounds, shape of `x`."""

    def apply(self, x: Floats, *, outside: Outside, degenerate: Degenerate) -> Floats:
        """Return the normalised values, shape of `x`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    r"""A straight line, :math:`y = a + (b - a) (x - o)/s`.

    Attributes
    ----------
    origin, span : ndarray, shape (..., 1, k)
        o and s in raw units; s is negative where less is better.
    a, b : float
        Values at the origin and one span above it.
    lower, upper : ndarray, shape (..., 1, k)
        Raw bounds that the `outside` policy guards; infinite where there are none.
    clips : bool
        Whether the method itself ends at its bounds, whatever the policy.
    """

    origin: Floats
    span: Floats
    a: float
    b: float
    lower: Floats
    upper: Floats
    clips: bool = False
    relative: bool = False

    @property
    def slope(self) -> Floats:
        """Change of the normalised value for one raw unit, shape (..., 1, k)."""
        return (self.b - self.a) / self.span

    def degenerate(self) -> Bools:
        """Return in which columns there is no range."""
        return ~(np.abs(self.span) > 0)

    def outside(self, x: Floats) -> Bools:
        """Return which values lie outside the bounds."""
        return (x < self.lower) | (x > self.upper) if not self.clips else np.zeros(x.shape, dtype=bool)

    def apply(
        self, x: Floats, *, outside: Outside = "extrapolate", degenerate: Degenerate = "fail"
    ) -> Floats:
        """Return the normalised values."""
        if outside == "clip" or self.clips:
            x = np.clip(x, self.lower, self.upper)
        flat = self.degenerate()
        if not flat.any():
            return self.a + (x - self.origin) / self.span * (self.b - self.a)
        span = np.where(flat, 1.0, self.span)
        instead = (self.a + self.b) / 2 if degenerate == "middle" else np.nan
        return np.where(flat & ~np.isnan(x), instead, self.a + (x - self.origin) / span * (self.b - self.a))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Place among the units of the same table.

    Attributes
    ----------
    direction : ndarray, shape (k,)
    a, b : float
        What the lowest and the highest standing become; NaN leaves the rank as it is.
    ties : {'min', 'average'}
    """

    direction: Floats
    a: float
    b: float
    ties: Ties
    flat: Bools
    relative: bool = True

    def degenerate(self) -> Bools:
        """Return in which columns all values are equal."""
        return self.flat

    def outside(self, x: Floats) -> Bools:
        """Return which values lie outside the bounds: none can."""
        return np.zeros(x.shape, dtype=bool)

    def apply(
        self, x: Floats, *, outside: Outside = "extrapolate", degenerate: Degenerate = "fail"
    ) -> Floats:
        """Return ranks from below, stretched from 1..n to a..b where these are given."""
        del outside
        rank = ranks_in_columns(-x * self.direction, ties=self.ties)
        if np.isnan(self.a):
            return rank
        known = (~np.isnan(x)).sum(axis=-2, keepdims=True)
        scaled = self.a + (self.b - self.a) * (rank - 1) / np.maximum(known - 1, 1)
        instead = (self.a + self.b) / 2 if degenerate == "middle" else np.nan
        return np.where(self.flat & ~np.isnan(x), instead, scaled)


def _between(
    worst: Floats, best: Floats, scale: tuple[float, float], bounds: tuple[Floats, Floats] | None = None
) -> Line:
    lower, upper = bounds if bounds else (np.minimum(worst, best), np.maximum(worst, best))
    return Line(origin=worst, span=best - worst, a=scale[0], b=scale[1], lower=lower, upper=upper)


def observed(x: Floats) -> tuple[Floats, Floats]:
    """Return each column's lowest and highest value, shape (..., 1, k); NaN where all are missing."""
    low = np.fmin.reduce(x, axis=-2, keepdims=True)
    return low, np.fmax.reduce(x, axis=-2, keepdims=True)


def _ends(lower: Floats, upper: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Return the worst and the best end by direction."""
    up = direction > 0
    return np.where(up, lower, upper), np.where(up, upper, lower)


def _unbounded(like: Floats) -> tuple[Floats, Floats]:
    return np.full_like(like, -np.inf), np.full_like(like, np.inf)


def _needed(values: Floats, what: str) -> None:
    if np.isnan(values).any():
        raise UndefinedError("index_metadata_missing", what, column=int(np.flatnonzero(np.isnan(values))[0]))


def min_max(x: Floats, columns: Columns, *, range: tuple[float, float] = (0.0, 100.0)) -> Line:
    r"""Return :math:`a + (b-a)(x - x_{worst})/(x_{best} - x_{worst})` between the observed ends.

    Parameters
    ----------
    x : ndarray, shape (..., n, k)
    columns : Columns
    range : (float, float)
        a and b.

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Min-Max".

    Examples
    --------
    >>> line = min_max(np.array([[1.0], [3.0], [5.0]]), simple_columns(1))
    >>> line.apply(np.array([[1.0], [4.0], [5.0]])).ravel().tolist()
    [0.0, 75.0, 100.0]
    """
    return _between(*_ends(*observed(x), columns.direction), range)


def z_score(x: Floats, columns: Columns, *, mean: float = 0.0, sd: float = 1.0) -> Line:
    r"""Return :math:`m + s \cdot d (x - \bar x)/\sigma`, with the sample standard deviation (n - 1).

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Standardisation (z-scores)".

    Examples
    --------
    >>> line = z_score(np.array([[1.0], [3.0], [5.0]]), simple_columns(1), mean=10, sd=2)
    >>> line.apply(np.array([[1.0], [3.0], [5.0]])).ravel().tolist()
    [8.0, 10.0, 12.0]
    """
    known = ~np.isnan(x)
    n = known.sum(axis=-2, keepdims=True)
    centre = np.where(known, x, 0.0).sum(axis=-2, keepdims=True) / np.maximum(n, 1)
    squares = np.where(known, x - centre, 0.0)
    spread = np.sqrt((squares * squares).sum(axis=-2, keepdims=True) / np.maximum(n - 1, 1))
    lower, upper = _unbounded(centre)
    return Line(origin=centre, span=spread * columns.direction, a=mean, b=mean + sd, lower=lower, upper=upper)


def rank(x: Floats, columns: Columns, *, ties: Ties = "min") -> Standing:
    """Return ranks from below: the worst unit has 1, so that more is better.

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Ranking".

    Examples
    --------
    >>> table = np.array([[7.0], [9.0], [7.0]])
    >>> rank(table, simple_columns(1)).apply(table).ravel().tolist()
    [1.0, 3.0, 1.0]
    """
    return _standing(x, columns, (np.nan, np.nan), ties)


def percentile_rank(x: Floats, columns: Columns, *, ties: Ties = "min") -> Standing:
    """Return the share of the other units that are below, 0-1.

    Examples
    --------
    >>> table = np.array([[7.0], [9.0], [8.0]])
    >>> percentile_rank(table, simple_columns(1)).apply(table).ravel().tolist()
    [0.0, 1.0, 0.5]
    """
    return _standing(x, columns, (0.0, 1.0), ties)


def borda(
    x: Floats, columns: Columns, *, range: tuple[float, float] = (0.0, 100.0), ties: Ties = "min"
) -> Standing:
    """Return Borda points, the number of units below, stretched to a range.

    Examples
    --------
    >>> table = np.array([[7.0], [9.0], [8.0]])
    >>> borda(table, simple_columns(1)).apply(table).ravel().tolist()
    [0.0, 100.0, 50.0]
    """
    return _standing(x, columns, range, ties)


def _standing(x: Floats, columns: Columns, scale: tuple[float, float], ties: Ties) -> Standing:
    low, high = observed(x)
    return Standing(direction=columns.direction, a=scale[0], b=scale[1], ties=ties, flat=~(high > low))


def distance_to_max(x: Floats, columns: Columns) -> Line:
    r"""Return :math:`1 - (x_{best} - x)/(x_{best} - x_{worst})`.

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Distance to a reference" (the leader).

    Examples
    --------
    >>> table = np.array([[2.0], [4.0], [10.0]])
    >>> distance_to_max(table, simple_columns(1)).apply(table).ravel().tolist()
    [0.0, 0.25, 1.0]
    """
    return _between(*_ends(*observed(x), columns.direction), (0.0, 1.0))


def distance_to_reference(x: Floats, columns: Columns, *, reference: str = "") -> Line:
    r"""Return :math:`1 - (x_{ref} - x)/(x_{ref} - x_{worst})`: 1 for the unit `reference`.

    Units better than the reference are above 1.

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Distance to a reference".
    """
    del reference  # its values come with the columns
    _needed(columns.reference[..., 0, :].reshape(-1, columns.direction.size)[0], "reference")
    worst, _ = _ends(*observed(x), columns.direction)
    return _between(worst, np.broadcast_to(columns.reference, worst.shape), (0.0, 1.0), _unbounded(worst))


def distance_to_target(x: Floats, columns: Columns, *, cap: bool = False) -> Line:
    r"""Return :math:`(x - x_{worst})/(x_{target} - x_{worst})`: 1 at the target.

    With `cap`, what is better than the target counts as the target.

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Distance to a reference" (a target).

    Examples
    --------
    >>> columns = simple_columns(1, target=4.0)
    >>> distance_to_target(np.array([[2.0], [5.0]]), columns).apply(np.array([[3.0], [5.0]])).ravel().tolist()
    [0.5, 1.5]
    """
    _needed(columns.target, "target")
    worst, _ = _ends(*observed(x), columns.direction)
    line = _between(worst, np.broadcast_to(columns.target, worst.shape), (0.0, 1.0), _unbounded(worst))
    return _capped(line) if cap else line


def _capped(line: Line) -> Line:
    """Return the line that ends at its best end."""
    best = line.origin + line.span
    up = line.span > 0
    lower, upper = np.where(up, -np.inf, best), np.where(up, best, np.inf)
    return replace(line, lower=lower, upper=upper, clips=True)


def fraction_of_max(x: Floats, columns: Columns) -> Line:
    r"""Return :math:`x / x_{max}`; defined where more is better.

    References
    ----------
    OECD/JRC (2008), Handbook, step 5, "Distance to a reference" (ratio form).

    Examples
    --------
    >>> table = np.array([[2.0], [4.0]])
    >>> fraction_of_max(table, simple_columns(1)).apply(table).ravel().tolist()
    [0.5, 1.0]
    """
    if (columns.direction < 0).any():
        raise UndefinedError(
            "index_direction_undefined", "fraction_of_max", column=int(np.argmin(columns.direction))
        )
    _, high = observed(x)
    return _between(np.zeros_like(high), high, (0.0, 1.0), _unbounded(high))


def scaled(
    x: Floats,
    columns: Columns,
    *,
    bounds: tuple[float, float] = (0.0, 100.0),
    range: tuple[float, float] = (0.0, 100.0),
) -> Line:
    """Return raw values between `bounds`, the same for all indicators, moved to `range`.

    Examples
    --------
    >>> line = scaled(np.array([[3.0]]), simple_columns(1), bounds=(1, 5), range=(0, 1))
    >>> line.apply(np.array([[3.0]])).ravel().tolist()
    [0.5]
    """
    like = np.zeros((*x.shape[:-2], 1, x.shape[-1]))
    return _between(*_ends(like + bounds[0], like + bounds[1], columns.direction), range)


def goalposts(x: Floats, columns: Columns, *, range: tuple[float, float] = (0.0, 100.0)) -> Line:
    r"""Return :math:`a + (b-a)(x - g_{worst})/(g_{best} - g_{worst})` between fixed goalposts.

    References
    ----------
    UNDP, Human Development Report, technical notes: dimension indices between goalposts.

    Examples
    --------
    >>> columns = simple_columns(1, lower=20.0, upper=85.0)
    >>> goalposts(np.array([[72.0]]), columns, range=(0, 1)).apply(np.array([[72.0]])).ravel().tolist()
    [0.8]
    """
    del x  # nothing is learned
    _needed(columns.lower + columns.upper, "goalposts")
    lower, upper = columns.lower[None, :], columns.upper[None, :]
    return _between(*_ends(lower, upper, columns.direction), range)


def efficacy(x: Floats, columns: Columns, *, range: tuple[float, float] = (60.0, 100.0)) -> Line:
    r"""Return the efficacy score (功效系数法) :math:`60 + 40 (x - L)/(U - L)` between fixed goalposts.

    The unsatisfactory value L scores 60, the satisfactory value U scores 100; where less is better
    they change places.

    Examples
    --------
    >>> columns = simple_columns(1, lower=90.0, upper=100.0)
    >>> efficacy(np.array([[95.0]]), columns).apply(np.array([[95.0]])).ravel().tolist()
    [80.0]
    """
    return goalposts(x, columns, range=range)


def mazziotta_pareto_adjusted(x: Floats, columns: Columns, *, spread: float = 60.0) -> Line:
    r"""Return the adjusted MPI's scale: the mean of the fitted table is 100, the whole range is 60 wide.

    With :math:`\Delta = (x_{max} - x_{min})/2` and the reference mean :math:`\bar x`, the goalposts
    are :math:`\bar x \pm \Delta` and map to 70 and 130.

    References
    ----------
    Mazziotta and Pareto (2016), Social Indicators Research 127, 983-1003.

    Examples
    --------
    >>> table = np.array([[2.0], [4.0], [6.0]])
    >>> mazziotta_pareto_adjusted(table, simple_columns(1)).apply(table).ravel().tolist()
    [70.0, 100.0, 130.0]
    """
    low, high = observed(x)
    known = (~np.isnan(x)).sum(axis=-2, keepdims=True)
    mean = np.nansum(x, axis=-2, keepdims=True) / np.maximum(known, 1)
    half = (high - low) / 2 * columns.direction
    lower, upper = _unbounded(mean)
    return Line(origin=mean, span=half, a=100.0, b=100.0 + spread / 2, lower=lower, upper=upper)


def simple_columns(
    k: int, *, direction: float = 1.0, target: float = np.nan, lower: float = np.nan, upper: float = np.nan
) -> Columns:
    """Return the same facts for each of k indicators, for use on bare arrays."""
    return Columns(
        direction=np.full(k, float(direction)),
        target=np.full(k, target),
        lower=np.full(k, lower),
        upper=np.full(k, upper),
        reference=np.full((1, k), np.nan),
    )


NORMALISERS: dict[str, Callable[..., Fitted]] = {
    "min_max": min_max,
    "z_score": z_score,
    "rank": rank,
    "percentile_rank": percentile_rank,
    "borda": borda,
    "distance_to_max": distance_to_max,
    "distance_to_reference": distance_to_reference,
    "distance_to_target": distance_to_target,
    "fraction_of_max": fraction_of_max,
    "scaled": scaled,
    "goalposts": goalposts,
    "efficacy": efficacy,
    "mazziotta_pareto_adjusted": mazziotta_pareto_adjusted,
}
"""Every method of normalising, by the key that YAML uses."""
