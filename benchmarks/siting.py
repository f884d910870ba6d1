"""Siting models against their targets: every row a seeded instance, every run a process of its own.

``python -m benchmarks.siting --table`` runs the rows, prints a Markdown table and, with ``--out docs/benchmarks.md``,
puts it between the markers of that file. ``--peers`` runs the open peers on the same instances beside it (spopt with
HiGHS, the plain x_ij program in PuLP with HiGHS, pbp-pmedian), their building of the model included.

A run compiles or loads the kernels first, on a small instance of the same kind ("warm-up", reported apart); then the
clock covers everything from coordinates, or costs, to the plan. Peak memory is that of the process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances import clustered_instance
from benchmarks.orlib import numbers, read_pmed, reference_folder

REACH_M = 3_000.0
START_MARK, END_MARK = "<!-- siting: start -->", "<!-- siting: end -->"
#: Seconds that a child may take for imports, compiling and making the instance, on top of its limit.
SETUP_S = 240.0
#: Demand, sites and p of warm-ups that meet every kernel.
WARM_UP = {"mclp": (10_000, 150, 20), "lscp": (10_000, 500, 0), "policy": (2_000, 60, 5)}


@dataclass(frozen=True)
class Row:
    """One line of the table: a model on an instance size, its limit in seconds and what it must reach."""

    name: str
    model: str
    n_demand: int
    n_sites: int
    p: int
    limit_s: float
    must: str
    peer: str = ""


ROWS = (
    Row("mclp-10k-100", "mclp", 10_000, 100, 20, 30, "proven, 500x faster than spopt", "spopt"),
    Row("mclp-10k-500", "mclp", 10_000, 500, 20, 30, "proven in 8 s", "spopt"),
    Row("mclp-100k-1000", "mclp", 100_000, 1_000, 20, 30, "gap 0.4 % in 30 s, 300 MB"),
    Row("lscp-10k-500", "lscp", 10_000, 500, 0, 30, "proven, 1,000x faster than spopt", "spopt"),
    Row("lscp-100k-1000", "lscp", 100_000, 1_000, 0, 20, "within 1 site of the bound in 20 s"),
    Row("pmedian-1k-100", "pmedian", 1_000, 100, 20, 10, "proven in 0.3 s", "spopt pbp"),
    Row("pmedian-5k-100", "pmedian", 5_000, 100, 20, 10, "proven in 0.8 s", "spopt pbp"),
    Row("pmedian-10k-500", "pmedian", 10_000, 500, 20, 15, "proven in 5 s"),
    Row("pmedian-20k-1000", "pmedian", 20_000, 1_000, 20, 15, "gap 0.1 % in 15 s, 0.7 GB"),
    Row("pmedian-100k-2000", "pmedian", 100_000, 2_000, 20, 60, "aim: gap 0.1 % in 60 s, 2 GB"),
    Row("pmedian-orlib", "pmedian-orlib", 0, 0, 0, 15, "all proven, 20 in 15 s"),
    Row("pcenter-orlib", "pcenter-orlib", 0, 0, 0, 45, "all proven, 20 in 45 s"),
    Row("policy-10k-200", "policy", 10_000, 200, 20, 20, "proven in 5 s", "plain"),
    Row("policy-100k-500", "policy", 100_000, 500, 20, 20, "gap 0.35 % in 20 s"),
    Row("policy-1m-1000", "policy", 1_000_000, 1_000, 20, 30, "gap 0.8 % in 30 s, 500 MB"),
    Row("policy-1m-2000", "policy", 1_000_000, 2_000, 20, 60, "gap 0.8 % in 60 s, 1 GB"),
    Row("workspace-10", "workspace", 30_000, 150, 10, 20, "proven in 3 s"),
    Row("workspace-20", "workspace", 30_000, 150, 20, 20, "proven in 3 s"),
)

OURS = "ipps_geo"
Run = dict[str, Any]
Solve = Callable[[], Run]


# ---------------------------------------------------------------------- our models
def _summary(plan: Any) -> Run:
    return {"status": plan.status, "objective": plan.objective, "bound": plan.bound, "gap": plan.gap}


def _points_model(model: str, n_demand: int, n_sites: int, p: int, seed: int, limit_s: float) -> Solve:
    from ipps_geo import siting
    from ipps_geo.reach import Reach

    demand, sites, needs = clustered_instance(n_demand, n_sites, seed)

    def solve() -> Run:
        reach = Reach.from_points(demand, sites, REACH_M)
        if model == "mclp":
            return _summary(siting.maximal_covering(reach, p, time_limit_s=limit_s))
        if model == "lscp":
            return _summary(siting.location_set_covering(reach, partial=True, time_limit_s=limit_s))
        return _summary(siting.plan_workstations(reach, needs, n_sites=p, gap=0.0, time_limit_s=limit_s))

    return solve


def _median_model(n_demand: int, n_sites: int, p: int, seed: int, limit_s: float) -> Solve:
    from ipps_geo import siting

    costs = distances(n_demand, n_sites, seed)
    return lambda: _summary(siting.p_median(costs, p, time_limit_s=limit_s))


def distances(n_demand: int, n_sites: int, seed: int) -> Any:
    """Metres from every demand point to every site, float32, filled block by block."""
    demand, sites, _ = clustered_instance(n_demand, n_sites, seed)
    costs = np.empty((n_demand, n_sites), np.float32)
    for first in range(0, n_demand, 4096):
        block = demand[first : first + 4096, None, :] - sites[None, :, :]
        costs[first : first + 4096] = np.sqrt((block**2).sum(axis=2))
    return costs


def _orlib_model(model: str, limit_s: float) -> Solve:
    from ipps_geo import siting

    folder = reference_folder()
    if folder is None:
        raise FileNotFoundError("no pmed files: set IPPS_GEO_REFERENCE")
    instances = [read_pmed(folder / f"pmed{number}.txt") for number in numbers(folder)]
    function = siting.p_median if model == "pmedian-orlib" else siting.p_center

    def solve() -> Run:
        plans = [function(costs, p, time_limit_s=limit_s) for costs, p in instances]
        proven = sum(plan.status == "optimal" for plan in plans)
        objective, bound = (sum(getattr(plan, name) for plan in plans) for name in ("objective", "bound"))
        return {
            "status": f"{proven} of {len(plans)} proven",
            "objective": objective,
            "bound": bound,
            "gap": max(plan.gap for plan in plans),
        }

    return solve


def _workspace_model(p: int, limit_s: float) -> Solve:
    from ipps_geo.planning import PlanParameters
    from ipps_geo.planning.instance import siting_instance
    from ipps_geo.planning.proposals import siting_request
    from ipps_geo.policy import load_policy
    from ipps_geo.siting import plan_workstations
    from ipps_geo.workspace import generate_demo
    from ipps_geo.workspace.activity import day_of

    workspace, policy, parameters = generate_demo(), load_policy(), PlanParameters(stations=p, time_limit_s=limit_s)
    day = day_of(workspace, None)
    request = siting_request(
        siting_instance(workspace, policy, parameters, day, parameters.travel), policy, parameters, day
    )
    return lambda: _summary(plan_workstations(**(request | {"gap": 0.0, "time_limit_s": limit_s})))


def _ours(row: Row, seed: int) -> tuple[Solve, Solve]:
    """A small solve that compiles what the row needs, and the row's own."""
    if row.model in ("mclp", "lscp", "policy"):
        return (
            _points_model(row.model, *WARM_UP[row.model], 99, 20.0),
            _points_model(row.model, row.n_demand, row.n_sites, row.p, seed, row.limit_s),
        )
    if row.model == "pmedian":
        return _median_model(400, 60, 5, 1, 5.0), _median_model(row.n_demand, row.n_sites, row.p, seed, row.limit_s)
    if row.model == "workspace":
        return _points_model("policy", *WARM_UP["policy"], 99, 20.0), _workspace_model(row.p, row.limit_s)
    if row.model == "pmedian-orlib":
        return _median_model(400, 60, 5, 1, 5.0), _orlib_model(row.model, row.limit_s)
    return _center_warm_up(), _orlib_model(row.model, row.limit_s)


def _center_warm_up() -> Solve:
    from ipps_geo.siting import p_center

    costs = distances(120, 60, 1)
    return lambda: _summary(p_center(costs, 5))


# ---------------------------------------------------------------------- peers
def _spopt(row: Row, seed: int, limit_s: float) -> Solve:
    import pulp
    from scipy.spatial.distance import cdist
    from spopt.locate import LSCP, MCLP, PMedian

    demand, sites, _ = clustered_instance(row.n_demand, row.n_sites, seed)
    solver = pulp.HiGHS(msg=False, timeLimit=limit_s)

    def solve() -> Run:
        costs = cdist(demand, sites)
        if row.model == "lscp":  # spopt has no partial cover: rows that no site reaches are left out
            model = LSCP.from_cost_matrix(costs[(costs <= REACH_M).any(axis=1)], REACH_M)
        elif row.model == "mclp":
            model = MCLP.from_cost_matrix(costs, np.ones(len(costs)), REACH_M, p_facilities=row.p)
        else:
            model = PMedian.from_cost_matrix(costs, np.ones(len(costs)), p_facilities=row.p)
        model = model.solve(solver, results=False)
        value = pulp.value(model.problem.objective)
        proven = model.problem.sol_status == pulp.LpSolutionOptimal
        return {"status": "optimal" if proven else "not proven", "objective": value, "bound": None, "gap": None}

    return solve


def _pbp(row: Row, seed: int, limit_s: float) -> Solve:
    from pbp_pmedian import solve as pbp_solve

    costs = distances(row.n_demand, row.n_sites, seed).astype(float)

    def solve() -> Run:
        value, _, _, status, _ = pbp_solve(costs, row.p, time_limit=limit_s)
        return {"status": str(status).lower(), "objective": float(value), "bound": None, "gap": None}

    return solve


def _plain(row: Row, seed: int, limit_s: float) -> Solve:
    """The policy program written down as one would on paper: one x_ij per pair, in PuLP, solved by HiGHS."""
    import pulp
    from scipy.spatial import cKDTree

    demand, sites, needs = clustered_instance(row.n_demand, row.n_sites, seed)

    def solve() -> Run:
        reached = cKDTree(sites).query_ball_point(demand, REACH_M)
        program = pulp.LpProblem("plain", pulp.LpMaximize)
        y = [pulp.LpVariable(f"y{j}", cat="Binary") for j in range(row.n_sites)]
        x = {(i, j): pulp.LpVariable(f"x{i}_{j}", cat="Binary") for i, row_ in enumerate(reached) for j in row_}
        program += pulp.lpSum(x.values())
        rosters: list[list[int]] = [[] for _ in y]
        for i, row_sites in enumerate(reached):
            if row_sites:
                program += pulp.lpSum(x[i, j] for j in row_sites) <= 1
            for j in row_sites:
                program += x[i, j] <= y[j]
                rosters[j].append(i)
        for j, members in enumerate(rosters):
            program += pulp.lpSum(x[i, j] for i in members) >= 50 * y[j]
            program += pulp.lpSum((2 if needs[i] == 1 else -3) * x[i, j] for i in members) >= 0
        program += pulp.lpSum(y) <= row.p
        program.solve(pulp.HiGHS(msg=False, timeLimit=limit_s))
        value = pulp.value(program.objective)
        proven = program.sol_status == pulp.LpSolutionOptimal
        return {"status": "optimal" if proven else "not proven", "objective": value, "bound": None, "gap": None}

    return solve


PEERS = {"spopt": ("spopt + HiGHS", _spopt), "pbp": ("pbp-pmedian", _pbp), "plain": ("plain PuLP + HiGHS", _plain)}


# ---------------------------------------------------------------------- processes
def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(row: Row, seed: int, peer: str, cap_s: float) -> Run:
    """Run in this process: warm-up, then the row; wall, CPU, peak memory."""
    warm_up_s = 0.0
    if peer:
        solve = PEERS[peer][1](row, seed, cap_s)
    else:
        warm, solve = _ours(row, seed)
        began = time.perf_counter()
        warm()
        warm_up_s = time.perf_counter() - began
    before_mb = _peak_mb()
    began, began_cpu = time.perf_counter(), time.process_time()
    found = solve()
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    return found | {
        "seconds": seconds, "cpu_s": cpu, "warm_up_s": warm_up_s, "before_mb": before_mb, "peak_mb": _peak_mb(),
    }  # fmt: skip


def run_child(row: Row, seed: int, peer: str = "", cap_s: float = 0.0) -> Run:
    """Measure in a child process; a peer that passes its cap, or a child that fails, says so in ``status``."""
    task = json.dumps({"row": row.name, "seed": seed, "peer": peer, "cap_s": cap_s})
    limit = (cap_s * 1.5 if peer else row.limit_s * 30) + SETUP_S
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.siting", "--child", task], capture_output=True, text=True, timeout=limit,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"status": f"over {limit:.0f} s"}
    if done.returncode:
        return {"status": "failed: " + (done.stderr.strip().splitlines() or ["no message"])[-1][:80]}
    found: Run = json.loads(done.stdout.strip().splitlines()[-1])
    return found


# ---------------------------------------------------------------------- the table
HEADER = (
    "| row | by | seed | wall s | CPU s | peak MB | objective | bound | gap % | status | must | measured |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def _number(value: Any, pattern: str) -> str:
    return "" if value is None or value != value else format(value, pattern)


def table_line(row: Row, by: str, seed: int, run: Run) -> str:
    """One line of the table."""
    gap = run.get("gap")
    return (
        f"| {row.name} | {by} | {seed} | {_number(run.get('seconds'), '.3f')} | {_number(run.get('cpu_s'), '.3f')} "
        f"| {_number(run.get('peak_mb'), 'd')} | {_number(run.get('objective'), ',.0f')} "
        f"| {_number(run.get('bound'), ',.0f')} | {_number(None if gap is None else gap * 100, '.4f')} "
        f"| {run['status']} | {row.must if by == OURS else ''} | {dt.datetime.now(dt.UTC):%Y-%m-%d} |"
    )


def machine() -> str:
    """Cores and processor, nothing that names the host."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


def write_section(path: Path, lines: list[str]) -> None:
    """Put the table between the markers of a Markdown file, or at its end; rows that were not run now stay."""
    text = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    if START_MARK in text and END_MARK in text:
        head, rest = text.split(START_MARK, 1)
        old, tail = rest.split(END_MARK, 1)
    else:
        head, old, tail = text.rstrip("\n") + "\n\n", "", "\n"
    places = {row.name: place for place, row in enumerate(ROWS)}
    mine = [line for line in lines if _row_of(line) in places]
    kept = [line for line in old.splitlines() if _row_of(line) in set(places) - {_row_of(line) for line in mine}]
    table = sorted(kept + mine, key=lambda line: places[_row_of(line)])
    first = next(place for place, line in enumerate(lines) if line.startswith("|---")) + 1
    after = [line for line in lines[first:] if _row_of(line) not in places]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "\n".join([START_MARK, *lines[:first], *table, *after, END_MARK]) + tail, encoding="utf-8")


def _row_of(line: str) -> str:
    """Name of the row that a line of the table belongs to."""
    return line.split("|")[1].strip() if line.count("|") > 2 else ""


def run_table(rows: list[Row], seeds: list[int], *, peers: bool, cap_s: float) -> list[str]:
    """Run everything, printing each line as it comes; returns the section's lines."""
    lines = [
        (
            f"Measured on {dt.datetime.now(dt.UTC):%Y-%m-%d}: {machine()}, solvers on one thread, other work on the "
            "same machine (compare CPU seconds). Clustered synthetic points in 60 x 60 km, reach 3 km, kernels warm."
        ),
        "",
        *HEADER.split("\n"),
    ]
    print("\n".join(lines), flush=True)
    warm_up_s = 0.0
    for row in rows:
        row_seeds = seeds if row.model in ("mclp", "lscp", "pmedian", "policy") else seeds[:1]
        for seed in row_seeds:
            run = run_child(row, seed)
            warm_up_s = max(warm_up_s, run.get("warm_up_s", 0.0))
            lines.append(table_line(row, OURS, seed, run))
            print(lines[-1], flush=True)
        for peer in row.peer.split() if peers else ():
            lines.append(table_line(row, PEERS[peer][0], row_seeds[0], run_child(row, row_seeds[0], peer, cap_s)))
            print(lines[-1], flush=True)
    lines += ["", f"Longest warm-up of a process (imports, kernels compiled or loaded): {warm_up_s:.1f} s."]
    print("\n".join(lines[-2:]), flush=True)
    return lines


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="run the rows and print the table")
    parser.add_argument("--rows", help=f"names with commas between: {', '.join(row.name for row in ROWS)}")
    parser.add_argument("--seeds", default="0,1,2,3,4", help="seeds with commas between")
    parser.add_argument("--peers", action="store_true", help="run the peers as well, on the first seed")
    parser.add_argument("--cap", type=float, default=180.0, help="time limit of a peer's solver in seconds")
    parser.add_argument("--out", type=Path, help="Markdown file whose siting section is replaced")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    by_name = {row.name: row for row in ROWS}
    if options.child:
        task = json.loads(options.child)
        print(json.dumps(measure(by_name[task["row"]], task["seed"], task["peer"], task["cap_s"])))
        return
    wanted = options.rows.split(",") if options.rows else list(by_name)
    if unknown := [name for name in wanted if name not in by_name]:
        parser.error(f"no row {', '.join(unknown)}")
    if not options.table:
        parser.error("nothing to do: give --table")
    seeds = [int(seed) for seed in options.seeds.split(",")]
    lines = run_table([by_name[name] for name in wanted], seeds, peers=options.peers, cap_s=options.cap)
    if options.out:
        write_section(options.out, lines)


if __name__ == "__main__":
    main()
