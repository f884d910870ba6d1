"""Plans in which all but so many units are served to a floor, level by level: questions to the whole program.

Members weigh 1 here. A level asks of each unit u a least number l_u, and lets at most k units stay below it. For
levels 0, 1, ... of growing least numbers, with v_ul binary, 1 where unit u stays below level l::

    sum of w_g x_gj over groups g of unit u  >=  l_u0 + sum over levels of (l_ul - l_u(l-1)) (1 - v_ul)
    v_u0 <= v_u1 <= ...,   sum over u of v_ul <= k_l
    sum of new y_j that reach u  >=  f_u(l_u0) + sum of (f_u(l_ul) - f_u(l_u(l-1))) (1 - v_ul)

f_u(l) is the fewest new stations with which unit u alone can be served to l, or a bound on it from below: without
these rows the linear program opens small shares of many stations and proves nothing. That no plan reaches a level is
proven with the members of a roster (t, q) let loose; a plan that is found so is settled on its stations with whole
members.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.workstations.assignment import RosterModel, Rosters, whole_rosters
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.whole_program import whole_model, widened

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
Stop = Callable[[], bool]


class Level(NamedTuple):
    """Least number to serve in each unit, and how many units may stay below it."""

    least: Floats
    below: int


@dataclass(frozen=True, eq=False)
class Answer:
    """Rosters of a plan on ``sites`` that keeps the levels, or none; ``impossible`` where no plan can keep them."""

    sites: Ints
    rosters: Rosters | None
    impossible: bool = False
    at_least: int = 0


def keeps(levels: Sequence[Level], served: Floats) -> bool:
    """True when no more units stay below each level than may."""
    return all(np.count_nonzero(served < level.least - 1e-6) <= level.below for level in levels)


class UnitFloors:
    """The program of all sites, or of a set of them, with rows that ask for levels."""

    def __init__(self, program: StationProgram, totals: Floats, units: Longs, sites: Ints | None = None) -> None:
        self.program, self.totals, self.units = program, totals[units], units
        self.n_labels = len(totals)
        self.sites = np.arange(program.n_sites, dtype=np.int32) if sites is None else sites
        self._model = whole_model(program, self.sites)
        self._place = np.full(len(totals), -1)
        self._place[units] = np.arange(len(units))
        self._unit_of_pair = self._place[self._model.seen.label[self._model.pair_sub] % len(totals)]
        self._reaches = np.zeros((len(units), len(self.sites)), bool)
        known = self._unit_of_pair >= 0
        self._reaches[self._unit_of_pair[known], self._model.seen.sites[known]] = True
        self._curves: list[list[float]] = [[] for _ in units]
        self._ceilings: dict[int, float] = {}

    def fewest_left_out(self, time_limit_s: float, stop: Stop) -> Answer:
        """The fewest units of which nobody at all is served."""
        asked = self._asked([Level(np.ones(len(self.units)), len(self.units))], stop)
        if asked is None:
            return Answer(self.sites, None, impossible=True)
        objective = np.zeros(len(asked.lower))
        objective[-len(self.units) :] = -1.0
        solved = self._solve(asked, objective, time_limit_s, stop, whole=True)
        bound = 0 if not np.isfinite(solved.bound) else max(0, int(np.ceil(-solved.bound - 1e-6)))
        return replace(self._answer(asked, solved), at_least=bound)

    def plan(self, levels: Sequence[Level], time_limit_s: float, stop: Stop) -> Answer:
        """A plan that keeps the levels; on its stations the last one is as high as it can be."""
        end = time.perf_counter() + time_limit_s
        asked = self._asked(levels, stop)
        if asked is None:
            return Answer(self.sites, None, impossible=True)
        program = self.program
        limited = np.isfinite(program.budget)
        spent = np.where(program.counted, program.cost if limited else 1.0, 0.0)
        objective = np.zeros(len(asked.lower))
        objective[asked.y] = -spent[self.sites]
        binary = np.arange(len(asked.lower)) >= asked.y[0]
        enough = -program.budget if limited else -float(program.n_max)
        solved = self._solve(asked, objective, time_limit_s, stop, whole=not limited, integer=binary,
                             enough=enough)  # fmt: skip
        if solved.outcome not in ("optimal", "feasible"):
            return Answer(self.sites, None, impossible=solved.outcome == "infeasible")
        found = self.sites[np.round(solved.values[asked.y]) > 0]
        left_s = max(0.5, end - time.perf_counter())
        settled = self.on(found).highest(levels[:-1], levels[-1].below, left_s, stop)
        if settled.rosters is not None and keeps(levels, self.served(settled.rosters)):
            return settled
        solved = self._solve(asked, objective, max(0.5, end - time.perf_counter()), stop, whole=not limited,
                             enough=enough)  # fmt: skip
        return self._answer(asked, solved)

    def on(self, sites: Ints) -> UnitFloors:
        """The same questions to a set of the sites."""
        totals = np.ones(self.n_labels)
        totals[self.units] = self.totals
        return UnitFloors(self.program, totals, self.units, sites)

    def served(self, rosters: Rosters) -> Floats:
        """Members served in each unit."""
        sub = np.repeat(np.arange(len(rosters.seen.members)), np.diff(rosters.seen.start))
        place = self._place[rosters.seen.label[sub] % self.n_labels]
        members = rosters.members[place >= 0].astype(np.float64)
        counts: Floats = np.zeros(len(self.units))
        np.add.at(counts, place[place >= 0], members)
        return counts

    def fullest(self, levels: Sequence[Level], time_limit_s: float, stop: Stop) -> Answer:
        """The plan that serves most and keeps the levels."""
        asked = self._asked(levels, stop)
        if asked is None:
            return Answer(self.sites, None, impossible=True)
        objective = np.append(self._model.worth, np.zeros(len(asked.lower) - len(self._model.pair_sub)))
        return self._answer(asked, self._solve(asked, objective, time_limit_s, stop, whole=True))

    def highest(self, levels: Sequence[Level], below: int, time_limit_s: float, stop: Stop) -> Answer:
        """The plan with the highest share that all but ``below`` units reach, and keeps the levels."""
        asked = self._asked(levels, stop)
        if asked is None:
            return Answer(self.sites, None, impossible=True)
        n_units, width = len(self.units), len(asked.lower)
        unit, known = np.arange(n_units), np.flatnonzero(self._unit_of_pair >= 0)
        shares = sparse.csr_array(
            (
                np.concatenate([self._model.worth[known] / self.totals[self._unit_of_pair[known]], np.ones(n_units),
                                -np.ones(n_units)]),
                (
                    np.concatenate([self._unit_of_pair[known], unit, unit]),
                    np.concatenate([known, width + unit, np.full(n_units, width + n_units)]),
                ),
            ),
            shape=(n_units, width + n_units + 1),
        )  # fmt: skip
        few = np.zeros((1, width + n_units + 1))
        few[0, width : width + n_units] = 1.0
        asked = replace(
            asked,
            matrix=sparse.vstack([widened(asked.matrix, shares.shape[1]), shares, sparse.csr_array(few)], format="csr"),
            row_lower=np.concatenate([asked.row_lower, np.zeros(n_units), [-np.inf]]),
            row_upper=np.concatenate([asked.row_upper, np.full(n_units, np.inf), [float(below)]]),
            lower=np.append(asked.lower, np.zeros(n_units + 1)),
            upper=np.concatenate([asked.upper, np.full(n_units, float(below > 0)), [1.0]]),
        )
        objective = np.zeros(width + n_units + 1)
        objective[-1] = 1.0
        whole = np.arange(len(objective)) < len(objective) - 1  # members too: a share of halves is none
        step = 0.4 / float(self.totals.max()) ** 2  # two shares of different units differ by more
        solved = maximise(
            objective, asked.matrix, asked.row_lower, asked.row_upper, asked.lower, asked.upper, whole,
            time_limit_s=time_limit_s, absolute_gap=step, stop=stop,
        )  # fmt: skip
        if solved.outcome not in ("optimal", "feasible"):
            return Answer(self.sites, None, impossible=solved.outcome == "infeasible")
        members = np.round(solved.values[: len(asked.pair_sub)]).astype(np.int64)
        opened = np.round(solved.values[asked.y]) > 0
        served = float(members.sum())
        return Answer(self.sites, Rosters("feasible", served, np.inf, opened, asked.seen, members))

    def _asked(self, levels: Sequence[Level], stop: Stop) -> RosterModel | None:
        """The program with rows and binary columns of the levels; None where a unit alone cannot reach one."""
        model, n_units = self._model, len(self.units)
        loose = [level for level in levels if level.below > 0]
        first = len(model.lower)
        width = first + n_units * len(loose)
        unit = np.arange(n_units)
        known = np.flatnonzero(self._unit_of_pair >= 0)
        needed = [np.array([self._fewest(u, float(level.least[u]), stop) for u in range(n_units)]) for level in levels]
        counted = np.flatnonzero(self.program.counted[self.sites])
        in_reach, of_site = np.nonzero(self._reaches[:, counted])
        entries = [model.worth[known], np.ones(len(in_reach))]
        rows = [self._unit_of_pair[known], n_units + in_reach]
        columns = [known, model.y[counted[of_site]]]
        upper_v = np.ones(n_units * len(loose))
        zero = np.zeros(n_units)
        strict = [place for place, level in enumerate(levels) if level.below == 0]
        least, fewest = (levels[strict[-1]].least, needed[strict[-1]]) if strict else (zero, zero)
        if np.isinf(fewest).any():
            return None
        low = np.concatenate([least, fewest])
        lower_v = np.zeros(len(upper_v))
        for place, (level, few) in enumerate(
            (level, few) for level, few in zip(levels, needed, strict=True) if level.below > 0
        ):
            column = first + n_units * place + unit
            out_of_reach = np.isinf(few)
            lower_v[n_units * place + unit[out_of_reach]] = 1.0
            few = np.where(out_of_reach, fewest, few)
            for offset, more in ((0, level.least - least), (n_units, few - fewest)):
                entries.append(more)
                rows.append(offset + unit)
                columns.append(column)
            low = low + np.concatenate([level.least - least, few - fewest])
            least, fewest = level.least, few
        blocks = [
            widened(model.matrix, width),
            sparse.csr_array(
                (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))), shape=(2 * n_units, width)
            ),
        ]
        lower, upper = [model.row_lower, low], [model.row_upper, np.full(2 * n_units, np.inf)]
        for place, level in enumerate(loose):
            one = np.zeros((1, width))
            one[0, first + n_units * place + unit] = 1.0
            blocks.append(sparse.csr_array(one))
            lower.append(np.array([-np.inf]))
            upper.append(np.array([float(level.below)]))
            if place:
                here = first + n_units * place + unit
                signs = np.concatenate([np.ones(n_units), -np.ones(n_units)])
                blocks.append(
                    sparse.csr_array(
                        (signs, (np.tile(unit, 2), np.append(here, here - n_units))), shape=(n_units, width)
                    )
                )
                lower.append(np.zeros(n_units))
                upper.append(np.full(n_units, np.inf))
        return replace(
            model,
            matrix=sparse.vstack(blocks, format="csr"),
            row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper),
            lower=np.append(model.lower, lower_v),
            upper=np.append(model.upper, upper_v),
        )

    def _fewest(self, unit: int, least: float, stop: Stop) -> float:
        """Fewest new stations with which a unit can be served to ``least``, the others left aside; inf for none."""
        if least <= 0:
            return 0.0
        curve = self._curves[unit]
        sites = np.flatnonzero(self._reaches[unit])
        new = self.program.counted[self.sites[sites]]
        most = int(np.count_nonzero(new))
        if not curve:
            curve.append(0.0 if new.all() else self._best_of(unit, sites, 0, stop))
        while curve[-1] < least and len(curve) <= most:
            if len(curve) > 2 and curve[-1] <= curve[-2]:
                # One more station brings nothing here, two more still may, where a minimum keeps one alone from
                # opening beside those: how few do is then left open from here on.
                return float(len(curve)) if self._ceiling(unit, sites, most, stop) >= least else np.inf
            curve.append(self._best_of(unit, sites, len(curve), stop))
        return float(next((few for few, best in enumerate(curve) if best >= least), np.inf))

    def _ceiling(self, unit: int, sites: Longs, most: int, stop: Stop) -> float:
        """What a unit can be served at most with all stations, asked once."""
        if unit not in self._ceilings:
            self._ceilings[unit] = self._best_of(unit, sites, most, stop)
        return self._ceilings[unit]

    def _best_of(self, unit: int, places: Longs, few: int, stop: Stop) -> float:
        """What a unit can be served at most with so many new stations, minima per unit aside."""
        free = replace(self.program, unit_min=np.zeros_like(self.program.unit_min))
        model = whole_model(free, self.sites[places])
        n_pairs, width = len(model.pair_sub), len(model.lower)
        mine = self._place[model.seen.label[model.pair_sub] % self.n_labels] == unit
        count = np.zeros((1, width))
        count[0, model.y[self.program.counted[self.sites[places]]]] = 1.0
        solved = maximise(
            np.append(np.where(mine, model.worth, 0.0), np.zeros(width - n_pairs)),
            sparse.vstack([model.matrix, sparse.csr_array(count)], format="csr"),
            np.append(model.row_lower, -np.inf), np.append(model.row_upper, float(few)),
            model.lower, model.upper, model.integer, time_limit_s=2.0, absolute_gap=0.999, stop=stop,
        )  # fmt: skip
        if solved.outcome == "infeasible":  # what must open among them is more: nothing is known
            return np.inf
        return float(np.floor(solved.bound + 1e-6)) if np.isfinite(solved.bound) else np.inf

    def _solve(
        self,
        asked: RosterModel,
        objective: Floats,
        time_limit_s: float,
        stop: Stop,
        *,
        whole: bool,
        integer: Bools | None = None,
        enough: float = np.inf,
    ) -> Solved:
        return maximise(
            objective, asked.matrix, asked.row_lower, asked.row_upper, asked.lower, asked.upper,
            asked.integer if integer is None else integer, time_limit_s=time_limit_s,
            absolute_gap=0.999 if whole else 1e-6, stop=stop, enough=enough,
        )  # fmt: skip

    def _answer(self, asked: RosterModel, solved: Solved) -> Answer:
        if solved.outcome not in ("optimal", "feasible"):
            return Answer(self.sites, None, impossible=solved.outcome == "infeasible")
        settled = whole_rosters(self.program, asked, solved)
        rosters = Rosters("feasible", settled.objective, np.inf, settled.open, asked.seen, settled.members)
        return Answer(self.sites, rosters)
