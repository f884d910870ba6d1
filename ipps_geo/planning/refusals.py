"""Why there is no plan: the error that names the best candidates and what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipps_geo.errors import Message, NotSolved

if TYPE_CHECKING:
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.siting import SitePlan

_BEST_NAMED = 3
_NAMED = ("site_id", "name_zh", "reachable", "with_need", "largest_roster", "shortfall")


def why_nothing_opens(instance: SitingInstance, request: dict[str, Any], site_plan: SitePlan) -> NotSolved:
    """Return the error that says why there is no plan, naming the best candidates and what they lack."""
    from ipps_geo.siting.workstations.eligibility import eligibility

    minimum = request["min_roster"]
    able = eligibility(
        instance.reach,
        instance.needs,
        min_roster=minimum,
        need_share=request["need_share"],
        capacity=request.get("capacity"),
    )
    able = able.iloc[: len(instance.candidates)]
    best = able.assign(
        site_id=instance.candidates["carrier_id"],
        name_zh=instance.candidates["name_zh"],
        unit=instance.candidates["unit"],
    )
    asked = dict(site_plan.why.values).get("unit") if site_plan.why is not None else None
    if asked is not None and (best["unit"] == asked).any():
        best = best[best["unit"] == asked]  # the best of the unit that falls short, not of the city
    best = best.sort_values(["largest_roster", "site_id"], ascending=[False, True]).head(_BEST_NAMED)
    named = tuple(
        Message("plan.candidate", {**{name: row[name] for name in _NAMED}, "minimum": minimum})
        for row in best.to_dict("records")
    ) or (_no_candidate(instance),)
    if not able["can_open"].any():
        return NotSolved("plan.nobody_can_open", minimum=minimum, best=named)
    why = site_plan.why or Message(f"plan.stop.{site_plan.stop_reason}")
    told = dict(why.values)
    if "site" in told:  # a model knows positions, people know ids
        told["site"] = instance.site_names[told["site"]]
        why = Message(why.code, told)
    return NotSolved("plan.nothing_opens", why=why, best=named)


def _no_candidate(instance: SitingInstance) -> Message:
    few = int((instance.kept_out["reason"] == "too_few_staff").sum())
    return Message("plan.candidates_too_few_staff", {"n": few}) if few else Message("plan.no_candidate")
