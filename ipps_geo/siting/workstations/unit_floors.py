"""How many units must stay without anything, and how high a share all the others can reach: by bisection.

Members weigh 1 here. For a share theta the whole program asks only whether there is a plan::

    sum of w_g x_gj over groups g of unit u  >=  theta total_u (1 - v_u),   sum v_u <= k,   v binary

which is far easier than to maximise theta. First the fewest units that any plan leaves out, k; where it is 0 every
theta without a plan bounds the worst share from above. Where it is not, the worst share is 0 and proven so, and the
plan goes on lexicographically: fewest left out, best share of the worst of the others, most served.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.workstations.assignment import RosterModel, Rosters, whole_rosters
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.whole_program import whole_model, widened

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answer:
    """Rosters of a plan that keeps the floor but for ``left_out`` units, or none; ``at_least`` no plan leaves fewer."""

    rosters: Rosters | None
    left_out: int
    at_least: int


class UnitFloors:
    """The whole program, its members of weight 1, with one binary column more per unit."""

    def __init__(self, program: StationProgram, totals: Floats, units: Longs) -> None:
        self.program, self.totals, self.units = program, totals, units
        self.sites = np.arange(program.n_sites, dtype=np.int32)
        model = whole_model(program, self.sites)
        n_units = len(units)
        self._rows = [widened(model.matrix, len(model.lower) + n_units)]
        self._lower, self._upper = [model.row_lower], [model.row_upper]
        place = np.full(len(totals), -1)
        place[units] = np.arange(n_units)
        self._unit_of_pair = place[model.seen.label[model.pair_sub] % len(totals)]
        self._model = replace(
            model, lower=np.append(model.lower, np.zeros(n_units)), upper=np.append(model.upper, np.ones(n_units))
        )

    def fewest_left_out(self, time_limit_s: float, stop: Callable[[], bool]) -> Answer:
        """The fewest units of which nobody at all is served."""
        return self._solve(np.ones(len(self.units)), None, "left_out", time_limit_s, stop)

    def at(self, theta: float, most_left_out: int, time_limit_s: float, stop: Callable[[], bool]) -> Answer:
        """Any plan in which all but so many units reach ``theta``; where there is none ``at_least`` is above them."""
        return self._solve(self._heads(theta), most_left_out, "any", time_limit_s, stop)

    def fullest(
        self, theta: float, most_left_out: int, sites: NDArray[np.int32], time_limit_s: float, stop: Callable[[], bool]
    ) -> Answer:
        """The plan on some sites that serves most with all but so many units at ``theta``."""
        return self._solve(self._heads(theta), most_left_out, "served", time_limit_s, stop, sites)

    def _heads(self, theta: float) -> Floats:
        """The share as whole members of each unit: with fractions of one no whole roster could meet it exactly."""
        return np.ceil(theta * self.totals[self.units] - 1e-6)

    def _solve(
        self,
        least: Floats,
        most_left_out: int | None,
        wish: str,
        time_limit_s: float,
        stop: Callable[[], bool],
        sites: NDArray[np.int32] | None = None,
    ) -> Answer:
        model, n_units = self._model, len(self.units)
        n_pairs, width = len(model.pair_sub), len(model.lower)
        known = np.flatnonzero(self._unit_of_pair >= 0)
        unit = np.arange(n_units)
        floors = sparse.csr_array(
            (
                np.concatenate([model.worth[known], least]),
                (np.concatenate([self._unit_of_pair[known], unit]), np.concatenate([known, width - n_units + unit])),
            ),
            shape=(n_units, width),
        )
        out = np.zeros(width)
        out[width - n_units :] = 1.0
        most = float(n_units if most_left_out is None else most_left_out)
        asked = replace(
            model,
            matrix=sparse.vstack([*self._rows, floors, sparse.csr_array(out[None, :])], format="csr"),
            row_lower=np.concatenate([*self._lower, least, [-np.inf]]),
            row_upper=np.concatenate([*self._upper, np.full(n_units, np.inf), [most]]),
            upper=model.upper if sites is None else self._only(sites),
        )
        objective = np.append(model.worth, np.zeros(width - n_pairs)) * (wish == "served") - out * (wish == "left_out")
        solved = maximise(
            objective, asked.matrix, asked.row_lower, asked.row_upper, asked.lower, asked.upper, asked.integer,
            time_limit_s=time_limit_s, absolute_gap=0.999, stop=stop,
        )  # fmt: skip
        return self._answer(asked, solved, wish, int(most))

    def _only(self, sites: NDArray[np.int32]) -> Floats:
        upper = self._model.upper.copy()
        upper[np.setdiff1d(self._model.y, self._model.y[sites])] = 0.0
        return upper

    def _answer(self, asked: RosterModel, solved: Solved, wish: str, most: int) -> Answer:
        if solved.outcome not in ("optimal", "feasible"):
            return Answer(None, most + 1, most + 1 if solved.outcome == "infeasible" else 0)
        settled = whole_rosters(self.program, asked, solved)
        rosters = Rosters("feasible", settled.objective, np.inf, settled.open, asked.seen, settled.members)
        left_out = int(np.round(solved.values[-len(self.units) :]).sum())
        at_least = int(np.ceil(-solved.bound - 1e-6)) if wish == "left_out" else 0
        return Answer(rosters, left_out, max(at_least, 0))
