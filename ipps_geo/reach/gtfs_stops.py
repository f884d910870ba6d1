"""The stops of a feed: where they are, which station each belongs to, and what the stations are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.crs import transformer
from ipps_geo.intake.datum import convert_points
from ipps_geo.reach.gtfs_files import NUMBER
from ipps_geo.reach.gtfs_rows import LeftOut

if TYPE_CHECKING:
    from numpy.typing import NDArray


def placed_stops(
    stops: pd.DataFrame, feed: str, left_out: LeftOut, datum: str
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the stops with lon and lat (nan where unknown), and the stop that stands for the station of each."""
    where = f"{feed}/stops.txt"
    ids = pd.Index(stops["stop_id"])
    parent = ids.get_indexer(stops["parent_station"])
    lost = stops.loc[(parent < 0) & (stops["parent_station"] != "").to_numpy()]
    left_out.add(where, lost[NUMBER].to_numpy(), "parent_station", "unknown_stop", lost["parent_station"])
    root = np.where(parent >= 0, parent, np.arange(len(stops)))
    root = root[root]
    lon, lat = (
        pd.to_numeric(stops[column], errors="coerce").to_numpy(np.float64) for column in ("stop_lon", "stop_lat")
    )
    wrong = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)) | ((lon == 0) & (lat == 0))
    lon, lat = np.where(wrong, np.nan, lon), np.where(wrong, np.nan, lat)
    # What has no place takes that of its station, and a station that of its first stop with one; nodes inside a station
    # (kinds 3 and 4) need none.
    place = pd.DataFrame({"root": root, "lon": lon, "lat": lat}).groupby("root")[["lon", "lat"]].first()
    lon, lat = (np.where(np.isnan(own), place[name].reindex(root), own) for own, name in ((lon, "lon"), (lat, "lat")))
    needs = wrong & ~stops["location_type"].isin(["3", "4"]).to_numpy() & np.isnan(lon)
    bad = stops.loc[needs]
    left_out.add(where, bad[NUMBER].to_numpy(), "stop_lon, stop_lat", "no_place",
                 bad["stop_lon"] + ", " + bad["stop_lat"])  # fmt: skip
    left_out.refuse_many(where, len(stops))
    known = np.isfinite(lon)
    lon[known], lat[known] = convert_points(lon[known], lat[known], datum)
    return stops.assign(lon=lon, lat=lat), root


def station_names(stations: pd.DataFrame, feeds: list[str], feed: NDArray[np.int64]) -> tuple[str, ...]:
    """Return station names; what stands twice, or is empty, carries its id, and its feed where that is double."""
    name = stations["stop_name"].reset_index(drop=True)
    ids = stations["stop_id"].reset_index(drop=True)
    plain = (name != "") & ~name.duplicated(keep=False)
    told = name.where(plain, (name + " (" + ids + ")").str.strip())
    return tuple(told.where(~told.duplicated(keep=False), told + " " + pd.Series([feeds[at] for at in feed])))


def stops_xy(stops: pd.DataFrame, metric_crs: str) -> NDArray[np.float64]:
    """Return the places of stops in metres of ``metric_crs``, shape (n, 2); nan where unknown."""
    places = stops["lon"].to_numpy(), stops["lat"].to_numpy()
    xy = np.column_stack(transformer("EPSG:4326", metric_crs).transform(*places))
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy
