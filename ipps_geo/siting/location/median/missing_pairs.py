"""p-median where some pairs are not allowed: whether a plan exists, and costs that stand for the missing pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.errors import Message
from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.minimum_cover import Cover, minimum_cover
from ipps_geo.siting.location.median.instance import Instance
from ipps_geo.siting.location.median.root import solve_reduced
from ipps_geo.siting.location.median.watch import MedianWatch

__all__ = ["solve_with_gaps"]


def solve_with_gaps(instance: Instance, seed: int, threads: int, watch: MedianWatch) -> Message | None:
    """Solve with a penalty for each missing pair; returns why no plan exists, or nothing.

    The penalty of a single row exceeds the objective of every plan that serves all rows, so that such a plan always
    wins. The watch ends without a plan when none was found.
    """
    part = instance.costs[np.ix_(instance.rows, instance.sites)]
    reaches = np.isfinite(part)
    if alone := int((~reaches.any(axis=1)).sum()):
        return Message("siting.infeasible.rows_without_site", {"rows": alone})
    largest = np.where(reaches, part, 0).max(axis=1).astype(np.float64) * instance.cost_scale
    worst = float(instance.weights @ largest)
    penalty = 2.0 * max(worst, 2.0**-40)
    # Rounded up to float32, so that the blocks hold it exactly.
    instance.far = np.nextafter(
        (largest.max() + penalty / instance.weights).astype(np.float32), np.float32(np.inf)
    ).astype(np.float64)
    too_few = Message("siting.infeasible.too_few_sites", {"n_sites": instance.n_sites})
    cover = _cover(reaches, instance.required, instance.n_sites, watch)
    if cover.bound > instance.n_sites:
        return too_few
    if len(cover.sites) <= instance.n_sites:
        spare = np.setdiff1d(np.arange(len(instance.sites)), cover.sites)[: instance.n_sites - len(cover.sites)]
        start = np.sort(np.concatenate([cover.sites, spare]))
        watch.offer(start, instance.value(start))
    del part, reaches
    solve_reduced(instance, seed, threads, watch)
    if watch.objective <= worst * (1 + 1e-9):
        return None
    missing = watch.proven or watch.bound > worst * (1 + 1e-9)
    watch.open_sites = None
    watch.bound = min(watch.bound, worst)
    return too_few if missing else None


def _cover(reaches: NDArray[np.bool_], required: NDArray[np.int64], n_sites: int, watch: MedianWatch) -> Cover:
    """Sites that reach every row, the required ones among them, or a bound that says that ``n_sites`` do not."""
    rows = reaches[~reaches[:, required].any(axis=1)]
    rows[:, required] = False
    pairs = sparse.csr_array(rows)
    every = np.arange(reaches.shape[1], dtype=np.int32)
    program = CoverProgram(pairs.indptr.astype(np.int64), pairs.indices.astype(np.int32), every)
    cover = minimum_cover(program, watch, at_most=n_sites - len(required))
    return Cover(np.union1d(cover.sites, required).astype(np.int32), cover.bound + len(required))
