"""What stands on the data page: files, columns, licence, rounds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from zhiheng.collect.rounds import Round
from zhiheng.publish import numbers, sdmx
from zhiheng.publish.book import Book
from zhiheng.publish.open_data import Download
from zhiheng.publish.registers import Listed
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Cell, Line, Table, plain_table

MAIN_FILES = (
    "figures.xlsx",
    "figures.csv",
    "figures.parquet",
    "figures.sdmx.csv",
    "structure.json",
    "datapackage.json",
)


def context(
    voice: Voice,
    book: Book,
    downloads: Sequence[Download],
    rounds: Sequence[Round],
    listed: Sequence[Listed],
) -> dict[str, Any]:
    """Return everything that the template names.

    Parameters
    ----------
    voice : Voice
    book : Book
    downloads : sequence of Download
    rounds : sequence of Round
        The current ones.
    listed : sequence of Listed
        The registers.
    """
    files = {file.path: file for file in downloads}
    sources = {r["source"] for code in voice.city.indicators for r in book.rows(code) if r["source"]}
    return {
        "files": _files(voice, [files[path] for path in MAIN_FILES]),
        "indicator_files": _indicator_files(voice, book, files),
        "register_files": _register_files(voice, files, listed) if listed else None,
        "contract_files": _contract_files(voice, files),
        "columns": _columns(voice, book),
        "rounds": _rounds(voice, rounds),
        "issuers": [(source, voice.foreign(source)) for source in sorted(sources)],
        "sdmx_id": sdmx.structure_id(voice.city),
    }


def _files(voice: Voice, files: Sequence[Download]) -> Table:
    rows: list[Line] = [
        [
            Cell(text=file.path, href=f"/data/{file.path}"),
            voice.words(f"file_{file.path.replace('.', '_')}"),
            numbers.size(file.octets),
            Cell(text=file.sha256, code=True),
        ]
        for file in files
    ]
    return plain_table(voice.words, "files", ["file", "meaning", "size", "sha256"], rows)


def _indicator_files(voice: Voice, book: Book, files: dict[str, Download]) -> Table:
    rows: list[Line] = []
    for code, indicator in voice.city.indicators.items():
        file = files[f"indicators/{code}.csv"]
        rows.append(
            [
                Cell(text=voice(indicator.name), href=f"/data/{file.path}"),
                numbers.printed(len(book.rows(code)), 0),
                numbers.size(file.octets),
                Cell(text=voice.words("excel"), href=f"/data/indicators/{code}.xlsx"),
                Cell(text=file.path, code=True),
            ]
        )
    heads = ["indicator", "figures", "size", "excel", "file"]
    return plain_table(voice.words, "indicator-files", heads, rows)


def _register_files(voice: Voice, files: dict[str, Download], listed: Sequence[Listed]) -> Table:
    rows: list[Line] = []
    for item in listed:
        file = files[f"registers/{item.name}.csv"]
        rows.append(
            [
                Cell(
                    text=voice(item.register.title),
                    href=f"registers/{item.name}.html",
                    mark=voice.words("series_simulated") if item.simulated else None,
                ),
                numbers.printed(item.rows.height, 0),
                numbers.size(file.octets),
                Cell(text=voice.words("excel"), href=f"/data/registers/{item.name}.xlsx"),
                Cell(text=file.path, href=f"/data/{file.path}"),
            ]
        )
    heads = ["register", "rows", "size", "excel", "file"]
    return plain_table(voice.words, "register-files", heads, rows)


def _contract_files(voice: Voice, files: dict[str, Download]) -> Table:
    rows: list[Line] = []
    for name, contract in voice.city.contracts.items():
        file = files[f"contracts/{name}.json"]
        rows.append(
            [
                Cell(text=voice(contract.title), href=f"contracts/{name}.html"),
                contract.version,
                numbers.size(file.octets),
                Cell(text=file.path, href=f"/data/{file.path}"),
            ]
        )
    return plain_table(voice.words, "contract-files", ["table", "version", "size", "file"], rows)


def _columns(voice: Voice, book: Book) -> Table:
    words = voice.words
    rows: list[Line] = []
    for name in book.frame.columns:
        if name in voice.city.dimensions:
            title, meaning = voice(voice.city.dimensions[name].name), words("column_dimension_is")
        else:
            title, meaning = words(f"column_{name}"), words(f"column_{name}_is")
        rows.append([Cell(text=name, code=True), title, meaning])
    return plain_table(words, "columns", ["column", "name", "meaning"], rows)


def _rounds(voice: Voice, rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Return the current rounds by table: what the figures were computed from."""
    words, groups = voice.words, []
    ordered = sorted(rounds, key=lambda r: r.key)
    for table, group in itertools.groupby(ordered, key=lambda r: r.table):
        rows: list[Line] = [
            [
                Cell(text=made.file, code=True, below=(Cell(text=made.source, code=True),)),
                numbers.printed(made.rows, 0),
                f"v{made.version:04d}",
                Cell(text=made.sha256, code=True),
            ]
            for made in group
            if made.file
        ]
        title = voice(voice.city.contracts[table].title) if table in voice.city.contracts else table
        heads = ["frozen_file", "rows", "version", "sha256"]
        frame = plain_table(words, f"rounds-{table}", heads, rows, caption=title)
        groups.append({"title": title, "count": len(rows), "table": frame})
    return groups
