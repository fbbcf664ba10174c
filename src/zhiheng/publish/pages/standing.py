"""Sections of an index's page on the areas below the city: ranks, contributions, robustness, grades."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from zhiheng.framework.outline import GradeEdition
from zhiheng.framework.periods import parse
from zhiheng.framework.robustness import Robustness, Variation
from zhiheng.publish import numbers
from zhiheng.publish.index_evidence import Standing
from zhiheng.publish.pages.pictures import Picture, picture
from zhiheng.publish.shown import Figure, Voice
from zhiheng.publish.tables import Cell, Column, Row, Table

VARIED = ("weights", "normalise", "aggregate", "treat", "impute")
"""Kinds of variation that have words; another one is shown by its address."""


Head = tuple[str, bool]
"""A column's head, and whether it holds numbers."""


class StandingSections:
    """What the page of an index says of the areas below the city.

    Parameters
    ----------
    standing : Standing
    decimals : int
        Of the index.
    """

    def __init__(self, standing: Standing, decimals: int | None) -> None:
        self.at, self.voice, self.decimals = standing, standing.voice, decimals
        self.words = standing.voice.words
        self.simulated = standing.measure.series == "simulated"
        self.mark = self.words("series_simulated") if self.simulated else None
        self.common: dict[str, Any] = {"names": standing.names, "words": self.words}

    def _title(self, key: str) -> str:
        return self.words(key, period=self.voice.period(self.at.time_period))

    def _table(self, name: str, title: str, heads: Sequence[Head], rows: Iterable[list[str]]) -> Table:
        return Table(
            name=name,
            caption=title,
            mark=self.mark,
            columns=[Column(label=label, numeric=numeric, wide=not numeric and i > 0)
                     for i, (label, numeric) in enumerate(heads)],
            rows=[Row(cells=[Cell(text=text) for text in row]) for row in rows],
        )  # fmt: skip

    def _picture(self, name: str, chart: Any, title: str) -> Picture | None:
        return picture(name, chart, title, mark=self.mark)

    def _printed(self, value: float | None) -> str:
        return "—" if value is None else numbers.printed(value, self.decimals)

    def framework(self) -> dict[str, Any]:
        """Return the tree with weights and bounds: a chart, and the same as a table."""
        from zhiheng.publish import index_charts

        at, words = self.at, self.words
        title = words("tree_title")
        chart = index_charts.framework_tree(at.tree, description=title, **self.common)
        rows = []
        for node in at.spec.tree.walk():
            found = at.tree.filter(code=node.code).row(0, named=True)
            if found["parent"] is None:
                continue
            posts = numbers.interval(found["lower"], found["upper"], None) or ""
            rows.append(
                [
                    at.names[node.code],
                    at.names[found["parent"]],
                    f"{numbers.printed(100 * found['effective_weight'], 1)}%",
                    posts,
                    words(f"parameter_{found['status']}") if found["status"] else "",
                ]
            )
        heads = [(words("chart_part"), False), (words("part_of_what"), False), (words("weight_in"), True),
                 (words("bounds"), True), (words("parameter"), False)]  # fmt: skip
        return {
            "chart": picture("tree-chart", chart, title),
            "table": dataclasses.replace(self._table("weights", title, heads, rows), mark=None),
        }

    def ranking(self) -> dict[str, Any]:
        """Return every area's index, what its parts contribute, its strengths and weaknesses."""
        from zhiheng.publish import index_charts

        at, words = self.at, self.words
        title = self._title("ranking_title")
        level, decimals = at.tree.filter(code=at.parts[0])["level"][0], self.decimals or 0
        chart = index_charts.index_bars(
            at.contributions,
            at.tree,
            level=level,
            description=title,
            decimals=decimals,
            **self.common,
        )
        ranks = dict(at.of_kind("rank").select("ref_area", "nominal").iter_rows())
        rows, words_of = [], []
        for area in at.areas:
            brought = [self._printed(at.brought(area, part)) for part in at.parts]
            whole = [numbers.printed(ranks[area], 0), self._printed(at.value(area))]
            rows.append([at.names[area], *whole, *brought])
            best, worst = at.best_and_worst(area)
            words_of.append([at.names[area], self._named(best), self._named(worst)])
        parts = [(at.names[part], True) for part in at.parts]
        heads = [(words("area"), False), (words("rank"), True), (words("value"), True), *parts]
        strengths = [(words("area"), False), (words("strengths"), False), (words("weaknesses"), False)]
        return {
            "chart": self._picture("ranking-chart", chart, title),
            "tables": [
                self._table("ranking", title, heads, rows),
                self._table("strengths", self._title("strengths_title"), strengths, words_of),
            ],
        }

    def _named(self, codes: Sequence[str]) -> str:
        return self.words("list_comma").join(self.at.names[code] for code in codes) or "—"

    def robustness(self) -> dict[str, Any]:
        """Return simulation intervals of ranks, and which choice moves them."""
        from zhiheng.publish import index_charts

        at, words = self.at, self.words
        said = at.measure.robustness
        assert said is not None  # rows of robustness come from nowhere else
        share = numbers.printed(said.interval, None)
        title = self._title("intervals_title")
        ranks = at.of_kind("rank").sort("nominal", "ref_area")
        frame = ranks.select(unit="ref_area", nominal="nominal", median="median", q05="low", q95="high")
        chart = index_charts.rank_intervals(frame, description=title, simulated=self.simulated, **self.common)
        body = [
            [
                at.names[r["ref_area"]],
                *(numbers.printed(r[n], None) for n in ("nominal", "median", "low", "high")),
            ]
            for r in ranks.iter_rows(named=True)
        ]
        heads = [(words("area"), False), (words("rank"), True), (words("median_rank"), True),
                 (words("rank_from"), True), (words("rank_until"), True)]  # fmt: skip
        return {
            "is": words("robustness_is", runs=f"{said.runs:,}", share=share, seed=said.seed),
            "varied": [self._varied(one) for one in said.vary],
            "assumed": self.voice(said.reason) if said.reason else None,
            "pictures": _there([self._picture("intervals-chart", chart, title), self._sobol_picture()]),
            "tables": [self._table("intervals", title, heads, body), self._sobol_table(said)],
        }

    def _varied(self, one: Variation) -> str:
        kind = one.address.partition(".")[0]
        words = self.words
        name = words(f"vary_{kind}") if kind in VARIED else one.address
        if one.noise is not None:
            return words("varied_noise", name=name, share=numbers.printed(100 * one.noise, None))
        if one.between is not None:
            ends = numbers.interval(one.between[0], one.between[1], None)
            return f"{name}{words('colon')}{ends}"
        return f"{name}{words('colon')}{words('or_comma').join(self._option(v) for v in one.values or ())}"

    def _option(self, value: Any) -> str:
        method = value.get("method") if isinstance(value, dict) else value
        known = ("arithmetic", "geometric", "efficacy", "min_max")
        return self.words(f"option_{method}") if method in known else str(value)

    def _sobol_names(self) -> dict[str, str]:
        found = {}
        for address in self.at.of_kind("total")["parameter"]:
            kind = address.partition(".")[0]
            found[address] = self.words(f"vary_{kind}") if kind in VARIED else address
        return found

    def _sobol_picture(self) -> Picture | None:
        from zhiheng.publish import index_charts

        columns = ("parameter", "nominal", "low", "high")
        first, total = (self.at.of_kind(kind).select(columns) for kind in ("first_order", "total"))
        frame = first.rename({"nominal": "s_i", "low": "s_i_q05", "high": "s_i_q95"}).join(
            total.rename({"nominal": "s_ti", "low": "s_ti_q05", "high": "s_ti_q95"}), on="parameter"
        )
        title = self._title("sobol_title")
        chart = index_charts.sobol(frame, names=self._sobol_names(), words=self.words, description=title)
        return self._picture("sobol-chart", chart, title)

    def _sobol_table(self, said: Robustness) -> Table:
        words, names = self.words, self._sobol_names()
        rows = []
        for parameter in names:
            cells = [names[parameter]]
            for kind in ("first_order", "total"):
                row = self.at.of_kind(kind).filter(parameter=parameter).row(0, named=True)
                limits = numbers.interval(row["low"], row["high"], 2)
                value = "—" if row["nominal"] is None else numbers.printed(row["nominal"], 2)
                cells.append(f"{value} ({limits})" if limits else value)
            rows.append(cells)
        heads = [(words("chart_choice"), False), (words("sobol_first"), True), (words("sobol_total"), True)]
        caption = words("sobol_caption", draws=said.draws, resamples=said.resamples)
        return self._table("sobol", caption, heads, rows)

    def sampling(self) -> dict[str, Any] | None:
        """Return confidence sets of ranks for the sampling error of the figures, where any has one."""
        from zhiheng.publish import index_charts

        at, words = self.at, self.words
        sets = at.of_kind("rank_set").sort("nominal", "ref_area")
        if sets.is_empty():
            return None
        title = self._title("sets_title")
        frame = sets.select(
            unit="ref_area", rank="nominal", low="low", high="high",
            simultaneous_low="all_low", simultaneous_high="all_high",
        ).with_columns(pl.exclude("unit").cast(pl.Int64))  # fmt: skip
        chart = index_charts.rank_sets(frame, description=title, simulated=self.simulated, **self.common)
        body = [
            [at.names[r["unit"]], str(r["rank"]), f"{r['low']}–{r['high']}",
             f"{r['simultaneous_low']}–{r['simultaneous_high']}"]
            for r in frame.iter_rows(named=True)
        ]  # fmt: skip
        heads = [(words("area"), False), (words("rank"), True), (words("set_marginal"), True),
                 (words("set_simultaneous"), True)]  # fmt: skip
        return {
            "is": words("sets_are", level=numbers.printed(sets["level"][0], None)),
            "pictures": _there([self._picture("sets-chart", chart, title)]),
            "tables": [self._table("sets", title, heads, body)],
        }


def _there(found: Iterable[Picture | None]) -> list[Picture]:
    return [item for item in found if item is not None]


def grades(voice: Voice, editions: Sequence[GradeEdition], rows: Sequence[Figure]) -> dict[str, Any] | None:
    """Return published values beside the band that each edition valid in their period puts them in."""
    words, body = voice.words, []
    for row in rows if editions else ():
        if row["obs_value"] is None or row["series"] != "published":
            continue
        shown = voice.show(row)
        told = [
            (band_text(voice, edition, row["obs_value"]), voice(edition.name))
            for edition in editions
            if _holds(voice, edition, row)
        ]
        for band, named in told or [(words("no_edition"), "")]:
            texts = (shown.area, shown.when, None, band, named)
            cells = [Cell(figures=(shown,)) if text is None else Cell(text=text) for text in texts]
            body.append(Row(cells=cells))
    if not body:
        return None
    columns = [
        Column(label=words("area")),
        Column(label=words("period"), tight=True),
        Column(label=words("value"), numeric=True),
        Column(label=words("grade_band")),
        Column(label=words("grade_edition"), wide=True),
    ]
    sources: list[tuple[str, str | None]] = [
        (e.reference, voice.foreign(e.reference)) for e in editions if e.reference
    ]
    caption = words("grades_caption")
    return {"table": Table(name="grades", caption=caption, columns=columns, rows=body, sources=sources)}


def _holds(voice: Voice, edition: GradeEdition, row: Figure) -> bool:
    """Return whether an edition was valid at the end of a figure's period, for its area."""
    areas = set(voice.city.areas.lineage(row["ref_area"]))
    return edition.holds_on(parse(row["time_period"]).end) and (
        not edition.areas or bool(areas & set(edition.areas))
    )


def band_text(voice: Voice, edition: GradeEdition, value: float) -> str:
    """Return the half-open band that a value lies in; editions name no grades, so the limits speak."""
    low, high = edition.band(value)
    if low is None:
        return voice.words("band_below", high=numbers.printed(high or 0.0, None))
    if high is None:
        return voice.words("band_from", low=numbers.printed(low, None))
    return voice.words("band_between", low=numbers.printed(low, None), high=numbers.printed(high, None))
