"""A city folder's framework, read and checked as a whole: `city.load(folder)`.

Every file is read even when another has mistakes, so that one run names them all.  What one
file says of another (an indicator's table, a rule's fields, an area's parent) is checked once
all of them could be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from zhiheng.errors import Problem, ZhihengError, raise_if
from zhiheng.framework import conditions, crosscheck
from zhiheng.framework.areas import AreaCode, AreasFile
from zhiheng.framework.areas import Areas as AreaList
from zhiheng.framework.base import Code, Day, Model, RuleError, Text
from zhiheng.framework.contracts import Contract
from zhiheng.framework.dimensions import Dimension, DimensionsFile
from zhiheng.framework.index_check import INDICES
from zhiheng.framework.indicators import Indicator, IndicatorsFile, Theme, Unit, UnitsFile
from zhiheng.framework.organisations import Organisation, OrganisationsFile
from zhiheng.framework.outline import OutlineFile
from zhiheng.framework.outline_check import OUTLINE
from zhiheng.framework.parameters import Parameter, ParametersFile, PlanPeriod
from zhiheng.framework.report import ReportFile
from zhiheng.framework.report_check import REPORT
from zhiheng.framework.yamlfile import Marked, read, validate

FORMAT = 2
"""The format of a city folder that this version reads and writes."""

M = TypeVar("M", bound=BaseModel)


def _this_format(value: int) -> int:
    if value != FORMAT:
        rule = "format_older" if value < FORMAT else "format_newer"
        raise RuleError(rule=rule, found=str(value), format=FORMAT)
    return value


class Publication(Model):
    """What may be shown, and how; numbers are parameters, so that they have dates and reasons."""

    confidence_level: Code = Field(
        description="置信水平（百分数）取自哪个参数 · The parameter that holds it, in per cent."
    )
    minimum_cases: Code = Field(
        description="由记录算出的数，记录数少于此参数就不显示"
        " · The parameter below which a figure made from records is not shown."
    )
    comparators: list[AreaCode] = Field(
        default_factory=list, description="与本市并列显示的地区 · Areas shown beside the city."
    )
    as_of: Day = Field(
        description="晚于此日发布的数暂不显示；参数取此日有效的值"
        " · Figures released after this day stay back; parameters hold as of it."
    )


class CityFile(Model):
    """`city.yaml`."""

    format: Annotated[int, AfterValidator(_this_format)] = Field(
        description="城市文件夹的格式版本，现为 2 · Version of the folder's format, now 2."
    )
    city: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="城市的短名，小写字母开头 · The city's short name, in small letters."
    )
    name: Text = Field(description="城市名称 · The city's name.")
    ref_area: AreaCode = Field(description="城市的地区代码 · The city's area code.")
    languages: list[Literal["zh", "en"]] = Field(
        min_length=1, description="语言，第一种为主 · The first is the main one."
    )
    time_zone: Literal["Asia/Shanghai"] = Field(description="时区 · The city's time zone.")
    geography: Literal["current", "as_recorded"] = Field(
        description="地区代码变更前的记录：归入现行代码，或按原代码"
        " · Records of an area whose code changed: counted under today's code, or as recorded."
    )
    assessment_year_starts: Annotated[int, Field(ge=1, le=12)] = Field(
        description="考核年度从几月开始 · The month in which the assessment year begins."
    )
    publication: Publication = Field(description="发布规则 · The rules of publication.")


# Compared by identity: a city is read once, and what follows from it is kept beside it.
@dataclass(frozen=True, eq=False)
class City:
    """Everything a city folder says about what is measured.

    Attributes
    ----------
    folder : Path
    settings : CityFile
    areas : Areas
    organisations, dimensions, units, themes, indicators, parameters, plan_periods, contracts : dict
        By code, in the order of their files; indicators and contracts file after file, by name.
    indices : dict of str to Marked
        The files of `framework/indices` by name, as plain values: `compute.indices` reads them.
    outline : OutlineFile
        Empty where the folder has none.
    report : ReportFile
        The defaults where the folder has none.
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
    plan_periods: dict[str, PlanPeriod]
    contracts: dict[str, Contract]
    indices: dict[str, Marked]
    outline: OutlineFile
    report: ReportFile

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

    def span(self, name: str) -> str:
        """Return the period of a span that a measure names: a plan period's, or the text itself."""
        return self.plan_periods[name].time_period if name in self.plan_periods else name

    def condition(self, text: str, table: str, *, frozen: bool = False) -> conditions.ParsedCondition:
        """Return a condition that `load` has already checked, on collected or on frozen records."""
        contract = self.contracts[table].frozen() if frozen else self.contracts[table]
        parsed, problems = conditions.parse(text, contract, table, self.codes())
        raise_if(problems)
        if parsed is None:  # pragma: no branch - raise_if has spoken
            raise AssertionError(text)
        return parsed


def load(folder: Path) -> City:
    """Read and check a city folder's framework.

    Raises
    ------
    ZhihengError
        With every mistake of every file; of a folder in another format, that alone.
    """
    if not (folder / "city.yaml").is_file():
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_a_city")])
    problems: list[Problem] = []
    files: dict[str, Marked] = {}

    def take(name: str, model: type[M]) -> M | None:
        try:
            files[name] = read(folder / name, name)
            return validate(files[name], model, name)
        except ZhihengError as error:
            problems.extend(error.problems)
            return None

    def take_plain(name: str) -> Marked | None:
        try:
            files[name] = read(folder / name, name)
        except ZhihengError as error:
            problems.extend(error.problems)
        return files.get(name)

    def take_all(name: str, model: type[M]) -> dict[str, M]:
        paths = sorted((folder / name).glob("*.yaml"))
        if not paths:
            problems.append(Problem(where=name, rule="file_missing"))
        taken = {path.stem: take(f"{name}/{path.name}", model) for path in paths}
        return {stem: part for stem, part in taken.items() if part is not None}

    settings = take("city.yaml", CityFile)
    if other := [p for p in problems if p.rule in ("format_older", "format_newer")]:
        raise ZhihengError(other)
    areas = take("framework/areas.yaml", AreasFile)
    organisations = take("framework/organisations.yaml", OrganisationsFile)
    dimensions = take("framework/dimensions.yaml", DimensionsFile)
    units = take("framework/units.yaml", UnitsFile)
    indicators = take_all("framework/indicators", IndicatorsFile)
    parameters = take("framework/parameters.yaml", ParametersFile)
    contracts = take_all("framework/contracts", Contract)
    indices = {path.stem: marked for path in sorted((folder / INDICES).glob("*.yaml"))
               if (marked := take_plain(f"{INDICES}/{path.name}")) is not None}  # fmt: skip
    outline = (take(OUTLINE, OutlineFile) if (folder / OUTLINE).exists() else None) or OutlineFile()
    report = (take(REPORT, ReportFile) if (folder / REPORT).exists() else None) or ReportFile()
    if problems or not (settings and areas and organisations and dimensions and units and parameters):
        raise ZhihengError(problems)

    city = City(
        folder=folder,
        settings=settings,
        areas=AreaList(areas.areas),
        organisations={o.organisation: o for o in organisations.organisations},
        dimensions={d.dimension: d for d in dimensions.dimensions},
        units={u.unit_measure: u for u in units.units},
        themes={t.theme: t for t in units.themes},
        indicators={i.indicator: i for file in indicators.values() for i in file.indicators},
        parameters={p.parameter: p for p in parameters.parameters},
        plan_periods={p.plan_period: p for p in parameters.plan_periods},
        contracts={c.contract: c for c in contracts.values()},
        indices=indices,
        outline=outline,
        report=report,
    )
    for stem, contract in contracts.items():
        if stem != contract.contract:
            name = f"framework/contracts/{stem}.yaml"
            where = crosscheck.place(name, files[name], ("contract",))
            problems.append(Problem(where=where, rule="contract_name", found=contract.contract))
    raise_if([*problems, *crosscheck.check(city, files)])
    return city
