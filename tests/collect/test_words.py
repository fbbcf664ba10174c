"""Every rule of `messages/collect.yaml` is broken by some test of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhiheng.errors import catalogue_files

SOURCE = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))


@pytest.mark.parametrize("rule", catalogue_files()["collect"])
def test_a_test_breaks_the_rule(rule):
    assert f'"{rule}"' in SOURCE
