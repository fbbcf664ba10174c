"""A sampling plan by attributes: what is drawn, what is decided, what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationError, model_validator

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import mistakes
from zhiheng.framework.base import Model, RuleError
from zhiheng.inspection import chances, tables

Floats = NDArray[np.float64]
Distribution = Literal["hypergeometric", "binomial", "poisson"]
Severity = Literal["normal", "tightened", "reduced"]


class Stage(Model):
    """One sample of a plan."""

    n: int = Field(ge=1, description="本次抽取的件数 · Items drawn at this stage.")
    ac: int | None = Field(
        ge=0, description="累计接收数；空：本次还不能接收 · Acceptance number so far; none: not yet."
    )
    re: int = Field(ge=1, description="累计拒收数 · Rejection number so far.")

    @model_validator(mode="after")
    def _in_order(self) -> Stage:
        if self.ac is not None and self.re <= self.ac:
            raise RuleError(rule="inspection_re_above_ac", found=f"Ac {self.ac}, Re {self.re}")
        return self


class SamplingPlan(Model):
    """A single, double or multiple sampling plan by attributes; frozen, keyword-only.

    Attributes
    ----------
    stages : tuple of Stage
        One for a single plan.
    code_letter, aql, inspection_level, severity, edition : optional
        Where the plan was looked up, by the tables of ISO 2859-1.
    whole_lot : bool
        Whether the sample of the tables is as large as the lot, so that all is inspected.
    """

    stages: tuple[Stage, ...]
    code_letter: str | None = None
    aql: float | None = None
    inspection_level: str | None = None
    severity: Severity | None = None
    edition: str | None = None
    whole_lot: bool = False

    @model_validator(mode="after")
    def _decides(self) -> SamplingPlan:
        if not self.stages:
            raise RuleError(rule="inspection_no_stage", found="stages")
        last = self.stages[-1]
        if last.ac is None or last.re != last.ac + 1:
            raise RuleError(rule="inspection_last_decides", found=f"Ac {last.ac}, Re {last.re}")
        for earlier, later in zip(self.stages, self.stages[1:], strict=False):
            if later.re < earlier.re or (later.ac if later.ac is not None else -1) < (
                earlier.ac if earlier.ac is not None else -1
            ):
                raise RuleError(rule="inspection_numbers_fall", found=f"{later.ac}, {later.re}")
            if earlier.re <= (earlier.ac if earlier.ac is not None else -1) + 1:
                raise RuleError(rule="inspection_stage_never_reached", found=f"{earlier.ac}, {earlier.re}")
        return self

    @classmethod
    def build(
        cls,
        *,
        n: int | Sequence[int],
        ac: int | Sequence[int | None],
        re: int | Sequence[int] | None = None,
        **words: Any,
    ) -> SamplingPlan:
        """Return a plan from its numbers: `n=80, ac=2`, or `n=(50, 50), ac=(1, 4), re=(4, 5)`.

        Raises
        ------
        ZhihengError
            With every mistake.
        """
        many_n, many_ac = _many(n), _many(ac)
        many_re = _many(re) if re is not None else [(a if a is not None else 0) + 1 for a in many_ac]
        if not len(many_n) == len(many_ac) == len(many_re):
            found = f"n {len(many_n)}, ac {len(many_ac)}, re {len(many_re)}"
            raise ZhihengError([Problem(where="SamplingPlan", rule="inspection_stage_counts", found=found)])
        stages = [
            dict(zip(("n", "ac", "re"), row, strict=True))
            for row in zip(many_n, many_ac, many_re, strict=True)
        ]
        given = {"stages": stages, **words}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ZhihengError(mistakes.problems("SamplingPlan", given, {}, error, cls)) from None

    @classmethod
    def iso2859_1(
        cls,
        *,
        lot_size: int,
        aql: float,
        inspection_level: str = "II",
        severity: str = "normal",
        kind: str = "single",
        edition: str = "1999",
    ) -> SamplingPlan:
        """Look a plan up in the tables of ISO 2859-1 (GB/T 2828.1), arrows followed.

        Where the arrows end at a sample not smaller than the lot, the standard has all of it
        inspected: `n` is then the lot size and `whole_lot` is set.

        Parameters
        ----------
        lot_size : int
        aql : float
            In nonconforming per cent, or nonconformities per 100 items, as the standard prints it.
        inspection_level : str
            I, II, III, S-1 .. S-4.
        severity : {'normal', 'tightened', 'reduced'}
        kind : {'single'}
            Tables of double and multiple plans are not carried yet.
        edition : str
            Year of the edition of ISO 2859-1.

        Raises
        ------
        ZhihengError
            For what the tables do not know, or a cell on which the copies at hand disagree.
        """
        tables.hold(edition, lot_size, aql, inspection_level, severity, kind)
        table = tables.editions()[edition]
        letter, n, ac = tables.single(table, table.letter(lot_size, inspection_level), aql, severity)
        return cls.build(
            n=min(n, lot_size),
            ac=ac,
            code_letter=letter,
            aql=aql,
            inspection_level=inspection_level,
            severity=severity,
            edition=edition,
            whole_lot=n >= lot_size,
        )

    @property
    def n(self) -> int:
        """Items drawn if every stage is reached; the sample size of a single plan."""
        return sum(stage.n for stage in self.stages)

    @property
    def ac(self) -> int:
        """Acceptance number at the end."""
        return self.stages[-1].re - 1

    @property
    def re(self) -> int:
        """Rejection number at the end."""
        return self.stages[-1].re

    @property
    def rows(self) -> list[chances.Stage]:
        """The stages as the kernels take them."""
        return [(s.n, -1 if s.ac is None else s.ac, s.re) for s in self.stages]

    def accepts(self, *found: int) -> bool | None:
        """Return the decision after the samples so far; None when the next has to be drawn.

        Parameters
        ----------
        *found : int
            Nonconforming found in each sample, in order.

        Raises
        ------
        ZhihengError
            For a number below 0, or a sample drawn after the decision had been reached.
        """
        if any(f < 0 for f in found) or len(found) > len(self.stages):
            raise ZhihengError([Problem(where="found", rule="inspection_found", found=str(list(found)))])
        total, decided = 0, None
        for count, stage in zip(found, self.stages, strict=False):
            if decided is not None:
                raise ZhihengError([Problem(where="found", rule="inspection_found", found=str(list(found)))])
            total += count
            if stage.ac is not None and total <= stage.ac:
                decided = True
            elif total >= stage.re:
                decided = False
        return decided

    def acceptance_probability(
        self, p: ArrayLike, *, distribution: Distribution, lot_size: int | None = None
    ) -> Floats:
        """Return the probability of acceptance (the operating characteristic), shape of `p`.

        Parameters
        ----------
        p : array_like
            Fraction nonconforming 0-1; nonconformities an item for `poisson`.
        distribution : {'hypergeometric', 'binomial', 'poisson'}
            A lot without replacement, a process, nonconformities.
        lot_size : int, optional
            Needed for `hypergeometric`, which takes whole numbers of nonconforming items only.

        Raises
        ------
        ZhihengError
            For values that the distribution cannot have.
        """
        x = checked(self, p, distribution, lot_size)
        run = chances.course(self.rows, x.ravel(), distribution, lot_size or 0)
        return np.asarray(np.minimum(run.accept.sum(axis=1), 1.0).reshape(x.shape))


def _many(value: Any) -> list[Any]:
    return [value] if isinstance(value, int) or value is None else list(value)


def checked(plan: SamplingPlan, p: ArrayLike, distribution: str, lot_size: int | None) -> Floats:
    """Return the qualities as an array that the plan and the distribution can take.

    Raises
    ------
    ZhihengError
        With every mistake.
    """
    x = np.asarray(p, dtype=np.float64)
    found = qualities(x, distribution, lot_size)
    if lot_size is not None and plan.n > lot_size:
        size, facts = str(lot_size), {"n": str(plan.n)}
        found.append(Problem(where="lot_size", rule="inspection_sample_above_lot", found=size, args=facts))
    if found:
        raise ZhihengError(found)
    return x


def qualities(x: Floats, distribution: str, lot_size: int | None) -> list[Problem]:
    """Return what is wrong with qualities under a distribution."""
    if distribution not in chances.DISTRIBUTIONS:
        known = ", ".join(chances.DISTRIBUTIONS)
        return [
            Problem(where="distribution", rule="inspection_choice", found=distribution, args={"known": known})
        ]
    if lot_size is not None and lot_size < 1:
        return [Problem(where="lot_size", rule="inspection_lot_too_small", found=str(lot_size))]
    top = np.inf if distribution == "poisson" else 1.0
    outside = ~((x >= 0) & (x <= top) & np.isfinite(x))
    if outside.any():
        return [Problem(where="p", rule="inspection_quality_outside", found=f"{x[outside].flat[0]:g}")]
    if distribution != "hypergeometric":
        return []
    if lot_size is None:
        return [Problem(where="lot_size", rule="inspection_lot_needed", found=distribution)]
    part = np.abs(x * lot_size - np.rint(x * lot_size)) > 1e-9 * lot_size
    if part.any():
        facts = {"lot_size": str(lot_size)}
        return [Problem(where="p", rule="inspection_not_whole", found=f"{x[part].flat[0]:g}", args=facts)]
    return []
