"""Compiled scans of a radius search over square cells: sites in cells of side R, each point looks at 3 x 3 cells.

No pair is ever stored unless asked for. A scan either lists pairs (:func:`pairs_within`) or sums random words over the
sites that reach a point (:func:`signatures_within`), which is all that grouping needs.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

if TYPE_CHECKING:
    from ipps_geo.reach.class_rule import ClassRule

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Points scanned at a stretch: a few hundredths of a second.
_BLOCK = 1 << 17
#: Cells beyond this number would cost more than they save; the cells then grow beyond R, which stays correct.
MAX_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class SiteCells:
    """Sites sorted into square cells of side ``cell_m`` >= R, column-major in x.

    ``start[c]:start[c + 1]`` are the positions in ``order`` (and rows of ``xy``) of the sites in cell c.
    """

    order: NDArray[np.int32]
    xy: NDArray[np.float64]
    start: NDArray[np.int64]
    origin: NDArray[np.float64]
    shape: NDArray[np.int64]
    cell_m: float


def cells_of(site_xy: NDArray[np.float64], radius_m: float) -> SiteCells:
    """Sort the sites into cells; shape of ``site_xy`` is (m, 2), m >= 1."""
    origin = site_xy.min(axis=0)
    extent = site_xy.max(axis=0) - origin
    # A hair wider than R: rounding in the division can then never put a site at exactly R two cells away.
    cell_m = radius_m * (1 + 1e-9)
    while (extent[0] / cell_m + 1) * (extent[1] / cell_m + 1) > MAX_CELLS:
        cell_m *= 2
    shape = np.floor(extent / cell_m).astype(np.int64) + 1
    column = np.floor((site_xy - origin) / cell_m).astype(np.int64)
    cell = column[:, 0] * shape[1] + column[:, 1]
    order = np.argsort(cell, kind="stable")
    start = np.searchsorted(cell[order], np.arange(shape[0] * shape[1] + 1)).astype(np.int64)
    return SiteCells(order.astype(np.int32), np.ascontiguousarray(site_xy[order]), start, origin, shape, cell_m)


def _rule_arrays(
    rule: ClassRule | None, order: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Class arrays for the kernels; without a rule the table is empty, which the kernels read as "all allowed"."""
    if rule is None:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, 0), np.bool_)
    return rule.demand_class, rule.site_class[order], rule.allowed


def signatures_within(
    demand_xy: NDArray[np.float64],
    site_xy: NDArray[np.float64],
    radius_m: float,
    rule: ClassRule | None,
    first_word: Words,
    second_word: Words,
    threads: int = 1,
    between: Callable[[], None] | None = None,
) -> tuple[Words, Words, NDArray[np.int32]]:
    """128-bit signature of the set of sites that reach each point, as two sums of words, and the set's size.

    Points are shared out among ``threads``; the result does not depend on their number. ``between`` is called after
    every block of points and may end the scan by raising.
    """
    n = len(demand_xy)
    first, second = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    count = np.zeros(n, np.int32)
    if n and len(site_xy):
        cells = cells_of(site_xy, radius_m)
        demand_class, site_class, allowed = _rule_arrays(rule, cells.order)
        words = first_word[cells.order], second_word[cells.order]

        def scan(first_row: int, end: int) -> None:
            for low in range(first_row, end, _BLOCK):
                high = min(low + _BLOCK, end)
                _sum_words(
                    demand_xy[low:high], cells.xy, cells.start, cells.origin, cells.shape, cells.cell_m, radius_m,
                    demand_class[low:high], site_class, allowed, *words,
                    first[low:high], second[low:high], count[low:high],
                )  # fmt: skip
                if between is not None:
                    between()

        edges = np.linspace(0, n, threads + 1).astype(int).tolist()
        if threads == 1:
            scan(0, n)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(scan, edges[:-1], edges[1:]))
    return first, second, count


def sites_within(
    demand_xy: NDArray[np.float64],
    site_xy: NDArray[np.float64],
    radius_m: float,
    rule: ClassRule | None,
    rows: NDArray[np.int64],
    count: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Sites (ascending) and costs for chosen demand rows whose counts are known: CSR start, sites, metres."""
    start = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(count[rows], out=start[1:])
    sites, metres = np.zeros(start[-1], np.int32), np.zeros(start[-1], np.float64)
    if len(sites):
        cells = cells_of(site_xy, radius_m)
        _list_sites(
            demand_xy, rows, cells.order, cells.xy, cells.start, cells.origin, cells.shape, cells.cell_m, radius_m,
            *_rule_arrays(rule, cells.order), start, sites, metres,
        )  # fmt: skip
    return start, sites, metres


def pairs_within(
    demand_xy: NDArray[np.float64], site_xy: NDArray[np.float64], radius_m: float, rule: ClassRule | None
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Every pair within the radius, as CSR start, sites (ascending in a row) and metres."""
    words = np.zeros(len(site_xy), np.uint64)
    count = signatures_within(demand_xy, site_xy, radius_m, rule, words, words)[2]
    return sites_within(demand_xy, site_xy, radius_m, rule, np.arange(len(demand_xy)), count)


@kernel(inline="always")
def _band(position: float, origin: float, cell_m: float, n_cells: int) -> tuple[int, int]:
    """First and last cell (inclusive) along one axis that may hold a site within reach of ``position``."""
    cell = int(np.floor((position - origin) / cell_m))
    return max(cell - 1, 0), min(cell + 1, n_cells - 1)


@kernel()
def _sum_words(
    demand_xy: Floats,
    site_xy: Floats,
    cell_start: Longs,
    origin: Floats,
    shape: Longs,
    cell_m: float,
    radius_m: float,
    demand_class: Ints,
    site_class: Ints,
    allowed: NDArray[np.bool_],
    first_word: Words,
    second_word: Words,
    first: Words,
    second: Words,
    count: Ints,
) -> None:
    """Add up the words of the sites within ``radius_m`` of each point; arrays are those of SiteCells order."""
    limit = radius_m * radius_m
    ruled = allowed.shape[0] > 0
    for i in range(demand_xy.shape[0]):
        x = demand_xy[i, 0]
        y = demand_xy[i, 1]
        low_x, high_x = _band(x, origin[0], cell_m, shape[0])
        low_y, high_y = _band(y, origin[1], cell_m, shape[1])
        if low_y > high_y:
            continue
        total_first = np.uint64(0)
        total_second = np.uint64(0)
        n_sites = 0
        for column in range(low_x, high_x + 1):
            for e in range(cell_start[column * shape[1] + low_y], cell_start[column * shape[1] + high_y + 1]):
                dx = x - site_xy[e, 0]
                dy = y - site_xy[e, 1]
                if dx * dx + dy * dy <= limit and (not ruled or allowed[demand_class[i], site_class[e]]):
                    total_first += first_word[e]
                    total_second += second_word[e]
                    n_sites += 1
        first[i] = total_first
        second[i] = total_second
        count[i] = n_sites


@kernel()
def _list_sites(
    demand_xy: Floats,
    rows: Longs,
    order: Ints,
    site_xy: Floats,
    cell_start: Longs,
    origin: Floats,
    shape: Longs,
    cell_m: float,
    radius_m: float,
    demand_class: Ints,
    site_class: Ints,
    allowed: NDArray[np.bool_],
    start: Longs,
    sites: Ints,
    metres: Floats,
) -> None:
    """List the sites within reach of the chosen rows, ascending, with their distances."""
    limit = radius_m * radius_m
    ruled = allowed.shape[0] > 0
    for r in range(len(rows)):
        i = rows[r]
        x = demand_xy[i, 0]
        y = demand_xy[i, 1]
        low_x, high_x = _band(x, origin[0], cell_m, shape[0])
        low_y, high_y = _band(y, origin[1], cell_m, shape[1])
        if low_y > high_y:
            continue
        end = start[r]
        for column in range(low_x, high_x + 1):
            for e in range(cell_start[column * shape[1] + low_y], cell_start[column * shape[1] + high_y + 1]):
                dx = x - site_xy[e, 0]
                dy = y - site_xy[e, 1]
                squared = dx * dx + dy * dy
                if squared <= limit and (not ruled or allowed[demand_class[i], site_class[e]]):
                    place = end
                    site = order[e]
                    while place > start[r] and sites[place - 1] > site:
                        sites[place] = sites[place - 1]
                        metres[place] = metres[place - 1]
                        place -= 1
                    sites[place] = site
                    metres[place] = np.sqrt(squared)
                    end += 1
