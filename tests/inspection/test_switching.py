"""Severity along a supplier's lots, as stories; the rules are those of ISO 2859-1:1999, clause 9."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng import inspection
from zhiheng.errors import ZhihengError
from zhiheng.inspection import Lot, State
from zhiheng.inspection.tables import editions

RULES = editions()["1999"].switching


def lots(*found: int, **words: Any) -> list[Lot]:
    return [Lot(lot=str(i), lot_size=1000, nonconforming=d, **words) for i, d in enumerate(found, start=1)]


def severities(*found: int, aql: float = 1.0, **words: Any) -> str:
    """Return the severity of each lot, then of the next, by its first letter (lots of 1000: J)."""
    words = {"reduced": "when_earned"} | words
    history = inspection.follow(lots(*found), aql=aql, **words)
    first = "".join(d.severity[0] for d in history.decisions)
    return f"{first}>{history.state.severity}"


def test_two_of_five_not_accepted_tighten() -> None:  # J, AQL 1.0: 80, 2
    assert severities(3, 0, 0, 0, 3) == "nnnnn>tightened"
    assert severities(3, 3) == "nn>tightened"  # or fewer than five
    assert severities(3, 0, 0, 0, 0, 3) == "nnnnnn>normal"  # two of six


def test_five_accepted_in_a_row_are_normal_again() -> None:  # tightened: 80, 1
    assert severities(3, 3, 1, 1, 1, 1, 1) == "nnttttt>normal"
    assert severities(3, 3, 1, 1, 1, 1, 2, 1, 1, 1, 1) == "nnttttttttt>tightened"
    assert severities(3, 3, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1) == "nntttttttttt>normal"


def test_five_not_accepted_on_tightened_end_it() -> None:
    assert severities(3, 3, 2, 0, 2, 0, 2, 0, 2, 0, 2) == "nnttttttttt>discontinued"


def test_the_score_adds_three_for_a_lot_good_enough_one_step_tighter() -> None:
    # J at AQL 1.0 has Ac 2; one step tighter, 0.65, it has Ac 1.
    made = inspection.follow(lots(1, 1, 2, 0, 3, 1), aql=1.0, reduced="when_earned")
    assert [d.score for d in made.decisions] == [3, 6, 0, 3, 0, 3]
    assert [d.accepted for d in made.decisions] == [True, True, True, True, False, True]


def test_the_score_adds_two_where_ac_is_small() -> None:
    # J at AQL 0.65: 80, 1.  At AQL 0.15: 80, 0.
    for aql in (0.65, 0.15):
        made = inspection.follow(lots(0, 0, 2, 0), aql=aql, reduced="when_earned")
        assert [d.score for d in made.decisions] == [2, 4, 0, 2]


def test_a_score_of_thirty_reduces_if_that_is_wanted_and_production_steady() -> None:
    assert severities(*[0] * 9) == "nnnnnnnnn>normal"
    assert severities(*[0] * 10) == "nnnnnnnnnn>reduced"
    assert severities(*[0] * 12, reduced="never") == "nnnnnnnnnnnn>normal"
    restless = inspection.follow(lots(*[0] * 12, steady=False), aql=1.0, reduced="when_earned")
    assert (restless.state.severity, restless.state.score) == ("normal", 36)
    assert inspection.follow(lots(0), aql=1.0, reduced="when_earned", start=restless.state).state == State(
        severity="reduced"
    )


def test_reduced_ends_with_a_lot_not_accepted_or_unsteady_production() -> None:  # reduced: 32, 1
    good = State(severity="reduced")
    words: dict[str, Any] = {"aql": 1.0, "reduced": "when_earned", "start": good}
    kept = inspection.follow(lots(1), **words)
    assert (kept.decisions[0].n, kept.decisions[0].ac, kept.state) == (32, 1, good)
    assert inspection.follow(lots(2), **words).state == State()
    assert inspection.follow(lots(0, steady=False), **words).state == State()
    assert inspection.follow(lots(0), aql=1.0, reduced="never", start=good).state == State()


def test_lots_that_come_back_count_for_nothing() -> None:
    back = Lot(lot="1a", lot_size=1000, nonconforming=9, original=False, severity="tightened")
    first = lots(3)
    made = inspection.follow([*first, back], aql=1.0, reduced="never")
    assert made.state == inspection.follow(first, aql=1.0, reduced="never").state
    assert (made.decisions[1].severity, made.decisions[1].ac, made.decisions[1].accepted) == (
        "tightened",
        1,
        False,
    )


def test_a_history_can_be_cut_anywhere() -> None:
    found = [0, 3, 0, 3, 1, 1, 2, 1, 1, 1, 1, 1, *[0] * 11, 2, 0]
    whole = inspection.follow(lots(*found), aql=1.0, reduced="when_earned")
    assert {d.severity for d in whole.decisions} == {"normal", "tightened", "reduced"}
    for cut in range(len(found)):
        before = inspection.follow(lots(*found)[:cut], aql=1.0, reduced="when_earned")
        then = inspection.follow(lots(*found)[cut:], aql=1.0, reduced="when_earned", start=before.state)
        assert before.decisions + then.decisions == whole.decisions
        assert then.state == whole.state


def test_after_the_end_only_a_resumed_lot() -> None:
    ended = State(severity="discontinued")
    with pytest.raises(ZhihengError, match="discontinued"):
        inspection.follow(lots(0), aql=1.0, reduced="never", start=ended)
    again = inspection.follow(lots(0, resumed=True), aql=1.0, reduced="never", start=ended)
    assert again.decisions[0].severity == "tightened"
    assert again.state == State(severity="tightened", run=1)
    with pytest.raises(ZhihengError, match="nothing resumes"):
        inspection.follow(lots(0, resumed=True), aql=1.0, reduced="never")


def test_what_a_history_cannot_be() -> None:
    with pytest.raises(ZhihengError, match="severity"):
        inspection.follow(lots(0, original=False), aql=1.0, reduced="never")
    with pytest.raises(ZhihengError, match="severity"):
        inspection.follow(lots(0, severity="normal"), aql=1.0, reduced="never")
    with pytest.raises(ZhihengError, match="no such choice"):
        inspection.follow(lots(0), aql=1.0, reduced="always")  # type: ignore[arg-type]


def test_rows_of_a_frame_are_lots() -> None:
    rows = pl.DataFrame({"lot": ["1", "2"], "lot_size": [1000, 1000], "nonconforming": [3, 3]})
    made = inspection.follow(rows.iter_rows(named=True), aql=1.0, reduced="never")
    assert made == inspection.follow(lots(3, 3), aql=1.0, reduced="never")
    bad = rows.with_columns(nonconforming=pl.Series([-1, 0]), lot_size=pl.Series([1000, 1]))
    with pytest.raises(ZhihengError) as caught:
        inspection.follow(bad.iter_rows(named=True), aql=1.0, reduced="never")
    assert [p.rule for p in caught.value.problems] == ["yaml_below", "yaml_below"]
    assert [p.where[:7] for p in caught.value.problems] == ["lots[1]", "lots[2]"]


def test_a_history_is_a_table() -> None:
    made = inspection.follow(lots(3, 3), aql=1.0, reduced="never").frame
    assert made.row(1, named=True) == {
        "lot": "2", "severity": "normal", "code_letter": "J", "n": 80, "ac": 2, "nonconforming": 3,
        "accepted": False, "original": True, "score": 0, "next_severity": "tightened",
    }  # fmt: skip
    assert inspection.follow([], aql=1.0, reduced="never").frame.columns == made.columns


@given(found=st.lists(st.integers(0, 4), max_size=60))
def test_no_history_breaks_a_rule(found: list[int]) -> None:
    """Read back from the decisions alone, lot by lot."""
    made, kept = [], inspection.State()
    for lot in lots(*found):
        if kept.severity == "discontinued":
            break
        step = inspection.follow([lot], aql=1.0, reduced="when_earned", start=kept)
        made, kept = [*made, *step.decisions], step.state
    for i, decision in enumerate(made):
        stay = made[: i + 1]
        while stay and any(d.severity != decision.severity for d in stay):
            stay = stay[1:]
        lost = [not d.accepted for d in stay]
        if decision.severity == "normal":
            assert (decision.next_severity == "tightened") == (sum(lost[-5:]) >= 2)
        elif decision.severity == "tightened" and decision.next_severity == "normal":
            assert lost[-5:] == [False] * 5
        elif decision.next_severity == "discontinued":
            assert sum(lost) == 5
