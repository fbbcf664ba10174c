"""Composite indices: from indicators to an index, and how far to trust it.

`Index` says what is computed, `compute` computes it.
"""

from zhiheng.index.attribution import of_change, of_difference
from zhiheng.index.coinr import from_coinr
from zhiheng.index.compute import compute
from zhiheng.index.result import Result
from zhiheng.index.spec import Goalposts, Index, Node, Step

__all__ = [
    "Goalposts",
    "Index",
    "Node",
    "Result",
    "Step",
    "compute",
    "from_coinr",
    "of_change",
    "of_difference",
]
