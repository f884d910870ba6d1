"""Areas of a coverage as layers: what each station serves, who is nearest to it, and hexagons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from ipps_geo.coverage.areas import catchment_areas, hexagon_shapes
from ipps_geo.crs import METRIC_CRS, STORE_CRS, area_m2, metric_xy, to_metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipps_geo.planning.travel import Travel


def area_layers(
    units: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, travel: Travel, tables: Mapping[str, pd.DataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a coverage, EPSG:4490, by name.

    Parameters
    ----------
    units, stations
        Service units; the workstations of the table ``catchments``, with their places.
    tables
        ``catchments`` and, where the package h3 is installed, ``hexagons``: their rows get shapes.

    Returns
    -------
    dict
        ``service_areas``: from where each station is reached within the limit, by the way of travelling, with
        ``area_km2``; ``catchments``: the part of it that is nearer to this station than to any other, in a straight
        line or along the streets (public transport has no border that its network would tell); ``hexagons``.
    """
    counts = tables["catchments"]
    placed = stations.set_index("institution_id").loc[counts["institution_id"]]
    xy = metric_xy(placed)
    shapes = gpd.GeoSeries(travel.areas(xy), crs=METRIC_CRS)
    within = counts[["institution_id", "within_reach"]]
    layers = {"service_areas": _layer(within, shapes)}
    own = travel.basins(xy)
    if travel.network is None:
        city = shapely.union_all(to_metric(units).geometry)
        own = shapely.intersection(catchment_areas(xy, city), shapes.to_numpy())
    if own is not None:
        layers["catchments"] = _layer(counts, gpd.GeoSeries(own, crs=METRIC_CRS))
    if "hexagons" in tables:
        cells = tables["hexagons"]
        layers["hexagons"] = gpd.GeoDataFrame(cells, geometry=hexagon_shapes(cells["h3_cell"]), crs=STORE_CRS)
    return layers


def _layer(rows: pd.DataFrame, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    stored = shapes.to_crs(STORE_CRS)
    frame = gpd.GeoDataFrame(rows.reset_index(drop=True), geometry=stored.to_numpy(), crs=STORE_CRS)
    frame.insert(len(rows.columns), "area_km2", area_m2(frame) / 1e6)
    return frame
