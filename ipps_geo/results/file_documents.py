"""The documents of commands that answer for files: what a check found, what an update changes, what was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.results.schemas import DocumentKind, stated

if TYPE_CHECKING:
    from ipps_geo.intake import CheckReport
    from ipps_geo.regions import NewRegion
    from ipps_geo.workspace.partitions import PartitionedWorkspace


def check_document(found: CheckReport) -> dict[str, Any]:
    """Return what was read of a file or a folder, and every problem with its place."""
    return stated("check") | found.as_json()


def update_document(differences: Sequence[Mapping[str, Any]], files: Sequence[str | Path] = ()) -> dict[str, Any]:
    """Return what files sent in change: of one file its difference at the top, of several a list ``files_sent``."""
    told = dict(differences[0]) if len(differences) == 1 else {"files_sent": [dict(each) for each in differences]}
    return stated("update") | told | written(files)


def demonstration_document(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a demonstration holds, as ``planning.make_demo`` says it."""
    return stated("demonstration") | dict(made)


def region_document(made: NewRegion) -> dict[str, Any]:
    """Return what a new region is: its units, what measures lengths there and how well, and its policy."""
    region = made.region
    return (
        stated("region")
        | {
            "region": region.key,
            "name_zh": region.name_zh,
            "name_en": region.name_en,
            "units": made.units,
            "metric_crs": region.metric_crs,
            "meridians": list(made.meridians),
            "lengthening": made.lengthening,
            "policy": region.policy,
        }
        | written(made.files)
    )


def files_document(kind: DocumentKind, files: Sequence[str | Path]) -> dict[str, Any]:
    """Return which files were written.

    >>> files_document("templates", ["a.xlsx"])
    {'schema': 'ipps-geo/templates/1', 'files': ['a.xlsx']}
    """
    return stated(kind) | written(files)


def written(files: Sequence[str | Path]) -> dict[str, list[str]]:
    """Return files as the entry that every document lists them in."""
    return {"files": [str(file) for file in files]}


def partitions_document(folder: Path, by: str, partitions: PartitionedWorkspace) -> dict[str, Any]:
    """Return which partitions were written into ``folder``, and how many rows each of them has."""
    listed = [{"file": part.label, "rows": part.rows} for part in partitions.partitions]
    return stated("partitions") | {"folder": str(folder), "by": by, "rows": partitions.rows, "partitions": listed}
