"""A workspace whose enterprises are too many for one table: they lie in partitions, GeoParquet files of a folder.

    FOLDER/
      partitions.json                      what the partitions are: file, rows, box, sha256
      tables/                              an ordinary workspace: every table, with the enterprises that rosters name
      enterprises/city=1101/part-0000.parquet ...

All rows of a legal entity stand in one partition, branches with their parent, so that each partition can be read,
counted and judged on its own, and memory is bounded by the largest of them. Such a folder is made from any workspace by
:mod:`ipps_geo.workspace.partitioning`; what was written is what is read: a partition touched since is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.settings import PARTITIONS_FILE
from ipps_geo.workspace.load import load_workspace
from ipps_geo.workspace.points import lonlat_of
from ipps_geo.workspace.sources import sha256_of
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.workspace.model import Workspace

    Floats = NDArray[np.float64]

SCHEMA = "ipps-geo/partitions/1"
TABLES_FOLDER, ENTERPRISES_FOLDER = "tables", "enterprises"

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Partition:
    """One file of enterprises: ``label`` is its path inside the folder, ``box`` its least and largest lon and lat.

    ``box`` is None where no row has a known place.
    """

    label: str
    path: Path
    rows: int
    box: Box | None
    sha256: str

    @property
    def key(self) -> str:
        """What the rows have in common, as ``city=1101``."""
        return Path(self.label).parent.name

    def meets(self, box: Box) -> bool:
        """Whether any row may lie in ``box`` (least lon, least lat, largest lon, largest lat)."""
        if self.box is None:
            return False
        return self.box[0] <= box[2] and box[0] <= self.box[2] and self.box[1] <= box[3] and box[1] <= self.box[3]


@dataclass(frozen=True, eq=False)
class PartitionedWorkspace:
    """A network, as an ordinary workspace whose enterprises are those that rosters name, and all enterprises in parts.

    ``by`` says what the rows of a folder have in common: province, city, unit, cell or nothing. ``metric_crs`` is the
    reference system in which lengths are measured; None where every site measures in the zone of its longitude.
    """

    network: Workspace
    partitions: tuple[Partition, ...]
    by: str
    metric_crs: str | None

    @property
    def name(self) -> str:
        """The name of the workspace."""
        return self.network.name

    @property
    def rows(self) -> int:
        """Rows of all partitions."""
        return sum(partition.rows for partition in self.partitions)

    @cached_property
    def content_hash(self) -> str:
        """sha256 (hex) of the network's tables and of every partition, whatever the partitions are called."""
        parts = "".join(sorted(partition.sha256 for partition in self.partitions))
        return hashlib.sha256(f"{self.network.content_hash}{parts}".encode()).hexdigest()

    def within(self, box: Box) -> tuple[Partition, ...]:
        """Return the partitions that may hold a row in ``box``."""
        return tuple(partition for partition in self.partitions if partition.meets(box))


def read_partition(
    partition: Partition, columns: Sequence[str] | None = None, box: Box | None = None
) -> gpd.GeoDataFrame:
    """Return the enterprises of a partition, EPSG:4490: every column, or some; all rows, or those in ``box``.

    Raises
    ------
    BadInput
        The file is gone or cannot be read.
    """
    import geopandas as gpd

    try:
        frame = gpd.read_parquet(partition.path, columns=None if columns is None else [*columns, "geometry"])
    except (OSError, ValueError) as error:
        raise BadInput("partitions.unreadable", where=partition.label) from error
    if box is not None:
        frame = frame.cx[box[0] : box[2], box[1] : box[3]].reset_index(drop=True)
    return frame if columns is not None else conform("enterprises", frame)


def read_rows(partition: Partition, columns: Sequence[str]) -> tuple[pd.DataFrame, Floats]:
    """Return (some columns of a partition, its places in degrees, shape (n, 2), nan where unknown).

    The same as :func:`read_partition` without an object for each place: what a million rows are read by.

    Raises
    ------
    BadInput
        The file is gone or cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(partition.path).read(columns=[*columns, "geometry"])
        lonlat = lonlat_of(table["geometry"])
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise BadInput("partitions.unreadable", where=partition.label) from error
    frame = table.drop_columns("geometry").to_pandas(ignore_metadata=True)
    return conform("enterprises", frame, only=columns), lonlat


def open_workspace(
    path: Path | None, *, accept_partial: bool = False, datum: str | None = None
) -> Workspace | PartitionedWorkspace:
    """Return the workspace at ``path``, partitioned or not; see :func:`~ipps_geo.workspace.load.load_workspace`."""
    if path is not None and is_partitioned(path):
        return open_partitions(path)
    return load_workspace(path, accept_partial=accept_partial, datum=datum)


def is_partitioned(path: Path | None) -> bool:
    """Whether a partitioned workspace lies at ``path``."""
    return path is not None and (path / PARTITIONS_FILE).is_file()


def open_partitions(folder: str | Path, *, sandbox: bool = True) -> PartitionedWorkspace:
    """Return the partitioned workspace in ``folder``; its enterprises stay on disk.

    Raises
    ------
    BadInput
        There is none, a partition is not as it was written, or the network's tables are not.
    """
    root = Path(folder)
    stated = _listed(root)
    partitions = tuple(
        Partition(
            str(entry["file"]),
            root / str(entry["file"]),
            int(entry["rows"]),
            None if entry["box"] is None else tuple(entry["box"]),
            str(entry["sha256"]),
        )
        for entry in stated["partitions"]
    )
    for partition in partitions:
        if not partition.path.resolve().is_relative_to(root.resolve()):
            raise BadInput("workspace.outside", where=str(root / PARTITIONS_FILE), name=partition.label)
        if not partition.path.is_file() or sha256_of(partition.path) != partition.sha256:
            raise BadInput("partitions.not_as_written", where=partition.label)
    network = load_workspace(root / TABLES_FOLDER, sandbox=sandbox)
    if network.content_hash != stated["network"]:
        raise BadInput("partitions.network_changed", where=str(root / TABLES_FOLDER))
    named = network.replace(name=str(stated["name"]))
    return PartitionedWorkspace(named, partitions, str(stated["by"]), stated["metric_crs"])


def _listed(root: Path) -> dict[str, Any]:
    file = root / PARTITIONS_FILE
    if not file.is_file():
        raise BadInput("partitions.none_here", where=str(root))
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))
        sound = stated["schema"] == SCHEMA and isinstance(stated["partitions"], list)
        sound = sound and all({"file", "rows", "box", "sha256"} <= set(entry) for entry in stated["partitions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput("partitions.list_unreadable", where=str(file)) from error
    if not sound:
        raise BadInput("partitions.list_unreadable", where=str(file))
    return dict(stated)


def list_text(name: str, by: str, metric_crs: str | None, network_hash: str, partitions: Sequence[Partition]) -> str:
    """Return the text of ``partitions.json``."""
    parts = [{"file": part.label, "rows": part.rows, "box": part.box, "sha256": part.sha256} for part in partitions]
    stated: dict[str, Any] = {
        "schema": SCHEMA,
        "name": name,
        "by": by,
        "metric_crs": metric_crs,
        "network": network_hash,
    }
    stated["partitions"] = parts
    return json.dumps({"schema": SCHEMA} | stated, ensure_ascii=False, indent=1) + "\n"


def box_of(frame: gpd.GeoDataFrame) -> Box | None:
    """Return the least and largest longitude and latitude of the known places, None where there is none."""
    west, south, east, north = (float(bound) for bound in frame.geometry.total_bounds)
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


def hashes_of_texts(texts: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return 64 bits of each text, the same in every process: how partitions are compared without their texts."""
    return np.asarray(pd.util.hash_array(texts.to_numpy(dtype=object), categorize=False), dtype=np.uint64)
