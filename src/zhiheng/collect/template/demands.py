"""What a field's cells must hold: in words, as a drop-down or validation, and as a width."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from zhiheng.collect.code_names import names_of
from zhiheng.collect.template.order import Order
from zhiheng.collect.template.words import Words
from zhiheng.framework.base import Text
from zhiheng.framework.contracts import FieldSpec
from zhiheng.framework.dimensions import TOTAL

_TEXT_LIMIT = 255
_TITLE_LIMIT = 32
"""Characters of the words of a validation: Excel's own limits."""

_FIRST_DAY, _LAST_DAY = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
"""Days that both a workbook can hold and the check can read."""

_HUGE = 1e300
_EXACT = 999_999_999_999_999
"""Whole numbers of fifteen digits, which a workbook keeps."""


def choices(spec: FieldSpec, order: Order, words: Words) -> dict[str, str]:
    """Return what a field's drop-down offers, with the name in the second language; empty for none.

    A code comes with its name, which `collect.code_names` reads.  Areas are those in use in the
    form's period.  A form of records, filled in by the city's own bodies, offers the city and the
    areas below it, and no total of a dimension, which no single record is of; published figures may
    be of any area and of totals.  The check itself takes every code of the list.
    """
    if spec.codes is not None:
        names = names_of(order.city, spec.codes)
        if _of_records(order) and spec.default != TOTAL:
            names = {c: n for c, n in names.items() if c != TOTAL}
        if spec.codes == "areas" and _of_records(order) and _of_the_city(order):
            own, areas = order.city.settings.ref_area, order.city.areas
            names = {c: n for c, n in names.items() if own in areas.lineage(c)}
        if spec.codes == "areas" and order.period is not None:
            names = {c: n for c, n in names.items() if order.city.areas[c].valid_in(order.period)}
        others = words.languages[1:]
        return {
            f"{code} {name.text(words.main)}": " / ".join(name.text(lang) for lang in others)
            for code, name in names.items()
        }
    if spec.constraints.enum is not None:
        return dict.fromkeys(spec.constraints.enum, "")
    if spec.type == "boolean":
        offered = {"是": "yes", "否": "no"} if words.main == "zh" else {"true": "是", "false": "否"}
        return offered if len(words.languages) > 1 else dict.fromkeys(offered, "")
    if _decides(spec, order) and spec.type == "string" and order.period is not None:
        return {order.period.text: ""}
    return {}


def _of_records(order: Order) -> bool:
    """Return whether a table holds records, and not figures by indicator."""
    return not any(field.codes == "indicators" for field in order.contract.fields)


def _of_the_city(order: Order) -> bool:
    """Return whether those who fill in the form are all bodies of the city."""
    who = [order.organisation] if order.organisation else order.contract.organisations
    return bool(who) and all(order.city.organisations[w].kind != "national_body" for w in who)


def _decides(spec: FieldSpec, order: Order) -> bool:
    period = order.contract.time_period
    return period is not None and period.field == spec.name


def bounds(spec: FieldSpec, order: Order) -> tuple[Any, Any]:
    """Return the smallest and largest value; days of the field that decides the period lie within it."""
    low, high = spec.constraints.minimum, spec.constraints.maximum
    if spec.type == "date" and _decides(spec, order) and order.period is not None:
        low = max(low, order.period.start) if isinstance(low, dt.date) else order.period.start
        high = min(high, order.period.end) if isinstance(high, dt.date) else order.period.end
    return low, high


def demand(spec: FieldSpec, order: Order, words: Words) -> Text:
    """Return what a cell of a field must be, in one line of each language."""
    said = list(_demands(spec, order, words))
    return Text(zh="；".join(t.zh for t in said), en="; ".join(t.en for t in said))


def _demands(spec: FieldSpec, order: Order, words: Words) -> Iterator[Text]:
    c = spec.constraints
    if choices(spec, order, words) and spec.type != "boolean":
        yield words.text("choose", sheet=words.text("sheet_codes"))
    else:
        yield words.text(f"format_{spec.format}" if spec.format else f"type_{spec.type}")
    low, high = bounds(spec, order)
    is_day = spec.type == "date"
    if low is not None and high is not None:
        yield words.text("between", low=_plain(low), high=_plain(high))
    elif low is not None:
        yield words.text("not_before" if is_day else "at_least", limit=_plain(low))
    elif high is not None:
        yield words.text("not_after" if is_day else "at_most", limit=_plain(high))
    if c.minLength is not None:
        yield words.text("chars_least", limit=c.minLength)
    if c.maxLength is not None:
        yield words.text("chars_most", limit=c.maxLength)
    if c.pattern is not None:
        yield words.text("pattern", pattern=c.pattern)
    if c.unique or order.contract.primaryKey == [spec.name]:
        yield words.text("unique")
    yield from _relations(spec, order, words)


def _relations(spec: FieldSpec, order: Order, words: Words) -> Iterator[Text]:
    """Yield what a field has to do with other fields and tables, and what becomes of it."""
    if spec.decimals_in is not None:
        yield words.text("decimals_printed")
    for other in order.contract.fields:
        if other.decimals_in == spec.name:
            yield words.text("decimals_companion", title=other.title)
    for key in order.contract.foreignKeys:
        if spec.name in key.fields:
            yield words.text("points_to", table=order.city.contracts[key.reference.resource].title)
    if spec.default is not None:
        name = names_of(order.city, spec.codes).get(spec.default) if spec.codes else None
        shown = Text(zh=f"{spec.default} {name.zh}", en=f"{spec.default} {name.en}") if name else spec.default
        yield words.text("default", value=shown)
    if spec.personal is not None:
        yield words.text(f"personal_{spec.personal}")


def _plain(limit: Any) -> str:
    return f"{limit}" if isinstance(limit, dt.date) else f"{limit:.15g}"


def validation(
    spec: FieldSpec, order: Order, words: Words, *, cell: str, source: str | None
) -> dict[str, Any] | None:
    """Return what Excel holds a field's cells to, or None for free text.

    Parameters
    ----------
    spec : FieldSpec
    order : Order
    words : Words
    cell : str
        Address of the first cell, relative: formulas follow it down.
    source : str or None
        Where the choices stand, as a formula.
    """
    rule = _rule(spec, order, cell, source)
    if rule is None:
        return None
    said = words.both(demand(spec, order, words))
    title = f"{words('refused_title')} {spec.title.text(words.main)}"
    return rule | {
        "error_title": title[:_TITLE_LIMIT],
        "error_message": said[:_TEXT_LIMIT],
    }


def _rule(spec: FieldSpec, order: Order, cell: str, source: str | None) -> dict[str, Any] | None:
    if source is not None:
        return {"validate": "list", "source": source}
    if spec.decimals_in is not None:  # text, so that zeros at the end stay
        return {"validate": "custom", "value": f"=ISNUMBER(VALUE({cell}))"}
    low, high = bounds(spec, order)
    if spec.type in ("integer", "number"):
        widest = _EXACT if spec.type == "integer" else _HUGE
        return {
            "validate": "integer" if spec.type == "integer" else "decimal",
            "criteria": "between",
            "minimum": -widest if low is None else _whole(low),
            "maximum": widest if high is None else _whole(high),
        }
    if spec.type == "date":
        first, last = max(low or _FIRST_DAY, _FIRST_DAY), min(high or _LAST_DAY, _LAST_DAY)
        return {"validate": "date", "criteria": "between", "minimum": first, "maximum": last}
    return _length(spec)


def _whole(limit: float) -> float | int:
    return int(limit) if float(limit).is_integer() and abs(limit) < 1e15 else limit


def _length(spec: FieldSpec) -> dict[str, Any] | None:
    least, most = spec.constraints.minLength, spec.constraints.maxLength
    if spec.format == "credit_code":
        least = most = 18
    if least is None and most is None:
        return None
    if least == most:
        return {"validate": "length", "criteria": "==", "value": least}
    if least is not None and most is not None:
        return {"validate": "length", "criteria": "between", "minimum": least, "maximum": most}
    criteria, value = (">=", least) if most is None else ("<=", most)
    return {"validate": "length", "criteria": criteria, "value": value}


def display_width(text: str) -> int:
    """Return how many columns of a terminal, or digits of a cell, a text takes: a Chinese sign takes two."""
    return max((sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in text.split("\n")), default=0)


def column_width(spec: FieldSpec, offered: dict[str, str], words: Words, values: list[str]) -> float:
    """Return a column's width in digits: its heading on two lines, its choices and what stands there."""
    title = display_width(spec.title.text(words.main)) + 2
    usual = {"date": 12, "integer": 10, "number": 13, "boolean": 7}.get(spec.type, 14)
    if spec.format == "credit_code":
        usual = 22
    longest = max((display_width(text) + 4 for text in (*offered, *values)), default=0)
    return float(min(max(usual, longest, (title + 1) // 2 + 3), 36))
