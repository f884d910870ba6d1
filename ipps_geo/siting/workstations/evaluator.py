"""The same model for a set of sites that somebody chose: demand is grouped once, each set then takes milliseconds.

A set is settled part by part, and parts are remembered: one site more or less asks only for the part that it touches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import real_number, site_positions, whole_number
from ipps_geo.siting.violations import Violation
from ipps_geo.siting.workstations.assignment import Rosters, joined, settle_part
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.evaluation import Evaluation, Setting
from ipps_geo.siting.workstations.incumbent import SetValues
from ipps_geo.siting.workstations.open_groups import OpenGroups, see
from ipps_geo.siting.workstations.parts import Settled, parts_of, seen_by
from ipps_geo.siting.workstations.program import StationProgram, rounded_bound
from ipps_geo.siting.workstations.request import StationRequest, policy_request, scaled, weight_unit
from ipps_geo.siting.workstations.worst_rosters import worst_first

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Parts kept; the oldest go first.
_REMEMBERED = 20_000


def evaluate(
    reach: Reach, needs: ArrayLike, open_sites: ArrayLike, *, time_limit_s: float = math.inf, **request: Any
) -> Evaluation:
    """Return what exactly these stations can do together: rosters, margins, verdicts, and what the set breaks.

    Parameters
    ----------
    reach, needs, request
        As given to :func:`~ipps_geo.siting.plan_workstations`; what only steers a search is ignored. Number, budget,
        minimum per unit, required and forbidden sites do not bind the rosters: what the set breaks of them is told.
    open_sites
        Positions of the new stations. Existing ones take part in any case, unless they are forbidden.
    time_limit_s
        When it ends before the rosters are proven to be the best, ``bound`` says what they could be at most.

    Returns
    -------
    Evaluation
        Every station of the set is given a lawful roster if that is possible at all (``holds``); then the objective is
        that of ``plan_workstations`` with these sites required and all others forbidden.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0]] * 5 + [[9000, 0]] * 3, [[0, 0], [9000, 0]], 3000)
    >>> found = evaluate(reach, [1] * 8, [0, 1], min_roster=4)
    >>> found.holds, found.objective, found.stations["verdict"].tolist()
    (False, 5.0, ['holds', 'cannot_reach_minimum'])
    """
    return Evaluator(reach, needs, **request)(open_sites, time_limit_s=time_limit_s)


@dataclass(frozen=True, eq=False)
class _Found:
    """Rosters of a set, whether every station has one, and the worst unit's share where that is the objective."""

    rosters: Rosters
    holds: bool | None
    worst: float = math.nan
    worst_at_most: float = math.nan

    @property
    def exact(self) -> bool:
        """Whether the objective is proven; with the worst unit the weight served may stay open."""
        known = self.worst_at_most <= self.worst + 1e-12
        return self.rosters.outcome == "optimal" if math.isnan(self.worst) else known


class Evaluator:
    """Evaluates sets of sites of one request; see :func:`evaluate`.

    >>> reach = Reach.from_points([[0, 0]] * 5 + [[9000, 0]] * 3, [[0, 0], [9000, 0]], 3000)
    >>> one = Evaluator(reach, [1] * 8, min_roster=2)([0])
    >>> one.objective, one.opened(1).objective, one.swapped(0, 1).objective
    (5.0, 8.0, 3.0)
    """

    def __init__(self, reach: Reach, needs: ArrayLike, **request: Any) -> None:
        compile_kernels()
        self.asked: StationRequest = policy_request(reach, needs, request)
        self.objective, self.target = _objective(request)
        self.unit = weight_unit(self.asked.weights)
        asked = self.asked
        free = replace(
            asked,
            weights=scaled(asked.weights, self.unit),
            n_sites=None,
            budget=np.inf,
            required=np.zeros_like(asked.required),
            forbidden=asked.forbidden & asked.existing,
            unit_min=np.zeros_like(asked.unit_min),
            demand_unit=asked.demand_unit if self.objective == "worst_unit" else np.zeros_like(asked.demand_unit),
            demand_unit_names=asked.demand_unit_names if self.objective == "worst_unit" else [None],
        )
        threads = whole_number(request.get("threads", 1), "threads", 1)
        self.program = free.program(threads)
        self.place = np.full(reach.n_sites, -1, np.int32)
        self.place[self.program.site_ids] = np.arange(self.program.n_sites, dtype=np.int32)
        self.setting = Setting(asked, self.program, self.place)
        must = (self.program.counted | asked.required[self.program.site_ids]).astype(bool)
        self._forced = self.program.requiring(must)
        self._parts: dict[tuple[bool, bytes], Settled] = {}
        self._whole: dict[bytes, _Found] = {}

    def __call__(
        self,
        open_sites: ArrayLike,
        *,
        time_limit_s: float = math.inf,
        should_stop: Callable[[], bool] | None = None,
    ) -> Evaluation:
        """Evaluate one set of new stations, by position."""
        started = time.perf_counter()
        chosen = site_positions(open_sites, self.asked.reach.n_sites, "open_sites")
        places = self.places(chosen)
        found = self._settle(places, started + time_limit_s, should_stop)
        rosters = found.rosters
        new = chosen[~self.asked.existing[chosen]]
        must = np.union1d(new, np.flatnonzero(self.asked.required & self.asked.existing))
        holds = found.holds if bool((self.place[must] >= 0).all()) else False
        served, served_at_most = rosters.objective * self.unit, rosters.bound * self.unit
        objective, bound = served, served_at_most
        if self.objective == "fewest_sites":
            objective = bound = float(len(new))
        elif self.objective == "worst_unit":
            objective, bound = found.worst, found.worst_at_most
        return Evaluation(
            setting=self.setting,
            again=self,
            open_sites=chosen.astype(np.int32),
            holds=holds,
            exact=found.exact,
            objective=objective,
            bound=max(objective, bound),
            served=served,
            served_at_most=max(served, served_at_most),
            worst_share=found.worst,
            violations=tuple(self.broken(chosen, served)),
            seconds=time.perf_counter() - started,
            places=places,
            rosters=rosters,
        )

    def places(self, sites: ArrayLike) -> Ints:
        """Places in the program of new stations and of the existing ones, without those that can never hold."""
        taking_part = np.union1d(np.asarray(sites, np.int64), np.flatnonzero(self.asked.existing))
        found = self.place[taking_part]
        return np.sort(found[found >= 0]).astype(np.int32)

    def at_most(self, sites: ArrayLike) -> float:
        """What a set can serve at most, without whole numbers and roster minimum: quick, and never too little."""
        places = self.places(sites)
        if len(places) == 0:
            return 0.0
        value = max(float(self._values(places)[0]), 0.0)
        return rounded_bound(self.program, value) * self.unit

    @cached_property
    def _values(self) -> SetValues:
        # An existing station below its share may stay as it is: the ceiling must not count it as bound to open.
        return SetValues(replace(self.program, slack=np.maximum(self.program.slack, 0)))

    # ------------------------------------------------------------------ rosters
    def _settle(self, places: Ints, end: float, stop: Callable[[], bool] | None) -> _Found:
        if len(places) == 0:
            nobody = Rosters("optimal", 0.0, 0.0, np.zeros(0, bool), see(self.program, places), np.zeros(0, np.int64))
            return _Found(nobody, holds=True, worst=0.0, worst_at_most=0.0)
        if self.objective == "worst_unit":
            key = places.tobytes()
            if key not in self._whole:
                found = self._settle_worst(places, end, stop)
                if not found.exact:
                    return found
                self._whole[key] = found
            return self._whole[key]
        seen = see(self.program, places)
        parts = parts_of(seen, len(places))
        settled, outcomes = [], set()
        for part in parts:
            inside = seen_by(seen, part)
            here = self._part(self._forced, places[part.places], inside, end, stop)
            outcomes.add(here.outcome)
            if here.outcome in ("infeasible", "unknown"):
                here = self._part(self.program, places[part.places], inside, end, stop)
            settled.append(here)
        return _Found(joined(seen, len(places), parts, settled), _holds(outcomes))

    def _part(
        self, program: StationProgram, sites: Ints, seen: OpenGroups, end: float, stop: Callable[[], bool] | None
    ) -> Settled:
        key = (program is self._forced, sites.tobytes())
        if key in self._parts:
            return self._parts[key]
        left = max(0.02, end - time.perf_counter())
        found = settle_part(program, sites, seen, time_limit_s=left, stop=stop, relative_gap=0.0)
        if found.outcome in ("optimal", "infeasible"):
            self._parts[key] = found
            if len(self._parts) > _REMEMBERED:
                del self._parts[next(iter(self._parts))]
        return found

    def _settle_worst(self, places: Ints, end: float, stop: Callable[[], bool] | None) -> _Found:
        """The worst unit couples all parts: one program for the whole set."""
        program = self.program
        totals = self.totals
        seen = see(program, places)
        unit = seen.label % len(totals)
        reached = np.bincount(unit, weights=seen.members * seen.value, minlength=len(totals))
        units = np.flatnonzero((totals > 0) & (reached > 0))
        if len(units) == 0:
            return _Found(self._plain(places, end, stop), holds=True, worst=0.0, worst_at_most=0.0)
        left = max(0.02, end - time.perf_counter())
        found = worst_first(self._forced, places, totals, units, time_limit_s=left, stop=stop)
        holds = _holds({found.rosters.outcome})
        if found.rosters.outcome in ("infeasible", "unknown"):
            left = max(0.02, end - time.perf_counter())
            found = worst_first(program, places, totals, units, time_limit_s=left, stop=stop)
        if len(units) < np.count_nonzero(totals > 0):  # nobody of some unit is within reach
            return _Found(found.rosters, holds, 0.0, 0.0)
        return _Found(found.rosters, holds, max(found.worst, 0.0), found.worst_at_most)

    def _plain(self, places: Ints, end: float, stop: Callable[[], bool] | None) -> Rosters:
        seen = see(self.program, places)
        here = self._part(self.program, places, seen, end, stop)
        return Rosters(here.outcome, here.objective, here.bound, here.open, seen, here.members)

    @cached_property
    def totals(self) -> Floats:
        """Weight of all demand of each demand unit, within reach or not."""
        totals = np.zeros(len(self.asked.demand_unit_names))
        np.add.at(totals, self.asked.demand_unit, scaled(self.asked.weights, self.unit))
        return totals

    # ------------------------------------------------------------------ network
    def broken(self, chosen: Longs, served: float) -> list[Violation]:
        """What a set of new stations breaks of number, budget, units, required and forbidden sites, and the target."""
        asked = self.asked
        opened = np.zeros(asked.reach.n_sites, bool)
        opened[chosen] = True
        new = opened & ~asked.existing
        found = []
        if asked.n_sites is not None and new.sum() > asked.n_sites:
            found.append(Violation("too_many_sites", None, None, int(new.sum()), asked.n_sites))
        spent = math.fsum(asked.site_costs[new].tolist())
        if spent > asked.budget * (1 + 1e-9):
            found.append(Violation("over_budget", None, None, spent, float(asked.budget)))
        missing = np.flatnonzero(asked.required & ~opened & ~asked.existing).tolist()
        found += [Violation("required_site_closed", site, None, "closed", "open") for site in missing]
        barred = np.flatnonzero(asked.forbidden & new).tolist()
        found += [Violation("forbidden_site_open", site, None, "open", "closed") for site in barred]
        have = np.bincount(asked.site_unit[new | asked.existing], minlength=len(asked.unit_min))
        for unit in np.flatnonzero(have < asked.unit_min):
            measured = f"{asked.unit_names[unit]}: {int(have[unit])}"
            found.append(Violation("unit_short_of_sites", None, None, measured, int(asked.unit_min[unit])))
        if self.objective == "fewest_sites" and served < self.target - 1e-6 * max(1.0, self.target):
            found.append(Violation("target_missed", None, None, served, self.target))
        return found

    def allows(self, chosen: ArrayLike) -> bool:
        """True when number, budget, units, required and forbidden sites allow the set."""
        return not self.broken(np.asarray(chosen, np.int64), math.inf)


def _holds(outcomes: Collection[str]) -> bool | None:
    """Whether every station has a roster; None where time was too short to say."""
    if "infeasible" in outcomes:
        return False
    return None if "unknown" in outcomes else True


def _objective(request: dict[str, Any]) -> tuple[str, float]:
    objective = request.get("objective", "covered")
    if objective not in ("covered", "fewest_sites", "worst_unit"):
        raise BadInput("siting.unknown_objective", where="objective", objective=objective)
    target = request.get("target")
    return objective, 0.0 if target is None else real_number(target, "target")
