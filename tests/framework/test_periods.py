"""Reference periods: their forms, neighbours, names, and what is none."""

from __future__ import annotations

import datetime as dt
import locale

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.framework.periods import FREQUENCIES, Period, containing, parse

D = dt.date
FORMS = [
    # text, first day, last day, frequency, SDMX, zh, en, as a file name
    ("2015", D(2015, 1, 1), D(2015, 12, 31), "year", "2015", "2015年", "2015", "2015"),
    ("2015-Q1", D(2015, 1, 1), D(2015, 3, 31), "quarter", "2015-Q1", "2015年1季度", "Q1 2015", "2015-Q1"),
    ("2015-Q4", D(2015, 10, 1), D(2015, 12, 31), "quarter", "2015-Q4", "2015年4季度", "Q4 2015", "2015-Q4"),
    ("2016-02", D(2016, 2, 1), D(2016, 2, 29), "month", "2016-02", "2016年2月", "Feb 2016", "2016-02"),
    ("2015-12", D(2015, 12, 1), D(2015, 12, 31), "month", "2015-12", "2015年12月", "Dec 2015", "2015-12"),
    ("2015-07-01", D(2015, 7, 1), D(2015, 7, 1), "day", "2015-07-01", "2015年7月1日", "2015-07-01",
     "2015-07-01"),
    ("2012/2017", D(2012, 1, 1), D(2017, 12, 31), "span", "2012-01-01/P6Y", "2012—2017年", "2012–2017",
     "2012--2017"),
    ("2015-07/2016-06", D(2015, 7, 1), D(2016, 6, 30), "span", "2015-07-01/P1Y", "2015年7月至2016年6月",
     "Jul 2015 – Jun 2016", "2015-07--2016-06"),
    ("2015-Q2/2015-Q3", D(2015, 4, 1), D(2015, 9, 30), "span", "2015-04-01/P6M", "2015年2季度至2015年3季度",
     "Q2 2015 – Q3 2015", "2015-Q2--2015-Q3"),
    ("2015-07-05/2015-07-11", D(2015, 7, 5), D(2015, 7, 11), "span", "2015-07-05/P7D",
     "2015年7月5日至2015年7月11日", "2015-07-05 – 2015-07-11", "2015-07-05--2015-07-11"),
    ("2015/2015", D(2015, 1, 1), D(2015, 12, 31), "span", "2015-01-01/P1Y", "2015—2015年", "2015–2015",
     "2015--2015"),
]  # fmt: skip
BAD = [
    "", "15", "2015-13", "2015-00", "2015-Q0", "2015-Q5", "2015-q1", "2015-02-29", "2015-04-31", "2015-7",
    "2015-07-1", "2015/", "/2015", "2015/2014", "2015/2015-Q4", "2012/2013/2014", "2012/" * 5000 + "2012",
    " 2015", "2015 ", "2015\n", "0999", "3000", "２０１５", "٢٠١٥", "2015年", "2015-Q1-01", "2015--2016",
    "H1 2015", "2015-W03", "_T", "all",
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "end", "frequency", "sdmx", "zh", "en", "slug"), FORMS)
def test_forms(
    text: str, start: dt.date, end: dt.date, frequency: str, sdmx: str, zh: str, en: str, slug: str
) -> None:
    period = parse(text)
    assert (period.start, period.end, period.frequency, period.text) == (start, end, frequency, text)
    assert period.sdmx == sdmx
    assert (period.label("zh"), period.label("en")) == (zh, en)
    assert period.slug == slug
    assert period.contains(start)
    assert period.contains(end)
    assert not period.contains(start - dt.timedelta(days=1))
    assert not period.contains(end + dt.timedelta(days=1))


@pytest.mark.parametrize("text", BAD, ids=lambda text: repr(text[:20]))
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse(text)


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet="0123456789-/Q ２", max_size=25) | st.text(max_size=10))
def test_any_text_is_a_period_as_written_or_none(text: str) -> None:
    try:
        period = parse(text)
    except ValueError:
        return
    assert period.text == text
    assert period.start <= period.end
    assert text.isascii()


@pytest.mark.parametrize(
    ("text", "steps", "earlier"),
    [("2015", 1, "2014"), ("2015", 0, "2015"), ("2015", -2, "2017"), ("2015-Q1", 1, "2014-Q4"),
     ("2015-Q3", 4, "2014-Q3"), ("2015-Q4", -1, "2016-Q1"), ("2015-01", 1, "2014-12"),
     ("2015-07", 12, "2014-07"), ("2011/2015", 1, "2006/2010"), ("2015-07/2016-06", 1, "2014-07/2015-06"),
     ("2015-Q4/2016-Q1", 2, "2014-Q4/2015-Q1"), ("2012/2017", -1, "2018/2023")],
)  # fmt: skip
def test_earlier(text: str, steps: int, earlier: str) -> None:
    assert parse(text).earlier(steps).text == earlier


PERIODS = st.one_of(
    st.integers(1900, 2100).map(lambda y: parse(f"{y}")),
    st.builds(lambda y, q: parse(f"{y}-Q{q}"), st.integers(1900, 2100), st.integers(1, 4)),
    st.builds(lambda y, m: parse(f"{y}-{m:02d}"), st.integers(1900, 2100), st.integers(1, 12)),
    st.builds(lambda y, n: parse(f"{y}/{y + n}"), st.integers(1900, 2100), st.integers(0, 5)),
    st.builds(
        lambda y, m: parse(f"{y}-{m:02d}/{y + 1}-{m - 1:02d}"), st.integers(1900, 2100), st.integers(2, 12)
    ),
)  # fmt: skip
STEPS = st.integers(-70, 70)


@settings(deadline=None, derandomize=True)
@given(PERIODS, STEPS, STEPS)
def test_steps_add_up(period: Period, a: int, b: int) -> None:
    assert period.earlier(a).earlier(b) == period.earlier(a + b)
    assert period.earlier(a).earlier(-a) == period


@settings(deadline=None, derandomize=True)
@given(PERIODS)
def test_the_period_before_ends_the_day_before(period: Period) -> None:
    assert period.earlier(1).end + dt.timedelta(days=1) == period.start


@pytest.mark.parametrize("text", ["2015-07-01", "2015-07-01/2015-07-10"])
def test_a_day_or_a_span_of_days_has_no_predecessor(text: str) -> None:
    with pytest.raises(ValueError, match="has no predecessor"):
        parse(text).earlier(1)


@pytest.mark.parametrize(
    ("day", "frequency", "starts", "text"),
    [
        ("2016-03-05", "year", 7, "2016"),
        ("2016-03-05", "quarter", 7, "2016-Q1"),
        ("2016-12-31", "quarter", 7, "2016-Q4"),
        ("2016-03-05", "month", 7, "2016-03"),
        ("2016-06-30", "assessment_year", 7, "2015-07/2016-06"),
        ("2016-07-01", "assessment_year", 7, "2016-07/2017-06"),
        ("2016-08-31", "assessment_year", 9, "2015-09/2016-08"),
        ("2016-07-01", "assessment_year", 1, "2016"),
    ],
)
def test_the_period_a_day_falls_into(day: str, frequency: str, starts: int, text: str) -> None:
    found = containing(dt.date.fromisoformat(day), frequency, assessment_year_starts=starts)
    assert found.text == text
    assert found.contains(dt.date.fromisoformat(day))


def test_before_the_first_year_there_is_nothing() -> None:
    with pytest.raises(ValueError, match="0999"):
        parse("1000").earlier(1)


def test_periods_are_in_order_of_their_first_day() -> None:
    texts = ["2016", "2015-12", "2015-Q2", "2015", "2015-01", "2012/2017"]
    assert [p.text for p in sorted(map(parse, texts))] == [
        "2012/2017", "2015-01", "2015", "2015-Q2", "2015-12", "2016",
    ]  # fmt: skip


def test_names_do_not_depend_on_the_machine() -> None:
    before = locale.setlocale(locale.LC_TIME)
    for name in ("zh_CN.UTF-8", "de_DE.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        assert parse("2015-05").label("en") == "May 2015"
    locale.setlocale(locale.LC_TIME, before)


def test_frequencies_are_those_with_a_predecessor() -> None:
    assert [parse(t).frequency for t in ("2015", "2015-Q1", "2015-01")] == list(FREQUENCIES)
