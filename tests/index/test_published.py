"""Indices that others printed, recomputed from the components they printed."""

from __future__ import annotations

import numpy as np
import polars as pl

from zhiheng import index

# UNDP, Human Development Report 2020, technical notes, technical note 1, the worked example: GNI per
# capita 3,829 (2017 PPP $) and goalposts 100 and 75,000 give the income index 0.5506; with the health
# index 0.6971 and the education index 0.3447 the HDI is 0.510. (The years behind the two other
# indices were not at hand; their goalposts are 20-85, 0-18 and 0-15 years.)
GNI, HEALTH, EDUCATION, INCOME, HDI = 3829.0, 0.6971, 0.3447, 0.5506, 0.510


def hdi() -> index.Index:
    return index.Index.build(
        index="hdi",
        levels=["indicator", "index"],
        tree={
            "code": "hdi",
            "parts": [
                {"code": "health", "goalposts": {"lower": 0, "upper": 1}},
                {"code": "education", "goalposts": {"lower": 0, "upper": 1}},
                {"code": "gni", "goalposts": {"lower": np.log(100), "upper": np.log(75000)}},
            ],
        },
        steps=[
            {"treat": {"method": "none", "overrides": {"gni": {"method": "log"}}}},
            {"normalise": {"method": "goalposts", "range": [0, 1]}},
            {"aggregate": {"method": "geometric"}},
        ],
    )


def test_the_human_development_index_of_the_worked_example() -> None:
    data = pl.DataFrame({"unit": ["example"], "health": [HEALTH], "education": [EDUCATION], "gni": [GNI]})
    values = index.compute(hdi(), data).values
    assert abs(values["gni"].item() - INCOME) <= 0.00005
    assert abs(values["hdi"].item() - HDI) <= 0.0005
