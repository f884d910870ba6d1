"""Why: per enterprise left out, per station opened, per candidate that stays closed. Codes and numbers, no words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.reach import Reach
from ipps_geo.siting.choices.closed_sites import CLOSED_REASONS, explain_closed_sites
from ipps_geo.siting.search.groups import DemandGroups
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.workstations.eligibility import NEED, eligibility, members_per_site, need_groups

__all__ = [
    "CLOSED_REASONS",
    "UNCOVERED_REASONS",
    "drop_list",
    "explain_closed_sites",
    "explain_open_sites",
    "explain_uncovered",
]

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNCOVERED_REASONS = (
    "out_of_reach",
    "beside_existing_station",
    "reachable_sites_cannot_reach_minimum",
    "reachable_sites_forbidden",
    "left_out_for_need_share",
    "left_out_for_capacity",
    "could_still_be_added",
    "lost_to_budget",
)
"""Reasons of :func:`explain_uncovered`, in the order in which they are tried.

``out_of_reach``: no site is within reach. ``beside_existing_station``: said by callers who know them, of rows out of
reach of every site that have another station within reach, whose roster the plan does not touch.
``left_out_for_need_share``: an open station is within reach, but each one there would fall below the need share.
``could_still_be_added``: an open station has room, which a plan proven optimal leaves only to members without weight.
``lost_to_budget``: sites that could open are within reach, but stations, money or other sites' minimum are used up.
"""


def explain_uncovered(
    plan: SitePlan,
    reach: Reach,
    needs: ArrayLike,
    *,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    capacity: ArrayLike | None = None,
    forbidden_sites: ArrayLike = (),
    existing_sites: ArrayLike = (),
    existing_rosters: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return one row per demand row that no station serves, in their order.

    Columns: ``demand`` (position), ``reason`` (one of :data:`UNCOVERED_REASONS`), ``reaching_sites``,
    ``reaching_open_sites``. Rows of one group (same sites, same answer) share their reason, so that a million rows cost
    little more than their groups.

    >>> from ipps_geo.siting import plan_workstations
    >>> reach = Reach.from_points([[0, 0], [1, 0], [2, 0], [9e3, 0], [5e4, 0]], [[0, 0], [9e3, 0]], 3000)
    >>> needs = [1, 0, 0, 1, 1]
    >>> plan = plan_workstations(reach, needs, n_sites=1, min_roster=2, need_share=(1, 2))
    >>> explain_uncovered(plan, reach, needs, min_roster=2, need_share=(1, 2))["reason"].tolist()
    ['left_out_for_need_share', 'reachable_sites_cannot_reach_minimum', 'out_of_reach']
    """
    groups, _ = need_groups(reach, needs)
    able = eligibility(reach, needs, min_roster=min_roster, need_share=need_share, capacity=capacity)
    existing = _mask(existing_sites, reach.n_sites)
    can_open = able["can_open"].to_numpy() | existing
    forbidden = _mask(forbidden_sites, reach.n_sites)
    opened = _mask(plan.open_sites, reach.n_sites)
    earlier = np.zeros((reach.n_sites, 2), np.int64)
    if existing_rosters is not None:
        earlier[np.asarray(existing_sites, dtype=np.int64)] = existing_rosters
    carries, full = _room(plan, reach, needs, need_share, capacity, earlier)
    num, den = need_share
    # An existing station that takes in nobody stands there all the same, unless its old roster falls short.
    opened |= existing & (earlier[:, 0] >= min_roster) & (den * earlier[:, 1] >= num * earlier[:, 0])

    entry_group = np.repeat(np.arange(groups.n_groups), np.diff(groups.row_start))

    def any_site(mask: Bools) -> Bools:
        return np.bincount(entry_group[mask[groups.row_sites]], minlength=groups.n_groups) > 0

    reached_open = any_site(opened)
    has_room = any_site(opened & ~full)
    with_need = groups.label == NEED
    could_add = np.where(with_need, has_room, any_site(opened & ~full & carries))
    reason_of_group = np.select(
        [
            reached_open & could_add,
            reached_open & ~has_room,
            reached_open,
            ~any_site(can_open),
            ~any_site(can_open & ~forbidden),
        ],
        [
            "could_still_be_added",
            "left_out_for_capacity",
            "left_out_for_need_share",
            "reachable_sites_cannot_reach_minimum",
            "reachable_sites_forbidden",
        ],
        default="lost_to_budget",
    )
    rows = np.flatnonzero(plan.assignment < 0)
    group = groups.member_group[rows]
    # A last entry stands for rows that no site reaches: they carry group -1.
    reasons = np.append(reason_of_group, "out_of_reach")[group]
    n_reaching = np.append(np.diff(groups.row_start), 0)[group]
    n_open = np.append(np.bincount(entry_group[opened[groups.row_sites]], minlength=groups.n_groups), 0)[group]
    return pd.DataFrame(
        {
            "demand": rows,
            "reason": pd.array(reasons, dtype="str"),
            "reaching_sites": n_reaching,
            "reaching_open_sites": n_open,
        }
    )


def explain_open_sites(
    plan: SitePlan,
    reach: Reach,
    needs: ArrayLike,
    *,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
) -> pd.DataFrame:
    """Return one row per open site, by position: what it takes in, with which margins, and what it leaves out.

    Columns: ``site``; ``newly_served``, ``with_need``, ``without_need``, ``unknown_need`` of its roster;
    ``margin_roster`` (n - minimum); ``margin_need`` (with need, beyond those that the share asks for);
    ``reachable``, ``reachable_with_need`` and ``margin_need_reachable`` (the same margin over everyone within reach: a
    negative one says that the share is met only because some are left out); ``dropped_without_need``, how many without
    need stand within reach and are served by nobody.
    """
    given = np.asarray(needs)
    sites = plan.open_sites.astype(np.int64)
    counts = {name: _served(plan, reach.n_sites, given, answer)[sites] for name, answer in _ANSWERS.items()}
    n = sum(counts.values(), np.zeros(len(sites), np.int64))
    within = eligibility(reach, needs, min_roster=min_roster, need_share=need_share).iloc[sites]
    groups, _ = need_groups(reach, needs)
    left = unserved_members(plan, groups)
    num, den = need_share
    return pd.DataFrame(
        {
            "site": sites,
            "newly_served": n,
            **counts,
            "margin_roster": n - min_roster,
            "margin_need": counts["with_need"] - -(-num * n // den),
            "reachable": within["reachable"].to_numpy(),
            "reachable_with_need": within["with_need"].to_numpy(),
            "margin_need_reachable": (within["with_need"] - -(-num * within["reachable"] // den)).to_numpy(),
            "dropped_without_need": members_per_site(groups, left * (groups.label != NEED))[sites],
        }
    )


def drop_list(plan: SitePlan, reach: Reach, needs: ArrayLike) -> pd.DataFrame:
    """Return the enterprises without a known need that stand within reach of an open station and are served by nobody.

    One row per pair, sorted by site and cost: ``site``, ``demand``, ``need`` (0 or -1), ``cost``. Leaving them out is
    what keeps the need share; the Measure does not ask for it, so the list is shown.
    """
    given = np.asarray(needs)
    rows = np.flatnonzero((plan.assignment < 0) & (given != 1))
    pairs = reach.select(demand=rows, sites=plan.open_sites).pairs
    demand = rows[np.repeat(np.arange(len(rows)), np.diff(pairs.indptr))]
    site = plan.open_sites[pairs.indices].astype(np.int64)
    table = pd.DataFrame({"site": site, "demand": demand, "need": given[demand].astype(np.int64), "cost": pairs.data})
    return table.sort_values(["site", "cost", "demand"], kind="stable").reset_index(drop=True)


# ---------------------------------------------------------------------- pieces
_ANSWERS = {"with_need": 1, "without_need": 0, "unknown_need": -1}


def _served(plan: SitePlan, n_sites: int, needs: NDArray[Any], answer: int) -> Longs:
    rows = (plan.assignment >= 0) & (needs == answer)
    return np.bincount(plan.assignment[rows], minlength=n_sites).astype(np.int64)


def _room(
    plan: SitePlan,
    reach: Reach,
    needs: ArrayLike,
    need_share: tuple[int, int],
    capacity: ArrayLike | None,
    earlier: Longs,
) -> tuple[Bools, Bools]:
    """Per site: whether its roster could carry one more member without need, and whether it is full."""
    given = np.asarray(needs)
    n = earlier[:, 0] + np.bincount(plan.assignment[plan.assignment >= 0], minlength=reach.n_sites)
    k = earlier[:, 1] + _served(plan, reach.n_sites, given, 1)
    num, den = need_share
    limit = np.inf if capacity is None else np.asarray(capacity, dtype=np.float64)
    return den * k >= num * (n + 1), np.broadcast_to(n >= limit, n.shape)


def _mask(positions: ArrayLike, n_sites: int) -> Bools:
    mask = np.zeros(n_sites, dtype=bool)
    chosen = np.asarray(positions, dtype=np.int64)
    mask[chosen] = True
    return mask


def unserved_members(plan: SitePlan, groups: DemandGroups) -> Longs:
    """How many members of each group nobody serves."""
    unserved = groups.member_group[(plan.assignment < 0) & (groups.member_group >= 0)]
    return np.bincount(unserved, minlength=groups.n_groups).astype(np.int64)
