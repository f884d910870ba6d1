"""The policy program: all that bounds, search and cuts need to know, as arrays over groups and sites.

For demand groups g (N_g members, w_g each, need or not), sites j in J(g), y_j = site j takes in demand, x_gj = members
of g on the roster of j, t_j and q_j its members with and without need::

    max  sum w_g x_gj
         sum_j x_gj <= N_g,   0 <= x_gj <= N_g y_j
         low_j y_j <= t_j + q_j <= high_j y_j
         num q_j <= (den - num) t_j + slack_j y_j          need share num/den, slack 0 for a new station
         sum of counted y_j <= n_max,   sum cost_j y_j <= budget,   sum_{j in unit u} y_j >= unit_min_u
         y_j binary, 1 for required sites; t, q integer

With y, t and q integer the x fall apart into two transportation problems, so whole numbers for x come for free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.siting.search.groups import DemandGroups

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


#: Cached properties that required sites do not change.
_OF_GROUPS = frozenset(
    {"size", "whole", "unit_weights", "reachable", "capacitated", "largest_rosters", "plain", "site_lists"}
)


@dataclass(frozen=True, eq=False)
class StationProgram:
    """One policy program over groups and sites; sites are addressed by position in ``site_ids``.

    Attributes
    ----------
    groups
        Demand groups; the first ``n_need`` have an explicit need.
    value
        Weight of one member of each group, float64.
    share
        Need share as whole numbers (num, den).
    low, high
        Smallest and largest number of new members of a site that takes in any, int64.
    slack
        ``den * k - num * n`` of the roster that a site already has; 0 for a new one.
    required
        Sites that must take in their minimum.
    counted
        Sites that count towards ``n_max``.
    cost, budget
        Cost per site and the budget; zeros and infinity without one.
    unit, unit_min
        Unit number of each site and the least number of sites per unit.
    site_ids
        Position of each site in the caller's reach.
    threads
        Threads that share out the sites in scans; no result depends on their number.
    """

    groups: DemandGroups
    n_need: int
    value: Floats
    share: tuple[int, int]
    low: Longs
    high: Longs
    slack: Longs
    required: Bools
    counted: Bools
    n_max: int
    cost: Floats
    budget: float
    unit: Ints
    unit_min: Longs
    site_ids: Longs
    threads: int = 1

    @property
    def n_sites(self) -> int:
        """Number of candidate sites."""
        return len(self.site_ids)

    @property
    def ratio(self) -> float:
        """Members without need that one member with need carries, (den - num) / num."""
        return (self.share[1] - self.share[0]) / self.share[0]

    @cached_property
    def size(self) -> Floats:
        """Members of each group as float64, for the kernels."""
        return self.groups.size.astype(np.float64)

    @cached_property
    def whole(self) -> bool:
        """True when every weight is a whole number, so that the objective is one too."""
        return bool((self.value == np.round(self.value)).all())

    @cached_property
    def unit_weights(self) -> bool:
        """True when every member weighs 1."""
        return bool((self.value == 1).all())

    @cached_property
    def reachable(self) -> Longs:
        """Members with and without need that each site reaches, shape (n_sites, 2)."""
        start, groups = self.groups.by_site
        site = np.repeat(np.arange(self.n_sites), np.diff(start))
        size = self.groups.size[groups]
        need = groups < self.n_need
        with_need = np.bincount(site, weights=size * need, minlength=self.n_sites)
        without = np.bincount(site, weights=size * ~need, minlength=self.n_sites)
        return np.column_stack([with_need, without]).round().astype(np.int64)

    @cached_property
    def capacitated(self) -> bool:
        """True when some site reaches more than it may take in."""
        return bool((self.high < self.largest_rosters).any())

    @cached_property
    def largest_rosters(self) -> Longs:
        """Most new members that each site could have on its own, minding the need share but not ``high``.

        -1 where not even a roster of all reachable members with need meets the share (an existing station).
        """
        num, den = self.share
        with_need, without = self.reachable[:, 0], self.reachable[:, 1]
        room = (den - num) * with_need + self.slack
        most = with_need + np.minimum(without, room // num if num else without)
        return np.where(room < 0, -1, most)

    @cached_property
    def plain(self) -> bool:
        """True when the value of an open set is a minimum cut: unit weights, no capacity, no earlier rosters."""
        return self.unit_weights and not self.capacitated and not self.slack.any()

    @cached_property
    def site_lists(self) -> tuple[Longs, Longs, Ints]:
        """``(start, split, groups)``: groups of site j with need are ``start[j]:split[j]``, the others follow."""
        start, groups = self.groups.by_site
        need_before = np.concatenate([[0], np.cumsum(groups < self.n_need)])
        split = start[:-1] + need_before[start[1:]] - need_before[start[:-1]]
        return start, split.astype(np.int64), groups

    def restricted(self, sites: ArrayLike) -> StationProgram:
        """The same program with some of the sites only; groups merge where they now agree.

        ``groups.member_group`` of the result maps this program's groups to the new ones.
        """
        chosen = np.asarray(sites, dtype=np.int64)
        groups = self.groups.restricted(chosen)
        kept = groups.member_group >= 0
        value = np.zeros(groups.n_groups)
        value[groups.member_group[kept]] = self.value[kept]
        n_need = int(np.count_nonzero(np.unique(groups.member_group[: self.n_need]) >= 0))
        part = replace(
            self,
            groups=groups,
            n_need=n_need,
            value=value,
            low=self.low[chosen],
            high=self.high[chosen],
            slack=self.slack[chosen],
            required=self.required[chosen],
            counted=self.counted[chosen],
            cost=self.cost[chosen],
            unit=self.unit[chosen],
            site_ids=self.site_ids[chosen],
        )
        part.__dict__["reachable"] = self.reachable[chosen]  # unchanged by merging: no need to count again
        return part

    def requiring(self, required: Bools) -> StationProgram:
        """The same program with other sites required; what was counted over groups is not counted again."""
        part = replace(self, required=required)
        part.__dict__.update({name: value for name, value in self.__dict__.items() if name in _OF_GROUPS})
        return part

    def allows(self, sites: ArrayLike) -> bool:
        """True when the set keeps to the number, the budget and the units, and contains every required site."""
        chosen = np.asarray(sites, dtype=np.int64)
        inside = np.zeros(self.n_sites, bool)
        inside[chosen] = True
        if (self.required & ~inside).any() or np.count_nonzero(self.counted[chosen]) > self.n_max:
            return False
        if self.cost[chosen].sum() > self.budget:
            return False
        per_unit = np.bincount(self.unit[chosen], minlength=len(self.unit_min))
        return bool((per_unit >= self.unit_min).all())

    def rows(self) -> tuple[Floats, Floats, Floats]:
        """Linear constraints on y as ``(matrix, lower, upper)``, shape (rows, n_sites)."""
        matrix, lower, upper = [self.counted.astype(float)], [-np.inf], [float(self.n_max)]
        if np.isfinite(self.budget):
            matrix.append(self.cost)
            lower.append(-np.inf)
            upper.append(self.budget)
        for unit in np.flatnonzero(self.unit_min > 0):
            matrix.append((self.unit == unit).astype(float))
            lower.append(float(self.unit_min[unit]))
            upper.append(np.inf)
        return np.array(matrix).reshape(len(matrix), self.n_sites), np.array(lower), np.array(upper)


def starting_set(program: StationProgram, sites: Longs) -> Ints:
    """Places of a known set of new stations, with every existing one; empty where the program does not allow it."""
    if len(sites) == 0:
        return np.zeros(0, np.int32)
    places = np.flatnonzero(np.isin(program.site_ids, sites) | ~program.counted).astype(np.int32)
    return places if program.allows(places) else np.zeros(0, np.int32)


def rounded_bound(program: StationProgram, bound: float) -> float:
    """A bound on the weight served with what sums in floating point may be off, down to a whole one where all are."""
    if not np.isfinite(bound):
        return bound
    if program.whole:
        return float(np.floor(bound + max(1e-6, 1e-11 * abs(bound))))
    return bound * (1 + 1e-12) if bound > 0 else bound
