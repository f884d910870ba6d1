"""Files that a user sends in: judged first, then put into a workspace of their own; a bad one changes nothing."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake import read_table, write_coloured_copy, write_templates
from ipps_geo.intake.problems import problem_clause
from ipps_geo.report.catalogue import catalogue
from ipps_geo.report.messages import problem_message, problem_place
from ipps_geo.workspace.check import check_references, check_tables
from ipps_geo.workspace.load import latest_day
from ipps_geo.workspace.model import Source
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.mapping import SavedMappings
    from ipps_geo.workspace import Workspace

UPLOAD_SUFFIXES = ("xlsx", "xlsm", "csv", "tsv", "geojson", "gpkg", "parquet", "zip")
"""Kinds of file that can be sent in."""

DATUMS = ("cgcs2000", "wgs84", "gcj02", "bd09")
"""Answers to the question in which system the coordinates are."""


@dataclass(frozen=True, eq=False)
class UploadCheck:
    """One file as it was sent in (``name``, ``content``) and what its reading found.

    ``chosen`` and ``saved`` are the mappings that it was read by: the sender's own, and those of earlier files.
    """

    name: str
    content: bytes
    read: TableRead
    chosen: Mapping[str, str] = field(default_factory=dict)
    saved: SavedMappings = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether any row can be used."""
        return self.read.table is not None and len(self.read.frame) > 0


def check_upload(
    content: bytes,
    name: str,
    table: str | None = None,
    *,
    sheet: str | None = None,
    mapping: Mapping[str, str] | None = None,
    saved: SavedMappings | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    absent: Mapping[str, str] | None = None,
) -> UploadCheck:
    """Read a file that was sent in, in a worker process that is held to limits; whatever is wrong is in its problems.

    Parameters
    ----------
    content, name
        The bytes and the name that the sender gave them; of the name only the last part counts.
    table, sheet, mapping, saved, datum, accept_partial, absent
        As for ``intake.read_table``.
    """
    plain = safe_name(name)
    with tempfile.TemporaryDirectory(prefix="ipps-upload-") as folder:
        path = Path(folder) / plain
        path.write_bytes(content)
        read = read_table(
            path, table, sheet=sheet, mapping=mapping, saved=saved, datum=datum, accept_partial=accept_partial,
            absent=absent, label=plain,
        )  # fmt: skip
    return UploadCheck(plain, content, read, mapping or {}, saved or {})


def safe_name(name: str) -> str:
    """Return the last part of a file name, whichever system it comes from.

    >>> safe_name("../../etc/passwd"), safe_name("")
    ('passwd', 'upload')
    """
    return PurePosixPath(PureWindowsPath(name.replace("\0", "")).name).name or "upload"


def problem_rows(problems: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a table of problems in words: severity, where, what is wrong, what to do."""
    words = catalogue(lang)
    rows = []
    for problem in problems.to_dict("records"):
        told = {str(key): value for key, value in problem.items()}
        message, advice = problem_message(told, lang)
        rows.append(
            {
                "severity_code": str(told["severity"]),
                words.label("ProblemSeverity", "error") + "/" + words.label("ProblemSeverity", "warning"): words.label(
                    "ProblemSeverity", told["severity"]
                ),
                words.text("app.where"): " · ".join(problem_place(told, lang)) or "—",
                words.column("value"): words.value(told["value"]),
                words.column("message"): message,
                words.column("advice"): advice,
            }
        )
    return pd.DataFrame(rows)


def coloured_copy(check: UploadCheck, lang: str) -> bytes:
    """Return the file as a workbook whose faulty cells are coloured and commented, to be mended and sent in again.

    Raises
    ------
    BadInput
        The file was refused whole.
    """

    def wording(problem: Mapping[str, object]) -> str:
        message, advice = problem_message(problem, lang)
        return f"{message}\n{advice}" if advice else message

    with tempfile.TemporaryDirectory(prefix="ipps-upload-") as folder:
        source, target = Path(folder) / check.name, Path(folder) / "coloured-copy.xlsx"
        source.write_bytes(check.content)
        write_coloured_copy(source, check.read, target, wording=wording)
        return target.read_bytes()


def template_bytes(table: str) -> bytes:
    """Return the empty workbook of one table, with its headers, choices and an example row."""
    with tempfile.TemporaryDirectory(prefix="ipps-template-") as folder:
        return write_templates(folder, [table])[0].read_bytes()


def all_templates() -> bytes:
    """Return the templates of every table as one zip."""
    with tempfile.TemporaryDirectory(prefix="ipps-template-") as folder:
        return zipped({path.name: path.read_bytes() for path in write_templates(folder)})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as one zip: sorted, with a fixed date, so that the same files make the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def workspace_with(workspace: Workspace, check: UploadCheck) -> Workspace:
    """Return a copy of ``workspace`` in which the table of ``check`` is replaced by the rows that were sent in.

    Raises
    ------
    BadInput
        The file has no usable row, or the tables no longer fit together: a roster of a station that is not there.
    """
    table = check.read.table
    if table is None or not check.usable:
        raise BadInput(
            "the file has no usable row", where=check.name, advice="mend the errors listed, or use a template"
        )
    tables = {name: frame.reset_index(drop=True) for name, frame in workspace.tables.items()}
    tables[table] = conform(table, check.read.frame).reset_index(drop=True)
    kept, invalid = check_tables(tables)
    kept, loose = check_references(kept)
    problems = pd.concat([invalid, loose], ignore_index=True)
    errors = problems.loc[problems["severity"] == "error"]
    if len(errors):
        first = errors.iloc[0]
        where = f"{check.name}, {first['file']} {first['column']}"
        raise BadInput("upload.does_not_fit", where=where, n=len(errors), first=problem_clause(first.to_dict()))
    days = [day for day in (workspace.data_date, latest_day({name: kept[name] for name in TABLES})) if day is not None]
    datum = check.read.datum
    how = f"{check.name}, sent in by the user"
    if datum.datum:
        how += f"; coordinates {datum.basis} as {datum.datum}{', converted' if datum.converted else ''}"
    source = Source(check.name, how=how, crs=datum.datum, table=table)
    return workspace.replace(
        name=f"{workspace.name}+{check.name}",
        **{name: kept[name].reset_index(drop=True) for name in TABLES},
        sources=(*workspace.sources, source),
        problems=pd.concat([check.read.problems, problems], ignore_index=True),
        data_date=max(days) if days else None,
    )
