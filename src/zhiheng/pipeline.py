"""THE PATH: collect, freeze, reduce, compute, publish, each only when what it depends on changed.

Every stage leaves a folder that carries the fingerprint of what it was made from.  A stage whose
fingerprint still holds is skipped; one that fails leaves the last complete folder in place.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import zhiheng
from zhiheng import store
from zhiheng.errors import Problem, ZhihengError
from zhiheng.store import COLLECTED, COMPUTED, FROZEN, PUBLISHED, REDUCED

if TYPE_CHECKING:
    from zhiheng.collect.rounds import Round
    from zhiheng.framework.city import City

Stage = Literal["collect", "freeze", "reduce", "compute", "publish"]
STAGES: tuple[Stage, ...] = ("collect", "freeze", "reduce", "compute", "publish")
CHECKED = "_checked.json"


@dataclass(kw_only=True)
class Run:
    """One walk along the path.

    Attributes
    ----------
    folder : Path
        The city folder.
    now : datetime
        When the walk takes place, with its time zone; only the log of rounds records it.
    accept_warnings : bool
        Whether files with warnings may freeze.
    reason : str
        Why rounds are superseded, for the log; needed when any is.
    answers : Path or None
        Where a check writes a workbook for every file with problems.
    workers : int or None
        Threads of `reduce`; it changes no byte.
    say : callable
        Called with (stage, what is being worked on).
    done : dict
        Stage -> whether it was carried out (or unchanged).
    problems : list of Problem
        Warnings and notes met on the way.
    accepted : int
        How many warnings a freeze passed over, as it was told to.
    """

    folder: Path
    now: dt.datetime
    accept_warnings: bool = False
    reason: str = ""
    answers: Path | None = None
    workers: int | None = None
    say: Callable[[Stage, str], None] = lambda _stage, _what: None
    done: dict[Stage, bool] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    accepted: int = 0

    @functools.cached_property
    def city(self) -> City:
        """The city's framework, read when a stage needs it."""
        from zhiheng.compute.indices import read_indices
        from zhiheng.framework.city import load

        city = load(self.folder)
        read_indices(city)  # a mistake in an index is told before anything is done, not at the end
        return city

    @functools.cached_property
    def code(self) -> str:
        """Fingerprint of the program."""
        return store.tree_fingerprint(Path(zhiheng.__file__).parent)

    @functools.cached_property
    def basis(self) -> str:
        """Fingerprint of the program and the framework: what every stage depends on."""
        framework = store.tree_fingerprint(self.folder / "framework")
        settings = self.folder / "city.yaml"
        return store.fingerprint(
            {"code": self.code, "version": zhiheng.__version__, "framework": framework,
             "settings": store.sha256(settings) if settings.is_file() else None}
        )  # fmt: skip

    def stamp(self, made: str) -> str:
        """Return the fingerprint of what a finished folder is made from, as things are now."""
        if made == REDUCED:
            return store.fingerprint({"basis": self.basis, "rounds": self._rounds()})
        before = {COMPUTED: "reduced", PUBLISHED: "computed"}[made]
        folder = {"reduced": REDUCED, "computed": COMPUTED}[before]
        return store.fingerprint({"basis": self.basis, before: store.stamp_of(self.folder / folder)})

    def up_to_date(self, until: str = PUBLISHED) -> bool:
        """Return whether the finished folders, up to one of them, are what a walk would make now."""
        made = (REDUCED, COMPUTED, PUBLISHED)
        return all(
            store.stamp_of(self.folder / name) == self.stamp(name) for name in made[: made.index(until) + 1]
        )

    def go(self, until: Stage = "publish") -> None:
        """Walk the path up to a stage.

        Raises
        ------
        ZhihengError
            When a stage cannot be carried out; every earlier result is in place.
        """
        # Freezing checks what it freezes, so the check is a stage of its own only at the end of a walk.
        stages = STAGES[:1] if until == "collect" else STAGES[1 : STAGES.index(until) + 1]
        with city_lock(self.folder):
            self._current()
            for stage in stages:
                self.done[stage] = getattr(self, stage)()

    def collect(self) -> bool:
        """Check what was delivered; nothing is written but the answers that were asked for."""
        from zhiheng.collect.check import check_city
        from zhiheng.errors import raise_if

        self.say("collect", COLLECTED)
        checked = check_city(self.city, today=self.now.date())
        self.problems = [problem for file in checked for problem in file.problems]
        if self.answers is not None:
            from zhiheng.collect.answers import write_answers

            self.problems += write_answers(self.city, checked, self.answers)
        raise_if(self.problems)
        return True

    def freeze(self) -> bool:
        """Check what was delivered and freeze what passed, as new rounds."""
        if self.delivery_frozen():
            return False
        from zhiheng.collect.freeze import freeze_city
        from zhiheng.errors import raise_if

        self.say("freeze", COLLECTED)
        report = freeze_city(
            self.city, accept_warnings=self.accept_warnings, reason=self.reason, now=self.now
        )
        self.problems = list(report.problems)
        raise_if(self.problems, accept_warnings=self.accept_warnings)
        self.accepted = sum(p.severity == "warning" for p in self.problems)
        store.write_text(self.folder / FROZEN / CHECKED, json.dumps({"fingerprint": self._delivery()}) + "\n")
        return bool(report.rounds)

    def reduce(self) -> bool:
        """Reduce the current rounds to small tables."""
        out, stamp = self.folder / REDUCED, self.stamp(REDUCED)
        if store.stamp_of(out) == stamp:
            return False
        from zhiheng.reduce.tables import Part, reduce_city

        current = self._current()
        parts = [Part(r.table, r.time_period, r.organisation, r.file, r.sha256) for r in current]
        with store.replacing(out, stamp) as place:
            reduce_city(
                self.city, parts, place, before=out, workers=self.workers,
                progress=lambda table: self.say("reduce", table),
            )  # fmt: skip
        return True

    def compute(self) -> bool:
        """Compute figures from the small tables."""
        stamp = self.stamp(COMPUTED)
        if store.stamp_of(self.folder / COMPUTED) == stamp:
            return False
        from zhiheng.compute.figures import compute_city

        with store.replacing(self.folder / COMPUTED, stamp) as place:
            self.problems += compute_city(
                self.city, self.folder / REDUCED, place, progress=lambda code: self.say("compute", code)
            )
        return True

    def publish(self) -> bool:
        """Publish Word documents, pages and open data."""
        stamp = self.stamp(PUBLISHED)
        if store.stamp_of(self.folder / PUBLISHED) == stamp:
            return False
        from zhiheng.compute.scorecard import scorecard
        from zhiheng.explain import Explainer
        from zhiheng.publish.aside import Aside
        from zhiheng.publish.site import build

        current = self._current()
        results = (self.folder / REDUCED, self.folder / COMPUTED)
        explainer = Explainer(self.city, current, *results)
        self.say("publish", "report, site")
        with store.replacing(self.folder / PUBLISHED, stamp) as place:
            order = (self.city, current, *results, place)
            with Aside("zhiheng.publish.report.documents", "write", order) as documents:
                card = scorecard(self.city, explainer.figures)
                self.problems += build(self.city, explainer.figures, card, explainer, current, place)
                documents.result()
        return True

    def _current(self) -> list[Round]:
        """Return the current rounds, whose files are there and unaltered.

        Asked at every walk, even one that has nothing to do: a result must not outlive its evidence
        unnoticed.
        """
        from zhiheng.collect import rounds
        from zhiheng.errors import raise_if

        current = rounds.current(rounds.read(self.folder))
        raise_if(rounds.verify(self.folder, current))
        return current

    def _delivery(self) -> str:
        collected = store.tree_fingerprint(self.folder / COLLECTED)
        return store.fingerprint({"basis": self.basis, "collected": collected})

    def delivery_frozen(self) -> bool:
        """Return whether exactly the files that were delivered passed, with exactly this framework."""
        try:
            text = (self.folder / FROZEN / CHECKED).read_text(encoding="utf-8")
            return bool(json.loads(text)["fingerprint"] == self._delivery())
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _rounds(self) -> str | None:
        log = self.folder / FROZEN / "rounds.jsonl"
        return store.sha256(log) if log.is_file() else None


@contextmanager
def city_lock(folder: Path) -> Iterator[None]:
    """Hold a city folder, and say in words why something could not be written.

    Raises
    ------
    ZhihengError
        When this is no city folder, another process holds it, or the disk refuses.
    """
    if not (folder / "city.yaml").is_file():
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_a_city")])
    try:
        with store.lock(folder):
            yield
    except OSError as error:
        raise ZhihengError([store.write_problem(error, folder)]) from error


def read_log(folder: Path, table: str | None = None) -> list[Round]:
    """Return the rounds of a city folder, of one table if asked, oldest first."""
    from zhiheng.collect import rounds

    if not (folder / "city.yaml").is_file():
        raise ZhihengError([Problem(where=folder.as_posix(), rule="not_a_city")])
    known = {path.stem for path in (folder / "framework" / "contracts").glob("*.yaml")}
    log = rounds.read(folder)
    if table is not None and table not in known | {r.table for r in log}:
        args = {"list": "contracts", "close": ", ".join(sorted(known))}
        raise ZhihengError([Problem(where="--table", rule="code_unknown", found=table, args=args)])
    return [r for r in log if table is None or r.table == table]


def undo_freeze(folder: Path, which: str, reason: str, now: dt.datetime) -> Round:
    """Take back the latest version of a round, named `table/period/organisation`.

    The round before it, if any, is restored as a new version; nothing is deleted.
    """
    from zhiheng.collect.freeze import undo
    from zhiheng.framework.city import load

    table, _, rest = which.partition("/")
    period, _, organisation = rest.rpartition("/")
    with city_lock(folder):
        return undo(load(folder), table, period, organisation, reason=reason, now=now)
