"""Check files before they are used, and give them back with their faults marked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.intake.check import CheckReport, check_path
from ipps_geo.planning.writing import folder_for

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead


def check_files(
    path: Path,
    *,
    table: str | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    normalised: Path | None = None,
    out: Path | None = None,
    lang: str = "zh",
) -> CheckReport:
    """Read a file or a folder and return what was found.

    ``normalised`` writes the one table as it was understood; ``out`` is a folder for a coloured Excel copy of every
    file with problems.

    Raises
    ------
    BadInput
        An unknown table or datum, or a place that cannot be written.
    """
    report = check_path(path, table, datum=datum, accept_partial=accept_partial)
    if normalised is not None:
        report.write_normalised(normalised)
    if out is not None:
        folder = folder_for(out)
        for read in report.reads:
            source = path if path.is_file() else path / read.file
            if len(read.problems) and source.is_file():
                mark(source, read, folder / f"{source.stem}_checked.xlsx", lang)
    return report


def mark(source: Path, read: TableRead, target: Path, lang: str = "zh") -> Path:
    """Write the coloured copy of ``source``: bad cells filled and commented in the reader's language."""
    from ipps_geo.intake.coloured import write_coloured_copy
    from ipps_geo.report.messages import problem_message

    def told(problem: Mapping[str, Any]) -> str:
        return "\n".join(part for part in problem_message(problem, lang) if part)

    write_coloured_copy(source, read, target, wording=told)
    return target
