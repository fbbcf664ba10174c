"""Composite indices: from indicators to an index, and how far to trust it.

`Index` says what is computed and `compute` computes it; `uncertainty` and `sensitivity` vary the
choices, `sampling_error` and `rank_confidence` carry the figures' own errors; the rest looks the
result over.
"""

from zhiheng.index.attribution import of_change, of_difference
from zhiheng.index.coin_tool import coin_tool_data, from_coin_tool
from zhiheng.index.coinr import from_coinr
from zhiheng.index.compute import compute
from zhiheng.index.rank_confidence import RankConfidence, rank_confidence
from zhiheng.index.result import Result
from zhiheng.index.review import (
    components,
    correlations,
    effective_weights,
    peers,
    reliability,
    statistics,
    strengths,
)
from zhiheng.index.sampling import SamplingError, sampling_error
from zhiheng.index.scenarios import compare, what_if, without_each
from zhiheng.index.sensitivity import Sensitivity, sensitivity
from zhiheng.index.spec import Goalposts, Index, Node, Step
from zhiheng.index.uncertainty import Uncertainty, uncertainty
from zhiheng.index.vary import Vary

__all__ = [
    "Goalposts",
    "Index",
    "Node",
    "RankConfidence",
    "Result",
    "SamplingError",
    "Sensitivity",
    "Step",
    "Uncertainty",
    "Vary",
    "coin_tool_data",
    "compare",
    "components",
    "compute",
    "correlations",
    "effective_weights",
    "from_coin_tool",
    "from_coinr",
    "of_change",
    "of_difference",
    "peers",
    "rank_confidence",
    "reliability",
    "sampling_error",
    "sensitivity",
    "statistics",
    "strengths",
    "uncertainty",
    "what_if",
    "without_each",
]
