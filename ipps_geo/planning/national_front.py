"""How much each further station brings over partitions: the front over their number, from the program that is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.planning.choices import frontier_table
from ipps_geo.siting.choices.frontier import no_worse, points_table
from ipps_geo.siting.choices.repeated import OpenSet
from ipps_geo.siting.workstations.split import SplitPlan, front_of_components, plan_whole

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.planning.handing import Work
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.siting.workstations.components import Point
    from ipps_geo.siting.workstations.program import StationProgram

Search = Callable[[tuple["StationProgram", float, float, int]], tuple["Point", str]]


def front_over_partitions(
    instance: SitingInstance,
    program: StationProgram,
    split: SplitPlan,
    parameters: PlanParameters,
    work: Work,
    search: Search | None,
    unit: float,
) -> pd.DataFrame | None:
    """Return the best plan for every number of stations up to ``parameters.frontier``, None where none is asked for.

    Parameters
    ----------
    split
        The plan beside which the front stands: a point of as many stations is no worse.
    search
        Searches a whole program; None where it is solved by its components.
    unit
        What one of the program's weights is worth.

    Returns
    -------
    DataFrame
        As ``PlanResult.frontier``. The time limit counts for all points together.
    """
    up_to = parameters.frontier
    if not up_to:
        return None
    end = time.perf_counter() + parameters.time_limit_s
    gap, seed = parameters.gap, parameters.seed
    numbers = range(1, up_to + 1)
    if search is None:
        plans: Sequence[SplitPlan] = front_of_components(
            program, work.hand, up_to, gap=gap, seed=seed, over=lambda: time.perf_counter() > end
        )
    else:
        each_s = parameters.time_limit_s / up_to
        tasks = [(replace(program, n_max=min(n, program.n_sites)), each_s, gap, seed) for n in numbers]
        found = work.hand(search, tasks, "frontier")
        plans = [plan_whole(task[0], point, why, gap) for task, (point, why) in zip(tasks, found, strict=True)]
    points: list[OpenSet] = []
    everything = float(program.size @ program.value) * unit
    for n, plan in zip(numbers, plans, strict=True):
        known = [each for each in points[-1:] if each.status in ("optimal", "feasible")]
        known += [_point(program, split, unit)] if n >= len(split.open_sites) else []
        points.append(no_worse(_point(program, plan, unit), known, everything))
    return frontier_table(instance, points_table(points, gap))


def _point(program: StationProgram, plan: SplitPlan, unit: float) -> OpenSet:
    """Return a plan as a set of sites, in the weights of the enterprises; what is not known of it is nan."""
    value = plan.objective * unit if plan.status in ("optimal", "feasible") else np.nan
    bound = plan.bound * unit if plan.status != "infeasible" and np.isfinite(plan.bound) else np.nan
    sites: Any = program.site_ids[plan.open_sites].astype(np.int32)
    return OpenSet(plan.status, plan.stop_reason, value, bound, sites, 0.0)
