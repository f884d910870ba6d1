"""A solve in a child process: it streams its progress, stops on request, and can be killed without losing the plan.

Solvers overrun their limits and cannot be interrupted from inside, so a front end never solves in its own process. The
parent writes one pickled request to the child's standard input and keeps the pipe open; closing it is the request to
stop, which also reaches the child when the parent dies. The child answers on standard output with a stream of pickled
messages. Both ends are this module, so pickle carries nothing foreign.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from ipps_geo import logbook
from ipps_geo.channel import apart
from ipps_geo.errors import BadInput, InternalError, IppsGeoError
from ipps_geo.executors import Pickler
from ipps_geo.gate.children import environment, python_command

GRACE_S = 2.0
"""How long a child may take to answer after it was asked to stop; then it is killed."""

NICENESS = 10
"""A child gives way to whoever reads and clicks meanwhile; on an idle machine it is as fast as without."""


def run_in_child(
    function: str,
    arguments: Mapping[str, Any],
    *,
    deadline_s: float,
    progress: Callable[[Any], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Any, Any]:
    """Call ``function`` (``"package.module:name"``) in a child process and return (result, last progress message).

    The child's function receives ``arguments`` plus ``progress`` and ``should_stop`` callables. When ``should_stop``
    turns true or ``deadline_s`` has passed, the child is asked to stop and, after ``GRACE_S``, killed: the result is
    then None and the caller falls back on the last message.

    Raises
    ------
    IppsGeoError
        The error that the child's function raised, as it was.
    InternalError
        The child's function failed with an error that is not ours, or the child died: a crash of a compiled library, or
        the system ended it. What happened stands in the log.
    """
    child = subprocess.Popen(
        python_command("ipps_geo.planning.child:serve"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=os.name == "posix",  # a Ctrl-C is for the parent, which asks for the best plan
    )
    if child.stdin is None or child.stdout is None:  # pragma: no cover - Popen opens what it was told to
        raise InternalError("child.no_pipes", number=logbook.record("no pipes", doing=function))
    messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(child.stdout, messages), daemon=True).start()
    last: Any = None
    asked_at: float | None = None
    started = time.monotonic()
    try:
        with contextlib.suppress(BrokenPipeError):
            Pickler(child.stdin, protocol=pickle.HIGHEST_PROTOCOL).dump((function, dict(arguments)))
            child.stdin.flush()
        while True:
            try:
                kind, payload = messages.get(timeout=0.05)
            except queue.Empty:
                kind, payload = "silence", None
            if kind == "progress":
                last = payload
                if progress is not None:
                    progress(payload)
            elif kind == "result":
                return payload, last
            elif kind == "error":
                raise payload
            elif kind == "end":
                exit_code = child.wait()
                number = logbook.record(f"the child ended with {exit_code}", doing=function)
                raise InternalError("child.ended", exit=exit_code, number=number)
            elif kind == "foreign":
                raise InternalError("child.failed", number=logbook.record(payload, doing=function))
            now = time.monotonic()
            late = now - started > deadline_s
            if asked_at is None and (late or (should_stop is not None and should_stop())):
                asked_at = now
                with contextlib.suppress(OSError):
                    child.stdin.close()
            if asked_at is not None and now - asked_at > GRACE_S:
                return None, last
    finally:
        child.kill()
        with contextlib.suppress(OSError):
            child.stdin.close()
        child.wait()
        child.stdout.close()


def _receive(stream: BinaryIO, messages: queue.SimpleQueue[tuple[str, Any]]) -> None:
    try:
        while True:
            messages.put(pickle.load(stream))  # noqa: S301 - written by our own child
    except (EOFError, ValueError, OSError, pickle.UnpicklingError):
        messages.put(("end", None))


def serve() -> None:
    """Serve one request: the child's side of ``run_in_child``."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Solvers print: the pipe is kept for our messages.
    channel = os.fdopen(apart(), "wb")
    function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own parent
    stop = threading.Event()

    def wait_for_close() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=wait_for_close, daemon=True).start()
    lock = threading.Lock()

    def send(kind: str, payload: Any) -> None:
        with lock, contextlib.suppress(BrokenPipeError):
            Pickler(channel, protocol=pickle.HIGHEST_PROTOCOL).dump((kind, payload))
            channel.flush()

    module, _, name = function.partition(":")
    try:
        call = getattr(importlib.import_module(module), name)
        result = call(**arguments, progress=lambda milestone: send("progress", milestone), should_stop=stop.is_set)
    except IppsGeoError as error:
        send("error", error)
    except MemoryError:
        send("error", BadInput("child.no_memory"))
    except Exception as error:  # noqa: BLE001 - whatever went wrong goes to the caller's log, its number to the user
        send("foreign", "".join(traceback.format_exception(error)))
    else:
        send("result", result)
    # A worker thread may still wait on standard input: leave without joining it.
    channel.close()
    os._exit(0)
