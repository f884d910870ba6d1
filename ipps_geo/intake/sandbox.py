"""Reading tables in a process that can be killed and sees nothing but their files (:mod:`ipps_geo.gate`)."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from ipps_geo.errors import BadInput
from ipps_geo.gate import Bounds, Worker, confined
from ipps_geo.intake import handover
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.request import Request, TableRead, refused
from ipps_geo.intake.sniff import check_address
from ipps_geo.intake.units import Units, units_of
from ipps_geo.regions import load_region

_READER = "ipps_geo.intake.worker"


class Sandbox:
    """A worker process for one file after another; used as a context manager.

    A worker that dies or overruns its time costs the one file that it was reading: the next file gets a new worker.
    ``files`` are those that will be read, as far as they are known: a worker that meets another one is replaced, for
    it cannot be given more to see; starting one takes about a second.
    """

    def __init__(
        self, limits: Limits | None = None, units: Units | None = None, files: Iterable[str | Path] = ()
    ) -> None:
        self.limits = limits or Limits()
        self._units = None if units is None or units is units_of(load_region()) else units
        self._worker = Worker(_bounds(self.limits), files, (_READER,))
        self._jobs = 0

    def __enter__(self) -> Self:
        self._worker.__enter__()
        if self._units is not None:
            handover.write_units(self._units, self._worker.folder / handover.UNITS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.__exit__(kind, error, trace)

    def read(self, request: Request) -> TableRead:
        """Read one file as :func:`ipps_geo.intake.reading.read_here` does, within the limits of the worker."""
        try:
            check_address(request.path)
        except Refusal as refusal:
            return refused(request, refusal)
        found = dataclasses.replace(request, path=Path.cwd() / request.path, points_apart=True)
        name, self._jobs = f"table{self._jobs}", self._jobs + 1
        asked, limits = handover.request_text(found), handover.limits_text(self.limits)
        self._worker.bounds = _bounds(self.limits)
        try:
            self._worker.admit(found.path)
            self._worker.call(f"{_READER}:read_for_caller", request=asked, limits=limits, name=name)
            return handover.read_result(self._worker.folder, name)
        except BadInput as error:
            return refused(request, self._refusal(error))
        finally:
            for path in self._worker.folder.glob(f"{name}.*"):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _refusal(self, error: BadInput) -> Refusal:
        if error.code == "gate.out_of_time":
            return Refusal("out_of_time", limit=f"{self.limits.seconds:g}")
        if error.code == "gate.out_of_memory":
            return Refusal("out_of_memory", limit=self.limits.memory_bytes >> 20)
        if error.code == "gate.not_understood":
            return Refusal("worker_died", found=damage("log_entry", number=error.values["number"]))
        return Refusal("worker_died", found=damage("exit_code", code=error.values.get("exit", "?")))


def sheets_of(path: Path) -> tuple[str, ...]:
    """Return the sheets or layers of a file, found in a worker; a broken file has none, and reading it says why."""
    try:
        return tuple(confined("ipps_geo.intake.sheets:sheets_at", [path], bounds=_bounds(Limits()), path=path))
    except BadInput:
        return ()


def _bounds(limits: Limits) -> Bounds:
    return Bounds(memory_bytes=limits.memory_bytes, seconds=limits.seconds)
