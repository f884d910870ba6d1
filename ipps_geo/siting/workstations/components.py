"""A program that falls apart: metropolitan areas that share no enterprise, tied by the number of stations alone.

Sites that share no group cannot compete for an enterprise. The connected components of the site graph are programs of
their own; what ties them is how many stations each of them gets. For a component c let f_c(p) be its best plan with at
most p stations, and B_c(p) any proven bound on it. Then::

    max  sum_c f_c(p_c)   with  sum_c p_c <= N      (the plan)
    max  sum_c B_c(p_c)   with  sum_c p_c <= N      (a bound on every plan)

Both are dynamic programs over the components. The prices of exclusivity of a component give B_c for **every** p at once
(``prices * members`` and the p largest site values); where the bound's optimum wants p stations, f_c(p) is solved by
the model's own search and takes the place of that bound. The two meet after finitely many steps, mostly two or three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from ipps_geo.siting.search.groups import DemandGroups
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.assignment import per_group
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.incumbent import Incumbent, SetValues
from ipps_geo.siting.workstations.lagrangian import improve_dual, starting_dual
from ipps_geo.siting.workstations.program import StationProgram, rounded_bound

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

PRICE_ROUNDS = 200
"""Steps of the subgradient method for the prices of one component."""

FIRST_WORK = 1_000
"""Steps that a component's first search may take: a step does not depend on the machine, so neither does a plan."""


@dataclass(frozen=True, eq=False)
class Component:
    """A program that shares nobody with others: ``sites`` and ``groups`` are its places in the program of all."""

    program: StationProgram
    sites: Longs
    groups: Longs


@dataclass(frozen=True, eq=False)
class Point:
    """The best plan found of one component with at most ``stations``, and the bound on every such plan.

    ``group``, ``site``, ``length``: how many members of which group each site takes (site -1: nobody), by the places
    of the component's own program. ``value`` is minus infinity where no plan can be.
    """

    stations: int
    value: float
    bound: float
    open_sites: Longs
    group: Longs
    site: Ints
    length: Ints
    work: int


def components_of(program: StationProgram) -> tuple[Component, ...]:
    """Split a program into those that share no group; sites of a unit that asks for stations stay together.

    The components come in the order of their first site. The number of stations stays that of the whole.
    """
    groups = program.groups
    first = np.repeat(groups.row_sites[groups.row_start[:-1]], np.diff(groups.row_start))
    tied = [np.flatnonzero(program.unit == unit) for unit in np.flatnonzero(program.unit_min > 0)]
    one = np.concatenate([first, *(np.full(len(sites), sites[0]) for sites in tied if len(sites))])
    other = np.concatenate([groups.row_sites, *(sites for sites in tied if len(sites))])
    graph = sparse.coo_array((np.ones(len(one), np.int8), (one, other)), shape=(program.n_sites, program.n_sites))
    n, of_site = csgraph.connected_components(graph, directed=False)
    of_group = of_site[groups.row_sites[groups.row_start[:-1]]]
    by_site, by_group = np.argsort(of_site, kind="stable"), np.argsort(of_group, kind="stable")
    site_end = np.searchsorted(of_site[by_site], np.arange(1, n))
    group_end = np.searchsorted(of_group[by_group], np.arange(1, n))
    parts = zip(np.split(by_site, site_end), np.split(by_group, group_end), strict=True)
    return tuple(Component(_part(program, sites, chosen), sites, chosen) for sites, chosen in parts)


def _part(program: StationProgram, sites: Longs, chosen: Longs) -> StationProgram:
    """The program of some sites and of all groups that they reach."""
    groups = program.groups
    length = groups.row_start[chosen + 1] - groups.row_start[chosen]
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    entries = np.arange(start[-1]) + np.repeat(groups.row_start[chosen] - start[:-1], length)
    inside = np.zeros(len(program.unit_min), bool)
    inside[program.unit[sites]] = True
    return StationProgram(
        groups=DemandGroups(
            len(sites), start, np.searchsorted(sites, groups.row_sites[entries]).astype(np.int32), groups.size[chosen],
            groups.weight[chosen], groups.label[chosen], np.arange(len(chosen), dtype=np.int32),
        ),
        n_need=int(np.searchsorted(chosen, program.n_need)),
        value=program.value[chosen],
        share=program.share,
        low=program.low[sites],
        high=program.high[sites],
        slack=program.slack[sites],
        required=program.required[sites],
        counted=program.counted[sites],
        n_max=program.n_max,
        cost=program.cost[sites],
        budget=np.inf,
        unit=program.unit[sites],
        unit_min=np.where(inside, program.unit_min, 0),
        site_ids=program.site_ids[sites],
    )  # fmt: skip


# ---------------------------------------------------------------------- what a worker does
def curve_of(task: tuple[StationProgram, int]) -> Floats:
    """Bound on the best plan of a component with at most 0, 1, 2 ... of its sites, from its prices at one number."""
    program, stations = task
    compile_kernels()
    if not program.groups.n_groups:
        return np.where(np.arange(program.n_sites + 1) >= fewest(program), 0.0, -np.inf)
    sized = replace(program, n_max=max(stations, 1))
    start = starting_dual(sized)
    sites = pipeline.first_set(sized, start)
    target = max(0.0, SetValues(sized)(sites)[0]) if len(sites) and sized.allows(sites) else 0.0
    dual = improve_dual(sized, start, target, Watch(), iterations=PRICE_ROUNDS)
    values, prices = dual.values, float(dual.price @ program.size)
    must = program.required | ~program.counted
    always = float(values[program.required].sum() + np.maximum(values[~program.required & ~program.counted], 0).sum())
    ranked = np.sort(np.maximum(values[~must], 0.0))[::-1]
    held = int(np.count_nonzero(program.required & program.counted))
    curve = np.full(program.n_sites + 1, -np.inf)
    totals = prices + always + np.concatenate([[0.0], np.cumsum(ranked)])
    curve[held : held + len(totals)] = totals
    curve[held + len(totals) :] = totals[-1]
    everybody = float(program.size @ program.value)
    curve = np.array([rounded_bound(program, min(bound, everybody)) for bound in curve])
    curve[: fewest(program)] = -np.inf
    return curve


def fewest(program: StationProgram) -> int:
    """Number of stations that required sites and the minimum per unit ask for."""
    forced = program.required & program.counted
    have = np.bincount(program.unit[forced], minlength=len(program.unit_min))
    return int(forced.sum() + np.maximum(program.unit_min - have, 0).sum())


def point_of(task: tuple[StationProgram, int, int, float, int]) -> Point:
    """Search the best plan of a component: (program, stations, steps of work, gap, seed)."""
    program, stations, work, gap, seed = task
    compile_kernels()
    return searched(replace(program, n_max=stations), Watch(work_limit=work), gap, seed)


def searched(program: StationProgram, watch: Watch, gap: float, seed: int) -> Point:
    """Best plan of a program within the watch's limits, as a point."""
    incumbent = Incumbent(program, watch, gap=gap)
    found = pipeline.solve(program, incumbent, watch, gap, seed)
    bound = max(found.bound, incumbent.objective)
    if incumbent.rosters is None:
        nobody = np.zeros(0, np.int64)
        nothing = np.zeros(0, np.int32)
        return Point(program.n_max, -np.inf, bound, nobody, nobody, nothing, nothing, watch.work)
    sites = incumbent.sites
    group, site, length = per_group(program, sites, incumbent.rosters)
    taken = np.bincount(site[site >= 0], weights=length[site >= 0], minlength=program.n_sites)
    idle = (taken[sites] == 0) & (~program.counted[sites] | (~program.required[sites] & (not program.unit_min.any())))
    opened = sites[incumbent.rosters.open & ~idle].astype(np.int64)
    return Point(program.n_max, incumbent.objective, bound, np.sort(opened), group, site, length, watch.work)


# ---------------------------------------------------------------------- how many stations each gets
def best_split(curves: Sequence[Floats], stations: int) -> tuple[Longs, Floats]:
    """Dynamic program: how many stations each component gets at best, and the best total for 0, 1 ... ``stations``.

    ``curves[c][p]`` is what component c is worth with at most p stations. Ties go to fewer stations in the later
    components. Minus infinity where nothing fits.

    >>> best_split([np.array([0.0, 5, 6]), np.array([0.0, 4, 7])], 2)[0].tolist()
    [1, 1]
    """
    total = np.zeros(stations + 1)
    taken = []
    for curve in curves:
        most = min(len(curve) - 1, stations)
        best = total + curve[0]
        number = np.zeros(stations + 1, np.int32)
        for p in range(1, most + 1):
            reached = total[: stations + 1 - p] + curve[p]
            better = reached > best[p:]
            best[p:][better] = reached[better]
            number[p:][better] = p
        taken.append(number)
        total = best
    split = np.zeros(len(curves), np.int64)
    left = stations
    for c in range(len(curves) - 1, -1, -1):
        split[c] = taken[c][left]
        left -= int(split[c])
    return split, total


def monotone(curve: Floats) -> Floats:
    """A bound for p stations holds for fewer too."""
    return np.minimum.accumulate(curve[::-1])[::-1]
