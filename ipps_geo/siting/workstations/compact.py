"""The whole policy program at once, with what couples stations that share nobody as rows: small enough for HiGHS.

Columns are those of :class:`~ipps_geo.siting.workstations.assignment.RosterModel` over every site (x, t, q, y), then s,
how many each unit is short of its least, then z, whether each cover group lies within reach of an open site::

    x_gj <= N_g y_j                                        strong links
    y_i + y_j <= 1                                         sites i and j closer than the spacing
    sum of new y_j in unit u <= most_u
    sum of x_gj over groups g of unit u + s_u >= least_u,  0 <= s_u <= least_u
    z_h <= sum of y_j over the sites j that reach h,       0 <= z_h <= 1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.reach import Reach
from ipps_geo.siting.search.groups import DemandGroups
from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.assignment import (
    RosterModel,
    Rosters,
    assigned_rows,
    whole_rosters,
)
from ipps_geo.siting.workstations.decay import Decay, decay_classes, entries
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import policy_request, scaled, weight_unit
from ipps_geo.siting.workstations.whole_program import whole_model, widened

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

Row = tuple[Floats, float, float]
"""One more row: an entry per column, its least and its most."""


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
    decay
        What a member is worth by the cost at which it is served; everybody whole where there is none.
    """

    demand_unit: Longs
    unit_least: Longs
    apart: Longs
    site_unit: Longs
    unit_most: Longs
    decay: Decay | None = None

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


class CompactProgram:
    """The program as arrays, solved again and again under other objectives and with further rows.

    ``cover``: groups to be within reach of a station; ``measured``: class of each demand row and
    the cost by class and site, where rows go by costs.
    """

    def __init__(
        self,
        reach: Reach,
        needs: Any,
        wishes: Wishes,
        request: Mapping[str, Any],
        cover: DemandGroups | None = None,
        measured: tuple[Longs, Any] | None = None,
    ) -> None:
        units = len(wishes.unit_least)
        codes = np.where(wishes.demand_unit < 0, units, wishes.demand_unit)
        # What differs by pair is looked up by class and site.
        worth = None
        if wishes.decay is not None:
            measured = decay_classes(reach, wishes.decay)
        if measured is not None:
            classes, worth = measured
            codes = classes * (units + 1) + codes
        names = np.unique(codes)
        asked = policy_request(reach, needs, dict(request) | {"demand_units": codes})
        steps = np.array([1.0]) if wishes.decay is None else np.append(wishes.decay.worths, 1.0)
        self.unit_worth = weight_unit(np.outer(np.unique(asked.weights), steps).ravel())
        asked = replace(asked, weights=scaled(asked.weights, self.unit_worth))
        self.asked, self.wishes = asked, wishes
        self.program: StationProgram = asked.program()
        self.sites = np.arange(self.program.n_sites, dtype=np.int32)
        model = whole_model(self.program, self.sites)
        told = names[model.seen.label[model.pair_sub] % len(names)]
        if worth is not None:
            places = self.program.site_ids[model.seen.sites]
            found = entries(worth, told // (units + 1), places)
            if wishes.decay is not None:
                model = replace(model, pair_worth=np.round(model.worth * found, 9))
            self._pair_cost = found
        self.n_units = units
        self._unit_of_pair = told % (units + 1)
        self.unit_of_sub: Longs = names[model.seen.label % len(names)] % (units + 1)
        self.n_cover = 0 if cover is None else cover.n_groups
        self.model = self._with_rows(model, told % (units + 1), cover)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.model.lower)

    @property
    def served(self) -> Floats:
        """Row of the weight served."""
        return self._row(slice(0, len(self.model.pair_sub)), self.model.worth)

    @property
    def short(self) -> Floats:
        """Row of the sum of the units' shortfalls."""
        return self._row(slice(self.width - self.n_cover - self.n_units, self.width - self.n_cover), 1.0)

    def reached(self, members: Floats) -> Floats:
        """Row of the members of cover groups within reach of an open site."""
        return self._row(slice(self.width - self.n_cover, self.width), members)

    def of_unit(self, unit: int) -> Floats:
        """Row of the members of a unit that are served."""
        return self._row(slice(0, len(self.model.pair_sub)), self._unit_of_pair == unit)

    def measured(self, level: float) -> Floats:
        """Row of what serving everybody costs beyond ``level`` each."""
        return self._row(slice(0, len(self.model.pair_sub)), self._pair_cost - level)

    def spent(self, costs: Floats) -> Floats:
        """Row of what the open sites cost, ``costs`` by site position."""
        return self._row(self.model.y, np.where(self.program.counted, costs[self.program.site_ids], 0.0))

    def _row(self, columns: Any, values: Any) -> Floats:
        row = np.zeros(self.width)
        row[columns] = values
        return row

    def _with_rows(self, model: RosterModel, unit_of_pair: Longs, cover: DemandGroups | None) -> RosterModel:
        program, wishes = self.program, self.wishes
        n_pairs, n_columns, units = len(model.pair_sub), len(model.lower), len(wishes.unit_least)
        width = n_columns + units + self.n_cover
        inf = np.inf
        blocks = [widened(model.matrix, width)]
        lower, upper = [model.row_lower], [model.row_upper]

        def put(rows: Any, columns: Any, values: Any, n: int, low: Any, high: Any) -> None:
            blocks.append(sparse.csr_array((values, (rows, columns)), shape=(n, width)))
            lower.append(np.broadcast_to(np.asarray(low, float), (n,)))
            upper.append(np.broadcast_to(np.asarray(high, float), (n,)))

        pair = np.arange(n_pairs)
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
        if cover is not None:
            site = place[cover.row_sites]
            group = np.repeat(np.arange(self.n_cover), np.diff(cover.row_start))[site >= 0]
            rows = np.append(np.arange(self.n_cover), group)
            columns = np.append(n_columns + units + np.arange(self.n_cover), model.y[site[site >= 0]])
            values = np.append(np.ones(self.n_cover), -np.ones(len(group)))
            put(rows, columns, values, self.n_cover, -inf, 0.0)
        return replace(
            model,
            matrix=sparse.vstack(blocks, format="csr"),
            row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper),
            lower=np.append(model.lower, np.zeros(units + self.n_cover)),
            upper=np.concatenate([model.upper, wishes.unit_least.astype(float), np.ones(self.n_cover)]),
        )

    def maximise(
        self,
        objective: Floats,
        rows: Sequence[Row] = (),
        *,
        time_limit_s: float,
        stop: Callable[[], bool],
        whole: bool = False,
        on: Longs | NDArray[np.int32] | None = None,
    ) -> Solved:
        """Maximise one row under others; ``whole``: the objective is a whole number in every plan.

        ``on``: positions of the only sites that may open; existing stations take part in any case.
        """
        model = self.model
        upper = model.upper
        if on is not None:
            upper = upper.copy()
            upper[model.y] = np.isin(self.program.site_ids, on) | ~self.program.counted
        asked = self.under(rows)
        return maximise(
            objective, asked.matrix, asked.row_lower, asked.row_upper, model.lower, upper, model.integer,
            time_limit_s=time_limit_s, absolute_gap=0.999 if whole else 1e-6, stop=stop,
        )  # fmt: skip

    def under(self, rows: Sequence[Row]) -> RosterModel:
        """Return the program with further rows."""
        if not rows:
            return self.model
        more = sparse.csr_array(np.array([row[0] for row in rows]))
        return replace(
            self.model,
            matrix=sparse.vstack([self.model.matrix, more], format="csr"),
            row_lower=np.append(self.model.row_lower, [row[1] for row in rows]),
            row_upper=np.append(self.model.row_upper, [row[2] for row in rows]),
        )

    def opened(self, found: Solved) -> Longs:
        """Positions of the sites that a solution opens."""
        return self.program.site_ids[np.round(found.values[self.model.y]) > 0]

    @property
    def whole(self) -> bool:
        """Whether the weight served is a whole number in every plan."""
        return bool((self.model.worth == np.round(self.model.worth)).all())

    def plan(
        self, found: Solved, watch: Watch, limit: float, gap: float, *, proven: bool, rows: Sequence[Row] = ()
    ) -> SitePlan:
        """The plan behind a solution under ``rows``; ``limit`` is what no plan can exceed.

        ``proven``: the solution's bound holds for all plans, as none is less short.
        """
        settled = whole_rosters(self.program, self.under(rows), found)
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
