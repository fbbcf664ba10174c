"""Stage 3, rows to small tables: the only folder that imports an engine.

It is also the only one whose work grows with the data.  `plan` says what to add up, `engine` adds
it up for one frozen file, `tables` merges the parts.
"""
