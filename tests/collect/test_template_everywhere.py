"""Every contract of the bundled city has a form, and the reader finds every column in it."""

from __future__ import annotations

from pathlib import Path

import pytest

import zhiheng
from zhiheng.collect import forms
from zhiheng.collect.sheet_choice import choose
from zhiheng.collect.sheet_reader import open_workbook
from zhiheng.collect.template.files import to_bytes
from zhiheng.collect.template.order import order
from zhiheng.framework.city import City, load

CITY = Path(zhiheng.__file__).parent / "cities" / "liuzhou"
TABLES = sorted(path.stem for path in (CITY / "framework" / "contracts").glob("*.yaml"))


@pytest.fixture(scope="module")
def city() -> City:
    return load(CITY)


@pytest.mark.parametrize("table", TABLES)
def test_the_reader_finds_every_column(city: City, table: str) -> None:
    contract = city.contracts[table]
    book = open_workbook(to_bytes(order(city, table, rows=3)), ".xlsx", "form.xlsx")
    sheet, header = choose(book, contract, "form.xlsx")
    assert list(header.fields.values()) == [field.name for field in contract.fields]
    assert not set(header.texts) - set(header.fields)
    assert forms.identity(book, contract, "form.xlsx")["version"] == contract.version
    assert not sheet.hidden


def test_the_command_of_the_guide_works_in_a_shipped_city(tmp_path):
    import re

    from typer.testing import CliRunner

    from zhiheng.cli import app

    guide = Path(__file__).parents[2] / "docs/howto/template.md"
    command = re.search(r"^\$ zhiheng (template .+)$", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert command is not None
    out = tmp_path / "form.xlsx"
    words = command.group(1).replace("城市文件夹", f"{CITY}").split()
    words[words.index("--out") + 1] = f"{out}"
    assert CliRunner().invoke(app, words).exit_code == 0
    assert out.is_file()
