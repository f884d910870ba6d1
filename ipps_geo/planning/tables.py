"""A plan as tables with ids: proposals, their rosters, the sites not opened, the enterprises not served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.policy import key_industry_answers
from ipps_geo.workspace.demand import NEED_WORDS, demand_table

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.policy import Policy
    from ipps_geo.siting import SitePlan
    from ipps_geo.workspace import Workspace


def annex_table(instance: SitingInstance, plan: SitePlan) -> pd.DataFrame:
    """Return the rosters of new stations, sorted by site and entity; columns as in ``PlanResult.annex``."""
    return _roster_table(instance, plan, plan.assignment < len(instance.candidates))


def additions_table(instance: SitingInstance, plan: SitePlan) -> pd.DataFrame:
    """Return what existing stations take in, like :func:`annex_table`; ``site_id`` is the institution's."""
    return _roster_table(instance, plan, plan.assignment >= len(instance.candidates))


def _roster_table(instance: SitingInstance, plan: SitePlan, chosen: NDArray[np.bool_]) -> pd.DataFrame:
    rows = np.flatnonzero((plan.assignment >= 0) & chosen)
    site = plan.assignment[rows]
    served = instance.demand.iloc[rows]
    # One entry a row: the cost of its own pair, looked up in the sparse matrix of the assigned pairs only.
    offset = metric_xy(served, instance.metric_crs) - metric_xy(instance.sites, instance.metric_crs)[site]
    table = pd.DataFrame(
        {
            "site_id": instance.site_names[site],
            "enterprise_id": served["enterprise_id"].to_numpy(),
            "entity_key": served["entity_key"].to_numpy(),
            "uscc": served["uscc"].to_numpy(),
            "name": served["name"].to_numpy(),
            "industry_codes": served["industry_codes"].to_numpy(),
            "explicit_need": served["need"].map(NEED_WORDS).to_numpy(),
            "unit": served["unit"].to_numpy(),
            "distance_m": np.hypot(*offset.T).round(1),
        }
    )
    return table.sort_values(["site_id", "entity_key"], kind="stable").reset_index(drop=True)


def checked_tables(workspace: Workspace, policy: Policy, on: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read demand and sites again from the workspace, for the checker: (demand, carriers) in metres of its region."""
    demand = demand_table(workspace, policy, on)
    demand["x_m"], demand["y_m"] = metric_xy(demand, workspace.region.metric_crs).T
    return pd.DataFrame(demand.drop(columns="geometry")), _places(
        workspace.carriers, "carrier_id", workspace.region.metric_crs
    )


def checked_stations(workspace: Workspace) -> pd.DataFrame:
    """Read the stations that are there again from the workspace, for the checker, like the sites of new ones."""
    return _places(workspace.institutions, "institution_id", workspace.region.metric_crs)


def _places(sites: gpd.GeoDataFrame, key: str, metric_crs: str) -> pd.DataFrame:
    x_m, y_m = metric_xy(sites, metric_crs).T
    return pd.DataFrame({"site_id": sites[key], "unit": sites["unit"], "x_m": x_m, "y_m": y_m})


def keys_in_unit(workspace: Workspace, policy: Policy, demand: pd.DataFrame, on: dt.date) -> dict[str, pd.Series]:
    """Return the entity keys in a key industry of the city or of the unit, per service unit of a site.

    This is the checker's own reading: it asks the lists again, unit by unit, and shares nothing with the table of
    classes by which the instance restricted its reach, so that a plan is not checked against its own mistake.
    """
    listed = set(workspace.key_industries["scope"]) - {"city"}
    shared: pd.Series | None = None
    keys: dict[str, pd.Series] = {}
    for unit in sorted(workspace.service_units["code"]):
        if unit not in listed and shared is not None:
            keys[unit] = shared
            continue
        answers = key_industry_answers(demand["industry_codes"], workspace.key_industries, unit, on, policy)
        keys[unit] = demand.loc[(answers == "yes").to_numpy(), "entity_key"]
        if unit not in listed:
            shared = keys[unit]
    return keys


def proposal_table(
    instance: SitingInstance,
    plan: SitePlan,
    request: dict[str, Any],
    order: pd.DataFrame | None = None,
    told: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return one row per new station, in the order of opening; columns as in ``PlanResult.proposals``.

    Without an order (a search that was killed), the most newly served come first.
    """
    if told is None:
        from ipps_geo.siting.choices.explain import explain_open_sites

        told = explain_open_sites(plan, instance.reach, instance.needs, **_rule(request))
    told = told.set_index("site")
    told = told.loc[told.index < len(instance.candidates)]
    sites = instance.candidates.iloc[told.index].rename(columns={"carrier_id": "site_id"})
    facts = ["site_id", "name_zh", "name_en", "unit", "host_type", "screening", "questions"]
    table = sites[[*facts, "position_precision_m", "source", "source_kind", "geometry"]].reset_index(drop=True)
    for name in told.columns:
        table[name] = told[name].to_numpy()
    if "staff" in sites:
        table[["staff", "staff_stated"]] = sites[["staff", "staff_stated"]].to_numpy()
        table["staff"] = table["staff"].astype("int64")
        table["capacity"] = request["capacity"][told.index]
    if order is not None and len(order) == len(table):
        table["rank"] = order.set_index("site")["rank"].reindex(told.index).to_numpy()
        table["served_by_then"] = order.set_index("site")["served"].reindex(told.index).to_numpy()
        table = table.sort_values("rank", kind="stable").reset_index(drop=True)
    else:
        table = table.sort_values(["newly_served", "site_id"], ascending=[False, True]).reset_index(drop=True)
        table["rank"] = np.arange(1, len(table) + 1)
        table["served_by_then"] = table["newly_served"].cumsum()
    return table[["rank", *[name for name in table.columns if name != "rank"]]]


def closed_table(
    instance: SitingInstance, plan: SitePlan, request: dict[str, Any], told: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return one row per candidate not opened, the most that it would add first; columns as in ``PlanResult``.

    ``told`` are the reasons that the search brought along; those of one that was killed are ranges made at once.
    """
    if told is None:
        from ipps_geo.siting.choices.closed_sites import explain_closed_sites

        arguments = {name: value for name, value in request.items() if name not in ("reach", "needs")}
        told = explain_closed_sites(plan, instance.reach, instance.needs, time_limit_s=0.0, **arguments)
    told = told.loc[told["site"] < len(instance.candidates)]
    names = instance.site_names
    table = instance.candidates.iloc[told["site"]].rename(columns={"carrier_id": "site_id"})
    facts = ["site_id", "name_zh", "name_en", "unit", "host_type", "screening", "questions", "geometry"]
    table = table[facts].reset_index(drop=True)
    for name in told.columns.drop(["site", "would_replace"]):
        table[name] = told[name].to_numpy()
    replaced = told["would_replace"]
    table["would_replace"] = pd.Series(
        [None if pd.isna(site) or site < 0 else names[int(site)] for site in replaced], dtype="str"
    )
    return table.sort_values(
        ["would_add", "would_add_at_most", "site_id"], ascending=[False, False, True], kind="stable"
    ).reset_index(drop=True)


def uncovered_table(
    instance: SitingInstance,
    plan: SitePlan,
    request: dict[str, Any],
    within_limit: pd.Series | None = None,
    told: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return one row per enterprise that stays unserved, with the reason; columns as in ``PlanResult.uncovered``.

    ``within_limit``: by entity key, whether a station that is there already is within the limit.
    """
    if told is None:
        from ipps_geo.siting.choices.explain import explain_uncovered

        there = {name: request[name] for name in ("existing_sites", "existing_rosters", "capacity") if name in request}
        told = explain_uncovered(plan, instance.reach, instance.needs, **there, **_rule(request))
    table = instance.demand.iloc[told["demand"]].reset_index(drop=True)
    table["explicit_need"] = table["need"].map(NEED_WORDS)
    near = set() if within_limit is None else set(within_limit.index[within_limit])
    beside = (told["reason"] == "out_of_reach").to_numpy() & table["entity_key"].isin(near).to_numpy()
    table["reason"] = told["reason"].mask(beside, "beside_existing_station").to_numpy()
    table["reaching_sites"] = told["reaching_sites"].to_numpy()
    return table[
        ["enterprise_id", "name", "unit", "industry_codes", "explicit_need", "reason", "reaching_sites", "geometry"]
    ]


def _rule(request: dict[str, Any]) -> dict[str, Any]:
    return {"min_roster": request["min_roster"], "need_share": request["need_share"]}
