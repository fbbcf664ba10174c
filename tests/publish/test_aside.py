"""Another process carries out a call, and what comes of it comes back."""

import subprocess
import sys

import pytest

from zhiheng.errors import Problem, ZhihengError
from zhiheng.publish.aside import Aside


def test_what_the_call_returned():
    with Aside("math", "gcd", (12, 18)) as call:
        assert call.result() == 6


def test_problems_come_back_as_problems():
    with Aside("tests.publish.test_aside", "_refuse", ()) as call, pytest.raises(ZhihengError) as caught:
        call.result()
    assert [(p.where, p.rule) for p in caught.value.problems] == [("here", "not_a_city")]


def test_a_refused_write_comes_back_as_such(tmp_path):
    (tmp_path / "file").touch()
    with Aside("os", "mkdir", (tmp_path / "file",)) as call, pytest.raises(FileExistsError) as caught:
        call.result()
    assert caught.value.filename == str(tmp_path / "file")


def test_any_other_failure_is_named():
    with Aside("math", "sqrt", (-1,)) as call, pytest.raises(RuntimeError, match="ValueError: "):
        call.result()


def test_a_process_that_dies_is_missed():
    with Aside("os", "_exit", (3,)) as call, pytest.raises(RuntimeError, match="ended with 3"):
        call.result()


def test_a_call_nobody_waits_for_is_ended():
    with Aside("time", "sleep", (600,)) as call:
        pass
    assert call.process.returncode not in (None, 0)


def test_a_program_on_standard_input_may_ask_for_one():
    """Nothing of the caller's main program is run again, so it needs no guard."""
    program = "from zhiheng.publish.aside import Aside\nprint(Aside('math', 'gcd', (12, 18)).result())\n"
    done = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=True)
    assert done.stdout == "6\n"


def _refuse() -> None:
    raise ZhihengError([Problem(where="here", rule="not_a_city")])
