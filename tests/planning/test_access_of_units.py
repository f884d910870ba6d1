"""Figures per unit and per person: lists of a unit count there alone, and staff without a place still serve."""

from __future__ import annotations

import dataclasses

import pandas as pd

from ipps_geo import planning


def test_the_industry_of_a_unit_counts_only_in_that_unit(beijing, draft):
    lists = beijing.key_industries
    own = lists.iloc[[0]].assign(list_id="own", scope="110107", industry="local", code="51", partial=False)
    workspace = dataclasses.replace(beijing, key_industries=pd.concat([lists, own], ignore_index=True))
    result = planning.coverage(workspace, draft)
    counted = result.tables["by_industry"].set_index("industry")["enterprises"]
    assert 0 < counted["local"] <= result.by_unit.set_index("unit").loc["110107", "enterprises"]


def test_staff_of_a_station_without_a_place_count_for_its_roster(beijing, draft):
    stations = beijing.institutions[beijing.institutions["kind"] == "workstation"]
    chosen = stations[stations["revoked_on"].isna() & (stations["established_on"] <= pd.Timestamp("2026-11-22"))]
    assert chosen.geometry.isna().any() or chosen.geometry.is_empty.any()
    staff = chosen[["full_time_staff", "part_time_staff"]].fillna(0).sum().sum()
    result = planning.coverage(beijing, draft)
    served = result.by_unit.set_index("unit").loc["city", "on_roster"]
    assert result.measures["enterprises_per_staff"] == served / staff
