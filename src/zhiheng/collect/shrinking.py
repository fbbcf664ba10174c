"""Rounds that a delivery would replace by much smaller ones.

A file replaces every round whose period its records name.  A date that was mistyped is a record of
another year, and would replace that year's whole round by itself; so would half a register that was
cut off on the way.
"""

from __future__ import annotations

import polars as pl

from zhiheng.collect import rounds
from zhiheng.collect.findings import Findings
from zhiheng.collect.parts import ALL, parts
from zhiheng.collect.rounds import Round, RoundKey
from zhiheng.framework.contracts import Contract

SHARE_THAT_SHRINKS = 0.5
"""A round that keeps at most this share of the rows which it supersedes is to be confirmed."""


def check_shrinking(
    frame: pl.DataFrame,
    contract: Contract,
    organisation: str,
    log: list[Round],
    sha256: str,
    findings: Findings,
) -> None:
    """Name each round that would shrink to half or less, at its first record.

    Parameters
    ----------
    frame : DataFrame
        Typed records of a file, with `source_line`.
    contract : Contract
    organisation : str
        Who delivers.
    log : list of Round
        What was frozen.
    sha256 : str
        Of the file: one that was frozen and undone is not frozen again.
    findings : Findings
        Takes a warning for each.
    """
    latest = rounds.latest(log)
    for period, part in parts(frame, contract):
        key = RoundKey(contract.contract, period, organisation)
        before = latest.get(key)
        if before is None or part.height > SHARE_THAT_SHRINKS * before.rows:
            continue
        if rounds.was_undone(log, key, sha256) is not None:
            continue
        findings.one(
            rule="round_shrinks",
            line=0 if period == ALL else int(part["source_line"][0]),
            field="" if contract.time_period is None else contract.time_period.field,
            found=period,
            severity="warning",
            args={"before": before.rows, "after": part.height},
        )
