"""The process that reads files of strangers: held to memory and time, one job a line, started by the sandbox.

    python -m ipps_geo.intake.worker FOLDER LIMITS

A job is a line of JSON on standard input; its answer lies in FOLDER before its number is written to standard output.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ipps_geo.intake.limits import Limits
    from ipps_geo.intake.units import Units


def main() -> None:
    """Hold this process to its limits, then read job after job until standard input ends."""
    folder = Path(sys.argv[1])
    answers = sys.stdout
    sys.stdout = sys.stderr  # a library that prints must not answer
    # Everything is imported before the limits hold, and before the clock of the first job runs.
    from ipps_geo.intake import handover, interpret  # noqa: F401
    from ipps_geo.intake.units import as_units

    limits = handover.limits_of(sys.argv[2])
    given = folder / "units.arrow"
    units = handover.read_units(given) if given.exists() else as_units(None)
    import pyarrow as pa

    pa.set_cpu_count(2)
    pa.set_io_thread_count(1)
    _hold(limits.memory_bytes)
    _serve(folder, answers, limits, units)


def _serve(folder: Path, answers: TextIO, limits: Limits, units: Units) -> None:
    from ipps_geo.intake import handover
    from ipps_geo.intake.problems import Refusal
    from ipps_geo.intake.reading import read_here
    from ipps_geo.intake.request import refused

    answers.write("ready\n")
    answers.flush()
    for number, line in enumerate(sys.stdin):
        request = handover.request_of(line)
        try:
            handover.write_result(read_here(request, limits, units), folder, str(number))
        except MemoryError:
            refusal = Refusal("out_of_memory", limit=limits.memory_bytes >> 20)
            handover.write_result(refused(request, refusal), folder, str(number))
        except Exception as error:  # noqa: BLE001 - whatever a file makes fail is one problem, never a crash
            refusal = Refusal("worker_died", found=type(error).__name__)
            handover.write_result(refused(request, refusal), folder, str(number))
        answers.write(f"{number}\n")
        answers.flush()


def _hold(memory_bytes: int) -> None:
    """Limit memory, forbid core dumps; where the system has no such limits the caller's clock remains."""
    with contextlib.suppress(ImportError):
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
