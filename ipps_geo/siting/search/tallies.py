"""Groups of demand that is too much for one table: counted part by part, then added up.

A part (a partition of the enterprises) is tallied on its own: the signature of each row's sites (sums of random words,
see :mod:`~ipps_geo.siting.search.groups`), its need and its weight, and how many rows agree in all of them. Tallies
add up: the groups of the whole, their order and their sizes are those that :func:`group_demand` would make of all rows
in one table, whatever the parts are and whoever tallied them. Their number grows with the sites, hardly with the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.reach import Reach
from ipps_geo.reach.grid import signatures_within, sites_within
from ipps_geo.siting.search.groups import DemandGroups, hash_rows, site_words

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tally:
    """The groups of one part: who of them the same sites reach, with the same need and weight.

    ``no_need``, ``weight``, ``size`` per group; ``row_sites[row_start[g]:row_start[g + 1]]`` are its sites, ascending;
    ``first`` and ``second`` its signature. ``weights`` are the distinct weights of all rows of the part, reached or
    not, ``weight_counts`` how many rows have each.
    """

    first: Words
    second: Words
    no_need: Bools
    weight: Floats
    size: Longs
    row_start: Longs
    row_sites: Ints
    weights: Floats
    weight_counts: Longs

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.size)


def tally_demand(
    reaches: Sequence[tuple[Reach, Longs]], n_sites: int, no_need: Bools, weight: Floats, *, threads: int = 1
) -> tuple[Tally, Ints]:
    """Tally one part; returns its groups and the group of each of its rows (-1: no site reaches it).

    Parameters
    ----------
    reaches
        The same rows seen from several sets of sites (one per zone in which distances are measured): a reach in a
        straight line, and the positions of its sites among all ``n_sites``, ascending.
    no_need, weight
        Whether a row counts as without need, and its weight, shape (n_rows,).

    >>> near = Reach.from_points([[0, 0], [1, 0], [900, 0]], [[0, 0], [8, 0]], 50)
    >>> tally, group = tally_demand([(near, np.arange(2))], 2, np.zeros(3, bool), np.ones(3))
    >>> tally.size.tolist(), group.tolist()
    ([2], [0, 0, -1])
    """
    n = len(weight)
    first, second, count = np.zeros(n, np.uint64), np.zeros(n, np.uint64), np.zeros(n, np.int32)
    words = site_words(n_sites)
    counts = []
    for reach, sites in reaches:
        one, two, reached = _signatures(reach, words[0][sites], words[1][sites], threads)
        first += one
        second += two
        count += reached
        counts.append(reached)
    classes, weight_class = np.unique(weight, return_inverse=True)
    label = (no_need * len(classes) + weight_class.reshape(-1)).astype(np.int32)
    group, rows = hash_rows(first, second, count, label, 1 << max(4, int(2 * n + 2).bit_length()))
    order = np.lexsort((second[rows], first[rows], label[rows]))
    place = np.append(np.argsort(order), -1).astype(np.int32)
    rows, group = rows[order], place[group]
    row_start, row_sites = _listed(reaches, counts, rows)
    size = np.bincount(group[group >= 0], minlength=len(rows)).astype(np.int64)
    occurs = np.bincount(weight_class.reshape(-1), minlength=len(classes)).astype(np.int64)
    return Tally(
        first[rows], second[rows], no_need[rows], weight[rows], size, row_start, row_sites, classes, occurs
    ), group


def _signatures(reach: Reach, first: Words, second: Words, threads: int) -> tuple[Words, Words, Ints]:
    xy, sites = reach.demand_xy, reach.site_xy
    if xy is None or sites is None:
        raise TypeError("a reach between points is needed")
    return signatures_within(xy, sites, reach.limit, reach.rule, first, second, threads)


def _listed(reaches: Sequence[tuple[Reach, Longs]], counts: Sequence[Ints], rows: Longs) -> tuple[Longs, Ints]:
    """CSR of the sites of the chosen rows, over all zones, ascending."""
    row, site = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for (reach, sites), count in zip(reaches, counts, strict=True):
        if reach.demand_xy is None or reach.site_xy is None:
            continue
        start, listed, _ = sites_within(reach.demand_xy, reach.site_xy, reach.limit, reach.rule, rows, count)
        row.append(np.repeat(np.arange(len(rows)), np.diff(start)))
        site.append(sites[listed].astype(np.int32))
    at, of = np.concatenate(row), np.concatenate(site)
    order = np.lexsort((of, at))
    row_start = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.bincount(at, minlength=len(rows)), out=row_start[1:])
    return row_start, of[order]


@dataclass(frozen=True, eq=False)
class Merged:
    """Tallies added up: the groups of the whole, and where the groups of each part went.

    ``groups.member_group`` counts the groups themselves; ``into[k][g]`` is the group of the whole that holds group g
    of part k. ``value`` is the weight of one member of each group; the first ``n_need`` groups have an explicit need.
    ``weights`` and ``weight_counts`` are over all rows.
    """

    groups: DemandGroups
    into: tuple[Ints, ...]
    value: Floats
    n_need: int
    weights: Floats
    weight_counts: Longs


def merge_tallies(tallies: Sequence[Tally], n_sites: int) -> Merged:
    """Add up the tallies of all parts of one demand."""
    weights, counts = _all_weights(tallies)
    first, second, no_need, weight, size = (
        np.concatenate([getattr(tally, name) for tally in tallies])
        for name in ("first", "second", "no_need", "weight", "size")
    )
    label = (no_need * len(weights) + np.searchsorted(weights, weight)).astype(np.int32)
    everybody = np.ones(len(size), np.int32)
    group, rows = hash_rows(first, second, everybody, label, 1 << max(4, int(2 * len(size) + 2).bit_length()))
    order = np.lexsort((second[rows], first[rows], label[rows]))
    group = np.argsort(order).astype(np.int32)[group]
    rows = rows[order]
    row_start, row_sites = _rows_of(tallies, rows)
    sizes = np.bincount(group, weights=size, minlength=len(rows)).round().astype(np.int64)
    groups = DemandGroups(
        n_sites,
        row_start,
        row_sites,
        sizes,
        sizes.astype(np.float64),
        label[rows],
        np.arange(len(rows), dtype=np.int32),
    )
    ends = np.cumsum([tally.n_groups for tally in tallies])
    value = weight[rows]
    return Merged(
        groups, tuple(np.split(group, ends[:-1])), value, int(np.count_nonzero(~no_need[rows])), weights, counts
    )


def _all_weights(tallies: Sequence[Tally]) -> tuple[Floats, Longs]:
    distinct, place = np.unique(np.concatenate([tally.weights for tally in tallies]), return_inverse=True)
    every = np.concatenate([tally.weight_counts for tally in tallies])
    counts = np.bincount(place.reshape(-1), weights=every, minlength=len(distinct)).round().astype(np.int64)
    return distinct, counts


def _rows_of(tallies: Sequence[Tally], rows: Longs) -> tuple[Longs, Ints]:
    """CSR of chosen groups, numbered through all tallies."""
    lengths = np.concatenate([np.diff(tally.row_start) for tally in tallies])
    sites = np.concatenate([tally.row_sites for tally in tallies])
    begin = np.concatenate([[0], np.cumsum(lengths)])
    start = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths[rows], out=start[1:])
    places = np.arange(start[-1]) + np.repeat(begin[rows] - start[:-1], lengths[rows])
    return start, sites[places]
