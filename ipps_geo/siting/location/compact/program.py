"""A mixed-integer program grown block by block, and solved by HiGHS under a watch.

A start may be given; then there is always a plan, however short the time. What comes back are values and a proven
bound: whoever asks rounds the values to a plan and counts its worth again, so that a tolerance of the solver never
becomes a figure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import Outcome, quiet_solver, set_fine_tolerances
from ipps_geo.siting.search.watch import Watch

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Found:
    """Outcome, value per column (none without a solution) and a proven bound (infinite when nothing is proven)."""

    outcome: Outcome
    values: Floats
    bound: float


class MixedProgram:
    """Columns with worth and limits, rows of entries; ``maximise`` or minimise ``worth @ x``."""

    def __init__(self, *, maximise: bool) -> None:
        self.maximise = maximise
        self.n_columns = 0
        self.n_rows = 0
        self._columns: list[tuple[Floats, Floats, Floats, Bools]] = []
        self._entries: list[tuple[Longs, Longs, Floats]] = []
        self._limits: list[tuple[Floats, Floats]] = []

    def columns(
        self, worth: ArrayLike, lower: ArrayLike = 0.0, upper: ArrayLike = 1.0, *, whole: bool = False
    ) -> Longs:
        """Add one column per worth; returns their positions."""
        costs = np.atleast_1d(np.asarray(worth, np.float64))
        count = len(costs)
        least, most = (np.array(np.broadcast_to(np.asarray(end, np.float64), count)) for end in (lower, upper))
        self._columns.append((costs, least, most, np.full(count, whole)))
        self.n_columns += count
        return np.arange(self.n_columns - count, self.n_columns)

    def rows(
        self, place: ArrayLike, column: ArrayLike, value: ArrayLike, lower: ArrayLike, upper: ArrayLike, count: int
    ) -> None:
        """Add ``count`` rows: entry k puts ``value[k]`` at row ``place[k]`` (from 0) and ``column[k]``."""
        places, columns = np.asarray(place, np.int64), np.asarray(column, np.int64)
        values = np.array(np.broadcast_to(np.asarray(value, np.float64), places.shape))
        self._entries.append((places + self.n_rows, columns, values))
        least, most = (np.array(np.broadcast_to(np.asarray(end, np.float64), count)) for end in (lower, upper))
        self._limits.append((least, most))
        self.n_rows += count

    def row(self, column: ArrayLike, value: ArrayLike, lower: float, upper: float) -> None:
        """Add a single row."""
        columns = np.asarray(column, np.int64)
        self.rows(np.zeros(len(columns), np.int64), columns, value, lower, upper, 1)

    def solve(
        self,
        watch: Watch,
        *,
        start: Floats | None = None,
        gap: float = 0.0,
        absolute_gap: float = 1e-6,
        bound: float | None = None,
        relaxed: bool = False,
    ) -> Found:
        """Solve within what is left of the watch.

        ``start``: a value per column to begin from; ``gap``, ``absolute_gap``: what is good enough; ``bound``: what is
        known already, so that no milestone and no answer is weaker; ``relaxed``: as a linear program.
        """
        nothing = np.inf if self.maximise else -np.inf
        known = nothing if bound is None else float(bound)
        worth, lower, upper, whole = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        whole = whole & (not relaxed)
        largest = float(np.abs(worth).max(initial=0.0))
        scale = 2.0 ** np.ceil(-np.log2(largest)) if 0 < largest < 1 else 1.0
        program = self._program(worth * scale, lower, upper, whole)
        solver = quiet_solver()
        set_fine_tolerances(solver, worth * scale, np.concatenate([value for _, _, value in self._entries] or [worth]))
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("mip_abs_gap", absolute_gap * scale)
        if np.isfinite(watch.left_s):
            solver.setOptionValue("time_limit", max(0.01, watch.left_s))
        if watch.work_left is not None and whole.any():
            solver.setOptionValue("mip_max_nodes", max(1, watch.work_left))

        def interrupt(event: Any) -> None:
            if watch.late():
                event.interrupt()

        def improved(event: Any) -> None:
            best, proven = (
                float(end) / scale for end in (event.data_out.objective_function_value, event.data_out.mip_dual_bound)
            )
            watch.tell(best, min(proven, known) if self.maximise else max(proven, known), "program")

        solver.cbMipInterrupt += interrupt
        solver.cbSimplexInterrupt += interrupt
        solver.cbMipImprovingSolution += improved
        solver.passModel(program)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            solver.setSolution(solution)
        solver.run()
        if whole.any():
            watch.step(max(1, int(solver.getInfo().mip_node_count)))
        found = self._read(solver, bool(whole.any()), scale)
        best = min(found.bound, known) if self.maximise else max(found.bound, known)
        return found if found.outcome == "infeasible" else replace(found, bound=best)

    def _program(self, worth: Floats, lower: Floats, upper: Floats, whole: Bools) -> Any:
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self.n_columns, self.n_rows
        program.sense_ = highspy.ObjSense.kMaximize if self.maximise else highspy.ObjSense.kMinimize
        program.col_cost_, program.col_lower_, program.col_upper_ = worth, lower, upper
        if self.n_rows:
            place, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
            rows = sparse.coo_array((value, (place, column)), shape=(self.n_rows, self.n_columns)).tocsr()
            least, most = (np.concatenate(part) for part in zip(*self._limits, strict=True))
            factor = _row_factors(rows)
            rows.data *= np.repeat(factor, np.diff(rows.indptr))
            program.row_lower_, program.row_upper_ = least * factor, most * factor
            program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
            program.a_matrix_.start_ = rows.indptr.astype(np.int32)
            program.a_matrix_.index_ = rows.indices.astype(np.int32)
            program.a_matrix_.value_ = rows.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        if whole.any():
            program.integrality_ = [kinds[int(flag)] for flag in whole]
        return program

    def _read(self, solver: Any, mixed: bool, scale: float) -> Found:
        status, info = solver.getModelStatus(), solver.getInfo()
        known = highspy.HighsModelStatus
        nothing = np.inf if self.maximise else -np.inf
        if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
            return Found("infeasible", np.zeros(0), -nothing)
        bound = float(info.mip_dual_bound) / scale if mixed else nothing
        if status in (known.kOptimal, known.kModelEmpty):
            outcome: Outcome = "optimal"
            bound = bound if mixed else float(info.objective_function_value) / scale
        elif mixed and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            outcome = "feasible"
        else:
            return Found("unknown", np.zeros(0), bound)
        return Found(outcome, np.array(solver.getSolution().col_value), bound)


def _row_factors(rows: Any) -> Floats:
    """Powers of two that bring rows of small numbers to about one: HiGHS drops entries below 1e-9."""
    largest = np.zeros(rows.shape[0])
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled):
        largest[filled] = np.maximum.reduceat(np.abs(rows.data), rows.indptr[filled])
    small = (largest > 0) & (largest < 1)
    factor = np.ones(rows.shape[0])
    factor[small] = 2.0 ** np.ceil(-np.log2(largest[small]))
    return factor
