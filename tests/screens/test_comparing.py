"""Scenarios beside each other."""

import pytest

from ipps_geo import screens
from ipps_geo.ledger.opening import ledger_address
from ipps_geo.ledger.scenarios import open_scenarios, stations_for_target


def document(sites):
    figures = {"enterprises": 1000, "on_roster": 200, "within_reach": 500, "stations": 4}
    return {
        "status": "optimal",
        "gap": 0.0,
        "open_sites": [
            {"id": name, "name": name, "unit": "110101", "newly_served": served, "with_need": served // 2}
            for name, served in sites
        ],
        "coverage_before": figures,
        "coverage_after": figures | {"on_roster": 200 + sum(served for _, served in sites)},
        "provenance": {
            "parameters": {"method": "straight_line", "limit": 3000.0, "limit_unit": "m"},
            "content_hash": "a" * 64,
        },
    }


@pytest.fixture
def two(tmp_path):
    store = open_scenarios(tmp_path / "s.sqlite")
    first = store.save("甲", document([("P1", 100), ("P2", 60)]))
    second = store.save("乙", document([("P2", 90), ("P3", 80), ("P4", 50)]))
    return [store.get(first.id), store.get(second.id)]


def test_the_sites_that_differ_are_listed_once(two, beijing):
    table = screens.comparing.site_difference(beijing, two, "zh")
    assert dict(zip(table["site_id"], table["A · 甲"], strict=True)) == {"P1": "✓", "P3": "—", "P4": "—"}


def test_how_many_stations_a_target_takes(two):
    assert [stations_for_target(each, 150) for each in two] == [2, 2]
    assert [stations_for_target(each, 200) for each in two] == [None, 3]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_indicators_stand_side_by_side(two, lang):
    table = screens.comparing.indicator_rows(two, lang)
    assert list(table.columns[1:]) == ["A · 甲", "B · 乙"]
    assert {"160", "220"} <= {value for column in table.columns[1:] for value in table[column]}


def test_the_store_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("IPPS_GEO_SCENARIOS", str(tmp_path / "here.sqlite"))
    assert ledger_address() == str(tmp_path / "here.sqlite")
