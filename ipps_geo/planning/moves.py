"""Repair rosters that overlap or fall short, with the fewest moves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.planning.travel import Travel
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

    What is undetermined is no breach and moves nobody: a member whose answer is not known may have need, one of an
    unknown industry may be in a key one, and while enough are in key industries the others are for a person to judge.
    ``open`` says which answers settle it. Who is no enterprise counts on no roster.

    Raises
    ------
    BadInput
        A reach within which nobody is, or no time at all.
    """
    if not time_limit_s > 0:
        raise BadInput("plan.not_positive", where="time_limit_s", name="time_limit_s", least="0", value=time_limit_s)
    limit_m = Travel(reach_km * 1000).limit  # refused where nobody is within it
    day = day_of(workspace, on)
    stations = active_institutions(workspace.institutions, day, "workstation")
    stations = stations.sort_values("institution_id", kind="stable").reset_index(drop=True)
    filed = active_rosters(workspace.rosters, workspace.institutions, day)
    filed = filed.assign(entity_key=roster_keys(filed, workspace.enterprises))
    known = demand_table(workspace, policy, day)
    others = known.loc[known["is_enterprise"] == "no", "entity_key"]
    filed = filed.loc[~filed["entity_key"].isin(others)]
    known["eligible"] = (known["is_enterprise"] == "yes") & (known["key_industry"] == "yes")
    free = known["eligible"] & known["free"]
    listed = known["entity_key"].isin(filed["entity_key"])
    entities = known.loc[free | listed, ["entity_key", "name", "need", "eligible", "key_industry", "geometry"]]
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
            "key_industry": "yes",
        }
    )
    xy = np.vstack([metric_xy(entities, workspace.region.metric_crs), np.full((len(outside), 2), np.nan)])
    table = pd.concat([pd.DataFrame(entities.drop(columns="geometry")), outside], ignore_index=True)
    reach = reach_of_known_places(xy, metric_xy(stations, workspace.region.metric_crs), limit_m)
    named = stations.rename(columns={"institution_id": "station_id", "established_on": "established"})
    minimum, need_share = policy.integer("station_enterprises", day), policy.share("station_need_share", day)
    facts = table.set_index("entity_key")
    entries = pd.DataFrame({"station_id": filed["holder_id"].to_numpy(), "entity_key": filed["entity_key"].to_numpy()})
    in_key = entries["entity_key"].map(facts["key_industry"]) != "no"
    enough = in_key.groupby(entries["station_id"]).transform("sum") >= minimum
    entries = entries.assign(eligible=in_key | enough)
    maybe = table["need"].where(~((table["need"] == -1) & table["entity_key"].isin(entries["entity_key"])), 1)
    found = repair_rosters(
        entries,
        table[["entity_key"]].assign(need=maybe),
        named[["station_id", "established"]],
        reach,
        min_roster=minimum,
        need_share=need_share,
        time_limit_s=time_limit_s,
    )
    names = table.set_index("entity_key")["name"]
    graph = overlap_graph(entries[["station_id", "entity_key"]])
    shared = pd.DataFrame(
        [(*sorted((a, b)), data["shared"]) for a, b, data in graph.edges(data=True) if data["shared"]],
        columns=["station_a", "station_b", "shared"],
    ).sort_values(["station_a", "station_b"], ignore_index=True)
    before, after = (_answers(rosters, facts) for rosters in (entries, found.rosters))
    told = _judged(found.stations, before, after, minimum, need_share)
    moved = found.moves.assign(name=found.moves["entity_key"].map(names))
    return RepairResult(
        status=found.status,
        n_moves=found.n_moves,
        bound=found.bound,
        moves=moved.assign(need=moved["entity_key"].map(facts["need"]).astype("int64")),
        stations=told.assign(name=told["station_id"].map(named.set_index("station_id")["name"])),
        open=_open_answers(told, after, need_share),
        unsaved=found.unsaved,
        shared=shared,
        provenance=provenance(workspace, policy, day, {"reach_km": reach_km, "time_limit_s": time_limit_s}),
    )


def _answers(rosters: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Return rosters with the name, the need (1, 0, -1) and the key industry (yes, no, unknown) of each member."""
    return rosters[["station_id", "entity_key"]].join(facts[["name", "need", "key_industry"]], on="entity_key")


def _judged(
    stations: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, minimum: int, need_share: tuple[int, int]
) -> pd.DataFrame:
    """Return the stations with what is certain of them; ``open_*``: no breach, but not certain to pass either."""
    told, (num, den) = stations.copy(), need_share
    for side, rosters, passes in (("before", before, "passed_before"), ("after", after, "passes_after")):
        need, sure = rosters["need"], rosters["key_industry"] == "yes"
        counts = pd.DataFrame({"yes": need == 1, "unknown": need == -1, "unsure": ~sure}).astype("int64")
        # Where no station has a roster there is no group to count in, and every count is 0.
        counts = counts.groupby(rosters["station_id"]).sum().reindex(told["station_id"], fill_value=0)
        told[f"with_need_{side}"], told[f"unknown_need_{side}"] = counts["yes"].to_numpy(), counts["unknown"].to_numpy()
        unsure = counts["unsure"].to_numpy()
        share = den * told[f"with_need_{side}"] >= num * told[f"members_{side}"]
        certain = (told[f"members_{side}"] >= minimum) & share & (unsure == 0)
        told[f"open_{side}"] = told[passes] & ~certain
        told[passes] &= certain
    return told


def _open_answers(stations: pd.DataFrame, after: pd.DataFrame, need_share: tuple[int, int]) -> pd.DataFrame:
    """Return the answers that are asked of members of open stations, and how many of a station's have to be yes."""
    num, den = need_share
    rows = []
    for station in stations.loc[stations["open_after"]].to_dict("records"):
        mine = after.loc[after["station_id"] == station["station_id"]]
        lacking = max(-(-num * int(station["members_after"]) // den) - int(station["with_need_after"]), 0)
        for question, unanswered, needed in (
            ("explicit_need", mine["need"] == -1, lacking),
            ("key_industry", mine["key_industry"] != "yes", int((mine["key_industry"] != "yes").sum())),
        ):
            if needed:
                rows.append(
                    mine.loc[unanswered, ["station_id", "entity_key", "name"]].assign(question=question, needed=needed)
                )
    columns = ["station_id", "entity_key", "name", "question", "needed"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)
