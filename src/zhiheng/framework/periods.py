"""Reference periods in ISO 8601: `2015`, `2015-Q3`, `2015-07`, `2015-07-01`, spans `2012/2017`.

A span's two ends are periods of one kind and both belong to it.  An assessment year that does
not follow the calendar is a span of months (`2015-07/2016-06`).  On export a span becomes the
SDMX time range `2012-01-01/P6Y`.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
from dataclasses import dataclass
from typing import Literal

from zhiheng.errors import Lang

Frequency = Literal["year", "quarter", "month", "day", "span"]
FREQUENCIES: tuple[Frequency, ...] = ("year", "quarter", "month")
"""The frequencies that records can be reduced to, from coarse to fine."""

_FORMS: tuple[tuple[Frequency, re.Pattern[str]], ...] = (
    ("year", re.compile(r"([12][0-9]{3})")),
    ("quarter", re.compile(r"([12][0-9]{3})-Q([1-4])")),
    ("month", re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])")),
    ("day", re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A reference period.

    Attributes
    ----------
    start, end : date
        First and last day.
    text : str
        As written, ISO 8601.
    frequency : str
        One of `year`, `quarter`, `month`, `day`, `span`.
    """

    start: dt.date
    end: dt.date
    text: str
    frequency: Frequency

    def contains(self, day: dt.date) -> bool:
        """Return whether a day belongs to the period."""
        return self.start <= day <= self.end

    @property
    def slug(self) -> str:
        """The period as part of a file name."""
        return self.text.replace("/", "--")

    @property
    def sdmx(self) -> str:
        """The period as SDMX writes it (SDMX 3.0, section 6, time formats)."""
        if self.frequency != "span":
            return self.text
        months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
        if self.start.day != 1 or self.end != _month_end(self.end):
            return f"{self.start}/P{(self.end - self.start).days + 1}D"
        return f"{self.start}/P{months // 12}Y" if months % 12 == 0 else f"{self.start}/P{months}M"

    def earlier(self, steps: int) -> Period:
        """Return the period of the same kind and length that lies some steps before.

        A year before a year, and before a span the span that ends where it begins: the plan period
        2006/2010 before 2011/2015, one assessment year before the next.

        Raises
        ------
        ValueError
            For a day or a span of days, which have no natural predecessor here.
        """
        year = self.start.year
        if self.frequency == "year":
            return parse(f"{year - steps:04d}")
        if self.frequency == "quarter":
            index = year * 4 + (self.start.month - 1) // 3 - steps
            return parse(f"{index // 4:04d}-Q{index % 4 + 1}")
        if self.frequency == "month":
            index = year * 12 + self.start.month - 1 - steps
            return parse(f"{index // 12:04d}-{index % 12 + 1:02d}")
        if self.frequency == "span":
            first, last = (parse(part) for part in self.text.split("/"))
            if first.frequency in FREQUENCIES:
                length = _index(last) - _index(first) + 1
                return parse(f"{first.earlier(steps * length).text}/{last.earlier(steps * length).text}")
        raise ValueError(f"{self.text}: a {self.frequency} has no predecessor")

    def label(self, lang: Lang) -> str:
        """Return the period as a reader says it."""
        year, month = self.start.year, self.start.month
        if self.frequency == "year":
            return f"{year}年" if lang == "zh" else f"{year}"
        if self.frequency == "quarter":
            quarter = (month - 1) // 3 + 1
            return f"{year}年{quarter}季度" if lang == "zh" else f"Q{quarter} {year}"
        if self.frequency == "month":
            return f"{year}年{month}月" if lang == "zh" else f"{_MONTHS[month - 1]} {year}"
        if self.frequency == "day":
            return f"{year}年{month}月{self.start.day}日" if lang == "zh" else self.text
        first, last = (parse(part) for part in self.text.split("/"))
        if first.frequency == "year":
            return f"{year}—{self.end.year}年" if lang == "zh" else f"{year}–{self.end.year}"
        dash = "至" if lang == "zh" else " – "
        return f"{first.label(lang)}{dash}{last.label(lang)}"


@functools.lru_cache(maxsize=65536)
def parse(text: str) -> Period:
    """Read a period.

    Raises
    ------
    ValueError
        When the text is none of the forms, or a span runs backwards or mixes forms.

    Examples
    --------
    >>> parse("2012/2017").sdmx
    '2012-01-01/P6Y'
    >>> parse("2015-Q1").earlier(1).text
    '2014-Q4'
    """
    if "/" in text:
        first_text, _, last_text = text.partition("/")
        if "/" in last_text:
            raise ValueError(f"{text!r} is not a period: a span has two ends")
        first, last = parse(first_text), parse(last_text)
        if first.frequency != last.frequency:
            raise ValueError(f"{text}: both ends of a span are periods of one kind")
        if last.start < first.start:
            raise ValueError(f"{text}: the span ends before it begins")
        return Period(first.start, last.end, text, "span")
    for frequency, form in _FORMS:
        if match := form.fullmatch(text):
            return Period(*_bounds(frequency, [int(g) for g in match.groups()]), text, frequency)
    raise ValueError(f"{text!r} is not a period (2015, 2015-Q3, 2015-07, 2015-07-01, 2012/2017)")


def containing(day: dt.date, frequency: str, *, assessment_year_starts: int = 1) -> Period:
    """Return the period of a frequency that a day falls into.

    Parameters
    ----------
    day : date
    frequency : {'year', 'quarter', 'month', 'assessment_year'}
    assessment_year_starts : int
        The month in which the assessment year begins; with January it is the calendar year.

    Examples
    --------
    >>> containing(dt.date(2016, 3, 5), "assessment_year", assessment_year_starts=7).text
    '2015-07/2016-06'
    """
    if frequency == "month":
        return parse(f"{day.year:04d}-{day.month:02d}")
    if frequency == "quarter":
        return parse(f"{day.year:04d}-Q{(day.month + 2) // 3}")
    if frequency == "year" or assessment_year_starts == 1:
        return parse(f"{day.year:04d}")
    first = day.year if day.month >= assessment_year_starts else day.year - 1
    return parse(f"{first:04d}-{assessment_year_starts:02d}/{first + 1:04d}-{assessment_year_starts - 1:02d}")


def _index(period: Period) -> int:
    """Return the place of a year, quarter or month among its kind."""
    per_year = {"year": 1, "quarter": 4, "month": 12}[period.frequency]
    return period.start.year * per_year + (period.start.month - 1) * per_year // 12


def _bounds(frequency: Frequency, numbers: list[int]) -> tuple[dt.date, dt.date]:
    year = numbers[0]
    if frequency == "year":
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    if frequency == "quarter":
        first = dt.date(year, numbers[1] * 3 - 2, 1)
        return first, _month_end(dt.date(year, numbers[1] * 3, 1))
    if frequency == "month":
        first = dt.date(year, numbers[1], 1)
        return first, _month_end(first)
    day = dt.date(*numbers)
    return day, day


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
