"""The proof of a plan on the sites that values leave: cuts, rows, the tree, the whole program where it is small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.workstations import cover_search, hand_over
from ipps_geo.siting.workstations.branching import Tree
from ipps_geo.siting.workstations.cuts import CutMaster, tighten
from ipps_geo.siting.workstations.incumbent import SetValues
from ipps_geo.siting.workstations.lagrangian import Dual, improve_dual, starting_dual
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.search_state import Search

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

#: Pairs of groups and sites up to which rows are bounded by one linear program, and sites that are then solved whole.
_MOST_ENTRIES, _WHOLE_SITES = 200_000, 280
#: Relative distance of plan and bound at which a few nodes of the tree come first: they may be all that is missing.
_CLOSE, _FIRST_NODES = 1.5e-4, 30
#: Nodes of the tree on openings after which a small program goes to HiGHS.
_FEW_NODES = 150


def prove(search: Search, dual: Dual) -> None:
    """Cuts and the tree, on the sites that survive fixing by value."""
    program, watch, incumbent = search.program, search.watch, search.incumbent
    keep = _possible(search, program, dual)
    part = program.restricted(keep)
    small = dual.moved_to(program, part, keep)
    if watch.over():
        return
    small = improve_dual(part, small, incumbent.cutoff, watch, iterations=150, step=0.5)
    search.better_bound(small.bound)
    search.tell("prices")
    if search.proven or watch.over():
        return
    again = _possible(search, part, small)
    if len(again) < 0.8 * len(keep):
        narrower = part.restricted(again)
        small = small.moved_to(part, narrower, again)
        part, keep = narrower, keep[again]
    master = CutMaster(part)
    master.add_from(small)
    if part.capacitated:  # each site can do no more than on its own, which prices alone are slow to see
        alone = starting_dual(part)
        master.add(np.zeros(len(part.size)), alone.mu, alone.gamma, alone.values)
    centre = np.minimum(small.average_opening, 1.0)
    centre *= min(1.0, part.n_max / max(centre.sum(), 1e-9))
    found, bound = tighten(master, small, centre, incumbent.cutoff, watch, rounds=400, tolerance=2e-5)
    if found is None:
        search.better_bound(-np.inf)
        return
    search.better_bound(bound)
    search.tell("cuts")
    if search.proven or watch.over():
        return
    few = len(part.groups.row_sites) <= hand_over.MOST_PAIRS
    mixed = master.mixed_dual(found)
    if part.plain:
        _by_rows(search, part, keep, master, small, mixed)
        if search.proven or watch.over():
            return
    if few and search.minimum_binds:
        _handed_over(search, part, keep, mixed, master.opened)
        return
    master.purge(max(60, 2 * int((np.abs(found.opening - 0.5) < 0.5 - 1e-6).sum())))
    tree = Tree(part, keep.astype(np.int32), master, small, incumbent, watch)
    search.better_bound(tree.run(min(bound, search.bound), search.gap, _FEW_NODES if few else None))
    search.tell("branching")
    if few and not search.proven and not watch.over():
        _handed_over(search, part, keep, mixed, master.opened)


def _possible(search: Search, program: StationProgram, dual: Dual) -> Longs:
    """Sites that may still be in a better plan, by the site values (only the number of sites limits)."""
    if np.isfinite(program.budget) or not np.isfinite(dual.bound):
        return np.arange(program.n_sites)
    room = program.n_max - int(np.count_nonzero(program.required & program.counted))
    free = program.counted & ~program.required
    ranked = np.sort(dual.values[free])[::-1]
    threshold = ranked[room - 1] if 0 < room <= len(ranked) else 0.0
    loss = np.minimum(dual.values - max(threshold, 0.0), 0.0)
    keep = (dual.bound + loss >= search.incumbent.cutoff) | ~free
    keep |= np.isin(program.site_ids, search.program.site_ids[search.incumbent.sites])
    return np.flatnonzero(keep)


def _by_rows(search: Search, part: StationProgram, keep: Longs, master: CutMaster, small: Dual, mixed: Dual) -> None:
    """What covering programs of rows can do for a plain program: a better plan, then a better bound."""
    incumbent, watch, position = search.incumbent, search.watch, keep.astype(np.int32)
    if search.bound - incumbent.objective <= _CLOSE * incumbent.objective:
        tree = Tree(part, position, master, small, incumbent, watch)
        search.better_bound(tree.run(search.bound, search.gap, _FIRST_NODES))
        search.tell("branching")
        if search.proven or watch.over():
            return
    cover_search.search_near(part, position, mixed.values, mixed.average_opening, incumbent, watch)
    search.better_bound(search.bound)
    search.tell("promising sites")
    # rows know nothing of the roster minimum: where it binds they bound no better than prices
    few_entries = len(part.groups.row_sites) <= _MOST_ENTRIES
    if few_entries and not (search.minimum_binds or search.proven or watch.over()):
        _bounded_by_rows(search, part, keep, master, mixed)


def _bounded_by_rows(search: Search, part: StationProgram, keep: Longs, master: CutMaster, mixed: Dual) -> None:
    """Bound by the relaxation of rows, close the sites that it leaves no place, solve the rest whole where it is small.

    What it proves becomes a cut of the master, under which the tree begins.
    """
    incumbent, watch = search.incumbent, search.watch
    mine = np.flatnonzero(np.isin(keep, incumbent.sites)).astype(np.int32)
    of_set = mixed.mu.copy()
    if len(mine):
        of_set[mine] = SetValues(part)(mine)[1]
    multipliers = (mixed.mu, of_set, master.cuts[-1].mu)
    found = cover_search.row_bound(part, multipliers, watch)
    if found is None:
        return
    search.better_bound(found.bound)
    search.tell("rows")
    if search.proven or watch.over():
        return
    master.add_proven(found.constant, found.values)
    left = _possible(search, part, replace(mixed, values=found.values, bound=found.bound))
    master.upper[np.setdiff1d(np.arange(part.n_sites), left)] = 0.0
    if len(left) <= _WHOLE_SITES:
        of_left = [mu[left] for mu in multipliers[:2]]  # the search adds what it misses
        position = keep[left].astype(np.int32)
        search.better_bound(cover_search.search_whole(part.restricted(left), position, of_left, incumbent, watch))
        search.tell("rows")


def _handed_over(search: Search, part: StationProgram, keep: Longs, dual: Dual, opened: Floats) -> None:
    """A small program by HiGHS: first on its promising sites, then on all that the plan found there leaves."""
    incumbent, watch = search.incumbent, search.watch
    hand_over.near(part, keep.astype(np.int32), opened, incumbent, watch)
    search.better_bound(search.bound)
    search.tell("promising sites")
    if search.proven or watch.over():
        return
    left = _possible(search, part, dual)
    search.better_bound(hand_over.whole(part.restricted(left), keep[left].astype(np.int32), incumbent, watch))
    search.tell("whole program")
