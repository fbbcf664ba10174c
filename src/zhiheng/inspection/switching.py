"""Severity of inspection along a supplier's lots: the switching rules of ISO 2859-1:1999, clause 9.

Normal inspection becomes tightened when too many of the last lots were not accepted, tightened
becomes normal after a run of accepted lots, and ends the whole procedure after too many that were
not.  Normal becomes reduced by a *switching score*; anything amiss ends that.  Only lots on original
inspection count, and every change starts the counting afresh.  The numbers stand in the tables' file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from zhiheng.errors import Problem, ZhihengError, capped
from zhiheng.framework import mistakes
from zhiheng.framework.base import Model
from zhiheng.inspection import tables
from zhiheng.inspection.plan import SamplingPlan, Severity

if TYPE_CHECKING:
    import polars as pl

Standing = Literal["normal", "tightened", "reduced", "discontinued"]
Reduced = Literal["never", "when_earned"]


class Lot(Model):
    """A lot as it was inspected.

    Attributes
    ----------
    lot : str
        Its name.
    lot_size, nonconforming : int
        Items, and nonconforming (or nonconformities) found in the sample.
    original : bool
        False for a lot that comes back after it was not accepted; it counts for no rule.
    severity : optional
        Of such a lot only: normal or tightened, as the responsible authority says.
    steady : bool
        Whether production is steady: a condition of reduced inspection.
    resumed : bool
        True for the first lot after inspection was discontinued and the supplier has mended matters.
    """

    lot: str
    lot_size: int = Field(ge=2)
    nonconforming: int = Field(ge=0)
    original: bool = True
    severity: Literal["normal", "tightened"] | None = None
    steady: bool = True
    resumed: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a supplier stands between two lots; keep it and go on from it.

    Attributes
    ----------
    severity : str
        Of the next lot.
    score : int
        Switching score (normal inspection).
    recent : tuple of bool
        Whether the last lots on normal inspection were accepted, oldest first.
    run, not_accepted : int
        Accepted lots in a row, and lots not accepted, since tightened inspection began.
    """

    severity: Standing = "normal"
    score: int = 0
    recent: tuple[bool, ...] = ()
    run: int = 0
    not_accepted: int = 0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided on a lot, and where the supplier stands after it."""

    lot: str
    severity: Severity
    code_letter: str
    n: int
    ac: int
    nonconforming: int
    accepted: bool
    original: bool
    score: int
    next_severity: Standing


@dataclass(frozen=True, kw_only=True)
class History:
    """The decisions on a supplier's lots, in order, and the state after the last."""

    decisions: tuple[Decision, ...]
    state: State

    @property
    def frame(self) -> pl.DataFrame:
        """One row a lot."""
        import polars as pl

        kinds = {"str": pl.String, "int": pl.Int64, "bool": pl.Boolean}
        schema = {name: kinds.get(str(kind), pl.String) for name, kind in Decision.__annotations__.items()}
        return pl.DataFrame([vars(d) for d in self.decisions], schema=schema)


def after(
    state: State, *, accepted: bool, gain: int, steady: bool, reduced: Reduced, rules: tables.Switching
) -> State:
    """Return the state after one more lot on original inspection; nothing else is looked at.

    Parameters
    ----------
    state : State
        Not discontinued.
    accepted : bool
    gain : int
        What the lot adds to the switching score; 0 sets it back to zero.
    steady : bool
    reduced : {'never', 'when_earned'}
        Whether the responsible authority wants reduced inspection.
    rules : tables.Switching
    """
    if state.severity == "reduced":
        return state if accepted and steady and reduced == "when_earned" else State()
    if state.severity == "tightened":
        run = state.run + 1 if accepted else 0
        lost = state.not_accepted + (not accepted)
        if lost >= rules.discontinued.not_accepted:
            return State(severity="discontinued")
        if run >= rules.to_normal.accepted_in_a_row:
            return State()
        return replace(state, run=run, not_accepted=lost)
    recent = (*state.recent, accepted)[-rules.to_tightened.of_lots :]
    if recent.count(False) >= rules.to_tightened.not_accepted:
        return State(severity="tightened")
    score = state.score + gain if gain else 0
    if score >= rules.to_reduced.score and steady and reduced == "when_earned":
        return State(severity="reduced")
    return replace(state, score=score, recent=recent)


def follow(
    lots: Iterable[Lot | Mapping[str, Any]],
    *,
    aql: float,
    reduced: Reduced,
    inspection_level: str = "II",
    edition: str = "1999",
    start: State | None = None,
) -> History:
    """Inspect a supplier's lots in order by single plans, switching as the standard says.

    Parameters
    ----------
    lots : iterable of Lot, or of mappings with a lot's attributes
        In the order of inspection; a frame's rows are `frame.iter_rows(named=True)`.
    aql : float
    reduced : {'never', 'when_earned'}
        Whether reduced inspection is wanted; the standard leaves it to the responsible authority.
    inspection_level, edition : str
        As in `SamplingPlan.iso2859_1`.
    start : State, optional
        Where an earlier history ended; normal inspection by default.

    Raises
    ------
    ZhihengError
        For a lot after inspection was discontinued, one that resumes what goes on, a lot that came
        back without its severity (or one with it that did not), or what the tables do not know.
    """
    if reduced not in ("never", "when_earned"):
        facts = {"known": "never, when_earned"}
        raise ZhihengError(
            [Problem(where="reduced", rule="inspection_choice", found=str(reduced), args=facts)]
        )
    state, decisions = start or State(), []
    for lot in _read(lots):
        state = _resumed(state, lot)
        decision, state = _inspect(state, lot, aql, reduced, inspection_level, edition)
        decisions.append(decision)
    return History(decisions=tuple(decisions), state=state)


def _read(lots: Iterable[Lot | Mapping[str, Any]]) -> list[Lot]:
    """Return the lots, every mistake in them at once."""
    read, found = [], []
    for i, lot in enumerate(lots, start=1):
        try:
            read.append(lot if isinstance(lot, Lot) else Lot.model_validate(dict(lot)))
        except ValidationError as error:
            found += mistakes.problems(f"lots[{i}]", lot, {}, error, Lot)
    if found:
        raise ZhihengError(capped(found))
    return read


def _resumed(state: State, lot: Lot) -> State:
    if lot.resumed != (state.severity == "discontinued"):
        rule = "inspection_resumed_idle" if lot.resumed else "inspection_discontinued"
        raise ZhihengError([Problem(where="lots", rule=rule, found=lot.lot)])
    if lot.original == (lot.severity is not None):
        raise ZhihengError([Problem(where="lots", rule="inspection_lot_severity", found=lot.lot)])
    return State(severity="tightened") if lot.resumed else state


def _inspect(
    state: State, lot: Lot, aql: float, reduced: Reduced, inspection_level: str, edition: str
) -> tuple[Decision, State]:
    severity = lot.severity or state.severity
    plan = SamplingPlan.iso2859_1(
        lot_size=lot.lot_size, aql=aql, inspection_level=inspection_level, severity=severity, edition=edition
    )
    accepted = bool(plan.accepts(lot.nonconforming))
    if lot.original:
        rules = tables.editions()[edition].switching
        gain = _gain(plan, lot, accepted, rules.to_reduced) if severity == "normal" else 0
        state = after(state, accepted=accepted, gain=gain, steady=lot.steady, reduced=reduced, rules=rules)
    decision = Decision(
        lot=lot.lot,
        severity=severity,  # type: ignore[arg-type]  # a plan was found, so it is not discontinued
        code_letter=plan.code_letter or "",
        n=plan.n,
        ac=plan.ac,
        nonconforming=lot.nonconforming,
        accepted=accepted,
        original=lot.original,
        score=state.score,
        next_severity=state.severity,
    )
    return decision, state


def _gain(plan: SamplingPlan, lot: Lot, accepted: bool, rule: tables.ToReduced) -> int:
    """Return what a lot on normal inspection adds to the switching score (9.3.3.2).

    With an acceptance number above the small ones it would have had to be accepted at the AQL one
    step tighter, by the plan of the same code letter.
    """
    if plan.ac <= rule.small_ac:
        return rule.add_small if accepted else 0
    table = tables.editions()[str(plan.edition)]
    tighter = table.aql[table.aql.index(plan.aql or 0.0) - 1]
    _, _, ac = tables.single(table, str(plan.code_letter), tighter, "normal")
    return rule.add_tighter if lot.nonconforming <= ac else 0
