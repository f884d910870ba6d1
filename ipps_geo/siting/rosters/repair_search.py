"""The search for a repair: solve with the stations watched so far, watch what breaks, solve again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.rosters.repair_case import (
    EntityClass,
    RepairCase,
    as_filed,
    components,
    entity_classes,
    hand_out,
    nothing_moves,
    passing,
    stations_of,
)
from ipps_geo.siting.rosters.repair_program import RepairPart, RepairProgram

#: Relative gap of the first pass.
_ROUGH = 0.005

#: Seconds that every component gets, so that none stays without any answer; most need a tenth of it.
_LEAST_S = 1.0

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RepairSolution:
    """Where each entity ends (-1: nowhere), which stations pass, the moves, and the fewest proven.

    ``certain``: no more stations could pass. ``proven``: that, and no fewer moves would do.
    """

    ends: Ints
    passes: Bools
    moves: int
    bound: int
    certain: bool
    proven: bool


def solve_repair(case: RepairCase, time_limit_s: float, refine_until_s: float) -> RepairSolution:
    """Most stations that can pass, and the fewest moves for that.

    First to within a few moves in a thousand, which is quick; what that leaves unproven is then solved exactly in the
    time that is left until ``refine_until_s``. Either way: solve, watch what breaks, solve again.
    """
    start = time.perf_counter()
    deadline = start + time_limit_s
    savable = ~case.hopeless
    watched = _watched_by_fractions(case, savable & ~passing(case, as_filed(case)), deadline)
    known: dict[tuple[object, ...], RepairPart] = {}
    rough, watched = _rounds(case, watched, known, _ROUGH, deadline)
    deadline = start + min(time_limit_s, refine_until_s)
    if rough.proven or time.perf_counter() >= deadline:
        return rough
    known = {key: part for key, part in known.items() if part.proven}
    exact, _ = _rounds(case, watched, known, 0.0, deadline)
    better = max(rough, exact, key=lambda found: (int(found.passes.sum()), -found.moves))
    bound = min(max(rough.bound, exact.bound), better.moves) if better.certain else 0
    return replace(better, bound=bound, proven=better.certain and bound == better.moves)


def _rounds(
    case: RepairCase, watched: Bools, known: dict[tuple[object, ...], RepairPart], gap: float, deadline: float
) -> tuple[RepairSolution, Bools]:
    """Solve every component, watch the stations that their solutions break, solve again until none is broken.

    ``known`` holds the components solved already and is added to. Also returns the stations watched at the end.
    """
    savable = ~case.hopeless
    while True:
        classes = entity_classes(case, watched)
        ends = as_filed(case)
        moves, bound, certain, proven = 0, 0, True, True
        parts = components(classes, case.n_stations)
        sizes = [sum(len(c.holders) + len(c.targets) for c in part) for part in parts]
        for place, part in enumerate(parts):
            key = tuple((c.need, c.holders, c.targets) for c in part), tuple(stations_of(part, watched))
            if key not in known:
                # Each component gets its share of the time by its size; what it leaves goes to those after it.
                left = max(deadline - time.perf_counter(), 0.0) * sizes[place] / sum(sizes[place:])
                known[key] = _solved(case, part, watched, gap, max(left, _LEAST_S))
            solved = known[key]
            moves, bound = moves + solved.moves, bound + solved.bound
            certain, proven = certain and solved.certain, proven and solved.proven
            for group, taken in zip(part, solved.taken, strict=True):
                hand_out(case, group, taken, ends)
        passes = passing(case, ends) & savable
        broken = savable & ~watched & ~passes
        if not broken.any() or time.perf_counter() >= deadline:
            whole = not broken.any()
            return RepairSolution(ends, passes, moves, bound, certain and whole, proven and whole), watched
        watched = watched | broken


def _watched_by_fractions(case: RepairCase, watched: Bools, deadline: float) -> Bools:
    """Stations to watch from the start: those that even the linear programs break, which cost next to nothing."""
    num, den = case.need_share
    while time.perf_counter() < deadline:
        classes = entity_classes(case, watched)
        with_need, without = np.zeros(case.n_stations), np.zeros(case.n_stations)
        decided = np.zeros(len(case.need), dtype=bool)
        for part in components(classes, case.n_stations):
            program = RepairProgram(case, part, watched)
            flows = program.fractions()
            if flows is None:
                continue
            for c in part:
                decided[c.members] = True
            need = program.need[program.group]
            with_need += np.bincount(program.station[need], weights=flows[need], minlength=case.n_stations)
            without += np.bincount(program.station[~need], weights=flows[~need], minlength=case.n_stations)
        ends = as_filed(case)
        settled = (ends >= 0) & ~decided
        with_need += np.bincount(ends[settled & case.need], minlength=case.n_stations)
        without += np.bincount(ends[settled & ~case.need], minlength=case.n_stations)
        n = with_need + without
        broken = (n < case.min_roster - 1e-6) | (den * with_need < num * n - 1e-6)
        broken &= ~case.hopeless & ~watched
        if not broken.any():
            break
        watched = watched | broken
    return watched


def _solved(case: RepairCase, part: list[EntityClass], watched: Bools, gap: float, time_limit_s: float) -> RepairPart:
    """One component: everybody passes, or, where that cannot be, as many as possible."""
    deadline = time.perf_counter() + time_limit_s

    def left() -> float:
        return max(deadline - time.perf_counter(), 0.05)

    program = RepairProgram(case, part, watched)
    everybody = np.ones(len(program.stations), dtype=bool)
    if program.fractions() is not None:
        solved = program.whole(everybody, everybody, 0, gap, left())
        if solved is not None:
            return solved
    passing_now, certain = program.most_passing(left() / 2)
    if not passing_now.any() and not certain:  # nothing is known; when none can pass, the fewest releases still count
        return RepairPart(nothing_moves(part), 0, 0, certain=False, proven=False)
    lost = int((~passing_now).sum())
    chosen = program.whole(passing_now, passing_now, lost, gap, left() / 2)
    # Losing others, as many, might take fewer moves.
    free = None if gap else program.whole(np.zeros_like(everybody), everybody, lost, gap, left())
    if free is not None and (chosen is None or free.moves < chosen.moves):
        chosen = free
    if chosen is None:  # only when time ran out
        return RepairPart(nothing_moves(part), 0, 0, certain=False, proven=False)
    least = max(program.least_moves(lost), 0 if free is None else free.bound)
    bound = min(least, chosen.moves) if certain else 0
    return RepairPart(chosen.taken, chosen.moves, bound, certain, bound == chosen.moves)
