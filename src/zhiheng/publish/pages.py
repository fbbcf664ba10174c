"""What stands on the overview, the methods page and the data page, put together for their templates."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from zhiheng.collect.rounds import Round
from zhiheng.compute.scorecard import ScoreLine
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.dimensions import TOTAL
from zhiheng.publish import numbers, sdmx
from zhiheng.publish.book import Book
from zhiheng.publish.method_view import amount_text
from zhiheng.publish.open_data import Download
from zhiheng.publish.score_view import score_table
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Cell, Column, Row, Table

MAIN_FILES = ("figures.csv", "figures.parquet", "figures.sdmx.csv", "structure.json", "datapackage.json")
BASES = ("census", "probability", "quota", "targeted", "declared")


def overview(voice: Voice, book: Book, lines: Sequence[ScoreLine]) -> dict[str, Any]:
    """Return the overview: the scorecard by theme, then everything else there is."""
    themes = []
    for code, theme in voice.city.themes.items():
        mine = [line for line in lines if voice.city.indicators[line.indicator].theme == code]
        carded = {line.indicator for line in mine}
        others = [
            {"href": f"indicators/{i.indicator}.html", "name": voice(i.name)}
            for i in voice.city.indicators.values()
            if i.theme == code and i.indicator not in carded
        ]
        if mine or others:
            table = score_table(voice, code, mine) if mine else None
            themes.append({"code": code, "name": voice(theme.name), "table": table, "others": others})
    series = {row["series"] for code in voice.city.indicators for row in book.rows(code)}
    return {"themes": themes, "simulated": "simulated" in series, "counts": _counts(voice, book)}


def _counts(voice: Voice, book: Book) -> dict[str, str]:
    rows = [row for code in voice.city.indicators for row in book.rows(code)]
    return {
        "indicators": numbers.printed(len({row["indicator"] for row in rows}), 0),
        "published": numbers.printed(sum(row["series"] == "published" for row in rows), 0),
        "made": numbers.printed(sum(row["series"] != "published" for row in rows), 0),
        "sources": numbers.printed(len({row["source"] for row in rows if row["source"]}), 0),
    }


# ---- methods ---------------------------------------------------------------------------------------


def methods(voice: Voice) -> dict[str, Any]:
    """Return the methods page: parameters, measures, bases, statuses, code lists, contracts."""
    return {
        "parameters": _parameters(voice),
        "measures": _measures(voice),
        "bases": _bases(voice),
        "statuses": _statuses(voice),
        "code_lists": [_areas(voice), _organisations(voice), *_dimensions(voice), _units(voice)],
        "contracts": [_contract(voice, contract) for contract in voice.city.contracts.values()],
        "area_reference": [i.reference for i in voice.city.dimensions.values() if i.reference],
    }


def _table(voice: Voice, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell | str]]) -> Table:
    """Return a plain table: heads by their words' keys, the last column wide."""
    columns = [Column(label=voice.words(head), wide=i == len(heads) - 1) for i, head in enumerate(heads)]
    body = [Row(cells=[c if isinstance(c, Cell) else Cell(text=c) for c in row]) for row in rows]
    return Table(
        name=name, caption=voice.words(f"table_{name.replace('-', '_')}"), columns=columns, rows=body
    )


def _parameters(voice: Voice) -> Table:
    rows = []
    for code, parameter in voice.city.parameters.items():
        for value in parameter.values:
            unit = voice.unit(parameter.unit_measure)
            space = "" if unit.startswith("%") else " "
            why = voice(value.reason) if value.reason else value.reference or ""
            start = value.valid_from.isoformat() if value.valid_from else voice.words("always")
            end = value.valid_to.isoformat() if value.valid_to else voice.words("until_further_notice")
            rows.append(
                [
                    Cell(text=voice(parameter.name), below=(Cell(text=code, code=True),)),
                    f"{numbers.printed(value.value, None)}{space}{unit}",
                    f"{start} – {end}",
                    Cell(
                        text="" if value.status == "assumed" else voice.words("parameter_official"),
                        mark=voice.words("parameter_assumed") if value.status == "assumed" else None,
                    ),
                    Cell(text=why, lang=voice.foreign(why)),
                ]
            )
    return _table(voice, "parameters", ["parameter", "value", "validity", "status", "reason"], rows)


def _measures(voice: Voice) -> Table:
    words = voice.words
    rows = []
    for code, indicator in voice.city.indicators.items():
        for measure in indicator.measures:
            parts = [getattr(measure, role, None) for role in ("numerator", "denominator")]
            rules = tuple(Cell(text=amount_text(words, p), code=True) for p in parts if p is not None)
            where = getattr(measure, "where", None)
            rows.append(
                [
                    Cell(text=voice(indicator.name), href=f"indicators/{code}.html"),
                    Cell(
                        text="" if measure.series == "simulated" else words(f"series_{measure.series}"),
                        mark=words("series_simulated") if measure.series == "simulated" else None,
                    ),
                    words(f"measure_{measure.kind}"),
                    voice.unit_name(indicator.unit_measure),
                    words(f"direction_{indicator.direction}"),
                    Cell(
                        text=voice(voice.city.organisations[indicator.responsible].name),
                        below=rules + ((Cell(text=where, code=True),) if where else ()),
                    ),
                ]
            )
    heads = ["indicator", "series", "measure", "unit", "direction", "responsible_and_rule"]
    return _table(voice, "measures", heads, rows)


def _bases(voice: Voice) -> Table:
    rows = [
        [voice.words(f"basis_{b}"), voice.words(f"basis_{b}_is"), voice.words(f"basis_{b}_margin")]
        for b in BASES
    ]
    return _table(voice, "bases", ["basis", "meaning", "margin"], rows)


def _statuses(voice: Voice) -> Table:
    rows = [
        [
            voice.words(f"status_{code}"),
            Cell(text=code, code=True),
            Cell(text=sent, code=True),
            voice.words(f"status_{code}_is"),
        ]
        for code, sent in sdmx.OBS_STATUS.items()
    ]
    return _table(voice, "statuses", ["status", "code", "sdmx_code", "meaning"], rows)


def _areas(voice: Voice) -> Table:
    def validity(area: Any) -> str:
        start, end = area.valid_from or "", area.valid_to or ""
        return f"{start}–{end}" if start or end else ""

    rows = [
        [
            voice(area.name),
            Cell(text=code, code=True),
            voice.area(area.parent) if area.parent else "",
            validity(area),
            voice.words("became", area=f"{voice.area(area.successor)} {area.successor}")
            if area.successor
            else "",
        ]
        for code, area in voice.city.areas.items()
    ]
    return _table(voice, "areas", ["area", "code", "parent", "validity", "successor"], rows)


def _organisations(voice: Voice) -> Table:
    rows = [
        [
            voice(item.name),
            Cell(text=code, code=True),
            voice.words(f"organisation_{item.kind}"),
            voice(voice.city.organisations[item.parent].name) if item.parent else "",
        ]
        for code, item in voice.city.organisations.items()
    ]
    return _table(voice, "organisations", ["organisation", "code", "kind", "parent"], rows)


def _dimensions(voice: Voice) -> list[Table]:
    tables = []
    for name, dimension in voice.city.dimensions.items():
        rows = [
            [voice(item.name), Cell(text=item.code, code=True),
             voice(dimension.name_of(item.parent)) if item.parent else ""]
            for item in dimension.codes
        ]  # fmt: skip
        rows.append([voice(dimension.name_of(TOTAL)), Cell(text=TOTAL, code=True), ""])
        columns = [Column(label=voice.words(h)) for h in ("name", "code", "parent")]
        body = [Row(cells=[c if isinstance(c, Cell) else Cell(text=c) for c in row]) for row in rows]
        reference = dimension.reference
        tables.append(
            Table(
                name=f"dimension-{name}",
                caption=voice(dimension.name),
                columns=columns,
                rows=body,
                sources=[(reference, voice.foreign(reference))] if reference else [],
            )
        )
    return tables


def _units(voice: Voice) -> Table:
    rows = [
        [voice(unit.name), Cell(text=code, code=True), voice(unit.symbol)]
        for code, unit in voice.city.units.items()
    ]
    return _table(voice, "units", ["unit", "code", "symbol"], rows)


def _contract(voice: Voice, contract: Contract) -> dict[str, Any]:
    words = voice.words
    fields = [
        [
            Cell(text=voice(field.title), below=(Cell(text=field.name, code=True),)),
            words(f"type_{field.type}"),
            Cell(text=field.codes or "", code=True),
            _constraints(voice, field),
            voice(field.description) if field.description else "",
        ]
        for field in contract.fields
    ]
    rules = [
        [Cell(text=rule.rule, code=True), Cell(text=rule.condition, code=True),
         words(f"severity_{rule.severity}"), voice(rule.message)]
        for rule in contract.rules
    ]  # fmt: skip
    field_table = _table(voice, "fields", ["field", "type", "codes", "constraints", "meaning"], fields)
    rule_table = _table(voice, "rules", ["rule", "condition", "severity", "meaning"], rules)
    return {
        "name": contract.contract,
        "title": voice(contract.title),
        "description": voice(contract.description),
        "facts": [
            (words("version"), contract.version),
            (words("basis"), words(f"basis_{contract.basis}")),
            (words("series"), words(f"series_{contract.series}")),
            (words("key"), ", ".join(contract.primaryKey)),
        ],
        "simulated": contract.series == "simulated",
        "fields": _renamed(field_table, f"fields-{contract.contract}"),
        "rules": _renamed(rule_table, f"rules-{contract.contract}") if rules else None,
    }


def _renamed(table: Table, name: str) -> Table:
    return Table(name=name, caption=table.caption, columns=table.columns, rows=table.rows)


def _constraints(voice: Voice, field: FieldSpec) -> str:
    c, words = field.constraints, voice.words
    found = [
        words("constraint_required") if c.required else "",
        words("constraint_unique") if c.unique else "",
        f"≥ {_limit(c.minimum)}" if c.minimum is not None else "",
        f"≤ {_limit(c.maximum)}" if c.maximum is not None else "",
        ", ".join(c.enum or []),
        c.pattern or "",
        words("constraint_min_length", n=c.minLength) if c.minLength else "",
        words("constraint_max_length", n=c.maxLength) if c.maxLength else "",
        words("personal_dropped") if field.personal == "drop" else "",
        words("personal_keyed") if field.personal == "key" else "",
    ]
    return " · ".join(part for part in found if part)


def _limit(value: Any) -> str:
    return numbers.printed(value, None) if isinstance(value, float) else str(value)


# ---- data ------------------------------------------------------------------------------------------


def data(voice: Voice, book: Book, downloads: Sequence[Download], rounds: Sequence[Round]) -> dict[str, Any]:
    """Return the data page: files, columns, licence, rounds."""
    by_path = {file.path: file for file in downloads}
    return {
        "files": _files(voice, [by_path[path] for path in MAIN_FILES]),
        "indicator_files": _indicator_files(voice, book, by_path),
        "contract_files": _contract_files(voice, by_path),
        "columns": _columns(voice, book),
        "rounds": _rounds(voice, rounds),
        "issuers": sorted({r["source"] for c in voice.city.indicators for r in book.rows(c) if r["source"]}),
        "sdmx_id": sdmx.structure_id(voice.city),
    }


def _files(voice: Voice, files: Sequence[Download]) -> Table:
    rows = [
        [
            Cell(text=file.path, href=f"/data/{file.path}"),
            voice.words(f"file_{file.path.replace('.', '_')}"),
            numbers.size(file.octets),
            Cell(text=file.sha256, code=True),
        ]
        for file in files
    ]
    return _table(voice, "files", ["file", "meaning", "size", "sha256"], rows)


def _indicator_files(voice: Voice, book: Book, files: dict[str, Download]) -> Table:
    rows = []
    for code, indicator in voice.city.indicators.items():
        file = files[f"indicators/{code}.csv"]
        count = numbers.printed(len(book.rows(code)), 0)
        rows.append(
            [Cell(text=voice(indicator.name), href=f"/data/{file.path}"), count, numbers.size(file.octets),
             Cell(text=file.path, code=True)]
        )  # fmt: skip
    return _table(voice, "indicator-files", ["indicator", "figures", "size", "file"], rows)


def _contract_files(voice: Voice, files: dict[str, Download]) -> Table:
    rows = []
    for name, contract in voice.city.contracts.items():
        file = files[f"contracts/{name}.json"]
        rows.append(
            [Cell(text=voice(contract.title), href=f"/data/{file.path}"), contract.version,
             numbers.size(file.octets), Cell(text=file.path, code=True)]
        )  # fmt: skip
    return _table(voice, "contract-files", ["table", "version", "size", "file"], rows)


def _columns(voice: Voice, book: Book) -> Table:
    rows: list[list[Cell | str]] = []
    for name in book.frame.columns:
        if name in voice.city.dimensions:
            title, meaning = voice(voice.city.dimensions[name].name), voice.words("column_dimension_is")
        else:
            title, meaning = voice.words(f"column_{name}"), voice.words(f"column_{name}_is")
        rows.append([Cell(text=name, code=True), title, meaning])
    return _table(voice, "columns", ["column", "name", "meaning"], rows)


def _rounds(voice: Voice, rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Return the current rounds by table: what the figures were computed from."""
    groups = []
    ordered = sorted(rounds, key=lambda r: (r.table, r.time_period, r.organisation))
    for table, group in itertools.groupby(ordered, key=lambda r: r.table):
        rows: list[list[Cell | str]] = []
        for made in group:
            rows.append(
                [
                    Cell(text=made.file or "", code=True, below=(Cell(text=made.source, code=True),)),
                    numbers.printed(made.rows, 0),
                    f"v{made.version:04d}",
                    Cell(text=made.sha256, code=True),
                ]
            )
        title = voice(voice.city.contracts[table].title) if table in voice.city.contracts else table
        frame = _table(voice, "rounds", ["frozen_file", "rows", "version", "sha256"], rows)
        groups.append({"title": title, "count": len(rows), "table": _renamed(frame, f"rounds-{table}")})
    return groups
