"""Branch and bound for the p-median on the sites that survive, with the Lagrangian bound at every node.

A node is a state per site (free, open, shut) and the multipliers it starts from. A few warm steps of the subgradient
give its bound; sites whose other state cannot pay are fixed; the rest is split on the site whose share of the recent
open sets is nearest to one half. The open node with the lowest bound is taken first, so that the bound of the whole
search rises all the time; when nodes fill the memory, the deepest is taken instead.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ipps_geo.siting.p_median_blocks import BLOCK, CostBlocks, block_minima
from ipps_geo.siting.p_median_bound import FREE, OPEN, SHUT, Ascent, climb, evaluate, fix_sites
from ipps_geo.siting.p_median_instance import Instance
from ipps_geo.siting.p_median_search import SwapSearch
from ipps_geo.siting.p_median_watch import Watch

__all__ = ["Core", "explore"]

_NODE_MEMORY = 256 << 20
_TRUE_COSTS_MEMORY = 1 << 30


@dataclass(eq=False)
class Core:
    """The undecided part of an instance: its blocks, the state of its sites, and multipliers to start from."""

    blocks: CostBlocks
    state: NDArray[np.int8]
    multipliers: NDArray[np.float32]

    @classmethod
    def cut(
        cls, instance: Instance, blocks: CostBlocks, state: NDArray[np.int8], multipliers: NDArray[np.float32]
    ) -> Core:
        """Leave out shut sites, and the rows whose nearest remaining site is open for certain: their cost is known."""
        kept = np.flatnonzero(state != SHUT)
        n = blocks.n_rows
        table = blocks.costs[kept, :n]
        sites, rows = blocks.sites[kept], blocks.rows
        is_open = state[kept] == OPEN
        least = table.min(axis=0)
        decided = np.zeros(n, np.bool_)
        if is_open.any():
            decided = table[is_open].min(axis=0) <= least
        undecided = np.flatnonzero(~decided)
        true_costs = None
        constant = blocks.constant
        if blocks.exact:
            constant += float(blocks.exact_weights[:n][decided] @ least[decided].astype(np.float64))
        elif len(kept) * n * 8 <= _TRUE_COSTS_MEMORY:
            true_table = instance.scaled_costs(rows, sites).T
            true_least = true_table.min(axis=0)
            decided &= true_table[is_open].min(axis=0, initial=np.inf) <= true_least
            undecided = np.flatnonzero(~decided)
            constant += float(blocks.exact_weights[:n][decided] @ true_least[decided])
        width = max(BLOCK, -(-len(undecided) // BLOCK) * BLOCK)
        costs = np.full((len(kept), width), 1e30, np.float32)
        costs[:, : len(undecided)] = table[:, undecided]
        if not blocks.exact:
            if len(kept) * n * 8 <= _TRUE_COSTS_MEMORY:
                true_costs = np.full((len(kept), width), 1e30)
                true_costs[:, : len(undecided)] = true_table[:, undecided]
            else:
                constant += float(blocks.exact_weights[:n][decided] @ least[decided].astype(np.float64))

        def padded(values: NDArray[np.floating], dtype: type) -> NDArray[np.floating]:
            wide = np.zeros(width, dtype)
            wide[: len(undecided)] = values[:n][undecided]
            return wide

        core = CostBlocks(
            costs,
            block_minima(costs),
            padded(blocks.weights, np.float32),
            padded(blocks.exact_weights, np.float64),
            rows[undecided],
            sites,
            padded(least, np.float32),
            padded(table.max(axis=0), np.float32),
            blocks.exact,
            constant,
            true_costs,
        )
        return cls(core, state[kept].copy(), padded(multipliers, np.float32))


@dataclass(order=True)
class _Node:
    key: float
    number: int
    bound: float = field(compare=False)
    depth: int = field(compare=False)
    state: NDArray[np.int8] = field(compare=False)
    multipliers: NDArray[np.float32] = field(compare=False)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ceilings(costs, minima, state, row_most, most):  # type: ignore[no-untyped-def]
    """Cost of the nearest open site per row: no multiplier above it can help."""
    most[:] = row_most
    for j in range(len(state)):
        if state[j] == 1:
            for u in range(len(most)):
                most[u] = min(most[u], costs[j, u])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _plan_value(costs, exact_weights, chosen, n):  # type: ignore[no-untyped-def]
    """Objective of a chosen set on the core."""
    nearest = np.full(n, np.float32(3e38))
    for j in range(len(chosen)):
        if chosen[j]:
            for u in range(n):
                nearest[u] = min(nearest[u], costs[j, u])
    total = 0.0
    for u in range(n):
        total += exact_weights[u] * np.float64(nearest[u])
    return total


def explore(core: Core, instance: Instance, search: SwapSearch, watch: Watch, steps: int = 30) -> None:
    """Search the core to the end or until the watch stops it; the watch keeps incumbent and bound."""
    blocks, p = core.blocks, instance.n_sites
    constant = blocks.constant
    heap = [_Node(-np.inf, 0, watch.bound - constant, 0, core.state, core.multipliers)]
    numbers = 1
    most = np.empty_like(blocks.row_most)
    limit = max(50, _NODE_MEMORY // max(1, core.multipliers.nbytes))
    deep_first = False
    position = {int(site): k for k, site in enumerate(search.blocks.sites)}
    while heap:
        if deep_first != (len(heap) > limit):
            deep_first = not deep_first
            for waiting in heap:
                waiting.key = -waiting.depth if deep_first else waiting.bound
            heapq.heapify(heap)
        node = heapq.heappop(heap)
        target = watch.cutoff - constant
        if node.bound >= target:
            continue
        if watch.stopped():
            heapq.heappush(heap, node)
            break
        state = node.state.copy()
        _ceilings(blocks.costs, blocks.minima, state, blocks.row_most, most)
        ascent = Ascent.start(blocks, np.minimum(node.multipliers, most), 0.3)
        upper = watch.objective - constant
        climb(
            blocks, ascent, state, p, upper + 5e-4 * abs(upper), target + 1e-7 * abs(target),
            watch.steps_left(steps if node.number else 4 * steps),
            most=most, patience=6, shrink=0.6, alpha_min=0.01,
        )  # fmt: skip
        watch.spend(ascent.steps)
        bound, rho, chosen = evaluate(blocks, ascent.multipliers, state, p)
        bound = max(bound, node.bound)
        if bound < target:
            value = _plan_value(blocks.costs, blocks.exact_weights, chosen, blocks.n_rows)
            if value < upper * (1 - 1e-9):
                _improve(np.flatnonzero(chosen), core, instance, search, watch, position)
                target = watch.cutoff - constant
            fix_sites(bound, rho, chosen, state, target)
        if bound >= target:
            continue
        n_open, n_free = int((state == OPEN).sum()), int((state == FREE).sum())
        if n_open >= p or n_open + n_free <= p:
            if n_open <= p <= n_open + n_free:
                leaf = np.flatnonzero(state == OPEN) if n_open == p else np.flatnonzero(state != SHUT)
                watch.offer(blocks.sites[leaf], instance.value(blocks.sites[leaf]))
            continue
        free = np.flatnonzero(state == FREE)
        share = ascent.open_share[free] / max(1e-9, 1 - 0.95**ascent.steps)
        branch = int(free[np.argmax(np.minimum(share, 1 - share) + 1e-9 * rho[free])])
        inside = rho[(state == FREE) & chosen].min(initial=np.inf)
        outside = rho[(state == FREE) & ~chosen].max(initial=-np.inf)
        for value_of, child_bound in (
            (SHUT, bound + max(0.0, rho[branch] - outside) if chosen[branch] else bound),
            (OPEN, bound if chosen[branch] else bound + max(0.0, inside - rho[branch])),
        ):
            child_state = state.copy()
            child_state[branch] = value_of
            child_bound *= 1 - 1e-14 * np.sign(child_bound)
            if child_bound >= target:
                continue
            key = -(node.depth + 1) if deep_first else child_bound
            heapq.heappush(heap, _Node(key, numbers, child_bound, node.depth + 1, child_state, ascent.multipliers))
            numbers += 1
        if numbers % 64 < 2:
            _raise_bound(heap, constant, watch)
    _raise_bound(heap, constant, watch)


def _raise_bound(heap: list[_Node], constant: float, watch: Watch) -> None:
    """Every plan lies in an open node, or was cut off at the cutoff of its time, which only falls."""
    open_least = min((waiting.bound for waiting in heap), default=np.inf)
    watch.raise_bound(min(open_least + constant, watch.cutoff))


def _improve(
    chosen: NDArray[np.int64],
    core: Core,
    instance: Instance,
    search: SwapSearch,
    watch: Watch,
    position: dict[int, int],
) -> None:
    """Offer a chosen set, after a descent."""
    sites = core.blocks.sites[chosen]
    watch.offer(sites, instance.value(sites))
    found = search.descend_once(np.array([position[int(site)] for site in sites]), watch)
    if found is not None:
        polished = search.blocks.sites[found[0]]
        watch.offer(polished, instance.value(polished))
