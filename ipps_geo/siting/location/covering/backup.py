"""Second stage of set covering with backup: of all plans with the fewest sites, the one that covers most demand twice.

    max sum_g w_g min(1, sum_{j in J(g)} y_j - 1)    s.t.  every group covered,   sum_j y_j = that number

(the backup covering problem of Hogan and ReVelle 1986, for a fixed number of sites). The objective is concave once all
groups are covered, so the branch and Benders cut of :mod:`ipps_geo.siting.location.covering.tree` takes it with offset
1 and the minimal rows of the cover program as required rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel
from ipps_geo.siting.location.covering.cover_program import CoverProgram, minimal_rows
from ipps_geo.siting.location.covering.tree import CoverTree
from ipps_geo.siting.search.groups import DemandGroups
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
States = NDArray[np.int8]


class BackupTree(CoverTree):
    """The tree over plans that cover every group; a plan is worth the weight that it covers twice."""

    def _worth(self, chosen: Ints, improve: bool) -> int:
        """Units covered twice, after exchanges when asked; -1 when the set leaves a group uncovered."""
        groups = self.groups
        site_start, site_groups = groups.by_site
        if improve and twice_covered(site_start, site_groups, self.weight, chosen) >= 0:
            improve_backup(groups.row_start, groups.row_sites, site_start, site_groups, self.weight, self.state, chosen)
        return int(twice_covered(site_start, site_groups, self.weight, chosen))


def most_backup(groups: DemandGroups, state: States, cover: Ints, weight: Longs, watch: Watch) -> tuple[Ints, int, int]:
    """Plan with as many sites as ``cover`` that covers every group and most weight twice; its weight, and a bound."""
    site_start, site_groups = groups.by_site
    chosen = cover.astype(np.int32)
    improve_backup(groups.row_start, groups.row_sites, site_start, site_groups, weight, state, chosen)
    value = int(twice_covered(site_start, site_groups, weight, chosen))
    program = CoverProgram(groups.row_start, groups.row_sites, np.arange(groups.n_sites, dtype=np.int32))
    program = program.part(minimal_rows(program.start, program.sites, program.n_sites), np.ones(groups.n_sites, bool))
    tree = BackupTree(
        groups, weight, len(chosen), chosen, value, watch,
        state=state, centres=np.sort(chosen), offset=1, required=program,
    )  # fmt: skip
    tree.close_root(np.isin(np.arange(groups.n_sites), chosen).astype(np.float64))
    if tree.bound > tree.value and not watch.over():
        tree.search()
    return tree.best, tree.value, tree.bound


@kernel()
def twice_covered(site_start: Longs, groups: Ints, weight: Longs, chosen: Ints) -> int:
    """Weight of the groups reached by two or more of the chosen sites; -1 when a group is reached by none."""
    count = np.zeros(len(weight), np.int32)
    for j in chosen:
        for e in range(site_start[j], site_start[j + 1]):
            count[groups[e]] += 1
    total = 0
    for g in range(len(weight)):
        if count[g] == 0:
            return -1
        if count[g] > 1:
            total += weight[g]
    return total


@kernel()
def improve_backup(  # noqa: C901 - one pass prices every exchange of one site
    start: Longs, sites: Ints, site_start: Longs, groups: Ints, weight: Longs, state: States, chosen: Ints
) -> None:
    """Exchange one site for another while every group stays covered and more weight is covered twice."""
    n_sites = len(state)
    count = np.zeros(len(weight), np.int32)
    is_open = np.zeros(n_sites, np.bool_)
    inside = np.full(len(weight), -1, np.int64)
    hits = np.zeros(n_sites, np.int64)
    for j in chosen:
        is_open[j] = True
        for e in range(site_start[j], site_start[j + 1]):
            count[groups[e]] += 1
    stamp = 0
    improved = True
    while improved:
        improved = False
        for k in range(len(chosen)):
            old = chosen[k]
            if state[old] == 1:
                continue
            stamp += 1
            hits[:] = 0
            alone = 0
            loss = 0
            for e in range(site_start[old], site_start[old + 1]):
                g = groups[e]
                inside[g] = stamp
                if count[g] == 2:
                    loss += weight[g]
                elif count[g] == 1:
                    alone += 1
                    for f in range(start[g], start[g + 1]):
                        hits[sites[f]] += 1
            best = loss
            enter = -1
            for j in range(n_sites):
                if is_open[j] or state[j] != 0 or hits[j] < alone:
                    continue
                gain = 0
                for e in range(site_start[j], site_start[j + 1]):
                    g = groups[e]
                    if count[g] - (1 if inside[g] == stamp else 0) == 1:
                        gain += weight[g]
                if gain > best:
                    best = gain
                    enter = j
            if enter >= 0:
                is_open[old] = False
                is_open[enter] = True
                chosen[k] = enter
                for e in range(site_start[old], site_start[old + 1]):
                    count[groups[e]] -= 1
                for e in range(site_start[enter], site_start[enter + 1]):
                    count[groups[e]] += 1
                improved = True
