"""A worker gives up what it does not need, before it looks at a file; what the system cannot enforce is told."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from ipps_geo.gate.bounds import Bounds
from ipps_geo.gate.children import import_path, package_folder

PROTECTIONS = ("memory", "processor_time", "bytes_written", "network", "files", "programs")
"""What a worker is held to besides wall time, a fixed environment and a private current folder."""

_SYSTEM_FILES = (
    *("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/usr/share/locale"),
    *(
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/dev/urandom",
        "/sys/devices/system/cpu",
        "/proc/cpuinfo",
        "/proc/meminfo",
    ),
)


def give_up_network() -> dict[str, str]:
    """Leave the network: by a namespace of one's own, by a filter of system calls, or both. First call of a worker.

    It also ties the worker's life to its caller's.
    """
    if sys.platform != "linux":
        return {}
    from ipps_geo.gate import linux

    linux.end_with_parent()
    by = {"namespace": linux.no_network(), "seccomp": linux.no_sockets_no_programs()}
    if not any(by.values()):
        return {}
    network = {"network": " + ".join(name for name, done in by.items() if done)}
    return network | ({"programs": "seccomp"} if by["seccomp"] else {})


def give_up_files(readable: Iterable[Path], private: Path) -> dict[str, str]:
    """See no files but Python's, the package's, ``readable`` and ``private``; before any thread is started."""
    if sys.platform != "linux":
        return {}
    from ipps_geo.gate import linux

    version = linux.only_files([*_of_python(), *readable], private)
    return {"files": f"Landlock {version}", "programs": f"Landlock {version}"} if version else {}


def _of_python() -> list[Path]:
    package = package_folder()
    installed = [Path(entry) for entry in import_path() if Path(entry) != package.parent]
    own = [package, package.parent / "data", *installed, Path(sys.prefix, "lib"), Path(sys.base_prefix, "lib")]
    return [
        *own,
        *(Path(entry) for entry in sys.path if entry and Path(entry) != package.parent),
        *map(Path, _SYSTEM_FILES),
    ]


def give_up_memory(bounds: Bounds) -> dict[str, str]:
    """Bound address space and bytes written to a file, forbid core dumps; after everything has been imported."""
    held: dict[str, str] = {}
    with contextlib.suppress(ImportError):
        import resource

        for name, kind, most in (
            ("memory", resource.RLIMIT_AS, bounds.memory_bytes),
            ("bytes_written", resource.RLIMIT_FSIZE, bounds.written_bytes),
            ("", resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))
                held |= {name: "rlimit"} if name else {}
    return held


def allow_time(seconds: float) -> dict[str, str]:
    """Bound the processor time of one more call: what the process has spent, and ``seconds`` of two threads."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        spent = resource.getrusage(resource.RUSAGE_SELF)
        most = math.ceil(spent.ru_utime + spent.ru_stime + 2 * seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        return {"processor_time": "rlimit"}
    return {}


def missing(held: Mapping[str, str]) -> tuple[str, ...]:
    """Return the protections that this system does not give.

    >>> missing({"memory": "rlimit", "processor_time": "rlimit", "bytes_written": "rlimit"})
    ('network', 'files', 'programs')
    """
    return tuple(name for name in PROTECTIONS if name not in held)
