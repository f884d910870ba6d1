"""The p-median as a linear program on prefixes, for cores where the subgradient stalls below the optimum.

Sort the sites of each demand row by cost into levels D^0 < D^1 < ...; a prefix is the chain of levels up to one of
them, shared by all rows that begin with the same chain. With z_s = 1 when no site of prefix s is open,

    min  sum w D^0 + sum_s c_s z_s,      z_s + sum of y over the sites new in s >= z_parent(s)   (1 for a first level)
    sum y = p,   c_s = sum over the rows that begin with s of w (next level - level)

(Elloumi 2010). A row needs no level above the cost at which serving it there lifts the bound to the cutoff: dropping
the rest is a relaxation. The duals give multipliers of the Lagrangian bound, which is evaluated again in float64, so
that no proof rests on the tolerances of the solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.median.blocks import CostBlocks
from ipps_geo.siting.location.median.bound import OPEN, SHUT

__all__ = ["PrefixLp", "PrefixProgram"]

_ITERATIONS = 3_000


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit words (the finaliser of splitmix64), so that sums of them tell chains apart."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


@dataclass(eq=False)
class PrefixProgram:
    """Columns are the sites of a core, then the prefixes; rows are the prefixes, then the number of sites.

    Attributes
    ----------
    cost, parent
        (k,) c_s and the prefix that is one level shorter, -1 for a first level.
    new_start, new_sites
        CSR lists of the sites that a prefix adds to its parent.
    level_row, level_rank, level_prefix, level_step
        Every level in use, row by row from the nearest: demand row, number within the row, prefix, w (next - level).
    row_first
        (n,) D^0.
    """

    n_sites: int
    cost: NDArray[np.float64]
    parent: NDArray[np.int64]
    new_start: NDArray[np.int64]
    new_sites: NDArray[np.int64]
    level_row: NDArray[np.int64]
    level_rank: NDArray[np.int64]
    level_prefix: NDArray[np.int64]
    level_step: NDArray[np.float64]
    row_first: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Non-zeros of the matrix."""
        return len(self.new_sites) + 2 * len(self.parent) + self.n_sites

    @classmethod
    def build(
        cls, blocks: CostBlocks, state: NDArray[np.int8], ceiling: NDArray[np.float64], most_levels: int
    ) -> PrefixProgram | None:
        """The program of a core; ``ceiling`` is the highest useful cost per row. ``None`` when it gets too large."""
        n = blocks.n_rows
        sites = np.flatnonzero(state != SHUT)
        costs = blocks.proof_costs[sites, :n].astype(np.float64)
        order = np.argsort(costs, axis=0, kind="stable")
        ranked = np.take_along_axis(costs, order, axis=0)
        following = np.vstack([ranked[1:], np.full((1, n), np.inf)])
        ends = following > ranked
        # A row's last level holds a site that is open for certain, or the next one lies above its ceiling.
        has_open = np.cumsum((state[sites] == OPEN)[order], axis=0) > 0
        last = ends & (has_open | (following > ceiling))
        used = ends & (np.cumsum(last, axis=0) - last == 0)
        if int(used.sum()) > most_levels:
            return None
        words = np.random.default_rng(1).integers(0, 2**63, (2, len(state)), dtype=np.uint64)[:, sites]
        rank, row = (index.T.reshape(-1) for index in np.nonzero(used.T)[::-1])
        keys = []
        for word in words:
            of_set = np.where(used, _mixed(np.cumsum(word[order], axis=0, dtype=np.uint64)), np.uint64(0))
            keys.append(np.cumsum(of_set, axis=0, dtype=np.uint64)[rank, row])
        _, shown_by, prefix = np.unique(keys[0], return_index=True, return_inverse=True)
        if (keys[1][shown_by][prefix] != keys[1]).any():
            return None  # two chains with one hash
        starts = np.r_[True, row[1:] != row[:-1]]
        rank_before = np.where(starts, -1, np.r_[-1, rank[:-1]])
        step = np.where(has_open | ~np.isfinite(following), 0.0, following - ranked)[rank, row]
        step *= blocks.exact_weights[:n][row]
        counts = (rank - rank_before)[shown_by]
        new_start = np.concatenate([[0], np.cumsum(counts)])
        offset = np.arange(new_start[-1]) - np.repeat(new_start[:-1], counts)
        places = np.repeat(rank_before[shown_by] + 1, counts) + offset
        first_of_row = np.flatnonzero(starts)
        return cls(
            len(state),
            np.bincount(prefix, step, minlength=len(shown_by)).astype(np.float64),
            np.where(starts, -1, np.r_[-1, prefix[:-1]])[shown_by],
            new_start,
            sites[order[places, np.repeat(row[shown_by], counts)]],
            row,
            np.arange(len(row)) - np.repeat(first_of_row, np.diff(np.r_[first_of_row, len(row)])),
            prefix,
            step,
            ranked[0],
        )

    def matrix(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """The matrix by rows: start, columns, values."""
        k = len(self.parent)
        chained = np.flatnonzero(self.parent >= 0)
        every_site, every_prefix = np.arange(self.n_sites), self.n_sites + np.arange(k)
        rows = np.concatenate(
            [np.repeat(np.arange(k), np.diff(self.new_start)), np.arange(k), chained, np.full(self.n_sites, k)]
        )
        columns = np.concatenate([self.new_sites, every_prefix, self.n_sites + self.parent[chained], every_site])
        values = np.ones(len(rows))
        values[len(self.new_sites) + k : len(self.new_sites) + k + len(chained)] = -1.0
        order = np.argsort(rows, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=k + 1))])
        return start.astype(np.int32), columns[order].astype(np.int32), values[order]

    def multipliers(self, duals: NDArray[np.float64], width: int, weights: NDArray[np.float64]) -> NDArray[np.float32]:
        """Multipliers of the demand rows from the duals of the prefixes, shape (width,).

        The dual of a prefix is shared among its rows in proportion to what each pays there, from the last level to
        the first; what reaches a row's first level is w (lambda - D^0).
        """
        duals = np.maximum(duals, 0.0)
        pays = self.cost.copy()
        chained = self.parent >= 0
        np.add.at(pays, self.parent[chained], duals[chained])
        ratio = np.minimum(1.0, np.divide(duals, pays, out=np.zeros_like(duals), where=pays > 0))
        n = len(self.row_first)
        reached = np.zeros(n)
        order = np.argsort(-self.level_rank, kind="stable")
        edges = np.flatnonzero(np.diff(self.level_rank[order])) + 1
        for level in np.split(order, edges):
            row = self.level_row[level]
            reached[row] = ratio[self.level_prefix[level]] * (self.level_step[level] + reached[row])
        result = np.zeros(width, np.float32)
        result[:n] = self.row_first + reached / weights[:n]
        return result


class PrefixLp:
    """The program in HiGHS, solved again and again with the dual simplex as sites are shut and opened."""

    def __init__(self, program: PrefixProgram, blocks: CostBlocks, p: int) -> None:
        self._program = program
        self._blocks = blocks
        n, k = program.n_sites, len(program.parent)
        self._scale = 1e4 / max(1e-300, float(program.cost.max(initial=0.0)))
        start, columns, values = program.matrix()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n + k, k + 1
        lp.col_cost_ = np.concatenate([np.zeros(n), program.cost * self._scale])
        lp.col_lower_ = np.zeros(n + k)
        lp.col_upper_ = np.ones(n + k)
        lp.row_lower_ = np.concatenate([np.where(program.parent >= 0, 0.0, 1.0), [float(p)]])
        lp.row_upper_ = np.concatenate([np.full(k, highspy.kHighsInf), [float(p)]])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, columns, values
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1), ("simplex_iteration_limit", _ITERATIONS)):
            self._highs.setOptionValue(option, value)
        self._highs.passModel(lp)
        self._sites = np.arange(n, dtype=np.int32)

    def solve(self, state: NDArray[np.int8]) -> tuple[NDArray[np.float32], NDArray[np.float64]] | None:
        """Multipliers and openings of the program at a node; ``None`` when HiGHS does not get there."""
        n = len(self._sites)
        lower, upper = (state == OPEN).astype(np.float64), (state != SHUT).astype(np.float64)
        self._highs.changeColsBounds(n, self._sites, lower, upper)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._highs.getSolution()
        duals = np.asarray(solution.row_dual)[:-1] / self._scale
        width = self._blocks.costs.shape[1]
        multipliers = self._program.multipliers(duals, width, self._blocks.exact_weights)
        return multipliers, np.clip(np.asarray(solution.col_value)[:n], 0.0, 1.0)
