"""What passed the check becomes read-only Parquet and a line in the log; undoing it is a line more.

Frozen files are written first, under names that no line of the log has yet; then the log gets all
new lines in one atomic write.  A run that dies in between leaves files that nothing refers to,
and the next one replaces them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from zhiheng import store
from zhiheng.collect import personal, rounds
from zhiheng.collect.check import CheckedFile, check_city
from zhiheng.collect.parts import ALL, parts
from zhiheng.collect.references import References
from zhiheng.collect.rounds import FROZEN, Round, RoundKey
from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.periods import parse

ROW_GROUP = 131_072
_PERIODS_SHOWN = 10

_ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


@dataclass(frozen=True, kw_only=True)
class FreezeReport:
    """What a freeze did.

    Attributes
    ----------
    rounds : list of Round
        New rounds, as they stand in the log.
    unchanged : list of Round
        Current rounds whose records were delivered again.
    problems : list of Problem
        Of the check, and notes on files that were not frozen again after an undo.
    checked : list of CheckedFile
        Every file of `1_collected`.
    """

    rounds: list[Round]
    unchanged: list[Round]
    problems: list[Problem]
    checked: list[CheckedFile]


@dataclass
class _Run:
    """One freeze on its way."""

    city: City
    log: list[Round]
    key: bytes | None
    reason: str
    at: str
    new: list[Round] = field(default_factory=list)
    unchanged: list[Round] = field(default_factory=list)
    delivered: set[RoundKey] = field(default_factory=set)
    refused: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.latest = rounds.latest(self.log)


def freeze_city(
    city: City,
    *,
    accept_warnings: bool,
    reason: str,
    now: dt.datetime,
    only: Collection[str] | None = None,
) -> FreezeReport:
    """Check `1_collected` and freeze the files that passed; the caller holds the city's lock.

    A file with errors does not freeze, one with warnings only when they are accepted, which the
    log then tells.  Records that are frozen already give no new round; changed ones give a new
    version that supersedes the last.  A file whose round was undone is not frozen again.

    Parameters
    ----------
    city : City
    accept_warnings : bool
    reason : str
        Why rounds are superseded, for the log.
    now : datetime
        With its time zone.
    only : collection of str, optional
        Freeze these tables only.

    Returns
    -------
    FreezeReport

    Raises
    ------
    ZhihengError
        When a contract, the log or a frozen file is damaged, a reason is missing, a table of
        `only` does not exist, or something cannot be written.  Then nothing was frozen.
    """
    log = rounds.read(city.folder)
    raise_if(
        Problem(where="only", rule="table_unknown", found=table, args={"close": ", ".join(city.contracts)})
        for table in sorted(only or ())
        if table not in city.contracts
    )
    references = References(city, log)
    checked = check_city(
        city, accept_warnings=accept_warnings, only=only, references=references, today=now.date()
    )
    good = [
        file
        for file in checked
        if file.may_freeze(accept_warnings=accept_warnings) and (only is None or file.table in only)
    ]
    run = _Run(city, log, references.key, reason.strip(), _stamp(now))
    with _all_or_nothing(city, run.written):
        if run.key is None and any(personal.has_keyed(city.contracts[file.table]) for file in good):
            run.key = personal.make_key(city.folder)
        for file in good:
            _freeze_file(run, file)
        raise_if(run.refused)
        new = rounds.append(city.folder, run.new)
    stayed_out = {file.where for file in checked} - {file.where for file in good}
    run.notes += _not_delivered(run, stayed_out, only)
    problems = [problem for file in checked for problem in file.problems] + run.notes
    return FreezeReport(rounds=new, unchanged=run.unchanged, problems=problems, checked=checked)


def _not_delivered(run: _Run, stayed_out: set[str], only: Collection[str] | None) -> list[Problem]:
    """Return a note for each collected file that once gave rounds and does not hold them any more.

    They stay current: that a file was replaced by the next quarter's is no withdrawal.
    """
    missing: dict[str, list[Round]] = {}
    for round_ in rounds.current(run.log):
        asked = only is None or round_.table in only
        if asked and round_.key not in run.delivered and round_.source not in stayed_out:
            missing.setdefault(round_.source, []).append(round_)
    return [
        Problem(
            where=source,
            rule="round_not_delivered",
            found="/".join(mine[0].key),
            severity="note",
            count=len(mine),
        )
        for source, mine in sorted(missing.items())
    ]


def _stamp(now: dt.datetime) -> str:
    if now.tzinfo is None:
        raise ValueError("`now` needs a time zone")
    return now.isoformat(timespec="seconds")


@contextmanager
def _all_or_nothing(city: City, written: list[Path]) -> Iterator[None]:
    """Take away the frozen files of a run that failed, unless the log has them already."""
    try:
        yield
    except BaseException as failure:
        try:
            listed = {city.folder / round_.file for round_ in rounds.read(city.folder)}
            for path in written:
                if path not in listed:
                    path.unlink(missing_ok=True)
        except (OSError, ZhihengError):
            pass  # what is left over is in no log, so nothing reads it and the next run replaces it
        if isinstance(failure, OSError):
            raise ZhihengError([store.write_problem(failure, city.folder / FROZEN)]) from None
        raise


def _freeze_file(run: _Run, file: CheckedFile) -> None:
    contract = run.city.contracts[file.table]
    assert file.frame is not None
    unexplained: list[tuple[Round, int]] = []
    for period, part in parts(file.frame, contract):
        key = RoundKey(file.table, period, file.organisation)
        before = run.latest.get(key)
        run.delivered.add(key)
        frame = personal.protect(part, contract, run.key)
        content = frozen_bytes(frame, contract)
        sha256 = hashlib.sha256(content).hexdigest()
        if before is not None and before.action != "withdraw" and _same(run, before, sha256, frame):
            run.unchanged.append(before)
            continue
        if undone := rounds.was_undone(run.log, key, file.sha256):
            args = {"period": period, "version": undone.version, "reason": undone.reason}
            run.notes.append(
                Problem(where=file.where, rule="undone_before", found=period, args=args, severity="note")
            )
            continue
        if before is not None and not run.reason:
            unexplained.append((before, frame.height))
            continue
        round_ = _draft(run, file, key, before, sha256, frame.height)
        _write(run.city.folder / round_.file, content, run.written)
        run.new.append(round_)
    if unexplained:
        run.refused.append(_reason_problem(file.where, unexplained))


def _reason_problem(where: str, changes: list[tuple[Round, int]]) -> Problem:
    """Ask once for the reason of everything that a file, or an undo, would change."""
    shown = changes[:_PERIODS_SHOWN]
    more = f", … ({len(changes)})" if len(changes) > len(shown) else ""
    rows = ", ".join(f"{before.time_period} ({before.rows} → {after})" for before, after in shown)
    return Problem(
        where=where,
        rule="reason_needed",
        found=", ".join(before.time_period for before, _ in shown) + more,
        args={"table": changes[0][0].table, "rounds": rows + more},
        count=len(changes),
    )


def _draft(
    run: _Run, file: CheckedFile, key: RoundKey, before: Round | None, sha256: str, rows: int
) -> Round:
    contract = run.city.contracts[file.table]
    version = before.version + 1 if before else 1
    return Round(
        round=0,
        table=key.table,
        time_period=key.time_period,
        organisation=key.organisation,
        version=version,
        action="freeze",
        file=frozen_path(key, version),
        sha256=sha256,
        rows=rows,
        contract_version=contract.version,
        contract_fingerprint=rounds.contract_fingerprint(contract),
        source=file.where,
        source_sha256=file.sha256,
        supersedes=before.version if before else None,
        restores=None,
        reason=run.reason if before else "",
        at=run.at,
        accepted=_accepted(file),
        notes=file.findings.notes(),
        sheet=file.sheet,
    )


def _accepted(file: CheckedFile) -> tuple[str, ...]:
    """Return the warnings of a file by rule and fields; what stood in the cells is not for the log."""
    counts = file.bad_rows.group_by("rule", "field").len().sort("rule", "field")
    return tuple(
        " ".join(filter(None, (rule, fields, f"x{count}"))) for rule, fields, count in counts.iter_rows()
    )


def frozen_path(key: RoundKey, version: int) -> str:
    """Return where a version is frozen, relative to the city folder."""
    period = ALL if key.time_period == ALL else parse(key.time_period).slug
    return f"{FROZEN}/{key.table}/time_period={period}/{key.organisation}-v{version:04d}.parquet"


def _same(run: _Run, before: Round, sha256: str, frame: pl.DataFrame) -> bool:
    """Return whether the current version has these records already, on whatever lines they stood."""
    if before.sha256 == sha256:
        return True
    if before.rows != frame.height:
        return False
    raise_if(rounds.verify(run.city.folder, [before]))
    there = pl.read_parquet(run.city.folder / before.file)
    if there.columns != frame.columns:
        return False
    return there.drop("source_line").equals(frame.drop("source_line"))


def frozen_bytes(frame: pl.DataFrame, contract: Contract) -> bytes:
    """Return a frozen file's bytes: the same rows give the same bytes.

    Parameters
    ----------
    frame : DataFrame
        Records with personal fields treated, and `source_line`.
    contract : Contract
        Gives the columns, their order and types.
    """
    kept = [spec for spec in contract.fields if spec.personal != "drop"]
    schema = pa.schema([*((spec.name, _arrow_type(spec)) for spec in kept), ("source_line", pa.int64())])
    pointing = {name for key in contract.foreignKeys for name in key.fields}
    repeating = [spec.name for spec in kept if _repeats(spec) or spec.name in pointing]
    options: dict[str, Any] = {"compression": "zstd", "use_dictionary": repeating, "store_schema": False}
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, schema, **options) as writer:
        for offset in range(0, frame.height, ROW_GROUP):
            group = frame.slice(offset, ROW_GROUP).select(schema.names)
            writer.write_table(group.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema))
    return sink.getvalue()


def _arrow_type(spec: FieldSpec) -> pa.DataType:
    return pa.string() if spec.personal == "key" else _ARROW[spec.type]


def _repeats(spec: FieldSpec) -> bool:
    """Return whether a field has few values by its nature, so that a dictionary of them pays."""
    return bool(spec.codes or spec.constraints.enum or spec.format == "period")


def _write(path: Path, content: bytes, written: list[Path]) -> None:
    """Write a frozen file under a name that no line of the log has; a stale one gives way."""
    if path.exists():
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)  # Windows replaces no read-only file
    written.append(path)
    store.write_bytes(path, content)
    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def undo(
    city: City, table: str, time_period: str, organisation: str, *, reason: str, now: dt.datetime
) -> Round:
    """Take back the last thing that was done to a round, by a new version; the caller holds the lock.

    What it replaced is restored; a first freeze, which replaced nothing, is withdrawn.  Undoing an
    undo brings back what that had taken away.

    Parameters
    ----------
    city : City
    table, time_period, organisation : str
        The round; the period is ``"all"`` for a table that has none.
    reason : str
        Why, for the log.
    now : datetime
        With its time zone.

    Returns
    -------
    Round
        The new version.

    Raises
    ------
    ZhihengError
        When there is nothing to undo, no reason, a damaged file, or no way to write.
    """
    key = RoundKey(table, time_period, organisation)
    name = "/".join(key)
    log = rounds.read(city.folder)
    mine = {round_.version: round_ for round_ in log if round_.key == key}
    now_current = rounds.latest(log).get(key)
    if now_current is None:
        known = sorted("/".join(round_.key) for round_ in rounds.current(log))
        args = {"known": ", ".join(known[:10]) or "-"}
        raise ZhihengError([Problem(where=name, rule="nothing_to_undo", found=name, args=args)])
    target = _before(mine, now_current)
    if not reason.strip():
        raise ZhihengError([_reason_problem(name, [(now_current, target.rows if target else 0)])])
    draft = _undoing(now_current, target, reason.strip(), _stamp(now))
    written: list[Path] = []
    with _all_or_nothing(city, written):
        if target is not None:
            raise_if(rounds.verify(city.folder, [target]))
            _write(city.folder / draft.file, (city.folder / target.file).read_bytes(), written)
        return rounds.append(city.folder, [draft])[0]


def _before(mine: dict[int, Round], version: Round) -> Round | None:
    """Return the freeze whose records stood before a version was made, if any stood."""
    if version.supersedes is None:
        return None
    earlier = mine[version.supersedes]
    return None if earlier.action == "withdraw" else _origin(mine, earlier)


def _origin(mine: dict[int, Round], version: Round) -> Round:
    """Return the freeze whose records a version holds."""
    while version.restores is not None:
        version = mine[version.restores]
    return version


def _undoing(current: Round, target: Round | None, reason: str, at: str) -> Round:
    version = current.version + 1
    return Round(
        round=0,
        table=current.table,
        time_period=current.time_period,
        organisation=current.organisation,
        version=version,
        action="withdraw" if target is None else "restore",
        file="" if target is None else frozen_path(current.key, version),
        sha256="" if target is None else target.sha256,
        rows=0 if target is None else target.rows,
        contract_version=(target or current).contract_version,
        contract_fingerprint=(target or current).contract_fingerprint,
        source="" if target is None else target.source,
        source_sha256="" if target is None else target.source_sha256,
        supersedes=current.version,
        restores=None if target is None else target.version,
        reason=reason,
        at=at,
        accepted=() if target is None else target.accepted,
        notes=() if target is None else target.notes,
        sheet="" if target is None else target.sheet,
    )
