"""The shape of the code: who imports whom, what start-up costs, how long a module may be."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
MODULES = sorted(p for p in SRC.rglob("*.py") if not any(part.endswith(".egg-info") for part in p.parts))
TEXTS = sorted(
    p
    for p in SRC.rglob("*")
    if p.suffix in {".py", ".yaml", ".csv", ".j2", ".css", ".js", ".txt", ".svg"}
    and ".egg-info" not in str(p)
)
HEAVY = {
    "altair",
    "duckdb",
    "jinja2",
    "numpy",
    "polars",
    "pyarrow",
    "pydantic",
    "scipy",
    "sqlglot",
    "vl_convert",
    "yaml",
}
MACHINE_PATH = re.compile(
    r"""(?<![\w.:/-])/(?:home|Users|root|tmp|work|mnt|opt|srv|var|usr|private|content)/   # a Unix machine
    | \b[A-Za-z]:\\{1,2}[A-Za-z]{3}                                                       # a Windows drive
    | (?:pypi\.org|pythonhosted\.org|/simple/|index-url)                                   # a registry
    """,
    re.VERBOSE,
)


def name_of(module: Path) -> str:
    parts = module.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def after(code: str) -> set[str]:
    """Return the modules that are loaded when a fresh interpreter has run some code."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))",
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_imports_run_one_way(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_the_package_itself_is_light() -> None:
    assert not after("import zhiheng") & HEAVY


def test_the_command_line_starts_light() -> None:
    assert not after("import zhiheng.cli") & HEAVY


def test_the_command_line_imports_only_what_it_needs_to_start() -> None:
    tree = ast.parse((SRC / "zhiheng/cli.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    outside = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert outside <= {"typer", "rich", "zhiheng"}


def test_no_module_imports_the_statistics_of_scipy() -> None:
    names = [name_of(m) for m in MODULES if m.stem != "__main__"]
    assert "zhiheng.framework.city" in names
    assert "scipy.stats" not in after("\n".join(f"import {name}" for name in names))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_can_be_read_at_a_sitting(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) < 500


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_says_what_it_is_for(module: Path) -> None:
    said = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    assert said
    assert module.stem != "utils"


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = []
    for path in TEXTS:
        if path.name == "vega.js":  # made by others, minified
            continue
        for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if MACHINE_PATH.search(line):
                found.append(f"{path.relative_to(ROOT)}:{i} {line.strip()[:80]}")
    assert not found


def test_the_search_for_machine_paths_finds_them() -> None:
    for line in (
        "x = '/home/me/x'",
        "open('/tmp/x')",
        r"C:\Users\me",
        'p = "D:\\\\data"',
        "https://pypi.org/simple/x",
    ):
        assert MACHINE_PATH.search(line), line
    for line in (
        "1_collected/office/x.csv",
        "a/home/b",
        "https://example.org/work/x",
        r"re.compile(r'\d:\s')",
    ):
        assert not MACHINE_PATH.search(line), line


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_file_is_opened_with_its_encoding(module: Path) -> None:
    """`open`, `read_text` and `write_text` never leave the encoding to the machine."""
    bare = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        method = isinstance(node.func, ast.Attribute)
        modes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        binary = called == "open" and any("b" in mode and len(mode) <= 3 for mode in modes)
        own = method and getattr(node.func.value, "id", "") in ("store", "os", "archive")
        opens = called == "open" or (method and called in ("read_text", "write_text"))
        if opens and not binary and not own and not any(k.arg == "encoding" for k in node.keywords):
            bare.append(node.lineno)
    assert not bare
