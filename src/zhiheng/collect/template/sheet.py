"""The form itself: head, headings with notes, rows to fill in, last period's values, foot.

The layout is what the reader of workbooks expects: the row of headings is known by the fields'
titles, what stands above is head, a row that begins with a label of the foot ends the records, and
columns headed `上期` or `Last period` are not read.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from zhiheng.collect.template.demands import choices, column_width, demand, display_width, validation
from zhiheng.collect.template.order import Order
from zhiheng.collect.template.styles import Styles, is_text
from zhiheng.collect.template.words import Words
from zhiheng.framework.contracts import FieldSpec

_PAGE_WIDTH, _SMALL = 170.0, 65
"""Digits across that one page takes in legible print; a wider table goes over several, at this scale."""

_LEAST_WIDTH = 100.0
"""Digits across: a narrower table is widened, so that head and foot have room."""

_WIDEST, _LAST_WIDTH = 44.0, 15.0
_NOTE_WIDTH, _NOTE_LINE = 320, 17
"""Pixels of a heading's note, and of each of its lines."""


class FormSheet:
    """Writes the sheet of one form.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    order : Order
    words : Words
    styles : Styles
    """

    def __init__(self, book: Any, order: Order, words: Words, styles: Styles) -> None:
        self._order, self._words, self._styles = order, words, styles
        self._sources: Mapping[str, str] = {}
        self._fields = order.contract.fields
        self.sheet = book.add_worksheet(sheet_name(order.contract.title.text(words.main)))
        self._columns = [self._values(spec) for spec in self._fields]
        self._row = 0
        self._widths: list[float] = []
        self._span = 1  # columns of the first page, over which the head goes

    def write(self, sources: Mapping[str, str]) -> None:
        """Write everything from top to bottom, then what holds for the whole sheet.

        Parameters
        ----------
        sources : mapping of str to str
            Field -> where its choices stand, as a formula.
        """
        self._sources = sources
        self._set_widths()
        self._write_head()
        heading = self._row
        self._write_headings()
        self._write_records()
        self._write_foot()
        self._set_up(heading)

    def _values(self, spec: FieldSpec) -> list[Any]:
        """Return what a field's cells hold beforehand, as it is shown."""
        order = self._order
        previous = order.previous
        if previous is None:
            return []
        period = order.contract.time_period
        if period is not None and spec.name == period.field and order.period is not None:
            return [order.period.text] * previous.frame.height
        if spec.name not in order.repeats or spec.name not in previous.frame.columns:
            return []
        return [self._shown(spec, value, row) for row, value in enumerate(previous.frame[spec.name])]

    def _shown(self, spec: FieldSpec, value: Any, row: int) -> Any:
        """Return a frozen value as the form holds it: codes with names, printed numbers with their zeros."""
        if value is None:
            return None
        if spec.codes is not None:
            offered = choices(spec, self._order, self._words)
            return next((c for c in offered if c.partition(" ")[0] == value), value)
        if isinstance(value, bool):
            return ("是" if value else "否") if self._words.main == "zh" else f"{value}".lower()
        frame = self._order.previous.frame if self._order.previous else None
        if frame is not None and spec.decimals_in in frame.columns:
            decimals = frame[spec.decimals_in][row]
            return f"{value}" if decimals is None else f"{value:.{decimals}f}"
        return value

    def _set_widths(self) -> None:
        widths = [
            column_width(spec, choices(spec, self._order, self._words), self._words, _texts(values))
            for spec, values in zip(self._fields, self._columns, strict=True)
        ]
        if self._order.contract.form is not None:
            widths[0] = max(widths[0], 16.0)
        stretch = max(1.0, _LEAST_WIDTH / sum(widths))
        self._widths = [round(min(width * stretch, _WIDEST), 1) for width in widths]
        across = list(itertools.accumulate(self._widths))
        self._span = max(1, sum(1 for width in across if width <= _PAGE_WIDTH))
        for column, width in enumerate(self._widths):
            self.sheet.set_column(column, column, width)
        first = len(self._widths) + 1
        if compared := self._order.compared:
            self.sheet.set_column(first - 1, first - 1, 2)
            self.sheet.set_column(first, first + len(compared) - 1, _LAST_WIDTH)

    def _across(self, text: str, style: Any, height: float, first: int = 0, last: int | None = None) -> None:
        """Write one line over some columns of the current row."""
        last = self._span - 1 if last is None else last
        self.sheet.set_row(self._row, height)
        if last > first:
            self.sheet.merge_range(self._row, first, self._row, last, text, style)
        else:
            self.sheet.write_string(self._row, first, text, style)

    def _write_head(self) -> None:
        title = self._order.contract.title
        self._across(title.text(self._words.main), self._styles["title"], 32)
        self._row += 1
        for lang in self._words.languages[1:]:
            self._across(title.text(lang), self._styles["subtitle"], 18)
            self._row += 1
        left, right = self._head_lines()
        height = max(len(left), len(right))
        left = [""] * (height - len(left)) + left
        half = self._half()
        for i in range(height):
            if half is None:
                for text in filter(None, (left[i], right[i] if i < len(right) else "")):
                    self._across(text, self._styles["head"], 18)
                    self._row += 1
                continue
            self._across(left[i], self._styles["head"], 18, 0, half - 1)
            self._across(right[i] if i < len(right) else "", self._styles["head"], 18, half)
            self._row += 1
        hint = self._words.joined("hint", guide=self._words.text("sheet_guide"))
        lines = sum(
            math.ceil(display_width(t) / (sum(self._widths[: self._span]) * 1.15)) for t in hint.split("\n")
        )
        self._across(hint, self._styles["hint"], 13.5 * lines + 3)
        self._row += 1

    def _half(self) -> int | None:
        """Return the column where the right half of the head begins, or None where there is no room."""
        total = sum(self._widths[: self._span])
        for column in range(1, self._span):
            if sum(self._widths[:column]) >= 0.5 * total:
                return column if total - sum(self._widths[:column]) >= 38 else None
        return None

    def _head_lines(self) -> tuple[list[str], list[str]]:
        """Return the left and right lines of the head."""
        words, order = self._words, self._order
        organisation = order.city.organisations[order.organisation].name if order.organisation else None
        name = organisation.text(words.main) if organisation else ""
        period = order.period.label(words.main) if order.period else ""
        left = [self._labelled("organisation", name)]
        if order.contract.time_period is not None:
            left.append(self._labelled("time_period", period))
        form = order.contract.form
        if form is None:
            return left, []
        right = [
            self._labelled("form_number", form.number),
            self._labelled("form_issuer", form.issuer.text(words.main)),
            self._labelled("form_approval", form.approval),
            self._labelled("form_valid_until", day_text(form.valid_until, words)),
        ]
        return left, right

    def _labelled(self, key: str, value: str) -> str:
        return f"{self._words.joined(key, ' ')}{self._words('colon')}{value or '＿＿＿＿＿＿＿＿'}"

    def _write_headings(self) -> None:
        tallest = 1
        for column, spec in enumerate(self._fields):
            title = spec.title.text(self._words.main)
            style = self._styles["heading_required" if spec.constraints.required else "heading"]
            self.sheet.write_string(self._row, column, title, style)
            note = self._note(spec)
            lines = sum(math.ceil(max(display_width(t), 1) / 46) for t in note.split("\n"))
            self.sheet.write_comment(
                self._row, column, note,
                {"width": _NOTE_WIDTH, "height": _NOTE_LINE * lines + 12, "font_size": 9,
                 "font_name": "宋体", "author": "zhiheng"},
            )  # fmt: skip
            tallest = max(tallest, math.ceil((display_width(title) + 3) / self._widths[column]))
        for i, spec in enumerate(self._order.compared):
            assert self._order.previous is not None
            label = self._words("last_column", title=spec.title, period=self._order.previous.name)
            self.sheet.write_string(self._row, len(self._fields) + 1 + i, label, self._styles["heading_last"])
            tallest = max(tallest, math.ceil(display_width(label) / (_LAST_WIDTH - 2)))
        self.sheet.set_row(self._row, 16.0 * tallest + 6)
        self._row += 1

    def _note(self, spec: FieldSpec) -> str:
        words = self._words
        needed = "required" if spec.constraints.required else "optional"
        lines = [f"{words.both(spec.title, ' · ')} [{spec.name}]", words.joined(needed, " · ")]
        if spec.description is not None:
            lines.append(words.both(spec.description))
        return "\n".join([*lines, words.both(demand(spec, self._order, words))])

    def _write_records(self) -> None:
        first, last = self._row, self._row + self._order.rows - 1
        for column, spec in enumerate(self._fields):
            self._write_column(column, spec, first, last)
        previous = self._order.previous
        for i, spec in enumerate(self._order.compared):
            assert previous is not None
            style = self._styles.last(spec)
            for row, value in enumerate(previous.frame[spec.name], start=first):
                column = len(self._fields) + 1 + i
                self._put(row, column, self._shown(spec, value, row - first), style, text=is_text(spec))
        self._row = last + 1

    def _write_column(self, column: int, spec: FieldSpec, first: int, last: int) -> None:
        text = is_text(spec)
        values = self._columns[column]
        for row in range(first, last + 1):
            value = values[row - first] if row - first < len(values) else None
            style = self._styles.cell(spec, known=value is not None)
            self._put(row, column, value, style, text=text)
        rule = validation(
            spec, self._order, self._words,
            cell=f"{_letters(column)}{first + 1}", source=self._sources.get(spec.name),
        )  # fmt: skip
        if rule is not None:
            self.sheet.data_validation(first, column, last, column, rule)

    def _put(self, row: int, column: int, value: Any, style: Any, *, text: bool) -> None:
        """Write a value as what it is; a text never becomes a formula, a link or a number."""
        if value is None:
            self.sheet.write_blank(row, column, None, style)
        elif isinstance(value, dt.date):
            if value.year < 1900:
                self.sheet.write_string(row, column, value.isoformat(), style)
            else:
                self.sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), style)
        elif text or isinstance(value, str):
            self.sheet.write_string(row, column, f"{value}", style)
        else:
            self.sheet.write_number(row, column, value, style)

    def _write_foot(self) -> None:
        form = self._order.contract.form
        for cell in form.foot if form is not None else ():
            is_day = cell.type == "date"
            self.sheet.set_row(self._row, 20)
            label = cell.title.text(self._words.main) + self._words("colon").strip()
            needed = "foot_label_required" if cell.required else "foot_label"
            self.sheet.write_string(self._row, 0, label, self._styles[needed])
            self.sheet.write_blank(self._row, 1, None, self._styles[f"foot_{cell.type}"])
            if is_day:
                days = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)}
                message = self._words.joined("type_date")
                self.sheet.data_validation(self._row, 1, self._row, 1, days | {"error_message": message})
            self._row += 1
        if form is not None and form.foot and len(self._fields) == 1:
            self.sheet.set_column(1, 1, 24)

    def _set_up(self, heading: int) -> None:
        """Freeze the headings, protect what is not to be filled in, and prepare the printing."""
        sheet, last_column = self.sheet, len(self._fields) - 1
        first_width = self._widths[0] if len(self._fields) > 5 else math.inf
        sheet.freeze_panes(heading + 1, 1 if first_width <= 30 else 0)
        sheet.protect(
            "",
            {"insert_rows": True, "format_columns": True, "format_rows": True, "format_cells": True},
        )
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        if self._span == len(self._fields):
            sheet.fit_to_pages(1, 0)
        else:
            sheet.set_print_scale(_SMALL)
            sheet.print_across()
            sheet.repeat_columns(0)
        sheet.repeat_rows(heading)
        sheet.print_area(0, 0, self._row - 1, max(last_column, 1))
        number = self._order.contract.form.number if self._order.contract.form else ""
        sheet.set_footer(f"&L&9{_escaped(number)}&C&9{self._words('page')}")
        sheet.ignore_errors({"number_stored_as_text": f"A{heading + 2}:{_letters(last_column)}{self._row}"})
        sheet.set_selection(heading + 1, 0, heading + 1, 0)


def _texts(values: Sequence[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    name: str = xl_col_to_name(column)
    return name


def _escaped(text: str) -> str:
    """Return a text for a page's foot, where `&` begins a command."""
    return text.replace("&", "&&")


def sheet_name(title: str) -> str:
    """Return a title as a sheet's name: without what Excel forbids, 31 characters at most."""
    plain = "".join(" " if c in "[]:*?/\\'" else c for c in title)
    return " ".join(plain.split())[:31]


def day_text(day: dt.date, words: Words) -> str:
    """Return a day as the form says it."""
    return f"{day.year}年{day.month}月{day.day}日" if words.main == "zh" else day.isoformat()
