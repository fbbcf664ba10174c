"""Which figure stands for a cell: the indicator's headline series, or the next that exists.

A simulated value never stands where a published one exists.  Published values that conflict all
stand, side by side.
"""

from __future__ import annotations

import polars as pl

from zhiheng.compute.longtable import cell_key
from zhiheng.framework.city import City
from zhiheng.framework.measures import SERIES


def with_headlines(city: City, figures: pl.DataFrame) -> pl.DataFrame:
    """Mark the figures that headline.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.

    Returns
    -------
    DataFrame
        With `headline` filled. A figure without a value headlines only where no other has one.
    """
    chosen = {code: indicator.headline for code, indicator in city.indicators.items()}
    rank = (
        pl.when(pl.col("series") == pl.col("indicator").replace_strict(chosen, return_dtype=pl.String))
        .then(-1)
        .otherwise(
            pl.col("series").replace_strict({s: i for i, s in enumerate(SERIES)}, return_dtype=pl.Int64)
        )
    )
    order = rank + pl.when(pl.col("obs_value").is_null()).then(len(SERIES) + 1).otherwise(0)
    return figures.with_columns(headline=order == order.min().over(cell_key(city)))
