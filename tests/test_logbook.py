"""The log: entries that nobody can forge, in a file that its owner alone reads, found by the number that was told."""

from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipps_geo import logbook


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    file = logbook.to_file(tmp_path / "logs" / "log.txt")
    yield file
    for handler in logbook.LOGGER.handlers[:]:
        if isinstance(handler, logging.FileHandler) and Path(handler.baseFilename).parent == file.parent:
            logbook.LOGGER.removeHandler(handler)
            handler.close()


def test_an_entry_stands_under_the_number_that_was_told(log: Path) -> None:
    assert not log.exists(), "nothing is made before there is something to write"
    number = logbook.record("Traceback\n  KeyError: 'x'", doing="reading a.csv")
    first, *trace = log.read_text(encoding="utf-8").splitlines()
    assert number in first
    assert "reading a.csv" in first
    assert trace == ["  | Traceback", "  |   KeyError: 'x'"]


@pytest.mark.parametrize("sign", ["\n", "\r", "\x0b", "\x1b[2J", "\x85", "\u2028", "\u202e", "\x00"])
def test_no_name_forges_an_entry(log: Path, sign: str) -> None:
    logbook.record(f"ValueError: {sign}2026-11-22 ERROR forged", doing=f"名册{sign}2026-11-22 ERROR forged")
    logbook.LOGGER.warning("%s", f"{sign}2026-11-22 ERROR forged")
    lines = log.read_text(encoding="utf-8").split("\n")
    assert "名册" in lines[0]
    assert not any(line.startswith("2026-11-22 ERROR") for line in lines)
    assert not any(sign in line for line in lines if sign != "\n")


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_its_owner_alone_reads_it(log: Path) -> None:
    logbook.record("x", doing="y")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_where_nothing_can_be_written_the_log_goes_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    handler = logbook._OwnFile(tmp_path / "file" / "log.txt", delay=True)
    handler.emit(logging.makeLogRecord({"msg": "x"}))
    handler.close()
    assert Path(handler.baseFilename).read_text() == "x\n"
