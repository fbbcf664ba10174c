"""What records may refer to: rows of other tables that are frozen, or will be with this delivery.

A delivered file takes the place of the rounds it will give.  A file that will not freeze takes
none, and records that need it wait for it.  Sources are looked at one by one, so that a key is
held against any number of frozen rounds in the memory of one.
"""

from __future__ import annotations

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

_PERIOD = "period!"
_FILE = "file!"


@dataclass(frozen=True, slots=True)
class _Delivered:
    """A checked file of this delivery, its keys in their frozen form, and the rounds it will give."""

    where: str
    table: str
    rows: pl.DataFrame
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
        contract = self.city.contracts[table]
        needed = self._fields_needed(table) & set(frame.columns)
        decides = contract.time_period
        if not needed or (decides is not None and decides.field not in frame.columns):
            return
        rows = frame.select(*sorted(needed), period_of_record(contract).alias(_PERIOD))
        keys = (RoundKey(table, period, organisation) for period in periods(frame, contract))
        gives = (key for key in keys if freezes and rounds.was_undone(self.log, key, sha256) is None)
        held = personal.protect(rows, contract, self.key)
        self._delivered.append(_Delivered(where, table, held, frozenset(gives)))

    def _fields_needed(self, table: str) -> set[str]:
        """Return the fields of a table that keys point to, its own primary key among them."""
        pointing = {
            name
            for contract in self.city.contracts.values()
            for key in contract.foreignKeys
            if key.reference.resource == table
            for name in key.reference.fields
        }
        return pointing | set(self.city.contracts[table].primaryKey)

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
            if file.table == table and file.gives:
                good = [key.time_period for key in file.gives]
                yield file.where, _as_text(file.rows.filter(pl.col(_PERIOD).is_in(good)), fields)

    def waiting(self, table: str, fields: Sequence[str]) -> pl.DataFrame:
        """Return keys that stand only in delivered files which will not freeze, and in which."""
        frames = []
        for file in self._delivered:
            if file.table == table:
                good = [key.time_period for key in file.gives]
                bad = file.rows.filter(~pl.col(_PERIOD).is_in(good))
                frames.append(_as_text(bad, fields).with_columns(pl.lit(file.where).alias(_FILE)))
        empty = pl.DataFrame(schema={**dict.fromkeys(fields, pl.String), _FILE: pl.String})
        return pl.concat([empty, *frames]).unique(fields, keep="first", maintain_order=True)

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
    dropped = any(contract.field(name).personal == "drop" for name in names)
    if not names or dropped or not set(names) <= set(table.frame.columns):
        return
    own: pl.DataFrame | None = None
    for where, rows in references.rows(
        contract.contract, names, _own_keys(table.frame, contract, organisation)
    ):
        if own is None:
            own = _as_text(personal.protect(table.frame.select(names), contract, references.key), names)
            own = own.with_columns(table.frame["source_line"])
        twice = own.join(rows, on=names, how="semi", maintain_order="left")
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
