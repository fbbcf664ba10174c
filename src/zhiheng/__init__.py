"""Zhiheng (质衡): a city's quality statistics, from raw record to published figure.

One path, five verbs: collect, freeze, reduce, compute, publish.  The command line
(`zhiheng`) walks it for a city folder; the packages beside it can be used alone.
"""

__version__ = "0.1.0"
