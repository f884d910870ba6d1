"""Reading in a process that can be killed, so that no file takes the caller with it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from ipps_geo.intake import handover
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.request import Request, TableRead, refused
from ipps_geo.intake.units import Units, beijing_units

_START_SECONDS = 60.0
_ENVIRONMENT = {
    # One thread each: their stacks and arenas would eat the address space that the limit counts.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "PYTHONUTF8": "1",
    # GDAL reads shapefiles only: no plug-ins, no network, no look at neighbouring files.
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
}


class Sandbox:
    """A worker process for one file after another; used as a context manager.

    A worker that dies or overruns its time costs the one file that it was reading: the next file gets a new worker.
    Starting one takes about a second, so a folder is read with one sandbox.
    """

    def __init__(self, limits: Limits | None = None, units: Units | None = None) -> None:
        self.limits = limits or Limits()
        self._units = units
        self._process: subprocess.Popen[str] | None = None
        self._jobs = 0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="ipps-geo-")
        if self._units is not None and self._units is not beijing_units():
            handover.write_units(self._units, Path(self._folder.name) / "units.arrow")
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._folder.cleanup()

    def read(self, request: Request) -> TableRead:
        """Read one file as :func:`ipps_geo.intake.reading.read_here` does, within the limits of the worker."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        absolute = dataclasses.replace(request, path=_absolute(request.path), points_apart=True)
        try:
            self._send(handover.request_text(absolute))
        except OSError:
            return self._died(request)
        number, self._jobs = str(self._jobs), self._jobs + 1
        answer, late = self._answer(self.limits.seconds)
        if late:
            self._stop()
            return refused(request, Refusal("out_of_time", limit=f"{self.limits.seconds:g}"))
        if answer != number:
            return self._died(request)
        result = handover.read_result(Path(self._folder.name), number)
        for suffix in (".json", ".arrow", ".problems.arrow", ".left.arrow"):
            (Path(self._folder.name) / f"{number}{suffix}").unlink(missing_ok=True)
        return result

    def _send(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise BrokenPipeError
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _start(self) -> None:
        self._jobs = 0
        command = [sys.executable, "-P", "-m", "ipps_geo.intake.worker", self._folder.name]
        self._process = subprocess.Popen(
            [*command, handover.limits_text(self.limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, **_ENVIRONMENT, **_import_path()},
            start_new_session=True,
        )

    def _answer(self, seconds: float) -> tuple[str, bool]:
        """Return (the line that the worker wrote, whether it came too late); the start of a worker has its own time."""
        if self._process is None or self._process.stdout is None:
            return "", False
        stdout = self._process.stdout
        lines: list[str] = []

        def wait(limit: float) -> bool:
            reader = threading.Thread(target=lambda: lines.append(stdout.readline().strip()), daemon=True)
            reader.start()
            reader.join(limit)
            return reader.is_alive()

        if self._jobs == 1:
            if wait(_START_SECONDS):
                return "", True
            if lines.pop() != "ready":
                return "", False
        late = wait(seconds)
        return (lines[-1] if lines else ""), late

    def _died(self, request: Request) -> TableRead:
        try:
            code = 0 if self._process is None else self._process.wait(1)
        except subprocess.TimeoutExpired:
            code = 0
        self._stop()
        memory = -code in (signal.SIGABRT, signal.SIGKILL)
        if memory:
            return refused(request, Refusal("out_of_memory", limit=self.limits.memory_bytes >> 20))
        return refused(request, Refusal("worker_died", found=damage("exit_code", code=code)))

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue


def _absolute(path: Path) -> Path:
    """Return an absolute path; what is no path stays as it is, to be refused by name."""
    return path if path.is_absolute() or ":" in str(path) else Path.cwd() / path


def _import_path() -> dict[str, str]:
    """Return the import path of this process for the worker: a checkout may be used without being installed."""
    return {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
