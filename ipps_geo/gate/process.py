"""The caller's side of a worker: start it, ask it, take its answer or its silence."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self, TextIO

from ipps_geo import errors, logbook
from ipps_geo.errors import BadInput, UnsafeInput
from ipps_geo.gate import parcel, windows
from ipps_geo.gate.bounds import Bounds
from ipps_geo.gate.children import python_command, reader_environment
from ipps_geo.gate.confinement import missing
from ipps_geo.gate.worker import DONE, FAILED, FOREIGN, NO_MEMORY

_START_SECONDS = 120.0
_OWN = "ipps_geo."


def confined(
    function: str,
    reads: Iterable[str | Path],
    /,
    *,
    records: Sequence[type] = (),
    bounds: Bounds | None = None,
    **arguments: Any,
) -> Any:
    """Call ``function`` (``"ipps_geo.module:name"``) with ``arguments`` in a worker that sees no files but ``reads``.

    Arguments and result are values that :mod:`ipps_geo.gate.parcel` holds; dataclasses of the result stand in
    ``records``. The worker is held to ``bounds``, has no network, an environment of a fixed list of variables, and an
    empty current folder.

    Raises
    ------
    IppsGeoError
        The error that the function raised, as it was.
    UnsafeInput
        Too much memory or time, or a process that died of what it read.
    BadInput
        The function failed on what it read in a way that nobody foresaw; the log says how.
    """
    with Worker(bounds, reads, (function.partition(":")[0],)) as worker:
        return worker.call(function, records=records, **arguments)


def missing_here() -> tuple[str, ...]:
    """Return which of :data:`ipps_geo.gate.confinement.PROTECTIONS` a worker on this machine does not have."""
    with Worker() as worker:
        worker.call("ipps_geo.gate.confinement:missing", held={})
        return missing(worker.held)


class Worker:
    """A process that answers one call after another; used as a context manager.

    One that dies or overruns its time costs that one call: the next one gets a new process. ``reads`` are the files
    and folders that it may read; :meth:`admit` adds more. ``held`` says, after the first call, how each of
    :data:`ipps_geo.gate.confinement.PROTECTIONS` is enforced; what is not in it is not.
    """

    def __init__(
        self, bounds: Bounds | None = None, reads: Iterable[str | Path] = (), modules: Sequence[str] = ()
    ) -> None:
        self.bounds = bounds or Bounds()
        self.held: Mapping[str, str] = MappingProxyType({})
        self._reads = {found: _identity(found) for found in map(_resolved, reads)}
        self._modules = tuple(modules)
        self._process: subprocess.Popen[str] | None = None
        self._calls = 0
        self._job: int | None = None

    def __enter__(self) -> Self:
        self._temporary = tempfile.TemporaryDirectory(prefix="ipps-geo-", ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name).resolve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._temporary.cleanup()

    def admit(self, *paths: str | Path) -> None:
        """Let the process read ``paths`` too; one that runs already is replaced, for it cannot be given more."""
        fresh = {found: _identity(found) for found in map(_resolved, paths) if not self._sees(found)}
        if fresh:
            self._reads |= fresh
            self.stop()

    def _sees(self, path: Path) -> bool:
        return any(
            identity is not None and identity == _identity(known)
            for known, identity in self._reads.items()
            if path == known or known in path.parents
        )

    def call(self, function: str, /, *, records: Sequence[type] = (), **arguments: Any) -> Any:
        """Return what ``function`` returned; see :func:`confined`."""
        if not function.startswith(_OWN):
            raise ValueError(f"{function} is none of ours")
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._start()
        number, self._calls = self._calls, self._calls + 1
        packed = parcel.pack(arguments, self.folder, f"asked{number}")
        line = json.dumps({"function": function, "arguments": packed})
        with contextlib.suppress(OSError):
            self._send(line)
        answer = self._next(self.bounds.wall_seconds)
        if answer is None or answer.get("number") != number:
            raise self._silent(late=answer is None)
        try:
            return self._taken(answer, str(number), records)
        finally:
            for path in [*self.folder.glob(f"{number}.*"), *self.folder.glob(f"asked{number}.*")]:
                with contextlib.suppress(OSError):
                    path.unlink()

    def stop(self) -> None:
        """End the process, if one runs; the next call starts another one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        windows.release(self._job)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _start(self) -> None:
        told = {
            "bounds": dataclasses.asdict(self.bounds),
            "readable": [str(path) for path in self._reads],
            "modules": self._modules,
        }
        process = subprocess.Popen(
            python_command("ipps_geo.gate.worker:main", str(self.folder), json.dumps(told)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=self.folder,
            env=reader_environment(self.folder),
            start_new_session=True,
        )
        self._job = windows.hold(getattr(process, "_handle", 0), self.bounds.memory_bytes)
        self._process, self._calls = process, 0
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        if process.stdout is not None:
            threading.Thread(target=_listen, args=(process.stdout, self._lines), daemon=True).start()
        ready = self._next(_START_SECONDS)
        if ready is None or "held" not in ready:
            raise self._silent(late=ready is None)
        self.held = MappingProxyType({**ready["held"], **({"memory": "job object"} if self._job else {})})

    def _send(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _next(self, seconds: float) -> dict[str, Any] | None:
        """Return the next answer: none after ``seconds``, an empty one where the process ended or wrote no answer."""
        try:
            line = self._lines.get(timeout=seconds)
            found = json.loads(line or "{}")
        except queue.Empty:
            return None
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _taken(self, answer: Mapping[str, Any], name: str, records: Sequence[type]) -> Any:
        state = answer.get("state")
        if state == DONE:
            try:
                return parcel.read(self.folder, name, records, self.bounds.memory_bytes)
            except ValueError as error:
                raise UnsafeInput("gate.died", where=self._where()) from error
        if state == FAILED:
            raise self._error_of(answer.get("error"))
        if state == NO_MEMORY:
            raise self._no_memory()
        if state == FOREIGN:
            number = logbook.record(str(answer.get("trace", "")), doing=f"reading {self._where()}")
            raise BadInput("gate.not_understood", where=self._where(), number=number)
        raise UnsafeInput("gate.died", where=self._where())

    def _error_of(self, packed: Any) -> errors.IppsGeoError:
        """Return the error of ours that the process told; what is none is an answer that is none."""
        try:
            kind, code, where, values = packed
            known = getattr(errors, str(kind))
            error = known(str(code), where=str(where), **parcel.unpack(values))
            if isinstance(error, errors.IppsGeoError) and str(error):
                return error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            pass
        return UnsafeInput("gate.died", where=self._where())

    def _silent(self, *, late: bool) -> UnsafeInput:
        """Return what to say of a process that did not answer, and end it."""
        code = None
        if self._process is not None and not late:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(1)
        self.stop()
        if late or code == -getattr(signal, "SIGXCPU", 0):
            return UnsafeInput("gate.out_of_time", where=self._where(), seconds=f"{self.bounds.seconds:g}")
        if code in (-getattr(signal, "SIGABRT", 0), -getattr(signal, "SIGKILL", 0)) and code:
            return self._no_memory()
        return UnsafeInput("gate.died", where=self._where(), exit=code)

    def _no_memory(self) -> UnsafeInput:
        return UnsafeInput("gate.out_of_memory", where=self._where(), megabytes=self.bounds.memory_bytes >> 20)

    def _where(self) -> str:
        return ", ".join(path.name for path in self._reads)


def _listen(stream: TextIO, lines: queue.SimpleQueue[str | None]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in stream:
            lines.put(line)
    lines.put(None)


def _resolved(path: str | Path) -> Path:
    try:
        return Path(path).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a name that cannot be, links in a circle
        raise BadInput("gate.no_file", where=str(path)) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name: the system lets read a file, not a name."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
