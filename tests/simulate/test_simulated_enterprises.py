"""Simulated yearly returns and brand products: sizes, published totals, what a reader would expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.framework.city import City
from zhiheng.simulate.draws import apportion, highest
from zhiheng.simulate.enterprise_settings import load_enterprise_settings

Printed = Callable[..., tuple[Decimal, str]]
YEARS = list(range(2012, 2018))


@pytest.fixture(scope="module")
def returns(simulated: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return simulated["simulated_enterprises"].with_columns(year=pl.col("period_end").dt.year())


@pytest.fixture(scope="module")
def brands(simulated: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return simulated["simulated_brand_products"]


def per_cent(rows: pl.DataFrame, part: str, whole: str) -> float:
    return 100 * rows[part].sum() / rows[whole].sum()


def test_every_firm_returns_every_year(returns: pl.DataFrame, simulated: dict[str, pl.DataFrame]) -> None:
    assert returns.height == 6 * 2000
    assert returns.select("firm_id", "year").is_unique().all()
    joined = returns.join(simulated["simulated_firms"], on="firm_id", suffix="_firm")
    assert (joined["industry"] == joined["industry_firm"]).all()
    assert (joined["firm_size"] == joined["firm_size_firm"]).all()


def test_totals_are_those_assumed(returns: pl.DataFrame) -> None:
    for total in load_enterprise_settings().totals.items:
        rows = returns.filter(pl.col("year") == total.year)
        assert rows["gross_output"].sum() == 1000 * total.output
        assert rows["patents"].sum() == total.patents
        assert rows["certified"].sum() == 2 * total.certified


def test_no_firm_is_below_the_threshold(returns: pl.DataFrame) -> None:
    assert returns["gross_output"].min() >= load_enterprise_settings().threshold.output


def test_brand_output_is_the_published_share(returns: pl.DataFrame, printed: Printed) -> None:
    rows = returns.filter(pl.col("year") == 2017)
    share = per_cent(rows, "brand_output", "gross_output")
    assert Decimal(repr(round(share, 6))) == printed("brand_output_share", "2017")[0]


def test_only_holders_of_a_valid_product_have_brand_output(
    returns: pl.DataFrame, brands: pl.DataFrame
) -> None:
    for year in YEARS:
        day = dt.date(year, 12, 31)
        valid = brands.filter(pl.lit(day).is_between("recognised_on", "valid_to"))
        with_output = returns.filter(pl.col("year") == year, pl.col("brand_output") > 0)
        assert set(with_output["firm_id"]) == set(valid["firm_id"])


def test_as_many_brand_products_as_published(brands: pl.DataFrame, printed: Printed) -> None:
    of_the_span = brands.filter(pl.col("recognised_on").dt.year().is_between(2012, 2017))
    assert of_the_span.height == printed("brand_products", "2012/2017")[0]


def test_a_brand_product_holds_three_years_and_six_when_renewed(brands: pl.DataFrame) -> None:
    for row in brands.iter_rows(named=True):
        years = 6 if row["renewed"] else 3
        after = row["valid_to"] + dt.timedelta(days=1)
        assert after.year == row["recognised_on"].year + years


def test_pillar_industries_lead(returns: pl.DataFrame) -> None:
    by = dict(returns.group_by("industry").agg(pl.col("gross_output").sum()).rows())
    pillars = {"C31_2011", "C35_2011", "C36_2011"}
    assert set(sorted(by, key=by.__getitem__)[-3:]) == pillars


@pytest.mark.parametrize(
    ("part", "whole", "low", "high", "sign"),
    [
        ("graded_output", "gross_output", 50, 150, 1),
        ("equipment_microelectronic", "equipment_value", 0, 100, 1),
        ("quality_loss", "gross_output", 0, 6, -1),
        ("rd_expenditure", "sales", 0, 12, 1),
        ("new_product_sales", "sales", 0, 90, 1),
    ],
)
def test_the_statistics_improve_year_by_year(
    returns: pl.DataFrame, part: str, whole: str, low: float, high: float, sign: int
) -> None:
    values = [per_cent(returns.filter(pl.col("year") == year), part, whole) for year in YEARS]
    assert all(low < value < high for value in values)
    assert values == sorted(values, reverse=sign < 0)


def test_every_county_and_industry_has_enough_firms_for_its_statistics(
    returns: pl.DataFrame, city: City
) -> None:
    """Below the least number of cases a statistic is not shown, and no index could be made."""
    least = city.parameter(city.settings.publication.minimum_cases)
    for name in ("ref_area", "industry"):
        counts = returns.filter(pl.col("year") == 2017)[name].value_counts()
        assert counts["count"].min() >= least
    exports = returns.group_by("year", "industry").agg(pl.col("export_batches").sum())
    assert exports["export_batches"].min() > 0


def test_firms_keep_what_they_are(returns: pl.DataFrame) -> None:
    """A firm is much like itself a year before: certificates stay, and R&D goes with R&D."""
    wide = returns.sort("firm_id", "year").with_columns(
        before=pl.col("certified").shift().over("firm_id"), rd=pl.col("rd_expenditure") / pl.col("sales")
    )
    assert not wide.filter(pl.col("before") & ~pl.col("certified")).height
    rd = wide.pivot("year", index="firm_id", values="rd")
    assert rd.select(pl.corr("2016", "2017")).item() > 0.9


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
@settings(max_examples=50)
def test_what_is_apportioned_adds_up_and_is_in_proportion(total: int, parts: list[int]) -> None:
    weights = pl.Series([*parts, 1]).to_numpy()
    given_out = apportion(total, weights)
    assert given_out.sum() == total
    exact = total * weights / weights.sum()
    assert (abs(given_out - exact) < 1).all()


def test_of_equal_values_the_first_are_chosen() -> None:
    assert highest(pl.Series([1, 3, 3, 2, 3]).to_numpy(), 2).tolist() == [False, True, True, False, False]


def test_every_assumption_gives_its_reason() -> None:
    assumed = load_enterprise_settings()
    for name in type(assumed).model_fields:
        section = getattr(assumed, name)
        assert section.status == "assumed"
        assert section.reason
