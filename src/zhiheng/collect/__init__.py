"""Stages 1 and 2, collect and freeze: delivered files in, checked and numbered read-only files out.

`check` says everything that is wrong with what stands in `1_collected`; `freeze` writes what
passed into `2_frozen` and into its log.  Nothing here computes a figure, and nothing here is
guessed: what a cell says is read as it stands, read and noted, or a problem.
"""
