"""One policy program solved many times with small changes: demand is grouped once, known plans are starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.search.plan import SitePlan, Status, why_stopped
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.program import StationProgram, starting_set
from ipps_geo.siting.workstations.request import Infeasible, policy_request, scaled, weight_unit

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

#: A plan counts as proven when no other can be better by more than this share; with whole weights, by one.
DEFAULT_GAP = 1e-4


@dataclass(frozen=True, eq=False)
class OpenSet:
    """The best set of sites found under some conditions: site positions in the reach, ascending."""

    status: Status
    stop_reason: str
    objective: float
    bound: float
    open_sites: Ints
    seconds: float

    @property
    def gap(self) -> float:
        """``abs(bound - objective) / max(1e-12, abs(objective))``; infinite without a plan."""
        if math.isnan(self.objective):
            return math.inf
        return abs(self.bound - self.objective) / max(1e-12, abs(self.objective))


def as_open_set(plan: SitePlan) -> OpenSet:
    """A plan as the best set found under its own conditions."""
    return OpenSet(plan.status, plan.stop_reason, plan.objective, plan.bound, plan.open_sites, plan.seconds)


class RepeatedProgram:
    """The program behind one request, solved under other numbers of sites and with sites forced open or closed."""

    def __init__(
        self,
        reach: Reach,
        needs: ArrayLike,
        request: Mapping[str, Any],
        *,
        seed: int = 0,
        gap: float = DEFAULT_GAP,
    ) -> None:
        asked = policy_request(reach, needs, request)
        self.unit = weight_unit(asked.weights)
        self._request = replace(asked, weights=scaled(asked.weights, self.unit))
        self.everything = float(asked.weights.sum())
        self._seed, self._gap = seed, gap
        self.infeasible = Message("siting.infeasible.together")
        self.program: StationProgram | None = None
        try:
            self.program = self._request.program()
        except Infeasible as reason:
            self.infeasible = reason.why
        self._place = np.full(reach.n_sites, -1, dtype=np.int32)
        if self.program is not None:
            self._place[self.program.site_ids] = np.arange(self.program.n_sites, dtype=np.int32)

    @property
    def existing(self) -> NDArray[np.int64]:
        """Positions of the stations that are there already."""
        return np.flatnonzero(self._request.existing)

    def places(self, sites: ArrayLike) -> Ints:
        """Places in the program of site positions, without those that can never open."""
        found = self._place[np.asarray(sites, dtype=np.int64)]
        return np.sort(found[found >= 0]).astype(np.int32)

    def best(
        self,
        *,
        n_sites: int | None = None,
        required: Iterable[int] = (),
        forbidden: Iterable[int] = (),
        starts: Iterable[ArrayLike] = (),
        time_limit_s: float = math.inf,
        should_stop: Callable[[], bool] | None = None,
    ) -> OpenSet:
        """Best set with these sites open, those closed, and at most ``n_sites`` new ones; ``starts`` are known sets."""
        compile_kernels()  # before the clock runs: whoever does the work may be a process that has just begun
        watch = Watch(time_limit_s, should_stop=should_stop)
        program, reason = self._changed(n_sites, set(required), set(forbidden))
        if program is None:
            return self._none("infeasible", reason, watch)
        incumbent = Incumbent(program, watch, gap=self._gap)
        known = [starting_set(program, np.asarray(start, dtype=np.int64)) for start in starts]
        known = [sites for sites in known if len(sites)]
        for sites in known:
            incumbent.settle(sites)
        search = pipeline.solve(program, incumbent, watch, self._gap, self._seed)
        if incumbent.rosters is None:
            if search.bound == -np.inf:
                return self._none("infeasible", str(Message("siting.infeasible.together")), watch)
            return self._none("no_solution", watch.reason or "search_ended", watch)
        reason = why_stopped(incumbent.objective, max(search.bound, incumbent.objective), self._gap, watch.reason)
        return OpenSet(
            "optimal" if reason == "proven" else "feasible",
            reason,
            incumbent.objective * self.unit,
            max(search.bound, incumbent.objective) * self.unit,
            _opened(program, incumbent),
            watch.seconds,
        )

    def value(self, sites: ArrayLike, *, all_open: bool = False) -> float:
        """What a set of sites serves at best, exactly; with ``all_open`` every new one of them has to hold a roster."""
        if self.program is None:
            return math.nan
        program = self.program
        chosen = self.places(sites)
        if all_open:
            program = replace(program, required=_with(program.required, chosen[program.counted[chosen]]))
        incumbent = Incumbent(replace(program, n_max=program.n_sites), Watch())
        incumbent.settle(chosen)
        return incumbent.objective * self.unit if incumbent.rosters is not None else math.nan

    def fewest(self) -> int:
        """Number of new sites that the required sites and the minimum per unit ask for."""
        if self.program is None:
            return 0
        program = self.program
        forced = program.required & program.counted
        have = np.bincount(program.unit[forced | ~program.counted], minlength=len(program.unit_min))
        return int(forced.sum() + np.maximum(program.unit_min - have, 0).sum())

    def _changed(
        self, n_sites: int | None, required: set[int], forbidden: set[int]
    ) -> tuple[StationProgram | None, str]:
        program = self.program
        if program is None:
            return None, str(self.infeasible)
        if any(self._place[site] < 0 for site in required):
            return None, str(Message("siting.infeasible.required_rosters"))
        program = replace(program, required=_with(program.required, self.places(sorted(required))))
        if n_sites is not None:
            program = replace(program, n_max=min(n_sites, program.n_sites))
        if int((program.required & program.counted).sum()) > program.n_max:
            return None, str(Message("siting.infeasible.more_required"))
        if forbidden:
            keep = np.setdiff1d(np.arange(program.n_sites), self.places(sorted(forbidden)))
            if program.required[keep].sum() != program.required.sum():
                return None, str(Message("siting.infeasible.required_forbidden"))
            program = program.restricted(keep)
        per_unit = np.bincount(program.unit, minlength=len(program.unit_min))
        if (per_unit < program.unit_min).any():
            return None, str(Message("siting.infeasible.units_left"))
        return program, ""

    @staticmethod
    def _none(status: Status, reason: str, watch: Watch) -> OpenSet:
        return OpenSet(status, reason, math.nan, math.nan, np.zeros(0, dtype=np.int32), watch.seconds)


def _with(required: Bools, sites: Ints) -> Bools:
    mask = required.copy()
    mask[sites] = True
    return mask


def _opened(program: StationProgram, incumbent: Incumbent) -> Ints:
    """Sites of the incumbent that hold somebody, and those that units or the planner ask for."""
    rosters = incumbent.rosters
    if rosters is None:
        return np.zeros(0, dtype=np.int32)
    pair_members = np.bincount(rosters.seen.sites, weights=rosters.members, minlength=len(incumbent.sites))
    kept = rosters.open & ((pair_members > 0) | program.required[incumbent.sites] | bool(program.unit_min.any()))
    return np.sort(program.site_ids[incumbent.sites[kept]]).astype(np.int32)
