"""The k best plans that truly differ: the space around each plan found is split, and only the best part is searched.

After E. L. Lawler (1972), "A procedure for computing the k best solutions to discrete optimization problems": when
{a1, ..., ap} is the best plan of a part, every other plan of that part leaves out a first one of these sites. Part i
keeps a1 to a(i-1) and forbids ai; the parts are disjoint, and each is a policy program with some sites fixed. Where
several hands work, the next parts in the row are searched with the first: what is found in a part depends on it alone.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.executors import Crew
from ipps_geo.reach import Reach
from ipps_geo.siting.choices.repeated import OpenSet, RepeatedProgram, as_open_set
from ipps_geo.siting.search.plan import SitePlan, why_stopped
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.lagrangian import Dual, best_opening, improve_dual, starting_dual
from ipps_geo.siting.workstations.program import StationProgram, rounded_bound

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Part:
    """Plans that contain ``required`` and none of ``forbidden``; ``found`` is the best of them once searched.

    ``start`` are sites of the plan around which the part was made.
    """

    required: tuple[int, ...]
    forbidden: tuple[int, ...]
    start: tuple[int, ...] = ()
    found: OpenSet | None = None


def alternatives(
    reach: Reach,
    needs: ArrayLike,
    k: int,
    *,
    plan: SitePlan | None = None,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
    crew: Crew | None = None,
    **request: Any,
) -> pd.DataFrame:
    """Return the ``k`` best plans, each of which leaves out at least one station of every plan before it.

    Parameters
    ----------
    reach, needs, request
        As given to ``plan_workstations``.
    k
        How many plans, at least 1.
    plan
        The plan that the others stand beside, of this very request: it comes first.
    time_limit_s
        For all together. Plans found later than it allows are missing or come without proof, and say so.
    crew
        Who does the work, this process when not given; no plan depends on it.

    Returns
    -------
    DataFrame
        In the order of their bounds: ``rank`` from 1, ``status`` (``optimal``: proven to be the best plan but for those
        above it), ``objective``, ``bound`` on every plan not listed above, ``loss`` against the first, ``open_sites``,
        ``added`` and ``dropped`` against the first (tuples of positions). Fewer than ``k`` rows when no more plans
        exist or time ran out.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0]] * 5 + [[9000, 0]] * 3, [[0, 0], [9000, 0]], 3000)
    >>> alternatives(reach, [1] * 8, 3, n_sites=1, min_roster=2)[["objective", "open_sites"]].values.tolist()
    [[5.0, (0,)], [3.0, (1,)]]
    """
    if isinstance(k, bool) or k < 1:
        raise BadInput("siting.below_one", where="k", value=k)
    compile_kernels()  # no clock runs yet
    end = time.perf_counter() + time_limit_s
    repeated = RepeatedProgram(reach, needs, request, seed=seed, gap=gap)
    tree = _Parts(repeated, plan, crew or Crew(), should_stop)
    plans: list[tuple[OpenSet, float]] = []
    while len(plans) < k and tree.heap:
        bound, part = tree.pop()
        if part.found is None:
            left = end - time.perf_counter()
            if left <= 0 or (should_stop is not None and should_stop()):
                break
            tree.search(part, bound, left)
        else:
            plans.append((part.found, max(bound, tree.unknown)))
            tree.split(part, part.found, bound)
    return _table(plans)


class _Parts:
    """The parts of the space, best bound first; equal bounds in the order in which they were made."""

    def __init__(
        self, repeated: RepeatedProgram, plan: SitePlan | None, crew: Crew, should_stop: Callable[[], bool] | None
    ) -> None:
        self.repeated, self.crew, self.should_stop = repeated, crew, should_stop
        self.heap: list[tuple[float, int, _Part]] = []
        self.searched: dict[_Part, OpenSet] = {}
        #: Bound on the parts in which time brought no plan: there may be one, and it may be better than those found.
        self.unknown = -math.inf
        self._made = 0
        self._dual: tuple[StationProgram, Dual] | None = None
        if plan is not None and plan.status in ("optimal", "feasible"):
            self._push(plan.bound, _Part((), (), found=as_open_set(plan)))
        elif repeated.program is not None:
            self._push(math.inf, _Part((), ()))

    def pop(self) -> tuple[float, _Part]:
        bound, _, part = heapq.heappop(self.heap)
        return -bound, part

    def search(self, part: _Part, bound: float, time_limit_s: float) -> None:
        """Find the best plan of a part and put it back under its proven bound."""
        if part not in self.searched:
            row = [each for _, _, each in heapq.nsmallest(self.crew.size - 1, self.heap) if each.found is None]
            asked = [part, *(each for each in row if each not in self.searched)]
            shared = (self.repeated, time_limit_s)
            found = self.crew.share_out(_best_of, shared, asked, should_stop=self.should_stop)
            self.searched |= dict(zip(asked, found, strict=True))
        best = self.searched[part]
        if best.status in ("optimal", "feasible") and len(best.open_sites):
            self._push(min(bound, best.bound), replace(part, found=best))
        elif best.status == "no_solution":
            self.unknown = max(self.unknown, bound)

    def split(self, part: _Part, found: OpenSet, bound: float) -> None:
        """Put in the parts around a plan: those that keep some of its sites and leave out the next."""
        kept = list(part.required)
        # Whether an existing station takes in more makes no other plan: only new ones are left out in turn.
        new = np.setdiff1d(found.open_sites, self.repeated.existing)
        for site in (int(site) for site in new if site not in part.required):
            start = tuple(int(other) for other in found.open_sites if other != site)
            child = _Part(tuple(kept), (*part.forbidden, site), start)
            self._push(min(bound, self._bound(child)), child)
            kept.append(site)

    def _push(self, bound: float, part: _Part) -> None:
        # A searched part comes before an open one of the same bound: its plan cannot be beaten.
        self._made += 1
        heapq.heappush(self.heap, (-bound, self._made if part.found is None else -self._made, part))

    def _bound(self, part: _Part) -> float:
        """Bound of a part from one set of prices for the whole program: cheap, and enough to leave most parts alone."""
        if self._dual is None:
            self._dual = self._priced()
        program, dual = self._dual
        forced = program.required.copy()
        forced[self.repeated.places(part.required)] = True
        worth = np.array(dual.values)
        worth[self.repeated.places(part.forbidden)] = 0.0
        total = float(dual.price @ program.size) + best_opening(replace(program, required=forced), worth)[1]
        return rounded_bound(program, total) * self.repeated.unit

    def _priced(self) -> tuple[StationProgram, Dual]:
        program = self.repeated.program
        if program is None:
            raise BadInput("siting.no_plan", where="request", why=self.repeated.infeasible)
        return program, improve_dual(program, starting_dual(program), 0.0, Watch(), iterations=300)


def _best_of(shared: tuple[RepeatedProgram, float], part: _Part, stopped: Callable[[], bool]) -> OpenSet:
    """The best plan of a part, whoever searches it."""
    repeated, time_limit_s = shared
    return repeated.best(
        required=part.required, forbidden=part.forbidden, starts=[part.start], time_limit_s=time_limit_s,
        should_stop=stopped,
    )  # fmt: skip


def _table(plans: list[tuple[OpenSet, float]]) -> pd.DataFrame:
    records = []
    first = set(plans[0][0].open_sites.tolist()) if plans else set()
    for rank, (found, bound) in enumerate(plans, start=1):
        here = set(found.open_sites.tolist())
        proven = why_stopped(found.objective, max(bound, found.objective), 0.0, "") == "proven"
        records.append(
            {
                "rank": rank,
                "status": "optimal" if proven else "feasible",
                "objective": found.objective,
                "bound": max(bound, found.objective),
                "loss": plans[0][0].objective - found.objective,
                "open_sites": tuple(sorted(here)),
                "added": tuple(sorted(here - first)),
                "dropped": tuple(sorted(first - here)),
            }
        )
    columns = ["rank", "status", "objective", "bound", "loss", "open_sites", "added", "dropped"]
    return pd.DataFrame(records, columns=columns)
