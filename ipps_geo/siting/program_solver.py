"""Solving a readable program: PuLP hands it to HiGHS on one thread; the answer is read from the model status alone.

PuLP's ``status`` says Optimal at a time limit, and values stay behind in an infeasible model; both are ignored here.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import pulp
from numpy.typing import NDArray

from ipps_geo.siting.programs import ReadableProgram
from ipps_geo.siting.search.plan import SitePlan, Status

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ProgramAnswer:
    """What HiGHS found: status, objective, bound, and the values of named variables where there are any.

    ``values`` maps the names of variables to numbers; empty unless ``status`` is optimal or feasible.
    """

    status: Status
    stop_reason: str
    objective: float
    bound: float
    values: dict[str, float]
    seconds: float


def solve_problem(problem: Any, *, time_limit_s: float = math.inf, gap: float = 0.0) -> ProgramAnswer:
    """Solve a PuLP problem with HiGHS, on one thread and to a relative ``gap``."""
    start = time.perf_counter()
    limit = None if math.isinf(time_limit_s) else max(0.01, time_limit_s)
    solver = pulp.HiGHS(msg=False, threads=1, timeLimit=limit, gapRel=gap, gapAbs=1e-7, random_seed=0)
    problem.solve(solver)
    model = problem.solverModel
    status, info = model.getModelStatus(), model.getInfo()
    known = highspy.HighsModelStatus
    answer: Status = "no_solution"
    reason = "time_limit" if status == known.kTimeLimit else "search_ended"
    if status in (known.kOptimal, known.kModelEmpty):
        answer, reason = "optimal", "proven"
    elif status in (known.kInfeasible, known.kUnboundedOrInfeasible):
        answer, reason = "infeasible", "infeasible"
    elif info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        answer = "feasible"
    seconds = time.perf_counter() - start
    if answer not in ("optimal", "feasible"):
        return ProgramAnswer(answer, reason, math.nan, math.nan, {}, seconds)
    objective = float(pulp.value(problem.objective) or 0.0)
    # PuLP turns a maximisation into the minimisation of its negative before HiGHS sees it.
    proven = problem.sense * float(info.mip_dual_bound) if problem.isMIP() else objective
    bound = objective if status == known.kModelEmpty else proven
    values = {variable.name: float(variable.varValue) for variable in problem.variables()}
    return ProgramAnswer(answer, reason, objective, bound, values, seconds)


def open_sites(program: ReadableProgram, answer: ProgramAnswer) -> Ints:
    """Positions of the sites that the answer opens, ascending."""
    return np.array([j for j, y in enumerate(program.opening) if answer.values.get(y.name, 0.0) > 0.5], dtype=np.int32)


def service(program: ReadableProgram, answer: ProgramAnswer) -> Longs:
    """Rows of (demand row, site, members), members above zero, shape (k, 3)."""
    taken = [
        (i, j, round(answer.values[x.name]))
        for (i, j), x in program.service.items()
        if answer.values.get(x.name, 0.0) > 0.5
    ]
    return np.array(taken, dtype=np.int64).reshape(-1, 3)


def as_plan(program: ReadableProgram, answer: ProgramAnswer) -> SitePlan:
    """The answer as a plan; rows stand for one enterprise each (programs without x leave the assignment empty)."""
    assignment = np.full(program.n_rows, -1, dtype=np.int32)
    if answer.status not in ("optimal", "feasible"):
        none = np.zeros(0, dtype=np.int32)
        return SitePlan(
            answer.status, answer.stop_reason, math.nan, math.nan, math.inf, none, assignment, answer.seconds
        )
    taken = service(program, answer)
    assignment[taken[:, 0]] = taken[:, 1]
    gap = abs(answer.bound - answer.objective) / max(1e-12, abs(answer.objective))
    return SitePlan(
        answer.status, answer.stop_reason, answer.objective, answer.bound, gap, open_sites(program, answer),
        assignment, answer.seconds,
    )  # fmt: skip
