"""A district department tries one workstation."""

import pandas as pd
import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput


def verdicts(result):
    return {finding.rule: str(finding.verdict) for finding in result.assessment.findings}


def test_without_facts_about_the_operator_the_answer_is_open(tested_site):
    result = tested_site
    assert result.generated
    assert str(result.assessment.verdict) == "UNDETERMINED"
    assert verdicts(result)["R7-2a"] == verdicts(result)["R7-2c"] == "PASS"


def test_the_found_roster_is_the_largest_that_the_share_allows(tested_site):
    roster = tested_site.roster
    n, k = len(roster), int((roster["explicit_need"] == "yes").sum())
    assert 5 * k >= 3 * n
    assert 5 * k < 3 * (n + 1)


@pytest.mark.parametrize("site", ["P018", "P061"])
def test_the_found_roster_is_the_one_that_a_plan_of_this_station_gives(beijing, draft, site):
    plan = planning.plan(beijing, draft, planning.PlanParameters(stations=1, required_sites=(site,)))
    found = planning.assess_site(beijing, draft, site_id=site).roster
    assert sorted(found["enterprise_id"]) == sorted(plan.annex["enterprise_id"])


def test_a_carrier_where_no_plan_may_open_a_station_is_still_judged(beijing, draft):
    host = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "carrier_id"].dropna().iloc[0]
    assert len(planning.assess_site(beijing, draft, site_id=host).roster)


def test_a_roster_that_another_station_holds_fails(beijing, draft):
    station = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "institution_id"].iloc[0]
    roster = beijing.rosters.loc[beijing.rosters["holder_id"] == station]
    result = planning.assess_site(beijing, draft, site_id="P061", roster=roster)
    assert verdicts(result)["R7-2c"] == "FAIL"
    assert result.has_blocking_failure
    assert set(result.assessment.overlaps["station_id"]) == {station}
    assert len(result.assessment.remedy.drop) == len(result.assessment.overlaps["entity_key"].unique())


def test_any_place_can_be_tried_and_a_place_without_enterprises_says_so(beijing, draft):
    result = planning.assess_site(beijing, draft, lon=115.6, lat=40.0)
    assert len(result.roster) == 0
    assert verdicts(result)["R7-2a"] != "PASS"


def test_effect_on_coverage_counts_the_roster_once(tested_site):
    result = tested_site
    document = results.assessment_document(result)
    assert document["newly_on_roster"] == len(result.roster)
    assert document["newly_within_reach"] >= 0


def test_names_of_enterprises_are_shown_only_when_asked_for(beijing, draft, tested_site):
    few = tested_site.roster.head(10)
    result = planning.assess_site(beijing, draft, site_id="P061", roster=few)
    hidden, shown = (results.assessment_document(result, names=flag)["remedy"] for flag in (False, True))
    assert hidden["available_count"] == len(shown["available"]) > 0
    assert "name" not in hidden["available"][0]
    assert "name" in shown["available"][0]


@pytest.mark.parametrize(
    "place", [{}, {"site_id": "P061", "lon": 116.0, "lat": 40.0}, {"site_id": "none"}, {"lon": 0.0, "lat": 0.0}]
)
def test_a_place_that_cannot_be_is_refused(beijing, draft, place):
    with pytest.raises(BadInput):
        planning.assess_site(beijing, draft, **place)


def test_a_view_refuses_a_roster_that_it_cannot_compare(beijing, draft):
    own = beijing.enterprises["unit"] == "110108"
    view = beijing.replace(enterprises=beijing.enterprises[own].reset_index(drop=True), scope=frozenset({"110108"}))
    site = beijing.carriers.loc[beijing.carriers["unit"] == "110108", "carrier_id"].iloc[0]
    within = beijing.enterprises[own].head(60)
    beyond = beijing.enterprises[~own].head(3)

    def roster(rows):
        return pd.DataFrame({"uscc": rows["uscc"], "name": rows["name"], "enterprise_id": rows["enterprise_id"]})

    assert planning.assess_site(view, draft, site_id=site, roster=roster(within)).assessment.verdict != "PASS"
    with pytest.raises(BadInput, match="outside what you may see"):
        planning.assess_site(view, draft, site_id=site, roster=roster(pd.concat([within, beyond])))
    whole = roster(pd.concat([within, beyond]))
    assert planning.assess_site(beijing, draft, site_id=site, roster=whole).assessment.site_id == site
