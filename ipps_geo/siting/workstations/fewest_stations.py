"""Fewest new stations that serve a target: a sequence of yes-or-no questions, each one maximal program with a goal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.lagrangian import starting_dual
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import Infeasible

Ints = NDArray[np.int32]


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
    first = pipeline.first_set(program, starting_dual(program)) if program.n_sites else np.zeros(0, np.int32)
    found: int | None = None
    trial = int(np.clip(np.count_nonzero(program.counted[first]), least, most))
    trial = min(trial, _estimate(program, target, least, most))
    if start is not None and len(start):
        trial = int(np.count_nonzero(program.counted[start]))
    while found is None or least < found:
        part = replace(program, n_max=trial)
        probe = Incumbent(part, watch, goal=target)
        known = start if start is not None and part.allows(start) else None
        with watch.muted():  # what this question tells is counted in enterprises, the plan in stations
            search = pipeline.solve(part, probe, watch, 0.0, seed, known)
        if probe.reached and probe.rosters is not None:
            incumbent.objective, incumbent.sites, incumbent.rosters = probe.objective, probe.sites, probe.rosters
            opened = probe.sites[probe.rosters.open]
            found = int(np.count_nonzero(program.counted[opened]))
            trial = found - 1
        elif search.bound < probe.cutoff:
            least = trial + 1
            if found is None and least > most:
                unit = watch.weight_unit
                most_served = f"{max(search.bound, 0) * unit:g}"
                raise Infeasible("target", most=most_served, target=f"{target * unit:g}")
            trial = least if found is None else found - 1
        else:
            break
        watch.tell(np.nan if found is None else float(found), float(least), "fewest", incumbent.open_sites)
        if watch.over():
            break
    if found is None:
        return np.nan, float(least)
    return float(found), float(min(least, found))


def _estimate(program: StationProgram, target: float, least: int, most: int) -> int:
    """Where to ask first: as many as if the largest rosters did not overlap, and half as many more."""
    if program.n_sites == 0:
        return least
    values = np.sort(np.minimum(program.largest_rosters, program.high))[::-1]
    alone = int(np.searchsorted(np.cumsum(values), target)) + 1
    return int(np.clip(alone + alone // 2, least, most))
