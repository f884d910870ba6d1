"""The parts of a set of sites: stations that reach nobody in common settle their rosters apart.

Rosters of a fixed set are one integer program, but sites whose reaches do not even touch through others share neither
an enterprise nor a constraint, so the program falls apart. A part of a few stations is solved in milliseconds where the
whole takes seconds, and each part's bound is rounded down on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ipps_geo.siting.search.highs import Outcome
from ipps_geo.siting.workstations.open_groups import OpenGroups
from ipps_geo.siting.workstations.program import StationProgram

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """Sites of a set (places, ascending), and the sub-groups and pairs that are theirs alone."""

    places: Longs
    subs: Longs
    pairs: Longs


@dataclass(frozen=True, eq=False)
class Settled:
    """Rosters of one part: which of its sites have one, and the members of each of its pairs."""

    outcome: Outcome
    objective: float
    bound: float
    open: Bools
    members: Longs


def parts_of(seen: OpenGroups, n_sites: int) -> list[Part]:
    """Parts of a set of ``n_sites`` sites, by their first site."""
    pair_sub = np.repeat(np.arange(len(seen.members)), np.diff(seen.start))
    first = seen.sites[seen.start[:-1]][pair_sub]
    touching = sparse.coo_array((np.ones(len(first), np.int8), (first, seen.sites)), shape=(n_sites, n_sites))
    n_parts, part_of_place = connected_components(touching, directed=False)
    part_of_pair = part_of_place[seen.sites]
    part_of_sub = part_of_place[seen.sites[seen.start[:-1]]]
    columns = [_split(part, n_parts) for part in (part_of_place, part_of_sub, part_of_pair)]
    return [Part(*column) for column in zip(*columns, strict=True)]


def _split(part: Ints, n_parts: int) -> list[Longs]:
    """Positions of each part, ascending."""
    order = np.argsort(part, kind="stable")
    return np.split(order, np.searchsorted(part[order], np.arange(1, n_parts)))


def seen_by(seen: OpenGroups, part: Part) -> OpenGroups:
    """The sub-groups of a part, its sites renumbered; which groups they come from is left to the whole."""
    place = np.zeros(int(part.places[-1]) + 1, np.int32)
    place[part.places] = np.arange(len(part.places), dtype=np.int32)
    start = np.concatenate([[0], np.cumsum(np.diff(seen.start)[part.subs])])
    nothing = np.zeros(0, np.int64)
    return OpenGroups(
        nothing, nothing.astype(np.int32), start, place[seen.sites[part.pairs]], seen.members[part.subs],
        seen.value[part.subs], seen.need[part.subs], seen.label[part.subs],
    )  # fmt: skip


def alone(program: StationProgram, site: int, seen: OpenGroups) -> Settled:
    """Rosters of a single site whose members all weigh 1: everybody with need, and as many others as these carry."""
    num, den = program.share
    high, low, slack = int(program.high[site]), int(program.low[site]), int(program.slack[site])
    with_need = min(int(seen.members[seen.need].sum()), high)
    room = (den - num) * with_need + slack
    others = min(int(seen.members[~seen.need].sum()), high - with_need, room // num) if room >= 0 else 0
    holds = room >= 0 and with_need + others >= low
    members = np.zeros(len(seen.members), np.int64)
    if holds:
        for mask, taken in ((seen.need, with_need), (~seen.need, others)):
            before = np.cumsum(seen.members[mask]) - seen.members[mask]
            members[mask] = np.clip(taken - before, 0, seen.members[mask])
    elif program.required[site]:
        return Settled("infeasible", -np.inf, -np.inf, np.zeros(1, bool), members)
    served = float(members.sum())
    return Settled("optimal", served, served, np.array([holds]), members)
