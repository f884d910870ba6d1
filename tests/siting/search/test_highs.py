"""The one door to the linear solver: what it says about optimal, infeasible, unbounded and interrupted programs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ipps_geo.siting.search.highs import maximise

INF = np.inf


def test_a_linear_program_with_its_duals() -> None:
    # max 3x + 2y, x + y <= 4, x <= 3
    solved = maximise(
        np.array([3.0, 2.0]),
        sparse.csr_array([[1.0, 1.0]]),
        np.array([-INF]),
        np.array([4.0]),
        np.zeros(2),
        np.array([3.0, INF]),
    )
    assert solved.outcome == "optimal"
    assert solved.objective == solved.bound == pytest.approx(11)
    assert solved.row_duals.tolist() == pytest.approx([2.0])


def test_infeasible_and_unbounded_programs_have_no_values() -> None:
    none = sparse.csr_array([[1.0]])
    infeasible = maximise(np.ones(1), none, np.array([2.0]), np.array([3.0]), np.zeros(1), np.ones(1))
    assert infeasible.outcome == "infeasible"
    assert infeasible.bound == -INF
    unbounded = maximise(np.ones(1), none, np.array([-INF]), np.array([INF]), np.zeros(1), np.array([INF]))
    assert unbounded.outcome != "optimal"
    assert len(infeasible.values) == len(unbounded.values) == 0


def hard_program() -> tuple:
    """Market split: equality knapsacks that branch and bound cannot settle in a short time."""
    random = np.random.default_rng(0)
    matrix = random.integers(1, 100, size=(5, 40)).astype(float)
    slack = np.hstack([matrix, np.eye(5), -np.eye(5)])
    right = np.floor(matrix.sum(axis=1) / 2)
    upper = np.concatenate([np.ones(40), np.full(10, 1e4)])
    integer = np.arange(50) < 40
    objective = -np.concatenate([np.zeros(40), np.ones(10)])
    return objective, sparse.csr_array(slack), right, right, np.zeros(50), upper, integer


def test_an_integer_program_is_interrupted_when_asked() -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 50

    solved = maximise(*hard_program(), stop=stop)
    assert asked > 50
    assert solved.outcome in ("feasible", "unknown")
    assert solved.bound >= solved.objective


def test_a_time_limit_is_never_called_optimal() -> None:
    solved = maximise(*hard_program(), time_limit_s=0.2)
    assert solved.outcome in ("feasible", "unknown")
    assert solved.bound >= solved.objective
