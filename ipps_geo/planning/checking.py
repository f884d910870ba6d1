"""Check files before they are used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.files import check_new
from ipps_geo.intake import Limits, TableRead
from ipps_geo.intake.answers import Answers, remembered_in
from ipps_geo.intake.check import CheckReport, check_path
from ipps_geo.intake.mapping import MAPPING_FILE
from ipps_geo.intake.problems import problem_clause
from ipps_geo.intake.units import Units


def check_files(
    path: Path,
    *,
    table: str | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    normalised: Path | None = None,
    force: bool = False,
    answers: Answers | None = None,
    limits: Limits | None = None,
    units: Units | None = None,
) -> CheckReport:
    """Read a file or a folder and return what was found; ``normalised`` writes the one table as it was understood.

    ``answers`` are the sender's; headers that were answered for before are read as then (``columns.toml`` beside the
    file). ``units`` are those of the workspace that the file is for, by default those of its region.

    Raises
    ------
    BadInput
        An unknown table or datum, or a place that cannot be written.
    """
    if normalised is not None:
        check_new_table(normalised, path, force=force)
    told = {} if answers is None else answers.arguments
    told |= {name: value for name, value in (("table", table), ("datum", datum)) if value is not None}
    saved = remembered_in(memory_of(path)) if path.is_file() else {}
    report = check_path(path, **told, accept_partial=accept_partial, saved=saved, limits=limits, units=units)
    if normalised is not None:
        report.write_normalised(normalised)
    return report


def check_new_table(target: Path, path: Path, *, force: bool) -> None:
    """Refuse a table that would be written over another file, and always one over the file that is read."""
    check_new(target, force=force and not _same(path, target))


def _same(path: Path, other: Path) -> bool:
    """Whether both are one file: what is read is never written over, even when asked for."""
    return path.exists() and other.exists() and path.samefile(other)


def memory_of(path: Path) -> Path:
    """Return the file that remembers what was answered about the headers of a file: it lies beside it."""
    return (path if path.is_dir() else path.parent) / MAPPING_FILE


def refuse_unusable(read: TableRead, *, accept_partial: bool = False) -> None:
    """Refuse a file with errors; with ``accept_partial`` only one without a sound row.

    Raises
    ------
    BadInput
        The first fault is named, with the number of all.
    """
    if not read.has_errors or (accept_partial and read.accepted):
        return
    errors = read.problems.loc[read.problems["severity"] == "error"]
    first = errors.iloc[0]
    place = [str(first[name]) for name in ("sheet", "row", "column") if pd.notna(first[name]) and first[name] != ""]
    where = " · ".join([read.file, *place])
    raise BadInput("roster.unusable", where=where, first=problem_clause(first.to_dict()), n=len(errors))
