"""What records may refer to: rows of other tables that are frozen, or will be with this delivery.

A delivered file takes the place of the rounds it will give.  A file that will not freeze takes
none, and records that need it wait for it.  Sources are looked at one by one, so that a key is
held against any number of frozen rounds in the memory of one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from zhiheng.collect import personal, rounds
from zhiheng.collect.cells import TypedTable
from zhiheng.collect.findings import Findings
from zhiheng.collect.parts import period_of_record, periods
from zhiheng.collect.rounds import Round, RoundKey
from zhiheng.collect.rules import joined
from zhiheng.errors import Problem, raise_if
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract, ForeignKey

_FILE = "file!"
_ROW = "row!"


@dataclass(frozen=True, slots=True)
class _Delivered:
    """A checked file of this delivery, its typed records, and the rounds it will give."""

    where: str
    table: str
    frame: pl.DataFrame
    gives: frozenset[RoundKey]


class References:
    """The rows that records of this delivery may refer to.

    Parameters
    ----------
    city : City
    log : list of Round
        The whole log of what was frozen.
    """

    def __init__(self, city: City, log: list[Round]) -> None:
        self.city = city
        self.log = log
        self.key = personal.read_key(city.folder)
        self._current = rounds.current(log)
        self._delivered: list[_Delivered] = []
        self._verified: set[str] = set()
        if self.key is None and (keyed := self._keyed_rounds()):
            raise_if([Problem(where=personal.KEY_FILE, rule="key_lost", found=keyed[0].file)])

    def _keyed_rounds(self) -> list[Round]:
        """Return current rounds that were frozen with a key, under the contract as it is now."""
        prints = {
            name: rounds.contract_fingerprint(contract)
            for name, contract in self.city.contracts.items()
            if personal.has_keyed(contract)
        }
        return [r for r in self._current if prints.get(r.table) == r.contract_fingerprint]

    @classmethod
    def of(cls, city: City) -> References:
        """Return the references of a city before anything is delivered.

        Raises
        ------
        ZhihengError
            When the log is damaged.
        """
        return cls(city, rounds.read(city.folder))

    def add(
        self, where: str, table: str, organisation: str, frame: pl.DataFrame, sha256: str, *, freezes: bool
    ) -> None:
        """Add a checked file, so that files checked after it may refer to it.

        Parameters
        ----------
        where, table, organisation, sha256 : str
            The file.
        frame : DataFrame
            Its typed records, before personal fields are treated.
        freezes : bool
            Whether it is good enough to be frozen.
        """
        keys = (RoundKey(table, p, organisation) for p in periods(frame, self.city.contracts[table]))
        gives = (key for key in keys if freezes and rounds.was_undone(self.log, key, sha256) is None)
        self._delivered.append(_Delivered(where, table, frame, frozenset(gives)))

    def hold_back(self, where: str) -> None:
        """Take note that a file which was added will not freeze after all."""
        self._delivered = [
            dataclasses.replace(file, gives=frozenset()) if file.where == where else file
            for file in self._delivered
        ]

    def rows(
        self, table: str, fields: Sequence[str], without: Collection[RoundKey] = ()
    ) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield where rows stand and their keys as text: frozen rounds, then delivered files.

        Parameters
        ----------
        table : str
        fields : sequence of str
        without : collection of RoundKey
            Rounds that the file under check will replace itself.

        Raises
        ------
        ZhihengError
            When a frozen file is missing or altered.
        """
        replaced = {key for file in self._delivered for key in file.gives} | set(without)
        for round_ in self._current:
            if round_.table == table and round_.key not in replaced:
                yield round_.file, _as_text(self._frozen(round_, fields), fields)
        for file in self._delivered:
            # Where a file gives a round that the one under check gives too, that is said elsewhere.
            if file.table == table and (good := file.gives - set(without)):
                yield file.where, self._keys(file, fields, good, inside=True)

    def waiting(self, table: str, fields: Sequence[str]) -> pl.DataFrame:
        """Return keys that stand only in delivered files which will not freeze, and in which."""
        frames = [
            self._keys(file, fields, file.gives, inside=False).with_columns(pl.lit(file.where).alias(_FILE))
            for file in self._delivered
            if file.table == table
        ]
        empty = pl.DataFrame(schema={**dict.fromkeys(fields, pl.String), _FILE: pl.String})
        return pl.concat([empty, *frames]).unique(fields, keep="first", maintain_order=True)

    def _keys(
        self, file: _Delivered, fields: Sequence[str], rounds_: Collection[RoundKey], *, inside: bool
    ) -> pl.DataFrame:
        """Return a file's keys as they will be frozen, inside some of its rounds or outside them."""
        contract = self.city.contracts[file.table]
        there = [name for name in fields if name in file.frame.columns]
        chosen = sorted(key.time_period for key in rounds_)
        if not there or (contract.time_period and contract.time_period.field not in file.frame.columns):
            return _as_text(pl.DataFrame(), fields)
        period = period_of_record(contract)
        rows = file.frame.filter(period.is_in(chosen).fill_null(False) == inside).select(there)
        return _as_text(personal.protect(rows, contract, self.key), fields)

    def _frozen(self, round_: Round, fields: Sequence[str]) -> pl.DataFrame:
        if round_.file not in self._verified:
            raise_if(rounds.verify(self.city.folder, [round_]))
            self._verified.add(round_.file)
        path = self.city.folder / round_.file
        there = pl.read_parquet_schema(path)
        # A round frozen before the contract had a field has no key to compare.
        absent = [pl.lit(None, dtype=pl.String).alias(name) for name in fields if name not in there]
        return pl.read_parquet(path, columns=[n for n in fields if n in there]).with_columns(absent)


def _as_text(frame: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Return a key's columns as text, so that both sides compare whatever their types."""
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in fields if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col(name).cast(pl.String) for name in fields)


def check_foreign_keys(
    table: TypedTable, contract: Contract, organisation: str, references: References, findings: Findings
) -> None:
    """Name the records whose foreign key stands nowhere, or only where it will not be frozen.

    Parameters
    ----------
    table : TypedTable
    contract : Contract
    organisation : str
        Who delivers.
    references : References
    findings : Findings
    """
    own = _own_keys(table.frame, contract, organisation)
    for key in contract.foreignKeys:
        target = references.city.contracts[key.reference.resource]
        if not set(key.fields) <= set(table.frame.columns):
            continue
        keys = _distinct_keys(table.frame, key, target, references.key)
        names = list(key.reference.fields)
        for rows in _self_reference(table.frame, contract, key, references.key):
            keys = keys.join(rows, on=names, how="anti", maintain_order="left")
        for _, rows in references.rows(key.reference.resource, names, own):
            if not keys.height:
                break
            keys = keys.join(rows, on=names, how="anti", maintain_order="left")
        if keys.height:
            waiting = references.waiting(key.reference.resource, names)
            _report(table.frame, key, keys.join(waiting, on=names, how="left"), findings)


def _own_keys(frame: pl.DataFrame, contract: Contract, organisation: str) -> set[RoundKey]:
    return {RoundKey(contract.contract, period, organisation) for period in periods(frame, contract)}


def _distinct_keys(
    frame: pl.DataFrame, key: ForeignKey, target: Contract, secret: bytes | None
) -> pl.DataFrame:
    """Return each complete key once: as recorded (`0!`, `1!`, ...) and as the target has it."""
    recorded = frame.select(key.fields).drop_nulls().unique(maintain_order=True)
    columns = [recorded[name].alias(f"{i}!") for i, name in enumerate(key.fields)]
    for name, pointed in zip(key.fields, key.reference.fields, strict=True):
        values = recorded[name]
        if target.field(pointed).personal == "key":
            values = personal.keyed(values, secret or b"")
        columns.append(values.cast(pl.String).alias(pointed))
    return pl.DataFrame(columns)


def _self_reference(
    frame: pl.DataFrame, contract: Contract, key: ForeignKey, secret: bytes | None
) -> Iterator[pl.DataFrame]:
    """Yield the file's own rows when a table points to itself, as a tree of firms does."""
    names = key.reference.fields
    if key.reference.resource == contract.contract and set(names) <= set(frame.columns):
        yield _as_text(personal.protect(frame.select(names), contract, secret), names)


def _report(frame: pl.DataFrame, key: ForeignKey, unmatched: pl.DataFrame, findings: Findings) -> None:
    recorded = [f"{i}!" for i in range(len(key.fields))]
    bad = frame.select("source_line", *key.fields).join(
        unmatched.select(*recorded, _FILE),
        left_on=key.fields,
        right_on=recorded,
        how="inner",
        maintain_order="left",
    )
    absent, waits = bad.filter(pl.col(_FILE).is_null()), bad.filter(pl.col(_FILE).is_not_null())
    place = ", ".join(key.fields)
    args = {"table": key.reference.resource, "fields": ", ".join(key.reference.fields)}
    findings.add(
        rule="foreign_key",
        lines=absent["source_line"],
        found=joined(absent, key.fields),
        field=place,
        args=args,
    )
    files = waits[_FILE]
    findings.add(
        rule="foreign_key_waits",
        lines=waits["source_line"],
        found=joined(waits, key.fields),
        field=place,
        args=lambda i: {**args, "file": files[i]},
    )


def check_across(
    table: TypedTable, contract: Contract, organisation: str, references: References, findings: Findings
) -> None:
    """Name the records whose primary key stands in another round, or another file, of the table.

    Parameters
    ----------
    table : TypedTable
    contract : Contract
    organisation : str
        Who delivers; rounds that the file replaces are not another round.
    references : References
    findings : Findings
    """
    names = contract.primaryKey
    if not names or not set(names) <= set(table.frame.columns):
        return
    own: pl.DataFrame | None = None
    replaced = _own_keys(table.frame, contract, organisation)
    for where, rows in references.rows(contract.contract, names, replaced):
        if own is None:
            own = _as_text(personal.protect(table.frame.select(names), contract, references.key), names)
            own = own.with_row_index(_ROW)
        twice = table.frame[own.join(rows, on=names, how="semi", maintain_order="left")[_ROW]]
        findings.add(
            rule="key_elsewhere",
            lines=twice["source_line"],
            found=joined(twice, names),
            field=", ".join(names),
            args={"other": where},
        )


def order(contracts: dict[str, Contract]) -> list[str]:
    """Return the tables so that each comes after those it refers to.

    Raises
    ------
    ZhihengError
        When foreign keys run in a circle.
    """
    placed: list[str] = []
    open_ = {
        name: {k.reference.resource for k in contract.foreignKeys} - {name}
        for name, contract in contracts.items()
    }
    while open_:
        ready = [name for name, needs in open_.items() if needs <= set(placed)]
        if not ready:
            circle = _circle(open_)
            where = f"framework/contracts/{circle[0]}.yaml foreignKeys"
            raise_if([Problem(where=where, rule="foreign_key_circle", found=" -> ".join(circle))])
        placed += ready
        for name in ready:
            del open_[name]
    return placed


def _circle(needs: dict[str, set[str]]) -> list[str]:
    """Follow the needs of tables that cannot be placed until one comes back."""
    path = [min(needs)]
    while True:
        following = min(name for name in needs[path[-1]] if name in needs)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
