"""Location set covering: the fewest sites that reach all demand (Toregas, Swain, ReVelle and Bergman 1971).

    min sum_j y_j    s.t.  sum_{j reaches i} y_j >= 1 for every row i,   y binary

With ``backup`` the fewest sites stay, and among all plans with that number the one that covers most demand twice is
taken (Hogan and ReVelle 1986):

    max sum_i w_i min(1, sum_{j reaches i} y_j - 1)    s.t.  every row covered,   sum_j y_j = that number
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.covering.backup import most_backup
from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.minimum_cover import Cover, minimum_cover
from ipps_geo.siting.location.nearest import nearest_open_site
from ipps_geo.siting.search.checks import relative_gap_allowed, site_states
from ipps_geo.siting.search.groups import DemandGroups, group_demand
from ipps_geo.siting.search.plan import SitePlan, relative_gap
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["location_set_covering"]


def location_set_covering(
    reach: Reach,
    required_sites: ArrayLike = (),
    backup: bool = False,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    partial: bool = False,
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Fewest sites that reach every demand row, with a proof.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    required_sites, forbidden_sites
        Positions that must be open (they count), or must stay closed.
    backup
        Among all plans with the fewest sites, take one that covers most demand rows a second time.
    partial
        Leave out rows that no allowed site reaches, instead of calling the program infeasible.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.maximal`.

    Returns
    -------
    SitePlan
        ``objective`` is the number of sites and ``bound`` a lower bound on it; each row is assigned to the nearest open
        site. With ``backup`` the plan is ``optimal`` only when the second stage is proven too; its milestones, the
        last of phase ``backup``, hold the number of rows covered twice and an upper bound on it. When rows cannot be
        reached the plan is infeasible, and ``stop_reason`` says how many.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [4, 0], [9, 0]], [[0, 1], [9, 1], [5, 1]], 5)
    >>> location_set_covering(reach).objective
    2.0
    >>> location_set_covering(reach, backup=True).open_sites.tolist()
    [0, 2]
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    state = site_states(required_sites, forbidden_sites, reach.n_sites)
    try:
        groups = group_demand(reach, between=watch.check)
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    allowed = state >= 0
    entries = np.repeat(np.arange(groups.n_groups), np.diff(groups.row_start))
    coverable = np.bincount(entries[allowed[groups.row_sites]], minlength=groups.n_groups) > 0
    n_uncovered = reach.n_demand - int(groups.size[coverable].sum())
    if n_uncovered and not partial:
        why = Message("siting.infeasible.rows_out_of_reach", {"rows": n_uncovered})
        return without_plan(SitePlan, reach.n_demand, watch, why)
    required = np.flatnonzero(state == 1).astype(np.int32)
    done = np.bincount(entries[(state == 1)[groups.row_sites]], minlength=groups.n_groups) > 0
    whole = CoverProgram(groups.row_start, groups.row_sites, np.arange(reach.n_sites, dtype=np.int32))
    cover = minimum_cover(whole.part(coverable & ~done, allowed), watch)
    cover = Cover(np.union1d(cover.sites, required).astype(np.int32), cover.bound + len(required))
    objective, bound = float(len(cover.sites)), float(cover.bound)
    watch.tell(objective, bound, "cover")
    backup_proven = True
    if backup:
        cover, backup_proven = _with_backup(groups, coverable, state, cover, watch)
    reached = relative_gap(objective, bound) if bound < objective else 0.0
    optimal = reached <= gap and backup_proven
    reason = "proven" if bound == objective and backup_proven else "gap" if optimal else watch.reason
    return SitePlan(
        "optimal" if optimal else "feasible", reason, objective, bound, reached, cover.sites,
        nearest_open_site(reach, cover.sites), watch.seconds, tuple(watch.history),
    )  # fmt: skip


def _with_backup(
    groups: DemandGroups, coverable: NDArray[np.bool_], state: NDArray[np.int8], cover: Cover, watch: Watch
) -> tuple[Cover, bool]:
    """The cover with most rows covered twice, and whether that is proven."""
    if not coverable.any():
        return cover, True
    if not coverable.all():  # groups are what forbidden sites reach as well
        rows = CoverProgram(groups.row_start, groups.row_sites, np.arange(groups.n_sites, dtype=np.int32))
        rows = rows.part(coverable, np.ones(groups.n_sites, bool))
        groups = DemandGroups(
            groups.n_sites, rows.start, rows.sites, groups.size[coverable], groups.weight[coverable],
            groups.label[coverable], np.zeros(0, np.int32),
        )  # fmt: skip
    sites, value, upper = most_backup(groups, state, cover.sites, groups.size, watch)
    watch.tell(float(value), float(upper), "backup")
    return Cover(sites, cover.bound), upper == value
