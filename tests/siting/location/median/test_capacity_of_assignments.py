"""An assignment is worth what it costs, and nothing that breaks a capacity is worth anything."""

import numpy as np

from ipps_geo.siting.location.median.capacity import _Capacitated


def test_an_assignment_within_the_capacities_has_its_cost_and_one_beyond_none():
    costs, weights = np.array([[1.0, 2.0, 4.0], [9.0, 1.0, 1.0]]), np.array([2.0, 3.0, 1.0])
    case = _Capacitated(costs, weights, np.array([5.0, 4.0]), np.zeros(2, bool), 2)
    assert case.value(np.array([0, 0, 1])) == 2 * 1 + 3 * 2 + 1 * 1  # the first is full to the last
    assert case.value(np.array([0, 1, 1])) == 2 * 1 + 3 * 1 + 1 * 1
    assert case.value(np.array([0, 0, 0])) == np.inf
    assert case.value(np.array([1, 1, 1])) == np.inf
