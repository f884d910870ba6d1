"""Wishes that pull apart: a plan for each of them under the same limits, measured in all of them.

No score adds them up. What somebody wants is read off the table, where each row is a plan that can be taken as it is.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput, IppsGeoError, Stopped
from ipps_geo.planning.parameters import alone
from ipps_geo.planning.proposals import plan as plan_stations
from ipps_geo.results.trade_offs import TradeOffs
from ipps_geo.vocabulary import SmeClass

if TYPE_CHECKING:
    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.results import PlanResult
    from ipps_geo.siting import Milestone
    from ipps_geo.workspace import Workspace

SMALL = (SmeClass.SMALL, SmeClass.MICRO)
SMALL_WEIGHT = 3.0
"""A plan that leans to small enterprises counts each of them as so many others."""
NEAR_STEPS = ((1 / 3, 1.0), (2 / 3, 0.6), (1.0, 0.3))
"""A plan that leans to near ones counts an enterprise by its part of the limit: (share of it, worth)."""
COST_SHARE = 0.8
"""A plan that leans to low cost may cost this share of what the first one costs."""
LEANINGS = ("most", "even", "small", "near", "cheap")
"""What a plan can lean to, in the order of the table."""
_MORE = ("newly_served", "small_served")
_LESS = ("behind", "mean_distance_m", "annual_cost")


def trade_offs(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    *,
    on: dt.date | None = None,
    travel: Travel | None = None,
    choices: AccessChoices | None = None,
    leanings: Sequence[str] = LEANINGS,
    progress: Callable[[str, Milestone | None], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TradeOffs:
    """Return plans under the same limits that lean to one wish each: most served, even, small, near, cheap.

    Arguments and errors are those of :func:`ipps_geo.planning.plan`; ``progress`` is told the leaning too. A leaning
    that cannot go with what was asked for (weights of one's own, costs that are not known ...), or that has no plan, is
    left out with its reason. ``most`` is planned in any case, first: ``even`` and ``cheap`` are asked for relative to
    it. ``time_limit_s`` holds for each.
    """
    asked = replace(alone(parameters), objective="covered", target=None, least_distance=False, balance=False)
    plans: dict[str, PlanResult] = {}
    left_out: dict[str, IppsGeoError] = {}
    for leaning in dict.fromkeys(("most", *leanings)):
        if should_stop is not None and should_stop():
            break
        if progress is not None:
            progress(leaning, None)
        told = None if progress is None else lambda at, which=leaning: progress(which, at)
        try:
            leaned = _LEANINGS[leaning](asked, workspace, travel or parameters.travel, plans)
            plans[leaning] = plan_stations(
                workspace, policy, leaned, on=on, travel=travel, choices=choices, progress=told, should_stop=should_stop
            )
        except Stopped:
            break
        except IppsGeoError as error:
            if leaning == "most":  # under the same limits the others have no plan either
                raise
            left_out[leaning] = error
    rows = pd.DataFrame([{"leaning": name, **measured(workspace, found)} for name, found in plans.items()])
    return TradeOffs(_with_dominated(rows), plans, left_out)


def measured(workspace: Workspace, plan: PlanResult) -> dict[str, Any]:
    """Return what a plan is worth in every wish; keys as the columns of ``TradeOffs.table``."""
    rosters = plan.annex if plan.additions is None else pd.concat([plan.annex, plan.additions], ignore_index=True)
    size = workspace.enterprises.set_index("enterprise_id")["sme_class"]
    units = plan.coverage_after.by_unit
    units = units.loc[~units["unit"].isin(["city", "unknown"]) & (units["enterprises"] > 0)]
    worst = units.loc[(units["on_roster"] / units["enterprises"]).idxmin()]
    percent = city_percent(plan)
    least = -(-percent * units["enterprises"] // 100)
    costs = workspace.carriers.set_index("carrier_id")["annual_cost"].reindex(plan.proposals["site_id"])
    far = rosters["distance_m"].dropna()
    return {
        "stations": len(plan.proposals),
        "newly_served": len(rosters),
        "worst_unit": str(worst["unit"]),
        "worst_on_roster": int(worst["on_roster"]),
        "worst_enterprises": int(worst["enterprises"]),
        "behind": int((least - units["on_roster"]).clip(lower=0).sum()),
        "small_served": int(size.reindex(rosters["enterprise_id"]).isin(SMALL).sum()),
        "mean_distance_m": float(far.mean()) if len(far) else math.nan,
        "annual_cost": math.nan if costs.isna().any() else math.fsum(costs.tolist()),
        "proven": plan.stop_reason == "proven",
    }


def city_percent(plan: PlanResult) -> int:
    """Return the roster coverage of the city before the plan in whole per cent, at least 1."""
    city = plan.coverage_before.by_unit.set_index("unit").loc["city"]
    return max(1, int(100 * city["on_roster"] // city["enterprises"]))


def _with_dominated(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    worth = np.column_stack([*(rows[name] for name in _MORE), *(-rows[name] for name in _LESS)]).astype(np.float64)
    dominated = []
    for own in worth:
        both = ~np.isnan(worth) & ~np.isnan(own)
        no_worse = ((worth >= own) | ~both).all(axis=1)
        better = ((worth > own) & both).any(axis=1)
        dominated.append(bool((no_worse & better).any()))
    return rows.assign(dominated=dominated)


def _most(asked: PlanParameters, *_: Any) -> PlanParameters:
    return asked


def _even(asked: PlanParameters, _: Workspace, __: Travel, plans: Mapping[str, PlanResult]) -> PlanParameters:
    """Return a floor under every unit: what the city has on rosters today."""
    if asked.floor_percent is not None:
        raise BadInput("plan.floor_stands", where="floor_percent")
    return replace(asked, floor_percent=city_percent(plans["most"]))


def _small(asked: PlanParameters, *_: Any) -> PlanParameters:
    if asked.weight_by is not None:
        raise BadInput("weight.one_way", where="weight_by")
    weight = {str(each): SMALL_WEIGHT if each in SMALL else 1.0 for each in SmeClass}
    return replace(asked, weight_by="sme_class", weight_of={**weight, "unknown": 1.0})


def _near(asked: PlanParameters, _: Workspace, travel: Travel, __: Mapping[str, PlanResult]) -> PlanParameters:
    limit = travel.limit / (1000 if travel.unit == "m" else 1)
    return replace(asked, decay=tuple((round(share * limit, 6), worth) for share, worth in NEAR_STEPS))


def _cheap(asked: PlanParameters, workspace: Workspace, _: Travel, plans: Mapping[str, PlanResult]) -> PlanParameters:
    """Return less money than the plan that serves most asks for."""
    carriers = workspace.carriers.loc[workspace.carriers["candidate"].astype(bool)]
    silent = carriers.loc[carriers["annual_cost"].isna(), "carrier_id"]
    if len(silent):
        raise BadInput("plan.cost_unknown", where="carriers.annual_cost", n=len(silent), carrier=silent.iloc[0])
    return replace(asked, budget=COST_SHARE * measured(workspace, plans["most"])["annual_cost"])


_LEANINGS: Mapping[str, Callable[..., PlanParameters]] = {
    "most": _most, "even": _even, "small": _small, "near": _near, "cheap": _cheap,
}  # fmt: skip
