"""What the worker does for :class:`ipps_geo.intake.sandbox.Sandbox`: read one table and leave it in its folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pyarrow as pa

# Everything is imported before the clock of the first file runs.
from ipps_geo.intake import handover, interpret  # noqa: F401
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.units import Units, as_units

pa.set_cpu_count(2)
pa.set_io_thread_count(1)


def read_for_caller(request: str, limits: str, name: str) -> None:
    """Read a table as ``request`` asks and write it into the current folder under ``name`` (see ``handover``)."""
    read = read_here(handover.request_of(request), handover.limits_of(limits), _units())
    handover.write_result(read, Path.cwd(), name)


@lru_cache(maxsize=1)
def _units() -> Units:
    given = Path.cwd() / handover.UNITS
    return handover.read_units(given) if given.exists() else as_units(None)
