"""Instances that were hard once: ``python -m benchmarks.hard [ROW ...]`` prints a line for each seed.

Searches end by the processor time of this process, asked for through ``should_stop``: on a shared machine a limit of
the wall would measure the neighbours. Kernels are compiled before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.instances import bed_instance, clustered_instance, mixed_weights, small_places_instance
from benchmarks.siting import distances
from ipps_geo.reach import Reach
from ipps_geo.siting import SitePlan, location_set_covering, maximal_covering, p_median, plan_workstations

REACH_M = 3_000.0
Solve = Callable[[Callable[[], bool]], SitePlan]


@dataclass(frozen=True)
class HardRow:
    """A name, what it must reach, the seeds, its limit in processor seconds, and how to make the solve of a seed."""

    name: str
    must: str
    seeds: tuple[int, ...]
    limit_s: float
    make: Callable[[int], Solve]


def policy(instance: Callable[[int], Any], weights: Callable[[int], Any] | None = None, **request: Any) -> Any:
    """Makes the solve of a policy instance."""

    def make(seed: int) -> Solve:
        demand, sites, needs = instance(seed)
        asked = request | ({} if weights is None else {"weights": weights(seed)})
        reach = Reach.from_points(demand, sites, REACH_M)
        return lambda stop: plan_workstations(reach, needs, **asked, gap=0, time_limit_s=3600, should_stop=stop)

    return make


def covering_set(seed: int) -> Solve:
    """A location set covering of 100,000 rows and 2,000 sites."""
    demand, sites, _ = clustered_instance(100_000, 2_000, seed)
    reach = Reach.from_points(demand, sites, REACH_M)
    return lambda stop: location_set_covering(reach, partial=True, time_limit_s=3600, should_stop=stop)


def bed(n_demand: int) -> Callable[[int], Solve]:
    """A maximal covering of the published beds' kind: 100 sites, radius 3.25, p 20."""

    def make(seed: int) -> Solve:
        demand, sites, weights = bed_instance(n_demand, 100, seed)
        reach = Reach.from_points(demand, sites, 3.25)
        return lambda stop: maximal_covering(reach, 20, weights=weights, time_limit_s=3600, should_stop=stop)

    return make


def median(n_demand: int, n_sites: int) -> Callable[[int], Solve]:
    """A p-median of clustered points by the straight distance, p 20."""

    def make(seed: int) -> Solve:
        costs = distances(n_demand, n_sites, seed)
        return lambda stop: p_median(costs, 20, time_limit_s=3600, should_stop=stop)

    return make


ROWS = (
    HardRow("p50", "0.2 % in 10 s, proven in 60 s", (0, 1), 60, policy(
        lambda seed: clustered_instance(10_000, 200, seed), n_sites=50)),
    HardRow("p50-half", "0.2 % in 10 s, proven in 60 s", (0, 1), 60, policy(
        lambda seed: clustered_instance(10_000, 200, seed, 0.5), n_sites=50)),
    HardRow("small-1800", "proven in 10 s", (0, 1, 2), 10, policy(
        lambda seed: small_places_instance(1_800, 120, seed), n_sites=25)),
    HardRow("small-2700", "proven in 60 s", (0, 1, 2), 60, policy(
        lambda seed: small_places_instance(2_700, 150, seed), n_sites=40)),
    HardRow("uneven-100k", "0.1 %", (0, 1, 2, 3, 4), 32, policy(
        lambda seed: clustered_instance(100_000, 500, seed, unevenness=0.3), n_sites=20)),
    HardRow("fewest-80", "plan in 2 s, gap 2 in 20 s", (0,), 20, policy(
        lambda seed: clustered_instance(100_000, 500, seed), objective="fewest_sites", target=80_000.0)),
    HardRow("fewest-93", "gap 2 in 20 s", (0,), 20, policy(
        lambda seed: clustered_instance(100_000, 500, seed), objective="fewest_sites", target=93_000.0)),
    HardRow("fewest-impossible", "at once", (0,), 20, policy(
        lambda seed: clustered_instance(100_000, 500, seed), objective="fewest_sites", target=95_000.0)),
    HardRow("fewest-1m", "plan in 2 s, gap 2 in 20 s", (0,), 20, policy(
        lambda seed: clustered_instance(1_000_000, 1_000, seed), objective="fewest_sites", target=600_000.0)),
    HardRow("weights-real", "0.5 %", (0, 1), 30, policy(
        lambda seed: clustered_instance(10_000, 200, seed), lambda seed: mixed_weights(10_000, seed, "real"),
        n_sites=20)),
    HardRow("weights-mixed", "right", (0, 1), 30, policy(
        lambda seed: clustered_instance(10_000, 200, seed), lambda seed: mixed_weights(10_000, seed, "mixed"),
        n_sites=20)),
    HardRow("policy-1m-1000", "0.05 %, three of five proven", (0, 1, 2, 3, 4), 60, policy(
        lambda seed: clustered_instance(1_000_000, 1_000, seed), n_sites=20)),
    HardRow("policy-1m-2000", "0.05 %, three of five proven", (0, 1, 2, 3, 4), 60, policy(
        lambda seed: clustered_instance(1_000_000, 2_000, seed), n_sites=20)),
    HardRow("pmedian-100k-2000", "0.1 % in 60 s", (0, 1), 60, median(100_000, 2_000)),
    HardRow("lscp-100k-2000", "within 3", (0, 1, 2), 60, covering_set),
    HardRow("bed-10k", "proven in 10 s", (0,), 30, bed(10_000)),
    HardRow("bed-100k", "0.2 % in 30 s", (0,), 30, bed(100_000)),
)  # fmt: skip


def measured(row: HardRow, seed: int) -> str:
    """One line of the table: status, objective, bound, gap, processor seconds."""
    solve = row.make(seed)
    began = time.process_time()

    def stop() -> bool:
        return time.process_time() - began > row.limit_s

    plan = solve(stop)
    spent = time.process_time() - began
    return (
        f"| {row.name} | {seed} | {plan.status} | {plan.objective:,.10g} | {plan.bound:,.10g} | {plan.gap * 100:.4f} "
        f"| {spent:.1f} | {row.must} |"
    )


def main() -> None:
    """Run the rows named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--seeds", help="seeds with commas between, instead of each row's own")
    options = parser.parse_args()
    chosen = options.rows
    seeds = None if options.seeds is None else tuple(int(seed) for seed in options.seeds.split(","))
    warm_up = small_places_instance(600, 60, 1)
    plan_workstations(Reach.from_points(warm_up[0], warm_up[1], REACH_M), warm_up[2], n_sites=8)
    print("| row | seed | status | objective | bound | gap % | processor s | must |\n|---|---|---|---|---|---|---|---|")
    for row in ROWS:
        if not chosen or row.name in chosen:
            for seed in seeds or row.seeds:
                print(measured(row, seed), flush=True)


if __name__ == "__main__":
    main()
