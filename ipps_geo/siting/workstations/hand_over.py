"""Hand a program over to HiGHS where pairs of groups and sites are few, or few enough on the promising sites.

Prices know nothing of the roster minimum: where stations gather it from many small places, or compete for it, their
bound stays above every plan and their tree grows without end. The whole program knows it, and is small once sites are
fixed. On the sites alone that prices and plan speak for it finds better plans than swaps do (Danna, Rothberg and
Le Pape 2005).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.assignment import RosterModel, assign, per_group
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.whole_program import whole_model

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

#: Pairs up to which the program is handed over.
MOST_PAIRS = 20_000
#: Nodes, and relative gap, of the run on the promising sites alone.
_NODES, _NEAR_GAP = 200, 2e-4
#: Promising sites for each station of the plan, as many as leave so many pairs.
_SPREADS, _NEAR_PAIRS = (4, 3, 2, 1), 6_000


def whole(program: StationProgram, position: Ints, incumbent: Incumbent, watch: Watch) -> float:
    """Best plan into ``incumbent`` and a bound on every plan of this program.

    ``position`` maps its sites to the incumbent's program.
    """
    every = np.arange(program.n_sites, dtype=np.int32)
    return _solved(program, every, position, incumbent, watch, near=False).bound


def near(program: StationProgram, position: Ints, opened: Floats, incumbent: Incumbent, watch: Watch) -> None:
    """Look for a better plan on the sites of the incumbent and those that were ``opened`` furthest on the way."""
    must = np.isin(position, incumbent.sites) | program.required
    rank = np.argsort(-np.where(must, np.inf, opened), kind="stable")
    n_must = int(np.count_nonzero(must))
    for times in _SPREADS:
        sites = np.sort(rank[: max(n_must, times * max(len(incumbent.sites), 5))]).astype(np.int32)
        if len(program.restricted(sites).groups.row_sites) <= _NEAR_PAIRS:
            break
    _solved(program, sites, position, incumbent, watch, near=True)


def _solved(
    program: StationProgram, sites: Ints, position: Ints, incumbent: Incumbent, watch: Watch, *, near: bool
) -> Solved:
    part = program.restricted(sites)
    if len(part.groups.row_sites) > MOST_PAIRS:
        return Solved("unknown", np.zeros(0), -np.inf, np.inf, np.zeros(0))
    model = whole_model(part, np.arange(part.n_sites, dtype=np.int32))
    start = as_solution(part, position[sites], model, incumbent)
    nodes = watch.work_left
    if near:
        nodes = _NODES if nodes is None else min(nodes, _NODES)
    solved = maximise(
        np.append(model.worth, np.zeros(len(model.lower) - len(model.pair_sub))), model.matrix, model.row_lower,
        model.row_upper, model.lower, model.upper, model.integer, time_limit_s=watch.left_s,
        absolute_gap=0.999 if program.whole else 1e-6, relative_gap=_NEAR_GAP if near else 0.0,
        stop=watch.late, start=start, max_nodes=nodes,
    )  # fmt: skip
    watch.step(_NODES)
    if solved.outcome in ("optimal", "feasible"):
        opened = np.flatnonzero(solved.values[model.y] > 0.5)
        incumbent.settle(np.sort(position[sites[opened]]).astype(np.int32))
    return solved


def as_solution(part: StationProgram, position: Ints, model: RosterModel, incumbent: Incumbent) -> Floats | None:
    """The incumbent as a solution of the model, every column named; ``None`` where it opens other sites."""
    if incumbent.rosters is None:
        return None
    kept = incumbent.rosters.open | incumbent.root.required[incumbent.sites]
    place = np.flatnonzero(np.isin(position, incumbent.sites[kept])).astype(np.int32)
    if len(place) < np.count_nonzero(kept):
        return None
    rosters = assign(part, place)
    if rosters.outcome != "optimal":
        return None
    seen, n_pairs = model.seen, len(model.pair_sub)
    sub_of_group = np.full(part.groups.n_groups, -1, np.int64)
    sub_of_group[seen.group] = seen.sub
    group, site, length = per_group(part, place, rosters)
    group, site, length = group[site >= 0], site[site >= 0], length[site >= 0]
    pair_key = model.pair_sub * part.n_sites + seen.sites
    pair = np.searchsorted(pair_key, sub_of_group[group] * part.n_sites + site)
    start = np.zeros(len(model.lower))
    np.add.at(start, pair, length)
    need = seen.need[model.pair_sub]
    for columns, mask in ((model.t, need), (model.q, ~need)):
        start[columns] = np.bincount(seen.sites[mask], weights=start[:n_pairs][mask], minlength=part.n_sites)
    start[model.y[place[rosters.open | part.required[place]]]] = 1.0
    return start
