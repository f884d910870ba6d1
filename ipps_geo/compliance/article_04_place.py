"""Art. 4: the unit that an institution declares is the one its place lies in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, Severity, failed, met, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R4-6",
    article="4",
    severity=Severity.DATA_QUALITY,
    roles=("established", "establishment", "proposal"),
    kinds=BOTH,
    inputs=(
        "institutions.unit",
        "institutions.geometry",
        "institutions.position_precision_m",
        "service_units.geometry",
        "service_units.part_of",
    ),
    parameters=("boundary_tolerance_m",),
    readings=("functional_area_signature",),
    verdicts=EVERY,
    open_when=(
        "place, declared unit or its boundary is not known; the boundary is nearer than can be told apart; a "
        "functional area and a district overlap"
    ),
    fails_when="the place lies in another unit than declared, farther from the boundary than anybody's precision",
)
def declared_unit(case: Case) -> Outcome | None:
    """The declared unit holds the place; a functional area takes precedence over the district under it.

    Near a boundary, and as far as positions and boundaries are imprecise, a person has to judge.
    """
    if case.subject.is_organization:
        return None
    declared = case.subject.unit
    place = case.context.places.get((case.subject.kind, case.subject.subject_id))
    if declared is None or place is None:
        missing = tuple(name for name, value in (("unit", declared), ("geometry", place)) if value is None)
        return unclear("place_or_unit_unknown", missing=missing)
    allowed = max(float(case.integer("boundary_tolerance_m")), place.precision_m)
    distance = round(place.boundary_distance_m, 1)
    details: dict[str, Any] = {
        "measured": place.unit,
        "required": declared,
        "params": {
            "declared": declared,
            "located": place.unit,
            "boundary_distance_m": round(place.boundary_distance_m),
        },
    }
    if not math.isfinite(place.declared_distance_m) and place.unit != declared:
        return unclear("place_or_unit_unknown", missing=("service_units.geometry",))
    if declared in case.context.units_around(place.unit):
        if place.blur_m:
            details["params"]["precision_m"] = round(place.blur_m)
            return unclear("near_boundary", margin=distance, **details)
        return met("unit_confirmed", margin=distance, **details)
    if place.unit is not None and frozenset({place.unit, declared}) in case.context.overlapping_units:
        reading = case.reading("functional_area_signature")
        if reading == "either_authority":
            return met("unit_overlaps", **details)
        if reading == "judgement":
            return unclear("unit_overlaps", **details)
    distance = round(place.declared_distance_m, 1)
    details["params"] = {
        "declared": declared,
        "located": place.unit,
        "boundary_distance_m": round(place.declared_distance_m),
    }
    if place.declared_distance_m <= allowed:
        details["params"]["precision_m"] = round(allowed)
        return unclear("near_boundary", margin=-distance, **details)
    return failed("other_unit", margin=-distance, **details)
