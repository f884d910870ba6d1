"""From a program to a plan with a proof: prices, search, fixing, cuts, tree; on fewer sites at every step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.assignment import per_group
from ipps_geo.siting.workstations.cuts import CutMaster, carried, tighten
from ipps_geo.siting.workstations.incumbent import Incumbent, LocalSearch, SetValues
from ipps_geo.siting.workstations.lagrangian import Dual, Scans, best_opening, improve_dual, starting_dual
from ipps_geo.siting.workstations.open_set_search import best_deltas, greedy
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.proof import prove
from ipps_geo.siting.workstations.search_state import Search

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Programs with more sites than this are first priced on a kernel of promising sites.
_KERNEL_ABOVE = 250
#: Exact rosters tried to fill places that the roster minimum leaves empty.
_FILLS = 24
#: What whole numbers alone may take from the value of a set; where more is lost, the roster minimum binds.
_WHOLE_LOSS, _RELATIVE_LOSS = 4.0, 5e-4


def first_set(program: StationProgram, dual: Dual) -> Ints:
    """A feasible starting set, ascending: see :func:`greedy_order`."""
    return np.sort(greedy_order(program, dual))


def greedy_order(program: StationProgram, dual: Dual) -> Ints:
    """Required sites, what the units ask for, then greedily what gains most, in this order."""
    scans = Scans(program)
    opened = list(np.flatnonzero(program.required))
    for unit in np.flatnonzero(program.unit_min > 0):
        inside = np.flatnonzero((program.unit == unit) & ~program.required)
        missing = int(program.unit_min[unit]) - int(np.count_nonzero(program.unit[opened] == unit))
        rank = dual.values[inside] if not program.cost.any() else -program.cost[inside]
        opened.extend(inside[np.argsort(-rank, kind="stable")[: max(missing, 0)]])
    mu = rounded(program, dual.mu)
    return greedy(
        *scans.lists, scans.size, scans.weight, *scans.lifts(mu, dual.gamma), program.counted, program.n_max,
        program.cost, program.budget, np.array(opened, np.int32),
    )  # fmt: skip


def least_set(program: StationProgram) -> Ints:
    """What has to open where nobody can be served: required sites, and those that the units ask for if they fit."""
    required = np.flatnonzero(program.required).astype(np.int32)
    if not program.unit_min.any() or program.n_sites == 0:
        return required
    asked = first_set(program, starting_dual(program))
    return asked if program.allows(asked) else required


def rounded(program: StationProgram, mu: Floats) -> Floats:
    """Multipliers of closed sites for the search: a minimum cut knows only 0 and 1."""
    return (mu > 0.5).astype(np.float64) if program.plain else mu


def solve(
    program: StationProgram, incumbent: Incumbent, watch: Watch, gap: float, seed: int, start: Ints | None = None
) -> Search:
    """Best plan and bound of a program within the watch's limits; ``start`` is a set that it allows."""
    search = Search(program, incumbent, watch, np.random.default_rng(seed), gap)
    if program.n_sites == 0 or program.groups.n_groups == 0 or not (program.n_max or (~program.counted).any()):
        search.better_bound(incumbent.settle(least_set(program)))
        return search
    dual = starting_dual(program)
    search.better_bound(float(program.size @ program.value))
    sites = first_set(program, dual)
    if not program.allows(sites):
        sites = np.zeros(0, np.int32)
    if start is not None and len(start):
        incumbent.settle(start)
        if len(sites) == 0:
            sites = start
    values = SetValues(program)
    if len(sites):
        local = LocalSearch(program, values)
        incumbent.settle(sites)
        search.tell("greedy")
        if incumbent.rosters is not None and len(incumbent.sites):
            sites = incumbent.sites
        if program.n_sites <= _KERNEL_ABOVE:
            sites, _ = local.climb(sites, rounded(program, dual.mu), dual.gamma)
            incumbent.settle(sites)
    if watch.over() or search.proven:
        return search
    if program.n_sites > _KERNEL_ABOVE:
        dual, sites = _priced_by_kernel(search, dual, sites)
    else:
        dual = improve_dual(program, dual, incumbent.cutoff, watch, iterations=300, step=1.0)
        search.better_bound(dual.bound)
        search.tell("prices")
        sites = _search_near(search, program, np.arange(program.n_sites), dual, sites, kicks=60, patience=25)
    _fill(search)
    if search.proven or watch.over():
        return search
    search.minimum_binds = _minimum_binds(search, values)
    prove(search, dual)
    return search


def _minimum_binds(search: Search, values: SetValues) -> bool:
    """True when the best set is worth clearly less than without the roster minimum, or leaves stations closed."""
    incumbent = search.incumbent
    if incumbent.rosters is None or not incumbent.rosters.open.all():
        return bool(search.program.low.any())
    ceiling = values(incumbent.sites)[0]
    return ceiling - incumbent.objective > max(_WHOLE_LOSS, _RELATIVE_LOSS * ceiling)


def _fill(search: Search) -> None:
    """Where the roster minimum keeps stations closed, try other sites in their place, most unserved demand first.

    The search values sets without the minimum; this makes up for it with exact rosters, one added site at a time.
    """
    program, incumbent, watch = search.program, search.incumbent, search.watch
    tried = 0
    improved = True
    while improved and tried < _FILLS:
        improved = False
        rosters = incumbent.rosters
        if rosters is None or rosters.open.all():
            return
        base = incumbent.sites[rosters.open]
        unserved = program.size.copy()
        groups, at, length = per_group(program, incumbent.sites, rosters)
        np.subtract.at(unserved, groups[at >= 0], length[at >= 0])
        start, _, lists = program.site_lists
        room = np.bincount(
            np.repeat(np.arange(program.n_sites), np.diff(start)), weights=unserved[lists], minlength=program.n_sites
        )
        for j in np.argsort(-room, kind="stable"):
            if tried >= _FILLS or room[j] <= 0 or watch.step():
                break
            trial = np.union1d(base, [j]).astype(np.int32)
            if len(trial) == len(base) or not program.allows(trial):
                continue
            tried += 1
            before = incumbent.objective
            incumbent.settle(trial)
            if incumbent.objective > before:
                improved = True
                search.tell("filling")
                break


def _search_near(
    search: Search, program: StationProgram, position: Longs, dual: Dual, sites: Ints, kicks: int, patience: int
) -> Ints:
    """Iterated local search on the sites of highest value; ``sites`` are positions in ``program``."""
    if len(sites) == 0:
        return sites
    order = np.argsort(-dual.values, kind="stable")
    near = np.union1d(order[: max(8 * len(sites), 60)], sites)
    near = np.union1d(near, np.flatnonzero(program.required))
    part = program.restricted(near)
    place = _places(near, program.n_sites)
    local = LocalSearch(part, SetValues(part))
    start = place[sites]
    value, _, _ = local.values(start)
    found, value = local.iterate(
        start, value, dual.mu[near], dual.gamma[near], search.random, search.watch, kicks=kicks, patience=patience
    )
    chosen = near[found].astype(np.int32)
    if value >= search.incumbent.cutoff:
        search.incumbent.settle(np.sort(position[chosen]).astype(np.int32))
        search.tell("local search")
    return chosen


def _priced_by_kernel(search: Search, dual: Dual, sites: Ints) -> tuple[Dual, Ints]:
    """Prices found by cuts on a growing kernel of sites, each time lifted to all sites for a valid bound.

    At the kernel's optimum a site outside matters only when its value beats the least one that opens.
    """
    program, watch, incumbent = search.program, search.watch, search.incumbent
    scans = Scans(program)
    deltas = best_deltas(
        *scans.lists, scans.size, scans.weight, *scans.lifts(rounded(program, dual.mu), dual.gamma), sites
    )
    must = np.flatnonzero(program.required | (program.unit_min[program.unit] > 0))
    kernel = np.union1d(np.argsort(-deltas, kind="stable")[: 10 * max(len(sites), 5)], np.union1d(must, sites))
    best = dual
    master: CutMaster | None = None
    old_kernel, into_old = kernel, np.zeros(0, np.int32)
    for _ in range(8):
        part = program.restricted(kernel)
        into = part.groups.member_group
        place = _places(kernel, program.n_sites)
        local = LocalSearch(part, SetValues(part))
        found_sites, value = local.climb(place[sites], rounded(part, dual.mu[kernel]), dual.gamma[kernel])
        sites = kernel[found_sites].astype(np.int32)
        if value >= incumbent.cutoff:
            incumbent.settle(sites)
        small = dual.moved_to(program, part, kernel)
        if master is None:
            small = improve_dual(part, small, incumbent.cutoff, watch, iterations=80, patience=8)
            master = CutMaster(part)
            master.add_from(small)
        else:
            master.purge(80)
            old_place = _places(old_kernel, program.n_sites)[kernel].astype(np.int64)
            master = carried(master, into_old, part, into, old_place, watch)
        centre = np.minimum(small.average_opening, 1.0)
        found, _ = tighten(master, small, centre, incumbent.cutoff, watch, rounds=60, tolerance=1e-4)
        if found is None:
            search.better_bound(-np.inf)
            return best, sites
        small = master.mixed_dual(found)
        # groups beyond the kernel's reach get price 0: only closed sites serve them
        price = np.where(into >= 0, small.price[np.maximum(into, 0)], 0.0)
        mu, gamma = dual.mu.copy(), dual.gamma.copy()
        mu[kernel], gamma[kernel] = small.mu, small.gamma
        values = scans.values(price, mu, gamma)
        chosen, total = best_opening(program, values)
        opening = np.zeros(program.n_sites)
        opening[kernel] = found.opening
        dual = Dual(price, mu, gamma, values, float(price @ program.size) + total, chosen, opening)
        if dual.bound < best.bound or not np.isfinite(best.bound):
            best = dual
        search.better_bound(dual.bound)
        search.tell("prices")
        if watch.over() or search.proven:
            break
        sites = _search_near(search, program, np.arange(program.n_sites), dual, sites, kicks=40, patience=20)
        least = np.sort(values[kernel])[-min(len(sites), len(kernel))]
        missing = np.setdiff1d(np.flatnonzero(values > least * (1 + 1e-9)), kernel)
        if len(missing) == 0 or search.proven or watch.over():
            break
        missing = missing[np.argsort(-values[missing], kind="stable")][: max(100, len(kernel) // 2)]
        old_kernel, into_old = kernel, into
        kernel = np.union1d(np.union1d(kernel, missing), sites)
    return best, sites


def _places(sites: Longs, n: int) -> Ints:
    """Place of each of n sites in a list of sites, -1 outside."""
    place = np.full(n, -1, np.int32)
    place[sites] = np.arange(len(sites), dtype=np.int32)
    return place
