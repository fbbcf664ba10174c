"""Inspection by sampling: plans, what they are worth, and how severity follows a supplier's lots.

`SamplingPlan` says what is drawn and decided, from ISO 2859-1 (GB/T 2828.1) or from two risks with
`find_plan`; `curves` says what it is worth at each quality.
"""

from zhiheng.inspection.curves import Curves, curves, outgoing_limit
from zhiheng.inspection.design import VariablesPlan, find_plan, find_variables_plan
from zhiheng.inspection.plan import SamplingPlan, Stage

__all__ = [
    "Curves",
    "SamplingPlan",
    "Stage",
    "VariablesPlan",
    "curves",
    "find_plan",
    "find_variables_plan",
    "outgoing_limit",
]
