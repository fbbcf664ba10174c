"""The sheets beside a form: what to fill in and how it is checked, and the codes to choose from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from zhiheng.collect.template.demands import choices, demand, display_width
from zhiheng.collect.template.order import Order, recurs
from zhiheng.collect.template.sheet import day_text
from zhiheng.collect.template.styles import Styles
from zhiheng.collect.template.words import Words
from zhiheng.framework.base import Text

_WIDTHS = (18.0, 22.0, 18.0, 8.0, 40.0, 40.0)
_LINE = 15.0


def write_codes(book: Any, order: Order, words: Words, styles: Styles) -> dict[str, str]:
    """Write the sheet of codes; return where each field's choices stand, as a formula.

    Fields with the same choices share one list.
    """
    lists: dict[str, dict[str, str]] = {}
    titles: dict[str, list[str]] = {}
    for spec in order.contract.fields:
        offered = choices(spec, order, words)
        if offered:
            key = "\n".join(offered)
            lists[key] = offered
            titles.setdefault(key, []).append(spec.title.text(words.main))
    if not lists:
        return {}
    name = words("sheet_codes")
    sheet = book.add_worksheet(name)
    where: dict[str, str] = {}
    column = 0
    for key, offered in lists.items():
        named = any(offered.values())
        sheet.write_string(0, column, "、".join(titles[key]), styles["heading"])
        for row, (choice, other) in enumerate(offered.items(), start=1):
            sheet.write_string(row, column, choice, styles["code"])
            if named:
                sheet.write_string(row, column + 1, other, styles["code"])
        sheet.set_column(column, column, _fitting([*offered, "、".join(titles[key])]))
        if named:
            sheet.write_string(0, column + 1, words("second_language"), styles["heading"])
            sheet.set_column(column + 1, column + 1, _fitting(list(offered.values())))
        letter = _column(column)
        where[key] = f"='{name}'!${letter}$2:${letter}${len(offered) + 1}"
        column += 3 if named else 2
        sheet.set_column(column - 1, column - 1, 2)
    _page(sheet, column)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    return {
        spec.name: where["\n".join(offered)]
        for spec in order.contract.fields
        if (offered := choices(spec, order, words))
    }


def _column(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    name: str = xl_col_to_name(column)
    return name


def _fitting(texts: list[str]) -> float:
    return float(min(max(map(display_width, texts), default=8) + 3, 60))


def _page(sheet: Any, columns: int) -> None:
    """Protect a sheet that is to be read, and prepare its printing."""
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_column(columns, columns, 8)


class Guide:
    """Writes the sheet that says what to fill in.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    order : Order
    words : Words
    styles : Styles
    """

    def __init__(self, book: Any, order: Order, words: Words, styles: Styles) -> None:
        self._order, self._words, self._styles = order, words, styles
        self._sheet = book.add_worksheet(words("sheet_guide"))
        self._row = 0

    def write(self) -> None:
        """Write the sheet, section by section."""
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._section("guide_about", self._about())
        self._section("guide_how", self._how())
        self._fields()
        if rules := list(self._rules()):
            self._section("guide_rules", rules)
        if foot := list(self._foot()):
            self._section("guide_foot", foot)
        _page(self._sheet, len(_WIDTHS))

    def _section(self, key: str, lines: list[Text]) -> None:
        self._title(key)
        for text in lines:
            said = self._words.both(text)
            self._merged(said)
        self._row += 1

    def _title(self, key: str) -> None:
        self._sheet.set_row(self._row, 20)
        title = self._words.joined(key, " ")
        self._sheet.merge_range(self._row, 0, self._row, len(_WIDTHS) - 1, title, self._styles["section"])
        self._row += 1

    def _merged(self, text: str) -> None:
        lines = sum(_lines(line, sum(_WIDTHS)) for line in text.split("\n"))
        self._sheet.set_row(self._row, _LINE * lines + 3)
        self._sheet.merge_range(self._row, 0, self._row, len(_WIDTHS) - 1, text, self._styles["note"])
        self._row += 1

    def _about(self) -> list[Text]:
        contract = self._order.contract
        version = self._words.text("contract_version", contract=contract.contract, version=contract.version)
        return [contract.title, contract.description, version]

    def _how(self) -> list[Text]:
        words, order = self._words, self._order
        lines = [words.text("how_colours"), words.text("how_lists"), words.text("how_rows", rows=order.rows)]
        lines += [words.text("how_text"), words.text("how_protected")]
        if order.previous is not None:
            lines.append(words.text("how_prefilled", period=order.previous.name))
        elif not recurs(order.contract):
            lines.append(words.text("how_events"))
        folder = order.organisation or words.text("your_folder")
        lines.append(words.text("how_return", contract=order.contract.contract, organisation=folder))
        return lines

    def _fields(self) -> None:
        """Write what each column is and what to fill in."""
        words = self._words
        self._title("guide_fields")
        keys = ("title", "second", "field", "needed", "demand", "description")
        for column, key in enumerate(keys):
            label = words.joined(f"column_{key}", " ")
            self._sheet.write_string(self._row, column, label, self._styles["heading"])
        self._sheet.set_row(self._row, 2 * _LINE + 3)
        self._row += 1
        for spec in self._order.contract.fields:
            cells = (
                spec.title.text(words.main),
                spec.title.text(words.languages[1]) if len(words.languages) > 1 else "",
                spec.name,
                words("yes" if spec.constraints.required else "no"),
                words.both(demand(spec, self._order, words)),
                words.both(spec.description) if spec.description else "",
            )
            for column, text in enumerate(cells):
                self._sheet.write_string(self._row, column, text, self._styles["listed"])
            tallest = max(
                sum(_lines(line, width) for line in text.split("\n"))
                for text, width in zip(cells, _WIDTHS, strict=True)
            )
            self._sheet.set_row(self._row, _LINE * tallest + 3)
            self._row += 1
        self._row += 1

    def _rules(self) -> Iterator[Text]:
        contract, words = self._order.contract, self._words
        if len(contract.primaryKey) > 1:
            titles = [contract.field(name).title for name in contract.primaryKey]
            joined = Text(zh="、".join(t.zh for t in titles), en=", ".join(t.en for t in titles))
            yield words.text("key_rule", titles=joined)
        for rule in contract.rules:
            severity = words.text(f"rule_{rule.severity}")
            yield words.text("rule_line", severity=severity, message=rule.message, fix=rule.fix)

    def _foot(self) -> Iterator[Text]:
        form, words = self._order.contract.form, self._words
        if form is None:
            return
        for cell in form.foot:
            needed = words.text("required" if cell.required else "optional")
            yield Text(zh=f"{cell.title.zh}（{needed.zh}）", en=f"{cell.title.en} ({needed.en})")
        if any(cell.personal for cell in form.foot):
            yield words.text("foot_privacy")
        yield words.text("foot_expired", day=day_text(form.valid_until, words))


def _lines(text: str, width: float) -> int:
    return max(1, math.ceil(display_width(text) * 1.05 / width))
