"""A city folder's framework, read and checked as a whole: `city.load(folder)`.

Every file is read even when another has mistakes, so that one run names them all.  What one
file says of another (an indicator's table, a rule's fields, an area's parent) is checked once
all of them could be read.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.framework import areas as areas_module
from zhiheng.framework import conditions
from zhiheng.framework.areas import AreaCode, AreasFile
from zhiheng.framework.areas import Areas as AreaList
from zhiheng.framework.base import Code, Model, Text
from zhiheng.framework.contracts import Contract
from zhiheng.framework.dimensions import Dimension, DimensionsFile
from zhiheng.framework.indicators import Indicator, IndicatorsFile, Theme, Unit
from zhiheng.framework.measures import (
    MARGIN_FOR_BASIS,
    AttainmentMeasure,
    ChangeMeasure,
    FigureMeasure,
    MeanMeasure,
    RateMeasure,
    TotalMeasure,
    amounts,
)
from zhiheng.framework.organisations import Organisation, OrganisationsFile
from zhiheng.framework.parameters import Parameter, ParametersFile
from zhiheng.framework.yamlfile import load as load_yaml

FORMAT = 1
"""The format of a city folder that this version reads and writes."""

M = TypeVar("M", bound=BaseModel)


def _this_format(value: int) -> int:
    if value != FORMAT:
        raise ValueError(f"this version reads format {FORMAT}")
    return value


class Publication(Model):
    """What may be shown, and how; numbers are parameters, so that they have dates and reasons."""

    confidence_level: Code = Field(description="The parameter that holds it, in per cent.")
    minimum_cases: Code = Field(
        description="The parameter below which a figure made from records is not shown."
    )
    comparators: list[AreaCode] = Field(default_factory=list, description="Areas shown beside the city.")
    as_of: dt.date = Field(description="Figures released after this day stay back; parameters hold as of it.")


class CityFile(Model):
    """`city.yaml`."""

    format: Annotated[int, AfterValidator(_this_format)]
    city: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Text
    ref_area: AreaCode
    languages: list[Literal["zh", "en"]] = Field(min_length=1, description="The first is the main one.")
    time_zone: Literal["Asia/Shanghai"]
    geography: Literal["current", "as_recorded"] = Field(
        description="Records of an area whose code changed: counted under today's code, or as recorded."
    )
    assessment_year_starts: Annotated[int, Field(ge=1, le=12)] = Field(
        description="The month in which the assessment year begins."
    )
    publication: Publication


@dataclass(frozen=True)
class City:
    """Everything a city folder says about what is measured.

    Attributes
    ----------
    folder : Path
    settings : CityFile
    areas : Areas
    organisations, dimensions, units, themes, indicators, parameters, contracts : dict
        By code, in the order of their files.
    """

    folder: Path
    settings: CityFile
    areas: AreaList
    organisations: dict[str, Organisation]
    dimensions: dict[str, Dimension]
    units: dict[str, Unit]
    themes: dict[str, Theme]
    indicators: dict[str, Indicator]
    parameters: dict[str, Parameter]
    contracts: dict[str, Contract]

    @property
    def dimension_names(self) -> list[str]:
        """The dimension columns of the long table, in order."""
        return list(self.dimensions)

    def codes(self) -> dict[str, frozenset[str]]:
        """Return every code list by the name that contracts use."""
        lists = {
            "areas": frozenset(self.areas),
            "organisations": frozenset(self.organisations),
            "indicators": frozenset(self.indicators),
            "units": frozenset(self.units),
        }
        for name, dimension in self.dimensions.items():
            lists[f"dimension:{name}"] = frozenset(item.code for item in dimension.codes)
        return lists

    def parameter(self, name: str) -> float:
        """Return a parameter's value as of the publication date."""
        return self.parameters[name].on(self.settings.publication.as_of).value

    def condition(self, text: str, table: str) -> conditions.ParsedCondition:
        """Return a condition that `load` has already checked."""
        parsed, problems = conditions.parse(text, self.contracts[table], table, self.codes())
        raise_if(problems)
        if parsed is None:  # pragma: no branch - raise_if has spoken
            raise AssertionError(text)
        return parsed


def load(folder: Path) -> City:
    """Read and check a city folder's framework.

    Raises
    ------
    ZhihengError
        With every mistake of every file.
    """
    if not (folder / "city.yaml").is_file():
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_a_city")])
    problems: list[Problem] = []

    def take(name: str, model: type[M]) -> M | None:
        try:
            return load_yaml(folder / name, model, name=name)
        except ZhihengError as error:
            problems.extend(error.problems)
            return None

    settings = take("city.yaml", CityFile)
    areas = take("framework/areas.yaml", AreasFile)
    organisations = take("framework/organisations.yaml", OrganisationsFile)
    dimensions = take("framework/dimensions.yaml", DimensionsFile)
    indicators = take("framework/indicators.yaml", IndicatorsFile)
    parameters = take("framework/parameters.yaml", ParametersFile)
    paths = sorted((folder / "framework" / "contracts").glob("*.yaml"))
    contracts = [(p, take(p.relative_to(folder).as_posix(), Contract)) for p in paths]
    if not paths:
        problems.append(Problem(where="framework/contracts", rule="file_missing"))
    if problems or not (settings and areas and organisations and dimensions and indicators and parameters):
        raise ZhihengError(problems)

    keyed = _Keyed(problems)
    city = City(
        folder=folder,
        settings=settings,
        areas=AreaList(areas.areas),
        organisations=keyed("organisations", organisations.organisations, lambda o: o.organisation),
        dimensions=keyed("dimensions", dimensions.dimensions, lambda d: d.dimension),
        units=keyed("indicators", indicators.units, lambda u: u.unit_measure),
        themes=keyed("indicators", indicators.themes, lambda t: t.theme),
        indicators=keyed("indicators", indicators.indicators, lambda i: i.indicator),
        parameters=keyed("parameters", parameters.parameters, lambda p: p.parameter),
        contracts={},
    )
    for path, contract in contracts:
        if contract is not None:
            city.contracts[contract.contract] = contract
            if path.stem != contract.contract:
                where = path.relative_to(folder).as_posix()
                problems.append(Problem(where=where, rule="contract_name", found=contract.contract))
    problems += areas_module.check(areas.areas, "framework/areas.yaml")
    raise_if(problems)
    raise_if([*_check_city(city), *_check_contracts(city), *_check_indicators(city)])
    return city


class _Keyed:
    """Turn a list into a dictionary by code, reporting repeated codes."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def __call__(self, file: str, items: Iterable[M], code: Callable[[M], str]) -> dict[str, M]:
        keyed: dict[str, M] = {}
        for item in items:
            if code(item) in keyed:
                where = f"framework/{file}.yaml"
                self.problems.append(Problem(where=where, rule="code_repeated", found=code(item)))
            keyed[code(item)] = item
        return keyed


def _unknown(where: str, found: str, known: Iterable[str], what: str) -> Problem:
    close = difflib.get_close_matches(found, list(known), n=1)
    return Problem(
        where=where,
        rule="code_unknown",
        found=found,
        args={"list": what, "close": close[0] if close else "-"},
    )


def _check_names(where: str, names: Mapping[str, tuple[str, Mapping[str, object]]]) -> list[Problem]:
    """Check `field -> (code, known codes)` pairs; the field's last word names the list."""
    return [
        _unknown(f"{where}.{field}", code, known, field.split("[")[0])
        for field, (code, known) in names.items()
        if code not in known
    ]


def _check_city(city: City) -> list[Problem]:
    publication = city.settings.publication
    names: dict[str, tuple[str, Mapping[str, object]]] = {"ref_area": (city.settings.ref_area, city.areas)}
    for i, area in enumerate(publication.comparators):
        names[f"publication.comparators[{i + 1}]"] = (area, city.areas)
    names["publication.confidence_level"] = (publication.confidence_level, city.parameters)
    names["publication.minimum_cases"] = (publication.minimum_cases, city.parameters)
    problems = _check_names("city.yaml", names)
    for name in (publication.confidence_level, publication.minimum_cases):
        if name in city.parameters:
            try:
                city.parameters[name].on(publication.as_of)
            except LookupError:
                problems.append(
                    Problem(where=f"framework/parameters.yaml {name}", rule="parameter_not_dated",
                            found=str(publication.as_of))
                )  # fmt: skip
    for parameter in city.parameters.values():
        where = f"framework/parameters.yaml {parameter.parameter}"
        problems += _check_names(where, {"unit_measure": (parameter.unit_measure, city.units)})
    for code, organisation in city.organisations.items():
        where = f"framework/organisations.yaml {code}"
        if organisation.parent:
            problems += _check_names(where, {"parent": (organisation.parent, city.organisations)})
        if organisation.ref_area:
            problems += _check_names(where, {"ref_area": (organisation.ref_area, city.areas)})
    return problems


def _check_contracts(city: City) -> list[Problem]:
    problems: list[Problem] = []
    lists = city.codes()
    for name, contract in city.contracts.items():
        where = f"framework/contracts/{name}.yaml"
        for field in contract.fields:
            if field.codes and field.codes not in lists:
                problems.append(_unknown(f"{where} {field.name}.codes", field.codes, lists, "codes"))
        for organisation in contract.organisations:
            if organisation not in city.organisations:
                problems.append(
                    _unknown(f"{where} organisations", organisation, city.organisations, "organisations")
                )
        for key in contract.foreignKeys:
            target = city.contracts.get(key.reference.resource)
            if target is None:
                problems.append(
                    _unknown(f"{where} foreignKeys", key.reference.resource, city.contracts, "contracts")
                )
            elif unknown := set(key.reference.fields) - {f.name for f in target.fields}:
                known = [f.name for f in target.fields]
                problems.append(_unknown(f"{where} foreignKeys", sorted(unknown)[0], known, "fields"))
            elif len(key.fields) != len(key.reference.fields):
                problems.append(Problem(where=f"{where} foreignKeys", rule="foreign_key_width"))
        for rule in contract.rules:
            problems += conditions.parse(rule.condition, contract, f"{where} {rule.rule}", lists)[1]
    return problems


def _check_indicators(city: City) -> list[Problem]:
    problems: list[Problem] = []
    for code, indicator in city.indicators.items():
        where = f"framework/indicators.yaml {code}"
        names: dict[str, tuple[str, Mapping[str, object]]] = {
            "unit_measure": (indicator.unit_measure, city.units),
            "theme": (indicator.theme, city.themes),
            "responsible": (indicator.responsible, city.organisations),
        }
        for i, dimension in enumerate(indicator.dimensions):
            names[f"dimensions[{i + 1}]"] = (dimension, city.dimensions)
        for i, target in enumerate(indicator.targets):
            names[f"targets[{i + 1}].ref_area"] = (target.ref_area, city.areas)
            if target.figure:
                names[f"targets[{i + 1}].figure"] = (target.figure, city.indicators)
        for i, run in enumerate(indicator.breaks):
            names[f"breaks[{i + 1}].ref_area"] = (run.ref_area, city.areas)
        problems += _check_names(where, names)
        for measure in indicator.measures:
            at = f"{where}.{measure.series}"
            if isinstance(measure, ChangeMeasure | AttainmentMeasure):
                problems += _check_derived(city, measure, at)
            else:
                problems += _check_record_measure(city, indicator, measure, at)
    return problems


def _check_derived(city: City, measure: ChangeMeasure | AttainmentMeasure, where: str) -> list[Problem]:
    base = city.indicators.get(measure.of)
    if base is None:
        return [_unknown(f"{where}.of", measure.of, city.indicators, "indicators")]
    source = next((m for m in base.measures if m.series == measure.of_series), None)
    if source is None:
        known = [m.series for m in base.measures]
        return [_unknown(f"{where}.of_series", measure.of_series, known, "series")]
    if isinstance(source, ChangeMeasure | AttainmentMeasure):
        return [Problem(where=f"{where}.of", rule="measure_of_derived", found=measure.of)]
    problems = []
    if (measure.series == "simulated") != (measure.of_series == "simulated"):
        problems.append(Problem(where=f"{where}.series", rule="measure_simulated", found=measure.series))
    if isinstance(measure, AttainmentMeasure):
        editions = [t.edition for t in base.targets]
        if measure.edition not in editions:
            problems.append(_unknown(f"{where}.edition", measure.edition, editions, "targets"))
        if base.direction == "none":
            problems.append(Problem(where=f"{where}.of", rule="attainment_direction", found=measure.of))
    return problems


def _check_record_measure(city: City, indicator: Indicator, measure: object, where: str) -> list[Problem]:
    table = measure.table  # type: ignore[attr-defined]
    contract = city.contracts.get(table)
    if contract is None:
        return [_unknown(f"{where}.table", table, city.contracts, "contracts")]
    fields = {f.name: f for f in contract.fields}
    problems: list[Problem] = []
    if (contract.series == "simulated") != (measure.series == "simulated"):  # type: ignore[attr-defined]
        problems.append(
            Problem(where=f"{where}.series", rule="measure_simulated", found=measure.series)  # type: ignore[attr-defined]
        )
    if isinstance(measure, FigureMeasure):
        needed = [
            "ref_area",
            "time_period",
            "indicator",
            "obs_value",
            "unit_measure",
            "obs_status",
            "decimals",
        ]
        return problems + [_unknown(f"{where}.table", n, fields, "fields") for n in needed if n not in fields]
    if contract.time_period is None or fields[contract.time_period.field].type != "date":
        problems.append(Problem(where=f"{where}.table", rule="measure_needs_date", found=table))
    if "ref_area" not in fields:
        problems.append(_unknown(f"{where}.table", "ref_area", fields, "fields"))
    for name in measure.by:  # type: ignore[attr-defined]
        if name not in indicator.dimensions or fields.get(name) is None:
            problems.append(_unknown(f"{where}.by", name, indicator.dimensions, "dimensions"))
        elif fields[name].codes != f"dimension:{name}":
            problems.append(Problem(where=f"{where}.by", rule="dimension_not_coded", found=name))
    for role, amount in amounts(measure).items():  # type: ignore[arg-type]
        for text in (amount.count, amount.where):
            if text is not None:
                problems += conditions.parse(text, contract, f"{where}.{role}", city.codes())[1]
        if amount.sum is not None and (
            amount.sum not in fields or fields[amount.sum].type not in ("integer", "number")
        ):
            numeric = [n for n, f in fields.items() if f.type in ("integer", "number")]
            problems.append(_unknown(f"{where}.{role}.sum", amount.sum, numeric, "fields"))
    if isinstance(measure, RateMeasure | MeanMeasure):
        if measure.margin not in MARGIN_FOR_BASIS[contract.basis]:
            problems.append(
                Problem(where=f"{where}.margin", rule="margin_basis", found=measure.margin,
                        args={"basis": contract.basis,
                              "allowed": ", ".join(sorted(MARGIN_FOR_BASIS[contract.basis]))})
            )  # fmt: skip
    if isinstance(measure, TotalMeasure) and indicator.unit_measure == "percent":
        problems.append(Problem(where=f"{where}.kind", rule="total_of_percent", found=measure.field))
    return problems
