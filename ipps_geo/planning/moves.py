"""Repair rosters that overlap or fall short, with the fewest moves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.results import RepairResult
from ipps_geo.results.provenance import provenance
from ipps_geo.siting.rosters.overlap_graph import overlap_graph
from ipps_geo.siting.rosters.repair import reach_of_known_places, repair_rosters
from ipps_geo.workspace.activity import active_institutions, active_rosters, day_of, roster_keys
from ipps_geo.workspace.demand import answers_on, combined_need, demand_table

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def repair(
    workspace: Workspace,
    policy: Policy,
    *,
    reach_km: float = 3.0,
    time_limit_s: float = 30.0,
    on: dt.date | None = None,
) -> RepairResult:
    """Return the fewest moves after which as many active stations as possible satisfy Art. 7(2).

    Moves release an enterprise, transfer it to another station within reach, or add an unserved one within reach.
    Members that no row of the enterprise table knows stay where they are and are judged as filed.
    """
    day = day_of(workspace, on)
    stations = active_institutions(workspace.institutions, day, "workstation")
    stations = stations.sort_values("institution_id", kind="stable").reset_index(drop=True)
    filed = active_rosters(workspace.rosters, workspace.institutions, day)
    filed = filed.assign(entity_key=roster_keys(filed, workspace.enterprises))
    known = demand_table(workspace, policy, day)
    known["eligible"] = (known["is_enterprise"] == "yes") & (known["key_industry"] == "yes")
    free = known["eligible"] & known["free"]
    listed = known["entity_key"].isin(filed["entity_key"])
    entities = known.loc[free | listed, ["entity_key", "name", "need", "eligible", "geometry"]]
    strangers = filed.loc[~filed["entity_key"].isin(known["entity_key"])].drop_duplicates("entity_key")
    said = answers_on(filed, day)
    answers = combined_need(filed["entity_key"], said).groupby(filed["entity_key"]).first()
    # As in Art. 7: what rosters answer counts, and where they are silent the register does.
    silent = ~entities["entity_key"].isin(filed.loc[said.isin(["yes", "no"]), "entity_key"])
    need = entities["need"].where(silent, entities["entity_key"].map(answers))
    entities = entities.assign(need=need.astype(np.int8))
    outside = pd.DataFrame(
        {
            "entity_key": strangers["entity_key"],
            "name": strangers["name"],
            "need": strangers["entity_key"].map(answers).astype(np.int8),
            "eligible": True,
        }
    )
    xy = np.vstack([metric_xy(entities), np.full((len(outside), 2), np.nan)])
    table = pd.concat([pd.DataFrame(entities.drop(columns="geometry")), outside], ignore_index=True)
    reach = reach_of_known_places(xy, metric_xy(stations), reach_km * 1000)
    named = stations.rename(columns={"institution_id": "station_id", "established_on": "established"})
    eligible = dict(zip(table["entity_key"], table["eligible"], strict=True))
    entries = pd.DataFrame(
        {
            "station_id": filed["holder_id"].to_numpy(),
            "entity_key": filed["entity_key"].to_numpy(),
            "eligible": filed["entity_key"].map(eligible).to_numpy(bool),
        }
    )
    found = repair_rosters(
        entries,
        table[["entity_key", "need"]],
        named[["station_id", "established"]],
        reach,
        min_roster=policy.integer("station_enterprises", day),
        need_share=policy.share("station_need_share", day),
        time_limit_s=time_limit_s,
    )
    names = table.set_index("entity_key")["name"]
    graph = overlap_graph(entries[["station_id", "entity_key"]])
    shared = pd.DataFrame(
        [(*sorted((a, b)), data["shared"]) for a, b, data in graph.edges(data=True) if data["shared"]],
        columns=["station_a", "station_b", "shared"],
    ).sort_values(["station_a", "station_b"], ignore_index=True)
    return RepairResult(
        status=found.status,
        n_moves=found.n_moves,
        bound=found.bound,
        moves=found.moves.assign(name=found.moves["entity_key"].map(names)),
        stations=found.stations.assign(name=found.stations["station_id"].map(named.set_index("station_id")["name"])),
        unsaved=found.unsaved,
        shared=shared,
        provenance=provenance(workspace, policy, day, {"reach_km": reach_km, "time_limit_s": time_limit_s}),
    )
