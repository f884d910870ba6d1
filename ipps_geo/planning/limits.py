"""What limits the sites of a plan: yearly cost, what a carrier can serve, what its staff can serve."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy


def assumed_staff(instance: SitingInstance, policy: Policy, parameters: PlanParameters, on: dt.date) -> dict[str, int]:
    """Return what an output has to say of the staff of new stations: how many are assumed, for how many candidates."""
    if parameters.members_per_staff is None:
        return {}
    least = parameters.new_staff or policy.integer("station_staff", on)
    return {"new_staff": least, "staff_assumed": int((~instance.candidates["staff_stated"].astype(bool)).sum())}


def site_costs(instance: SitingInstance, wish: str = "budget") -> NDArray[np.float64]:
    """Return the yearly cost of every site, for a budget or a front; a station that is there costs nothing more."""
    candidates = instance.candidates
    unknown = candidates.loc[candidates["annual_cost"].isna(), "carrier_id"]
    if len(unknown):
        code = "plan.cost_unknown" if wish == "budget" else "plan.front_cost_unknown"
        told = {"n": len(unknown), "of": len(candidates), "carrier": unknown.iloc[0]}
        raise BadInput(code, where="carriers.annual_cost", **told)
    return np.append(candidates["annual_cost"].to_numpy(np.float64), np.zeros(len(instance.existing)))


def capacities(
    instance: SitingInstance, parameters: PlanParameters, everybody: int | None = None
) -> NDArray[np.int64] | None:
    """Return the largest roster of every site, old members included; None where nothing limits it.

    ``everybody``: how many may be served in all, where the demand of the instance is not the whole one.
    A carrier whose capacity nobody recorded has no limit but that of its staff; to limit nobody would be a silent wish.
    """
    if not parameters.respect_capacity and parameters.members_per_staff is None:
        return None
    candidates, existing = instance.candidates, instance.existing
    everybody = len(instance.demand) if everybody is None else everybody
    new = np.full(len(candidates), everybody, dtype=np.int64)
    old = existing["members"].to_numpy(np.int64) + everybody
    if parameters.respect_capacity:
        if len(candidates) and candidates["capacity"].isna().all():
            raise BadInput("plan.capacity_unknown", where="carriers.capacity", n=len(candidates))
        new = candidates["capacity"].astype("float64").fillna(everybody).to_numpy(np.int64)
    if parameters.members_per_staff is not None:
        each = parameters.members_per_staff
        new = np.minimum(new, each * candidates["staff"].to_numpy(np.int64))
        old = np.minimum(old, each * existing["staff"].to_numpy(np.int64))
    return np.append(new, old)
