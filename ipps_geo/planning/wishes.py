"""A city's own wishes for a plan: least spacing, most new stations in a unit, a least roster coverage in every unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ipps_geo.crs import metric_xy
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.results import CoverageResult
    from ipps_geo.siting.workstations.compact import Wishes
    from ipps_geo.siting.workstations.decay import Decay
    from ipps_geo.siting.workstations.ruled import RuledPlan
    from ipps_geo.workspace import Workspace


def wishes_of(instance: SitingInstance, parameters: PlanParameters, workspace: Workspace) -> Wishes | None:
    """Return the wishes by position, None where the planner has none."""
    if not parameters.has_wishes:
        return None
    from ipps_geo.siting.workstations.compact import Wishes

    units = unit_codes(parameters, workspace)
    number = {unit: place for place, unit in enumerate(units)}
    new = instance.candidates["unit"].map(number).fillna(-1).to_numpy(np.int64)
    most = [parameters.max_per_unit.get(unit, len(instance.candidates)) for unit in units]
    xy = metric_xy(instance.candidates, instance.metric_crs)
    spacing = (parameters.spacing_km or 0.0) * 1000
    # Nearer than the spacing, not at it: the pairs of the tree hold those at it too.
    pairs = cKDTree(xy).query_pairs(spacing, output_type="ndarray") if spacing else np.zeros((0, 2), np.int64)
    near = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) < spacing
    return Wishes(
        demand_unit=instance.demand["unit"].map(number).fillna(-1).to_numpy(np.int64),
        unit_least=_least(instance, parameters, units),
        apart=np.sort(pairs[near].astype(np.int64), axis=1),
        site_unit=np.append(new, np.full(len(instance.existing), -1, dtype=np.int64)),
        unit_most=np.array(most, dtype=np.int64),
        decay=decay_in(instance.reach.unit, parameters),
    )


def decay_in(unit: str, parameters: PlanParameters) -> Decay | None:
    """Return the steps of decay in the unit of a reach: kilometres travelled become metres in a straight line."""
    if not parameters.decay:
        return None
    from ipps_geo.siting.workstations.decay import Decay

    scale = 1000 / parameters.detour_factor if unit == "m" else 1.0
    limits, worths = np.array(parameters.decay, dtype=np.float64).T
    return Decay(limits * scale, worths)


def unit_codes(parameters: PlanParameters, workspace: Workspace) -> list[str]:
    """Return the units that the plan is for, sorted."""
    return [parameters.unit] if parameters.unit else sorted(workspace.service_units["code"])


def _least(instance: SitingInstance, parameters: PlanParameters, units: list[str]) -> NDArray[np.int64]:
    """Return how many each unit has to be served newly, so that its rosters hold the share asked for."""
    percent = parameters.floor_percent or 0
    population = instance.population
    total = population["unit"].value_counts().reindex(units).fillna(0).to_numpy(np.int64)
    listed = population.loc[population["holder_id"].notna(), "unit"].value_counts().reindex(units).fillna(0)
    least: NDArray[np.int64] = np.maximum(-(-percent * total // 100) - listed.to_numpy(np.int64), 0)
    return least


def floor_table(
    parameters: PlanParameters, before: CoverageResult, after: CoverageResult, ruled: RuledPlan | None, units: list[str]
) -> pd.DataFrame | None:
    """Return one row per unit with enterprises; columns as in ``PlanResult.floor``."""
    if parameters.floor_percent is None:
        return None
    rows = after.by_unit.set_index("unit").loc[units]
    table = pd.DataFrame(
        {
            "unit": units,
            "enterprises": rows["enterprises"].to_numpy(np.int64),
            "least": -(-parameters.floor_percent * rows["enterprises"].to_numpy(np.int64) // 100),
            "on_roster_before": before.by_unit.set_index("unit").loc[units, "on_roster"].to_numpy(np.int64),
            "on_roster_after": rows["on_roster"].to_numpy(np.int64),
        }
    )
    table["short"] = np.maximum(table["least"] - table["on_roster_after"], 0)
    table["least_shortfall"] = ruled is not None and ruled.least_shortfall
    return table.loc[table["enterprises"] > 0].reset_index(drop=True)


def check_wishes(
    annex: pd.DataFrame, floor: pd.DataFrame | None, ruled: RuledPlan, workspace: Workspace, parameters: PlanParameters
) -> list[Violation]:
    """Return where the plan, read from the tables to be printed, breaks a wish or says that it keeps one.

    Places are those of the carriers and stations, units those of the carriers; what each unit has on rosters is what
    the coverage counted, and may be short by no more than the plan says.
    """
    found = []
    carriers = workspace.carriers.set_index("carrier_id").loc[sorted(set(annex["site_id"]))]
    xy = metric_xy(carriers, workspace.region.metric_crs)
    if parameters.spacing_km:
        for one in range(len(carriers)):
            for other in range(one):
                metres = float(np.hypot(*(xy[one] - xy[other])))
                if metres < parameters.spacing_km * 1000:
                    found.append(Violation("too_near", carriers.index[one], None, metres, carriers.index[other]))
    for unit, most in sorted(parameters.max_per_unit.items()):
        n = int((carriers["unit"] == unit).sum())
        if n > most:
            found.append(Violation("unit_above_most", None, None, f"{unit}: {n}", most))
    if floor is not None and int(floor["short"].sum()) != int(ruled.short.sum()):
        found.append(Violation("shortfall_differs", None, None, int(floor["short"].sum()), int(ruled.short.sum())))
    return found


def under_wishes(closed: gpd.GeoDataFrame, instance: SitingInstance, wishes: Wishes, opened: NDArray[np.int32]) -> None:
    """Say of candidates left closed which wish keeps them so; what they would add is not known under wishes."""
    position = {site: place for place, site in enumerate(instance.candidates["carrier_id"])}
    place = closed["site_id"].map(position).to_numpy(np.int64)
    new = opened[opened < len(instance.candidates)]
    near = np.zeros(len(instance.candidates), dtype=bool)
    for one, other in wishes.apart:
        near[one] |= other in new
        near[other] |= one in new
    units = wishes.site_unit[new]
    count = np.bincount(units[units >= 0], minlength=len(wishes.unit_most))
    unit = wishes.site_unit[place]
    full = (unit >= 0) & (count >= wishes.unit_most)[np.maximum(unit, 0)]
    not_examined(closed, np.select([near[place], full], ["too_near", "unit_full"], default="wishes"))


def not_examined(closed: gpd.GeoDataFrame, reason: NDArray[Any]) -> None:
    """Give candidates that could hold a roster another reason, and claim nothing of what they would add."""
    able = ~closed["reason"].isin(["cannot_reach_minimum", "cannot_reach_need_share"])
    closed.loc[able, "reason"] = reason[able.to_numpy()]
    for name in ("would_add", "would_add_at_most", "swap_loss", "swap_loss_at_least"):
        if name in closed:
            closed[name] = closed[name].astype("float64").where(~able)
    closed["would_replace"] = closed["would_replace"].where(~able)
