"""Where one may change: within a station, by a walk to the next, and as ``transfers.txt`` states it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ipps_geo.reach.gtfs_files import NUMBER
from ipps_geo.reach.walks import WALK_MIN_PER_M

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ipps_geo.reach.gtfs_rows import LeftOut

FORBIDDEN = 1 << 30
"""Seconds of a change that ``transfer_type`` 3 forbids."""

BY_CHANGE_MIN = -1
"""Seconds of a change that is stated without a time: as long as any, or as its walk if that is longer."""


def read_stated(
    tables: Mapping[str, pd.DataFrame], stops: pd.Index, routes: pd.Index, feed: str, left_out: LeftOut
) -> pd.DataFrame:
    """Return the stated changes: from_stop, to_stop, from_route, to_route (positions, -1 for any route) and seconds.

    Transfers between single trips (``from_trip_id``, types 4 and 5) are passed over; rows with an unknown stop or a
    time that is none are left out.
    """
    table, where = tables["transfers.txt"], f"{feed}/transfers.txt"
    kind = table["transfer_type"].replace("", "0")
    single = (table["from_trip_id"] != "") | kind.isin(["4", "5"]) | (table["from_stop_id"] == "")
    table, kind = table.loc[~single], kind.loc[~single]
    timed = table["min_transfer_time"] != ""
    seconds = pd.to_numeric(table["min_transfer_time"].where(timed, "0"), errors="coerce").to_numpy(np.float64)
    begin, end = (stops.get_indexer(table[name]) for name in ("from_stop_id", "to_stop_id"))
    usable = np.ones(len(table), dtype=bool)
    for column, bad, code in (
        ("from_stop_id", begin < 0, "unknown_stop"),
        ("to_stop_id", end < 0, "unknown_stop"),
        ("min_transfer_time", ~(seconds >= 0), "not_a_number"),
        ("transfer_type", ~kind.isin(["0", "1", "2", "3"]).to_numpy(), "not_a_kind"),
    ):
        rows = np.flatnonzero(bad & usable)
        left_out.add(where, table[NUMBER].to_numpy()[rows], column, code, table[column].iloc[rows])
        usable &= ~bad
    left_out.refuse_many(where, len(tables["transfers.txt"]))
    untimed = np.where(kind == "1", 0, BY_CHANGE_MIN)
    told = np.where(kind == "3", FORBIDDEN, np.where(timed, np.nan_to_num(seconds), untimed))
    # A route that the feed does not know is no route: its rule speaks of nothing.
    route = {name: routes.get_indexer(table[name]) for name in ("from_route_id", "to_route_id")}
    for name, found in route.items():
        usable &= (found >= 0) | (table[name] == "").to_numpy()
    return pd.DataFrame(
        {
            "from_stop": begin,
            "to_stop": end,
            "from_route": route["from_route_id"],
            "to_route": route["to_route_id"],
            "seconds": told.astype(np.int64),
        }
    ).loc[usable]


def changes_between(
    nodes: pd.DataFrame,
    stated: pd.DataFrame,
    station_xy: NDArray[np.float64],
    station_root: NDArray[np.int64],
    change_min: float,
    walk_m: float,
) -> pd.DataFrame:
    """Return the changes between nodes: ``from``, ``to``, ``seconds``, and ``walked`` for those that are only a walk.

    Parameters
    ----------
    nodes
        ``stop``, ``station`` (position in ``station_xy``), ``route`` (-1: any), one row per node.
    station_root
        The stop that stands for each station: what is stated of it holds for all of its stops.

    Notes
    -----
    What names routes is closer than what names stops, stops closer than their station, and what the feed says closer
    than what is assumed. Of several statements equally close the shortest counts.
    """
    numbered = nodes.assign(node=np.arange(len(nodes)))
    known = np.flatnonzero(np.isfinite(station_xy).all(axis=1))
    near = np.zeros((0, 2), dtype=np.intp)
    if walk_m > 0 and len(known) > 1:
        near = known[cKDTree(station_xy[known]).query_pairs(walk_m, output_type="ndarray")]
    walk_s = np.round(np.hypot(*(station_xy[near[:, 0]] - station_xy[near[:, 1]]).T) * WALK_MIN_PER_M * 60)
    change_s = round(change_min * 60)
    within = pd.DataFrame({"a": np.arange(len(station_xy)), "b": np.arange(len(station_xy)), "seconds": change_s})
    apart = pd.DataFrame({"a": near[:, 0], "b": near[:, 1], "seconds": walk_s.astype(np.int64)})
    pairs = pd.concat([within, apart, apart.rename(columns={"a": "b", "b": "a"})], ignore_index=True)
    pairs["walked"] = pairs["a"] != pairs["b"]
    by_station = numbered[["node", "station", "route"]]
    assumed = pairs.merge(by_station, left_on="a", right_on="station").merge(
        by_station, left_on="b", right_on="station", suffixes=("_from", "_to")
    )
    every = [assumed[["node_from", "node_to", "seconds", "walked"]].assign(rank=0)]
    if len(stated):
        every += _expanded(stated, numbered, station_xy, station_root, change_s)
    best = pd.concat(every).sort_values(
        ["node_from", "node_to", "rank", "seconds"], ascending=[True, True, False, True]
    )
    best = best.drop_duplicates(["node_from", "node_to"])
    best = best.loc[best["seconds"] < FORBIDDEN]
    return best.rename(columns={"node_from": "from", "node_to": "to"})[["from", "to", "seconds", "walked"]]


def _expanded(
    stated: pd.DataFrame,
    numbered: pd.DataFrame,
    station_xy: NDArray[np.float64],
    station_root: NDArray[np.int64],
    change_s: int,
) -> list[pd.DataFrame]:
    """Return the stated changes between nodes, of stops and of whole stations."""
    at_station = numbered.assign(stop=station_root[numbered["station"]], exact=0)
    at_stop = numbered.assign(exact=1)
    places = pd.concat([at_stop, at_station])[["stop", "node", "station", "route", "exact"]]
    joined = stated.merge(places, left_on="from_stop", right_on="stop").merge(
        places, left_on="to_stop", right_on="stop", suffixes=("_a", "_b")
    )
    fits = joined["from_route"].isin([-1]) | (joined["from_route"] == joined["route_a"])
    fits &= joined["to_route"].isin([-1]) | (joined["to_route"] == joined["route_b"])
    joined = joined.loc[fits]
    routes = (joined["from_route"] >= 0).astype(int) + (joined["to_route"] >= 0).astype(int)
    rank = 1 + 3 * routes + joined["exact_a"] + joined["exact_b"]
    away = np.hypot(*(station_xy[joined["station_a"]] - station_xy[joined["station_b"]]).T) * WALK_MIN_PER_M * 60
    usual = np.maximum(change_s, np.round(np.nan_to_num(away))).astype(np.int64)
    seconds = np.where(joined["seconds"] == BY_CHANGE_MIN, usual, joined["seconds"])
    told = pd.DataFrame({"node_from": joined["node_a"], "node_to": joined["node_b"], "seconds": seconds})
    return [told.assign(walked=False, rank=rank.to_numpy())]
