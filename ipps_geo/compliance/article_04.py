"""Art. 4: how centres and workstations are set up: one centre per unit, and who signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.centers import centers_of
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, span, unclear
from ipps_geo.compliance.registry import CENTER, EVERY, STATION, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case
    from ipps_geo.compliance.subjects import Subject

PARTIES = (
    "institutions.agreement_parties",
    "institutions.agreement_district",
    "institutions.agreement_signed_on",
    "institutions.unit",
)
PLACE = ("institutions.geometry", "service_units.geometry", "service_units.part_of")


@rule(
    "R4-1",
    article="4(4)",
    severity=Severity.BLOCKING,
    roles=("unit", "establishment"),
    kinds=CENTER,
    inputs=(
        "service_units.requires_center",
        "institutions.kind",
        "institutions.unit",
        "institutions.established_on",
        "institutions.revoked_on",
        "institutions.is_revoked",
        "institutions.legacy",
        "institutions.suspended",
        "service_units.part_of",
        "applications.unit",
        "applications.decided_on",
    ),
    parameters=("centers_per_unit",),
    readings=("center_gap",),
    verdicts=EVERY,
    open_when=(
        "a centre says no unit, no day of establishment (unless older than the Measure), or no day of its "
        "revocation, and could decide; an area without a centre says not what it is part of; another "
        "application asks for the same centre"
    ),
    fails_when=(
        "a unit that requires a centre has no active one (severity judgement), or more than one (blocking); "
        "a centre is applied for in a unit that has one whose revocation nobody has applied for"
    ),
)
def one_center_per_unit(case: Case) -> Outcome | None:
    """Every service unit has exactly one active district centre.

    A centre counts until the day of the decision to revoke it, suspended or not. A gap is one of the network: nobody is
    in breach. A centre whose unit or day is not known may be one of this unit, or none: it leaves open what it could
    decide. A centre of a sub-unit counts where the sub-unit is part of. An application for a second
    centre fails itself, the unit stays as it is. Where several applications for one unit wait, only one of them can be
    accepted: each of them stays open, and shows the others.
    """
    if case.subject.role == "establishment":
        return _no_second_center(case)
    if not case.fact("requires_center"):
        return None
    required = case.integer("centers_per_unit")
    centers = centers_of(case.context, case.subject.subject_id, case.on)
    count, most = len(centers.certain), len(centers.certain) + len(centers.possible)
    details: dict[str, Any] = {
        "measured": span(count, most),
        "required": required,
        "margin": span(*sorted((count - required, most - required))),
        "evidence": tuple(_shown(center) for center in (*centers.certain, *centers.possible)),
    }
    if count > required:
        return failed("too_many_centers", **details)
    if count == most == required:
        return met("one_center", **details)
    if most >= required and most != count:
        code = "center_unit_unknown" if all(c.unit is None for c in centers.possible) else "center_open"
        return unclear(code, missing=centers.missing, **details)
    severity = Severity.JUDGEMENT if case.reading("center_gap") == "gap" else Severity.BLOCKING
    return failed("no_center", severity=severity, **details)


def _shown(center: Subject) -> dict[str, Any]:
    """Return a centre as evidence."""
    shown = {"institution_id": center.subject_id, "name": center.facts["name"]}
    return shown if center.facts["suspended"] == "unknown" else {**shown, "suspended": center.facts["suspended"]}


def _no_second_center(case: Case) -> Outcome:
    """An application finds no other centre in its unit, nor one applied for; a successor may be planned in time."""
    unit = case.subject.unit
    if unit is None:
        return unclear("application_unit_unknown", missing=("applications.unit",))
    required = case.integer("centers_per_unit")
    day = case.subject.decided_on or case.on
    # A centre of a part of the unit, or of what the unit is part of, is a centre of the same district.
    found = [centers_of(case.context, where, day, case.subject.institution_id) for where in _same_district(case, unit)]
    others = {center.subject_id: center for centers in found for center in centers.certain}
    # An accepted application that names no institution may be the one behind a centre of the day of its decision.
    nameless = case.subject.institution_id is None and case.subject.decided_on is not None
    own = {name for name, center in others.items() if nameless and center.established_on == day}
    others = {name: center for name, center in others.items() if name not in own}
    maybe = [center for centers in found for center in centers.possible + centers.certain]
    possible = {center.subject_id: center for center in maybe if center.subject_id not in others}
    least, most = len(others), len(others) + len(possible)
    details: dict[str, Any] = {
        "measured": span(least + 1, most + 1),
        "required": required,
        "margin": span(required - most - 1, required - least - 1),
        "evidence": tuple(_shown(center) for center in (*others.values(), *possible.values())),
    }
    if least >= required:
        if all(case.context.revocations.get(center) for center in others):
            return unclear("successor_of_center", missing=("institutions.revoked_on",), **details)
        if any(_may_revoke(other, unit) for other in case.context.subjects):
            return unclear("successor_of_center", missing=("applications.institution_id",), **details)
        return failed("second_center", **details)
    if most >= required:
        missing = next((centers.missing for centers in found if centers.possible), ())
        lacks = ("applications.institution_id",) if own else ()
        return unclear("second_center_open", missing=(*lacks, *missing), **details)
    rivals = [other for other in case.context.center_applications if _is_rival(case, other)]
    if least + len(rivals) < required:
        return met("no_other_center", **details)
    most = least + len(rivals) + 1
    details["measured"] = span(least + 1, most)
    details["margin"] = span(required - most, required - least - 1)
    details["evidence"] += tuple(
        {"application_id": other.subject_id, "name": other.facts["name"], "applied_on": other.applied_on}
        for other in rivals
    )
    return unclear("center_also_applied_for", missing=("applications.decided_on",), **details)


def _may_revoke(other: Subject, unit: str) -> bool:
    """Whether ``other`` asks for the revocation of a centre that it does not name, and that may be the unit's."""
    nameless = other.role == "revocation" and other.institution_id is None
    return nameless and other.institution_kind == "district_center" and other.unit in (None, unit)


def _same_district(case: Case, unit: str) -> tuple[str, ...]:
    """Return the unit with a centre that ``unit`` belongs to: itself, or what it is part of where it needs none."""
    around = case.context.units_around(unit)
    facts = case.context.unit_facts
    return next(((name,) for name in around if facts.get(name, {}).get("requires_center", True)), (unit,))


def _is_rival(case: Case, other: Subject) -> bool:
    """Whether ``other`` asks for a further centre of the same unit: pending, or accepted but not yet an institution.

    What was decided before is not called into question by what was asked for, or accepted, later.
    """
    own = case.subject
    if other.subject_id == own.subject_id or (
        other.unit is not None
        and own.unit is not None
        and (_same_district(case, other.unit) != _same_district(case, own.unit))
    ):
        return False
    if other.institution_id is not None and other.institution_id == own.institution_id:
        return False
    if other.decided_on is not None and other.institution_id in case.context.institutions:
        return False
    return own.decided_on is None or (other.decided_on is not None and other.decided_on <= own.decided_on)


@rule(
    "R4-2",
    article="4(2)",
    severity=Severity.BLOCKING,
    roles=("established", "establishment"),
    kinds=CENTER,
    inputs=(*PARTIES, *PLACE),
    readings=("extra_signatory", "functional_area_signature"),
    verdicts=EVERY,
    open_when=(
        "who signed, for which unit, or the unit itself is not known; the day of signature lies ahead; "
        "somebody else signed as well; the place is in a functional area and a district at once; a part "
        "signed for the whole"
    ),
    fails_when="the parties of a centre's agreement are known and lack the city centre or the district's authority",
)
def center_agreement(case: Case) -> Outcome:
    """A centre's agreement is signed by the city centre and the district's authority."""
    return _parties(case, {"city_center", "district_ip_authority"})


@rule(
    "R4-3",
    article="4(3)",
    severity=Severity.BLOCKING,
    roles=("established", "establishment"),
    kinds=STATION,
    inputs=(*PARTIES, *PLACE, "institutions.host_type"),
    readings=("extra_signatory", "functional_area_signature"),
    verdicts=EVERY,
    open_when="as R4-2; the kind of host is not known",
    fails_when="the parties of a carrier's station are known and one of three is missing, or another district signed",
)
def carrier_agreement(case: Case) -> Outcome | None:
    """A carrier's station is agreed by the city centre, the authority of its own district, and the operator."""
    if case.subject.is_organization:
        return None
    if case.fact("host_type") is None:
        return unclear("host_type_unknown", missing=("host_type",))
    return _parties(case, {"city_center", "district_ip_authority", "host_operator"})


@rule(
    "R4-4",
    article="4(3)",
    severity=Severity.BLOCKING,
    roles=("established", "establishment"),
    kinds=STATION,
    inputs=(*PARTIES, "institutions.host_type", "institutions.org_level"),
    parameters=("organization_levels",),
    readings=("extra_signatory",),
    verdicts=EVERY,
    open_when=(
        "who signed, or the organisation's level, is not known; the day of signature lies ahead; somebody "
        "else signed as well"
    ),
    fails_when=(
        "the parties of an industry organisation's station are known and one of the two is missing, "
        "or the organisation is below the municipal level"
    ),
)
def organization_agreement(case: Case) -> Outcome | None:
    """An industry organisation's station is agreed by the city centre and the organisation.

    The text names organisations of municipal level and above: one below cannot sign for two.
    """
    if not case.subject.is_organization:
        return None
    outcome = _parties(case, {"city_center", "industry_organization"})
    level, levels = case.fact("org_level"), case.words("organization_levels")
    if outcome.verdict is Verdict.FAIL or level in levels:
        return outcome
    if level is not None:
        return failed("level_too_low", measured=level, required=levels)
    return outcome if outcome.verdict is not Verdict.PASS else unclear("level_unknown", missing=("org_level",))


def _parties(case: Case, required: set[str]) -> Outcome:
    stated = case.fact("agreement_parties")
    if not stated:
        return unclear("parties_unknown", missing=("agreement_parties",), required=tuple(sorted(required)))
    signed = {party for party in str(stated).split(";") if party}
    details: dict[str, Any] = {"measured": tuple(sorted(signed)), "required": tuple(sorted(required))}
    signed_on = case.fact("agreement_signed_on")
    if signed_on is not None:
        details["evidence"] = ({"agreement_signed_on": signed_on},)
        if signed_on > case.on:
            return unclear("agreement_not_signed_yet", missing=("agreement_signed_on",), **details)
    absent = tuple(sorted(required - signed))
    if absent:
        return failed("party_missing", params={"parties": absent}, **details)
    extra = tuple(sorted(signed - required))
    if extra and case.reading("extra_signatory") != "allowed":
        if case.reading("extra_signatory") == "refused":
            return failed("extra_party", params={"parties": extra}, **details)
        return unclear("extra_party", params={"parties": extra}, **details)
    if "district_ip_authority" not in required:
        return met("parties_complete", **details)
    return _signing_district(case, details)


def _signing_district(case: Case, details: dict[str, Any]) -> Outcome:
    """Judge whose authority signed: that of the institution's own unit.

    Where a functional area lies over a district, the place decides whether the two compete: only there may either sign,
    whichever of them is declared (Art. 4 names the authority of the 区, and the area is none).
    """
    signer, unit = case.fact("agreement_district"), case.subject.unit
    if signer is None or unit is None:
        missing = tuple(name for name, value in (("agreement_district", signer), ("unit", unit)) if value is None)
        return unclear("signing_district_unknown", missing=missing, **details)
    params = {"signed_for": signer, "unit": unit}
    place = case.context.places.get((case.subject.kind, case.subject.subject_id))
    own = signer in case.context.units_around(unit)
    if not own and unit in case.context.units_around(signer):
        return unclear("signed_by_sub_unit", params=params, **details)
    rivals = _competing(case, signer, unit)
    if place is None or not place.near:
        contested = bool(rivals) and not own
        missing = ("geometry",) if contested else ()
    else:
        missing = ()
        # Certain of the area, or, where the signer is another than declared, near enough to be of it.
        here = place.within if own else place.near
        # The area may sign for a place in a district that it lies over; a district only for one of its own in the area.
        contested = any(district in here and (signer == area != unit or area in here) for area, district in rivals)
        if own and place.unit is not None and signer == place.unit:
            contested = False
        if rivals and not own and not contested and signer in place.within:
            return unclear("signed_by_overlapping_unit", missing=("unit",), params=params, **details)
    if not contested:
        return met("parties_complete", **details) if own else failed("other_district_signed", params=params, **details)
    reading = case.reading("functional_area_signature")
    if reading == "either_authority":
        return met("signed_by_overlapping_unit", params=params, **details)
    if reading == "judgement":
        return unclear("signed_by_overlapping_unit", missing=missing, params=params, **details)
    return failed("other_district_signed", params=params, **details)


def _competing(case: Case, signer: str, unit: str) -> list[tuple[str, str]]:
    """Return the pairs (functional area with a centre of its own, district under it) that the signature is about."""
    facts = case.context.unit_facts
    pairs = []
    for pair in case.context.overlapping_units:
        area, district = sorted(pair, key=lambda name: facts[name]["kind"] != "functional_area")
        if signer in pair and (unit in pair or unit == signer) and facts[area]["requires_center"]:
            pairs.append((area, district))
    return pairs


@rule(
    "R4-5",
    article="4(4)",
    severity=Severity.INFORMATION,
    roles=("unit",),
    inputs=(
        "institutions.kind",
        "institutions.unit",
        "institutions.established_on",
        "institutions.revoked_on",
        "service_units.part_of",
    ),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    open_when="no station is known; days of all of them are not known",
    fails_when="never: 若干 has no lower bound, a unit without a station is information",
)
def stations_in_unit(case: Case) -> Outcome:
    """Every unit has several workstations; how many the text does not say."""
    least, most = case.context.stations_by_unit.get(case.subject.subject_id, (0, 0))
    if least:
        return met("has_stations", measured=span(least, most))
    if most:
        return unclear("stations_open", measured=span(least, most), missing=("institutions.established_on",))
    return unclear("no_station", measured=0)
