"""A candidate on a spot that somebody pointed at: a carrier of which nothing is known but its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from ipps_geo.crs import STORE_CRS
from ipps_geo.errors import BadInput
from ipps_geo.workspace.location import locate_units

if TYPE_CHECKING:
    from ipps_geo.workspace import Workspace

PREFIX = "SPOT-"
"""How the ids of such carriers begin."""


def with_spot(
    workspace: Workspace, lon: float, lat: float, *, name_zh: str, name_en: str, source: str
) -> tuple[Workspace, str]:
    """Return the workspace with one more candidate, and its id.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4490.
    name_zh, name_en, source
        How it is called and where it comes from; ``{n}`` in them is its number.

    What the rules ask of a host (legal form, staff, premises ...) is unknown of it, and unknown is no pass: a plan says
    of it what is still to be found out.

    Raises
    ------
    BadInput
        The spot lies in no service unit.
    """
    place = gpd.GeoSeries([shapely.Point(lon, lat)], crs=STORE_CRS)
    unit = locate_units(place, workspace.service_units).iloc[0]
    if pd.isna(unit):
        raise BadInput("site.outside", where=f"{lon:.5f}, {lat:.5f}")
    taken = set(workspace.carriers["carrier_id"].astype(str))
    number = next(n for n in range(1, len(taken) + 2) if f"{PREFIX}{n}" not in taken)
    site = f"{PREFIX}{number}"
    facts = {
        "carrier_id": site,
        "name_zh": name_zh.format(n=number),
        "name_en": name_en.format(n=number),
        "unit": str(unit),
        "candidate": True,
        "position_precision_m": 0.0,
        "source": source.format(n=number),
        "data_class": "derived",
    }
    unknown = {"has_premises", "has_phone", "has_tools", "has_service_base"}
    carriers = workspace.carriers
    row = {name: facts.get(name, "unknown" if name in unknown else None) for name in carriers.columns}
    added = gpd.GeoDataFrame([row], columns=carriers.columns, crs=STORE_CRS, geometry=list(place))
    kinds = {name: kind for name, kind in carriers.dtypes.items() if name != "geometry"}
    whole = pd.concat([carriers, added.astype(kinds)], ignore_index=True)
    return workspace.replace(carriers=gpd.GeoDataFrame(whole, crs=STORE_CRS)), site
