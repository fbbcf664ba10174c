"""The log of what was frozen: `2_frozen/rounds.jsonl`, append-only, each line chained to the last.

A round is table x period x organisation; each freeze, restoration and withdrawal gives it a new
version.  What is current is read from this list and never guessed from the files that lie there.
A line's `chain` is the SHA-256 of the chain before it and of the rest of the line, so that a line
that was changed, moved or taken out shows; `rounds.head.json` beside it holds the number and chain
of the last line, so that a log which was lost or cut short shows too.  (Who can change both can
still cut both.  Give a copy of the log to another department from time to time.)
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from zhiheng import store
from zhiheng.errors import Problem, ZhihengError

if TYPE_CHECKING:
    from zhiheng.framework.contracts import Contract

FROZEN = "2_frozen"
LOG = "2_frozen/rounds.jsonl"
HEAD = "2_frozen/rounds.head.json"

Action = Literal["freeze", "restore", "withdraw"]


def contract_fingerprint(contract: Contract) -> str:
    """Return the hash of everything a contract says."""
    return store.fingerprint(contract.model_dump(mode="json"))


class RoundKey(NamedTuple):
    """What a round is of."""

    table: str
    time_period: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One line of the log: one version of one table x period x organisation.

    Attributes
    ----------
    round : int
        Its number in the log, from 1.
    table, time_period, organisation : str
        The period as ISO 8601 text; ``"all"`` for a table that has none.
    version : int
        From 1 within table x period x organisation.
    action : {'freeze', 'restore', 'withdraw'}
        A restoration copies an earlier version; a withdrawal leaves no records.
    file : str
        The frozen file, relative to the city folder; empty for a withdrawal.
    sha256 : str
        Of that file.
    rows : int
        Records in it.
    contract_version, contract_fingerprint : str
        The contract it was checked against.
    source, source_sha256 : str
        The collected file, relative to the city folder; for a restoration that of the version
        restored; empty for a withdrawal.
    supersedes : int or None
        The version that was current before.
    restores : int or None
        The version whose records a restoration brings back.
    reason : str
        Why; always given where something is superseded.
    at : str
        When, ISO 8601 with the offset from UTC.
    accepted : tuple of str
        Warnings of the collected file that were accepted: rule, field, number of cells.
    notes : tuple of str
        What was read in another form: rule, field, number of cells.
    sheet : str
        The sheet of the collected file; empty, and left out of the line, where it is no workbook.
    chain : str
        SHA-256 over the chain before and the rest of this line.
    """

    round: int
    table: str
    time_period: str
    organisation: str
    version: int
    action: Action
    file: str
    sha256: str
    rows: int
    contract_version: str
    contract_fingerprint: str
    source: str
    source_sha256: str
    supersedes: int | None
    restores: int | None
    reason: str
    at: str
    accepted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sheet: str = ""
    chain: str = ""

    @property
    def key(self) -> RoundKey:
        """What this is a version of."""
        return RoundKey(self.table, self.time_period, self.organisation)

    def to_dict(self) -> dict[str, Any]:
        """Return the line's plain values, in the log's order."""
        values = dataclasses.asdict(self)
        values |= {"accepted": list(self.accepted), "notes": list(self.notes)}
        return {name: value for name, value in values.items() if name != "sheet" or value}


_FIELDS = [field.name for field in dataclasses.fields(Round)]
_WHOLE = ("round", "version", "rows")
_WHOLE_OR_NONE = ("supersedes", "restores")
_LISTS = ("accepted", "notes")


def read(folder: Path) -> list[Round]:
    """Read a city's log and verify its chain.

    Parameters
    ----------
    folder : Path
        The city folder.

    Returns
    -------
    list of Round
        In the order in which they were made; empty when nothing was frozen yet.

    Raises
    ------
    ZhihengError
        When the log is torn, altered or unreadable, with the first line that is wrong.
    """
    content = _content(folder)
    rounds: list[Round] = []
    chain = ""
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        round_ = _parse(line, number)
        if round_.chain != _chain(chain, round_) or round_.round != number:
            raise ZhihengError(
                [Problem(where=f"{LOG}:{number}", rule="log_altered", found=round_.chain[:16])]
            )
        chain = round_.chain
        rounds.append(round_)
    if not content.endswith(b"\n") and content:
        raise ZhihengError([_torn(content.split(b"\n")[-1], len(rounds) + 1)])
    _check_end(folder, rounds)
    return rounds


def _check_end(folder: Path, rounds: list[Round]) -> None:
    """Refuse a log that lacks lines which its head has seen; the head may lag behind, never lead."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        number, chain = int(head["rounds"]), str(head["chain"])
    except FileNotFoundError:  # nothing was frozen yet, or a run died right after its first lines
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ZhihengError([Problem(where=HEAD, rule="file_unreadable", found=str(error)[:80])]) from None
    if len(rounds) < number or rounds[number - 1].chain != chain:
        args = {"expected": number}
        raise ZhihengError([Problem(where=LOG, rule="log_cut", found=str(len(rounds)), args=args)])


def _content(folder: Path) -> bytes:
    try:
        return (folder / LOG).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ZhihengError([Problem(where=LOG, rule="file_unreadable", found=str(error.strerror))]) from None


def _torn(line: bytes, number: int) -> Problem:
    return Problem(where=f"{LOG}:{number}", rule="log_torn", found=line[:40].decode("utf-8", "replace"))


def _parse(line: bytes, number: int) -> Round:
    try:
        values = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ZhihengError([_torn(line, number)]) from None
    if not isinstance(values, dict) or not _has_fields(values) or not _typed(values):
        raise ZhihengError([Problem(where=f"{LOG}:{number}", rule="log_altered", found=f"{values}"[:40])])
    return Round(**values | {name: tuple(values[name]) for name in _LISTS})


def _has_fields(values: dict[str, Any]) -> bool:
    """Return whether a line has a round's fields in their order, with or without a sheet."""
    return list(values) == [name for name in _FIELDS if name != "sheet" or name in values]


def _typed(values: dict[str, Any]) -> bool:
    """Return whether a line's values have the types that a round's have."""
    for name, value in values.items():
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                return False
        elif name in _WHOLE_OR_NONE and value is None:
            continue
        elif type(value) is not (int if name in (*_WHOLE, *_WHOLE_OR_NONE) else str):
            return False
    return True


def _chain(before: str, round_: Round) -> str:
    rest = {name: value for name, value in round_.to_dict().items() if name != "chain"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((before + text).encode("utf-8", "surrogatepass")).hexdigest()


def append(folder: Path, new: Sequence[Round]) -> list[Round]:
    """Add rounds to a city's log, all of them in one go or none.

    Parameters
    ----------
    folder : Path
        The city folder; the caller holds its lock.
    new : sequence of Round
        Their `round` and `chain` are set here.

    Returns
    -------
    list of Round
        The new rounds as they stand in the log.

    Raises
    ------
    ZhihengError
        When the log is damaged.
    OSError
        When it cannot be written; it is then as it was.
    """
    existing = read(folder)
    chain = existing[-1].chain if existing else ""
    numbered: list[Round] = []
    for number, round_ in enumerate(new, start=len(existing) + 1):
        placed = dataclasses.replace(round_, round=number, chain="")
        chain = _chain(chain, placed)
        numbered.append(dataclasses.replace(placed, chain=chain))
    if numbered:
        lines = [json.dumps(r.to_dict(), ensure_ascii=False).encode("utf-8") + b"\n" for r in numbered]
        store.write_bytes(folder / LOG, _content(folder) + b"".join(lines))
        head = {"rounds": numbered[-1].round, "chain": chain}
        store.write_text(folder / HEAD, json.dumps(head) + "\n")
    return numbered


def latest(rounds: Iterable[Round]) -> dict[RoundKey, Round]:
    """Return the latest version of each table x period x organisation, withdrawn ones too, sorted."""
    found: dict[RoundKey, Round] = {}
    for round_ in rounds:
        found[round_.key] = round_
    return dict(sorted(found.items()))


def current(rounds: Iterable[Round]) -> list[Round]:
    """Return what is current: the latest versions that were not withdrawn, sorted by their key."""
    return [round_ for round_ in latest(rounds).values() if round_.action != "withdraw"]


def was_undone(rounds: Iterable[Round], key: RoundKey, source_sha256: str) -> Round | None:
    """Return the restoration or withdrawal that undid what a file had given, if there was one.

    Parameters
    ----------
    rounds : iterable of Round
    key : RoundKey
    source_sha256 : str
        Of the collected file.
    """
    undone: dict[int, Round] = {}
    mine = [r for r in rounds if r.key == key]
    given = {r.version for r in mine if r.action == "freeze" and r.source_sha256 == source_sha256}
    for round_ in mine:
        if round_.action != "freeze" and round_.supersedes is not None:
            undone[round_.supersedes] = round_
    hits = sorted(given & undone.keys())
    return undone[hits[-1]] if hits else None


def verify(folder: Path, rounds: Iterable[Round]) -> list[Problem]:
    """Return a problem for every frozen file that is missing or altered.

    Parameters
    ----------
    folder : Path
        The city folder.
    rounds : iterable of Round
        All of the log, or what is `current` only.
    """
    problems = []
    for round_ in rounds:
        if not round_.file:
            continue
        try:
            found = store.sha256(folder / round_.file)
        except FileNotFoundError:
            problems.append(Problem(where=round_.file, rule="frozen_missing", args={"round": round_.round}))
        except OSError as error:
            problems.append(Problem(where=round_.file, rule="file_unreadable", found=str(error.strerror)))
        else:
            if found != round_.sha256:
                args = {"round": round_.round, "expected": round_.sha256[:16]}
                problems.append(
                    Problem(where=round_.file, rule="frozen_altered", found=found[:16], args=args)
                )
    return problems
