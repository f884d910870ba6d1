"""Where to open: reach in, plan out. The public names load on first use, so that importing this costs nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ipps_geo.siting.plan import Milestone, SitePlan

if TYPE_CHECKING:
    from ipps_geo.siting.covering.center import p_center
    from ipps_geo.siting.covering.location_set import location_set_covering
    from ipps_geo.siting.covering.maximal import maximal_covering
    from ipps_geo.siting.median.model import p_median
    from ipps_geo.siting.verify import verify_plan
    from ipps_geo.siting.workstations.model import plan_workstations

__all__ = [
    "Milestone",
    "SitePlan",
    "location_set_covering",
    "maximal_covering",
    "p_center",
    "p_median",
    "plan_workstations",
    "verify_plan",
]

_HOMES = {
    "location_set_covering": "ipps_geo.siting.covering.location_set",
    "maximal_covering": "ipps_geo.siting.covering.maximal",
    "p_center": "ipps_geo.siting.covering.center",
    "p_median": "ipps_geo.siting.median.model",
    "plan_workstations": "ipps_geo.siting.workstations.model",
    "verify_plan": "ipps_geo.siting.verify",
}


def __getattr__(name: str) -> Any:
    """Load a public function from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
