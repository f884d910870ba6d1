"""Plans under a city's own wishes: spacing, most stations in a unit, a least number served per unit, distance decay.

The first three couple stations that share nobody, decay makes pairs differ in worth: the search by prices knows
neither. It runs first, without them (under decay with everybody worth what the nearest site makes of him): what it
cannot exceed nobody can, and where its plan keeps to the wishes it is the answer. Otherwise the program of all groups
and sites (:mod:`.compact`) goes to HiGHS in two steps: the sum of the units' shortfalls first, then, with that sum
kept, the weight served. A least number that cannot be met is therefore met as far as it can be, and the plan says by
how much it is short.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.search.highs import Solved
from ipps_geo.siting.search.plan import Milestone, SitePlan
from ipps_geo.siting.search.watch import Watch, without_plan
from ipps_geo.siting.workstations.compact import CompactProgram, Wishes
from ipps_geo.siting.workstations.model import plan_workstations

Longs = NDArray[np.int64]

#: Shares of the time limit: for the search without the wishes, and of the rest for the shortfall.
_RELAXED, _SHORTFALL = 0.35, 0.5
#: Seconds beyond the time limit to fill the stations of the least shortfall, where no better ones were found in time.
_FILL_S = 5.0
#: Share of what is left of the time to find out what the search's stations are worth under decay.
_FILL_SHARE = 0.25

_SOLVED = ("optimal", "feasible")


@dataclass(frozen=True, eq=False)
class RuledPlan:
    """A plan, how many each unit is short of its least, and whether no plan can be less short in all."""

    plan: SitePlan
    short: Longs
    least_shortfall: bool


def plan_under_wishes(
    reach: Reach,
    needs: Any,
    wishes: Wishes,
    *,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    **request: Any,
) -> RuledPlan:
    """Return the plan that serves most of those that are least short of what the units ask for.

    ``request`` is that of ``plan_workstations`` with the objective ``covered``. ``optimal`` says that no plan is less
    short in all, and none that is as short serves more.
    """
    watch = Watch(time_limit_s, None, progress, should_stop)

    def told(milestone: Milestone) -> None:
        # Without sites: what the search without the wishes has found is no plan to fall back on.
        watch.tell(math.nan, milestone.bound, milestone.phase)

    relaxed = plan_workstations(
        reach, needs, **_whole_worth(reach, wishes, request), gap=gap, time_limit_s=_RELAXED * time_limit_s,
        progress=told, should_stop=should_stop,
    )  # fmt: skip
    existing = np.asarray(request.get("existing_sites", ()), dtype=np.int64)
    if relaxed.status == "infeasible":
        return RuledPlan(relaxed, wishes.unit_least, least_shortfall=False)
    kept = False
    if relaxed.status != "no_solution":
        short = wishes.short(relaxed.assignment)
        kept = not short.any() and wishes.allow(np.setdiff1d(relaxed.open_sites, existing))
        if kept and wishes.decay is None:
            return RuledPlan(relaxed, short, least_shortfall=True)
    compact = CompactProgram(reach, needs, wishes, request)
    limit = relaxed.bound if math.isfinite(relaxed.bound) else math.inf
    fewest, first = 0.0, None
    least = True
    if wishes.unit_least.any():
        first = compact.maximise(-compact.short, time_limit_s=_SHORTFALL * watch.left_s, stop=watch.late, whole=True)
        if first.outcome not in _SOLVED:
            return RuledPlan(no_plan(reach, first, watch), wishes.unit_least, least_shortfall=False)
        fewest = float(round(-first.objective))
        least = first.outcome == "optimal" or -first.bound > fewest - 1 + 1e-6
        watch.tell(math.nan, limit, "shortfall")
    rows = [(compact.short, -np.inf, fewest)] if compact.n_units else []

    def most(sites: NDArray[np.int32] | Longs | None, time_limit_s: float, stop: Callable[[], bool]) -> Solved:
        return compact.maximise(
            compact.served, rows, time_limit_s=time_limit_s, stop=stop, whole=compact.whole, on=sites
        )

    # Without the wishes' own program at hand: whom the stations of the search can serve under them.
    near = most(relaxed.open_sites, max(_FILL_SHARE * watch.left_s, 0.5), watch.late) if kept else None
    found = most(None, max(watch.left_s, 0.5), watch.late)
    if near is not None and near.outcome in _SOLVED and not near.objective <= found.objective:
        bound = found.bound if found.outcome in _SOLVED else math.inf
        found = replace(near, outcome="feasible", bound=max(bound, near.objective))
    if found.outcome not in _SOLVED:
        if first is None:
            return RuledPlan(no_plan(reach, found, watch), wishes.unit_least, least_shortfall=False)
        # No better stations in time: on those of the least shortfall, serve as many as they can.
        fuller = most(compact.opened(first), _FILL_S, lambda: watch.reason == "cancelled")
        found = replace(fuller if fuller.outcome in _SOLVED else first, outcome="feasible", bound=math.inf)
    plan = compact.plan(found, watch, limit, gap, proven=least)
    short = wishes.short(plan.assignment)
    return RuledPlan(plan, short, least_shortfall=least and int(short.sum()) <= fewest)


def _whole_worth(reach: Reach, wishes: Wishes, request: dict[str, Any]) -> dict[str, Any]:
    """The request of the search without the wishes: under decay nobody is worth more than at the nearest site."""
    if wishes.decay is None:
        return request
    weights = request.get("weights")
    return request | {"weights": wishes.decay.most(reach) * (1.0 if weights is None else np.asarray(weights))}


def no_plan(reach: Reach, solved: Solved, watch: Watch) -> SitePlan:
    """What is returned where the program had no solution, or none in time."""
    why = Message("siting.infeasible.wishes") if solved.outcome == "infeasible" else None
    return without_plan(SitePlan, reach.n_demand, watch, why)
