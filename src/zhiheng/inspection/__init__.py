"""Inspection by sampling: plans, what they are worth, and how severity follows a supplier's lots.

`SamplingPlan` says what is drawn and decided, from ISO 2859-1 (GB/T 2828.1) or from two risks with
`find_plan`; `curves` says what it is worth at each quality.  `follow` carries the severity along a
supplier's lots, and `declared_quality_plan` tests what someone declares.
"""

from zhiheng.inspection.curves import Curves, curves, outgoing_limit
from zhiheng.inspection.declared import DeclaredPlan, declared_quality_plan
from zhiheng.inspection.design import VariablesPlan, find_plan, find_variables_plan
from zhiheng.inspection.plan import SamplingPlan, Stage
from zhiheng.inspection.switching import Decision, History, Lot, State, follow

__all__ = [
    "Curves",
    "Decision",
    "DeclaredPlan",
    "History",
    "Lot",
    "SamplingPlan",
    "Stage",
    "State",
    "VariablesPlan",
    "curves",
    "declared_quality_plan",
    "find_plan",
    "find_variables_plan",
    "follow",
    "outgoing_limit",
]
