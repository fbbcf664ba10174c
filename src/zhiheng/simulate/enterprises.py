"""Simulated yearly returns of industrial firms: output, grades, losses, equipment, research, exports.

A field is a part of another (sales of output, new products of sales, ...).  The part is

    level of the last year x (1 + rise x years since) x (1 + advance x its effect + the firm's own)

with everything in whole parts per million or per mille.  Output, patents, certified firms and the
output of brand products are shared out from the city's totals, so they add up to them exactly.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.errors import Problem, raise_if
from zhiheng.simulate.brands import draw_brands
from zhiheng.simulate.draws import (
    MILLION,
    NOISE,
    Flags,
    Ints,
    apportion,
    generator,
    highest,
    near_normal,
    of_million,
)
from zhiheng.simulate.enterprise_settings import EnterpriseSettings, YearTotals, load_enterprise_settings
from zhiheng.simulate.goals import published
from zhiheng.simulate.officers import draw_filing
from zhiheng.simulate.register import USUAL_FIRMS, Firms, code_of_the_day, register
from zhiheng.simulate.settings import Settings, load_settings

TABLE = "simulated_enterprises"


@dataclass(frozen=True, slots=True)
class _Panel:
    """The firms and what of theirs holds in every year, each array of shape (firms,).

    Attributes
    ----------
    weight : ndarray of int
        Relative output in the last year.
    drift : ndarray of int
        Yearly drift of it, per mille.
    advance : ndarray of int
        Thousandths.
    exports : ndarray of bool
    certifiable : ndarray of int
        Of the firms of a year those with the highest values are certified.
    own : dict of str to ndarray of int
        For each field with a level, the firm's own effect on it, per mille.
    """

    weight: Ints
    drift: Ints
    advance: Ints
    exports: Flags
    certifiable: Ints
    own: dict[str, Ints]


def enterprises(seed: int, settings: Settings | None = None) -> dict[str, pl.DataFrame]:
    """Return the table `simulated_enterprises`, by year and then by firm.

    Parameters
    ----------
    seed : int
    settings : Settings, optional
        The register's; totals are per firm, so that a register of another size keeps its averages.
    """
    settings = settings or load_settings()
    assumed = load_enterprise_settings()
    firms, rows = register(seed, settings)
    brands = draw_brands(seed, firms, settings)
    filed = draw_filing(seed, firms, settings)
    rng = generator(seed, TABLE)
    panel = _draw_panel(rng, settings, assumed, firms)
    last = assumed.totals.items[-1].year
    frames = []
    for total in assumed.totals.items:
        day = dt.date(total.year, 12, 31)
        fields = _year(rng, assumed, _scaled(total, len(rows)), panel, last)
        holders = brands.holders(day, len(rows))
        fields["brand_output"] = _brand_output(assumed, total, fields["gross_output"], holders)
        fields["quality_officer"] = filed <= np.datetime64(day, "D")
        columns = [pl.Series(name, values) for name, values in fields.items()]
        frames.append(
            rows.select("firm_id", "ref_area", "industry", "firm_size").with_columns(
                pl.lit(day).alias("period_end"), *columns
            )
        )
    frame = pl.concat(frames)
    area = code_of_the_day(settings, pl.col("ref_area"), pl.col("period_end"))
    return {TABLE: frame.with_columns(*_SUMS, ref_area=area).select(_COLUMNS)}


_SUMS = (
    ((3 * pl.col("output_grade_1") + 2 * pl.col("output_grade_2") + pl.col("output_grade_3")) / 2).alias(
        "graded_output"
    ),
    (pl.col("internal_failure_cost") + pl.col("external_failure_cost")).alias("quality_loss"),
    (pl.col("export_batches") - pl.col("export_batches_failed")).alias("export_batches_passed"),
)
_COLUMNS = [
    "firm_id", "period_end", "ref_area", "industry", "firm_size",
    "gross_output", "output_grade_1", "output_grade_2", "output_grade_3", "graded_output", "brand_output",
    "sales", "new_product_sales", "export_sales",
    "internal_failure_cost", "external_failure_cost", "quality_loss",
    "rd_expenditure", "renewal_investment", "equipment_value", "equipment_microelectronic",
    "certified", "patents", "export_batches", "export_batches_passed", "quality_officer",
]  # fmt: skip


def _scaled(total: YearTotals, firms: int) -> YearTotals:
    """Return a year's totals for a register of another size."""
    return total.model_copy(
        update={
            "output": total.output * firms // USUAL_FIRMS,
            "patents": total.patents * firms // USUAL_FIRMS,
        }
    )


def _draw_panel(
    rng: np.random.Generator, settings: Settings, assumed: EnterpriseSettings, firms: Firms
) -> _Panel:
    """Draw what stays with a firm over the years."""
    n = firms.size.size
    by_industry = {item.industry: item for item in assumed.industries.items}
    by_county = {item.ref_area: item for item in assumed.counties.items}
    by_size = {item.firm_size: item for item in assumed.sizes.items}
    industries = [by_industry[item.industry] for item in settings.industries.items]
    counties = [by_county[item.ref_area] for item in settings.counties.items]
    sizes = [by_size[item.firm_size] for item in settings.sizes.items]
    spread = rng.integers(60, 141, size=n) * rng.integers(60, 141, size=n)
    exporters = np.array([s.exporters for s in sizes], dtype=np.int64)[firms.size]
    advance = (
        _ints([i.advance for i in industries])[firms.industry]
        + _ints([c.advance for c in counties])[firms.county]
        + _ints([s.advance for s in sizes])[firms.size]
    )
    return _Panel(
        weight=_ints([s.output for s in sizes])[firms.size]
        * _ints([i.output for i in industries])[firms.industry]
        * spread
        // 100,
        drift=_ints([i.drift for i in industries])[firms.industry],
        advance=advance,
        exports=rng.integers(0, 1000, size=n) < exporters,
        certifiable=2 * advance + near_normal(rng, n) // 1000,
        own={item.field: near_normal(rng, n) * item.spread // NOISE for item in assumed.levels.items},
    )


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _year(
    rng: np.random.Generator, assumed: EnterpriseSettings, total: YearTotals, panel: _Panel, last: int
) -> dict[str, NDArray[Any]]:
    """Return one year's fields, each of shape (firms,); money in thousand yuan."""
    n, back = panel.weight.size, last - total.year
    noise = 1000 + near_normal(rng, n) * assumed.yearly.noise // NOISE
    weight = panel.weight * (1000 - panel.drift * back) // 1000 * noise // 1000
    least = assumed.threshold.output
    found: dict[str, NDArray[Any]] = {
        "gross_output": least + apportion(1000 * total.output - least * n, weight)
    }

    def part(field: str, chance: Ints | int = 0) -> None:
        level = assumed.level(field)
        base = level.level * (1000 - level.rise * back) // 1000
        effect = 1000 + panel.advance * level.by_advance // 1000 + panel.own[field]
        effect += near_normal(rng, n) * (assumed.yearly.noise * level.spread // 500) // NOISE
        parts = np.clip(base * effect // 1000, 0, level.cap)
        found[field] = (found[level.of] * parts + chance) // MILLION

    for field in ("sales", "new_product_sales", "export_sales", "rd_expenditure", "renewal_investment"):
        part(field)
    part("output_grade_1")
    found["output_below_grade_1"] = found["gross_output"] - found["output_grade_1"]
    part("output_grade_2")
    found["output_below_grade_2"] = found["output_below_grade_1"] - found["output_grade_2"]
    for field in ("output_grade_3", "internal_failure_cost", "external_failure_cost", "equipment_value",
                  "equipment_microelectronic"):  # fmt: skip
        part(field)
    found["export_sales"] = np.where(panel.exports, found["export_sales"], 0)
    wanted = found["export_sales"] // assumed.exports.batch_value + 1
    found["export_batches"] = np.where(panel.exports, np.minimum(wanted, assumed.exports.most), 0)
    part("export_batches_failed", chance=rng.integers(0, MILLION, size=n))
    found["certified"] = highest(panel.certifiable, n * total.certified // 1000)
    inventive = np.clip(1000 + 2 * panel.advance + panel.own["rd_expenditure"], 50, None)
    found["patents"] = apportion(total.patents, found["gross_output"] // 1000 * inventive)
    return found


def _brand_output(assumed: EnterpriseSettings, total: YearTotals, output: Ints, holders: Flags) -> Ints:
    """Share the city's output of brand products out over the firms that hold a valid one.

    Raises
    ------
    ZhihengError
        When the holders' output is too small for the share that was published, as with a few seeds
        in a thousand; an assumed share is then cut.
    """
    calibrated = total.brand_share is None
    share = published("brand_output_share", per=100) if total.brand_share is None else total.brand_share
    wanted = (int(output.sum()) * share + 5000) // 10_000
    possible = of_million(np.where(holders, output, 0), np.full(output.size, assumed.brands.part))
    most = int(possible.sum())
    if calibrated and wanted > most:
        args = {"year": total.year}
        raise_if([Problem(where="--seed", rule="seed_unfit", found=f"{most} < {wanted}", args=args)])
    return apportion(min(wanted, most), possible)
