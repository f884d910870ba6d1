"""A workspace as one file that its planner takes home and opens again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.errors import BadInput
from ipps_geo.gate import Bounds, confined
from ipps_geo.intake.archives import check_members, open_archive, read_member
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.packing import safe_name, zipped
from ipps_geo.settings import WORKSPACE_FILE
from ipps_geo.workspace import load_workspace, save_workspace
from ipps_geo.workspace.save import REGION_FOLDER

if TYPE_CHECKING:
    from ipps_geo.workspace import Workspace


def workspace_zip(workspace: Workspace) -> bytes:
    """Return a workspace as a zip of its tables, data date, mappings and sources; see :func:`opened_workspace`."""
    with tempfile.TemporaryDirectory(prefix="ipps-workspace-") as folder:
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in save_workspace(workspace, folder)}
    return zipped(files)


def opened_workspace(content: bytes, name: str = "workspace.zip") -> Workspace:
    """Return the workspace in a zip that :func:`workspace_zip` made, or in one of such files without folders.

    ``name`` stands for the file in errors. The files are a stranger's: the archive is held to the limits of every
    archive, and read in a worker process.

    Raises
    ------
    BadInput
        It is no such archive, or its tables have errors.
    """
    with tempfile.TemporaryDirectory(prefix="ipps-workspace-") as folder:
        packed = Path(folder) / "workspace.zip"
        packed.write_bytes(content)
        opened = Path(folder) / "workspace"
        opened.mkdir()
        bounds = Bounds(memory_bytes=Limits().memory_bytes, seconds=Limits().seconds)
        try:
            found = confined("ipps_geo.planning.workspace_files:unpacked", [packed], bounds=bounds, packed=packed)
            for member, content in found.items():
                target = opened.joinpath(*map(safe_name, member.split("/")))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            return load_workspace(opened)
        except BadInput as error:
            raise error.at(safe_name(name)) from error


def unpacked(packed: Path) -> dict[str, bytes]:
    """Return the files in a zip that holds a workspace: what the process without rights does."""
    limits = Limits()
    with open_archive(packed) as archive:
        check_members(archive, limits)
        names = archive.namelist()
        if WORKSPACE_FILE not in names or any(not _expected(name) for name in names):
            raise BadInput("workspace.no_bundle")
        return {name: read_member(archive, name, limits) for name in names}


def _expected(name: str) -> bool:
    """Return whether a member is a plain file, or one of the folder of the region."""
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") for part in parts) and "\\" not in name
    return plain and (len(parts) == 1 or parts[0] == REGION_FOLDER)
