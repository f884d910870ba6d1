"""What goes back to people who send files: coloured copies of what they sent, and templates to fill in."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.files import written_set
from ipps_geo.intake import write_coloured_copy, write_templates
from ipps_geo.intake.packing import zipped
from ipps_geo.report.words.messages import problem_message

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.check import CheckReport
    from ipps_geo.results import UploadCheck


def write_checked(report: CheckReport, path: Path, out: Path, lang: str, *, force: bool = False) -> list[Path]:
    """Write a coloured Excel copy of every file of ``path`` that has problems into the folder ``out``.

    A copy is named after its file with its ending and folders, so that no two files give one copy.
    """
    with written_set(out, "check", force=force) as folder:
        names: list[str] = []
        for read in report.reads:
            source = path if path.is_file() else path / read.file
            if len(read.problems) and source.is_file():
                inside = source.relative_to(path).as_posix() if path.is_dir() else source.name
                names.append(_free_name(inside.replace("/", "_"), names))
                mark(source, read, folder / names[-1], lang)
    return [out / name for name in names]


def _free_name(stem: str, taken: list[str]) -> str:
    name, number = f"{stem}_checked.xlsx", 2
    while name.casefold() in {each.casefold() for each in taken}:
        name, number = f"{stem}_checked_{number}.xlsx", number + 1
    return name


def mark(source: Path, read: TableRead, target: Path, lang: str) -> Path:
    """Write the coloured copy of ``source``: bad cells filled and commented in the reader's language."""

    def told(problem: Mapping[str, Any]) -> str:
        return "\n".join(part for part in problem_message(problem, lang) if part)

    write_coloured_copy(source, read, target, wording=told)
    return target


def coloured_copy(check: UploadCheck, lang: str) -> bytes:
    """Return the file as a workbook whose faulty cells are coloured and commented, to be mended and sent in again.

    Raises
    ------
    BadInput
        The file was refused whole.
    """
    with tempfile.TemporaryDirectory(prefix="ipps-upload-") as folder:
        source = Path(folder) / check.name
        source.write_bytes(check.content)
        return mark(source, check.read, Path(folder) / "coloured-copy.xlsx", lang).read_bytes()


def template_bytes(table: str) -> bytes:
    """Return the empty workbook of one table, with its headers, choices and an example row."""
    with tempfile.TemporaryDirectory(prefix="ipps-template-") as folder:
        return write_templates(folder, [table])[0].read_bytes()


def all_templates() -> bytes:
    """Return the templates of every table as one zip."""
    with tempfile.TemporaryDirectory(prefix="ipps-template-") as folder:
        return zipped({path.name: path.read_bytes() for path in write_templates(folder)})
