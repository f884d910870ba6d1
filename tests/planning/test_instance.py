"""From tables to an instance, where lists differ by unit and where rosters and register disagree."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from ipps_geo import planning
from ipps_geo.planning.access import key_population
from ipps_geo.planning.instance import siting_instance
from ipps_geo.workspace.claims import Claims

PARAMETERS = planning.PlanParameters()
UNIT = "110107"


def instance(workspace, policy):
    return siting_instance(workspace, policy, PARAMETERS, workspace.data_date, PARAMETERS.travel)


@pytest.fixture(scope="module")
def with_a_list(beijing):
    """The embedded network in which one unit also lists wholesale (F51)."""
    row = beijing.key_industries.iloc[[0]].assign(
        list_id="local", scope=UNIT, industry="wholesale", code="F51", partial=False
    )
    lists = pd.concat([beijing.key_industries, row], ignore_index=True)
    return dataclasses.replace(beijing, key_industries=lists)


def test_the_population_is_the_one_of_the_coverage(with_a_list, draft):
    made = instance(with_a_list, draft)
    wanted = key_population(with_a_list, draft, with_a_list.data_date)
    assert made.population["entity_key"].tolist() == wanted["entity_key"].tolist()
    assert list(made.candidates.columns)[:2] == ["carrier_id", "name_zh"]
    assert list(made.kept_out.columns) == ["site_id", "name_zh", "unit", "reason", "rules"]
    assert not {"perhaps_on_a_roster", "unreadable_roster_rows"} & set(made.census)


def test_rows_of_rosters_that_nobody_could_read_are_counted_where_there_are_any(beijing, draft, monkeypatch):
    told = {"claims": Claims(frozenset({"nobody"}), 0, ())}
    monkeypatch.setattr("ipps_geo.planning.instance.left_out_claims", lambda *_: told["claims"])
    census = instance(beijing, draft).census
    assert (census["perhaps_on_a_roster"], census["unreadable_roster_rows"]) == (0, 0)
    told["claims"] = Claims(frozenset(), 2, ())
    assert instance(beijing, draft).census["unreadable_roster_rows"] == 2


def test_whom_only_another_unit_lists_is_demand_where_a_site_of_that_unit_reaches_it(beijing, with_a_list, draft):
    before, after = instance(beijing, draft), instance(with_a_list, draft)
    added = ~after.demand["entity_key"].isin(before.demand["entity_key"]).to_numpy()
    assert added.any()
    elsewhere = added & (after.demand["unit"] != UNIT).to_numpy()
    pairs = after.reach.pairs
    reached = np.diff(pairs.indptr) > 0
    assert reached[elsewhere].all()
    units = after.candidates["unit"].to_numpy()
    columns = pairs[np.flatnonzero(added)].indices
    assert set(units[columns]) == {UNIT}


def test_an_entity_that_roster_and_register_see_differently_is_held_either_way(beijing, draft):
    station = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "institution_id"].iloc[0]
    rows = beijing.rosters.index[(beijing.rosters["holder_id"] == station) & beijing.rosters["enterprise_id"].notna()]
    row = rows[0]
    named = beijing.rosters.loc[row, "enterprise_id"]
    key = beijing.rosters.loc[row, "uscc"]
    other = beijing.enterprises.loc[~beijing.enterprises["uscc"].isin(beijing.rosters["uscc"]), "uscc"].dropna().iloc[0]
    rosters = beijing.rosters.copy()
    rosters.loc[row, "uscc"] = other
    changed = dataclasses.replace(beijing, rosters=rosters)
    free = set(instance(changed, draft).demand["entity_key"])
    assert not {key, other} & free
    assert named in set(beijing.enterprises["enterprise_id"])


def test_a_candidate_without_a_unit_keeps_to_the_lists_of_the_city(with_a_list, draft):
    carriers = with_a_list.carriers.copy()
    carriers.loc[carriers.index[:3], "unit"] = None
    made = instance(dataclasses.replace(with_a_list, carriers=carriers), draft)
    assert made.reach.pairs.shape == (len(made.demand), len(made.candidates))
