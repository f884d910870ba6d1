"""Branch and Benders cut on the opening variables, for models that maximise covered weight.

The program, over coverage groups g with reaching sites J(g), is

    max  sum_c theta_c
    s.t. theta_c <= sum over groups g of cluster c of weight_g min(1, sum_{j in J(g)} y_j - r)
         sum_j y_j <= p,   sum_{j in R} y_j >= 1 for each required row R,   y binary

with r = 0 for maximal covering (Church and ReVelle 1974) and r = 1 for demand covered twice once every required row
holds (Hogan and ReVelle 1986). Only y and theta are in the linear program; the right-hand side is concave and is cut
off in closed form (Cordeau, Furini and Ljubic 2019). The groups are split into clusters around the sites of the first
plan, with one theta each: a cut per cluster and round converges in a fraction of the rounds that one sum over all
groups needs.

Proofs do not rest on the solver's tolerances: the duals of a node are rounded to multipliers that sum to one in each
cluster, and the node's bound is then a sum of int64 products (float64 where weights are too fine), valid as any
Lagrangian bound is.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.cut_program import CutProgram, Floats, Ints, Longs
from ipps_geo.siting.location.covering.kernels import combined_cuts, covered_weight, improve_by_swaps, mark_covered
from ipps_geo.siting.search.groups import DemandGroups
from ipps_geo.siting.search.strong_branching import CLOSED, FREE, OPEN, States, StrongBranching
from ipps_geo.siting.search.watch import Watch


@dataclass(order=True)
class _Node:
    """An open node: sites fixed so far and the best bound known for it; the largest bound comes first."""

    minus_bound: int
    number: int
    state: States = field(compare=False)


class CoverTree(CutProgram):
    """One search over the groups of the sites still in play.

    ``weight`` holds the groups' weights in whole units; ``incumbent`` is a plan worth ``value`` units; plans that are
    better by less than ``least_gain`` units are not looked for. ``best``, ``value`` and ``bound`` (units) are the
    answer at any time.
    """

    def __init__(
        self,
        groups: DemandGroups,
        weight: Longs,
        n_open: int,
        incumbent: Ints,
        value: int,
        watch: Watch,
        *,
        state: States | None = None,
        centres: Ints | None = None,
        offset: int = 0,
        required: CoverProgram | None = None,
        least_gain: int = 1,
        unit: float = 1.0,
    ) -> None:
        super().__init__(
            groups,
            weight,
            n_open,
            watch,
            np.sort(incumbent).astype(np.int32) if centres is None else centres,
            offset,
            required,
        )
        self.best = np.sort(incumbent).astype(np.int32)
        self.value = int(value)
        self.bound = int(weight.sum())
        self.least_gain = least_gain
        self.unit = unit
        self.state = np.zeros(groups.n_sites, np.int8) if state is None else state.astype(np.int8)
        self.n_nodes = 0
        n_required = 0 if required is None else required.n_rows
        bits = 61 - ((int(weight.sum()) + 1) * (n_open + 2) * (n_required + 1)).bit_length()
        self._dual_unit = 1 << min(bits, 30) if bits >= 20 else 0
        self._branching = StrongBranching(groups.n_sites)
        self._seen: dict[bytes, int] = {}

    # ------------------------------------------------------------------ bounds in whole numbers
    def _prove(self, state: States, duals: Floats) -> tuple[int, States]:
        """Upper bound of a node in whole units from the duals of its cuts, and the state with what the bound fixes."""
        unit = self._dual_unit
        cluster = self._pool.cluster
        share = np.clip(duals, 0.0, 1.0)
        total = np.bincount(cluster, share, minlength=self.n_clusters)
        share = share / np.maximum(total, 1.0)[cluster] * (1 - 1e-12)
        shares: Any = np.floor(share * unit).astype(np.int64) if unit else share
        used = np.bincount(cluster, shares, minlength=self.n_clusters).astype(shares.dtype)
        order = np.lexsort((-shares, cluster))
        largest = order[np.searchsorted(cluster[order], np.arange(self.n_clusters))]
        shares[largest] += max(unit, 1) - used  # each cluster's multipliers sum to one
        values = combined_cuts(shares, self._pool.start, self._pool.sites, self._pool.coefficients, len(state))
        constant = shares @ self._pool.constants
        if self.required is not None:  # any prices >= 0 of the required rows keep the bound valid
            prices: Any = self._required_duals
            if unit:
                prices = np.floor(prices * min(1.0, self._dearest / max(float(prices.sum()), 1e-9)) * unit).astype(
                    np.int64
                )
            constant = constant - prices.sum()
            np.add.at(values, self.required.sites, np.repeat(prices, np.diff(self.required.start)))
        return self._bound_and_fix(state, constant, values)

    def _bound_and_fix(self, state: States, constant: Any, values: Any) -> tuple[int, States]:
        """Open sites, plus the largest free values; a site whose change of mind drops the bound too far is fixed.

        ``values`` are int64 multiples of the dual unit, and everything is exact; for weights too fine for that they
        are float64, and a margin of 1e-12 covers the rounding.
        """
        unit = max(self._dual_unit, 1)
        opened = state == OPEN
        free = np.flatnonzero(state == FREE)
        n_left = self.n_open - int(opened.sum())
        order = free[np.argsort(-values[free], kind="stable")]
        inside, outside = order[:n_left], order[n_left:]
        bound = constant + values[opened].sum() + values[inside].sum()
        if not self._dual_unit:
            bound = bound * (1 + 1e-12)
        fixed = state.copy()
        slack = bound - (self.value + self.least_gain) * unit
        if slack >= 0 and len(inside) and len(outside):
            fixed[outside[values[inside[-1]] - values[outside] > slack]] = CLOSED
            fixed[inside[values[inside] - values[outside[0]] > slack]] = OPEN
        if int((fixed == OPEN).sum()) == self.n_open:
            fixed[fixed == FREE] = CLOSED
        return int(bound) // unit, fixed

    # ------------------------------------------------------------------ plans
    def _offer(self, y: Floats, state: States, improve: bool = True) -> None:
        """Round a fractional plan to the largest y and keep it when it is better; ``improve`` tries swaps first.

        A set that was seen before is not looked at again.
        """
        order = np.lexsort((np.arange(len(y)), -(y + 2.0 * (state == OPEN) - 4.0 * (self.state == CLOSED))))
        chosen = np.sort(order[: self.n_open]).astype(np.int32)
        key = chosen.tobytes()
        if self._seen.get(key, -1) >= improve:
            return
        self._seen[key] = int(improve)
        value = self._worth(chosen, improve)
        if value > self.value:
            self.value = value
            self.best = np.sort(chosen)
            self._report("plan")

    def _worth(self, chosen: Ints, improve: bool) -> int:
        """Units that a set of sites is worth, after swaps (which change ``chosen``) when asked."""
        site_start, site_groups = self.groups.by_site
        if improve:
            return int(improve_by_swaps(site_start, site_groups, self.weight, self.state, chosen))
        return int(covered_weight(site_start, site_groups, self.weight, chosen))

    def _report(self, phase: str) -> None:
        self.watch.tell(self.value * self.unit, max(self.value, self.bound) * self.unit, phase)

    # ------------------------------------------------------------------ search
    def close_root(self, inner: Floats, max_rounds: int = 300) -> Floats:
        """Cut at the root until nothing is violated or the bound hardly moves; returns the last fractional plan.

        Cuts are taken half way between the program's optimum and an inner point that follows it (Ben-Ameur and Neto
        2007). Sites that a bound fixes are kept in ``state``.
        """
        y = inner
        checked = self.bound
        for round_number in range(max_rounds):
            solved = self._solve(self.state)
            if solved is None:
                break
            y, theta, duals = solved
            proven, self.state = self._prove(self.state, duals)
            self._offer(y, self.state, improve=round_number % 5 == 4)
            self.bound = max(self.value, min(self.bound, proven))
            if self.bound < self.value + self.least_gain or self.watch.over():
                break
            if not self._separate(y, theta, inner):
                break
            inner = 0.7 * inner + 0.3 * y
            if round_number % 5 == 4:
                self._drop_idle_cuts(5)
            if round_number % 10 == 9:
                self._report("root")
                if checked - self.bound < 0.02 * (self.bound - self.value):
                    break
                checked = self.bound
        if self.bound >= self.value + self.least_gain and not self.watch.over():
            self._offer(y, self.state)
        return y

    def _separate(self, y: Floats, theta: Floats, inner: Floats | None) -> int:
        points = [y] if inner is None else [0.5 * (inner + y), y]
        for point in points:
            mark_covered(self.groups.row_start, self.groups.row_sites, point, self.offset, self._covered)
            added = self._add_cuts((y, theta))
            if added:
                return added
        return 0

    def search(self, max_nodes: int | None = None) -> None:
        """Branch until the bound meets the value, the watch stops, or ``max_nodes`` are done."""
        pruned = self.value
        heap: list[_Node] = [_Node(-self.bound, 0, self.state)]
        number = 1
        node: _Node | None = None
        while heap or node is not None:
            if node is None:
                node = heapq.heappop(heap)
            if -node.minus_bound < self.value + self.least_gain:
                pruned = max(pruned, -node.minus_bound)
                node = None
                continue
            if self.watch.over() or (max_nodes is not None and self.n_nodes >= max_nodes):
                heapq.heappush(heap, node)
                break
            outcome = self._process(node)
            if outcome is None:
                heapq.heappush(heap, node)
                break
            bound, children = outcome
            node = None
            if not children:
                pruned = max(pruned, min(bound, self.value + self.least_gain - 1))
                continue
            nodes = [_Node(-child_bound, number + k, child) for k, (child_bound, child) in enumerate(children)]
            number += len(nodes)
            node = nodes[0]  # plunge into the more promising child: its program is one dual step away
            for other in nodes[1:]:
                heapq.heappush(heap, other)
            self.bound = max([self.value, pruned, -node.minus_bound] + [-n.minus_bound for n in heap[:1]])
        open_bounds = [-n.minus_bound for n in heap]
        self.bound = max(self.value, min(self.bound, max([pruned, *open_bounds], default=0)))

    def _process(self, node: _Node) -> tuple[int, list[tuple[int, States]]] | None:
        """Bound a node, cut it, and branch. No children: nothing better below. ``None``: stopped by the watch."""
        self.n_nodes += 1
        state = node.state
        bound = -node.minus_bound
        for _ in range(20):
            solved = self._solve(state)
            if solved is None:
                return None
            y, theta, duals = solved
            proven, state = self._prove(state, duals)
            before, bound = bound, min(bound, proven)
            self._offer(y, state, improve=self.n_nodes % 10 == 1)
            if bound < self.value + self.least_gain:
                return bound, []
            if not self._separate(y, theta, None) or self.watch.over():
                break
            fractional = ((y > 1e-6) & (y < 1 - 1e-6)).any()
            if fractional and before - bound < 0.02 * (bound - self.value) and before != -node.minus_bound:
                break
        self._drop_idle_cuts(30)
        site = self._branching_site(state, y, float(theta.sum()))
        if site is None:
            return bound, []
        children = []
        for fixed in (OPEN, CLOSED):
            child = state.copy()
            child[site] = fixed
            children.append((bound, child))
        return bound, children if y[site] >= 0.4 else children[::-1]

    def _branching_site(self, state: States, y: Floats, value: float) -> int | None:
        """The free site whose two branches lose most."""

        def loss(child: States) -> float:
            return value - self._trial_bound(child)

        return self._branching.choose(self._highs, state, y, loss)
