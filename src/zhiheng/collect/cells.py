"""Text to typed columns, by the contract: a whole column at once, then the cells that need a look.

A cell that can be read in one way only is read, and what was done to it is noted with the count:
blanks around it taken off, full-width digits, thousands separators, a date in another form.
Everything else is an error, and the cell is empty in the typed column until it is mended.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from zhiheng.collect.findings import CONTROL, Findings
from zhiheng.collect.text_table import TextTable
from zhiheng.framework.contracts import Contract, FieldSpec

DTYPES: dict[str, type[pl.DataType]] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
}
"""The type of a frozen column, by the type of its field."""

_HALF_WIDTH = {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)} | {"\u3000": " ", "\u2212": "-"}
_TRUE, _FALSE = ("true", "TRUE", "True", "1", "是"), ("false", "FALSE", "False", "0", "否")
_BOOLEANS = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
_ISO_DATE = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_DATE_FORMS = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"),
    re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})"),
    re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
)
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_INTEGER = r"^[+-]?[0-9]+$"
_GROUPED = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"
_PER_CENT = r"^[+-]?[0-9][0-9,]*(\.[0-9]*)?\s*[%‰]$"
_NOT_FINITE = r"(?i)^[+-]?inf(inity)?$|^[+-]?∞$"
_FOR_MISSING = (
    r"(?i)^([+-]?nan|na|n/a|nil|null|none|missing|#n/a|#div/0!|#value!|#ref!|#num!|#name\?|#null!"
    r"|-+|—+|–+|…+|/|\\|\.+|\?+|\*+|无|暂无|缺|缺失|未知|不详|空)$"
)
_SHORTEST_VANISHING = len("1e-324")
_SCIENTIFIC = r"^[0-9](\.[0-9]+)?E\+[0-9]{2}$"
"""A long number as a narrow column shows it, such as 9.145E+17."""
_MARK = "[⁰¹²³⁴-⁾₀-₎]"
"""Digits above or below the line, as footnote marks are written."""
_UNTIDY = rf"^$|^\s|\s$|{CONTROL}|{_SCIENTIFIC}"


@dataclass(frozen=True, slots=True)
class TypedTable:
    """A table with the contract's types.

    Attributes
    ----------
    frame : DataFrame
        The fields that the file has, in the contract's order, and `source_line`.
    failed : dict of str to Series of bool, shape (rows,)
        For each field with unreadable cells, which they are; they are null in the frame.
    """

    frame: pl.DataFrame
    failed: dict[str, pl.Series]


@dataclass(frozen=True, slots=True)
class _Column:
    """A typed column on its way: what was read at once, and where a second look is needed."""

    spec: FieldSpec
    text: pl.Series
    values: pl.Series
    doubtful: pl.Series
    exact: bool


def type_table(table: TextTable, contract: Contract, findings: Findings) -> TypedTable:
    """Give a table of text the contract's types.

    Parameters
    ----------
    table : TextTable
    contract : Contract
    findings : Findings
        Takes cells that cannot be read (errors) and what was read in another form (notes).

    Returns
    -------
    TypedTable
    """
    specs = [spec for spec in contract.fields if spec.name in table.frame.columns]
    exact = _exact(contract)
    missing = contract.missingValues
    quick = table.frame.select(
        expression.alias(f"{spec.name}{suffix}")
        for spec in specs
        for suffix, expression in zip(("", "?"), _quick(spec, missing, exact=spec.name in exact), strict=True)
    )
    columns: dict[str, pl.Series] = {}
    failed: dict[str, pl.Series] = {}
    for spec in specs:
        text, doubtful = table.frame[spec.name], quick[f"{spec.name}?"]
        column = _Column(spec, text, quick[spec.name], doubtful, spec.name in exact)
        values, bad = _second_look(column, missing, table.lines, findings)
        if (refused := table.refused.get(spec.name)) is not None:
            bad = refused if bad is None else bad | refused
        if spec.default is not None:
            values = _fill_default(values, bad, spec.default)
        columns[spec.name] = values
        if bad is not None:
            failed[spec.name] = bad
    for spec in specs:
        if spec.decimals_in is not None and spec.decimals_in in columns:
            companion = _compare_decimals(
                spec, table.frame[spec.name], columns, failed, table.lines, findings
            )
            columns[spec.decimals_in] = companion
    return TypedTable(pl.DataFrame({**columns, "source_line": table.lines}), failed)


def _exact(contract: Contract) -> set[str]:
    """Return the text fields in which a raised digit can only be a mark: codes, keys and the like."""
    keys = {*contract.primaryKey, *(name for key in contract.foreignKeys for name in key.fields)}
    coded = {f.name for f in contract.fields if f.codes or f.format or f.constraints.enum}
    return {f.name for f in contract.fields if f.type == "string"} & (keys | coded)


def _quick(spec: FieldSpec, missing: list[str], *, exact: bool) -> tuple[pl.Expr, pl.Expr]:
    """Return a column read at once, and which of its cells need a second look."""
    text = pl.col(spec.name)
    if "" not in missing:
        text = text.fill_null("")
    tokens = [token for token in missing if token]
    named_missing = text.is_in(tokens) if tokens else pl.lit(False)
    if spec.type == "string":
        return text, (
            text.str.contains(f"{_UNTIDY}|{_MARK}" if exact else _UNTIDY) | named_missing
        ).fill_null(False)
    cast: pl.Expr
    if spec.type == "date":
        cast = pl.when(text.str.contains(_ISO_DATE)).then(text.str.to_date("%Y-%m-%d", strict=False))
    elif spec.type == "boolean":
        cast = text.replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    else:
        cast = text.cast(DTYPES[spec.type], strict=False)
    doubtful = (cast.is_null() & text.is_not_null()) | named_missing
    if spec.type == "number":
        # Polars reads "nan", "inf" and "1e400" without a word, and "1e-400" as zero.
        doubtful |= ~cast.is_finite() | ((cast == 0) & (text.str.len_bytes() >= _SHORTEST_VANISHING))
    return cast, doubtful.fill_null(False)


def _second_look(
    column: _Column, missing: list[str], lines: pl.Series, findings: Findings
) -> tuple[pl.Series, pl.Series | None]:
    """Read the doubtful cells one way or the other; return the column and which cells failed."""
    if not column.doubtful.any():
        return column.values, None
    spec = column.spec
    rows = column.doubtful.arg_true()
    raw = column.text.gather(rows).fill_null("")
    looked = LOOKS[spec.type](pl.DataFrame({"raw": raw}).with_columns(_tidied(column, missing)))
    at = lines.gather(rows)
    for note in ("blanks_stripped", "full_width_read", "thousands_read", "date_form_read"):
        if note in looked.columns:
            noted = looked[note] & looked["error"].is_null()
            findings.add(
                rule=note, lines=at.filter(noted), found=raw.filter(noted), field=spec.name, severity="note"
            )
    for error in looked["error"].drop_nulls().unique(maintain_order=True):
        bad = (looked["error"] == error).fill_null(False)
        findings.add(rule=error, lines=at.filter(bad), found=raw.filter(bad), field=spec.name)
    values = column.values.clone().scatter(rows, looked["value"])  # scatter writes in place
    unread = looked["error"].is_not_null()
    if not unread.any():
        return values, None
    failed = pl.repeat(False, values.len(), eager=True).scatter(rows.filter(unread), True)
    return values, failed


def _tidied(column: _Column, missing: list[str]) -> list[pl.Expr]:
    """Return the cell without blanks around it, and whether it stands for a missing value."""
    cell = pl.col("raw").str.strip_chars()
    is_missing = cell.is_in(missing)
    expressions = [
        cell.alias("cell"),
        is_missing.alias("missing"),
        (cell != pl.col("raw")).alias("blanks_stripped"),
        pl.lit(column.exact).alias("exact"),
    ]
    if column.spec.type != "string":
        plain = cell.str.replace_many(_HALF_WIDTH).str.strip_chars()
        expressions += [plain.alias("plain"), ((plain != cell) & ~is_missing).alias("full_width_read")]
    return expressions


def _look_at_texts(cells: pl.DataFrame) -> pl.DataFrame:
    error = (
        pl.when(pl.col("cell").str.contains(CONTROL))
        .then(pl.lit("control_character"))
        .when(pl.col("cell").str.contains(_SCIENTIFIC))
        .then(pl.lit("code_scientific"))
        .when(pl.col("exact") & pl.col("cell").str.contains(_MARK))
        .then(pl.lit("footnote_mark"))
        .otherwise(None)
    )
    cells = cells.with_columns(error.alias("error"))
    value = pl.when(~pl.col("missing") & pl.col("error").is_null()).then("cell").otherwise(None)
    return cells.with_columns(value.alias("value"))


def _look_at_numbers(cells: pl.DataFrame, *, whole: bool) -> pl.DataFrame:
    """Read numbers with full-width digits, separators and blanks; classify the rest."""
    plain = pl.col("plain")
    cells = cells.with_columns(plain.str.contains(_GROUPED).alias("thousands_read"))
    digits = pl.when("thousands_read").then(plain.str.replace_all(",", "", literal=True)).otherwise(plain)
    cells = cells.with_columns(digits.alias("digits"))
    digits = pl.col("digits")
    form, dtype = (_INTEGER, pl.Int64) if whole else (_NUMBER, pl.Float64)
    value = pl.when(digits.str.contains(form)).then(digits.cast(dtype, strict=False)).otherwise(None)
    cells = cells.with_columns(value.alias("value"))
    if not whole:
        vanished = (pl.col("value") == 0) & digits.str.contains(r"^[^eE]*[1-9]")
        finite = pl.when(pl.col("value").is_finite() & ~vanished).then("value").otherwise(None)
        cells = cells.with_columns(finite.alias("value"))
    empty = pl.lit(None, dtype=pl.String)
    error = (
        pl.when(pl.col("missing") | pl.col("value").is_not_null())
        .then(empty)
        .when(plain.str.contains(_FOR_MISSING))
        .then(pl.lit("missing_in_words"))
        .when(plain.str.contains(_MARK))
        .then(pl.lit("footnote_mark"))
        .when(plain.str.contains(_NOT_FINITE))
        .then(pl.lit("number_not_finite"))
        .when(plain.str.contains(_PER_CENT))
        .then(pl.lit("percent_sign"))
        .when(digits.str.contains(_INTEGER))
        .then(pl.lit("integer_too_large" if whole else "number_not_finite"))
        .when(digits.str.contains(_NUMBER))
        .then(pl.lit("not_integer" if whole else "number_not_finite"))
        .otherwise(pl.lit("not_number"))
    )
    return _settle(cells, error)


def _settle(cells: pl.DataFrame, error: pl.Expr) -> pl.DataFrame:
    """Add the errors, and empty the cells that stand for a missing value."""
    value = pl.when(pl.col("missing") | pl.col("error").is_not_null()).then(None).otherwise(pl.col("value"))
    return cells.with_columns(error.alias("error")).with_columns(value.alias("value"))


def _look_at_dates(cells: pl.DataFrame) -> pl.DataFrame:
    """Read each distinct text once."""
    texts = cells["plain"].unique(maintain_order=True)
    read = [read_date(text) for text in texts]
    table = pl.DataFrame(
        {
            "plain": texts,
            "value": pl.Series([day for day, _ in read], dtype=pl.Date),
            "unread": pl.Series([error for _, error in read], dtype=pl.String),
        }
    )
    cells = cells.join(table, on="plain", how="left", maintain_order="left")
    another = ~pl.col("plain").str.contains(_ISO_DATE) & pl.col("value").is_not_null()
    error = pl.when(pl.col("missing")).then(None).otherwise(pl.col("unread"))
    return _settle(cells.with_columns((another & ~pl.col("missing")).alias("date_form_read")), error)


def read_date(text: str) -> tuple[dt.date | None, str | None]:
    """Return the day that a text is, or the rule that it breaks."""
    for form in _DATE_FORMS:
        if match := form.fullmatch(text):
            year, month, day = (int(part) for part in match.groups())
            try:
                return (dt.date(year, month, day), None) if 1000 <= year < 3000 else (None, "date_impossible")
            except ValueError:
                return None, "date_impossible"
    if re.search(_FOR_MISSING, text):
        return None, "missing_in_words"
    return None, "footnote_mark" if re.search(_MARK, text) else "not_date"


def _look_at_booleans(cells: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("plain").replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    cells = cells.with_columns(value.alias("value"))
    error = (
        pl.when(pl.col("missing") | pl.col("value").is_not_null())
        .then(pl.lit(None, dtype=pl.String))
        .when(pl.col("plain").str.contains(_FOR_MISSING))
        .then(pl.lit("missing_in_words"))
        .when(pl.col("plain").str.contains(_MARK))
        .then(pl.lit("footnote_mark"))
        .otherwise(pl.lit("not_boolean"))
    )
    return _settle(cells, error)


LOOKS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "string": _look_at_texts,
    "integer": functools.partial(_look_at_numbers, whole=True),
    "number": functools.partial(_look_at_numbers, whole=False),
    "boolean": _look_at_booleans,
    "date": _look_at_dates,
}
"""How the cells that could not be read at once are looked at, by the type of their field."""


def _fill_default(values: pl.Series, failed: pl.Series | None, default: str) -> pl.Series:
    filled = values.fill_null(default)
    return filled if failed is None else filled.zip_with(~failed, values)


def printed_decimals(text: pl.Series) -> pl.Series:
    """Return how many decimals each cell's text shows, null for an empty cell.

    Parameters
    ----------
    text : Series of str
        Cells that can be read as numbers.
    """
    cell = pl.col("text").str.replace_many(_HALF_WIDTH).str.strip_chars()
    frame = pl.DataFrame({"text": text}).select(cell.alias("cell"), cell.str.contains("e|E").alias("power"))
    cell = pl.col("cell")
    after = cell.str.len_chars().cast(pl.Int64) - cell.str.find(".", literal=True).cast(pl.Int64) - 1
    decimals = frame.select(pl.when(cell.is_not_null()).then(after.fill_null(0)))["cell"]
    rows = frame["power"].fill_null(False).arg_true()
    if not rows.len():
        return decimals
    exponents = [Decimal(number).as_tuple().exponent for number in frame["cell"].gather(rows)]
    return decimals.scatter(rows, pl.Series([max(0, -int(e)) for e in exponents], dtype=pl.Int64))


def _compare_decimals(
    spec: FieldSpec,
    text: pl.Series,
    columns: dict[str, pl.Series],
    failed: dict[str, pl.Series],
    lines: pl.Series,
    findings: Findings,
) -> pl.Series:
    """Fill the companion of a printed number with its decimals; where it says otherwise, say so."""
    name = spec.decimals_in or ""
    values, stated = columns[spec.name], columns[name]
    printed = printed_decimals(text.zip_with(values.is_not_null(), pl.Series([None], dtype=pl.String)))
    unread = failed.get(name, pl.repeat(False, stated.len(), eager=True))
    differs = ((stated != printed) & ~unread).fill_null(False)
    shown = text.filter(differs)
    counted = printed.filter(differs)
    findings.add(
        rule="decimals_differ",
        lines=lines.filter(differs),
        found=stated.filter(differs),
        field=name,
        args=lambda i: {"value": shown[i], "decimals": counted[i], "field": spec.name},
    )
    fill = stated.is_null() & printed.is_not_null() & ~unread
    findings.add(
        rule="decimals_filled",
        lines=lines.filter(fill),
        found=text.filter(fill),
        field=name,
        severity="note",
        args={"field": spec.name},
    )
    return stated.zip_with(~fill, printed)
