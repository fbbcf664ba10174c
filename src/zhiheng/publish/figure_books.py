"""Figures as Excel workbooks: one of everything, one an indicator, each with a sheet of notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.indicators import Indicator
from zhiheng.publish import numbers, sdmx
from zhiheng.publish.words import catalogue
from zhiheng.publish.workbook import Sheet, Value

Book = tuple[str, str, list[Sheet]]
"""A workbook's place below the site's `data` folder, its title, its sheets."""

_COLUMNS = (
    ("indicator", 30),
    ("ref_area", 16),
    ("time_period", 12),
    ("series", 10),
    ("obs_value", 12),
    ("unit_measure", 12),
    ("bound", 6),
    ("obs_status", 16),
    ("method_status", 12),
    ("ci_low", 10),
    ("ci_high", 10),
    ("confidence_level", 10),
    ("n_obs", 10),
    ("source", 40),
    ("release_date", 12),
    ("derivation", 24),
    ("note", 30),
    ("figure_id", 18),
)
"""Columns of the long table that people read, and their widths; the data files have them all."""


def books(city: City, figures: pl.DataFrame) -> list[Book]:
    """Return every workbook of figures.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.
    """
    rows = list(figures.iter_rows(named=True))
    by_indicator: dict[str, list[dict[str, Any]]] = {code: [] for code in city.indicators}
    for row in rows:
        by_indicator[row["indicator"]].append(row)
    title, cells = catalogue()["site_title"], _Cells(city)
    name = (
        f"{title['zh'].format(city=city.settings.name.zh)} {title['en'].format(city=city.settings.name.en)}"
    )
    found: list[Book] = [
        ("figures.xlsx", name, [_figures(city, cells, rows), _notes(city, city.indicators.values())])
    ]
    for code, mine in by_indicator.items():
        indicator = city.indicators[code]
        sheets = [_figures(city, cells, mine), _notes(city, [indicator])]
        found.append((f"indicators/{code}.xlsx", _both(indicator.name), sheets))
    return found


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} {text.en}"


def _head(name: str) -> str:
    words = catalogue()[f"column_{name}"]
    return f"{words['zh']} {words['en']}"


class _Cells:
    """What stands in the cells: codes by their names, collected values with their printed digits."""

    def __init__(self, city: City) -> None:
        words = catalogue()

        def worded(prefix: str) -> dict[str, str]:
            found = {key.removeprefix(prefix): both for key, both in words.items() if key.startswith(prefix)}
            return {code: f"{both['zh']} {both['en']}" for code, both in found.items()}

        self.names: dict[str, dict[str, str]] = {
            "indicator": {code: _both(i.name) for code, i in city.indicators.items()},
            "ref_area": {code: _both(area.name) for code, area in city.areas.items()},
            "unit_measure": {code: _both(unit.name) for code, unit in city.units.items()},
            "series": worded("series_"),
            "obs_status": worded("status_"),
            "method_status": worded("parameter_"),
        }
        for name, dimension in city.dimensions.items():
            codes = [TOTAL, *(item.code for item in dimension.codes)]
            self.names[name] = {code: _both(dimension.name_of(code)) for code in codes}

    def value(self, row: dict[str, Any], name: str) -> Value:
        value = row[name]
        if value is None:
            return None
        if name == "obs_status":
            value = sdmx.status(row)
        if name in self.names:
            return self.names[name][value]
        if name == "obs_value" and row["series"] == "published":
            return float(numbers.rounded(value, row["decimals"]))
        if isinstance(value, float):
            return numbers.exported(value)
        return value if isinstance(value, int) else str(value)


def _figures(city: City, cells: _Cells, rows: Sequence[dict[str, Any]]) -> Sheet:
    used = [d for d in city.dimensions if any(row[d] != TOTAL for row in rows)]
    columns = [*_COLUMNS[:3], *((d, 18) for d in used), *_COLUMNS[3:]]
    return Sheet(
        name="数值 Figures",
        heads=tuple(_both(city.dimensions[n].name) if n in used else _head(n) for n, _ in columns),
        rows=[[cells.value(row, name) for name, _ in columns] for row in rows],
        decimals=[row["decimals"] for row in rows],
        widths=tuple(width for _, width in columns),
    )


def _notes(city: City, indicators: Iterable[Indicator]) -> Sheet:
    """Return definitions, cautions and how to cite, Chinese and English beside each other."""
    words = catalogue()

    def line(key: str, zh: str, en: str) -> list[Value]:
        return [f"{words[key]['zh']} {words[key]['en']}", zh, en]

    def worded(head: str, key: str) -> list[Value]:
        return line(head, words[key]["zh"], words[key]["en"])

    as_of = city.settings.publication.as_of.isoformat()
    lines: list[Sequence[Value]] = [
        line("released", *(words["as_of"][lang].format(day=as_of) for lang in ("zh", "en"))),
        worded("section_licence", "licence_is"),
        worded("series_simulated", "simulated_notice"),
    ]
    for indicator in indicators:
        unit = city.units[indicator.unit_measure].name
        lines += [
            [None, None, None],
            line("indicator", indicator.name.zh, indicator.name.en),
            line("code", indicator.indicator, indicator.indicator),
            line("section_definition", indicator.definition.zh, indicator.definition.en),
            line("unit", unit.zh, unit.en),
            worded("direction", f"direction_{indicator.direction}"),
        ]
        if indicator.caution:
            lines.append(line("caution", indicator.caution.zh, indicator.caution.en))
    return Sheet(name="说明 Notes", heads=("", "", ""), rows=lines, widths=(24, 60, 60), table=False)
