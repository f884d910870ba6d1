"""What a file must hold: a promise to those who fill it in, table by table."""

import pytest

from ipps_geo.columns import CARRIERS, DESCRIBED, NETWORK_TABLES, ROSTERS, TABLES

REQUIRED = {
    "service_units": "code name_zh kind precedence",
    "carriers": "carrier_id name_zh",
    "enterprises": "enterprise_id name",
    "institutions": "institution_id kind name",
    "rosters": "holder_id name",
    "applications": "application_id kind institution_kind",
    "key_industries": "list_id industry",
    "evaluations": "institution_id year round",
    "staff": "person_id institution_id mode",
    "conduct": "institution_id kind found_on",
    "street_nodes": "node_id",
    "street_edges": "",
    "transit_stations": "station",
    "transit_links": "from_station to_station",
    "transit_changes": "station",
    "travel_costs": "enterprise site",
    "demand_weights": "enterprise weight",
}
KEYS = {
    "service_units": ("code",),
    "carriers": ("carrier_id",),
    "enterprises": ("enterprise_id",),
    "institutions": ("institution_id",),
    "applications": ("application_id",),
    "evaluations": ("institution_id", "year", "round"),
    "street_nodes": ("node_id",),
}
MAY_BE_ABSENT = {"evaluations", "staff", "conduct"}
DEFAULTS = {
    ("service_units", "requires_center"): True,
    ("carriers", "candidate"): True,
    ("applications", "decision"): "pending",
    ("key_industries", "scope"): "city",
    ("key_industries", "partial"): False,
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_what_every_row_must_hold_and_what_tells_rows_apart(name):
    table, required = DESCRIBED[name], REQUIRED[name].split()
    assert list(table.required) == required
    assert table.key == KEYS.get(name, ())
    unique = table.key if len(table.key) == 1 else ()
    assert tuple(column.name for column in table.columns.values() if column.unique) == unique
    # Ids of a workspace's own tables are found where a file has none; those of units and applications are given.
    own = {"carrier_id", "enterprise_id", "institution_id", "holder_id"}
    assert set(table.derived) == (own & set(required) if name not in MAY_BE_ABSENT else set())


def test_which_tables_may_be_absent():
    assert {name for name, table in TABLES.items() if table.optional} == MAY_BE_ABSENT
    assert all(table.optional for table in NETWORK_TABLES.values())


def test_only_units_carriers_and_nodes_cannot_do_without_a_place():
    placed = {name: table.geometry_required for name, table in DESCRIBED.items() if table.geometry is not None}
    assert placed == {
        "service_units": True,
        "carriers": True,
        "street_nodes": True,
        "enterprises": False,
        "institutions": False,
        "applications": False,
        "transit_stations": False,
    }
    assert {DESCRIBED[name].columns["geometry"].required for name in ("carriers", "street_nodes")} == {True}
    assert not DESCRIBED["enterprises"].columns["geometry"].required
    assert list(CARRIERS.columns)[-1] == "geometry"
    assert "geometry" not in ROSTERS.columns


def test_amounts_are_not_negative_and_there_are_two_rounds_of_an_evaluation():
    bounds = {
        (name, column.name): (column.minimum, column.maximum)
        for name, table in DESCRIBED.items()
        for column in table.columns.values()
        if (column.minimum, column.maximum) != (None, None)
    }
    assert bounds.pop(("evaluations", "round")) == (1, 2)
    assert set(bounds.values()) == {(0, None)}
    # A length of a street is measured where it cannot be so (see ``reach.street_lengths``).
    assert {column for _, column in bounds} == {
        "annual_cost",
        "capacity",
        "full_time_staff",
        "length_m",
        "minutes",
        "part_time_staff",
        "position_precision_m",
        "precision_m",
        "weight",
    }


def test_a_blank_cell_means_what_the_description_says():
    told = {
        (name, column.name): column.default
        for name, table in DESCRIBED.items()
        for column in table.columns.values()
        if column.default not in (None, "unknown")
    }
    assert {each: value for each, value in told.items() if each[1] != "data_class"} == DEFAULTS
    assert {value for each, value in told.items() if each[1] == "data_class"} == {"observed"}
