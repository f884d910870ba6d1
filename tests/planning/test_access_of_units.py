"""Figures per unit and per person: lists of a unit count there alone, and staff without a place still serve."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ipps_geo import planning
from ipps_geo.planning.access import _measures


def test_the_industry_of_a_unit_counts_only_in_that_unit(beijing, draft):
    lists = beijing.key_industries
    own = lists.iloc[[0]].assign(list_id="own", scope="110107", industry="local", code="51", partial=False)
    workspace = dataclasses.replace(beijing, key_industries=pd.concat([lists, own], ignore_index=True))
    result = planning.coverage(workspace, draft)
    counted = result.tables["by_industry"].set_index("industry")["enterprises"]
    assert 0 < counted["local"] <= result.by_unit.set_index("unit").loc["110107", "enterprises"]


def test_staff_of_a_station_without_a_place_count_for_its_roster(beijing, covered_city):
    stations = beijing.institutions[beijing.institutions["kind"] == "workstation"]
    chosen = stations[stations["revoked_on"].isna() & (stations["established_on"] <= pd.Timestamp("2026-11-22"))]
    assert chosen.geometry.isna().any() or chosen.geometry.is_empty.any()
    staff = chosen[["full_time_staff", "part_time_staff"]].fillna(0).sum().sum()
    result = covered_city
    served = result.by_unit.set_index("unit").loc["city", "on_roster"]
    assert result.measures["enterprises_per_staff"] == served / staff


def measured(counted, judged=(True, True, True), staff=4.0, stations=2):
    """Return the measures of three units of which ``counted`` says (enterprises, on roster), and of the whole."""
    rows = pd.DataFrame(counted, index=["a", "b", "c"], columns=["enterprises", "on_roster"])
    rows.loc["city"] = rows.sum()
    access = SimpleNamespace(
        units=["a", "b", "c"],
        enhanced=np.array([1.0, 3.0, np.nan]),
        judged=np.array(judged),
        population=pd.DataFrame({"unit": ["a", None, "b"]}),
        all_staff=staff,
    )
    return _measures(rows.rename_axis("unit").reset_index(), access, pd.DataFrame(index=range(stations)))


def test_the_unit_with_the_least_share_is_named_and_one_without_enterprises_is_not():
    told = measured([(0, 0), (4, 1), (2, 1)], judged=(True, True, False))
    assert (told["worst_unit"], told["worst_unit_share"]) == ("b", 0.25)
    assert (told["enterprises_per_station"], told["enterprises_per_staff"]) == (1.0, 0.5)
    assert told["gini"] == 0.25  # one and three: the line of shares lies a quarter off
    assert told["theil_between"] == told["theil"] > told["theil_within"] == 0  # one in a unit, one in none
    one = measured([(0, 0), (1, 0), (2, 1)], judged=(True, True, False))
    assert (one["worst_unit"], one["worst_unit_share"]) == ("b", 0.0)


def test_nothing_is_divided_by_nothing():
    told = measured([(0, 0)] * 3, judged=(True, True, False), staff=0.0, stations=0)
    assert [told[name] for name in ("worst_unit", "worst_unit_share", "enterprises_per_station")] == [None] * 3
    assert told["enterprises_per_staff"] is None
