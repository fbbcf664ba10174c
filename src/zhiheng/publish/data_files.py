"""Every file of the site's `data` folder, in one call that another process can carry out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from zhiheng.framework.city import City
from zhiheng.publish import figure_books, files, open_data, registers, workbook
from zhiheng.publish.registers import Listed


def write(city: City, figures: pl.DataFrame, listed: Sequence[Listed], folder: Path) -> None:
    """Write open data, registers and workbooks.

    Parameters
    ----------
    city : City
    figures : DataFrame
        The long table.
    listed : sequence of Listed
        The registers.
    folder : Path
        The site's `data` folder.
    """
    open_data.write(city, figures, folder)
    for item in listed:
        files.write(folder / "registers" / f"{item.name}.csv", registers.table_text(item))
    books = [*figure_books.books(city, figures), *(registers.workbook(city, item) for item in listed)]
    for place, title, sheets in books:
        workbook.write(folder / place, title, sheets)
