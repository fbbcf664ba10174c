"""Forms as files: one, or every one that departments fill in."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

from zhiheng import store
from zhiheng.collect.forms import IDENTITY
from zhiheng.collect.template.guide import Guide, write_codes
from zhiheng.collect.template.order import Order, order
from zhiheng.collect.template.sheet import FormSheet
from zhiheng.collect.template.styles import Styles
from zhiheng.collect.template.words import Words
from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.framework.city import City

_CREATED = dt.datetime(2000, 1, 1)
"""When every workbook says it was made, so that the same form is the same bytes."""


def to_bytes(wanted: Order) -> bytes:
    """Return a form as an XLSX workbook; the same order gives the same bytes."""
    import xlsxwriter

    sink = io.BytesIO()
    literal = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(sink, {"in_memory": True, **literal})
    words = Words(wanted.city.settings.languages)
    title = wanted.contract.title.text(words.main)
    book.set_properties({"title": title, "created": _CREATED, "author": "", "comments": ""})
    styles = Styles(book)
    # The form comes first, but needs to know where its codes stand.
    form = FormSheet(book, wanted, words, styles)
    guide = Guide(book, wanted, words, styles)
    form.write(write_codes(book, wanted, words, styles))
    guide.write()
    _write_identity(book, wanted)
    form.sheet.activate()
    book.close()
    return sink.getvalue()


def _write_identity(book: object, wanted: Order) -> None:
    sheet = book.add_worksheet(IDENTITY)  # type: ignore[attr-defined]
    values = {
        "contract": wanted.contract.contract,
        "version": wanted.contract.version,
        "organisation": wanted.organisation or "",
        "time_period": wanted.period.text if wanted.period else "",
    }
    for row, (key, value) in enumerate(values.items()):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
    sheet.hide()


def write_one(
    city: City,
    table: str,
    out: Path,
    *,
    organisation: str | None = None,
    period: str | None = None,
    rows: int | None = None,
    force: bool = False,
) -> Path:
    """Write the form of one contract.

    Parameters
    ----------
    city : City
    table : str
    out : Path
        An `.xlsx` file.
    organisation, period, rows
        As `order.order` takes them.
    force : bool
        Whether a file that is there is replaced.

    Raises
    ------
    ZhihengError
        When the order makes no sense, or the file is there or cannot be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise ZhihengError([Problem(where="--out", rule="template_suffix", found=out.name)])
    wanted = order(city, table, organisation=organisation, period=period, rows=rows)
    raise_if(_existing([out], force=force))
    _save(wanted, out)
    return out


def write_all(
    city: City,
    out: Path,
    *,
    organisation: str | None = None,
    period: str | None = None,
    rows: int | None = None,
    force: bool = False,
) -> list[Path]:
    """Write every form that departments fill in: `<out>/<organisation>/<table>.xlsx`.

    A table that anyone may deliver has one form, directly in the folder.  Tables of simulated
    records have none.  A period is for the forms that have one of its kind.

    Parameters
    ----------
    city : City
    out : Path
        A folder.
    organisation : str, optional
        Only the forms of one.
    period, rows, force
        As `write_one` takes them.

    Raises
    ------
    ZhihengError
        When an argument makes no sense, nothing is to be written, or a file is there.
    """
    wanted: list[tuple[Order, Path]] = []
    for table, who in _everyone(city, organisation):
        at = _suiting(city, table, period)
        place = out / who / f"{table}.xlsx" if who else out / f"{table}.xlsx"
        wanted.append((order(city, table, organisation=who, period=at, rows=rows), place))
    if not wanted:
        raise ZhihengError([Problem(where="--all", rule="template_none", found=organisation or "")])
    raise_if(_existing([path for _, path in wanted], force=force))
    for each, path in wanted:
        _save(each, path)
    return [path for _, path in wanted]


def _everyone(city: City, organisation: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield each table that is filled in by people, with each organisation that may deliver it."""
    if organisation is not None and organisation not in city.organisations:
        order(city, next(iter(city.contracts)), organisation=organisation)  # says so
    for table, contract in city.contracts.items():
        if contract.series == "simulated":
            continue
        allowed = contract.organisations
        if organisation is not None:
            if not allowed or organisation in allowed:
                yield table, organisation
        elif allowed:
            yield from ((table, who) for who in allowed)
        else:
            yield table, None


def _suiting(city: City, table: str, period: str | None) -> str | None:
    """Return the period where a table's form can have it; a malformed one is left to be refused."""
    from zhiheng.framework.periods import parse

    time_period = city.contracts[table].time_period
    if period is None or time_period is None:
        return None
    try:
        frequency = parse(period).frequency
    except ValueError:
        return period
    return period if time_period.frequency in (None, frequency) else None


def _existing(paths: list[Path], *, force: bool) -> list[Problem]:
    there = [] if force else [path for path in paths if path.exists()]
    return [Problem(where=path.as_posix(), rule="template_exists", found=path.name) for path in there]


def _save(wanted: Order, path: Path) -> None:
    try:
        store.write_bytes(path, to_bytes(wanted))
    except OSError as error:
        raise ZhihengError([store.write_problem(error, path)]) from error
