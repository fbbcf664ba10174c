"""Check what was delivered: `check_city` for all of `1_collected`, `check_file` for one file.

The order for one file: bytes to text table (`reader`), text to types (`cells`), single records
(`rules.check_rows`), keys within the file (`rules.check_keys`), other tables and rounds
(`references`).  Each step takes what the one before could make sense of, so that one run names
everything that is wrong.

Messages and the frame of bad rows quote cells as they were delivered, personal ones too: they are
for those who deliver and check, and are neither frozen nor logged.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from zhiheng.collect import guard, totals
from zhiheng.collect.cells import TypedTable, type_table
from zhiheng.collect.code_names import read_names
from zhiheng.collect.findings import Findings
from zhiheng.collect.forms import check_form, check_form_period
from zhiheng.collect.parts import periods
from zhiheng.collect.reader import READERS
from zhiheng.collect.references import References, check_across, check_foreign_keys, order
from zhiheng.collect.rules import check_keys, check_rows, contract_problems
from zhiheng.collect.shrinking import check_shrinking
from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract

COLLECTED = "1_collected"

_NOT_DELIVERIES = ("readme", "thumbs.db", "desktop.ini", "~$")
_PASSING = (".tmp", ".part", ".partial", ".crdownload", ".bak", "~")


@dataclass(frozen=True, kw_only=True)
class CheckedFile:
    """One delivered file and everything the check found.

    Attributes
    ----------
    path : Path
        The file.
    where : str
        How messages call it: relative to the city folder.
    table, organisation : str
        From its name and folder; empty where they cannot be told.
    frame : DataFrame or None
        The typed records in the contract's order of fields, and `source_line`; None where the
        file cannot be taken for a table.  A cell with an error is null here.
    problems : list of Problem
        Errors, warnings, notes; at most a hundred of a rule, with the whole count.
    bad_rows : DataFrame
        Every row with an error or a warning: `source_line`, `field`, `rule`, `found`.
    rows : int
        Records in the file.
    encoding : str
        ``"utf-8"``, ``"gb18030"`` or empty.
    sheet : str
        The sheet of a workbook; empty for other files.
    columns : mapping of str to int
        Field -> column of the sheet, from 0; empty for other files.
    sha256 : str
        Of the file's bytes; empty where it could not be read.
    findings : Findings
        Every error and warning cell by cell, for an answer to those who delivered.
    """

    path: Path
    where: str
    table: str = ""
    organisation: str = ""
    frame: pl.DataFrame | None = None
    problems: list[Problem] = dataclasses.field(default_factory=list)
    bad_rows: pl.DataFrame = dataclasses.field(default_factory=lambda: Findings("").bad_rows())
    rows: int = 0
    encoding: str = ""
    sheet: str = ""
    columns: Mapping[str, int] = dataclasses.field(default_factory=dict)
    sha256: str = ""
    findings: Findings = dataclasses.field(default_factory=lambda: Findings(""))

    def may_freeze(self, *, accept_warnings: bool) -> bool:
        """Return whether nothing stands against freezing the file."""
        stopping = {"error"} if accept_warnings else {"error", "warning"}
        return self.frame is not None and not any(p.severity in stopping for p in self.problems)


def check_city(
    city: City,
    *,
    accept_warnings: bool = True,
    only: Collection[str] | None = None,
    references: References | None = None,
    today: dt.date | None = None,
) -> list[CheckedFile]:
    """Check everything in `1_collected`.

    Parameters
    ----------
    city : City
    accept_warnings : bool
        Whether a file with warnings counts as one that other tables may refer to.
    only : collection of str, optional
        Tables that are to be frozen; files of others are checked, but not counted on.
    references : References, optional
        What is frozen already; read from the city's log by default.
    today : date, optional
        The day of the check, as `check_file` takes it.

    Returns
    -------
    list of CheckedFile
        Tables in the order in which they refer to each other, files by name; last what is no
        delivery at all.

    Raises
    ------
    ZhihengError
        When a contract cannot be used, the log is damaged or a frozen file is altered.
    """
    references = references or References.of(city)
    raise_if(p for contract in city.contracts.values() for p in contract_problems(contract, city))
    tables = order(city.contracts)
    deliveries: dict[str, list[Path]] = {table: [] for table in tables}
    strays: list[CheckedFile] = []
    for path in _files(city.folder / COLLECTED):
        stray = _misplaced(city, path)
        if stray is not None:
            strays.append(CheckedFile(path=path, where=_where(city, path), problems=[stray]))
        else:
            deliveries[_table(path)].append(path)
    checked: list[CheckedFile] = []
    for table, paths in deliveries.items():
        found: list[CheckedFile] = []
        for path in paths:
            file = check_file(city, path, references, today=today)
            found.append(file)
            freezes = file.may_freeze(accept_warnings=accept_warnings) and (only is None or table in only)
            if file.frame is not None:
                references.add(file.where, table, file.organisation, file.frame, file.sha256, freezes=freezes)
        for file in (marked := _mark_twins(found, city.contracts[table])):
            if not file.may_freeze(accept_warnings=accept_warnings):
                references.hold_back(file.where)
        checked += marked
    return checked + strays


def check_file(
    city: City, path: Path, references: References | None = None, *, today: dt.date | None = None
) -> CheckedFile:
    """Check one delivered file.

    Parameters
    ----------
    city : City
    path : Path
        `1_collected/<organisation>/<table>[.anything].<suffix>` of the city folder; the suffix is
        one of `reader.READERS`.
    references : References, optional
        What the records may refer to; what is frozen, by default.
    today : date, optional
        The day on which a form must hold that names no day of reporting; in the city's time zone
        today, by default.

    Returns
    -------
    CheckedFile

    Raises
    ------
    ZhihengError
        When the log is damaged or a frozen file is altered.
    """
    references = references or References.of(city)
    where, table, organisation = _where(city, path), _table(path), path.parent.name
    if (problem := _misplaced(city, path)) is not None:
        return CheckedFile(path=path, where=where, problems=[problem])
    blank = CheckedFile(path=path, where=where, table=table, organisation=organisation)
    contract = city.contracts[table]
    try:
        raise_if(guard.size_problems(path, where))
        raw = path.read_bytes()
    except ZhihengError as error:
        return dataclasses.replace(blank, problems=error.problems)
    except OSError as error:
        problem = Problem(where=where, rule="file_unreadable", found=str(error.strerror))
        return dataclasses.replace(blank, problems=[problem])
    sha256 = hashlib.sha256(raw).hexdigest()
    findings = Findings(where, [field.name for field in contract.fields])
    try:
        text = READERS[path.suffix.lower()](raw, contract, findings)
    except ZhihengError as error:
        return dataclasses.replace(blank, problems=error.problems, sha256=sha256, findings=findings)
    del raw
    blank = dataclasses.replace(
        blank, rows=text.rows, encoding=text.encoding, sheet=text.sheet, columns=text.columns
    )
    text = totals.take_out(text, contract, city, findings)
    check_form(text.form, contract, organisation, today or _today(city), findings)
    typed = read_names(type_table(text, contract, findings), contract, city, findings)
    check_form_period(text.form, typed.frame, contract, findings)
    del text
    check_shrinking(typed.frame, contract, organisation, references.log, sha256, findings)
    _check_table(typed, contract, organisation, city, references, findings)
    return dataclasses.replace(
        blank,
        frame=typed.frame,
        problems=findings.problems(),
        bad_rows=findings.bad_rows(),
        sha256=sha256,
        findings=findings,
    )


def _check_table(
    table: TypedTable,
    contract: Contract,
    organisation: str,
    city: City,
    references: References,
    findings: Findings,
) -> None:
    check_rows(table, contract, city, findings)
    check_keys(table, contract, findings)
    check_foreign_keys(table, contract, organisation, references, findings)
    check_across(table, contract, organisation, references, findings)


def _today(city: City) -> dt.date:
    return dt.datetime.now(ZoneInfo(city.settings.time_zone)).date()


def _files(collected: Path) -> list[Path]:
    """Return what lies in a folder, apart from hidden and passing files, sorted by name."""
    if not collected.is_dir():
        return []
    found = [path for path in collected.rglob("*") if not path.is_dir()]
    return sorted(
        (path for path in found if not _ignored(path.relative_to(collected))),
        key=lambda path: path.relative_to(collected).as_posix(),
    )


def _ignored(path: Path) -> bool:
    name = path.name.lower()
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return hidden or name.startswith(_NOT_DELIVERIES) or name.endswith(_PASSING)


def _where(city: City, path: Path) -> str:
    """Return a path as messages show it: relative, and printable whatever bytes its name has."""
    shown = path.relative_to(city.folder) if path.is_relative_to(city.folder) else path
    return shown.as_posix().encode("utf-8", "replace").decode("utf-8")


def _table(path: Path) -> str:
    return path.name.partition(".")[0]


def _misplaced(city: City, path: Path) -> Problem | None:
    """Return why a file cannot be a delivery, or None when it can."""
    where = _where(city, path)
    collected = city.folder / COLLECTED
    if path.parent.parent != collected:
        return Problem(where=where, rule="file_misplaced", found=path.name)
    organisation, table = path.parent.name, _table(path)
    if organisation not in city.organisations:
        args = {"close": _closest(organisation, city.organisations)}
        return Problem(where=where, rule="organisation_unknown", found=organisation, args=args)
    if table not in city.contracts:
        args = {"close": _closest(table, city.contracts)}
        return Problem(where=where, rule="table_unknown", found=table, args=args)
    allowed = city.contracts[table].organisations
    if allowed and organisation not in allowed:
        args = {"table": table, "allowed": ", ".join(allowed)}
        return Problem(where=where, rule="organisation_may_not", found=organisation, args=args)
    if path.suffix.lower() not in READERS:
        args = {"known": ", ".join(READERS)}
        return Problem(where=where, rule="format_unsupported", found=path.suffix or path.name, args=args)
    return None


def _closest(found: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(found.lower(), list(known), n=1)
    return close[0] if close else "-"


def _mark_twins(files: list[CheckedFile], contract: Contract) -> list[CheckedFile]:
    """Add an error to files of one table and organisation that give the same round."""
    covers = [
        set() if file.frame is None else {(file.organisation, p) for p in periods(file.frame, contract)}
        for file in files
    ]
    marked = []
    for i, file in enumerate(files):
        twins = [
            Problem(
                where=file.where,
                rule="round_twice",
                found=", ".join(period for _, period in sorted(both)[:10]),
                args={"other": files[j].where},
            )
            for j in range(len(files))
            if i != j and (both := covers[i] & covers[j])
        ]
        marked.append(dataclasses.replace(file, problems=[*twins, *file.problems]) if twins else file)
    return marked
