"""What the heading of a table says: which column is which field, and what is wrong with it."""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhiheng.collect.findings import Findings
from zhiheng.framework.base import Text
from zhiheng.framework.contracts import Contract

MOST_COLUMNS = 1000
"""Columns of a heading, unless the contract has half as many fields."""

_LOOSE = re.compile(r"[\s_\-—－/·:：*＊()（）【】\[\]]+")
NOTES = frozenset({"备注", "说明", "注", "备注说明", "填报说明", "note", "notes", "remark", "remarks"})
"""Headings, in small letters, of a column for remarks, which is left unread unless it is a field."""


def closest(name: str, fields: list[str], titles: Mapping[str, str]) -> str:
    """Return the field that a wrong column name may mean: that of the title, or the nearest name."""
    if name in titles:
        return titles[name]
    by_lower = {field.lower(): field for field in fields}
    close = difflib.get_close_matches(name.lower()[:64], by_lower, n=1)
    return by_lower[close[0]] if close else "-"


def loose(text: str) -> str:
    """Return a heading without blanks, line breaks, brackets, hyphens and capitals."""
    return _LOOSE.sub("", text).casefold()


def headings(contract: Contract) -> dict[str, str]:
    """Return what may stand as a field's heading, loosely -> the field: its name and its titles.

    What could mean two fields is left out; a field's own name always means that field.
    """
    titles = [(loose(t), f.name) for f in contract.fields for t in {f.title.zh, f.title.en}]
    meant: dict[str, set[str]] = {}
    for text, name in titles:
        meant.setdefault(text, set()).add(name)
    clear = {text: min(names) for text, names in meant.items() if text and len(names) == 1}
    names = {loose(field.name): field.name for field in contract.fields}
    distinct = Counter(loose(field.name) for field in contract.fields)
    return clear | {text: name for text, name in names.items() if distinct[text] == 1}


def expected(contract: Contract) -> Text:
    """Return the columns of a contract for a message: title and name of each."""
    return Text(
        zh="、".join(f"{field.title.zh}（{field.name}）" for field in contract.fields),
        en=", ".join(f"{field.title.en} ({field.name})" for field in contract.fields),
    )


def name_missing(names: Iterable[str], contract: Contract, findings: Findings, line: int = 0) -> None:
    """Name the columns that are missing, and whether their cells may be empty."""
    for name in names:
        spec = contract.field(name)
        decides = contract.time_period is not None and contract.time_period.field == name
        needed = spec.constraints.required or decides or name in contract.primaryKey
        findings.one(
            rule="column_missing_required" if needed else "column_missing",
            line=line,
            found=f"{spec.title.zh} / {name}",
        )


def name_strange(
    text: str,
    contract: Contract,
    missing: Sequence[str],
    findings: Findings,
    *,
    line: int = 0,
    column: str = "",
) -> None:
    """Name a heading that means no field; a column for remarks is noted and left unread."""
    if loose(text) in NOTES:
        findings.one(rule="notes_column_skipped", line=line, found=text, column=column, severity="note")
        return
    names = [field.name for field in contract.fields]
    titles = {title: f.name for f in contract.fields for title in (f.title.zh, f.title.en)}
    args = {"close": closest(text, list(missing) or names, titles), "known": expected(contract)}
    findings.one(rule="column_unknown", line=line, found=text, column=column, args=args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The heading of a sheet's table.

    Attributes
    ----------
    first, last : int
        Its rows, numbered from 1; two rows where group titles stand above.
    texts : mapping of int to str
        Column, from 0 -> its heading, group title first; columns without one are not there.
    fields : mapping of int to str
        Column -> the field that the heading means.
    skipped : frozenset of int
        Columns that are there to compare with and are not read.
    deep : bool
        Whether a third row of headings names more fields, which no heading that is read may have.
    """

    first: int
    last: int
    texts: Mapping[int, str]
    fields: Mapping[int, str]
    skipped: frozenset[int] = frozenset()
    deep: bool = False

    @property
    def found(self) -> int:
        """How many different fields were found."""
        return len(set(self.fields.values()))


RowTexts = tuple[int, Mapping[int, str]]
"""A row's number, from 1, and the texts of its cells that are not empty, by column."""


def find(rows: Sequence[RowTexts], contract: Contract) -> Header | None:
    """Find the heading among a sheet's first rows: the row, or pair of rows, that names most fields.

    Parameters
    ----------
    rows : sequence of (int, mapping of int to str)
        Rows that are not blank, in their order.
    contract : Contract

    Returns
    -------
    Header or None
        None where no cell names a field.  Of two equally good rows it is the upper one, and a
        single row before a pair.
    """
    known = headings(contract)
    best: Header | None = None
    for header in _candidates(rows, known):
        if header.found > (best.found if best else 0):
            best = header
    if best is not None and any(_three_name(three, known) > best.found for three in _threes(rows)):
        return dataclasses.replace(best, deep=True)
    return best


def _threes(rows: Sequence[RowTexts]) -> Iterable[tuple[RowTexts, RowTexts, RowTexts]]:
    for three in zip(rows, rows[1:], rows[2:], strict=False):
        if three[2][0] == three[0][0] + 2:
            yield three


def _three_name(three: Sequence[RowTexts], known: Mapping[str, str]) -> int:
    """Return how many fields three rows name together, each title holding for what is under it."""
    (_, top), (_, middle), (_, bottom) = three
    group = part = ""
    fields = set()
    for column in range(max((*top, *middle, *bottom)) + 1):
        if column in top:
            group, part = top[column], ""
        part = middle.get(column, part)
        under = bottom.get(column, "")
        meant = (group + part + under, part + under, under)
        if not under:
            meant = (middle.get(column, ""), top.get(column, ""), "")
        fields.add(next((known[loose(t)] for t in meant if t and loose(t) in known), ""))
    return len(fields - {""})


def _candidates(rows: Sequence[RowTexts], known: Mapping[str, str]) -> Iterable[Header]:
    for number, texts in rows:
        fields = {c: known[loose(t)] for c, t in texts.items() if loose(t) in known}
        yield Header(first=number, last=number, texts=texts, fields=fields)
    for (upper, above), (lower, below) in itertools.pairwise(rows):
        if lower == upper + 1:
            yield _pair(upper, above, below, known)


def _pair(first: int, above: Mapping[int, str], below: Mapping[int, str], known: Mapping[str, str]) -> Header:
    """Read two rows as one heading: a group title holds for the empty cells to its right."""
    texts: dict[int, str] = {}
    fields: dict[int, str] = {}
    group = ""
    for column in range(max((*above, *below)) + 1):
        group = above.get(column, group)
        under = below.get(column, "")
        if not under:
            if column in above:
                texts[column] = above[column]
                field = known.get(loose(above[column]))
                if field:
                    fields[column] = field
            continue
        joined = known.get(loose(group) + loose(under))
        texts[column] = f"{group} {under}".strip()
        field = joined or known.get(loose(under))
        if field:
            fields[column] = field
    return Header(first=first, last=first + 1, texts=texts, fields=fields)
