"""Readers of the gate that start in a moment: forked from one process that has loaded what every reader loads.

A user's reader is a new process, most of whose life is loading; here a mother is started once, and each reader is a
fork of it that gives up network, files, memory and time as every reader does. What the rooms ``gate`` and ``security``
test starts as it does for users.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from ipps_geo.gate.children import reader_environment

LOADED = ("ipps_geo.intake.worker", "ipps_geo.gate.parcel", "ipps_geo.reach.street_tables", "pyogrio", "geopandas")
"""What readers are made of."""


class Forked:
    """A reader, as ``subprocess.Popen`` would give it."""

    def __init__(self, command, mother, *, cwd, env, **_):
        read, told = os.pipe()
        heard, answer = os.pipe()
        status, end = os.pipe()
        asked = json.dumps({"argv": command[4:], "cwd": str(cwd), "env": env}).encode()
        socket.send_fds(mother, [struct.pack("I", len(asked))], [read, answer, end])
        mother.sendall(asked)
        for theirs in (read, answer, end):
            os.close(theirs)
        self.stdin = os.fdopen(told, "w", encoding="utf-8")
        self.stdout = os.fdopen(heard, encoding="utf-8", errors="replace")
        self._status = os.fdopen(status, "rb", buffering=0)
        self.pid, self.returncode = struct.unpack("i", self._status.read(4))[0], None

    def poll(self):
        return self._ended(0)

    def wait(self, timeout=None):
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired("a forked reader", timeout)
        return self.returncode

    def kill(self):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _ended(self, timeout):
        if self.returncode is None and select.select([self._status], [], [], timeout)[0]:
            self.returncode = os.waitstatus_to_exitcode(struct.unpack("i", self._status.read(4))[0])
            self._status.close()
        return self.returncode


@contextlib.contextmanager
def mother():
    """Start the process that has loaded everything, and yield what starts a reader from it like ``Popen``."""
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryDirectory(prefix="ipps-geo-") as folder:
        root = Path(__file__).parents[1]
        process = subprocess.Popen(
            [sys.executable, "-c", f"from tests.forked import serve; serve({theirs.fileno()})"],
            cwd=root, env=reader_environment(Path(folder)), pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        with ours:
            yield lambda command, **options: Forked(command, ours, **options)
        process.wait(60)


def serve(number):
    """Fork a reader for every request, until nobody can ask any more."""
    import importlib

    from ipps_geo.gate import worker

    for name in LOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=number) as asking:
        while True:
            head, given, _, _ = socket.recv_fds(asking, 4, 3)
            if not head:
                return
            asked = json.loads(asking.recv(struct.unpack("I", head)[0], socket.MSG_WAITALL))
            if not os.fork():
                asking.close()
                _keep(worker.main, asked, *given)
            for each in given:
                os.close(each)


def _keep(work, asked, read, answer, end):
    """Fork the reader itself, and say its number first and how it ended last."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child:
        for each in (read, answer, 0, 1):
            os.close(each)
        os.write(end, struct.pack("i", child))
        os.write(end, struct.pack("i", os.waitpid(child, 0)[1]))
        os._exit(0)
    os.close(end)
    os.setsid()
    for given, standard in ((read, 0), (answer, 1), (os.open(os.devnull, os.O_WRONLY), 2)):
        os.dup2(given, standard)
        os.close(given)
    os.environ.clear()
    os.environ.update(asked["env"])
    tempfile.tempdir = None
    sys.argv = ["-c", *asked["argv"]]
    try:
        work()
        os._exit(0)
    finally:  # whatever ended it, this fork of the mother goes no further
        os._exit(1)
