"""The planning desk under random edits: how long a change is answered, and whether the answer is the solver's own.

``python -m benchmarks.desk`` prints a Markdown table: a row per number of enterprises. Each edit opens, closes or
swaps stations on a desk of ``--open`` of them and is answered as the page answers it: rosters, verdicts, coverage by
unit, cost, what is broken, and who changed hands; a set that does not hold is undone. The desk begins with the
solver's plan. Seconds are those of the clock, in brackets those of the processor: what a busy machine adds is not the
desk's. Every ``--check``-th set is then given to the solver with these sites
required and all others forbidden; its objective must be what the desk said, or it must find no plan where the desk
says that the set does not hold.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

import numpy as np

from benchmarks.app_load import quantile
from ipps_geo import siting
from ipps_geo.planning import PlanParameters
from ipps_geo.planning.desk import Desk, prepare_desk
from ipps_geo.planning.instance import siting_instance
from ipps_geo.planning.proposals import siting_request
from ipps_geo.policy import load_policy
from ipps_geo.workspace import Workspace, generate_demo, load_workspace
from ipps_geo.workspace.activity import day_of

EMBEDDED = 30_000


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--enterprises", type=int, nargs="+", default=[EMBEDDED, 300_000])
    asked.add_argument("--edits", type=int, default=300)
    asked.add_argument("--open", type=int, default=10)
    asked.add_argument("--check", type=int, default=10)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    print("| enterprises | in demand | prepared s | edits | p50 s | p95 s | max s | hold | exact | checked | equal |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for enterprises in given.enterprises:
        workspace = load_workspace() if enterprises == EMBEDDED else generate_demo(enterprises)
        print(row(workspace, given), flush=True)


def row(workspace: Workspace, given: argparse.Namespace) -> str:
    """Return one row of the table."""
    policy, parameters = load_policy("beijing-draft"), PlanParameters(stations=given.open)
    started = time.perf_counter()
    desk = prepare_desk(workspace, policy, parameters)
    prepared = time.perf_counter() - started
    solver = _solver(workspace, policy, parameters)
    random_ = random.Random(given.seed)
    sites = _plan(solver, desk)
    desk.look(sites)
    clock, processor, exact, holds, checked, equal = [], [], 0, 0, 0, 0
    for edit in range(given.edits):
        then = _edited(sites, desk, random_)
        started, worked = time.perf_counter(), time.process_time()
        view = desk.look(then)
        desk.moved(sites, then)
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - worked)
        exact, holds = exact + view.exact, holds + bool(view.holds)
        if edit % given.check == 0:
            checked += 1
            equal += _agree(solver, desk, view)
        if view.holds:
            sites = then
    cells = (
        len(workspace.enterprises), len(desk.instance.demand), f"{prepared:.1f}", given.edits,
        *(f"{told(clock):.3f} ({told(processor):.3f})" for told in (_half, _most, max)), holds, exact, checked, equal,
    )  # fmt: skip
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |"


def _half(seconds: list[float]) -> float:
    return float(quantile(seconds, 0.5))


def _most(seconds: list[float]) -> float:
    return float(quantile(seconds, 0.95))


def _plan(request: dict[str, Any], desk: Desk) -> tuple[str, ...]:
    """Return the sites that the solver opens."""
    asked = dict(request)
    found = siting.plan_workstations(asked.pop("reach"), asked.pop("needs"), **asked, time_limit_s=60)
    names = {place: name for name, place in desk.positions.items()}
    return tuple(sorted(names[int(place)] for place in found.open_sites))


def _edited(sites: tuple[str, ...], desk: Desk, random_: random.Random) -> tuple[str, ...]:
    """Open one, close one, or swap two, as planners do."""
    closed = sorted(set(desk.positions) - set(sites))
    kind = random_.choice(("open", "close", "swap", "swap"))
    kept = set(sites)
    if kind != "open" and len(kept) > 1:
        kept.remove(random_.choice(sites))
    if kind != "close":
        kept.add(random_.choice(closed))
    return tuple(sorted(kept))


def _solver(workspace: Workspace, policy: Any, parameters: PlanParameters) -> Any:
    day = day_of(workspace, None)
    instance = siting_instance(workspace, policy, parameters, day, parameters.travel, ())
    return siting_request(instance, policy, parameters, day)


def _agree(request: dict[str, Any], desk: Desk, view: Any) -> bool:
    """Whether the solver finds for these sites alone what the desk said."""
    chosen = np.array([desk.positions[name] for name in view.site_ids], np.int64)
    others = np.setdiff1d(np.arange(len(desk.positions)), chosen)
    asked = request | {"n_sites": len(chosen), "required_sites": chosen, "forbidden_sites": others, "gap": 0.0}
    reach, needs = asked.pop("reach"), asked.pop("needs")
    found = siting.plan_workstations(reach, needs, **asked)
    return bool(found.objective == view.served) if view.holds else found.status == "infeasible"


if __name__ == "__main__":
    main()
