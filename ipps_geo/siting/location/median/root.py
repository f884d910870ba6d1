"""The p-median search as a whole: a start, swaps and kicks, the climb of the bound, and the tree on what is left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.median.blocks import CostBlocks
from ipps_geo.siting.location.median.bound import FREE, OPEN, SHUT, Ascent, climb, evaluate, fix_sites
from ipps_geo.siting.location.median.instance import Instance
from ipps_geo.siting.location.median.swap_search import SwapSearch
from ipps_geo.siting.location.median.tree import Core, Tree
from ipps_geo.siting.location.median.watch import MedianWatch

__all__ = ["solve_reduced"]

_KICKS = 15
_KICKS_BESIDE = 4
_STEPS_PER_ROUND = 40
_ROOT_STEPS = 1200
_SMALL = 1_000_000  # entries; below, a descent costs next to nothing


def solve_reduced(instance: Instance, seed: int, threads: int, watch: MedianWatch) -> None:
    """Search the instance until the watch's incumbent is proven or the watch stops it."""
    watch.raise_bound(0.0)
    everything = np.arange(len(instance.sites))
    if instance.n_sites >= len(everything):
        watch.offer(everything, instance.value(everything))
        watch.raise_bound(watch.objective)
        return
    start = instance.sample_start()
    watch.phase = "search"
    watch.offer(start, instance.value(start))
    blocks = instance.blocks(start, watch.over)
    if blocks is None:
        return
    watch.raise_bound(float(blocks.exact_weights @ blocks.row_least) * (1 - 1e-9))
    search = SwapSearch(blocks, instance.required, seed)
    best, total = search.descend(start, watch)
    watch.offer(best, instance.value(best))
    first = _first_multipliers(instance, blocks, search, best, watch)
    if threads == 1:
        best, total = search.kick(best, total, _KICKS, watch)
        watch.offer(best, instance.value(best))
    watch.phase = "bound"
    with ThreadPoolExecutor(1) if threads > 1 else nullcontext() as helper:
        core = _ascend(instance, blocks, search, first, helper, watch)
    if core is not None and not watch.over():
        watch.phase = "tree"
        Tree(core, instance, search, watch).explore()


def _ascend(
    instance: Instance,
    blocks: CostBlocks,
    search: SwapSearch,
    first: NDArray[np.float32],
    helper: ThreadPoolExecutor | None,
    watch: MedianWatch,
) -> Core | None:
    """Climb the bound on all sites, fixing sites on the way; returns what is left to branch on, if anything."""
    p = instance.n_sites
    small = blocks.costs.size < _SMALL
    state = np.full(len(blocks.sites), FREE, np.int8)
    state[instance.required] = OPEN
    ascent = Ascent.start(blocks, first, 1.0)
    spent = 0
    best_bound = -np.inf
    best_multipliers = ascent.multipliers.copy()
    while spent < _ROOT_STEPS and not ascent.done and not watch.over():
        _climb_beside_kicks(instance, blocks, ascent, state, search, helper, watch)
        spent += ascent.steps
        bound, rho, chosen = evaluate(blocks, ascent.multipliers, state, p)
        if bound > best_bound:
            best_bound = bound
            best_multipliers[:] = ascent.multipliers
        watch.raise_bound(min(bound, watch.cutoff))
        if watch.objective - bound < (0.03 if small else 0.006) * watch.objective:
            for chosen_sites in ascent.recent if small else ascent.recent[-1:]:
                if chosen_sites.sum() == p and not watch.proven:
                    _polish(np.flatnonzero(chosen_sites), instance, search, watch)
        if watch.proven:
            return None
        if fix_sites(bound, rho, chosen, state, watch.cutoff) and _decided(state, p):
            break
        keep = state != SHUT
        if keep.mean() < 0.8:
            blocks = blocks.keep_sites(keep)
            search.narrowed(blocks, keep)
            state = state[keep].copy()
            ascent.open_share = ascent.open_share[keep]
            ascent.recent = ascent.recent[:, keep]
    if watch.over():
        return None
    keep = state != SHUT
    blocks = blocks.keep_sites(keep)
    search.narrowed(blocks, keep)
    state = state[keep].copy()
    if len(state) > p:
        best = _incumbent(blocks, watch)
        if len(best) == p:
            best, _ = search.kick(best, watch.objective, 2 * _KICKS, watch)
            watch.offer(blocks.sites[best], instance.value(blocks.sites[best]))
    return Core.cut(instance, blocks, state, best_multipliers)


def _incumbent(blocks: CostBlocks, watch: MedianWatch) -> NDArray[np.int64]:
    """Positions of the incumbent's sites in the blocks; fewer than p when one of them was shut."""
    return np.flatnonzero(np.isin(blocks.sites, [] if watch.open_sites is None else watch.open_sites))


def _climb_beside_kicks(
    instance: Instance,
    blocks: CostBlocks,
    ascent: Ascent,
    state: NDArray[np.int8],
    search: SwapSearch,
    helper: ThreadPoolExecutor | None,
    watch: MedianWatch,
) -> None:
    """One round of steps; with a helper thread, kicks from the incumbent go on meanwhile.

    Both begin and end together, so that the result depends on no race.
    """
    steps = watch.steps_left(_STEPS_PER_ROUND)
    arguments = (blocks, ascent, state, instance.n_sites, watch.objective * 1.0005, watch.cutoff * (1 + 1e-7), steps)
    if helper is None:
        climb(*arguments)
    else:
        climbing = helper.submit(climb, *arguments)
        incumbent = _incumbent(blocks, watch)
        if len(incumbent) == instance.n_sites:
            best, _ = search.kick(incumbent, watch.objective, _KICKS_BESIDE, watch)
            watch.offer(blocks.sites[best], instance.value(blocks.sites[best]))
        climbing.result()
    watch.spend(ascent.steps)


def _decided(state: NDArray[np.int8], p: int) -> bool:
    """Whether one plan at most is left."""
    n_open = int((state == OPEN).sum())
    return n_open >= p or n_open + int((state == FREE).sum()) <= p


def _polish(chosen: NDArray[np.int64], instance: Instance, search: SwapSearch, watch: MedianWatch) -> None:
    """Offer the local optimum below a chosen set that was not seen before."""
    found = search.descend_once(chosen, watch)
    if found is not None and found[1] < watch.objective * (1 + 1e-6):
        sites = search.blocks.sites[found[0]]
        watch.offer(sites, instance.value(sites))


def _first_multipliers(
    instance: Instance, blocks: CostBlocks, search: SwapSearch, start: NDArray[np.int64], watch: MedianWatch
) -> NDArray[np.float32]:
    """Between the costs of the nearest and the second open site: the fraction with the best bound."""
    state = np.full(len(blocks.sites), FREE, np.int8)
    state[instance.required] = OPEN
    nearest, second = search.two_nearest(start)
    second = np.minimum(second, blocks.row_most)
    best, best_bound = nearest, -np.inf
    for fraction in (0.05, 0.1, 0.2, 0.35, 0.5):
        multipliers = (nearest + np.float32(fraction) * (second - nearest)).astype(np.float32)
        bound, _, _ = evaluate(blocks, multipliers, state, instance.n_sites)
        watch.spend(1)
        watch.raise_bound(min(bound, watch.cutoff))
        if bound > best_bound:
            best, best_bound = multipliers, bound
    return best
