"""Answers to those who delivered: a workbook for every file with problems, to be sent back.

The first sheet lists every error and warning, each with a link to its cell; in the sheet behind it
the cells are coloured and carry a comment.  A workbook comes back as a copy of itself, without
formulas: what was read are the stored results.  Other files come back with the same rows in a new
workbook.  Texts stay texts, whatever they begin with.  What was delivered is not touched.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from zhiheng import store
from zhiheng.collect import limits
from zhiheng.collect.answer_rows import Grid, grid_of
from zhiheng.collect.check import COLLECTED, CheckedFile
from zhiheng.collect.findings import Marked
from zhiheng.collect.sheet_choice import ANSWER_SHEET
from zhiheng.errors import Lang, Problem, Severity, ZhihengError
from zhiheng.framework.city import City

SUFFIX = ".answer.xlsx"
AUTHOR = "质衡 Zhiheng"
_FILLS: dict[Severity, str] = {"error": "FFF8CBAD", "warning": "FFFFE699", "note": "FFDDEBF7"}
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_COMMENT = 2000
_WORDS: dict[str, dict[Lang, str]] = {
    "error": {"zh": "错误", "en": "error"},
    "warning": {"zh": "警告", "en": "warning"},
    "note": {"zh": "说明", "en": "note"},
    "severity": {"zh": "级别", "en": "Severity"},
    "cell": {"zh": "位置", "en": "Place"},
    "field": {"zh": "字段", "en": "Field"},
    "rule": {"zh": "问题", "en": "Problem"},
    "found": {"zh": "现为", "en": "Found"},
    "fix": {"zh": "怎么改", "en": "What to do"},
    "count": {"zh": "处数", "en": "Times"},
    "title": {"zh": "检查结果", "en": "What the check found"},
    "left_out": {"zh": "还有 {0} 条问题列不下", "en": "{0} further problems do not fit here"},
    "no_comment": {
        "zh": "批注只加到第 {0} 格，其余单元格只着色",
        "en": "comments stop after {0} cells; cells after that are coloured only",
    },
    "copied": {
        "zh": "后面是报送的工作簿的副本：公式已换成存下的结果；改好后可以直接重新报送这个文件",
        "en": "The workbook that was delivered follows as a copy, formulas replaced by their stored results;"
        " once mended, this very file may be delivered again",
    },
    "rewritten": {
        "zh": "后面是报送的各行；改好后可以直接重新报送这个文件",
        "en": "The rows that were delivered follow; once mended, this very file may be delivered again",
    },
    "unread": {
        "zh": "文件读不成表，后面没有数据",
        "en": "The file could not be read as a table; no rows follow",
    },
}


@dataclass(slots=True)
class _Marks:
    """What is wrong in one cell: the worst severity and the words for its comment."""

    severity: Severity = "warning"
    texts: list[str] = field(default_factory=list)


def write_answers(city: City, checked: Iterable[CheckedFile], folder: Path) -> list[Problem]:
    """Write an answer for every file with an error or a warning.

    Parameters
    ----------
    city : City
        Its first language is spoken first, its second one too.
    checked : iterable of CheckedFile
        What `check_city` returned.
    folder : Path
        Where the answers go: `<organisation>/<file>.answer.xlsx`.

    Returns
    -------
    list of Problem
        A note for each answer, saying where it is.

    Raises
    ------
    ZhihengError
        When the folder is among the deliveries, or cannot be written to.
    """
    collected = (city.folder / COLLECTED).resolve()
    if folder.resolve().is_relative_to(collected):
        raise ZhihengError([Problem(where=folder.as_posix(), rule="answers_inside", found=COLLECTED)])
    notes = []
    for file in checked:
        if not any(problem.severity != "note" for problem in file.problems):
            continue
        place = folder / f"{file.path.resolve().relative_to(collected).as_posix()}{SUFFIX}"
        content = answer(city, file)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            store.write_bytes(place, content)
        except OSError as error:
            raise ZhihengError([store.write_problem(error, place)]) from None
        notes.append(
            Problem(where=file.where, rule="answer_written", found=place.as_posix(), severity="note")
        )
    return notes


def answer(city: City, file: CheckedFile) -> bytes:
    """Return the workbook that answers one file."""
    from openpyxl import Workbook

    grid = grid_of(city, file)
    marks = _marks(file, grid, city.settings.languages)
    capped = len(marks) > limits.MOST_COMMENTS
    remarks = [_remark(grid)] + (["no_comment"] if capped else [])
    copied = grid is not None and grid.copy is not None
    book: Any = grid.copy if grid is not None and copied else Workbook(write_only=True)
    if ANSWER_SHEET in book.sheetnames:
        del book[ANSWER_SHEET]
    page = book.create_sheet(ANSWER_SHEET, 0)
    _list_problems(page, _entries(file), file, grid, city.settings.languages, remarks)
    if grid is not None and copied:
        book.active = 0
        _mark_copy(book, book[grid.sheet], marks)
    elif grid is not None:
        _write_rows(book, grid, marks)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _remark(grid: Grid | None) -> str:
    if grid is None:
        return "unread"
    return "rewritten" if grid.copy is None else "copied"


def _entries(file: CheckedFile) -> Iterator[Marked]:
    """Yield everything found: what no cell is to blame for, errors, warnings, and notes at the end."""
    told = {(problem.where, problem.rule) for problem in file.findings.problems()}
    for problem in file.problems:
        if problem.severity != "note" and (problem.where, problem.rule) not in told:
            yield Marked(0, "", "", problem)
    for severity in ("error", "warning"):
        yield from (marked for marked in file.findings.each() if marked.problem.severity == severity)
    for problem in file.problems:
        if problem.severity == "note":
            yield Marked(0, "", "", problem)


def _marks(file: CheckedFile, grid: Grid | None, languages: Sequence[Lang]) -> dict[tuple[int, int], _Marks]:
    """Return what to mark: row, from 1, and column, from 0 -> marks."""
    marks: dict[tuple[int, int], _Marks] = {}
    if grid is None:
        return marks
    for marked in file.findings.each():
        for cell in grid.cells(marked):
            mark = marks.setdefault(cell, _Marks())
            if marked.problem.severity == "error":
                mark.severity = "error"
            if sum(map(len, mark.texts)) < _LONGEST_COMMENT:
                mark.texts += [_comment(marked.problem, lang) for lang in languages]
    return marks


def _comment(problem: Problem, lang: Lang) -> str:
    found = f"\n{_WORDS['found'][lang]}: {problem.found}" if problem.found else ""
    return f"【{problem.title(lang)}】{found}\n{_WORDS['fix'][lang]}: {problem.fix(lang)}"


def _list_problems(
    page: Any,
    entries: Iterator[Marked],
    file: CheckedFile,
    grid: Grid | None,
    languages: Sequence[Lang],
    remarks: Sequence[str],
) -> None:
    """Write the first sheet."""
    from openpyxl.worksheet.properties import PageSetupProperties

    for column, width in zip("ABCDEFGHI", (8, 22, 16, 24, 22, 44, 6, 30, 50), strict=True):
        page.column_dimensions[column].width = width
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    both = " / ".join(_WORDS["title"][lang] for lang in languages)
    page.append([_styled(page, f"{both}: {file.where}", bold=True)])
    for remark in remarks:
        for lang in languages:
            page.append([_text(page, _WORDS[remark][lang].format(limits.MOST_COMMENTS))])
    page.append([])
    first, *others = languages
    heads = [_WORDS[key][first] for key in ("severity", "cell", "field", "rule", "found", "fix", "count")]
    heads += [_WORDS[key][lang] for lang in others for key in ("rule", "fix")]
    page.append([_styled(page, head, bold=True) for head in heads])
    links = 0
    most = limits.SHEET_ROWS - 20
    for marked in islice(entries, most):
        target = grid.address(marked) if grid is not None else ""
        linked = bool(target) and links < limits.MOST_LINKS
        links += linked
        line = _line(page, marked, file, target if linked else "", languages)
        page.append(line)
        if linked:
            line[1].hyperlink.ref = line[1].coordinate  # known only once the row has its place
    if left := sum(1 for _ in entries):
        page.append([_text(page, _WORDS["left_out"][lang].format(left)) for lang in languages])


def _line(page: Any, marked: Marked, file: CheckedFile, target: str, languages: Sequence[Lang]) -> list[Any]:
    from openpyxl.worksheet.hyperlink import Hyperlink

    problem, (first, *others) = marked.problem, languages
    place = problem.where.removeprefix(file.where).lstrip(":!") or file.where
    where = _styled(page, place.partition(" ")[0] if marked.field else place, link=bool(target))
    if target:
        where.hyperlink = Hyperlink(ref="", location=target)
    words = [problem.title(first), problem.found, problem.fix(first)]
    translated = [text for lang in others for text in (problem.title(lang), problem.fix(lang))]
    return [
        _styled(page, _WORDS[problem.severity][first], fill=_FILLS[problem.severity]),
        where,
        _styled(page, marked.field, wrap=True),
        *(_styled(page, text, wrap=True) for text in words),
        problem.count,
        *(_styled(page, text, wrap=True) for text in translated),
    ]


def _write_rows(book: Any, grid: Grid, marks: dict[tuple[int, int], _Marks]) -> None:
    """Write the delivered rows into new sheets, cells marked; a sheet that is full is followed by another."""
    page, comments = None, 0
    widths: dict[int, int] = {}
    for row, column in marks:
        widths[row] = max(widths.get(row, 0), column + 1)
    for number, cells in grid.rows():
        if page is None or (number - 1) % limits.SHEET_ROWS == 0:
            page = book.create_sheet(grid.sheet_of(number))
        line: list[Any] = []
        for column in range(min(max(len(cells), widths.get(number, 0)), limits.SHEET_COLUMNS)):
            text = cells[column] if column < len(cells) else ""
            mark = marks.get((number, column))
            cell = _text(page, text)
            if mark is not None:
                cell = _marked(page, text, mark, with_comment=comments < limits.MOST_COMMENTS)
                comments += 1
            line.append(cell)
        page.append(line)


def _text(page: Any, text: str | None) -> Any:
    """Return a text as a cell's value that can be no formula; most need no cell of their own."""
    if not text:
        return None
    return (
        _styled(page, text)
        if text.startswith(_RISKY) or not text.isprintable()
        else text[: limits.MOST_CELL_TEXT]
    )


def _styled(
    page: Any, text: str, *, bold: bool = False, link: bool = False, wrap: bool = False, fill: str = ""
) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = WriteOnlyCell(page)
    _set_text(cell, text)
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold or link:
        colour, line = ("FF0563C1", "single") if link else (None, None)
        cell.font = Font(name="Calibri", size=11, bold=bold, color=colour, underline=line)
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    return cell


def _set_text(cell: Any, text: str) -> None:
    """Write a text as a text: marked as quoted where a program could take it for a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    plain = ILLEGAL_CHARACTERS_RE.sub(lambda m: f"<U+{ord(m.group()):04X}>", text[: limits.MOST_CELL_TEXT])
    cell.value = plain[: limits.MOST_CELL_TEXT]
    cell.data_type = "s"
    if plain.startswith(_RISKY):
        cell.quotePrefix = True


def _marked(page: Any, text: str, mark: _Marks, *, with_comment: bool) -> Any:
    cell = _styled(page, text, fill=_FILLS[mark.severity])
    if with_comment:
        cell.comment = _note(mark)
    return cell


def _note(mark: _Marks) -> Any:
    from openpyxl.comments import Comment

    text = "\n\n".join(mark.texts)[:_LONGEST_COMMENT]
    return Comment(text, AUTHOR, height=40 + 18 * min(30, text.count("\n") + len(text) // 30), width=320)


def _mark_copy(book: Any, page: Any, marks: dict[tuple[int, int], _Marks]) -> None:
    """Take an earlier answer's marks off a copy, escape its texts, and mark its cells."""
    from openpyxl.cell import MergedCell
    from openpyxl.styles import PatternFill

    fills = set(_FILLS.values())
    for sheet in book.worksheets[1:]:
        for cells in sheet.iter_rows():
            for cell in cells:
                if isinstance(cell, MergedCell):
                    continue
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment = None
                    if cell.fill.fgColor.rgb in fills:
                        cell.fill = PatternFill()
                if isinstance(cell.value, str) and cell.value.startswith(_RISKY):
                    _set_text(cell, cell.value)
    for i, ((row, column), mark) in enumerate(sorted(marks.items())):
        cell = page.cell(row, column + 1)
        if isinstance(cell, MergedCell):
            continue
        cell.fill = PatternFill("solid", fgColor=_FILLS[mark.severity])
        if i < limits.MOST_COMMENTS:
            cell.comment = _note(mark)
