"""Where the package keeps the data that travel with it.

In a checkout they lie in ``data/`` beside the package; an installed wheel carries the same files as ``ipps_geo/_data``.
"""

from __future__ import annotations

from pathlib import Path

from ipps_geo.errors import BadInput

MANIFEST = "sources.toml"
"""File of the data root that names publisher, licence, date, CRS and hash of every other file."""

WORKSPACE_FILE = "workspace.toml"
"""File of a workspace folder that names the file of each table."""

PARTITIONS_FILE = "partitions.json"
"""File of a workspace folder whose enterprises lie in partitions, which it lists."""


def data_root() -> Path:
    """Return the folder of the embedded data, recognised by its manifest ``sources.toml``.

    Raises
    ------
    BadInput
        If the data are in neither place, as in a copy of the package made without them.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_data", package.parent / "data"):
        if (folder / MANIFEST).is_file():
            return folder
    raise BadInput("settings.no_embedded_data", where=str(package))
