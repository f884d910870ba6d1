"""What existing stations take in under a plan, judged by the rules once more with the larger rosters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance import audit as audit_network
from ipps_geo.planning.existing import COUNTED_RULES, bounds, least_staff
from ipps_geo.siting.violations import Violation
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy
    from ipps_geo.siting import SitePlan
    from ipps_geo.workspace import Workspace

FACTS = ("site_id", "name", "unit", "host_type", "established_on", "position_precision_m", "source", "geometry")


def earlier_rosters(instance: SitingInstance) -> dict[str, tuple[int, int]]:
    """Return (members, with need) of the stations that may take in more, by id."""
    table = instance.existing
    pairs = zip(table["members"].tolist(), table["with_need"].tolist(), strict=True)
    return dict(zip(table["institution_id"], pairs, strict=True))


def enlarged_table(instance: SitingInstance, plan: SitePlan, request: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return one row per existing station that takes in more; columns as in ``PlanResult.enlarged``."""
    first = len(instance.candidates)
    served = _counts(plan, instance)
    takes = np.flatnonzero(served.sum(axis=1)[first:] > 0)
    table = instance.existing.iloc[takes].rename(columns={"institution_id": "site_id"})[
        [*FACTS, "members", "with_need"]
    ]
    added = served[first + takes]
    table = table.reset_index(drop=True).rename(columns={"members": "old_members", "with_need": "old_need"})
    table["newly_served"] = added.sum(axis=1)
    table["with_need"], table["without_need"], table["unknown_need"] = added.T
    table["all_members"] = table["old_members"] + table["newly_served"]
    table["all_need"] = table["old_need"] + table["with_need"]
    num, den = request["need_share"]
    table["margin_roster"] = table["all_members"] - request["min_roster"]
    if "capacity" in request:
        limits = request["capacity"][first + takes]
        table["staff"] = instance.existing["staff"].iloc[takes].to_numpy()
        table["capacity"] = np.where(limits < table["old_members"] + len(instance.demand), limits, -1)
        table["capacity"] = table["capacity"].astype("Int64").where(table["capacity"] >= 0)
    table["margin_need"] = table["all_need"] - -(-num * table["all_members"] // den)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def not_enlarged_table(instance: SitingInstance, plan: SitePlan) -> pd.DataFrame:
    """Return one row per active station that takes in nobody more: site_id, name, unit, reason."""
    first = len(instance.candidates)
    idle = np.flatnonzero(_counts(plan, instance).sum(axis=1)[first:] == 0)
    reached = instance.reach.select(sites=np.arange(first, instance.reach.n_sites)).pairs.tocsc()
    none = np.diff(reached.indptr)[idle] == 0
    rows = instance.existing.iloc[idle][["institution_id", "name", "unit"]].rename(
        columns={"institution_id": "site_id"}
    )
    rows = pd.DataFrame(rows).assign(reason=np.where(none, "nobody_within_reach", "takes_nobody"))
    table = pd.concat([instance.not_enlarged, rows]).sort_values("site_id", kind="stable")
    return table.reset_index(drop=True)


def _counts(plan: SitePlan, instance: SitingInstance) -> NDArray[np.int64]:
    """Return, per site, how many it serves with need, without, and with unknown need, shape (n_sites, 3)."""
    counts = np.zeros((instance.reach.n_sites, 3), dtype=np.int64)
    served = plan.assignment >= 0
    answer = np.select([instance.needs == 1, instance.needs == 0], [0, 1], default=2)
    np.add.at(counts, (plan.assignment[served], answer[served]), 1)
    return counts


def judged_again(workspace: Workspace, policy: Policy, additions: pd.DataFrame, on: dt.date) -> tuple[Finding, ...]:
    """Return the audit of the network with every addition listed: the rosters judged as a bureau would file them.

    ``additions`` has the columns of ``PlanResult.additions``.
    """
    rows = additions.drop(columns=["distance_m", "unit"]).rename(columns={"site_id": "holder_id"})
    filed = conform("rosters", rows.assign(listed_on=pd.Timestamp(on)))
    rosters = conform("rosters", pd.concat([workspace.rosters, filed], ignore_index=True))
    return audit_network(workspace.replace(rosters=rosters), policy, on=on)


def findings_of(stations: Iterable[str], findings: Sequence[Finding]) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of each of these stations."""
    told: dict[str, list[Finding]] = {station: [] for station in sorted(set(stations))}
    for finding in findings:
        if finding.subject_kind == "institution" and finding.subject in told:
            told[finding.subject].append(finding)
    return {station: tuple(listed) for station, listed in told.items()}


def check_enlarged(
    before: Sequence[Finding],
    after: Sequence[Finding],
    added: Mapping[str, int],
    members_per_staff: int | None = None,
) -> list[Violation]:
    """Return where the rules, asked again with the new rosters, deny what the plan claims of the enlarged stations.

    ``added``: how many each takes in; with ``members_per_staff`` its staff must be known to be enough. Count and need
    share have to pass, as many as were added must count, and no station may share more enterprises than before,
    whichever of the two came later.
    """
    was, now = (
        {(f.rule, f.subject): f for f in findings if f.subject_kind == "institution" and f.rule in COUNTED_RULES}
        for findings in (before, after)
    )
    found = []
    for station in sorted(added):
        for rule, code in (("R7-2a", "roster_too_small"), ("R7-2d", "need_share_too_low")):
            finding = now[rule, station]
            if finding.verdict != "PASS":
                found.append(Violation(code, station, None, str(finding.measured), str(finding.required)))
        old, new = bounds(was.get(("R7-2a", station))), bounds(now["R7-2a", station])
        staff = least_staff(now.get(("R7-4", station)))
        if members_per_staff is not None and new is not None and new[1] > members_per_staff * (staff or 0):
            found.append(Violation("too_few_staff", station, None, new[1], members_per_staff * (staff or 0)))
        grown = None if old is None or new is None else new[0] - old[0]
        if grown != added[station]:
            found.append(Violation("additions_differ", station, None, grown, added[station]))
    for (rule, station), finding in sorted(now.items()):
        earlier = was.get((rule, station))
        if rule == "R7-2c" and (earlier is None or finding.measured != earlier.measured):
            measured = None if earlier is None else str(earlier.measured)
            found.append(Violation("entity_on_active_roster", station, None, str(finding.measured), measured))
    return found


def check_staff(
    annex: pd.DataFrame, workspace: Workspace, policy: Policy, parameters: PlanParameters, on: dt.date
) -> list[Violation]:
    """Return the new stations whose roster, counted from the table to be printed, is more than their staff may serve.

    The carriers are read again; one that states no staff has what the planner plans with.
    """
    if parameters.members_per_staff is None:
        return []
    assumed = parameters.new_staff or policy.integer("station_staff", on)
    stated = {
        row["carrier_id"]: [row[name] for name in ("full_time_staff", "part_time_staff") if pd.notna(row[name])]
        for row in workspace.carriers.drop(columns="geometry").to_dict("records")
    }
    found = []
    for site, n in sorted(annex.drop_duplicates("entity_key")["site_id"].value_counts().items()):
        most = parameters.members_per_staff * (sum(stated[site]) if stated[site] else assumed)
        if n > most:
            found.append(Violation("too_few_staff", site, None, int(n), int(most)))
    return found
