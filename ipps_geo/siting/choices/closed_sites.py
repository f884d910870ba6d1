"""Why a candidate stays closed: what it lacks, what it would add now, and which station would give way to it.

Every figure is an evaluation of the plan's own model with the site forced in, or forced in for another one: capacity,
minimum, need share, weights and existing stations count, and an exchange keeps to number, budget and units.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.reach import Reach
from ipps_geo.siting.choices.exchanges import Exchange, Exchanges
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.workstations.eligibility import NEED, members_per_site, need_groups
from ipps_geo.siting.workstations.evaluator import Evaluator

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

CLOSED_REASONS = (
    "cannot_reach_minimum",
    "cannot_reach_need_share",
    "forbidden",
    "starved",
    "adds_nothing",
    "not_examined",
    "lost_to_budget",
)
"""Reasons of :func:`explain_closed_sites`.

``cannot_reach_minimum``: fewer than the minimum within reach. ``cannot_reach_need_share``: enough within reach, but too
few with need for a roster of the minimum. ``starved``: alone it could hold, beside the plan's stations too few are left
for all of them. ``adds_nothing``: beside the open stations it would serve nobody more. ``not_examined``: time was too
short to say what it would add. ``lost_to_budget``: it would add some, but number or budget are used up, or every swap
would lose.
"""


def explain_closed_sites(
    plan: SitePlan,
    reach: Reach,
    needs: ArrayLike,
    *,
    time_limit_s: float = math.inf,
    should_stop: Callable[[], bool] | None = None,
    evaluator: Evaluator | None = None,
    **request: Any,
) -> pd.DataFrame:
    """Return one row per candidate that the plan does not open, by position; existing stations are none.

    Parameters
    ----------
    plan
        A plan of the policy model, for any of its objectives.
    reach, needs, request
        As given to ``plan_workstations`` (``weights``, ``min_roster``, ``need_share``, ``capacity``, ``site_costs``,
        ``budget``, ``required_sites``, ``forbidden_sites`` ...); what only steers the search is ignored.
    time_limit_s, should_stop
        For all sites together, those that may add most first. What time does not settle is told as a range.
    evaluator
        One of this very request, if there is one already.

    Returns
    -------
    DataFrame
        ``site``; ``reachable``, ``with_need``, ``largest_roster``, ``shortfall``, ``need_shortfall`` (alone);
        ``unserved`` within reach; ``would_add``, the weight that the network would serve more if the site opened
        beside the plan's stations, all of which stay open (missing where they cannot all hold, or where time was too
        short), and ``would_add_at_most``, equal where that is exact; ``would_replace``, the open station whose place
        it would best take, ``swap_loss``, what the plan then loses, and ``swap_loss_at_least``, equal where no
        exchange loses less (all missing where no exchange is possible); ``reason``, one of :data:`CLOSED_REASONS`.
        For ``worst_unit`` the best exchange is the one best for the worst unit, and ``would_raise`` and ``swap_drop``
        are the change of its share.
    """
    evaluator = evaluator or Evaluator(reach, needs, **request)
    asked = evaluator.asked
    closed = np.setdiff1d(np.arange(reach.n_sites), np.union1d(plan.open_sites, np.flatnonzero(asked.existing)))
    able = evaluator.setting.within_reach
    table = able.loc[closed, ["reachable", "with_need", "largest_roster", "shortfall", "need_shortfall"]]
    table.insert(0, "site", closed)
    table["unserved"] = _unserved(plan, reach, needs)[closed]
    exchanges = Exchanges(evaluator, plan, time.perf_counter() + time_limit_s, should_stop)
    told = _told(exchanges, closed)
    for name in told.columns.drop("starved"):
        table[name] = told[name].to_numpy()
    table["would_replace"] = told["would_replace"].astype("Int64").array
    unknown = told["would_add"].isna() & ~told["starved"]
    reason = np.select(
        [
            asked.forbidden[closed],
            table["reachable"] < asked.min_roster,
            evaluator.place[closed] < 0,
            told["starved"],
            told["would_add_at_most"] < 1e-6,
            unknown,
        ],
        ["forbidden", "cannot_reach_minimum", "cannot_reach_need_share", "starved", "adds_nothing", "not_examined"],
        default="lost_to_budget",
    )
    table["reason"] = pd.array(reason, dtype="str")
    return table.reset_index(drop=True)


def _unserved(plan: SitePlan, reach: Reach, needs: ArrayLike) -> Longs:
    """Enterprises within reach of each site that nobody serves."""
    groups, _ = need_groups(reach, needs)
    rows = groups.member_group[(plan.assignment < 0) & (groups.member_group >= 0)]
    left = np.bincount(rows, minlength=groups.n_groups)
    t, b = (members_per_site(groups, left * here) for here in (groups.label == NEED, groups.label != NEED))
    total: Longs = t + b
    return total


def _told(exchanges: Exchanges, closed: Longs) -> pd.DataFrame:
    """What each closed site would add and replace, in the order of ``closed``."""
    ceilings = {int(site): exchanges.gain_at_most(int(site)) for site in closed}
    promising = sorted(ceilings, key=lambda site: (-ceilings[site], site))
    # All gains before the first exchange: what a site would add is asked of every one.
    gains = {site: exchanges.added(site, ceilings[site]) for site in promising}
    records: dict[int, dict[str, Any]] = {}
    for site in promising:
        gain, swap = gains[site], exchanges.swapped(site)
        records[site] = {
            "would_add": gain.value,
            "would_add_at_most": gain.at_most,
            "starved": gain.starved,
            **_swap_columns(swap),
        }
        if exchanges.worst_first:
            records[site] |= {"would_raise": gain.share, "swap_drop": math.nan if swap is None else -swap.share}
    columns = ["would_add", "would_add_at_most", "starved", "would_replace", "swap_loss", "swap_loss_at_least"]
    columns += ["would_raise", "swap_drop"] if exchanges.worst_first else []
    return pd.DataFrame([records[int(site)] for site in closed], columns=columns).astype({"starved": bool})


def _swap_columns(swap: Exchange | None) -> dict[str, Any]:
    if swap is None:
        return {"would_replace": None, "swap_loss": math.nan, "swap_loss_at_least": math.nan}
    out = None if swap.out < 0 else swap.out
    return {"would_replace": out, "swap_loss": -swap.value, "swap_loss_at_least": -swap.at_most}
