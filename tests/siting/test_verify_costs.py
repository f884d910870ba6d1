"""Costs of single pairs, from a matrix, from stored pairs and from coordinates, as the checker sees them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.verify_costs import DenseCosts, ReachCosts

ROWS, SITES = np.array([0, 0, 1]), np.array([0, 1, 0])
POINTS = Reach.from_points([[0, 0], [0, 7]], [[0, 3], [4, 3]], 5)


def test_a_matrix_has_no_pair_where_it_is_empty() -> None:
    costs = DenseCosts([[2.0, np.nan], [np.inf, 1.0]])
    assert costs.of(ROWS, SITES).tolist() == [2.0, np.inf, np.inf]
    assert costs.nearest([0]).tolist() == [2.0, np.inf]
    assert costs.nearest([]).tolist() == [np.inf, np.inf]
    stored = DenseCosts(sparse.coo_array(([2.0, 0.0], ([0, 1], [0, 1])), shape=(2, 2)))
    assert stored.of(ROWS, SITES).tolist() == [2.0, np.inf, np.inf]
    assert stored.nearest([1]).tolist() == [np.inf, 0.0]
    with pytest.raises(BadInput):
        DenseCosts([1.0, 2.0])


def test_distances_are_measured_again_and_the_limit_is_reached() -> None:
    costs = ReachCosts(POINTS)
    assert costs.of(ROWS, SITES).tolist() == [3.0, 5.0, 4.0]
    assert costs.nearest([1]).tolist() == [5.0, np.inf]
    assert costs.plain(1, 1) == pytest.approx(np.sqrt(32))


def test_an_ineligible_pair_is_none_however_near() -> None:
    costs = ReachCosts(POINTS.restrict(demand_class=[0, 1], site_class=[0, 0], allowed=[[True], [False]]))
    assert costs.of(ROWS, SITES).tolist() == [3.0, 5.0, np.inf]
    assert costs.plain(1, 0) == "not_eligible"


def test_a_pair_that_a_mask_takes_away_is_none_and_has_no_distance() -> None:
    masked = ReachCosts(POINTS.restrict(mask=sparse.csr_array([[True, False], [True, False]])))
    assert masked.of(ROWS, SITES).tolist() == [3.0, np.inf, 4.0]
    assert masked.plain(0, 1) == "no_pair"
    assert masked.nearest([0, 1]).tolist() == [3.0, 4.0]


def test_stored_pairs_keep_a_cost_of_zero() -> None:
    costs = ReachCosts(Reach.from_costs([[0.0, 9.0], [2.0, 1.0]], 2.0))
    assert costs.of(ROWS, SITES).tolist() == [0.0, np.inf, 2.0]
    assert costs.of(np.array([1, 1, 0]), np.array([1, 0, 0])).tolist() == [1.0, 2.0, 0.0]
    assert costs.nearest([0, 1]).tolist() == [0.0, 1.0]
    assert costs.plain(0, 1) == "no_pair"
    assert ReachCosts(Reach.from_costs(np.full((2, 2), np.nan), 1.0)).of(ROWS, SITES).tolist() == [np.inf] * 3
