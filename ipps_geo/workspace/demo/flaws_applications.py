"""Flaws of applications: for establishment (Art. 5, 7), for a change (Art. 8), for revocation (Art. 9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from ipps_geo.workspace.demo.ground import APPLIED

if TYPE_CHECKING:
    from ipps_geo.workspace.demo.ground import Ground

NOT_KEY = "F5179"
"""A class of wholesale trade that no list of key industries names."""


def second_centre_applied_for(ground: Ground) -> None:
    """Apply for a centre in a unit that has one (R4-1)."""
    unit = str(ground.row("institutions", ground.centre())["unit"])
    application = "A-CENTRE"
    ground.add(
        "applications",
        application_id=application,
        kind="establishment",
        institution_kind="district_center",
        name="演示第二区中心",
        unit=unit,
        route="district",
        applied_on=APPLIED,
        data_class="synthetic",
    )
    ground.plant("R4-1", application, "a centre is applied for in a unit that has one")


def inspected_before_applied(ground: Ground) -> None:
    """Date the inspection of an accepted application before it was written (R5-1)."""
    application = ground.application_of(ground.station())
    applied = ground.row("applications", application)["applied_on"].date()
    ground.change("applications", application, inspected_on=applied - dt.timedelta(days=3))
    ground.plant("R5-1", application, "the district inspected before the application was written")


def carrier_applied_directly(ground: Ground) -> None:
    """Send the application of a carrier's operator past the district (R5-1)."""
    application = ground.applicant()
    ground.change("applications", application, route="direct", inspected_on=None, recommended_on=None)
    ground.plant("R5-1", application, "a carrier's operator applied to the city centre directly")


def organisation_filed_before_decision(ground: Ground) -> None:
    """Date the filing of an organisation's station before its decision (R5-2)."""
    application = ground.application_of(ground.organisation_station())
    decided = ground.row("applications", application)["decided_on"].date()
    ground.change("applications", application, filed_on=decided - dt.timedelta(days=2))
    ground.plant("R5-2", application, "the establishment was filed before it was decided")


def not_argued(ground: Ground) -> None:
    """Decide on a station without an argument (R5-3)."""
    application = ground.application_of(ground.station())
    ground.change("applications", application, was_argued="no")
    ground.plant("R5-3", application, "the establishment was decided without an argument")


def applicant_fact(rule: str, why: str, **facts: object) -> Callable[[Ground], None]:
    """Return a planter that changes facts of a pending application, so that ``rule`` fails."""

    def planter(ground: Ground) -> None:
        application = ground.applicant()
        ground.change("applications", application, **facts)
        ground.plant(rule, application, why)

    return planter


def applicant_without_staff(ground: Ground) -> None:
    """Leave an applicant without staff (R7-4)."""
    application = ground.applicant()
    ground.change("applications", application, full_time_staff=0, part_time_staff=0)
    ground.drop("staff", "institution_id", application)
    ground.plant("R7-4", application, "nobody works there, neither full-time nor part-time")


def too_few(ground: Ground) -> None:
    """Cut the roster of an applicant to 45 (R7-2a)."""
    application = ground.applicant()
    members = ground.members(application)
    rosters = ground.tables["rosters"]
    own = rosters["holder_id"] == application
    yes = rosters.loc[own & (rosters["explicit_need"] == "yes"), "enterprise_id"]
    # Those with need stay first, so that the share of need still holds.
    kept = [*sorted(yes), *(member for member in members if member not in set(yes))][:45]
    ground.tables["rosters"] = rosters[~own | rosters["enterprise_id"].isin(kept)].reset_index(drop=True)
    ground.plant("R7-2a", application, "the roster has 45 enterprises")


def not_key(ground: Ground) -> None:
    """Move all but 30 enterprises of an applicant out of the key industries (R7-2b)."""
    application = ground.applicant()
    members = ground.members(application)
    ground.change_members(application, members[30:], industry_codes=NOT_KEY)
    ground.plant("R7-2b", application, "only 30 enterprises on the roster are in a key industry")


def shared(ground: Ground) -> None:
    """Put an enterprise of an established station on the roster of an applicant (R7-2c)."""
    application, other = ground.applicant(), ground.station()
    rosters = ground.tables["rosters"]
    row = dict(rosters[rosters["holder_id"] == other].sort_values("enterprise_id").iloc[0])
    ground.add("rosters", **(row | {"holder_id": application}))
    ground.plant("R7-2c", application, f"one enterprise is on the roster of {other}")


def too_little_need(ground: Ground) -> None:
    """Take the need from half of the enterprises of an applicant (R7-2d)."""
    application = ground.applicant()
    members = ground.members(application)
    ground.change_members(application, members, explicit_need="yes")
    ground.change_members(application, members[: len(members) // 2], explicit_need="no")
    ground.plant("R7-2d", application, "half of the enterprises on the roster have no explicit need")


def barred(ground: Ground) -> None:
    """Let the unit of a station revoked for its conduct apply again too early (R7-6)."""
    revoked, application = ground.station(), ground.applicant()
    operator = ground.row("institutions", revoked)
    ground.change(
        "institutions",
        revoked,
        revoked_on=dt.date(2025, 3, 10),
        revocation_ground="conduct",
        revocation_notified_on=dt.date(2025, 3, 18),
    )
    ground.change(
        "applications",
        application,
        undertaking_name=operator["undertaking_name"],
        undertaking_uscc=operator["undertaking_uscc"],
    )
    ground.plant("R7-6", application, f"its unit undertook {revoked}, which was revoked in 2025 for its conduct")


def district_association(ground: Ground) -> None:
    """Let an industry organisation of district level apply (R7-1a), which cannot sign for two either (R4-4)."""
    application = ground.applicant()
    ground.change(
        "applications",
        application,
        host_type="industry_organization",
        org_level="district",
        legal_form="social_organization",
        unit=None,
        carrier_id=None,
        geometry=None,
        agreement_parties="city_center;industry_organization",
        agreement_district=None,
    )
    ground.plant("R7-1a", application, "an industry organisation of district level")
    ground.plant("R4-4", application, "an industry organisation of district level signed for two")


def _change(ground: Ground, station: str, name: str, **facts: object) -> None:
    row = ground.row("institutions", station)
    ground.add(
        "applications",
        application_id=name,
        kind="change",
        institution_kind="workstation",
        institution_id=station,
        unit=row["unit"],
        host_type=row["host_type"],
        change_items="名称",
        applied_on=APPLIED,
        data_class="synthetic",
        **facts,
    )


def change_went_direct(ground: Ground) -> None:
    """Send a change of a carrier's station past the district (R8-1)."""
    _change(ground, ground.station(), "A-CHANGE", route="direct")
    ground.plant("R8-1", "A-CHANGE", "a change of a carrier's station went to the city centre directly")


def organisation_change_through_district(ground: Ground) -> None:
    """Send a change of an organisation's station through a district (R8-2)."""
    _change(ground, ground.organisation_station(), "A-CHANGE-ORG", route="district")
    ground.plant("R8-2", "A-CHANGE-ORG", "an industry organisation's change went through a district")


def twenty_nine_days(ground: Ground) -> None:
    """Plan a revocation one day too early (R9-1)."""
    station = ground.station()
    row = ground.row("institutions", station)
    ground.add(
        "applications",
        application_id="A-REVOKE",
        kind="revocation",
        institution_kind="workstation",
        institution_id=station,
        unit=row["unit"],
        host_type=row["host_type"],
        route="district",
        applied_on=dt.date(2026, 11, 10),
        planned_on=dt.date(2026, 12, 9),
        ground="cannot_serve",
        data_class="synthetic",
    )
    ground.plant("R9-1", "A-REVOKE", "the planned revocation is 29 days after the application")
