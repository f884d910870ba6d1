"""Groups: demand rows that the same sites can serve, counted together.

A coverage model cannot tell two rows apart when the same sites reach both and their label (need flag, weight class,
unit) is the same. Circles cut the plane into few faces, so a million rows become some ten thousand groups, and every
bound and search below works on groups only.

Each site gets two random 64-bit words; a row's signature is the pair of sums over the sites that reach it. Two rows
with different sets would need a 128-bit coincidence to be merged. The words are drawn from a fixed seed, so groups and
their order depend on the sites alone, never on the order of the demand rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.kernels import kernel
from ipps_geo.reach import Reach
from ipps_geo.reach.grid import signatures_within, sites_within

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

_WORDS_SEED = 20221116


@dataclass(frozen=True, eq=False)
class DemandGroups:
    """Groups sorted by label, then by signature, as a sparse matrix groups x sites and its transpose.

    Attributes
    ----------
    n_sites
        Number of sites.
    row_start, row_sites
        ``row_sites[row_start[g]:row_start[g + 1]]`` are the sites that reach group g, ascending; never empty.
    size
        Number of demand rows in each group, int64.
    weight
        Sum of the rows' weights in each group, float64 (equal to ``size`` without weights).
    label
        Label of each group, int32, ascending.
    member_group
        Group of each demand row, -1 where no site reaches the row. For groups made by :meth:`restricted` it maps the
        groups they were made from instead of demand rows.
    """

    n_sites: int
    row_start: Longs
    row_sites: Ints
    size: Longs
    weight: Floats
    label: Ints
    member_group: Ints

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.size)

    def label_end(self, label: int) -> int:
        """Number of groups whose label is at most ``label``: they come first."""
        return int(np.searchsorted(self.label, label, side="right"))

    @cached_property
    def by_site(self) -> tuple[Longs, Ints]:
        """The transpose: ``(site_start, site_groups)``, groups ascending within a site."""
        return rows_by_site(self.row_start, self.row_sites, self.n_sites)

    def restricted(self, sites: ArrayLike) -> DemandGroups:
        """Groups as seen by some of the sites only (renumbered 0.. in the given order), merged where they now agree."""
        chosen = np.asarray(sites, dtype=np.int64)
        place = np.full(self.n_sites, -1, np.int32)
        place[chosen] = np.arange(len(chosen), dtype=np.int32)
        first_word, second_word = site_words(len(chosen))
        first, second, count = _sum_words_restricted(self.row_start, self.row_sites, place, first_word, second_word)
        group, representative = _ordered_groups(first, second, count, self.label)
        row_start, row_sites = list_restricted(self.row_start, self.row_sites, place, representative, count)
        return _assembled(len(chosen), group, representative, row_start, row_sites, self.size, self.weight, self.label)


def group_demand(
    reach: Reach,
    labels: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    *,
    threads: int = 1,
    between: Callable[[], None] | None = None,
) -> DemandGroups:
    """Group the demand of a reach by coverage and label; lists no pair beyond one row per group.

    Parameters
    ----------
    reach
        Any reach; its class rule is honoured.
    labels
        Small non-negative whole number per demand row: rows of different labels are never merged.
    weights
        Weight per demand row, summed within a group.
    threads
        Threads that scan points; the groups do not depend on their number.
    between
        Called between blocks of points and between steps; ends the call by raising.

    >>> reach = Reach.from_points([[0, 0], [1, 0], [9, 0], [99, 0]], [[0, 0], [8, 0]], 5)
    >>> groups = group_demand(reach)
    >>> sorted(groups.size.tolist()), groups.member_group[3].item()
    ([1, 2], -1)
    """
    label = np.zeros(reach.n_demand, np.int32) if labels is None else np.asarray(labels, dtype=np.int32)
    if label.shape != (reach.n_demand,):
        raise BadInput("siting.wrong_shape", where="labels", length=reach.n_demand, shape=label.shape)
    weight = None if weights is None else np.asarray(weights, dtype=np.float64)
    if weight is not None and weight.shape != (reach.n_demand,):
        raise BadInput("siting.wrong_shape", where="weights", length=reach.n_demand, shape=weight.shape)
    first_word, second_word = site_words(reach.n_sites)
    if reach.lazy and reach.demand_xy is not None and reach.site_xy is not None:
        first, second, count = signatures_within(
            reach.demand_xy, reach.site_xy, reach.limit, reach.rule, first_word, second_word, threads, between
        )
        group, representative = _ordered_groups(first, second, count, label)
        if between is not None:
            between()
        row_start, row_sites, _ = sites_within(
            reach.demand_xy, reach.site_xy, reach.limit, reach.rule, representative, count
        )
    else:
        pairs = reach.pairs
        start, sites = pairs.indptr.astype(np.int64), pairs.indices.astype(np.int32)
        place = np.arange(reach.n_sites, dtype=np.int32)
        first, second, count = _sum_words_restricted(start, sites, place, first_word, second_word)
        group, representative = _ordered_groups(first, second, count, label)
        row_start, row_sites = list_restricted(start, sites, place, representative, count)
    return _assembled(reach.n_sites, group, representative, row_start, row_sites, None, weight, label)


def site_words(n_sites: int) -> tuple[Words, Words]:
    """Two random words per site, always the same ones."""
    words = np.random.default_rng(_WORDS_SEED).integers(0, 2**64, size=(n_sites, 2), dtype=np.uint64)
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1])


def _ordered_groups(first: Words, second: Words, count: Ints, label: Ints) -> tuple[Ints, Longs]:
    """Group of each row and one representative row per group, ordered by label and signature."""
    table_size = 1 << max(4, int(2 * len(first) + 2).bit_length())
    group, representative = hash_rows(first, second, count, label, table_size)
    order = np.lexsort((second[representative], first[representative], label[representative]))
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    place[-1] = -1  # rows without a group carry -1 and stay so
    return place[group], representative[order]


def _assembled(
    n_sites: int,
    group: Ints,
    representative: Longs,
    row_start: Longs,
    row_sites: Ints,
    size: Longs | None,
    weight: Floats | None,
    label: Ints,
) -> DemandGroups:
    served = group >= 0
    members = group[served]
    n_groups = len(representative)
    if size is None:
        sizes = np.bincount(members, minlength=n_groups).astype(np.int64)
    else:
        sizes = np.bincount(members, weights=size[served], minlength=n_groups).round().astype(np.int64)
    if weight is None:
        weights = sizes.astype(np.float64)
    else:
        weights = np.bincount(members, weights=weight[served], minlength=n_groups).astype(np.float64)
    return DemandGroups(n_sites, row_start, row_sites, sizes, weights, label[representative], group)


@kernel()
def hash_rows(first: Words, second: Words, count: Ints, label: Ints, table_size: int) -> tuple[Ints, Longs]:
    """Number the distinct (signature, label) by open addressing; rows without a site get -1."""
    mask = np.uint64(table_size - 1)
    table = np.full(table_size, -1, np.int32)
    group = np.full(len(first), -1, np.int32)
    representative = np.empty(len(first), np.int64)
    n_groups = 0
    for i in range(len(first)):
        if count[i] == 0:
            continue
        slot = (first[i] ^ (np.uint64(label[i]) * np.uint64(0x9E3779B97F4A7C15))) & mask
        while True:
            known = table[slot]
            if known < 0:
                table[slot] = n_groups
                representative[n_groups] = i
                group[i] = n_groups
                n_groups += 1
                break
            r = representative[known]
            if first[r] == first[i] and second[r] == second[i] and label[r] == label[i]:
                group[i] = known
                break
            slot = (slot + np.uint64(1)) & mask
    return group, representative[:n_groups].copy()


@kernel()
def _sum_words_restricted(
    row_start: Longs, row_sites: Ints, place: Ints, first_word: Words, second_word: Words
) -> tuple[Words, Words, Ints]:
    """Signature and size of each row's set of sites, over the sites with ``place[j] >= 0`` only."""
    n = len(row_start) - 1
    first = np.zeros(n, np.uint64)
    second = np.zeros(n, np.uint64)
    count = np.zeros(n, np.int32)
    for i in range(n):
        for e in range(row_start[i], row_start[i + 1]):
            j = place[row_sites[e]]
            if j >= 0:
                first[i] += first_word[j]
                second[i] += second_word[j]
                count[i] += 1
    return first, second, count


@kernel()
def list_restricted(row_start: Longs, row_sites: Ints, place: Ints, rows: Longs, count: Ints) -> tuple[Longs, Ints]:
    """CSR of the chosen rows over the sites with ``place[j] >= 0``, renumbered and ascending."""
    start = np.zeros(len(rows) + 1, np.int64)
    for r in range(len(rows)):
        start[r + 1] = start[r] + count[rows[r]]
    sites = np.empty(start[len(rows)], np.int32)
    for r in range(len(rows)):
        end = start[r]
        for e in range(row_start[rows[r]], row_start[rows[r] + 1]):
            j = place[row_sites[e]]
            if j >= 0:
                k = end
                while k > start[r] and sites[k - 1] > j:
                    sites[k] = sites[k - 1]
                    k -= 1
                sites[k] = j
                end += 1
    return start, sites


@kernel()
def rows_by_site(row_start: Longs, row_sites: Ints, n_sites: int) -> tuple[Longs, Ints]:
    """The rows of each site, ascending: site j has ``rows[start[j]:start[j + 1]]``, the transpose of the CSR given."""
    start = np.zeros(n_sites + 1, np.int64)
    for e in range(len(row_sites)):
        start[row_sites[e] + 1] += 1
    for j in range(n_sites):
        start[j + 1] += start[j]
    place = start[:-1].copy()
    rows = np.empty(len(row_sites), np.int32)
    for g in range(len(row_start) - 1):
        for e in range(row_start[g], row_start[g + 1]):
            j = row_sites[e]
            rows[place[j]] = g
            place[j] += 1
    return start, rows
