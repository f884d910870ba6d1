"""Closing and moving stations: what is there may give way where the city gains by it.

Members of a station that may close are demand that nobody may serve unless it closes. With c_k = station k closes,
m = how many of those that close are moved rather than given up, R_k its members::

    max  sum w x - sum R_k c_k
         sum_j x_gj <= N_g c_k                 groups g of members of k
         sum y_j - m <= n_sites                a station that moves opens in one of the candidates beside the new ones
         m <= sum c_k,   m <= sum y_j
         sum cost_j y_j + closing (sum c_k - m) + moving m <= budget

beside the rows of every plan: a station that moves has a lawful roster where it moves to. Of plans that serve as many,
the one that closes fewest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.reach import Reach
from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.search.plan import Milestone, SitePlan
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.compact import CompactProgram, Wishes
from ipps_geo.siting.workstations.ruled import no_plan

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

_SOLVED = ("optimal", "feasible")
#: Share of the time to find, of plans that serve as many, the one that closes fewest.
_FEWEST = 0.25


@dataclass(frozen=True, eq=False)
class Closable:
    """Stations that may close.

    Attributes
    ----------
    owner
        Number of the station that each demand row is a member of, -1 for none, shape (n_demand,).
    members
        Weight that each station has on its roster, whoever of them is demand.
    closing, moving
        What closing one and moving one costs.
    """

    owner: Longs
    members: Floats
    closing: float = 0.0
    moving: float = 0.0


@dataclass(frozen=True, eq=False)
class ClosingPlan:
    """A plan whose objective is what is served newly less what is given up; which stations close; how many move."""

    plan: SitePlan
    closed: Longs
    moves: int


def plan_with_closing(
    reach: Reach,
    needs: Any,
    closable: Closable,
    *,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    **request: Any,
) -> ClosingPlan:
    """Return the plan that serves most in all, the members of stations that stay included.

    ``request`` is that of ``plan_workstations`` with the objective ``covered``; none of ``existing_sites`` may close.
    """
    watch = Watch(time_limit_s, None, progress, should_stop)
    program = _Program(reach, needs, closable, dict(request))
    found = program.maximise(program.gain, [], (1 - _FEWEST) * watch.left_s, watch.late)
    if found.outcome not in _SOLVED:
        return ClosingPlan(no_plan(reach, found, watch), np.zeros(0, np.int64), 0)
    kept = [(program.gain, found.objective - 1e-6 * max(1.0, abs(found.objective)), np.inf)]
    fewer = program.maximise(-program.closes, kept, max(watch.left_s, 0.5), watch.late)
    chosen = fewer if fewer.outcome in _SOLVED else found
    return program.settled(replace(chosen, outcome=found.outcome, bound=found.bound), watch, gap)


class _Program:
    """The whole program with a column more per station that may close, and one for the number of moves."""

    def __init__(self, reach: Reach, needs: Any, closable: Closable, request: dict[str, Any]) -> None:
        n, budget = request.pop("n_sites", None), request.pop("budget", None)
        costs = request.pop("site_costs", None)
        k, none = len(closable.members), np.zeros(0, dtype=np.int64)
        wishes = Wishes(closable.owner, np.zeros(k, np.int64), none.reshape(0, 2), np.full(reach.n_sites, -1), none)
        self.compact = CompactProgram(reach, needs, wishes, request | {"n_sites": None})
        self.reach, self.closable, base = reach, closable, self.compact.width
        self.width, self.close, self.moves = base + k + 1, base + np.arange(k), base + k
        model = self.compact.model
        y = np.zeros(self.width)
        y[:base] = self.compact.spent(np.ones(reach.n_sites))
        self.gain, self.closes = np.zeros(self.width), np.zeros(self.width)
        self.gain[:base] = self.compact.served
        self.gain[self.close] = -closable.members / self.compact.unit_worth
        self.closes[self.close] = 1.0
        move = np.zeros(self.width)
        move[self.moves] = 1.0
        rows = [(move - self.closes, -np.inf, 0.0), (move - y, -np.inf, 0.0)]
        if n is not None:
            rows.append((y - move, -np.inf, float(n)))
        if budget is not None:
            spent = np.zeros(self.width)
            spent[:base] = self.compact.spent(np.asarray(costs, dtype=np.float64))
            spent += closable.closing * (self.closes - move) + closable.moving * move
            rows.append((spent, -np.inf, float(budget) * (1 + 1e-12)))
        owner = self.compact.unit_of_sub
        mine = np.flatnonzero(owner < k)
        pair = np.flatnonzero(owner[model.pair_sub] < k)
        place = np.full(len(owner), -1)
        place[mine] = np.arange(len(mine))
        columns = np.append(pair, self.close[owner[mine]])
        links = sparse.csr_array(
            (
                np.append(np.ones(len(pair)), -model.seen.members[mine].astype(float)),
                (np.append(place[model.pair_sub[pair]], np.arange(len(mine))), columns),
            ),
            shape=(len(mine), self.width),
        )
        wide = sparse.csr_array(
            (model.matrix.data, model.matrix.indices, model.matrix.indptr), shape=(model.matrix.shape[0], self.width)
        )
        more = sparse.csr_array(np.array([row[0] for row in rows]))
        self.matrix = sparse.vstack([wide, links, more], format="csr")
        self.low = np.concatenate([model.row_lower, np.full(len(mine), -np.inf), [row[1] for row in rows]])
        self.high = np.concatenate([model.row_upper, np.zeros(len(mine)), [row[2] for row in rows]])
        self.lower = np.append(model.lower, np.zeros(k + 1))
        self.upper = np.concatenate([model.upper, np.ones(k), [float(k)]])
        self.integer = np.append(model.integer, np.ones(k + 1, dtype=bool))

    def maximise(
        self, objective: Floats, rows: list[tuple[Floats, float, float]], time_limit_s: float, stop: Callable[[], bool]
    ) -> Solved:
        """Maximise one row under others."""
        matrix, low, high = self.matrix, self.low, self.high
        if rows:
            matrix = sparse.vstack([matrix, sparse.csr_array(np.array([row[0] for row in rows]))], format="csr")
            low, high = np.append(low, [row[1] for row in rows]), np.append(high, [row[2] for row in rows])
        return maximise(
            objective, matrix, low, high, self.lower, self.upper, self.integer,
            time_limit_s=time_limit_s, absolute_gap=1e-6, stop=stop,
        )  # fmt: skip

    def settled(self, found: Solved, watch: Watch, gap: float) -> ClosingPlan:
        """The plan behind a solution: rosters for its stations, its objective less what is given up."""
        closes = np.round(found.values[self.close]) > 0
        # Members of stations that stay are nobody's: their columns are closed when the rosters are made.
        base = self.compact.width
        owner = self.compact.unit_of_sub[self.compact.model.pair_sub]
        stays = np.append(~closes, False)[np.minimum(owner, len(closes))]
        model = self.compact.model
        upper = model.upper.copy()
        upper[: len(model.pair_sub)][stays] = 0.0
        self.compact.model = replace(model, upper=upper)
        lost = float(self.closable.members[closes].sum()) / self.compact.unit_worth
        inner = replace(found, values=found.values[:base], objective=found.objective + lost, bound=found.bound + lost)
        plan = self.compact.plan(inner, watch, np.inf, gap, proven=True)
        self.compact.model = model
        given_up = lost * self.compact.unit_worth
        objective, bound = plan.objective - given_up, plan.bound - given_up
        plan = replace(plan, objective=objective, bound=bound, gap=(bound - objective) / max(1e-12, abs(objective)))
        return ClosingPlan(plan, np.flatnonzero(closes), round(float(found.values[self.moves])))
