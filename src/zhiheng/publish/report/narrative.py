"""Figures in sentences: templates of `words.yaml` filled in, nothing that the figures do not say.

A sentence names its period whenever it names a figure, as the figures of one document are rarely all
of one year.  Numbers become text in `publish.numbers` only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from zhiheng.compute.scorecard import ScoreLine
from zhiheng.framework.dimensions import TOTAL
from zhiheng.framework.indicators import Indicator
from zhiheng.framework.periods import parse
from zhiheng.publish import numbers
from zhiheng.publish.book import Book
from zhiheng.publish.report import comparisons
from zhiheng.publish.report.comparisons import Trend
from zhiheng.publish.score_view import light_of, target_text, whose_target
from zhiheng.publish.shown import FLAGGED, Figure, Print, Voice, inside
from zhiheng.publish.words import Words

FILE = "report/words.yaml"
LEAST_AREAS = 3
"""How many areas there must be for a place among them to be said."""


class Narrator:
    """Says figures in one language.

    Parameters
    ----------
    voice : Voice
    book : Book
        Where earlier figures and other areas' are found.
    """

    def __init__(self, voice: Voice, book: Book) -> None:
        self.voice, self.book = voice, book
        self.words = Words(voice.lang, FILE)

    def joined(self, sentences: Sequence[str | None]) -> str:
        """Return sentences one after the other."""
        return self.words("between_sentences").join(s for s in sentences if s)

    def line(self, line: ScoreLine) -> str:
        """Return all that is to be said of one line of the scorecard."""
        return self.joined(
            [
                self.values(line.figures),
                self.others(line),
                self.change(line),
                self.target(line),
                self.rank(line),
            ]
        )

    # ---- values --------------------------------------------------------------------------------

    def values(self, rows: Sequence[Figure]) -> str:
        """Return the sentence for a figure, or for several that conflict, side by side."""
        if len(rows) == 1:
            return self.value(rows[0])
        each = self.words("list_comma").join(
            self.words(
                "conflict_value", value=self.amount(row), source=row["source"] or self.words("no_source")
            )
            for row in rows
        )
        return self.words("values_conflict", n=len(rows), values=each, **self._subject(rows[0]))

    def value(self, row: Figure) -> str:
        """Return the sentence for one figure, with what must be known of it."""
        shown = self.voice.show(row)
        if shown.value is None:
            return self.words("value_missing", reason=shown.status, **self._subject(row))
        key = "value_bounded" if row["bound"] in (">", "<") else "value"
        return self.words(key, value=self.amount(row), notes=self.notes(row), **self._subject(row))

    def amount(self, row: Figure) -> str:
        """Return a value with its bound in words and its unit."""
        shown = self.voice.show(row)
        if shown.value is None:
            return shown.spoken
        amount = self._amount(shown.value, row["decimals"], self.voice.city.indicators[row["indicator"]])
        if not row["bound"]:
            return amount
        return self._close(self.voice.words(numbers.BOUND_WORDS[row["bound"]], number=amount))

    def _amount(
        self, value: float, decimals: int | None, indicator: Indicator, print_as: Print = numbers.printed
    ) -> str:
        """Return a number with its unit; a plain count with the word that Chinese counts such things by."""
        unit = self.voice.city.units[indicator.unit_measure]
        if unit.amount and not self.voice(unit.symbol):
            number = print_as(value, decimals)
            word = self.voice(indicator.classifier) if indicator.classifier else self.words("classifier")
            return f"{number}{word}" if self.voice.lang == "zh" else f"{number} {word}".strip()
        return self._close(self.voice.amount(value, decimals, indicator.unit_measure, print_as))

    def _close(self, text: str) -> str:
        """Return an amount as running text has it: Chinese sets no space between digits and words."""
        return text.replace(" ", "") if self.voice.lang == "zh" else text

    def notes(self, row: Figure) -> str:
        """Return in brackets that a value is simulated or inferred, and its limits; or nothing."""
        shown = self.voice.show(row)
        found = []
        if shown.simulated:
            found.append(self.words("note_simulated"))
        elif shown.series_code == "computed":
            found.append(self.words("note_computed"))
        if shown.status_code in FLAGGED:
            found.append(shown.status)
        if shown.limits and shown.margin:
            found.append(
                self.words("note_limits", limits=shown.limits, level=shown.level, margin=shown.margin)
            )
        return self.words("notes", notes=self.words("note_comma").join(found)) if found else ""

    def others(self, line: ScoreLine) -> str | None:
        """Return the sentence for values of the same cell that do not headline."""
        found = [row for row in line.others if row["obs_value"] is not None]
        if not found:
            return None
        each = self.words("list_comma").join(f"{self.amount(row)}{self.notes(row)}" for row in found)
        return self.words("beside", values=each)

    def _subject(self, row: Figure) -> dict[str, str]:
        """Return period, area and indicator."""
        return {
            "period": self.voice.period(row["time_period"]),
            "area": self.voice.area(row["ref_area"]),
            "indicator": self.name(row),
        }

    def name(self, row: Figure) -> str:
        """Return a figure's indicator, with the codes that the figure is broken down by."""
        name = self.voice(self.voice.city.indicators[row["indicator"]].name)
        codes = [self.voice.dimension(d, c) for d, c in self.voice.breakdown(row)]
        if not codes:
            return name
        return self.words("broken_down", indicator=name, codes=self.words("list_comma").join(codes))

    # ---- changes -------------------------------------------------------------------------------

    def trend(self, line: ScoreLine) -> Trend | None:
        """Return the change since the last comparable period, or None where there is none."""
        if line.change_from is None or len(line.figures) != 1:
            return None
        now, earlier = line.figures[0], self._earlier(line)
        if now["obs_value"] is None:
            return None
        return comparisons.trend(earlier, now, self._digits(line))

    def _earlier(self, line: ScoreLine) -> Figure:
        """Return the figure that a line's change is counted from."""
        now = line.figures[0]
        same = ("ref_area", "series", "series_break", *self.voice.city.dimensions)
        [earlier] = [
            row
            for row in self.book.rows(line.indicator)
            if row["time_period"] == line.change_from
            and row["obs_value"] is not None
            and all(row[k] == now[k] for k in same)
        ]
        return earlier

    def _inferred(self, line: ScoreLine) -> bool:
        """Return whether a change rests on a value that was derived from others, and so holds about."""
        return "derived" in (self._earlier(line)["obs_status"], line.figures[0]["obs_status"])

    def _digits(self, line: ScoreLine) -> int:
        """Return the decimals of a change: of a derived value, no more than the coarser figure has."""
        if not self._inferred(line):
            return line.change_decimals
        return min(row["decimals"] or 0 for row in (self._earlier(line), line.figures[0]))

    def change(self, line: ScoreLine) -> str | None:
        """Return the sentence for the change since the last comparable period."""
        found = self.trend(line)
        if found is None or line.change_from is None:
            return self._no_change(line)
        indicator = self.voice.city.indicators[line.indicator]
        period, digits = self._since(line), self._digits(line)
        if found.kind in ("rise", "fall"):
            amount = self._difference(abs(found.amount), digits, indicator)
            if self._inferred(line):
                amount = self.words("about_amount", amount=amount)
            kind = {"rise": "more", "fall": "less"}[found.kind] if self._counts(indicator) else found.kind
            return self.words(f"change_{kind}", period=period, amount=amount)
        if found.kind == "unclear":
            amount = self._difference(found.amount, digits, indicator, numbers.change)
            low, high = (numbers.printed(v, digits) for v in (found.low or 0.0, found.high or 0.0))
            return self.words("change_unclear", period=period, amount=amount, low=low, high=high)
        return self.words(f"change_{found.kind}", period=period)

    def _no_change(self, line: ScoreLine) -> str | None:
        """Return why there is no change to tell: values that conflict, or a break in the series."""
        now = line.figures[0]
        if len(line.figures) > 1:
            return self.words("change_conflict")
        earlier = [
            row
            for row in self.book.rows(line.indicator)
            if row["ref_area"] == now["ref_area"]
            and row["series"] == now["series"]
            and all(row[d] == now[d] for d in self.voice.city.dimensions)
            and parse(row["time_period"]).end < parse(now["time_period"]).start
        ]
        if any(row["series_break"] != now["series_break"] for row in earlier):
            run = now["series_break"] or now["time_period"]
            return self.words("change_break", period=self.voice.period(run))
        return None

    def _since(self, line: ScoreLine) -> str:
        """Return the earlier period, with the mark of a value that was derived."""
        earlier = self._earlier(line)
        period = self.voice.period(earlier["time_period"])
        if earlier["obs_status"] != "derived":
            return period
        return f"{period}{self.words('notes', notes=self.words('note_derived'))}"

    def _counts(self, indicator: Indicator) -> bool:
        """Return whether an indicator tells how much there is, which is size and not quality."""
        return self.voice.city.units[indicator.unit_measure].amount

    def _difference(
        self, value: float, decimals: int, indicator: Indicator, print_as: Print = numbers.printed
    ) -> str:
        if indicator.unit_measure == "percent":
            return self.words("points", number=print_as(value, decimals))
        return self._amount(value, decimals, indicator, print_as)

    # ---- targets -------------------------------------------------------------------------------

    def target(self, line: ScoreLine) -> str | None:
        """Return the sentence for the target: met, missed and by how much, or why nobody can say."""
        if line.target is None or line.target_value is None or line.target_bound is None:
            return None
        found = comparisons.gap(line.figures, line.target_value, line.target_bound)
        indicator = self.voice.city.indicators[line.indicator]
        goal = self.words(
            "goal", target=target_text(self.voice, indicator, line), whose=whose_target(self.voice, line)
        )
        digits = max([row["decimals"] or 0 for row in line.figures], default=indicator.decimals)
        amount = None if found.amount is None else self._difference(found.amount, digits, indicator)
        key = f"target_{found.kind}"
        if found.kind == "missed" and amount is not None:
            key = "target_missed_by"
        if indicator.light is None:  # the lights do not judge it, so the text does not either
            return self.words("target_unlit", goal=goal)
        said = self.words(key, goal=goal, amount=amount)
        light = light_of(self.voice, line)
        return self.joined(
            [
                said,
                self.words("target_within") if found.within else None,
                self.words("target_foreign", area=self.voice.area(line.target.ref_area))
                if line.target.ref_area != self.book.own_area
                else None,
                self.words("light_assumed", light=light.word) if light.assumed else None,
            ]
        )

    # ---- other areas ---------------------------------------------------------------------------

    def rank(self, line: ScoreLine) -> str | None:
        """Return the sentence for the city's place among comparators of its own level.

        Areas whose published values disagree have none, and a count or a sum gives none: that is size,
        not quality.  Where fewer than three areas are left their values stand beside each other.
        """
        now = line.figures[0]
        indicator = self.voice.city.indicators[line.indicator]
        whole = all(now[d] == TOTAL for d in self.voice.city.dimensions)
        if now["series"] == "simulated" or not whole or not indicator.comparable:
            return None
        peers = [
            row
            for row in self.book.peers(line.indicator)
            if row["headline"]
            and row["series"] != "simulated"
            and row["time_period"] == line.time_period
            and row["ref_area"] in self.voice.city.settings.publication.comparators
        ]
        found = comparisons.standing(line.figures, self._alike(peers), indicator.direction)
        if found is None or found.of < LEAST_AREAS or len(line.figures) > 1 or self._counts(indicator):
            return self._beside(peers)
        place = self.words("place_tied" if found.tied else "place", place=found.first, n=found.tied)
        kind = self.voice.words(f"area_{self.voice.city.areas[self.book.own_area].kind}")
        return self.words(
            "rank", period=self.voice.period(line.time_period), of=found.of, kind=kind, place=place
        )

    def _alike(self, peers: Sequence[Figure]) -> list[Figure]:
        """Return the figures of areas of the city's own level that have one value each."""
        areas = self.voice.city.areas
        times = Counter(row["ref_area"] for row in peers)
        level = areas[self.book.own_area].kind
        return [row for row in peers if areas[row["ref_area"]].kind == level and times[row["ref_area"]] == 1]

    def _beside(self, peers: Sequence[Figure]) -> str | None:
        """Return the one comparator's value beside the city's."""
        if not peers:
            return None
        each = [
            self.words("area_value", area=self.voice.area(row["ref_area"]), value=self.amount(row))
            for row in peers
        ]
        return self.words("same_period", values=self.words("list_comma").join(each))

    def counties(self, rows: Sequence[Figure]) -> str | None:
        """Return the sentence for the best and worst of the counties in one period.

        Of a count or a sum, the most and the least; and nothing of the least where a county has no
        figure, as it may have none at all.
        """
        if not rows:
            return None
        indicator = self.voice.city.indicators[rows[0]["indicator"]]
        found = comparisons.extremes(rows, indicator.direction)
        if found is None:
            return None
        best, worst = found
        there = {row["ref_area"] for row in rows if row["obs_value"] is not None}
        key, certain = "counties", True
        if self._counts(indicator):
            best, worst = sorted((best, worst), key=lambda side: -side[0]["obs_value"])
            certain = there >= set(self.voice.city.areas.children(self.book.own_area))
            key = "counties_amount" if certain else "counties_most"
        facts = {
            "period": self.voice.period(rows[0]["time_period"]),
            "n": len(there),
            "best": self._areas(best),
            "worst": self._areas(worst),
            "simulated": self.words("notes", notes=self.words("note_simulated"))
            if rows[0]["series"] == "simulated"
            else "",
        }
        unclear = certain and any(comparisons.overlapping(b, w) for b in best for w in worst)
        return self.joined([self.words(key, **facts), self.words("counties_unclear") if unclear else None])

    def _areas(self, rows: Sequence[Figure]) -> str:
        names = self.words("list_comma").join(self.voice.area(row["ref_area"]) for row in rows)
        return self.words("area_value", area=names, value=self.amount(rows[0]))

    # ---- lights --------------------------------------------------------------------------------

    def lights(self, lines: Sequence[ScoreLine]) -> str:
        """Return the sentence that counts lights by colour."""
        counts = [
            (colour, sum(line.light == colour for line in lines))
            for colour in ("green", "amber", "red", "grey")
        ]
        each = [
            self.words("light_count", n=n, light=inside(self.voice.words(f"light_{colour}")))
            for colour, n in counts
            if n
        ]
        return self.words("lights", n=len(lines), counts=self.words("list_comma").join(each))
