"""Years in which a city opens more, and scenarios that may come: one plan for all, its price, and its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.siting import verify_plan
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.siting import SitePlan
    from ipps_geo.siting.choices.linked import Linked, Stage

GROWTH = 0.2
"""Share of enterprises that the scenario of growth doubles, drawn by the seed."""

REACH_FACTORS = (0.8, 1.2)
"""How much shorter and longer the reach of the scenarios is."""


def years_linked(
    request: dict[str, Any], parameters: PlanParameters, plan: SitePlan, time_limit_s: float, stop: Callable[[], bool]
) -> Linked | None:
    """Return the stations of each year, those of a year staying in every later one."""
    from ipps_geo.siting.choices.linked import Stage, linked_plan

    reach, needs, asked = _parts(request)
    stages = [
        Stage(str(year), reach, needs, asked | {"n_sites": n}) for year, n in enumerate(parameters.years, start=1)
    ]
    known = [plan if n == parameters.stations else None for n in parameters.years]
    return linked_plan(stages, nested=True, known=known, time_limit_s=time_limit_s, should_stop=stop)


def scenarios_linked(
    request: dict[str, Any], parameters: PlanParameters, plan: SitePlan, time_limit_s: float, stop: Callable[[], bool]
) -> Linked | None:
    """Return the stations that do best over all scenarios: on average, or in the worst of them."""
    from ipps_geo.siting.choices.linked import linked_plan

    if parameters.robust is None:
        return None
    return linked_plan(
        scenario_stages(request, parameters.seed), nested=False, aim=parameters.robust, known=[plan],
        time_limit_s=time_limit_s, should_stop=stop,
    )  # fmt: skip


def scenario_stages(request: dict[str, Any], seed: int) -> list[Stage]:
    """Return the scenarios: as it stands, reach shorter and longer, every open need a yes, every fifth doubled."""
    from ipps_geo.siting.choices.linked import Stage
    from ipps_geo.siting.choices.robustness import variations

    reach, needs, asked = _parts(request)
    usual = variations(
        reach, needs, min_roster=request["min_roster"], reach_factors=REACH_FACTORS, min_roster_steps=(), draws=0
    )
    stages = [Stage("unchanged", reach, needs, asked)]
    for each in usual:
        here = needs if each.needs is None else each.needs
        stages.append(Stage(each.name, reach if each.reach is None else each.reach, here, asked))
    doubled = np.flatnonzero(np.random.default_rng(seed).random(len(needs)) < GROWTH)
    rows = np.append(np.arange(len(needs)), doubled)
    grown = asked | ({"weights": np.asarray(asked["weights"])[rows]} if "weights" in asked else {})
    return [*stages, Stage(f"growth_x{1 + GROWTH:g}", reach.select(demand=rows), needs[rows], grown)]


def _parts(request: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    left_out = ("reach", "needs", "objective", "then_least_distance", "then_balanced", "gap", "seed", "start_sites")
    asked = {name: value for name, value in request.items() if name not in left_out}
    return request["reach"], np.asarray(request["needs"]), asked


def on_sites(stage: Stage, plan: SitePlan, time_limit_s: float) -> SitePlan:
    """Return what the stations of a plan can serve in a scenario; those that cannot hold a roster stay empty."""
    from ipps_geo.siting.choices.linked import settled

    return settled(stage, plan.open_sites.astype(np.int64), every=False, time_limit_s=time_limit_s)


def years_table(instance: SitingInstance, linked: Linked | None) -> pd.DataFrame | None:
    """Return one row per year; columns as in ``PlanResult.years``."""
    if linked is None:
        return None
    before: set[str] = set()
    rows = []
    for stage, plan, alone in zip(linked.stages, linked.plans, linked.alone, strict=True):
        names = _names(instance, plan)
        rows.append(
            {
                "year": int(stage.name),
                "n_sites": len(names),
                "objective": plan.objective,
                "alone": alone.objective,
                "alone_bound": alone.bound,
                "price": alone.objective - plan.objective,
                "added": ";".join(sorted(set(names) - before)),
            }
        )
        before = set(names)
    return pd.DataFrame(rows).assign(sum_bound=linked.bound, status="optimal" if linked.proven else "feasible")


def scenarios_table(
    instance: SitingInstance, linked: Linked | None, of_plan: list[float] | None
) -> pd.DataFrame | None:
    """Return one row per scenario; columns as in ``PlanResult.scenarios``."""
    if linked is None or of_plan is None:
        return None
    opened = {name for plan in linked.plans for name in _names(instance, plan)}
    rows = [
        {
            "scenario": stage.name,
            "objective": plan.objective,
            "of_plan": here,
            "alone": alone.objective,
            "alone_bound": alone.bound,
            "regret": alone.objective - plan.objective,
            "regret_of_plan": alone.objective - here,
        }
        for stage, plan, alone, here in zip(linked.stages, linked.plans, linked.alone, of_plan, strict=True)
    ]
    status = "optimal" if linked.proven else "feasible"
    return pd.DataFrame(rows).assign(robust_bound=linked.bound, status=status, open_sites=";".join(sorted(opened)))


def _names(instance: SitingInstance, plan: SitePlan) -> list[str]:
    return sorted(instance.site_names[plan.open_sites[plan.open_sites < len(instance.candidates)]])


def check_linked(linked: Linked | None, instance: SitingInstance, *, nested: bool) -> list[Violation]:
    """Return what is wrong with the plans of years or scenarios, each checked like a plan of its own stage.

    A year that does not keep the stations of the year before is wrong too.
    """
    if linked is None:
        return []
    found: list[Violation] = []
    before: set[str] = set()
    for stage, plan, alone in zip(linked.stages, linked.plans, linked.alone, strict=True):
        for each in (plan, alone):
            found += verify_plan(each, stage.reach, stage.needs, **stage.request, gap=0.0)
        if plan.objective > alone.bound + 1e-6 * max(1.0, abs(alone.bound)):
            found.append(Violation("bound_impossible", None, None, alone.bound, plan.objective))
        names = set(_names(instance, plan))
        if nested and before - names:
            lost = sorted(before - names)[0]
            found.append(Violation("station_given_up", lost, None, stage.name, None))
        before = names if nested else set()
    return found
