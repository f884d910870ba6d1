"""Standard output for the answer alone: what a library prints there, in Python or in C, goes elsewhere.

A solver's banner amid a JSON document is no document. Under ``IPPS_GEO_DEBUG`` what is printed goes to standard error,
else nowhere: it is no text of this program.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDOUT, _STDERR = 1, 2


def apart() -> int:
    """Return a descriptor of standard output for the answer; whatever else is printed there is kept away from now on.

    The descriptor stays turned away until the process ends, so that what a C library holds back in its buffers does not
    come out behind the answer.
    """
    answers = os.dup(_STDOUT)
    if _debugging():
        os.dup2(_STDERR, _STDOUT)
    else:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDOUT)
        os.close(nowhere)
    return answers


def keep_apart() -> None:
    """Let ``sys.stdout`` be the answer's alone; an output that somebody else holds, as tests do, stays theirs."""
    held = sys.__stdout__
    if held is None or sys.stdout is not held:
        return
    held.flush()
    sys.stdout = os.fdopen(apart(), "w", encoding="utf-8", errors=held.errors)


@contextmanager
def printing_apart() -> Iterator[TextIO]:
    """Give the stream for the answer; what Python code prints meanwhile is kept away from it."""
    answers = sys.stdout
    if _debugging():
        with redirect_stdout(sys.stderr):
            yield answers
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        yield answers


def _debugging() -> bool:
    return bool(os.environ.get("IPPS_GEO_DEBUG"))
