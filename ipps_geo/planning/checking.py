"""Check files before they are used."""

from __future__ import annotations

from pathlib import Path

from ipps_geo.files import check_new
from ipps_geo.intake.check import CheckReport, check_path


def check_files(
    path: Path,
    *,
    table: str | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    normalised: Path | None = None,
    force: bool = False,
) -> CheckReport:
    """Read a file or a folder and return what was found; ``normalised`` writes the one table as it was understood.

    Raises
    ------
    BadInput
        An unknown table or datum, or a place that cannot be written.
    """
    if normalised is not None:
        check_new(normalised, force=force and not _same(path, normalised))
    report = check_path(path, table, datum=datum, accept_partial=accept_partial)
    if normalised is not None:
        report.write_normalised(normalised)
    return report


def _same(path: Path, other: Path) -> bool:
    """Whether both are one file: what is read is never written over, even when asked for."""
    return path.exists() and other.exists() and path.samefile(other)
