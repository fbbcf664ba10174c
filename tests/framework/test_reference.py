"""The reference pages are what the program would write today, and leave nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from zhiheng.errors import catalogue
from zhiheng.framework import reference

DOCS = Path(__file__).parents[2] / "docs"


def models() -> Iterator[type[BaseModel]]:
    for _, _, model in reference.FILES:
        yield model
        yield from reference._models_within(model)


MODELS = sorted(set(models()), key=lambda m: m.__name__)


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_committed_page_is_the_one_the_program_writes(name: str) -> None:
    committed = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert committed == reference.PAGES[name](), "run: python -m zhiheng.framework.reference docs"


def test_the_pages_are_written_where_they_belong(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    reference.write(tmp_path)
    written = {p.name: p.read_bytes().decode("utf-8") for p in (tmp_path / "reference").iterdir()}
    assert written == {name: page() for name, page in reference.PAGES.items()}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_key_is_described_in_both_languages(model: type[BaseModel]) -> None:
    assert model.__doc__
    for key, field in model.model_fields.items():
        zh, separator, en = (field.description or "").partition(" · ")
        assert separator, f"{model.__name__}.{key}: write `中文 · English`"
        assert any("\u4e00" <= sign <= "\u9fff" or sign == "`" for sign in zh)
        assert en.isascii()
        assert en.endswith((".", ")", "..."))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_key_stands_on_the_page(model: type[BaseModel]) -> None:
    page = reference.format_reference()
    section = page.partition(f"{{ #{model.__name__.lower()} }}")[2].partition("\n##")[0]
    for key in model.model_fields:
        assert f"\n| `{key}` |" in section


def test_types_limits_and_defaults_are_in_words() -> None:
    rows = {
        line.split("|")[1].strip(" `"): line
        for line in reference.format_reference().splitlines()
        if "|" in line
    }
    assert "整数<br>whole number<br>≥ 1<br>≤ 12 | **必填 required**" in rows["assessment_year_starts"]
    assert "列表 list<br>`zh`、`en`<br>≥ 1 项 · item(s)" in rows["languages"]
    assert "`higher`、`lower`、`none` | **必填 required**" in rows["direction"]
    assert "[率 RateMeasure](#ratemeasure)" in rows["measures"]
    assert "| 整数<br>whole number<br>≥ 1 | `1` |" in rows["lag"]
    assert "`^[a-z][a-z0-9_]*$`" in rows["city"]
    assert '| `[""]` |' in rows["missingValues"]
    assert "条件<br>condition" in rows["condition"]


def test_every_link_leads_to_a_heading() -> None:
    page = reference.format_reference()
    links = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert links
    for link in links:
        assert f"{{ #{link} }}" in page


def test_every_rule_stands_on_the_page_with_its_facts_as_code() -> None:
    page = reference.rules_reference()
    for rule in catalogue():
        assert page.count(f"\n| `{rule}` |") == 1
    assert "第 `first` 行已有“`found`”" in page
    assert "&#123;zh: 中文, en: English&#125;" in page  # braces of the words themselves
