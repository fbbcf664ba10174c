"""The Excel form of any contract: written here, filled in by a department, read by `check`.

`order` says what is to be written and refuses what cannot be; `book` writes it: the form itself
(`sheet`), what to fill in (`guide`), the codes (`codes`), and a hidden sheet that says which form
it is.  Nothing here says what a table holds: that is its contract.
"""

from zhiheng.collect.template.files import write_all, write_one

__all__ = ["write_all", "write_one"]
