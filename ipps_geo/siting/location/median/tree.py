"""Branch and bound for the p-median on the sites that survive, with the Lagrangian bound at every node.

A node is a state per site (free, open, shut) and the multipliers it starts from. A few warm steps of the subgradient
give its bound; sites whose other state cannot pay are fixed; the rest is split on the site whose share of the recent
open sets is nearest to one half. The open node with the lowest bound is taken first, so that the bound of the whole
search rises all the time; when nodes fill the memory, the deepest is taken instead.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel
from ipps_geo.siting.location.median.blocks import BLOCK, CostBlocks, block_minima
from ipps_geo.siting.location.median.bound import FREE, OPEN, SHUT, Ascent, climb, evaluate, fix_sites
from ipps_geo.siting.location.median.instance import Instance
from ipps_geo.siting.location.median.prefix import PrefixLp, PrefixProgram
from ipps_geo.siting.location.median.swap_search import SwapSearch
from ipps_geo.siting.location.median.watch import MedianWatch

__all__ = ["Core", "Tree"]

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]

_NODE_MEMORY = 256 << 20
_STEPS = 30
_CANDIDATES = 8
_RELIABLE = 1
_NODES_BEFORE_PROGRAM = 20
_PROGRAM_SIZE = 25_000
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

        def padded(values: NDArray[np.floating], dtype: Any) -> Any:
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


@kernel()
def _lower_to(costs: Floats32, inside: Flags, nearest: Floats32) -> None:
    """Lower the costs of the first rows to the nearest of the sites inside."""
    for j in range(len(inside)):
        if inside[j]:
            for u in range(len(nearest)):
                nearest[u] = min(nearest[u], costs[j, u])


@kernel()
def _plan_value(costs: Floats32, exact_weights: Floats, chosen: Flags, n: int) -> float:
    """Objective of a chosen set on the core."""
    nearest = np.full(n, np.float32(3e38))
    _lower_to(costs, chosen, nearest)
    total = 0.0
    for u in range(n):
        total += exact_weights[u] * np.float64(nearest[u])
    return total


@dataclass(eq=False)
class _Split:
    """A bounded node: what is fixed in it, and what a choice of the site to branch on needs."""

    bound: float
    state: NDArray[np.int8]
    multipliers: NDArray[np.float32]
    rho: NDArray[np.float64]
    chosen: NDArray[np.bool_]
    share: NDArray[np.float64]


class Tree:
    """Best-first branch and bound on one core; :meth:`explore` runs it to the end or until the watch stops it."""

    def __init__(self, core: Core, instance: Instance, search: SwapSearch, watch: MedianWatch) -> None:
        self.blocks = core.blocks
        self.instance = instance
        self.search = search
        self.watch = watch
        self.p = instance.n_sites
        self.constant = core.blocks.constant
        self._heap = [_Node(-np.inf, 0, watch.bound - self.constant, 0, core.state, core.multipliers)]
        self._numbers = 1
        self._most = np.empty_like(core.blocks.row_most)
        self._limit = max(50, _NODE_MEMORY // max(1, core.multipliers.nbytes))
        self._deep_first = False
        self._position = {int(site): k for k, site in enumerate(search.blocks.sites)}
        # Pseudo-costs: how much the bound rose when a site was shut or opened, and how often that was seen.
        self._rise = np.zeros((2, len(core.state)))
        self._seen = np.zeros((2, len(core.state)), np.int64)
        self._root: _Split | None = None
        self._program: PrefixLp | None = None

    @property
    def target(self) -> float:
        """A node whose bound gets there holds no better plan."""
        return self.watch.cutoff - self.constant

    def explore(self) -> None:
        """Search; the watch keeps incumbent and bound."""
        popped = 0
        while self._heap:
            self._choose_order()
            node = heapq.heappop(self._heap)
            if node.bound >= self.target:
                continue
            if self.watch.over():
                heapq.heappush(self._heap, node)
                break
            split = self._bound(node.state, node.multipliers, node.bound, _STEPS if node.number else 4 * _STEPS)
            if split is not None:
                self._root = self._root or split
                self._branch(node, split)
            popped += 1
            if popped == _NODES_BEFORE_PROGRAM and self._root is not None:
                self._make_program(self._root)
            if popped % 32 == 0:
                self._raise_bound()
        self._raise_bound()

    def _make_program(self, root: _Split) -> None:
        """Bound by the prefix program from now on, when it is small."""
        blocks = self.blocks
        room = (self.target - root.bound) / blocks.exact_weights[: blocks.n_rows]
        ceiling = root.multipliers[: blocks.n_rows] + room
        program = PrefixProgram.build(blocks, root.state, ceiling, _PROGRAM_SIZE)
        if program is not None and program.size <= _PROGRAM_SIZE:
            self._program = PrefixLp(program, blocks, self.p)

    def _choose_order(self) -> None:
        """Lowest bound first; deepest first while the waiting nodes fill the memory."""
        if self._deep_first == (len(self._heap) > self._limit):
            return
        self._deep_first = not self._deep_first
        for waiting in self._heap:
            waiting.key = -waiting.depth if self._deep_first else waiting.bound
        heapq.heapify(self._heap)

    def _raise_bound(self) -> None:
        """Every plan lies in a waiting node, or was cut off at the cutoff of its time, which only falls."""
        least = min((waiting.bound for waiting in self._heap), default=np.inf)
        self.watch.raise_bound(min(least + self.constant, self.watch.cutoff))

    def _bound(
        self, state: NDArray[np.int8], multipliers: NDArray[np.float32], known: float, steps: int
    ) -> _Split | None:
        """Climb from ``multipliers``, fix sites, look for plans; nothing is returned when no better plan is left."""
        blocks, p, watch = self.blocks, self.p, self.watch
        state = state.copy()
        target = self.target
        upper = watch.objective - self.constant
        solved = None if self._program is None else self._program.solve(state)
        if solved is not None:
            multipliers, share = solved
            watch.spend(_STEPS)
        else:
            self._program = None
            multipliers, share = self._climbed(state, multipliers, steps)
        own, rho, chosen = evaluate(blocks, multipliers, state, p)
        bound = max(own, known)
        if bound >= target:
            return None
        value = _plan_value(blocks.costs, blocks.exact_weights, chosen, blocks.n_rows)
        if value < upper * (1 - 1e-9):
            self._improve(np.flatnonzero(chosen))
            target = self.target
            if bound >= target:
                return None
        fix_sites(own, rho, chosen, state, target)  # rho counts from its own bound, not from the inherited one
        n_open, n_free = int((state == OPEN).sum()), int((state == FREE).sum())
        if n_open >= p or n_open + n_free <= p:
            if n_open <= p <= n_open + n_free:
                leaf = np.flatnonzero(state == OPEN) if n_open == p else np.flatnonzero(state != SHUT)
                watch.offer(blocks.sites[leaf], self.instance.value(blocks.sites[leaf]))
            return None
        return _Split(bound, state, multipliers, rho, chosen, share)

    def _climbed(
        self, state: NDArray[np.int8], multipliers: NDArray[np.float32], steps: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Multipliers after some steps of the subgradient, and how often each site was open on the way."""
        blocks, watch = self.blocks, self.watch
        self._most[:] = blocks.row_most
        _lower_to(blocks.costs, state == OPEN, self._most)  # above its nearest open site no multiplier helps
        ascent = Ascent.start(blocks, np.minimum(multipliers, self._most), 0.3)
        upper = watch.objective - self.constant
        climb(
            blocks, ascent, state, self.p, upper + 5e-4 * abs(upper), self.target + 1e-7 * abs(self.target),
            watch.steps_left(steps), most=self._most, patience=6, shrink=0.6, alpha_min=0.01,
        )  # fmt: skip
        watch.spend(ascent.steps)
        return ascent.multipliers, ascent.open_share / max(1e-9, 1 - 0.95**ascent.steps)

    def _branch(self, node: _Node, split: _Split) -> None:
        """Split on the site with the best product of rises; sites without a history are tried first."""
        free = np.flatnonzero(split.state == FREE)
        closeness = np.minimum(split.share, 1 - split.share)[free] + 1e-9 * split.rho[free]
        candidates = free[np.argsort(-closeness, kind="stable")[:_CANDIDATES]]
        best_score = -1.0
        best: list[tuple[NDArray[np.int8], float, NDArray[np.float32]]] = []
        for site in candidates:
            if (self._seen[:, site] >= _RELIABLE).all():
                rise = self._rise[:, site] / self._seen[:, site]
                score = max(rise[0], 1e-6) * max(rise[1], 1e-6)
                if score > best_score:
                    best_score, best = score, self._children(split, int(site))
                continue
            children = self._children(split, int(site))
            tried = []
            rises = []
            for side, (state, bound, multipliers) in enumerate(children):
                result = None if bound >= self.target else self._bound(state, multipliers, bound, _STEPS)
                rise_here = (self.target if result is None else result.bound) - split.bound
                rises.append(rise_here)
                self._rise[side, site] += rise_here
                self._seen[side, site] += 1
                if result is not None:
                    tried.append((result.state, result.bound, result.multipliers))
            score = max(rises[0], 1e-6) * max(rises[1], 1e-6)
            if score > best_score or len(tried) < 2:
                best_score, best = score, tried
            if len(tried) < 2:
                break  # one side is done with: nothing branches better
        for state, bound, multipliers in best:
            if bound < self.target:
                key = -(node.depth + 1) if self._deep_first else bound
                heapq.heappush(self._heap, _Node(key, self._numbers, bound, node.depth + 1, state, multipliers))
                self._numbers += 1

    def _children(self, split: _Split, site: int) -> list[tuple[NDArray[np.int8], float, NDArray[np.float32]]]:
        """The node with the site shut and the node with it open; the site that enters or leaves lifts the bound."""
        free = split.state == FREE
        inside = split.rho[free & split.chosen].min(initial=np.inf)
        outside = split.rho[free & ~split.chosen].max(initial=-np.inf)
        lift_shut = max(0.0, split.rho[site] - outside) if split.chosen[site] else 0.0
        lift_open = 0.0 if split.chosen[site] else max(0.0, inside - split.rho[site])
        children = []
        for value, lift in ((SHUT, lift_shut), (OPEN, lift_open)):
            state = split.state.copy()
            state[site] = value
            bound = split.bound + lift
            children.append((state, bound - 1e-14 * abs(bound), split.multipliers))
        return children

    def _improve(self, chosen: NDArray[np.int64]) -> None:
        """Offer a chosen set, and what a descent from it finds."""
        sites = self.blocks.sites[chosen]
        self.watch.offer(sites, self.instance.value(sites))
        found = self.search.descend_once(np.array([self._position[int(site)] for site in sites]), self.watch)
        if found is not None:
            polished = self.search.blocks.sites[found[0]]
            self.watch.offer(polished, self.instance.value(polished))
