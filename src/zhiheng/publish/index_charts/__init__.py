"""Charts of composite indices: page, notebook and Word use the same ones.

Each takes result frames of `zhiheng.index` (the columns that its docstring names, others are left
alone), names for their codes, the words of a language, and a description that a screen reader
says.  Colours are names until `charts.painted` or a style sheet fills them in.
"""

from zhiheng.publish.index_charts.comparison import correlation_map, profile
from zhiheng.publish.index_charts.composition import framework_tree, index_bars, waterfall
from zhiheng.publish.index_charts.over_time import bump, slope
from zhiheng.publish.index_charts.robustness import rank_intervals, rank_sets, sobol

__all__ = [
    "bump",
    "correlation_map",
    "framework_tree",
    "index_bars",
    "profile",
    "rank_intervals",
    "rank_sets",
    "slope",
    "sobol",
    "waterfall",
]
