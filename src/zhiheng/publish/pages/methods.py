"""What stands on the methods page: parameters, measures, bases, statuses, code lists, contracts."""

from __future__ import annotations

from typing import Any

from zhiheng.framework.areas import Area
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.dimensions import TOTAL, Dimension
from zhiheng.framework.measures import BASES
from zhiheng.framework.parameters import ParameterValue
from zhiheng.publish import numbers, sdmx
from zhiheng.publish.method_view import amount_text
from zhiheng.publish.shown import Voice
from zhiheng.publish.tables import Cell, Line, Table, plain_table

SECTIONS = ("principles", "formulas", "parameters", "measures", "bases", "statuses", "codes", "contracts")
"""The page's sections, in order; each is an address on it."""


def context(voice: Voice) -> dict[str, Any]:
    """Return everything that the template names."""
    dimensions = [_dimension(voice, item) for item in voice.city.dimensions.values()]
    return {
        "contents": [(key, voice.words(f"section_{key}")) for key in SECTIONS],
        "parameters": _parameters(voice),
        "measures": _measures(voice),
        "bases": _bases(voice),
        "statuses": _statuses(voice),
        "code_lists": [_areas(voice), _organisations(voice), *dimensions, _units(voice)],
        "contracts": _contracts(voice),
    }


def _parameters(voice: Voice) -> Table:
    rows: list[Line] = []
    for code, parameter in voice.city.parameters.items():
        for value in parameter.values:
            assumed = value.status == "assumed"
            why = voice(value.reason) if value.reason else value.reference or ""
            rows.append(
                [
                    Cell(text=voice(parameter.name), below=(Cell(text=code, code=True),)),
                    voice.with_unit(numbers.printed(value.value, None), parameter.unit_measure),
                    _validity(voice, value),
                    Cell(
                        text="" if assumed else voice.words("parameter_official"),
                        mark=voice.words("parameter_assumed") if assumed else None,
                    ),
                    Cell(text=why, lang=voice.foreign(why)),
                ]
            )
    heads = ["parameter", "value", "validity", "status", "reason"]
    return plain_table(voice.words, "parameters", heads, rows)


def _validity(voice: Voice, value: ParameterValue) -> str:
    if value.valid_from is None and value.valid_to is None:
        return voice.words("always")
    return f"{value.valid_from or '…'} – {value.valid_to or '…'}"


def _measures(voice: Voice) -> Table:
    words = voice.words
    rows: list[Line] = []
    for code, indicator in voice.city.indicators.items():
        for measure in indicator.measures:
            parts = [getattr(measure, role, None) for role in ("numerator", "denominator")]
            rules = [amount_text(words, part) for part in parts if part is not None]
            rules += [where] if (where := getattr(measure, "where", None)) else []
            simulated = measure.series == "simulated"
            rows.append(
                [
                    Cell(text=voice(indicator.name), href=f"indicators/{code}.html"),
                    Cell(
                        text="" if simulated else words(f"series_{measure.series}"),
                        mark=words("series_simulated") if simulated else None,
                    ),
                    words(f"measure_{measure.kind}"),
                    voice.unit_name(indicator.unit_measure),
                    words(f"direction_{indicator.direction}"),
                    Cell(
                        text=voice(voice.city.organisations[indicator.responsible].name),
                        below=tuple(Cell(text=rule, code=True) for rule in rules),
                    ),
                ]
            )
    heads = ["indicator", "series", "measure", "unit", "direction", "responsible_and_rule"]
    return plain_table(words, "measures", heads, rows)


def _bases(voice: Voice) -> Table:
    words = voice.words
    rows: list[Line] = [
        [words(f"basis_{b}"), words(f"basis_{b}_is"), words(f"basis_{b}_margin")] for b in BASES
    ]
    return plain_table(words, "bases", ["basis", "meaning", "margin"], rows)


def _statuses(voice: Voice) -> Table:
    rows: list[Line] = [
        [
            voice.words(f"status_{code}"),
            Cell(text=code, code=True),
            Cell(text=sent, code=True),
            voice.words(f"status_{code}_is"),
        ]
        for code, sent in sdmx.OBS_STATUS.items()
    ]
    return plain_table(voice.words, "statuses", ["status", "code", "sdmx_code", "meaning"], rows)


def _areas(voice: Voice) -> Table:
    def validity(area: Area) -> str:
        known = area.valid_from or area.valid_to
        return f"{area.valid_from or ''}–{area.valid_to or ''}" if known else ""

    def became(area: Area) -> str:
        new = area.successor
        return voice.words("became", area=f"{voice.area(new)} {new}") if new else ""

    rows: list[Line] = [
        [
            voice(area.name),
            Cell(text=code, code=True),
            voice.area(area.parent) if area.parent else "",
            validity(area),
            became(area),
        ]
        for code, area in voice.city.areas.items()
    ]
    return plain_table(voice.words, "areas", ["area", "code", "parent", "validity", "successor"], rows)


def _organisations(voice: Voice) -> Table:
    bodies = voice.city.organisations
    rows: list[Line] = [
        [
            voice(item.name),
            Cell(text=code, code=True),
            voice.words(f"organisation_{item.kind}"),
            voice(bodies[item.parent].name) if item.parent else "",
        ]
        for code, item in bodies.items()
    ]
    return plain_table(voice.words, "organisations", ["organisation", "code", "kind", "parent"], rows)


def _dimension(voice: Voice, dimension: Dimension) -> Table:
    rows: list[Line] = [
        [
            voice(item.name),
            Cell(text=item.code, code=True),
            voice(dimension.name_of(item.parent)) if item.parent else "",
        ]
        for item in dimension.codes
    ]
    rows.append([voice(dimension.name_of(TOTAL)), Cell(text=TOTAL, code=True), ""])
    reference = dimension.reference
    return plain_table(
        voice.words,
        f"dimension-{dimension.dimension}",
        ["name", "code", "parent"],
        rows,
        caption=voice(dimension.name),
        sources=[(reference, voice.foreign(reference))] if reference else [],
    )


def _units(voice: Voice) -> Table:
    rows: list[Line] = [
        [voice(unit.name), Cell(text=code, code=True), voice.unit(code)]
        for code, unit in voice.city.units.items()
    ]
    return plain_table(voice.words, "units", ["unit", "code", "symbol"], rows)


def _contracts(voice: Voice) -> Table:
    words = voice.words
    rows: list[Line] = [
        [
            Cell(
                text=voice(contract.title),
                href=f"contracts/{code}.html",
                mark=words("series_simulated") if contract.series == "simulated" else None,
                below=(Cell(text=code, code=True),),
            ),
            contract.version,
            words(f"basis_{contract.basis}"),
            voice(contract.description),
        ]
        for code, contract in voice.city.contracts.items()
    ]
    return plain_table(words, "contracts", ["table", "version", "basis", "meaning"], rows)


def contract(voice: Voice, contract: Contract) -> dict[str, Any]:
    """Return everything that the template of a contract's page names."""
    words, name = voice.words, contract.contract
    fields: list[Line] = [
        [
            Cell(text=voice(field.title), below=(Cell(text=field.name, code=True),)),
            words(f"type_{field.type}"),
            Cell(text=field.codes or "", code=True),
            _constraints(voice, field),
            voice(field.description) if field.description else "",
        ]
        for field in contract.fields
    ]
    rules: list[Line] = [
        [
            Cell(text=rule.rule, code=True),
            Cell(text=rule.condition, code=True),
            words(f"severity_{rule.severity}"),
            voice(rule.message),
        ]
        for rule in contract.rules
    ]
    field_heads = ["field", "type", "codes", "constraints", "meaning"]
    rule_heads = ["rule", "condition", "severity", "meaning"]
    facts = [
        (words("version"), contract.version),
        (words("basis"), words(f"basis_{contract.basis}")),
        (words("series"), words(f"series_{contract.series}")),
        (words("key"), ", ".join(contract.primaryKey)),
    ]
    return {
        "name": name,
        "title": voice(contract.title),
        "description": voice(contract.description),
        "facts": [(head, text) for head, text in facts if text],
        "simulated": contract.series == "simulated",
        "fields": plain_table(words, f"fields-{name}", field_heads, fields, caption=words("table_fields")),
        "rules": plain_table(words, f"rules-{name}", rule_heads, rules, caption=words("table_rules"))
        if rules
        else None,
    }


def _constraints(voice: Voice, field: FieldSpec) -> Cell:
    c, words = field.constraints, voice.words
    found = [
        words("constraint_required") if c.required else "",
        words("constraint_unique") if c.unique else "",
        f"≥ {_limit(c.minimum)}" if c.minimum is not None else "",
        f"≤ {_limit(c.maximum)}" if c.maximum is not None else "",
        words("constraint_min_length", n=c.minLength) if c.minLength else "",
        words("constraint_max_length", n=c.maxLength) if c.maxLength else "",
        words("personal_dropped") if field.personal == "drop" else "",
        words("personal_keyed") if field.personal == "key" else "",
    ]
    exact = [*(c.enum or []), *([c.pattern] if c.pattern else [])]
    below = tuple(Cell(text=text, lang=voice.foreign(text), code=True) for text in exact)
    return Cell(text=" · ".join(part for part in found if part), below=below)


def _limit(value: Any) -> str:
    return numbers.printed(value, None) if isinstance(value, float) else str(value)
