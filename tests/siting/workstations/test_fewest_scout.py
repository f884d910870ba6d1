"""The fewest stations for a target: the bound of one set of prices for every number, and targets beyond all sites."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from benchmarks.instances import clustered_instance
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.assignment import assign
from ipps_geo.siting.workstations.fewest_scout import Scout
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.request import policy_request

pytestmark = pytest.mark.slow(planted=True)


@pytest.mark.parametrize("seed", range(4))
def test_no_fewer_stations_than_the_prices_say_and_no_more_than_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 20, (90, 2)), random.uniform(0, 20, (8, 2)), 7)
    needs = (random.random(90) < 0.6).astype(np.int8)
    program = policy_request(reach, needs, {"min_roster": 5}).program()
    most = [
        max(assign(program, np.array(sites, np.int32)).objective for sites in combinations(range(program.n_sites), p))
        for p in range(1, program.n_sites + 1)
    ]
    for target in (0.4 * max(most), 0.8 * max(most), max(most)):
        fewest = 1 + next(p for p, served in enumerate(most) if served >= target)
        watch = Watch()
        scout = Scout(program, Incumbent(program, watch), watch, target, 0)
        assert scout.ceiling() >= max(most)
        assert scout.least(0, program.n_sites) <= fewest
        assert scout.first_plan(0, program.n_sites)
        assert scout.found() >= scout.fewer(0, scout.found()) >= fewest
        plan = plan_workstations(reach, needs, min_roster=5, objective="fewest_sites", target=target, gap=0)
        assert (plan.status, plan.objective, plan.bound) == ("optimal", fewest, fewest)


def test_a_target_beyond_all_sites_is_refused_at_once_and_one_within_has_a_plan_early() -> None:
    demand, sites, needs = clustered_instance(20_000, 200, 1)
    reach = Reach.from_points(demand, sites, 3000)
    refused = plan_workstations(reach, needs, objective="fewest_sites", target=19_000.0)
    assert refused.status == "infeasible"
    assert "of 19000 can be served" in refused.stop_reason
    early = plan_workstations(reach, needs, objective="fewest_sites", target=14_000.0, work_limit=40)
    assert early.status in ("feasible", "optimal")
    assert np.count_nonzero(early.assignment >= 0) >= 14_000
    assert early.bound <= early.objective == len(early.open_sites)
