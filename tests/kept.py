"""What is made once for all the processes of a run: whoever comes second reads what the first one has made."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

from ipps_geo.executors import pickled

FOLDER = "IPPS_GEO_TESTS_KEPT"
"""The variable with the folder of a run, which its processes share."""


def kept(name, make):
    """Return what ``make`` makes, or what another process of this run has made under that name."""
    if FOLDER not in os.environ or sys.platform == "win32":
        return make()
    import fcntl

    file = Path(os.environ[FOLDER], name)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if file.exists():
            return pickle.loads(file.read_bytes())
        made = make()
        file.write_bytes(pickled(made))
        return made
