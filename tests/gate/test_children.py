"""Children start with our code and a fixed list of variables, and run nothing that lies where somebody works."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ipps_geo.gate import children
from ipps_geo.gate.children import OWN, SYSTEM, environment, import_path, python_command
from ipps_geo.planning.child import run_in_child


@pytest.fixture
def hostile_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("queue", "pickle", "logging", "sitecustomize", "numpy", "ipps_geo"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'run.txt')!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_solver_runs_nothing_of_the_current_folder(hostile_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(hostile_folder))
    monkeypatch.setenv("PYTHONSTARTUP", str(hostile_folder / "queue.py"))
    assert run_in_child("tests.planning.child_functions:count_to_three", {}, deadline_s=60) == ("done", 3)
    assert not (hostile_folder / "run.txt").exists()


def test_every_child_starts_with_the_safe_path(hostile_folder: Path) -> None:
    done = subprocess.run(
        python_command("ipps_geo.gate.__main__:main"), env=environment(), capture_output=True, text=True, check=True
    )
    assert "memory" in done.stdout
    assert not (hostile_folder / "run.txt").exists()
    assert str(hostile_folder) not in import_path()


def test_a_child_runs_the_package_that_started_it_where_another_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, lines in (("ipps_geo/__init__.py", ""), ("ipps_geo/here.py", "import queue\ndef main(): print('this')")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(lines)
    (tmp_path / "queue.py").write_text("print('a file of that folder')")
    monkeypatch.setattr(children, "package_folder", lambda: tmp_path / "ipps_geo")
    command = python_command("ipps_geo.here:main")
    assert subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout == "this\n"


def test_no_other_variable_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPS_GEO_TIANDITU_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert set(environment()) <= {*SYSTEM, *OWN, "PYTHONUTF8"}
    assert set(environment("IPPS_GEO_TIANDITU_KEY")) - set(environment()) == {"IPPS_GEO_TIANDITU_KEY"}
