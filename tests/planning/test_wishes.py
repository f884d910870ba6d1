"""A floor of every unit, spacing, a most per unit: planned, counted again from the tables, and said where short."""

import dataclasses

import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput
from ipps_geo.planning.proposals import plan
from ipps_geo.planning.wishes import check_wishes
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.screens.terminal.summary import plan_summary
from ipps_geo.siting.workstations.ruled import RuledPlan
from ipps_geo.workspace import generate_demo

ASKED = planning.PlanParameters(stations=4, reach_km=6.0, floor_percent=20, time_limit_s=30)


@pytest.fixture(scope="module")
def town():
    """A small demonstration city."""
    return generate_demo(enterprises=6000, seed=11)


@pytest.fixture(scope="module")
def floored(town, draft):
    return plan(town, draft, ASKED)


def listed_after(town, made):
    """Roster coverage by unit, by hand: key-industry enterprises of the coverage, old rosters and the annex."""
    after = made.coverage_after.by_unit.set_index("unit")
    old = made.coverage_before.by_unit.set_index("unit")["on_roster"]
    new = made.annex["unit"].value_counts()
    return after["enterprises"], old.add(new, fill_value=0)


def test_each_unit_has_its_share_or_is_said_to_be_short(floored, town):
    total, listed = listed_after(town, floored)
    for row in floored.floor.itertuples():
        assert row.enterprises == total[row.unit]
        assert row.on_roster_after == listed[row.unit]
        assert 100 * row.least >= 20 * row.enterprises > 100 * (row.least - 1)
        assert row.short == max(row.least - row.on_roster_after, 0)
    assert floored.status == "optimal"
    assert floored.floor["least_shortfall"].all()


def test_the_floor_costs_coverage_and_no_plan_without_it_is_less_short(floored, town, draft):
    free = plan(town, draft, dataclasses.replace(ASKED, floor_percent=None))
    assert free.floor is None
    assert free.objective >= floored.objective
    least = floored.floor.set_index("unit")["least"]
    after = free.coverage_after.by_unit.set_index("unit").loc[least.index, "on_roster"]
    assert (least - after).clip(lower=0).sum() >= floored.floor["short"].sum()


def test_summary_workbook_and_document_say_which_units_are_short(floored, town):
    told = "\n".join(plan_summary(town, floored))
    assert "各单元名册覆盖率下限 20%" in told
    if floored.floor["short"].any():
        assert "已证明在所给条件下" in told
    document = results.plan_document(floored)
    assert [row["unit"] for row in document["floor"]] == list(floored.floor["unit"])


def test_closed_candidates_claim_nothing_that_was_not_examined(floored):
    closed = floored.closed_sites
    able = ~closed["reason"].isin(["cannot_reach_minimum", "cannot_reach_need_share"])
    assert set(closed.loc[able, "reason"]) <= {"wishes", "too_near", "unit_full"}
    assert closed.loc[able, "would_add"].isna().all()
    assert all(catalogue(lang).has(f"ClosedReason.{code}") for lang in ("zh", "en") for code in set(closed["reason"]))


def test_spacing_keeps_candidates_near_a_station_out_and_new_ones_apart(town, draft):
    made = plan(town, draft, dataclasses.replace(ASKED, floor_percent=None, spacing_km=7.0, enlarge=True))
    places = made.proposals.to_crs(4548).geometry
    there = town.institutions[town.institutions["kind"] == "workstation"]
    there = there[there["revoked_on"].isna()].to_crs(4548).geometry
    there = there[there.notna() & ~there.is_empty]
    assert "too_near_station" in set(made.candidates_kept_out["reason"])
    for place, one in enumerate(places):
        assert there.distance(one).min() >= 7000
        assert all(one.distance(other) >= 7000 for other in places.iloc[:place])


def test_the_checker_finds_broken_wishes(floored, town):
    ruled = RuledPlan(None, floored.floor["short"].to_numpy(), least_shortfall=True)
    units = floored.proposals["unit"].value_counts()
    close = dataclasses.replace(ASKED, spacing_km=500.0, max_per_unit={units.index[0]: 0})
    codes = {v.code for v in check_wishes(floored.annex, floored.floor, ruled, town, close)}
    assert codes == {"too_near", "unit_above_most"}
    lied = floored.floor.assign(short=floored.floor["short"] + 1)
    assert {v.code for v in check_wishes(floored.annex, lied, ruled, town, ASKED)} == {"shortfall_differs"}


@pytest.mark.parametrize(
    "change",
    [{"floor_percent": 0}, {"floor_percent": 101}, {"spacing_km": 0.0}, {"frontier": 3}, {"least_distance": True}],
)
def test_wishes_that_cannot_be_are_refused(change):
    with pytest.raises(BadInput):
        dataclasses.replace(ASKED, **change)
