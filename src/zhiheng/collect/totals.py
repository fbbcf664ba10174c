"""Rows that are no records: headings that stand again, and sums as people put them below records.

A row of sums is known by its words, 合计 or Total, in a field of the primary key or in the first cell
that is filled.  Either is named once and taken out before the records are looked at, so that its
cells are no further messages and it can never be frozen.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl

from zhiheng.collect.code_names import names_of
from zhiheng.collect.findings import Findings
from zhiheng.collect.header import loose
from zhiheng.collect.text_table import TextTable
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, FieldSpec

_REPEATED = 0.5
"""Share of a row's filled cells that are their columns' headings, from which on it is one again."""

WORDS = frozenset({"合计", "小计", "总计", "共计", "合计数", "total", "subtotal", "grandtotal", "sum"})
"""What such a row is called, as `header.loose` writes it."""


def take_out(table: TextTable, contract: Contract, city: City, findings: Findings) -> TextTable:
    """Name the rows of sums and return the table without them.

    Parameters
    ----------
    table : TextTable
    contract : Contract
    city : City
        Its code lists: a word that is a code of a field is a value there.
    findings : Findings

    Returns
    -------
    TextTable
    """
    table = _without_headings(table, contract, findings)
    names = [name for name in _in_order(table) if contract.field(name).type == "string"]
    words = {name: _words(table.frame[name], contract.field(name), city) for name in names}
    # A look at whole cells first, as below for headings: few rows, if any, are worth a closer one.
    called = [pl.col(name).is_in(texts).fill_null(False) for name, texts in words.items() if texts]
    if not called:
        return table
    worth = table.frame.select(pl.any_horizontal(called)).to_series()
    if not worth.any():
        return table
    few = table.frame.filter(worth)
    first = pl.lit(True)
    total, found = pl.lit(False), pl.lit("")
    for name in _in_order(table):
        value = pl.col(name)
        if words.get(name):
            here = value.is_in(words[name]).fill_null(False)
            here &= pl.lit(True) if name in contract.primaryKey else first
            total, found = total | here, pl.when(here & ~total).then(value).otherwise(found)
        first &= value.str.strip_chars().fill_null("") == ""
    marked = few.select(total.alias("total"), found.alias("found"))
    if not marked["total"].any():
        return table
    totals = pl.Series(np.zeros(table.frame.height, dtype=bool)).scatter(worth.arg_true(), marked["total"])
    findings.add(
        rule="row_total", lines=table.lines.filter(totals), found=marked["found"].filter(marked["total"])
    )
    return _without(table, totals)


def _without(table: TextTable, rows: pl.Series) -> TextTable:
    return dataclasses.replace(
        table,
        frame=table.frame.filter(~rows),
        lines=table.lines.filter(~rows),
        refused={name: refused.filter(~rows) for name, refused in table.refused.items()},
    )


def _without_headings(table: TextTable, contract: Contract, findings: Findings) -> TextTable:
    """Name the headings that stand again among the records, as at the top of each printed page."""
    titles = {name: (name, *contract.field(name).title.model_dump().values()) for name in table.frame.columns}
    # A look at whole cells first: it is quick, and almost always there is nothing.
    exact = [pl.col(name).is_in(list(texts)).fill_null(False) for name, texts in titles.items()]
    if not exact or not table.frame.select(pl.any_horizontal(exact).any()).item():
        return table
    same, filled = pl.lit(0), pl.lit(0)
    for name in table.frame.columns:
        value = pl.col(name).str.replace_all(r"\s", "")
        same += value.is_in(["".join(text.split()) for text in titles[name]]).fill_null(False).cast(pl.Int64)
        filled += (value != "").fill_null(False).cast(pl.Int64)
    counts = table.frame.select((same + pl.lit(0)).alias("same"), (filled + pl.lit(0)).alias("filled"))
    again = (counts["same"] >= 2) & (counts["same"] >= _REPEATED * counts["filled"])
    if not again.any():
        return table
    first = table.frame.filter(again).select(pl.concat_str(pl.all(), separator=", ", ignore_nulls=True))
    findings.add(rule="heading_repeated", lines=table.lines.filter(again), found=first.to_series())
    return _without(table, again)


def _in_order(table: TextTable) -> list[str]:
    """Return the fields as they stand in the sheet from the left, or else as the contract has them."""
    return sorted(table.frame.columns, key=lambda name: table.columns.get(name, 0))


def _words(values: pl.Series, spec: FieldSpec, city: City) -> list[str]:
    """Return the texts of a column that call a row a sum, and are not among the field's values."""
    allowed = {*(spec.constraints.enum or ()), *(names_of(city, spec.codes) if spec.codes else ())}
    short = values.filter(values.str.contains(r"(?i)计|total|sum")).unique()
    return [text for text in short if loose(text) in WORDS and text not in allowed]
