"""A delivered CSV as a table of text, every cell as it stands, with the line of every record.

What a reader would mend in silence is looked for first: a header that repeats, lacks or invents
columns, rows that are too short or too long, blank lines, other separators, stray quotation
marks.  Only records that have every field reach Polars, and their number is asserted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from zhiheng.collect import encoding, records
from zhiheng.collect.findings import Findings
from zhiheng.collect.header import MOST_COLUMNS, headings, loose, name_missing, name_strange
from zhiheng.collect.records import Offsets, Records
from zhiheng.collect.text_table import TextTable
from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework.contracts import Contract

Mask = npt.NDArray[np.bool_]

_OTHER_SEPARATORS = {";": ";", "\t": "Tab", "|": "|", "，": "，", "；": "；", "、": "、"}
_TITLE_ROWS = 20
_BLANKS = [0x20, 0x09, 0xC2, 0xE3]
"""First bytes of a space, a tab, a no-break space and an ideographic space."""


def read(raw: bytes, contract: Contract, findings: Findings) -> TextTable:
    """Read a CSV file's bytes.

    Parameters
    ----------
    raw : bytes
        UTF-8 or GB18030, comma-separated.
    contract : Contract
        Whose fields, or their titles, the header must name, in any order.
    findings : Findings
        Takes what is wrong with single lines and columns; the rest of the table is still read.

    Returns
    -------
    TextTable

    Raises
    ------
    ZhihengError
        When the file cannot be taken for a table at all.
    """
    where = findings.where
    data, code = encoding.to_utf8(raw, where)
    found = records.index(data)
    if found is None:
        first = data.partition(b"\n")[0].decode("utf-8")
        _check_separator(first.split(","), contract, f"{where}:1")  # explains the quotation marks too
        raise ZhihengError(_quote_problems(data, where))
    blank = _blank(data, found)
    if blank.all():
        raise ZhihengError([Problem(where=where, rule="file_empty", found=f"{len(raw)}")])
    head = int(np.argmin(blank))
    most = max(MOST_COLUMNS, 2 * len(contract.fields))
    if found.fields[head] > most:
        place, count = f"{where}:{found.lines[head]}", f"{found.fields[head]}"
        args = {"expected": len(contract.fields)}
        raise ZhihengError([Problem(where=place, rule="columns_too_many", found=count, args=args)])
    names = _cells(data, found, head)
    _check_separator(names, contract, f"{where}:{found.lines[head]}")
    _check_title_rows(data, found, head, names, contract, where)
    places = _check_header(names, contract, findings, int(found.lines[head]))
    _note_blank(blank, found, findings)
    keep = ~blank & (np.arange(len(found)) > head)
    rows = int(keep.sum())
    if not rows:
        raise ZhihengError(
            [*findings.problems(), Problem(where=where, rule="no_records", found=", ".join(names)[:60])]
        )
    keep &= _check_lengths(found, keep, len(names), findings)
    frame = _parse(data, found, keep, len(names), where).select(
        pl.col(f"{place}").alias(name) for name, place in places.items()
    )
    return TextTable(frame, pl.Series("source_line", found.lines[keep]), rows, code)


def _quote_problems(data: bytes, where: str) -> list[Problem]:
    findings = Findings(where)
    lines: dict[bool, list[int]] = {False: [], True: []}
    texts: dict[bool, list[str]] = {False: [], True: []}
    for bad in records.bad_quotes(data):
        begin = data.rfind(b"\n", 0, bad.offset) + 1 if not bad.unclosed else bad.offset
        snippet = data[max(begin, bad.offset - 45) : bad.offset + 45].split(b"\n")[0]
        lines[bad.unclosed].append(bad.line)
        texts[bad.unclosed].append(snippet.decode("utf-8", errors="ignore"))
    findings.add(rule="quote_misplaced", lines=_ints(lines[False]), found=_texts(texts[False]))
    findings.add(rule="quote_unclosed", lines=_ints(lines[True]), found=_texts(texts[True]))
    return findings.problems()


def _ints(values: Sequence[int] | Offsets) -> pl.Series:
    return pl.Series(values, dtype=pl.Int64)


def _texts(values: Iterable[str]) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def _blank(data: bytes, found: Records) -> Mask:
    """Return which records have nothing in any cell: blank lines, and lines of commas as Excel leaves."""
    width = found.ends - found.starts
    blank: Mask = width == found.fields - 1
    begins = np.frombuffer(data, dtype=np.uint8)[found.starts]
    for i in np.flatnonzero(~blank & (found.fields == 1) & np.isin(begins, _BLANKS)):
        blank[i] = not data[found.starts[i] : found.ends[i]].decode("utf-8").strip()
    return blank


def _note_blank(blank: Mask, found: Records, findings: Findings) -> None:
    """Note blank lines, apart from empty ones at the very end."""
    last = int(np.flatnonzero(~blank)[-1])
    worth = blank & ((np.arange(len(blank)) < last) | (found.fields > 1))
    lines = found.lines[worth]
    findings.add(rule="blank_lines", lines=_ints(lines), found=_texts([""] * len(lines)), severity="note")


def _cells(data: bytes, found: Records, i: int) -> list[str]:
    """Return one record's cells."""
    line = data[found.starts[i] : found.ends[i]]
    row = _read_csv(line + b"\n", int(found.fields[i]), has_quotes=b'"' in line).row(0)
    return [cell or "" for cell in row]


def _read_csv(data: bytes, columns: int, *, has_quotes: bool, skip: int = 0) -> pl.DataFrame:
    """Let Polars cut counted and well-quoted records into text; it may infer and mend nothing."""
    return pl.read_csv(
        data,
        has_header=False,
        skip_lines=skip,
        schema={f"{i}": pl.String for i in range(columns)},
        quote_char='"' if has_quotes else None,
        encoding="utf8",
    )


def _check_separator(names: list[str], contract: Contract, where: str) -> None:
    """Refuse a header that is none until it is cut at another character."""
    known = headings(contract).keys()
    if known & {loose(name) for name in names}:
        return
    for character, label in _OTHER_SEPARATORS.items():
        parts = [part.strip().strip('"') for part in ",".join(names).split(character)]
        if len(parts) > 1 and known & {loose(part) for part in parts}:
            raise ZhihengError([Problem(where=where, rule="separator_other", found=label)])


def _check_title_rows(
    data: bytes, found: Records, head: int, names: list[str], contract: Contract, where: str
) -> None:
    """Refuse a file whose header stands below a title, as in many Excel forms."""
    known = headings(contract).keys()
    if known & {loose(name) for name in names}:
        return
    for i in range(head + 1, min(head + _TITLE_ROWS, len(found))):
        if found.fields[i] <= MOST_COLUMNS and known & {loose(name) for name in _cells(data, found, i)}:
            raise ZhihengError(
                [
                    Problem(
                        where=f"{where}:{found.lines[head]}",
                        rule="header_not_first",
                        found=",".join(names)[:60],
                        args={"line": int(found.lines[i])},
                    )
                ]
            )


def _check_header(names: list[str], contract: Contract, findings: Findings, line: int) -> dict[str, int]:
    """Name what is wrong with the header; return the place of every field that is there once."""
    plain = [name.strip() for name in names]
    if padded := [name for name, text in zip(names, plain, strict=True) if name != text]:
        findings.add(
            rule="header_blanks", lines=_ints([line] * len(padded)), found=_texts(padded), severity="note"
        )
    known = headings(contract)
    meant = [known.get(loose(name), name) for name in plain]
    times = Counter(meant)
    fields = [field.name for field in contract.fields]
    missing = [name for name in fields if name not in times]
    for place, name in enumerate(meant):
        if not name:
            findings.one(rule="header_empty", line=line, found=f"{place + 1}")
        elif (first := meant.index(name)) < place:
            args = {"first": first + 1, "second": place + 1}
            findings.one(rule="header_duplicate", line=line, found=plain[place], args=args)
        elif name not in fields:
            name_strange(name, contract, missing, findings, line=line)
    name_missing(missing, contract, findings, line)
    return {name: meant.index(name) for name in fields if times[name] == 1}


def _check_lengths(found: Records, keep: Mask, columns: int, findings: Findings) -> Mask:
    """Name the records that are too short or too long; return which ones are neither."""
    short, long = keep & (found.fields < columns), keep & (found.fields > columns)
    args = {"expected": columns}
    findings.add(
        rule="row_short",
        lines=_ints(found.lines[short]),
        found=_ints(found.fields[short]),
        args=args,
    )
    findings.add(rule="row_long", lines=_ints(found.lines[long]), found=_ints(found.fields[long]), args=args)
    return ~(short | long)


def _parse(
    data: bytes,
    found: Records,
    keep: Mask,
    columns: int,
    where: str,
) -> pl.DataFrame:
    """Read the records that are kept, and make sure that it is they that were read."""
    kept = np.flatnonzero(keep)
    if not len(kept):
        return pl.DataFrame(schema={f"{i}": pl.String for i in range(columns)})
    if len(kept) == len(found) - kept[0]:
        skip = int(found.lines[kept[0]]) - 1
        frame = _read_csv(data, columns, has_quotes=found.has_quotes, skip=skip)
    else:
        # Runs of kept records: everything between them is left out.
        breaks = np.flatnonzero(np.diff(kept) > 1)
        firsts, lasts = kept[np.concatenate([[0], breaks + 1])], kept[np.append(breaks, len(kept) - 1)]
        runs = [data[found.starts[a] : found.ends[b]] for a, b in zip(firsts, lasts, strict=True)]
        frame = _read_csv(b"\n".join(runs) + b"\n", columns, has_quotes=found.has_quotes)
    if frame.height != len(kept):
        args = {"counted": len(kept)}
        raise ZhihengError(
            [Problem(where=where, rule="reader_disagrees", found=f"{frame.height}", args=args)]
        )
    return frame
