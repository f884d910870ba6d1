"""Arguments of ``plan_workstations`` as others pass them on: those that define a plan, those that steer a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import SEARCH_ARGUMENTS
from ipps_geo.siting.workstations.request import StationRequest, station_request


def policy_request(reach: Reach, needs: ArrayLike, given: Mapping[str, Any]) -> StationRequest:
    """The request behind keyword arguments of ``plan_workstations``; those that only steer a search are ignored."""
    defaults: dict[str, Any] = {
        "n_sites": None, "weights": None, "min_roster": 50, "need_share": (3, 5), "capacity": None,
        "site_costs": None, "budget": None, "required_sites": (), "forbidden_sites": (), "existing_sites": (),
        "existing_rosters": None, "site_units": None, "min_per_unit": None, "demand_units": None,
    }  # fmt: skip
    unknown = set(given) - set(defaults) - SEARCH_ARGUMENTS
    if unknown:
        raise BadInput("siting.unknown_argument", where=sorted(unknown)[0])
    return station_request(reach, needs, **(defaults | {k: v for k, v in given.items() if k in defaults}))
