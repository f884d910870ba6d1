"""Two wishes at once: what the second one is counted by, the front as a table, and each of its plans counted again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.planning.decaying import straight_m
from ipps_geo.planning.limits import site_costs
from ipps_geo.planning.own_tables import demand_ids, site_ids
from ipps_geo.planning.tables import additions_table, annex_table
from ipps_geo.planning.wishes import unit_codes
from ipps_geo.siting import verify_plan
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.results import CoverageResult
    from ipps_geo.siting.choices.two_wishes import FrontPoint, SecondWish
    from ipps_geo.workspace import Workspace


def second_wish(
    instance: SitingInstance,
    parameters: PlanParameters,
    workspace: Workspace,
    travel: Travel,
    before: CoverageResult,
) -> SecondWish | None:
    """Return what the second wish is counted by, None where none was asked for."""
    if parameters.front is None:
        return None
    from ipps_geo.siting.choices.two_wishes import SecondWish

    if parameters.front == "cost":
        return SecondWish("cost", costs=site_costs(instance, "front"))
    if parameters.front == "distance":
        return SecondWish("distance")
    population = instance.population
    if parameters.front == "reach":
        far = population.loc[~_within(before, population, travel) & _placed(population)]
        ids = demand_ids(far), site_ids(instance.sites)
        people = travel.reach(
            metric_xy(far, instance.metric_crs), metric_xy(instance.sites, instance.metric_crs), ids=ids
        )
        return SecondWish("reach", people=people)
    units = unit_codes(parameters, workspace)
    number = {unit: place for place, unit in enumerate(units)}
    listed = population.loc[population["holder_id"].notna(), "unit"]
    return SecondWish(
        "worst_unit",
        # Whom only the list of another unit names is demand, and counted in no unit's coverage.
        unit=instance.demand["unit"]
        .map(number)
        .where(instance.demand["entity_key"].isin(population["entity_key"]))
        .fillna(-1)
        .to_numpy(np.int64),
        listed=_by_unit(listed, units),
        total=_by_unit(population["unit"], units),
    )


def _by_unit(unit: pd.Series, units: list[str]) -> Any:
    return unit.value_counts().reindex(units).fillna(0).to_numpy(np.int64)


def _placed(population: gpd.GeoDataFrame) -> Any:
    return ~(population.geometry.isna() | population.geometry.is_empty).to_numpy()


def _within(coverage: CoverageResult, population: pd.DataFrame, travel: Travel) -> Any:
    if coverage.nearest is None:
        raise ValueError("coverage without the nearest station")
    return coverage.nearest.reindex(population["entity_key"]).to_numpy() <= travel.limit


def value_name(kind: str, travel: Travel) -> str:
    """Return the column that holds the second wish."""
    distance = "mean_distance_m" if travel.unit == "m" else "mean_cost_min"
    return {"reach": "newly_reached", "cost": "yearly_cost", "distance": distance}.get(kind, "worst_roster_share")


def front_table(
    instance: SitingInstance, points: Sequence[FrontPoint] | None, parameters: PlanParameters, travel: Travel
) -> pd.DataFrame | None:
    """Return one row per point; columns as in ``PlanResult.front``."""
    if points is None or parameters.front is None:
        return None
    first, names = len(instance.candidates), instance.site_names
    scale = travel.detour_factor if parameters.front == "distance" and travel.unit == "m" else 1.0
    rows = []
    for place, point in enumerate(points, start=1):
        plan = point.plan
        new = plan.open_sites[plan.open_sites < first]
        rows.append(
            {
                "point": place,
                "objective": plan.objective,
                "bound": plan.bound,
                "gap": plan.gap,
                "status": plan.status,
                value_name(parameters.front, travel): point.wish * scale,
                "asked_level": point.level * scale,
                "served": int((plan.assignment >= 0).sum()),
                "n_sites": len(new),
                "open_sites": ";".join(sorted(names[new])),
            }
        )
    return pd.DataFrame(rows)


def check_front(
    points: Sequence[FrontPoint] | None,
    instance: SitingInstance,
    request: dict[str, Any],
    parameters: PlanParameters,
    workspace: Workspace,
    travel: Travel,
    before: CoverageResult,
) -> list[Violation]:
    """Return what is wrong with the plans of a front: each is checked like a plan, its second wish counted again.

    The second wish is counted from the tables of the workspace, with nothing of the program that planned it.
    """
    if points is None:
        return []
    asked = {name: value for name, value in request.items() if name not in ("reach", "needs", "seed")}
    for steers in ("then_least_distance", "then_balanced"):
        asked.pop(steers, None)
    found: list[Violation] = []
    for point in points:
        found += verify_plan(point.plan, request["reach"], request["needs"], **asked)
        counted = _counted(point, instance, parameters, workspace, travel, before)
        if not math.isclose(counted, point.wish, rel_tol=1e-6, abs_tol=1e-6):
            found.append(Violation("wish_differs", None, None, point.wish, counted))
    return found


def _counted(
    point: FrontPoint,
    instance: SitingInstance,
    parameters: PlanParameters,
    workspace: Workspace,
    travel: Travel,
    before: CoverageResult,
) -> float:
    plan, population = point.plan, instance.population
    rosters = pd.concat([annex_table(instance, plan), additions_table(instance, plan)], ignore_index=True)
    new = instance.site_names[plan.open_sites[plan.open_sites < len(instance.candidates)]]
    carriers = workspace.carriers.set_index("carrier_id", drop=False).loc[list(new)]
    if parameters.front == "cost":
        return math.fsum(carriers["annual_cost"].tolist())
    if parameters.front == "distance":
        if travel.unit != "m" or travel.network is not None:
            return point.wish  # costs along a network are those of the reach, checked pair by pair above
        return float(straight_m(rosters, instance, workspace).mean()) if len(rosters) else 0.0
    if parameters.front == "reach":
        near = np.full(len(population), np.inf)
        if len(carriers):
            ids, crs = (demand_ids(population), site_ids(carriers)), instance.metric_crs
            near = travel.nearest(metric_xy(population, crs), metric_xy(carriers, crs), ids=ids)
        return float(((near <= travel.limit) & ~_within(before, population, travel)).sum())
    served = population["entity_key"].isin(rosters["entity_key"]) | population["holder_id"].notna()
    shares = served.groupby(population["unit"]).mean().reindex(unit_codes(parameters, workspace)).dropna()
    return float(shares.min())
