"""Code lists with names, and cells that hold a code and its name: `450206 柳江区` is read as `450206`.

The drop-downs of a form offer both together, since people know names and tables need codes.  The
name must be that of the code, in Chinese or English; else the cell stays as it is and is an error.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from zhiheng.collect.cells import TypedTable
from zhiheng.collect.findings import Findings
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.contracts import Contract
from zhiheng.framework.dimensions import TOTAL, TOTAL_NAME

BLANKS = "[ \u3000\u00a0]+"
"""What may stand between a code and its name."""


def names_of(city: City, codes: str) -> dict[str, Text]:
    """Return a code list as contracts name it: code -> name, the total of a dimension last."""
    if codes.startswith("dimension:"):
        items = city.dimensions[codes.partition(":")[2]].codes
        return {item.code: item.name for item in items} | {TOTAL: TOTAL_NAME}
    lists: dict[str, Mapping[str, Any]] = {
        "areas": city.areas,
        "organisations": city.organisations,
        "indicators": city.indicators,
        "units": city.units,
    }
    return {code: item.name for code, item in lists[codes].items()}


def read_names(table: TypedTable, contract: Contract, city: City, findings: Findings) -> TypedTable:
    """Read cells that hold a code and its name as the code.

    Parameters
    ----------
    table : TypedTable
    contract : Contract
    city : City
        Its code lists.
    findings : Findings
        Takes a note of what was read so.

    Returns
    -------
    TypedTable
    """
    frame = table.frame
    for spec in contract.fields:
        if spec.codes is None or spec.name not in frame.columns:
            continue
        values = frame[spec.name]
        joined = values.filter(values.str.contains(BLANKS)).unique(maintain_order=True)
        names = names_of(city, spec.codes) if joined.len() else {}
        meant = {text: code for text in joined if (code := _code(text, names)) is not None}
        if not meant:
            continue
        read = values.is_in(list(meant))
        findings.add(
            rule="code_name_read",
            lines=frame["source_line"].filter(read),
            found=values.filter(read),
            field=spec.name,
            severity="note",
        )
        frame = frame.with_columns(values.replace(meant))
    return dataclasses.replace(table, frame=frame)


def cut(text: str) -> tuple[str, str]:
    """Cut a cell at its first blanks, which may be full-width ones: code and name."""
    code, *name = re.split(BLANKS, text, maxsplit=1)
    return code, "".join(name)


def _code(text: str, names: Mapping[str, Text]) -> str | None:
    code, name = cut(text)
    known = names.get(code)
    return code if known is not None and name.strip() in (known.zh, known.en) else None
