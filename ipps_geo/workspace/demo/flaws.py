"""Every flaw that a rule can find, each planted at a subject of its own: a training ground, and the tests'.

A flaw is planted by changing one fact of something that was sound, so that the audit fails one rule for one subject.
Conditions for applicants (Art. 7) are planted at pending applications, the rest at institutions and units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ipps_geo.errors import BadInput
from ipps_geo.workspace.demo import flaws_applications as applications
from ipps_geo.workspace.demo import flaws_institutions as institutions
from ipps_geo.workspace.demo.ground import Ground
from ipps_geo.workspace.planted import PlantedFlaw

if TYPE_CHECKING:
    from ipps_geo.workspace.model import Workspace


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
        raise BadInput("workspace.no_flaw", where="flaws", rules=", ".join(unknown), known=", ".join(PLANTERS))
    ground = Ground(workspace)
    # One state of affairs may fail two rules: it is planted once.
    for planter in dict.fromkeys(planter for rule in wanted for planter in PLANTERS[rule]):
        planter(ground)
    made = ground.finish()
    return made, made.planted


PLANTERS: Mapping[str, tuple[Callable[[Ground], None], ...]] = MappingProxyType(
    {
        "R4-1": (
            institutions.unit_without_centre,
            institutions.unit_with_two_centres,
            applications.second_centre_applied_for,
        ),
        "R4-2": (institutions.centre_without_city_centre,),
        "R4-3": (institutions.station_without_operator,),
        "R4-4": (institutions.organisation_without_city_centre,),
        "R4-6": (institutions.station_elsewhere,),
        "R5-1": (applications.inspected_before_applied, applications.carrier_applied_directly),
        "R5-2": (applications.organisation_filed_before_decision,),
        "R5-3": (applications.not_argued,),
        "R6-1": (
            institutions.centre_fact("R6-1", "there is no document of the centre's duty", has_duty_document="no"),
        ),
        "R6-2": (institutions.centre_fact("R6-2", "there is no plan to coordinate", has_coordination_plan="no"),),
        "R6-3a": (
            institutions.centre_fact("R6-3a", "one person works there full-time, two are needed", full_time_staff=1),
        ),
        "R6-4": (institutions.centre_fact("R6-4", "there is no fixed public phone", has_phone="no"),),
        "R7-1a": (applications.district_association,),
        "R7-1b": (applications.applicant_fact("R7-1b", "the applicant is a branch", legal_form="branch"),),
        "R7-1c": (
            applications.applicant_fact(
                "R7-1c",
                "the applicant was founded in June and applied in September",
                undertaking_founded_on=dt.date(2026, 6, 1),
            ),
        ),
        "R7-2a": (applications.too_few,),
        "R7-2b": (applications.not_key,),
        "R7-2c": (applications.shared,),
        "R7-2d": (applications.too_little_need,),
        "R7-3": (applications.applicant_fact("R7-3", "there is no service base", has_service_base="no"),),
        "R7-4": (applications.applicant_without_staff,),
        "R7-5": (applications.applicant_fact("R7-5", "there are no information tools", has_tools="no"),),
        "R7-6": (applications.barred,),
        "R8-1": (applications.change_went_direct,),
        "R8-2": (applications.organisation_change_through_district,),
        "R9-1": (applications.twenty_nine_days,),
        "R9-2": (institutions.unqualified_twice,),
        "R9-3": (institutions.illegal_conduct,),
        "R9-4": (institutions.notified_before_decision,),
        "R13-1": (institutions.no_key_list,),
        "R19-1": (institutions.other_indicators,),
        "R20-1": (institutions.illegal_conduct,),
    }
)
"""What plants the failures of each rule, in the order of the articles."""
