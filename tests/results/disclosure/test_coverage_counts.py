"""The system of a coverage is true and whole: people put into its groups one by one give each cell and equation."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from ipps_geo.results.disclosure.coverage import units_of_cells
from ipps_geo.results.disclosure.coverage_counts import CoverageCounts
from tests.results.disclosure.attack import columns, crossed
from tests.results.disclosure.test_disclosure import INDUSTRIES, SIZES, UNITS, cells_of, city_of, drawn, squares

PLACES = ("in", "out", "not_judged")
BREAKDOWNS = {"by_size": SIZES, "by_need": ("yes", "no", "unknown"), "by_industry": INDUSTRIES}
FAR = 3
"""The band of those whom nobody can judge: behind up to 1 km, up to 3 km, and beyond."""


def groups_of(person, cell, listed):
    """Return the groups that somebody is in, by what is known of him."""
    metres, unit, roster = person["distance_m"], person["unit"], person["roster"]
    band = FAR if np.isnan(metres) else 0 if metres <= 1000 else 1 if metres <= 3000 else 2
    place = "in" if band < 2 else PLACES[band - 1]
    yield "unit", unit, person["need"] == "yes", roster, band
    yield "by_size", person["size"], roster, place
    yield "by_need", person["need"], roster, place
    yield from (("by_industry", industry, roster, place) for industry in person["industries"].split(";"))
    if band != FAR:
        yield "overlap", person["stations"]
    yield ("hexagon", cell, unit) if cell in listed else ("elsewhere", unit)


@pytest.fixture(params=[0, 1, 2, 3, "all judged"])
def city(request):
    """A drawn city: its system, and how many people are in each group. One cell of the map is not listed."""
    seed = 3 if request.param == "all judged" else request.param
    people = drawn(seed)
    if request.param == "all judged":
        people["distance_m"] = people["distance_m"].fillna(9000.0)
    whole = city_of(people)
    cells = whole.tables["hexagons"].iloc[1:]
    whole = dataclasses.replace(whole, tables=whole.tables | {"hexagons": cells})
    system = CoverageCounts(whole, units_of_cells(cells["h3_cell"], squares(), pd.Series(UNITS)))
    inside = np.zeros(len(system.counts.groups), dtype=int)
    for person, cell in zip(people.to_dict("records"), cells_of(people), strict=True):
        for key in groups_of(person, cell, set(cells["h3_cell"])):
            inside[system.counts.groups[key]] += 1
    return system, inside


def test_every_cell_adds_up_its_groups(city):
    system, inside = city
    assert {cell.table for cell in system.counts.cells} == {"by_unit", "overlap", "by_limit", "hexagons", *BREAKDOWNS}
    for cell in system.counts.cells:
        assert inside[list(cell.form)].sum() == cell.value, cell.place
        assert len(set(cell.form)) == len(cell.form)


def test_every_equation_holds(city):
    system, inside = city
    for one, other in system.counts.equal:
        assert inside[list(one)].sum() == inside[list(other)].sum()
    for less, more in system.counts.at_most:
        assert inside[list(less)].sum() <= inside[list(more)].sum()


def test_the_tables_are_tied_to_the_rows_of_the_city(city):
    """What somebody can work out across tables rests on these: none may be missing."""
    system, _ = city
    key_of = {number: key for key, number in system.counts.groups.items()}

    def tables(form):
        return frozenset(key_of[group][0] for group in form)

    told = [tables(one) | tables(other) for one, other in system.counts.equal]
    for table in ("by_size", "by_need"):
        parts = 6 * (2 if table == "by_need" else 1)  # on a roster or not, three places; those with need by themselves
        assert told.count({table, "unit"}) == parts
    assert told.count({"overlap", "unit"}) == 2
    assert sum("elsewhere" in each for each in told) == len(UNITS)
    tags = len(system.result.tables["by_industry"])
    assert len(system.counts.at_most) == 6 * (tags + 1)


def test_a_target_whose_size_the_tables_tell_has_that_size(city):
    system, inside = city
    for target in system.targets:
        if target.size is not None:
            assert inside[list(target.form)].sum() == target.size


def test_whatever_is_counted_or_follows_by_subtraction_is_a_target(city):
    system, _ = city
    sized = {frozenset(target.form) for target in system.targets if target.size is not None}
    known = {frozenset(target.form) for target in system.targets if target.size is None}
    groups = system.counts.groups
    for unit in (*UNITS, "city"):
        own = {
            group: {"need": "yes" if key[2] else "no", "roster": key[3], "band": key[4]}
            for key, group in groups.items()
            if key[0] == "unit" and unit in ("city", key[1])
        }

        def those(test, own=own):
            return frozenset(group for group, kind in own.items() if test(kind))

        for name, test, counted in crossed(2):
            assert not counted or those(test) in sized, name
        for bands in ((0,), (1,), (2,), (0, 1, 2), (1, 2, 3), (2, 3)):
            assert those(lambda kind, bands=bands: kind["band"] in bands) in sized, bands
        for need, roster, bands in itertools.product(("yes", "no"), (True, False), ((0, 1), (2,), (3,))):
            wanted = (need, roster)
            exactly = those(lambda k, w=wanted, bands=bands: (k["need"], k["roster"]) == w and k["band"] in bands)
            assert exactly in known
    for table, labels in BREAKDOWNS.items():
        for label in set(labels) & set(system.result.tables[table].iloc[:, 0]):
            own = {key[2:]: group for key, group in groups.items() if key[:2] == (table, label)}
            assert len(own) == 6
            assert {frozenset([group]) for group in own.values()} <= known
            sides = [lambda r, p: r, lambda r, p: not r, *(lambda r, p, at=at: p == at for at in ("in", "out"))]
            for side in (*sides, lambda r, p: True, lambda r, p: p != "in"):
                assert frozenset(group for key, group in own.items() if side(*key)) in sized
    for number in system.result.tables["overlap"]["stations_within_reach"]:
        assert frozenset([groups["overlap", number]]) in sized


def test_figures_of_the_city_and_whole_units_are_hidden_last():
    people = drawn(0)
    people["need"] = "yes"
    people.loc[0, "distance_m"] = np.nan
    system = CoverageCounts(city_of(people), None)
    assert "hexagons" not in {cell.table for cell in system.counts.cells}
    cost = {cell.place: (cell.value, cell.cost) for cell in system.counts.cells}
    value, own = cost["by_unit", "A", "on_roster"]
    assert own == value > 0
    value, own = cost["by_unit", "A", "enterprises"]
    assert own == 10_000 + value
    value, own = cost["by_unit", "city", "on_roster"]
    assert own == 10_000 + value
    value, own = cost["by_unit", "city", "enterprises"]
    assert own == 1_010_000 + value
    value, own = cost["by_size", "micro", "enterprises"]
    assert own == 10_000 + value
    empty = [own for value, own in cost.values() if value == 0]
    assert empty
    assert min(empty) >= 1_000_000


def test_hidden_rows_of_one_table_are_asked_for_together():
    people = drawn(1)
    whole = city_of(people)
    cells = whole.tables["hexagons"]
    system = CoverageCounts(whole, units_of_cells(cells["h3_cell"], squares(), pd.Series(UNITS)))
    places = {cell.place: number for number, cell in enumerate(system.counts.cells)}
    shown = np.ones(len(places), dtype=bool)
    two = [places["by_unit", unit, "on_roster"] for unit in ("A", "B")]
    alone = [places["by_unit", "A", "within_reach"], places["by_unit", "city", "within_reach"]]
    limits = [number for place, number in places.items() if place[0] == "by_limit"]
    cell = next(number for place, number in places.items() if place[0] == "hexagons")
    shown[[*two, *alone, *limits, cell]] = False
    asked = list(system.unions(shown))
    together = system.counts.cells[two[0]], system.counts.cells[two[1]]
    assert [(set(target.form), target.size) for target in asked if target.size is not None] == [
        ({*together[0].form, *together[1].form}, together[0].value + together[1].value)
    ]
    nowhere = [set(target.form) for target in asked if target.size is None]
    hidden = system.counts.cells[cell].form
    groups = system.counts.groups
    for unit in UNITS:
        own = {group for group in hidden if group == groups.get(("hexagon", system.counts.cells[cell].row, unit))}
        assert own | {groups["elsewhere", unit]} in nowhere
    assert {*hidden, *(groups["elsewhere", unit] for unit in UNITS)} in nowhere
    assert len(nowhere) == len(UNITS) + 1


def test_what_each_column_counts():
    """The columns, said once more by the attack, are those of the system."""
    system = CoverageCounts(city_of(drawn(2)), None)
    for name, test in (columns(2) | {"not_judged": lambda kind: kind["band"] == FAR}).items():
        for need, roster, band in itertools.product((True, False), (True, False), range(FAR + 1)):
            kind = {"need": "yes" if need else "no", "roster": roster, "band": band}
            assert system._holds(name)(need, roster, band) == test(kind), (name, kind)


def test_where_no_column_tells_of_the_unjudged_there_are_none():
    people = drawn(3)
    people["distance_m"] = people["distance_m"].fillna(9000.0)
    whole = city_of(people)
    tables = {name: table.drop(columns="not_judged", errors="ignore") for name, table in whole.tables.items()}
    by_unit = whole.by_unit.drop(columns="not_judged", errors="ignore")
    system = CoverageCounts(dataclasses.replace(whole, by_unit=by_unit, tables=tables), None)
    nobody = [set(one) for one, other in system.counts.equal if other == ()]
    groups = system.counts.groups
    assert {group for key, group in groups.items() if key[0] == "unit" and key[4] == FAR} in nobody
    for table, labels in BREAKDOWNS.items():
        for label in set(labels) & set(tables[table].iloc[:, 0]):
            assert {groups[table, label, roster, "not_judged"] for roster in (True, False)} in nobody
