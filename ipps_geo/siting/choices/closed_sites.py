"""Why a candidate stays closed: what it lacks, what it would add now, and which station would give way to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.reach import Reach
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.workstations.assignment import assign
from ipps_geo.siting.workstations.eligibility import NEED, eligibility, largest_roster, members_per_site, need_groups
from ipps_geo.siting.workstations.incumbent import SetValues
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import Infeasible, policy_request

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

CLOSED_REASONS = ("cannot_reach_minimum", "cannot_reach_need_share", "forbidden", "adds_nothing", "lost_to_budget")
"""Reasons of :func:`explain_closed_sites`.

``cannot_reach_minimum``: fewer than the minimum within reach. ``cannot_reach_need_share``: enough within reach, but too
few with need for a roster of the minimum. ``adds_nothing``: beside the open stations it would serve nobody more.
``lost_to_budget``: it would add some, but number or budget are used up, or every swap would lose.
"""

#: Open stations tried for a swap per closed site, when all of them would be too many values.
_FEW = 6
_ALL_SWAPS = 6_000


def explain_closed_sites(
    plan: SitePlan,
    reach: Reach,
    needs: ArrayLike,
    *,
    exact_for: int = 20,
    **request: Any,
) -> pd.DataFrame:
    """Return one row per site that the plan does not open, by position.

    Parameters
    ----------
    plan
        A plan of the policy model.
    reach, needs, request
        As given to ``plan_workstations`` (``weights``, ``min_roster``, ``need_share``, ``capacity``, ``site_costs``,
        ``budget``, ``required_sites``, ``forbidden_sites`` ...); what only steers the search is ignored.
    exact_for
        For how many sites, those with most to add, ``would_add`` is solved exactly.

    Returns
    -------
    DataFrame
        ``site``; ``reachable``, ``with_need``, ``largest_roster``, ``shortfall``, ``need_shortfall`` (alone);
        ``unserved`` within reach; ``would_add``, what the network would gain if the site opened beside the plan's
        stations, proven where it equals ``would_add_at_most``; ``would_replace``, the open station whose place it
        would best take, and ``swap_loss``, what the plan then loses at least (both missing where the site cannot
        open); ``reason``, one of :data:`CLOSED_REASONS`. Gains and losses are in the plan's weights.
    """
    asked = policy_request(reach, needs, request)
    able = eligibility(
        reach, needs, min_roster=asked.min_roster, need_share=asked.need_share, capacity=request.get("capacity")
    )
    closed = np.setdiff1d(np.arange(reach.n_sites), plan.open_sites)
    table = able.loc[closed, ["reachable", "with_need", "largest_roster", "shortfall", "need_shortfall"]]
    table.insert(0, "site", closed)
    groups, _ = need_groups(reach, needs)
    unserved = groups.member_group[(plan.assignment < 0) & (groups.member_group >= 0)]
    left = np.bincount(unserved, minlength=groups.n_groups)
    t, b = (members_per_site(groups, left * here)[closed] for here in (groups.label == NEED, groups.label != NEED))
    table["unserved"] = t + b
    alone = largest_roster(t, b, asked.need_share)
    alone = np.where((alone >= asked.min_roster) & (asked.weights == 1).all(), alone, 0)
    beside = _Beside(plan, asked)
    table["would_add"], table["would_add_at_most"] = beside.gains(closed, alone.astype(np.float64), exact_for)
    table["would_replace"], table["swap_loss"] = beside.swaps(closed)
    table["reason"] = pd.array(
        np.select(
            [
                asked.forbidden[closed],
                table["reachable"] < asked.min_roster,
                ~able.loc[closed, "can_open"],
                table["would_add_at_most"] < 1e-6,
            ],
            ["forbidden", "cannot_reach_minimum", "cannot_reach_need_share", "adds_nothing"],
            default="lost_to_budget",
        ),
        dtype="str",
    )
    return table.reset_index(drop=True)


class _Beside:
    """Values of the plan's open set with one more site, or with one exchanged.

    ``SetValues`` gives what a set can serve without whole numbers and roster minimum, which is never too little: gains
    from it are upper bounds and losses lower bounds.
    """

    def __init__(self, plan: SitePlan, asked: Any) -> None:
        self.objective = plan.objective
        self.place = np.full(asked.reach.n_sites, -1, dtype=np.int32)
        self.program: StationProgram | None = None
        try:
            self.program = asked.program()
        except Infeasible:
            return
        self.place[self.program.site_ids] = np.arange(self.program.n_sites, dtype=np.int32)
        self.opened = np.sort(self.place[plan.open_sites])
        self.values = SetValues(self.program)

    def gains(self, closed: Longs, alone: Floats, exact_for: int) -> tuple[Floats, Floats]:
        """What each closed site would add: proven to be possible, and at most."""
        sure, most = np.where(self.place[closed] >= 0, alone, 0.0), np.zeros(len(closed))
        if self.program is None:
            return sure, most
        for k in np.flatnonzero(self.place[closed] >= 0):
            most[k] = max(self._value(self._with(closed[k])) - self.objective, sure[k], 0.0)
        promising = np.flatnonzero(most > sure + 1e-6)
        for k in promising[np.argsort(-most[promising], kind="stable")][:exact_for]:
            rosters = assign(self.program, self._with(closed[k]))
            if rosters.outcome == "optimal":
                sure[k] = max(rosters.objective - self.objective, sure[k])
                most[k] = max(rosters.bound - self.objective, sure[k])
        return sure, most

    def swaps(self, closed: Longs) -> tuple[Any, Floats]:
        """The open station whose place each closed site would best take, and the loss."""
        replaced, loss = np.full(len(closed), -1, dtype=np.int64), np.full(len(closed), np.nan)
        movable = self._movable()
        if self.program is not None and len(movable):
            full = float(self._value(self.opened))
            missed = np.array([full - self._value(np.setdiff1d(self.opened, [k])) for k in movable])
            by_loss = movable[np.argsort(missed, kind="stable")]
            few = len(movable) * len(closed) > _ALL_SWAPS
            for k in np.flatnonzero(self.place[closed] >= 0):
                tried = self._few(closed[k], by_loss) if few else by_loss
                values = [self._value(np.setdiff1d(self._with(closed[k]), [out])) for out in tried]
                best = int(np.argmax(values))
                replaced[k] = self.program.site_ids[tried[best]]
                loss[k] = self.objective - values[best]
        return pd.array([None if site < 0 else int(site) for site in replaced], dtype="Int64"), loss

    def _movable(self) -> Ints:
        if self.program is None:
            return np.zeros(0, dtype=np.int32)
        # A station that is there already gives way to nobody.
        return self.opened[~self.program.required[self.opened] & self.program.counted[self.opened]]

    def _with(self, site: int) -> Ints:
        return np.union1d(self.opened, self.place[site]).astype(np.int32)

    def _value(self, sites: Any) -> float:
        if self.program is None or len(sites) == 0:
            return 0.0
        value = float(self.values(sites.astype(np.int32))[0])
        return float(np.floor(value + 1e-6)) if self.program.whole else value

    def _few(self, site: int, by_loss: Ints) -> Ints:
        """Open stations worth a trial: those missed least, and those that share most with the site."""
        if self.program is None:
            return by_loss
        start, listed = self.program.groups.by_site
        size = self.program.groups.size
        mine = np.zeros(len(size), dtype=np.int64)
        j = self.place[site]
        mine[listed[start[j] : start[j + 1]]] = size[listed[start[j] : start[j + 1]]]
        shared = np.array([mine[listed[start[k] : start[k + 1]]].sum() for k in by_loss])
        near = by_loss[np.argsort(-shared, kind="stable")][: _FEW // 2]
        return np.union1d(by_loss[: _FEW // 2], near)
