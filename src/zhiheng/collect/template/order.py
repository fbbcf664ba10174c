"""What is to be written: a contract, for whom, of which period, with which records of the last one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zhiheng.collect import rounds
from zhiheng.collect.parts import ALL
from zhiheng.collect.rounds import Round
from zhiheng.errors import Problem, raise_if
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.periods import Period, parse

EMPTY_ROWS = 200
"""Rows of a form that begins empty."""

SPARE_ROWS = 50
"""Rows beyond the records that are filled in beforehand."""

MOST_ROWS = 100_000
"""Rows of a form: more belong in a CSV or Parquet file."""


@dataclass(frozen=True, kw_only=True)
class Previous:
    """What was frozen last.

    Attributes
    ----------
    period : str
        ``"all"`` for a table without periods.
    frame : DataFrame
        Its records, as frozen.
    """

    period: str
    frame: pl.DataFrame

    @property
    def name(self) -> Text:
        """The period as the form calls it."""
        if self.period == ALL:
            return Text(zh="现有名录", en="the present register")
        span = parse(self.period)
        return Text(zh=span.label("zh"), en=span.label("en"))


@dataclass(frozen=True, kw_only=True)
class Order:
    """One form to write.

    Attributes
    ----------
    city : City
    contract : Contract
    organisation : str or None
        Who is to fill it in.
    period : Period or None
    previous : Previous or None
        What the form repeats; None where nothing was frozen, or nothing recurs.
    rows : int
        Rows for records.
    """

    city: City
    contract: Contract
    organisation: str | None
    period: Period | None
    previous: Previous | None
    rows: int

    @property
    def repeats(self) -> frozenset[str]:
        """Fields that are filled in beforehand."""
        return frozenset(f.name for f in self.contract.fields if _repeats(self.contract, f))

    @property
    def compared(self) -> tuple[FieldSpec, ...]:
        """Fields whose last values stand beside the form, to compare with."""
        if self.previous is None or self.previous.period == ALL:
            return ()
        period = self.contract.time_period
        return tuple(
            spec
            for spec in self.contract.fields
            if spec.name in self.previous.frame.columns
            and spec.personal is None
            and spec.name not in self.repeats
            and not (period and period.field == spec.name)
        )


def recurs(contract: Contract) -> bool:
    """Return whether the same records come back each period: a register, or a key with the period in it."""
    if contract.time_period is None:
        return bool(contract.primaryKey)
    return contract.time_period.field in contract.primaryKey and len(contract.primaryKey) > 1


def _repeats(contract: Contract, spec: FieldSpec) -> bool:
    """Return whether a field is what a record is about, and not what is measured of it anew."""
    if spec.personal is not None:
        return False
    if contract.time_period is None:
        return True
    if spec.name == contract.time_period.field:
        return False
    words = spec.type == "string" and not spec.constraints.enum and spec.format != "period"
    return words or spec.name in contract.primaryKey


def order(
    city: City,
    table: str,
    *,
    organisation: str | None = None,
    period: str | None = None,
    rows: int | None = None,
) -> Order:
    """Say what is to be written.

    Parameters
    ----------
    city : City
    table : str
        The contract.
    organisation : str, optional
        Who is to fill it in; the only one that may, where there is one.
    period : str, optional
        ISO 8601.
    rows : int, optional
        Rows for records; 200, or 50 more than are filled in beforehand.

    Raises
    ------
    ZhihengError
        When there is no such table, organisation or period, or they do not go together.
    """
    contract = city.contracts.get(table)
    if contract is None:
        raise_if([_unknown("TABLE", table, city.contracts, "contracts")])
        raise AssertionError(table)
    problems = [*_organisation_problems(city, contract, organisation), *_period_problems(contract, period)]
    if rows is not None and not 1 <= rows <= MOST_ROWS:
        problems.append(
            Problem(where="--rows", rule="template_rows", found=f"{rows}", args={"most": f"{MOST_ROWS}"})
        )
    raise_if(problems)
    if organisation is None and len(contract.organisations) == 1:
        organisation = contract.organisations[0]
    span = parse(period) if period is not None else None
    previous = _previous(city.folder, contract, organisation, span)
    filled = previous.frame.height if previous else 0
    least = max(EMPTY_ROWS, filled + SPARE_ROWS)
    return Order(
        city=city,
        contract=contract,
        organisation=organisation,
        period=span,
        previous=previous,
        rows=least if rows is None else max(rows, filled),
    )


def _unknown(where: str, found: str, known: Iterable[str], listed: str) -> Problem:
    close = difflib.get_close_matches(found, list(known), n=1)
    args = {"list": listed, "close": close[0] if close else ", ".join(known)}
    return Problem(where=where, rule="code_unknown", found=found, args=args)


def _organisation_problems(city: City, contract: Contract, organisation: str | None) -> list[Problem]:
    if organisation is None:
        return []
    if organisation not in city.organisations:
        return [_unknown("--organisation", organisation, city.organisations, "organisations")]
    if contract.organisations and organisation not in contract.organisations:
        args = {"table": contract.contract, "allowed": ", ".join(contract.organisations)}
        return [Problem(where="--organisation", rule="template_organisation", found=organisation, args=args)]
    return []


def _period_problems(contract: Contract, period: str | None) -> list[Problem]:
    if period is None:
        return []
    try:
        span = parse(period)
    except ValueError:
        return [Problem(where="--period", rule="not_period", found=period)]
    if contract.time_period is None:
        args = {"table": contract.contract}
        return [Problem(where="--period", rule="template_no_period", found=period, args=args)]
    frequency = contract.time_period.frequency
    if frequency is not None and span.frequency != frequency:
        example = {"year": "2015", "quarter": "2015-Q3", "month": "2015-07"}[frequency]
        args = {"table": contract.contract, "example": example}
        return [Problem(where="--period", rule="template_frequency", found=period, args=args)]
    return []


def _previous(
    folder: Path, contract: Contract, organisation: str | None, period: Period | None
) -> Previous | None:
    """Return what an organisation's last round before a period holds, where records recur."""
    if organisation is None or not recurs(contract):
        return None
    mine = [
        r for r in rounds.current(rounds.read(folder))
        if r.table == contract.contract and r.organisation == organisation
    ]  # fmt: skip
    round_ = _last(mine, period)
    if round_ is None:
        return None
    raise_if(rounds.verify(folder, [round_]))
    frame = pl.read_parquet(folder / round_.file)
    return Previous(period=round_.time_period, frame=frame) if frame.height else None


def _last(found: list[Round], period: Period | None) -> Round | None:
    """Return the round of the latest period, before a given one and of its kind."""
    if all(r.time_period == ALL for r in found):
        return found[-1] if found else None
    spans = [(parse(r.time_period), r) for r in found]
    if period is not None:
        spans = [(s, r) for s, r in spans if s.start < period.start and s.frequency == period.frequency]
    return max(spans, key=lambda pair: (pair[0].end, pair[0].start))[1] if spans else None
