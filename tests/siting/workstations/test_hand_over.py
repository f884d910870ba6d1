"""Programs that go to HiGHS: stations that gather their minimum from small places, and a start that is a solution."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.instances import small_places_instance
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations, verify_plan
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import hand_over, pipeline
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.request import policy_request
from ipps_geo.siting.workstations.whole_program import whole_model

pytestmark = pytest.mark.slow(planted=True)


@pytest.mark.parametrize(("seed", "most"), [(0, 1713), (1, 1777)])
def test_rosters_gathered_from_small_places_are_proven(seed: int, most: int) -> None:
    """The optimum of the whole program; a search that fixed sites by another bound had called 1,773 optimal."""
    demand, sites, needs = small_places_instance(1800, 120, seed)
    reach = Reach.from_points(demand, sites, 3000)
    plan = plan_workstations(reach, needs, n_sites=25, gap=0)
    assert (plan.status, plan.objective, plan.bound) == ("optimal", most, most)
    assert verify_plan(plan, reach, needs, n_sites=25, gap=0) == []


def test_a_plan_is_handed_over_as_a_solution_of_the_whole_program() -> None:
    demand, sites, needs = small_places_instance(400, 40, 2)
    request = policy_request(Reach.from_points(demand, sites, 3000), needs, {"n_sites": 5, "weights": needs + 1.0})
    program, watch = request.program(), Watch()
    incumbent = Incumbent(program, watch)
    search = pipeline.solve(program, incumbent, watch, 0.0, 0)
    every = np.arange(program.n_sites, dtype=np.int32)
    model = whole_model(program, every)
    start = hand_over.as_solution(program, every, model, incumbent)
    assert start is not None
    rows = model.matrix @ start
    assert (rows >= model.row_lower - 1e-9).all()
    assert (rows <= model.row_upper + 1e-9).all()
    assert (start >= model.lower).all()
    assert (start <= model.upper).all()
    assert start[: len(model.worth)] @ model.worth == incumbent.objective == search.bound
    assert hand_over.whole(program, every, incumbent, watch) == pytest.approx(incumbent.objective, abs=0.999)
    assert hand_over.as_solution(program.restricted(every[:1]), every[:1], model, incumbent) is None
