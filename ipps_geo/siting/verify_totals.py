"""The last sums of a plan whose rosters lie in partitions: what each partition recounted, against what the plan claims.

The rows themselves are checked partition by partition (:mod:`~ipps_geo.siting.verify_tables`); here minimum, share,
capacity, number, budget and units are judged on the sums, and the proof on what they add up to.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    import pandas as pd

#: Relative difference of two sums of the same weights in another order.
_RELATIVE = 1e-9


def verify_totals(
    totals: pd.DataFrame,
    proposals: Collection[str],
    *,
    min_roster: int,
    need_share: tuple[int, int],
    n_sites: int | None = None,
    capacity: Mapping[str, int] | None = None,
    costs: Mapping[str, float] | None = None,
    budget: float | None = None,
    required: Collection[str] = (),
    unit_of: Mapping[str, str] | None = None,
    min_per_unit: Mapping[str, int] | None = None,
) -> list[Violation]:
    """Check the summed rosters of all proposals; an empty list means that they hold.

    ``totals``: site_id (once each), members, with_need. The other arguments are those of the plan, by id.

    >>> import pandas as pd
    >>> totals = pd.DataFrame({"site_id": ["A", "B"], "members": [50, 49], "with_need": [29, 49]})
    >>> found = verify_totals(totals, ["A", "B"], min_roster=50, need_share=(3, 5), n_sites=2)
    >>> [(v.code, v.site, v.measured) for v in found]
    [('need_share_too_low', 'A', 29), ('roster_too_small', 'B', 49)]
    """
    found: list[Violation] = []
    counted = totals.set_index("site_id")
    num, den = need_share
    strangers = sorted(set(counted.index) - set(proposals))
    found += [Violation("site_not_open", site, None, "a roster", "an open site") for site in strangers]
    for site in sorted(proposals):
        if site not in counted.index:
            found.append(Violation("proposal_without_roster", site, None, 0, min_roster))
            continue
        n, k = int(counted.loc[site, "members"]), int(counted.loc[site, "with_need"])
        if n < min_roster:
            found.append(Violation("roster_too_small", site, None, n, min_roster))
        if den * k < num * n:
            found.append(Violation("need_share_too_low", site, None, k, -(-num * n // den)))
        if capacity is not None and n > capacity[site]:
            found.append(Violation("over_capacity", site, None, n, capacity[site]))
    if n_sites is not None and len(set(proposals)) > n_sites:
        found.append(Violation("too_many_sites", None, None, len(set(proposals)), n_sites))
    if costs is not None and budget is not None:
        spent = math.fsum(costs[site] for site in set(proposals))
        if spent > budget * (1 + _RELATIVE):
            found.append(Violation("over_budget", None, None, spent, budget))
    closed = sorted(set(required) - set(proposals))
    found += [Violation("required_site_closed", site, None, "closed", "open") for site in closed]
    for unit, least in sorted((min_per_unit or {}).items()):
        have = sum((unit_of or {}).get(site) == unit for site in set(proposals))
        if have < least:
            found.append(Violation("unit_short_of_sites", None, None, f"{unit}: {have}", least))
    return found


def verify_proof(objective: float, bound: float, gap: float, counted: float, *, proven: bool) -> list[Violation]:
    """Check what a plan claims to serve, and its bound, against the weight that was recounted."""
    found = []
    slack = _RELATIVE * max(1.0, abs(counted))
    if not abs(objective - counted) <= slack:
        found.append(Violation("objective_differs", None, None, objective, counted))
    if not bound >= counted - slack:
        found.append(Violation("bound_impossible", None, None, bound, counted))
    elif proven and not abs(bound - counted) <= gap * abs(counted) + slack:
        found.append(Violation("optimal_without_proof", None, None, bound, counted))
    return found
