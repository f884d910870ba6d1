"""Print what a worker is held to on this machine: ``python -m ipps_geo.gate``."""

from __future__ import annotations

import sys

from ipps_geo.gate.confinement import PROTECTIONS
from ipps_geo.gate.process import Worker


def main() -> None:
    """Start a worker and print one line for each protection."""
    with Worker() as worker:
        worker.call("ipps_geo.gate.confinement:missing", held={})
        for name in PROTECTIONS:
            sys.stdout.write(f"{name:16} {worker.held.get(name, 'NOT ENFORCED on this system')}\n")


if __name__ == "__main__":
    main()
