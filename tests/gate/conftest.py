"""A worker that runs a few lines of Python as if they were a reader taken over by what it reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.gate import Bounds, Worker, process


@pytest.fixture
def taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run lines in a worker; returns what ``answer`` then holds. The lines see no file but the ones given."""
    monkeypatch.setattr(process, "_OWN", "")
    script = tmp_path / "lines.py"

    def run(lines: str, *reads: Path, bounds: Bounds | None = None, worker: Worker | None = None) -> str:
        script.write_text(
            f"{lines}\nfrom ipps_geo.errors import BadInput\nraise BadInput('gate.no_file', where=f'{{answer}}')\n",
            encoding="utf-8",
        )
        if worker is not None:
            worker.admit(script)
            with pytest.raises(BadInput) as told:
                worker.call("runpy:run_path", path_name=script)
            return told.value.where if told.value.code == "gate.no_file" else told.value.code
        with Worker(bounds, (script, *reads)) as own:
            return run(lines, worker=own)

    return run


@pytest.fixture(autouse=True)
def _as_for_users(new_readers: None) -> None:
    """What holds a reader is tried on processes that start as they do for users."""
