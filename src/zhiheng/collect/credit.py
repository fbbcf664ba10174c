"""Words for unified social credit codes that are wrong: which character, and what was likely meant.

A hint is a hint: the code is compared with the licence, and nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from zhiheng.errors import Severity
from zhiheng.framework import credit_codes
from zhiheng.framework.base import Text
from zhiheng.framework.credit_codes import Fault


def faults_of(codes: pl.Series) -> pl.Series:
    """Return the fault of each code; an empty cell has none.

    Parameters
    ----------
    codes : Series of str

    Returns
    -------
    Series of Int8
        Of `framework.credit_codes.Fault`.
    """
    faults = pl.Series(credit_codes.faults(codes.fill_null("").to_list()))
    return faults.zip_with(codes.is_not_null(), pl.Series([0], dtype=pl.Int8))


def _length(code: str) -> Mapping[str, Any]:
    return {"length": len(code)}


def _characters(code: str) -> Mapping[str, Any]:
    """Name every character that cannot stand where it stands."""
    zh, en = [], []
    for position, character, instead in credit_codes.wrong_characters(code):
        zh.append(f"第 {position} 位“{character}”" + (f"，也许是 {instead}" if instead else ""))
        en.append(f'place {position} is "{character}"' + (f", perhaps {instead}" if instead else ""))
    return {"wrong": Text(zh="；".join(zh), en="; ".join(en))}


def _check(code: str) -> Mapping[str, Any]:
    """Say what the check character should be, in which part the error is likely, and what was exchanged."""
    body = code[credit_codes.ORGANISATION]
    if credit_codes.organisation_check(body[:8]) == body[8]:
        where = Text(
            zh="第 9—17 位自身对得上，多半错在第 1—8 位或第 18 位",
            en="places 9 to 17 hold among themselves, so look at 1 to 8 and 18 first",
        )
    else:
        where = Text(
            zh="第 9—17 位自身也对不上，多半错在这里",
            en="places 9 to 17 do not hold among themselves either, so look there first",
        )
    readings = list(credit_codes.exchanged(code))
    zh, en = "、".join(readings), " or ".join(readings)
    exchanged = Text(zh=f"；相邻两位写反的话是 {zh}", en=f"; with two neighbours exchanged it would be {en}")
    return {
        "expected": credit_codes.check(code),
        "stands": code[17],
        "where_wrong": where,
        "exchanged": exchanged if readings else "",
    }


def _organisation(code: str) -> Mapping[str, Any]:
    body = code[credit_codes.ORGANISATION]
    return {"expected": credit_codes.organisation_check(body[:8]), "stands": body[8]}


RULES: dict[Fault, tuple[str, Severity, Callable[[str], Mapping[str, Any]]]] = {
    Fault.LENGTH: ("credit_code_length", "error", _length),
    Fault.CHARACTER: ("credit_code_character", "error", _characters),
    Fault.CHECK: ("credit_code_check", "error", _check),
    Fault.ORGANISATION: ("credit_code_organisation", "warning", _organisation),
}
"""Rule, severity and facts of each fault.

The inner check is a warning: what was printed on a licence counts, even where it breaks GB 11714.
"""
