"""The runner of the tutorial notices when a page does not do what it says; the docs build runs the page."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def runner():
    spec = importlib.util.spec_from_file_location("run_tutorial", ROOT / "packaging" / "run_tutorial.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["run_tutorial"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["run_tutorial"]


PAGE = """# A page

```text title="a.txt"
one
two
```

??? note "by hand"

    ```python
    from pathlib import Path

    Path("b.txt").write_text(Path("a.txt").read_text() + "three")
    ```

```console
$ cat b.txt
one
…
three
$ echo took 3 s
took … s
```
"""


def test_a_page_that_does_what_it_says(runner, tmp_path):
    outcome = runner.carry_out(PAGE, tmp_path)
    assert outcome.failures == []
    assert outcome.page == PAGE


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("three\n$", "four\n$", "+three"),
        ("took … s", "took … min", "+took 3 s"),
        ("…\n", "", "+two"),
        ('"three")', "3)", "TypeError"),
    ],
)
def test_a_page_that_does_not_is_told_where(runner, tmp_path, old, new, told):
    outcome = runner.carry_out(PAGE.replace(old, new, 1), tmp_path)
    assert told in outcome.failures[0]


def test_what_is_printed_now_can_be_taken_into_the_page(runner, tmp_path):
    outcome = runner.carry_out(PAGE.replace("three\n$", "four\n$", 1), tmp_path)
    assert "one\ntwo\nthree\n$ echo" in outcome.page
    assert "took … s" in outcome.page, "what agrees stays as it is"


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\n", "a  \n\n", True),
        ("a (b)\n", "a (b)\n", True),
        ("…\nb\n", "b\n", True),
        ("…\nb\n", "a\na\nb\n", True),
        ("a …\n", "b 1\n", False),
        ("", "a\n", False),
        ("a\n", "", False),
    ],
)
def test_an_ellipsis_stands_for_what_may_differ(runner, expected, printed, same):
    assert runner.agrees(expected, printed) is same


def test_the_build_of_the_documentation_carries_the_tutorial_out(runner, monkeypatch, tmp_path):
    assert "packaging/run_tutorial.py" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("three\n$", "four\n$", 1), encoding="utf-8")
    monkeypatch.setattr(runner, "PAGE", page)
    with pytest.raises(BaseException, match=r"page\.md") as stopped:
        runner.on_pre_build(None)
    assert "+three" in str(stopped.value)
