"""Unified social credit codes: worked examples that others printed, and what the arithmetic finds.

Expected values: 91350100M000100Y43 (sum 1640, remainder 28, check character 3) is the worked example
of GB 32100-2015 as quoted with its steps; 91110000600037341L is the example of python-stdnum's
`stdnum.cn.uscc`; D2143569-X is the customary example of GB 11714-1997.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zhiheng.framework import credit_codes
from zhiheng.framework.credit_codes import ALPHABET, Fault, complete, faults

WORKED = "91350100M000100Y43"
SOUND = [WORKED, "91110000600037341L", credit_codes.internal("450200", 1), complete("12100000M000100Y")]


def test_the_worked_examples() -> None:
    assert credit_codes.check(WORKED[:17]) == "3"
    assert faults([*SOUND, "91350100M000100Y4Z"]).tolist() == [0, 0, 0, 0, Fault.CHARACTER]
    assert complete(WORKED[:16]) == WORKED
    assert credit_codes.organisation_check("D2143569") == "X"


def test_the_printed_steps_of_the_worked_example() -> None:
    values = [ALPHABET.index(c) for c in WORKED[:17]]
    assert values == [9, 1, 3, 5, 0, 1, 0, 0, 21, 0, 0, 0, 1, 0, 0, 30, 4]
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    assert weights == [3**i % 31 for i in range(17)]
    assert sum(v * w for v, w in zip(values, weights, strict=True)) == 1640
    assert ALPHABET.index(WORKED[17]) == 31 - 1640 % 31


@pytest.mark.parametrize(
    ("code", "fault"),
    [("", Fault.LENGTH), (WORKED[:17], Fault.LENGTH), (WORKED + " ", Fault.LENGTH),
     (WORKED.lower(), Fault.CHARACTER), ("9135O100M000100Y43", Fault.CHARACTER),
     ("9135A100M000100Y43", Fault.CHARACTER), ("9１350100M000100Y43", Fault.CHARACTER),
     ("000000000000000000", Fault.CHARACTER), ("91350100M000100Y44", Fault.CHECK),
     ("柳" * 18, Fault.CHARACTER)],
)  # fmt: skip
def test_the_fault_of_a_code(code: str, fault: Fault) -> None:
    assert faults([WORKED, code, WORKED]).tolist() == [0, fault, 0]


def test_an_organisation_code_that_breaks_its_own_check() -> None:
    known = WORKED[:16] + "5"
    assert faults([known + credit_codes.check(known)]).tolist() == [Fault.ORGANISATION]


@pytest.mark.parametrize("code", SOUND)
def test_every_single_wrong_character_is_found(code: str) -> None:
    wrong = [code[:i] + c + code[i + 1 :] for i in range(18) for c in ALPHABET if c != code[i]]
    assert len(wrong) == 18 * 30
    assert (faults(wrong) != 0).all()


def sound_codes(n: int, seed: int) -> list[str]:
    """Sound codes of every kind: random characters with digits where the area stands."""
    rng = np.random.default_rng(seed)
    drawn = [[ALPHABET[i] for i in row] for row in rng.integers(0, 31, (n, 16))]
    areas = rng.integers(0, 10, (n, 6))
    stems = ["9" + "".join([*row[1:2], *map(str, area), *row[8:]])
             for row, area in zip(drawn, areas, strict=True)]  # fmt: skip
    return [complete(stem) for stem in stems]


@pytest.mark.parametrize("pair", list(itertools.combinations(range(18), 2)))
def test_an_exchange_of_two_characters_is_found_but_that_of_the_first_and_the_last(
    pair: tuple[int, int],
) -> None:
    first, last = pair
    codes = [code for code in sound_codes(40, seed=11) if code[first] != code[last]]
    assert codes
    exchanged = []
    for code in codes:
        cells = list(code)
        cells[first], cells[last] = cells[last], cells[first]
        exchanged.append("".join(cells))
    # The last may hold what the first may not: a nought is no registering authority.
    unnoticed = [bool(fault == 0) for fault in faults(exchanged)]
    assert unnoticed == ([code[17] != "0" for code in codes] if pair == (0, 17) else [False] * len(codes))


def test_the_weights_prove_it_for_every_code() -> None:
    weights = [*(3**i % 31 for i in range(17)), 1]
    assert all(weights)  # 31 is prime: no single error times a weight is 0
    same = [pair for pair in itertools.combinations(range(18), 2) if weights[pair[0]] == weights[pair[1]]]
    assert same == [(0, 17)]


def test_the_inner_check_finds_what_it_can() -> None:
    # 0 and B differ by 11, so the organisation code alone cannot tell them apart; the outer check can.
    assert credit_codes.organisation_check("B0000000") == credit_codes.organisation_check("00000000")
    assert credit_codes.organisation_check("A0000000") != credit_codes.organisation_check("00000000")


def test_codes_for_internal_use_belong_to_nobody() -> None:
    codes = [credit_codes.internal("450206", n) for n in (1, 2, 99999)]
    assert [code[8:16] for code in codes] == ["PDY00001", "PDY00002", "PDY99999"]
    assert faults(codes).tolist() == [0, 0, 0]
    for number in (0, 100000):
        with pytest.raises(ValueError, match="not from 1 to 99999"):
            credit_codes.internal("450206", number)


@pytest.mark.parametrize("stem", ["", WORKED, "91A50100M000100Y", "91350100M000100I", "91350100M000100y"])
def test_no_code_begins_like_that(stem: str) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        complete(stem)


def test_hints() -> None:
    assert credit_codes.wrong_characters("9l3501O0M000100Y4ｚ") == [
        (2, "l", "1"), (7, "O", "0"), (18, "ｚ", "2"),
    ]  # fmt: skip
    assert credit_codes.wrong_characters("0135010柳M000100Y43") == [(1, "0", ""), (8, "柳", "")]
    assert list(credit_codes.exchanged("91350100M00010Y043")) == [WORKED]
