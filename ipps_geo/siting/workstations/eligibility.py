"""What each candidate could hold on its own: "43 eligible within 3 km, 7 short of 50"."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import site_numbers
from ipps_geo.siting.search.groups import DemandGroups, group_demand

Longs = NDArray[np.int64]

#: Labels of demand groups: explicit need, none, unknown.
NEED, NO_NEED, UNKNOWN = 0, 1, 2


def need_groups(reach: Reach, needs: ArrayLike) -> tuple[DemandGroups, NDArray[np.int32]]:
    """Demand groups labelled by answer, and the label of every row."""
    given = np.asarray(needs)
    if given.shape != (reach.n_demand,):
        raise BadInput("siting.wrong_shape", where="needs", length=reach.n_demand, shape=given.shape)
    label = np.select([given == 1, given == 0], [NEED, NO_NEED], default=UNKNOWN).astype(np.int32)
    return group_demand(reach, label), label


def largest_roster(with_need: Longs, without: Longs, need_share: tuple[int, int]) -> Longs:
    """Most members that keep ``den * k >= num * n``: everyone with need, and as many others as they carry.

    >>> largest_roster(np.array([30, 30]), np.array([10, 90]), (3, 5)).tolist()
    [40, 50]
    """
    num, den = need_share
    carried = without if num == 0 else (den - num) * with_need // num
    most: Longs = with_need + np.minimum(without, carried)
    return most


def members_per_site(groups: DemandGroups, members: ArrayLike) -> Longs:
    """Sum of ``members`` (one number per group) over the groups that each site reaches."""
    start, listed = groups.by_site
    counts = np.asarray(members, dtype=np.int64)[listed]
    totals = np.concatenate([[0], np.cumsum(counts)])
    summed: Longs = totals[start[1:]] - totals[start[:-1]]
    return summed


def eligibility(
    reach: Reach,
    needs: ArrayLike,
    *,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    capacity: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return, per site, what it reaches and whether it could ever open; indexed by site position.

    ``needs`` is 1 explicit need, 0 none, -1 unknown, shape (n_demand,); ``capacity`` the largest roster, one number or
    one per site. A roster holds ``min_roster`` or more, of them with need at least num / den (``need_share``).
    Columns: ``reachable``, ``with_need``, ``without_need``, ``unknown_need``; ``largest_roster``, the most that it
    could take in alone, t + min(b, floor(t (den - num) / num)) with unknowns counted as without need, and never above
    ``capacity``; ``shortfall`` to the minimum; ``need_shortfall``, how many more of those within reach would have to
    have a need for a roster of the minimum size; ``can_open``; ``can_open_if_unknown_need``, the same when every
    unknown answer turned out to be yes.

    >>> reach = Reach.from_points([[x, 0] for x in range(43)], [[0, 0]], 3000)
    >>> eligibility(reach, [1] * 43).loc[0, ["reachable", "shortfall"]].tolist()
    [43, 7]
    """
    groups, _ = need_groups(reach, needs)
    size = groups.size
    t, none, unknown = (members_per_site(groups, size * (groups.label == k)) for k in (NEED, NO_NEED, UNKNOWN))
    limits = site_numbers(capacity, reach.n_sites, "capacity", default=np.inf, infinite=True)
    limit = np.minimum(limits, 2**62).astype(np.int64)
    most = np.minimum(largest_roster(t, none + unknown, need_share), limit)
    most_if_yes = np.minimum(largest_roster(t + unknown, none, need_share), limit)
    num, den = need_share
    needed = -(-num * min_roster // den)
    return pd.DataFrame(
        {
            "reachable": t + none + unknown,
            "with_need": t,
            "without_need": none,
            "unknown_need": unknown,
            "largest_roster": most,
            "shortfall": np.maximum(min_roster - most, 0),
            "need_shortfall": np.maximum(needed - t, 0),
            "can_open": most >= min_roster,
            "can_open_if_unknown_need": most_if_yes >= min_roster,
        },
        index=pd.RangeIndex(reach.n_sites, name="site"),
    )
