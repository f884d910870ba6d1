"""Repair at the size of a city: 200 stations, 20,000 roster rows, 5 % of them shared, an unserved pool within reach.

Run ``python -m benchmarks.repair [--stations 200] [--rows 20000] [--shared 0.05] [--seeds 3]``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from benchmarks.instances import clustered_instance
from ipps_geo.reach import Reach
from ipps_geo.siting.rosters.repair import RepairPlan, repair_rosters

REACH_M = 3_000.0


def overlapping_network(
    n_stations: int, n_rows: int, shared: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Reach]:
    """Stations in a clustered city with rosters of uneven size drawn within reach, some rows shared with a neighbour.

    Sizes are spread so that some rosters fall below 50 and some need shares below 3/5; 1 % of the rows name an
    enterprise outside the key industries.
    """
    random = np.random.default_rng([seed, n_stations, n_rows])
    demand_xy, _, needs = clustered_instance(2 * n_rows, n_stations, seed, need_share=0.64)
    # A station stands where enterprises are: at one of them, so that most reach enough.
    station_xy = demand_xy[random.choice(len(demand_xy), n_stations, replace=False)]
    reach = Reach.from_points(demand_xy, station_xy, REACH_M)
    by_site = reach.pairs.tocsc()
    wanted = np.maximum(random.normal(n_rows * (1 - shared) / n_stations, 25, n_stations).astype(int), 30)
    taken = np.zeros(len(demand_xy), dtype=bool)
    station, entity = [], []
    for j in random.permutation(n_stations):
        within = by_site.indices[by_site.indptr[j] : by_site.indptr[j + 1]]
        free = within[~taken[within]]
        chosen = random.choice(free, min(wanted[j], len(free)), replace=False)
        taken[chosen] = True
        station += [j] * len(chosen)
        entity += chosen.tolist()
    pairs = reach.pairs
    for e in random.permutation(entity)[: int(shared * n_rows)]:
        sites = pairs.indices[pairs.indptr[e] : pairs.indptr[e + 1]]
        station.append(int(random.choice(sites)))
        entity.append(int(e))
    keys = np.array([f"e{e:06d}" for e in range(len(demand_xy))])
    rosters = pd.DataFrame(
        {
            "station_id": [f"S{j:03d}" for j in station],
            "entity_key": keys[entity],
            "eligible": random.random(len(station)) >= 0.01,
        }
    )
    entities = pd.DataFrame({"entity_key": keys, "need": needs})
    stations = pd.DataFrame(
        {"station_id": [f"S{j:03d}" for j in range(n_stations)], "established": random.permutation(n_stations)}
    )
    return rosters, entities, stations, reach


def report(plan: RepairPlan, seconds: float) -> str:
    before, after = int(plan.stations["passed_before"].sum()), int(plan.stations["passes_after"].sum())
    kinds = plan.moves["kind"].value_counts().to_dict()
    lost = plan.unsaved["reason"].value_counts().to_dict()
    return (
        f"{seconds:6.2f} s  {plan.status:8}  moves {plan.n_moves} (bound {plan.bound}) {kinds}  "
        f"passing {before} -> {after} of {len(plan.stations)}  unsaved {lost}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--shared", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    for seed in range(asked.seeds):
        case = overlapping_network(asked.stations, asked.rows, asked.shared, seed)
        start = time.perf_counter()
        plan = repair_rosters(*case)
        print(f"seed {seed}  rows {len(case[0])}  {report(plan, time.perf_counter() - start)}")


if __name__ == "__main__":
    main()
