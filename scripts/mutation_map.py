"""Which tests pass through which line, and how long each takes: a plugin of pytest that writes the map down.

``python -m pytest -p mutation_map tests/ROOM`` with ``MUTATION_MAP`` naming the file; ``scripts/mutation.py`` does so.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

MAP = Path(os.environ.get("MUTATION_MAP", "mutation_map"))
_traced = coverage.Coverage(data_file=f"{MAP}.lines", source_pkgs=["ipps_geo"], config_file=False)
_traced.start()
_seconds: dict[str, float] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note the lines that a test, with its fixtures, passes through, and its seconds."""
    _traced.switch_context(item.nodeid)
    begun = time.perf_counter()
    try:
        return (yield)
    finally:
        _seconds[item.nodeid] = round(time.perf_counter() - begun, 3)


def pytest_sessionfinish() -> None:
    """Write the map."""
    _traced.stop()
    data, root = _traced.get_data(), Path.cwd()
    names = sorted(data.measured_contexts() - {""})
    number = {name: place for place, name in enumerate(names)}
    lines = {
        str(Path(file).relative_to(root)): {
            line: [number[name] for name in contexts if name]
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    MAP.write_text(json.dumps({"tests": names, "seconds": _seconds, "lines": lines}), encoding="utf-8")
