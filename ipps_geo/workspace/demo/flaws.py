"""Every flaw that a rule can find, each planted at a subject of its own: a training ground, and the tests'.

A flaw is planted by changing one fact of something that was sound, so that the audit fails one rule for one subject.
Conditions for applicants (Art. 7) are planted at pending applications, the rest at institutions and units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapely import Point

from ipps_geo.errors import BadInput
from ipps_geo.workspace.demo.ground import APPLIED, Ground
from ipps_geo.workspace.planted import PlantedFlaw

if TYPE_CHECKING:
    from ipps_geo.workspace.model import Workspace

NOT_KEY = "F5179"
"""A class of wholesale trade that no list of key industries names."""


def plant_flaws(workspace: Workspace, which: str = "all") -> tuple[Workspace, tuple[PlantedFlaw, ...]]:
    """Return (a copy of a demonstration workspace with flaws, every failure that an audit of it must name).

    Parameters
    ----------
    workspace
        A demonstration with enough sound stations (see :func:`ipps_geo.workspace.generate_demo`); its own planted
        failures stay and are listed too.
    which
        ``all``, or rule ids joined by commas, such as ``R4-1,R7-2c``.

    Raises
    ------
    BadInput
        If a rule is unknown, has no planter, or the workspace is too small for it.
    """
    wanted = list(PLANTERS) if which == "all" else [rule.strip() for rule in which.split(",")]
    unknown = [rule for rule in wanted if rule not in PLANTERS]
    if unknown or not wanted:
        raise BadInput(
            f"no flaw for {', '.join(unknown)}", where="flaws", advice=f"all, or some of {', '.join(PLANTERS)}"
        )
    ground = Ground(workspace)
    for rule in wanted:
        for planter in PLANTERS[rule]:
            planter(ground)
    made = ground.finish()
    return made, made.planted


# Art. 4 ------------------------------------------------------------------------------------------------------------


def _unit_without_centre(ground: Ground) -> None:
    centre = ground.centre()
    unit = str(ground.row("institutions", centre)["unit"])
    ground.drop("institutions", "institution_id", centre)
    ground.plant("R4-1", unit, "the unit has no centre")


def _unit_with_two_centres(ground: Ground) -> None:
    row = ground.row("institutions", ground.centre())
    second = {
        "institution_id": f"{row['institution_id']}-2",
        "name": f"演示第二{row['name']}",
        "data_class": "synthetic",
    }
    ground.add("institutions", **(row | second))
    ground.plant("R4-1", str(row["unit"]), "the unit has two centres")


def _second_centre_applied_for(ground: Ground) -> None:
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


def _centre_without_city_centre(ground: Ground) -> None:
    centre = ground.centre()
    unit = ground.row("institutions", centre)["unit"]
    ground.change("institutions", centre, agreement_parties="district_ip_authority", agreement_district=unit)
    ground.plant("R4-2", centre, "the city centre did not sign the agreement")


def _station_without_operator(ground: Ground) -> None:
    station = ground.station()
    ground.change("institutions", station, agreement_parties="city_center;district_ip_authority")
    ground.plant("R4-3", station, "the operator of the carrier did not sign the agreement")


def _organisation_without_city_centre(ground: Ground) -> None:
    station = _organisation_station(ground)
    ground.change("institutions", station, agreement_parties="industry_organization")
    ground.plant("R4-4", station, "the city centre did not sign the agreement")


def _station_elsewhere(ground: Ground) -> None:
    station = ground.station()
    row = ground.row("institutions", station)
    units = ground.workspace.service_units
    # The unit farthest from the declared one, so that no precision of any boundary or position explains it.
    metric = units.to_crs("EPSG:4548").geometry
    home = metric[(units["code"] == row["unit"]).to_numpy()].iloc[0]
    elsewhere = units.geometry.iloc[int(metric.distance(home).to_numpy().argmax())].representative_point()
    ground.change("institutions", station, geometry=Point(elsewhere.x, elsewhere.y))
    ground.plant("R4-6", station, "the place lies in another unit than the declared one")


# Art. 5 ------------------------------------------------------------------------------------------------------------


def _inspected_before_applied(ground: Ground) -> None:
    application = ground.application_of(ground.station())
    applied = ground.row("applications", application)["applied_on"].date()
    ground.change("applications", application, inspected_on=applied - dt.timedelta(days=3))
    ground.plant("R5-1", application, "the district inspected before the application was written")


def _carrier_applied_directly(ground: Ground) -> None:
    application = ground.applicant()
    ground.change("applications", application, route="direct", inspected_on=None, recommended_on=None)
    ground.plant("R5-1", application, "a carrier's operator applied to the city centre directly")


def _organisation_filed_before_decision(ground: Ground) -> None:
    application = ground.application_of(_organisation_station(ground))
    decided = ground.row("applications", application)["decided_on"].date()
    ground.change("applications", application, filed_on=decided - dt.timedelta(days=2))
    ground.plant("R5-2", application, "the establishment was filed before it was decided")


def _not_argued(ground: Ground) -> None:
    application = ground.application_of(ground.station())
    ground.change("applications", application, was_argued="no")
    ground.plant("R5-3", application, "the establishment was decided without an argument")


# Art. 6 ------------------------------------------------------------------------------------------------------------


def _centre_fact(rule: str, why: str, **facts: object) -> Callable[[Ground], None]:
    def planter(ground: Ground) -> None:
        centre = ground.centre()
        ground.change("institutions", centre, **facts)
        ground.plant(rule, centre, why)

    return planter


# Art. 7 ------------------------------------------------------------------------------------------------------------


def _applicant_fact(rule: str, why: str, **facts: object) -> Callable[[Ground], None]:
    def planter(ground: Ground) -> None:
        application = ground.applicant()
        ground.change("applications", application, **facts)
        ground.plant(rule, application, why)

    return planter


def _applicant_without_staff(ground: Ground) -> None:
    application = ground.applicant()
    ground.change("applications", application, full_time_staff=0, part_time_staff=0)
    ground.drop("staff", "institution_id", application)
    ground.plant("R7-4", application, "nobody works there, neither full-time nor part-time")


def _too_few(ground: Ground) -> None:
    application = ground.applicant()
    members = ground.members(application)
    rosters = ground.tables["rosters"]
    own = rosters["holder_id"] == application
    yes = rosters.loc[own & (rosters["explicit_need"] == "yes"), "enterprise_id"]
    # Those with need stay first, so that the share of need still holds.
    kept = [*sorted(yes), *(member for member in members if member not in set(yes))][:45]
    ground.tables["rosters"] = rosters[~own | rosters["enterprise_id"].isin(kept)].reset_index(drop=True)
    ground.plant("R7-2a", application, "the roster has 45 enterprises")


def _not_key(ground: Ground) -> None:
    application = ground.applicant()
    members = ground.members(application)
    ground.change_members(application, members[30:], industry_codes=NOT_KEY)
    ground.plant("R7-2b", application, "only 30 enterprises on the roster are in a key industry")


def _shared(ground: Ground) -> None:
    application, other = ground.applicant(), ground.station()
    rosters = ground.tables["rosters"]
    row = dict(rosters[rosters["holder_id"] == other].sort_values("enterprise_id").iloc[0])
    ground.add("rosters", **(row | {"holder_id": application}))
    ground.plant("R7-2c", application, f"one enterprise is on the roster of {other}")


def _too_little_need(ground: Ground) -> None:
    application = ground.applicant()
    members = ground.members(application)
    ground.change_members(application, members, explicit_need="yes")
    ground.change_members(application, members[: len(members) // 2], explicit_need="no")
    ground.plant("R7-2d", application, "half of the enterprises on the roster have no explicit need")


def _barred(ground: Ground) -> None:
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


def _district_association(ground: Ground) -> None:
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


# Art. 8, 9 ---------------------------------------------------------------------------------------------------------


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


def _change_went_direct(ground: Ground) -> None:
    _change(ground, ground.station(), "A-CHANGE", route="direct")
    ground.plant("R8-1", "A-CHANGE", "a change of a carrier's station went to the city centre directly")


def _organisation_change_through_district(ground: Ground) -> None:
    _change(ground, _organisation_station(ground), "A-CHANGE-ORG", route="district")
    ground.plant("R8-2", "A-CHANGE-ORG", "an industry organisation's change went through a district")


def _twenty_nine_days(ground: Ground) -> None:
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


def _unqualified_twice(ground: Ground) -> None:
    station = ground.station()
    ground.drop("evaluations", "institution_id", station)
    facts = {"institution_id": station, "year": 2025, "result": "unqualified", "indicator_version": "2025"}
    first = {"round": 1, "evaluated_on": dt.date(2026, 2, 10), "rectified_on": dt.date(2026, 5, 20)}
    second = {"round": 2, "evaluated_on": dt.date(2026, 6, 30)}
    for round_facts in (first, second):
        ground.add("evaluations", **facts, **round_facts, data_class="synthetic")
    ground.plant("R9-2", station, "unqualified, rectified and unqualified again in 2025, and still active")


def _illegal_conduct(ground: Ground) -> None:
    station = ground.station()
    ground.add(
        "conduct",
        institution_id=station,
        kind="illegal",
        in_institution_name="yes",
        found_on=dt.date(2026, 7, 6),
        document="演示决定书〔2026〕1号",
        data_class="synthetic",
    )
    ground.plant("R9-3", station, "illegal acts in the institution's name were found, and it is still active")


def _notified_before_decision(ground: Ground) -> None:
    station = ground.station()
    ground.change(
        "institutions",
        station,
        revoked_on=dt.date(2026, 4, 20),
        revocation_ground="duties_adjusted",
        revocation_notified_on=dt.date(2026, 4, 1),
    )
    ground.plant("R9-4", station, "the notice of the revocation is dated before its decision")


# Art. 13, 19, 20 ---------------------------------------------------------------------------------------------------


def _no_key_list(ground: Ground) -> None:
    station = ground.station()
    ground.change("institutions", station, has_key_service_list="no")
    ground.plant("R13-1", station, "there is no key service list")


def _other_indicators(ground: Ground) -> None:
    station = ground.station()
    ground.drop("evaluations", "institution_id", station)
    ground.change("institutions", station, established_on=dt.date(2023, 2, 1))
    ground.add(
        "evaluations",
        institution_id=station,
        year=2025,
        round=1,
        result="qualified",
        evaluated_on=dt.date(2026, 3, 15),
        indicator_version="2024",
        data_class="synthetic",
    )
    ground.plant("R19-1", station, "the year 2025 was evaluated by the indicators of 2024")


def _profit_making(ground: Ground) -> None:
    station = ground.station()
    # Without a document, so that it is no ground for revocation yet (R9-3 stays open).
    ground.add(
        "conduct",
        institution_id=station,
        kind="profit_making",
        in_institution_name="yes",
        found_on=dt.date(2026, 8, 14),
        data_class="synthetic",
    )
    ground.plant("R20-1", station, "profit-making in the institution's name was found")


def _organisation_station(ground: Ground) -> str:
    """Return the station of an industry organisation."""
    institutions = ground.tables["institutions"]
    found = institutions.loc[
        (institutions["kind"] == "workstation") & (institutions["host_type"] == "industry_organization"),
        "institution_id",
    ]
    if not len(found):
        raise BadInput(
            "no workstation of an industry organisation", where="flaws", advice="start from a larger demonstration"
        )
    return str(min(found))


PLANTERS: Mapping[str, tuple[Callable[[Ground], None], ...]] = MappingProxyType(
    {
        "R4-1": (_unit_without_centre, _unit_with_two_centres, _second_centre_applied_for),
        "R4-2": (_centre_without_city_centre,),
        "R4-3": (_station_without_operator,),
        "R4-4": (_organisation_without_city_centre,),
        "R4-6": (_station_elsewhere,),
        "R5-1": (_inspected_before_applied, _carrier_applied_directly),
        "R5-2": (_organisation_filed_before_decision,),
        "R5-3": (_not_argued,),
        "R6-1": (_centre_fact("R6-1", "there is no document of the centre's duty", has_duty_document="no"),),
        "R6-2": (_centre_fact("R6-2", "there is no plan to coordinate", has_coordination_plan="no"),),
        "R6-3a": (_centre_fact("R6-3a", "one person works there full-time, two are needed", full_time_staff=1),),
        "R6-4": (_centre_fact("R6-4", "there is no fixed public phone", has_phone="no"),),
        "R7-1a": (_district_association,),
        "R7-1b": (_applicant_fact("R7-1b", "the applicant is a branch", legal_form="branch"),),
        "R7-1c": (
            _applicant_fact(
                "R7-1c",
                "the applicant was founded three months before it applied",
                undertaking_founded_on=dt.date(2026, 6, 1),
            ),
        ),
        "R7-2a": (_too_few,),
        "R7-2b": (_not_key,),
        "R7-2c": (_shared,),
        "R7-2d": (_too_little_need,),
        "R7-3": (_applicant_fact("R7-3", "there is no service base", has_service_base="no"),),
        "R7-4": (_applicant_without_staff,),
        "R7-5": (_applicant_fact("R7-5", "there are no information tools", has_tools="no"),),
        "R7-6": (_barred,),
        "R8-1": (_change_went_direct,),
        "R8-2": (_organisation_change_through_district,),
        "R9-1": (_twenty_nine_days,),
        "R9-2": (_unqualified_twice,),
        "R9-3": (_illegal_conduct,),
        "R9-4": (_notified_before_decision,),
        "R13-1": (_no_key_list,),
        "R19-1": (_other_indicators,),
        "R20-1": (_profit_making,),
    }
)
"""What plants the failures of each rule, in the order of the articles."""
