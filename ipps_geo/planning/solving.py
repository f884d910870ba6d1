"""What runs in the child process: the plan, then the choices around it; and the plan rebuilt when it was killed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.errors import NotSolved, Stopped
from ipps_geo.planning.child import run_in_child
from ipps_geo.siting.search.plan import Milestone, SitePlan

if TYPE_CHECKING:
    from ipps_geo.siting.choices.robustness import Robustness

START_S = 240.0
"""What a child process may need before its clock runs: imports, and kernels that a busy machine compiles once."""

REBUILD_S = 5.0
"""Time to build a killed search's best plan again: its sites are known, only the rosters are missing."""

Report = Callable[[Milestone], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Choices:
    """What to look at beside the plan: points of the frontier, distinct plans, robustness."""

    frontier: int = 0
    alternatives: int = 0
    robustness: bool = False


@dataclass(frozen=True, eq=False)
class Solved:
    """A plan, the order in which to open its stations, and the choices asked for."""

    plan: SitePlan
    order: pd.DataFrame | None = None
    frontier: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None
    robustness: Robustness | None = None


def solve(
    request: Mapping[str, Any],
    choices: Choices,
    time_limit_s: float,
    progress: Report | None = None,
    should_stop: Stop | None = None,
) -> Solved:
    """Solve in a child process that can be stopped and killed; each choice has the plan's time limit again.

    Raises
    ------
    NotSolved, Stopped
        The time ended, or the user stopped the search, before it had a plan.
    InternalError
        The child failed or died.
    """
    parts = 1 + bool(choices.frontier) + bool(choices.alternatives) + choices.robustness
    result, last = run_in_child(
        "ipps_geo.planning.solving:solve_here",
        {"request": dict(request), "choices": choices, "time_limit_s": time_limit_s},
        deadline_s=parts * time_limit_s + START_S,
        progress=progress,
        should_stop=should_stop,
    )
    if result is not None:
        return result  # type: ignore[no-any-return]
    return Solved(_rebuilt(request, last, "cancelled" if should_stop is not None and should_stop() else "time_limit"))


def solve_here(
    request: dict[str, Any], choices: Choices, time_limit_s: float, progress: Report, should_stop: Stop
) -> Solved:
    """Solve in this process: the child's side of ``solve``."""
    from ipps_geo.siting.choices.alternatives import alternatives
    from ipps_geo.siting.choices.frontier import frontier, opening_order
    from ipps_geo.siting.choices.robustness import robustness
    from ipps_geo.siting.warm import compile_kernels
    from ipps_geo.siting.workstations.model import plan_workstations

    progress(Milestone(0.0, math.nan, math.nan, "compiling"))
    compile_kernels()
    started = time.perf_counter()

    def tell(phase: str, found: Any) -> None:
        progress(Milestone(time.perf_counter() - started, found.objective, found.bound, phase))

    plan = plan_workstations(**request, time_limit_s=time_limit_s, progress=progress, should_stop=should_stop)
    solved = Solved(plan)
    if plan.status in ("infeasible", "no_solution") or len(plan.open_sites) == 0:
        return solved
    asked = {name: value for name, value in request.items() if name not in ("reach", "needs", "gap", "seed")}
    reach, needs, seed = request["reach"], request["needs"], request["seed"]
    order = opening_order(plan, reach, needs, **asked)
    limits = {"time_limit_s": time_limit_s, "seed": seed, "should_stop": should_stop}
    points = (
        frontier(
            reach, needs, choices.frontier, progress=lambda n, found: tell(f"frontier {n}", found), **limits, **asked
        )
        if choices.frontier and not should_stop()
        else None
    )
    plans = (
        alternatives(reach, needs, choices.alternatives, **limits, **asked)
        if choices.alternatives and not should_stop()
        else None
    )
    table = (
        robustness(reach, needs, progress=lambda name, found: tell(f"robustness {name}", found), **limits, **asked)
        if choices.robustness and not should_stop()
        else None
    )
    return replace(solved, order=order, frontier=points, alternatives=plans, robustness=table)


def _rebuilt(request: Mapping[str, Any], last: Any, reason: str) -> SitePlan:
    """Return the plan that a killed search had reported: its sites, rosters made anew, and its bound, still valid."""
    from ipps_geo.siting.workstations.model import plan_workstations

    if not isinstance(last, Milestone) or not last.open_sites:
        raise Stopped("solve.stopped") if reason == "cancelled" else NotSolved("solve.no_plan_in_time")
    closed = sorted(set(range(request["reach"].n_sites)) - set(last.open_sites))
    again = dict(request) | {"forbidden_sites": closed, "objective": "covered"}
    again.pop("target", None)
    again.pop("demand_units", None)
    plan = plan_workstations(**again, time_limit_s=REBUILD_S)
    gap = abs(last.bound - plan.objective) / max(1e-12, abs(plan.objective))
    history = (*plan.history, last)
    return replace(plan, status="feasible", stop_reason=reason, bound=last.bound, gap=gap, history=history)
