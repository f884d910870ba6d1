"""p-median where some pairs are not allowed: whether a plan exists, and costs that stand for the missing pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.median.instance import Instance
from ipps_geo.siting.location.median.root import solve_reduced
from ipps_geo.siting.location.median.watch import MedianWatch

__all__ = ["solve_with_gaps"]


def solve_with_gaps(instance: Instance, seed: int, threads: int, watch: MedianWatch) -> str:
    """Solve with a penalty for each missing pair; returns why no plan exists, or nothing.

    The penalty of a single row exceeds the objective of every plan that serves all rows, so that such a plan always
    wins. The watch ends without a plan when none was found.
    """
    part = instance.costs[np.ix_(instance.rows, instance.sites)]
    reaches = np.isfinite(part)
    if not reaches.any(axis=1).all():
        return "unreachable_demand"
    largest = np.where(reaches, part, 0).max(axis=1).astype(np.float64) * instance.cost_scale
    worst = float(instance.weights @ largest)
    penalty = 2.0 * max(worst, 2.0**-40)
    # Rounded up to float32, so that the blocks hold it exactly.
    instance.far = np.nextafter(
        (largest.max() + penalty / instance.weights).astype(np.float32), np.float32(np.inf)
    ).astype(np.float64)
    cover = _greedy_cover(reaches, instance.required, instance.n_sites)
    if cover is None:
        exists, cover = _cover_program(reaches, instance.required, instance.n_sites, watch)
        if exists is False:
            return "n_sites"
    if cover is not None:
        watch.offer(cover, instance.value(cover))
    del part, reaches
    solve_reduced(instance, seed, threads, watch)
    if watch.objective <= worst * (1 + 1e-9):
        return ""
    missing = watch.proven or watch.bound > worst * (1 + 1e-9)
    watch.open_sites = None
    watch.bound = min(watch.bound, worst)
    return "n_sites" if missing else ""


def _greedy_cover(reaches: NDArray[np.bool_], required: NDArray[np.int64], n_sites: int) -> NDArray[np.int64] | None:
    """Sites that reach every row, found greedily, filled up to ``n_sites``; ``None`` when greed does not get there."""
    chosen = [int(site) for site in required]
    waiting = ~reaches[:, chosen].any(axis=1)
    while waiting.any():
        if len(chosen) >= n_sites:
            return None
        gain = reaches[waiting].sum(axis=0)
        chosen.append(int(gain.argmax()))
        waiting &= ~reaches[:, chosen[-1]]
    spare = np.setdiff1d(np.arange(reaches.shape[1]), chosen)
    return np.sort(np.concatenate([chosen, spare[: n_sites - len(chosen)]])).astype(np.int64)


def _cover_program(
    reaches: NDArray[np.bool_], required: NDArray[np.int64], n_sites: int, watch: MedianWatch
) -> tuple[bool | None, NDArray[np.int64] | None]:
    """The fewest sites that reach every row: whether ``n_sites`` suffice (``None`` unknown), and such a set."""
    import pulp

    patterns = np.unique(np.packbits(reaches, axis=1), axis=0)
    rows = np.unpackbits(patterns, axis=1, count=reaches.shape[1]).astype(np.bool_)
    program = pulp.LpProblem("cover", pulp.LpMinimize)
    is_open = [program.add_variable(f"open_{j}", cat=pulp.LpBinary) for j in range(reaches.shape[1])]
    program += pulp.lpSum(is_open)
    for row in rows:
        program += pulp.lpSum(is_open[j] for j in np.flatnonzero(row)) >= 1
    for j in required:
        program += is_open[j] == 1
    program.solve(pulp.HiGHS(msg=False, threads=1, timeLimit=max(0.01, watch.left_s)))
    info = program.solverModel.getInfo()
    if np.isfinite(info.mip_dual_bound) and info.mip_dual_bound > n_sites + 1e-6:
        return False, None
    values = np.array([variable.value() or 0.0 for variable in is_open])
    chosen = np.flatnonzero(values > 0.5)
    if len(chosen) <= n_sites and reaches[:, chosen].any(axis=1).all() and np.isin(required, chosen).all():
        spare = np.setdiff1d(np.arange(reaches.shape[1]), chosen)
        return True, np.sort(np.concatenate([chosen, spare[: n_sites - len(chosen)]]))
    return None, None
