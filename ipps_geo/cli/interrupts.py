"""Ctrl-C: a search is asked to stop with its best plan; anything else, and a second Ctrl-C, ends the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""What the program returns when its user stopped it: 128 and the number of the signal, as shells have it."""


class Interrupted(BaseException):
    """The user stopped the program; no handler of errors takes it for one."""


def listen() -> None:
    """Raise :class:`Interrupted` at a Ctrl-C from now on."""
    if _in_main_thread():
        signal.signal(signal.SIGINT, _leave)


@contextmanager
def stop_asked() -> Iterator[Callable[[], bool]]:
    """Give a callable that says whether Ctrl-C was pressed meanwhile; pressed again, it ends the program."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, _leave)

    if not _in_main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
