"""Figures as they are printed: digits, bounds, limits, changes.

The only place where a number becomes text, and so the only place that rounds
(`numerics.rounding.round_half_even`).  Words around numbers are in `words.yaml`.
"""

from __future__ import annotations

from decimal import Decimal

from zhiheng.numerics.rounding import round_half_even

DIGITS = 12
"""Significant digits of made numbers in text and Excel files: what follows is noise of binary arithmetic."""
MINUS = "−"
BOUND_SIGNS = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}
"""Signs for the bounds that a text states with 超, 以上 and the like."""
BOUND_WORDS = {">": "bound_more", ">=": "bound_at_least", "<": "bound_less", "<=": "bound_at_most"}
"""Keys of `words.yaml` for the same bounds in running text."""


def rounded(value: float, decimals: int | None) -> Decimal:
    """Return a value at the digits it is shown with; without decimals, at its shortest text.

    A negative value that rounds to nothing loses its sign.
    """
    if decimals is None:
        decimals = max(0, -int(Decimal(repr(float(value))).normalize().as_tuple().exponent))
    number = round_half_even(value, decimals)
    return number.copy_abs() if number.is_zero() else number


def exported(value: float) -> float:
    """Return a made number as text and Excel files carry it; Parquet has it in full.

    Examples
    --------
    >>> exported(67.58945837499999)
    67.589458375
    """
    return float(f"{value:.{DIGITS}g}")


def plain(value: float, decimals: int | None) -> str:
    """Return digits only, as files carry them; without decimals, at most `DIGITS` significant ones.

    Examples
    --------
    >>> plain(80.4, 2), plain(2000, 0)
    ('80.40', '2000')
    """
    if decimals is None:
        value = exported(value)
        if "e" not in (text := repr(value)):  # the same text, without the way through a decimal
            whole = text.removesuffix(".0")
            return "0" if whole == "-0" else whole
    return f"{rounded(value, decimals):f}"


def scaled(value: float, decimals: int | None, power: int) -> tuple[float, int | None]:
    """Return a value in a unit larger or smaller by a power of ten, with the decimals that keep its digits.

    Examples
    --------
    >>> scaled(4067, 0, -1), scaled(12.345, 3, 2)
    ((406.7, 1), (1234.5, 1))
    """
    moved = float(Decimal(repr(float(value))).scaleb(power))
    return moved, None if decimals is None else max(0, decimals - power)


def printed(value: float, decimals: int | None, bound: str | None = None) -> str:
    """Return a number for reading: thousands grouped, a true minus, the bound as a sign before it.

    Examples
    --------
    >>> printed(2000, 0, ">"), printed(-0.3, 2)
    ('> 2,000', '−0.30')
    """
    text = f"{rounded(value, decimals):,f}".replace("-", MINUS)
    return f"{BOUND_SIGNS[bound]} {text}" if bound else text


def interval(low: float | None, high: float | None, decimals: int | None) -> str | None:
    """Return two limits, or None where there are none.

    Examples
    --------
    >>> interval(92.634, 93.345, 1)
    '92.6–93.3'
    """
    if low is None or high is None:
        return None
    return f"{printed(low, decimals)}–{printed(high, decimals)}"


def change(value: float, decimals: int | None) -> str:
    """Return a change with its sign; no change has none.

    Examples
    --------
    >>> change(86.05 - 85.60, 2), change(-0.004, 2)
    ('+0.45', '0.00')
    """
    text = printed(value, decimals)
    return text if rounded(value, decimals) <= 0 else f"+{text}"


def size(octets: int) -> str:
    """Return the size of a file in units of 1,000 bytes, at two significant digits.

    Examples
    --------
    >>> size(950), size(2345), size(123456), size(2_700_000)
    ('950 B', '2.3 kB', '123 kB', '2.7 MB')
    """
    for factor, name in ((1_000_000, "MB"), (1_000, "kB")):
        if octets >= factor:
            amount = octets / factor
            return f"{printed(amount, 1 if amount < 10 else 0)} {name}"
    return f"{octets} B"
