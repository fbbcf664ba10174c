"""The public site: every page in every language, with its data, written into one folder.

Pages work from a double click as from a server: relative addresses, no network, scripts and styles in
files of their own under a content security policy that allows nothing else.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

import zhiheng
from zhiheng.collect.rounds import Round
from zhiheng.compute.indices import read_indices
from zhiheng.compute.scorecard import ScoreLine
from zhiheng.errors import Lang, Problem, capped, raise_if
from zhiheng.explain import Explainer, Step
from zhiheng.framework.city import City
from zhiheng.publish import charts, files, fonts, open_data, registers
from zhiheng.publish.aside import Aside
from zhiheng.publish.book import Book
from zhiheng.publish.index_evidence import Evidence
from zhiheng.publish.pages import areas, data, indicators, methods, overview, pillars, qualities, search
from zhiheng.publish.pages import registers as register_pages
from zhiheng.publish.pages.composite import CompositePage
from zhiheng.publish.pages.indicator import IndicatorPage
from zhiheng.publish.pages.qualities import QualityPage
from zhiheng.publish.registers import Listed
from zhiheng.publish.shown import Voice

CSP = "; ".join(
    (
        "default-src 'none'",
        # `file:` beside 'self', as browsers differ in whether 'self' covers pages opened from a folder.
        "script-src 'self' file:",
        "style-src 'self' file:",
        "font-src 'self' file:",
        "img-src 'self' file: data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
LIMIT = 300_000
"""How large a page may be, in bytes, apart from shared scripts and fonts."""


def build(
    city: City,
    figures: pl.DataFrame,
    scorecard: Sequence[ScoreLine],
    explainer: Explainer,
    rounds: Sequence[Round],
    out: Path,
) -> list[Problem]:
    """Write the site.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.
    scorecard : sequence of ScoreLine
    explainer : Explainer
    rounds : sequence of Round
        The current rounds, from which the figures were computed.
    out : Path
        Gets a folder `site`; open `site/index.html`.

    Returns
    -------
    list of Problem
        Warnings: characters that the fonts lack, pages that are too large.

    Raises
    ------
    ZhihengError
        When a figure is released later than the publication date: nothing is public before its day.
    """
    raise_if(_not_released(city, figures))
    site = out / "site"
    problems = fonts.check(city, figures)
    _copy_assets(resources.files("zhiheng.publish") / "assets", site / "assets")
    listed = registers.read(city, rounds)
    writers = [_Writer(city, lang, site) for lang in city.settings.languages]
    book = Book(city, figures)
    evidence = Evidence(nodes=explainer.nodes, robustness=explainer.robustness, specs=read_indices(city))
    explain = functools.cache(explainer.explain)
    # The data files take as long as the pages do, and need nothing of them.
    order = (city, figures, listed, site / "data")
    with Aside("zhiheng.publish.data_files", "write", order) as data_files:
        for writer in writers:
            with charts.unchecked():
                for page in _pages(writer.voice, book, scorecard, explain, listed, evidence):
                    writer.write(*page)
            _write_scripts(writer, book, listed)
        data_files.result()
    downloads = open_data.downloads(site / "data")
    for writer in writers:
        context = data.context(writer.voice, book, downloads, rounds, listed)
        writer.write("data.html", "data.html.j2", context)
        problems += writer.problems
    files.flush(site)
    return problems


def _write_scripts(writer: _Writer, book: Book, listed: Sequence[Listed]) -> None:
    """Write what the search and the registers look through, as scripts that a folder may load."""
    writer.write_script("search-index.js", search.script(writer.voice, book))
    for item in listed:
        rows = registers.Reader(writer.voice, item).rows()
        writer.write_script(f"registers/{item.name}.js", register_pages.script(rows))


Page = tuple[str, str, dict[str, Any]]
"""A page's address below its language's root, its template, and what the template names."""


def _pages(
    voice: Voice,
    book: Book,
    scorecard: Sequence[ScoreLine],
    explain: Callable[[str], Step],
    listed: Sequence[Listed],
    evidence: Evidence,
) -> Iterator[Page]:
    """Yield every page of one language but that of the data, which tells of every file made before it."""
    city = voice.city
    yield "index.html", "overview.html.j2", overview.context(voice, book, scorecard)
    yield from _qualities(voice, book)
    yield from _industry(voice, book, evidence)
    yield "indicators/index.html", "indicators.html.j2", indicators.context(voice, book)
    for code, indicator in city.indicators.items():
        lines = [line for line in scorecard if line.indicator == code]
        page = IndicatorPage(voice, book, indicator, lines, explain).context()
        yield f"indicators/{code}.html", "indicator.html.j2", page
    for code in areas.listed(book):
        yield f"areas/{code}.html", "area.html.j2", areas.context(voice, book, code)
    if listed:
        yield "registers/index.html", "registers.html.j2", register_pages.overview(voice, listed)
    for item in listed:
        page = register_pages.context(voice, item, registers.Reader(voice, item).rows())
        yield f"registers/{item.name}.html", "register.html.j2", page
    yield "methods.html", "methods.html.j2", methods.context(voice)
    for contract in city.contracts.values():
        yield f"contracts/{contract.contract}.html", "contract.html.j2", methods.contract(voice, contract)
    yield "search.html", "search.html.j2", {}


def _qualities(voice: Voice, book: Book) -> Iterator[Page]:
    dated = voice.city.outline.qualities_on(voice.city.settings.publication.as_of)
    if dated is None:
        return
    made = [QualityPage(voice, book, quality, dated) for quality in dated.qualities]
    yield "qualities/index.html", "qualities.html.j2", qualities.overview(voice, dated, made)
    for page in made:
        yield f"qualities/{page.quality.quality}.html", "quality.html.j2", page.context()


def _industry(voice: Voice, book: Book, evidence: Evidence) -> Iterator[Page]:
    """Yield the pages of the indices and of the pillar industries."""
    outline = voice.city.outline
    for index in outline.indices:
        page = CompositePage(voice, book, index, evidence).context()
        yield f"indices/{index.indicator}.html", "composite.html.j2", page
    if pillar_set := outline.pillars_on(voice.city.settings.publication.as_of):
        yield "pillars.html", "pillars.html.j2", pillars.context(voice, book, pillar_set)


def navigation(voice: Voice) -> list[tuple[str, str]]:
    """Return the addresses of the main pages below the language's root, with their names."""
    outline, words = voice.city.outline, voice.words
    as_of = voice.city.settings.publication.as_of
    dated = outline.qualities_on(as_of)
    return [
        ("index.html", words("nav_index")),
        *([("qualities/index.html", voice(dated.name))] if dated else []),
        *((f"indices/{index.indicator}.html", voice(index.title)) for index in outline.indices),
        *([("pillars.html", words("nav_pillars"))] if outline.pillars_on(as_of) else []),
        *([("registers/index.html", words("nav_registers"))] if outline.registers else []),
        ("indicators/index.html", words("nav_indicators")),
        ("methods.html", words("nav_methods")),
        ("data.html", words("nav_data")),
        ("search.html", words("nav_search")),
    ]


def _not_released(city: City, figures: pl.DataFrame) -> list[Problem]:
    """Return what may not be shown yet.  `compute` keeps it back; this is the last door."""
    as_of = city.settings.publication.as_of
    early = figures.filter(pl.col("release_date") > as_of)
    return capped(
        Problem(
            where=f"{row['indicator']} {row['ref_area']} {row['time_period']}",
            rule="figure_not_released",
            found=str(row["release_date"]),
            args={"as_of": as_of},
        )
        for row in early.iter_rows(named=True)
    )


def _copy_assets(source: Traversable, target: Path) -> None:
    for entry in sorted(source.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            _copy_assets(entry, target / entry.name)
        elif not entry.name.startswith((".", "__")):
            files.write(target / entry.name, entry.read_bytes())


@functools.cache
def environment() -> jinja2.Environment:
    """Return the templates: everything escaped, a missing name an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("zhiheng.publish", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class _Writer:
    """Renders pages of one language into their places."""

    def __init__(self, city: City, lang: Lang, site: Path) -> None:
        self.city, self.lang, self.site = city, lang, site
        self.voice = Voice(city, lang)
        self.environment = environment()
        self.problems: list[Problem] = []

    def write(self, path: str, template: str, context: dict[str, Any]) -> None:
        """Render one page.

        Parameters
        ----------
        path : str
            Its address below the language's root.
        template : str
        context : dict
        """
        place = self._folder(self.lang) + path
        root = "../" * place.count("/")
        text = self.environment.get_template(template).render(
            w=self.voice.words,
            lang=self.lang,
            csp=CSP,
            root=root,
            home=root + self._folder(self.lang),
            languages=[(other, root + self._folder(other) + path) for other in self.city.settings.languages],
            city_name=self.voice(self.city.settings.name),
            as_of=self.city.settings.publication.as_of.isoformat(),
            version=zhiheng.__version__,
            page=path.removesuffix(".html"),
            navigation=navigation(self.voice),
            in_script=in_script,
            **context,
        )
        text = re.sub(r"\n\s*\n+", "\n", text)
        files.write(self.site / place, text)
        if (octets := len(text.encode())) > LIMIT:
            self.problems.append(
                Problem(where=f"site/{place}", rule="page_too_large", found=f"{octets:,}", severity="warning",
                        args={"limit": f"{LIMIT:,}"})
            )  # fmt: skip

    def write_script(self, path: str, text: str) -> None:
        """Write a script of this language into its place below the language's root."""
        files.write(self.site / (self._folder(self.lang) + path), text)

    def _folder(self, lang: Lang) -> str:
        return "" if lang == self.city.settings.languages[0] else f"{lang}/"


def in_script(value: Any) -> Markup:
    """Return plain values as JSON that cannot end the `<script>` it stands in."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
