"""The search page, and the index that its script looks through: pages, with the words they are found by."""

from __future__ import annotations

import json
from collections.abc import Iterator

from zhiheng.framework.base import Text
from zhiheng.framework.measures import SERIES
from zhiheng.publish.book import Book
from zhiheng.publish.pages.areas import listed
from zhiheng.publish.pages.methods import SECTIONS
from zhiheng.publish.shown import Voice

Entry = tuple[str, str, str, str]
"""What kind of thing, its name, its address below the language's root, further words it is found by."""


def entries(voice: Voice, book: Book) -> Iterator[Entry]:
    """Yield what can be found, in one language; further words are in both."""
    city, words = voice.city, voice.words
    as_of = city.settings.publication.as_of
    if dated := city.outline.qualities_on(as_of):
        for quality in dated.qualities:
            place = f"qualities/{quality.quality}.html"
            yield "quality", voice(quality.name), place, _both(quality.name)
    for index in city.outline.indices:
        named = city.indicators[index.indicator].name
        yield "index", voice(named), f"indices/{index.indicator}.html", _both(named)
    if pillars := city.outline.pillars_on(as_of):
        for pillar in pillars.pillars:
            yield "pillar", voice(pillar.name), f"pillars.html#{pillar.pillar}", _both(pillar.name)
    # Of entries found equally well the script keeps the order: what was published before what was made up.
    for code, indicator in sorted(city.indicators.items(), key=lambda i: SERIES.index(i[1].headline)):
        # No definitions: they name other indicators, which would be found under a name not their own.
        about = " ".join([code, _both(indicator.name), _both(city.themes[indicator.theme].name)])
        yield "indicator", voice(indicator.name), f"indicators/{code}.html", about
    for code in listed(book):
        area = city.areas[code].name
        former = [f"{old} {_both(city.areas[old].name)}" for old in city.areas.predecessors(code)]
        yield "area", voice(area), f"areas/{code}.html", " ".join([code, _both(area), *former])
    for register in city.outline.registers:
        code, contract = register.contract, city.contracts[register.contract]
        about = f"{code} {_both(register.title)} {voice(contract.description)}"
        yield "register", voice(register.title), f"registers/{code}.html", about
    for key in SECTIONS:
        yield "method", words(f"section_{key}"), f"methods.html#{key}", ""
    for code, parameter in city.parameters.items():
        yield "method", voice(parameter.name), "methods.html#parameters", f"{code} {_both(parameter.name)}"
    for code, contract in city.contracts.items():
        title = contract.title
        yield "method", voice(title), f"contracts/{code}.html", f"{code} {_both(title)}"


def _both(name: Text) -> str:
    return f"{name.zh} {name.en}"


def script(voice: Voice, book: Book) -> str:
    """Return the index as a script, which a page that was opened from a folder may load."""
    named = [(voice.words(f"found_{kind}"), *rest) for kind, *rest in entries(voice, book)]
    text = json.dumps(named, ensure_ascii=False, separators=(",", ":"))
    return f"window.zhihengSearch={text};\n"
