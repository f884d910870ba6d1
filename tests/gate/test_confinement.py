"""What a reader that was taken over can still do: nothing beyond its folder and its file."""

from __future__ import annotations

import ast
import ctypes
import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from ipps_geo.gate import Bounds, Worker, confinement, windows
from ipps_geo.gate.children import READ_BY_GDAL
from ipps_geo.gate.process import missing_here

pytestmark = pytest.mark.slow(planted=True)

TakenOver = Callable[..., str]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process give these up")


def tried(call: str) -> str:
    return f"""
import os, socket, subprocess
try:
    answer = {call}
except OSError as error:
    answer = type(error).__name__
"""


@pytest.fixture(scope="module")
def held() -> dict[str, str]:
    with Worker() as worker:
        worker.call("ipps_geo.gate.confinement:missing", held={})
        return dict(worker.held)


def needs(held: dict[str, str], name: str) -> None:
    if name not in held:
        pytest.skip(f"this system does not hold {name}")


@linux
def test_no_address_is_called(taken_over: TakenOver, held: dict[str, str]) -> None:
    needs(held, "network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = server.getsockname()
        assert "Error" in taken_over(tried(f"socket.create_connection({address!r}, 2)"))
        with pytest.raises(TimeoutError):
            server.accept()


@linux
def test_no_other_file_is_read_or_written(taken_over: TakenOver, held: dict[str, str], tmp_path: Path) -> None:
    needs(held, "files")
    given, other, outside = tmp_path / "given.txt", tmp_path / "other.txt", tmp_path / "outside.txt"
    given.write_text("given")
    other.write_text("other")
    link = tmp_path / "folder" / "link.txt"
    link.parent.mkdir()
    link.symlink_to(other)
    assert taken_over(tried(f"open({str(given)!r}).read()"), given) == "given"
    for path in (other, link, Path("/etc/passwd"), Path(f"/proc/{os.getpid()}/environ")):
        assert taken_over(tried(f"open({str(path)!r}).read()"), given, link.parent) == "PermissionError"
    assert taken_over(tried(f"open({str(outside)!r}, 'w')")) == "PermissionError"
    assert taken_over(tried(f"open({str(given)!r}, 'w')"), given) == "PermissionError"
    assert taken_over(tried("open('own.txt', 'w').write('x')")) == "1"
    assert not outside.exists()


@linux
def test_no_program_is_started_and_no_process_ended(taken_over: TakenOver, held: dict[str, str]) -> None:
    needs(held, "programs")
    assert taken_over(tried("subprocess.run([os.sys.executable, '-c', ''])")) == "PermissionError"
    if held.get("files", "").removeprefix("Landlock ") >= "6":
        assert taken_over(tried(f"os.kill({os.getpid()}, {int(signal.SIGTERM)})")) == "PermissionError"


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such limits")
def test_time_and_bytes_are_bounded(taken_over: TakenOver) -> None:
    bounds = Bounds(seconds=1.0, written_bytes=1 << 20)
    assert taken_over(tried("open('big', 'wb').write(bytes(2 << 20)) and os.path.getsize('big')"), bounds=bounds) in (
        "OSError",
        str(1 << 20),
    )
    assert taken_over("while True: pass", bounds=bounds) == "gate.out_of_time"


def test_no_variable_of_this_process_is_seen(taken_over: TakenOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "1234")
    monkeypatch.setenv("PYTHONPATH", ".")
    assert "1234" not in taken_over("import os; answer = dict(os.environ)")
    assert taken_over("import os; answer = os.getenv('PYTHONPATH')") == "None"


def test_nothing_of_the_current_folder_is_run(
    taken_over: TakenOver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("queue.py", "json.py", "sitecustomize.py", "ipps_geo.py"):
        (tmp_path / name).write_text("raise SystemExit('run from the current folder')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert taken_over("import queue; answer = queue.__file__").startswith(sys.base_prefix)


def test_what_is_not_enforced_is_named() -> None:
    assert confinement.missing({}) == confinement.PROTECTIONS


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes are those of 64 bits")
def test_the_limits_of_a_job_are_laid_out_as_windows_reads_them() -> None:
    limits = windows.limits(1 << 30)
    assert ctypes.sizeof(limits) == 144
    assert (type(limits).flags.offset, type(limits).process_memory.offset) == (16, 112)
    assert limits.flags == 0x2700


def test_gdal_knows_no_driver_but_those_that_are_needed(taken_over: TakenOver) -> None:
    pytest.importorskip("pyogrio")
    found = taken_over("import pyogrio; answer = sorted(pyogrio.list_drivers())")
    assert set(ast.literal_eval(found)) <= READ_BY_GDAL


def test_what_this_machine_lacks_is_told_when_the_app_opens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], held: dict[str, str]
) -> None:
    app = importlib.import_module("ipps_geo.cli.commands.app")

    assert set(missing_here()) == {name for name in confinement.PROTECTIONS if name not in held}
    monkeypatch.setattr(app, "run_app", lambda **_: 0)
    for lacking in ((), ("network", "files")):
        monkeypatch.setattr(app, "missing_here", lambda lacking=lacking: lacking)
        with pytest.raises(typer.Exit):
            app.open_app()
        told = capsys.readouterr().err
        assert ("网络访问、读取其他文件" in told) == bool(lacking)
    assert app._PROTECTIONS.keys() == set(confinement.PROTECTIONS)
