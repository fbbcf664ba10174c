"""The pages of the registers: a list of them, and one page each with the first rows and every download."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from zhiheng.publish import numbers
from zhiheng.publish.registers import Listed
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Cell, Column, Row, Table

FIRST = 50
"""Rows on the page itself, and in each leaf that its script shows; the others are in the script."""


def overview(voice: Voice, listed: Sequence[Listed]) -> dict[str, Any]:
    """Return the list of the registers."""
    words = voice.words
    rows = [
        Row(
            kind="simulated" if item.simulated else "plain",
            cells=[
                Cell(text=voice(item.register.title), href=f"registers/{item.name}.html"),
                Cell(text=numbers.printed(item.rows.height, 0)),
                Cell(mark=words("series_simulated")) if item.simulated else Cell(),
                Cell(text=voice(item.contract.description)),
            ],
        )
        for item in listed
    ]
    columns = [
        Column(label=words("register")),
        Column(label=words("rows"), numeric=True),
        Column(label=words("series")),
        Column(label=words("meaning"), wide=True),
    ]
    caption = words("table_registers")
    return {"table": Table(name="registers", caption=caption, columns=columns, rows=rows)}


def context(voice: Voice, listed: Listed, rows: list[list[str]]) -> dict[str, Any]:
    """Return everything that the template names.

    Parameters
    ----------
    voice : Voice
    listed : Listed
    rows : list of list of str
        Every row as it is read.
    """
    numeric = [field.type in ("integer", "number") for field in listed.fields]
    columns = [
        Column(label=voice(field.title), numeric=is_number)
        for field, is_number in zip(listed.fields, numeric, strict=True)
    ]
    body = [Row(cells=[Cell(text=t, lang=voice.foreign(t)) for t in row]) for row in rows[:FIRST]]
    title = voice(listed.register.title)
    mark = voice.words("series_simulated") if listed.simulated else None
    at = {field.name: i for i, field in enumerate(listed.fields)}
    return {
        "code": listed.name,
        "name": title,
        "description": voice(listed.contract.description),
        "simulated": listed.simulated,
        "total": numbers.printed(len(rows), 0),
        "cut": len(rows) > FIRST,
        "first": FIRST,
        "table": Table(name="register", caption=title, columns=columns, rows=body, mark=mark, stacks=False)
        if rows
        else None,
        "filters": [
            {
                "column": at[name],
                "title": voice(listed.fields[at[name]].title),
                "choices": [
                    (choice, voice.foreign(choice))
                    for choice in sorted({row[at[name]] for row in rows} - {""})
                ],
            }
            for name in listed.register.filters
        ],
        "files": [(form, f"data/registers/{listed.name}.{form}") for form in ("csv", "xlsx")],
    }


def script(rows: list[list[str]]) -> str:
    """Return every row as a script, which a page that was opened from a folder may load."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return f"window.zhihengRegister={text};\n"
