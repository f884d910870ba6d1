"""Build ``data/parks/carriers.geojson`` from ``data/facts/carriers.csv``: 150 real innovation carriers.

The sources show that each carrier exists; positions were placed by named station, area or address, with the precision
stated row by row. A carrier that lies inside another one names it as its parent, where its name, its address or its
source says so. The service unit is the one that holds the point, the development area before the districts; five
carriers that a source counts to the larger planning area of the development area lie outside the core drawn here and
stay with their district, which their position basis says. Who operates a carrier is not in the sources, so it is blank.

Run after ``build_boundaries.py``: ``python scripts/build_carriers.py``
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from ipps_geo.workspace.geojson import write_geojson
from ipps_geo.workspace.location import locate_units

DATA = Path(__file__).resolve().parents[1] / "data"


def carriers(facts: pd.DataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the carriers table; a point outside its district is an error of the facts and stops the build."""
    points = gpd.GeoSeries.from_xy(facts["lon"].astype(float), facts["lat"].astype(float), crs="EPSG:4490")
    districts = locate_units(points, units[units["kind"] == "district"])
    if (wrong := facts.loc[districts.to_numpy() != facts["district"].to_numpy(), "carrier_id"]).size:
        raise SystemExit(f"outside their district: {', '.join(wrong)}")
    unit = locate_units(points, units)
    basis = facts["position_basis"] + facts["parent_basis"].map(lambda why: f"; parent: {why}" if why else "")
    beyond = (facts["service_unit"] != unit.to_numpy()).to_numpy()
    basis = basis.mask(
        beyond, basis + "; a source counts it to Yizhuang New Town, outside the core of the development area drawn here"
    )
    table = facts[["carrier_id", "name_zh", "name_en", "host_type", "parent_id", "focus_industries"]].assign(
        unit=unit.to_numpy(),
        position_precision_m=facts["position_precision_m"].astype(int),
        position_basis=basis,
        source=facts["source"],
        source_kind=facts["source_kind"],
        data_class="observed",
    )
    return gpd.GeoDataFrame(table, geometry=points.to_numpy(), crs="EPSG:4490").sort_values("carrier_id")


def main() -> None:
    """Write the carriers, sorted by id."""
    facts = pd.read_csv(DATA / "facts" / "carriers.csv", dtype=str, keep_default_na=False)
    units = gpd.read_file(DATA / "boundaries" / "service_units.geojson")
    out = DATA / "parks" / "carriers.geojson"
    out.parent.mkdir(exist_ok=True)
    table = carriers(facts, units)
    write_geojson(table, out)
    print(f"{out}: {len(table)} carriers, {(table['parent_id'] != '').sum()} inside another one")


if __name__ == "__main__":
    main()
