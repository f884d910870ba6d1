"""Fewest new stations that serve a target: a sequence of yes-or-no questions, each one maximal program with a goal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.fewest_scout import Scout
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import Infeasible

Ints = NDArray[np.int32]

#: Stations between plan and bound from which on better plans are sought first.
_NEAR = 2


def solve(
    program: StationProgram, incumbent: Incumbent, watch: Watch, target: float, seed: int, start: Ints | None = None
) -> tuple[float, float]:
    """Number of new stations of the best plan, kept in ``incumbent``, and a proven lower bound on it.

    The most that p stations serve never falls with p, so a refuted p settles every smaller one.

    Raises
    ------
    Infeasible
        All the stations that are allowed cannot serve the target.
    """
    least = int(np.count_nonzero(program.required & program.counted))
    most = program.n_max
    found: int | None = None
    trial = most
    if program.n_sites:
        scout = Scout(program, incumbent, watch, target, seed)
        if (ceiling := scout.ceiling()) < scout.probe.cutoff:
            raise _out_of_reach(ceiling, target, watch)
        if (start is not None and len(start) and scout.settle(start)) or scout.first_plan(least, most):
            found = scout.found()
            watch.tell(float(found), float(least), "fewest", incumbent.open_sites)
        if scout.in_rows:
            least, found = scout.by_rows(least, found, most)
        else:
            least = scout.least(least, most + 1 if found is None else found)
        if found is not None:
            found = scout.fewer(least, found)
            watch.tell(float(found), float(least), "fewest", incumbent.open_sites)
        trial = most if found is None else _next(least, found)
    while found is None or (least < found and not watch.over()):
        part = replace(program, n_max=trial)
        probe = Incumbent(part, watch, goal=target)
        known = start if start is not None and part.allows(start) else None
        with watch.muted():  # what this question tells is counted in enterprises, the plan in stations
            search = pipeline.solve(part, probe, watch, 0.0, seed, known)
        if probe.reached and probe.rosters is not None:
            incumbent.objective, incumbent.sites, incumbent.rosters = probe.objective, probe.sites, probe.rosters
            opened = probe.sites[probe.rosters.open]
            found = int(np.count_nonzero(program.counted[opened]))
            trial = _next(least, found)
        elif search.bound < probe.cutoff:
            least = trial + 1
            if found is None and least > most:
                raise _out_of_reach(search.bound, target, watch)
            trial = least if found is None else _next(least, found)
        else:
            break
        watch.tell(np.nan if found is None else float(found), float(least), "fewest", incumbent.open_sites)
        if watch.over():
            break
    if found is None:
        return np.nan, float(least)
    return float(found), float(min(least, found))


def _next(least: int, found: int) -> int:
    """What to ask next: far apart the bound is lifted from below, near each other the plan is improved."""
    return least if found - least > _NEAR else found - 1


def _out_of_reach(most: float, target: float, watch: Watch) -> Infeasible:
    unit = watch.weight_unit
    return Infeasible("target", most=f"{max(most, 0) * unit:g}", target=f"{target * unit:g}")
