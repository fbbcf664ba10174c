"""What the files of a city folder say of each other: every name must lead somewhere.

`city.load` calls `check` once every file could be read.  A new kind of reference between files
gets its check here; what one file says within itself belongs to its model.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zhiheng.errors import Problem, capped
from zhiheng.framework import conditions, index_check, measure_check, outline_check, report_check
from zhiheng.framework.contracts import Contract
from zhiheng.framework.yamlfile import Marked

if TYPE_CHECKING:
    from zhiheng.framework.areas import Area
    from zhiheng.framework.city import City
    from zhiheng.framework.indicators import Indicator

Step = str | int | tuple[str, str]
Steps = tuple[Step, ...]
CITY = "city.yaml"
AREAS = "framework/areas.yaml"
ORGANISATIONS = "framework/organisations.yaml"
DIMENSIONS = "framework/dimensions.yaml"
UNITS = "framework/units.yaml"
INDICATORS = "framework/indicators"
PARAMETERS = "framework/parameters.yaml"
_CODED = (
    (AREAS, "areas", "ref_area"),
    (ORGANISATIONS, "organisations", "organisation"),
    (DIMENSIONS, "dimensions", "dimension"),
    (UNITS, "units", "unit_measure"),
    (UNITS, "themes", "theme"),
    (INDICATORS, "indicators", "indicator"),
    (PARAMETERS, "parameters", "parameter"),
    (PARAMETERS, "plan_periods", "plan_period"),
)
"""File, or folder of files, then list and key of everything that has a code of its own."""


def check(city: City, files: Mapping[str, Marked]) -> list[Problem]:
    """Return everything that is wrong between the parts of a city's framework.

    Parameters
    ----------
    city : City
        As read; of a code that stands twice it holds the last.
    files : mapping of str to Marked
        The files it was read from, by name, for codes that stand twice and for lines.
    """
    checker = _Checker(city, files)
    checker.codes()
    checker.areas()
    checker.organisations()
    checker.dimensions()
    checker.settings()
    checker.contracts()
    for code, indicator in city.indicators.items():
        checker.indicator(code, indicator)
    index_check.check(checker)
    outline_check.check(checker)
    report_check.check(checker)
    return capped(checker.problems)


def place(name: str, marked: Marked, steps: Steps) -> str:
    """Return `file:line address`, with the line of the nearest part that is there.

    Parameters
    ----------
    name : str
        Name of the file.
    marked : Marked
        Its document.
    steps : tuple
        Keys, places in a list from 0, and items of a list by one of their keys and its value.
    """
    value: Any = marked.value
    path: tuple[str | int, ...] = ()
    address = ""
    for step in steps:
        shown = step[1] if isinstance(step, tuple) else step
        address += f"[{shown + 1}]" if isinstance(shown, int) else f".{shown}"
        key = _key(value, step)
        if key is not None:
            value, path = value[key], (*path, key)
    return f"{name}:{marked.lines.get(path, 1)} {address.lstrip('.')}".rstrip()


def _key(value: Any, step: Step) -> str | int | None:
    if isinstance(step, tuple):
        items = value if isinstance(value, list) else []
        return next((i for i, item in enumerate(items) if item.get(step[0]) == step[1]), None)
    there = step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)
    return step if there else None


class _Checker:
    """One walk over one city, collecting every problem."""

    def __init__(self, city: City, files: Mapping[str, Marked]) -> None:
        self.city = city
        self.files = files
        self.lists = city.codes()
        self.stands_in = {
            item["indicator"]: name
            for name in self.named(INDICATORS)
            for item in files[name].value["indicators"]
        }
        self.problems: list[Problem] = []

    def fail(self, rule: str, found: str, file: str, *steps: Step, **args: object) -> None:
        where = place(file, self.files[file], steps)
        self.problems.append(Problem(where=where, rule=rule, found=found, args=args))

    def named(self, file: str) -> list[str]:
        """Return the files that were read under a name, which is a file or a folder of files."""
        return [name for name in self.files if name == file or name.startswith(f"{file}/")]

    def known(self, found: str | None, known: Iterable[str], listed: str, file: str, *steps: Step) -> bool:
        """Return whether a code is known, after saying so when it is not; None needs no code."""
        codes = list(known)
        if found is None or found in codes:
            return True
        close = difflib.get_close_matches(found, codes, n=1)
        self.fail("code_unknown", found, file, *steps, list=listed, close=close[0] if close else "-")
        return False

    def condition(self, text: str, contract: Contract, file: str, *steps: Step) -> None:
        where = place(file, self.files[file], steps)
        self.problems += conditions.parse(text, contract, where, self.lists)[1]

    def codes(self) -> None:
        """Check that no code stands twice."""
        for file, listed, key in _CODED:
            self.repeated(
                (item[key], (name, listed, i))
                for name in self.named(file)
                for i, item in enumerate(self.files[name].value.get(listed) or [])
            )

    def repeated(self, codes: Iterable[tuple[str, tuple[str, *Steps]]]) -> None:
        """Check codes, each given with the file and the steps to where it stands."""
        first: dict[str, str] = {}
        for code, (file, *steps) in codes:
            if code in first:
                self.fail("code_repeated", code, file, *steps, first=first[code])
            first.setdefault(code, place(file, self.files[file], tuple(steps)).partition(" ")[0])

    def circles(self, above: Mapping[str, str | None], file: str, *steps: Step, key: str, role: str) -> None:
        """Check that nothing is counted into itself, however far up."""
        for code in above:
            seen = {code}
            step = above[code]
            while step is not None and step not in seen:
                seen.add(step)
                step = above.get(step)
            if step == code:
                self.fail("code_circle", code, file, *steps, (key, code), role)

    def areas(self) -> None:
        areas = self.city.areas
        for code, area in areas.items():
            at = (AREAS, "areas", ("ref_area", code))
            self.known(area.parent, areas, "areas", *at, "parent")
            self.known(area.successor, areas, "areas", *at, "successor")
            for i, division in enumerate(area.divided):
                for j, part in enumerate(division.parts):
                    self.known(part.ref_area, areas, "areas", *at, "divided", i, "parts", j, "ref_area")
                    if part.ref_area == code or code in _offspring(areas, part.ref_area):
                        self.fail("code_circle", code, *at, "divided", i, "parts", j)
            if area.valid_to is not None and area.valid_from is not None and area.valid_to < area.valid_from:
                self.fail("validity_backwards", f"{area.valid_from} - {area.valid_to}", *at, "valid_to")
        for role in ("parent", "successor"):
            above = {code: getattr(area, role) for code, area in areas.items()}
            self.circles(above, AREAS, "areas", key="ref_area", role=role)

    def organisations(self) -> None:
        organisations = self.city.organisations
        for code, organisation in organisations.items():
            at = (ORGANISATIONS, "organisations", ("organisation", code))
            self.known(organisation.parent, organisations, "organisations", *at, "parent")
            self.known(organisation.ref_area, self.city.areas, "areas", *at, "ref_area")
        above = {code: organisation.parent for code, organisation in organisations.items()}
        self.circles(above, ORGANISATIONS, "organisations", key="organisation", role="parent")

    def dimensions(self) -> None:
        for name, dimension in self.city.dimensions.items():
            at = (DIMENSIONS, "dimensions", ("dimension", name), "codes")
            above = {item.code: item.parent for item in dimension.codes}
            self.repeated((item.code, (*at, i)) for i, item in enumerate(dimension.codes))
            for code, parent in above.items():
                self.known(parent, above, name, *at, ("code", code), "parent")
            self.circles(above, *at, key="code", role="parent")

    def settings(self) -> None:
        city, publication = self.city, self.city.settings.publication
        self.known(city.settings.ref_area, city.areas, "areas", CITY, "ref_area")
        for i, area in enumerate(publication.comparators):
            self.known(area, city.areas, "areas", CITY, "publication", "comparators", i)
        for role in ("confidence_level", "minimum_cases"):
            name = getattr(publication, role)
            if not self.known(name, city.parameters, "parameters", CITY, "publication", role):
                continue
            at = (PARAMETERS, "parameters", ("parameter", name), "values")
            try:
                value = city.parameters[name].on(publication.as_of).value
            except LookupError:
                self.fail("parameter_not_dated", str(publication.as_of), *at)
                continue
            if role == "confidence_level" and not 50 <= value < 100:
                self.fail("confidence_level_range", f"{value:g}", *at)
        for code, parameter in city.parameters.items():
            at = (PARAMETERS, "parameters", ("parameter", code), "unit_measure")
            self.known(parameter.unit_measure, city.units, "units", *at)

    def contracts(self) -> None:
        for name, contract in self.city.contracts.items():
            file = f"framework/contracts/{name}.yaml"
            if file not in self.files:  # its name is not that of its file, which is told already
                continue
            for field in contract.fields:
                self.known(field.codes, self.lists, "codes", file, "fields", ("name", field.name), "codes")
            for i, organisation in enumerate(contract.organisations):
                self.known(organisation, self.city.organisations, "organisations", file, "organisations", i)
            for i, key in enumerate(contract.foreignKeys):
                at = (file, "foreignKeys", i, "reference")
                resource = key.reference.resource
                if not self.known(resource, self.city.contracts, "contracts", *at, "resource"):
                    continue
                names = [f.name for f in self.city.contracts[resource].fields]
                for j, field_name in enumerate(key.reference.fields):
                    self.known(field_name, names, resource, *at, "fields", j)
                if len(key.fields) != len(key.reference.fields):
                    self.fail("foreign_key_width", "", *at)
            for i, rule in enumerate(contract.rules):
                self.condition(rule.condition, contract, file, "rules", i, "condition")

    def indicator(self, code: str, indicator: Indicator) -> None:
        city, at = self.city, (self.stands_in[code], "indicators", ("indicator", code))
        self.known(indicator.unit_measure, city.units, "units", *at, "unit_measure")
        self.known(indicator.theme, city.themes, "themes", *at, "theme")
        self.known(indicator.responsible, city.organisations, "organisations", *at, "responsible")
        for i, dimension in enumerate(indicator.dimensions):
            self.known(dimension, city.dimensions, "dimensions", *at, "dimensions", i)
        for i, target in enumerate(indicator.targets):
            self.known(target.ref_area, city.areas, "areas", *at, "targets", i, "ref_area")
            self.known(target.figure, city.indicators, "indicators", *at, "targets", i, "figure")
        for i, run in enumerate(indicator.breaks):
            self.known(run.ref_area, city.areas, "areas", *at, "breaks", i, "ref_area")
        for measure in indicator.measures:
            of = (*at, "measures", ("series", measure.series))
            measure_check.check(self, indicator, measure, *of)


def _offspring(areas: Mapping[str, Area], code: str) -> set[str]:
    """Return every area that took the place of an area or of a part of it, however far on."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        area = areas.get(waiting.pop())
        if area is None:
            continue
        new = {part.ref_area for division in area.divided for part in division.parts}
        new |= {area.successor} if area.successor else set()
        waiting += new - found
        found |= new
    return found
