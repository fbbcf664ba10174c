"""Work that goes on in another process while this one goes on with its own.

Pages, workbooks and Word documents need nothing of each other, and none of them lets another run in
the same process.  The other process is this Python with one call to make, so it works from a
script, a notebook or a server alike: nothing of the caller's main program is run again.
"""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from zhiheng.errors import ZhihengError

_SERVE = "from zhiheng.publish.aside import serve; serve()"


class Aside:
    """A call that another process carries out.

    Parameters
    ----------
    module, function : str
        What to call.
    arguments : sequence
        Its arguments; they are pickled, and so is what comes back.
    """

    def __init__(self, module: str, function: str, arguments: Sequence[Any]) -> None:
        with tempfile.TemporaryFile() as order:  # a pipe would hold us up until the other one has started
            pickle.dump((module, function, tuple(arguments)), order)
            order.seek(0)
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SERVE],
                stdin=order,
                stdout=subprocess.PIPE,
                start_new_session=True,  # an interrupt is ours to handle: see __exit__
            )

    def result(self) -> Any:
        """Wait for the call and return what it returned.

        Raises
        ------
        ZhihengError, OSError
            As the call raised them.
        RuntimeError
            When it failed in another way, or the process ended without an answer.
        """
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            answer = stream.read()
        if self.process.wait() or not answer:
            raise RuntimeError(f"the second process ended with {self.process.returncode}")
        kind, value = pickle.loads(answer)
        if kind == "problems":
            raise ZhihengError(value)
        if kind == "os":
            raise OSError(*value)
        if kind == "failed":
            raise RuntimeError(value)
        return value

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process if its result was never asked for."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def serve() -> None:
    """Carry out the call that stands on standard input and answer on standard output."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what the call may print is no part of the answer
    module, function, arguments = pickle.load(sys.stdin.buffer)
    answer: tuple[str, Any]
    try:
        answer = "returned", getattr(importlib.import_module(module), function)(*arguments)
    except ZhihengError as error:
        answer = "problems", error.problems
    except OSError as error:
        answer = "os", (error.errno, error.strerror, error.filename)
    except Exception as error:
        answer = "failed", f"{type(error).__name__}: {error}"
    pickle.dump(answer, answers.buffer)
    answers.flush()
