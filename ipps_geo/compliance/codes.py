"""Every message code that a rule can give: its meaning in one line, and the parameters that its sentence may name.

The sentences themselves live in the locales of ``report``; a test holds codes, rules and locales together.
``measured``, ``required`` and ``margin`` of the finding are always at hand beside the parameters listed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Code:
    """A message code: what it says, and which ``params`` a finding with this code always carries."""

    meaning: str
    params: tuple[str, ...] = ()


_COUNTS = (
    "rows",
    "entities",
    "not_enterprises",
    "without_code",
    "key_industry",
    "residual",
    "residual_verdict",
    "short",
)
_SHARES = (
    "enterprises",
    "with_need",
    "unknown",
    "share",
    "key_industry",
    "key_industry_with_need",
    "residual",
    "residual_with_need",
    "residual_required",
    "residual_verdict",
    "short",
)
_INDUSTRIES = ("enterprises", "outside", "unknown", "all", "dominant", "count_key")
_OVERLAP = (
    "shared",
    "stations",
    "possible",
    "possible_stations",
    "pending",
    "pending_stations",
    "shared_later",
    "later_stations",
    "unfiled",
    "unfiled_stations",
    "without_code",
    "residual",
    "by_station",
    "evidence_total",
)
_PLACE = ("declared", "located", "boundary_distance_m")
_SIGNED = ("signed_for", "unit")

CODES: Mapping[str, Code] = MappingProxyType(
    {
        # any condition that is judged on the day of application
        # any rule, where what a load left out could turn the outcome
        "rows_left_out": Code("rows that the load left out could turn the verdict", ("tables", "lost", "as_read")),
        "part_not_read": Code("a whole file or sheet that was not read could turn it", ("tables", "as_read")),
        "application_day_unknown": Code("the day of application is not on record, so the condition stays open"),
        # Art. 2
        "kind_listed": Code("Art. 2 of this version names the kind of institution"),
        "kind_not_listed": Code("Art. 2 of this version does not name the kind of institution"),
        "non_profit_form": Code("the legal form exists without profit"),
        "non_profit_open": Code("the version asks for a non-profit institution; the form does not settle it"),
        # Art. 4
        "one_center": Code("the unit has one active centre"),
        "no_center": Code("the unit has no active centre: a gap of the network"),
        "too_many_centers": Code("the unit has more than one active centre"),
        "center_unit_unknown": Code("the unit has no centre, but an active centre does not say which unit it serves"),
        "center_open": Code("whether a centre still counts, or for which unit, is not known"),
        "no_other_center": Code("the unit has no other active centre"),
        "second_center": Code("the unit has an active centre already"),
        "second_center_open": Code("whether another centre counts for the unit is not known"),
        "successor_of_center": Code("the unit's centre is about to be revoked; a successor may be planned"),
        "center_also_applied_for": Code("another application asks for the unit's centre; only one can be accepted"),
        "application_unit_unknown": Code("the application does not say for which unit"),
        "parties_complete": Code("the parties that Art. 4 names have signed"),
        "parties_unknown": Code("who signed the agreement is not known"),
        "party_missing": Code("a party that Art. 4 names has not signed", ("parties",)),
        "extra_party": Code("a party that Art. 4 does not name has signed as well", ("parties",)),
        "agreement_not_signed_yet": Code("the day of signature lies ahead"),
        "signing_district_unknown": Code("which district's authority signed is not known"),
        "signed_by_overlapping_unit": Code(
            "a functional area and a district under it: which one signs is open", _SIGNED
        ),
        "signed_by_sub_unit": Code("a part of the unit signed for it", _SIGNED),
        "other_district_signed": Code("the authority of another unit signed", _SIGNED),
        "has_stations": Code("the unit has workstations"),
        "stations_open": Code("whether the unit's stations still count is not known"),
        "no_station": Code("the unit has no workstation (information)"),
        "unit_confirmed": Code("the place lies in the declared unit", _PLACE),
        "near_boundary": Code("the place is nearer to a boundary than can be told apart", (*_PLACE, "precision_m")),
        "unit_overlaps": Code("the place lies where a functional area and a district overlap", _PLACE),
        "other_unit": Code("the place lies in another unit", _PLACE),
        "place_or_unit_unknown": Code("place or declared unit is not known"),
        # Art. 5, 8: procedures
        "steps_in_order": Code("every step is on record and none goes back in time"),
        "steps_in_order_written": Code("written, every step is on record, and none goes back in time"),
        "application_oral": Code("the application was made orally"),
        "application_form_unknown": Code("whether the application was written is not known"),
        "steps_skipped": Code("a step was left out for certain", ("items",)),
        "steps_contradicted": Code("a step has a day and is said not to have been done", ("items",)),
        "steps_missing": Code("steps are not on record", ("items",)),
        "steps_out_of_order": Code("a later step has an earlier day", ("earlier", "later")),
        "direct_route": Code("went direct where the way leads through the district"),
        "district_route": Code("went through the district where the way is direct"),
        "direct_route_below_level": Code("an organisation below the municipal level went direct"),
        "route_unknown": Code("the way of the application is not known"),
        "decision_record_met": Code("inspected, argued and evaluated"),
        "decision_record_missing": Code("inspection, argument or evaluation is missing", ("items",)),
        "decision_record_unknown": Code("inspection, argument or evaluation is not on record", ("items",)),
        "decision_unknown": Code("there is a day of decision, and no decision"),
        "filed_day_unknown": Code("filed with the municipal office; how long after the decision is not known"),
        "filed_before_decision": Code("filed before the decision"),
        "filed": Code("filed with the municipal office after so many days"),
        "not_filed": Code("not filed with the municipal office so far"),
        # Art. 6
        "duty_document_met": Code("the duty is on paper"),
        "duty_document_missing": Code("there is no document of the duty", ("items",)),
        "duty_document_unknown": Code("whether there is a document of the duty is not known", ("items",)),
        "coordination_plan_met": Code("there is a plan to coordinate and to build the platform"),
        "coordination_plan_missing": Code("there is no plan to coordinate and to build the platform", ("items",)),
        "coordination_plan_unknown": Code("whether there is a plan is not known", ("items",)),
        "staff_met": Code("enough qualified persons"),
        "staff_too_few": Code("too few qualified persons"),
        "staff_open": Code("qualification, or a second full-time post, decides"),
        "staff_contradicted": Code("the number stated and the persons listed contradict each other"),
        "staff_unknown": Code("the number of qualified persons is not known"),
        "part_time_met": Code("there is part-time staff"),
        "part_time_none": Code("there is no part-time staff known"),
        "facilities_met": Code("premises, fixed public phone and information tools are there"),
        "facilities_missing": Code("premises, phone or tools are missing", ("items",)),
        "facilities_unknown": Code("premises, phone or tools are not known", ("items",)),
        # Art. 7(1), (3), (4), (5)
        "host_type_met": Code("the host is of a kind that Art. 7(1) names"),
        "host_type_not_listed": Code("the kind of host falls under 等 and needs judgement"),
        "host_type_unknown": Code("the kind of host is not known"),
        "host_type_contradicted": Code("application and institution call the kind of host differently"),
        "level_too_low": Code("the industry organisation is below the municipal level"),
        "level_unknown": Code("the level of the industry organisation is not known"),
        "legal_person_met": Code("an independent legal person", ("by_form", "by_code")),
        "no_legal_person": Code("not an independent legal person", ("by_form", "by_code")),
        "legal_person_contradiction": Code("legal form and credit code contradict each other", ("by_form", "by_code")),
        "legal_form_unknown": Code("the legal form is not known", ("by_form", "by_code")),
        "one_year_met": Code("founded and running for long enough on that day", ("years", "judged_on")),
        "younger_than_required": Code("founded or running for too short a time on that day", ("years", "judged_on")),
        "start_unknown": Code("foundation or start of operation is not known", ("years", "judged_on")),
        "service_base_met": Code("there is a base of service"),
        "service_base_missing": Code("there is no base of service", ("items",)),
        "service_base_unknown": Code("whether there is a base of service is not known", ("items",)),
        "not_barred": Code("no ban on that day", ("judged_on", "years")),
        "barred": Code("barred on the day of application, through the day required", ("judged_on", "years")),
        "perhaps_barred": Code("a ban may be about this applicant", ("judged_on", "years")),
        # Art. 7(2)
        "roster_missing": Code("no roster was filed"),
        "enough_enterprises": Code("enough enterprises by legal entity", _COUNTS),
        "too_few_enterprises": Code("too few enterprises by legal entity", _COUNTS),
        "enterprise_count_open": Code("uncertain identities decide", (*_COUNTS, "evidence_total")),
        "key_industries_met": Code("the served enterprises are in key industries, by the reading in use", _INDUSTRIES),
        "not_key_industries": Code("too few in key industries under any reading", (*_INDUSTRIES, "evidence_total")),
        "key_industries_open": Code("not all in key industries: the readings differ", (*_INDUSTRIES, "evidence_total")),
        "disjoint": Code("no enterprise is on another station's roster", _OVERLAP),
        "overlap": Code("enterprises are on the rosters of stations that were there before", _OVERLAP),
        "overlap_of_others": Code("a station that came later lists enterprises of this one", _OVERLAP),
        "overlap_open": Code("order or identity decides whether rosters overlap", _OVERLAP),
        "other_roster_missing": Code("stations that were there before have no roster on record", _OVERLAP),
        "overlap_with_pending": Code("another application awaits a decision on the same enterprises", _OVERLAP),
        "identity_unknown": Code("rows without a credit code cannot be compared with other rosters", _OVERLAP),
        "need_share_met": Code("enough of the enterprises have explicit need", _SHARES),
        "need_share_too_low": Code("too few of the enterprises have explicit need", _SHARES),
        "empty_roster": Code("no enterprise is on the roster", _SHARES),
        "need_share_open": Code("unknown answers decide", (*_SHARES, "evidence_total")),
        # Art. 9
        "notice_met": Code("asked for early enough", ("earliest", "applied_on", "planned_on")),
        "notice_met_written": Code("asked for in writing, early enough", ("earliest", "applied_on", "planned_on")),
        "notice_too_short": Code("asked for too late", ("earliest", "applied_on", "planned_on")),
        "revocation_dates_unknown": Code("ground, day of application or planned day is not known"),
        "evaluations_met": Code("not unqualified twice in one year"),
        "evaluated_unqualified_twice": Code("unqualified, rectified, unqualified again: a ground for revocation"),
        "second_round_open": Code("unqualified once; rectification or second round is not on record"),
        "unqualified_not_rectified": Code("unqualified twice in one year, and not rectified in between"),
        "rectification_out_of_order": Code("the day of the rectification contradicts the rounds of evaluation"),
        "year_not_evaluated": Code("the last complete year has no evaluation"),
        "revocation_supported": Code("the evaluations support the revocation"),
        "revocation_support_unknown": Code("the evaluations behind the revocation are not on record"),
        "revocation_not_supported": Code("the evaluations do not support the revocation"),
        "no_conduct_found": Code("no finding that leads to revocation"),
        "conduct_found": Code("a finding that leads to revocation, and the institution is active"),
        "fees_for_profit": Code("a fee for profit is stated, and nobody has made a finding"),
        "conduct_open": Code("in whose name, or by which document, is open"),
        "notice_recorded": Code("the written notice is on record"),
        "revocation_day_unknown": Code("the day of the revocation is not known"),
        "notice_not_recorded": Code("the written notice is not on record"),
        "notice_before_decision": Code("the written notice is older than the decision"),
        "no_ban": Code("this ground bars nobody"),
        "ban_in_force": Code("barred", ("barred_from", "barred_through", "in_force", "years")),
        "ban_over": Code("the ban is over", ("barred_from", "barred_through", "in_force", "years")),
        "barred_unit_unknown": Code(
            "whom the ban is about is not known", ("barred_from", "barred_through", "in_force")
        ),
        "ban_start_unknown": Code("the first day of the ban is not known"),
        "ground_unknown": Code("the ground of the revocation is not known"),
        "roster_released": Code("the roster is free for other stations", ("released_on",)),
        "roster_released_unknown": Code("the roster is free for others, but none is on record", ("released_on",)),
        "release_day_unknown": Code("the day from which the roster is free is not known"),
        # Art. 13, 18, 19, 20, 25
        "key_service_list_met": Code("a key service list within the roster"),
        "no_key_service_list": Code("no key service list"),
        "key_service_outside_roster": Code("the key service list names enterprises off the roster"),
        "key_service_list_contradicted": Code("no list is said to exist, and rows are marked as on it"),
        "key_service_list_unknown": Code("whether there is a key service list is not known"),
        "key_service_entries_unknown": Code("whom the key service list names is not known"),
        "service_data_met": Code("service data reach the end of the last year"),
        "service_data_old": Code("service data end before the last year's end"),
        "service_data_of_the_future": Code("service data are said to reach a day that lies ahead"),
        "service_data_missing": Code("no service data"),
        "evaluated_by_its_indicators": Code("evaluated by that year's indicators"),
        "other_years_indicators": Code("evaluated by another year's indicators"),
        "indicators_unknown": Code("by which indicators is not known"),
        "no_profit_making_found": Code("no profit-making found"),
        "profit_making_found": Code("profit-making in the institution's name was found"),
        "profit_making_open": Code("profit-making was found; in whose name is not known"),
        "illegal_acts_found": Code("documented illegal acts in the institution's name"),
        "illegal_acts_open": Code("illegal acts: in whose name, or by which document, is open"),
        "decision_day_unknown": Code("accepted, on a day that is not known"),
        "measure_binds": Code("the Measure binds"),
        "before_the_measure": Code("older than the Measure"),
        "applied_before_decided_after": Code("applied before the Measure took effect, decided after or pending"),
        "legacy_contradiction": Code("the day of establishment contradicts what is stated about its age"),
        "establishment_day_unknown": Code("the day of establishment is not known"),
        "entry_unknown": Code("the version has no day of entry into force"),
        # data and policy
        "codes_met": Code("credit codes have form and check digit"),
        "codes_odd": Code("credit codes without the right form or check digit", ("evidence_total",)),
        "identities_met": Code("every row has a credit code"),
        "identities_missing": Code("rows without a usable credit code", ("evidence_total",)),
        "posts_met": Code("nobody is full-time elsewhere"),
        "person_full_time_twice": Code("somebody is full-time at two institutions"),
        "values_verified": Code("every value of the version was read in its text", ("values", "repealed", "version")),
        "version_not_in_force": Code(
            "the version is not in force on the day of the audit",
            ("values", "repealed", "version", "in_force_from", "repealed_on"),
        ),
        "values_unverified": Code(
            "values of the version could not be read in its text", ("values", "repealed", "version")
        ),
    }
)
"""Every code by name."""
