"""Files that a user sends in: judged first, then put into a workspace of their own; a bad one changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.intake import read_table
from ipps_geo.intake.mapping import as_saved
from ipps_geo.intake.packing import safe_name
from ipps_geo.results import UploadCheck
from ipps_geo.workspace import apply_read

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.mapping import SavedMappings
    from ipps_geo.intake.units import Units
    from ipps_geo.workspace import Applied, Workspace
    from ipps_geo.workspace.apply import Scope

UPLOAD_SUFFIXES = (
    "xlsx", "xlsm", "xls", "et", "ods", "csv", "tsv", "txt", "html", "xml", "geojson", "json", "jsonl", "kml", "kmz",
    "ovkml", "gpkg", "parquet", "zip",
)  # fmt: skip
"""Kinds of file that can be sent in."""

ROSTER_SUFFIXES = ("xlsx", "xlsm", "xls", "et", "ods", "csv", "tsv", "txt", "html", "xml", "json", "jsonl", "zip")
"""Kinds of file that a roster may come in."""

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
    station: str | None = None,
    units: Units | None = None,
) -> UploadCheck:
    """Read a file that was sent in, in a worker process that is held to limits; whatever is wrong is in its problems.

    Parameters
    ----------
    content, name
        The bytes and the name that the sender gave them; of the name only the last part counts.
    table, sheet, mapping, saved, datum, accept_partial, absent, station, units
        As for ``intake.read_table``.
    """
    plain = safe_name(name)
    with tempfile.TemporaryDirectory(prefix="ipps-upload-") as folder:
        path = Path(folder) / plain
        path.write_bytes(content)
        read = read_table(
            path, table, sheet=sheet, mapping=mapping, saved=saved, datum=datum, accept_partial=accept_partial,
            absent=absent, label=plain, station=station, units=units,
        )  # fmt: skip
    return UploadCheck(plain, content, read, mapping or {}, saved or {})


def apply_upload(workspace: Workspace, check: UploadCheck, scope: Scope = "file") -> Applied:
    """Return ``workspace`` with the rows that were sent in, and what that changes; see ``workspace.apply_read``.

    Raises
    ------
    BadInput
        The file has no usable row, or the tables no longer fit together: a roster of a station that is not there.
    """
    return apply_read(workspace, check.read, scope=scope)


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
        verdict.evidence, key=lambda found: (-(found.in_declared_unit or 0.0), -found.in_region, found.hypothesis)
    )
    return tuple(found.hypothesis for found in likely if found.in_region > 0)
