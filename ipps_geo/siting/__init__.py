"""Where to open: reach in, plan out. The public names load on first use, so that importing this costs nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ipps_geo.siting.plan import Milestone, SitePlan

if TYPE_CHECKING:
    from ipps_geo.siting.maximal_covering import maximal_covering
    from ipps_geo.siting.p_center import p_center
    from ipps_geo.siting.p_median import p_median
    from ipps_geo.siting.set_covering import location_set_covering
    from ipps_geo.siting.verify import verify_plan
    from ipps_geo.siting.workstations import plan_workstations

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
    "location_set_covering": "ipps_geo.siting.set_covering",
    "maximal_covering": "ipps_geo.siting.maximal_covering",
    "p_center": "ipps_geo.siting.p_center",
    "p_median": "ipps_geo.siting.p_median",
    "plan_workstations": "ipps_geo.siting.workstations",
    "verify_plan": "ipps_geo.siting.verify",
}


def __getattr__(name: str) -> Any:
    """Load a public function from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


class _SitingRoom(ModuleType):
    """The package, with one difference: importing a submodule never hides the public function of the same name.

    The import system binds each submodule on its package; for ``siting.p_median`` that would turn the name
    ``p_median`` from the function into the module, depending on who imported what first.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _SitingRoom
