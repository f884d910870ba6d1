"""The linear program of the tree that covers: columns y and theta, the rows that must hold, and its pool of cuts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.cuts import CutPool, clusters_around
from ipps_geo.siting.location.covering.kernels import cluster_cuts
from ipps_geo.siting.search.groups import DemandGroups
from ipps_geo.siting.search.highs import objective_after, quiet_solver, reached_optimum
from ipps_geo.siting.search.strong_branching import CLOSED, OPEN, States
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

_INFINITE = 1e30
_TRIAL_STEPS = 40


class CutProgram:
    """The program of the tree beside (:class:`CoverTree`) with the cuts found so far; solved with sites fixed."""

    def __init__(
        self,
        groups: DemandGroups,
        weight: Longs,
        n_open: int,
        watch: Watch,
        centres: Ints,
        offset: int,
        required: CoverProgram | None,
    ) -> None:
        self.groups = groups
        self.weight = weight
        self.n_open = n_open
        self.offset = offset
        self.watch = watch
        cluster = clusters_around(groups, centres)
        self.n_clusters = len(centres) + 1
        self._cluster_groups = np.argsort(cluster, kind="stable").astype(np.int32)
        self._cluster_start = np.searchsorted(cluster[self._cluster_groups], np.arange(self.n_clusters + 1))
        self.required = required
        total_weight = max(1.0, float(weight.sum()))
        self._scale = 1e6 / total_weight if total_weight > 1e7 else 1.0  # keeps the program's numbers small
        self._covered = np.ones(groups.n_groups, bool)
        self._pool = CutPool()
        self._make_program()
        self._add_cuts(None)

    def _make_program(self) -> None:
        """Columns y then theta, and the row of the budget; cuts follow."""
        import highspy

        self._highs = quiet_solver()
        for name, value in (("presolve", "off"), ("solver", "simplex")):
            self._highs.setOptionValue(name, value)
        self._shut_slack = False
        n_sites, n_clusters = self.groups.n_sites, self.n_clusters
        n_columns = n_sites + n_clusters
        self._highs.addVars(
            n_columns,
            np.r_[np.zeros(n_sites), np.full(n_clusters, -_INFINITE)],
            np.r_[np.ones(n_sites), np.full(n_clusters, _INFINITE)],
        )
        columns = np.arange(n_columns, dtype=np.int32)
        self._highs.changeColsCost(n_columns, columns, np.r_[np.zeros(n_sites), np.ones(n_clusters)])
        self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._highs.addRow(-_INFINITE, float(self.n_open), n_sites, columns[:n_sites], np.ones(n_sites))
        self._columns = columns[:n_sites]
        self._first_cut = 1
        if self.required is not None:
            self._add_required_rows(self.required)

    def _add_required_rows(self, required: CoverProgram) -> None:
        """Rows sum y + s >= 1 with one slack s for all, which is shut unless a node is infeasible without it.

        It is dearer than any plan, so that an infeasible node is cut off by its bound like any other.
        """
        slack = self.groups.n_sites + self.n_clusters
        n_rows = required.n_rows
        self._dearest = 2.0 * (float(self.weight.sum()) + 1.0) * max(1, n_rows)
        self._highs.addCol(-self._scale * self._dearest, 0.0, 0.0, 0, [], [])
        ends = required.start[1:]
        self._highs.addRows(
            n_rows,
            np.ones(n_rows),
            np.full(n_rows, _INFINITE),
            len(required.sites) + n_rows,
            (required.start[:-1] + np.arange(n_rows)).astype(np.int32),
            np.insert(required.sites, ends, slack).astype(np.int32),
            np.ones(len(required.sites) + n_rows),
        )
        self._first_cut += n_rows

    def _add_cuts(self, point: tuple[Floats, Floats] | None) -> int:
        """Add the cuts of the current multipliers; with a point (y, theta) only those it violates. Returns how many."""
        n_sites = self.groups.n_sites
        constants, start, sites, coefficients = cluster_cuts(
            self.groups.row_start, self.groups.row_sites, self.weight, n_sites, self._covered, self.offset,
            self._cluster_start, self._cluster_groups,
        )  # fmt: skip
        chosen = np.arange(self.n_clusters, dtype=np.int32)
        lengths = np.diff(start)
        if point is not None:
            y, theta = point
            cut_of_entry = np.repeat(chosen, lengths)
            sides = np.bincount(cut_of_entry, coefficients * y[sites], minlength=self.n_clusters) + constants
            violated = (theta - sides) * self._scale > 1e-6
            if not violated.any():
                return 0
            entries = np.repeat(violated, lengths)
            chosen, constants, lengths = chosen[violated], constants[violated], lengths[violated]
            sites, coefficients = sites[entries], coefficients[entries]
        start = np.r_[0, np.cumsum(lengths)]
        self._pool.append(chosen, constants, start, sites, coefficients)
        theta_place = start[1:]
        self._highs.addRows(
            len(chosen),
            np.full(len(chosen), -_INFINITE, np.float64),
            constants * self._scale,
            len(sites) + len(chosen),
            (start[:-1] + np.arange(len(chosen))).astype(np.int32),
            np.insert(sites, theta_place, n_sites + chosen).astype(np.int32),
            np.insert(-coefficients * self._scale, theta_place, 1.0),
        )
        return len(chosen)

    def _drop_idle_cuts(self, patience: int) -> None:
        """Remove cuts that were slack in the last programs; the first one of each cluster stays."""
        drop = np.flatnonzero(self._pool.idle >= patience)
        drop = drop[drop >= self.n_clusters]
        if len(drop):
            self._highs.deleteRows(len(drop), (drop + self._first_cut).astype(np.int32))
            keep = np.ones(len(self._pool), bool)
            keep[drop] = False
            self._pool.keep(keep)

    def _set_bounds(self, state: States) -> None:
        if self._shut_slack:
            self._highs.changeColBounds(self.groups.n_sites + self.n_clusters, 0.0, 0.0)
            self._shut_slack = False
        self._highs.changeColsBounds(
            len(state), self._columns, (state == OPEN).astype(np.float64), (state != CLOSED).astype(np.float64)
        )

    def _open_slack(self) -> bool:
        """Let the required rows fail, at a price; whether there are any."""
        if self.required is None:
            return False
        self._highs.changeColBounds(self.groups.n_sites + self.n_clusters, 0.0, 1.0)
        self._shut_slack = True
        return True

    def _solve(self, state: States) -> tuple[Floats, Floats, Floats] | None:
        """y, theta and the duals of the cuts with the sites of a node fixed; ``None`` when stopped by the watch."""
        self._set_bounds(state)
        self.watch.step()
        if not reached_optimum(self._highs, self.watch, self._open_slack):
            return None
        solution = self._highs.getSolution()
        x = np.array(solution.col_value)
        row_duals = np.abs(np.array(solution.row_dual))
        duals = row_duals[self._first_cut :]
        self._required_duals = row_duals[1 : self._first_cut] / self._scale
        self._pool.idle = np.where(duals > 1e-9, 0, self._pool.idle + 1).astype(np.int32)
        n_sites = self.groups.n_sites
        return x[:n_sites], x[n_sites : n_sites + self.n_clusters] / self._scale, duals

    def _trial_bound(self, state: States) -> float:
        """Bound of a child after at most a few dual simplex steps; only guides the choice."""
        self._set_bounds(state)
        reached = objective_after(self._highs, _TRIAL_STEPS)
        self.watch.step()
        return reached / self._scale
