"""Exact rosters for a fixed set of sites: whole enterprises, roster minimum, need share, capacity.

Any site of the set that is not required may stay closed (its roster is empty): the exact value of a set is that of its
best subset, so one integer program settles a whole leaf of a search over openings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.groups import site_words
from ipps_geo.siting.highs import Outcome, maximise
from ipps_geo.siting.min_cut import open_groups
from ipps_geo.siting.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class OpenGroups:
    """The groups of a program as a set of sites sees them.

    ``group`` lists the program's groups that some site of the set reaches and ``sub`` their sub-group; sub-group s has
    ``members[s]`` members worth ``value[s]`` each, and sites ``sites[start[s]:start[s + 1]]`` (places in the set).
    """

    group: Longs
    sub: Ints
    start: Longs
    sites: Ints
    members: Longs
    value: Floats
    need: Bools
    label: Ints


@dataclass(frozen=True, eq=False)
class Rosters:
    """Whole numbers of each sub-group's members at each site of a set; ``open`` tells which sites have a roster.

    ``objective`` is their weight, ``bound`` what no rosters of this set (or of a subset) can exceed.
    """

    outcome: Outcome
    objective: float
    bound: float
    open: Bools
    seen: OpenGroups
    members: Longs


def see(program: StationProgram, sites: Ints) -> OpenGroups:
    """Groups as the sites of a set see them, merged within a label."""
    groups = program.groups
    start, lists = groups.by_site
    first, second = site_words(len(sites))
    group, sub, sub_start, sub_sites = open_groups(
        start, lists, groups.row_start, groups.row_sites, groups.label, sites, first, second
    )
    n_sub = len(sub_start) - 1
    members = np.bincount(sub, weights=groups.size[group], minlength=n_sub).round().astype(np.int64)
    value, need, label = np.zeros(n_sub), np.zeros(n_sub, bool), np.zeros(n_sub, np.int32)
    value[sub] = program.value[group]
    need[sub] = group < program.n_need
    label[sub] = groups.label[group]
    return OpenGroups(group, sub, sub_start, sub_sites, members, value, need, label)


def assign(
    program: StationProgram, sites: Ints, *, time_limit_s: float = np.inf, strictly: bool = False
) -> Rosters:
    """Best whole rosters for a set of sites, ascending positions; ``strictly`` forbids leaving one of them closed.

    Exact when ``outcome`` is ``optimal``; ``infeasible`` when the required sites or the units' minimum cannot hold.
    """
    seen = see(program, sites)
    p, n_pairs = len(sites), len(seen.sites)
    n_sub = len(seen.members)
    num, den = program.share
    pair_sub = np.repeat(np.arange(n_sub), np.diff(seen.start))
    pair_need = seen.need[pair_sub]
    pair = np.arange(n_pairs)
    t, q, y = n_pairs + np.arange(p), n_pairs + p + np.arange(p), n_pairs + 2 * p + np.arange(p)
    place = np.arange(p)

    # rows: members of each sub-group; t and q of each site; need share; roster minimum and maximum; units
    rows = [pair_sub, n_sub + seen.sites + np.where(pair_need, 0, p)]
    columns = [pair, pair]
    entries = [np.ones(n_pairs), np.ones(n_pairs)]
    lower = [np.full(n_sub, -np.inf), np.zeros(2 * p)]
    upper = [seen.members.astype(float), np.zeros(2 * p)]
    base = n_sub

    def add(row: Longs, column: Longs, value: Floats | float) -> None:
        rows.append(row)
        columns.append(column)
        entries.append(np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape))

    add(base + place, t, -1.0)
    add(base + p + place, q, -1.0)
    base += 2 * p
    # num q - (den - num) t - slack y <= 0
    add(base + place, q, float(num))
    add(base + place, t, float(num - den))
    add(base + place, y, -program.slack[sites].astype(float))
    lower.append(np.full(p, -np.inf))
    upper.append(np.zeros(p))
    base += p
    for limit, low, high in ((program.low, 0.0, np.inf), (program.high, -np.inf, 0.0)):
        add(base + place, t, 1.0)
        add(base + place, q, 1.0)
        add(base + place, y, -limit[sites].astype(float))
        lower.append(np.full(p, low))
        upper.append(np.full(p, high))
        base += p
    for unit in np.flatnonzero(program.unit_min > 0):
        inside = np.flatnonzero(program.unit[sites] == unit)
        add(np.full(len(inside), base), y[inside], 1.0)
        lower.append(np.array([float(program.unit_min[unit])]))
        upper.append(np.array([np.inf]))
        base += 1

    n_columns = n_pairs + 3 * p
    matrix = sparse.csr_array(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))), shape=(base, n_columns)
    )
    objective = np.concatenate([seen.value[pair_sub], np.zeros(3 * p)])
    column_lower = np.zeros(n_columns)
    column_lower[y] = 1.0 if strictly else program.required[sites].astype(float)
    column_upper = np.concatenate(
        [seen.members[pair_sub].astype(float), np.repeat(program.reachable[sites].T, 1, axis=0).ravel(), np.ones(p)]
    )
    integer = np.arange(n_columns) >= n_pairs
    row_lower, row_upper = np.concatenate(lower), np.concatenate(upper)
    solved = maximise(
        objective, matrix, row_lower, row_upper, column_lower, column_upper, integer,
        time_limit_s=time_limit_s, absolute_gap=0.999 if program.whole else 1e-6,
    )  # fmt: skip
    if solved.outcome not in ("optimal", "feasible"):
        return Rosters(solved.outcome, -np.inf, solved.bound, np.zeros(p, bool), seen, np.zeros(n_pairs, np.int64))
    # With y, t, q whole the rest is two transportation problems, whose simplex vertices are whole.
    whole = np.round(solved.values[n_pairs:])
    column_lower[n_pairs:] = column_upper[n_pairs:] = whole
    vertex = maximise(objective, matrix, row_lower, row_upper, column_lower, column_upper)
    if vertex.outcome != "optimal" or np.abs(vertex.values - np.round(vertex.values)).max(initial=0) > 1e-6:
        vertex = maximise(
            objective, matrix, row_lower, row_upper, column_lower, column_upper, np.ones(n_columns, bool)
        )
    members = np.round(vertex.values[:n_pairs]).astype(np.int64)
    reached = float(members @ seen.value[pair_sub])
    bound = solved.bound
    if program.whole:
        bound = float(np.floor(bound + 1e-6))
        if solved.outcome == "optimal":
            bound = reached  # the gap asked for was below one whole unit
    return Rosters(solved.outcome, reached, max(bound, reached), whole[2 * p :] > 0.5, seen, members)


def per_group(program: StationProgram, sites: Ints, rosters: Rosters) -> tuple[Longs, Ints, Ints]:
    """Runs of members for each group that is served: ``(group_of_run, site_of_run, length)`` in group order.

    The site is a position in the program; every group's runs add up to its size, the rest with site -1.
    """
    seen = rosters.seen
    left = rosters.members.copy()
    order = np.argsort(seen.group, kind="stable")
    groups: list[int] = []
    at: list[int] = []
    length: list[int] = []
    for r in order:
        s = seen.sub[r]
        remaining = int(program.groups.size[seen.group[r]])
        for e in range(seen.start[s], seen.start[s + 1]):
            take = min(remaining, int(left[e]))
            if take:
                left[e] -= take
                remaining -= take
                groups.append(int(seen.group[r]))
                at.append(int(sites[seen.sites[e]]))
                length.append(take)
        if remaining:
            groups.append(int(seen.group[r]))
            at.append(-1)
            length.append(remaining)
    return np.array(groups, np.int64), np.array(at, np.int32), np.array(length, np.int32)
