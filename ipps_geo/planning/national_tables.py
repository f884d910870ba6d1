"""A plan over partitions as small tables, and the sums of its recount."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.planning.partitions import Counted, Recount, Served
from ipps_geo.siting.verify_totals import verify_proof, verify_totals
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.siting.workstations.program import StationProgram
    from ipps_geo.siting.workstations.split import SplitPlan
    from ipps_geo.workspace.partitions import PartitionedWorkspace


def proposal_table(
    instance: SitingInstance,
    program: StationProgram,
    split: SplitPlan,
    served: Sequence[Served],
    request: dict[str, Any],
) -> Any:
    """Return one row per open site, the most newly served first."""
    counts = pd.concat([each.by_site for each in served]).groupby("site").sum()
    sites = program.site_ids[split.open_sites]
    facts = ["carrier_id", "name_zh", "name_en", "unit", "host_type", "screening", "questions"]
    facts += ["position_precision_m", "source", "geometry"]
    table = instance.candidates.iloc[sites][facts].rename(columns={"carrier_id": "site_id"}).reset_index(drop=True)
    counts = counts.reindex(sites, fill_value=0).astype("int64")
    for name in counts.columns:
        table[name] = counts[name].to_numpy()
    num, den = request["need_share"]
    table["margin_roster"] = table["newly_served"] - request["min_roster"]
    table["margin_need"] = table["with_need"] + (-num * table["newly_served"] // den)
    table["component"] = split.component[split.open_sites]
    table = table.sort_values(["newly_served", "site_id"], ascending=[False, True]).reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def component_table(program: StationProgram, split: SplitPlan, unit: float) -> pd.DataFrame:
    """Return one row per component: sites, whom they reach, stations, what these serve, and the bound."""
    groups = program.groups
    of_group = split.component[groups.row_sites[groups.row_start[:-1]]] if groups.n_groups else np.zeros(0, np.int32)
    n = len(split.stations)
    return pd.DataFrame(
        {
            "component": np.arange(n),
            "sites": np.bincount(split.component, minlength=n),
            "reachable": np.bincount(of_group, weights=groups.size, minlength=n).astype(np.int64),
            "stations": split.stations,
            "newly_served": split.component_value * unit,
            "bound": split.component_bound * unit,
        }
    )


def unit_table(
    workspace: PartitionedWorkspace, counted: Sequence[Counted], served: Sequence[Served], proposals: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per unit: enterprises, those on a roster before, newly served, stations."""
    before = pd.concat([each.by_unit for each in counted]).groupby("unit").sum()
    newly = pd.concat([each.by_unit for each in served]).groupby("unit").sum()
    units = sorted(workspace.network.service_units["code"])
    order = [*units, *sorted((set(before.index) | set(newly.index)) - set(units))]
    table = before.join(newly, how="outer").reindex(order).fillna(0).astype("int64")
    table["stations"] = proposals["unit"].fillna("unknown").value_counts().reindex(order).fillna(0).astype("int64")
    return table.rename_axis("unit").reset_index()


def stated(
    workspace: PartitionedWorkspace,
    parameters: PlanParameters,
    census: dict[str, int],
    access: AccessChoices,
    unlisted: int,
) -> dict[str, Any]:
    """Return what an output says of the choices and of the partitions."""
    stated: dict[str, Any] = parameters.to_dict() | parameters.travel.describe()
    stated["time_limit_s"] = parameters.time_limit_s if math.isfinite(parameters.time_limit_s) else None
    stated |= {"census": census, "partitions": len(workspace.partitions), "partitioned_by": workspace.by}
    stated["measured_in"] = workspace.metric_crs or "zones"
    if access.weights is not None:
        stated |= {"weights": str(access.weights.name), "weights_unlisted": unlisted}
        stated |= {"weight_unlisted": access.unlisted}
    return stated


def recounted(
    made: Sequence[Recount],
    proposals: pd.DataFrame,
    split: SplitPlan,
    request: dict[str, Any],
    candidates: Any,
    parameters: PlanParameters,
    unit: float,
) -> list[Violation]:
    """Return what the recount of every partition and their sums deny of the plan."""
    found = [violation for each in made for violation in each.violations]
    entities = np.sort(np.concatenate([each.entities for each in made]))
    twice = int((entities[1:] == entities[:-1]).sum())
    if twice:
        found.append(Violation("entity_twice", None, None, twice, 0))
    totals = pd.concat([each.totals for each in made]).groupby("site_id").sum().reset_index()
    names = candidates["carrier_id"]
    limits = request.get("capacity")
    costs = request.get("site_costs")
    found += verify_totals(
        totals,
        set(proposals["site_id"]),
        min_roster=request["min_roster"],
        need_share=request["need_share"],
        n_sites=parameters.stations,
        capacity=None if limits is None else dict(zip(names, limits.tolist(), strict=True)),
        costs=None if costs is None else dict(zip(names, costs.tolist(), strict=True)),
        budget=parameters.budget,
        required=parameters.required_sites,
        unit_of=dict(zip(names, candidates["unit"].fillna(""), strict=True)),
        min_per_unit=parameters.min_per_unit,
    )
    weight = math.fsum(each.weight for each in made)
    proven = split.status == "optimal"
    return found + verify_proof(split.objective * unit, split.bound * unit, parameters.gap, weight, proven=proven)
