"""Reach: pairs within a limit, found without a dense table, against the dense table."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ipps_geo.errors import BadInput, CrsError
from ipps_geo.reach import Reach


def dense_distances(demand_xy: np.ndarray, site_xy: np.ndarray) -> np.ndarray:
    difference = demand_xy[:, None, :] - site_xy[None, :, :]
    return np.sqrt((difference**2).sum(axis=2))


points = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(points, points, st.integers(1, 30))
def test_points_give_the_pairs_of_the_dense_table(demand: list, sites: list, radius: int) -> None:
    demand_xy, site_xy = np.array(demand, float), np.array(sites, float)
    pairs = Reach.from_points(demand_xy, site_xy, radius).pairs
    distances = dense_distances(demand_xy, site_xy)
    expected = Reach.from_costs(distances, radius).pairs
    assert np.array_equal(pairs.indptr, expected.indptr)
    assert np.array_equal(pairs.indices, expected.indices)
    assert np.allclose(pairs.data, expected.data)
    assert pairs.nnz == (distances <= radius).sum()


def test_a_pair_exactly_at_the_limit_is_reached() -> None:
    reach = Reach.from_points([[0, 0], [0, 3000.001]], [[3000, 0], [0, 0]], 3000)
    assert reach.pairs.toarray().tolist() == [[3000, 0], [0, 0]]
    assert reach.pairs.nnz == 2
    assert Reach.from_costs([[5.0, 5.01]], 5).pairs.nnz == 1


def test_zero_costs_are_pairs_in_every_form() -> None:
    dense = np.array([[0.0, np.nan], [np.inf, 2.0]])
    stored = sparse.csr_array((np.array([0.0, 2.0]), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 2))
    for reach in (Reach.from_costs(dense, 3), Reach.from_costs(stored, 3), Reach.from_costs(stored.tocsc(), 3)):
        assert reach.pairs.nnz == 2
        assert reach.select(demand=[0]).pairs.nnz == 1
        assert reach.select(sites=[0]).pairs.nnz == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_restriction_and_selection_agree_with_dense_masks(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, m, radius = 18, 7, 25
    demand_xy, site_xy = random.uniform(0, 60, (n, 2)), random.uniform(0, 60, (m, 2))
    unit, site_unit = random.integers(0, 3, n), random.integers(0, 3, m)
    industry, site_list = random.integers(0, 4, n), random.integers(0, 2, m)
    allowed = random.random((4, 2)) < 0.6
    mask = random.random((n, m)) < 0.7
    eligible = (unit[:, None] == site_unit) & allowed[industry][:, site_list]
    within = dense_distances(demand_xy, site_xy) <= radius
    for base in (
        Reach.from_points(demand_xy, site_xy, radius),
        Reach.from_costs(dense_distances(demand_xy, site_xy), radius),
    ):
        ruled = base.restrict(demand_class=unit, site_class=site_unit, allowed=np.eye(3)).restrict(
            demand_class=industry, site_class=site_list, allowed=allowed
        )
        assert ruled.lazy == base.lazy
        masked = ruled.restrict(mask=sparse.csr_array(mask))
        rows, columns = random.permutation(n)[:11], random.random(m) < 0.6
        for reach, expected in (
            (ruled, within & eligible),
            (ruled.select(rows, columns), (within & eligible)[rows][:, columns]),
            (masked, within & eligible & mask),
            (masked.select(rows, columns), (within & eligible & mask)[rows][:, columns]),
        ):
            found = np.zeros(expected.shape, bool)
            pairs = reach.pairs.tocoo()
            found[pairs.row, pairs.col] = True
            assert np.array_equal(found, expected)


def test_nothing_is_listed_until_asked() -> None:
    reach = Reach.from_points(np.zeros((1_000_000, 2)), np.zeros((1_000, 2)), 3000)
    assert reach.lazy
    assert (reach.n_demand, reach.n_sites, reach.unit, reach.method) == (1_000_000, 1_000, "m", "straight_line")


def test_empty_sides() -> None:
    for reach in (
        Reach.from_points([], [[0, 0]], 10),
        Reach.from_points([[0, 0]], [], 10),
        Reach.from_costs(np.zeros((0, 3)), 1),
    ):
        assert reach.pairs.shape == (reach.n_demand, reach.n_sites)
        assert reach.pairs.nnz == 0


@pytest.mark.parametrize(
    ("demand", "sites", "radius"),
    [
        ([[0, np.nan]], [[0, 0]], 10),
        ([[0, np.inf]], [[0, 0]], 10),
        ([[0, 0, 0]], [[0, 0]], 10),
        ([0, 0], [[0, 0]], 10),
        ([["a", "b"]], [[0, 0]], 10),
        ([[0, 0]], [[0, 0]], 0),
        ([[0, 0]], [[0, 0]], -1),
        ([[0, 0]], [[0, 0]], np.nan),
        ([[0, 0]], [[0, 0]], "far"),
    ],
)
def test_bad_points_are_refused(demand: list, sites: list, radius: float) -> None:
    with pytest.raises(BadInput):
        Reach.from_points(demand, sites, radius)


def test_degrees_are_refused() -> None:
    with pytest.raises(CrsError):
        Reach.from_points([[116.39, 39.91], [116.41, 39.95]], [[116.4, 39.9]], 3000)
    assert Reach.from_points([[1, 2], [100, 80]], [[50, 50]], 3000).pairs.nnz == 2


def test_bad_costs_and_restrictions_are_refused() -> None:
    for costs in ([1.0, 2.0], [[-1.0]], sparse.csr_array(np.array([[-1.0]]))):
        with pytest.raises(BadInput):
            Reach.from_costs(costs, 5)
    with pytest.raises(BadInput, match="twice"):
        Reach.from_costs(sparse.coo_array((np.ones(2), (np.zeros(2, int), np.zeros(2, int))), shape=(1, 1)), 5)
    reach = Reach.from_costs(np.ones((2, 3)), 5)
    with pytest.raises(BadInput):
        reach.restrict()
    with pytest.raises(BadInput):
        reach.restrict(demand_class=[0, 0], site_class=[0, 0, 0])
    with pytest.raises(BadInput):
        reach.restrict(demand_class=[0, 2], site_class=[0, 0, 0], allowed=[[1], [1]])
    with pytest.raises(BadInput):
        reach.restrict(mask=np.ones((2, 3)))
    with pytest.raises(BadInput):
        reach.select(sites=[3])
    with pytest.raises(BadInput):
        reach.select(demand=np.ones(3, bool))


def test_importing_reach_and_siting_loads_no_compiler_and_no_solver() -> None:
    names = "('numba', 'pulp', 'highspy')"
    probe = f"import sys, ipps_geo.reach, ipps_geo.siting; print([n for n in {names} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
