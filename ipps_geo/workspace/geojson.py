"""GeoJSON with stable bytes: the same table gives the same file, on any platform and with any version of GDAL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from ipps_geo.crs import STORE_CRS
from ipps_geo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd


def write_geojson(table: gpd.GeoDataFrame, path: Path, name: str = "") -> None:
    """Write ``table`` (EPSG:4490) one feature a line; missing values and unknown places are ``null``."""
    path.write_text(geojson_text(table, name or path.stem), encoding="utf-8", newline="\n")


def geojson_text(table: gpd.GeoDataFrame, name: str) -> str:
    """Return ``table`` as the text of a GeoJSON file that names its CRS."""
    if table.crs is None or table.crs != STORE_CRS:
        raise CrsError("workspace.crs_not_stored", where=name, crs=table.crs, stored=STORE_CRS)
    columns = [column for column in table.columns if column != table.geometry.name]
    rows = table[columns].astype(object).where(table[columns].notna(), None)
    shapes = [None if shape is None or shape.is_empty else shapely.geometry.mapping(shape) for shape in table.geometry]
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {column: _plain(value) for column, value in zip(columns, row, strict=True)},
                "geometry": shape,
            },
            ensure_ascii=False,
        )
        for row, shape in zip(rows.itertuples(index=False), shapes, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{STORE_CRS.replace(':', '::')}"}}
    head = f'{{"type": "FeatureCollection", "name": {json.dumps(name)}, "crs": {json.dumps(crs)}, "features": [\n'
    return head + ",\n".join(lines) + "\n]}\n"


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: dates as days, numbers without a trailing .0."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
