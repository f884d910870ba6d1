"""The fewest sites that cover every row of a reduced program, component by component.

Greedy with removal of redundant sites gives a cover, the dual of the linear program a bound that is evaluated in whole
numbers, and a branch and bound in HiGHS what is left between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ipps_geo.siting.covering_clock import Clock
from ipps_geo.siting.dominance import CoverProgram, _by_site, reduced

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

_INFINITE = 1e30
_DUAL_UNIT = 2**30


@dataclass(frozen=True, eq=False)
class Cover:
    """Sites (the caller's numbering) that cover every row, and a bound on the number of any cover."""

    sites: Ints
    bound: int


def minimum_cover(program: CoverProgram, clock: Clock) -> Cover:
    """Reduce, split and solve; stops early by the clock with the best cover and bound so far."""
    forced: list[int] = []
    core = reduced(program, forced)
    sites = list(forced)
    bound = len(forced)
    parts = core.components()
    for part in sorted(parts, key=lambda p: p.n_rows):
        found = _solve_part(part, clock)
        sites.extend(found.sites.tolist())
        bound += found.bound
    return Cover(np.sort(np.array(sites, np.int32)), bound)


def _solve_part(part: CoverProgram, clock: Clock) -> Cover:
    site_start, site_rows = _by_site(part.start, part.sites, part.n_sites)
    chosen = greedy_minimum(part.start, part.sites, site_start, site_rows)
    bound = 1 if part.n_rows else 0
    if len(chosen) > bound and not clock.stopped():
        chosen, bound = _linear_then_integer(part, chosen, clock)
    return Cover(part.site_ids[chosen], bound)


def _linear_then_integer(part: CoverProgram, chosen: Ints, clock: Clock) -> tuple[Ints, int]:
    import highspy

    highs = _program(part)
    highs.setOptionValue("time_limit", max(0.01, clock.seconds_left))
    highs.run()
    clock.spend()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return chosen, 1
    solution = highs.getSolution()
    bound = dual_bound(part, np.array(solution.row_dual))
    y = np.array(solution.col_value)
    site_start, site_rows = _by_site(part.start, part.sites, part.n_sites)
    rounded = rounded_cover(part.start, part.sites, site_start, site_rows, y)
    if len(rounded) < len(chosen):
        chosen = rounded
    if bound >= len(chosen) or clock.stopped():
        return chosen, min(bound, len(chosen))
    mip = _program(part)
    mip.changeColsIntegrality(
        part.n_sites, np.arange(part.n_sites, dtype=np.int32),
        np.full(part.n_sites, highspy.HighsVarType.kInteger),
    )  # fmt: skip
    mip.setOptionValue("time_limit", max(0.01, clock.seconds_left))
    mip.setOptionValue("mip_abs_gap", 0.999)
    start = highspy.HighsSolution()
    start.col_value = np.isin(np.arange(part.n_sites), chosen).astype(float).tolist()
    mip.setSolution(start)
    mip.run()
    clock.spend()
    info = mip.getInfo()
    if np.isfinite(info.mip_dual_bound):
        bound = max(bound, int(np.ceil(info.mip_dual_bound - 1e-6)))
    x = np.array(mip.getSolution().col_value)
    if len(x) == part.n_sites:
        better = np.flatnonzero(x > 0.5).astype(np.int32)
        if len(better) < len(chosen) and covers(part, better):
            chosen = better
    return chosen, min(bound, len(chosen))


def covers(part: CoverProgram, chosen: Ints) -> bool:
    """Whether every row has a chosen site."""
    hit = np.isin(part.sites, chosen)
    return bool(np.bincount(np.repeat(np.arange(part.n_rows), np.diff(part.start))[hit], minlength=part.n_rows).all())


def dual_bound(part: CoverProgram, duals: Floats) -> int:
    """Bound on any cover from row duals, in whole numbers.

    For pi >= 0, ``sum y >= sum_r pi_r + sum_j min(0, 1 - sum_{r of j} pi_r)`` holds for every cover y; the duals are
    rounded down to multiples of a power of two, so no tolerance of a solver enters.
    """
    units = np.floor(np.clip(duals, 0.0, 1.0) * _DUAL_UNIT).astype(np.int64)
    per_entry = np.repeat(units, np.diff(part.start))
    used = np.zeros(part.n_sites, np.int64)
    np.add.at(used, part.sites, per_entry)
    total = int(units.sum()) + int(np.minimum(0, _DUAL_UNIT - used).sum())
    # a dual that is too small by the solver's tolerance must not cost a whole site: nothing is rounded up here
    return -(-total // _DUAL_UNIT)


def _program(part: CoverProgram) -> Any:
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = part.n_sites, part.n_rows
    lp.col_cost_ = np.ones(part.n_sites)
    lp.col_lower_ = np.zeros(part.n_sites)
    lp.col_upper_ = np.ones(part.n_sites)
    lp.row_lower_ = np.ones(part.n_rows)
    lp.row_upper_ = np.full(part.n_rows, _INFINITE)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = part.start.astype(np.int32)
    lp.a_matrix_.index_ = part.sites
    lp.a_matrix_.value_ = np.ones(len(part.sites))
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs


@njit(cache=True, nogil=True)
def _without_redundant(start: Longs, sites: Ints, site_start: Longs, site_rows: Ints, chosen: Ints) -> Ints:
    """Drop sites, last opened first, whose rows are all covered by others."""
    count = np.zeros(len(start) - 1, np.int32)
    for j in chosen:
        for e in range(site_start[j], site_start[j + 1]):
            count[site_rows[e]] += 1
    keep = np.ones(len(chosen), np.bool_)
    for k in range(len(chosen) - 1, -1, -1):
        j = chosen[k]
        needed = False
        for e in range(site_start[j], site_start[j + 1]):
            if count[site_rows[e]] == 1:
                needed = True
                break
        if not needed:
            keep[k] = False
            for e in range(site_start[j], site_start[j + 1]):
                count[site_rows[e]] -= 1
    return np.sort(chosen[keep])


@njit(cache=True, nogil=True)
def greedy_minimum(start: Longs, sites: Ints, site_start: Longs, site_rows: Ints) -> Ints:
    """Greedy cover: rows count 1 / (number of their sites - 1 + small), so that rare ones pull; redundant sites go."""
    n_rows = len(start) - 1
    n_sites = len(site_start) - 1
    pull = np.empty(n_rows)
    for r in range(n_rows):
        pull[r] = 1.0 / max(0.5, start[r + 1] - start[r] - 1.0)
    gain = np.zeros(n_sites)
    for j in range(n_sites):
        for e in range(site_start[j], site_start[j + 1]):
            gain[j] += pull[site_rows[e]]
    covered = np.zeros(n_rows, np.bool_)
    chosen = np.empty(n_sites, np.int32)
    n_chosen = 0
    left = n_rows
    while left:
        j = np.argmax(gain)
        chosen[n_chosen] = j
        n_chosen += 1
        for e in range(site_start[j], site_start[j + 1]):
            r = site_rows[e]
            if not covered[r]:
                covered[r] = True
                left -= 1
                for f in range(start[r], start[r + 1]):
                    gain[sites[f]] -= pull[r]
        gain[j] = -1e18
    return _without_redundant(start, sites, site_start, site_rows, chosen[:n_chosen].copy())


@njit(cache=True, nogil=True)
def rounded_cover(start: Longs, sites: Ints, site_start: Longs, site_rows: Ints, y: Floats) -> Ints:
    """Cover near a fractional plan: sites by y while they cover something new, then drop the redundant ones."""
    covered = np.zeros(len(start) - 1, np.bool_)
    left = len(covered)
    chosen = np.empty(len(y), np.int32)
    n_chosen = 0
    gain = y.copy()
    for j in np.argsort(-gain, kind="mergesort"):
        if left == 0:
            break
        new = 0
        for e in range(site_start[j], site_start[j + 1]):
            if not covered[site_rows[e]]:
                covered[site_rows[e]] = True
                new += 1
        if new:
            left -= new
            chosen[n_chosen] = j
            n_chosen += 1
    return _without_redundant(start, sites, site_start, site_rows, chosen[:n_chosen].copy())
