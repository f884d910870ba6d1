"""Demand in groups and sites as the compact covering models see them, with greedy plans to start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.nearest import nearest_open_site
from ipps_geo.siting.search.checks import row_weights, site_states
from ipps_geo.siting.search.groups import DemandGroups, group_demand
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CoverCase:
    """Groups of rows with the same reaching sites, weights, and which sites must (1) or must not (-1) be open."""

    reach: Reach
    groups: DemandGroups
    weights: Floats
    state: NDArray[np.int8]

    @cached_property
    def matrix(self) -> Any:
        """Which site reaches which group: ones, groups x sites, compressed by row."""
        groups = self.groups
        ones = np.ones(len(groups.row_sites))
        return sparse.csr_array((ones, groups.row_sites, groups.row_start), shape=(groups.n_groups, groups.n_sites))

    @cached_property
    def by_site(self) -> Any:
        """The transpose of :attr:`matrix`, compressed by row."""
        return self.matrix.T.tocsr()

    @cached_property
    def whole(self) -> bool:
        """Whether every weight is whole, so that objectives are."""
        return all_whole(self.weights)

    @property
    def allowed(self) -> Bools:
        """Sites that may be open."""
        return self.state >= 0

    @property
    def required(self) -> Longs:
        """Sites that must be open."""
        return np.flatnonzero(self.state == 1)

    def reached(self, sites: ArrayLike) -> Longs:
        """How many of the sites reach each group."""
        opened = np.zeros(self.groups.n_sites)
        opened[np.asarray(sites, np.int64)] = 1.0
        return np.rint(self.matrix @ opened).astype(np.int64)

    def covered(self, sites: Ints) -> tuple[Ints, float]:
        """Nearest open site of every row (-1 without one), and the weight of the rows that have one."""
        assignment = nearest_open_site(self.reach, sites)
        return assignment, spent(self.weights[assignment >= 0])

    def most(self) -> float:
        """Weight of the rows that any allowed site reaches."""
        return float(self.groups.weight[self.reached(np.flatnonzero(self.allowed)) > 0].sum())

    def opening(self, program: MixedProgram, worth: ArrayLike = 0.0) -> Longs:
        """A column y per site, fixed where the site must or must not be open."""
        worths = np.broadcast_to(np.asarray(worth, np.float64), self.groups.n_sites)
        return program.columns(worths, self.state == 1, self.state >= 0, whole=True)

    def covering(self, program: MixedProgram, opening: Longs, worth: ArrayLike) -> Longs:
        """A column z per group with ``z <= sum of its y``."""
        n_groups = self.groups.n_groups
        covered = program.columns(np.broadcast_to(np.asarray(worth, np.float64), n_groups))
        place = np.repeat(np.arange(n_groups), np.diff(self.groups.row_start))
        program.rows(
            np.r_[place, np.arange(n_groups)], np.r_[opening[self.groups.row_sites], covered],
            np.r_[np.ones(len(place)), np.full(n_groups, -1.0)], 0.0, np.inf, n_groups,
        )  # fmt: skip
        return covered

    def start(self, sites: Ints) -> Floats:
        """Values of the columns of :meth:`opening` and :meth:`covering` for a set of open sites."""
        opened = np.zeros(self.groups.n_sites)
        opened[sites] = 1.0
        return np.r_[opened, (self.reached(sites) > 0).astype(np.float64)]


def cover_case(
    reach: Reach, weights: ArrayLike | None, required: ArrayLike, forbidden: ArrayLike, watch: Watch
) -> CoverCase:
    """Check the arguments and group the demand; raises ``OutOfTime`` when that takes too long."""
    rows = row_weights(weights, reach.n_demand)
    state = site_states(required, forbidden, reach.n_sites)
    groups = group_demand(reach, weights=None if weights is None else rows, between=watch.check)
    return CoverCase(reach, groups, rows, state)


def opened_sites(values: Floats, n_sites: int) -> Ints:
    """Positions of the sites whose column is one; the columns of sites come first."""
    return np.flatnonzero(values[:n_sites] > 0.5).astype(np.int32)


def greedy_by_price(
    case: CoverCase,
    need: Floats,
    costs: Floats,
    may_open: Callable[[Longs], Bools],
    enough: Callable[[Floats], bool],
) -> Ints:
    """Open the site with the most new worth for its cost, again and again.

    ``need`` is what a group's next covering is worth (set to zero once covered); ``may_open`` says for the sites open
    so far which others may still open; ends when ``enough(what is left of need)`` holds or nothing is gained.
    """
    left = need.copy()
    opened = case.required
    left[case.reached(opened) > 0] = 0.0
    while not enough(left):
        gain = np.where(may_open(opened) & case.allowed, case.by_site @ left, 0.0)
        gain[opened] = 0.0
        best = int(np.argmax(np.where(gain > 0, gain / np.maximum(costs, 1e-300), 0.0)))
        if gain[best] <= 0:
            break
        opened = np.r_[opened, best]
        left[case.groups.by_site[1][case.groups.by_site[0][best] : case.groups.by_site[0][best + 1]]] = 0.0
    return np.sort(opened).astype(np.int32)


def without_idle(case: CoverCase, sites: Ints, costs: Floats, spare: Callable[[Longs], bool]) -> Ints:
    """Close sites that are not needed, the dearest first: ``spare(times each group is still reached)`` must hold."""
    count = case.reached(sites)
    kept = list(sites.tolist())
    start, members = case.groups.by_site
    for site in sorted(kept, key=lambda j: (-costs[j], -j)):
        if case.state[site] == 1:
            continue
        count[members[start[site] : start[site + 1]]] -= 1
        if spare(count):
            kept.remove(site)
        else:
            count[members[start[site] : start[site + 1]]] += 1
    return np.array(kept, np.int32)
