"""One file, one table: what the workspace asks of intake."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ipps_geo.workspace.model import no_problems
from ipps_geo.workspace.tables import conform

SUFFIXES = frozenset({".csv", ".xlsx", ".geojson", ".gpkg", ".parquet"})


def layers(path: Path) -> list[str]:
    """Return the names of the layers of a GeoPackage."""
    import pyogrio

    return [str(name) for name in pyogrio.list_layers(path)[:, 0]]


def read(path: Path, table: str, *, label: str, layer: str | None, trusted: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (the rows of the file as table ``table``, the problems found in them)."""
    import geopandas as gpd
    from shapely import points

    suffix = path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        geo = b"geo" in (pq.read_schema(path).metadata or {})
        frame = gpd.read_parquet(path) if geo else pd.read_parquet(path)
    elif suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame = frame.mask(frame == "")
        if "lon" in frame:
            frame = frame.assign(geometry=points(frame["lon"].astype(float), frame["lat"].astype(float)))
        for column in frame:
            if set(frame[column].dropna()) <= {"true", "false"} and frame[column].notna().all() and len(frame):
                frame[column] = frame[column] == "true"
    else:
        frame = gpd.read_file(path, layer=layer)
    return conform(table, pd.DataFrame(frame)), no_problems()
