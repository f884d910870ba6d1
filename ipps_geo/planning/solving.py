"""What runs in the child process: the plan, choices around it, its reasons; and a killed search's plan built again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.errors import NotSolved, Stopped
from ipps_geo.executors import Crew, Workforce
from ipps_geo.planning.child import run_in_child
from ipps_geo.siting.search.plan import Milestone, SitePlan

if TYPE_CHECKING:
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.siting.choices.linked import Linked
    from ipps_geo.siting.choices.robustness import Robustness
    from ipps_geo.siting.choices.two_wishes import FrontPoint, SecondWish
    from ipps_geo.siting.workstations.closing import Closable, ClosingPlan
    from ipps_geo.siting.workstations.compact import Wishes
    from ipps_geo.siting.workstations.ruled import RuledPlan

START_S = 240.0
"""What a child process may need before its clock runs: imports, and kernels that a busy machine compiles once."""

REBUILD_S = 5.0
"""Time to build a killed search's best plan again: its sites are known, only the rosters are missing."""

REASONS_SHARE = 0.15
"""Share of the time limit that is kept for the order of opening and the reasons: what takes longer is a range."""

_NOT_COMPACT = ("seed", "objective", "then_least_distance", "then_balanced", "start_sites")
"""Of a request what the program of all groups and sites does not know."""

Report = Callable[[Milestone], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Choices:
    """What to look at beside the plan: points of the frontier, distinct plans, robustness, a front of two wishes."""

    frontier: int = 0
    alternatives: int = 0
    robustness: bool = False
    second: SecondWish | None = None
    front_points: int = 0
    stages: PlanParameters | None = None


@dataclass(frozen=True, eq=False)
class Solved:
    """A plan, the order in which to open its stations, why the others stay closed, and the choices asked for."""

    plan: SitePlan
    order: pd.DataFrame | None = None
    opened: pd.DataFrame | None = None
    closed: pd.DataFrame | None = None
    uncovered: pd.DataFrame | None = None
    frontier: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None
    robustness: Robustness | None = None
    ruled: RuledPlan | None = None
    front: list[FrontPoint] | None = None
    years: Linked | None = None
    scenarios: Linked | None = None
    of_plan: list[float] | None = None
    closing: ClosingPlan | None = None


def solve(
    request: Mapping[str, Any],
    choices: Choices,
    time_limit_s: float,
    progress: Report | None = None,
    should_stop: Stop | None = None,
    wishes: Wishes | None = None,
    closable: Closable | None = None,
    workforce: Workforce | None = None,
) -> Solved:
    """Solve in a child process that can be stopped and killed; each choice has the plan's time limit again.

    ``workforce`` does what choices have in independent parts; the child hands them out, and who does them ends with it.

    Raises
    ------
    NotSolved, Stopped
        The time ended, or the user stopped the search, before it had a plan.
    InternalError
        The child failed or died.
    """
    known: list[Milestone] = []

    def heard(milestone: Milestone) -> None:
        if milestone.open_sites:  # the choices tell none: what the plan's search told last stays
            known[:] = [milestone]
        if progress is not None:
            progress(milestone)

    parts = 1 + bool(choices.frontier) + bool(choices.alternatives) + choices.robustness + (choices.second is not None)
    parts += 0 if choices.stages is None else bool(choices.stages.years) + bool(choices.stages.robust)
    result, _ = run_in_child(
        "ipps_geo.planning.solving:solve_here",
        {
            "request": dict(request),
            "choices": choices,
            "time_limit_s": time_limit_s,
            "wishes": wishes,
            "closable": closable,
            "workforce": workforce,
        },
        deadline_s=parts * time_limit_s + START_S,
        progress=heard,
        should_stop=should_stop,
    )
    if result is not None:
        return result  # type: ignore[no-any-return]
    reason = "cancelled" if should_stop is not None and should_stop() else "time_limit"
    return Solved(_rebuilt(request, known[0] if known else None, reason))


def solve_here(
    request: dict[str, Any],
    choices: Choices,
    time_limit_s: float,
    progress: Report,
    should_stop: Stop,
    wishes: Wishes | None = None,
    closable: Closable | None = None,
    workforce: Workforce | None = None,
) -> Solved:
    """Solve in this process: the child's side of ``solve``.

    The plan, the order of opening and the reasons share one time limit; each choice has the limit again.
    """
    from ipps_geo.siting.workstations.compiling import compile_kernels
    from ipps_geo.siting.workstations.model import plan_workstations

    progress(Milestone(0.0, math.nan, math.nan, "compiling"))
    compile_kernels()
    started = time.perf_counter()
    kept = REASONS_SHARE * time_limit_s

    def tell(phase: str, found: Any) -> None:
        progress(Milestone(time.perf_counter() - started, found.objective, found.bound, phase))

    if closable is not None:
        from ipps_geo.siting.workstations.closing import plan_with_closing

        asked = {name: value for name, value in request.items() if name not in _NOT_COMPACT}
        closing = plan_with_closing(
            closable=closable, time_limit_s=time_limit_s, progress=progress, should_stop=should_stop, **asked
        )
        return Solved(closing.plan, closing=closing)
    if wishes is not None:
        return _under_wishes(request, wishes, time_limit_s, kept, progress, should_stop)
    plan = plan_workstations(**request, time_limit_s=time_limit_s - kept, progress=progress, should_stop=should_stop)
    solved = Solved(plan)
    if plan.status in ("infeasible", "no_solution") or len(plan.open_sites) == 0:
        return solved
    for_reasons = time_limit_s - (time.perf_counter() - started)
    asked = {name: value for name, value in request.items() if name not in ("reach", "needs", "gap", "seed")}
    with (workforce or Workforce()).called() as crew:
        plan, chosen = _choices(plan, request, asked, choices, time_limit_s, tell, should_stop, crew)
    front = _front(plan, request, choices, time_limit_s, tell, should_stop)
    told = _reasons(plan, request, for_reasons, should_stop)
    told |= _stages(plan, request, choices.stages, time_limit_s, should_stop)
    return replace(solved, plan=plan, front=front, **chosen, **told)


def _choices(
    plan: SitePlan,
    request: dict[str, Any],
    asked: dict[str, Any],
    choices: Choices,
    time_limit_s: float,
    tell: Callable[[str, Any], None],
    should_stop: Stop,
    crew: Crew,
) -> tuple[SitePlan, dict[str, Any]]:
    """The plan, or a better one that the frontier met, and the choices whose parts the crew shares out."""
    from ipps_geo.siting.choices.alternatives import alternatives
    from ipps_geo.siting.choices.frontier import frontier
    from ipps_geo.siting.choices.robustness import robustness

    limits = {"time_limit_s": time_limit_s, "seed": request.get("seed", 0), "should_stop": should_stop, "crew": crew}
    reach, needs = request["reach"], request["needs"]
    found: dict[str, Any] = {}
    if choices.frontier and not should_stop():
        points = frontier(
            reach, needs, choices.frontier, plan=plan, progress=lambda n, each: tell(f"frontier {n}", each),
            **limits, **asked,
        )  # fmt: skip
        found["frontier"] = points
        plan = _no_worse(plan, points, request)
    if choices.alternatives and not should_stop():
        found["alternatives"] = alternatives(reach, needs, choices.alternatives, plan=plan, **limits, **asked)
    if choices.robustness and not should_stop():
        found["robustness"] = robustness(
            reach, needs, plan=plan, progress=lambda name, each: tell(f"robustness {name}", each), **limits, **asked
        )
    return plan, found


def _stages(
    plan: SitePlan, request: dict[str, Any], asked: PlanParameters | None, time_limit_s: float, should_stop: Stop
) -> dict[str, Any]:
    """One plan for all years, and one for all scenarios, where they were asked for."""
    if asked is None or should_stop():
        return {}
    from ipps_geo.planning.stages import on_sites, scenarios_linked, years_linked

    found: dict[str, Any] = {}
    if asked.years:
        found["years"] = years_linked(request, asked, plan, time_limit_s, should_stop)
    if asked.robust and not should_stop():
        linked = scenarios_linked(request, asked, plan, time_limit_s, should_stop)
        found["scenarios"] = linked
        stages = () if linked is None else linked.stages
        found["of_plan"] = [on_sites(stage, plan, REBUILD_S).objective for stage in stages]
    return found


def _front(
    plan: SitePlan,
    request: dict[str, Any],
    choices: Choices,
    time_limit_s: float,
    tell: Callable[[str, Any], None],
    should_stop: Stop,
) -> list[FrontPoint] | None:
    """The front of the plan and a second wish, None where none was asked for or the search was stopped."""
    if choices.second is None or should_stop():
        return None
    from ipps_geo.siting.choices.two_wishes import two_wishes

    asked = {name: value for name, value in request.items() if name not in ("reach", "needs", *_NOT_COMPACT)}
    return two_wishes(
        request["reach"], request["needs"], choices.second, plan=plan, points=choices.front_points,
        time_limit_s=time_limit_s, should_stop=should_stop,
        progress=lambda n, found: tell(f"front {n}", found), **asked,
    )  # fmt: skip


def _under_wishes(
    request: dict[str, Any], wishes: Wishes, time_limit_s: float, kept_s: float, progress: Report, should_stop: Stop
) -> Solved:
    """Plan under wishes, with the order of opening; what a closed site would add under them nobody examines."""
    from ipps_geo.siting.choices.frontier import opening_order
    from ipps_geo.siting.workstations.ruled import plan_under_wishes

    limits: dict[str, Any] = {"time_limit_s": time_limit_s - kept_s, "progress": progress, "should_stop": should_stop}
    ruled = plan_under_wishes(wishes=wishes, **limits, **request)
    if ruled.plan.status in ("infeasible", "no_solution"):
        return Solved(ruled.plan, ruled=ruled)
    asked = {name: value for name, value in request.items() if name not in ("reach", "needs", "gap", "seed")}
    order = opening_order(ruled.plan, request["reach"], request["needs"], time_limit_s=kept_s, **asked)
    return Solved(ruled.plan, order=order, ruled=ruled)


def _reasons(plan: SitePlan, request: dict[str, Any], time_limit_s: float, should_stop: Stop) -> dict[str, Any]:
    """The order of opening, what each station is missed for, and why the others stay closed, within the time."""
    from ipps_geo.siting.choices.closed_sites import explain_closed_sites
    from ipps_geo.siting.choices.exchanges import Exchanges
    from ipps_geo.siting.choices.explain import explain_open_sites, explain_uncovered
    from ipps_geo.siting.choices.frontier import opening_order
    from ipps_geo.siting.workstations.evaluator import Evaluator

    end = time.perf_counter() + time_limit_s
    asked = {name: value for name, value in request.items() if name not in ("reach", "needs", "gap", "seed")}
    reach, needs = request["reach"], request["needs"]
    evaluator = Evaluator(reach, needs, **asked)
    rule = {"min_roster": request["min_roster"], "need_share": request["need_share"]}
    there = {name: request[name] for name in ("existing_sites", "existing_rosters", "capacity") if name in request}
    uncovered = explain_uncovered(plan, reach, needs, **there, **rule)
    order = opening_order(
        plan, reach, needs, time_limit_s=0.3 * (end - time.perf_counter()), evaluator=evaluator, **asked
    )
    exchanges = Exchanges(evaluator, plan, end, should_stop)
    losses = pd.DataFrame(
        [(site, -change.value, -change.at_most) for site, change in exchanges.losses.items()],
        columns=["site", "removal_loss", "removal_loss_at_least"],
    )
    # an existing station does not close: it has no such loss
    opened = explain_open_sites(plan, reach, needs, **rule).merge(losses, how="left", on="site")
    closed = explain_closed_sites(
        plan,
        reach,
        needs,
        time_limit_s=end - time.perf_counter(),
        should_stop=should_stop,
        evaluator=evaluator,
        **asked,
    )
    return {"order": order, "opened": opened, "closed": closed, "uncovered": uncovered}


def _no_worse(plan: SitePlan, points: pd.DataFrame, request: Mapping[str, Any]) -> SitePlan:
    """The plan, or the one that the frontier found for as many stations where it serves more."""
    same = points[points["n_sites"] == request["n_sites"]]
    if same.empty or not same["objective"].iloc[0] > plan.objective + 1e-9 * abs(plan.objective):
        return plan
    point = same.iloc[0]
    return _plan_on(request, point["open_sites"], min(plan.bound, point["bound"]), plan.stop_reason, plan.history)


def _rebuilt(request: Mapping[str, Any], last: Any, reason: str) -> SitePlan:
    """Return the plan that a killed search had reported: its sites, rosters made anew, and its bound, still valid."""
    if not isinstance(last, Milestone) or not last.open_sites:
        raise Stopped("solve.stopped") if reason == "cancelled" else NotSolved("solve.no_plan_in_time")
    return _plan_on(request, last.open_sites, last.bound, reason, (last,))


def _plan_on(
    request: Mapping[str, Any], sites: Any, bound: float, reason: str, history: tuple[Milestone, ...]
) -> SitePlan:
    """Return the plan of these very sites, in the request's own objective, with a bound that a search has proven."""
    from ipps_geo.siting.workstations.model import plan_workstations

    opened = np.asarray(sites, dtype=np.int64)
    existing = np.asarray(request.get("existing_sites", ()), dtype=np.int64)
    others = np.setdiff1d(np.arange(request["reach"].n_sites), np.union1d(opened, existing))
    new = np.setdiff1d(opened, existing)
    again = dict(request) | {"required_sites": new, "forbidden_sites": others}
    fewest = request.get("objective") == "fewest_sites"
    if fewest:
        again |= {"objective": "covered", "n_sites": len(new)}
        del again["target"]
    plan = plan_workstations(**again, time_limit_s=REBUILD_S)
    if plan.status not in ("optimal", "feasible"):
        raise Stopped("solve.stopped") if reason == "cancelled" else NotSolved("solve.no_plan_in_time")
    objective = float(len(new)) if fewest else plan.objective
    distance = abs(bound - objective)
    return replace(
        plan,
        status="feasible" if distance > 0 else "optimal",
        stop_reason=reason if distance > 0 else "proven",
        objective=objective,
        bound=bound,
        gap=distance / max(1e-12, abs(objective)),
        history=(*history, *plan.history),
    )
