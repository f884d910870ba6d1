"""A plan of a generated nation, phase by phase: wall and processor seconds, memory, plan and bound; checked again.

    python -m benchmarks.scale nation FOLDER --cities 300 --rows 20000 --carriers 67    # 6 million enterprises
    python -m benchmarks.nation FOLDER --stations 3000 --gap 0.005 --workers 2 --out ROSTERS

Processor seconds are those of all processes of the run; beside other work they say more than the clock. The last lines
are those that ``ipps-geo plan`` shows, and what tells two runs apart: a hash of the rosters and one of the proposals.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import time
from pathlib import Path

from ipps_geo.executors import executor_for
from ipps_geo.planning.national import plan_partitions
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.policy import load_policy
from ipps_geo.screens.terminal.national import national_summary
from ipps_geo.siting.search.plan import Milestone
from ipps_geo.workspace.partitions import open_partitions


class Phases:
    """Notes what each phase took, at every milestone of a plan."""

    def __init__(self) -> None:
        self.name, self.tasks = "", ""
        self.begun, self.used = time.perf_counter(), 0.0

    def __call__(self, milestone: Milestone) -> None:
        """Print a row where a phase ends, and every better plan or bound."""
        name, _, tasks = milestone.phase.partition(" ")
        if name != self.name:
            self.end()
            self.name = name
        self.tasks = tasks or self.tasks
        if not tasks and math.isfinite(milestone.bound):
            gap = (milestone.bound - milestone.objective) / max(1.0, milestone.objective)
            told = f"{gap:.3%}" if math.isfinite(gap) else "no plan yet"
            at = f"{milestone.seconds:.0f} s, {_used()[0]:.0f} s processor"
            print(f"  {name}: {milestone.objective:,.0f} of {milestone.bound:,.0f}, {told}; {at}", flush=True)

    def end(self) -> None:
        """Print the row of the phase that ends."""
        now, (used, largest) = time.perf_counter(), _used()
        if self.name:
            print(
                f"| {self.name} | last {self.tasks} | {now - self.begun:.1f} s wall | {used - self.used:.1f} s cpu "
                f"| load {os.getloadavg()[0]:.1f} | largest process {largest / 1e9:.2f} GB |",
                flush=True,
            )
        self.begun, self.used = now, used


def _used() -> tuple[float, float]:
    """Processor seconds of this process and of those that work for it, and the memory of the largest."""
    import psutil

    mine = psutil.Process()
    seconds, sizes = 0.0, [mine.memory_info().rss]
    for each in (mine, *mine.children(recursive=True)):
        times = each.cpu_times()
        seconds += times.user + times.system
        sizes.append(each.memory_info().rss)
    return seconds, max(sizes)


def main() -> None:
    """Read the command line, plan, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder of the rosters, which must not exist")
    parser.add_argument("--stations", type=int, default=3000)
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    begun, phases = time.perf_counter(), Phases()
    workspace = open_partitions(asked.folder)
    parameters = PlanParameters(stations=asked.stations, gap=asked.gap, time_limit_s=math.inf)
    policy = load_policy(workspace.network.region)
    with executor_for(asked.workers) as executor:
        plan = plan_partitions(workspace, policy, parameters, asked.out, executor=executor, progress=phases)
        phases.end()
    print(f"wall {time.perf_counter() - begun:.0f} s, gap {plan.gap:.4%}, {len(plan.components)} components")
    print("\n".join(national_summary(workspace, plan, "en")))
    rosters = hashlib.sha256()
    for path in sorted(asked.out.rglob("*.parquet")):
        rosters.update(path.read_bytes())
    proposals = hashlib.sha256(plan.proposals.to_csv().encode())
    print(f"rosters {rosters.hexdigest()[:16]}, proposals {proposals.hexdigest()[:16]}")


if __name__ == "__main__":
    main()
