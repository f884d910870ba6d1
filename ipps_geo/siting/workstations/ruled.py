"""Plans under a city's own wishes: least spacing, most stations in a unit, a least number served in every unit.

These couple stations that share nobody, which the search by prices does not know. It runs first, without them: what it
cannot exceed nobody can, and where its plan keeps to the wishes it is the answer. Otherwise the program of all groups
and sites goes to HiGHS with the wishes as rows::

    y_i + y_j <= 1                     sites i and j closer than the spacing
    sum of new y_j in unit u <= most_u
    sum of x_gj over groups g of unit u + s_u >= least_u,   0 <= s_u <= least_u

in two steps: the sum of the shortfalls s first, then, with that sum kept, the weight served. A least number that cannot
be met is therefore met as far as it can be, and the plan says by how much it is short.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.reach import Reach
from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.search.plan import Milestone, SitePlan
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.assignment import (
    RosterModel,
    Rosters,
    assigned_rows,
    roster_model,
    whole_rosters,
)
from ipps_geo.siting.workstations.model import plan_workstations
from ipps_geo.siting.workstations.open_groups import see
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import policy_request, scaled, weight_unit

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Shares of the time limit: for the search without the wishes, and of the rest for the shortfall.
_RELAXED, _SHORTFALL = 0.35, 0.5
#: Seconds beyond the time limit to fill the stations of the least shortfall, where no better ones were found in time.
_FILL_S = 5.0


@dataclass(frozen=True, eq=False)
class Wishes:
    """What a city asks beyond the policy model; empty arrays ask for nothing.

    Attributes
    ----------
    demand_unit
        Number of the unit of each demand row, -1 for none, shape (n_demand,).
    unit_least
        Least number of members to serve in each unit, int64.
    apart
        Pairs of site positions of which at most one opens, shape (k, 2).
    site_unit, unit_most
        Number of the unit of each site (-1: none), and the most new stations in each.
    """

    demand_unit: Longs
    unit_least: Longs
    apart: Longs
    site_unit: Longs
    unit_most: Longs

    def served(self, assignment: NDArray[np.int32]) -> Longs:
        """Members served in each unit."""
        rows = (assignment >= 0) & (self.demand_unit >= 0)
        return np.bincount(self.demand_unit[rows], minlength=len(self.unit_least)).astype(np.int64)

    def short(self, assignment: NDArray[np.int32]) -> Longs:
        """How many each unit is short of its least."""
        return np.maximum(self.unit_least - self.served(assignment), 0)

    def allow(self, new: Any) -> bool:
        """True when these new stations keep to spacing and units, whomever they serve."""
        opened = np.zeros(len(self.site_unit), dtype=bool)
        opened[new] = True
        if len(self.apart) and (opened[self.apart[:, 0]] & opened[self.apart[:, 1]]).any():
            return False
        units = self.site_unit[opened]
        return bool((np.bincount(units[units >= 0], minlength=len(self.unit_most)) <= self.unit_most).all())


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
        reach, needs, **request, gap=gap, time_limit_s=_RELAXED * time_limit_s, progress=told, should_stop=should_stop
    )
    existing = np.asarray(request.get("existing_sites", ()), dtype=np.int64)
    if relaxed.status == "infeasible":
        return RuledPlan(relaxed, wishes.unit_least, least_shortfall=False)
    if relaxed.status != "no_solution":
        short = wishes.short(relaxed.assignment)
        if not short.any() and wishes.allow(np.setdiff1d(relaxed.open_sites, existing)):
            return RuledPlan(relaxed, short, least_shortfall=True)
    compact = _Compact(reach, needs, wishes, request)
    limit = relaxed.bound if math.isfinite(relaxed.bound) else math.inf
    fewest, first = 0.0, None
    least = True
    if wishes.unit_least.any():
        first = compact.maximise(shortfall=True, time_limit_s=_SHORTFALL * watch.left_s, stop=watch.late)
        if first.outcome not in ("optimal", "feasible"):
            return RuledPlan(_none(reach, first, watch), wishes.unit_least, least_shortfall=False)
        fewest = float(round(-first.objective))
        least = first.outcome == "optimal" or -first.bound > fewest - 1 + 1e-6
        watch.tell(math.nan, limit, "shortfall")
    found = compact.maximise(shortfall=False, time_limit_s=max(watch.left_s, 0.5), most_short=fewest, stop=watch.late)
    if found.outcome not in ("optimal", "feasible"):
        if first is None:
            return RuledPlan(_none(reach, found, watch), wishes.unit_least, least_shortfall=False)
        # No better stations in time: on those of the least shortfall, serve as many as they can.
        fuller = compact.maximise(
            shortfall=False, time_limit_s=_FILL_S, most_short=fewest, stop=lambda: watch.reason == "cancelled",
            on=first,
        )  # fmt: skip
        kept = fuller if fuller.outcome in ("optimal", "feasible") else first
        found = replace(kept, outcome="feasible", bound=math.inf)
    plan = compact.plan(found, watch, limit, gap, proven=least)
    short = wishes.short(plan.assignment)
    return RuledPlan(plan, short, least_shortfall=least and int(short.sum()) <= fewest)


def _none(reach: Reach, solved: Solved, watch: Watch) -> SitePlan:
    infeasible = solved.outcome == "infeasible"
    nobody = np.full(reach.n_demand, -1, np.int32)
    return SitePlan(
        "infeasible" if infeasible else "no_solution", "wishes" if infeasible else watch.reason or "time_limit",
        math.nan, math.nan, math.inf, np.zeros(0, np.int32), nobody, watch.seconds, tuple(watch.history),
    )  # fmt: skip


class _Compact:
    """The whole program with the wishes as rows: columns x, t, q, y of every site, then s of every unit."""

    def __init__(self, reach: Reach, needs: Any, wishes: Wishes, request: Mapping[str, Any]) -> None:
        units = len(wishes.unit_least)
        codes = np.where(wishes.demand_unit < 0, units, wishes.demand_unit)
        names = np.unique(codes)
        asked = policy_request(reach, needs, dict(request) | {"demand_units": codes})
        self.unit_worth = weight_unit(asked.weights)
        asked = replace(asked, weights=scaled(asked.weights, self.unit_worth))
        self.asked, self.wishes = asked, wishes
        self.program: StationProgram = asked.program()
        self.sites = np.arange(self.program.n_sites, dtype=np.int32)
        model = roster_model(self.program, self.sites, see(self.program, self.sites))
        unit_of_pair = names[model.seen.label[model.pair_sub] % len(names)]
        self.model = self._with_rows(model, unit_of_pair)
        self.n_units = units

    def _with_rows(self, model: RosterModel, unit_of_pair: Longs) -> RosterModel:
        program, wishes = self.program, self.wishes
        n_pairs, n_columns, units = len(model.pair_sub), len(model.lower), len(wishes.unit_least)
        width = n_columns + units
        inf = np.inf
        base = model.matrix
        blocks = [sparse.csr_array((base.data, base.indices, base.indptr), shape=(base.shape[0], width))]
        lower, upper = [model.row_lower], [model.row_upper]

        def put(rows: Any, columns: Any, values: Any, n: int, low: Any, high: Any) -> None:
            blocks.append(sparse.csr_array((values, (rows, columns)), shape=(n, width)))
            lower.append(np.broadcast_to(np.asarray(low, float), (n,)))
            upper.append(np.broadcast_to(np.asarray(high, float), (n,)))

        pair = np.arange(n_pairs)
        links = np.concatenate([np.ones(n_pairs), -model.upper[:n_pairs]])
        put(np.tile(pair, 2), np.append(pair, model.y[model.seen.sites]), links, n_pairs, -inf, 0.0)
        on_sites, low, high = program.rows()
        dense = np.zeros((len(on_sites), width))
        dense[:, model.y] = on_sites
        blocks.append(sparse.csr_array(dense))
        lower.append(low)
        upper.append(high)
        place = np.full(len(wishes.site_unit), -1)
        place[program.site_ids] = self.sites
        apart = place[wishes.apart.reshape(-1, 2)]
        apart = apart[(apart >= 0).all(axis=1)]
        if len(apart):
            rows = np.repeat(np.arange(len(apart)), 2)
            put(rows, model.y[apart.ravel()], np.ones(2 * len(apart)), len(apart), -inf, 1.0)
        unit = np.where(program.counted, wishes.site_unit[program.site_ids], -1)
        for number in np.flatnonzero(wishes.unit_most < len(self.sites)):
            inside = np.flatnonzero(unit == number)
            ones = np.ones(len(inside))
            put(np.zeros(len(inside), int), model.y[inside], ones, 1, -inf, float(wishes.unit_most[number]))
        if units:
            known = unit_of_pair < units
            rows = np.append(unit_of_pair[known], np.arange(units))
            columns = np.append(pair[known], n_columns + np.arange(units))
            put(rows, columns, np.ones(len(rows)), units, wishes.unit_least.astype(float), inf)
        return replace(
            model,
            matrix=sparse.vstack(blocks, format="csr"),
            row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper),
            lower=np.append(model.lower, np.zeros(units)),
            upper=np.append(model.upper, wishes.unit_least.astype(float)),
        )

    def maximise(
        self,
        *,
        shortfall: bool,
        time_limit_s: float,
        stop: Callable[[], bool],
        most_short: float = 0.0,
        on: Solved | None = None,
    ) -> Solved:
        """The least shortfall as a negative objective, or the most weight with no more than ``most_short``.

        ``on``: a solution whose stations are the only ones that may open.
        """
        model = self.model
        upper = model.upper
        if on is not None:
            upper = upper.copy()
            upper[model.y] = np.round(on.values[model.y])
        width, n_pairs, units = len(model.lower), len(model.pair_sub), self.n_units
        short = np.zeros(width)
        short[width - units :] = 1.0
        matrix, low, high = model.matrix, model.row_lower, model.row_upper
        objective = -short
        if not shortfall:
            objective = np.append(model.worth, np.zeros(width - n_pairs))
            if units:
                matrix = sparse.vstack([matrix, sparse.csr_array(short[None, :])], format="csr")
                low, high = np.append(low, -np.inf), np.append(high, most_short)
        whole = shortfall or self.program.whole
        return maximise(
            objective, matrix, low, high, model.lower, upper, model.integer,
            time_limit_s=time_limit_s, absolute_gap=0.999 if whole else 1e-6, stop=stop,
        )  # fmt: skip

    def plan(self, found: Solved, watch: Watch, limit: float, gap: float, *, proven: bool) -> SitePlan:
        """The plan behind a solution; ``limit`` is what no plan can exceed, ``proven`` that none is less short."""
        settled = whole_rosters(self.program, self.model, found)
        seen = self.model.seen
        rosters = Rosters("feasible", settled.objective, settled.bound, settled.open, seen, settled.members)
        assignment = assigned_rows(self.program, self.sites, rosters)
        served = np.bincount(assignment[assignment >= 0], minlength=self.asked.reach.n_sites) > 0
        keeps = settled.open & (self.program.required | (self.program.unit_min[self.program.unit] > 0))
        opened = np.union1d(np.flatnonzero(served), self.program.site_ids[keeps & self.program.counted])
        objective = settled.objective * self.unit_worth
        bound = min(limit, settled.bound * self.unit_worth) if proven else limit
        bound = max(bound, objective)
        distance = bound - objective
        optimal = proven and distance <= gap * abs(objective) + 1e-9
        watch.tell(objective, bound, "wishes")
        return SitePlan(
            "optimal" if optimal else "feasible",
            "proven" if optimal else watch.reason or "time_limit",
            objective, objective if optimal and not gap else bound, distance / max(1e-12, abs(objective)),
            opened.astype(np.int32), assignment, watch.seconds, tuple(watch.history),
        )  # fmt: skip
