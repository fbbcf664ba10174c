"""Files for the tiny city: what a department hands in, with one thing changed at a time."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Iterable
from pathlib import Path

from tests import tiny_city
from zhiheng.collect.check import CheckedFile, check_city, check_file
from zhiheng.collect.freeze import FreezeReport, freeze_city
from zhiheng.errors import Problem
from zhiheng.framework.city import City, load

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))

BATCH = {
    "batch_id": "B1",
    "sampled_on": "2015-03-01",
    "ref_area": "450221",
    "channel": "shop",
    "n_tested": "10",
    "n_bad": "0",
    "value": "1200.50",
    "announced": "是",
    "verdict": "conforming",
    "serial": "",
    "inspector": "王小明",
    "phone": "0772-1234567",
}
SOURCE = {"source": "公报", "issuer": "市政府"}
FIGURE = {
    "ref_area": "450200",
    "time_period": "2015",
    "indicator": "pass_rate",
    "channel": "",
    "obs_value": "93.0",
    "decimals": "1",
    "unit_measure": "percent",
    "obs_status": "published",
    "bound": "",
    "release_date": "2016-02-01",
    "source": "公报",
}
ROWS = {"inspections": BATCH, "sources": SOURCE, "figures": FIGURE}
HOME = {"inspections": "lab", "sources": "office", "figures": "office"}


def text(table: str, *changes: dict[str, str]) -> str:
    """A file of a table: the standard row with each set of changes; without any, the row itself."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROWS[table]), lineterminator="\n")
    writer.writeheader()
    for i, change in enumerate(changes or ({},), start=1):
        own = {"batch_id": f"B{i}"} if table == "inspections" else {}
        writer.writerow(ROWS[table] | own | change)
    return out.getvalue()


@dataclasses.dataclass
class Office:
    """The tiny city's folder, and what is done in it."""

    folder: Path

    @property
    def city(self) -> City:
        return load(self.folder)

    def edit(self, file: str, old: str, new: str) -> None:
        """Write something else in the place of a text of the framework."""
        path = self.folder / file
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{file} has no {old!r}"
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    def deliver(self, name: str, content: str | bytes, organisation: str | None = None) -> Path:
        """Put a file into `1_collected`."""
        organisation = organisation or HOME[name.partition(".")[0]]
        path = self.folder / "1_collected" / organisation / (name if "." in name else f"{name}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def check(self, content: str | bytes, table: str = "inspections") -> CheckedFile:
        """Deliver one file and check it."""
        return spoken(check_file(self.city, self.deliver(table, content)))

    def check_rows(self, *changes: dict[str, str], table: str = "inspections") -> CheckedFile:
        return self.check(text(table, *changes), table)

    def check_all(self) -> list[CheckedFile]:
        return [spoken(file) for file in check_city(self.city)]

    def freeze(self, *, accept: bool = False, reason: str = "更正", **options: object) -> FreezeReport:
        report = freeze_city(self.city, accept_warnings=accept, reason=reason, now=NOON, **options)
        worded(report.problems)
        return report

    def frozen(self) -> dict[str, bytes]:
        """Everything below `2_frozen`."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted((self.folder / "2_frozen").rglob("*"))
            if path.is_file()
        }


def new_office(folder: Path) -> Office:
    tiny_city.write(folder)
    return Office(folder)


def worded(problems: Iterable[Problem]) -> list[Problem]:
    """Say every problem in both languages, which fails when words lack a fact; return them."""
    problems = list(problems)
    for problem in problems:
        for lang in ("zh", "en"):
            said = problem.to_dict(lang)  # type: ignore[arg-type]
            assert said["title"] and said["fix"] and "{" not in said["title"]
    return problems


def spoken(file: CheckedFile) -> CheckedFile:
    worded(file.problems)
    return file


def brief(file: CheckedFile, severity: str = "error") -> list[tuple[str, str, str]]:
    """Rule, place within the file, and what was found, of each problem of a severity."""
    return [
        (p.rule, p.where.removeprefix(file.where).lstrip(": "), p.found)
        for p in file.problems
        if p.severity == severity
    ]
