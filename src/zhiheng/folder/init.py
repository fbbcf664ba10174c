"""A city folder for another city, made from a starter: `zhiheng init`.

The starter lies in `cities/starter/` as the files of a city folder with a few names left open.  It holds
no figure of any city; its bodies, indicators and forms are examples that every file says to change.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from zhiheng import store
from zhiheng.errors import Problem, raise_if
from zhiheng.framework.base import Text
from zhiheng.framework.city import FORMAT, load

STARTER = "starter"
_SHORT = re.compile(r"[a-z][a-z0-9_]*")
_COUNTY = re.compile(r"(\S+)\s+(\S+)\s+(\S.*)")
_KIND_OF_AREA = re.compile(r"\b(district|county|city|autonomous|banner)\b")


@dataclass(frozen=True, kw_only=True)
class County:
    """A county or district of the new city."""

    code: str
    name: Text


@dataclass(frozen=True, kw_only=True)
class NewCity:
    """What has to be known of a new city.

    Attributes
    ----------
    city : str
        Its short name.
    name : Text
    ref_area : str
        Its code by GB/T 2260.
    counties : tuple of County
    as_of : date
        Day up to which figures are shown to begin with.
    """

    city: str
    name: Text
    ref_area: str
    counties: tuple[County, ...]
    as_of: dt.date


def read_counties(text: str) -> tuple[tuple[County, ...], list[Problem]]:
    """Read counties written as `450302 秀峰区 Xiufeng District`, with semicolons between."""
    found: list[County] = []
    problems = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[;；\n]", text))):
        if match := _COUNTY.fullmatch(part):
            code, zh, en = match.groups()
            found.append(County(code=code, name=Text(zh=zh, en=en)))
        else:
            problems.append(Problem(where="--counties", rule="county_form", found=part))
    return tuple(found), problems


def check_short_name(city: str) -> list[Problem]:
    """Return what is wrong with a city's short name."""
    return [] if _SHORT.fullmatch(city) else [Problem(where="--city", rule="init_short_name", found=city)]


def check_area(code: str) -> list[Problem]:
    """Return what is wrong with a city's code: six digits of a province that there is."""
    known = re.fullmatch(r"[0-9]{6}", code) and code[:2] in provinces()
    return [] if known else [Problem(where="--area", rule="area_code_form", found=code)]


def check_counties(ref_area: str, counties: tuple[County, ...]) -> list[Problem]:
    """Return what is wrong with the codes of a city's counties: each within the city, none twice."""
    prefix = re.sub(r"(00)+$", "", ref_area)
    problems = []
    seen: set[str] = set()
    for county in counties:
        code = county.code
        if not re.fullmatch(r"[0-9]{6}", code):
            problems.append(Problem(where="--counties", rule="area_code_form", found=code))
        elif not code.startswith(prefix) or code[len(prefix) :][:2] in ("", "00"):
            args = {"prefix": prefix}
            problems.append(Problem(where="--counties", rule="county_outside", found=code, args=args))
        if code in seen:
            problems.append(Problem(where="--counties", rule="county_repeated", found=code))
        seen.add(code)
    return problems


def make_city(to: Path, new: NewCity) -> list[str]:
    """Write a new city folder.

    Parameters
    ----------
    to : Path
        Where; nothing may be there.
    new : NewCity

    Returns
    -------
    list of str
        The files that were written, relative to the folder.

    Raises
    ------
    ZhihengError
        When something is there, an answer is wrong, or the folder cannot be written.
    """
    raise_if(
        [*check_short_name(new.city), *check_area(new.ref_area), *check_counties(new.ref_area, new.counties)]
    )
    with store.creating(to) as draft:
        for name, text in _files(new).items():
            store.write_text(draft / name, text)
        for organisation in load(draft).organisations:
            (draft / store.COLLECTED / organisation).mkdir(parents=True)
    return sorted(path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file())


def provinces() -> dict[str, dict[str, str]]:
    """Return the names of the provinces by the first two digits of their codes."""
    found: dict[str, dict[str, str]] = _listed("provinces.yaml")["provinces"]
    return found


def _listed(name: str) -> dict[str, Any]:
    import yaml

    text = (resources.files("zhiheng.folder") / name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def _files(new: NewCity) -> dict[str, str]:
    """Return the text of every file of the starter, filled in for a city."""
    import jinja2

    engine = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    engine.filters["q"] = lambda text: json.dumps(text, ensure_ascii=False)
    facts = _facts(new)
    with resources.as_file(resources.files("zhiheng") / "cities" / STARTER) as starter:
        paths = [p for p in sorted(starter.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]
        return {
            path.relative_to(starter).as_posix(): engine.from_string(path.read_text(encoding="utf-8")).render(
                facts
            )
            for path in paths
        }


def _facts(new: NewCity) -> dict[str, Any]:
    province = new.ref_area[:2] + "0000"
    city = {"code": new.ref_area, "name": new.name, "parent": "CN"}
    areas: list[dict[str, Any]] = [{"code": "CN", "name": Text(zh="全国", en="China"), "parent": None}, city]
    if new.ref_area != province:
        city["parent"] = province
        areas.insert(1, {"code": province, "name": Text(**provinces()[new.ref_area[:2]]), "parent": "CN"})
    areas += [{"code": c.code, "name": c.name, "parent": new.ref_area} for c in new.counties]
    departments = _listed("departments.yaml")
    return {
        "format": FORMAT,
        "city": new.city,
        "name": new.name,
        "ref_area": new.ref_area,
        "as_of": new.as_of,
        "valid_until": dt.date(new.as_of.year + 1, 12, 31),
        "comparators": ["CN"] if new.ref_area == province else ["CN", f'"{province}"'],
        "areas": areas,
        "departments": departments,
        "counties": _with_organisations(new.counties, taken=set(departments)),
    }


def _with_organisations(counties: tuple[County, ...], taken: set[str]) -> list[dict[str, Any]]:
    """Return the counties with a short code for the body that reports for each."""
    listed = []
    taken = taken | {"leading_group", "quality_office"}
    for county in counties:
        plain = _KIND_OF_AREA.sub("", county.name.en.lower())
        short = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
        if not _SHORT.fullmatch(short) or short in taken:
            short = f"county_{county.code}"
        taken.add(short)
        listed.append({"code": county.code, "name": county.name, "organisation": short})
    return listed
