"""One small linear or mixed-integer program, straight into HiGHS, single-threaded; and what warm programs repeat.

The statuses are read from the model status, never from the presence of values: HiGHS leaves values behind in an
infeasible model, and its own time limit is only approximate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.watch import Watch

Floats = NDArray[np.float64]

#: Where the largest number is this many times the smallest, tolerances are set finer: the small ones count too.
_WIDE = 1e4
_FINE = 1e-9

Outcome = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, eq=False)
class Solved:
    """Outcome of one program: values and objective where there are any, bound on the objective, row duals of an LP."""

    outcome: Outcome
    values: Floats
    objective: float
    bound: float
    row_duals: Floats


def quiet_solver() -> Any:
    """A HiGHS instance on one thread without output."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver takes values by position
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    return solver


def objective_after(solver: Any, steps: int) -> float:
    """Objective after at most so many simplex steps more; the solver's limit is lifted again."""
    solver.setOptionValue("simplex_iteration_limit", steps)
    solver.run()
    solver.setOptionValue("simplex_iteration_limit", 2**31 - 1)
    return float(solver.getInfo().objective_function_value)


def reached_optimum(solver: Any, watch: Watch, loosen: Callable[[], bool] = lambda: False) -> bool:
    """Run a linear program within what is left of the watch; False without an optimum, with the watch's reason set.

    A basis that went numerically bad is thrown away once. ``loosen`` is asked when the program is infeasible: whether
    it widened a bound, so that it is worth another run.
    """
    for _ in range(2):
        solver.setOptionValue("time_limit", solver.getRunTime() + max(0.01, watch.left_s))
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible and loosen():
            solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            return True
        if watch.over():
            return False
        solver.clearSolver()
    watch.reason = "solver"
    return False


def set_fine_tolerances(solver: Any, *numbers: Floats) -> None:
    """Tighten the tolerances where the largest number of a kind dwarfs the smallest that is not zero: both count."""
    for given in numbers:
        sizes = np.abs(given)
        if sizes.max(initial=0.0) > _WIDE * sizes.min(initial=np.inf, where=sizes > 0):
            for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance", "mip_feasibility_tolerance"):
                solver.setOptionValue(name, _FINE)


def maximise(
    objective: Floats,
    matrix: Any,
    row_lower: Floats,
    row_upper: Floats,
    lower: Floats,
    upper: Floats,
    integer: NDArray[np.bool_] | None = None,
    *,
    time_limit_s: float = np.inf,
    absolute_gap: float = 1e-6,
    relative_gap: float = 0.0,
    seed: int = 0,
    presolve: bool = True,
    stop: Callable[[], bool] | None = None,
    start: Floats | None = None,
    max_nodes: int | None = None,
    enough: float = np.inf,
) -> Solved:
    """Maximise ``objective @ x`` with ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``.

    ``stop`` is asked again and again while the program is solved, and ends it when true: HiGHS overruns its own time
    limit on larger programs. ``start`` is a solution known to hold, every column named; ``max_nodes`` ends the tree at
    the same node on every machine, and ``enough`` ends it at the first solution that is as good.
    """
    rows = sparse.csr_array(matrix)
    program = highspy.HighsLp()
    program.num_col_ = len(objective)
    program.num_row_ = rows.shape[0]
    program.sense_ = highspy.ObjSense.kMaximize
    program.col_cost_ = np.asarray(objective, dtype=np.float64)
    program.col_lower_ = lower
    program.col_upper_ = upper
    program.row_lower_ = row_lower
    program.row_upper_ = row_upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = rows.indptr.astype(np.int32)
    program.a_matrix_.index_ = rows.indices.astype(np.int32)
    program.a_matrix_.value_ = rows.data.astype(np.float64)
    if integer is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        program.integrality_ = [kinds[int(flag)] for flag in integer]
    solver = quiet_solver()
    solver.setOptionValue("random_seed", seed)
    set_fine_tolerances(solver, np.asarray(objective, dtype=np.float64))
    if not presolve:
        solver.setOptionValue("presolve", "off")
    if np.isfinite(time_limit_s):
        solver.setOptionValue("time_limit", max(0.01, float(time_limit_s)))
    if integer is not None:
        solver.setOptionValue("mip_rel_gap", relative_gap)
        solver.setOptionValue("mip_abs_gap", absolute_gap)
        if np.isfinite(enough):
            solver.setOptionValue("objective_target", float(enough))
        if max_nodes is not None:
            solver.setOptionValue("mip_max_nodes", max_nodes)
    if stop is not None:

        def interrupt(event: Any) -> None:
            if stop():
                event.interrupt()

        solver.cbMipInterrupt += interrupt
        solver.cbSimplexInterrupt += interrupt
    solver.passModel(program)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start
        solver.setSolution(known)
    solver.run()
    return _read(solver, integer is not None)


def _read(solver: Any, mixed: bool) -> Solved:
    status = solver.getModelStatus()
    info = solver.getInfo()
    outcome: Outcome = "unknown"
    if status == highspy.HighsModelStatus.kOptimal:
        outcome = "optimal"
    elif status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        outcome = "infeasible"
    elif mixed and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        outcome = "feasible"
    if outcome not in ("optimal", "feasible"):
        bound = -np.inf if outcome == "infeasible" else np.inf
        return Solved(outcome, np.zeros(0), -np.inf, bound, np.zeros(0))
    solution = solver.getSolution()
    objective = float(info.objective_function_value)
    return Solved(
        outcome,
        np.array(solution.col_value),
        objective,
        float(info.mip_dual_bound) if mixed else objective,
        np.zeros(0) if mixed else np.array(solution.row_dual),
    )
