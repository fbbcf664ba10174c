"""A checked file in the parts that become rounds: which period each record belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from zhiheng.framework.contracts import Contract
from zhiheng.framework.periods import parse

ALL = "all"
"""The period of a table that has none."""


def period_of_record(contract: Contract) -> pl.Expr:
    """Return the period of each record as text; null where it has none.

    Parameters
    ----------
    contract : Contract
        Its `time_period` names a period field, or a date field and the period of a round.
    """
    if contract.time_period is None:
        return pl.lit(ALL)
    field = pl.col(contract.time_period.field)
    if contract.time_period.frequency is None:
        return field
    if contract.time_period.frequency == "year":
        return field.dt.to_string("%Y")
    if contract.time_period.frequency == "month":
        return field.dt.to_string("%Y-%m")
    return field.dt.to_string("%Y") + "-Q" + field.dt.quarter().cast(pl.String)


def periods(frame: pl.DataFrame, contract: Contract) -> list[str]:
    """Return the periods that a checked frame covers, sorted."""
    if contract.time_period is None:
        return [ALL] if frame.height else []
    if contract.time_period.field not in frame.columns:
        return []
    # Distinct days first: they are few, and texts of all rows would be many.
    days = frame[contract.time_period.field].unique().drop_nulls().to_frame()
    return sorted(days.select(period_of_record(contract).alias("period"))["period"].unique())


def parts(frame: pl.DataFrame, contract: Contract) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each period and its records, in the order of the periods; rows keep theirs."""
    found = periods(frame, contract)
    for period in found:
        # One part at a time, so that the table is never held twice.
        yield period, frame if len(found) == 1 else frame.filter(_of_period(frame, contract, period))


def _of_period(frame: pl.DataFrame, contract: Contract, period: str) -> pl.Series:
    assert contract.time_period is not None
    field = frame[contract.time_period.field]
    if contract.time_period.frequency is None:
        return field == period
    span = parse(period)
    return field.is_between(span.start, span.end)
