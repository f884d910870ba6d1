"""A plan by components equals the plan of the whole, and its bound is valid, whatever the planner asks for."""

from dataclasses import replace

import numpy as np

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.search.tallies import merge_tallies, tally_demand
from ipps_geo.siting.workstations.components import Point, best_split, components_of
from ipps_geo.siting.workstations.request import Infeasible, policy_request
from ipps_geo.siting.workstations.split import plan_components


def here(function, tasks, phase):
    return [function(task) for task in tasks]


def drawn(seed):
    """Two to five towns far apart, and what a planner may ask for."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform(0, 60_000, (rng.integers(2, 6), 2))
    n, m = int(rng.integers(100, 500)), int(rng.integers(6, 18))
    demand, sites = ((towns[rng.integers(0, len(towns), k)] + rng.normal(0, 1500, (k, 2))).round() for k in (n, m))
    needs = rng.choice(np.array([1, 0, -1], dtype=np.int8), n, p=[0.5, 0.35, 0.15])
    asked = {"n_sites": int(rng.integers(1, 7)), "min_roster": int(rng.integers(5, 30))}
    if rng.random() < 0.3:
        asked["weights"] = rng.integers(1, 5, n).astype(float)
    if rng.random() < 0.3:
        asked["capacity"] = int(rng.integers(30, 90))
    if rng.random() < 0.4:
        asked |= {"site_units": rng.integers(0, 3, m), "min_per_unit": {0: 1}}
    if rng.random() < 0.3:
        asked["required_sites"] = [int(rng.integers(m))]
    if rng.random() < 0.3:
        asked["need_share"] = (int(rng.integers(1, 4)), 4)
    return Reach.from_points(demand, sites, 2500), needs, asked


def in_parts(reach, needs, asked, seed):
    """The program of demand that lies in one to five partitions."""
    rng = np.random.default_rng([seed, 1])
    parts = rng.integers(0, rng.integers(1, 6), len(needs))
    weights = asked.get("weights", np.ones(len(needs)))
    every = np.arange(reach.n_sites)
    tallies = [
        tally_demand([(reach.select(demand=rows), every)], reach.n_sites, needs[rows] != 1, weights[rows])[0]
        for rows in (np.flatnonzero(parts == part) for part in range(parts.max() + 1))
    ]
    merged = merge_tallies(tallies, reach.n_sites)
    sites = {name: value for name, value in asked.items() if name != "weights"}
    request = policy_request(reach.select(demand=np.zeros(0, np.int64)), np.zeros(0), sites)
    return request.program_of(merged.groups, merged.value, merged.n_need)


def test_the_plan_by_components_of_partitions_is_the_best_one_and_its_bound_holds(partitioned):
    for seed in range(partitioned):
        check_one(seed)


def check_one(seed):
    reach, needs, asked = drawn(seed)
    whole = plan_workstations(reach, needs, gap=0.0, **asked)
    try:
        program = in_parts(reach, needs, asked, seed)
    except Infeasible:
        assert whole.status == "infeasible"
        return
    split = plan_components(program, here)
    if whole.status == "feasible":  # the whole ran out of time where its components did not
        assert whole.objective <= split.objective <= split.bound
        assert split.objective <= whole.bound
        return
    assert split.status == whole.status
    if whole.status == "optimal":
        assert split.objective == split.bound == whole.objective
        assert len(split.open_sites) <= asked["n_sites"]
        assert (split.bounds[1:] >= split.bounds[:-1]).all()
        taken = split.site >= 0
        assert split.length[taken] @ program.value[split.group[taken]] == whole.objective
        near = plan_components(program, Hurried(), gap=0.02)
        assert near.objective <= whole.objective <= near.bound <= near.objective * 1.02 + 1e-6


class Hurried:
    """Does what is asked as badly as is allowed: bounds as far from the best plans as the gap of the task leaves."""

    def __init__(self):
        self.asked = []

    def __call__(self, function, tasks, phase):
        self.asked += [(id(task[0]), *task[1:]) for task in tasks if phase == "stations"]
        return [self.worse(function(task), task) for task in tasks]

    def worse(self, made, task):
        if not isinstance(made, Point):
            return made * 1.1
        return replace(made, bound=max(made.bound, made.value * (1 + task[3])))


def test_searches_that_end_at_their_gap_are_asked_again_for_a_smaller_one_and_never_for_the_same():
    reach, needs, _asked = drawn(3)
    program = policy_request(reach, needs, {"n_sites": 5, "min_roster": 5}).program()
    hurried = Hurried()
    plan = plan_components(program, hurried, gap=0.004)
    assert plan.stop_reason in ("gap", "proven")
    assert plan.bound - plan.objective <= 0.004 * plan.objective + 1e-9
    assert len(set(hurried.asked)) == len(hurried.asked)


def test_a_town_without_a_station_is_worth_nothing_whatever_its_prices_say():
    sites = np.arange(12)[:, None] * [50_000.0, 0.0]
    reach = Reach.from_points(np.repeat(sites, 10, axis=0), sites, 2500)
    program = policy_request(reach, np.ones(120, np.int8), {"n_sites": 3, "min_roster": 5}).program()
    told = []
    plan = plan_components(program, here, tell=lambda value, bound, phase: told.append((phase, bound)))
    assert plan.objective == plan.bound == 30
    assert [bound for phase, bound in told if phase == "prices"][-1] == 30


def test_components_share_no_group_and_leave_nobody_out():
    reach, needs, _asked = drawn(3)
    program = policy_request(reach, needs, {"n_sites": 4, "min_roster": 1}).program()
    parts = components_of(program)
    assert len(parts) > 1
    assert sorted(np.concatenate([part.sites for part in parts])) == list(range(program.n_sites))
    assert sorted(np.concatenate([part.groups for part in parts])) == list(range(program.groups.n_groups))
    for part in parts:
        start, listed = part.program.groups.row_start, part.sites[part.program.groups.row_sites]
        for place, group in enumerate(part.groups):
            whole = program.groups.row_sites[program.groups.row_start[group] : program.groups.row_start[group + 1]]
            assert listed[start[place] : start[place + 1]].tolist() == whole.tolist()


def test_stations_go_where_they_are_worth_most():
    curves = [np.array([0.0, 5, 6]), np.array([-np.inf, 1, 9]), np.array([0.0, 4])]
    split, totals = best_split(curves, 4)
    assert split.tolist() == [1, 2, 1]
    assert totals.tolist() == [-np.inf, 1, 9, 14, 18]
