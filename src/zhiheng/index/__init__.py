"""Composite indices: from indicators to an index, and how far to trust it.

`Index` says what is computed, `compute` computes it.
"""

from zhiheng.index.attribution import of_change, of_difference
from zhiheng.index.coinr import from_coinr
from zhiheng.index.compute import compute
from zhiheng.index.rank_confidence import RankConfidence, rank_confidence
from zhiheng.index.result import Result
from zhiheng.index.sampling import SamplingError, sampling_error
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
    "compute",
    "from_coinr",
    "of_change",
    "of_difference",
    "rank_confidence",
    "sampling_error",
    "sensitivity",
    "uncertainty",
]
