"""The lines of public transport from three tables of any format: stations, links, changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.reach.network_tables import read_network_table
from ipps_geo.reach.transit import TransitNetwork, transit_network
from ipps_geo.regions import load_region

if TYPE_CHECKING:
    import geopandas as gpd

SAME_STATION_M = 800.0
"""Rows of one name within this distance of their middle are one station: the halls of a large interchange."""


def read_lines(
    stations: str | Path,
    links: str | Path,
    changes: str | Path | None = None,
    *,
    datum: str | None = None,
    sandbox: bool = True,
    metric_crs: str | None = None,
) -> TransitNetwork:
    """Return the network of lines that tables describe.

    Parameters
    ----------
    stations, links, changes
        Tables ``transit_stations``, ``transit_links`` and ``transit_changes`` of
        :data:`ipps_geo.columns.NETWORK_TABLES`: CSV in any encoding, Excel, GeoJSON, GeoPackage.
    datum
        What a person states of the places of the stations.
    metric_crs
        CRS of the metres; that of the region that comes with the package by default.

    Raises
    ------
    BadInput
        A fault of the files, with its row and column; stations, links and changes that do not fit together.
    """
    places = read_network_table(Path(stations), "transit_stations", datum=datum, sandbox=sandbox)
    rides = read_network_table(Path(links), "transit_links", sandbox=sandbox)
    moves = None if changes is None else read_network_table(Path(changes), "transit_changes", sandbox=sandbox)
    at = _one_row_each(places.frame, Path(stations).name, metric_crs or load_region().metric_crs)
    lines = rides.frame.rename(columns={"from_station": "from", "to_station": "to"})
    lines = lines.drop(columns=[name for name in ("minutes", "length_m") if lines[name].isna().all()])
    lines["line"] = lines["line"].fillna("")
    told = places.remarks + rides.remarks + (() if moves is None else moves.remarks)
    return transit_network(at, lines, None if moves is None else moves.frame, source=Path(links).name, remarks=told)


def _one_row_each(places: gpd.GeoDataFrame, file: str, metric_crs: str) -> pd.DataFrame:
    """Return station, x_m, y_m with one row per station: where lines meet a table lists it once for each."""
    xy = metric_xy(places, metric_crs)
    at = pd.DataFrame({"station": places["station"].astype("str"), "x_m": xy[:, 0], "y_m": xy[:, 1]})
    middle = at.groupby("station", sort=False)[["x_m", "y_m"]].transform("mean")
    away = np.hypot(at["x_m"] - middle["x_m"], at["y_m"] - middle["y_m"]).fillna(0.0)
    if (away > SAME_STATION_M).any():
        worst = int(away.to_numpy().argmax())
        metres = f"{2 * float(away.iloc[worst]):,.0f}"
        raise BadInput("network.station_moved", where=file, station=str(at["station"].iloc[worst]), metres=metres)
    return at.groupby("station", sort=False, as_index=False).mean()
