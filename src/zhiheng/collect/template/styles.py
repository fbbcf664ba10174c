"""How a form looks: fonts, colours, borders and which cells are locked."""

from __future__ import annotations

import functools
from typing import Any

from zhiheng.framework.contracts import FieldSpec

_BODY, _HEADING = "宋体", "黑体"
"""Fonts that every Chinese office has; elsewhere the program takes its own."""

_REQUIRED, _OPTIONAL, _LAST, _LABEL = "#FFF3CC", "#FFFFFF", "#EEEEEE", "#DCE6F2"
_INK, _QUIET, _KNOWN, _EDGE = "#000000", "#6B6B6B", "#1F4E9E", "#A6A6A6"
_FRAME = {"border": 1, "border_color": _EDGE}
_COLUMN = {"font_name": _HEADING, "align": "center", "text_wrap": True, **_FRAME}
_READ = {"text_wrap": True, "valign": "top"}
_FOOT = {"align": "left", "bottom": 1, "bottom_color": _EDGE, "locked": False}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"font_name": _HEADING, "font_size": 18, "align": "center"},
    "subtitle": {"font_color": _QUIET, "align": "center"},
    "head": {"align": "left"},
    "hint": {"font_size": 9, "font_color": _QUIET, "text_wrap": True},
    "heading": _COLUMN | {"bg_color": _LABEL},
    # The star is shown and is not in the cell, so that the heading is still the field's title.
    "heading_required": _COLUMN | {"bg_color": _REQUIRED, "num_format": '@" *"'},
    "heading_last": _COLUMN | {"bg_color": _LAST, "font_color": _QUIET},
    "foot_label": {"align": "right"},
    "foot_label_required": {"align": "right", "num_format": '"* "@'},
    "foot_string": _FOOT | {"num_format": "@"},
    "foot_date": _FOOT | {"num_format": "yyyy-mm-dd"},
    "section": {"font_name": _HEADING, "font_size": 12, "bottom": 2, "bottom_color": _KNOWN},
    "note": _READ,
    "listed": _READ | _FRAME,
    "code": {"num_format": "@", **_FRAME},
}
_NUMBERS = {"integer": "0", "number": "General", "date": "yyyy-mm-dd"}


class Styles:
    """Formats of one workbook, each made once: `styles["title"]`.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    """

    def __init__(self, book: Any) -> None:
        self._make = functools.cache(lambda items: book.add_format(dict(items)))

    def __getitem__(self, name: str) -> Any:
        """Return the format of a part of the form."""
        return self._format(**_STYLES[name])

    def cell(self, spec: FieldSpec, *, known: bool) -> Any:
        """Return the format of a cell to fill in; `known` is one that was filled in beforehand."""
        return self._format(
            num_format="@" if is_text(spec) else _NUMBERS[spec.type],
            align="right" if spec.type in ("integer", "number") else "left",
            bg_color=_REQUIRED if spec.constraints.required else _OPTIONAL,
            font_color=_KNOWN if known else _INK,
            locked=False,
            **_FRAME,
        )

    def last(self, spec: FieldSpec) -> Any:
        """Return the format of last period's value, which is locked."""
        shape = "@" if is_text(spec) else _NUMBERS[spec.type]
        align = "right" if spec.type in ("integer", "number") else "left"
        return self._format(num_format=shape, align=align, bg_color=_LAST, font_color=_QUIET, **_FRAME)

    def _format(self, **properties: Any) -> Any:
        base = {"font_name": _BODY, "font_size": 11, "valign": "vcenter"}
        return self._make(tuple(sorted((base | properties).items())))


def is_text(spec: FieldSpec) -> bool:
    """Return whether a field's cells are text: codes keep their zeros, printed numbers theirs."""
    return spec.type in ("string", "boolean") or spec.decimals_in is not None
