"""The examples in the docstrings of the index hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import zhiheng.index

MODULES = [f"zhiheng.index.{m.name}" for m in pkgutil.iter_modules(zhiheng.index.__path__)]
METHODS = {
    "zhiheng.index.weight": "WEIGHTERS",
    "zhiheng.index.normalise": "NORMALISERS",
    "zhiheng.index.treat": "TREATMENTS",
    "zhiheng.index.impute": "IMPUTERS",
    "zhiheng.index.aggregate": "AGGREGATORS",
}


@pytest.mark.parametrize("module", MODULES)
def test_examples(module: str) -> None:
    done = doctest.testmod(importlib.import_module(module))
    assert done.failed == 0


@pytest.mark.parametrize("module", METHODS)
def test_every_method_says_its_formula_and_gives_an_example_or_a_reference(module: str) -> None:
    methods = getattr(importlib.import_module(module), METHODS[module])
    silent = [
        n
        for n, f in methods.items()
        if not any(w in (f.__doc__ or "") for w in (">>>", "References", "see `"))
    ]
    assert not [n for n in silent if n != "none"]
