"""Closing and moving against every choice of stations that close and sites that open."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.workstations.closing import Closable, plan_with_closing

pytestmark = pytest.mark.slow(planted=True)

N, M, P, MINIMUM = 36, 4, 1, 4
CLOSING, MOVING = 2.0, 1.0


class City:
    """Enterprises and sites in a square; the first fourteen stand on the rosters of two stations."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.at, self.sites = random.uniform(0, 80, (N, 2)), random.uniform(0, 80, (M, 2))
        self.needs = random.choice([1, 1, 0], N).astype(np.int8)
        self.owner = np.where(np.arange(N) < 6, 0, np.where(np.arange(N) < 14, 1, -1))
        self.members = np.array([7.0, 8.0])  # one of the first station is no demand: his place is not known
        self.costs = random.integers(2, 7, M).astype(float)
        self.reach = Reach.from_points(self.at, self.sites, 30)

    def best(self, budget: float | None) -> float:
        """Most served newly less given up, over every choice; each settled by the solver without closing."""
        values = []
        for closed in map(list, (c for k in range(3) for c in itertools.combinations(range(2), k))):
            rows = np.flatnonzero((self.owner < 0) | np.isin(self.owner, closed))
            for k in range(P + len(closed) + 1):
                for opened in itertools.combinations(range(M), k):
                    moves = max(k - P, 0)  # more moves than needed are cheaper here than closings
                    moves = min(len(closed), k) if MOVING < CLOSING else moves
                    once = CLOSING * (len(closed) - moves) + MOVING * moves
                    if budget is not None and self.costs[list(opened)].sum() + once > budget:
                        continue
                    plan = plan_workstations(
                        self.reach.select(demand=rows), self.needs[rows], n_sites=k, min_roster=MINIMUM, gap=0,
                        required_sites=opened, forbidden_sites=np.setdiff1d(range(M), opened),
                    )  # fmt: skip
                    if plan.status == "optimal":
                        values.append(plan.objective - self.members[closed].sum())
        return max(values)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([None, 8.0]))
def test_no_choice_of_stations_serves_more(seed: int, budget: float | None) -> None:
    city = City(seed)
    costed = {} if budget is None else {"site_costs": city.costs, "budget": budget}
    closable = Closable(city.owner, city.members, CLOSING, MOVING)
    found = plan_with_closing(city.reach, city.needs, closable, n_sites=P, min_roster=MINIMUM, **costed)
    plan = found.plan
    assert plan.objective == pytest.approx(city.best(budget))
    assert plan.bound == pytest.approx(plan.objective)
    assert plan.status == "optimal"
    assert len(plan.open_sites) <= P + found.moves
    assert found.moves <= min(len(found.closed), len(plan.open_sites))
    served = plan.assignment >= 0
    assert not (served & (city.owner >= 0) & ~np.isin(city.owner, found.closed)).any()
    assert served.sum() - city.members[found.closed].sum() == pytest.approx(plan.objective)


def test_a_station_stays_where_nothing_is_gained_by_closing_it() -> None:
    reach = Reach.from_points([[0, 0]] * 5 + [[50, 0]] * 5, [[50, 0]], 5)
    closable = Closable(np.array([0] * 5 + [-1] * 5), np.array([5.0]))
    found = plan_with_closing(reach, [1] * 10, closable, n_sites=1, min_roster=2)
    assert (found.closed.tolist(), found.moves, found.plan.objective) == ([], 0, 5)
