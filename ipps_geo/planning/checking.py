"""Check files before they are used."""

from __future__ import annotations

from pathlib import Path

from ipps_geo.intake.check import CheckReport, check_path


def check_files(
    path: Path,
    *,
    table: str | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    normalised: Path | None = None,
) -> CheckReport:
    """Read a file or a folder and return what was found; ``normalised`` writes the one table as it was understood.

    Raises
    ------
    BadInput
        An unknown table or datum, or a place that cannot be written.
    """
    report = check_path(path, table, datum=datum, accept_partial=accept_partial)
    if normalised is not None:
        report.write_normalised(normalised)
    return report
