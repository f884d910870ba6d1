"""From a plan made by hand to a better one: keep some stations and choose the rest, or start the search from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import site_positions
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.workstations.model import plan_workstations


def complete(reach: Reach, needs: ArrayLike, keep: ArrayLike, **request: Any) -> SitePlan:
    """Keep some stations and choose the rest: ``keep`` joins the required sites, everything else stays as asked.

    >>> reach = Reach.from_points([[0, 0]] * 5 + [[9e3, 0]] * 3 + [[2e4, 0]] * 4, [[0, 0], [9e3, 0], [2e4, 0]], 3000)
    >>> complete(reach, [1] * 12, [1], n_sites=2, min_roster=2).open_sites.tolist()
    [0, 1]
    """
    required = site_positions(request.pop("required_sites", ()), reach.n_sites, "required_sites")
    kept = np.union1d(required, site_positions(keep, reach.n_sites, "keep")).astype(np.int64)
    return plan_workstations(reach, needs, **request, required_sites=kept)


def improve(reach: Reach, needs: ArrayLike, start: ArrayLike, **request: Any) -> SitePlan:
    """Search from a set of stations: the plan is at least as good, and says how far from the best it can be.

    A set that breaks number, budget or units is no plan; the search then starts without it.

    >>> reach = Reach.from_points([[0, 0]] * 5 + [[9000, 0]] * 3, [[0, 0], [9000, 0]], 3000)
    >>> improve(reach, [1] * 8, [1], n_sites=1, min_roster=2).open_sites.tolist()
    [0]
    """
    return plan_workstations(reach, needs, **request, start_sites=start)
