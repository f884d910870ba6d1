"""Demand with loads, sites with capacities: the flow program of the capacitated covering models, and exact assignments.

Rows with the same reaching sites and the same load are one group g of N_g members with load a_g; ``n_gj`` of them go to
site j. A row that may be divided between sites is a load of its own size in members of load 1, so that groups need the
same sites only::

    sum_j n_gj = N_g  (or <= N_g),   sum_g a_g n_gj <= C_j y_j,   n_gj <= u_gj y_j,   y binary

With one load for all, or divisible rows, n is a transport and whole by itself where the data are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.search.checks import site_numbers, site_states
from ipps_geo.siting.search.groups import DemandGroups, group_demand
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

#: More pairs than this are bound to their site by its capacity alone: a row for each would stifle the linear program.
_STRONG = 30_000

#: What dividing a capacity by a load may lose.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class CapacityCase:
    """Loads of rows, capacities of sites, groups; ``transport`` when the flow is whole by itself.

    ``members``, ``load`` and ``room`` are counted in ``unit``: the load that all rows have in common, where they go
    whole.
    """

    reach: Reach
    groups: DemandGroups
    demand: Floats
    capacity: Floats
    state: NDArray[np.int8]
    members: Floats
    load: Floats
    room: Floats
    unit: float
    split: bool
    transport: bool

    @property
    def allowed(self) -> Longs:
        """Sites that may be open."""
        return np.flatnonzero(self.state >= 0)

    @cached_property
    def whole(self) -> bool:
        """Whether loads, and so what is served, are whole numbers."""
        return all_whole(self.demand)

    @cached_property
    def pair_group(self) -> Longs:
        """Group of each pair (group, site); the sites are ``groups.row_sites``."""
        return np.repeat(np.arange(self.groups.n_groups), np.diff(self.groups.row_start))

    @cached_property
    def most(self) -> Floats:
        """Most members of the group that the site of each pair can take alone."""
        fit = np.floor(self.room[self.groups.row_sites] / self.load[self.pair_group] + _ROUNDING)
        if self.transport and not self._unit_flow:
            fit = self.room[self.groups.row_sites]
        return np.minimum(self.members[self.pair_group], fit)

    @property
    def exact_flow(self) -> bool:
        """Whether :meth:`flow` is a largest one for every set of open sites."""
        return self.transport and self._unit_flow and float(self.members.sum()) < 2**31

    @cached_property
    def _unit_flow(self) -> bool:
        return all_whole(self.members, self.room[np.isfinite(self.room)])

    def program(
        self, *, costs: Floats | None = None, serve_all: bool, served_worth: bool = False, most_sites: int | None = None
    ) -> tuple[MixedProgram, Longs, Longs]:
        """The program with its columns of sites and pairs: least cost, or most served, or any plan that holds."""
        groups, sites = self.groups, self.groups.row_sites
        program = MixedProgram(maximise=served_worth)
        worth = np.zeros(groups.n_sites) if costs is None else costs
        opening = program.columns(worth, self.state == 1, self.state >= 0, whole=True)
        gain = self.load[self.pair_group] if served_worth else np.zeros(len(sites))
        pairs = program.columns(gain, 0.0, self.most, whole=not self.transport)
        least = self.members if serve_all else 0.0
        program.rows(self.pair_group, pairs, 1.0, least, self.members, groups.n_groups)
        if len(sites) <= _STRONG:
            order = np.arange(len(sites))
            program.rows(
                np.r_[order, order], np.r_[opening[sites], pairs], np.r_[self.most, np.full(len(sites), -1.0)],
                0.0, np.inf, len(sites),
            )  # fmt: skip
        elif serve_all:
            needy = self.members > 0
            program.rows(self.pair_group, opening[sites], 1.0, needy.astype(np.float64), np.inf, groups.n_groups)
        room = np.minimum(self.room, float((self.members * self.load).sum()))
        program.rows(
            np.r_[np.arange(groups.n_sites), sites], np.r_[opening, pairs],
            np.r_[room, -self.load[self.pair_group]], 0.0, np.inf, groups.n_sites,
        )  # fmt: skip
        if most_sites is not None:
            program.row(opening, 1.0, -np.inf, most_sites)
        return program, opening, pairs

    def divided(self) -> CapacityCase:
        """The same with rows that may be divided: a relaxation."""
        ones = np.ones(len(self.load))
        return replace(self, members=self.members * self.load, load=ones, split=True, transport=True)

    def packed(self, sites: Ints, watch: Watch) -> Floats | None:
        """A flow that serves all from these sites, rows whole; ``None`` when none was found."""
        state = np.full(len(self.state), -1, np.int8)
        state[sites] = 1
        program, opening, _ = replace(self, state=state).program(serve_all=True)
        found = program.solve(watch)
        if not len(found.values):
            return None
        flow = self.flow(sites, found.values[len(opening) :])
        return flow if self.serves(flow) and self.holds(flow) else None

    def serves(self, flow: Floats) -> bool:
        """Whether a flow serves all demand: exactly for whole numbers."""
        return self.served(flow) >= spent(self.demand) * (1 - (0.0 if self.whole else _ROUNDING))

    def start(self, sites: Ints, flow: Floats) -> Floats:
        """Values of the columns of :meth:`program`."""
        opened = np.zeros(self.groups.n_sites)
        opened[sites] = 1.0
        return np.r_[opened, flow]

    def served(self, flow: Floats) -> float:
        """Load that a flow serves."""
        return spent(flow * self.load[self.pair_group]) * self.unit

    def holds(self, flow: Floats) -> bool:
        """Whether a flow keeps the capacities: exactly for whole numbers."""
        taken = np.bincount(self.groups.row_sites, flow * self.load[self.pair_group], minlength=self.groups.n_sites)
        slack = 0.0 if all_whole(flow, self.load) else 1e-6
        return bool((taken <= self.room * (1 + slack)).all())

    def flow(self, sites: Ints, found: Floats) -> Floats:
        """Members per pair for a set of open sites: a largest transport where whole, else what was found."""
        opened = np.zeros(self.groups.n_sites, bool)
        opened[sites] = True
        most = np.where(opened[self.groups.row_sites], self.most, 0.0)
        if self.exact_flow:
            return self._transport(most, opened)
        flow = np.clip(found, 0.0, most)
        return flow if self.transport else np.rint(flow)

    def _transport(self, most: Floats, opened: NDArray[np.bool_]) -> Floats:
        """A largest whole flow: source, groups, sites, sink."""
        groups, sites = self.groups, self.groups.row_sites
        n_groups, n_sites = groups.n_groups, groups.n_sites
        source, sink = n_groups + n_sites, n_groups + n_sites + 1
        used = np.flatnonzero(most > 0)
        room = np.minimum(np.where(opened, self.room, 0.0), float(self.members.sum()))
        tail = np.r_[np.full(n_groups, source), self.pair_group[used], np.arange(n_groups, n_groups + n_sites)]
        head = np.r_[np.arange(n_groups), n_groups + sites[used], np.full(n_sites, sink)]
        width = np.r_[self.members, most[used], room].astype(np.int32)
        graph = sparse.csr_array((width, (tail, head)), shape=(sink + 1, sink + 1))
        net = sparse.csr_array(maximum_flow(sparse.csr_matrix(graph), source, sink).flow)
        flow = np.zeros(len(sites))
        flow[used] = np.asarray(net[self.pair_group[used], n_groups + sites[used]]).ravel()
        return flow

    def in_turn(self, most_sites: int, costs: Floats) -> tuple[Ints, Floats]:
        """Open the site that can take most for its cost of what is left, again and again, with what each takes.

        A site takes first the members that few others reach, of those the largest.
        """
        start, members = self.groups.by_site
        entry = np.argsort(self.groups.row_sites, kind="stable")
        order_of = np.lexsort((-self.load, np.diff(self.groups.row_start)))
        rank = np.empty(len(order_of), np.int64)
        rank[order_of] = np.arange(len(order_of))
        left, flow = self.members.copy(), np.zeros(len(self.most))
        by_site = sparse.csr_array((np.ones(len(members)), members, start), shape=(self.groups.n_sites, len(left)))
        room = np.minimum(self.room, float((left * self.load).sum()))
        opened: list[int] = []
        queue = np.flatnonzero(self.state == 1).tolist()
        while queue or len(opened) < most_sites:
            if queue:
                site = queue.pop(0)
            else:
                gain = np.where(self.state == 0, np.minimum(room, by_site @ (left * self.load)), 0.0)
                gain[opened] = 0.0
                site = int(np.argmax(gain / np.maximum(costs, 1e-300)))
                if gain[site] <= 0:
                    break
            opened.append(site)
            here = entry[start[site] : start[site + 1]]
            here = here[np.argsort(rank[self.pair_group[here]])]
            free = self.room[site]
            for e in here.tolist():
                g = self.pair_group[e]
                take = min(left[g], self.most[e], free if self.transport else np.floor(free / self.load[g] + _ROUNDING))
                if take > 0:
                    flow[e] = take
                    left[g] -= take
                    free -= take * self.load[g]
        return np.sort(np.array(opened, np.int32)), flow

    def service(self, flow: Floats) -> tuple[Ints, Any]:
        """Site that takes most of each row (-1 for none), and what each site takes of each row."""
        start, sites = self.groups.row_start, self.groups.row_sites
        rows: list[int] = []
        columns: list[int] = []
        taken: list[float] = []
        order = np.argsort(self.groups.member_group, kind="stable")
        order = order[self.groups.member_group[order] >= 0]
        entry, left = start[:-1].copy(), flow.copy()
        for row in order.tolist():
            g = self.groups.member_group[row]
            need = self.demand[row] if self.split else 1.0
            while need > 1e-12 * self.demand[row] and entry[g] < start[g + 1]:
                e = entry[g]
                take = min(need, left[e])
                if take > 0 and (self.split or take >= 0.5):
                    rows.append(row)
                    columns.append(int(sites[e]))
                    taken.append(float(take) if self.split else float(self.demand[row]))
                    need -= take
                    left[e] -= take
                if need > 1e-12 * self.demand[row]:
                    entry[g] += 1
        shape = (self.reach.n_demand, self.groups.n_sites)
        table = sparse.csr_array((taken, (rows, columns)), shape=shape)
        assignment = np.full(shape[0], -1, np.int32)
        best = np.zeros(shape[0])
        for row, site, amount in sorted(zip(rows, columns, taken, strict=True)):
            if amount > best[row]:
                assignment[row], best[row] = site, amount
        return assignment, table


def loads(demand: ArrayLike | None, n: int) -> Floats:
    """A finite load per row that is not negative; 1 each where none are given."""
    try:
        given = np.ones(n) if demand is None else np.asarray(demand, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.demand_wrong", where="demand", length=n) from error
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any():
        raise BadInput("siting.demand_wrong", where="demand", length=n)
    return given


def capacity_case(
    reach: Reach,
    capacity: ArrayLike,
    demand: ArrayLike | None,
    split: bool,
    required: ArrayLike,
    forbidden: ArrayLike,
    watch: Watch,
) -> CapacityCase:
    """Check the arguments and group the rows with a load; raises ``OutOfTime`` when that takes too long."""
    load = loads(demand, reach.n_demand)
    limit = site_numbers(capacity, reach.n_sites, "capacity", infinite=True)
    state = site_states(required, forbidden, reach.n_sites)
    sizes, label = np.unique(load, return_inverse=True)
    positive = sizes[sizes > 0]
    divisible = split or len(positive) <= 1
    label = (load > 0).astype(np.int32) if divisible else label.astype(np.int32)
    groups = group_demand(reach, labels=label, weights=load, between=watch.check)
    empty = groups.label == 0 if divisible or (len(sizes) and sizes[0] == 0) else np.zeros(groups.n_groups, bool)
    members = groups.weight.copy() if split else groups.size.astype(np.float64)
    unit = float(positive[0]) if len(positive) == 1 and not split else 1.0
    each = np.ones(groups.n_groups) if divisible else sizes[groups.label]
    room = limit if split or not divisible else np.floor(limit / unit + _ROUNDING)
    members[empty] = 0.0
    each = np.where(empty, 1.0, each)
    return CapacityCase(reach, groups, load, limit, state, members, each, room, unit, split, divisible)


def why_not_all(case: CapacityCase, split: bool) -> Message | None:
    """What can be seen at once to keep the allowed sites from serving all demand."""
    groups, needy = case.groups, case.demand > 0
    allowed = case.state >= 0
    usable = (allowed[groups.row_sites] & (case.room[groups.row_sites] > 0)).astype(np.float64)
    reached = np.bincount(case.pair_group, usable, minlength=groups.n_groups) > 0
    inside = groups.member_group >= 0
    served = np.zeros(case.reach.n_demand, bool)
    served[inside] = reached[groups.member_group[inside]]
    if (needy & ~served).any():
        return Message("siting.infeasible.rows_out_of_reach", {"rows": int((needy & ~served).sum())})
    if not split:
        fits = np.bincount(case.pair_group, (case.most >= 1) & allowed[groups.row_sites], minlength=groups.n_groups) > 0
        small = np.ones(case.reach.n_demand, bool)
        small[inside] = fits[groups.member_group[inside]]
        if (needy & ~small).any():
            return Message("siting.infeasible.row_too_large", {"rows": int((needy & ~small).sum())})
    total, most = spent(case.demand), float(case.capacity[allowed].sum())
    if most < total * (1 - (0.0 if all_whole(case.demand, case.capacity[allowed]) else _ROUNDING)):
        return Message("siting.infeasible.capacity", {"most": f"{most:g}", "demand": f"{total:g}"})
    return None
