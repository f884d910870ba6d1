"""Art. 4: how centres and workstations are set up: one centre per unit, and who signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, span, unclear
from ipps_geo.compliance.registry import CENTER, EVERY, STATION, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case
    from ipps_geo.compliance.subjects import Subject

PARTIES = ("institutions.agreement_parties", "institutions.agreement_district", "institutions.unit")


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
        "applications.unit",
        "applications.decided_on",
    ),
    parameters=("centers_per_unit",),
    readings=("center_gap",),
    verdicts=EVERY,
    fails_when=(
        "a unit that requires a centre has no active one (severity judgement), or more than one (blocking); "
        "a centre is applied for in a unit that has one whose revocation nobody has applied for"
    ),
)
def one_center_per_unit(case: Case) -> Outcome | None:
    """Every service unit has exactly one active district centre.

    A centre counts until the day of the decision to revoke it. A gap is one of the network: nobody is in breach. Where
    an active centre does not say which unit it serves, it may be the one that is missing. An application for a second
    centre fails itself, the unit stays as it is. Where several applications for one unit wait, only one of them can be
    accepted: each of them stays open, and shows the others.
    """
    if case.subject.role == "establishment":
        return _no_second_center(case)
    if not case.fact("requires_center"):
        return None
    required = case.integer("centers_per_unit")
    centers = case.context.centers.get(case.subject.subject_id, ())
    homeless = case.context.centers.get(None, ())
    evidence = tuple({"institution_id": c.subject_id, "name": c.facts["name"]} for c in (*centers, *homeless))
    count = len(centers)
    details: dict[str, Any] = {
        "measured": count,
        "required": required,
        "margin": count - required,
        "evidence": evidence,
    }
    if count > required:
        return failed("too_many_centers", **details)
    if count == required:
        return met("one_center", **details)
    if len(homeless) >= required - count:
        return unclear("center_unit_unknown", missing=("institutions.unit",), **details)
    severity = Severity.JUDGEMENT if case.reading("center_gap") == "gap" else Severity.BLOCKING
    return failed("no_center", severity=severity, **details)


def _no_second_center(case: Case) -> Outcome:
    """An application finds no other centre in its unit, nor one applied for; a successor may be planned in time."""
    unit = case.subject.unit
    if unit is None:
        return unclear("application_unit_unknown", missing=("applications.unit",))
    required = case.integer("centers_per_unit")
    day = case.subject.decided_on or case.on
    others = [
        center
        for center in case.context.institutions.values()
        if center.institution_kind == "district_center"
        and center.unit == unit
        and center.subject_id != case.subject.institution_id
        and (center.established_on is None or center.established_on <= day)
        and (center.facts["revoked_on"] is None or center.facts["revoked_on"] > day)
    ]
    details: dict[str, Any] = {
        "measured": len(others) + 1,
        "required": required,
        "margin": required - len(others) - 1,
        "evidence": tuple({"institution_id": c.subject_id, "name": c.facts["name"]} for c in others),
    }
    if len(others) >= required:
        if all(case.context.revocations.get(center.subject_id) for center in others):
            return unclear("successor_of_center", missing=("institutions.revoked_on",), **details)
        return failed("second_center", **details)
    rivals = [other for other in case.context.center_applications if _is_rival(case, other)]
    if len(others) + len(rivals) < required:
        return met("no_other_center", **details)
    most = len(others) + len(rivals) + 1
    details["measured"] = span(len(others) + 1, most)
    details["margin"] = span(required - most, required - len(others) - 1)
    details["evidence"] += tuple(
        {"application_id": other.subject_id, "name": other.facts["name"], "applied_on": other.applied_on}
        for other in rivals
    )
    return unclear("center_also_applied_for", missing=("applications.decided_on",), **details)


def _is_rival(case: Case, other: Subject) -> bool:
    """Whether ``other`` asks for a further centre of the same unit: pending, or accepted but not yet an institution.

    What was decided before is not called into question by what was asked for, or accepted, later.
    """
    own = case.subject
    if other.unit != own.unit or other.subject_id == own.subject_id:
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
    inputs=PARTIES,
    readings=("extra_signatory", "functional_area_signature"),
    verdicts=EVERY,
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
    inputs=(*PARTIES, "institutions.host_type"),
    readings=("extra_signatory", "functional_area_signature"),
    verdicts=EVERY,
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
    inputs=(*PARTIES, "institutions.host_type"),
    readings=("extra_signatory",),
    verdicts=EVERY,
    fails_when="the parties of an industry organisation's station are known and one of the two is missing",
)
def organization_agreement(case: Case) -> Outcome | None:
    """An industry organisation's station is agreed by the city centre and the organisation."""
    if not case.subject.is_organization:
        return None
    return _parties(case, {"city_center", "industry_organization"})


def _parties(case: Case, required: set[str]) -> Outcome:
    stated = case.fact("agreement_parties")
    if not stated:
        return unclear("parties_unknown", missing=("agreement_parties",), required=tuple(sorted(required)))
    signed = {party for party in str(stated).split(";") if party}
    details: dict[str, Any] = {"measured": tuple(sorted(signed)), "required": tuple(sorted(required))}
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
    """Judge whose authority signed: that of the institution's own unit."""
    signer, unit = case.fact("agreement_district"), case.subject.unit
    if signer is None or unit is None:
        missing = tuple(name for name, value in (("agreement_district", signer), ("unit", unit)) if value is None)
        return unclear("signing_district_unknown", missing=missing, **details)
    if signer == unit:
        return met("parties_complete", **details)
    params = {"signed_for": signer, "unit": unit}
    if frozenset({signer, unit}) in case.context.overlapping_units:
        reading = case.reading("functional_area_signature")
        if reading == "either_authority":
            return met("signed_by_overlapping_unit", params=params, **details)
        if reading == "judgement":
            return unclear("signed_by_overlapping_unit", params=params, **details)
    return failed("other_district_signed", params=params, **details)


@rule(
    "R4-5",
    article="4(4)",
    severity=Severity.INFORMATION,
    roles=("unit",),
    inputs=("institutions.kind", "institutions.unit"),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    fails_when="never: 若干 has no lower bound, a unit without a station is information",
)
def stations_in_unit(case: Case) -> Outcome:
    """Every unit has several workstations; how many the text does not say."""
    count = case.context.stations_by_unit.get(case.subject.subject_id, 0)
    return met("has_stations", measured=count) if count else unclear("no_station", measured=0)
