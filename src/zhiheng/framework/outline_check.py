"""What the outline says of the rest of a city's framework: every name leads somewhere, no person shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zhiheng.framework.outline import Flagship, PillarSet, Register

if TYPE_CHECKING:
    from zhiheng.framework.crosscheck import Step, Steps, _Checker

OUTLINE = "framework/outline.yaml"


def check(checker: _Checker) -> None:
    """Collect everything that is wrong between the outline and the files that it names."""
    _qualities(checker)
    for i, pillars in enumerate(checker.city.outline.pillars):
        _pillars(checker, i, pillars)
    _indices(checker)
    _repeated(checker, [r.contract for r in checker.city.outline.registers], "registers")
    for i, register in enumerate(checker.city.outline.registers):
        _register(checker, i, register)
    _tiles(checker)


def _qualities(checker: _Checker) -> None:
    city = checker.city
    for i, dated in enumerate(city.outline.qualities):
        at = (OUTLINE, "qualities", i, "qualities")
        _repeated(checker, [q.quality for q in dated.qualities], *at[1:])
        for j, quality in enumerate(dated.qualities):
            for k, theme in enumerate(quality.themes):
                checker.known(theme, city.themes, "themes", *at, j, "themes", k)
            for k, code in enumerate(quality.indicators):
                checker.known(code, city.indicators, "indicators", *at, j, "indicators", k)


def _pillars(checker: _Checker, i: int, dated: PillarSet) -> None:
    dimensions = checker.city.dimensions
    known = checker.known(dated.dimension, dimensions, "dimensions", OUTLINE, "pillars", i, "dimension")
    codes = [item.code for item in dimensions[dated.dimension].codes] if known else []
    _repeated(checker, [p.pillar for p in dated.pillars], "pillars", i, "pillars")
    for j, pillar in enumerate(dated.pillars):
        for k, industry in enumerate(pillar.industries if known else ()):
            at = (OUTLINE, "pillars", i, "pillars", j, "industries", k)
            checker.known(industry, codes, dated.dimension, *at)
        _flagships(checker, pillar.flagships, "pillars", i, "pillars", j)
    _flagships(checker, dated.flagships, "pillars", i)


def _flagships(checker: _Checker, flagships: list[Flagship], *steps: Step) -> None:
    for i, flagship in enumerate(flagships):
        for j, code in enumerate(flagship.indicators):
            at = (*steps, "flagships", i, "indicators", j)
            checker.known(code, checker.city.indicators, "indicators", OUTLINE, *at)


def _indices(checker: _Checker) -> None:
    city = checker.city
    _repeated(checker, [index.indicator for index in city.outline.indices], "indices")
    for i, index in enumerate(city.outline.indices):
        for role in ("indicator", "scores", "score_changes"):
            checker.known(getattr(index, role), city.indicators, "indicators", OUTLINE, "indices", i, role)
        checker.known(index.component, city.dimensions, "dimensions", OUTLINE, "indices", i, "component")
        for j, code in enumerate(index.statistics):
            checker.known(code, city.indicators, "indicators", OUTLINE, "indices", i, "statistics", j)


def _register(checker: _Checker, i: int, register: Register) -> None:
    contracts, at = checker.city.contracts, (OUTLINE, "registers", i)
    if not checker.known(register.contract, contracts, "contracts", *at, "contract"):
        return
    fields = {field.name: field for field in contracts[register.contract].fields}
    _repeated(checker, register.fields, "registers", i, "fields")
    for j, name in enumerate(register.fields):
        known = checker.known(name, fields, f"{register.contract}.fields", *at, "fields", j)
        if known and fields[name].personal:
            checker.fail("register_personal", name, *at, "fields", j, contract=register.contract)
    for j, name in enumerate(register.filters):
        checker.known(name, register.fields, "fields", *at, "filters", j)


def _tiles(checker: _Checker) -> None:
    city, tiles = checker.city, checker.city.outline.tiles
    if not tiles:
        return
    counties = city.areas.children(city.settings.ref_area)
    _repeated(checker, [tile.ref_area for tile in tiles], "tiles")
    taken: dict[tuple[int, int], str] = {}
    for i, tile in enumerate(tiles):
        checker.known(tile.ref_area, counties, city.settings.ref_area, OUTLINE, "tiles", i, "ref_area")
        other = taken.setdefault((tile.row, tile.column), tile.ref_area)
        if other != tile.ref_area:
            checker.fail("tile_taken", tile.ref_area, OUTLINE, "tiles", i, other=other)
    for county in counties:
        if county not in {tile.ref_area for tile in tiles}:
            checker.fail("tile_missing", county, OUTLINE, "tiles")


def _repeated(checker: _Checker, codes: Iterable[str], *steps: Step) -> None:
    def at(i: int) -> tuple[str, *Steps]:
        below: Steps = (*steps, i)
        return (OUTLINE, *below)

    checker.repeated((code, at(i)) for i, code in enumerate(codes))
