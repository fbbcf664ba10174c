"""What typed records must satisfy: one Polars expression a rule.

Each expression is true for a bad row.  Null never breaks a rule other than `required`, and a cell
that could not be read has been reported and breaks none.  Keys and what refers to other tables
need more than one row at a time: `check_keys` here, `references` beside.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import ComputeError

from zhiheng.collect import credit
from zhiheng.collect.cells import TypedTable
from zhiheng.collect.code_names import BLANKS, cut, names_of
from zhiheng.collect.expressions import expression
from zhiheng.collect.findings import Findings
from zhiheng.collect.parts import period_of_record
from zhiheng.errors import Problem, Severity
from zhiheng.framework.areas import Areas
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.periods import parse


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule as an expression.

    Attributes
    ----------
    rule : str
        In the message catalogue.
    field : str
        The field, or fields joined by a comma.
    bad : Expr
        True for a row that breaks the rule; null counts as false.
    found : Expr
        What to show of such a row.
    args : function of the found text
        Further facts for the words.
    name : str, optional
        What the frame of bad rows calls the rule, where it is not `rule`.
    severity : {'error', 'warning'}
    """

    rule: str
    field: str
    bad: pl.Expr
    found: pl.Expr
    args: Callable[[str], Mapping[str, Any]] = dataclasses.field(default=lambda _: {})
    name: str | None = None
    severity: Severity = "error"


def check_rows(table: TypedTable, contract: Contract, city: City, findings: Findings) -> None:
    """Check every record by itself: constraints, codes, periods, the contract's rules.

    Parameters
    ----------
    table : TypedTable
    contract : Contract
    city : City
        Its code lists, areas and conditions.
    findings : Findings
        Takes the rows that break a rule.
    """
    frame = table.frame.with_columns(failed.alias(_failed(name)) for name, failed in table.failed.items())
    wrong: dict[str, pl.Series] = {}
    for check in _checks(frame, contract, city):
        # One at a time: as fast as together on a wide table, and in a quarter of the memory.
        bad = frame.select(check.bad.fill_null(False).alias("bad"))["bad"]
        if check.rule == "record_rule":
            for name in check.field.split(", "):
                # What follows from a cell that is named as wrong itself is no further mistake.
                bad = bad & ~wrong[name] if name in wrong else bad
        elif check.severity == "error":
            wrong[check.field] = bad | wrong[check.field] if check.field in wrong else bad
        if not bad.any():
            continue
        rows = frame.filter(bad)
        found = rows.select(check.found.cast(pl.String).alias("found"))["found"]
        findings.add(
            rule=check.rule,
            lines=rows["source_line"],
            found=found,
            field=check.field,
            name=check.name,
            severity=check.severity,
            args=functools.partial(_args_at, check, found),
        )


def _args_at(check: Check, found: pl.Series, position: int) -> Mapping[str, Any]:
    return check.args(found[position] or "")


def _failed(name: str) -> str:
    """Name the column that marks a field's unreadable cells; no field can be called so."""
    return f"{name}!"


def _checks(frame: pl.DataFrame, contract: Contract, city: City) -> Iterator[Check]:
    present = set(frame.columns)
    for spec in contract.fields:
        if spec.name in present:
            yield from _constraints(spec, present)
            yield from _code_checks(spec, contract, frame, city)
            yield from _period_checks(spec, contract, frame, present)
            yield from _credit_checks(spec, frame)
    for rule in contract.rules:
        condition = city.condition(rule.condition, contract.contract)
        if present.issuperset(condition.fields):
            yield Check(
                rule="record_rule",
                name=rule.rule,
                field=", ".join(condition.fields),
                bad=~expression(condition),
                found=_shown(condition.fields),
                args=functools.partial(_same, {"message": rule.message, "fix": rule.fix}),
                severity=rule.severity,
            )


def _same(args: Mapping[str, Any], _found: str) -> Mapping[str, Any]:
    return args


def _shown(fields: Sequence[str]) -> pl.Expr:
    if not fields:
        return pl.lit("")
    pairs = [pl.format(f"{name} = {{}}", pl.col(name).cast(pl.String).fill_null("")) for name in fields]
    return pl.concat_str(pairs, separator=", ")


def _constraints(spec: FieldSpec, present: set[str]) -> Iterator[Check]:
    """Yield the checks of a field's own values."""
    value, c = pl.col(spec.name), spec.constraints

    def check(rule: str, bad: pl.Expr, **args: Any) -> Check:
        return Check(rule=rule, field=spec.name, bad=bad, found=value, args=functools.partial(_same, args))

    if c.required:
        yield check(rule="required", bad=_empty(spec.name, present))
    if c.minimum is not None:
        yield check(rule="below_minimum", bad=value < c.minimum, limit=_plain(c.minimum))
    if c.maximum is not None:
        yield check(rule="above_maximum", bad=value > c.maximum, limit=_plain(c.maximum))
    if c.minLength is not None:
        yield check(rule="too_short", bad=value.str.len_chars() < c.minLength, limit=c.minLength)
    if c.maxLength is not None:
        yield check(rule="too_long", bad=value.str.len_chars() > c.maxLength, limit=c.maxLength)
    if c.pattern is not None:
        yield check(rule="pattern_mismatch", bad=~value.str.contains(_whole(c.pattern)), pattern=c.pattern)
    if c.enum is not None:
        yield Check(
            rule="not_in_list",
            field=spec.name,
            bad=~value.is_in(c.enum),
            found=value,
            args=functools.partial(_close_args, tuple(c.enum), {}, {"allowed": ", ".join(c.enum)}),
        )


def _empty(name: str, present: set[str]) -> pl.Expr:
    empty = pl.col(name).is_null()
    return empty & ~pl.col(_failed(name)) if _failed(name) in present else empty


def _plain(limit: float | dt.date) -> str:
    return f"{limit}" if isinstance(limit, dt.date) else f"{limit:.15g}"


def _whole(pattern: str) -> str:
    return rf"\A(?:{pattern})\z"


def _code_checks(spec: FieldSpec, contract: Contract, frame: pl.DataFrame, city: City) -> Iterator[Check]:
    """Yield the checks against a code list; areas must also be in use in the record's period."""
    if spec.codes is None:
        return
    value = pl.col(spec.name)
    codes, names = tuple(names_of(city, spec.codes)), _names(city, spec.codes)
    differing = _disagreeing(frame[spec.name], set(codes), names)
    yield Check(
        rule="code_name_differs",
        field=spec.name,
        bad=value.is_in(differing),
        found=value,
        args=functools.partial(_both_args, names_of(city, spec.codes), names),
    )
    yield Check(
        rule="code_unknown",
        field=spec.name,
        bad=~value.is_in([*codes, *differing]),
        found=value,
        args=functools.partial(_close_args, codes, names, {"list": spec.codes}),
    )
    if spec.codes == "areas" and contract.time_period is not None:
        if contract.time_period.field not in frame.columns:
            return
        first, last = _years(contract, frame)
        begins = {a: int(city.areas[a].valid_from or 0) for a in city.areas if city.areas[a].valid_from}
        ends = {a: int(city.areas[a].valid_to or 0) for a in city.areas if city.areas[a].valid_to}
        yield Check(
            rule="area_not_valid",
            field=spec.name,
            bad=(_mapped(value, begins) > last) | (_mapped(value, ends) < first),
            found=pl.format("{} ({})", value, period_of_record(contract)),
            args=functools.partial(_area_args, city.areas),
        )


def _disagreeing(values: pl.Series, codes: set[str], names: Mapping[str, str]) -> list[str]:
    """Return the cells that hold a code and a name of which one is known: not of each other."""
    joined = values.filter(values.str.contains(BLANKS)).unique(maintain_order=True)
    return [t for t in joined if t not in codes and (cut(t)[0] in codes or cut(t)[1] in names)]


def _both_args(names: Mapping[str, Text], codes: Mapping[str, str], found: str) -> Mapping[str, Any]:
    """Say what the code of such a cell is called, and which code its name has."""
    code, name = cut(found)
    none = Text(zh="不在代码表里", en="not in the list")
    return {"code": code, "called": names.get(code, none), "name": name, "right": codes.get(name, none)}


def _mapped(value: pl.Expr, mapping: Mapping[str, int]) -> pl.Expr:
    if not mapping:
        return pl.lit(None, dtype=pl.Int32)
    return value.replace_strict(mapping, default=None, return_dtype=pl.Int32)


def _years(contract: Contract, frame: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and last year of each record's period (`Area.valid_in` counts in years)."""
    assert contract.time_period is not None
    name = contract.time_period.field
    if contract.time_period.frequency is not None:
        return pl.col(name).dt.year(), pl.col(name).dt.year()
    spans = {text: span for text in _distinct(frame, name) if (span := _span(text))}
    first = {text: span[0] for text, span in spans.items()}
    last = {text: span[1] for text, span in spans.items()}
    return _mapped(pl.col(name), first), _mapped(pl.col(name), last)


def _distinct(frame: pl.DataFrame, name: str) -> list[str]:
    return sorted(frame[name].drop_nulls().unique())


def _span(text: str) -> tuple[int, int] | None:
    if not text.isascii():
        return None
    try:
        period = parse(text)
    except (ValueError, RecursionError):
        return None
    return period.start.year, period.end.year


def _names(city: City, codes: str) -> dict[str, str]:
    """Return the names of a code list, so that a name written for a code can be told its code."""
    return {text: code for code, name in names_of(city, codes).items() for text in (name.zh, name.en)}


def _close_args(
    codes: tuple[str, ...], names: Mapping[str, str], more: Mapping[str, Any], found: str
) -> Mapping[str, Any]:
    return {**more, "close": names.get(found) or _closest(found, codes)}


@functools.lru_cache(maxsize=4096)
def _closest(found: str, codes: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(found[:64], codes, n=1)
    return close[0] if close else "-"


def _area_args(areas: Areas, found: str) -> Mapping[str, Any]:
    """Say until when a code was in use, and which one is in its place in that period."""
    code, _, period_text = found.rstrip(")").partition(" (")
    area, period = areas[code], parse(period_text)
    candidates = [areas.current(code), *areas.predecessors(code)]
    while area.successor is not None:
        area = areas[area.successor]
        candidates.insert(0, area.ref_area)
    instead = next((c for c in candidates if areas[c].valid_in(period)), None)
    valid = f"{areas[code].valid_from or ''}-{areas[code].valid_to or ''}"
    if instead is None:
        return {"valid": valid, "instead": Text(zh="当时有效的代码", en="a code in use then")}
    name = areas[instead].name
    return {"valid": valid, "instead": Text(zh=f"{instead} {name.zh}", en=f"{instead} {name.en}")}


def _period_checks(
    spec: FieldSpec, contract: Contract, frame: pl.DataFrame, present: set[str]
) -> Iterator[Check]:
    """Yield the checks of period texts, and of the field that decides a record's period."""
    value = pl.col(spec.name)
    if spec.format == "period":
        malformed = [text for text in _distinct(frame, spec.name) if _span(text) is None]
        yield Check(rule="not_period", field=spec.name, bad=value.is_in(malformed), found=value)
    decides = contract.time_period is not None and contract.time_period.field == spec.name
    if decides and not spec.constraints.required:
        yield Check(rule="period_empty", field=spec.name, bad=_empty(spec.name, present), found=value)


def _credit_checks(spec: FieldSpec, frame: pl.DataFrame) -> Iterator[Check]:
    """Yield the checks of unified social credit codes: form, check character, organisation code."""
    if spec.format != "credit_code":
        return
    faults = credit.faults_of(frame[spec.name])
    for fault, (rule, severity, args) in credit.RULES.items():
        yield Check(
            rule=rule,
            field=spec.name,
            bad=pl.lit(faults == fault),
            found=pl.col(spec.name),
            args=args,
            severity=severity,
        )


def check_keys(table: TypedTable, contract: Contract, findings: Findings) -> None:
    """Check the primary key and unique fields over all rows of a file."""
    for spec in contract.fields:
        is_key = contract.primaryKey == [spec.name]
        if spec.constraints.unique and spec.name in table.frame.columns and not is_key:
            _check_distinct(table.frame, [spec.name], findings, rule="not_unique")
    keys = contract.primaryKey
    if not keys or not set(keys) <= set(table.frame.columns):
        return
    for name in keys:
        decides = contract.time_period is not None and contract.time_period.field == name
        if contract.field(name).constraints.required or decides:
            continue  # said as `required` or `period_empty`
        empty = table.frame[name].is_null()
        if name in table.failed:
            empty &= ~table.failed[name]
        lines = table.frame["source_line"].filter(empty)
        findings.add(rule="key_empty", lines=lines, found=pl.repeat("", lines.len(), eager=True), field=name)
    _check_distinct(table.frame, keys, findings, rule="key_duplicate")


def _check_distinct(frame: pl.DataFrame, keys: list[str], findings: Findings, *, rule: str) -> None:
    """Name every record whose key an earlier record has, and the line of that one."""
    if _surely_distinct([frame[key] for key in keys]):
        return
    complete = frame.select("source_line", *keys).drop_nulls(keys)
    repeated = complete.filter(complete.select(keys).is_duplicated())
    repeated = repeated.with_columns(pl.col("source_line").first().over(keys).alias("first"))
    later = repeated.filter(pl.col("source_line") != pl.col("first"))
    first = later["first"]
    findings.add(
        rule=rule,
        lines=later["source_line"],
        found=joined(later, keys),
        field=", ".join(keys),
        args=lambda i: {"first": first[i]},
    )


def _surely_distinct(keys: Sequence[pl.Series]) -> bool:
    """Return whether all hashes differ, so that no two keys can be equal; else look properly."""
    hashes = np.zeros(keys[0].len(), dtype=np.uint64)
    for key in keys:
        hashes *= np.uint64(0x9E3779B97F4A7C15)  # odd, so that nothing is lost but the order counts
        hashes += key.hash().to_numpy()
    hashes.sort()
    return not (hashes[1:] == hashes[:-1]).any()


def joined(frame: pl.DataFrame, keys: Sequence[str]) -> pl.Series:
    """Return the values of some columns as one text a row."""
    texts = [pl.col(key).cast(pl.String).fill_null("") for key in keys]
    return frame.select(pl.concat_str(texts, separator=", ").alias("key"))["key"]


def contract_problems(contract: Contract, city: City) -> list[Problem]:
    """Return what is wrong with a contract's constraints and keys, before any record is read.

    Parameters
    ----------
    contract : Contract
    city : City
        The tables its keys point to.
    """
    problems = []
    where = f"framework/contracts/{contract.contract}.yaml"
    for spec in contract.fields:
        at, pattern = f"{where} {spec.name}", spec.constraints.pattern
        if pattern is not None:
            try:
                pl.Series([""]).str.contains(_whole(pattern))
            except ComputeError:
                problems.append(Problem(where=at, rule="pattern_invalid", found=pattern))
    for key in contract.foreignKeys:
        pointed = city.contracts[key.reference.resource]
        for name in key.reference.fields:
            if pointed.field(name).personal == "drop":
                args = {"table": pointed.contract}
                at = f"{where} foreignKeys"
                problems.append(Problem(where=at, rule="foreign_key_dropped", found=name, args=args))
    return problems
