"""What a measure says of tables, fields, dimensions and other indicators: every name leads somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zhiheng.framework import index_check
from zhiheng.framework.contracts import Contract
from zhiheng.framework.measures import (
    MARGIN_FOR_BASIS,
    Amount,
    AttainmentMeasure,
    ChangeMeasure,
    CountMeasure,
    FigureMeasure,
    IndexMeasure,
    MeanMeasure,
    Measure,
    RateMeasure,
    RecordMeasure,
    Stock,
    TotalMeasure,
    WeightedRateMeasure,
    amounts,
)
from zhiheng.framework.periods import parse

if TYPE_CHECKING:
    from zhiheng.framework.crosscheck import Step, _Checker
    from zhiheng.framework.indicators import Indicator

_FIGURE_FIELDS = (
    "ref_area",
    "time_period",
    "indicator",
    "obs_value",
    "decimals",
    "unit_measure",
    "obs_status",
    "source",
    "bound",
    "release_date",
)
"""What a table of collected figures must have."""


def check(checker: _Checker, indicator: Indicator, measure: Measure, file: str, *steps: Step) -> None:
    """Collect everything that is wrong between one measure and the rest of the city's framework."""
    if isinstance(measure, IndexMeasure):
        index_check.measure(checker, indicator, measure, file, *steps)
        return
    if isinstance(measure, ChangeMeasure | AttainmentMeasure):
        _derived(checker, measure, file, *steps)
        return
    contract = _contract(checker, measure.table, measure.series, file, *steps)
    if contract is None:
        return
    if isinstance(measure, FigureMeasure):
        names = [f.name for f in contract.fields]
        for name in _FIGURE_FIELDS:
            checker.known(name, names, f"{measure.table}.fields", file, *steps, "table")
        return
    if isinstance(measure, WeightedRateMeasure):
        _weighted(checker, measure, contract, file, *steps)
    else:
        _spans(checker, measure, file, *steps)
        shares = [d.by for area in checker.city.areas.values() for d in area.divided]
        checker.known(measure.divided, ["fail", "as_recorded", *shares], "divided", file, *steps, "divided")
        if contract.aggregates is not None and isinstance(measure, MeanMeasure):
            checker.fail("mean_of_aggregates", measure.table, file, *steps, "kind")
        both = [n for n in indicator.dimensions if n in {f.name for f in contract.fields}]
        _coded(checker, both, measure.by, contract, file, *steps, "by")
        _keys(checker, measure.by, contract, measure.stock, file, *steps)
    _amounts(checker, amounts(measure), contract, file, *steps)
    if isinstance(measure, RateMeasure | MeanMeasure | WeightedRateMeasure) and (
        measure.margin not in (allowed := MARGIN_FOR_BASIS[contract.basis])
    ):
        facts = {"basis": contract.basis, "allowed": ", ".join(sorted(allowed))}
        checker.fail("margin_basis", measure.margin, file, *steps, "margin", **facts)
    zero = isinstance(measure, CountMeasure | TotalMeasure) and measure.where_none == "zero"
    if zero and (contract.basis != "census" or contract.aggregates is not None):
        checker.fail("zero_basis", contract.basis, file, *steps, "where_none")
    if isinstance(measure, TotalMeasure) and indicator.unit_measure == "percent":
        checker.fail("total_of_percent", measure.field, file, *steps, "kind")


def _derived(checker: _Checker, measure: ChangeMeasure | AttainmentMeasure, file: str, *steps: Step) -> None:
    if not checker.known(measure.of, checker.city.indicators, "indicators", file, *steps, "of"):
        return
    base = checker.city.indicators[measure.of]
    made = {m.series: m for m in base.measures}
    if not checker.known(measure.of_series, made, measure.of, file, *steps, "of_series"):
        return
    if isinstance(made[measure.of_series], ChangeMeasure | AttainmentMeasure):
        checker.fail("measure_of_derived", measure.of, file, *steps, "of")
    if (measure.series == "simulated") != (measure.of_series == "simulated"):
        checker.fail("measure_simulated", measure.series, file, *steps, "series")
    if isinstance(measure, AttainmentMeasure):
        editions = [t.edition for t in base.targets]
        checker.known(measure.edition, editions, f"{measure.of}.targets", file, *steps, "edition")
        for i, area in enumerate(measure.areas):
            checker.known(area, checker.city.areas, "areas", file, *steps, "areas", i)
        if base.direction == "none":
            checker.fail("attainment_direction", measure.of, file, *steps, "of")


def _contract(checker: _Checker, table: str, series: str, file: str, *steps: Step) -> Contract | None:
    """Return the contract a measure reads, after saying so when there is none or it is of another series."""
    if not checker.known(table, checker.city.contracts, "contracts", file, *steps, "table"):
        return None
    contract = checker.city.contracts[table]
    if (contract.series == "simulated") != (series == "simulated"):
        checker.fail("measure_simulated", series, file, *steps, "series")
    return contract


def _keys(
    checker: _Checker, by: Sequence[str], contract: Contract, stock: Stock | None, file: str, *steps: Step
) -> None:
    """Check the keys of a reduced table: a period, an area, coded dimensions, none of them empty."""
    fields = {f.name: f for f in contract.fields}
    needed = ["ref_area", *by]
    if stock is not None:
        days = [f.name for f in contract.fields if f.type == "date"]
        for role, name in (("begins", stock.begins), ("ends", stock.ends)):
            checker.known(name, days, f"{contract.contract}.fields", file, *steps, "stock", role)
        needed.append(stock.begins)
        if stock.last is not None and parse(stock.last).end < parse(stock.first).end:
            checker.fail("validity_backwards", f"{stock.first} - {stock.last}", file, *steps, "stock", "last")
    elif contract.time_period is None:
        checker.fail("measure_needs_date", contract.contract, file, *steps, "table")
    checker.known("ref_area", fields, f"{contract.contract}.fields", file, *steps, "table")
    for name in needed:
        if name in fields and not fields[name].constraints.required and fields[name].default is None:
            checker.fail("key_not_required", name, file, *steps, "table")


def _coded(
    checker: _Checker, known: list[str], names: Sequence[str], contract: Contract, file: str, *steps: Step
) -> None:
    """Check that fields are dimensions that the indicator may be broken down by, and coded as such."""
    fields = {f.name: f for f in contract.fields}
    for i, name in enumerate(names):
        there = checker.known(name, known, "dimensions", file, *steps, i)
        if there and fields[name].codes != f"dimension:{name}":
            checker.fail("dimension_not_coded", name, file, *steps, i)


def _spans(checker: _Checker, measure: RecordMeasure, file: str, *steps: Step) -> None:
    """Check that spans are plan periods, or spans of years, quarters or months, each once."""
    city = checker.city
    for i, name in enumerate(measure.spans):
        try:
            period = parse(city.span(name))
        except ValueError:
            checker.known(name, city.plan_periods, "plan_periods", file, *steps, "spans", i)
            continue
        if period.frequency != "span" or parse(period.text.split("/")[0]).frequency == "day":
            checker.fail("span_form", name, file, *steps, "spans", i)
    _repeated(checker, [city.span(name) for name in measure.spans], file, *steps, "spans")


def _amounts(
    checker: _Checker, wanted: Mapping[str, Amount], contract: Contract, file: str, *steps: Step
) -> None:
    contract = contract.frozen()
    numeric = [f.name for f in contract.fields if f.type in ("integer", "number")]
    for role, amount in wanted.items():
        checker.known(amount.sum, numeric, f"{contract.contract}.fields", file, *steps, role)
        for text in (amount.count, amount.where):
            if text is not None:
                checker.condition(text, contract, file, *steps, role)


def _weighted(
    checker: _Checker, measure: WeightedRateMeasure, contract: Contract, file: str, *steps: Step
) -> None:
    """Check the strata of a weighted rate: a coded field of its table and of the weights', or given codes."""
    city, weights = checker.city, (*steps, "weights")
    if not checker.known(measure.strata, city.dimensions, "dimensions", file, *steps, "strata"):
        return
    _strata(checker, measure.strata, contract, file, *steps, "strata")
    for table, at in ((measure.table, (*steps, "table")), (measure.weights.table, (*weights, "table"))):
        if table in city.contracts and city.contracts[table].aggregates is not None:
            checker.fail("strata_of_aggregates", table, file, *at)
    if measure.areas == "combined" and measure.weights.table is None:
        checker.fail("weights_combined", measure.areas, file, *steps, "areas")
    if measure.weights.table is not None and measure.weights.amount is not None:
        other = _contract(checker, measure.weights.table, measure.series, file, *weights)
        if other is not None:
            _strata(checker, measure.strata, other, file, *weights, "table")
            _amounts(checker, {"amount": measure.weights.amount}, other, file, *weights)
    codes = [item.code for item in city.dimensions[measure.strata].codes]
    for i, given in enumerate(measure.weights.given):
        at = (*weights, "given", i)
        checker.known(given.ref_area, city.areas, "areas", file, *at, "ref_area")
        for j, weight in enumerate(given.weights):
            checker.known(weight.code, codes, measure.strata, file, *at, "weights", j, "code")
        _repeated(checker, [w.code for w in given.weights], file, *at, "weights")


def _strata(checker: _Checker, strata: str, contract: Contract, file: str, *steps: Step) -> None:
    """Check that a table has the strata as a coded field that is never empty, with its other keys."""
    fields = {f.name: f for f in contract.fields}
    if checker.known(strata, fields, f"{contract.contract}.fields", file, *steps):
        if fields[strata].codes != f"dimension:{strata}":
            checker.fail("dimension_not_coded", strata, file, *steps)
        _keys(checker, [strata], contract, None, file, *steps[:-1])


def _repeated(checker: _Checker, codes: Sequence[str], file: str, *steps: Step) -> None:
    """Check that no code stands twice in a list."""
    listed: list[tuple[str, tuple[str, *tuple[Step, ...]]]] = []
    for i, code in enumerate(codes):
        listed.append((code, (file, *(*steps, i))))
    checker.repeated(listed)
