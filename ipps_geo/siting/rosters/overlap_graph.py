"""Which stations share enterprises: a graph of stations, an edge wherever two rosters overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    import networkx as nx


def overlap_graph(rosters: pd.DataFrame) -> nx.Graph[Any]:
    """Return the graph of stations (nodes) and shared enterprises (edges).

    Parameters
    ----------
    rosters
        ``station_id`` and ``entity_key``, one row per entry; an entry listed twice counts once.

    Returns
    -------
    networkx.Graph
        Nodes in the order of their ids with ``members``; edges with ``shared`` (their number) and ``entity_keys``
        (sorted tuple). An enterprise on three rosters stands on three edges.

    Examples
    --------
    >>> rosters = pd.DataFrame({"station_id": ["A", "A", "B"], "entity_key": ["x", "y", "y"]})
    >>> list(overlap_graph(rosters).edges(data=True))
    [('A', 'B', {'shared': 1, 'entity_keys': ('y',)})]
    """
    import networkx as nx

    for column in ("station_id", "entity_key"):
        if column not in rosters.columns:
            raise BadInput("siting.column_missing", where="rosters", column=column)
    entries = rosters[["station_id", "entity_key"]].drop_duplicates().sort_values(["station_id", "entity_key"])
    graph: nx.Graph[Any] = nx.Graph()
    for station, members in entries.groupby("station_id", sort=True).size().items():
        graph.add_node(station, members=int(members))
    shared = entries.loc[entries["entity_key"].duplicated(keep=False)]
    pairs = shared.merge(shared, on="entity_key", suffixes=("", "_other"))
    pairs = pairs.loc[pairs["station_id"] < pairs["station_id_other"]]
    for (one, other), keys in pairs.groupby(["station_id", "station_id_other"], sort=True)["entity_key"]:
        graph.add_edge(one, other, shared=len(keys), entity_keys=tuple(sorted(keys)))
    return graph
