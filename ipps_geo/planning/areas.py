"""Areas of a coverage as layers: what each station serves, who is nearest to it, and hexagons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from ipps_geo.coverage.areas import catchment_areas, hexagon_shapes
from ipps_geo.crs import STORE_CRS, area_m2, metric_xy, to_metric
from ipps_geo.planning.access_choices import isochrones

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ipps_geo.planning.travel import Travel
    from ipps_geo.regions import Region
    from ipps_geo.workspace import Workspace


def area_layers(
    workspace: Workspace,
    stations: gpd.GeoDataFrame,
    travel: Travel,
    tables: Mapping[str, pd.DataFrame],
    limits: Sequence[float] = (),
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a coverage, EPSG:4490, by name.

    Parameters
    ----------
    workspace, stations
        Whose service units and region these are; the workstations of the table ``catchments``, with their places.
    tables
        ``catchments`` and, where the package h3 is installed, ``hexagons``: their rows get shapes.
    limits
        Further limits, each drawn as isochrones.

    Returns
    -------
    dict
        ``service_areas``: from where each station is reached within the limit, by the way of travelling, with
        ``area_km2``; ``catchments``: the part of it that is nearer to this station than to any other, in a straight
        line or along the streets (public transport has no border that its network would tell); ``hexagons``;
        ``isochrones`` of every further limit, with ``limit``, and ``bands``: what lies within each limit of any station
        and beyond the limit before, ``above`` and ``up_to`` in km or minutes, without overlap.
    """
    region = workspace.region
    counts = tables["catchments"]
    placed = stations.set_index("institution_id").loc[counts["institution_id"]]
    xy = metric_xy(placed, region.metric_crs)
    layers = {}
    # A table of costs knows enterprises and sites, and nothing of the places between them.
    if travel.method != "costs":
        shapes = gpd.GeoSeries(travel.areas(xy), crs=region.metric_crs)
        layers["service_areas"] = _layer(counts[["institution_id", "within_reach"]], shapes, region)
        if limits:
            drawn = isochrones(stations, travel, limits, region.metric_crs)
            layers["isochrones"] = _layer(drawn.drop(columns="geometry"), drawn.geometry, region)
            layers["bands"] = time_bands(drawn, 1000 if travel.unit == "m" else 1, region)
    own = basins(workspace, xy, travel)
    if own is not None:
        layers["catchments"] = _layer(counts, gpd.GeoSeries(own, crs=region.metric_crs), region)
    if "hexagons" in tables:
        cells = tables["hexagons"]
        layers["hexagons"] = gpd.GeoDataFrame(cells, geometry=hexagon_shapes(cells["h3_cell"]), crs=STORE_CRS)
    return layers


def basins(workspace: Workspace, site_xy: NDArray[np.float64], travel: Travel) -> NDArray[Any] | None:
    """Return the part of each site's area that is nearer to it than to any other, in metres; None where no area tells.

    In a straight line or along the streets; ``site_xy`` in metres of the region.
    """
    if travel.method != "straight_line":
        return travel.basins(site_xy)
    city = shapely.union_all(to_metric(workspace.service_units, workspace.region.metric_crs).geometry)
    own: NDArray[Any] = shapely.intersection(catchment_areas(site_xy, city), travel.areas(site_xy))
    return own


def time_bands(drawn: gpd.GeoDataFrame, scale: float, region: Region) -> gpd.GeoDataFrame:
    """Return the areas of several limits as bands that do not overlap: above, up_to (limits by ``scale``), area_km2.

    ``drawn`` has one row per station and limit: limit, geometry in the metric CRS of ``region``.
    """
    rows, shapes, inner = [], [], shapely.Polygon()
    low = 0.0
    for limit, group in sorted(drawn.groupby("limit").groups.items()):
        whole = shapely.union_all([*drawn.geometry.loc[group], inner])
        rows.append({"above": low / scale, "up_to": float(limit) / scale})
        shapes.append(shapely.difference(whole, inner))
        inner, low = whole, float(limit)
    return _layer(pd.DataFrame(rows), gpd.GeoSeries(shapes, crs=region.metric_crs), region)


def reach_areas(sites: gpd.GeoDataFrame, travel: Travel, region: Region) -> dict[str, gpd.GeoDataFrame]:
    """Return ``reach``: from where each site is reached within the limit, EPSG:4490; nothing where no area tells it."""
    if travel.method == "costs" or not len(sites):
        return {}
    shapes = gpd.GeoSeries(travel.areas(metric_xy(sites, region.metric_crs)), crs=region.metric_crs)
    return {"reach": _layer(pd.DataFrame(sites[["site_id"]]), shapes, region)}


def _layer(rows: pd.DataFrame, shapes: gpd.GeoSeries, region: Region) -> gpd.GeoDataFrame:
    stored = shapes.to_crs(STORE_CRS)
    frame = gpd.GeoDataFrame(rows.reset_index(drop=True), geometry=stored.to_numpy(), crs=STORE_CRS)
    frame.insert(len(rows.columns), "area_km2", area_m2(frame, region.equal_area_crs) / 1e6)
    return frame
