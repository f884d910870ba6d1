"""A plan under distance decay, counted again from the tables: what is served from afar is worth less."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.siting.verify_costs import ReachCosts
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.siting import SitePlan
    from ipps_geo.workspace import Workspace

_RELATIVE = 1e-7


def gross(plan: SitePlan, weights: ArrayLike | None) -> SitePlan:
    """Return the plan as if everybody served counted whole, for the checker of rosters: it claims no proof of that."""
    each = np.ones(len(plan.assignment)) if weights is None else np.asarray(weights, dtype=np.float64)
    value = math.fsum(each[plan.assignment >= 0].tolist())
    everything = math.fsum(each.tolist())
    gap = (everything - value) / max(1e-12, abs(value))
    return replace(plan, status="feasible", objective=value, bound=everything, gap=gap)


def refuse_beyond_reach(parameters: PlanParameters, travel: Travel) -> None:
    """Refuse steps of decay that end beyond the reach: nobody out there is served, whatever the step says."""
    if not parameters.decay:
        return
    last, reach = parameters.decay[-1][0], travel.limit / (1000 if travel.unit == "m" else 1)
    if last > reach * (1 + 1e-9):
        raise BadInput("plan.decay_beyond_reach", where="decay", last=f"{last:g}", reach=f"{reach:g}")


def check_decay(
    listed: pd.DataFrame,
    plan: SitePlan,
    instance: SitingInstance,
    workspace: Workspace,
    parameters: PlanParameters,
    access: AccessChoices,
) -> list[Violation]:
    """Return where objective, bound or status are not what the rosters to be printed are worth.

    ``listed`` are the rosters of new and enlarged stations. Distances in a straight line are measured again between
    the places in the tables; other costs are those of the pair.
    """
    people = instance.demand.set_index("entity_key").loc[listed["entity_key"]]
    if instance.reach.method == "straight_line":
        cost = straight_m(listed, instance, workspace) * parameters.detour_factor / 1000
    else:
        cost = _costs(listed, instance)
    worth = np.zeros(len(listed))
    for limit, share in reversed(parameters.decay):
        worth[cost <= limit * (1 + 1e-12)] = share
    weight = access.weighed(people.reset_index())
    counted = math.fsum((worth * (np.ones(len(worth)) if weight is None else weight)).tolist())
    slack = _RELATIVE * max(1.0, counted)
    found = []
    if abs(counted - plan.objective) > slack:
        found.append(Violation("objective_differs", None, None, plan.objective, counted))
    if plan.bound < counted - slack:
        found.append(Violation("bound_impossible", None, None, plan.bound, counted))
    if plan.status == "optimal" and plan.bound - counted > parameters.gap * counted + slack:
        found.append(Violation("optimal_without_proof", None, None, plan.bound, counted))
    return found


def straight_m(listed: pd.DataFrame, instance: SitingInstance, workspace: Workspace) -> NDArray[np.float64]:
    """Return the straight line of each row of the rosters, between the places that the workspace states."""
    people = instance.demand.set_index("entity_key").loc[listed["entity_key"]]
    there = [
        workspace.carriers[["carrier_id", "geometry"]].rename(columns={"carrier_id": "id"}),
        workspace.institutions[["institution_id", "geometry"]].rename(columns={"institution_id": "id"}),
    ]
    places = pd.concat(there, ignore_index=True).set_index("id").loc[listed["site_id"]]
    metres: NDArray[np.float64] = np.hypot(
        *(metric_xy(people, instance.metric_crs) - metric_xy(places, instance.metric_crs)).T
    )
    return metres


def _costs(listed: pd.DataFrame, instance: SitingInstance) -> NDArray[np.float64]:
    """Return the cost of each pair of the rosters from the reach."""
    row = pd.Series(np.arange(len(instance.demand)), instance.demand["entity_key"]).loc[listed["entity_key"]]
    site = pd.Series(np.arange(len(instance.site_names)), instance.site_names).loc[listed["site_id"]]
    scale = 1000.0 if instance.reach.unit == "m" else 1.0
    return ReachCosts(instance.reach).of(row.to_numpy(np.int64), site.to_numpy(np.int64)) / scale
