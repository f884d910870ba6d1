"""Rosters of a set of sites that serve the worst demand unit best, and among those serve most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.workstations.assignment import RosterModel, Rosters, roster_model
from ipps_geo.siting.workstations.open_groups import see
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.whole_program import widened

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Weight of the overall served share, which settles ties between plans with the same worst unit.
TIE = 1e-5
#: Shares closer than this are the same: the solver's own tolerance.
_SAME_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class WorstFirst:
    """Rosters of a set, the share of its worst unit, and what that share can be at most."""

    rosters: Rosters
    worst: float
    worst_at_most: float


def worst_first(
    program: StationProgram,
    sites: Ints,
    totals: Floats,
    units: Longs,
    *,
    time_limit_s: float,
    stop: Callable[[], bool] | None = None,
) -> WorstFirst:
    """Best share of the worst of ``units``, then most weight at that share; ``totals`` is each unit's whole demand."""
    model = roster_model(program, sites, see(program, sites))

    def solved(floor: float | None) -> Solved:
        return maximise_worst(
            model, totals, units, time_limit_s=time_limit_s, absolute_gap=1e-7, stop=stop,
            tie=0.0 if floor is None else 1.0, floor=floor,
        )  # fmt: skip

    first = solved(None)
    if first.outcome not in ("optimal", "feasible"):
        nobody = np.zeros(len(model.seen.sites), np.int64)
        bound = -np.inf if first.outcome == "infeasible" else np.inf
        none = Rosters(first.outcome, -np.inf, bound, np.zeros(len(sites), bool), model.seen, nobody)
        return WorstFirst(none, -np.inf, -np.inf if first.outcome == "infeasible" else 1.0)
    best = _rosters(model, first)
    worst = worst_share(best, model.worth, totals, units)
    most_worst = worst if first.outcome == "optimal" else max(worst, min(1.0, first.bound))
    second = solved(worst)
    if second.outcome in ("optimal", "feasible"):
        fuller = _rosters(model, second)
        if worst_share(fuller, model.worth, totals, units) >= worst - 1e-12 and fuller.objective >= best.objective:
            best = fuller
    proven = first.outcome == "optimal" and second.outcome == "optimal"
    everybody = float(model.seen.members @ model.seen.value)
    at_most = best.objective if proven else min(everybody, second.bound * float(totals.sum()))
    rosters = Rosters("optimal" if proven else "feasible", best.objective, max(at_most, best.objective),
                      best.open, best.seen, best.members)  # fmt: skip
    return WorstFirst(rosters, worst, most_worst)


def _rosters(model: RosterModel, solved: Solved) -> Rosters:
    members = np.round(solved.values[: len(model.pair_sub)]).astype(np.int64)
    opened = solved.values[model.y] > 0.5
    return Rosters("feasible", float(members @ model.worth), np.inf, opened, model.seen, members)


def worst_share(rosters: Rosters, worth: Floats, totals: Floats, units: Longs) -> float:
    """Served share of the worst of ``units``; groups carry their unit in the label."""
    pair_sub = np.repeat(np.arange(len(rosters.seen.members)), np.diff(rosters.seen.start))
    pair_unit = rosters.seen.label[pair_sub] % len(totals)
    per_unit = np.bincount(pair_unit, weights=rosters.members * worth, minlength=len(totals))
    return float((per_unit[units] / totals[units]).min())


def maximise_worst(
    model: RosterModel,
    totals: Floats,
    units: Longs,
    *,
    time_limit_s: float,
    absolute_gap: float,
    tie: float = 0.0,
    floor: float | None = None,
    stop: Callable[[], bool] | None = None,
) -> Solved:
    """The program of a set with one more column, the worst share, below the share of every unit.

    The model of :func:`.whole_model` minds number and budget where the set is larger than what may open. With
    ``floor`` the worst share is kept at it and the weight served is what counts, as a share of all demand.
    """
    n_pairs, n_columns = len(model.pair_sub), len(model.lower)
    pair, inf = np.arange(n_pairs), np.inf
    pair_unit = model.seen.label[model.pair_sub] % len(totals)
    place = np.full(len(totals), -1)
    place[units] = np.arange(len(units))
    known = place[pair_unit] >= 0
    n_units, width = len(units), n_columns + 1
    shares = sparse.csr_array(
        (
            np.concatenate([model.worth[known] / totals[pair_unit[known]], -np.ones(n_units)]),
            (
                np.concatenate([place[pair_unit[known]], np.arange(n_units)]),
                np.concatenate([pair[known], np.full(n_units, n_columns)]),
            ),
        ),
        shape=(n_units, width),
    )
    rows = [widened(model.matrix, width), shares]
    lower, upper = [model.row_lower, np.zeros(n_units)], [model.row_upper, np.full(n_units, inf)]
    least = 0.0 if floor is None else max(0.0, floor - _SAME_SHARE * 1e-3)
    return maximise(
        np.concatenate(
            [tie * model.worth / totals.sum(), np.zeros(n_columns - n_pairs), [1.0 if floor is None else 0.0]]
        ),
        sparse.vstack(rows, format="csr"), np.concatenate(lower), np.concatenate(upper),
        np.append(model.lower, least), np.append(model.upper, 1.0), np.arange(width) < n_columns,
        time_limit_s=time_limit_s, absolute_gap=absolute_gap, stop=stop,
    )  # fmt: skip
