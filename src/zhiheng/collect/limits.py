"""How large a delivered file may be; every limit with its reason, and none hidden elsewhere.

They keep one bad file from taking the machine's memory or its day.  A file beyond one is refused
with the limit in the message, and the way out is said there: split the file by period, or deliver
CSV or Parquet.
"""

from __future__ import annotations

MIB = 1 << 20

MOST_BYTES = 1024 * MIB
"""Bytes of a CSV: some fifteen million records of ten columns, for which the check takes 7-9 GB."""

MOST_WORKBOOK_BYTES = 256 * MIB
"""Bytes of a workbook: a sheet that is full to its last row seldom has more than 100 MiB."""

MOST_EXPANDED = 2048 * MIB
"""Bytes of all parts of a workbook unpacked: a full sheet of ten columns has about 500 MiB."""

MOST_STRINGS = 256 * MIB
"""Bytes of a workbook's shared texts, which are held in memory while its rows are read."""

MOST_DOM = 64 * MIB
"""Bytes of a part that is parsed whole (workbook, styles, relations); usually some kilobytes."""

MOST_RATIO = 200
"""Unpacked bytes for one packed: rows of real data give 5 to 30, deflate cannot give over 1032."""

RATIO_FROM = 64 * MIB
"""Unpacked bytes from which the ratio counts: less does no harm, and small files pack oddly."""

MOST_PARTS = 10_000
"""Parts of a workbook: one for a sheet, a picture, a comment page, ..."""

MOST_SHEETS = 1_000
"""Sheets that are searched for the table; an office's workbook has one to fifty."""

HEAD_ROWS = 40
"""Rows, blank ones not counted, among which the headings are looked for."""

MOST_CELL_TEXT = 32_767
"""Characters of one cell: Excel's own limit."""

SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
"""Rows and columns of a sheet: Excel's own limits; a place beyond them is damage."""

MOST_COPIED = 20 * MIB
"""Bytes of a workbook that an answer copies whole; a larger one's rows are written anew."""

MOST_COMMENTS = 5_000
"""Comments of an answer: each is a drawing, and with many more Excel and WPS no longer scroll."""

MOST_LINKS = 65_530
"""Links of a sheet: Excel's own limit."""

MOST_CELLS = 200_000_000
"""Cells of a Parquet file, rows times columns, which its own head declares."""

MOST_TEXT = 2048 * MIB
"""Bytes of a Parquet file's cells as text; a dictionary can repeat a long text for ever."""

MEMORY_FACTOR = 8
"""Memory that checking a CSV takes, in sizes of the file; measured at a million records."""
