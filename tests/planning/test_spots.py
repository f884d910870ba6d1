"""A spot becomes a candidate of which nothing is known but its place."""

import pytest

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.planning.desk import prepare_desk
from ipps_geo.planning.spots import with_spot

TOLD = {"name_zh": "选点{n}", "name_en": "Spot {n}", "source": "clicked"}


def test_a_spot_is_a_candidate_in_its_unit_and_the_other_carriers_stay(beijing, draft):
    changed, site = with_spot(beijing, 116.31, 39.98, **TOLD)
    added = changed.carriers.set_index("carrier_id").loc[site]
    assert (added["unit"], added["name_zh"]) == ("110108", "选点1")
    assert (added.geometry.x, added.geometry.y) == (116.31, 39.98)
    assert changed.carriers.iloc[:-1].equals(beijing.carriers)
    assert (changed.carriers.dtypes == beijing.carriers.dtypes).all()
    assert changed.identity != beijing.identity
    desk = prepare_desk(changed, draft, planning.PlanParameters(stations=2))
    assert desk.look([site]).stations["unit"].tolist() == ["110108"]


def test_a_plan_that_opens_it_says_what_is_still_to_be_found_out(beijing, draft):
    changed, site = with_spot(beijing, 116.31, 39.98, **TOLD)
    asked = planning.PlanParameters(stations=1, required_sites=(site,), time_limit_s=20)
    (proposal,) = planning.plan(changed, draft, asked).proposals.to_dict("records")
    assert (proposal["site_id"], proposal["screening"]) == (site, "UNDETERMINED")
    assert proposal["questions"]


def test_every_spot_has_an_id_of_its_own(beijing):
    once, first = with_spot(beijing, 116.31, 39.98, **TOLD)
    _, second = with_spot(once, 116.31, 39.98, **TOLD)
    assert first != second


def test_a_spot_outside_every_unit_is_refused(beijing):
    with pytest.raises(BadInput, match="no service unit"):
        with_spot(beijing, 110.0, 30.0, **TOLD)
