"""Reductions of a cover program: rows to cover, sites to cover them with, as few sites as possible.

Three classical rules (Toregas and ReVelle 1972), repeated until none applies:

* *row dominance*: a row whose sites include all sites of another row is covered whenever that one is; it is dropped;
* *essential site*: a row with a single site forces that site, and the rows that it covers are done;
* *column dominance*: a site whose open rows are all covered by another site is never needed.

What is left splits into components that share no row; each is solved on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.kernels import kernel
from ipps_geo.siting.search.groups import rows_by_site

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CoverProgram:
    """Rows to cover: row r is covered by ``sites[start[r]:start[r + 1]]``; sites are numbered 0..n_sites - 1.

    ``site_ids[j]`` is site j's position in the caller's numbering.
    """

    start: Longs
    sites: Ints
    site_ids: Ints

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.start) - 1

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.site_ids)

    @cached_property
    def by_site(self) -> tuple[Longs, Ints]:
        """The transpose: ``(site_start, site_rows)``, rows ascending within a site."""
        return rows_by_site(self.start, self.sites, self.n_sites)

    def part(self, rows: Bools, keep_sites: Bools) -> CoverProgram:
        """Some of the rows over some of the sites, which are numbered anew."""
        place = np.cumsum(keep_sites, dtype=np.int32) - 1
        lengths = np.diff(self.start)
        entries = np.repeat(rows, lengths) & keep_sites[self.sites]
        row_of_entry = np.repeat(np.arange(self.n_rows), lengths)[entries]
        counts = np.bincount(row_of_entry, minlength=self.n_rows)[rows]
        return CoverProgram(
            np.r_[0, np.cumsum(counts)].astype(np.int64),
            place[self.sites[entries]].astype(np.int32),
            self.site_ids[keep_sites],
        )

    def components(self) -> list[CoverProgram]:
        """Parts that share no site, in the order of their lowest site."""
        if not self.n_rows:
            return []
        row_of_entry = np.repeat(np.arange(self.n_rows), np.diff(self.start))
        graph = sparse.coo_array(
            (np.ones(len(self.sites), np.int8), (row_of_entry + self.n_sites, self.sites)),
            shape=(self.n_rows + self.n_sites, self.n_rows + self.n_sites),
        )
        number, label = sparse.csgraph.connected_components(graph, directed=False)
        if number == 1:
            return [self]
        site_label, row_label = label[: self.n_sites], label[self.n_sites :]
        return [self.part(row_label == c, site_label == c) for c in np.unique(row_label)]


def reduced(program: CoverProgram, forced: list[int]) -> CoverProgram:
    """Apply the rules until none does; essential sites are appended to ``forced`` in the caller's numbering.

    Every row must have a site.
    """
    columns_due = True
    while program.n_rows:
        keep_rows = minimal_rows(program.start, program.sites, program.n_sites)
        lengths = np.diff(program.start)
        essential = np.zeros(program.n_sites, bool)
        essential[program.sites[program.start[:-1][lengths == 1]]] = True
        covered = np.zeros(program.n_rows, bool)
        if essential.any():
            forced.extend(program.site_ids[essential].tolist())
            hit = essential[program.sites]
            covered[np.repeat(np.arange(program.n_rows), lengths)[hit]] = True
            columns_due = True
        keep = keep_rows & ~covered
        if not keep.all():
            columns_due = True
        used = np.zeros(program.n_sites, bool)
        used[program.sites[np.repeat(keep, lengths)]] = True
        program = program.part(keep, used & ~essential)
        if not program.n_rows or not columns_due:
            break
        keep_sites = maximal_columns(program.start, program.sites, *program.by_site)
        columns_due = False
        if keep_sites.all():
            break
        program = program.part(np.ones(program.n_rows, bool), keep_sites)
    return program


@kernel()
def minimal_rows(start: Longs, sites: Ints, n_sites: int) -> Bools:
    """Rows whose set of sites includes no other row's set; of equal rows the first stays.

    Rows are taken by size. A kept row hangs on the site that the fewest rows share, so that a larger row meets it only
    through that site; the test walks the small row and looks its sites up in a stamp of the large one.
    """
    n_rows = len(start) - 1
    share = np.zeros(n_sites, np.int64)
    for e in range(len(sites)):
        share[sites[e]] += 1
    order = np.argsort(start[1:] - start[:-1], kind="mergesort")
    head = np.full(n_sites, -1, np.int32)
    following = np.full(n_rows, -1, np.int32)
    stamp = np.full(n_sites, -1, np.int32)
    keep = np.zeros(n_rows, np.bool_)
    for r in order:
        for e in range(start[r], start[r + 1]):
            stamp[sites[e]] = r
        dominated = False
        rarest = -1
        for e in range(start[r], start[r + 1]):
            j = sites[e]
            if rarest < 0 or share[j] < share[rarest]:
                rarest = j
            q = head[j]
            while q >= 0 and not dominated:
                dominated = True
                for f in range(start[q], start[q + 1]):
                    if stamp[sites[f]] != r:
                        dominated = False
                        break
                q = following[q]
            if dominated:
                break
        if not dominated:
            keep[r] = True
            following[r] = head[rarest]
            head[rarest] = r
    return keep


@kernel()
def maximal_columns(start: Longs, sites: Ints, site_start: Longs, site_rows: Ints) -> Bools:
    """Sites whose rows are not all covered by another site; of equal sites the first stays."""
    n_sites = len(site_start) - 1
    keep = np.ones(n_sites, np.bool_)
    for j in range(n_sites):
        first = site_start[j]
        last = site_start[j + 1]
        if first == last:
            keep[j] = False
            continue
        shortest = site_rows[first]
        for e in range(first, last):
            r = site_rows[e]
            if start[r + 1] - start[r] < start[shortest + 1] - start[shortest]:
                shortest = r
        for e in range(start[shortest], start[shortest + 1]):
            i = sites[e]
            length = site_start[i + 1] - site_start[i]
            if i == j or not keep[i] or length < last - first or (length == last - first and i > j):
                continue
            place = site_start[i]
            end = site_start[i + 1]
            inside = True
            for f in range(first, last):
                r = site_rows[f]
                while place < end and site_rows[place] < r:
                    place += 1
                if place == end or site_rows[place] != r:
                    inside = False
                    break
            if inside:
                keep[j] = False
                break
    return keep
