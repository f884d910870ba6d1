"""How much each further station brings: the frontier over their number, and the order in which to open a plan."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ipps_geo.errors import BadInput
from ipps_geo.executors import Crew, time_share
from ipps_geo.reach import Reach
from ipps_geo.siting.choices.repeated import DEFAULT_GAP, OpenSet, RepeatedProgram, as_open_set
from ipps_geo.siting.search.plan import SitePlan, why_stopped
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.evaluator import Evaluator


def frontier(
    reach: Reach,
    needs: ArrayLike,
    up_to: int,
    *,
    plan: SitePlan | None = None,
    time_limit_s: float = 60.0,
    gap: float = DEFAULT_GAP,
    seed: int = 0,
    progress: Callable[[int, OpenSet], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    crew: Crew | None = None,
    **request: Any,
) -> pd.DataFrame:
    """Return the best plan for every number of new stations from 1 to ``up_to``.

    The demand is grouped once, each number is a task of its own, a plan of fewer stations is one of more, and a bound
    for more stations holds for fewer: objectives never fall and bounds never rise against the number.

    Parameters
    ----------
    reach, needs, request
        As given to ``plan_workstations``; ``n_sites`` is what varies.
    up_to
        Largest number of new stations, at least 1.
    plan
        The plan that the frontier stands beside, of this very request: a point of as many stations is no worse, and
        its bound holds for every number up to the one that it was asked for.
    time_limit_s
        For all numbers together; what one does not use is left for those after it.
    progress, should_stop
        Called when a number is done; asked while searching whether to stop.
    crew
        Who does the work, this process when not given; no point depends on it.

    Returns
    -------
    DataFrame
        ``n_sites``, ``status``, ``stop_reason``, ``objective``, ``bound``, ``gap``, ``gain`` over one station fewer
        (missing where either has no plan), ``open_sites``, ``added`` and ``dropped`` against one station fewer (tuples
        of positions), ``seconds``.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0]] * 5 + [[9000, 0]] * 3, [[0, 0], [9000, 0]], 3000)
    >>> table = frontier(reach, [1] * 8, 3, min_roster=2)
    >>> table[["n_sites", "objective", "gain"]].values.tolist()
    [[1.0, 5.0, 5.0], [2.0, 8.0, 3.0], [3.0, 8.0, 0.0]]
    """
    if isinstance(up_to, bool) or up_to < 1:
        raise BadInput("siting.below_one", where="up_to", value=up_to)
    compile_kernels()  # no clock runs yet
    end = time.time() + time_limit_s
    crew = crew or Crew()
    asked_for = request.get("n_sites")
    request = {name: value for name, value in request.items() if name != "n_sites"}
    repeated = RepeatedProgram(reach, needs, request | {"n_sites": None}, seed=seed, gap=gap)
    # What the stations that are there take in without a new one is no gain of the first.
    alone = repeated.value(repeated.existing) if len(repeated.existing) else 0.0
    known = None if plan is None or plan.status not in ("optimal", "feasible") else as_open_set(plan)
    needed = 0 if known is None else len(np.setdiff1d(known.open_sites, repeated.existing))
    ground = _Ground(repeated, known, needed, time_limit_s, end, up_to, crew.size)
    numbers = range(1, up_to + 1)
    heard = None if progress is None else lambda place, point: progress(place + 1, point)
    found = crew.share_out(_point, ground, numbers, heard=heard, should_stop=should_stop)
    points: list[OpenSet] = []
    for n, point in zip(numbers, found, strict=True):
        at_hand = points[-1:] + ([known] if known is not None and n >= needed else [])
        at_hand = [each for each in at_hand if each.status in ("optimal", "feasible")]
        point = no_worse(point, at_hand, repeated.everything)
        if known is not None and n == asked_for and point.status in ("optimal", "feasible"):
            point = replace(point, bound=max(min(point.bound, known.bound), point.objective))
        points.append(point)
    return points_table(points, gap, 0.0 if math.isnan(alone) else alone)


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the points share: the program, the plan that is known and the stations it needs, and the time for all."""

    repeated: RepeatedProgram
    known: OpenSet | None
    needed: int
    seconds: float
    end: float
    points: int
    hands: int


def _point(ground: _Ground, n: int, stopped: Callable[[], bool]) -> OpenSet:
    """The best set of ``n`` new sites."""
    fewest = ground.repeated.fewest()
    if n < fewest:
        reason = f"n_sites: {fewest} needed for required sites and units, {n} allowed"
        return OpenSet("infeasible", reason, math.nan, math.nan, np.zeros(0, dtype=np.int32), 0.0)
    starts = [ground.known.open_sites] if ground.known is not None and n >= ground.needed else []
    limit = time_share(ground.seconds, ground.end, n - 1, ground.points, ground.hands)
    return ground.repeated.best(n_sites=n, starts=starts, time_limit_s=limit + 1e-3, should_stop=stopped)


def no_worse(point: OpenSet, at_hand: list[OpenSet], everything: float) -> OpenSet:
    """Return the point, or a set at hand that serves more: what fewer stations can do, more can do too.

    ``everything`` bounds a point of which no bound is known.
    """
    best = max(at_hand, key=lambda found: found.objective, default=None)
    if best is None or point.status == "infeasible" or best.objective <= point.objective:
        return point
    bound = everything if math.isnan(point.bound) else point.bound
    reason = "time_limit" if point.stop_reason == "proven" else point.stop_reason
    return OpenSet("feasible", reason, best.objective, max(bound, best.objective), best.open_sites, point.seconds)


def points_table(points: list[OpenSet], gap: float, alone: float = 0.0) -> pd.DataFrame:
    """Return the best sets of 1, 2, 3 ... new stations as :func:`frontier` does; ``alone``: served without any."""
    bounds = np.array([np.inf if math.isnan(p.bound) else p.bound for p in points])
    bounds = np.minimum.accumulate(bounds[::-1])[::-1]
    records = []
    before: OpenSet | None = None
    for n, (point, bound) in enumerate(zip(points, bounds.tolist(), strict=True), start=1):
        solved = point.status in ("optimal", "feasible")
        distance = abs(bound - point.objective) if solved else math.inf
        reason = why_stopped(point.objective, bound, gap, point.stop_reason) if solved else point.stop_reason
        proven = solved and reason == "proven"
        now, then = set(point.open_sites.tolist()), set(before.open_sites.tolist()) if before else set()
        base = alone if n == 1 else before.objective if before else math.nan
        records.append(
            {
                "n_sites": n,
                "status": "optimal" if proven else "feasible" if solved else point.status,
                "stop_reason": reason,
                "objective": point.objective,
                "bound": bound if solved else math.nan,
                "gap": distance / max(1e-12, abs(point.objective)) if solved else math.inf,
                "gain": point.objective - base,
                "open_sites": tuple(sorted(now)),
                "added": tuple(sorted(now - then)),
                "dropped": tuple(sorted(then - now)),
                "seconds": point.seconds,
            }
        )
        before = point if solved else None
    return pd.DataFrame(records)


def opening_order(
    plan: SitePlan,
    reach: Reach,
    needs: ArrayLike,
    *,
    time_limit_s: float = math.inf,
    evaluator: Evaluator | None = None,
    **request: Any,
) -> pd.DataFrame:
    """Return the order in which to open a plan's new stations so that each step serves as many as it can.

    Each next station is the one whose opening brings most beside those opened before it (ties: the lowest position);
    rosters are made anew at every step, so every step satisfies the Measure on its own. Existing stations take part
    from the start. When time is up, the rest follow by the size of their rosters in the plan.

    Returns
    -------
    DataFrame
        ``rank`` from 1, ``site``, ``served`` by the first ``rank`` stations together (exact; missing where they cannot
        all hold yet, or where time was too short), ``gain`` over the rank before.
    """
    evaluator = evaluator or Evaluator(reach, needs, **request)  # kernels are compiled: no clock runs yet
    end = time.perf_counter() + time_limit_s
    remaining = [int(site) for site in plan.open_sites if not evaluator.asked.existing[site]]
    if (evaluator.place[remaining] < 0).any():
        raise BadInput("siting.station_without_roster", where="plan")
    sizes = np.bincount(plan.assignment[plan.assignment >= 0], minlength=reach.n_sites)
    opened: list[int] = []
    served = [_served(evaluator, opened, end)]
    while remaining:
        if time.perf_counter() < end:
            reached = [evaluator.at_most([*opened, site]) for site in remaining]
        else:
            reached = [float(sizes[site]) for site in remaining]
        # Equal but for rounding: the lowest position, so that the order does not hang on the last bit.
        best = next(k for k, value in enumerate(reached) if value >= max(reached) - 1e-6)
        opened.append(remaining.pop(best))
        served.append(_served(evaluator, opened, end))
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(opened) + 1),
            "site": np.array(opened, dtype=np.int64),
            "served": served[1:],
            "gain": np.diff(served),
        }
    )


def _served(evaluator: Evaluator, opened: list[int], end: float) -> float:
    found = evaluator(np.array(opened, np.int64), time_limit_s=end - time.perf_counter())
    return found.served if found.holds and found.exact else math.nan
