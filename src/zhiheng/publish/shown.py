"""A figure as it is shown in one language: digits and words, nothing left to decide in a template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhiheng.errors import Lang
from zhiheng.framework.base import Text
from zhiheng.framework.city import City
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.indicators import Scale
from zhiheng.framework.periods import Period, parse
from zhiheng.publish import numbers
from zhiheng.publish.words import Words

Figure = Mapping[str, Any]
"""One row of the long table."""

Print = Callable[[float, int | None], str]
"""What makes text of a value and its decimals."""

_CHINESE = re.compile(r"[㐀-鿿]")
_ENGLISH = re.compile(r"[A-Za-z]{3}")
TIGHT = ("%", "‰")
"""Units that follow the number without a space."""
FLAGGED = ("derived", "published_period_inferred", "published_conflict", "target", "estimated")
"""Statuses that a printed value never goes without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One figure in words.

    Attributes
    ----------
    figure_id : str
    value : float or None
        None when the figure is missing; `text` is then a dash and `status` says why.
    plain, text, spoken : str
        Digits only; grouped, with the bound's sign; with the bound in words.
    unit : str
        What is printed after the number.
    said, said_unit : str
        Number and unit in the scale in which the language says them, for where both stand together.
    tight : bool
        Whether the unit follows without a space.
    period : Period
    when, area, series, status, basis : str
        In words.
    series_code, status_code, area_code : str
    flag, flag_is : str or None
        One character that marks the status, or assumed parameters, where there is no room for words;
        and the words.
    limits, level, margin : str or None
        The limits, their confidence level in per cent, and what sort of margin it is.
    cautions : tuple of str
        What the figure never stands without where there is room: assumed parameters, what has no sample.
    n_obs : str or None
    source, released, derivation, note : str or None
    source_lang : str or None
        The language of `source` where it is not the page's.
    conflict, simulated : bool
    run : str or None
        The measurement run the value belongs to.
    """

    figure_id: str
    value: float | None
    plain: str
    text: str
    spoken: str
    unit: str
    said: str
    said_unit: str
    tight: bool
    period: Period
    when: str
    area: str
    area_code: str
    series: str
    series_code: str
    status: str
    status_code: str
    flag: str | None
    flag_is: str | None
    basis: str
    limits: str | None
    level: str | None
    margin: str | None
    cautions: tuple[str, ...]
    n_obs: str | None
    source: str | None
    source_lang: str | None
    released: str | None
    derivation: str | None
    note: str | None
    conflict: bool
    simulated: bool
    run: str | None


class Voice:
    """Everything that turns a city's codes and figures into one language.

    Parameters
    ----------
    city : City
    lang : {'zh', 'en'}
    """

    def __init__(self, city: City, lang: Lang) -> None:
        self.city, self.lang, self.words = city, lang, Words(lang)

    def __call__(self, text: Text) -> str:
        """Return a bilingual text in this language."""
        return text.text(self.lang)

    def area(self, code: str) -> str:
        """Return an area's name."""
        return self(self.city.areas[code].name)

    def dimension(self, name: str, code: str) -> str:
        """Return the name of a dimension's code."""
        return self(self.city.dimensions[name].name_of(code))

    def unit(self, code: str) -> str:
        """Return what is printed after a number."""
        return self(self.city.units[code].symbol)

    def period(self, text: str) -> str:
        """Return a period as it is said."""
        return parse(text).label(self.lang)

    def foreign(self, text: str | None) -> Lang | None:
        """Return the language of a text that is not this one's, for the page to say so; else None."""
        if not text:
            return None
        if self.lang == "en":
            return "zh" if _CHINESE.search(text) else None
        return "en" if _ENGLISH.search(text) and not _CHINESE.search(text) else None

    def breakdown(self, row: Figure) -> list[tuple[str, str]]:
        """Return the dimensions in which a figure is not the total, with its codes."""
        return [(name, row[name]) for name in self.city.dimensions if row[name] != TOTAL]

    def unit_name(self, code: str) -> str:
        """Return a unit's name, for an axis or a column head."""
        return self(self.city.units[code].name)

    def with_unit(self, number: str, unit_measure: str) -> str:
        """Return a printed number with its unit."""
        unit = self.unit(unit_measure)
        return f"{number}{unit}" if unit.startswith(TIGHT) else f"{number} {unit}".strip()

    def scale(self, unit_measure: str) -> Scale | None:
        """Return the scale in which this language says numbers of a unit, where it is not the unit's own."""
        return self.city.units[unit_measure].english if self.lang == "en" else None

    def amount(
        self, value: float, decimals: int | None, unit_measure: str, print_as: Print = numbers.printed
    ) -> str:
        """Return a number with its unit, in the scale in which the language says it.

        Parameters
        ----------
        value : float
        decimals : int or None
        unit_measure : str
        print_as : callable
            What makes text of value and decimals: `numbers.printed`, or `numbers.change`.
        """
        scale = self.scale(unit_measure)
        if scale is None:
            return self.with_unit(print_as(value, decimals), unit_measure)
        return f"{print_as(*numbers.scaled(value, decimals, scale.power))} {scale.symbol}"

    def unit_inside(self, code: str) -> str:
        """Return a unit's name for the middle of a sentence."""
        return inside(self.unit_name(code))

    def show(self, row: Figure) -> Shown:
        """Put one figure into words."""
        words, value, decimals = self.words, row["obs_value"], row["decimals"]
        status, unit = row["obs_status"], self.unit(row["unit_measure"])
        scale = self.scale(row["unit_measure"])
        text = "—" if value is None else numbers.printed(value, decimals, row["bound"])
        spoken = words(f"status_{status}") if value is None else self._spoken(value, decimals, row["bound"])
        margin, level = row["margin"], row["confidence_level"]
        limits = numbers.interval(row["ci_low"], row["ci_high"], decimals)
        flag = status if status in FLAGGED else "assumed" if row["method_status"] == "assumed" else None
        return Shown(
            figure_id=row["figure_id"],
            value=value,
            plain="" if value is None else numbers.plain(value, decimals),
            text=text,
            spoken=spoken,
            unit="" if value is None else unit,
            said=text if value is None else self._said(value, decimals, row["bound"], scale),
            said_unit="" if value is None else scale.symbol if scale else unit,
            tight=unit.startswith(TIGHT),
            period=parse(row["time_period"]),
            when=self.period(row["time_period"]),
            area=self.area(row["ref_area"]),
            area_code=row["ref_area"],
            series=words(f"series_{row['series']}"),
            series_code=row["series"],
            status=words(f"status_{status}"),
            status_code=status,
            flag=None if flag is None else words(f"flag_{flag}"),
            flag_is=None
            if flag is None
            else words("method_assumed" if flag == "assumed" else f"status_{flag}"),
            basis=words(f"basis_{row['basis']}") if row["basis"] else "",
            limits=limits,
            level=self._level(level) if limits and level else None,
            margin=words(f"margin_{margin}") if limits and margin not in (None, "none") else None,
            cautions=tuple(self._cautions(row)),
            n_obs=None if row["n_obs"] is None else numbers.printed(row["n_obs"], 0),
            source=row["source"],
            source_lang=self.foreign(row["source"]),
            released=row["release_date"].isoformat() if row["release_date"] else None,
            derivation=row["derivation"],
            note=row["note"],
            conflict=bool(row["conflict_group"]),
            simulated=row["series"] == "simulated",
            run=row["series_break"],
        )

    def _cautions(self, row: Figure) -> Iterable[str]:
        """Yield what must be said of a figure: that parameters were assumed, and what has no sample."""
        if row["method_status"] == "assumed" and row["obs_value"] is not None:
            yield self.words("method_assumed")
        if row["coverage"] is not None and row["coverage"] < 100:
            low, high = (numbers.printed(row[name], row["decimals"]) for name in ("range_low", "range_high"))
            yield self.words("weight_covered", share=numbers.printed(row["coverage"], 1), low=low, high=high)

    def _level(self, level: float) -> str:
        """Return a confidence level in per cent, and that it was assumed if it was."""
        publication = self.city.settings.publication
        parameter = self.city.parameters[publication.confidence_level].on(publication.as_of)
        text = f"{numbers.printed(100 * level, None)}%"
        return self.words("level_assumed", level=text) if parameter.status == "assumed" else text

    def _said(self, value: float, decimals: int | None, bound: str | None, scale: Scale | None) -> str:
        return numbers.printed(*numbers.scaled(value, decimals, scale.power if scale else 0), bound)

    def _spoken(self, value: float, decimals: int | None, bound: str | None) -> str:
        number = numbers.printed(value, decimals)
        return self.words(numbers.BOUND_WORDS[bound], number=number) if bound else number


def inside(name: str) -> str:
    """Return a name for the middle of a sentence: an initial capital goes, an abbreviation stays."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def flags_used(figures: Iterable[Shown]) -> list[tuple[str, str]]:
    """Return the flags that occur, each with its words: statuses in the order of `FLAGGED`, then the rest."""
    found = {f.flag: (f.status_code, f.flag_is) for f in figures if f.flag and f.flag_is}
    order = {code: i for i, code in enumerate(FLAGGED)}
    ordered = sorted(found.items(), key=lambda item: order.get(item[1][0], len(FLAGGED)))
    return [(flag, words) for flag, (_, words) in ordered if words]
