"""The tables of ISO 2859-1:1999: printed cells, and the logic by which the tables are made."""

from __future__ import annotations

import pytest

from zhiheng.errors import ZhihengError
from zhiheng.inspection import SamplingPlan, tables

TABLE = tables.editions()["1999"]
LETTERS = "ABCDEFGHJKLMNPQR"
SEVERITIES = ("normal", "tightened", "reduced")


@pytest.mark.parametrize(
    ("aql", "severity", "ac"),  # cells read from the standard: lot 501-1200, level II, J
    [
        (1.0, "normal", 2),
        (1.0, "tightened", 1),
        (2.5, "normal", 5),
        (2.5, "tightened", 3),
        (4.0, "normal", 7),
        (4.0, "tightened", 5),
    ],
)
@pytest.mark.parametrize("lot_size", [501, 1200])
def test_printed_cells(lot_size: int, aql: float, severity: str, ac: int) -> None:
    plan = SamplingPlan.iso2859_1(lot_size=lot_size, aql=aql, severity=severity)
    assert (plan.code_letter, plan.n, plan.ac, plan.re) == ("J", 80, ac, ac + 1)


def test_sample_sizes_are_the_preferred_series() -> None:
    r5 = [2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150]
    rows = TABLE.plans["single"]
    assert [row.n for row in rows["normal"].values()] == r5[:16]
    assert [row.n for row in rows["tightened"].values()] == r5
    assert [row.n for row in rows["reduced"].values()] == [2, 2, *r5[:14]]  # two steps less, never below 2


def test_every_table_is_whole() -> None:
    for severity in SEVERITIES:
        rows = TABLE.plans["single"][severity]
        assert "".join(rows)[:16] == LETTERS
        assert all(len(row.parts) == len(TABLE.aql) == 26 for row in rows.values())


@pytest.mark.parametrize("severity", SEVERITIES)
def test_acceptance_numbers_run_along_diagonals(severity: str) -> None:
    """One letter up and one AQL down keeps the number: n times AQL is the same."""
    rows = TABLE.plans["single"][severity]
    seen: dict[int, set[str]] = {}
    for i, letter in enumerate(LETTERS):
        if severity == "reduced" and letter in "AB":  # with n kept at 2 they have numbers of their own
            continue
        for j, cell in enumerate(rows[letter].parts):
            if cell.isdigit():
                seen.setdefault(i + j, set()).add(cell)
    assert all(len(numbers) == 1 for numbers in seen.values())
    along = [int(*seen[s]) for s in sorted(seen)]
    assert along == sorted(along)
    expected = {
        "normal": [0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 44],
        "tightened": [0, 1, 2, 3, 5, 8, 12, 18, 27, 41],
        "reduced": [0, 1, 2, 3, 6, 8, 10, 14, 21],
    }
    assert along == expected[severity]


@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_arrow_ends_at_a_plan(severity: str) -> None:
    refused = []
    for letter in LETTERS:
        for aql in TABLE.aql:
            try:
                ended, n, ac = tables.single(TABLE, letter, aql, severity)
            except ZhihengError as error:
                refused += [p.found for p in error.problems]
                continue
            assert n == TABLE.plans["single"][severity][ended].n
            assert ac >= 0
    assert {"normal": 0, "tightened": 1, "reduced": 14}[severity] == len(set(refused))


def test_arrows_of_the_corners() -> None:
    def end(letter: str, aql: float, severity: str) -> tuple[str, int, int]:
        return tables.single(TABLE, letter, aql, severity)

    assert end("R", 0.025, "tightened") == ("S", 3150, 1)
    assert end("R", 0.015, "normal") == ("P", 800, 0)
    assert end("A", 10, "normal") == ("C", 5, 1)
    assert end("F", 100, "normal") == ("E", 13, 21)
    assert end("A", 0.010, "reduced") == ("Q", 500, 0)


def test_a_tightened_plan_never_accepts_more_and_a_good_lot_is_accepted() -> None:
    for letter in LETTERS:
        for j, aql in enumerate(TABLE.aql):
            cells = [TABLE.plans["single"][s][letter].parts[j] for s in ("normal", "tightened")]
            if all(c.isdigit() for c in cells):
                assert int(cells[1]) <= int(cells[0])
            if cells[0].isdigit() and aql <= 10:
                plan = SamplingPlan.build(n=TABLE.plans["single"]["normal"][letter].n, ac=int(cells[0]))
                assert 0.86 < plan.acceptance_probability(aql / 100, distribution="binomial") < 0.998


@pytest.mark.parametrize(
    ("level", "lot_size", "letter"),
    [
        ("II", 2, "A"), ("II", 8, "A"), ("II", 9, "B"), ("II", 500_000, "P"), ("II", 500_001, "Q"),
        ("I", 1000, "G"), ("III", 1000, "K"), ("S-1", 1000, "C"), ("S-4", 1000, "F"), ("III", 10**9, "R"),
    ],
)  # fmt: skip
def test_code_letters(level: str, lot_size: int, letter: str) -> None:
    assert TABLE.letter(lot_size, level) == letter


def test_higher_levels_and_larger_lots_never_draw_less() -> None:
    letters = TABLE.code_letters.letters
    for row in letters.values():
        assert len(row) == len(TABLE.code_letters.lot_size_to) + 1 == 15
        assert list(row) == sorted(row)
    for lower, higher in zip(list(letters)[:-1], list(letters)[1:], strict=True):
        if (lower, higher) != ("S-4", "I"):
            assert all(a <= b for a, b in zip(letters[lower], letters[higher], strict=True))


def test_a_sample_as_large_as_the_lot_is_the_lot() -> None:
    plan = SamplingPlan.iso2859_1(lot_size=60, aql=0.10)  # E: the arrow ends at K, n 125
    assert (plan.code_letter, plan.n, plan.ac, plan.whole_lot) == ("K", 60, 0, True)


def test_cells_on_which_the_copies_disagree_are_refused() -> None:
    with pytest.raises(ZhihengError) as caught:
        SamplingPlan.iso2859_1(lot_size=1000, aql=4.0, severity="reduced")
    problem = caught.value.problems[0]
    assert (problem.rule, problem.found) == ("inspection_cell_disputed", "reduced, J, AQL 4")
    assert "4" in problem.fix("zh")
    assert "5" in problem.fix("en")


def test_everything_unknown_is_said_at_once() -> None:
    with pytest.raises(ZhihengError) as caught:
        SamplingPlan.iso2859_1(lot_size=1, aql=3, inspection_level="IV", severity="strict", kind="double")
    assert [p.where for p in caught.value.problems] == ["lot_size", "aql", "inspection_level", "kind"]
    with pytest.raises(ZhihengError) as caught:
        SamplingPlan.iso2859_1(lot_size=100, aql=1.0, severity="strict")
    assert [p.where for p in caught.value.problems] == ["severity"]
    with pytest.raises(ZhihengError, match="1989"):
        SamplingPlan.iso2859_1(lot_size=100, aql=1.0, edition="1989")
