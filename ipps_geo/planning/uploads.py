"""Files that a user sends in: judged first, then put into a workspace of their own; a bad one changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake import read_table
from ipps_geo.intake.datum import CONVERSIONS
from ipps_geo.intake.mapping import as_saved
from ipps_geo.intake.packing import safe_name
from ipps_geo.intake.problems import problem_clause
from ipps_geo.results import UploadCheck
from ipps_geo.workspace.check import check_references, check_tables
from ipps_geo.workspace.load import latest_day
from ipps_geo.workspace.model import Source
from ipps_geo.workspace.reading import report_of
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.mapping import SavedMappings
    from ipps_geo.workspace import Workspace

UPLOAD_SUFFIXES = ("xlsx", "xlsm", "csv", "tsv", "geojson", "gpkg", "parquet", "zip")
"""Kinds of file that can be sent in."""

DATUMS = ("cgcs2000", "wgs84", "gcj02", "bd09")
"""Answers to the question in which system the coordinates are."""


ASKED = ("suspected", "unclear", "detected")
"""Verdicts on coordinates that their sender should confirm; under the first two nothing was converted."""


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
        loaded=workspace.loaded.without(table).joined(report_of(check.read, table)),
    )


def with_mapping(workspace: Workspace, check: UploadCheck) -> Workspace:
    """Return ``workspace`` with the mapping of ``check`` kept, so that the next file with these headers reads alike."""
    mapping = check.read.mapping
    if mapping is None:
        return workspace
    own = {**workspace.mappings.get(mapping.table, {}), **as_saved(mapping)}
    return workspace.replace(mappings={**workspace.mappings, mapping.table: own})


def datum_question(read: TableRead) -> tuple[str, ...]:
    """Return the reference systems to choose from, the likeliest first; none where there is no doubt."""
    verdict = read.datum
    if verdict.basis not in ASKED:
        return ()
    likely = sorted(
        verdict.evidence, key=lambda found: (-(found.in_declared_unit or 0.0), -found.in_beijing, found.hypothesis)
    )
    return tuple(found.hypothesis for found in likely if found.in_beijing > 0 and found.hypothesis in CONVERSIONS)
