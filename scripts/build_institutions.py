"""Build ``data/institutions/institutions.geojson``: the 17 centres and the other institutions, as far as facts go.

That each centre exists is a fact (reported in 2022); its address was not found. The positions are stand-ins at the
seats of government and carry the data class ``stand_in``. Institutions of other kinds have no position where none is
known. No list of real workstations was found: those of the embedded workspace are demonstration data, made elsewhere.

Run: ``python scripts/build_institutions.py``
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from ipps_geo.workspace.geojson import write_geojson

DATA = Path(__file__).resolve().parents[1] / "data"

# Articles 4-9 apply to centres and workstations alone, so everything that is not plainly one of the listed kinds is
# "other". The co-building universities were counted as outlets of the information service in their source.
KINDS = {
    "municipal_centre": "city_center",
    "trademark_brand_station": "trademark_brand_guidance_station",
    "trademark_window": "trademark_acceptance_window",
    "university_ip_info_cobuild": "ip_information_outlet",
    "university_ip_info_centre_national": "other",
    "rapid_enforcement_centre": "other",
    "ip_workstation_12330": "other",
    "tisc": "other",
    "patent_window": "other",
}


def centres(facts: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the district centres at stand-in positions."""
    table = facts[["unit", "name", "position_basis", "source", "source_kind"]].assign(
        institution_id="C-" + facts["unit"],
        kind="district_center",
        # Reported in June 2022, before the Measure of November 2022.
        legacy="yes",
        position_precision_m=facts["position_precision_m"].astype(int),
        data_class="stand_in",
    )
    points = gpd.points_from_xy(facts["lon"].astype(float), facts["lat"].astype(float))
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4490")


def others(facts: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the institutions of other kinds, without positions."""
    where = ("host: " + facts["host"]).where(facts["host"] != "", "") + ("; " + facts["address"]).where(
        facts["address"] != "", ""
    )
    table = facts[["name", "source", "source_kind"]].assign(
        institution_id=[f"N-{number:02d}" for number in range(1, len(facts) + 1)],
        kind=facts["kind"].map(KINDS),
        unit=facts["district"],
        position_basis="position unknown; " + (where + "; " + facts["note"]).str.strip("; "),
        data_class="observed",
    )
    return gpd.GeoDataFrame(table, geometry=[None] * len(facts), crs="EPSG:4490")


def main() -> None:
    """Write the institutions, centres first."""
    read = {"dtype": str, "keep_default_na": False}
    made = [
        centres(pd.read_csv(DATA / "facts" / "centers.csv", **read)),
        others(pd.read_csv(DATA / "facts" / "other_institutions.csv", **read)),
    ]
    table = pd.concat(made, ignore_index=True)
    out = DATA / "institutions" / "institutions.geojson"
    out.parent.mkdir(exist_ok=True)
    write_geojson(table, out)
    print(f"{out}: {len(table)} institutions")


if __name__ == "__main__":
    main()
