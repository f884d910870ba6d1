"""Two wishes at once: the most served for every level of a second wish, each point a plan with a bound of its own.

The epsilon-constraint method (Haimes, Lasdon and Wismer 1971): a point asks for ``wish >= level`` as a row of the whole
program, maximises what is served, then raises the wish as far as that number allows, so that no plan found is worse in
both. What no plan of a weaker level can exceed, none of a stronger one can: bounds fall along the front.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.reach import Reach
from ipps_geo.siting.search.groups import group_demand
from ipps_geo.siting.search.highs import Solved
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.compact import CompactProgram, Row, Wishes
from ipps_geo.siting.workstations.decay import Decay, decay_classes, entries

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

Wish = Literal["reach", "cost", "distance", "worst_unit"]
"""Enterprises within reach of a station; yearly cost; mean cost of travel; listed share of the worst unit."""

_SOLVED = ("optimal", "feasible")
#: Seconds that a point has at least, and the share of its time that raising the wish may take.
_LEAST_S, _RAISING = 0.5, 0.3
#: Where the mean cost is a wish: how far below that of the plan that serves most its levels go.
_NEAREST = 0.5
#: Bands of cost by which the search for sites tells pairs apart.
_BANDS = 6


@dataclass(frozen=True, eq=False)
class SecondWish:
    """The second wish and what it is counted by; only the fields of its own kind are read.

    Attributes
    ----------
    kind
        Which wish; cost and distance are better the smaller they are.
    people
        ``reach``: who is within reach of no station yet, against every site (existing ones reach nobody of them).
    costs
        ``cost``: yearly cost of each site.
    unit, listed, total
        ``worst_unit``: unit number of each demand row (-1: none), and how many each unit has on rosters already, and in
        all.
    """

    kind: Wish
    people: Reach | None = None
    costs: Floats | None = None
    unit: Longs | None = None
    listed: Longs | None = None
    total: Longs | None = None

    def of(self, plan: SitePlan, reach: Reach) -> float:
        """Return what a plan reaches of the wish, counted from its sites and assignment."""
        served = plan.assignment >= 0
        if self.kind == "reach" and self.people is not None:
            pairs = self.people.pairs[:, plan.open_sites]
            return float((np.diff(pairs.indptr) > 0).sum())
        if self.kind == "cost" and self.costs is not None:
            return math.fsum(self.costs[plan.open_sites].tolist())
        if self.kind == "distance":
            rows = np.flatnonzero(served)
            each = entries(reach.pairs, rows, plan.assignment[rows].astype(np.int64))
            return math.fsum(each.tolist()) / max(len(rows), 1)
        if self.unit is None or self.listed is None or self.total is None:
            raise ValueError("a wish without what it is counted by")
        here = served & (self.unit >= 0)
        more = np.bincount(self.unit[here], minlength=len(self.total))
        some = self.total > 0
        return float(((self.listed + more)[some] / self.total[some]).min(initial=1.0))

    @property
    def sign(self) -> int:
        """Return 1 where more is better, else -1."""
        return -1 if self.kind in ("cost", "distance") else 1


@dataclass(frozen=True, eq=False)
class FrontPoint:
    """A plan of the front, the level of the second wish that it was asked for, and what it reaches of that wish."""

    plan: SitePlan
    level: float
    wish: float


def two_wishes(
    reach: Reach,
    needs: ArrayLike,
    second: SecondWish,
    *,
    plan: SitePlan,
    points: int = 6,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    progress: Callable[[int, SitePlan], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    **request: Any,
) -> list[FrontPoint]:
    """Return the front from the plan that serves most to the one that goes furthest with the second wish.

    Parameters
    ----------
    reach, needs, request
        As given to ``plan_workstations``.
    plan
        The plan that serves most, of this very request: it and its bound are the first end.
    points
        How many points at most, both ends among them, at least 2; each level lies as far beyond what the point before
        it reaches as leaves even steps to the end.
    time_limit_s
        For all together; what one does not use is left for those after it.

    Returns
    -------
    list of FrontPoint
        Every one a lawful plan whose bound holds for all plans of its level; a level for which time brought no plan is
        left out.
    """
    watch = Watch(time_limit_s, None, None, should_stop)
    program = _Program(reach, np.asarray(needs), second, request, points)
    program.sites = plan.open_sites.astype(np.int64)
    first = program.raised(plan, watch, _RAISING * time_limit_s / points)
    found = [FrontPoint(first, second.of(first, reach), second.of(first, reach))]
    bound = plan.bound
    far = program.furthest(watch, found[0].wish, max(watch.left_s / points, _LEAST_S))
    if far is None:
        return found
    reached = found[0].wish
    for left in range(points - 1, 0, -1):
        if watch.over() or second.sign * (far - reached) <= 0:
            break
        level = reached + (far - reached) / left
        here = Watch(max(watch.left_s / left, _LEAST_S), None, None, should_stop)
        best = program.best(level, bound, here, gap)
        reached = level  # where time brings no plan, the next level is tried
        if best is None:
            continue
        bound = min(bound, best.bound)
        best = program.raised(best, here, max(here.left_s, _LEAST_S), level)
        reached = second.of(best, reach)
        found.append(FrontPoint(best, level, reached))
        if progress is not None:
            progress(len(found), best)
    return _undominated(found)


def _undominated(found: list[FrontPoint]) -> list[FrontPoint]:
    """The points that no later one, which goes further with the second wish, equals in what is served."""
    best, kept = -math.inf, []
    for point in reversed(found):
        if point.plan.objective > best + 1e-9 * abs(best if math.isfinite(best) else 0.0):
            kept.append(point)
            best = point.plan.objective
    return kept[::-1]


class _Program:
    """The whole program with the second wish as a row."""

    def __init__(
        self, reach: Reach, needs: NDArray[Any], second: SecondWish, request: dict[str, Any], points: int
    ) -> None:
        self.reach, self.second, self.points = reach, second, points
        self.sites = np.zeros(0, dtype=np.int64)
        cover = None
        if second.kind == "reach" and second.people is not None:
            cover = group_demand(second.people)
        unit = np.full(reach.n_demand, -1, dtype=np.int64) if second.unit is None else second.unit
        n_units = 0 if second.total is None else len(second.total)
        nobody = np.zeros(0, dtype=np.int64)
        wishes = Wishes(unit, np.zeros(n_units, np.int64), nobody.reshape(0, 2), np.full(reach.n_sites, -1), nobody)
        self.rough: CompactProgram | None = None
        measured = None
        if second.kind == "distance":
            # Rows of one class lie in the same bands of every site and cost at least what their bands begin with: a
            # bound, and sites on which the exact program, where every row is its own class, finds rosters at once.
            measured = (np.arange(reach.n_demand), reach.pairs)
            steps = reach.limit * np.arange(1, _BANDS + 1) / _BANDS
            classes, worth = decay_classes(reach, Decay(steps, 1 - np.arange(_BANDS) / _BANDS))
            worth.data = reach.limit * (1 - worth.data)
            self.rough = CompactProgram(reach, needs, wishes, request, None, (classes, worth))
        self.compact = CompactProgram(reach, needs, wishes, request, cover, measured)
        self.members = np.zeros(0) if cover is None else cover.size.astype(np.float64)

    def rows(self, level: float) -> list[Row]:
        """Rows that ask for a level of the second wish."""
        second, compact = self.second, self.compact
        if second.kind == "reach":
            return [(compact.reached(self.members), math.ceil(level - 1e-6), np.inf)]
        if second.kind == "cost" and second.costs is not None:
            return [(compact.spent(second.costs), -np.inf, level * (1 + 1e-12))]
        if second.kind == "distance":
            return [(compact.measured(level), -np.inf, 0.0)]
        if second.listed is None or second.total is None:
            raise ValueError("a wish without what it is counted by")
        least = np.ceil(level * second.total - 1e-6) - second.listed
        return [(compact.of_unit(int(u)), float(least[u]), np.inf) for u in np.flatnonzero(least > 0)]

    def best(self, level: float, bound: float, watch: Watch, gap: float) -> SitePlan | None:
        """Return the plan that serves most at a level, with a bound for all such plans; None where time had none."""
        rows, compact = self.rows(level), self.compact
        limits: dict[str, Any] = {"stop": watch.late, "whole": compact.whole}
        time_s = (1 - _RAISING) * watch.left_s
        if self.rough is None:
            found = compact.maximise(compact.served, rows, time_limit_s=time_s, **limits)
            return self._plan(found, bound, watch, gap, rows)
        nearer = (self.rough.measured(level), -np.inf, 0.0)
        rough = self.rough.maximise(self.rough.served, [nearer], time_limit_s=0.7 * time_s, **limits)
        tried = [self.sites]
        if rough.outcome in _SOLVED:
            bound = min(bound, rough.bound * compact.unit_worth)
            tried.append(self.rough.opened(rough))
        plans = []
        for sites in tried:
            found = compact.maximise(compact.served, rows, time_limit_s=max(0.15 * time_s, 2.0), on=sites, **limits)
            # The bound of some sites is none of all.
            plans.append(self._plan(replace(found, bound=np.inf), bound, watch, gap, rows))
        best = max((plan for plan in plans if plan is not None), key=lambda plan: plan.objective, default=None)
        if best is not None:
            self.sites = best.open_sites.astype(np.int64)
        return best

    def raised(self, plan: SitePlan, watch: Watch, time_limit_s: float, level: float | None = None) -> SitePlan:
        """Return a plan that serves as much and goes further with the second wish, or the one given."""
        compact, second = self.compact, self.second
        heads = plan.objective / compact.unit_worth
        rows: list[Row] = [(compact.served, heads - 1e-6 * max(1.0, heads), np.inf)]
        if second.kind == "reach":
            objective = compact.reached(self.members)
        elif second.kind == "cost" and second.costs is not None:
            objective = -compact.spent(second.costs)
        elif second.kind == "distance":
            objective = -compact.measured(0.0)
        else:
            return plan
        more = [] if level is None else self.rows(level)
        found = compact.maximise(
            objective, [*rows, *more], time_limit_s=max(time_limit_s, _LEAST_S), stop=watch.late,
            on=plan.open_sites if second.kind == "distance" else None,
        )  # fmt: skip
        better = self._plan(found, plan.bound, watch, 0.0, [*rows, *more])
        if better is None or better.objective < plan.objective - 1e-9 * abs(plan.objective):
            return plan
        further = second.sign * (second.of(better, self.reach) - second.of(plan, self.reach))
        return replace(plan, open_sites=better.open_sites, assignment=better.assignment) if further > 0 else plan

    def furthest(self, watch: Watch, start: float, time_limit_s: float) -> float | None:
        """Return how far a plan goes with the second wish; None where none was found to go further than ``start``."""
        compact, second = self.compact, self.second
        if second.kind == "cost":
            return start / self.points if start > 0 else None
        if second.kind == "distance":
            return _NEAREST * start
        here = Watch(time_limit_s, None, None, watch.late)
        if second.kind == "reach":
            found = compact.maximise(
                compact.reached(self.members), time_limit_s=time_limit_s, stop=here.late, whole=True
            )
            far = round(found.objective) if found.outcome in _SOLVED else start
            return far if far > start else None
        low, high = start, 1.0
        while high - low > 0.01 and not here.over():
            level = 0.5 * (low + high)
            found = compact.maximise(
                np.zeros(compact.width), self.rows(level), time_limit_s=max(0.3 * here.left_s, 0.2), stop=here.late
            )
            low, high = (level, high) if found.outcome in _SOLVED else (low, level)
        return low if low > start else None

    def _plan(self, found: Solved, bound: float, watch: Watch, gap: float, rows: Sequence[Row]) -> SitePlan | None:
        if found.outcome not in _SOLVED or found.objective <= 0:
            return None
        return self.compact.plan(found, watch, bound, gap, proven=True, rows=rows)
