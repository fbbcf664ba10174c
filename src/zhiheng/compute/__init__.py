"""Stage 4, small tables to figures: measures as data, lineage for every figure.

Nothing here sees a record.  `figures` is the way in; `measures` has one function a kind.
"""
