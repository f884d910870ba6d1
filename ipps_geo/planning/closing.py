"""Stations that may close or move: what the program knows of them, what the network is afterwards, and the checks."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.planning.access import key_population
from ipps_geo.planning.freed import without
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy
    from ipps_geo.siting import SitePlan
    from ipps_geo.siting.workstations.closing import Closable, ClosingPlan
    from ipps_geo.workspace import Workspace


def closable_stations(instance: SitingInstance, parameters: PlanParameters, access: AccessChoices) -> Closable | None:
    """Return what the program knows of the stations that may close, None where none may."""
    if not parameters.closable:
        return None
    from ipps_geo.siting.workstations.closing import Closable

    weight = access.weighed(instance.population)
    each = np.ones(len(instance.population)) if weight is None else weight
    held = instance.population_owner
    members = np.bincount(held[held >= 0], weights=each[held >= 0], minlength=len(parameters.closable))
    return Closable(instance.owner, members.astype(np.float64), parameters.closing_cost, parameters.moving_cost)


def settle_closing(
    found: ClosingPlan,
    instance: SitingInstance,
    request: dict[str, Any],
    parameters: PlanParameters,
    workspace: Workspace,
    policy: Policy,
    on: dt.date,
) -> tuple[SitingInstance, dict[str, Any], SitePlan, Workspace]:
    """Return instance, request, plan and workspace as they are once the stations have closed."""
    closed = [parameters.closable[place] for place in found.closed]
    left = without(workspace, closed)
    rows = (instance.owner < 0) | np.isin(instance.owner, found.closed)
    stays = ~instance.stations["institution_id"].isin(closed)
    narrowed = replace(
        instance,
        demand=instance.demand.loc[rows].reset_index(drop=True),
        reach=instance.reach.select(demand=rows),
        needs=instance.needs[rows],
        owner=instance.owner[rows],
        population=key_population(left, policy, on),
        stations=instance.stations.loc[stays],
    )
    asked = {name: value for name, value in request.items() if name not in ("budget", "site_costs")}
    asked |= {"reach": narrowed.reach, "needs": narrowed.needs}
    if "weights" in asked:
        asked["weights"] = np.asarray(asked["weights"])[rows]
    if parameters.stations is not None:
        asked["n_sites"] = parameters.stations + found.moves
    return narrowed, asked, replace(found.plan, assignment=found.plan.assignment[rows]), left


def closures_table(
    found: ClosingPlan | None,
    instance: SitingInstance,
    settled: SitingInstance,
    plan: SitePlan,
    parameters: PlanParameters,
) -> pd.DataFrame | None:
    """Return one row per station that closes; columns as in ``PlanResult.closures``.

    Those that move go, as a whole, to the nearest of the new stations.
    """
    if found is None:
        return None
    closed = [parameters.closable[place] for place in found.closed]
    stations = instance.stations.set_index("institution_id", drop=False).loc[closed]
    new = plan.open_sites[plan.open_sites < len(settled.candidates)]
    sites = settled.candidates.iloc[new]
    target, away = np.full(len(closed), None, dtype=object), np.full(len(closed), np.nan)
    if found.moves and len(sites):
        from scipy.optimize import linear_sum_assignment

        offset = metric_xy(stations, instance.metric_crs)[:, None] - metric_xy(sites, instance.metric_crs)[None]
        metres = np.nan_to_num(np.hypot(offset[..., 0], offset[..., 1]), nan=1e9)
        one, other = linear_sum_assignment(metres)
        for row in np.argsort(metres[one, other], kind="stable")[: found.moves]:
            target[one[row]] = sites["carrier_id"].iloc[other[row]]
            away[one[row]] = round(float(metres[one[row], other[row]]), 1)
    served = plan.assignment >= 0
    held = instance.population_owner
    rows: list[dict[str, Any]] = []
    for place, station, moved in zip(found.closed, closed, target, strict=True):
        members = int((held == place).sum())
        kept = int((served & (settled.owner == place)).sum())
        rows.append(
            {
                "institution_id": station,
                "name": stations.loc[station, "name"],
                "unit": stations.loc[station, "unit"],
                "members": members,
                "served_again": kept,
                "given_up": max(members - kept, 0),
                "moved_to": moved,
                "moved_m": away[len(rows)],
                "once_cost": parameters.moving_cost if moved is not None else parameters.closing_cost,
            }
        )
    names = ["institution_id", "name", "unit", "members", "served_again", "given_up"]
    table = pd.DataFrame(rows, columns=[*names, "moved_to", "moved_m", "once_cost"])
    return table.assign(moved_to=pd.array(list(table["moved_to"]), dtype="str"))


def check_closing(
    found: ClosingPlan | None,
    annex: pd.DataFrame,
    additions: pd.DataFrame,
    workspace: Workspace,
    left: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    access: AccessChoices,
    on: dt.date,
) -> list[Violation]:
    """Return where the plan is not what it says, read from the tables of the workspace with and without the stations.

    What is on rosters afterwards less what was there before is the objective; number and budget hold.
    """
    if found is None:
        return []
    served = set(annex["entity_key"]) | set(additions["entity_key"])
    sums = []
    for ground, more in ((workspace, set()), (left, served)):
        people = key_population(ground, policy, on)
        listed = people["holder_id"].notna() | people["entity_key"].isin(more)
        weight = access.weighed(people)
        each = np.ones(len(people)) if weight is None else weight
        sums.append(math.fsum(each[listed.to_numpy()].tolist()))
    strangers = served - set(key_population(left, policy, on)["entity_key"])
    gained, violations = sums[1] - sums[0] + len(strangers), []
    if not math.isclose(gained, found.plan.objective, rel_tol=1e-7, abs_tol=1e-6):
        violations.append(Violation("objective_differs", None, None, found.plan.objective, gained))
    sites = sorted(set(annex["site_id"]))
    if parameters.stations is not None and len(sites) > parameters.stations + found.moves:
        violations.append(Violation("too_many_sites", None, None, len(sites), parameters.stations + found.moves))
    if found.moves > min(len(found.closed), len(sites)):
        violations.append(Violation("too_many_moves", None, None, found.moves, len(found.closed)))
    if parameters.budget is not None:
        yearly = workspace.carriers.set_index("carrier_id").loc[sites, "annual_cost"]
        once = parameters.closing_cost * (len(found.closed) - found.moves) + parameters.moving_cost * found.moves
        spent = math.fsum(yearly.tolist()) + once
        if spent > parameters.budget * (1 + 1e-9) + 1e-9:
            violations.append(Violation("over_budget", None, None, spent, parameters.budget))
    return violations
