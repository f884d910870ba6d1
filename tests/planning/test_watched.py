"""Use cases in a child process: the answer is that of this process, a stop ends them, an error arrives as it was."""

from dataclasses import replace

import pytest

from ipps_geo import planning
from ipps_geo.errors import BadInput, Stopped
from ipps_geo.planning import child
from ipps_geo.planning.watched import BEGUN, watched


def test_the_answer_is_that_of_this_process(beijing, draft):
    steps = []
    found = watched("coverage", beijing, draft, progress=steps.append, reach_km=2.0, areas=False)
    here = planning.coverage(beijing, draft, reach_km=2.0, areas=False)
    assert found.by_unit.equals(here.by_unit)
    assert steps == [BEGUN]


def test_a_stop_ends_it_and_an_error_arrives_as_it_was(beijing, draft, monkeypatch):
    monkeypatch.setattr(child, "GRACE_S", 0.0)  # a repair may be done before a child has to be ended
    with pytest.raises(Stopped) as stopped:
        watched("repair", beijing, draft, should_stop=lambda: True)
    assert stopped.value.code == "watched.stopped"
    with pytest.raises(BadInput) as refused:
        watched("coverage", beijing, draft, reach_km=-1.0)
    assert refused.value.code == "travel.limit_reaches_nobody"


def test_tables_whose_units_were_looked_up_travel_to_the_child(beijing, draft):
    """The names of units are a view that nobody can write through, kept with the tables from then on."""
    looked_up = replace(beijing)
    assert looked_up.units.names
    with pytest.raises(BadInput) as refused:
        watched("coverage", looked_up, draft, reach_km=-1.0)
    assert refused.value.code == "travel.limit_reaches_nobody"
